//! Reading a record, and writing one so that it is never half there.

use crate::fingerprint::hex;
use crate::{AUDIO, Audio, Confirmed, FIGURES, FILE_NAME, FORMAT, Figure, Fingerprint, Record};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file or folder could not be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A file or folder could not be written.
    #[error(
        "cannot write {path}: {reason}. What was there before is unchanged. \
         Make the folder writable, or name another place (for a record: --record DIR)"
    )]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A file is to be written where a folder is.
    #[error("cannot write {path}: it is a folder. Name a file, in it or elsewhere")]
    IsFolder {
        /// What was to be written.
        path: PathBuf,
    },
    /// A folder is wanted where a file is.
    #[error(
        "cannot write into {path}: it is no folder, but a file. Name a folder (for a record: --record DIR)"
    )]
    IsFile {
        /// What was to be a folder.
        path: PathBuf,
    },
    /// The folder to write into is not there.
    #[error("cannot write {path}: there is no folder {folder}. Make it, or name another place")]
    NoFolder {
        /// What was to be written.
        path: PathBuf,
        /// The folder that is missing.
        folder: PathBuf,
    },
    /// The file is not a record: truncated, or not JSON, or with other fields.
    #[error(
        "{path} is not a whole record ({reason}). Restore it with `git checkout -- {path}` \
         or write a new one with `cargo run --release -- run CHAPTER --pages`"
    )]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: serde_json::Error,
    },
    /// The record was written by another version of the book.
    #[error(
        "{path} has format {found}, this program reads format {FORMAT}. \
         Write a new record with `cargo run --release -- run {chapter} --pages`"
    )]
    OtherFormat {
        /// Which.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// Its chapter.
        chapter: String,
    },
}

impl RecordError {
    pub(crate) fn read(path: &Path, reason: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason }
    }

    fn write(path: &Path, reason: std::io::Error) -> Self {
        let folder = folder_of(path);
        if reason.kind() == std::io::ErrorKind::IsADirectory {
            return Self::IsFolder { path: path.to_owned() };
        }
        if reason.kind() == std::io::ErrorKind::NotFound && !folder.exists() {
            return Self::NoFolder { path: path.to_owned(), folder: folder.to_owned() };
        }
        Self::Write { path: path.to_owned(), reason }
    }
}

impl Record {
    /// Reads the record in `folder`.
    ///
    /// # Errors
    ///
    /// As [`Record::read`].
    pub fn load(folder: &Path) -> Result<Self, RecordError> {
        Self::read(&folder.join(FILE_NAME))
    }

    /// Reads the record in the file at `path`.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is of another format, or is not a record.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let path = path.to_owned();
        let text = std::fs::read_to_string(&path).map_err(|e| RecordError::read(&path, e))?;
        let malformed = |reason| RecordError::Malformed { path: path.clone(), reason };
        let json: serde_json::Value = serde_json::from_str(&text).map_err(malformed)?;
        // The format comes first: a record of another version may lack fields or have others.
        if let Some(found) = json.get("format").and_then(serde_json::Value::as_u64)
            && found != u64::from(FORMAT)
        {
            let chapter = json.get("chapter").and_then(|c| c.as_str()).unwrap_or("CHAPTER").to_owned();
            return Err(RecordError::OtherFormat { path, found, chapter });
        }
        serde_json::from_value(json).map_err(malformed)
    }

    /// Whether a run of these sources made the record, or found the same.
    pub fn is_of(&self, sources: &Fingerprint) -> bool {
        self.fingerprint == *sources || self.confirmed.as_ref().is_some_and(|by| by.fingerprint == *sources)
    }

    /// How long a reader's run with one seed takes; `None` where there was none that found the same.
    pub fn reader_seconds(&self) -> Option<f64> {
        self.confirmed.as_ref().map(|by| by.duration_seconds)
    }

    /// Notes in the record in `folder` that the run that made `by` found the same: the caller has
    /// [compared](crate::compare) them.
    ///
    /// # Errors
    ///
    /// If the record cannot be read or written.
    pub fn confirm(folder: &Path, by: &Self) -> Result<(), RecordError> {
        let mut record = Self::load(folder)?;
        record.confirmed = Some(Confirmed {
            fingerprint: by.fingerprint.clone(),
            machine: by.machine.clone(),
            date: by.date.clone(),
            duration_seconds: by.duration_seconds,
        });
        record.write(&folder.join(FILE_NAME))
    }

    fn write(&self, path: &Path) -> Result<(), RecordError> {
        let mut json = serde_json::to_string_pretty(self)
            .map_err(|e| RecordError::write(path, std::io::Error::other(e)))?;
        json.push('\n');
        write_atomically(path, json.as_bytes())
    }
}

