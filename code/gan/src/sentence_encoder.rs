//! From a sentence to a vector, learned from pairs of pictures and sentences before the game begins.
//!
//! The vector of a sentence is the sum of its words' vectors, as in chapter 2,
//!
//! $$ φ(t) = \sum_{w ∈ t} E_w, $$
//!
//! and it is learned as there: a small convolutional network sees the pictures of a batch, and by InfoNCE each
//! picture is to find its sentence among all of the batch, and each sentence its picture. Reed et al. (2016)
//! train theirs in advance too.

use crate::batch::{Batch, Source, input};
use crate::words::numbers;
use crate::{Error, SENTENCE, SIDE, WORDS};
use dfdx::nn::modules::Linear;
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::{self, linear};
use layers::{Activations, Block, Grid, Mode, collection, global_average_pool};

/// What the cosines are divided by.
const TEMPERATURE: f32 = 0.1;

/// The standard deviation of a fresh table's numbers.
const DEVIATION: f32 = 0.1;

/// Vectors, one a row.
pub type Vectors<T = NoneTape> = Tensor<(usize, Const<SENTENCE>), f32, AnyDevice, T>;

// ANCHOR: encoder
/// A vector for every word; a sentence's is their sum.
#[derive(Clone, Debug)]
pub struct SentenceEncoder<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// A row for every word.
    pub table: Tensor<Rank2<WORDS, SENTENCE>, E, D>,
}

impl SentenceEncoder {
    /// The vectors of sentences, given as the numbers of their words: (sentences, [`SENTENCE`]).
    pub fn forward<T: Tape<f32, AnyDevice>>(&self, sentences: &[Vec<usize>], tape: T) -> Vectors<T> {
        let mut counts = vec![0.0; sentences.len() * WORDS];
        for (sentence, counts) in sentences.iter().zip(counts.chunks_exact_mut(WORDS)) {
            sentence.iter().for_each(|&word| counts[word] += 1.0);
        }
        let counts = self.table.device().tensor_from_vec(counts, (sentences.len(), Const::<WORDS>));
        counts.put_tape(tape).matmul(self.table.clone())
    }

    /// The same as the networks get them: all equally long, with a mean square of 1.
    pub fn vectors(&self, sentences: &[Vec<usize>]) -> Vectors {
        as_loud(self.forward(sentences, NoneTape))
    }

    /// The vectors of sentences given as text.
    ///
    /// # Errors
    ///
    /// If a word is unknown.
    pub fn encode<'a>(&self, sentences: impl IntoIterator<Item = &'a str>) -> Result<Vectors, Error> {
        let words: Result<Vec<_>, Error> = sentences.into_iter().map(numbers).collect();
        Ok(self.vectors(&words?))
    }

    /// For a game without sentences: vectors of zeros.
    pub fn nothing(&self, count: usize) -> Vectors {
        self.table.device().zeros_like(&(count, Const))
    }
}
// ANCHOR_END: encoder

/// Three convolutions, each at every second location, and the mean over what is left: a picture's 64 features.
#[derive(Clone, Debug)]
pub struct PictureEncoder<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    first: Block<3, 24, 3, E, D>,
    second: Block<24, 48, 3, E, D>,
    third: Block<48, FEATURES, 3, E, D>,
}

/// Features of a picture.
pub const FEATURES: usize = 64;

impl PictureEncoder {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self {
            first: Block::new(device, 2, seed(0)).without_input_gradient(),
            second: Block::new(device, 2, seed(1)),
            third: Block::new(device, 2, seed(2)),
        }
    }

    /// (pictures, 32 · 32, 3) → (pictures, [`FEATURES`]).
    pub fn forward<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<3, AnyDevice, T>,
        mode: Mode,
    ) -> Tensor<(usize, Const<FEATURES>), f32, AnyDevice, T> {
        let (x, grid) = self.first.forward(pictures, Grid::new(SIDE, SIDE), mode);
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, _) = self.third.forward(x, grid, mode);
        global_average_pool(x)
    }
}

