//! Chapter 5: visual question answering.
//!
//! Two streams, one for the picture and one for the question, and seven ways to make an answer of them: from one stream
//! alone, from both vectors side by side, from their product, by looking where the question points, by letting the
//! question tune the convolutions, and by looks that add up.
//!
//! [`questions`] and their [`complement`]s become numbers in [`words`] and a [`batch`] of the [`training_set`]. The
//! [`image_stream`] learned to see first ([`eye`], which says what it sees by [`naming`], and [`paint`], which keeps it
//! from judging shapes by colours); the [`question_stream`] reads. What compares them is one of seven [`heads`]:
//! [`fused`] vectors ([`by_hand`] says why they are multiplied), [`stacked_attention`], [`film`], [`glimpses`]. Streams
//! and head are a [`network`]; [`train`] trains it. [`evaluate`] says how good the answers are, with [`vqa_accuracy`] as
//! the challenge counts, [`prior`] what the question alone gives, and [`streams`] which stream learns first. [`own_data`]
//! and [`vqa_v2`] are for questions of your own. [`chapter`] is the whole run in the order of the pages, with the
//! networks in [`trained`]; [`exercises`] holds the solutions. [`report`] writes the run's tables, [`figures`] draws
//! its figures, and [`tools`] is what the program does besides.

pub mod batch;
pub mod by_hand;
pub mod chapter;
pub mod complement;
mod error;
pub mod evaluate;
pub mod exercises;
pub mod eye;
pub mod figures;
pub mod film;
pub mod fused;
pub mod glimpses;
pub mod heads;
pub mod image_stream;
pub mod naming;
pub mod network;
pub mod own_data;
pub mod paint;
pub mod prior;
pub mod question_stream;
pub mod questions;
pub mod report;
pub mod stacked_attention;
pub mod streams;
pub mod tools;
pub mod train;
pub mod trained;
pub mod training_set;
pub mod vqa_accuracy;
pub mod vqa_v2;
pub mod words;

pub use error::Error;

use dfdx::prelude::*;

/// Whether this is compiled for larger pictures, which are for a card.
pub const FULL_SIZE: bool = cfg!(feature = "full-size");

/// The side of the pictures, in pixels.
pub const SIDE: usize = if FULL_SIZE { 112 } else { 56 };

/// The side of the map, in locations.
pub const GRID: usize = SIDE / 8;

/// Numbers of a location of the map.
pub const CHANNELS: usize = 64;

/// Numbers of a word's vector.
pub const EMBEDDING: usize = 64;

/// Numbers of a question's vector.
pub const QUESTION: usize = 128;

/// Words and answers of questions about scenes, and nothing, which stands before a short one.
pub const WORDS: usize = 103;

/// Answers: yes and no, six numbers, nine colours, 46 kinds.
pub const ANSWERS: usize = 63;

/// So many numbers for each question of a batch.
pub type Rows<const N: usize, T = NoneTape> = layers::Rows<N, lab::AnyDevice, T>;

/// Maps, of an eye's names or of what an image stream makes: (pictures, locations, [`CHANNELS`]).
pub type Map<T = NoneTape> = layers::Activations<CHANNELS, lab::AnyDevice, T>;
