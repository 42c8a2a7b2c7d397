//! Both networks and the temperature, and how they are kept.

use crate::picture_encoder::PictureEncoder;
use crate::similarity::normalize;
use crate::space::Vector;
use crate::views::PIXELS;
use crate::word_encoder::WordEncoder;
use crate::{DIMENSIONS, Error, SIDE, WORDS};
use dfdx::prelude::*;
use lab::AnyDevice;
use lab::parameters::{self, Arrays};
use layers::{Activations, Mode, fresh};

/// How many pictures are embedded at once.
const CHUNK: usize = 64;

/// A network for pictures and a network for names of `W` words, which share a space.
#[derive(Clone, Debug)]
pub struct Model<const W: usize = WORDS> {
    /// Pictures to vectors.
    pub pictures: PictureEncoder<f32, AnyDevice>,
    /// Names to vectors.
    pub words: WordEncoder<W, f32, AnyDevice>,
    /// The logarithm of 1/temperature.
    pub log_scale: Tensor<Rank0, f32, AnyDevice>,
}

/// How large the networks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Numbers of the picture encoder.
    pub pictures: usize,
    /// Numbers of the word encoder.
    pub words: usize,
}

impl<const W: usize> Model<W> {
    /// Fresh networks; the temperature begins at `temperature`.
    pub fn new(seed: u64, temperature: f32) -> Self {
        let device = lab::device(seed);
        let pictures = PictureEncoder::new(&device, seed);
        let words = fresh::module(&device);
        Self { pictures, words, log_scale: device.tensor(-temperature.ln()) }
    }

    /// The temperature now.
    pub fn temperature(&self) -> f32 {
        (-self.log_scale.array()).exp()
    }

    // ANCHOR: embed
    /// The vectors of pictures of [`PIXELS`] numbers each.
    pub fn embed_pictures(&mut self, pixels: &[f32]) -> Vec<Vector> {
        let mut vectors = Vec::new();
        for chunk in pixels.chunks(CHUNK * PIXELS) {
            let u = normalize(self.pictures.forward(self.centred(chunk), Mode::Inference));
            vectors.extend(rows(&u));
        }
        vectors
    }

    /// The vectors of names, each given as the numbers of its words.
    pub fn embed_names(&self, names: &[&[u32]]) -> Vec<Vector> {
        let (sums, _) = self.words.forward(names).split_tape();
        rows(&normalize(sums))
    }
    // ANCHOR_END: embed

    /// Pixels from 0 to 1 as the picture encoder wants them: (pictures, locations, 3), from −½ to ½.
    pub(crate) fn centred(&self, pixels: &[f32]) -> Activations<3, AnyDevice, NoneTape> {
        layers::centred(self.log_scale.device(), pixels, SIDE)
    }

    /// How many numbers of each network training changes.
    pub fn parameters(&self) -> Parameters {
        Parameters {
            pictures: self.pictures.num_trainable_params(),
            words: self.words.num_trainable_params(),
        }
    }

    /// Every number of the model, by the name of its parameter: shape and numbers.
    pub fn arrays(&self) -> Arrays {
        let mut arrays = parameters::together([
            ("pictures", parameters::arrays(&self.pictures)),
            ("words", parameters::arrays(&self.words)),
        ]);
        arrays.insert("log_scale".to_owned(), (vec![], vec![self.log_scale.array()]));
        arrays
    }

    /// Puts numbers that [`arrays`](Self::arrays) gave into this model.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn set(&mut self, arrays: &Arrays) -> Result<(), Error> {
        parameters::set(&mut self.pictures, arrays, "pictures.")?;
        parameters::set(&mut self.words, arrays, "words.")?;
        self.log_scale = parameters::tensor(self.log_scale.device(), arrays, "log_scale")?;
        Ok(())
    }
}

/// The rows of a tensor.
fn rows(vectors: &Tensor<(usize, Const<DIMENSIONS>), f32, AnyDevice>) -> Vec<Vector> {
    let mut numbers = vec![0.0; vectors.shape().0 * DIMENSIONS];
    vectors.copy_into(&mut numbers);
    numbers.as_chunks().0.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_can_be_kept_and_taken_up_again() {
        let mut model = Model::<7>::new(3, 0.05);
        let mut other = Model::<7>::new(4, 0.1);
        let pixels = crate::views::test(&[3, 9]);
        let vectors = model.embed_pictures(&pixels);
        assert_ne!(vectors, other.embed_pictures(&pixels));
        let arrays = model.arrays();
        assert!(arrays.contains_key("pictures.first.convolution.weight"), "{:?}", arrays.keys());
        other.set(&arrays).unwrap();
        assert_eq!(vectors, other.embed_pictures(&pixels));
        assert_eq!(model.embed_names(&[&[1, 2]]), other.embed_names(&[&[1, 2]]));
        assert_eq!(model.temperature(), other.temperature());

        let mut broken = arrays.clone();
        broken.remove("words.table");
        let error = other.set(&broken).unwrap_err().to_string();
        assert!(error.contains("words.table") && error.contains("--fresh"), "{error}");
        broken.insert("words.table".into(), (vec![7, 3], vec![0.0; 21]));
        assert!(other.set(&broken).unwrap_err().to_string().contains("[7, 3]"));
    }
}
