//! A network that hears: from the picture of a sound to some numbers.
//!
//! The numbers are the logits of classes, where it learns to [name](crate::train::classify) sounds, or a vector in a space
//! that sounds share with pictures and words, where it learns to [place](crate::train::align) them.
//!
//! | layer | channels | grid (time × frequency) |
//! | --- | --- | --- |
//! | the picture | 1 | 64 × 40 |
//! | convolution 5 × 5, at every second location | 16 | 32 × 20 |
//! | convolution 3 × 3, maximum of 2 × 2 | 32 | 16 × 10 |
//! | convolution 3 × 3, maximum of 2 × 2 | 64 | 8 × 5 |
//! | convolution 3 × 3 | 64 | 8 × 5 |
//! | mean over all locations | 64 | 1 × 1 |
//! | linear map | `N` | |
//!
//! After each convolution come batch normalisation and ReLU. The mean over time makes it matter little when a sound
//! begins.

use crate::features::{FRAMES, MELS};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::linear;
use layers::{Activations, Block, Grid, Mode, collection};

/// Numbers that the linear map reads.
pub const FEATURES: usize = 64;

/// So many numbers for each sound of a batch.
pub type Rows<const N: usize, T = NoneTape> = layers::Rows<N, AnyDevice, T>;

/// Four convolutions and a linear map to `N` numbers.
#[derive(Clone, Debug)]
pub struct SoundEncoder<const N: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    first: Block<1, 16, 5, E, D>,
    second: Block<16, 32, 3, E, D>,
    third: Block<32, 64, 3, E, D>,
    fourth: Block<64, FEATURES, 3, E, D>,
    last: Linear<FEATURES, N, E, D>,
}

impl<const N: usize> SoundEncoder<N> {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(8).wrapping_add(layer);
        Self {
            // Nobody asks how the loss depends on the picture.
            first: Block::new(device, 2, seed(0)).without_input_gradient(),
            second: Block::new(device, 1, seed(1)),
            third: Block::new(device, 1, seed(2)),
            fourth: Block::new(device, 1, seed(3)),
            last: linear(device),
        }
    }

    /// Pictures on the network's device: (sounds, 64 · 40 locations, 1), from as many numbers.
    pub fn input(&self, pictures: &[f32]) -> Activations<1, AnyDevice, NoneTape> {
        let count = pictures.len() / (FRAMES * MELS);
        self.last.bias.device().tensor_from_vec(pictures.to_vec(), (count, FRAMES * MELS, Const::<1>))
    }

    /// What the network makes of pictures before it names them: (sounds, [`FEATURES`]).
    // ANCHOR: features
    pub fn features<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<1, AnyDevice, T>,
        mode: Mode,
    ) -> Rows<FEATURES, T> {
        let (x, grid) = self.first.forward(pictures, Grid::new(FRAMES, MELS), mode);
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, grid) = layers::max_pool_2x2(x, grid);
        let (x, grid) = self.third.forward(x, grid, mode);
        let (x, grid) = layers::max_pool_2x2(x, grid);
        let (x, _) = self.fourth.forward(x, grid, mode);
        layers::global_average_pool(x)
    }
    // ANCHOR_END: features

    /// (sounds, `N`).
    pub fn forward<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<1, AnyDevice, T>,
        mode: Mode,
    ) -> Rows<N, T> {
        let features = self.features(pictures, mode);
        self.last.forward(features)
    }

    /// The network's numbers for pictures of [`FRAMES`] × [`MELS`]: sounds × `N`.
    pub fn hear(&mut self, pictures: &[f32]) -> Vec<f32> {
        // In portions: activations of thousands of pictures would need gigabytes.
        let portions = pictures.chunks(256 * FRAMES * MELS);
        portions.flat_map(|portion| self.forward(self.input(portion), Mode::Inference).as_vec()).collect()
    }
}

collection!(SoundEncoder<N> { first, second, third, fourth, last });
