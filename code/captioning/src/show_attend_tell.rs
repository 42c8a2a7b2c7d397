//! Show, Attend and Tell: look at a part of the picture before every word.
//!
//! In the order of the notes. The encoder gives $L = 196$ vectors $a_l$. A small network makes
//! the state $h_0$ of their mean, and $h_0$ gives the first query $s_1$. Then for every step $t = 1, 2, …$
//!
//! 1. $s_t$ gives a distribution over the $L$ locations, and with the features $z_t$, what is seen there;
//! 2. $z_t$ and the word $y_t$ (first `<start>`, then the word before) give the state $h_t$;
//! 3. $h_t$ gives $s_{t+1}$, where to look next, and $d_t$, a distribution over the words.
//!
//! $$ (α_t, z_t) = \mathrm{attend}(s_t, a), \qquad h_t = \mathrm{LSTM}([z_t; W_e y_t], h_{t-1}), \qquad
//! s_{t+1} = W_s h_t + b_s, \qquad d_t = \mathrm{softmax}(W_d h_t + W_z z_t + b_d) $$
//!
//! (Xu, Ba, Kiros, Cho, Courville, Salakhutdinov, Zemel and Bengio 2015, *Show, Attend and Tell: Neural Image
//! Caption Generation with Visual Attention*, arXiv:1502.03044, section 3.1.2.) As in
//! the paper's output layer (equation 7), what is seen has its own short way to the word. Three of the paper's
//! refinements are left out: the gate β that scales $z_t$, the word $y_t$ in the output layer, and a second
//! network for the first cell state, which is zero here.

use crate::batch::Batch;
use crate::captioner::{Captioner, Learned, Loss, Next, Rows, Traced, numbers, reordered, repeated};
use crate::encoder::Map;
use crate::hard_attention::Looks;
use crate::soft_attention::{Seen, SoftAttention};
use crate::vocabulary::START;
use crate::{CHANNELS, EMBEDDING, Error, HIDDEN, INPUT, LOCATIONS};
use dfdx::nn::modules::{Embedding, Linear, ReLU, UnbiasedLinear};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::additive_attention::Weights;
use layers::fresh::{embedding, linear, module, unbiased};
use layers::{Lstm, LstmState, collection, global_average_pool, try_cross_entropy};

// ANCHOR: model
/// The model for `V` words.
#[derive(Clone, Debug)]
pub struct ShowAttendTell<const V: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Mean feature to the first state $h_0$.
    pub begin: Begin<E, D>,
    /// State to the query $s$, where to look next; query and features to α and $z$.
    pub attention: SoftAttention<E, D>,
    /// A row for every word: $W_e$.
    pub words: Embedding<V, EMBEDDING, E, D>,
    /// $z$ and word to the next state $h$.
    pub lstm: Lstm<INPUT, HIDDEN, E, D>,
    /// State to words $d$.
    pub speak: Linear<HIDDEN, V, E, D>,
    /// What is seen to words $d$.
    pub show: UnbiasedLinear<CHANNELS, V, E, D>,
}
// ANCHOR_END: model

/// Two linear maps with ReLU between them.
pub type Begin<E, D> = (Linear<CHANNELS, HIDDEN, E, D>, ReLU, Linear<HIDDEN, HIDDEN, E, D>);

/// What the model keeps in mind while it writes.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Of the picture.
    seen: Seen,
    /// Of the sentence so far.
    state: LstmState<HIDDEN, AnyDevice, NoneTape>,
}

impl<const V: usize> ShowAttendTell<V> {
    // ANCHOR: begin
    /// The annotation vectors with their keys, and for each of a picture's `each` sentences the first state, $h_0$,
    /// which has the tape.
    fn begin<T: Tape<f32, AnyDevice>>(
        &self,
        map: Map<T>,
        each: usize,
    ) -> (Seen, LstmState<HIDDEN, AnyDevice, T>) {
        let (seen, tape) = self.attention.see(map);
        let mean = global_average_pool(seen.features.tensor().clone().put_tape(tape));
        let hidden = repeated(self.begin.forward(mean).tanh(), each); // rows × HIDDEN
        let cell = LstmState::zeros(hidden.device(), hidden.shape().0).cell;
        (seen, LstmState { hidden, cell })
    }
    // ANCHOR_END: begin

    // ANCHOR: input
    /// What the recurrent network reads: what is seen, $z_t$, and the word $y_t$. The tape comes with $z_t$.
    fn input<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        z: Rows<CHANNELS, T>,
        words: &[usize],
    ) -> Rows<INPUT, T> {
        let count = words.len();
        let index = z.device().tensor_from_vec(words.to_vec(), (count,));
        let y = self.words.weight.retaped::<T>().gather(index); // rows × EMBEDDING
        let both = (z.reshape_like(&(count, CHANNELS)), y.reshape_like(&(count, EMBEDDING)));
        both.concat_along(Axis::<1>).reshape_like(&(count, Const::<INPUT>))
    }
    // ANCHOR_END: input

    // ANCHOR: step
    /// One step: from $h_{t-1}$ and the word $y_t$ to α and $h_t$.
    fn step(
        &self,
        memory: &Memory,
        words: &[usize],
    ) -> (Weights<AnyDevice, NoneTape>, Rows<CHANNELS>, LstmState<HIDDEN, AnyDevice, NoneTape>) {
        let s = self.attention.query.forward(memory.state.hidden.clone()); // rows × ATTENTION
        let (alpha, z) = self.attention.attend(&memory.seen, s); // rows × LOCATIONS, rows × CHANNELS
        let state = self.lstm.step(self.input(z.clone(), words), memory.state.clone());
        (alpha, z, state)
    }
    // ANCHOR_END: step

    // ANCHOR: doubly_stochastic
    /// How far the attention that a location gets over the sentence is from 1, squared, summed over the
    /// locations; the mean over the pictures (equation 14 of the paper).
    fn penalty(total: Weights<AnyDevice, Traced>) -> Loss {
        let pictures = total.shape().0 as f32;
        (-total + 1.0).square().sum() / pictures
    }
    // ANCHOR_END: doubly_stochastic
}