/// The two encoders that learn from each other. The picture's is thrown away afterwards.
#[derive(Clone, Debug)]
pub struct Both<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    convolutions: PictureEncoder<E, D>,
    project: Linear<FEATURES, SENTENCE, E, D>,
    /// The sentence's.
    pub sentences: SentenceEncoder<E, D>,
}

impl Both {
    /// Fresh encoders of a seed.
    pub fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let project = linear(&device);
        let numbers = crate::noise::normal(WORDS * SENTENCE, seed, 0);
        let numbers = numbers.into_iter().map(|number| DEVIATION * number).collect();
        let table = device.tensor_from_vec(numbers, Default::default());
        Self {
            convolutions: PictureEncoder::new(&device, seed),
            project,
            sentences: SentenceEncoder { table },
        }
    }

    // ANCHOR: loss
    /// InfoNCE both ways: pictures choose sentences, and sentences choose pictures.
    fn loss(&mut self, batch: &Batch) -> Tensor<Rank0, f32, AnyDevice, OwnedTape<f32, AnyDevice>> {
        let device = self.project.weight.device().clone();
        let features =
            self.convolutions.forward(input(&device, &batch.pixels).leaky_traced(), Mode::Training);
        let u = normalised(self.project.forward(features));
        let v = normalised(self.sentences.forward(&batch.right, OwnedTape::default()));
        let scores = u.matmul(v.permute::<_, Axes2<1, 0>>()) / TEMPERATURE;
        let count = batch.right.len();
        let right = device.tensor_from_vec((0..count).collect(), (count,));
        let choose_sentence = scores.with_empty_tape().log_softmax::<Axis<1>>().select(right.clone());
        let choose_picture = scores.log_softmax::<Axis<0>>().permute::<_, Axes2<1, 0>>().select(right);
        (choose_sentence.mean() + choose_picture.mean()) * -0.5
    }
    // ANCHOR_END: loss
}

// ANCHOR: length
/// Vectors of length 1. (dfdx's `normalize` does something else: it takes off the mean and divides by the standard
/// deviation.)
fn normalised<T: Tape<f32, AnyDevice>>(vectors: Vectors<T>) -> Vectors<T> {
    let shape = *vectors.shape();
    let squares = vectors.with_empty_tape().square().sum::<_, Axis<1>>();
    vectors / (squares + 1e-12).sqrt().broadcast_like::<_, Axis<1>>(&shape)
}

/// Vectors with a mean square of 1, as that of the noise.
pub fn as_loud(vectors: Vectors) -> Vectors {
    normalised(vectors) * (SENTENCE as f32).sqrt()
}
// ANCHOR_END: length

/// How the encoders learn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncoderSettings {
    /// Batches.
    pub steps: usize,
    /// Pairs a batch.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
}

impl Default for EncoderSettings {
    fn default() -> Self {
        Self { steps: 600, batch: 64, learning_rate: 3e-3 }
    }
}

// ANCHOR: train
/// Trains both encoders on batches of a source; `watch` gets the loss of each.
///
/// # Errors
///
/// If the loss is not a number any more.
pub fn train(
    source: &impl Source,
    settings: &EncoderSettings,
    seed: u64,
    mut watch: impl FnMut(f32),
) -> Result<Both, Error> {
    let mut both = Both::fresh(seed);
    let mut adam = Adam::new(&both, AdamConfig { lr: settings.learning_rate, ..AdamConfig::default() });
    for step in 0..settings.steps {
        let loss = both.loss(&source.batch(step, settings.batch)?);
        let value = loss.array();
        if !value.is_finite() {
            return Err(Error::diverged("sentence encoder", value, step));
        }
        let gradients = loss.backward();
        adam.update(&mut both, &gradients).map_err(lab::TrainingError::optimizer)?;
        watch(value);
    }
    Ok(both)
}
// ANCHOR_END: train

collection!(SentenceEncoder { table: fresh::standard_normal });

collection!(PictureEncoder { first, second, third });

collection!(Both { convolutions, project, sentences });
