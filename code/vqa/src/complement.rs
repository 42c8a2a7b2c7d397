//! Complementary questions: about the same picture, in nearly the same words, with another answer.
//!
//! Goyal et al. (2017, arXiv:1612.00837) ask each question about two pictures that look alike and give different
//! answers, so that the words alone do not tell. Here one picture gets two questions. What differs between the two is
//! what the network has to learn.

use emoji_world::question::{Example, Meaning, Question};
use emoji_world::{Answer, Colour, Kind, Relation, Scene};
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, RngExt};

// ANCHOR: complement
/// A question of the same type about the same picture whose answer is another one, if there is one.
pub fn complement(example: &Example, rng: &mut impl Rng) -> Option<Example> {
    let Example { scene, question } = example;
    let meaning = match question.meaning {
        // Is there a dog? Is there a cat?
        Meaning::IsThere(_, None) => Meaning::IsThere(kind(scene, question.answer == NO, rng)?, None),
        // Is there a red heart? Is there a blue heart?
        Meaning::IsThere(shape, Some(_)) => Meaning::IsThere(shape, Some(*Colour::ALL.choose(rng)?)),
        Meaning::WhatColour(_) => Meaning::WhatColour(Kind::shapes().choose(rng)?),
        // Is the dog left of the cat? Is the cat left of the dog? Is the dog right of the cat?
        Meaning::IsRelated(a, relation, b) if rng.random() => Meaning::IsRelated(a, relation.inverse(), b),
        Meaning::IsRelated(a, relation, b) => Meaning::IsRelated(b, relation, a),
        // What is left of the cat? What is above the dog?
        Meaning::WhatIsRelated(..) => {
            Meaning::WhatIsRelated(*Relation::ALL.choose(rng)?, kind(scene, true, rng)?)
        }
        Meaning::AreThereMore(a, b) => Meaning::AreThereMore(b, a),
        // How many dogs are there? How many cats are there?
        Meaning::HowMany(_) => Meaning::HowMany(kind(scene, true, rng)?),
        Meaning::WhatIsIt | Meaning::SameKind => return None,
    };
    let question = Question::new(meaning, question.phrasing, scene)?;
    (question.answer != example.question.answer).then(|| Example { question, scene: scene.clone() })
}
// ANCHOR_END: complement

const NO: Answer = Answer::Truth(false);

/// A kind that is in the scene, or one that is not.
fn kind(scene: &Scene, there: bool, rng: &mut impl Rng) -> Option<Kind> {
    let is_there = |kind: &Kind| scene.objects.iter().any(|object| object.kind == *kind);
    Kind::all().filter(|kind| is_there(kind) == there).choose(rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::{Drawn, examples, split};
    use emoji_world::QuestionType;
    use std::collections::HashMap;

    #[test]
    fn a_complement_has_the_same_picture_and_type_and_another_answer() {
        let asked = examples(&split(), Drawn::TRAINING, 1, 0..800).unwrap();
        let mut found: HashMap<QuestionType, usize> = HashMap::new();
        for (place, one) in asked.iter().enumerate() {
            let Some(other) = complement(one, &mut emoji_world::rng(1, place as u64)) else { continue };
            assert_eq!(one.scene, other.scene);
            assert_ne!(one.question.answer, other.question.answer);
            let kind = other.question.meaning.question_type();
            assert_eq!(kind, one.question.meaning.question_type());
            let looked = emoji_world::question::answer(&other.question.text, &other.scene);
            assert_eq!(looked.unwrap(), other.question.answer);
            *found.entry(kind).or_default() += 1;
        }
        for kind in [
            QuestionType::IsThere,
            QuestionType::HowMany,
            QuestionType::IsRelated,
            QuestionType::AreThereMore,
        ] {
            assert!(found[&kind] > 40, "{found:?}");
        }
        assert!(!found.contains_key(&QuestionType::SameKind));
    }
}
