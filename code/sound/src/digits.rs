//! Spoken words in files that are named for them, as in the Free Spoken Digit Dataset (Jackson et al. 2018).
//!
//! Reads a folder, or its folder `recordings`, of files `LABEL_SPEAKER_INDEX.wav`, such as `7_jackson_32.wav`. There are
//! two ways to test what was learned. In the official one, recordings 0 to 4 of each speaker's each word are the test: the
//! voices are known. In the other, one speaker at a time is left out, which is harder, and closer to what a program meets
//! that is spoken to by anyone.

use crate::{Error, Waveform, wav};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Recordings below this number are the official test.
const FIRST_TRAINING_INDEX: usize = 5;

/// A recording of a word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Utterance {
    /// The word.
    pub label: String,
    /// Who says it.
    pub speaker: String,
    /// The number of the recording among this speaker's of this word.
    pub index: usize,
    /// The file.
    pub path: PathBuf,
}

impl Utterance {
    /// What a file's name tells.
    fn of(path: &Path) -> Result<Self, Error> {
        let wrong =
            || Error::Name { path: path.to_owned(), expected: "7_jackson_32.wav: label, speaker, index" };
        let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or_else(wrong)?;
        // From the right, so that a label may have several words: `turn_left_anna_3`.
        let mut parts = stem.rsplitn(3, '_');
        let (Some(index), Some(speaker), Some(label)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let index = index.parse().map_err(|_| wrong())?;
        if speaker.is_empty() || label.is_empty() {
            return Err(wrong());
        }
        Ok(Self { label: label.to_owned(), speaker: speaker.to_owned(), index, path: path.to_owned() })
    }

    /// Reads the sound.
    ///
    /// # Errors
    ///
    /// If the file is not one that [`wav::read`] reads.
    pub fn read(&self) -> Result<Waveform, Error> {
        wav::read(&self.path)
    }
}

/// Recordings of training and of the test.
pub type Split<'a> = (Vec<&'a Utterance>, Vec<&'a Utterance>);

/// A folder of recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenDigits {
    folder: PathBuf,
    /// The recordings, by label, speaker and index.
    pub utterances: Vec<Utterance>,
}

impl SpokenDigits {
    /// Lists the folder. Hidden files and what does not end in `.wav` are passed over.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or has no such file, or the name of a WAV file does not tell label, speaker and index.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let recordings = folder.join("recordings");
        let folder = if recordings.is_dir() { recordings } else { folder.to_owned() };
        let failed = |error| Error::read(&folder, error);
        let mut utterances = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            let is_wav = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav"));
            if is_wav && !hidden {
                utterances.push(Utterance::of(&path)?);
            }
        }
        if utterances.is_empty() {
            return Err(Error::NotThere {
                folder,
                expected: "recordings named as 7_jackson_32.wav (label, speaker, index), or ESC-50's table \
                           meta/esc50.csv and folder audio"
                    .to_owned(),
                found: "neither".to_owned(),
            });
        }
        // Folders list their files in any order.
        utterances.sort();
        Ok(Self { folder, utterances })
    }

    /// The words, in the order of the alphabet.
    pub fn labels(&self) -> Vec<&str> {
        let labels: BTreeSet<&str> = self.utterances.iter().map(|one| one.label.as_str()).collect();
        labels.into_iter().collect()
    }

    /// The speakers, in the order of the alphabet.
    pub fn speakers(&self) -> Vec<&str> {
        let speakers: BTreeSet<&str> = self.utterances.iter().map(|one| one.speaker.as_str()).collect();
        speakers.into_iter().collect()
    }

    /// The official split: recordings 0 to 4 are the test.
    ///
    /// # Errors
    ///
    /// If all recordings fall on one side.
    pub fn official_split(&self) -> Result<Split<'_>, Error> {
        self.split(|one| one.index < FIRST_TRAINING_INDEX, "recordings with indices below 5, and others")
    }

    /// The split whose test is all that one speaker says.
    ///
    /// # Errors
    ///
    /// If there is no such speaker, or no other.
    pub fn leave_out(&self, speaker: &str) -> Result<Split<'_>, Error> {
        self.split(|one| one.speaker == speaker, &format!("recordings of {speaker} and of others"))
    }

    fn split(&self, is_test: impl Fn(&Utterance) -> bool, expected: &str) -> Result<Split<'_>, Error> {
        let (test, training): Split<'_> = self.utterances.iter().partition(|one| is_test(one));
        if test.is_empty() || training.is_empty() {
            return Err(Error::NotThere {
                folder: self.folder.clone(),
                expected: expected.to_owned(),
                found: format!(
                    "{} and {}; speakers are {}",
                    test.len(),
                    training.len(),
                    self.speakers().join(", ")
                ),
            });
        }
        Ok((training, test))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        folder
    }

    const NAMES: [&str; 6] =
        ["7_anna_0.wav", "7_anna_12.WAV", "turn_left_bert_4.wav", "7_bert_5.wav", "readme.md", "._7_x.wav"];

    #[test]
    fn names_tell_label_speaker_and_index() {
        let folder = folder(&NAMES);
        let set = SpokenDigits::open(folder.path()).unwrap();
        assert_eq!(set.labels(), ["7", "turn_left"]);
        assert_eq!(set.speakers(), ["anna", "bert"]);
        let indices: Vec<usize> = set.utterances.iter().map(|one| one.index).collect();
        assert_eq!(indices, [0, 12, 5, 4]);
    }

    #[test]
    fn the_folder_of_recordings_may_lie_inside() {
        let folder = folder(&["x.txt"]);
        std::fs::create_dir(folder.path().join("recordings")).unwrap();
        std::fs::write(folder.path().join("recordings/1_a_1.wav"), "").unwrap();
        assert_eq!(SpokenDigits::open(folder.path()).unwrap().utterances.len(), 1);
    }

    #[test]
    fn the_official_test_is_the_first_five_of_each() {
        let folder = folder(&NAMES);
        let set = SpokenDigits::open(folder.path()).unwrap();
        let (training, test) = set.official_split().unwrap();
        assert!(training.iter().all(|one| one.index >= 5) && test.iter().all(|one| one.index < 5));
        assert_eq!((training.len(), test.len()), (2, 2));
    }

    #[test]
    fn a_speaker_who_is_left_out_is_not_in_training() {
        let folder = folder(&NAMES);
        let set = SpokenDigits::open(folder.path()).unwrap();
        let (training, test) = set.leave_out("anna").unwrap();
        assert!(
            training.iter().all(|one| one.speaker == "bert") && test.iter().all(|one| one.speaker == "anna")
        );
        let message = set.leave_out("carl").unwrap_err().to_string();
        assert!(message.contains("carl") && message.contains("anna"), "{message}");
    }

    #[test]
    fn a_split_with_an_empty_side_is_refused() {
        let folder = folder(&["7_anna_9.wav"]);
        let set = SpokenDigits::open(folder.path()).unwrap();
        assert!(set.official_split().is_err() && set.leave_out("anna").is_err());
    }

    #[test]
    fn a_name_of_another_form_is_told() {
        for name in ["seven.wav", "7_anna.wav", "7_anna_x.wav", "__3.wav", "7__3.wav"] {
            let message = SpokenDigits::open(folder(&[name]).path()).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains("7_jackson_32.wav"), "{message}");
        }
    }

    #[test]
    fn an_empty_or_missing_folder_is_told() {
        assert!(SpokenDigits::open(folder(&[]).path()).unwrap_err().to_string().contains("7_jackson_32.wav"));
        let message = SpokenDigits::open(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(message.contains("/no/such/folder"), "{message}");
    }
}
