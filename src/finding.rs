//! Something wrong with the book, and where.

use crate::in_words::count;
use std::path::{Path, PathBuf};

/// One thing that is wrong, at a line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the book's folder where it lies in it.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Finding {
    /// A finding at `line` of `file`.
    pub fn new(file: impl AsRef<Path>, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.as_ref().to_owned(), line, message: message.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.message)
    }
}

/// All that is wrong, as one error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} in the book's pages:\n{}", count(.0.len(), "thing is wrong", "things are wrong"), lines(.0))]
pub struct Findings(pub Vec<Finding>);

fn lines(findings: &[Finding]) -> String {
    findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n")
}

/// The line, counted from 1, in which byte `offset` of `text` lies.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
