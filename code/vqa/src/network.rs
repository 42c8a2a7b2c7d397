//! A network that answers: an image stream, a question stream, and what compares them.

use crate::image_stream::{ImageStream, input};
use crate::question_stream::QuestionStream;
use crate::questions::Batch;
use crate::{ANSWERS, CHANNELS, Error, Map, QUESTION, Rows, SIDE};
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use lab::kept::{self, Arrays};
use layers::{Activations, Grid, Mode};

/// Which of the two streams a network has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// The image stream.
    pub image: bool,
    /// The question stream.
    pub question: bool,
}

/// What compares a picture with a question and answers.
pub trait Fusion: Clone + std::fmt::Debug + TensorCollection<f32, AnyDevice> {
    /// The streams that it looks at.
    const STREAMS: Streams = Streams { image: true, question: true };

    /// Fresh weights from a seed.
    fn fresh(device: &AnyDevice, seed: u64) -> Self;

    /// Maps of (pictures, locations, [`CHANNELS`]) and questions of (pictures, [`QUESTION`]) to logits of the
    /// answers, (pictures, [`ANSWERS`]).
    fn answer<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        question: Rows<QUESTION, T>,
        mode: Mode,
    ) -> Rows<ANSWERS, T>;
}

/// A network.
#[derive(Clone, Debug)]
pub struct Network<F> {
    /// From the picture to a map.
    pub image: ImageStream,
    /// From the words to a vector.
    pub question: QuestionStream,
    /// From both to an answer.
    pub fusion: F,
}

impl<F: Fusion> Network<F> {
    /// Fresh weights behind an image stream.
    pub fn behind(image: ImageStream, seed: u64) -> Self {
        let device = lab::device(seed);
        Self { image, question: QuestionStream::new(&device, seed), fusion: F::fresh(&device, seed) }
    }

    /// The logits of the answers to a batch, (questions, [`ANSWERS`]).
    pub fn forward<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        batch: &Batch,
        mode: Mode,
    ) -> Rows<ANSWERS, T> {
        let pictures = input(&self.image.device(), &batch.pixels, SIDE).put_tape(T::default());
        let map = self.image.forward(pictures, SIDE, mode);
        let question = self.question.forward(batch);
        self.fusion.answer(map, question, mode)
    }

    /// Every number of the network, by name.
    pub fn arrays(&self) -> Arrays {
        let parts = [
            ("image", kept::arrays(&self.image)),
            ("question", kept::arrays(&self.question)),
            ("fusion", kept::arrays(&self.fusion)),
        ];
        let named = |(part, arrays): (&'static str, Arrays)| {
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
        kept::set(&mut self.image, arrays, "image.")?;
        kept::set(&mut self.question, arrays, "question.")?;
        Ok(kept::set(&mut self.fusion, arrays, "fusion.")?)
    }
}

/// A network of any kind, to be asked.
pub trait Answerer: std::fmt::Debug {
    /// The probabilities of the answers to a batch: questions × [`ANSWERS`].
    fn probabilities(&mut self, batch: &Batch) -> Vec<f32>;

    /// Parameters that learn: those of the streams that the network has, and of what compares them.
    fn parameters(&self) -> usize;
}

impl<F: Fusion> Answerer for Network<F> {
    fn probabilities(&mut self, batch: &Batch) -> Vec<f32> {
        self.forward::<NoneTape>(batch, Mode::Use).softmax::<Axis<1>>().as_vec()
    }

    fn parameters(&self) -> usize {
        let mut all = self.fusion.num_trainable_params();
        if F::STREAMS.image {
            all += self.image.num_trainable_params();
        }
        if F::STREAMS.question {
            all += self.question.num_trainable_params();
        }
        all
    }
}

/// The numbers of the most probable answers, from probabilities of questions × [`ANSWERS`].
pub fn most_probable(probabilities: &[f32]) -> Vec<usize> {
    let place = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or_default();
    probabilities.chunks_exact(ANSWERS).map(place).collect()
}

/// Numbers that tell where a location is.
pub const PLACES: usize = 2;

/// A map, and behind the features of each location where it is: from −1 to 1 across and down.
pub fn with_places<T: Tape<f32, AnyDevice>>(
    map: Map<T>,
    grid: Grid,
) -> Activations<{ CHANNELS + PLACES }, AnyDevice, T> {
    let (pictures, locations, _) = *map.shape();
    let along = |i: usize, length: usize| 2.0 * i as f32 / (length - 1) as f32 - 1.0;
    let places: Vec<f32> = (0..locations)
        .flat_map(|i| [along(i % grid.width, grid.width), along(i / grid.width, grid.height)])
        .collect();
    let places = map.device().tensor_from_vec(places.repeat(pictures), (pictures, locations, PLACES));
    let map = map.reshape_like(&(pictures, locations, CHANNELS));
    (map, places).concat_along(Axis::<2>).reshape_like(&(pictures, locations, Const))
}
