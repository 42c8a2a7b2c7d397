//! Drawing scenes and questions together, so that the answers are distributed as wanted.
//!
//! The answer is drawn first, then a scene that has it: so no answer is likelier than another of its
//! type, whatever the question names (why that matters: Goyal, Khot, Summers-Stay, Batra and Parikh,
//! "Making the V in VQA Matter", 2017, arXiv:1612.00837). Or one is, on purpose: see
//! [`QuestionConfig::skew`].

use super::{Answer, Meaning, PHRASINGS, Question, QuestionType};
use crate::scene::draw_kind;
use crate::split::{Part, SceneSplit};
use crate::{Colour, Error, Kind, Relation, Scene, SceneConfig, rng};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt};
use rayon::prelude::*;

/// Scenes that are drawn for one meaning and answer.
const SCENES: usize = 60;

/// Meanings that are drawn for one type and answer.
const MEANINGS: usize = 60;

/// Answers that are drawn for one type, and types for one example.
const RESTARTS: usize = 12;

/// Answers that are drawn, until the part of the split can have one.
const ANSWERS: usize = 1_000;

/// Which phrasings are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phrasings {
    /// All four.
    All,
    /// All but the last: for training, where the last is held out.
    Seen,
    /// The last alone.
    HeldOut,
}

impl Phrasings {
    fn range(self) -> std::ops::Range<usize> {
        match self {
            Self::All => 0..PHRASINGS,
            Self::Seen => 0..PHRASINGS - 1,
            Self::HeldOut => PHRASINGS - 1..PHRASINGS,
        }
    }
}

/// How scenes and questions are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionConfig {
    /// The scenes. `objects` and `repeats` are not used: the question decides. Default as for scenes.
    pub scenes: SceneConfig,
    /// The types of questions, each as likely as another. Default all eight.
    pub types: Vec<QuestionType>,
    /// The ways to ask. Default all.
    pub phrasings: Phrasings,
    /// Most objects of a scene, and the largest count, at most [`Answer::MOST`]. Default 5.
    pub most_objects: usize,
    /// How unbalanced the answers are, from 0 to 1. 0, the default: each answer of a type is as likely as
    /// another, and independent of what the question names. Above: how probable it is that the answer is
    /// the one that goes with the question's type and first noun, rather than a balanced one.
    pub skew: f32,
}

impl Default for QuestionConfig {
    fn default() -> Self {
        Self {
            scenes: SceneConfig::default(),
            types: QuestionType::ALL.to_vec(),
            phrasings: Phrasings::All,
            most_objects: 5,
            skew: 0.0,
        }
    }
}

/// A scene and a question about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The scene.
    pub scene: Scene,
    /// The question, with its answer.
    pub question: Question,
}

/// Objects that a scene must have, and how many it has in all.
struct Wanted {
    contents: Vec<(Kind, Option<Colour>)>,
    total: usize,
    /// Kinds that no further object may have.
    without: Vec<Kind>,
}

impl QuestionConfig {
    /// Example number `index` of all that are drawn with this seed, about a scene of this part of a
    /// split, or about any scene.
    ///
    /// Of [`Part::HeldOutColour`], questions for a colour ask for a held-out one. Answers that no scene of
    /// a part has do not occur: in [`Part::HeldOutPair`] two objects are never of the same kind, nothing is
    /// alone, and not all of the most objects are alike; what is alone in [`Part::HeldOutColour`] is a shape.
    /// The others are balanced.
    ///
    /// # Errors
    /// Where no such scene and question were found ([`Error::NoSuchQuestion`]).
    ///
    /// # Panics
    /// As [`Scene::sample`]; and where there are no types, or fewer than two objects are allowed, or more
    /// than [`Answer::MOST`].
    pub fn example(
        &self,
        part: Option<(&SceneSplit, Part)>,
        seed: u64,
        index: u64,
    ) -> Result<Example, Error> {
        let range = 2..=usize::from(Answer::MOST);
        assert!(range.contains(&self.most_objects), "from 2 to {} objects", Answer::MOST);
        assert!(!self.types.is_empty(), "no types of questions to draw from");
        let mut rng = rng(seed, index);
        for _ in 0..RESTARTS {
            let question_type = *self.types.choose(&mut rng).expect("not empty");
            if question_type == QuestionType::WhatColour && self.scenes.shapes <= 0.0 {
                continue;
            }
            for _ in 0..RESTARTS {
                let mut drawn = (0..ANSWERS).map(|_| self.draw_answer(question_type, &mut rng));
                let Some(balanced) = drawn.find(|answer| self.is_possible(question_type, *answer, part))
                else {
                    break;
                };
                for _ in 0..MEANINGS {
                    if let Some(example) = self.try_once(question_type, balanced, part, &mut rng) {
                        return Ok(example);
                    }
                }
            }
        }
        Err(Error::NoSuchQuestion { seed, index })
    }

