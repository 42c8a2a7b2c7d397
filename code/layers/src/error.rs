//! What can go wrong, and what to do about it.

use crate::Grid;

/// Errors of the layers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tensor's second dimension is not height times width of the grid it came with.
    #[error(
        "{operation}: expected {} locations for a grid of {grid}, found {found}. \
         Pass the grid that came with the tensor",
        grid.locations()
    )]
    WrongLocations {
        /// Which operation.
        operation: &'static str,
        /// The grid that was given.
        grid: Grid,
        /// The tensor's second dimension.
        found: usize,
    },
    /// The window does not fit into the picture.
    #[error(
        "{operation}: a window of {window} × {window} does not fit into a grid of {grid} with a padding of {padding}. \
         Use a larger picture, more padding, or fewer layers that shrink it"
    )]
    WindowTooLarge {
        /// Which operation.
        operation: &'static str,
        /// The window's side.
        window: usize,
        /// The grid that was given.
        grid: Grid,
        /// Zeros added on every side.
        padding: usize,
    },
    /// A stride or a window of 0.
    #[error("{operation}: {what} must be at least 1, found 0")]
    Zero {
        /// Which operation.
        operation: &'static str,
        /// What is zero.
        what: &'static str,
    },
    /// Statistics of a batch of one number, or none.
    #[error(
        "batch normalisation: expected at least 2 numbers a channel (batch × locations), found {found}. \
         Train with larger batches, or use `forward`, which takes the running averages"
    )]
    TooFewToNormalise {
        /// Batch times locations.
        found: usize,
    },
    /// dfdx could not allocate or compute.
    #[error("dfdx: {0}")]
    Dfdx(String),
}

impl Error {
    pub(crate) fn dfdx(error: impl std::fmt::Debug) -> Self {
        Self::Dfdx(format!("{error:?}"))
    }
}
