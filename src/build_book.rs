//! Building the book: pages and records in, a folder of HTML out.

use crate::finding::Findings;
use crate::house::{House, HouseError};
use crate::say::say;
use crate::source_pages::{self, SourceError};
use crate::warnings;
use crate::weave::Preprocess;
use mdbook_driver::MDBook;
use std::path::{Path, PathBuf};

/// Where `build` puts the book.
pub const FOLDER: &str = "book";

/// Why the book could not be built.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum BuildError {
    /// Pages ask for what is not there.
    #[error(transparent)]
    #[diagnostic(help("`cargo run --release -- check` tells everything that is wrong with the book"))]
    Pages(#[from] Findings),
    /// The folder could not be written to.
    #[error("cannot write the book to {path}: {reason}")]
    #[diagnostic(help("make the folder writable, or free space on its disk"))]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// mdBook failed.
    #[error("the book cannot be built: {0}")]
    #[diagnostic(help(
        "every page of chapters/SUMMARY.md must exist; `git status` shows what was changed or removed"
    ))]
    Renderer(String),
    /// The book's folder is not whole.
    #[error(transparent)]
    #[diagnostic(transparent)]
    House(#[from] HouseError),
    /// The pages of the sources could not be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Sources(#[from] SourceError),
}

/// Builds the book in `house` into `destination`, of which everything else is removed. Returns what
/// mdBook warns of.
///
/// # Errors
///
/// If a page cannot be woven, mdBook fails, or `destination` cannot be written to.
pub fn build(house: &House, destination: &Path) -> Result<Vec<String>, BuildError> {
    // Found out first: mdBook would tell of it in the middle, with the old book half removed.
    let write = |reason| BuildError::Write { path: destination.to_owned(), reason };
    std::fs::create_dir_all(destination).map_err(write)?;
    tempfile::NamedTempFile::new_in(destination).map_err(write)?;
    if !house.pages().is_dir() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(HouseError::Read { path: house.pages(), reason: missing }.into());
    }
    let weaver = Preprocess::new(house);
    let (built, warnings) = warnings::gather(|| {
        let mut book = MDBook::load(house.root())?;
        book.config.build.build_dir = destination.to_owned();
        book.with_preprocessor(weaver.clone());
        book.build()
    });
    built.map_err(|error| match error.downcast::<Findings>() {
        Ok(findings) => BuildError::Pages(findings),
        Err(error) => BuildError::Renderer(format!("{error:#}")),
    })?;
    source_pages::write(house, &weaver.listed(), destination)?;
    let print = destination.join("print.html");
    if let Ok(html) = std::fs::read_to_string(&print) {
        std::fs::write(&print, sounds_from_root(&html)).map_err(write)?;
    }
    Ok(warnings)
}

/// mdBook joins all pages to one at the book's root and mends the addresses of links and pictures;
/// sounds still point upwards from where their page lay.
fn sounds_from_root(html: &str) -> String {
    let mut parts = html.split("<audio ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (tag, rest) = part.split_at(part.find('>').unwrap_or(part.len()));
        out.push_str("<audio ");
        out.push_str(&tag.replace("../", ""));
        out.push_str(rest);
    }
    out
}

/// The subcommand `build`.
///
/// # Errors
///
/// As [`build`], and if there is no book here.
pub fn run() -> miette::Result<()> {
    let house = House::find()?;
    let destination = house.root().join(FOLDER);
    for warning in build(&house, &destination)? {
        eprintln!("mdBook warns: {warning}");
    }
    say!("The book is in {}; open {}", FOLDER, destination.join("index.html").display());
    Ok(())
}
