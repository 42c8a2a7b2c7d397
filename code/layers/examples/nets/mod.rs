//! Four small networks and three decoders with their training step: forward, loss, backward, Adam.
//!
//! `tools/peers/nets.py` has the same in PyTorch.

mod decoders;

use dfdx::nn::modules::Linear;
use dfdx::optim::{Adam, AdamConfig};
use dfdx::prelude::*;
use layers::{
    Activations, BatchNorm, Convolution2d, ConvolutionConfig, Grid, global_average_pool, max_pool_2x2,
};

/// One training step, which returns the loss before it.
pub type Step = Box<dyn FnMut() -> f32>;

/// A decoder: name, and how to make the step.
type Decoder = (&'static str, fn() -> Step);

const DECODERS: [Decoder; 3] = [
    ("attention, 196 × 128, 12 steps", decoders::attention),
    ("GRU decoder, 256, 16 steps", decoders::gru),
    ("Show, Attend and Tell", decoders::show_attend_and_tell),
];

/// The names of all training steps.
pub fn names() -> impl Iterator<Item = &'static str> {
    NETS.iter().map(|net| net.0).chain(DECODERS.iter().map(|decoder| decoder.0))
}

/// The training step of that name.
pub fn step(name: &str) -> Step {
    match NETS.iter().find(|net| net.0 == name) {
        Some(&settings) => {
            let mut net = Net::new(settings);
            Box::new(move || net.step())
        }
        None => DECODERS.iter().find(|decoder| decoder.0 == name).expect("one of the names").1(),
    }
}

/// Classes that the networks tell apart.
const CLASSES: usize = 10;

/// The networks: name, batch, side of the pictures, pooling, normalisation.
const NETS: [(&str, usize, usize, bool, bool); 4] = [
    ("56 × 56", 32, 56, false, false),
    ("56 × 56, pooling", 32, 56, true, false),
    ("32 × 32, pooling", 128, 32, true, false),
    ("32 × 32, pooling, batch norm", 128, 32, true, true),
];

type Weights = (
    (Convolution2d<3, 32, 3>, Convolution2d<32, 64, 3>, Convolution2d<64, 128, 3>),
    (BatchNorm<32>, BatchNorm<64>, BatchNorm<128>),
    Linear<128, CLASSES, f32, Cpu>,
);

/// A network 3 → 32 → 64 → 128 channels with its optimizer and one batch.
struct Net {
    weights: Weights,
    optimizer: Adam<Weights, f32, Cpu>,
    gradients: Option<Gradients<f32, Cpu>>,
    pictures: Activations<3, Cpu, NoneTape>,
    labels: Tensor<(usize, Const<CLASSES>), f32, Cpu>,
    grid: Grid,
    pooling: bool,
    normalisation: bool,
}

impl Net {
    /// One of [`NETS`].
    fn new((_, batch, side, pooling, normalisation): (&str, usize, usize, bool, bool)) -> Self {
        let device = Cpu::seed_from_u64(1);
        let config = ConvolutionConfig { stride: 1, padding: 1 };
        let weights: Weights = (
            (
                Convolution2d::new(&device, config, 1).without_input_gradient(),
                Convolution2d::new(&device, config, 2),
                Convolution2d::new(&device, config, 3),
            ),
            (BatchNorm::new(&device), BatchNorm::new(&device), BatchNorm::new(&device)),
            device.build_module::<dfdx::nn::builders::Linear<128, CLASSES>, f32>(),
        );
        let config = AdamConfig { lr: 1e-3, ..Default::default() };
        let grid = Grid::new(side, side);
        let mut labels = vec![0.0; batch * CLASSES];
        (0..batch).for_each(|i| labels[i * CLASSES + i % CLASSES] = 1.0);
        Self {
            optimizer: Adam::new(&weights, config),
            gradients: None,
            pictures: device.sample_normal_like(&(batch, grid.locations(), Const)),
            labels: device.tensor_from_vec(labels, (batch, Const)),
            weights,
            grid,
            pooling,
            normalisation,
        }
    }

    /// One training step; returns the loss before it.
    fn step(&mut self) -> f32 {
        let gradients = self.gradients.take().unwrap_or_else(|| self.alloc_gradients());
        let ((first, second, third), (norm_1, norm_2, norm_3), last) = &mut self.weights;
        let pool = |(x, grid)| if self.pooling { max_pool_2x2(x, grid) } else { (x, grid) };
        let x = self.pictures.clone().traced(gradients);
        let (x, grid) = pool(layer(first, norm_1, x, self.grid, self.normalisation));
        let pool = |(x, grid)| if self.pooling { max_pool_2x2(x, grid) } else { (x, grid) };
        let (x, grid) = pool(layer(second, norm_2, x, grid, self.normalisation));
        let (x, _) = layer(third, norm_3, x, grid, self.normalisation);
        let scores = last.forward(global_average_pool(x));
        let loss = cross_entropy_with_logits_loss(scores, self.labels.clone());
        let value = loss.array();
        let mut gradients = loss.backward();
        // Unused normalisations have a gradient of zero, which changes nothing.
        self.optimizer.update(&mut self.weights, &gradients).expect("every parameter has a gradient");
        self.weights.zero_grads(&mut gradients);
        self.gradients = Some(gradients);
        value
    }

    fn alloc_gradients(&self) -> Gradients<f32, Cpu> {
        self.weights.alloc_grads()
    }
}

type Traced<const C: usize> = Activations<C, Cpu, OwnedTape<f32, Cpu>>;

fn layer<const IN: usize, const OUT: usize>(
    convolution: &Convolution2d<IN, OUT, 3>,
    norm: &mut BatchNorm<OUT>,
    x: Traced<IN>,
    grid: Grid,
    normalisation: bool,
) -> (Traced<OUT>, Grid) {
    if normalisation {
        let (x, grid) = convolution.forward(x, grid);
        (norm.forward_train_relu(x), grid)
    } else {
        convolution.forward_relu(x, grid)
    }
}
