//! Which sources made a record.

use crate::RecordError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A hash of the sources that decide what a chapter's run prints.
///
/// It covers every file of `src/` and `data/` in the chapter's crate and in the book's crates that it
/// depends on, and the version of dfdx. It does not cover this crate: how records are kept changes often and decides
/// nothing, and whoever changes the means and tolerances in it repeats all runs. Repeating a run shows what it does not
/// cover. Lines that hold only a comment, blank lines and indentation do not count:
/// a better sentence does not make a record stale, a changed constant does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Hashes the sources of `chapter` (the name of a folder below `code/`) in the book at `book`.
    ///
    /// # Errors
    ///
    /// If a manifest, a source or `Cargo.lock` cannot be read or is not as expected.
    pub fn of_chapter(book: &Path, chapter: &str) -> Result<Self, RecordError> {
        let mut files = Vec::new();
        for folder in crates(book, chapter)? {
            collect(&folder.join("src"), &mut files)?;
            let data = folder.join("data");
            if data.is_dir() {
                collect(&data, &mut files)?;
            }
        }
        files.sort();
        let mut hash = Sha256::new();
        for file in files {
            let text = std::fs::read(&file).map_err(|e| RecordError::read(&file, e))?;
            let name = file.strip_prefix(book).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            hash.update(name.as_bytes());
            let is_rust = file.extension().is_some_and(|e| e == "rs");
            for line in String::from_utf8_lossy(&text).lines().map(str::trim) {
                if line.is_empty() || (is_rust && line.starts_with("//")) {
                    continue;
                }
                hash.update([0]);
                hash.update(line.as_bytes());
            }
            hash.update([1]);
        }
        hash.update(dfdx_version(book)?.as_bytes());
        Ok(Self(hex(&hash.finalize()[..16])))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folders of a chapter's crate, of `lab`, and of the book's other crates that it depends on, directly.
/// A crate without a manifest depends on none.
fn crates(book: &Path, chapter: &str) -> Result<BTreeSet<PathBuf>, RecordError> {
    let code = book.join("code");
    let file = code.join(chapter).join("Cargo.toml");
    let manifest = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.map_err(|e| RecordError::read(&file, e))?,
    };
    let dependencies = manifest.lines().skip_while(|line| line.trim() != "[dependencies]").skip(1);
    let names = dependencies
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && *name != env!("CARGO_PKG_NAME"));
    let others = names.map(|name| code.join(name)).filter(|folder| folder.join("Cargo.toml").is_file());
    Ok([chapter, "lab"].map(|name| code.join(name)).into_iter().chain(others).collect())
}

/// The bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), RecordError> {
    for entry in std::fs::read_dir(folder).map_err(|e| RecordError::read(folder, e))? {
        let path = entry.map_err(|e| RecordError::read(folder, e))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The version of dfdx in the book's `Cargo.lock`.
fn dfdx_version(book: &Path) -> Result<String, RecordError> {
    let path = book.join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).map_err(|e| RecordError::read(&path, e))?;
    let mut lines = lock.lines();
    lines.find(|line| *line == r#"name = "dfdx""#);
    Ok(lines.next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn book(source: &str) -> tempfile::TempDir {
        let book = tempfile::tempdir().unwrap();
        for crate_name in ["lab", "layers", "record", "chapter"] {
            let folder = book.path().join("code").join(crate_name);
            fs::create_dir_all(folder.join("src")).unwrap();
            let manifest = "[package]\n\n[dependencies]\nlab.workspace = true\nrecord.workspace = true\n\
                            layers = { workspace = true }\ndfdx.workspace = true\n\n[dev-dependencies]\n";
            fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        }
        fs::write(book.path().join("Cargo.lock"), "name = \"dfdx\"\nversion = \"0.13.0\"\n").unwrap();
        fs::write(book.path().join("code/chapter/src/lib.rs"), source).unwrap();
        book
    }

    #[test]
    fn comments_and_layout_do_not_count_but_code_does() {
        let print = |source| Fingerprint::of_chapter(book(source).path(), "chapter").unwrap();
        let reference = print("fn rate() -> f32 {\n    0.025\n}\n");
        assert_eq!(reference, print("// Why.\nfn rate() -> f32 {\n\n  0.025\n}\n"));
        assert_ne!(reference, print("fn rate() -> f32 {\n    0.05\n}\n"));
    }

    #[test]
    fn data_files_and_the_version_of_dfdx_count() {
        let book = book("fn f() {}");
        let print = || Fingerprint::of_chapter(book.path(), "chapter").unwrap();
        let reference = print();
        fs::write(book.path().join("Cargo.lock"), "name = \"dfdx\"\nversion = \"0.14.0\"\n").unwrap();
        let other_dfdx = print();
        assert_ne!(reference, other_dfdx);
        fs::create_dir(book.path().join("code/chapter/data")).unwrap();
        fs::write(book.path().join("code/chapter/data/words.txt"), "// counts").unwrap();
        assert_ne!(other_dfdx, print());
    }

    #[test]
    fn the_crates_that_the_chapter_uses_count() {
        let book = book("fn f() {}");
        let print = || Fingerprint::of_chapter(book.path(), "chapter").unwrap();
        let mut before = print();
        for (crate_name, counts) in [("lab", true), ("layers", true), ("record", false)] {
            fs::write(book.path().join("code").join(crate_name).join("src/lib.rs"), "fn g() {}").unwrap();
            let after = print();
            assert_eq!(before != after, counts, "{crate_name}");
            before = after;
        }
    }

    #[test]
    fn a_manifest_that_cannot_be_read_is_an_error_that_names_it() {
        let book = book("");
        fs::write(book.path().join("code/chapter/Cargo.toml"), [0xff]).unwrap();
        let error = Fingerprint::of_chapter(book.path(), "chapter").unwrap_err().to_string();
        assert!(error.contains("Cargo.toml"), "{error}");
    }

    #[test]
    fn a_missing_crate_is_an_error_that_names_the_folder() {
        let error = Fingerprint::of_chapter(book("").path(), "captions").unwrap_err().to_string();
        assert!(error.contains("captions"), "{error}");
    }
}