    /// Examples 0 to `count`, drawn on all cores.
    ///
    /// # Errors
    /// As [`QuestionConfig::example`].
    ///
    /// # Panics
    /// As [`QuestionConfig::example`].
    ///
    /// ```
    /// use emoji_world::question::{QuestionConfig, answer};
    ///
    /// let examples = QuestionConfig::default().examples(None, 1, 100)?;
    /// let first = &examples[0];
    /// assert_eq!(answer(&first.question.text, &first.scene)?, first.question.answer);
    /// # Ok::<(), emoji_world::Error>(())
    /// ```
    pub fn examples(
        &self,
        part: Option<(&SceneSplit, Part)>,
        seed: u64,
        count: usize,
    ) -> Result<Vec<Example>, Error> {
        (0..count).into_par_iter().map(|index| self.example(part, seed, index as u64)).collect()
    }

    /// The answer that a question is skewed to, a *language prior* (Goyal et al. 2017): which one depends
    /// on the question's type and first noun alone, so that the question gives it away without the picture.
    fn language_prior(&self, question_type: QuestionType, noun: Option<Kind>) -> Answer {
        let place = noun.map_or(0, |noun| noun.index() as u64 + 1);
        let mut rng = rng(question_type as u64, place);
        self.draw_answer(question_type, &mut rng)
    }

    /// A balanced answer to a question of this type.
    fn draw_answer(&self, question_type: QuestionType, rng: &mut impl Rng) -> Answer {
        match question_type {
            QuestionType::WhatColour => {
                Answer::Colour(*self.scenes.colours.choose(rng).expect("there are colours"))
            }
            QuestionType::WhatIsIt | QuestionType::WhatIsRelated => Answer::Kind(self.draw_any_kind(rng)),
            QuestionType::HowMany => Answer::Number(rng.random_range(0..=self.most_objects as u8)),
            _ => Answer::Truth(rng.random()),
        }
    }

    /// Whether scenes of the part can have this answer to a question of this type, as far as the answer
    /// alone tells. Only saves looking for what is not there.
    fn is_possible(
        &self,
        question_type: QuestionType,
        answer: Answer,
        part: Option<(&SceneSplit, Part)>,
    ) -> bool {
        match (part, question_type, answer) {
            // Two objects of different kinds are in every such scene.
            (Some((_, Part::HeldOutPair)), QuestionType::WhatIsIt, _)
            | (Some((_, Part::HeldOutPair)), QuestionType::SameKind, Answer::Truth(true)) => false,
            (Some((_, Part::HeldOutPair)), QuestionType::HowMany, Answer::Number(count)) => {
                usize::from(count) < self.most_objects
            }
            (Some((split, Part::HeldOutColour)), QuestionType::WhatIsIt, Answer::Kind(kind)) => {
                split.held_out_colours().any(|(_, shape)| shape == kind)
            }
            _ => true,
        }
    }

    /// A kind that the scenes may have, each as likely as another.
    fn draw_any_kind(&self, rng: &mut impl Rng) -> Kind {
        let things = if self.scenes.shapes < 1.0 { self.scenes.things.len() } else { 0 };
        let shapes = if self.scenes.shapes > 0.0 { Kind::shapes().len() } else { 0 };
        let place = rng.random_range(0..things + shapes);
        match self.scenes.things[..things].get(place) {
            Some(kind) => *kind,
            None => Kind::shapes().nth(place - things).expect("within the range"),
        }
    }

    /// This kind, in a random colour where it has one.
    fn coloured(&self, kind: Kind, rng: &mut impl Rng) -> (Kind, Option<Colour>) {
        (kind, kind.is_shape().then(|| *self.scenes.colours.choose(rng).expect("there are colours")))
    }

