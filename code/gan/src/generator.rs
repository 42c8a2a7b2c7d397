//! The generator: from noise and a sentence to a picture.
//!
//! | layer | channels | grid |
//! | --- | --- | --- |
//! | noise $z$ and sentence $φ$ side by side | 64 | |
//! | a linear map | 64 | 4 × 4 |
//! | twice as large, convolution 3 × 3 | 64 | 8 × 8 |
//! | twice as large, convolution 3 × 3 | 32 | 16 × 16 |
//! | twice as large, convolution 3 × 3 | 16 | 32 × 32 |
//! | convolution 3 × 3, tanh: the picture | 3 | 32 × 32 |
//!
//! Batch normalisation and ReLU come after all but the last (Radford et al. 2016, arXiv:1511.06434, whose
//! transposed convolutions are upsampling and convolution here).

use crate::larger::{Painting, upsample_2x};
use crate::sentence_encoder::Vectors;
use crate::{NOISE, SENTENCE, SIDE};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::{Activations, BatchNorm, Convolution2d, ConvolutionConfig, Grid};
use num_traits::Float;
use rand_distr::uniform::SampleUniform;
use rand_distr::{Distribution, StandardNormal};

/// The side of the first map, in locations.
const FIRST: usize = SIDE / 8;

const LOCATIONS: usize = FIRST * FIRST;

/// Channels of the maps.
const WIDE: usize = 64;

/// Pictures as networks see them: (pictures, 32 · 32, 3), from −1 to 1.
pub type Pictures<T = NoneTape> = Activations<3, AnyDevice, T>;

// LISTING: generator
/// From noise and a sentence's vector to a picture.
#[derive(Clone, Debug)]
pub struct Generator<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// From both vectors to a map of 4 × 4.
    pub first: Linear<{ NOISE + SENTENCE }, { LOCATIONS * WIDE }, E, D>,
    /// Normalises that map.
    pub norm: BatchNorm<WIDE, E, D>,
    /// To 8 × 8.
    pub second: Larger<WIDE, 64, E, D>,
    /// To 16 × 16.
    pub third: Larger<64, 32, E, D>,
    /// To 32 × 32.
    pub fourth: Larger<32, 16, E, D>,
    /// To red, green and blue.
    pub last: Convolution2d<16, 3, 3, E, D>,
}

impl Generator {
    /// Noise (pictures, [`NOISE`]) and sentences (pictures, [`SENTENCE`]) to pictures.
    pub fn forward<T: Tape<f32, AnyDevice>>(
        &mut self,
        both: Tensor<(usize, Const<{ NOISE + SENTENCE }>), f32, AnyDevice, T>,
        training: bool,
    ) -> Pictures<T> {
        let pictures = both.shape().0;
        let x = self.first.forward(both).reshape_like(&(pictures, LOCATIONS, Const::<WIDE>));
        let x = if training { self.norm.forward_train_relu(x) } else { self.norm.forward_relu(x) };
        let (x, grid) = self.second.forward(x, Grid::new(FIRST, FIRST), training);
        let (x, grid) = self.third.forward(x, grid, training);
        let (x, grid) = self.fourth.forward(x, grid, training);
        self.last.forward(x, grid).0.tanh()
    }
}

/// Twice as high and wide, then a convolution.
#[derive(Clone, Debug)]
pub struct Larger<const IN: usize, const OUT: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// 3 × 3.
    pub convolution: Convolution2d<IN, OUT, 3, E, D>,
    /// Brings every channel to mean 0 and variance 1, then scales and shifts it.
    pub norm: BatchNorm<OUT, E, D>,
}

impl<const IN: usize, const OUT: usize, D: Painting> Larger<IN, OUT, f32, D> {
    fn forward<T: Tape<f32, D>>(
        &mut self,
        x: Activations<IN, D, T>,
        grid: Grid,
        training: bool,
    ) -> (Activations<OUT, D, T>, Grid) {
        let (x, grid) = upsample_2x(x, grid);
        let (x, grid) = self.convolution.forward(x, grid);
        (if training { self.norm.forward_train_relu(x) } else { self.norm.forward_relu(x) }, grid)
    }
}
// LISTING_END: generator

