//! Questions about scenes, and their answers.
//!
//! A question has a *meaning* ([`Meaning`]: is there a dog?), from which the answer follows, and a
//! *phrasing*, one of four ways to ask it. The last phrasing of each type has no word that the other
//! phrasings of all types do not have, so that it can be held out of training.
//!
//! [`QuestionConfig`] draws scenes and questions together, so that the answers are balanced, or unbalanced
//! on purpose. [`answer`] reads a question and looks at the scene; it shares no code with what writes them.
//!
//! Questions that a program makes from what it knows of a scene go back to CLEVR (Johnson et al. 2017,
//! arXiv:1612.06890).

mod answering;
mod sampling;

pub use answering::answer;
pub use sampling::{Example, Phrasings, QuestionConfig};

use crate::sentence::with_article;
use crate::{Colour, Kind, Object, Relation, Scene};
use std::fmt;

/// Ways to ask a question of each type.
pub const PHRASINGS: usize = 4;

/// The types of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuestionType {
    /// `what is it?`, of a single object.
    WhatIsIt,
    /// `what colour is the heart?`
    WhatColour,
    /// `is there a dog?`
    IsThere,
    /// `how many dogs are there?`
    HowMany,
    /// `is the dog left of the cat?`
    IsRelated,
    /// `what is left of the cat?`
    WhatIsRelated,
    /// `are there more dogs than cats?`
    AreThereMore,
    /// `are the two objects of the same kind?`
    SameKind,
}

impl QuestionType {
    /// All eight.
    pub const ALL: [Self; 8] = [
        Self::WhatIsIt,
        Self::WhatColour,
        Self::IsThere,
        Self::HowMany,
        Self::IsRelated,
        Self::WhatIsRelated,
        Self::AreThereMore,
        Self::SameKind,
    ];
}

/// What a question asks, whatever its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meaning {
    /// What is the single object?
    WhatIsIt,
    /// Which colour has the only shape of this kind?
    WhatColour(Kind),
    /// Is there an object of this kind and, where one is given, colour?
    IsThere(Kind, Option<Colour>),
    /// How many objects are of this kind?
    HowMany(Kind),
    /// Has the only object of the first kind this relation to the only one of the second?
    IsRelated(Kind, Relation, Kind),
    /// Which kind has the only object that has this relation to the only object of this kind?
    WhatIsRelated(Relation, Kind),
    /// Are there more objects of the first kind than of the second?
    AreThereMore(Kind, Kind),
    /// Are the two objects of the same kind?
    SameKind,
}

/// An answer, always one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    /// `yes` or `no`.
    Truth(bool),
    /// `0` to `5`.
    Number(u8),
    /// `red`.
    Colour(Colour),
    /// `dog`.
    Kind(Kind),
}

impl Answer {
    /// The largest number that is an answer.
    pub const MOST: u8 = 5;

    /// Every answer there is: yes and no, six numbers, nine colours, 46 kinds.
    pub fn all() -> Vec<Self> {
        let truths = [Self::Truth(false), Self::Truth(true)].into_iter();
        let numbers = (0..=Self::MOST).map(Self::Number);
        truths
            .chain(numbers)
            .chain(Colour::ALL.map(Self::Colour))
            .chain(Kind::all().map(Self::Kind))
            .collect()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truth(true) => f.write_str("yes"),
            Self::Truth(false) => f.write_str("no"),
            Self::Number(n) => write!(f, "{n}"),
            Self::Colour(colour) => write!(f, "{colour}"),
            Self::Kind(kind) => write!(f, "{kind}"),
        }
    }
}

/// A question with its answer for one scene.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// What it asks.
    pub meaning: Meaning,
    /// Which of the [`PHRASINGS`] ways it is asked in, counted from 0.
    pub phrasing: usize,
    /// Its words: `how many dogs are there?`
    pub text: String,
    /// Its answer.
    pub answer: Answer,
    /// The objects that the answer depends on, by their places in the scene: those that the question
    /// names, and that which is the answer. None for what is not there.
    pub about: Vec<usize>,
}