    /// Draws a meaning and scenes until one has the answer and is of the part.
    fn try_once(
        &self,
        question_type: QuestionType,
        balanced: Answer,
        part: Option<(&SceneSplit, Part)>,
        rng: &mut impl Rng,
    ) -> Option<Example> {
        let nouns = [self.draw_kind(rng), self.draw_kind(rng)];
        let first = match question_type {
            QuestionType::WhatIsIt | QuestionType::SameKind => None,
            QuestionType::WhatColour => Kind::shapes().nth(rng.random_range(0..Kind::shapes().len())),
            _ => Some(nouns[0].0),
        };
        let answer = if rng.random::<f32>() < self.skew {
            self.language_prior(question_type, first)
        } else {
            balanced
        };
        let meaning = self.draw_meaning(question_type, first, nouns, rng)?;
        // The same for the answer and the meaning together.
        let possible = match (part, meaning, answer) {
            (Some((split, Part::HeldOutColour)), Meaning::WhatColour(shape), Answer::Colour(colour)) => {
                split.is_held_out_colour(colour, shape)
            }
            (Some((_, Part::HeldOutColour)), Meaning::HowMany(kind), Answer::Number(count)) => {
                kind.is_shape() || usize::from(count) < self.most_objects
            }
            _ => self.is_possible(question_type, answer, part),
        };
        if !possible {
            return None;
        }
        for _ in 0..SCENES {
            let mut wanted = self.wanted(meaning, answer, rng)?;
            let further = wanted.total.saturating_sub(wanted.contents.len());
            for _ in 0..further {
                // A further object that would change the answer is drawn again, and a few times at most.
                let drawn = (0..20)
                    .map(|_| draw_kind(&self.scenes, rng))
                    .find(|(kind, _)| !wanted.without.contains(kind));
                wanted.contents.extend(drawn);
            }
            wanted.contents.shuffle(rng);
            let scene = Scene::with(&self.scenes, &wanted.contents, rng);
            if part.is_some_and(|(split, part)| split.part_of(&scene) != part) {
                continue;
            }
            let phrasing = rng.random_range(self.phrasings.range());
            match Question::new(meaning, phrasing, &scene) {
                Some(question) if question.answer == answer => return Some(Example { scene, question }),
                _ => {}
            }
        }
        None
    }

    fn draw_kind(&self, rng: &mut impl Rng) -> (Kind, Option<Colour>) {
        self.coloured(self.draw_any_kind(rng), rng)
    }

    fn draw_meaning(
        &self,
        question_type: QuestionType,
        first: Option<Kind>,
        nouns: [(Kind, Option<Colour>); 2],
        rng: &mut impl Rng,
    ) -> Option<Meaning> {
        let relation = *Relation::ALL.choose(rng).expect("there are relations");
        let second = nouns[1].0;
        Some(match question_type {
            QuestionType::WhatIsIt => Meaning::WhatIsIt,
            QuestionType::SameKind => Meaning::SameKind,
            QuestionType::WhatColour => Meaning::WhatColour(first?),
            // Half of the questions for a shape are for one of a colour.
            QuestionType::IsThere => Meaning::IsThere(first?, nouns[0].1.filter(|_| rng.random())),
            QuestionType::HowMany => Meaning::HowMany(first?),
            QuestionType::WhatIsRelated => Meaning::WhatIsRelated(relation, first?),
            _ if first == Some(second) => return None,
            QuestionType::IsRelated => Meaning::IsRelated(first?, relation, second),
            QuestionType::AreThereMore => Meaning::AreThereMore(first?, second),
        })
    }

