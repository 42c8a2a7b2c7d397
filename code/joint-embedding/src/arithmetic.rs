//! Arithmetic with pictures and words: an orange heart, less *orange*, plus *green*.
//!
//! For emoji whose names differ in one word, such as *orange heart* and *green heart*, take the vector of
//! the first one's **picture**, subtract the vector of the **word** *orange*, add that of *green*, and look
//! for the nearest picture (Kiros et al. 2014, section 4.1):
//!
//! $$ u_\text{orange heart} - v_\text{orange} + v_\text{green} \;≈\; u_\text{green heart} $$

use crate::names::Names;
use crate::space::{Space, Vector, nearest, unit};
use emoji_world::{Emoji, emoji};
use std::collections::HashMap;

/// Two emoji whose names differ in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The emoji whose picture is given, by its number among [`emoji::with_further`].
    pub from: usize,
    /// The number of the word that is taken away.
    pub minus: u32,
    /// The number of the word that is added.
    pub plus: u32,
    /// The emoji whose picture is sought.
    pub to: usize,
}

// ANCHOR: answer
/// The vector near which the sought picture should lie.
pub fn answer(picture: &Vector, minus: &Vector, plus: &Vector) -> Vector {
    unit(&std::array::from_fn(|i| picture[i] - minus[i] + plus[i]))
}
// ANCHOR_END: answer

impl Question {
    /// The vector near which the sought picture should lie, if `start` is the vector that the question begins
    /// with, and `words` has one for every word.
    pub fn answer(&self, start: &Vector, words: &[Vector]) -> Vector {
        answer(start, &words[self.minus as usize], &words[self.plus as usize])
    }

    /// The pictures nearest to the answer, without the one that the question begins with, which need not be
    /// in the space.
    pub fn found(&self, start: &Vector, words: &[Vector], space: &Space, count: usize) -> Vec<(usize, f32)> {
        let mut found = nearest(&self.answer(start, words), &space.pictures, count + 1);
        found.retain(|&(id, _)| id != self.from);
        found.truncate(count);
        found
    }

    /// The question that turns one named emoji into another, if their names differ in one word.
    pub fn between(from: &str, to: &str) -> Option<Self> {
        let (from, to) = (emoji::find(from)?, emoji::find(to)?);
        let without = |one: &Emoji, other: &Emoji| {
            let mut rest = other.words.clone();
            let mut left = one.words.iter().filter(|word| {
                let place = rest.iter().position(|other| other == *word);
                place.map(|place| rest.remove(place)).is_none()
            });
            let word = left.next()?;
            let number = emoji::vocabulary().binary_search(&word.as_str()).ok()?;
            left.next().is_none().then_some(number as u32)
        };
        Some(Self { from: from.id, minus: without(from, to)?, plus: without(to, from)?, to: to.id })
    }
}

impl std::fmt::Display for Question {
    /// In words: `orange heart − orange + green`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |number: u32| emoji::vocabulary()[number as usize];
        let from = emoji::with_further()[self.from].name;
        write!(f, "{from} − {} + {}", word(self.minus), word(self.plus))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DIMENSIONS;

    #[test]
    fn questions_differ_in_one_word() {
        let names = Names::of_emoji().unwrap();
        let questions = questions(&names);
        let hearts = Question::between("orange heart", "green heart").unwrap();
        assert!(questions.contains(&hearts));
        assert_eq!(hearts.to_string(), "orange heart − orange + green");
        assert!(Question::between("orange heart", "green circle").is_none());
        assert!(Question::between("orange heart", "orange heart").is_none());
        let further = Question::between("red heart", "blue heart").unwrap();
        assert_eq!(further.to_string(), "red heart − red + blue");
        assert!(further.from >= emoji::all().len(), "no picture of it is in any space");
        for question in &questions {
            let (mut from, mut to) = (names.bags[question.from].clone(), names.bags[question.to].clone());
            from.push(question.plus);
            to.push(question.minus);
            from.sort_unstable();
            to.sort_unstable();
            assert_eq!(from, to, "{question}");
        }
    }

    #[test]
    fn in_a_space_of_added_words_the_answer_is_exact() {
        let axis = |i: usize| -> Vector { std::array::from_fn(|j| f32::from(u8::from(i == j))) };
        let sum = |a: usize, b: usize| -> Vector { unit(&std::array::from_fn(|i| axis(a)[i] + axis(b)[i])) };
        assert_eq!(DIMENSIONS, 256);
        // Words 0 to 3; pictures of 0+2, 1+2, 1+3.
        let space = Space { pictures: vec![sum(0, 2), sum(1, 2), sum(1, 3)], names: Vec::new() };
        let words: Vec<Vector> = (0..4).map(axis).collect();
        let question = Question { from: 0, minus: 0, plus: 1, to: 1 };
        assert_eq!(question.found(&space.pictures[0], &words, &space, 1)[0].0, 1);
    }
}
