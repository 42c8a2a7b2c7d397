//! What can go wrong, and what to do about it.

use std::path::PathBuf;

/// Errors of this chapter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Options, records, figures, checkpoints.
    #[error(transparent)]
    Lab(#[from] lab::LabError),
    /// Scenes, pictures, sentences, data sets.
    #[error(transparent)]
    Data(#[from] emoji_world::Error),
    /// Layers that do not fit.
    #[error(transparent)]
    Layers(#[from] layers::Error),
    /// Training went wrong.
    #[error(transparent)]
    Training(#[from] lab::TrainingError),
    /// A sentence has a word that is not in the vocabulary.
    #[error(
        "{word:?} in {sentence:?} is not a word of this chapter. Its words are: {}",
        crate::words::vocabulary().join(", ")
    )]
    UnknownWord {
        /// Which.
        word: String,
        /// Where.
        sentence: String,
    },
    /// A sentence is about something that the chapter does not paint.
    #[error(
        "{sentence:?} is not about one thing that this chapter paints: a circle, square or heart in a colour, \
         or one of {}. Write, for example, \"a small red heart on a blue background\"",
        crate::pairs::things().map(|kind| emoji_world::sentence::with_article(kind.noun())).join(", ")
    )]
    NotPainted {
        /// Which.
        sentence: String,
    },
    /// A data set's pictures or labels are not as expected.
    #[error("{path}: expected {expected}, found {found}. Give MNIST's four IDX files, or files like them")]
    NotDigits {
        /// The folder.
        path: PathBuf,
        /// What.
        expected: String,
        /// What is there.
        found: String,
    },
}

impl Error {
    /// The `loss` of a step is not a number any more.
    pub(crate) fn diverged(network: &'static str, loss: f32, step: usize) -> Self {
        lab::TrainingError::Diverged { network, loss, step, lower: 0.0002 }.into()
    }
}
