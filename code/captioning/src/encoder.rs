//! From the pixels of a picture to a map of features: the eye of both models.
//!
//! | layer | channels | grid |
//! | --- | --- | --- |
//! | the picture, and where each pixel lies | 3 + 2 | 56 × 56 |
//! | convolution 5 × 5, at every second location | 32 | 28 × 28 |
//! | convolution 3 × 3, at every second location | 64 | 14 × 14 |
//! | convolution 3 × 3 | 96 | 14 × 14 |
//! | convolution 3 × 3 | 96 | 14 × 14 |
//!
//! After each convolution come batch normalisation (Ioffe and Szegedy 2015) and ReLU. The last map's 196
//! locations are the *annotation vectors* $a_1 … a_L$ of Xu et al. (2015), each about a patch of the picture.
//!
//! A convolution does the same everywhere and so cannot tell *where* it is. The two further channels tell
//! it: a pixel's place from left to right and from top to bottom, from −½ to ½ (Liu et al. 2018, *An
//! intriguing failing of convolutional neural networks and the CoordConv solution*, arXiv:1807.03247). They
//! say nothing about objects.

use crate::batch::Batch;
use crate::{CHANNELS, LOCATIONS, SIDE};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use layers::{
    Activations, BatchNorm, Convolution2d, ConvolutionConfig, Grid, Operations, try_cross_entropy,
};
use num_traits::Float;
use rand_distr::uniform::SampleUniform;
use rand_distr::{Distribution, StandardNormal};

/// Numbers of a picture: red, green and blue of every pixel.
pub const PIXELS: usize = SIDE * SIDE * 3;

/// What a network is run for: batch normalisation takes mean and variance from the batch in training, and
/// their running averages in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To learn.
    Training,
    /// To caption a picture.
    Use,
}

// ANCHOR: encoder
/// Four convolutions: a picture becomes [`LOCATIONS`] locations of [`CHANNELS`] features.
#[derive(Clone, Debug)]
pub struct Encoder<E: Dtype = f32, D: Storage<E> = Cpu> {
    /// 5 channels to 32, 5 × 5, stride 2.
    pub first: Block<5, 32, 5, E, D>,
    /// 32 channels to 64, 3 × 3, stride 2.
    pub second: Block<32, 64, 3, E, D>,
    /// 64 channels to 96, 3 × 3.
    pub third: Block<64, CHANNELS, 3, E, D>,
    /// 96 channels to 96, 3 × 3.
    pub fourth: Block<CHANNELS, CHANNELS, 3, E, D>,
}

impl<D: Operations> Encoder<f32, D> {
    /// (pictures, 56 · 56 locations, 5 channels) → (pictures, [`LOCATIONS`], [`CHANNELS`]).
    pub fn forward<T: Tape<f32, D>>(
        &mut self,
        pictures: Activations<5, D, T>,
        mode: Mode,
    ) -> Activations<CHANNELS, D, T> {
        let (x, grid) = self.first.forward(pictures, Grid::new(SIDE, SIDE), mode);
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, grid) = self.third.forward(x, grid, mode);
        let (x, grid) = self.fourth.forward(x, grid, mode);
        debug_assert_eq!(grid.locations(), LOCATIONS);
        x
    }
}
// ANCHOR_END: encoder

// ANCHOR: eye
/// The encoder, and a head that says which words the sentence will have, in whatever order.
///
/// Vinyals et al. and Xu et al. begin with networks that were trained on a million labelled photographs.
/// This one has seen nothing, and a sentence tells it of a dog through a long chain of steps. The head is a
/// short chain: the mean of all features, one linear map, and every word of the sentence is to be likely. It
/// uses the sentences alone, as the rest does, and is not used when captions are written.
#[derive(Clone, Debug)]
pub struct Eye<const V: usize, E: Dtype = f32, D: Storage<E> = Cpu> {
    /// Picture to map.
    pub encoder: Encoder<E, D>,
    /// Mean feature to words.
    pub bag: Linear<CHANNELS, V, E, D>,
}

impl<const V: usize, D: Operations> Eye<V, f32, D> {
    /// Fresh weights: the convolutions' from the seed, the head's from the device's random numbers.
    pub fn new(device: &D, seed: u64) -> Self {
        let mut bag: Linear<CHANNELS, V, f32, D> = BuildModule::build(device);
        bag.reset_params();
        Self { encoder: Encoder::new(device, seed), bag }
    }

