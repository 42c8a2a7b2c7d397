//! The corpus: sentences of tokens, read from the Rust documentation or from any text file.

mod html;
mod tokens;

pub use html::blocks_of_page;
pub use tokens::{code_tokens, prose_tokens};

use crate::Error;
use crate::error::text_of;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders of the documentation that are read, below `share/doc/rust/html`.
///
/// `core` and `alloc` say again what `std` says; `src` holds sources; `unstable-book` and
/// `embedded-book` are about compiler flags and other libraries.
const BOOKS: [&str; 13] = [
    "book",
    "cargo",
    "clippy",
    "edition-guide",
    "error_codes",
    "nomicon",
    "proc_macro",
    "reference",
    "rust-by-example",
    "rustc",
    "rustdoc",
    "std",
    "style-guide",
];

/// Longest sentence in tokens; longer ones are cut, as `word2vec.c` does (`MAX_SENTENCE_LENGTH`).
pub const LONGEST_SENTENCE: usize = 1000;

/// The corpus for readers who have no documentation installed: a few pages of it, already tokenised.
const SMALL: &str = include_str!("../data/small-corpus.txt");

/// Sentences of tokens, and where they come from.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// One sentence an entry, its tokens separated by single spaces.
    pub sentences: Vec<String>,
    /// Which text this is: `Rust documentation`, a file's path, …
    pub source: String,
    /// The version of the documentation, where it is one: `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub version: Option<String>,
    /// How many files were read.
    pub files: usize,
}

// ANCHOR: read
impl Corpus {
    /// Reads the Rust documentation that rustup installed for the active toolchain.
    ///
    /// # Errors
    ///
    /// If rustc does not answer, or the documentation is not installed or cannot be read.
    pub fn of_rust_documentation() -> Result<Self, Error> {
        let version = Some(ask_rustc("--version")?);
        Ok(Self { version, ..Self::of_pages(Self::documentation_pages()?)? })
    }

    /// The files of the installed documentation that are read.
    ///
    /// # Errors
    ///
    /// If rustc does not answer, or the documentation is not installed.
    pub fn documentation_pages() -> Result<Vec<PathBuf>, Error> {
        Self::pages_in(&Path::new(&ask_rustc("--print sysroot")?).join("share/doc/rust/html"))
    }

    /// The files that are read of documentation laid out as `share/doc/rust/html` is.
    fn pages_in(html: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut pages = Vec::new();
        for book in BOOKS {
            let folder = html.join(book);
            if folder.exists() {
                html_files(&folder, &mut pages)?;
            }
        }
        if pages.is_empty() {
            return Err(Error::NoDocumentation { folder: html.to_owned() });
        }
        Ok(pages)
    }

    /// Reads these pages of the documentation.
    ///
    /// # Errors
    ///
    /// If a page cannot be read.
    pub fn of_pages(mut pages: Vec<PathBuf>) -> Result<Self, Error> {
        pages.sort();
        // Pages are parsed on all cores; their order, and with it the corpus, stays the same.
        let texts: Result<Vec<Vec<Vec<String>>>, Error> = pages
            .par_iter()
            .map(|page| {
                let text = std::fs::read(page).map_err(|reason| Error::read(page, reason))?;
                Ok(blocks_of_page(&String::from_utf8_lossy(&text)))
            })
            .collect();
        let sentences = drop_repeated_lines(texts?.into_iter().flatten());
        Ok(Self { sentences, source: "Rust documentation".into(), version: None, files: pages.len() })
    }
    // ANCHOR_END: read

    /// Reads a plain text file (UTF-8): a line is a sentence, and every line counts.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not UTF-8, or has no sentence of two tokens.
    pub fn of_text_file(path: &Path) -> Result<Self, Error> {
        let text = text_of(path)?;
        let mut sentences = Vec::new();
        for line in text.lines() {
            let tokens = prose_tokens(line);
            // A sentence of one token has no context to learn from.
            let parts = tokens.chunks(LONGEST_SENTENCE).filter(|part| part.len() > 1);
            sentences.extend(parts.map(|part| part.join(" ")));
        }
        if sentences.is_empty() {
            return Err(Error::EmptyCorpus { path: path.to_owned() });
        }
        Ok(Self { sentences, source: path.display().to_string(), version: None, files: 1 })
    }

