//! Chapter 2: joint embedding.
//!
//! Two networks, one for pictures ([`picture_encoder`], taught from [`convolution_by_hand`] on) and one for
//! names ([`word_encoder`]), learn from pairs alone ([`names`], [`views`]) to put a picture beside its name
//! in one space ([`model`], [`space`]): matching pairs are pulled close and all others pushed apart, by
//! [`info_nce`] or by the [`margin`] loss over cosines ([`similarity`], [`by_hand`]). [`train`] does it and
//! [`evaluate`] measures it. Then come questions to the space: names never seen and the [`hubs`] that stand in
//! their way, [`arithmetic`] with pictures, the [`modality_gap`], what it takes for what ([`confusions`]); and
//! the same networks on [`photographs`]. [`chapter`] is the whole run in the order of the pages, with the models
//! in [`trained`]; [`exercises`] holds the solutions. [`report`] writes the run's tables, [`figures`] draws its
//! figures, and [`tools`] is what the program does besides.

pub mod arithmetic;
pub mod by_hand;
pub mod chapter;
pub mod confusions;
pub mod convolution_by_hand;
mod error;
pub mod evaluate;
pub mod exercises;
pub mod figures;
pub mod hubs;
pub mod info_nce;
pub mod margin;
pub mod modality_gap;
pub mod model;
pub mod names;
pub mod photographs;
pub mod picture_encoder;
pub mod report;
pub mod similarity;
pub mod space;
pub mod tools;
pub mod train;
pub mod trained;
pub mod views;
pub mod word_encoder;

pub use emoji_world::emoji;
pub use error::Error;

/// How many numbers a vector of the common space has.
pub const DIMENSIONS: usize = 256;

/// The side of the pictures, in pixels.
pub const SIDE: usize = 32;

/// How many words the emoji's names have.
pub const WORDS: usize = 1275;