impl Question {
    /// A question about a scene; `None` where the scene gives it no clear answer.
    ///
    /// # Panics
    /// Where the phrasing is not below [`PHRASINGS`].
    pub fn new(meaning: Meaning, phrasing: usize, scene: &Scene) -> Option<Self> {
        let (answer, about) = meaning.answer(scene)?;
        Some(Self { meaning, phrasing, text: meaning.text(phrasing), answer, about })
    }
}

impl Meaning {
    /// The type of the question.
    pub fn question_type(self) -> QuestionType {
        match self {
            Self::WhatIsIt => QuestionType::WhatIsIt,
            Self::WhatColour(_) => QuestionType::WhatColour,
            Self::IsThere(..) => QuestionType::IsThere,
            Self::HowMany(_) => QuestionType::HowMany,
            Self::IsRelated(..) => QuestionType::IsRelated,
            Self::WhatIsRelated(..) => QuestionType::WhatIsRelated,
            Self::AreThereMore(..) => QuestionType::AreThereMore,
            Self::SameKind => QuestionType::SameKind,
        }
    }

    /// The words of the question.
    ///
    /// # Panics
    /// Where the phrasing is not below [`PHRASINGS`].
    ///
    /// ```
    /// use emoji_world::Kind;
    /// use emoji_world::question::Meaning;
    ///
    /// let owl = Kind::named("owl").unwrap();
    /// assert_eq!(Meaning::IsThere(owl, None).text(0), "is there an owl?");
    /// assert_eq!(Meaning::HowMany(owl).text(1), "how many owls can you see?");
    /// ```
    pub fn text(self, phrasing: usize) -> String {
        let pick = |texts: [String; PHRASINGS]| texts.into_iter().nth(phrasing);
        let text = match self {
            Self::WhatIsIt => pick([
                "what is it".into(),
                "what is this".into(),
                "what can you see".into(),
                "what can you see in the picture".into(),
            ]),
            Self::WhatColour(kind) => pick([
                format!("what colour is the {kind}"),
                format!("what is the colour of the {kind}"),
                format!("which colour does the {kind} have"),
                format!("what colour does the {kind} have"),
            ]),
            Self::IsThere(kind, colour) => {
                let thing = with_article(&match colour {
                    Some(colour) => format!("{colour} {kind}"),
                    None => kind.to_string(),
                });
                pick([
                    format!("is there {thing}"),
                    format!("can you see {thing}"),
                    format!("does the picture show {thing}"),
                    format!("is there {thing} in the picture"),
                ])
            }
            Self::HowMany(kind) => {
                let things = kind.plural();
                pick([
                    format!("how many {things} are there"),
                    format!("how many {things} can you see"),
                    format!("what is the number of {things} in the picture"),
                    format!("how many {things} does the picture show"),
                ])
            }
            Self::IsRelated(a, relation, b) => pick([
                format!("is the {a} {relation} the {b}"),
                format!("is the {a} somewhere {relation} the {b}"),
                format!("does the {a} lie {relation} the {b}"),
                format!("can you see the {a} {relation} the {b}"),
            ]),
            Self::WhatIsRelated(relation, kind) => pick([
                format!("what is {relation} the {kind}"),
                format!("which thing is {relation} the {kind}"),
                format!("what can you see {relation} the {kind}"),
                format!("which thing can you see {relation} the {kind}"),
            ]),
            Self::AreThereMore(a, b) => {
                let (a, b) = (a.plural(), b.plural());
                pick([
                    format!("are there more {a} than {b}"),
                    format!("can you see more {a} than {b}"),
                    format!("are there more {a} than {b} in the picture"),
                    format!("does the picture show more {a} than {b}"),
                ])
            }
            Self::SameKind => pick([
                "are the two objects of the same kind".into(),
                "are both things of the same kind".into(),
                "is the kind of both objects the same".into(),
                "are the two things of the same kind".into(),
            ]),
        };
        format!("{}?", text.unwrap_or_else(|| panic!("phrasing {phrasing} of {PHRASINGS}")))
    }