    /// The small corpus that comes with the crate, for machines without the documentation.
    pub fn small() -> Self {
        Self {
            sentences: SMALL.lines().map(str::to_owned).collect(),
            source: "built-in small corpus".into(),
            version: Some("rustc 1.95.0".into()),
            files: 1,
        }
    }

    /// How many tokens all sentences hold together.
    pub fn token_count(&self) -> usize {
        self.sentences.par_iter().map(|sentence| sentence.split(' ').count()).sum()
    }
}

/// What `rustc` prints when it is started with these arguments.
fn ask_rustc(arguments: &str) -> Result<String, Error> {
    let output = Command::new("rustc").args(arguments.split(' ')).output().map_err(Error::NoRustc)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::NoRustc(std::io::Error::other(said)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Puts each block's lines together to a sentence, leaving out lines that were seen before
/// anywhere in the documentation: the same method of the same trait is described on hundreds of
/// pages, and a licence or a hint on thousands.
fn drop_repeated_lines(blocks: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut sentences = Vec::new();
    for block in blocks {
        let fresh: Vec<String> = block.into_iter().filter(|line| seen.insert(line.clone())).collect();
        let tokens: Vec<&str> = fresh.iter().flat_map(|line| line.split(' ')).collect();
        // A sentence of one token has no context to learn from.
        sentences.extend(tokens.chunks(LONGEST_SENTENCE).filter(|s| s.len() > 1).map(|s| s.join(" ")));
    }
    sentences
}

/// All `.html` files below `folder`, save pages that repeat others (`print.html`, `all.html`), the
/// processor-specific functions of `std::arch` and the vectors of `std::simd`.
fn html_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder).map_err(|reason| Error::read(folder, reason))? {
        let entry = entry.map_err(|reason| Error::read(folder, reason))?;
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "arch" && name != "simd" {
                html_files(&path, files)?;
            }
        } else if path.extension().is_some_and(|e| e == "html") && name != "print.html" && name != "all.html"
        {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documentation(pages: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, html) in pages {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, html).unwrap();
        }
        folder
    }

    #[test]
    fn lines_that_were_seen_before_are_dropped_in_page_order() {
        let folder = documentation(&[
            ("book/a.html", "<main><p>Run the program.</p><p>A vector grows.</p></main>"),
            ("book/b.html", "<main><p>Run the program.</p><p>A slice does not.</p></main>"),
            ("book/print.html", "<main><p>Everything once more.</p></main>"),
        ]);
        let corpus = Corpus::of_pages(Corpus::pages_in(folder.path()).unwrap()).unwrap();
        assert_eq!(corpus.sentences, ["run the program", "a vector grows", "a slice does not"]);
        assert_eq!(corpus.files, 2);
    }

    #[test]
    fn a_folder_without_documentation_is_an_error_with_the_remedy() {
        let folder = documentation(&[]);
        let error = Corpus::pages_in(folder.path()).unwrap_err().to_string();
        assert!(error.contains("rustup component add rust-docs"), "{error}");
    }

    #[test]
    fn long_lines_of_a_text_file_are_cut() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "word ".repeat(2500)).unwrap();
        let corpus = Corpus::of_text_file(file.path()).unwrap();
        let lengths: Vec<usize> = corpus.sentences.iter().map(|s| s.split(' ').count()).collect();
        assert_eq!(lengths, [1000, 1000, 500]);
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_named_with_the_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"good \xff bad").unwrap();
        let error = Corpus::of_text_file(file.path()).unwrap_err().to_string();
        assert!(error.contains("byte 5"), "{error}");
    }

    #[test]
    fn an_empty_file_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(Corpus::of_text_file(file.path()), Err(Error::EmptyCorpus { .. })));
    }
}
