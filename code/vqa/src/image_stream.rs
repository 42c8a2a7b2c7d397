//! The image stream: from the pixels of a picture to a map of features, on two paths that meet at the end.
//!
//! | path | layer | channels | grid |
//! | --- | --- | --- | --- |
//! | both | the picture | 3 | 56 × 56 |
//! | shape | convolution 5 × 5, at every second location | 24 | 28 × 28 |
//! | shape | convolution 3 × 3, at every second location | 48 | 14 × 14 |
//! | shape | convolution 3 × 3 | 64 | 14 × 14 |
//! | shape | convolution 3 × 3, at every second location | 48 | 7 × 7 |
//! | colour | convolution 5 × 5, at every second location | 8 | 28 × 28 |
//! | colour | convolution 3 × 3, at every second location | 16 | 14 × 14 |
//! | colour | convolution 3 × 3, at every second location | 16 | 7 × 7 |
//! | both | side by side | 64 | 7 × 7 |
//!
//! After each convolution come batch normalisation and ReLU. The colour path is narrow and sees 17 × 17 pixels at a time:
//! enough for a colour, and little for a shape.

use crate::collection::collection;
use crate::{CHANNELS, Map, SIDE};
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::{Activations, Block, Grid, Mode};

/// Channels of the shape path.
pub const SHAPE: usize = 48;

/// Channels of the colour path.
pub const COLOUR: usize = CHANNELS - SHAPE;

/// Two paths of convolutions, each with batch normalisation and ReLU.
#[derive(Clone, Debug)]
pub struct ImageStream<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    shape: (Block<3, 24, 5, E, D>, Block<24, 48, 3, E, D>, Block<48, 64, 3, E, D>, Block<64, SHAPE, 3, E, D>),
    colour: (Block<3, 8, 5, E, D>, Block<8, 16, 3, E, D>, Block<16, COLOUR, 3, E, D>),
}

impl ImageStream {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        let (mut shape, mut colour) = (Block::new(device, 2, seed(0)), Block::new(device, 2, seed(4)));
        shape.convolution = shape.convolution.without_input_gradient();
        colour.convolution = colour.convolution.without_input_gradient();
        Self {
            shape: (
                shape,
                Block::new(device, 2, seed(1)),
                Block::new(device, 1, seed(2)),
                Block::new(device, 2, seed(3)),
            ),
            colour: (colour, Block::new(device, 2, seed(5)), Block::new(device, 2, seed(8))),
        }
    }

    // ANCHOR: paths
    /// Square pictures of `side` pixels, (pictures, side · side, 3), to maps of (pictures, locations, [`CHANNELS`]):
    /// an eighth as high and wide.
    pub fn forward<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        pictures: Activations<3, AnyDevice, T>,
        side: usize,
        mode: Mode,
    ) -> Map<T> {
        let (shape, colour) = self.paths(pictures.with_empty_tape(), pictures, side, mode);
        let (count, locations, _) = *shape.shape();
        let shape = shape.reshape_like(&(count, locations, SHAPE));
        let colour = colour.reshape_like(&(count, locations, COLOUR));
        (shape, colour).concat_along(Axis::<2>).reshape_like(&(count, locations, Const))
    }

    /// What both paths make of pictures, each of its own: (pictures, locations, [`SHAPE`]) and (pictures, locations,
    /// [`COLOUR`]).
    pub fn paths<T: Tape<f32, AnyDevice>>(
        &mut self,
        shapes: Activations<3, AnyDevice, T>,
        colours: Activations<3, AnyDevice, T>,
        side: usize,
        mode: Mode,
    ) -> (Activations<SHAPE, AnyDevice, T>, Activations<COLOUR, AnyDevice, T>) {
        let (first, second, third, fourth) = &mut self.shape;
        let (x, grid) = first.forward(shapes, Grid::new(side, side), mode);
        let (x, grid) = second.forward(x, grid, mode);
        let (x, grid) = third.forward(x, grid, mode);
        let (shape, _) = fourth.forward(x, grid, mode);
        let (first, second, third) = &mut self.colour;
        let (x, grid) = first.forward(colours, Grid::new(side, side), mode);
        let (x, grid) = second.forward(x, grid, mode);
        let (colour, _) = third.forward(x, grid, mode);
        (shape, colour)
    }
    // ANCHOR_END: paths

    /// What a stream that has learned makes of pictures of [`SIDE`] pixels: pictures × locations × [`CHANNELS`].
    pub fn look(&mut self, pixels: &[f32]) -> Vec<f32> {
        let pictures = input(&self.device(), pixels, SIDE);
        self.forward(pictures, SIDE, Mode::Use).as_vec()
    }

    /// The device that the weights are on.
    pub fn device(&self) -> AnyDevice {
        self.shape.0.norm.scale.device().clone()
    }
}

/// What the network gets of square pictures of `side` pixels: (pictures, side · side, 3), from −½ to ½.
pub fn input(device: &AnyDevice, pixels: &[f32], side: usize) -> Activations<3, AnyDevice, NoneTape> {
    let pictures = pixels.len() / (side * side * 3);
    device.tensor_from_vec(pixels.iter().map(|value| value - 0.5).collect(), (pictures, side * side, Const))
}

collection!(ImageStream { shape, colour });
