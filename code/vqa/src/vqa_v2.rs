//! Data sets in the form of VQA v2 (Goyal et al. 2017, arXiv:1612.00837).
//!
//! Reads a folder with
//!
//! ```text
//! …train…questions.json       {"data_subtype": "train2014", "questions": [{"image_id", "question", "question_id"}]}
//! …train…annotations.json     {"annotations": [{"question_id", "image_id", "multiple_choice_answer",
//!                                               "answers": [{"answer"}], "answer_type"}]}
//! …val…questions.json         the same for the test; or …test…
//! …val…annotations.json
//! train2014/                  the pictures of a part, in a folder that is called as its data_subtype:
//!   COCO_train2014_000000458752.jpg   or   458752.jpg, 458752.png
//! ```
//!
//! A picture is read when it is asked for. Other members of the objects are ignored. `answers`, which ten people
//! gave, may be missing where there is but one answer.

use crate::Error;
use emoji_world::Picture;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A file of questions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Questions {
    /// Which part of a set these are; the folder of its pictures.
    pub data_subtype: String,
    /// The questions.
    pub questions: Vec<QuestionEntry>,
}

/// A question in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QuestionEntry {
    /// Its number, which the annotation has, too.
    pub question_id: u64,
    /// The number of its picture.
    pub image_id: u64,
    /// Its words.
    pub question: String,
}

/// A file of annotations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Annotations {
    /// The annotations.
    pub annotations: Vec<Annotation>,
}

/// What people answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Annotation {
    /// The question.
    pub question_id: u64,
    /// What most of them said: the answer to learn.
    pub multiple_choice_answer: String,
    /// `yes/no`, `number` or `other`.
    #[serde(default)]
    pub answer_type: String,
    /// What each of them said.
    #[serde(default)]
    pub answers: Vec<Said>,
}

/// What one person answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    /// The answer.
    pub answer: String,
}

/// A question about a picture, with its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The file of the picture.
    pub picture: PathBuf,
    /// The question.
    pub question: String,
    /// The answer to learn.
    pub answer: String,
    /// What people said; one answer where the set has no more.
    pub said: Vec<String>,
    /// `yes/no`, `number`, `other`, or nothing.
    pub answer_type: String,
}

/// A set in the form of VQA v2.
#[derive(Clone, Debug)]
pub struct VqaV2 {
    /// To learn from.
    pub train: Vec<Asked>,
    /// For the test.
    pub test: Vec<Asked>,
}

impl VqaV2 {
    /// Reads the questions and annotations in a folder, and looks where the pictures are.
    ///
    /// # Errors
    ///
    /// If a file is missing or not as expected, a question has no annotation, or a picture is not there.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let mut train = part(folder, "train")?;
        // Training uses the one answer that is to be learned; ten of half a million questions take memory.
        train.iter_mut().for_each(|one| one.said = Vec::new());
        // The official files of the test have no answers: those of `val` come first.
        let name = if find(folder, "val", "questions.json").is_ok() { "val" } else { "test" };
        Ok(Self { train, test: part(folder, name)? })
    }
}

fn part(folder: &Path, name: &str) -> Result<Vec<Asked>, Error> {
    let questions_file = find(folder, name, "questions.json")?;
    let annotations_file = find(folder, name, "annotations.json")?;
    let questions: Questions = read(&questions_file)?;
    let annotations: Annotations = read(&annotations_file)?;
    let mut by_question: HashMap<u64, Annotation> =
        annotations.annotations.into_iter().map(|one| (one.question_id, one)).collect();
    let pictures = Pictures::of(folder, &questions.data_subtype)?;
    if questions.questions.is_empty() {
        return Err(Error::malformed(&questions_file, "at least one question", "none"));
    }
    questions
        .questions
        .into_iter()
        .map(|QuestionEntry { question_id, image_id, question }| {
            let annotation = by_question.remove(&question_id).ok_or_else(|| {
                Error::malformed(
                    &annotations_file,
                    &format!("an annotation of question {question_id}"),
                    "none",
                )
            })?;
            let picture = pictures.find(image_id).ok_or_else(|| Error::NoPicture {
                folder: pictures.folder.clone(),
                image: image_id,
                question: question_id,
            })?;
            let answer = annotation.multiple_choice_answer;
            let said: Vec<String> = annotation.answers.into_iter().map(|said| said.answer).collect();
            let said = if said.is_empty() { vec![answer.clone()] } else { said };
            Ok(Asked { picture, question, answer, said, answer_type: annotation.answer_type })
        })
        .collect()
}

/// The file whose name has this part in it and this end; the first by name.
fn find(folder: &Path, part: &str, end: &str) -> Result<PathBuf, Error> {
    let unreadable = |reason| Error::Read { path: folder.to_owned(), reason };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(end) && name.contains(part) {
            found.push(entry.path());
        }
    }
    found.sort();
    let other = if part == "test" { "val or test" } else { part };
    let expected = || format!("a file whose name has {other} in it and ends with {end}");
    found
        .into_iter()
        .next()
        .ok_or_else(|| Error::NotThere { folder: folder.to_owned(), expected: expected() })
}

fn read<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<T, Error> {
    let text = std::fs::read(file).map_err(|reason| Error::Read { path: file.to_owned(), reason })?;
    serde_json::from_slice(&text).map_err(|error| {
        Error::malformed(file, "questions or annotations as VQA v2 has them", &error.to_string())
    })
}

