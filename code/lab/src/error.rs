//! What can go wrong in running an experiment.

use record::RecordError;
use std::path::PathBuf;

/// Errors of options, checkpoints, figures, records and printing.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The record could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The book has no page folder for the chapter.
    #[error("found no folder chapters/N-{chapter} in {book}. Name a folder for the record with --record DIR")]
    NoChapter {
        /// The chapter.
        chapter: String,
        /// Where it was looked for.
        book: PathBuf,
    },
    /// The pages were to show a run that is not like theirs.
    #[error(
        "the pages show runs with the chapter's own settings and data, on the processor and with the first seeds, and this \
         run has others. Leave those options out, or leave --pages out: what the run finds is printed all the same"
    )]
    NotForPages,
    /// `--full-size` of a program that is compiled for the usual pictures.
    #[error(
        "--full-size: expected a program that is compiled for larger pictures, found one for the usual ones. \
         `cargo run --release -- run {chapter} --device cuda --full-size` compiles and runs it, \
         and without --device cuda it does so for the processor, where it takes an hour or more"
    )]
    UsualSize {
        /// The chapter.
        chapter: &'static str,
    },
    /// `--data` names no folder, in a chapter that reads one.
    #[error(
        "--data {path}: expected a folder, found {found}. The chapter's page on own data says what lies in it"
    )]
    NoDataFolder {
        /// What was named.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A checkpoint is no checkpoint, or only a part of one.
    #[error("{path} is not a whole checkpoint ({reason}). Start anew with --fresh, which overwrites it")]
    BrokenCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint belongs to another run.
    #[error(
        "{path} was saved by a run with another {what} (there {found:?}, here {expected:?}). \
         Start anew with --fresh, which overwrites it"
    )]
    OtherCheckpoint {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
        /// What the checkpoint says.
        found: String,
        /// What this run says.
        expected: String,
    },
    /// A checkpoint's array is missing or has another shape.
    #[error("the checkpoint has {found} for {name}, expected {expected}. Start anew with --fresh")]
    WrongArray {
        /// The parameter.
        name: String,
        /// Its shape here.
        expected: String,
        /// Its shape there.
        found: String,
    },
    /// A figure could not be drawn.
    #[error("the figure {name} could not be drawn: {reason}")]
    Figure {
        /// Its name.
        name: String,
        /// What plotters says.
        reason: String,
    },
    /// A map of fewer points than the method needs.
    #[error("a map needs at least {least} points, and there are {found}; give more data")]
    TooFewPoints {
        /// How many it needs.
        least: usize,
        /// How many there are.
        found: usize,
    },
    /// A number that is none.
    #[error("the value {name} is {number}; a record holds finite numbers only")]
    NotFinite {
        /// Its name.
        name: String,
        /// What it is.
        number: f64,
    },
    /// Nothing can be printed.
    #[error("cannot print: {0}. Check where the output goes")]
    Print(std::io::Error),
    /// Two things of one kind have the same name in a record.
    #[error("the record has two {kind} named {name:?}")]
    TwiceNamed {
        /// `values`, `outputs`, `figures`.
        kind: &'static str,
        /// The name.
        name: String,
    },
}
