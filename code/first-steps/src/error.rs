//! What can go wrong.

use lab::LabError;

// ANCHOR: error
/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text that should be a number is none.
    #[error("{text:?}, number {place} of the line, is not a number; expected one such as 0.5")]
    NotANumber {
        /// The text.
        text: String,
        /// Its place, counted from 1.
        place: usize,
    },
    // ANCHOR_END: error
    // ANCHOR: not_a_pair
    /// A line that should have two numbers has fewer or more.
    #[error("line {line} should be two numbers, such as 1.5, 2; got {found}")]
    NotAPair {
        /// Which line, counted from 1.
        line: usize,
        /// How many numbers it has.
        found: usize,
    },
    // ANCHOR_END: not_a_pair
    /// The optimizer found a parameter without a gradient.
    #[error("a parameter of the network got no gradient; check that the loss depends on all of them")]
    NoGradient,
    /// The record could not be written, or a figure not be drawn.
    #[error(transparent)]
    Lab(#[from] LabError),
}
