//! What can go wrong, and what to do about it.

use std::path::PathBuf;

/// Errors of this chapter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Options, records, figures, checkpoints.
    #[error(transparent)]
    Lab(#[from] lab::LabError),
    /// Pictures, names, data sets.
    #[error(transparent)]
    Data(#[from] emoji_world::Error),
    /// Training went wrong.
    #[error(transparent)]
    Training(#[from] lab::TrainingError),
    /// Retrieval was measured over no pair.
    #[error("there is no pair of a picture and a name to measure; give at least one")]
    NothingAsked,
    /// The names have other words than the networks were built for.
    #[error(
        "expected {expected} words in the names of the emoji, found {found}. Use the versions in Cargo.lock"
    )]
    OtherWords {
        /// The size of the table.
        expected: usize,
        /// What the names have.
        found: usize,
    },
    /// A text without a word.
    #[error("{text:?} holds no word. Expected words of emoji names, for example \"red heart\"")]
    NoWords {
        /// The text.
        text: String,
    },
    /// A word that no emoji's name has.
    #[error(
        "no emoji's name has the word {word:?}, so it has no vector. The nearest word that has one is {near:?}"
    )]
    UnknownWord {
        /// The word.
        word: String,
        /// The known word that is spelled most like it.
        near: String,
    },
    /// Layers that do not fit.
    #[error(transparent)]
    Layers(#[from] layers::Error),
    /// A batch is larger than the data.
    #[error(
        "a batch of {batch} pairs is more than the {pairs} pairs there are. Lower --batch or give more data"
    )]
    BatchTooLarge {
        /// Pairs a batch.
        batch: usize,
        /// Pairs there are.
        pairs: usize,
    },
    /// The captions of the training pictures have no letter or digit.
    #[error("{path}: expected captions with words, found none in those of the training part")]
    NoWordsInCaptions {
        /// The folder.
        path: PathBuf,
    },
}

impl Error {
    /// The `loss` of a step is not a number any more.
    pub(crate) fn diverged(loss: f32, step: usize) -> Self {
        lab::TrainingError::Diverged { network: "networks", loss, step, lower: 0.001 }.into()
    }
}
