//! The records that the pages may name.

use crate::house::{Chapter, House, HouseError};
use crate::nearest::nearest;
use record::{Record, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The value that every confirmed record has besides its own: the seconds that a reader's run takes, with one seed.
pub const READER_SECONDS: &str = "reader_seconds";

/// Every record of the book, by the name that pages use: `text-embedding` for
/// `chapters/1-text-embedding/record.json`, `text-embedding/peers` for `peers.json` beside it.
#[derive(Debug)]
pub struct Records {
    entries: BTreeMap<String, Entry>,
    chapters: Vec<Chapter>,
}

/// A record and where it lies.
#[derive(Debug)]
pub struct Entry {
    /// The record's file.
    pub file: PathBuf,
    /// The chapter that it belongs to.
    pub chapter: Chapter,
    /// Whether it is the record of the chapter's own run, and not of a comparison beside it.
    pub is_run: bool,
    /// The record, or why it cannot be read.
    pub record: Result<Record, String>,
}

impl Records {
    /// Reads all records of the book.
    ///
    /// # Errors
    ///
    /// If the folder of the pages or of a chapter cannot be read. What is wrong with a single record stands
    /// in its entry.
    pub fn load(house: &House) -> Result<Self, HouseError> {
        let chapters = house.chapters()?;
        let mut entries = BTreeMap::new();
        for chapter in &chapters {
            let read = |reason| HouseError::Read { path: chapter.folder.clone(), reason };
            for file in std::fs::read_dir(&chapter.folder).map_err(read)? {
                let file = file.map_err(read)?.path();
                if file.extension().is_none_or(|extension| extension != "json") {
                    continue;
                }
                let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let is_run = stem == "record";
                let name = if is_run { chapter.name.clone() } else { format!("{}/{stem}", chapter.name) };
                let record = Record::read(&file).map(with_reader_seconds).map_err(|error| error.to_string());
                entries.insert(name, Entry { file, chapter: chapter.clone(), is_run, record });
            }
        }
        Ok(Self { entries, chapters })
    }

    /// All records, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The record `name`, or a message that says which there are and where records come from.
    ///
    /// # Errors
    ///
    /// That message.
    pub fn get(&self, name: &str) -> Result<(&Entry, &Record), String> {
        if let Some(entry) = self.entries.get(name) {
            return match &entry.record {
                Ok(record) => Ok((entry, record)),
                Err(error) => Err(error.clone()),
            };
        }
        let known = self.entries.keys().map(String::as_str);
        let hint = match nearest(name, known) {
            Some(nearest) => format!("The nearest is `{nearest}`"),
            None if self.entries.is_empty() => "The book has no records yet".to_owned(),
            None => {
                format!("There are {}", self.entries.keys().cloned().collect::<Vec<_>>().join(", "))
            }
        };
        let run = match self.chapters.iter().find(|chapter| chapter.name == name) {
            Some(chapter) => format!("`cargo run --release -- run {} --pages` writes it", chapter.name),
            None => "`cargo run --release -- run CHAPTER --pages` writes chapters/N-CHAPTER/record.json"
                .to_owned(),
        };
        Err(format!("there is no record `{name}`. {hint}; {run}"))
    }
}

fn with_reader_seconds(mut record: Record) -> Record {
    if let Some(seconds) = record.reader_seconds() {
        record.values.insert(READER_SECONDS.to_owned(), Value::machine(seconds).unit("s"));
    }
    record
}

/// The entry `key` of one kind (`value`, `figure`, …) in the record of `entry`, or a message with
/// the nearest name.
///
/// # Errors
///
/// That message.
pub fn entry_named<'a, T>(
    kind: &str,
    map: &'a BTreeMap<String, T>,
    record: &str,
    entry: &Entry,
    house: &House,
    key: &str,
) -> Result<&'a T, String> {
    map.get(key).ok_or_else(|| {
        let hint = match nearest(key, map.keys().map(String::as_str)) {
            Some(nearest) => format!("the nearest is `{nearest}`"),
            None if map.is_empty() => format!("it has no {kind} at all"),
            None => format!("it has {}", map.keys().cloned().collect::<Vec<_>>().join(", ")),
        };
        let file = house.relative(&entry.file);
        let source = if entry.is_run {
            format!("`cargo run --release -- run {record} --pages` writes that file")
        } else {
            "that file is written beside the chapter's run".to_owned()
        };
        format!("{} has no {kind} `{key}`; {hint} ({source})", file.display())
    })
}
