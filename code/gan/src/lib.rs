//! Chapter 4: text to image by a generative adversarial network.
//!
//! A generator paints a picture from a sentence and some noise; a discriminator judges whether it is a
//! picture, and whether it shows what the sentence says. Each learns from the other.
//!
//! The idea comes first, in the smallest games: [`two_numbers`] and [`one_dimension`]. Then the data, [`pairs`] of
//! pictures and sentences in [`words`], which the [`sentence_encoder`] reads; the [`generator`] with its [`noise`] (and
//! why it does not use transposed convolutions, [`overlaps`]); the [`discriminator`], kept smooth by [`spectral_norm`];
//! and the game, [`train`], on a [`batch`] a step. What is left of it are the [`players`]. How good they are says an
//! independent [`judge`], by [`evaluate`] and the [`frechet`] distance, and [`nearest`] whether they remember;
//! [`ablation`] leaves out one thing at a time. [`digits`] is the same on MNIST. [`chapter`] is the whole run in the
//! order of the pages, with the games in [`trained`]; [`exercises`] holds the solutions. [`report`] writes the run's
//! tables, [`figures`] draws its figures, and [`tools`] is what the program does besides.

pub mod ablation;
pub mod batch;
pub mod chapter;
pub mod digits;
pub mod discriminator;
mod error;
pub mod evaluate;
pub mod exercises;
pub mod figures;
pub mod frechet;
pub mod generator;
pub mod judge;
pub mod nearest;
pub mod noise;
pub mod one_dimension;
pub mod overlaps;
pub mod pairs;
pub mod players;
pub mod report;
pub mod sentence_encoder;
pub mod spectral_norm;
pub mod tools;
pub mod train;
pub mod trained;
pub mod two_numbers;
pub mod words;

pub use error::Error;

/// Whether this is compiled for larger pictures, which are for a card.
pub const FULL_SIZE: bool = cfg!(feature = "full-size");

/// The side of the pictures, in pixels.
pub const SIDE: usize = if FULL_SIZE { 64 } else { 32 };

/// Numbers of a picture: red, green and blue of each pixel.
pub const PICTURE: usize = SIDE * SIDE * 3;

/// Pictures that are painted, judged or compared together outside training: what layers hold of each takes memory.
const AT_ONCE: usize = 256;

/// Numbers of the noise: what the sentence does not say.
pub const NOISE: usize = 32;

/// Numbers of a sentence's vector.
pub const SENTENCE: usize = 32;

/// Words that sentences about single things have.
pub const WORDS: usize = 33;
