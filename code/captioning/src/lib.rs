//! Chapter 3: captioning.
//!
//! Two models write a sentence about a picture, word by word, and one of them looks at a part of the
//! picture before every word.

pub mod batch;
pub mod beam_search;
pub mod captioner;
pub mod captions;
pub mod chapter;
pub mod coco;
pub mod encoder;
mod error;
pub mod evaluate;
pub mod figures;
pub mod hard_attention;
pub mod image_to_sentence;
pub mod kept;
pub mod metrics;
pub mod mistakes;
pub mod photographs;
pub mod report;
pub mod same_caption;
pub mod show_attend_tell;
pub mod soft_attention;
pub mod tokeniser;
pub mod tools;
pub mod train;
pub mod vocabulary;

pub use error::Error;

/// The side of the pictures, in pixels.
pub const SIDE: usize = 56;

/// The side of the map of features, in locations.
pub const GRID: usize = 14;

/// Locations of the map of features: L.
pub const LOCATIONS: usize = GRID * GRID;

/// Features of a location.
pub const CHANNELS: usize = 96;

/// Numbers of a query and a key.
pub const ATTENTION: usize = 48;

/// Numbers of a word's vector, in the model with attention.
pub const EMBEDDING: usize = 128;

/// What the recurrent network reads at every step: what is seen and the word.
pub const INPUT: usize = CHANNELS + EMBEDDING;

/// Numbers of the recurrent network's state.
pub const HIDDEN: usize = 256;

/// Words that sentences about scenes have, with the four special ones.
pub const WORDS: usize = 152;

/// TEMPORARY
pub fn knob(name: &str, default: f32) -> f32 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}
