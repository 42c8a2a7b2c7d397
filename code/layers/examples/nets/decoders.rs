//! Three decoders and their training steps: attention alone, a GRU that learns to continue sentences, and
//! Show, Attend and Tell.

use dfdx::nn::builders::{Embedding, Linear};
use dfdx::optim::{Adam, AdamConfig};
use dfdx::prelude::*;
use layers::{
    Convolution2d, Fixed, Grid, Gru, Lstm, LstmState, Sequence, attention_weights, cross_entropy,
    weighted_sum,
};

type Traced = OwnedTape<f32, Cpu>;

/// Locations of a feature map of 14 × 14.
const LOCATIONS: usize = 196;
/// Numbers of a feature, of a key and of a word's vector.
const WIDTH: usize = 128;
/// Numbers of a state.
const HIDDEN: usize = 256;
/// Words in the vocabulary.
const WORDS: usize = 500;

/// Weights, their optimizer and their gradients.
struct Training<M: TensorCollection<f32, Cpu>> {
    weights: M,
    optimizer: Adam<M, f32, Cpu>,
    gradients: Option<Gradients<f32, Cpu>>,
}

impl<M: TensorCollection<f32, Cpu>> Training<M> {
    fn new(weights: M) -> Self {
        let optimizer = Adam::new(&weights, AdamConfig { lr: 1e-3, ..Default::default() });
        Self { weights, optimizer, gradients: None }
    }

    /// One training step; returns the loss before it.
    fn step(&mut self, loss: impl FnOnce(&M, Gradients<f32, Cpu>) -> Tensor<Rank0, f32, Cpu, Traced>) -> f32 {
        let gradients = self.gradients.take().unwrap_or_else(|| self.weights.alloc_grads());
        let loss = loss(&self.weights, gradients);
        let value = loss.array();
        let mut gradients = loss.backward();
        self.optimizer.update(&mut self.weights, &gradients).expect("every parameter has a gradient");
        self.weights.zero_grads(&mut gradients);
        self.gradients = Some(gradients);
        value
    }
}

/// Words without a pattern.
fn words(count: usize) -> Vec<usize> {
    (0..count).map(|i| i * 7919 % WORDS).collect()
}

/// Attention over 196 locations in a loop of 12 steps, batch 32: each context is projected to the next query.
pub fn attention() -> super::Step {
    const BATCH: usize = 32;
    let device = Cpu::seed_from_u64(1);
    let mut training = Training::new((
        Convolution2d::<WIDTH, WIDTH, 1>::new(&device, Default::default(), 1),
        device.build_module::<Linear<WIDTH, WIDTH>, f32>(),
        device.sample_normal::<Rank1<WIDTH>>() * 0.1,
    ));
    let features: Sequence<WIDTH, Cpu, NoneTape> = device.sample_normal_like(&(BATCH, LOCATIONS, Const));
    Box::new(move || {
        training.step(|(to_keys, to_query, v), gradients| {
            let features = features.clone().traced(gradients);
            let (keys, _) = to_keys.forward(features.with_empty_tape(), Grid::new(14, 14));
            let (keys, keys_tape) = Fixed::new(keys);
            let (features, tape) = Fixed::new(features);
            let mut z = device.zeros_like(&(BATCH, Const::<WIDTH>)).put_tape(tape.merge(keys_tape));
            let mut loss = device.zeros().put_tape(Traced::default());
            for _ in 0..12 {
                let alpha = attention_weights(&keys, to_query.forward(z), v);
                z = weighted_sum(alpha, &features);
                loss = loss + z.with_empty_tape().square().mean();
            }
            let (_, tape) = z.split_tape();
            let (loss, loss_tape) = loss.split_tape();
            loss.put_tape(loss_tape.merge(tape))
        })
    })
}

