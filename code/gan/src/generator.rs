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

use crate::sentence_encoder::Vectors;
use crate::{AT_ONCE, NOISE, PICTURE, SENTENCE, SIDE};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::linear;
use layers::{
    Activations, BatchNorm, Block, Convolution2d, ConvolutionConfig, Grid, Mode, collection, upsample_2x,
};

/// The side of the first map, in locations.
const FIRST: usize = SIDE / 8;

const LOCATIONS: usize = FIRST * FIRST;

/// Channels of the maps.
const WIDE: usize = 64;

/// Pictures as networks see them: (pictures, 32 · 32, 3), from −1 to 1.
pub type Pictures<T = NoneTape> = Activations<3, AnyDevice, T>;

// ANCHOR: generator
/// From noise and a sentence's vector to a picture.
#[derive(Clone, Debug)]
pub struct Generator<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// From both vectors to a map of 4 × 4.
    pub first: Linear<{ NOISE + SENTENCE }, { LOCATIONS * WIDE }, E, D>,
    /// Normalises that map.
    pub norm: BatchNorm<WIDE, E, D>,
    /// At 8 × 8.
    pub second: Block<WIDE, 64, 3, E, D>,
    /// At 16 × 16.
    pub third: Block<64, 32, 3, E, D>,
    /// At 32 × 32.
    pub fourth: Block<32, 16, 3, E, D>,
    /// To red, green and blue.
    pub last: Convolution2d<16, 3, 3, E, D>,
}

impl Generator {
    /// Noise (pictures, [`NOISE`]) and sentences (pictures, [`SENTENCE`]) to pictures.
    pub fn forward<T: Tape<f32, AnyDevice>>(
        &mut self,
        both: Tensor<(usize, Const<{ NOISE + SENTENCE }>), f32, AnyDevice, T>,
        mode: Mode,
    ) -> Pictures<T> {
        let pictures = both.shape().0;
        let x = self.first.forward(both).reshape_like(&(pictures, LOCATIONS, Const::<WIDE>));
        let x = match mode {
            Mode::Training => self.norm.forward_train_relu(x),
            Mode::Inference => self.norm.forward_relu(x),
        };
        let (x, grid) = upsample_2x(x, Grid::new(FIRST, FIRST));
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, grid) = upsample_2x(x, grid);
        let (x, grid) = self.third.forward(x, grid, mode);
        let (x, grid) = upsample_2x(x, grid);
        let (x, grid) = self.fourth.forward(x, grid, mode);
        self.last.forward(x, grid).0.tanh()
    }
}
// ANCHOR_END: generator

impl Generator {
    /// Fresh weights from a seed.
    pub fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self {
            first: linear(&device),
            norm: BatchNorm::new(&device),
            second: Block::new(&device, 1, seed(0)),
            third: Block::new(&device, 1, seed(1)),
            fourth: Block::new(&device, 1, seed(2)),
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
        self.both(noise, &sentences.as_vec())
    }

    fn both(
        &self,
        noise: &[f32],
        sentences: &[f32],
    ) -> Tensor<(usize, Const<{ NOISE + SENTENCE }>), f32, AnyDevice> {
        let rows = noise.chunks_exact(NOISE).zip(sentences.chunks_exact(SENTENCE));
        let count = rows.len();
        let numbers = rows.flat_map(|(noise, sentence)| noise.iter().chain(sentence)).copied().collect();
        self.last.bias.device().tensor_from_vec(numbers, (count, Const))
    }

    /// Paints pictures: 32 × 32 × 3 numbers from 0 to 1 for each row of noise and sentences.
    pub fn paint(&mut self, noise: &[f32], sentences: &Vectors) -> Vec<f32> {
        let sentences = sentences.as_vec();
        let parts = noise.chunks(AT_ONCE * NOISE).zip(sentences.chunks(AT_ONCE * SENTENCE));
        let mut pixels = Vec::with_capacity(noise.len() / NOISE * PICTURE);
        for (noise, sentences) in parts {
            let pictures = self.forward(self.both(noise, sentences), Mode::Inference);
            pixels.extend(pictures.as_vec().into_iter().map(|value| (value + 1.0) / 2.0));
        }
        pixels
    }
}

fn take<const C: usize>(to: &mut BatchNorm<C, f32, AnyDevice>, from: &BatchNorm<C, f32, AnyDevice>) {
    to.running_mean = from.running_mean.clone();
    to.running_variance = from.running_variance.clone();
}

collection!(Generator { first, norm, second, third, fourth, last });
