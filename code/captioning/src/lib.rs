//! Chapter 3: captioning.
//!
//! So far the measures: how close is a caption to what people wrote of the same picture ([`metrics`]:
//! BLEU, ROUGE-L and CIDEr), the field's files that hold captions ([`coco`]), how a caption is split
//! into words ([`tokeniser`]), and the program's options for all that ([`tools`]). The encoder, the
//! decoder and the attention between them are still to come.

pub mod coco;
mod error;
pub mod metrics;
pub mod tokeniser;
pub mod tools;

pub use error::Error;
