//! Show, Attend and Tell: look at a part of the picture before every word.
//!
//! In the order of the notes. The encoder gives $L = 196$ vectors $a_l$. Their mean sets up the state
//! $h_0$, and $h_0$ the first query $s_1$. Then for every step $t = 1, 2, …$
//!
//! 1. $s_t$ gives a distribution over the $L$ locations, and with the features $z_t$, what is seen there;
//! 2. $z_t$ and the word $y_t$ (first `<start>`, then the word before) give the state $h_t$;
//! 3. $h_t$ gives $s_{t+1}$, where to look next, and $d_t$, a distribution over the words.
//!
//! $$ (α_t, z_t) = \mathrm{attend}(s_t, a), \qquad h_t = \mathrm{LSTM}([z_t; W_e y_t], h_{t-1}), \qquad
//! s_{t+1} = W_s h_t + b_s, \qquad d_t = \mathrm{softmax}(W_d h_t + b_d) $$
//!
//! (Xu, Ba, Kiros, Cho, Courville, Salakhutdinov, Zemel and Bengio 2015, *Show, Attend and Tell: Neural Image
//! Caption Generation with Visual Attention*, arXiv:1502.03044, section 3.1.2.) Two of the paper's
//! refinements are left out: the gate β that scales $z_t$, and the deep output layer that gives $z_t$ and
//! $y_t$ to $d_t$ directly.

use crate::batch::Batch;
use crate::captioner::{Captioner, Learned, Loss, Next, Rows, numbers, reordered, repeated};
use crate::encoder::{self, Eye, Mode};
use crate::hard_attention::Looks;
use crate::soft_attention::{Seen, SoftAttention};
use crate::vocabulary::START;
use crate::{ATTENTION, CHANNELS, EMBEDDING, Error, HIDDEN, INPUT, LOCATIONS};
use dfdx::nn::modules::{Embedding, Linear};
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::additive_attention::Weights;
use layers::{Activations, Lstm, LstmState, global_average_pool, try_cross_entropy};
use num_traits::Float;
use rand_distr::uniform::SampleUniform;
use rand_distr::{Distribution, StandardNormal};

// ANCHOR: model
/// The model for `V` words.
#[derive(Clone, Debug)]
pub struct ShowAttendTell<const V: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Picture to 14 × 14 features $a$.
    pub eye: Eye<V, E, D>,
    /// Mean feature to the first state $h_0$.
    pub begin: Linear<CHANNELS, HIDDEN, E, D>,
    /// State to the query $s$, where to look next; query and features to α and $z$.
    pub attention: SoftAttention<E, D>,
    /// A row for every word: $W_e$.
    pub words: Embedding<V, EMBEDDING, E, D>,
    /// $z$ and word to the next state $h$.
    pub lstm: Lstm<INPUT, HIDDEN, E, D>,
    /// State to words $d$.
    pub speak: Linear<HIDDEN, V, E, D>,
}
// ANCHOR_END: model

/// What the model keeps in mind while it writes.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Of the picture.
    seen: Seen,
    /// Of the sentence so far.
    state: LstmState<HIDDEN, AnyDevice, NoneTape>,
}

/// What a step gives.
struct Step<T> {
    /// α: pictures × locations, without a tape.
    alpha: Weights<AnyDevice, T>,
    /// $h_t$, with the tape.
    state: LstmState<HIDDEN, AnyDevice, T>,
}

impl<const V: usize> ShowAttendTell<V> {
    // ANCHOR: begin
    /// The features of pictures, their mean, and the first state, $h_0$, which has the tape.
    fn begin<T: Tape<f32, AnyDevice>>(
        &mut self,
        pictures: Activations<5, AnyDevice, T>,
        mode: Mode,
    ) -> (Seen, Rows<CHANNELS, T>, LstmState<HIDDEN, AnyDevice, T>) {
        let map = self.eye.encoder.forward(pictures, mode);
        let (seen, tape) = self.attention.see(map);
        let mean = global_average_pool(seen.features.tensor().clone().put_tape(tape));
        let kept = mean.with_empty_tape();
        let hidden = (self.begin.forward(mean) * crate::knob("BS", 1.0)).tanh();
        let cell = LstmState::zeros(hidden.device(), hidden.shape().0).cell;
        (seen, kept, LstmState { hidden, cell })
    }
    // ANCHOR_END: begin

