//! What the networks learn from: scenes with questions, and the maps of the scenes.
//!
//! The eye does not change any more, so it looks at every picture once, and its maps are kept. Each question is asked
//! again in every round, in other words and beside another [complement](crate::complement). Where no colour is asked
//! for, a map comes without colours half of the time, so that the answer does not come to depend on them.

use crate::batch::{Batch, Pictures};
use crate::complement::complement;
use crate::eye::Eye;
use crate::naming::without_colours;
use crate::questions::{Drawn, examples};
use crate::{CHANNELS, Error, GRID};
use emoji_world::question::{Example, Meaning, PHRASINGS, Question};
use emoji_world::split::SceneSplit;
use emoji_world::{Scene, rng, scene};
use rand::RngExt;
use rand::seq::SliceRandom;

/// Numbers of a map.
const MAP: usize = GRID * GRID * CHANNELS;

/// Pictures that are looked at together.
const AT_ONCE: usize = 64;

/// Keeps the random numbers of rounds apart from those of questions.
const ROUNDS: u64 = 0x726f_756e_6473;

/// Scenes with a question each, and their maps.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    /// The scenes and their questions.
    pub examples: Vec<Example>,
    /// Examples × 7 × 7 × 64 numbers, each as its upper 16 bits: see [`to_bfloat16`].
    maps: Vec<u16>,
    seed: u64,
}

/// What an eye makes of scenes: scenes × 7 × 7 × 64 numbers.
pub fn maps<'a>(eye: &mut Eye, scenes: impl ExactSizeIterator<Item = &'a Scene>) -> Vec<f32> {
    let mut maps = Vec::with_capacity(scenes.len() * MAP);
    let scenes: Vec<&Scene> = scenes.collect();
    for part in scenes.chunks(AT_ONCE) {
        let part: Vec<Scene> = part.iter().map(|scene| (*scene).clone()).collect();
        maps.extend(eye.look(&scene::render_all(&part)));
    }
    maps
}

impl TrainingSet {
    /// Draws `count` scenes with questions and lets the eye look at them.
    ///
    /// # Errors
    ///
    /// If no scene of the part has such a question.
    pub fn draw(
        split: &SceneSplit,
        drawn: Drawn,
        eye: &mut Eye,
        seed: u64,
        count: usize,
    ) -> Result<Self, Error> {
        let examples = examples(split, drawn, seed, 0..count as u64)?;
        let mut maps = Vec::with_capacity(count * MAP);
        for part in examples.chunks(16 * AT_ONCE) {
            let part = part.iter().map(|example| &example.scene);
            maps.extend(self::maps(eye, part).into_iter().map(to_bfloat16));
        }
        Ok(Self { examples, maps, seed })
    }

    // ANCHOR: batch
    /// Batch number `step`: `size` questions, or fewer from a small set. The scenes come in a new order in
    /// every round. With `complements`, each question has its complement behind it, if there is one.
    pub fn batch(&self, step: usize, size: usize, complements: bool) -> Batch {
        let each = if complements { size.div_ceil(2) } else { size };
        let rounds = self.examples.len().div_ceil(each);
        let mut order: Vec<usize> = (0..self.examples.len()).collect();
        order.shuffle(&mut rng(self.seed ^ ROUNDS, (step / rounds) as u64));
        let mut rng = rng(self.seed ^ !ROUNDS, step as u64);
        let (mut asked, mut of, mut maps) = (Vec::with_capacity(size), Vec::new(), Vec::new());
        for place in order.iter().cycle().skip(step % rounds * each).take(self.examples.len()) {
            if asked.len() == size {
                break;
            }
            let example = rephrased(&self.examples[*place], rng.random_range(0..PHRASINGS - 1));
            let complement = if complements { complement(&example, &mut rng) } else { None };
            let picture = maps.len() / MAP;
            maps.extend(self.maps[place * MAP..][..MAP].iter().copied().map(from_bfloat16));
            if !asks_for_colour(example.question.meaning) && rng.random() {
                without_colours(&mut maps[picture * MAP..]);
            }
            for example in [Some(example), complement].into_iter().flatten().take(size - asked.len()) {
                asked.push(example);
                of.push(picture);
            }
        }
        Batch::about(asked.iter(), Pictures::Maps(maps), of)
    }
    // ANCHOR_END: batch
}

/// Whether the answer depends on a colour.
fn asks_for_colour(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::WhatColour(_) | Meaning::IsThere(_, Some(_)))
}

/// The upper half of a number's 32 bits, rounded: its sign, its exponent and 7 bits of its mantissa (*bfloat16*). That
/// is as good as the number to about four thousandths, and takes half the memory.
fn to_bfloat16(number: f32) -> u16 {
    // The lower half of a number's bits is less than the smallest step of the upper: to add half of it rounds.
    (number.to_bits().saturating_add(0x8000) >> 16) as u16
}

/// A number of which the upper half is known.
fn from_bfloat16(upper: u16) -> f32 {
    f32::from_bits(u32::from(upper) << 16)
}

/// The same question in other words.
fn rephrased(example: &Example, phrasing: usize) -> Example {
    let Example { scene, question } = example;
    let question = Question::new(question.meaning, phrasing, scene).unwrap_or_else(|| question.clone());
    Example { scene: scene.clone(), question }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_number_is_nearly_all_of_it() {
        for number in [0.0, 1.0, 0.3, 1234.567, 1e-20, -0.7] {
            let kept = from_bfloat16(to_bfloat16(number));
            assert!((kept - number).abs() <= number.abs() / 256.0, "{number} {kept}");
        }
        assert_eq!(from_bfloat16(to_bfloat16(1.0)), 1.0);
    }
}
