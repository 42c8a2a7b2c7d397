//! What people would write about a scene: the sentences that training shows and the test compares with.
//!
//! A scene of several things is told by how two of them stand to each other (*a dog is left of a cat*),
//! where that can be said. Any other is told by where its things are and what they lie on (*a dog at the
//! top*, *a dog on a blue background*).
//!
//! Things are named in the order of [`Kind::all`](emoji_world::Kind::all): living things first, then food,
//! vehicles, other things, and shapes last. People do much the same: what is alive tends to be named first
//! (Prat-Sala and Branigan 2000, *Discourse constraints on syntactic processing in language production*). It
//! matters to attention: if every order were as likely, nothing in the picture could tell which thing
//! comes next, and the best that attention can do is to look at all of them at once.
//!
//! The test compares with [`REFERENCES`] sentences, as in Flickr8k and COCO, where five people write about
//! each picture: those in that order and, where they are fewer, some in other orders.

use emoji_world::sentence::{Form, sentences, sentences_of, tokens};
use emoji_world::split::{Part, SceneSplit, SceneSplitConfig};
use emoji_world::{Description, Scene, SceneConfig, rng};
use rand::RngExt;
use rayon::prelude::*;

use crate::Error;

/// How many sentences the test compares with, where a scene has so many.
pub const REFERENCES: usize = 5;

/// The most objects of a scene.
pub const MOST: usize = 3;

/// Where the split's random numbers begin: every seed of training sees the same combinations.
const SPLIT_SEED: u64 = 3;

// ANCHOR: told
/// Whether a sentence names things in the usual order.
fn is_in_order(sentence: &str) -> bool {
    let said = Description::parse(sentence).expect("the grammar reads its own sentences");
    said.mentions.is_sorted_by_key(|mention| (mention.kind, mention.colour))
}

/// The sentences of these forms that name things in the usual order.
fn ordered(scene: &Scene, forms: &[Form]) -> Vec<String> {
    let all = sentences_of(scene, forms).into_iter().map(|(_, sentence)| sentence);
    all.filter(|sentence| is_in_order(sentence)).collect()
}

/// How a scene may be told: by a relation, where one can be said in the usual order, else by places and
/// the background.
pub fn told(scene: &Scene) -> Vec<String> {
    let related = ordered(scene, &[Form::Relation]);
    if related.is_empty() { ordered(scene, &[Form::Place, Form::Background]) } else { related }
}
// ANCHOR_END: told

/// Whether a relation can be said of the scene.
pub fn is_related(scene: &Scene) -> bool {
    !ordered(scene, &[Form::Relation]).is_empty()
}

/// The words of a sentence with single blanks between them, as models write and measures read it.
pub fn spaced(sentence: &str) -> String {
    tokens(sentence).join(" ")
}

/// The sentences that a caption of the scene is compared with.
pub fn references(scene: &Scene, seed: u64) -> Vec<String> {
    let forms: &[Form] = if is_related(scene) { &[Form::Relation] } else { &[Form::Place, Form::Background] };
    let mut references = told(scene);
    let others = sentences(scene, forms, usize::MAX, seed);
    references.extend(others.into_iter().filter(|sentence| !is_in_order(sentence)));
    references.truncate(REFERENCES);
    references.iter().map(|sentence| spaced(sentence)).collect()
}

/// A scene and a sentence about it.
#[derive(Clone, Debug)]
pub struct Example {
    /// The scene.
    pub scene: Scene,
    /// One of the sentences that can be said of it.
    pub sentence: String,
}

/// A scene of the test, and what it is compared with.
#[derive(Clone, Debug)]
pub struct Test {
    /// The scene.
    pub scene: Scene,
    /// Up to [`REFERENCES`] sentences.
    pub references: Vec<String>,
}

/// Which scenes training never shows.
pub fn split() -> SceneSplit {
    SceneSplit::new(&SceneSplitConfig::default(), SPLIT_SEED)
}

// ANCHOR: stream
/// The examples of one training step: scenes of at most `most` objects that no other step has, each with
/// one sentence.
///
/// They follow from the seed and the step, whatever the number of threads.
///
/// # Errors
///
/// If the split leaves hardly a scene for training.
pub fn examples(
    split: &SceneSplit,
    most: usize,
    seed: u64,
    step: u64,
    count: usize,
) -> Result<Vec<Example>, Error> {
    let config = SceneConfig { objects: (1, most), ..SceneConfig::default() };
    let places: Vec<u64> = (0..count as u64).map(|i| step * count as u64 + i).collect();
    let example = |place: u64| {
        let mut rng = rng(seed, place);
        let scene = split.sample(&config, Part::Training, rng.random())?;
        let all = told(&scene);
        Ok(Example { sentence: spaced(&all[rng.random_range(0..all.len())]), scene })
    };
    places.into_par_iter().map(example).collect()
}
// ANCHOR_END: stream

/// `count` scenes of a part with their references.
///
/// # Errors
///
/// If there is hardly a scene in this part.
pub fn tests(split: &SceneSplit, part: Part, count: usize) -> Result<Vec<Test>, Error> {
    let test = |i: u64| {
        let scene = split.sample(&SceneConfig::default(), part, rng(SPLIT_SEED, i).random())?;
        Ok(Test { references: references(&scene, i), scene })
    };
    (0..count as u64).into_par_iter().map(test).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_follow_from_the_seed_and_are_true() {
        let split = split();
        let first = examples(&split, MOST, 1, 0, 40).unwrap();
        let again = examples(&split, MOST, 1, 0, 40).unwrap();
        let next = examples(&split, MOST, 1, 1, 40).unwrap();
        let told = |examples: &[Example]| examples.iter().map(|e| e.sentence.clone()).collect::<Vec<_>>();
        assert_eq!(told(&first), told(&again));
        assert_ne!(told(&first), told(&next));
        for example in first.iter().chain(&next) {
            assert_eq!(split.part_of(&example.scene), Part::Training);
            let said = Description::parse(&example.sentence).unwrap();
            assert!(said.is_true_of(&example.scene) && said.names_all_of(&example.scene));
            assert_eq!(!said.relations.is_empty(), is_related(&example.scene), "{}", example.sentence);
        }
    }

    #[test]
    fn tests_have_several_references() {
        for part in [Part::Test, Part::HeldOutPair, Part::HeldOutColour] {
            for test in super::tests(&split(), part, 50).unwrap() {
                assert!((3..=REFERENCES).contains(&test.references.len()), "{:?}", test.references);
            }
        }
    }
}
