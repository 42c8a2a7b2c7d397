//! Chapter 1: text embedding.
//!
//! Reads the Rust documentation ([`corpus`]), gives every frequent word a number ([`vocabulary`]),
//! and trains a vector for each by skip-gram with negative sampling: first in plain dfdx
//! ([`skip_gram`], [`plain_step`]), then with the whole batch as one differentiable operation
//! ([`fast_step`], [`train`]). Then it asks what the vectors know: who is near ([`word_vectors`]),
//! which differences are equal ([`analogies`], [`differences`]), who stands beside whom
//! ([`context_words`]), and what they get wrong ([`bias`]). [`chapter`] is the whole run in the
//! order of the pages; [`exercises`] holds the solutions.

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
