//! Arithmetic with pictures and words: an orange heart, less *orange*, plus *green*.
//!
//! For emoji whose names differ in one word, such as *orange heart* and *green heart*, take the vector of
//! the first one's **picture**, subtract the vector of the **word** *orange*, add that of *green*, and look
//! for the nearest picture (Kiros et al. 2014, section 4.1):
//!
//! $$ u_\text{orange heart} - v_\text{orange} + v_\text{green} \;≈\; u_\text{green heart} $$

use crate::names::Names;
use crate::space::{Space, Vector, nearest, unit};
use emoji_world::emoji;
use std::collections::HashMap;

/// Two emoji whose names differ in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The emoji whose picture is given.
    pub from: usize,
    /// The number of the word that is taken away.
    pub minus: u32,
    /// The number of the word that is added.
    pub plus: u32,
    /// The emoji whose picture is sought.
    pub to: usize,
}

// ANCHOR: answer
/// The vector that should lie near the picture that a question seeks. `word` gives a word's vector.
pub fn answer(space: &Space, words: &[Vector], question: &Question) -> Vector {
    let (minus, plus) = (&words[question.minus as usize], &words[question.plus as usize]);
    let picture = &space.pictures[question.from];
    unit(&std::array::from_fn(|i| picture[i] - minus[i] + plus[i]))
}
// ANCHOR_END: answer

/// The pictures nearest to the answer, without the one that was given.
pub fn found(space: &Space, words: &[Vector], question: &Question, count: usize) -> Vec<(usize, f32)> {
    let mut found = nearest(&answer(space, words, question), &space.pictures, count + 1);
    found.retain(|&(id, _)| id != question.from);
    found.truncate(count);
    found
}

/// All questions that the names allow, both ways: names of two or more words that differ in one.
pub fn questions(names: &Names) -> Vec<Question> {
    // By what stays when one word is taken out: who it is, and the word.
    let mut rests: HashMap<Vec<u32>, Vec<(usize, u32)>> = HashMap::new();
    for (id, bag) in names.bags.iter().enumerate().filter(|(_, bag)| bag.len() > 1) {
        for place in 0..bag.len() {
            let mut rest = bag.clone();
            let word = rest.remove(place);
            rest.sort_unstable();
            let others = rests.entry(rest).or_default();
            if others.last() != Some(&(id, word)) {
                others.push((id, word));
            }
        }
    }
    let mut questions = Vec::new();
    for others in rests.values() {
        for &(from, minus) in others {
            for &(to, plus) in others.iter().filter(|&&(to, plus)| to != from && plus != minus) {
                questions.push(Question { from, minus, plus, to });
            }
        }
    }
    questions.sort_by_key(|question| (question.from, question.to, question.minus));
    questions
}

/// The question that turns one named emoji into another, if their names differ in one word.
pub fn question(questions: &[Question], from: &str, to: &str) -> Option<Question> {
    let (from, to) = (emoji::find(from)?.id, emoji::find(to)?.id);
    questions.iter().find(|question| (question.from, question.to) == (from, to)).cloned()
}

/// A question in words: `orange heart − orange + green`.
pub fn in_words(question: &Question) -> String {
    let vocabulary = emoji::vocabulary();
    let word = |number: u32| vocabulary[number as usize];
    format!("{} − {} + {}", emoji::all()[question.from].name, word(question.minus), word(question.plus))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DIMENSIONS;

    #[test]
    fn questions_differ_in_one_word() {
        let names = Names::of_emoji().unwrap();
        let questions = questions(&names);
        let hearts = question(&questions, "orange heart", "green heart").unwrap();
        assert_eq!(in_words(&hearts), "orange heart − orange + green");
        assert!(question(&questions, "orange heart", "green circle").is_none());
        for question in &questions {
            let (mut from, mut to) = (names.bags[question.from].clone(), names.bags[question.to].clone());
            from.push(question.plus);
            to.push(question.minus);
            from.sort_unstable();
            to.sort_unstable();
            assert_eq!(from, to, "{}", in_words(question));
        }
    }

    #[test]
    fn in_a_space_of_added_words_the_answer_is_exact() {
        let axis = |i: usize| -> Vector { std::array::from_fn(|j| f32::from(u8::from(i == j))) };
        let sum = |a: usize, b: usize| -> Vector {
            unit(&std::array::from_fn(|i| axis(a)[i] + axis(b)[i]))
        };
        assert_eq!(DIMENSIONS, 256);
        // Words 0 to 3; pictures of 0+2, 1+2, 1+3.
        let space = Space { pictures: vec![sum(0, 2), sum(1, 2), sum(1, 3)], names: Vec::new() };
        let words: Vec<Vector> = (0..4).map(axis).collect();
        let question = Question { from: 0, minus: 0, plus: 1, to: 1 };
        assert_eq!(found(&space, &words, &question, 1)[0].0, 1);
    }
}
