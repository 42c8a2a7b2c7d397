//! What people would write about a scene: the sentences that training shows and the test compares with.
//!
//! A scene of several things is told by how two of them stand to each other (*a dog is left of a cat*); where
//! nobody would plainly say left, right, above or below of them, the scene is not used. Things that are all
//! called the same are told by where they are and what they lie on (*two dogs at the top*, *a dog on a blue
//! background*).
//!
//! Things are named in a usual order: living things first, then food, vehicles, other things, and shapes
//! last; among those of one family from left to right. People do much the same: what is alive tends to be
//! named first (Prat-Sala and Branigan 2000, *Discourse constraints on syntactic processing in language
//! production*). It matters to attention: if every order were as likely, nothing in the picture could tell
//! which thing comes next, and the best that attention can do is to look at all of them at once.
//!
//! The test compares with [`REFERENCES`] sentences, as in Flickr8k and COCO, where five people write about
//! each picture: those in that order and, where they are fewer, some in other orders.

use emoji_world::sentence::{Form, sentences, sentences_of, tokens};
pub use emoji_world::split::Part;
use emoji_world::split::{SceneSplit, SceneSplitConfig};
use emoji_world::{Description, Kind, Scene, SceneConfig, rng};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rayon::prelude::*;

use crate::train::Settings;
use crate::{Error, FULL_SIZE, SIDE};

/// How many sentences the test compares with, where a scene has so many.
pub const REFERENCES: usize = 5;

/// The most objects of a scene.
pub const MOST: usize = if FULL_SIZE { 5 } else { 3 };

/// Where the split's random numbers begin: every seed of training sees the same combinations.
const SPLIT_SEED: u64 = 3;

// ANCHOR: told
/// The first of the food, the vehicles, the other things and the shapes.
const FAMILIES: [&str; 4] = ["apple", "car", "house", "circle"];

/// Whether a sentence about a scene names things in the usual order.
fn is_in_order(sentence: &str, scene: &Scene) -> bool {
    let said = Description::parse(sentence).expect("the grammar reads its own sentences");
    said.mentions.is_sorted_by_key(|mention| {
        let family =
            FAMILIES.iter().filter(|first| Kind::named(first).is_some_and(|first| first <= mention.kind));
        let lefts = mention.objects(scene).into_iter().map(|object| scene.objects[object].bounds.left);
        (family.count(), lefts.min())
    })
}

/// The sentences of these forms that name things in the usual order.
fn ordered(scene: &Scene, forms: &[Form]) -> Vec<String> {
    let all = sentences_of(scene, forms).into_iter().map(|(_, sentence)| sentence);
    all.filter(|sentence| is_in_order(sentence, scene)).collect()
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

// ANCHOR: references
/// The sentences that a caption of the scene is compared with.
pub fn references(scene: &Scene, seed: u64) -> Vec<String> {
    let forms: &[Form] = if is_related(scene) { &[Form::Relation] } else { &[Form::Place, Form::Background] };
    let mut references = told(scene);
    let others = sentences(scene, forms, usize::MAX, seed);
    references.extend(others.into_iter().filter(|sentence| !is_in_order(sentence, scene)));
    references.truncate(REFERENCES);
    references.iter().map(|sentence| spaced(sentence)).collect()
}
// ANCHOR_END: references

/// A scene and sentences about it.
#[derive(Clone, Debug)]
pub struct Example {
    /// The scene.
    pub scene: Scene,
    /// Some of the sentences that can be said of it, the same ones again where there are too few.
    pub sentences: Vec<String>,
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

/// A scene of a part whose things are all called the same, or of which a relation can be said.
fn tellable(
    split: &SceneSplit,
    config: &SceneConfig,
    part: Part,
    rng: &mut impl Rng,
) -> Result<Scene, Error> {
    loop {
        let scene = split.sample(config, part, rng.random())?;
        let first = &scene.objects[0];
        if scene.objects.iter().all(|o| (o.kind, o.colour) == (first.kind, first.colour))
            || is_related(&scene)
        {
            return Ok(scene);
        }
    }
}

// ANCHOR: stream
/// The examples of one training step: scenes of at most `most` objects that no other step has, each with
/// some sentences.
///
/// They follow from the seed and the step, whatever the number of threads.
///
/// # Errors
///
/// If the split leaves hardly a scene for training.
pub fn examples(
    split: &SceneSplit,
    most: usize,
    settings: &Settings,
    step: u64,
) -> Result<Vec<Example>, Error> {
    let of = |least: usize| SceneConfig { objects: (least.min(most), most), ..SceneConfig::on(SIDE) };
    let (any, several) = (of(1), of(2));
    let count = settings.batch as u64;
    let example = |place: u64| {
        let mut rng = rng(settings.seed, place);
        let config = if rng.random::<f32>() < settings.share_of_several { &several } else { &any };
        let scene = tellable(split, config, Part::Training, &mut rng)?;
        let mut all: Vec<String> = told(&scene).iter().map(|sentence| spaced(sentence)).collect();
        all.shuffle(&mut rng);
        Ok(Example { sentences: all.into_iter().cycle().take(settings.sentences).collect(), scene })
    };
    (step * count..(step + 1) * count).into_par_iter().map(example).collect()
}
// ANCHOR_END: stream

/// Scene number `place` of a part with its references.
///
/// # Errors
///
/// If there is hardly a scene in this part.
pub fn test(split: &SceneSplit, part: Part, place: u64) -> Result<Test, Error> {
    let config = SceneConfig { objects: (1, MOST), ..SceneConfig::on(SIDE) };
    let scene = tellable(split, &config, part, &mut rng(SPLIT_SEED, place))?;
    Ok(Test { references: references(&scene, place), scene })
}

/// The first `count` scenes of a part with their references.
///
/// # Errors
///
/// If there is hardly a scene in this part.
pub fn tests(split: &SceneSplit, part: Part, count: usize) -> Result<Vec<Test>, Error> {
    (0..count as u64).into_par_iter().map(|place| test(split, part, place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_follow_from_the_seed_and_are_true() {
        let split = split();
        let settings = Settings { batch: 40, sentences: 3, ..Settings::default() };
        let examples = |step| super::examples(&split, MOST, &settings, step).unwrap();
        let (first, again, next) = (examples(0), examples(0), examples(1));
        let told =
            |examples: &[Example]| examples.iter().flat_map(|e| e.sentences.clone()).collect::<Vec<_>>();
        assert_eq!(told(&first), told(&again));
        assert_ne!(told(&first), told(&next));
        for example in first.iter().chain(&next) {
            assert_eq!(split.part_of(&example.scene), Part::Training);
            assert_eq!(example.sentences.len(), 3);
            for sentence in &example.sentences {
                let said = Description::parse(sentence).unwrap();
                assert!(said.is_true_of(&example.scene) && said.names_all_of(&example.scene));
                assert_eq!(!said.relations.is_empty(), is_related(&example.scene), "{sentence}");
            }
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
