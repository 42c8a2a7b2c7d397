//! Data sets in the form of ESC-50 (Piczak 2015): environmental sounds in five folds.
//!
//! Reads a folder with
//!
//! ```text
//! meta/esc50.csv    filename,fold,target,category,esc10,src_file,take
//! audio/            the files, such as 1-100032-A-0.wav
//! ```
//!
//! The columns may stand in any order; `filename`, `fold`, `target` and `category` are needed. Clips of one recording are
//! in one fold, so each fold is the test of what was learned from the four others, and nothing else is a fair test. A
//! clip is read when it is asked for.

use crate::{Error, Waveform, wav};
use emoji_world::text_file;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The columns that are needed.
const COLUMNS: [&str; 4] = ["filename", "fold", "target", "category"];

/// How many folds there are.
pub const FOLDS: usize = 5;

/// A recording, and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// The file.
    pub path: PathBuf,
    /// The fold, from 1 to 5.
    pub fold: usize,
    /// The number of its category.
    pub target: usize,
}

impl Clip {
    /// Reads the sound.
    ///
    /// # Errors
    ///
    /// If the file is not one that [`wav::read`] reads.
    pub fn read(&self) -> Result<Waveform, Error> {
        wav::read(&self.path)
    }
}

/// Recordings in five folds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Esc50 {
    /// The recordings, in the order of the table.
    pub clips: Vec<Clip>,
    /// The categories' names, by their numbers.
    pub categories: BTreeMap<usize, String>,
}