    /// The answer for a scene and the objects that it depends on; `None` where it has no clear answer.
    pub fn answer(self, scene: &Scene) -> Option<(Answer, Vec<usize>)> {
        let objects = &scene.objects;
        let which = |fits: &dyn Fn(&Object) -> bool| -> Vec<usize> {
            (0..objects.len()).filter(|i| fits(&objects[*i])).collect()
        };
        let of_kind = |kind: Kind| which(&|object| object.kind == kind);
        let only = |kind: Kind| match of_kind(kind)[..] {
            [one] => Some(one),
            _ => None,
        };
        let holds = |relation: Relation, a: usize, b: usize| {
            relation.holds(&objects[a].bounds, &objects[b].bounds, scene.side)
        };
        Some(match self {
            Self::WhatIsIt => match objects.as_slice() {
                [object] => (Answer::Kind(object.kind), vec![0]),
                _ => return None,
            },
            Self::WhatColour(kind) => {
                let shape = only(kind)?;
                (Answer::Colour(objects[shape].colour?), vec![shape])
            }
            Self::IsThere(kind, colour) => {
                let found =
                    which(&|object| object.kind == kind && (colour.is_none() || object.colour == colour));
                (Answer::Truth(!found.is_empty()), found)
            }
            Self::HowMany(kind) => {
                let found = of_kind(kind);
                let count = u8::try_from(found.len()).ok().filter(|count| *count <= Answer::MOST)?;
                (Answer::Number(count), found)
            }
            Self::IsRelated(a, relation, b) => {
                let (first, second) = (only(a)?, only(b)?);
                if first == second {
                    return None;
                }
                let truth = if holds(relation, first, second) {
                    true
                } else if holds(relation.inverse(), first, second) {
                    false
                } else {
                    return None;
                };
                (Answer::Truth(truth), vec![first, second])
            }
            Self::WhatIsRelated(relation, kind) => {
                let named = only(kind)?;
                let others = || (0..objects.len()).filter(|i| *i != named);
                let related: Vec<usize> = others().filter(|i| holds(relation, *i, named)).collect();
                // All others must be clearly on the other side.
                let clear =
                    others().all(|i| holds(relation, i, named) || holds(relation.inverse(), i, named));
                match related[..] {
                    [one] if clear => (Answer::Kind(objects[one].kind), vec![one, named]),
                    _ => return None,
                }
            }
            Self::AreThereMore(a, b) => {
                if a == b {
                    return None;
                }
                let (first, second) = (of_kind(a), of_kind(b));
                (Answer::Truth(first.len() > second.len()), [first, second].concat())
            }
            Self::SameKind => match objects.as_slice() {
                [a, b] => (Answer::Truth(a.kind == b.kind), vec![0, 1]),
                _ => return None,
            },
        })
    }
}

