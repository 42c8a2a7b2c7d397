//! A network that answers: an image stream, a question stream, and what compares them.

use crate::batch::{Batch, Pictures};
use crate::eye::Eye;
use crate::image_stream::ImageStream;
use crate::naming::{Naming, name_of};
use crate::question_stream::{QuestionStream, Read, answers};
use crate::words::PADDING;
use crate::{ANSWERS, CHANNELS, EMBEDDING, Error, GRID, Map, Rows, SIDE, WORDS};
use dfdx::prelude::*;
use emoji_world::Answer;
use lab::AnyDevice;
use lab::parameters::{self, Arrays};
use layers::index_select::Entries;
use layers::{Activations, Grid, Mode, centred};

/// Which of the two streams a network has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// The image stream.
    pub image: bool,
    /// The question stream.
    pub question: bool,
}

/// The number of the picture that each question is about: (questions).
pub type PictureOf = Entries<AnyDevice>;

/// What a network found for its questions.
#[derive(Debug)]
pub struct Found<T> {
    /// A vector near that of the answer's word: (questions, [`EMBEDDING`]).
    pub made: Rows<EMBEDDING, T>,
    /// What it points at, if it can point: how much of each of a location's numbers, (questions, [`CHANNELS`]).
    pub pointed: Option<Rows<CHANNELS, T>>,
}

impl<T> Found<T> {
    /// A vector, and nothing that is pointed at.
    pub fn made(made: Rows<EMBEDDING, T>) -> Self {
        Self { made, pointed: None }
    }
}

// ANCHOR: fusion
/// What compares a picture with a question and finds an answer.
pub trait Fusion: Clone + std::fmt::Debug + TensorCollection<f32, AnyDevice> {
    /// The streams that it looks at.
    const STREAMS: Streams = Streams { image: true, question: true };

    /// Fresh weights from a seed.
    fn fresh(device: &AnyDevice, seed: u64) -> Self;

    /// What was found in maps of (pictures, locations, [`CHANNELS`]) for questions that were read, each about one `of`
    /// the pictures.
    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &PictureOf,
        question: Read<T>,
        mode: Mode,
    ) -> Found<T>;
}
// ANCHOR_END: fusion

/// A network that knows `W` words and `A` answers.
#[derive(Clone, Debug)]
pub struct Network<F, const W: usize = WORDS, const A: usize = ANSWERS> {
    /// From the picture to a map.
    pub image: ImageStream,
    /// From the map to names, where an eye has learned them: then neither learns any more, and the answers are those
    /// about scenes.
    naming: Option<Naming>,
    /// From the words to a vector.
    pub question: QuestionStream<W>,
    /// From both to what was found.
    pub fusion: F,
    /// The numbers of the words that are answers.
    answers: Vec<usize>,
}

impl<F: Fusion> Network<F> {
    /// Fresh weights behind an eye, for the questions and answers about scenes.
    pub fn behind(eye: Eye, seed: u64) -> Self {
        Self { naming: Some(eye.naming), ..Self::seeing(eye.image, answers(), seed) }
    }
}

impl<F: Fusion, const W: usize, const A: usize> Network<F, W, A> {
    /// Fresh weights behind an image stream that learns, too, for answers that are these words.
    ///
    /// # Panics
    ///
    /// If there are not `A` answers, or one is not below `W`.
    pub fn seeing(image: ImageStream, answers: Vec<usize>, seed: u64) -> Self {
        assert!(answers.len() == A && answers.iter().all(|word| *word < W), "{A} answers among {W} words");
        let device = lab::device(seed);
        let (question, fusion) = (QuestionStream::new(&device, seed), F::fresh(&device, seed));
        Self { image, naming: None, question, fusion, answers }
    }