impl Esc50 {
    /// Reads the table, and looks for every file that it names.
    ///
    /// # Errors
    ///
    /// If the table or a file is missing, a column is, a line has too few or too many fields, a fold is not from 1 to 5, a
    /// target no number, two categories have one number, a fold has no clip, or a name leads out of the folder. The error
    /// names the file and the line.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let table = folder.join("meta").join("esc50.csv");
        let audio = folder.join("audio");
        let expected_table = format!("a table meta/esc50.csv with the columns {}", COLUMNS.join(", "));
        for (path, expected) in [(&table, expected_table.as_str()), (&audio, "a folder audio of WAV files")] {
            if !path.exists() {
                return Err(Error::NotThere {
                    folder: folder.to_owned(),
                    expected: expected.to_owned(),
                    found: "none".to_owned(),
                });
            }
        }
        let wrong = |line: usize, expected: &str, found: String| Error::Line {
            path: table.clone(),
            line,
            expected: expected.to_owned(),
            found,
        };
        let text = text_file::read(&table)?;
        let mut lines = text.lines().zip(1..);
        let heads: Vec<&str> =
            lines.next().map(|(line, _)| line.split(',').map(str::trim).collect()).unwrap_or_default();
        let column = |name: &str| {
            let place = heads.iter().position(|head| *head == name);
            let needed = COLUMNS.join(", ");
            place.ok_or_else(|| {
                wrong(1, &format!("a column {name} (needed are {needed})"), format!("{heads:?}"))
            })
        };
        let [filename, fold, target, category] = COLUMNS.map(column);
        let (filename, fold, target, category) = (filename?, fold?, target?, category?);
        let mut clips = Vec::new();
        let mut categories: BTreeMap<usize, String> = BTreeMap::new();
        for (text, line) in lines.filter(|(text, _)| !text.trim().is_empty()) {
            let fields: Vec<&str> = text.split(',').map(str::trim).collect();
            if fields.len() != heads.len() {
                let expected = format!("{} fields", heads.len());
                return Err(wrong(line, &expected, format!("{} in {text:?}", fields.len())));
            }
            let number = |column: usize| fields[column].parse::<usize>().ok();
            let Some(fold) = number(fold).filter(|fold| (1..=FOLDS).contains(fold)) else {
                return Err(wrong(line, "a fold from 1 to 5", format!("{:?}", fields[fold])));
            };
            let Some(target) = number(target) else {
                return Err(wrong(line, "a target that is a number", format!("{:?}", fields[target])));
            };
            let name = categories.entry(target).or_insert_with(|| fields[category].to_owned());
            if name != fields[category] {
                let expected = format!("{name:?}, as on an earlier line, as category of target {target}");
                return Err(wrong(line, &expected, format!("{:?}", fields[category])));
            }
            let file = fields[filename];
            // A table from elsewhere may not choose files outside the folder.
            if Path::new(file).file_name() != Some(file.as_ref()) {
                return Err(wrong(line, "the plain name of a file in audio/", format!("{file:?}")));
            }
            let path = audio.join(file);
            if !path.is_file() {
                return Err(wrong(line, &format!("a file audio/{file}"), "none".to_owned()));
            }
            clips.push(Clip { path, fold, target });
        }
        if let Some(empty) = (1..=FOLDS).find(|fold| !clips.iter().any(|clip| clip.fold == *fold)) {
            return Err(wrong(1, &format!("clips of fold {empty} below this line"), "none".to_owned()));
        }
        Ok(Self { clips, categories })
    }

    /// The clips of training and of the test, where this fold, from 1 to 5, is the test.
    ///
    /// # Errors
    ///
    /// If there is no such fold.
    pub fn split(&self, fold: usize) -> Result<(Vec<&Clip>, Vec<&Clip>), Error> {
        if !(1..=FOLDS).contains(&fold) {
            return Err(Error::setting("ESC-50", "fold", format!("from 1 to {FOLDS}"), fold));
        }
        Ok(self.clips.iter().partition(|clip| clip.fold != fold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav::{Format, write};

    const HEAD: &str = "filename,fold,target,category,esc10,src_file,take";

    fn folder(table: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["meta", "audio"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("meta/esc50.csv"), table).unwrap();
        for number in 1..=5 {
            let sound = Waveform::mono(8000, vec![0.1 * number as f32; 10]).unwrap();
            write(folder.path().join(format!("audio/{number}.wav")), &sound, Format::Int16).unwrap();
        }
        folder
    }

    fn table() -> String {
        let line = |number: usize| {
            format!("{number}.wav,{number},{},{},True,1,A\n", number % 2, ["dog", "rain"][number % 2])
        };
        format!("{HEAD}\n{}", (1..=5).map(line).collect::<String>())
    }

    fn error(table: &str) -> String {
        Esc50::open(folder(table).path()).unwrap_err().to_string()
    }

    #[test]
    fn clips_have_their_folds_and_categories() {
        let folder = folder(&table());
        let set = Esc50::open(folder.path()).unwrap();
        assert_eq!(set.clips.len(), 5);
        assert_eq!(set.categories[&0], "dog");
        let (training, test) = set.split(3).unwrap();
        assert_eq!((training.len(), test.len()), (4, 1));
        assert!(test[0].path.ends_with("audio/3.wav") && test[0].target == 1);
        assert_eq!(test[0].read().unwrap().length(), 10);
        assert!(set.split(0).is_err() && set.split(6).is_err());
    }

    #[test]
    fn columns_may_stand_in_another_order() {
        let folder = folder(
            "category,target,fold,filename\na,0,1,1.wav\r\na,0,2,2.wav\nb,1,3,3.wav\nb,1,4,4.wav\n\nb,1,5,5.wav",
        );
        assert_eq!(Esc50::open(folder.path()).unwrap().categories[&1], "b");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let spoilt = |from: &str, to: &str| error(&table().replace(from, to));
        for (message, parts) in [
            (spoilt("fold,target", "part,target"), ["line 1", "column fold"]),
            (spoilt("2.wav,2,", "2.wav,7,"), ["line 3", "from 1 to 5"]),
            (spoilt("3.wav,3,1", "3.wav,3,one"), ["line 4", "number"]),
            (spoilt("4.wav,4,0,dog", "4.wav,4,0,cat"), ["line 5", "\"cat\""]),
            (spoilt("5.wav", "9.wav"), ["line 6", "audio/9.wav"]),
            (spoilt("1.wav", "../meta/esc50.csv"), ["line 2", "plain name"]),
            (spoilt("True,1,A\n2", "True\n2"), ["line 2", "7 fields"]),
            (spoilt("5.wav,5", "5.wav,4"), ["fold 5", "none"]),
            (error(""), ["line 1", "column filename"]),
        ] {
            assert!(
                message.contains("esc50.csv") && parts.iter().all(|part| message.contains(part)),
                "{message}"
            );
        }
    }

    #[test]
    fn a_folder_that_is_something_else_is_named() {
        let empty = tempfile::tempdir().unwrap();
        let message = Esc50::open(empty.path()).unwrap_err().to_string();
        assert!(message.contains("meta/esc50.csv"), "{message}");
        std::fs::create_dir(empty.path().join("meta")).unwrap();
        std::fs::write(empty.path().join("meta/esc50.csv"), HEAD).unwrap();
        let message = Esc50::open(empty.path()).unwrap_err().to_string();
        assert!(message.contains("folder audio"), "{message}");
    }
}