impl<const V: usize> Captioner for ShowAttendTell<V> {
    type Memory = Memory;

    fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let place = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self {
            begin: module(&device),
            attention: SoftAttention::new(&device, place(5)),
            words: embedding(&device),
            lstm: Lstm::new(&device, place(6)),
            speak: linear(&device),
            show: unbiased(&device),
        }
    }

    // ANCHOR: learn
    fn learn(&mut self, map: Map<Traced>, batch: &Batch, penalty: f32) -> Result<Learned, Error> {
        let device = map.device().clone();
        let (seen, state) = self.begin(map, batch.each);
        let mut walk = self.lstm.walk(state);
        let (mut hidden, mut shown, mut total) = (vec![], vec![], None);
        for (t, words) in batch.inputs.iter().enumerate() {
            let s = self.attention.query.forward(walk.state().hidden.with_empty_tape());
            let (alpha, z) = self.attention.attend(&seen, s);
            shown.push(z.with_empty_tape());
            walk.step(self.input(z, words));
            hidden.push(walk.state().hidden.with_empty_tape());
            if penalty > 0.0 {
                // Behind the end of a sentence nobody looks.
                let weights = device.tensor_from_vec(batch.weights_of(t).to_vec(), (batch.count,));
                let alpha = alpha * weights.broadcast_like::<_, Axis<1>>(&(batch.count, LOCATIONS));
                total = Some(match total {
                    None => alpha,
                    Some(total) => total + alpha,
                });
            }
        }
        let (_, tape) = walk.finish().hidden.split_tape();
        let rows = batch.steps * batch.count;
        let (hidden, stacked) = hidden.stack().split_tape(); // steps × rows × HIDDEN
        let hidden = hidden.put_tape(stacked.merge(tape)).reshape_like(&(rows, Const::<HIDDEN>));
        let shown = shown.stack().reshape_like(&(rows, Const::<CHANNELS>));
        let logits = self.speak.forward(hidden) + self.show.forward(shown);
        let words = try_cross_entropy(logits, &batch.targets, &batch.weights)?;
        let value = words.array();
        let loss = match total {
            Some(total) => words + Self::penalty(total) * penalty,
            None => words,
        };
        Ok(Learned { loss, words: value })
    }
    // ANCHOR_END: learn

    fn look(&mut self, map: Map, rows: usize) -> Memory {
        let (seen, state) = self.begin(map, rows);
        Memory { seen, state }
    }

    // ANCHOR: next
    fn next(&self, memory: &mut Memory, words: &[usize]) -> Next {
        let (alpha, z, state) = self.step(memory, words);
        let logits = self.speak.forward(state.hidden.clone()) + self.show.forward(z); // d, before the softmax
        memory.state = state;
        let log_probabilities = numbers(&logits.log_softmax::<Axis<1>>());
        Next { log_probabilities, looked: numbers(&alpha) }
    }
    // ANCHOR_END: next

    fn follow(&self, memory: &mut Memory, from: &[usize]) {
        memory.state.hidden = reordered(&memory.state.hidden, from);
        memory.state.cell = reordered(&memory.state.cell, from);
    }
}

collection!(ShowAttendTell<V> { begin, attention, words, lstm, speak, show });

impl<const V: usize> Looks for ShowAttendTell<V> {
    // ANCHOR: rewards
    fn rewards(&mut self, map: Map, sentence: &[usize], step: usize) -> (Vec<f32>, Vec<f32>) {
        let mut memory = self.look(map, 1);
        let read = |t: usize| if t == 0 { START } else { sentence[t - 1] };
        for t in 0..step {
            self.next(&mut memory, &[read(t)]);
        }
        let query = self.attention.query.forward(memory.state.hidden.clone());
        let (alpha, _) = self.attention.attend(&memory.seen, query);
        // One row for every location, which sees that location alone.
        let features = memory.seen.features.tensor().clone();
        let z: Rows<CHANNELS> = features.reshape_like(&(LOCATIONS, Const::<CHANNELS>));
        let rows = vec![0; LOCATIONS];
        let hidden = reordered(&memory.state.hidden, &rows);
        let cell = reordered(&memory.state.cell, &rows);
        let words = vec![read(step); LOCATIONS];
        let state = self.lstm.step(self.input(z.clone(), &words), LstmState { hidden, cell });
        let logits = self.speak.forward(state.hidden) + self.show.forward(z);
        let log_probabilities = numbers(&logits.log_softmax::<Axis<1>>());
        let rewards = log_probabilities.chunks_exact(V).map(|words| words[sentence[step]]).collect();
        (numbers(&alpha), rewards)
    }
    // ANCHOR_END: rewards
}
