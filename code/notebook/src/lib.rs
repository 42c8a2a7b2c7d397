//! What the cells of the book's notebooks import: the chapter, `lab` and dfdx, each loaded once.

pub use dfdx;
pub use lab;
#[cfg(feature = "text-embedding")]
pub use text_embedding;
