//! An independent judge: a network that names what is on a picture, trained on real pictures alone.
//!
//! It sees every combination of colour and shape, those too that the generator never does, and never a painted
//! picture. It has no part in the game; it only says how it went.

use crate::batch::input;
use crate::pairs::{LABELS, Part, kinds, labels, pairs, pixels};
use crate::words::Said;
use crate::{AT_ONCE, Error, PICTURE, SIDE};
use dfdx::nn::modules::Linear;
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::augmentation::add_noise;
use emoji_world::{Backdrop, Colour, Kind, Size, rng};
use lab::AnyDevice;
use lab::parameters::{self, Arrays};
use layers::{Activations, Block, Grid, Mode, collection, fresh, global_average_pool, try_cross_entropy};

/// The deviation of the noise on the pictures that the judge learns from.
const BLUR: f32 = 0.02;

/// Four convolutions and a linear map for each question: what, which colour, how large, on what.
#[derive(Clone, Debug)]
pub struct Judge<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    convolutions: Trunk<E, D>,
    kind: Linear<FEATURES, { LABELS[0] }, E, D>,
    colour: Linear<FEATURES, { LABELS[1] }, E, D>,
    size: Linear<FEATURES, { LABELS[2] }, E, D>,
    background: Linear<FEATURES, { LABELS[3] }, E, D>,
}

/// Features of a picture.
pub const FEATURES: usize = 64;

/// Four convolutions, and the mean over what is left.
#[derive(Clone, Debug)]
pub struct Trunk<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    first: Block<3, 24, 3, E, D>,
    second: Block<24, 40, 3, E, D>,
    third: Block<40, 64, 3, E, D>,
    fourth: Block<64, FEATURES, 3, E, D>,
}

impl Trunk {
    fn new(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self {
            first: Block::new(device, 2, seed(0)).without_input_gradient(),
            second: Block::new(device, 1, seed(1)),
            third: Block::new(device, 2, seed(2)),
            fourth: Block::new(device, 2, seed(3)),
        }
    }

    fn forward<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<3, AnyDevice, T>,
        mode: Mode,
    ) -> Tensor<(usize, Const<FEATURES>), f32, AnyDevice, T> {
        let (x, grid) = self.first.forward(pictures, Grid::new(SIDE, SIDE), mode);
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, grid) = self.third.forward(x, grid, mode);
        let (x, _) = self.fourth.forward(x, grid, mode);
        global_average_pool(x)
    }
}

/// How the judge learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgeSettings {
    /// Batches.
    pub steps: usize,
    /// Pictures a batch.
    pub batch: usize,
    /// Adam's largest learning rate; it falls along half a cosine.
    pub learning_rate: f64,
}

impl Default for JudgeSettings {
    fn default() -> Self {
        Self { steps: 3000, batch: 32, learning_rate: 4e-3 }
    }
}

/// What the judge says of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// For each picture: kind, colour, size, background, as [`labels`] numbers them.
    pub named: Vec<[usize; 4]>,
    /// [`FEATURES`] numbers a picture, for distances between sets of pictures.
    pub features: Vec<f32>,
}

/// Whether a picture shows what a sentence says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Match {
    /// The right kind of thing.
    pub kind: bool,
    /// The right colour, or none.
    pub colour: bool,
    /// The size and the background that the sentence names, if it names them.
    pub rest: bool,
}

impl Match {
    /// Kind and colour.
    pub fn both(self) -> bool {
        self.kind && self.colour
    }
}

/// Compares what was named with what was said.
pub fn compare(named: &[usize; 4], said: &Said) -> Match {
    let kind = kinds().position(|kind| kind == said.kind);
    let colour = said.colour.map_or(LABELS[1] - 1, |colour| colour as usize);
    Match {
        kind: Some(named[0]) == kind,
        colour: named[1] == colour,
        rest: said.size.is_none_or(|size| named[2] == size as usize)
            && said.backdrop.is_none_or(|backdrop| named[3] == backdrop as usize),
    }
}

/// What was named, in words: `small red heart on pink`, `tree on white`.
pub fn in_words(named: &[usize; 4]) -> String {
    let [kind, colour, size, background] = *named;
    let size = Size::ALL.get(size).and_then(|size| size.adjective());
    let colour = Colour::ALL.get(colour).map(|colour| colour.name());
    let noun = kinds().nth(kind).map(Kind::noun);
    let background = Backdrop::ALL.get(background).map_or("", |backdrop| backdrop.name());
    let thing: Vec<&str> = [size, colour, noun].into_iter().flatten().collect();
    format!("{} on {background}", thing.join(" "))
}

