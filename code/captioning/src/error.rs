//! What can go wrong, and what to do about it.

use crate::coco::ImageId;
use std::path::PathBuf;

/// Errors of this chapter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Options, records, figures, checkpoints.
    #[error(transparent)]
    Lab(#[from] lab::LabError),
    /// Scenes, pictures, data sets.
    #[error(transparent)]
    Data(#[from] emoji_world::Error),
    /// Layers that do not fit.
    #[error(transparent)]
    Layers(#[from] layers::Error),
    /// Training went wrong.
    #[error(transparent)]
    Training(#[from] lab::TrainingError),
    /// Captions have no letter or digit.
    #[error("{path}: expected captions with words of every photograph, found some without")]
    NoWordsInCaptions {
        /// The folder.
        path: PathBuf,
    },
    /// A file of captions is not JSON, or not of the expected form.
    #[error("{path}:{line}:{column}: {problem}. Expected {expected}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// Which byte of the line, counted from 1; 0 where the line is empty.
        column: usize,
        /// What stands there.
        problem: String,
        /// What the whole file should be.
        expected: &'static str,
    },
    /// A file of captions has none.
    #[error("{path} holds no captions. Expected {expected}")]
    NoCaptions {
        /// Which file.
        path: PathBuf,
        /// What the whole file should be.
        expected: &'static str,
    },
    /// A picture has a hypothesis and no reference.
    #[error(
        "{hypotheses} has a caption of image {image}, {references} has none{}. \
         Score captions only of images that have references",
        also(*others, "more such image")
    )]
    WithoutReference {
        /// The file of hypotheses.
        hypotheses: PathBuf,
        /// The file of references.
        references: PathBuf,
        /// The picture, the first of them.
        image: ImageId,
        /// How many other pictures have none either.
        others: usize,
    },
    /// A picture has references and no hypothesis.
    #[error(
        "{references} has captions of image {image}, {hypotheses} has none{}. \
         Every image is to be scored: add a caption, an empty one if need be, or leave the image out of \
         the references",
        also(*others, "more such image")
    )]
    WithoutHypothesis {
        /// The file of hypotheses.
        hypotheses: PathBuf,
        /// The file of references.
        references: PathBuf,
        /// The picture, the first of them.
        image: ImageId,
        /// How many other pictures have none either.
        others: usize,
    },
    /// There is no picture to score.
    #[error("there is no picture whose caption could be scored; give at least one")]
    NothingToScore,
    /// A picture has no reference.
    #[error("picture {picture} has no reference to compare its caption with; give at least one")]
    NoReference {
        /// Which picture of the corpus, counted from 1.
        picture: usize,
    },
}

impl Error {
    /// The `loss` of a step is not a number any more.
    pub(crate) fn diverged(loss: f32, step: usize) -> Self {
        lab::TrainingError::Diverged { network: "network", loss, step, lower: 0.0005 }.into()
    }
}

/// `, and 3 more such images`; nothing for none.
fn also(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(", and 1 {what}"),
        _ => format!(", and {count} {what}s"),
    }
}