    /// What the words of a batch's sentences cost in nats a word, where they are guessed from the mean
    /// features (pictures, [`CHANNELS`]) alone.
    ///
    /// # Errors
    ///
    /// If the batch has no word.
    pub fn bag_of_words<T: Tape<f32, D>>(
        &self,
        mean: Tensor<(usize, Const<CHANNELS>), f32, D, T>,
        batch: &Batch,
    ) -> Result<Tensor<Rank0, f32, D, T>, layers::Error> {
        let pictures: Vec<usize> = (0..batch.targets.len()).map(|row| row % batch.count).collect();
        let pictures = mean.device().tensor_from_vec(pictures, (batch.targets.len(),));
        let logits = self.bag.forward(mean).gather(pictures);
        try_cross_entropy(logits, &batch.targets, &batch.weights)
    }
}
// ANCHOR_END: eye

/// A convolution, batch normalisation, ReLU.
#[derive(Clone, Debug)]
pub struct Block<const IN: usize, const OUT: usize, const K: usize, E: Dtype = f32, D: Storage<E> = Cpu> {
    /// The convolution.
    pub convolution: Convolution2d<IN, OUT, K, E, D>,
    /// Brings every channel of a batch to mean 0 and variance 1, then scales and shifts it as it learns to.
    pub norm: BatchNorm<OUT, E, D>,
}

impl<const IN: usize, const OUT: usize, const K: usize, D: Operations> Block<IN, OUT, K, f32, D> {
    /// Fresh weights from a seed; a convolution at every `stride`-th location.
    pub fn new(device: &D, stride: usize, seed: u64) -> Self {
        let config = ConvolutionConfig { stride, padding: K / 2 };
        Self { convolution: Convolution2d::new(device, config, seed), norm: BatchNorm::new(device) }
    }

    /// (pictures, locations, `IN`) → (pictures, locations of the new grid, `OUT`), and the new grid.
    pub fn forward<T: Tape<f32, D>>(
        &mut self,
        x: Activations<IN, D, T>,
        grid: Grid,
        mode: Mode,
    ) -> (Activations<OUT, D, T>, Grid) {
        let (x, grid) = self.convolution.forward(x, grid);
        let x = match mode {
            Mode::Training => self.norm.forward_train_relu(x),
            Mode::Use => self.norm.forward_relu(x),
        };
        (x, grid)
    }
}

impl<D: Operations> Encoder<f32, D> {
    /// Fresh weights, which follow from the seed.
    pub fn new(device: &D, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        let mut first = Block::new(device, 2, seed(0));
        // Nobody asks how the loss depends on the picture.
        first.convolution = first.convolution.without_input_gradient();
        Self {
            first,
            second: Block::new(device, 2, seed(1)),
            third: Block::new(device, 1, seed(2)),
            fourth: Block::new(device, 1, seed(3)),
        }
    }
}

// ANCHOR: input
/// What the network gets of pictures of [`PIXELS`] numbers each: (pictures, 56 · 56, 5), colours and
/// places from −½ to ½.
pub fn input<D: Device<f32>>(device: &D, pixels: &[f32]) -> Activations<5, D, NoneTape> {
    let along = |i: usize| i as f32 / (SIDE - 1) as f32 - 0.5;
    let (rgb, _) = pixels.as_chunks::<3>();
    let numbers = rgb.iter().enumerate().flat_map(|(i, &[r, g, b])| {
        let (x, y) = (i % SIDE, i / SIDE % SIDE);
        [r - 0.5, g - 0.5, b - 0.5, along(x), along(y)]
    });
    device.tensor_from_vec(numbers.collect(), (pixels.len() / PIXELS, SIDE * SIDE, Const))
}
// ANCHOR_END: input

impl<const IN: usize, const OUT: usize, const K: usize, E, D> TensorCollection<E, D>
    for Block<IN, OUT, K, E, D>
where
    E: Dtype + Float,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Block<IN, OUT, K, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("convolution", |s| &s.convolution, |s| &mut s.convolution),
                Self::module("norm", |s| &s.norm, |s| &mut s.norm),
            ),
            |(convolution, norm)| Block { convolution, norm },
        )
    }
}

impl<E, D> TensorCollection<E, D> for Encoder<E, D>
where
    E: Dtype + Float,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Encoder<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("first", |s| &s.first, |s| &mut s.first),
                Self::module("second", |s| &s.second, |s| &mut s.second),
                Self::module("third", |s| &s.third, |s| &mut s.third),
                Self::module("fourth", |s| &s.fourth, |s| &mut s.fourth),
            ),
            |(first, second, third, fourth)| Encoder { first, second, third, fourth },
        )
    }
}

impl<const V: usize, E, D> TensorCollection<E, D> for Eye<V, E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Eye<V, E2, D2>;

    fn iter_tensors<W: ModuleVisitor<Self, E, D>>(
        visitor: &mut W,
    ) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        visitor.visit_fields(
            (
                Self::module("encoder", |s| &s.encoder, |s| &mut s.encoder),
                Self::module("bag", |s| &s.bag, |s| &mut s.bag),
            ),
            |(encoder, bag)| Eye { encoder, bag },
        )
    }
}
