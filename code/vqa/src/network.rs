//! A network that answers: an image stream, a question stream, and what compares them.

use crate::batch::{Batch, Pictures};
use crate::image_stream::{ImageStream, input};
use crate::question_stream::{QuestionStream, Read, answers};
use crate::{ANSWERS, CHANNELS, EMBEDDING, Error, GRID, Map, Rows, SIDE, WORDS};
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

/// The number of the picture that each question is about: (questions).
pub type Of = Tensor<(usize,), usize, AnyDevice>;

// ANCHOR: fusion
/// What compares a picture with a question and finds an answer.
pub trait Fusion: Clone + std::fmt::Debug + TensorCollection<f32, AnyDevice> {
    /// The streams that it looks at.
    const STREAMS: Streams = Streams { image: true, question: true };

    /// Fresh weights from a seed.
    fn fresh(device: &AnyDevice, seed: u64) -> Self;

    /// Maps of (pictures, locations, [`CHANNELS`]) and questions that were read, each about one `of` the pictures, to what was found, (questions, [`EMBEDDING`]): a vector near that of the answer's word.
    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &Of,
        question: Read<T>,
        mode: Mode,
    ) -> Rows<EMBEDDING, T>;
}
// ANCHOR_END: fusion

/// A network that knows `W` words and `A` answers.
#[derive(Clone, Debug)]
pub struct Network<F, const W: usize = WORDS, const A: usize = ANSWERS> {
    /// From the picture to a map.
    pub image: ImageStream,
    /// From the words to a vector.
    pub question: QuestionStream<W>,
    /// From both to what was found.
    pub fusion: F,
    /// The numbers of the words that are answers.
    answers: Vec<usize>,
}

impl<F: Fusion> Network<F> {
    /// Fresh weights behind an image stream, for the questions and answers about scenes.
    pub fn behind(image: ImageStream, seed: u64) -> Self {
        Self::with_answers(image, answers(), seed)
    }
}

impl<F: Fusion, const W: usize, const A: usize> Network<F, W, A> {
    /// Fresh weights behind an image stream, for answers that are these words.
    ///
    /// # Panics
    ///
    /// If there are not `A` answers, or one is not below `W`.
    pub fn with_answers(image: ImageStream, answers: Vec<usize>, seed: u64) -> Self {
        assert!(answers.len() == A && answers.iter().all(|word| *word < W), "{A} answers among {W} words");
        let device = lab::device(seed);
        Self { image, question: QuestionStream::new(&device, seed), fusion: F::fresh(&device, seed), answers }
    }

    // ANCHOR: forward
    /// The logits of the answers to a batch, (questions, `A`).
    pub fn forward<T: Tape<f32, AnyDevice> + Merge<T>>(&mut self, batch: &Batch, mode: Mode) -> Rows<A, T> {
        let device = self.image.device();
        let map = match &batch.pictures {
            Pictures::Pixels(pixels) => {
                self.image.forward(input(&device, pixels, SIDE).put_tape(T::default()), SIDE, mode)
            }
            Pictures::Maps(maps) => {
                let count = maps.len() / (GRID * GRID * CHANNELS);
                device.tensor_from_vec(maps.clone(), (count, GRID * GRID, Const)).put_tape(T::default())
            }
        };
        let of = device.tensor_from_vec(batch.of.clone(), (batch.count(),));
        let found = self.fusion.find(map, &of, self.question.read(batch), mode);
        self.question.name(found, &self.answers)
    }
    // ANCHOR_END: forward

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
    /// The probabilities of the answers to a batch: questions × answers.
    fn probabilities(&mut self, batch: &Batch) -> Vec<f32>;

    /// What its image stream makes of pictures: pictures × locations × [`CHANNELS`].
    fn look(&mut self, pixels: &[f32]) -> Vec<f32>;

    /// Parameters: those of the streams that the network has, and of what compares them.
    fn parameters(&self) -> usize;
}

impl<F: Fusion, const W: usize, const A: usize> Answerer for Network<F, W, A> {
    fn probabilities(&mut self, batch: &Batch) -> Vec<f32> {
        self.forward::<NoneTape>(batch, Mode::Use).softmax::<Axis<1>>().as_vec()
    }

    fn look(&mut self, pixels: &[f32]) -> Vec<f32> {
        self.image.look(pixels)
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

/// The place of the largest number; 0 where there is none.
pub(crate) fn largest(numbers: &[f32]) -> usize {
    (0..numbers.len()).max_by(|&a, &b| numbers[a].total_cmp(&numbers[b])).unwrap_or_default()
}

/// The numbers of the most probable answers, from probabilities of questions × answers.
pub fn most_probable(probabilities: &[f32], answers: usize) -> Vec<usize> {
    probabilities.chunks_exact(answers).map(largest).collect()
}

/// Numbers that tell where a location is.
pub const PLACES: usize = 2;

/// Where each location of the map is, from −1 to 1 across and down: locations × [`PLACES`] numbers.
pub fn places() -> Vec<f32> {
    let along = |i: usize| 2.0 * i as f32 / (GRID - 1) as f32 - 1.0;
    (0..GRID * GRID).flat_map(|i| [along(i % GRID), along(i / GRID)]).collect()
}

/// The grid of the map.
pub fn grid() -> Grid {
    Grid::new(GRID, GRID)
}

/// Activations of `C` numbers a location, and behind them where it is: `N` = `C` + [`PLACES`].
pub fn with_places<const C: usize, const N: usize, T: Tape<f32, AnyDevice>>(
    x: Activations<C, AnyDevice, T>,
) -> Activations<N, AnyDevice, T> {
    let (count, locations, _) = *x.shape();
    let places = x.device().tensor_from_vec(places().repeat(count), (count, locations, PLACES));
    let x = x.reshape_like(&(count, locations, C));
    (x, places).concat_along(Axis::<2>).reshape_like(&(count, locations, Const))
}
