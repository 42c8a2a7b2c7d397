//! What can go wrong, and what to do about it.

use std::path::{Path, PathBuf};

/// Errors of this chapter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `rustc` could not be started to ask where the documentation is.
    #[error(
        "cannot ask rustc where the Rust documentation is: {0}. Is ~/.cargo/bin on PATH, and a toolchain installed?"
    )]
    NoRustc(#[source] std::io::Error),
    /// The folder holds no page of the documentation.
    #[error(
        "found no page of the Rust documentation in {folder}. \
         Install it with `rustup component add rust-docs`, or read another text with `--data FILE`"
    )]
    NoDocumentation {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read {path}: {reason}. Check the name and whether you may read it")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A text was expected, and there is a folder.
    #[error(
        "expected a text file, found the folder {path}. \
         Put its texts into one file, for example with `cat {path}/*.txt > corpus.txt`"
    )]
    Folder {
        /// Which.
        path: PathBuf,
    },
    /// A text file is not UTF-8.
    #[error(
        "{path} is not UTF-8 text: byte {offset} (counted from 0) begins no valid character. \
         Convert it, for example with `iconv -f latin1 -t utf-8`"
    )]
    NotUtf8 {
        /// Which.
        path: PathBuf,
        /// The first byte that is not valid.
        offset: usize,
    },
    /// A text file has no line of two tokens.
    #[error(
        "{path} holds no words to learn from. Expected plain text, a sentence or a paragraph a line, two words or more"
    )]
    EmptyCorpus {
        /// Which.
        path: PathBuf,
    },
    /// Too few words are frequent enough.
    #[error(
        "only {words} different words occur at least {min_count} times in {source_name}; \
         training needs at least {least}. Give a longer text, or lower --min-count"
    )]
    VocabularyTooSmall {
        /// How many there are.
        words: usize,
        /// The cut.
        min_count: usize,
        /// How many are needed.
        least: usize,
        /// The corpus.
        source_name: String,
    },
    /// A line of a questions or pairs file, or of a vectors file, is not as expected.
    #[error("{path}:{line}: expected {expected}, found {found:?}")]
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
    /// A file was read, but none of its words is in the vocabulary.
    #[error(
        "none of the {what} in {path} has all its words in the vocabulary of {words} words. \
         Are they of the corpus' language? A lower --min-count gives more words a vector"
    )]
    NothingCovered {
        /// `questions` or `pairs`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// The size of the vocabulary.
        words: usize,
    },
    /// A word that was asked for is not in the vocabulary.
    #[error("the word {word:?} is not in the vocabulary{}", nearest.as_ref().map(|n| format!("; the nearest is {n:?}")).unwrap_or_default())]
    UnknownWord {
        /// The word.
        word: String,
        /// The word of the vocabulary that is spelt most like it.
        nearest: Option<String>,
    },
    /// Training went wrong.
    #[error(transparent)]
    Training(#[from] lab::TrainingError),
    /// The experiment's record, checkpoint or options.
    #[error(transparent)]
    Lab(#[from] lab::LabError),
    /// A record or an exported file could not be written.
    #[error(transparent)]
    Record(#[from] record::RecordError),
}

impl Error {
    pub(crate) fn read(path: &Path, reason: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason }
    }
}

/// The text of a UTF-8 file, without a byte order mark.
pub(crate) fn text_of(path: &Path) -> Result<String, Error> {
    if path.is_dir() {
        return Err(Error::Folder { path: path.to_owned() });
    }
    let bytes = std::fs::read(path).map_err(|reason| Error::read(path, reason))?;
    let text = String::from_utf8(bytes).map_err(|error| Error::NotUtf8 {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}