/// A GRU over 16 words, batch 64, and the logits of the next words.
pub fn gru() -> super::Step {
    const BATCH: usize = 64;
    const TIME: usize = 16;
    let device = Cpu::seed_from_u64(1);
    let mut training = Training::new((
        device.build_module::<Embedding<WORDS, WIDTH>, f32>(),
        Gru::<WIDTH, HIDDEN>::new(&device, 1),
        Convolution2d::<HIDDEN, WORDS, 1>::new(&device, Default::default(), 2),
    ));
    let inputs = device.tensor_from_vec(words(BATCH * TIME), (BATCH, TIME));
    let targets = words(BATCH * TIME);
    Box::new(move || {
        training.step(|(embedding, gru, to_logits), gradients| {
            let state = device.zeros_like(&(BATCH, Const)).traced(gradients);
            let inputs = embedding.forward(inputs.clone().put_tape(Traced::default()));
            let (hidden, _) = gru.sequence(inputs, state);
            let (logits, _) = to_logits.forward(hidden, Grid::new(1, TIME));
            let logits = logits.reshape_like(&(BATCH * TIME, Const::<WORDS>));
            cross_entropy(logits, &targets, &vec![1.0; BATCH * TIME])
        })
    })
}

/// Show, Attend and Tell: attention and an LSTM step for each of 12 words, batch 32.
pub fn show_attend_and_tell() -> super::Step {
    const BATCH: usize = 32;
    const TIME: usize = 12;
    const INPUT: usize = 2 * WIDTH;
    let device = Cpu::seed_from_u64(1);
    let mut training = Training::new((
        (
            Convolution2d::<WIDTH, WIDTH, 1>::new(&device, Default::default(), 1),
            device.build_module::<Linear<HIDDEN, WIDTH>, f32>(),
            device.sample_normal::<Rank1<WIDTH>>() * 0.1,
        ),
        (
            device.build_module::<Embedding<WORDS, WIDTH>, f32>(),
            Lstm::<INPUT, HIDDEN>::new(&device, 2),
            Convolution2d::<HIDDEN, WORDS, 1>::new(&device, Default::default(), 3),
        ),
    ));
    let features: Sequence<WIDTH, Cpu, NoneTape> = device.sample_normal_like(&(BATCH, LOCATIONS, Const));
    let (inputs, targets) = (words(BATCH * TIME), words(BATCH * TIME));
    Box::new(move || {
        training.step(|((to_keys, to_query, v), (embedding, lstm, to_logits)), gradients| {
            let features = features.clone().traced(gradients);
            let (keys, _) = to_keys.forward(features.with_empty_tape(), Grid::new(14, 14));
            let (keys, keys_tape) = Fixed::new(keys);
            let (features, tape) = Fixed::new(features);
            let mut walk = lstm.walk(LstmState::zeros(&device, BATCH));
            let mut seen = device.zeros_like(&(BATCH, LOCATIONS)).put_tape(tape.merge(keys_tape));
            let mut hidden = vec![];
            for t in 0..TIME {
                let alpha =
                    attention_weights(&keys, to_query.forward(walk.state().hidden.with_empty_tape()), v);
                let z = weighted_sum(alpha.with_empty_tape(), &features).realize::<(usize, usize)>();
                seen = seen + alpha;
                let words = device.tensor_from_vec(inputs[t * BATCH..][..BATCH].to_vec(), (BATCH,));
                let words = embedding.forward(words.put_tape(Traced::default()));
                let x = (words.realize::<(usize, usize)>(), z).concat_along(Axis::<1>);
                walk.step(x.realize::<(usize, Const<INPUT>)>());
                hidden.push(walk.state().hidden.with_empty_tape());
            }
            let (logits, _) = to_logits.forward(hidden.stack(), Grid::new(1, BATCH));
            let logits = logits.reshape_like(&(TIME * BATCH, Const::<WORDS>));
            let penalty = (seen.negate() + 1.0).square().mean();
            let (_, tape) = walk.finish().hidden.split_tape();
            let (penalty, penalty_tape) = penalty.split_tape();
            let loss = cross_entropy(logits, &targets, &vec![1.0; BATCH * TIME]);
            loss + penalty.put_tape(penalty_tape.merge(tape))
        })
    })
}
