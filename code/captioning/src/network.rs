//! An encoder and a decoder: from a picture to a sentence.

use crate::Error;
use crate::captioner::Captioner;
use crate::encoder::Encoder;
use dfdx::prelude::*;
use lab::parameters::{self, Arrays};

/// What sees, and what writes.
#[derive(Clone, Debug)]
pub struct Network<M> {
    /// Picture to annotation vectors.
    pub encoder: Encoder,
    /// Annotation vectors to sentence.
    pub decoder: M,
}

impl<M: Captioner> Network<M> {
    /// A fresh decoder of a seed behind this encoder.
    pub fn behind(encoder: Encoder, seed: u64) -> Self {
        Self { encoder, decoder: M::fresh(seed) }
    }

    /// A fresh network of a seed.
    pub fn fresh(seed: u64) -> Self {
        Self::behind(Encoder::new(&lab::device(seed), seed), seed)
    }

    /// How many numbers training changes, those of the encoder among them.
    pub fn parameters(&self) -> usize {
        self.encoder.num_trainable_params() + self.decoder.num_trainable_params()
    }

    /// Every number of the network, by name.
    pub fn arrays(&self) -> Arrays {
        parameters::together([
            ("encoder", parameters::arrays(&self.encoder)),
            ("decoder", parameters::arrays(&self.decoder)),
        ])
    }

    /// Puts numbers that [`arrays`](Self::arrays) gave into the network.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn set(&mut self, arrays: &Arrays) -> Result<(), Error> {
        parameters::set(&mut self.encoder, arrays, "encoder.")?;
        Ok(parameters::set(&mut self.decoder, arrays, "decoder.")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WORDS;
    use crate::beam_search::greedy;
    use crate::captions;
    use crate::evaluate::pixels;
    use crate::image_to_sentence::ImageToSentence;
    use crate::show_attend_tell::ShowAttendTell;
    use emoji_world::split::Part;

    fn comes_back<M: Captioner>() {
        let (mut model, mut other) = (Network::<M>::fresh(3), Network::<M>::fresh(4));
        let pictures = pixels(&captions::tests(&captions::split(), Part::Test, 2).unwrap(), false);
        let written = greedy(&mut model, &pictures);
        assert_ne!(written, greedy(&mut other, &pictures));
        let numbers = model.arrays();
        other.set(&numbers).unwrap();
        assert_eq!(written, greedy(&mut other, &pictures));

        let mut broken = numbers.clone();
        broken.remove("decoder.words.weight");
        let error = other.set(&broken).unwrap_err().to_string();
        assert!(error.contains("decoder.words.weight") && error.contains("--fresh"), "{error}");
        broken.insert("decoder.words.weight".into(), (vec![7, 3], vec![0.0; 21]));
        assert!(other.set(&broken).unwrap_err().to_string().contains("[7, 3]"));
    }

    #[test]
    fn models_can_be_kept_and_taken_up_again() {
        comes_back::<ImageToSentence<WORDS>>();
        comes_back::<ShowAttendTell<WORDS>>();
    }
}
