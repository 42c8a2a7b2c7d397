//! The image stream: from the pixels of a picture to a map of features.
//!
//! | layer | channels | grid |
//! | --- | --- | --- |
//! | the picture | 3 | 56 × 56 |
//! | convolution 5 × 5, at every second location | 24 | 28 × 28 |
//! | convolution 3 × 3, at every second location | 48 | 14 × 14 |
//! | convolution 3 × 3 | 64 | 14 × 14 |
//! | convolution 3 × 3, at every second location | 64 | 7 × 7 |
//!
//! After each come batch normalisation and ReLU.

use crate::{CHANNELS, Map};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::{Activations, Block, Grid, Mode, collection};

/// Four convolutions, each with batch normalisation and ReLU.
#[derive(Clone, Debug)]
pub struct ImageStream<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    first: Block<3, 24, 5, E, D>,
    second: Block<24, 48, 3, E, D>,
    third: Block<48, 64, 3, E, D>,
    fourth: Block<64, CHANNELS, 3, E, D>,
}

impl ImageStream {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self {
            first: Block::new(device, 2, seed(0)).without_input_gradient(),
            second: Block::new(device, 2, seed(1)),
            third: Block::new(device, 1, seed(2)),
            fourth: Block::new(device, 2, seed(3)),
        }
    }

    /// Square pictures of `side` pixels, (pictures, side · side, 3), to maps of (pictures, locations, [`CHANNELS`]):
    /// an eighth as high and wide.
    pub fn forward<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<3, AnyDevice, T>,
        side: usize,
        mode: Mode,
    ) -> Map<T> {
        let (x, grid) = self.first.forward(pictures, Grid::new(side, side), mode);
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, grid) = self.third.forward(x, grid, mode);
        self.fourth.forward(x, grid, mode).0
    }

    /// The device that the weights are on.
    pub fn device(&self) -> AnyDevice {
        self.first.norm.scale.device().clone()
    }
}

collection!(ImageStream { first, second, third, fourth });
