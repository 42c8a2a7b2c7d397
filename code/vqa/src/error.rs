//! What can go wrong, and what to do about it.

use std::path::{Path, PathBuf};

/// Errors of this chapter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Options, records, figures, checkpoints.
    #[error(transparent)]
    Lab(#[from] lab::LabError),
    /// Scenes, questions, pictures.
    #[error(transparent)]
    Data(#[from] emoji_world::Error),
    /// `--ask` with its two values in the other order.
    #[error(
        "--ask: expected a picture's file and then a question, found {question:?} and then {file:?}. Swap them"
    )]
    Swapped {
        /// What stands where the file should.
        question: String,
        /// What stands where the question should.
        file: String,
    },
    /// Layers that do not fit.
    #[error(transparent)]
    Layers(#[from] layers::Error),
    /// Training went wrong.
    #[error(transparent)]
    Training(#[from] lab::TrainingError),
    /// A question without words.
    #[error("there is no word in the question {question:?}. Ask, for example, \"how many dogs are there?\"")]
    NoWords {
        /// The question.
        question: String,
    },
    /// A word that no question of training has.
    #[error(
        "the network does not know the word {word:?} of {question:?}. Ask as training does, for example \
         \"how many dogs are there?\""
    )]
    UnknownWord {
        /// The word.
        word: String,
        /// The question.
        question: String,
    },
    /// A type of questions is not among those that were counted.
    #[error(
        "no example of the type {kind:?} was counted, so there is no commonest answer to it; give more examples"
    )]
    NoSuchType {
        /// The type.
        kind: emoji_world::QuestionType,
    },
    /// A file or folder could not be read.
    #[error("cannot read {path}: {reason}. Check the name and whether you may read it")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A data set lacks a file.
    #[error("{folder} does not hold the data set: expected {expected}, found none")]
    NotThere {
        /// The folder.
        folder: PathBuf,
        /// What should be there.
        expected: String,
    },
    /// A file is not of the expected form.
    #[error("{path}: expected {expected}, found {found}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A question is about a picture that is not there.
    #[error(
        "{folder} has no picture {image}, which question {question} asks about. Expected a file {image}.png, \
         {image}.jpg or COCO_…_{image:012}.jpg"
    )]
    NoPicture {
        /// The folder of pictures.
        folder: PathBuf,
        /// The picture's number.
        image: u64,
        /// The question's.
        question: u64,
    },
}

impl Error {
    /// The `loss` of a step is not a number any more.
    pub(crate) fn diverged(loss: f32, step: usize) -> Self {
        lab::TrainingError::Diverged { network: "network", loss, step, lower: 0.0005 }.into()
    }

    pub(crate) fn malformed(path: &Path, expected: &str, found: &str) -> Self {
        Self::Malformed { path: path.to_owned(), expected: expected.to_owned(), found: found.to_owned() }
    }
}
