//! From the pixels of a picture to a vector: a small convolutional network.
//!
//! | layer | channels | grid |
//! | --- | --- | --- |
//! | the picture | 3 | 32 × 32 |
//! | convolution 5 × 5, at every second location | 32 | 16 × 16 |
//! | convolution 3 × 3, maximum of 2 × 2 | 64 | 8 × 8 |
//! | convolution 3 × 3, maximum of 2 × 2 | 128 | 4 × 4 |
//! | convolution 3 × 3, mean of 2 × 2 | 128 | 2 × 2 |
//! | linear map of all 512 numbers | 256 | |
//!
//! After each convolution come batch normalisation (Ioffe and Szegedy 2015) and ReLU.

use crate::similarity::Rows;
use crate::{DIMENSIONS, SIDE};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use layers::fresh::linear;
use layers::{Activations, Block, Grid, Mode, Operations, collection};

/// Channels of the last feature map times its locations: what the linear map reads.
const FEATURES: usize = 128 * 2 * 2;

// ANCHOR: encoder
/// Four convolutions and a linear map.
#[derive(Clone, Debug)]
pub struct PictureEncoder<E: Dtype = f32, D: Storage<E> = Cpu> {
    /// 3 channels to 32, 5 × 5, stride 2.
    pub first: Block<3, 32, 5, E, D>,
    /// 32 channels to 64, 3 × 3.
    pub second: Block<32, 64, 3, E, D>,
    /// 64 channels to 128, 3 × 3.
    pub third: Block<64, 128, 3, E, D>,
    /// 128 channels to 128, 3 × 3.
    pub fourth: Block<128, 128, 3, E, D>,
    /// To the common space.
    pub project: Linear<FEATURES, DIMENSIONS, E, D>,
}

impl<D: Operations> PictureEncoder<f32, D> {
    /// (pictures, 32 · 32 locations, 3 channels) → (pictures, [`DIMENSIONS`]).
    pub fn forward<T: Tape<f32, D>>(
        &mut self,
        pictures: Activations<3, D, T>,
        mode: Mode,
    ) -> Rows<DIMENSIONS, D, T> {
        let (x, grid) = self.first.forward(pictures, Grid::new(SIDE, SIDE), mode);
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, grid) = layers::max_pool_2x2(x, grid);
        let (x, grid) = self.third.forward(x, grid, mode);
        let (x, grid) = layers::max_pool_2x2(x, grid);
        let (x, grid) = self.fourth.forward(x, grid, mode);
        let (x, _) = layers::average_pool(x, grid, 2);
        let count = x.shape().0;
        self.project.forward(x.reshape_like(&(count, Const::<FEATURES>)))
    }
}
// ANCHOR_END: encoder

impl<D: Operations> PictureEncoder<f32, D> {
    /// Fresh weights: the convolutions' from the seed, the linear map's from the device's random numbers.
    pub fn new(device: &D, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(8).wrapping_add(layer);
        Self {
            // Nobody asks how the loss depends on the picture.
            first: Block::new(device, 2, seed(0)).without_input_gradient(),
            second: Block::new(device, 1, seed(1)),
            third: Block::new(device, 1, seed(2)),
            fourth: Block::new(device, 1, seed(3)),
            project: linear(device),
        }
    }
}

collection!(PictureEncoder { first, second, third, fourth, project });
