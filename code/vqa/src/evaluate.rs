//! How good are the answers, for each type of question, and how much do they depend on the picture?

use crate::batch::{Batch, Pictures};
use crate::network::{Answerer, most_probable};
use crate::words::answer_number;
use crate::{ANSWERS, Error};
use emoji_world::question::Example;
use emoji_world::{Answer, QuestionType, Scene, scene};
use std::collections::BTreeMap;

/// Questions that are answered together outside training: what layers hold of each takes memory.
const AT_ONCE: usize = 250;

/// Shares of right answers, from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// Of all questions.
    pub overall: f64,
    /// Of the questions of each type.
    pub types: BTreeMap<QuestionType, f64>,
}

impl Accuracy {
    /// The shares of answers, by their numbers, that are right.
    pub fn of(examples: &[Example], answers: &[usize]) -> Self {
        let mut of_type: BTreeMap<QuestionType, (usize, usize)> = BTreeMap::new();
        for (example, answer) in examples.iter().zip(answers) {
            let (right, all) = of_type.entry(example.question.meaning.question_type()).or_default();
            *right += usize::from(*answer == answer_number(example.question.answer));
            *all += 1;
        }
        let right: usize = of_type.values().map(|(right, _)| right).sum();
        let share = |right: usize, all: usize| right as f64 / all.max(1) as f64;
        Self {
            overall: share(right, examples.len()),
            types: of_type.into_iter().map(|(kind, (right, all))| (kind, share(right, all))).collect(),
        }
    }
}

/// Which picture a question is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Its own.
    Own,
    /// That of another question of the same type.
    Swapped,
    /// A grey one.
    Blank,
}

/// The numbers of a network's answers to questions.
pub fn answers(network: &mut dyn Answerer, examples: &[Example], shown: Shown) -> Vec<usize> {
    let swapped = swapped(examples);
    let mut answers = Vec::with_capacity(examples.len());
    for start in (0..examples.len()).step_by(AT_ONCE) {
        let part = start..examples.len().min(start + AT_ONCE);
        let shown_to = |i: usize| if shown == Shown::Swapped { swapped[i] } else { i };
        let scenes: Vec<Scene> = part.clone().map(|i| examples[shown_to(i)].scene.clone()).collect();
        let mut pixels = scene::render_all(&scenes);
        if shown == Shown::Blank {
            pixels.fill(0.5);
        }
        let of = (0..part.len()).collect();
        let batch = Batch::about(examples[part].iter(), Pictures::Pixels(pixels), of);
        answers.extend(most_probable(&network.probabilities(&batch), ANSWERS));
    }
    answers
}

/// For each question the place of the next one of the same type; after the last of a type comes its first.
fn swapped(examples: &[Example]) -> Vec<usize> {
    let mut places: BTreeMap<QuestionType, Vec<usize>> = BTreeMap::new();
    for (place, example) in examples.iter().enumerate() {
        places.entry(example.question.meaning.question_type()).or_default().push(place);
    }
    let mut swapped = vec![0; examples.len()];
    for places in places.values() {
        let next = places.iter().cycle().skip(1);
        places.iter().zip(next).for_each(|(place, next)| swapped[*place] = *next);
    }
    swapped
}

/// The answer that is commonest for each type of question, learned from some examples and used for others: what an
/// answer is worth that looks at neither.
///
/// # Errors
///
/// If the others have a type that is not among the first.
pub fn majority(seen: &[Example], asked: &[Example]) -> Result<Accuracy, Error> {
    let mut counts: BTreeMap<QuestionType, BTreeMap<Answer, usize>> = BTreeMap::new();
    for Example { question, .. } in seen {
        *counts.entry(question.meaning.question_type()).or_default().entry(question.answer).or_default() += 1;
    }
    let commonest = |example: &Example| {
        let kind = example.question.meaning.question_type();
        let answers = counts.get(&kind).ok_or(Error::NoSuchType { kind })?;
        let (answer, _) =
            answers.iter().max_by_key(|(_, count)| **count).ok_or(Error::NoSuchType { kind })?;
        Ok(answer_number(*answer))
    };
    let answers: Vec<usize> = asked.iter().map(commonest).collect::<Result<_, Error>>()?;
    Ok(Accuracy::of(asked, &answers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eye::Eye;
    use crate::network::Network;
    use crate::questions::{Drawn, examples, split};

    fn asked() -> Vec<Example> {
        examples(&split(), Drawn::TEST, 5, 0..120).unwrap()
    }

    #[test]
    fn right_answers_are_counted_by_type() {
        let asked = asked();
        let mut right: Vec<usize> = asked.iter().map(|one| answer_number(one.question.answer)).collect();
        let all = Accuracy::of(&asked, &right);
        assert!(all.overall == 1.0 && all.types.values().all(|share| *share == 1.0));
        assert_eq!(all.types.len(), QuestionType::ALL.len());
        right[0] += 1;
        let kind = asked[0].question.meaning.question_type();
        let of_kind = asked.iter().filter(|one| one.question.meaning.question_type() == kind).count() as f64;
        let found = Accuracy::of(&asked, &right);
        assert_eq!(found.types[&kind], (of_kind - 1.0) / of_kind);
        assert!((found.overall - 119.0 / 120.0).abs() < 1e-12);
        assert_eq!(Accuracy::of(&[], &[]).overall, 0.0);
    }

    #[test]
    fn every_question_gets_the_picture_of_another_of_its_type() {
        let asked = asked();
        let mut taken = swapped(&asked);
        for (place, other) in taken.iter().enumerate() {
            assert_ne!(place, *other);
            let kind = |place: usize| asked[place].question.meaning.question_type();
            assert_eq!(kind(place), kind(*other));
        }
        taken.sort_unstable();
        assert_eq!(taken, (0..120).collect::<Vec<_>>());
    }

    #[test]
    fn the_commonest_answer_is_learned_from_some_and_used_for_others() {
        let asked = asked();
        let found = majority(&asked, &asked).unwrap();
        assert!((0.15..0.5).contains(&found.overall), "{found:?}");
        assert!(found.types[&QuestionType::IsThere] >= 0.5);
        let error = majority(&[], &asked).unwrap_err().to_string();
        assert!(error.contains("give more examples"), "{error}");
    }

    #[test]
    fn what_is_blank_is_the_same_for_all() {
        let mut deaf: Network<crate::fused::PictureOnly> = Network::behind(Eye::fresh(1), 1);
        let asked = asked();
        let answers = answers(&mut deaf, &asked, Shown::Blank);
        assert_eq!(answers.len(), 120);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }
}