/// What the files of pictures and sounds end with.
const SVG: &str = "svg";
const WAV: &str = "wav";

/// A record's folder while a run is under way: pictures and sounds may be added, and nothing that
/// the folder's present record names is touched before [`Draft::commit`].
#[derive(Debug)]
pub struct Draft {
    folder: PathBuf,
}

impl Draft {
    /// Opens `folder`, making it where it is missing, and finds out now, rather than at the end of
    /// a long run, whether it can be written to.
    ///
    /// # Errors
    ///
    /// If `folder` is a file, or cannot be made or written to.
    pub fn open(folder: &Path) -> Result<Self, RecordError> {
        if folder.is_file() {
            return Err(RecordError::IsFile { path: folder.to_owned() });
        }
        std::fs::create_dir_all(folder).map_err(|e| RecordError::write(folder, e))?;
        tempfile::NamedTempFile::new_in(folder).map_err(|e| RecordError::write(folder, e))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Writes a figure's SVG and returns its entry for the record.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn figure(&self, name: &str, svg: &str, caption: &str, alt: &str) -> Result<Figure, RecordError> {
        let file = self.content(FIGURES, name, SVG, svg.as_bytes())?;
        Ok(Figure { file, caption: caption.to_owned(), alt: alt.to_owned() })
    }

