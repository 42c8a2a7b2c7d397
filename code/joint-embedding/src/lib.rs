//! Chapter 2: pictures and words in one space.
pub mod similarity;
pub mod info_nce;
pub mod margin;
pub mod word_encoder;
pub mod picture_encoder;
pub mod train;
pub mod views;
pub mod model;
pub mod names;
pub mod space;
pub mod by_hand;
pub mod arithmetic;
pub mod modality_gap;
pub mod confusions;
pub mod exercises;
pub mod photographs;
pub mod tools;
pub mod chapter;
pub mod convolution_by_hand;
pub mod map;
pub mod report;
pub mod figures;
mod error;
pub use emoji_world::emoji;
pub use error::Error;
/// Numbers in an embedding.
pub const DIMENSIONS: usize = 256;
/// The side of the pictures, in pixels.
pub const SIDE: usize = 32;
/// How many words the emoji's names have.
pub const WORDS: usize = 1275;
