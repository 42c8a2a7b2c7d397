//! What the two players see in a step: pictures, sentences that are true of them, and sentences that are not.

use crate::pairs::{Part, pairs, pixels, wrong_sentence};
use crate::words::numbers;
use crate::{Error, SIDE};
use dfdx::prelude::*;
use emoji_world::rng;
use lab::AnyDevice;
use layers::Activations;

/// Some pictures and sentences.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Pictures × 32 × 32 × 3 numbers from 0 to 1.
    pub pixels: Vec<f32>,
    /// The numbers of the words of a sentence that is true of each picture.
    pub right: Vec<Vec<usize>>,
    /// Of one that is not.
    pub wrong: Vec<Vec<usize>>,
}

/// Where batches come from.
pub trait Source: Sync {
    /// The batch of a step: it follows from the step alone.
    ///
    /// # Errors
    ///
    /// If a sentence has a word that is unknown.
    fn batch(&self, step: usize, size: usize) -> Result<Batch, Error>;
}

/// Pictures of one thing each, of the training part, from a seed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenes {
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Scenes {
    /// Other pairs, for the sentence encoder to learn from before the game.
    pub fn before_the_game(self) -> Self {
        Self { seed: self.seed ^ BEFORE }
    }
}

impl Source for Scenes {
    fn batch(&self, step: usize, size: usize) -> Result<Batch, Error> {
        let at = (step * size) as u64;
        let pairs = pairs(Part::Training, self.seed, at..at + size as u64);
        let mut rng = rng(self.seed ^ WRONG, step as u64);
        let right: Result<_, _> = pairs.iter().map(|pair| numbers(&pair.sentence)).collect();
        let wrong: Result<_, _> =
            (0..size).map(|place| numbers(&wrong_sentence(&pairs, place, &mut rng))).collect();
        Ok(Batch { pixels: pixels(&pairs), right: right?, wrong: wrong? })
    }
}

/// Numbers from 0 to 1 as networks see them: (pictures, 32 · 32, 3), from −1 to 1.
pub fn input(device: &AnyDevice, pixels: &[f32]) -> Activations<3, AnyDevice, NoneTape> {
    let pictures = pixels.len() / (SIDE * SIDE * 3);
    let numbers = pixels.iter().map(|value| 2.0 * value - 1.0).collect();
    device.tensor_from_vec(numbers, (pictures, SIDE * SIDE, Const))
}

const WRONG: u64 = 0x77_726f_6e67;
const BEFORE: u64 = 0x73_656e_7465_6e63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_follows_from_its_step() {
        let source = Scenes { seed: 1 };
        let batch = source.batch(3, 8).unwrap();
        assert_eq!(batch, source.batch(3, 8).unwrap());
        assert_ne!(batch, source.batch(4, 8).unwrap());
        assert_eq!((batch.pixels.len(), batch.right.len(), batch.wrong.len()), (8 * 32 * 32 * 3, 8, 8));
        assert!(batch.right.iter().zip(&batch.wrong).all(|(right, wrong)| right != wrong));
    }
}
