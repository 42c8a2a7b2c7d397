//! Questions and their pictures, as the networks get them.

use crate::words::{PADDING, answer_number, numbers};
use emoji_world::question::Example;
use emoji_world::{Scene, scene};

/// What the networks get of pictures.
#[derive(Clone, Debug, PartialEq)]
pub enum Pictures {
    /// Pictures × 56 × 56 × 3 numbers from 0 to 1.
    Pixels(Vec<f32>),
    /// What an eye says of them, or an image stream has made of them: pictures × 7 × 7 × 64 numbers.
    Maps(Vec<f32>),
}

/// Some questions, each about one of some pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The pictures.
    pub pictures: Pictures,
    /// Which of them each question is about.
    pub of: Vec<usize>,
    /// Questions × `steps` numbers of words; shorter questions have [`PADDING`] before them.
    pub words: Vec<usize>,
    /// Words of the longest question.
    pub steps: usize,
    /// The numbers of the right answers.
    pub answers: Vec<usize>,
}

impl Batch {
    /// Questions by the numbers of their words, each about one of the pictures. There must be at least one, with at
    /// least one word.
    pub fn new(pictures: Pictures, of: Vec<usize>, questions: &[Vec<usize>], answers: Vec<usize>) -> Self {
        let steps = questions.iter().map(Vec::len).max().unwrap_or_default();
        let padded = questions
            .iter()
            .flat_map(|words| std::iter::repeat_n(PADDING, steps - words.len()).chain(words.iter().copied()));
        Self { pictures, of, words: padded.collect(), steps, answers }
    }

    /// Examples, each about a picture of its own.
    pub fn of(examples: &[Example]) -> Self {
        let scenes: Vec<Scene> = examples.iter().map(|example| example.scene.clone()).collect();
        let pixels = scene::render_all(&scenes);
        Self::about(examples.iter(), Pictures::Pixels(pixels), (0..examples.len()).collect())
    }

    /// Examples about these pictures.
    ///
    /// # Panics
    ///
    /// If a question has a word that no question about scenes has.
    pub fn about<'a>(
        examples: impl Iterator<Item = &'a Example>,
        pictures: Pictures,
        of: Vec<usize>,
    ) -> Self {
        let (questions, answers): (Vec<_>, Vec<_>) = examples
            .map(|example| {
                let words = numbers(&example.question.text);
                let words = words.expect("the vocabulary has every word of these questions");
                (words, answer_number(example.question.answer))
            })
            .unzip();
        Self::new(pictures, of, &questions, answers)
    }

    /// Questions.
    pub fn count(&self) -> usize {
        self.of.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_questions_get_nothing_before_them() {
        let questions = [numbers("is there a dog?").unwrap(), numbers("What is it?").unwrap()];
        let batch = Batch::new(Pictures::Pixels(vec![]), vec![0, 0], &questions, vec![]);
        assert_eq!((batch.steps, batch.count()), (4, 2));
        assert_eq!(batch.words[4], PADDING);
        assert_eq!(batch.words[5..], questions[1]);
        assert!(!questions.concat().contains(&PADDING));
    }
}