/// The pictures of a part.
struct Pictures {
    folder: PathBuf,
    subtype: String,
    files: std::collections::HashSet<String>,
}

impl Pictures {
    fn of(folder: &Path, subtype: &str) -> Result<Self, Error> {
        let folder = folder.join(subtype);
        let unreadable = |reason| Error::Read { path: folder.clone(), reason };
        let entries = std::fs::read_dir(&folder).map_err(unreadable)?;
        let files = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let files = files.collect::<Result<_, std::io::Error>>().map_err(unreadable)?;
        Ok(Self { subtype: subtype.to_owned(), folder: folder.clone(), files })
    }

    fn find(&self, image: u64) -> Option<PathBuf> {
        let names = [
            format!("COCO_{}_{image:012}.jpg", self.subtype),
            format!("{image}.jpg"),
            format!("{image}.png"),
        ];
        let name = names.into_iter().find(|name| self.files.contains(name))?;
        Some(self.folder.join(name))
    }
}

impl Asked {
    /// The picture's largest centred square at side × side pixels.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or decoded; the error names it.
    pub fn open(&self, side: usize) -> Result<Picture, Error> {
        Ok(Picture::open(&self.picture)?.square(side))
    }

    /// Whether the picture's file begins as one does.
    ///
    /// # Errors
    ///
    /// If it does not, or cannot be read; the error names it.
    pub fn check(&self) -> Result<(), Error> {
        Ok(Picture::check(&self.picture)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "v2_OpenEnded_mscoco_train2014_questions.json",
            r#"{"info": {}, "data_subtype": "train2014", "questions": [
                {"image_id": 9, "question": "What is this?", "question_id": 9001},
                {"image_id": 12, "question": "How many dogs?", "question_id": 12000}]}"#,
        );
        write(
            "v2_mscoco_train2014_annotations.json",
            r#"{"annotations": [
                {"question_id": 12000, "image_id": 12, "multiple_choice_answer": "2", "answer_type": "number",
                 "answers": [{"answer": "2", "answer_confidence": "yes", "answer_id": 1}, {"answer": "two"}]},
                {"question_id": 9001, "image_id": 9, "multiple_choice_answer": "net"}]}"#,
        );
        write(
            "test_questions.json",
            r#"{"data_subtype": "test", "questions":
            [{"image_id": 9, "question": "Red?", "question_id": 1}]}"#,
        );
        write(
            "test_annotations.json",
            r#"{"annotations": [{"question_id": 1, "multiple_choice_answer": "no",
                "answers": [{"answer": "no"}, {"answer": "nope"}]}]}"#,
        );
        let picture = |name: &str| {
            std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(name), Picture::filled(8, 4, [1.0, 0.0, 0.0]).to_png())
                .unwrap();
        };
        picture("train2014/COCO_train2014_000000000009.jpg");
        picture("train2014/12.png");
        picture("test/9.png");
        folder
    }

    #[test]
    fn questions_find_their_answers_and_pictures() {
        let folder = folder();
        let set = VqaV2::open(folder.path()).unwrap();
        assert_eq!((set.train.len(), set.test.len()), (2, 1));
        let [first, second] = &set.train[..] else { panic!("two questions") };
        assert_eq!((first.question.as_str(), first.answer.as_str()), ("What is this?", "net"));
        assert_eq!((second.answer.as_str(), second.answer_type.as_str()), ("2", "number"));
        assert!(first.said.is_empty() && second.said.is_empty());
        assert_eq!(set.test[0].said, ["no", "nope"]);
        assert!(first.picture.ends_with("train2014/COCO_train2014_000000000009.jpg"));
        let picture = second.open(4).unwrap();
        assert_eq!((picture.width, picture.height), (4, 4));
        assert_eq!(picture.pixels[..3], [1.0, 0.0, 0.0]);
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        let spoilt = |spoil: &dyn Fn(&Path)| {
            let folder = folder();
            spoil(folder.path());
            VqaV2::open(folder.path()).unwrap_err().to_string()
        };
        let error = spoilt(&|folder| std::fs::remove_file(folder.join("test_annotations.json")).unwrap());
        assert!(error.contains("annotations.json") && error.contains("val or test"), "{error}");
        let error = spoilt(&|folder| std::fs::remove_file(folder.join("train2014/12.png")).unwrap());
        assert!(error.contains("12") && error.contains("train2014"), "{error}");
        let error = spoilt(&|folder| {
            std::fs::write(folder.join("test_questions.json"), "{\n\"questions\": 3}").unwrap()
        });
        assert!(error.contains("test_questions.json") && error.contains("line 2"), "{error}");
        let error = spoilt(&|folder| {
            std::fs::write(folder.join("test_annotations.json"), r#"{"annotations": []}"#).unwrap()
        });
        assert!(error.contains("question 1"), "{error}");
        // Beside questions of `val` those of the test, which have no answers, are left alone.
        let val = spoilt(&|folder| {
            std::fs::write(folder.join("val_questions.json"), r#"{"data_subtype": "x", "questions": []}"#)
                .unwrap()
        });
        assert!(val.contains("has val in it") && val.contains("annotations.json"), "{val}");
        let error = spoilt(&|folder| std::fs::remove_dir_all(folder.join("test")).unwrap());
        assert!(error.contains("test"), "{error}");
        let error = VqaV2::open(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(error.contains("/no/such/folder"), "{error}");
    }
}
