//! The files of the COCO caption evaluation.
//!
//! Hypotheses are *results*, one caption an image:
//!
//! ```json
//! [{"image_id": 1, "caption": "a dog runs"}, {"image_id": 2, "caption": "two cats"}]
//! ```
//!
//! References are *annotations*, one caption or more an image:
//!
//! ```json
//! {"annotations": [{"image_id": 1, "caption": "A dog runs.", "id": 7},
//!                  {"image_id": 1, "caption": "A black dog is running.", "id": 8},
//!                  {"image_id": 2, "caption": "Two cats sleep.", "id": 9}]}
//! ```
//!
//! An image's id is a whole number or a string; the number 1 and the string "1" are two images. Other
//! fields, COCO's `id`, `images`, `info` and `licenses` among them, are not read. As COCO's scorer asserts,
//! both files must have captions of the same images, and the results one of each.
//!
//! Source: Xinlei Chen et al., *Microsoft COCO Captions: Data Collection and Evaluation Server*, 2015,
//! arXiv:1504.00325; the format is described at <https://cocodataset.org/#format-results>.

use crate::Error;
use emoji_world::text_file;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

const RESULTS: &str = r#"COCO's results, `[{"image_id": 1, "caption": "a dog"}, …]`"#;
const ANNOTATIONS: &str =
    r#"COCO's annotations, `{"annotations": [{"image_id": 1, "caption": "a dog"}, …]}`"#;

/// What names an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum ImageId {
    /// A number, as in COCO's own files.
    Number(i64),
    /// A string, a file's name for one.
    Text(String),
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// An image with its captions, as they are in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captioned {
    /// The image.
    pub image: ImageId,
    /// The caption to be scored.
    pub hypothesis: String,
    /// People's captions, at least one, in the file's order.
    pub references: Vec<String>,
}

/// Reads a file of results and one of annotations: all images in the order of their ids, so that the
/// order of the files' entries changes nothing.
///
/// # Errors
///
/// If a file cannot be read, is not UTF-8, not JSON or not of the expected form, has no captions, if an
/// image has two hypotheses, or is in one of the files alone.
pub fn read(hypotheses: &Path, references: &Path) -> Result<Vec<Captioned>, Error> {
    let Hypotheses(of_images) = parse(&text_file::read(hypotheses)?, hypotheses, RESULTS)?;
    let Object(Annotations { annotations }) = parse(&text_file::read(references)?, references, ANNOTATIONS)?;
    for (path, is_empty, expected) in
        [(hypotheses, of_images.is_empty(), RESULTS), (references, annotations.is_empty(), ANNOTATIONS)]
    {
        if is_empty {
            return Err(Error::NoCaptions { path: path.to_owned(), expected });
        }
    }
    let mut of_people: BTreeMap<ImageId, Vec<String>> = BTreeMap::new();
    for Object(Caption { image_id, caption }) in annotations {
        of_people.entry(image_id).or_default().push(caption);
    }
    let (hypotheses, references) = (hypotheses.to_owned(), references.to_owned());
    if let Some((image, others)) = first_missing(&of_images, &of_people) {
        return Err(Error::WithoutReference { hypotheses, references, image, others });
    }
    if let Some((image, others)) = first_missing(&of_people, &of_images) {
        return Err(Error::WithoutHypothesis { hypotheses, references, image, others });
    }
    // Now both have the same images, in the same order.
    let both = of_images.into_iter().zip(of_people.into_values());
    let captioned = |((image, hypothesis), references)| Captioned { image, hypothesis, references };
    Ok(both.map(captioned).collect())
}

/// The first image of `these` that is not in `those`, and how many more there are.
fn first_missing<T, U>(
    these: &BTreeMap<ImageId, T>,
    those: &BTreeMap<ImageId, U>,
) -> Option<(ImageId, usize)> {
    let mut missing = these.keys().filter(|image| !those.contains_key(image));
    let first = missing.next()?.clone();
    Some((first, missing.count()))
}

fn parse<T: DeserializeOwned>(text: &str, path: &Path, expected: &'static str) -> Result<T, Error> {
    if text.trim().is_empty() {
        return Err(Error::NoCaptions { path: path.to_owned(), expected });
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let problem = error.to_string();
        let place = format!(" at line {line} column {column}");
        let problem = problem.strip_suffix(&place).unwrap_or(&problem).to_owned();
        Error::Malformed { path: path.to_owned(), line, column, problem, expected }
    })
}

/// One entry of either file.
#[derive(Deserialize)]
struct Caption {
    image_id: ImageId,
    caption: String,
}

/// The file of references.
#[derive(Deserialize)]
struct Annotations {
    annotations: Vec<Object<Caption>>,
}

/// The file of hypotheses: a list that has each image once.
struct Hypotheses(BTreeMap<ImageId, String>);

