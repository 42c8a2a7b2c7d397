//! Chapter 3: captioning.
//!
//! Two models write a sentence about a picture, word by word, and one of them looks at a part of the
//! picture before every word.
//!
//! Scenes and what people would write about them come from [`captions`], words get numbers in [`vocabulary`] and
//! sentences of different lengths one [`batch`]. The picture becomes a map in the [`encoder`], which learned to see
//! first ([`eye`]). Behind it stands one of two decoders, [`image_to_sentence`] or [`show_attend_tell`] with
//! [`soft_attention`] (beside it [`hard_attention`]); what both can do is a [`captioner`], encoder and decoder together
//! a [`network`], and an LSTM by hand is in [`two_numbers`]. [`train`] trains, [`beam_search`] writes, [`metrics`] say
//! how close a caption comes ([`tokeniser`] and [`coco`] as COCO does), [`evaluate`] and [`mistakes`] what became of it,
//! [`same_caption`] how it goes wrong. [`photographs`] is the same on your own pictures. [`chapter`] is the whole run
//! in the order of the pages, with the models in [`trained`]; [`exercises`] holds the solutions. [`report`] writes the
//! run's tables, [`figures`] draws its figures, and [`tools`] is what the program does besides.

pub mod batch;
pub mod beam_search;
pub mod captioner;
pub mod captions;
pub mod chapter;
pub mod coco;
pub mod encoder;
mod error;
pub mod evaluate;
pub mod exercises;
pub mod eye;
pub mod figures;
pub mod hard_attention;
pub mod image_to_sentence;
pub mod metrics;
pub mod mistakes;
pub mod network;
pub mod photographs;
pub mod report;
pub mod same_caption;
pub mod show_attend_tell;
pub mod soft_attention;
pub mod tokeniser;
pub mod tools;
pub mod train;
pub mod trained;
pub mod two_numbers;
pub mod vocabulary;

pub use error::Error;

// ANCHOR: side
/// Whether this is compiled for larger pictures, which are for a card.
pub const FULL_SIZE: bool = cfg!(feature = "full-size");

/// The side of the pictures, in pixels.
pub const SIDE: usize = if FULL_SIZE { 112 } else { 56 };

/// The side of the map of features, in locations.
pub const GRID: usize = SIDE / 4;
// ANCHOR_END: side

/// Locations of the map of features: L.
pub const LOCATIONS: usize = GRID * GRID;

/// What the convolutions say of a location.
pub const FEATURES: usize = 96;

/// Numbers that tell where a location is.
pub const PLACES: usize = 8;

/// Numbers of an annotation vector: what the convolutions say of a location, and where it is.
pub const CHANNELS: usize = FEATURES + PLACES;

/// Numbers of a query and a key.
pub const ATTENTION: usize = 64;

/// Numbers of a word's vector.
pub const EMBEDDING: usize = 64;

/// What the recurrent network reads at every step: what is seen and the word.
pub const INPUT: usize = CHANNELS + EMBEDDING;

/// Numbers of the recurrent network's state.
pub const HIDDEN: usize = 192;

/// Words that sentences about scenes have, with the four special ones.
pub const WORDS: usize = 138;
