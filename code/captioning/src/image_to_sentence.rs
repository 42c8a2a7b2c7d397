//! Image to sentence: the whole picture becomes one vector, and the vector a sentence.
//!
//! The map of features is halved, thinned out and flattened, and a linear map makes one vector of it. A
//! recurrent network reads the vector as if it were the first word, and then the words (Vinyals, Toshev,
//! Bengio and Erhan 2015, *Show and Tell*, arXiv:1411.4555, equations 10 to 12):
//!
//! $$ x_{-1} = \mathrm{CNN}(I), \qquad x_t = W_e S_t, \qquad p_{t+1} = \mathrm{softmax}(W_d\, \mathrm{LSTM}(x_t)) $$
//!
//! The mean over all locations would be the usual vector, and would forget where things are: left and
//! right could not be told. The flattened 4 × 4 map of [`THIN`] channels keeps it coarsely.
//!
//! It has no attention: all it will ever know of the picture, it has seen before the first word.

use crate::batch::Batch;
use crate::captioner::{Captioner, Learned, Next, Rows, numbers, reordered, repeated};
use crate::encoder::{self, Block, Eye, Mode};
use crate::{CHANNELS, Error, GRID, HIDDEN, INPUT};
use dfdx::nn::modules::{Embedding, Linear};
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::{Activations, Grid, Lstm, LstmState, global_average_pool, max_pool_2x2, try_cross_entropy};
use num_traits::Float;
use rand_distr::uniform::SampleUniform;
use rand_distr::{Distribution, StandardNormal};

/// Channels of the small map that is flattened.
pub const THIN: usize = 24;

/// Numbers of the flattened map.
const FLAT: usize = 4 * 4 * THIN;

/// The model for `V` words.
#[derive(Clone, Debug)]
pub struct ImageToSentence<const V: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Picture to map.
    pub eye: Eye<V, E, D>,
    /// Map to small map.
    pub thin: Block<CHANNELS, THIN, 3, E, D>,
    /// Small map to vector.
    pub project: Linear<FLAT, INPUT, E, D>,
    /// A row for every word.
    pub words: Embedding<V, INPUT, E, D>,
    /// From step to step.
    pub lstm: Lstm<INPUT, HIDDEN, E, D>,
    /// From the state to the word.
    pub speak: Linear<HIDDEN, V, E, D>,
}

impl<const V: usize> ImageToSentence<V> {
    // ANCHOR: vector
    /// The mean feature and the vector of each picture.
    fn vector<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<5, AnyDevice, T>,
        mode: Mode,
    ) -> (Rows<CHANNELS, T>, Rows<INPUT, T>) {
        let map = self.eye.encoder.forward(pictures, mode);
        let mean = global_average_pool(map.with_empty_tape());
        let (x, grid) = max_pool_2x2(map, Grid::new(GRID, GRID)); // 7 × 7
        let (x, _) = self.thin.forward(x, grid, mode); // 4 × 4
        let count = x.shape().0;
        (mean, self.project.forward(x.reshape_like(&(count, Const::<FLAT>))) * crate::knob("ZS", 1.0))
    }
    // ANCHOR_END: vector
}

impl<const V: usize> Captioner for ImageToSentence<V> {
    type Memory = LstmState<HIDDEN, AnyDevice, NoneTape>;

    fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let place = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        let mut project: Linear<FLAT, INPUT, f32, AnyDevice> = BuildModule::build(&device);
        let mut words: Embedding<V, INPUT, f32, AnyDevice> = BuildModule::build(&device);
        let mut speak: Linear<HIDDEN, V, f32, AnyDevice> = BuildModule::build(&device);
        project.reset_params();
        words.reset_params();
        words.weight = words.weight * crate::knob("WS", 1.0);
        speak.reset_params();
        Self {
            eye: Eye::new(&device, seed),
            thin: Block::new(&device, 2, place(5)),
            project,
            words,
            lstm: { let mut l = Lstm::new(&device, place(6)); l.weight = l.weight * crate::knob("LS", 1.0); l },
            speak,
        }
    }

    // ANCHOR: learn
    fn learn(&mut self, batch: &Batch, _: f32) -> Result<Learned, Error> {
        let (device, count, steps) = (self.words.weight.device().clone(), batch.count, batch.steps);
        let (mean, picture) = self.vector(encoder::input(&device, &batch.pixels).leaky_traced(), Mode::Training);
        let picture = picture.reshape_like(&(count, 1, Const::<INPUT>));
        // Sentence by sentence, as the recurrent network reads.
        let by_sentence = |t: usize, i: usize| t * count + i;
        let order: Vec<usize> =
            (0..count).flat_map(|i| (0..steps).map(move |t| by_sentence(t, i))).collect();
        let read: Vec<usize> =
            (0..count).flat_map(|i| batch.inputs.iter().map(move |words| words[i])).collect();
        let words = device.tensor_from_vec(read, (count, steps));
        let words = self.words.weight.leaky_trace().gather(words); // count × steps × INPUT
        let x = (picture, words).concat_along(Axis::<1>);
        let (hidden, _) = self.lstm.sequence(x, LstmState::zeros(&device, count));
        // What the picture alone gives is no word yet.
        let kept: Vec<usize> =
            (0..count).flat_map(|i| (1..=steps).map(move |t| i * (steps + 1) + t)).collect();
        let hidden = hidden.reshape_like(&(count * (steps + 1), Const::<HIDDEN>));
        let hidden: Rows<HIDDEN, _> = hidden.gather(device.tensor_from_vec(kept, (count * steps,)));
        let targets: Vec<usize> = order.iter().map(|&place| batch.targets[place]).collect();
        let weights: Vec<f32> = order.iter().map(|&place| batch.weights[place]).collect();
        let loss = try_cross_entropy(self.speak.forward(hidden), &targets, &weights)?;
        let words = loss.array();
        let loss = loss + self.eye.bag_of_words(mean, batch)? * crate::knob("AUX", 1.0);
        Ok(Learned { loss, words })
    }
    // ANCHOR_END: learn

    fn look(&mut self, pixels: &[f32], rows: usize) -> Self::Memory {
        let device = self.words.weight.device().clone();
        let (_, vector) = self.vector(encoder::input(&device, pixels), Mode::Use);
        let count = vector.shape().0;
        let each = repeated(&vector.reshape_like(&(count, 1, Const::<INPUT>)), rows);
        let vector = each.reshape_like(&(count * rows, Const::<INPUT>));
        self.lstm.step(vector, LstmState::zeros(&device, count * rows))
    }

    fn next(&self, memory: &mut Self::Memory, words: &[usize]) -> Next {
        let device = self.words.weight.device();
        let words = device.tensor_from_vec(words.to_vec(), (words.len(),));
        let x = self.words.weight.clone().gather(words);
        *memory = self.lstm.step(x, memory.clone());
        let logits = self.speak.forward(memory.hidden.clone());
        Next { log_probabilities: numbers(&logits.log_softmax::<Axis<1>>()), looked: vec![] }
    }

    fn follow(&self, memory: &mut Self::Memory, from: &[usize]) {
        memory.hidden = reordered(&memory.hidden, from);
        memory.cell = reordered(&memory.cell, from);
    }
}

impl<const V: usize, E, D> TensorCollection<E, D> for ImageToSentence<V, E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = ImageToSentence<V, E2, D2>;

    fn iter_tensors<W: ModuleVisitor<Self, E, D>>(
        visitor: &mut W,
    ) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        visitor.visit_fields(
            (
                Self::module("eye", |s| &s.eye, |s| &mut s.eye),
                Self::module("thin", |s| &s.thin, |s| &mut s.thin),
                Self::module("project", |s| &s.project, |s| &mut s.project),
                Self::module("words", |s| &s.words, |s| &mut s.words),
                Self::module("lstm", |s| &s.lstm, |s| &mut s.lstm),
                Self::module("speak", |s| &s.speak, |s| &mut s.speak),
            ),
            |(eye, thin, project, words, lstm, speak)| ImageToSentence {
                eye,
                thin,
                project,
                words,
                lstm,
                speak,
            },
        )
    }
}