    // ANCHOR: forward
    /// The logits of the answers to a batch, (questions, `A`).
    pub fn forward<T: Tape<f32, AnyDevice> + Merge<T>>(&mut self, batch: &Batch, mode: Mode) -> Rows<A, T> {
        let device = self.image.device();
        let map = match (&batch.pictures, &self.naming) {
            (Pictures::Pixels(pixels), None) => {
                self.image.forward(centred(&device, pixels, SIDE).put_tape(T::default()), SIDE, mode)
            }
            (Pictures::Pixels(pixels), Some(_)) => on(&device, self.look(pixels)).put_tape(T::default()),
            (Pictures::Maps(maps), _) => on(&device, maps.clone()).put_tape(T::default()),
        };
        let of = device.tensor_from_vec(batch.of.clone(), (batch.count(),));
        let Found { made, pointed } = self.fusion.find(map, &of, self.read(batch), mode);
        match pointed {
            // A name that is an answer is not made up: it is what is pointed at.
            Some(names) if self.has_eye() => {
                let logits = self.question.name(made, &self.answers);
                let is_made =
                    made_answers(&device).retaped::<T>().broadcast_like::<_, Axis<0>>(logits.shape());
                logits * is_made + names.matmul(named_answers(&device))
            }
            // Without an eye numbers have no names: they are added to the vector that was made.
            Some(rest) => {
                let rest = rest.reshape_like(&(batch.count(), Const::<EMBEDDING>));
                self.question.name(made + rest, &self.answers)
            }
            None => self.question.name(made, &self.answers),
        }
    }
    // ANCHOR_END: forward

    /// Whether it sees through an eye that has learned before.
    pub fn has_eye(&self) -> bool {
        self.naming.is_some()
    }

    /// Reads the questions of a batch; behind an eye, with the vectors of its names.
    pub fn read<T: Tape<f32, AnyDevice> + Merge<T>>(&self, batch: &Batch) -> Read<T> {
        let names = self.has_eye().then(|| self.question.vectors_of(self.name_words()));
        Read { names, ..self.question.read(batch) }
    }

    /// The word of every name of the eye. The numbers behind the names are always zero: any word will do.
    pub fn name_words(&self) -> [usize; CHANNELS] {
        let mut words = [PADDING; CHANNELS];
        for (answer, word) in Answer::all().into_iter().zip(&self.answers) {
            if let Some(name) = name_of(answer) {
                words[name] = *word;
            }
        }
        words
    }

    /// Every number of the network, by name.
    pub fn arrays(&self) -> Arrays {
        parameters::together([
            ("image", parameters::arrays(&self.image)),
            ("naming", self.naming.as_ref().map(parameters::arrays).unwrap_or_default()),
            ("question", parameters::arrays(&self.question)),
            ("fusion", parameters::arrays(&self.fusion)),
        ])
    }

    /// Puts numbers that [`arrays`](Self::arrays) gave into the network.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn set(&mut self, arrays: &Arrays) -> Result<(), Error> {
        parameters::set(&mut self.image, arrays, "image.")?;
        if let Some(naming) = &mut self.naming {
            parameters::set(naming, arrays, "naming.")?;
        }
        parameters::set(&mut self.question, arrays, "question.")?;
        Ok(parameters::set(&mut self.fusion, arrays, "fusion.")?)
    }
}

/// A network of any kind, to be asked.
pub trait Answerer: std::fmt::Debug {
    /// The probabilities of the answers to a batch: questions × answers.
    fn probabilities(&mut self, batch: &Batch) -> Vec<f32>;

    /// What it makes of pictures before it reads a question: pictures × locations × [`CHANNELS`].
    fn look(&mut self, pixels: &[f32]) -> Vec<f32>;

    /// Parameters: those of the streams that the network has, and of what compares them.
    fn parameters(&self) -> usize;
}

impl<F: Fusion, const W: usize, const A: usize> Answerer for Network<F, W, A> {
    fn probabilities(&mut self, batch: &Batch) -> Vec<f32> {
        self.forward::<NoneTape>(batch, Mode::Inference).softmax::<Axis<1>>().as_vec()
    }

    fn look(&mut self, pixels: &[f32]) -> Vec<f32> {
        let pictures = centred(&self.image.device(), pixels, SIDE);
        let map = self.image.forward(pictures, SIDE, Mode::Inference);
        self.naming.as_ref().map_or_else(|| map.as_vec(), |naming| naming.names(map.clone()))
    }

    fn parameters(&self) -> usize {
        let mut all = self.fusion.num_trainable_params();
        if F::STREAMS.image {
            all += self.image.num_trainable_params();
            all += self.naming.as_ref().map_or(0, Naming::num_trainable_params);
        }
        if F::STREAMS.question {
            all += self.question.num_trainable_params();
        }
        all
    }
}

