//! An encoder and a decoder: from a picture to a sentence.

use crate::Error;
use crate::captioner::Captioner;
use crate::encoder::Encoder;
use crate::kept::{self, Arrays};
use dfdx::prelude::*;

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
        let parts = [("encoder", kept::arrays(&self.encoder)), ("decoder", kept::arrays(&self.decoder))];
        let named = |(part, arrays): (&str, Arrays)| {
            let part = part.to_owned();
            arrays.into_iter().map(move |(name, array)| (format!("{part}.{name}"), array))
        };
        parts.into_iter().flat_map(named).collect()
    }

    /// Puts numbers that [`arrays`](Self::arrays) gave into the network.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn set(&mut self, arrays: &Arrays) -> Result<(), Error> {
        kept::set(&mut self.encoder, arrays, "encoder.")?;
        kept::set(&mut self.decoder, arrays, "decoder.")
    }
}
