//! Image to sentence: the whole picture becomes one vector, and the vector a sentence.
//!
//! The mean of the annotation vectors says what is there. To it is added what is where: the map is halved,
//! thinned out to [`THIN`] channels of 4 × 4 locations and flattened, and a linear map makes as many numbers
//! of it. The sum is the vector $z$. A recurrent network reads the vector beside each word (Vinyals, Toshev, Bengio and Erhan 2015, *Show and
//! Tell*, arXiv:1411.4555; the vector beside every word as in Donahue et al. 2015, arXiv:1411.4389):
//!
//! $$ z = \mathrm{CNN}(I), \qquad h_t = \mathrm{LSTM}([z; W_e y_t], h_{t-1}), \qquad
//! d_t = \mathrm{softmax}(W_d h_t + b_d) $$
//!
//! Vinyals et al. show the vector once, before the first word: what the picture says must then survive in the
//! state from the first word to the last noun.
//!
//! The mean alone is the usual vector, and forgets where things are: left and right could not be told.
//!
//! The $z$ of [Show, Attend and Tell](crate::show_attend_tell) is another one at every step. Here it stays the same: all it
//! will ever know of the picture, it has seen before the first word.

use crate::batch::Batch;
use crate::captioner::{Captioner, Learned, Next, Rows, Traced, numbers, reordered, repeated};
use crate::encoder::Map;
use crate::{CHANNELS, EMBEDDING, Error, GRID, HIDDEN, INPUT};
use dfdx::nn::modules::{Embedding, Linear};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::{
    Block, Grid, Lstm, LstmState, Mode, collection, fresh, global_average_pool, max_pool_2x2,
    try_cross_entropy,
};

/// Channels of the small map that is flattened.
pub const THIN: usize = 24;

/// The side of the small map, in locations.
const SMALL: usize = GRID.div_ceil(4);

/// Numbers of the flattened map.
const FLAT: usize = SMALL * SMALL * THIN;

// ANCHOR: model
/// The model for `V` words.
#[derive(Clone, Debug)]
pub struct ImageToSentence<const V: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Map to small map.
    pub thin: Block<CHANNELS, THIN, 3, E, D>,
    /// Small map to vector.
    pub project: Linear<FLAT, CHANNELS, E, D>,
    /// A row for every word: $W_e$.
    pub words: Embedding<V, EMBEDDING, E, D>,
    /// From step to step.
    pub lstm: Lstm<INPUT, HIDDEN, E, D>,
    /// From the state to the word.
    pub speak: Linear<HIDDEN, V, E, D>,
}
// ANCHOR_END: model

/// What the model keeps in mind while it writes.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Of the picture.
    vector: Rows<CHANNELS>,
    /// Of the sentence so far.
    state: LstmState<HIDDEN, AnyDevice, NoneTape>,
}

impl<const V: usize> ImageToSentence<V> {
    // ANCHOR: vector
    /// The vector $z$ of each picture, from its annotation vectors: their mean, and what is where.
    fn vector<T: Tape<f32, AnyDevice> + Merge<T>>(&mut self, map: Map<T>, mode: Mode) -> Rows<CHANNELS, T> {
        let mean = global_average_pool(map.with_empty_tape());
        let (x, grid) = max_pool_2x2(map, Grid::new(GRID, GRID)); // 7 × 7
        let (x, _) = self.thin.forward(x, grid, mode); // 4 × 4
        let count = x.shape().0;
        mean + self.project.forward(x.reshape_like(&(count, Const::<FLAT>)))
    }
    // ANCHOR_END: vector
}

impl<const V: usize> Captioner for ImageToSentence<V> {
    type Memory = Memory;

    fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let place = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        let (project, words, speak) = fresh::module(&device);
        Self {
            thin: Block::new(&device, 2, place(5)),
            project,
            words,
            lstm: Lstm::new(&device, place(6)),
            speak,
        }
    }

    // ANCHOR: learn
    fn learn(&mut self, map: Map<Traced>, batch: &Batch, _: f32) -> Result<Learned, Error> {
        let (device, count, steps) = (map.device().clone(), batch.count, batch.steps);
        let vector = self.vector(map, Mode::Training);
        // Sentence by sentence, as the recurrent network reads: sentence i and step t.
        let rows: Vec<(usize, usize)> = (0..count).flat_map(|i| (0..steps).map(move |t| (i, t))).collect();
        let index = |of: &dyn Fn(&(usize, usize)) -> usize| {
            device.tensor_from_vec(rows.iter().map(of).collect(), (rows.len(),))
        };
        let z = vector.gather(index(&|&(i, _)| i / batch.each)).reshape_like(&(rows.len(), CHANNELS));
        let words = self.words.weight.leaky_trace().gather(index(&|&(i, t)| batch.inputs[t][i]));
        let x = (z, words.reshape_like(&(rows.len(), EMBEDDING))).concat_along(Axis::<1>);
        let x = x.reshape_like(&(count, steps, Const::<INPUT>));
        let (hidden, _) = self.lstm.sequence(x, LstmState::zeros(&device, count));
        let hidden = hidden.reshape_like(&(rows.len(), Const::<HIDDEN>));
        let targets: Vec<usize> = rows.iter().map(|(i, t)| batch.targets[t * count + i]).collect();
        let weights: Vec<f32> = rows.iter().map(|(i, t)| batch.weights[t * count + i]).collect();
        let loss = try_cross_entropy(self.speak.forward(hidden), &targets, &weights)?;
        Ok(Learned { words: loss.array(), loss })
    }
    // ANCHOR_END: learn

    fn look(&mut self, map: Map, rows: usize) -> Memory {
        let vector = self.vector(map, Mode::Inference);
        let state = LstmState::zeros(vector.device(), vector.shape().0 * rows);
        Memory { vector: repeated(vector, rows), state }
    }

    // ANCHOR: next
    fn next(&self, memory: &mut Memory, words: &[usize]) -> Next {
        let index = memory.vector.device().tensor_from_vec(words.to_vec(), (words.len(),));
        let y = self.words.weight.clone().gather(index).reshape_like(&(words.len(), EMBEDDING));
        let z = memory.vector.clone().reshape_like(&(words.len(), CHANNELS));
        let x = (z, y).concat_along(Axis::<1>).reshape_like(&(words.len(), Const::<INPUT>));
        memory.state = self.lstm.step(x, memory.state.clone());
        let logits = self.speak.forward(memory.state.hidden.clone());
        Next { log_probabilities: numbers(&logits.log_softmax::<Axis<1>>()), looked: vec![] }
    }
    // ANCHOR_END: next

    fn follow(&self, memory: &mut Memory, from: &[usize]) {
        // Rows change places only among those of one picture, whose vector is the same.
        memory.state.hidden = reordered(&memory.state.hidden, from);
        memory.state.cell = reordered(&memory.state.cell, from);
    }
}

collection!(ImageToSentence<V> { thin, project, words, lstm, speak });