/// Maps on a device: (pictures, locations, [`CHANNELS`]).
pub fn on(device: &AnyDevice, maps: Vec<f32>) -> Map {
    let count = maps.len() / (GRID * GRID * CHANNELS);
    device.tensor_from_vec(maps, (count, GRID * GRID, Const))
}

/// 1 for every answer about scenes that is made, and 0 for one that is a name: (`A`).
fn made_answers<const A: usize>(device: &AnyDevice) -> Tensor<(Const<A>,), f32, AnyDevice> {
    let is_made = |answer| if name_of(answer).is_none() { 1.0 } else { 0.0 };
    device.tensor_from_vec(Answer::all().into_iter().map(is_made).collect(), (Const,))
}

/// 1 for every number of a location at the answer that it is the name of, and else 0: ([`CHANNELS`], `A`).
fn named_answers<const A: usize>(device: &AnyDevice) -> Tensor<(Const<CHANNELS>, Const<A>), f32, AnyDevice> {
    let mut named = vec![0.0; CHANNELS * A];
    for (number, answer) in Answer::all().into_iter().enumerate() {
        if let Some(name) = name_of(answer) {
            named[name * A + number] = 1.0;
        }
    }
    device.tensor_from_vec(named, (Const, Const))
}

/// The numbers of the most probable answers, from probabilities of questions × answers.
pub fn most_probable(probabilities: &[f32], answers: usize) -> Vec<usize> {
    probabilities.chunks_exact(answers).map(lab::largest).collect()
}

// What is pointed at without an eye is added to a vector of a word.
const _: () = assert!(CHANNELS == EMBEDDING);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glimpses::Glimpses;
    use crate::questions::{Drawn, examples, split};
    use crate::train::Trainer;

    /// A network's logits of the answers to one question about a map of these names.
    fn logits(network: &mut Network<Glimpses>, names: Vec<f32>) -> Vec<f32> {
        let batch = Batch { pictures: Pictures::Maps(names), ..batch(1) };
        network.forward::<NoneTape>(&batch, Mode::Inference).as_vec()
    }

    fn batch(count: u64) -> Batch {
        Batch::of(&examples(&split(), Drawn::TRAINING, 1, 0..count).unwrap())
    }

    #[test]
    fn behind_an_eye_only_names_that_are_there_can_be_pointed_at() {
        let mut network: Network<Glimpses> = Network::behind(Eye::fresh(1), 1);
        let mut names = vec![0.0; GRID * GRID * CHANNELS];
        let is_name: Vec<bool> = Answer::all().into_iter().map(|answer| name_of(answer).is_some()).collect();
        for (logit, is_name) in logits(&mut network, names.clone()).iter().zip(&is_name) {
            assert_eq!(*logit == 0.0, *is_name);
        }
        let seen = 17;
        names[5 * CHANNELS + seen] = 1.0;
        for ((answer, logit), is_name) in
            Answer::all().into_iter().zip(logits(&mut network, names)).zip(is_name)
        {
            assert_eq!(logit == 0.0, is_name && name_of(answer) != Some(seen), "{answer}");
        }
    }

    #[test]
    fn every_name_has_the_vector_of_its_word() {
        let network: Network<Glimpses> = Network::behind(Eye::fresh(1), 1);
        let read = network.read::<NoneTape>(&batch(1));
        let names = read.names.unwrap().as_vec();
        let words = network.question.vectors_of::<NoneTape>(std::array::from_fn(|i| answers()[i.min(62)]));
        for (number, answer) in Answer::all().into_iter().enumerate() {
            if let Some(name) = name_of(answer) {
                let [name, word] = [
                    &names[name * EMBEDDING..][..EMBEDDING],
                    &words.as_vec()[number * EMBEDDING..][..EMBEDDING],
                ];
                assert_eq!(name, word, "{answer}");
            }
        }
    }

    #[test]
    fn an_eye_stays_as_it_is() {
        let mut network: Network<Glimpses> = Network::behind(Eye::fresh(1), 1);
        let before = network.arrays();
        Trainer::new(&network).step(&mut network, &batch(6), None, 0.01).unwrap();
        let after = network.arrays();
        let moved =
            |part: &str| before.iter().any(|(name, array)| name.starts_with(part) && after[name] != *array);
        assert!(moved("question.") && moved("fusion.") && !moved("image.") && !moved("naming."));
    }
}