    /// Writes a sound's WAV bytes and returns its entry for the record.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn audio(
        &self,
        name: &str,
        wav: &[u8],
        caption: &str,
        description: &str,
    ) -> Result<Audio, RecordError> {
        let file = self.content(AUDIO, name, WAV, wav)?;
        Ok(Audio { file, caption: caption.to_owned(), description: description.to_owned() })
    }

    /// Makes `record` the folder's record: writes it beside the old one, renames it into place, and
    /// only then removes the pictures and sounds of older records, which it no longer names. Files that no record wrote
    /// stay: the folder may be one that its owner uses for other things.
    ///
    /// # Errors
    ///
    /// If the record cannot be written.
    pub fn commit(self, record: &Record) -> Result<PathBuf, RecordError> {
        let path = self.folder.join(FILE_NAME);
        record.write(&path)?;
        let named: BTreeSet<&str> = record
            .figures
            .values()
            .map(|figure| figure.file.as_str())
            .chain(record.audio.values().map(|audio| audio.file.as_str()))
            .collect();
        for (kind, extension) in [(FIGURES, SVG), (AUDIO, WAV)] {
            let folder = self.folder.join(kind);
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if is_content(&name, extension) && !named.contains(format!("{kind}/{name}").as_str()) {
                    // The record is written; a picture too many does not make it less so.
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
        Ok(path)
    }

    fn content(&self, kind: &str, name: &str, extension: &str, bytes: &[u8]) -> Result<String, RecordError> {
        let file = format!("{kind}/{name}-{}.{extension}", hex(&Sha256::digest(bytes)[..4]));
        let path = self.folder.join(&file);
        if !path.exists() {
            let folder = self.folder.join(kind);
            std::fs::create_dir_all(&folder).map_err(|e| RecordError::write(&folder, e))?;
            write_atomically(&path, bytes)?;
        }
        Ok(file)
    }
}

/// Whether a file has a name as [`Draft::content`] gives it: `NAME-1a2b3c4d.svg`.
fn is_content(file: &str, extension: &str) -> bool {
    let stem = file.strip_suffix(extension).and_then(|stem| stem.strip_suffix('.'));
    stem.and_then(|stem| stem.rsplit_once('-')).is_some_and(|(name, hash)| {
        !name.is_empty() && hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Finds out whether a file could be written at `path`, without touching what is there.
///
/// # Errors
///
/// If `path` is a folder, or nothing can be written beside it.
pub fn try_writing_beside(path: &Path) -> Result<(), RecordError> {
    if path.is_dir() {
        return Err(RecordError::IsFolder { path: path.to_owned() });
    }
    tempfile::tempfile_in(folder_of(path)).map_err(|e| RecordError::write(path, e))?;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes `bytes` to a temporary file beside `path` and renames it to `path`.
///
/// Readers of `path` see the old content or the new one, never a part.
///
/// # Errors
///
/// If the file cannot be written, or not be renamed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)
        .map_err(|e| RecordError::write(path, e))?;
    file.write_all(bytes).and_then(|()| file.flush()).map_err(|e| RecordError::write(path, e))?;
    #[cfg(unix)]
    {
        // Temporary files are private; a record is for everybody.
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(readable).map_err(|e| RecordError::write(path, e))?;
    }
    file.persist(path).map_err(|e| RecordError::write(path, e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("none/a.svg");
        for error in [try_writing_beside(&file), write_atomically(&file, b"x")].map(Result::unwrap_err) {
            let said = error.to_string();
            assert!(said.contains("there is no folder") && said.contains("none. Make it"), "{said}");
        }
    }

    #[test]
    fn a_file_where_a_folder_belongs_and_a_folder_where_a_file_does_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("there")).unwrap();
        let there = folder.path().join("there");
        for error in [try_writing_beside(&there), write_atomically(&there, b"x")].map(Result::unwrap_err) {
            assert!(matches!(&error, RecordError::IsFolder { path } if *path == there), "{error}");
        }
        let file = folder.path().join("file");
        std::fs::write(&file, "old").unwrap();
        let error = Draft::open(&file).unwrap_err();
        assert!(error.to_string().contains("is no folder, but a file"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    }

    fn load(content: &str) -> RecordError {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), content).unwrap();
        Record::load(folder.path()).unwrap_err()
    }

    #[test]
    fn a_truncated_record_and_one_of_another_version_are_refused_with_the_remedy() {
        for content in ["", "{", "{\"format\": 1, \"chapter\": \"sound\"}", "[]"] {
            let error = load(content);
            assert!(matches!(error, RecordError::Malformed { .. }), "{error}");
            assert!(error.to_string().contains("git checkout"), "{error}");
        }
        let error = load("{\"format\": 99, \"chapter\": \"sound\"}");
        assert!(matches!(error, RecordError::OtherFormat { found: 99, .. }), "{error}");
        assert!(error.to_string().contains("run sound"), "{error}");
    }

    #[test]
    fn what_is_there_stays_if_the_place_cannot_be_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write_atomically(&file, b"old").unwrap();
        let below = file.join("below");
        assert!(write_atomically(&below, b"new").is_err() && try_writing_beside(&below).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
        try_writing_beside(&file).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn numbers_keep_every_bit_when_a_record_is_read_and_written() {
        for number in [98.05570253215467, 0.1 + 0.2, 1.0 / 3.0, 2.7325141778885283e-05] {
            let value = crate::Value::exact(number);
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(
                serde_json::from_str::<crate::Value>(&text).unwrap().number.to_bits(),
                number.to_bits()
            );
        }
    }

    /// A whole record, with nothing in it.
    const WHOLE: &str = r#"{"format": 1, "chapter": "alpha", "tier": "full", "fingerprint": "aa", "options": {}, "data": {},
        "machine": {"processor": "p", "cores": 2, "memory_bytes": 0, "system": "s", "rustc": "r"},
        "date": "2026-01-01", "duration_seconds": 1.0, "peak_memory_bytes": 0,
        "values": {}, "outputs": {}, "figures": {}}"#;

    #[test]
    fn a_new_record_takes_the_pictures_of_the_old_one_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), WHOLE).unwrap();
        let mut record = Record::load(folder.path()).unwrap();
        let own = ["mine.png", "my-chart.svg", "map-12345678.png"];
        for file in own {
            std::fs::create_dir_all(folder.path().join(FIGURES)).unwrap();
            std::fs::write(folder.path().join(FIGURES).join(file), "own").unwrap();
        }
        let old = Draft::open(folder.path()).unwrap().figure("map", "<svg/>", "Old.", "Old.").unwrap();
        let draft = Draft::open(folder.path()).unwrap();
        let new = draft.figure("map", "<svg />", "New.", "New.").unwrap();
        record.figures.insert("map".into(), new.clone());
        draft.commit(&record).unwrap();
        assert!(folder.path().join(&new.file).is_file() && !folder.path().join(&old.file).exists());
        assert!(own.iter().all(|file| folder.path().join(FIGURES).join(file).is_file()));
    }

    #[test]
    fn a_record_that_was_confirmed_is_of_both_sources() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), WHOLE).unwrap();
        let sources = |text: &str| serde_json::from_str::<Fingerprint>(&format!("{text:?}")).unwrap();
        let old = Record::load(folder.path()).unwrap();
        assert!(old.is_of(&sources("aa")) && !old.is_of(&sources("bb")));
        let date = "2026-02-02".to_owned();
        let by = Record { fingerprint: sources("bb"), date, duration_seconds: 0.5, ..old.clone() };
        Record::confirm(folder.path(), &by).unwrap();
        let now = Record::load(folder.path()).unwrap();
        assert!(now.is_of(&sources("aa")) && now.is_of(&sources("bb")) && !now.is_of(&sources("cc")));
        assert_eq!((now.reader_seconds(), old.reader_seconds()), (Some(0.5), None));
        assert_eq!((now.fingerprint, now.date), (old.fingerprint, old.date));
    }
}
