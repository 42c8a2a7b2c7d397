//! Chapter 1: text embedding.
//!
//! Words as [`one_hot`] vectors come first, and why they fail; then [`skip_gram`] as plain as it can be read,
//! on a [`toy`] corpus. The large one is the Rust documentation ([`corpus`]). Every frequent word gets a
//! number ([`vocabulary`]), the most frequent are thinned out ([`subsampling`]), and sentences become
//! [`batches`] of pairs with random words for [`negative_sampling`]. A step of training is there twice: in
//! plain dfdx ([`plain_step`]), and with the whole batch as one differentiable operation ([`fast_step`]), on
//! tables of which it changes a few rows ([`embedding_table`]). [`train`] makes vectors of the corpus with
//! it. Then come questions to the vectors ([`evaluate`]): who is near ([`word_vectors`]), whether their
//! cosines rank pairs as people do ([`similarity`]), which differences are equal ([`analogies`],
//! [`differences`]), who stands beside whom ([`context_words`]), and what they get wrong ([`bias`]).
//! [`word2vec_format`] takes vectors to other programs and back. [`chapter`] is the whole run in the order of
//! the pages; [`exercises`] holds the solutions. [`report`] writes the run's tables, [`figures`] draws its
//! figures, and [`tools`] is what the program does besides.

pub mod analogies;
pub mod batches;
pub mod bias;
pub mod chapter;
pub mod context_words;
pub mod corpus;
pub mod differences;
pub mod embedding_table;
mod error;
pub mod evaluate;
pub mod exercises;
pub mod fast_step;
pub mod figures;
pub mod negative_sampling;
pub mod one_hot;
pub mod plain_step;
pub mod report;
pub mod similarity;
pub mod skip_gram;
pub mod subsampling;
pub mod tools;
pub mod toy;
pub mod train;
pub mod vocabulary;
pub mod word2vec_format;
pub mod word_vectors;

pub use error::Error;

/// How many numbers a word's vector has.
pub const DIMENSIONS: usize = 100;
