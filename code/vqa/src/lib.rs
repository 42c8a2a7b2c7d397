//! Chapter 5: visual question answering.
//!
//! Two streams, one for the picture and one for the question, and six ways to make an answer of them: from one stream
//! alone, from both vectors side by side, from their product, by looking where the question points, and by letting
//! the question tune the convolutions.

mod error;
pub mod evaluate;
pub mod eye;
pub mod film;
pub mod fused;
pub mod image_stream;
pub mod network;
pub mod question_stream;
pub mod questions;
pub mod stacked_attention;
pub mod train;
pub mod vqa_accuracy;
pub mod vqa_v2;

pub use error::Error;

use dfdx::prelude::*;

/// The side of the pictures, in pixels.
pub const SIDE: usize = 56;

/// The side of the map of features, in locations.
pub const GRID: usize = 7;

/// Numbers of a location of the map.
pub const CHANNELS: usize = 64;

/// Numbers of a word's vector.
pub const EMBEDDING: usize = 64;

/// Numbers of a question's vector.
pub const QUESTION: usize = 128;

/// Words that questions about scenes have, and nothing, which stands before a short one.
pub const WORDS: usize = 140;

/// Answers: yes and no, six numbers, nine colours, 46 kinds.
pub const ANSWERS: usize = 63;

/// So many numbers for each question of a batch.
pub type Rows<const N: usize, T = NoneTape> = Tensor<(usize, Const<N>), f32, lab::Device, T>;

/// Maps of features: (pictures, locations, [`CHANNELS`]).
pub type Map<T = NoneTape> = layers::Activations<CHANNELS, lab::Device, T>;
