//! What can go wrong, and what to do about it.

use std::path::{Path, PathBuf};

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {path}: {reason}. Check the name and whether you may read it")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A file was read, but it is no picture that can be decoded.
    #[error(
        "{path} is not a picture that can be read: {reason}. Expected a whole PNG or JPEG file of at most \
         8192 × 8192 pixels"
    )]
    NotAPicture {
        /// Which.
        path: PathBuf,
        /// What the decoder says.
        reason: image::ImageError,
    },
    /// More names were to be held out than can be.
    #[error(
        "{asked} names cannot be held out: with this seed {possible} can, if each of their words is to \
         stay in a name that is seen. Ask for fewer"
    )]
    TooManyHeldOut {
        /// How many were asked for.
        asked: usize,
        /// How many could be held out.
        possible: usize,
    },
    /// A sentence is not of the grammar.
    #[error("cannot read the sentence {sentence:?}: expected {expected} as word {word}, found {found:?}")]
    NotASentence {
        /// The sentence.
        sentence: String,
        /// Which word, counted from 1.
        word: usize,
        /// What could stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// No scene of a part was found.
    #[error(
        "none of {tries} random scenes is of the part {part:?}. Allow what it needs: two objects for a \
         held-out pair, shapes for a held-out colour, a fraction above 0 for development and test"
    )]
    NoSuchScene {
        /// The part.
        part: crate::split::Part,
        /// How many scenes were drawn.
        tries: u64,
    },
    /// A question is not of the kinds that are asked, or the scene gives it no clear answer.
    #[error("cannot answer {question:?}: {reason}")]
    NoAnswer {
        /// The question.
        question: String,
        /// What is the matter.
        reason: String,
    },
    /// No question with the wanted answer was found.
    #[error(
        "found no scene of the wanted part and no question of the wanted types about it (seed {seed}, \
         number {index}). Allow more types, more objects, or shapes"
    )]
    NoSuchQuestion {
        /// The seed.
        seed: u64,
        /// Which example.
        index: u64,
    },
    /// A file or folder is not there, or does not hold what it should.
    #[error("{path}: expected {expected}, found nothing of the kind. Check the folder that was given")]
    NotThere {
        /// Where it was looked for.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// A data set has no pictures to test on, or none to train on.
    #[error("{path}: expected at least 2 pictures to train on and 1 for the test, found {train} and {test}")]
    TooFewPhotographs {
        /// The folder.
        path: PathBuf,
        /// Pictures to train on.
        train: usize,
        /// Pictures for the test.
        test: usize,
    },
    /// A line of a file is not as expected.
    #[error("{path}:{line}: expected {expected}, found {found}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// An IDX file is not as expected.
    #[error(
        "{path}, byte {offset}: expected {expected}, found {found}. Is the file whole, and the right one?"
    )]
    Idx {
        /// Which file.
        path: PathBuf,
        /// Which byte, counted from 0; of the uncompressed data.
        offset: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
}

impl Error {
    pub(crate) fn malformed(
        path: &Path,
        line: usize,
        expected: &'static str,
        found: impl std::fmt::Display,
    ) -> Self {
        // A line can be long; its beginning tells enough.
        let found = found.to_string();
        let found = match found.char_indices().nth(200) {
            Some((end, _)) => format!("{} …", &found[..end]),
            None => found,
        };
        Self::Malformed { path: path.to_owned(), line, expected, found }
    }

    pub(crate) fn read(path: &Path, reason: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason }
    }
}
