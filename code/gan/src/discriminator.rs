//! The discriminator: is it a picture, and does it show what the sentence says?
//!
//! | layer | channels | grid |
//! | --- | --- | --- |
//! | the picture | 3 | 32 × 32 |
//! | convolution 4 × 4, at every second location | 32 | 16 × 16 |
//! | convolution 4 × 4, at every second location | 64 | 8 × 8 |
//! | convolution 4 × 4, at every second location | 96 | 4 × 4 |
//! | and the sentence's vector beside each location, convolution 1 × 1 | 96 | 4 × 4 |
//! | a linear map: one number | | |
//!
//! Leaky ReLU, $\max(x, 0.2 x)$, comes after each convolution. The number is a *logit*: the sigmoid of it is the
//! probability that the picture is real and matches (Reed et al. 2016, figure 2).

use crate::SENTENCE;
use crate::SIDE;
use crate::generator::Pictures;
use crate::sentence_encoder::Vectors;
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::{linear, pointwise};
use layers::{Activations, Convolution2d, ConvolutionConfig, Grid, collection, leaky_relu};

/// The slope of leaky ReLU below zero.
const SLOPE: f32 = 0.2;

const FIRST: usize = 32;
const SECOND: usize = 64;
const WIDE: usize = 96;
const LOCATIONS: usize = (SIDE / 8) * (SIDE / 8);

/// What the convolutions make of pictures: (pictures, 4 · 4, 96).
pub type Map<T = NoneTape> = Activations<WIDE, AnyDevice, T>;

/// A logit a picture.
pub type Logits<T = NoneTape> = Tensor<(usize,), f32, AnyDevice, T>;

// ANCHOR: discriminator
/// Judges pictures, and whether they match sentences.
#[derive(Clone, Debug)]
pub struct Discriminator<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// To 16 × 16, to 8 × 8, to 4 × 4.
    pub convolutions: (
        Convolution2d<3, FIRST, 4, E, D>,
        Convolution2d<FIRST, SECOND, 4, E, D>,
        Convolution2d<SECOND, WIDE, 4, E, D>,
    ),
    /// The part of the last convolution that sees the map.
    pub see: Convolution2d<WIDE, WIDE, 1, E, D>,
    /// The part of it that reads the sentence.
    pub read: Linear<SENTENCE, WIDE, E, D>,
    /// From all locations to one number.
    pub last: Linear<{ LOCATIONS * WIDE }, 1, E, D>,
}

impl Discriminator {
    /// What there is to see: pictures to maps of 4 × 4.
    pub fn look<T: Tape<f32, AnyDevice>>(&self, pictures: Pictures<T>) -> Map<T> {
        let (first, second, third) = &self.convolutions;
        let (x, grid) = first.forward_leaky_relu(pictures, Grid::new(SIDE, SIDE), SLOPE);
        let (x, grid) = second.forward_leaky_relu(x, grid, SLOPE);
        third.forward_leaky_relu(x, grid, SLOPE).0
    }

    /// Logits of maps and sentences.
    pub fn logits<T: Tape<f32, AnyDevice>>(&self, map: Map<T>, sentences: &Vectors) -> Logits<T> {
        let pictures = map.shape().0;
        let (seen, _) = self.see.forward(map, Grid::new(LOCATIONS, 1));
        let read = sentences.clone().put_tape(T::default());
        let read = self.read.forward(read).broadcast_like::<_, Axis<1>>(&seen);
        let x = leaky_relu(seen + read, SLOPE).reshape_like(&(pictures, Const::<{ LOCATIONS * WIDE }>));
        self.last.forward(x).reshape_like(&(pictures,))
    }
}
// ANCHOR_END: discriminator

impl Discriminator {
    // ANCHOR: two_uses
    /// Itself as it learns: nobody wants to know how the pictures should change.
    pub fn learning(&self) -> Self {
        let (first, second, third) = self.convolutions.clone();
        Self { convolutions: (first.without_input_gradient(), second, third), ..self.clone() }
    }

    /// Itself as the generator learns through it: its own weights stay, and their gradients are not computed where
    /// that costs time.
    pub fn fixed(&self) -> Self {
        let (first, second, third) = self.convolutions.clone();
        Self {
            convolutions: (
                first.without_weight_gradient(),
                second.without_weight_gradient(),
                third.without_weight_gradient(),
            ),
            see: self.see.clone().without_weight_gradient(),
            ..self.clone()
        }
    }
    // ANCHOR_END: two_uses

    /// Fresh weights from a seed.
    pub fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let layer = |layer: u64| (seed ^ SEED).wrapping_mul(16).wrapping_add(layer);
        let half = ConvolutionConfig { stride: 2, padding: 1 };
        Self {
            convolutions: (
                Convolution2d::new(&device, half, layer(0)),
                Convolution2d::new(&device, half, layer(1)),
                Convolution2d::new(&device, half, layer(2)),
            ),
            see: pointwise(&device, layer(3)),
            read: linear(&device),
            last: linear(&device),
        }
    }
}

/// Keeps the weights apart from the generator's.
const SEED: u64 = 0x64_6973;

collection!(Discriminator { convolutions, see, read, last });
