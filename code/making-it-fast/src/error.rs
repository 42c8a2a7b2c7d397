//! What can go wrong.

use lab::LabError;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operation of `layers` was given what does not fit.
    #[error(transparent)]
    Layers(#[from] layers::Error),
    /// The threads could not be started.
    #[error("{count} threads could not be started: {reason}. Close other programs, or ask for fewer")]
    Threads {
        /// How many were asked for.
        count: usize,
        /// Why.
        reason: rayon::ThreadPoolBuildError,
    },
    /// The record could not be written, or a figure not be drawn.
    #[error(transparent)]
    Lab(#[from] LabError),
}
