//! What a trained model can do: retrieval both ways, for seen and held-out emoji, and arithmetic.

use crate::arithmetic::Question;
use crate::hubs::{NEIGHBOURS, Scaling};
use crate::model::Model;
use crate::names::Names;
use crate::space::{BothWays, Space, Vector, cosine, ranks};
use crate::{Error, WORDS, views};
use rayon::prelude::*;

/// The space of a model: every emoji's test view and every name.
pub fn space(model: &mut Model, names: &Names) -> Space {
    let all: Vec<usize> = (0..names.bags.len()).collect();
    Space { pictures: model.embed_pictures(&views::test(&all)), names: model.embed_names(&names.all()) }
}

/// How near all candidates of a space are to what its model was trained on.
pub fn scaling(model: &mut Model, space: &Space, names: &Names) -> Scaling {
    Scaling::of(space, &model.embed_pictures(&views::reference(&names.seen)), &names.seen, NEIGHBOURS)
}

/// The vector of every word of the vocabulary, as a name of this one word.
pub fn words(model: &Model) -> Vec<Vector> {
    let single: Vec<[u32; 1]> = (0..WORDS as u32).map(|word| [word]).collect();
    model.embed_names(&single.iter().map(|word| &word[..]).collect::<Vec<_>>())
}

/// How well emoji are found among all 1,425.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Emoji that were trained on, in views that were not.
    pub seen: BothWays,
    /// Emoji that were not trained on.
    pub held_out: BothWays,
}

impl Evaluation {
    /// Measures a space.
    ///
    /// # Errors
    ///
    /// If no name is seen or none is held out.
    pub fn of(space: &Space, names: &Names) -> Result<Self, Error> {
        Ok(Self { seen: space.both_ways(&names.seen)?, held_out: space.both_ways(&names.held_out)? })
    }

    /// Measures a space by the scaled score.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub fn scaled(space: &Space, scaling: &Scaling, names: &Names) -> Result<Self, Error> {
        Ok(Self {
            seen: scaling.both_ways(space, &names.seen)?,
            held_out: scaling.both_ways(space, &names.held_out)?,
        })
    }
}

/// How often arithmetic finds the picture that it seeks: shares of the questions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arithmetic {
    /// The sought picture is the nearest.
    pub at_1: f64,
    /// It is among the five nearest.
    pub at_5: f64,
    /// It is the nearest if the question begins with the name instead of the picture.
    pub without_picture: f64,
}

impl Arithmetic {
    /// Asks all `questions`. The picture that a question begins with is no candidate.
    pub fn of(space: &Space, words: &[Vector], questions: &[Question]) -> Self {
        let within = |start: &[Vector], count: usize| {
            let right = questions.par_iter().filter(|question| {
                let answer = question.answer(&start[question.from], words);
                let place = ranks(&[answer], &space.pictures, &[(0, question.to)])[0];
                // The given picture stands before the right one or behind it, and does not count.
                let own = cosine(&answer, &space.pictures[question.to]);
                let given = cosine(&answer, &space.pictures[question.from]);
                place - usize::from(given >= own) < count
            });
            right.count() as f64 / questions.len().max(1) as f64
        };
        Self {
            at_1: within(&space.pictures, 1),
            at_5: within(&space.pictures, 5),
            without_picture: within(&space.names, 1),
        }
    }
}