impl<'de> Deserialize<'de> for Hypotheses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Hypotheses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of captions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hypotheses, A::Error> {
                let mut captions = BTreeMap::new();
                while let Some(Object(Caption { image_id, caption })) = list.next_element()? {
                    match captions.entry(image_id) {
                        Entry::Vacant(place) => place.insert(caption),
                        Entry::Occupied(place) => {
                            let image = place.key();
                            return Err(A::Error::custom(format_args!(
                                "image {image} has a second caption, it should have one"
                            )));
                        }
                    };
                }
                Ok(Hypotheses(captions))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

impl<'de> Deserialize<'de> for ImageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Id;
        impl Visitor<'_> for Id {
            type Value = ImageId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of an image, a whole number of at most 63 bits or a string")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<ImageId, E> {
                Ok(ImageId::Number(number))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<ImageId, E> {
                let too_large = |_| E::invalid_value(Unexpected::Unsigned(number), &self);
                i64::try_from(number).map(ImageId::Number).map_err(too_large)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ImageId, E> {
                Ok(ImageId::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Id)
    }
}

/// A `T` that is written as an object. What serde derives would take a list of the fields' values too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Map<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object in braces")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Map(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_texts(hypotheses: &str, references: &str) -> Result<Vec<Captioned>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let (h, r) = (folder.path().join("h.json"), folder.path().join("r.json"));
        std::fs::write(&h, hypotheses).unwrap();
        std::fs::write(&r, references).unwrap();
        read(&h, &r)
    }

    /// The error without the folder of the files.
    fn complaint(hypotheses: &str, references: &str) -> String {
        let error = read_texts(hypotheses, references).unwrap_err().to_string();
        let words = error.split(' ').map(|word| word.rsplit('/').next().unwrap_or(word));
        words.collect::<Vec<_>>().join(" ")
    }

    const ONE: &str = r#"[{"image_id": 1, "caption": "a dog"}]"#;
    const OF_ONE: &str = r#"{"annotations": [{"image_id": 1, "caption": "A dog."}]}"#;

    #[test]
    fn images_come_in_the_order_of_their_ids_with_all_their_references() {
        let read = read_texts(
            "\u{feff}[{\"caption\": \"c\", \"image_id\": \"b\"}, {\"image_id\": 10, \"caption\": \"\"},
              {\"image_id\": \"10\", \"caption\": \"x\", \"score\": {\"a\": [1.5]}}, {\"image_id\": -9, \"caption\": \"é\"}]",
            r#"{"info": {"year": 2014}, "images": [{"id": 10}], "annotations": [
                {"image_id": 10, "id": 1, "caption": "one"}, {"image_id": "b", "id": 2, "caption": "two"},
                {"image_id": -9, "id": 3, "caption": "three"}, {"image_id": 10, "id": 4, "caption": "four"},
                {"image_id": "10", "id": 3, "caption": "five"}], "licenses": []}"#,
        );
        let read = read.unwrap();
        let ids: Vec<String> = read.iter().map(|captioned| captioned.image.to_string()).collect();
        assert_eq!(ids, ["-9", "10", "\"10\"", "\"b\""]);
        assert_eq!(read[1].references, ["one", "four"]);
        assert_eq!((read[0].hypothesis.as_str(), read[1].hypothesis.as_str()), ("é", ""));
    }

    #[test]
    fn what_is_not_as_expected_is_named_with_its_place() {
        for (hypotheses, about) in [
            ("[{\"image_id\": 1,\n \"caption\": \"a dog\"", "h.json:2:19: EOF while parsing an object."),
            ("[{\"image_id\": 1}]", "h.json:1:16: missing field `caption`. Expected COCO's results, `[{"),
            (
                "[\n{\"image_id\": 1, \"caption\": 5}]",
                "h.json:2:28: invalid type: integer `5`, expected a string.",
            ),
            (
                "[{\"image_id\": 1.5, \"caption\": \"\"}]",
                "h.json:1:17: invalid type: floating point `1.5`, expected the id of an image,",
            ),
            (
                "[{\"image_id\": 9223372036854775808, \"caption\": \"\"}]",
                "h.json:1:33: invalid value: integer `9223372036854775808`, expected the id",
            ),
            ("[[1, \"a dog\"]]", "h.json:1:1: invalid type: sequence, expected an object in braces."),
            ("{\"image_id\": 1}", "h.json:1:0: invalid type: map, expected a list of captions."),
            ("[{\"image_id\": 1, \"image_id\": 1}]", "h.json:1:27: duplicate field `image_id`."),
            ("[] []", "h.json:1:4: trailing characters."),
            ("a dog", "h.json:1:1: expected value."),
            (" \n", "h.json holds no captions. Expected COCO's results,"),
            ("[]", "h.json holds no captions. Expected COCO's results,"),
            (
                "[{\"image_id\": 1, \"caption\": \"a\"},\n{\"image_id\": 1, \"caption\": \"b\"}]",
                "h.json:2:32: image 1 has a second caption, it should have one.",
            ),
        ] {
            let complaint = complaint(hypotheses, OF_ONE);
            assert!(complaint.starts_with(about), "{hypotheses}\nexpected {about}\nfound {complaint}");
        }
        for (references, about) in [
            (
                ONE,
                "r.json:1:0: invalid type: sequence, expected an object in braces. Expected COCO's annotations,",
            ),
            ("{\"images\": []}", "r.json:1:14: missing field `annotations`."),
            ("{\"annotations\": []}", "r.json holds no captions. Expected COCO's annotations,"),
            ("{\"annotations\": {}}", "r.json:1:16: invalid type: map, expected a sequence."),
            ("{\"annotations\": [{\"caption\": \"\"}]}", "r.json:1:32: missing field `image_id`."),
            ("", "r.json holds no captions."),
        ] {
            let complaint = complaint(ONE, references);
            assert!(complaint.starts_with(about), "{references}\nexpected {about}\nfound {complaint}");
        }
    }

    #[test]
    fn both_files_must_have_the_same_images() {
        let more = r#"[{"image_id": 1, "caption": "a"}, {"image_id": "1", "caption": "b"},
                       {"image_id": 7, "caption": "c"}, {"image_id": 9, "caption": "d"}]"#;
        let about = "h.json has a caption of image 7, r.json has none, and 2 more such images.";
        assert!(complaint(more, OF_ONE).starts_with(about), "{}", complaint(more, OF_ONE));
        let more = r#"{"annotations": [{"image_id": 1, "caption": "a"}, {"image_id": "1", "caption": "b"}]}"#;
        let about = "r.json has captions of image \"1\", h.json has none. Every image";
        assert!(complaint(ONE, more).starts_with(about), "{}", complaint(ONE, more));
    }
}