    // ANCHOR: step
    /// One step: from $h_{t-1}$ and the word $y_t$ to α and $h_t$.
    fn step<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        seen: &Seen,
        before: LstmState<HIDDEN, AnyDevice, T>,
        words: &[usize],
    ) -> Step<T> {
        let kept = before.hidden.with_empty_tape();
        let s = self.attention.query.forward(before.hidden); // pictures × ATTENTION
        let (alpha, z) = self.attention.attend(seen, s); // pictures × LOCATIONS, pictures × CHANNELS
        let state = self.advance(z, words, LstmState { hidden: kept, cell: before.cell });
        Step { alpha, state }
    }

    /// From what is seen, $z_t$, and the word $y_t$ to the state $h_t$. The tape comes with $z_t$.
    fn advance<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        z: Rows<CHANNELS, T>,
        words: &[usize],
        before: LstmState<HIDDEN, AnyDevice, T>,
    ) -> LstmState<HIDDEN, AnyDevice, T> {
        let count = words.len();
        let index = z.device().tensor_from_vec(words.to_vec(), (count,));
        let y = self.words.weight.retaped::<T>().gather(index); // pictures × EMBEDDING
        let z = (z * crate::knob("ZS", 1.0)).reshape_like(&(count, CHANNELS));
        let both = (z, y.reshape_like(&(count, EMBEDDING))).concat_along(Axis::<1>);
        self.lstm.step(both.reshape_like(&(count, Const::<INPUT>)), before)
    }
    // ANCHOR_END: step

    // ANCHOR: doubly_stochastic
    /// How far the attention that a location gets over the sentence is from 1, squared, summed over the
    /// locations; the mean over the pictures (equation 14 of the paper).
    fn penalty(total: Weights<AnyDevice, OwnedTape<f32, AnyDevice>>) -> Loss {
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
        let mut begin: Linear<CHANNELS, HIDDEN, f32, AnyDevice> = BuildModule::build(&device);
        let mut words: Embedding<V, EMBEDDING, f32, AnyDevice> = BuildModule::build(&device);
        let mut speak: Linear<HIDDEN, V, f32, AnyDevice> = BuildModule::build(&device);
        begin.reset_params();
        words.reset_params();
        words.weight = words.weight * crate::knob("WS", 1.0);
        speak.reset_params();
        Self {
            eye: Eye::new(&device, seed),
            begin,
            attention: SoftAttention::new(&device, place(5)),
            words,
            lstm: { let mut l = Lstm::new(&device, place(6)); l.weight = l.weight * crate::knob("LS", 1.0); l },
            speak,
        }
    }

    // ANCHOR: learn
    fn learn(&mut self, batch: &Batch, penalty: f32) -> Result<Learned, Error> {
        let device = self.words.weight.device().clone();
        let pictures = encoder::input(&device, &batch.pixels).leaky_traced();
        let (seen, mean, mut state) = self.begin(pictures, Mode::Training);
        let (mut hidden, mut total) = (vec![], None);
        for (t, words) in batch.inputs.iter().enumerate() {
            let step = self.step(&seen, state, words);
            hidden.push(step.state.hidden.with_empty_tape());
            // Behind the end of a sentence nobody looks.
            let weights = device.tensor_from_vec(batch.weights_of(t).to_vec(), (batch.count,));
            let alpha = step.alpha * weights.broadcast_like::<_, Axis<1>>(&(batch.count, LOCATIONS));
            total = Some(match total {
                None => alpha,
                Some(total) => total + alpha,
            });
            state = step.state;
        }
        let (_, tape) = state.hidden.split_tape();
        let rows = batch.steps * batch.count;
        let (hidden, stacked) = hidden.stack().split_tape(); // steps × pictures × HIDDEN
        let hidden = hidden.put_tape(stacked.merge(tape)).reshape_like(&(rows, Const::<HIDDEN>));
        let words = try_cross_entropy(self.speak.forward(hidden), &batch.targets, &batch.weights)?;
        let value = words.array();
        let words = words + self.eye.bag_of_words(mean, batch)? * crate::knob("AUX", 1.0);
        let loss = match total {
            Some(total) if penalty != 0.0 => words + Self::penalty(total) * penalty,
            _ => words,
        };
        Ok(Learned { loss, words: value })
    }
    // ANCHOR_END: learn

    fn look(&mut self, pixels: &[f32], rows: usize) -> Memory {
        let device = self.words.weight.device().clone();
        let (seen, _, state) = self.begin(encoder::input(&device, pixels), Mode::Use);
        let (seen, _) = self.attention.see(repeated(seen.features.tensor(), rows));
        let from: Vec<usize> = (0..state.hidden.shape().0).flat_map(|i| vec![i; rows]).collect();
        let hidden = reordered(&state.hidden, &from);
        let cell = reordered(&state.cell, &from);
        Memory { seen, state: LstmState { hidden, cell } }
    }

    // ANCHOR: next
    fn next(&self, memory: &mut Memory, words: &[usize]) -> Next {
        let step = self.step(&memory.seen, memory.state.clone(), words);
        let logits = self.speak.forward(step.state.hidden.clone()); // d, before the softmax
        memory.state = step.state;
        let log_probabilities = numbers(&logits.log_softmax::<Axis<1>>());
        Next { log_probabilities, looked: numbers(&step.alpha) }
    }
    // ANCHOR_END: next

    fn follow(&self, memory: &mut Memory, from: &[usize]) {
        memory.state.hidden = reordered(&memory.state.hidden, from);
        memory.state.cell = reordered(&memory.state.cell, from);
    }
}

impl<const V: usize, E, D> TensorCollection<E, D> for ShowAttendTell<V, E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = ShowAttendTell<V, E2, D2>;

    fn iter_tensors<W: ModuleVisitor<Self, E, D>>(
        visitor: &mut W,
    ) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        visitor.visit_fields(
            (
                Self::module("eye", |s| &s.eye, |s| &mut s.eye),
                Self::module("begin", |s| &s.begin, |s| &mut s.begin),
                Self::module("attention", |s| &s.attention, |s| &mut s.attention),
                Self::module("words", |s| &s.words, |s| &mut s.words),
                Self::module("lstm", |s| &s.lstm, |s| &mut s.lstm),
                Self::module("speak", |s| &s.speak, |s| &mut s.speak),
            ),
            |(eye, begin, attention, words, lstm, speak)| ShowAttendTell {
                eye,
                begin,
                    attention,
                words,
                lstm,
                speak,
            },
        )
    }
}

impl<const V: usize> Looks for ShowAttendTell<V> {
    fn rewards(&mut self, pixels: &[f32], sentence: &[usize], step: usize) -> (Vec<f32>, Vec<f32>) {
        let mut memory = self.look(pixels, 1);
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
        let state = self.advance(z, &vec![read(step); LOCATIONS], LstmState { hidden, cell });
        let log_probabilities = numbers(&self.speak.forward(state.hidden).log_softmax::<Axis<1>>());
        let rewards = log_probabilities.chunks_exact(V).map(|words| words[sentence[step]]).collect();
        (numbers(&alpha), rewards)
    }
}
