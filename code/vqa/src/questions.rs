//! The questions of the chapter: which are for training and which for the test, and how they become numbers.

use crate::Error;
use emoji_world::question::{Example, Meaning, Phrasings, Question, QuestionConfig, vocabulary};
use emoji_world::sentence::tokens;
pub use emoji_world::split::Part;
use emoji_world::split::{SceneSplit, SceneSplitConfig};
use emoji_world::{Answer, QuestionType, Scene, scene};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// Where the split's random numbers begin: every seed of training sees the same combinations.
const SPLIT_SEED: u64 = 3;

/// The number of what stands before a short question; words begin behind it.
pub const NOTHING: usize = 0;

static NUMBERS: LazyLock<HashMap<String, usize>> =
    LazyLock::new(|| vocabulary().into_iter().zip(NOTHING + 1..).collect());

static ANSWER_NUMBERS: LazyLock<HashMap<Answer, usize>> =
    LazyLock::new(|| Answer::all().into_iter().zip(0..).collect());

/// Which scenes training never shows.
pub fn split() -> SceneSplit {
    SceneSplit::new(&SceneSplitConfig::default(), SPLIT_SEED)
}

/// The numbers of a question's words.
///
/// # Errors
///
/// If it has none, or one that no question about scenes has.
pub fn numbers(question: &str) -> Result<Vec<usize>, Error> {
    let words = tokens(question);
    if words.is_empty() {
        return Err(Error::NoWords { question: question.to_owned() });
    }
    let number = |word: &String| {
        NUMBERS
            .get(word)
            .copied()
            .ok_or_else(|| Error::UnknownWord { word: word.clone(), question: question.to_owned() })
    };
    words.iter().map(number).collect()
}

/// The number of an answer among all of them.
pub fn answer_number(answer: Answer) -> usize {
    ANSWER_NUMBERS[&answer]
}

/// Questions and their pictures, as the networks get them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Questions × 56 × 56 × 3 numbers from 0 to 1.
    pub pixels: Vec<f32>,
    /// Questions × `steps` numbers of words; shorter ones have [`NOTHING`] before them.
    pub words: Vec<usize>,
    /// Words of the longest question.
    pub steps: usize,
    /// The numbers of the right answers.
    pub answers: Vec<usize>,
}

impl Batch {
    /// Examples, whose words are known.
    pub fn of(examples: &[Example]) -> Self {
        let questions = examples.iter().map(|example| {
            numbers(&example.question.text).expect("the vocabulary has every word of these questions")
        });
        let answers = examples.iter().map(|example| answer_number(example.question.answer)).collect();
        let mut batch = Self::new(Vec::new(), &questions.collect::<Vec<_>>(), answers);
        batch.show(examples.iter().map(|example| &example.scene));
        batch
    }

    /// Pixels of pictures, and as many questions.
    pub fn new(pixels: Vec<f32>, questions: &[Vec<usize>], answers: Vec<usize>) -> Self {
        let steps = questions.iter().map(Vec::len).max().unwrap_or_default();
        let padded = questions
            .iter()
            .flat_map(|words| std::iter::repeat_n(NOTHING, steps - words.len()).chain(words.iter().copied()));
        Self { pixels, words: padded.collect(), steps, answers }
    }

    /// Takes the pictures of other scenes.
    pub fn show<'a>(&mut self, scenes: impl Iterator<Item = &'a Scene>) {
        self.pixels = scene::render_all(&scenes.cloned().collect::<Vec<_>>());
    }

    /// Questions.
    pub fn count(&self) -> usize {
        self.words.len() / self.steps.max(1)
    }
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

impl Drawn {
    /// Those of training, with balanced answers.
    pub const TRAINING: Self =
        Self { part: Part::Training, phrasings: Phrasings::Seen, skew: 0.0, types: &QuestionType::ALL };

    /// Those of the test, with balanced answers: new scenes in known words.
    pub const TEST: Self = Self { part: Part::Test, ..Self::TRAINING };
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
    let Drawn { part, phrasings, skew, types } = drawn;
    let config = QuestionConfig { types: types.to_vec(), phrasings, skew, ..QuestionConfig::default() };
    let example = |place| Ok(config.example(Some((split, part)), seed, place)?);
    range.into_par_iter().map(example).collect()
}

/// The same question about the same picture with its two nouns exchanged, where that changes the answer: *is the cat
/// left of the dog?* beside *is the dog left of the cat?*
pub fn twin(example: &Example) -> Option<Example> {
    let meaning = match example.question.meaning {
        Meaning::IsRelated(a, relation, b) => Meaning::IsRelated(b, relation, a),
        Meaning::AreThereMore(a, b) => Meaning::AreThereMore(b, a),
        _ => return None,
    };
    let question = Question::new(meaning, example.question.phrasing, &example.scene)?;
    (question.answer != example.question.answer).then(|| Example { question, ..example.clone() })
}

/// The first `count` of some examples with the twin of each that has one before it.
pub fn with_twins(examples: Vec<Example>, count: usize) -> Vec<Example> {
    let all = examples.into_iter().flat_map(|example| [twin(&example), Some(example)]);
    all.flatten().take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ANSWERS, WORDS};

    #[test]
    fn every_word_and_answer_has_its_number() {
        assert_eq!(vocabulary().len() + 1, WORDS);
        assert_eq!(Answer::all().len(), ANSWERS);
        for (place, answer) in Answer::all().into_iter().enumerate() {
            assert_eq!(answer_number(answer), place);
        }
    }

    #[test]
    fn short_questions_get_nothing_before_them() {
        let questions = [numbers("is there a dog?").unwrap(), numbers("What is it?").unwrap()];
        let batch = Batch::new(vec![], &questions, vec![]);
        assert_eq!((batch.steps, batch.count()), (4, 2));
        assert_eq!(batch.words[4], NOTHING);
        assert_eq!(batch.words[5..], questions[1]);
        assert!(!questions.concat().contains(&NOTHING));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let error = numbers("is there a unicorn?").unwrap_err().to_string();
        assert!(error.contains("unicorn"), "{error}");
        assert!(numbers(" ?!").unwrap_err().to_string().contains("no word"));
    }

    #[test]
    fn twins_have_the_same_picture_and_another_answer() {
        let asked = examples(&split(), Drawn::TRAINING, 1, 0..200).unwrap();
        let twins: Vec<_> = asked.iter().filter_map(|one| Some((one, twin(one)?))).collect();
        assert!(twins.len() > 30, "{}", twins.len());
        for (one, twin) in twins {
            assert_eq!(one.scene, twin.scene);
            let both = (one.question.answer, twin.question.answer);
            assert!(matches!(both, (Answer::Truth(a), Answer::Truth(b)) if a != b), "{both:?}");
        }
        let all = with_twins(asked.clone(), 200);
        assert_eq!(all.len(), 200);
        assert!(all.contains(&asked[0]) && !all.contains(&asked[199]));
    }

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
    }
}