impl Judge {
    /// A judge with numbers that [`arrays`](lab::parameters::arrays) gave.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn of(numbers: &Arrays, seed: u64) -> Result<Self, Error> {
        let mut judge = Self::fresh(seed);
        parameters::set(&mut judge, numbers, "")?;
        Ok(judge)
    }

    fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let (kind, colour, size, background) = fresh::module(&device);
        Self { convolutions: Trunk::new(&device, seed), kind, colour, size, background }
    }

    // ANCHOR: train
    /// Learns from batches of real pictures; `watch` gets the loss of each.
    ///
    /// # Errors
    ///
    /// If the loss is not a number any more.
    pub fn train(settings: &JudgeSettings, seed: u64, mut watch: impl FnMut(f32)) -> Result<Self, Error> {
        let JudgeSettings { steps, batch, learning_rate } = *settings;
        let mut judge = Self::fresh(seed);
        let device = judge.kind.weight.device().clone();
        let mut adam = Adam::new(&judge, AdamConfig::default());
        let weights = vec![1.0; batch];
        for step in 0..steps {
            let at = (step * batch) as u64;
            let pairs = pairs(Part::All, seed ^ SEED, at..at + batch as u64);
            let mut pixels = pixels(&pairs);
            add_noise(&mut pixels, BLUR, &mut rng(seed ^ SEED ^ 1, step as u64));
            let right: Vec<[usize; 4]> = pairs.iter().map(|pair| labels(&pair.drawing)).collect();
            let right = |i: usize| right.iter().map(|labels| labels[i]).collect::<Vec<usize>>();
            let x = judge.convolutions.forward(input(&device, &pixels).leaky_traced(), Mode::Training);
            let loss = try_cross_entropy(judge.kind.forward(x.with_empty_tape()), &right(0), &weights)?
                + try_cross_entropy(judge.colour.forward(x.with_empty_tape()), &right(1), &weights)?
                + try_cross_entropy(judge.size.forward(x.with_empty_tape()), &right(2), &weights)?
                + try_cross_entropy(judge.background.forward(x), &right(3), &weights)?;
            let value = loss.array();
            if !value.is_finite() {
                return Err(Error::diverged("judge", value, step));
            }
            let gradients = loss.backward();
            let progress = step as f64 / steps as f64;
            adam.cfg.lr = learning_rate * (1.0 + (std::f64::consts::PI * progress).cos()) / 2.0;
            adam.update(&mut judge, &gradients).map_err(lab::TrainingError::optimizer)?;
            watch(value);
        }
        Ok(judge)
    }
    // ANCHOR_END: train

    /// What is on pictures of 32 × 32 × 3 numbers from 0 to 1.
    pub fn name(&mut self, pixels: &[f32]) -> Opinion {
        let mut opinion = Opinion { named: Vec::new(), features: Vec::new() };
        for part in pixels.chunks(AT_ONCE * PICTURE) {
            let Opinion { named, features } = self.name_at_once(part);
            opinion.named.extend(named);
            opinion.features.extend(features);
        }
        opinion
    }

    fn name_at_once(&mut self, pixels: &[f32]) -> Opinion {
        let device = self.kind.weight.device().clone();
        let x = self.convolutions.forward(input(&device, pixels), Mode::Inference);
        let answers = [
            largest(&self.kind.forward(x.clone()).as_vec(), LABELS[0]),
            largest(&self.colour.forward(x.clone()).as_vec(), LABELS[1]),
            largest(&self.size.forward(x.clone()).as_vec(), LABELS[2]),
            largest(&self.background.forward(x.clone()).as_vec(), LABELS[3]),
        ];
        let named = (0..x.shape().0).map(|i| std::array::from_fn(|question| answers[question][i])).collect();
        Opinion { named, features: x.as_vec() }
    }

    /// How often kind, colour, size and background of real pictures of a part are named rightly, and kind and
    /// colour together: five shares.
    pub fn accuracy(&mut self, part: Part, count: u64) -> [f64; 5] {
        let pairs = pairs(part, TEST, 0..count);
        let named = self.name(&pixels(&pairs)).named;
        let mut right = [0.0; 5];
        for (named, pair) in named.iter().zip(&pairs) {
            let labels = labels(&pair.drawing);
            for i in 0..4 {
                right[i] += f64::from(named[i] == labels[i]);
            }
            right[4] += f64::from(named[..2] == labels[..2]);
        }
        right.map(|right| right / count as f64)
    }
}

/// The place of the largest number of every row.
fn largest(numbers: &[f32], classes: usize) -> Vec<usize> {
    numbers.chunks_exact(classes).map(lab::largest).collect()
}

/// Keeps the pictures that the judge learns from apart from all others.
const SEED: u64 = 0x6a_7564_6765;

/// The seed of the real pictures of the test.
pub const TEST: u64 = 0x7465_7374;

collection!(Trunk { first, second, third, fourth });

collection!(Judge { convolutions, kind, colour, size, background });