    /// What a scene must have for this answer; `None` where no scene has it. Where things lie is left to
    /// chance.
    fn wanted(&self, meaning: Meaning, answer: Answer, rng: &mut impl Rng) -> Option<Wanted> {
        let most = self.most_objects;
        let few = most.min(3);
        let only = |contents: Vec<(Kind, Option<Colour>)>| {
            let total = contents.len();
            Wanted { contents, total, without: Vec::new() }
        };
        Some(match (meaning, answer) {
            (Meaning::WhatIsIt, Answer::Kind(kind)) => only(vec![self.coloured(kind, rng)]),
            (Meaning::SameKind, Answer::Truth(same)) => {
                let first = self.draw_kind(rng);
                let second = if same { self.coloured(first.0, rng) } else { self.draw_kind(rng) };
                only(vec![first, second])
            }
            (Meaning::WhatColour(shape), Answer::Colour(colour)) => Wanted {
                contents: vec![(shape, Some(colour))],
                total: rng.random_range(1..=few),
                without: vec![shape],
            },
            (Meaning::IsThere(kind, colour), Answer::Truth(there)) => {
                let total = rng.random_range(1..=few);
                let this = (kind, colour.or_else(|| self.coloured(kind, rng).1));
                let contents = if there { vec![this] } else { Vec::new() };
                // "No" to a shape of a colour: half of the time it is there in another colour.
                let without = if there || colour.is_some() && rng.random() { Vec::new() } else { vec![kind] };
                let other = (!there && without.is_empty()).then(|| self.coloured(kind, rng));
                Wanted { contents: contents.into_iter().chain(other).collect(), total, without }
            }
            (Meaning::HowMany(kind), Answer::Number(count)) => {
                let contents = (0..count).map(|_| self.coloured(kind, rng)).collect();
                let total = rng.random_range(usize::from(count.max(1))..=most);
                Wanted { contents, total, without: vec![kind] }
            }
            (Meaning::IsRelated(a, _, b), Answer::Truth(_)) => Wanted {
                contents: vec![self.coloured(a, rng), self.coloured(b, rng)],
                total: rng.random_range(2..=few),
                without: vec![a, b],
            },
            (Meaning::WhatIsRelated(_, named), Answer::Kind(other)) => {
                if named == other {
                    return None;
                }
                Wanted {
                    contents: vec![self.coloured(named, rng), self.coloured(other, rng)],
                    total: rng.random_range(2..=few),
                    without: vec![named],
                }
            }
            (Meaning::AreThereMore(a, b), Answer::Truth(more)) => {
                let pairs = (0..=most).flat_map(|m| (0..=most - m).map(move |n| (m, n)));
                let fits = pairs.filter(|(m, n)| m + n > 0 && (m > n) == more).collect::<Vec<_>>();
                let &(m, n) = fits.choose(rng)?;
                let firsts = (0..m).map(|_| self.coloured(a, rng)).collect::<Vec<_>>();
                let seconds = (0..n).map(|_| self.coloured(b, rng)).collect::<Vec<_>>();
                let total = rng.random_range(m + n..=most);
                Wanted { contents: [firsts, seconds].concat(), total, without: vec![a, b] }
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::answer;
    use crate::split::SceneSplitConfig;
    use std::collections::HashMap;

    /// The largest share that one answer has among all examples of a type.
    fn majorities(examples: &[Example]) -> HashMap<QuestionType, f64> {
        let mut counts: HashMap<QuestionType, HashMap<Answer, usize>> = HashMap::new();
        for Example { question, .. } in examples {
            *counts
                .entry(question.meaning.question_type())
                .or_default()
                .entry(question.answer)
                .or_default() += 1;
        }
        let share = |answers: HashMap<Answer, usize>| {
            *answers.values().max().unwrap_or(&0) as f64 / answers.values().sum::<usize>() as f64
        };
        counts.into_iter().map(|(kind, answers)| (kind, share(answers))).collect()
    }

    /// How often the answer that is commonest for the words of a question is right: the best that can be
    /// had of one half of the examples without the pictures, measured on the other half.
    fn blind_accuracy(examples: &[Example], kind: QuestionType) -> f64 {
        let of_kind: Vec<&Example> =
            examples.iter().filter(|e| e.question.meaning.question_type() == kind).collect();
        let (seen, asked) = of_kind.split_at(of_kind.len() / 2);
        let mut counts: HashMap<Option<Kind>, HashMap<Answer, usize>> = HashMap::new();
        let noun =
            |e: &Example| crate::sentence::tokens(&e.question.text).iter().find_map(|w| Kind::named(w));
        for example in seen {
            *counts.entry(noun(example)).or_default().entry(example.question.answer).or_default() += 1;
        }
        let right = asked.iter().filter(|example| {
            let known = counts.get(&noun(example));
            let guess = known.and_then(|answers| answers.iter().max_by_key(|(a, n)| (**n, **a)));
            guess.is_some_and(|(answer, _)| *answer == example.question.answer)
        });
        right.count() as f64 / asked.len() as f64
    }

    #[test]
    fn balanced_answers_are_balanced() {
        let examples = QuestionConfig::default().examples(None, 1, 16_000).unwrap();
        let majorities = majorities(&examples);
        for kind in QuestionType::ALL {
            let answers = match kind {
                QuestionType::WhatIsIt | QuestionType::WhatIsRelated => 46.0,
                QuestionType::WhatColour => 9.0,
                QuestionType::HowMany => 6.0,
                _ => 2.0,
            };
            let majority = majorities[&kind];
            assert!(majority < 1.0 / answers + 0.03, "{kind:?}: {majority}");
            let blind = blind_accuracy(&examples, kind);
            assert!(blind < 1.0 / answers + 0.05, "{kind:?}: {blind} without looking");
        }
    }

    #[test]
    fn answers_are_balanced_in_every_part_as_far_as_it_has_them() {
        let split = SceneSplit::new(&SceneSplitConfig::default(), 4);
        for part in [Part::Training, Part::Test, Part::HeldOutPair, Part::HeldOutColour] {
            let examples = QuestionConfig::default().examples(Some((&split, part)), 1, 8_000).unwrap();
            let majorities = majorities(&examples);
            for kind in QuestionType::ALL {
                let answers = match (kind, part) {
                    (QuestionType::WhatIsIt, Part::HeldOutPair) => {
                        assert!(!majorities.contains_key(&kind));
                        continue;
                    }
                    (QuestionType::SameKind, Part::HeldOutPair) => 1.0,
                    (QuestionType::HowMany, Part::HeldOutPair) => 5.0,
                    (QuestionType::WhatColour, Part::HeldOutColour) => 5.0,
                    (QuestionType::WhatIsIt, Part::HeldOutColour) => 3.0,
                    (QuestionType::WhatIsIt | QuestionType::WhatIsRelated, _) => 40.0,
                    (QuestionType::WhatColour, _) => 9.0,
                    (QuestionType::HowMany, _) => 6.0,
                    _ => 2.0,
                };
                let (majority, even) = (majorities[&kind], 1.0 / answers);
                assert!((even - 0.01..even + 0.06).contains(&majority), "{part:?} {kind:?}: {majority}");
                let of_kind = examples.iter().filter(|e| e.question.meaning.question_type() == kind);
                assert!(of_kind.count() >= 800, "{part:?} {kind:?}");
            }
        }
    }

    #[test]
    fn unbalanced_answers_can_be_guessed_from_the_question() {
        let config = QuestionConfig { skew: 0.7, ..QuestionConfig::default() };
        let examples = config.examples(None, 1, 16_000).unwrap();
        for kind in QuestionType::ALL {
            let blind = blind_accuracy(&examples, kind);
            assert!(blind > 0.6, "{kind:?}: {blind} without looking");
        }
    }

    #[test]
    fn examples_are_true_follow_from_the_seed_and_are_of_their_part() {
        let split = SceneSplit::new(&SceneSplitConfig::default(), 2);
        for part in Part::ALL {
            for (skew, phrasings) in [(0.0, Phrasings::Seen), (0.7, Phrasings::HeldOut)] {
                let config = QuestionConfig { skew, phrasings, ..QuestionConfig::default() };
                let examples = config.examples(Some((&split, part)), 3, 150).unwrap();
                assert_eq!(examples, config.examples(Some((&split, part)), 3, 150).unwrap());
                for Example { scene, question } in &examples {
                    assert_eq!(answer(&question.text, scene).unwrap(), question.answer);
                    assert_eq!(split.part_of(scene), part);
                    assert_eq!(question.phrasing == PHRASINGS - 1, phrasings == Phrasings::HeldOut);
                    assert!(question.about.iter().all(|i| *i < scene.objects.len()));
                    if let (Part::HeldOutColour, Meaning::WhatColour(shape), Answer::Colour(colour)) =
                        (part, question.meaning, question.answer)
                    {
                        assert!(split.is_held_out_colour(colour, shape));
                    }
                }
            }
        }
    }

    #[test]
    fn every_type_is_as_likely_as_another() {
        let examples = QuestionConfig::default().examples(None, 8, 4_000).unwrap();
        for kind in QuestionType::ALL {
            let count = examples.iter().filter(|e| e.question.meaning.question_type() == kind).count();
            assert!((420..580).contains(&count), "{kind:?}: {count}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_an_error() {
        let config = QuestionConfig { types: vec![QuestionType::WhatIsIt], ..QuestionConfig::default() };
        let split = SceneSplit::new(&SceneSplitConfig::default(), 2);
        let error = config.example(Some((&split, Part::HeldOutPair)), 3, 4).unwrap_err().to_string();
        assert!(error.contains("seed 3, number 4"), "{error}");
    }
}