/// Every word that a question can have, in the order of the alphabet.
pub fn vocabulary() -> Vec<String> {
    let (dog, cat) =
        (Kind::all().next().expect("there are kinds"), Kind::all().nth(1).expect("there are kinds"));
    let mut meanings =
        vec![Meaning::WhatIsIt, Meaning::SameKind, Meaning::WhatColour(dog), Meaning::AreThereMore(dog, cat)];
    meanings.extend(Colour::ALL.map(|colour| Meaning::IsThere(dog, Some(colour))));
    meanings.extend(Kind::all().flat_map(|kind| [Meaning::IsThere(kind, None), Meaning::HowMany(kind)]));
    meanings.extend(Relation::ALL.map(|relation| Meaning::IsRelated(dog, relation, cat)));
    meanings.extend(Relation::ALL.map(|relation| Meaning::WhatIsRelated(relation, dog)));
    let texts = meanings.iter().flat_map(|meaning| (0..PHRASINGS).map(|phrasing| meaning.text(phrasing)));
    let mut words: Vec<String> = texts.flat_map(|text| crate::sentence::tokens(&text)).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SceneConfig;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// Every question that a scene gives a clear answer to, in this phrasing.
    ///
    /// Asks for the kinds that are there and, for `is there`, `how many` and `are there more`, one that is
    /// not: the first in [`Kind::all`] that is absent.
    fn questions_about(scene: &Scene, phrasing: usize) -> Vec<Question> {
        let mut kinds: Vec<Kind> = scene.objects.iter().map(|object| object.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let present = kinds.clone();
        kinds.extend(Kind::all().find(|kind| !present.contains(kind)));
        let mut meanings = vec![Meaning::WhatIsIt, Meaning::SameKind];
        for &kind in &kinds {
            meanings.extend([
                Meaning::WhatColour(kind),
                Meaning::IsThere(kind, None),
                Meaning::HowMany(kind),
            ]);
            if kind.is_shape() {
                meanings.extend(Colour::ALL.map(|colour| Meaning::IsThere(kind, Some(colour))));
            }
            for relation in Relation::ALL {
                meanings.push(Meaning::WhatIsRelated(relation, kind));
                meanings.extend(kinds.iter().map(|&other| Meaning::IsRelated(kind, relation, other)));
            }
            meanings.extend(kinds.iter().map(|&other| Meaning::AreThereMore(kind, other)));
        }
        meanings.into_iter().filter_map(|meaning| Question::new(meaning, phrasing, scene)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn answers_are_what_a_look_at_the_scene_says(seed: u64, most in 1..=5_usize, phrasing in 0..PHRASINGS) {
            let config = SceneConfig { objects: (1, most), repeats: 0.3, ..SceneConfig::default() };
            let scene = Scene::sample(&config, seed);
            let vocabulary = vocabulary();
            let questions = questions_about(&scene, phrasing);
            prop_assert!(questions.len() >= 5);
            for question in questions {
                let looked = answer(&question.text, &scene);
                prop_assert!(
                    looked.as_ref().is_ok_and(|looked| *looked == question.answer),
                    "{}: {} or {:?}? {:?}", question.text, question.answer, looked, scene
                );
                for word in crate::sentence::tokens(&question.text) {
                    prop_assert!(vocabulary.binary_search(&word).is_ok(), "{}", word);
                }
            }
        }
    }

    #[test]
    fn phrasings_differ_and_the_last_has_no_new_word() {
        let [dog, cat, heart] = ["dog", "cat", "heart"].map(|noun| Kind::named(noun).unwrap());
        let meanings = [
            Meaning::WhatIsIt,
            Meaning::WhatColour(heart),
            Meaning::IsThere(dog, None),
            Meaning::HowMany(dog),
            Meaning::IsRelated(dog, Relation::LeftOf, cat),
            Meaning::WhatIsRelated(Relation::LeftOf, cat),
            Meaning::AreThereMore(dog, cat),
            Meaning::SameKind,
        ];
        let texts: HashSet<String> =
            meanings.iter().flat_map(|m| (0..PHRASINGS).map(|phrasing| m.text(phrasing))).collect();
        assert_eq!(texts.len(), meanings.len() * PHRASINGS);
        let words = |phrasings: std::ops::Range<usize>| -> HashSet<String> {
            let texts = meanings.iter().flat_map(|m| phrasings.clone().map(|phrasing| m.text(phrasing)));
            texts.flat_map(|text| crate::sentence::tokens(&text)).collect()
        };
        let new: Vec<String> =
            words(PHRASINGS - 1..PHRASINGS).difference(&words(0..PHRASINGS - 1)).cloned().collect();
        assert!(new.is_empty(), "{new:?}");
        assert_eq!(QuestionType::ALL.to_vec(), meanings.map(Meaning::question_type));
    }

    #[test]
    fn answers_are_single_different_words() {
        let words: Vec<String> = Answer::all().iter().map(Answer::to_string).collect();
        assert_eq!(words.len(), 2 + 6 + 9 + 46);
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
        assert!(words.iter().all(|word| !word.contains(' ')));
    }
}
