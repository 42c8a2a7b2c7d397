//! The questions of the chapter: which are for training and which for the test.

use crate::{Error, SIDE};
use emoji_world::question::{Example, Phrasings, QuestionConfig};
pub use emoji_world::split::Part;
use emoji_world::split::{SceneSplit, SceneSplitConfig};
use emoji_world::{QuestionType, SceneConfig};
use rayon::prelude::*;
use std::ops::Range;

/// Where the split's random numbers begin: every seed of training sees the same combinations.
const SPLIT_SEED: u64 = 3;

/// Which scenes training never shows.
pub fn split() -> SceneSplit {
    SceneSplit::new(&SceneSplitConfig::default(), SPLIT_SEED)
}

/// Which questions are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// About which scenes.
    pub part: Part,
    /// In which words.
    pub phrasings: Phrasings,
    /// How often the answer is the usual one for the question's words: 0 for balanced answers.
    pub skew: f32,
    /// The types of questions, each as likely as another; one that stands here twice is twice as likely.
    pub types: &'static [QuestionType],
}

/// The types as training draws them: those that are learned last more often than the others.
const TRAINED: [QuestionType; 13] = [
    QuestionType::WhatIsIt,
    QuestionType::WhatColour,
    QuestionType::IsThere,
    QuestionType::HowMany,
    QuestionType::HowMany,
    QuestionType::HowMany,
    QuestionType::HowMany,
    QuestionType::IsRelated,
    QuestionType::IsRelated,
    QuestionType::WhatIsRelated,
    QuestionType::AreThereMore,
    QuestionType::SameKind,
    QuestionType::SameKind,
];

impl Drawn {
    /// Those of training, with balanced answers.
    pub const TRAINING: Self =
        Self { part: Part::Training, phrasings: Phrasings::Seen, skew: 0.0, types: &TRAINED };

    /// Those of the test, with balanced answers: new scenes in known words, each type alike.
    pub const TEST: Self = Self { part: Part::Test, types: &QuestionType::ALL, ..Self::TRAINING };
}

/// Questions number `range` of all that this seed draws.
///
/// # Errors
///
/// If no scene of the part has such a question.
pub fn examples(
    split: &SceneSplit,
    drawn: Drawn,
    seed: u64,
    range: Range<u64>,
) -> Result<Vec<Example>, Error> {
    let config = config(drawn);
    let example = |place| Ok(config.example(Some((split, drawn.part)), seed, place)?);
    range.into_par_iter().map(example).collect()
}

/// The question at one place, and its scene.
///
/// # Errors
///
/// If no scene of the part has such a question.
pub fn example(split: &SceneSplit, drawn: Drawn, seed: u64, place: u64) -> Result<Example, Error> {
    Ok(config(drawn).example(Some((split, drawn.part)), seed, place)?)
}

fn config(Drawn { phrasings, skew, types, .. }: Drawn) -> QuestionConfig {
    let scenes = SceneConfig::on(SIDE);
    QuestionConfig { scenes, types: types.to_vec(), phrasings, skew, ..QuestionConfig::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_and_test_have_no_scene_and_no_held_out_words_in_common() {
        let split = split();
        let training = examples(&split, Drawn::TRAINING, 1, 0..300).unwrap();
        assert!(training.iter().all(|one| split.part_of(&one.scene) == Part::Training));
        assert!(training.iter().all(|one| one.question.phrasing + 1 < emoji_world::question::PHRASINGS));
        let test = examples(&split, Drawn::TEST, 1, 0..300).unwrap();
        assert!(test.iter().all(|one| split.part_of(&one.scene) == Part::Test));
        let again = examples(&split, Drawn::TEST, 1, 100..101).unwrap();
        assert_eq!(again[0], test[100]);
        assert_eq!(example(&split, Drawn::TEST, 1, 100).unwrap(), test[100]);
    }
}
