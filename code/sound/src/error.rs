//! What can go wrong, and what to do about it.

use std::path::{Path, PathBuf};

/// Errors of this chapter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting of a transform, a filterbank or an augmentation makes no sense.
    #[error("{operation}: {setting} must be {expected}, but it is {found}")]
    Setting {
        /// What was to be set up.
        operation: &'static str,
        /// Which setting.
        setting: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Numbers that do not fit what they are given to.
    #[error("{operation}: expected {expected}, found {found}")]
    Shape {
        /// What was to be computed.
        operation: &'static str,
        /// What it works on.
        expected: String,
        /// What it was given.
        found: String,
    },
    /// A transform that has no inverse, since some samples lie where every window is zero.
    #[error(
        "the inverse STFT needs windows that overlap: with {window} samples of window every {hop} samples, some \
         samples have no weight. Choose a hop_length of at most half the win_length"
    )]
    NotInvertible {
        /// Samples of a window.
        window: usize,
        /// Samples from a window to the next.
        hop: usize,
    },
    /// A file or folder could not be read.
    #[error("cannot read {path}: {reason}. Check the name and whether you may read it")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A text file is not readable, or not UTF-8.
    #[error(transparent)]
    Data(#[from] emoji_world::Error),
    /// Layers that do not fit.
    #[error(transparent)]
    Layers(#[from] layers::Error),
    /// Training went wrong.
    #[error(transparent)]
    Training(#[from] lab::TrainingError),
    /// A file could not be written.
    #[error(transparent)]
    Record(#[from] record::RecordError),
    /// The run, a figure or a checkpoint.
    #[error(transparent)]
    Lab(#[from] lab::LabError),
    /// Pictures and words, as chapter 2 has them.
    #[error(transparent)]
    JointEmbedding(#[from] joint_embedding::Error),
    /// A file is not a WAV file that can be read.
    #[error("{path}: expected {expected}, found {found}. {remedy}")]
    Wav {
        /// Which file.
        path: PathBuf,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A data set lacks a file.
    #[error("{folder} does not hold the data set: expected {expected}, found {found}")]
    NotThere {
        /// The folder.
        folder: PathBuf,
        /// What should be there.
        expected: String,
        /// What is.
        found: String,
    },
    /// A line of a table is not of the expected form.
    #[error("{path}, line {line}: expected {expected}, found {found}")]
    Line {
        /// The table.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A file whose name does not tell what it holds.
    #[error("{path}: expected a name such as {expected}. Rename the file or take it out of the folder")]
    Name {
        /// The file.
        path: PathBuf,
        /// A name of the right form.
        expected: &'static str,
    },
    /// The resampling library refuses; what it was given was checked before.
    #[error("cannot resample from {from} to {to}: {reason}. This is a defect of the program")]
    Resample {
        /// The rate before.
        from: f64,
        /// The rate after.
        to: f64,
        /// What the library says.
        reason: String,
    },
}

impl Error {
    pub(crate) fn setting(
        operation: &'static str,
        setting: &'static str,
        expected: impl ToString,
        found: impl ToString,
    ) -> Self {
        Self::Setting { operation, setting, expected: expected.to_string(), found: found.to_string() }
    }

    pub(crate) fn shape(operation: &'static str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Shape { operation, expected: expected.to_string(), found: found.to_string() }
    }

    /// The `loss` of a step is not a number any more.
    pub(crate) fn diverged(loss: f32, step: usize) -> Self {
        lab::TrainingError::Diverged { network: "network", loss, step, lower: 0.001 }.into()
    }

    pub(crate) fn read(path: &Path, reason: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason }
    }
}
