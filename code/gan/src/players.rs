//! What is left of a game: who paints, who tells painted from real, and what reads the sentences.

use crate::batch::input;
use crate::discriminator::{Discriminator, Logits};
use crate::generator::Generator;
use crate::noise::noise;
use crate::sentence_encoder::{Both, SentenceEncoder};
use crate::train::Game;
use crate::{Error, SENTENCE, WORDS};
use dfdx::prelude::*;
use lab::parameters::{self, Arrays};

/// The networks of a finished game.
#[derive(Clone, Debug)]
pub struct Players {
    /// The averaged generator.
    pub generator: Generator,
    /// The generator as the last step left it.
    pub last: Generator,
    /// Who was to be deceived.
    pub discriminator: Discriminator,
    /// Reads sentences.
    pub encoder: SentenceEncoder,
}

impl Players {
    /// Networks of a seed that have learned nothing.
    pub fn fresh(seed: u64) -> Self {
        let generator = Generator::fresh(seed);
        let encoder = Both::fresh(seed).sentences;
        Self { last: generator.clone(), generator, discriminator: Discriminator::fresh(seed), encoder }
    }

    /// The networks of a game.
    pub fn of(game: &Game, encoder: SentenceEncoder) -> Self {
        let Game { generator, average, discriminator, .. } = game;
        Self {
            generator: average.clone(),
            last: generator.clone(),
            discriminator: discriminator.clone(),
            encoder,
        }
    }

    /// `count` pictures of a sentence from noise that follows from the seed: count × 32 × 32 × 3 numbers from 0
    /// to 1.
    ///
    /// # Errors
    ///
    /// If a word of the sentence is unknown.
    pub fn paint(&mut self, sentence: &str, count: usize, seed: u64) -> Result<Vec<f32>, Error> {
        let vectors = self.encoder.encode(std::iter::repeat_n(sentence, count))?;
        Ok(self.generator.paint(&noise(count, seed, 0), &vectors))
    }

    // ANCHOR: believes
    /// The discriminator's probability that each picture is real and shows what the sentence says.
    ///
    /// # Errors
    ///
    /// If a word of the sentence is unknown.
    pub fn believes(&self, pixels: &[f32], sentence: &str) -> Result<Vec<f32>, Error> {
        let pictures = input(self.discriminator.last.bias.device(), pixels);
        let vectors = self.encoder.encode(std::iter::repeat_n(sentence, pictures.shape().0))?;
        let logits: Logits = self.discriminator.logits(self.discriminator.look(pictures), &vectors);
        Ok(logits.as_vec().into_iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect())
    }
    // ANCHOR_END: believes

    /// Every number of the networks, by name.
    pub fn arrays(&self) -> Arrays {
        let table = (vec![WORDS, SENTENCE], self.encoder.table.as_vec());
        parameters::together([
            ("generator", parameters::arrays(&self.generator)),
            ("last", parameters::arrays(&self.last)),
            ("discriminator", parameters::arrays(&self.discriminator)),
            ("encoder", [("table".to_owned(), table)].into()),
        ])
    }

    /// Puts numbers that [`arrays`](Self::arrays) gave into the networks.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn set(&mut self, arrays: &Arrays) -> Result<(), Error> {
        parameters::set(&mut self.generator, arrays, "generator.")?;
        parameters::set(&mut self.last, arrays, "last.")?;
        parameters::set(&mut self.discriminator, arrays, "discriminator.")?;
        Ok(parameters::set(&mut self.encoder, arrays, "encoder.")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_can_be_kept_and_taken_up_again() {
        let (mut players, mut other) = (Players::fresh(3), Players::fresh(4));
        let painted = players.paint("a red heart", 2, 1).unwrap();
        assert!(painted.iter().all(|value| (0.0..=1.0).contains(value)));
        assert_ne!(painted, other.paint("a red heart", 2, 1).unwrap());
        let judged = players.believes(&painted, "a red heart").unwrap();
        assert_ne!(judged, players.believes(&painted, "a blue square").unwrap());
        let arrays = players.arrays();
        other.set(&arrays).unwrap();
        assert_eq!(painted, other.paint("a red heart", 2, 1).unwrap());
        assert_eq!(judged, other.believes(&painted, "a red heart").unwrap());

        let mut broken = arrays.clone();
        broken.remove("discriminator.see.weight");
        let error = other.set(&broken).unwrap_err().to_string();
        assert!(error.contains("discriminator.see.weight") && error.contains("--fresh"), "{error}");
    }
}