impl<const IN: usize, const OUT: usize, D: Painting> Larger<IN, OUT, f32, D> {
    fn new(device: &D, seed: u64) -> Self {
        let config = ConvolutionConfig { stride: 1, padding: 1 };
        Self { convolution: Convolution2d::new(device, config, seed), norm: BatchNorm::new(device) }
    }
}

impl Generator {
    /// Fresh weights from a seed.
    pub fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let mut first: Linear<{ NOISE + SENTENCE }, { LOCATIONS * WIDE }, f32, AnyDevice> =
            BuildModule::build(&device);
        first.reset_params();
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self {
            first,
            norm: BatchNorm::new(&device),
            second: Larger::new(&device, seed(0)),
            third: Larger::new(&device, seed(1)),
            fourth: Larger::new(&device, seed(2)),
            last: Convolution2d::new(&device, ConvolutionConfig { stride: 1, padding: 1 }, seed(3)),
        }
    }

    /// Takes over the running means and variances of another generator; dfdx's average leaves them out.
    pub fn take_statistics(&mut self, other: &Self) {
        take(&mut self.norm, &other.norm);
        take(&mut self.second.norm, &other.second.norm);
        take(&mut self.third.norm, &other.third.norm);
        take(&mut self.fourth.norm, &other.fourth.norm);
    }

    /// What the network takes: noise and sentences side by side.
    pub fn input(
        &self,
        noise: &[f32],
        sentences: &Vectors,
    ) -> Tensor<(usize, Const<{ NOISE + SENTENCE }>), f32, AnyDevice> {
        let sentences_vec = sentences.as_vec();
        let rows = noise.chunks_exact(NOISE).zip(sentences_vec.chunks_exact(SENTENCE));
        let numbers: Vec<f32> =
            rows.flat_map(|(noise, sentence)| noise.iter().chain(sentence)).copied().collect();
        self.last.bias.device().tensor_from_vec(numbers, (sentences.shape().0, Const))
    }

    /// Paints pictures: 32 × 32 × 3 numbers from 0 to 1 for each row of noise and sentences.
    pub fn paint(&mut self, noise: &[f32], sentences: &Vectors) -> Vec<f32> {
        let input = self.input(noise, sentences);
        let pictures = self.forward(input, false);
        pictures.as_vec().into_iter().map(|value| (value + 1.0) / 2.0).collect()
    }
}

fn take<const C: usize>(to: &mut BatchNorm<C, f32, AnyDevice>, from: &BatchNorm<C, f32, AnyDevice>) {
    to.running_mean = from.running_mean.clone();
    to.running_variance = from.running_variance.clone();
}

impl<const IN: usize, const OUT: usize, E, D> TensorCollection<E, D> for Larger<IN, OUT, E, D>
where
    E: Dtype + Float,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Larger<IN, OUT, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("convolution", |s| &s.convolution, |s| &mut s.convolution),
                Self::module("norm", |s| &s.norm, |s| &mut s.norm),
            ),
            |(convolution, norm)| Larger { convolution, norm },
        )
    }
}

impl<E, D> TensorCollection<E, D> for Generator<E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Generator<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("first", |s| &s.first, |s| &mut s.first),
                Self::module("norm", |s| &s.norm, |s| &mut s.norm),
                Self::module("second", |s| &s.second, |s| &mut s.second),
                Self::module("third", |s| &s.third, |s| &mut s.third),
                Self::module("fourth", |s| &s.fourth, |s| &mut s.fourth),
                Self::module("last", |s| &s.last, |s| &mut s.last),
            ),
            |(first, norm, second, third, fourth, last)| Generator {
                first,
                norm,
                second,
                third,
                fourth,
                last,
            },
        )
    }
}
