//! Where things are: the book's folder, its pages and its chapters.

use crate::finding::line_of;
use pulldown_cmark::{Event, Parser, Tag};
use std::path::{Component, Path, PathBuf};

/// The book's folder, which holds `book.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct House {
    root: PathBuf,
}

/// A chapter of which pages or a record exist: `chapters/1-text-embedding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Its number in the book.
    pub number: usize,
    /// Its name, which is also its crate's: `text-embedding`.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
}

/// Why the book's folder could not be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum HouseError {
    /// There is no book here.
    #[error("no book.toml in {0} or in a folder above it")]
    #[diagnostic(help("run this from the book's folder, the one that `git clone` made"))]
    NoBook(PathBuf),
    /// A folder or file of the book is missing or cannot be read.
    #[error("cannot read {path}: {reason}")]
    #[diagnostic(help("restore it with `git checkout -- {}`", path.display()))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
}

impl House {
    /// Finds the book from the current folder upwards.
    ///
    /// # Errors
    ///
    /// If there is no book, or the current folder cannot be read.
    pub fn find() -> Result<Self, HouseError> {
        let here = std::env::current_dir()
            .map_err(|reason| HouseError::Read { path: PathBuf::from("."), reason })?;
        Self::find_from(&here)
    }

    /// Finds the book from `folder` upwards.
    ///
    /// # Errors
    ///
    /// If neither `folder` nor one above it has a `book.toml`.
    pub fn find_from(folder: &Path) -> Result<Self, HouseError> {
        folder
            .ancestors()
            .find(|folder| folder.join("book.toml").is_file())
            .map(|root| Self { root: root.to_owned() })
            .ok_or_else(|| HouseError::NoBook(folder.to_owned()))
    }

    /// The book's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds, if its variable `CARGO_TARGET_DIR` is `named`. A relative folder begins where cargo is called;
    /// most call it in the book's folder.
    pub fn target(&self, named: Option<String>) -> PathBuf {
        self.root.join(named.unwrap_or_else(|| "target".to_owned()))
    }

    /// The folder of the pages.
    pub fn pages(&self) -> PathBuf {
        self.root.join("chapters")
    }

    /// Where the page that is at `page` in the folder of the pages leads with `address`, relative to the book's folder.
    pub fn from_page(&self, page: &Path, address: &str) -> PathBuf {
        let folder = self.pages().join(page.parent().unwrap_or(Path::new("")));
        self.relative(&normalised(&folder.join(address)))
    }

    /// The summary's file.
    pub fn summary_file(&self) -> PathBuf {
        self.pages().join("SUMMARY.md")
    }

    /// The pages in the order of the summary, relative to the folder of the pages, each with the line that names it.
    /// What it names need not exist.
    ///
    /// # Errors
    ///
    /// If the summary cannot be read.
    pub fn summary(&self) -> Result<Vec<(PathBuf, usize)>, HouseError> {
        let path = self.summary_file();
        let text = std::fs::read_to_string(&path).map_err(|reason| HouseError::Read { path, reason })?;
        let named = Parser::new(&text).into_offset_iter().filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. }) if !dest_url.is_empty() => {
                Some((normalised(Path::new(dest_url.as_ref())), line_of(&text, range.start)))
            }
            _ => None,
        });
        Ok(named.collect())
    }

    /// `path` as it is told to a reader: relative to the book's folder, with slashes.
    pub fn relative(&self, path: &Path) -> PathBuf {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        PathBuf::from(path.to_string_lossy().replace('\\', "/"))
    }

    /// The chapters that have a folder, by number.
    ///
    /// # Errors
    ///
    /// If the folder of the pages cannot be read.
    pub fn chapters(&self) -> Result<Vec<Chapter>, HouseError> {
        let pages = self.pages();
        let read = |reason| HouseError::Read { path: pages.clone(), reason };
        let mut chapters = Vec::new();
        for entry in std::fs::read_dir(&pages).map_err(read)? {
            let folder = entry.map_err(read)?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some((number, name)) = name.split_once('-')
                && let Ok(number) = number.parse()
                && folder.is_dir()
            {
                chapters.push(Chapter { number, name: name.to_owned(), folder });
            }
        }
        chapters.sort_by_key(|chapter| chapter.number);
        Ok(chapters)
    }
}

/// `path` without `.` and `..`, which it resolves by name alone.
pub fn normalised(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// All files below `folder` of which `wanted` holds, sorted. A folder that is missing has none.
pub fn files_below(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_found_from_below_and_missed_from_outside() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("chapters/2-joint-embedding/figures");
        std::fs::create_dir_all(&deep).unwrap();
        assert!(House::find_from(&deep).unwrap_err().to_string().contains("no book.toml"));
        std::fs::write(folder.path().join("book.toml"), "").unwrap();
        std::fs::create_dir_all(folder.path().join("chapters/notes")).unwrap();
        let house = House::find_from(&deep).unwrap();
        assert_eq!(house.root(), folder.path());
        let chapters = house.chapters().unwrap();
        assert_eq!(chapters.len(), 1);
        assert_eq!((chapters[0].number, chapters[0].name.as_str()), (2, "joint-embedding"));
    }

    #[test]
    fn paths_are_normalised_by_name() {
        let path = normalised(Path::new("/book/chapters/1-a/../../code/./a/src/lib.rs"));
        assert_eq!(path, Path::new("/book/code/a/src/lib.rs"));
    }
}
