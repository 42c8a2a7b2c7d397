//! Both networks and the temperature, and how they are kept.

use crate::picture_encoder::{Mode, PictureEncoder};
use crate::similarity::normalize;
use crate::space::Vector;
use crate::views::PIXELS;
use crate::word_encoder::WordEncoder;
use crate::{DIMENSIONS, Error, SIDE, WORDS};
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
    ViewTensorRef,
};
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use std::collections::BTreeMap;

/// The shape of a parameter, and its numbers, the last dimension running fastest.
pub type Array = (Vec<usize>, Vec<f32>);

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
        let mut words: WordEncoder<W, f32, AnyDevice> = BuildModule::build(&device);
        words.reset_params();
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
            let u = normalize(self.pictures.forward(self.centred(chunk.to_vec()), Mode::Use));
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

    /// Pixels from -½ to ½ as a tensor: (pictures, locations, 3).
    pub(crate) fn centred(&self, pixels: Vec<f32>) -> Tensor<(usize, usize, Const<3>), f32, AnyDevice> {
        let count = pixels.len() / PIXELS;
        let pixels = pixels.into_iter().map(|value| value - 0.5).collect();
        self.log_scale.device().tensor_from_vec(pixels, (count, SIDE * SIDE, Const))
    }

    /// How many numbers of each network training changes.
    pub fn parameters(&self) -> Parameters {
        Parameters {
            pictures: self.pictures.num_trainable_params(),
            words: self.words.num_trainable_params(),
        }
    }

    /// Every number of the model, by the name of its parameter: shape and numbers.
    pub fn arrays(&self) -> BTreeMap<String, Array> {
        let mut arrays = BTreeMap::new();
        for (network, found) in [("pictures", collect(&self.pictures)), ("words", collect(&self.words))] {
            arrays.extend(found.into_iter().map(|(name, array)| (format!("{network}.{name}"), array)));
        }
        arrays.insert("log_scale".into(), (vec![1], vec![self.log_scale.array()]));
        arrays
    }

    /// Puts numbers that [`arrays`](Self::arrays) gave into this model.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn set(&mut self, arrays: &BTreeMap<String, Array>) -> Result<(), Error> {
        fill(&mut self.pictures, "pictures", arrays)?;
        fill(&mut self.words, "words", arrays)?;
        let device = self.log_scale.device().clone();
        self.log_scale = device.tensor(find(arrays, "log_scale", &[1])?[0]);
        Ok(())
    }
}

/// The rows of a tensor.
fn rows(vectors: &Tensor<(usize, Const<DIMENSIONS>), f32, AnyDevice>) -> Vec<Vector> {
    let mut numbers = vec![0.0; vectors.shape().0 * DIMENSIONS];
    vectors.copy_into(&mut numbers);
    numbers.as_chunks().0.to_vec()
}

/// Reads the parameters of a module.
#[derive(Default)]
struct Reader {
    arrays: Vec<(String, Array)>,
}

impl<D: Device<f32>> TensorVisitor<f32, D> for Reader {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = D::Err;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, D::Err> {
        let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        let mut numbers = vec![0.0; tensor.shape().num_elements()];
        tensor.copy_into(&mut numbers);
        self.arrays.push((name, (shape, numbers)));
        Ok(None)
    }
}

/// Writes the parameters of a module.
struct Writer<'a> {
    prefix: &'static str,
    arrays: &'a BTreeMap<String, Array>,
    error: Option<Error>,
}

impl<D: Device<f32>> TensorVisitor<f32, D> for Writer<'_> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&mut Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, D::Err> {
        let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        match find(self.arrays, &format!("{}.{name}", self.prefix), &shape) {
            Ok(numbers) => tensor.copy_from(numbers),
            Err(error) => self.error = Some(error),
        }
        Ok(None)
    }
}

fn collect<M: TensorCollection<f32, AnyDevice>>(module: &M) -> Vec<(String, Array)> {
    let mut reader = Reader::default();
    // Reading allocates nothing on the device and does not fail.
    let _ = M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut reader });
    reader.arrays
}

fn fill<M: TensorCollection<f32, AnyDevice>>(
    module: &mut M,
    prefix: &'static str,
    arrays: &BTreeMap<String, Array>,
) -> Result<(), Error> {
    let mut writer = Writer { prefix, arrays, error: None };
    let _ = M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut writer });
    writer.error.map_or(Ok(()), Err)
}

fn find<'a>(arrays: &'a BTreeMap<String, Array>, name: &str, shape: &[usize]) -> Result<&'a [f32], Error> {
    let wrong = |found: String| Error::WrongArray {
        name: name.to_owned(),
        expected: format!("the shape {shape:?}"),
        found,
    };
    match arrays.get(name) {
        None => Err(wrong("nothing".into())),
        Some((found, _)) if found != shape => Err(wrong(format!("the shape {found:?}"))),
        Some((_, numbers)) => Ok(numbers),
    }
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
