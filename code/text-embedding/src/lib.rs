//! Chapter 1.

pub mod batches;
pub mod corpus;
pub mod embedding_table;
mod error;
pub mod fast_step;
pub mod negative_sampling;
pub mod plain_step;
pub mod skip_gram;
pub mod subsampling;
pub mod train;
pub mod vocabulary;

pub use error::Error;

/// How many numbers a word's vector has.
pub const DIMENSIONS: usize = 100;
