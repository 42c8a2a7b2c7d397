//! From the pixels of a picture to a map of annotation vectors: what both models see.
//!
//! | layer | channels | grid |
//! | --- | --- | --- |
//! | the picture | 3 | 56 × 56 |
//! | convolution 5 × 5, at every second location | 24 | 28 × 28 |
//! | convolution 3 × 3, at every second location | 48 | 14 × 14 |
//! | convolution 3 × 3 | 64 | 14 × 14 |
//! | convolution 3 × 3 | 96 | 14 × 14 |
//! | and where each location lies | 104 | 14 × 14 |
//!
//! After each convolution come batch normalisation (Ioffe and Szegedy 2015) and ReLU. The map's 196 locations
//! are the *annotation vectors* $a_1 … a_L$ of Xu et al. (2015), each about a patch of the picture.
//!
//! A convolution does the same everywhere and so cannot tell *where* it is. The last eight numbers of each
//! vector tell it: the location's place from left to right and from top to bottom (Liu et al. 2018, *An
//! intriguing failing of convolutional neural networks and the CoordConv solution*, arXiv:1807.03247), and
//! waves over it (as the positions of Vaswani et al. 2017, arXiv:1706.03762). They say nothing about objects.

use crate::{CHANNELS, FEATURES, LOCATIONS, PLACES, SIDE};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::{Activations, Block, Grid, Mode, Operations, centred, collection};
use std::f32::consts::PI;

/// Numbers of a picture: red, green and blue of every pixel.
pub const PIXELS: usize = SIDE * SIDE * 3;

/// The annotation vectors of some pictures: (pictures, [`LOCATIONS`], [`CHANNELS`]).
pub type Map<T = NoneTape> = Activations<CHANNELS, AnyDevice, T>;

// ANCHOR: encoder
/// Four convolutions: a picture becomes a quarter as wide and high, with [`FEATURES`] features a location.
#[derive(Clone, Debug)]
pub struct Encoder<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// 3 channels to 24, 5 × 5, stride 2.
    pub first: Block<3, 24, 5, E, D>,
    /// 24 channels to 48, 3 × 3, stride 2.
    pub second: Block<24, 48, 3, E, D>,
    /// 48 channels to 64, 3 × 3.
    pub third: Block<48, 64, 3, E, D>,
    /// 64 channels to 96, 3 × 3.
    pub fourth: Block<64, FEATURES, 3, E, D>,
}

impl<D: Operations> Encoder<f32, D> {
    /// (pictures, locations of `grid`, 3 channels) → (pictures, locations of a grid a quarter as wide and
    /// high, [`FEATURES`]), and that grid.
    pub fn forward<T: Tape<f32, D>>(
        &mut self,
        pictures: Activations<3, D, T>,
        grid: Grid,
        mode: Mode,
    ) -> (Activations<FEATURES, D, T>, Grid) {
        let (x, grid) = self.first.forward(pictures, grid, mode);
        let (x, grid) = self.second.forward(x, grid, mode);
        let (x, grid) = self.third.forward(x, grid, mode);
        self.fourth.forward(x, grid, mode)
    }
}
// ANCHOR_END: encoder

// ANCHOR: see
impl Encoder {
    /// The annotation vectors of pictures of [`SIDE`] × [`SIDE`] pixels: (pictures, 56 · 56, 3) → (pictures,
    /// [`LOCATIONS`], [`CHANNELS`]).
    pub fn annotate<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<3, AnyDevice, T>,
        mode: Mode,
    ) -> Map<T> {
        let (features, grid) = self.forward(pictures, Grid::new(SIDE, SIDE), mode);
        debug_assert_eq!(grid.locations(), LOCATIONS);
        with_places(features, grid)
    }

    /// The annotation vectors of pictures of [`PIXELS`] numbers each, to be used.
    pub fn see(&mut self, pixels: &[f32]) -> Map {
        let device = self.first.norm.scale.device().clone();
        self.annotate(centred(&device, pixels, SIDE), Mode::Inference)
    }
}

/// Features, and behind them where they are.
fn with_places<T: Tape<f32, AnyDevice>>(features: Activations<FEATURES, AnyDevice, T>, grid: Grid) -> Map<T> {
    let (pictures, locations, _) = *features.shape();
    let along = |i: usize, length: usize| 2.0 * i as f32 / (length - 1) as f32 - 1.0;
    let places: Vec<f32> = (0..locations)
        .flat_map(|i| place(along(i % grid.width, grid.width), along(i / grid.width, grid.height)))
        .collect();
    let places = features.device().tensor_from_vec(places.repeat(pictures), (pictures, locations, PLACES));
    let features = features.reshape_like(&(pictures, locations, FEATURES));
    (features, places).concat_along(Axis::<2>).reshape_like(&(pictures, locations, Const))
}

/// Where a location is, from −1 to 1 across and down: the two numbers themselves, and a half and a whole wave as long
/// as the picture. Places near each other have numbers near each other, and a weighted
/// sum of the waves can be large in the middle, or at the edges, or on one side.
fn place(x: f32, y: f32) -> [f32; PLACES] {
    let (u, v) = (PI * x, PI * y);
    [x, y, (u / 2.0).cos(), (v / 2.0).cos(), u.sin(), v.sin(), u.cos(), v.cos()]
}
// ANCHOR_END: see

impl<D: Operations> Encoder<f32, D> {
    /// Fresh weights, which follow from the seed.
    pub fn new(device: &D, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self {
            // Nobody asks how the loss depends on the picture.
            first: Block::new(device, 2, seed(0)).without_input_gradient(),
            second: Block::new(device, 2, seed(1)),
            third: Block::new(device, 1, seed(2)),
            fourth: Block::new(device, 1, seed(3)),
        }
    }
}

collection!(Encoder { first, second, third, fourth });
