//! Long short-term memory.
//!
//! The cell state $c$ is kept or forgotten, number by number, and the hidden state $h$ is what the cell
//! shows of it. For an input $x_t$ of $I$ numbers and states of $H$ numbers (Hochreiter & Schmidhuber 1997,
//! *Long short-term memory*; with the forget gate of Gers, Schmidhuber & Cummins 2000, *Learning to forget*):
//!
//! $$ i_t = σ(x_t W_i + h_{t-1} U_i + b_i), \qquad f_t = σ(x_t W_f + h_{t-1} U_f + b_f) $$
//! $$ g_t = \tanh(x_t W_g + h_{t-1} U_g + b_g), \qquad o_t = σ(x_t W_o + h_{t-1} U_o + b_o) $$
//! $$ c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t, \qquad h_t = o_t ⊙ \tanh(c_t) $$
//!
//! Every $W$ is $I × H$, every $U$ is $H × H$, every $b$ has $H$ numbers. They are stored one after the
//! other in the order $i$ ([`INPUT`]), $f$ ([`FORGET`]), $g$ ([`CANDIDATE`]), $o$ ([`OUTPUT`]), which is
//! PyTorch's. The gradients, for the gradients $\bar h_t$ and $\bar c_t$ of the loss with respect to the two
//! states, the latter with what comes through $h_t$:
//!
//! $$ \bar c_t \mathrel{+}= \bar h_t ⊙ o_t ⊙ (1 - \tanh² c_t), \qquad \bar c_{t-1} = \bar c_t ⊙ f_t $$
//! $$ \bar i_t = \bar c_t ⊙ g_t ⊙ i_t ⊙ (1 - i_t), \qquad
//! \bar f_t = \bar c_t ⊙ c_{t-1} ⊙ f_t ⊙ (1 - f_t) $$
//! $$ \bar g_t = \bar c_t ⊙ i_t ⊙ (1 - g_t²), \qquad
//! \bar o_t = \bar h_t ⊙ \tanh(c_t) ⊙ o_t ⊙ (1 - o_t) $$
//!
//! where $\bar i_t$ to $\bar o_t$ are those of the sums inside σ and tanh; and from these
//! $\bar x_t = \sum_k \bar k_t W_k^⊤$, likewise what $h_{t-1}$ gets from $U_k$.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Lstm, LstmState};
//!
//! let device = Cpu::default();
//! let mut lstm = Lstm::<1, 1>::new(&device, 0);
//! lstm.weight = device.zeros();
//! lstm.recurrent_weight = device.zeros();
//! // The gates i, f and o open wide, and the candidate is 0: the cell keeps what it has.
//! lstm.bias = device.tensor([[50.], [50.], [0.], [50.]]);
//! let state = LstmState { hidden: device.zeros_like(&(1, Const)), cell: device.ones_like(&(1, Const)) };
//! let x = device.zeros_like(&(1, 3, Const)); // 1 sequence of 3 time steps
//! let (hidden, state) = lstm.sequence(x, state);
//! assert_eq!(hidden.as_vec(), [1.0_f32.tanh(); 3]);
//! assert_eq!(state.cell.as_vec(), [1.0]);
//! ```

use super::unrolled::{self, BLOCKS, Cell, Walk, Weights};
use super::{Rows, Sequence, at_time, between_bounds, check, joined, reset, uniform};
use crate::elementary::{sigmoid, tanh};
use crate::{Error, Operations};
use dfdx::prelude::*;
use multiversion::multiversion;
use multiversion::target::target_cfg_f;
use num_traits::Float;
use rand::SeedableRng;
use rand_distr::uniform::SampleUniform;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::sync::Arc;

/// Where the input gate's weights are: what of the candidate enters the cell.
pub const INPUT: usize = 0;
/// Where the forget gate's weights are: what of the cell stays.
pub const FORGET: usize = 1;
/// Where the candidate's weights are.
pub const CANDIDATE: usize = 2;
/// Where the output gate's weights are: what of the cell is shown.
pub const OUTPUT: usize = 3;

// ANCHOR: model
/// Long short-term memory: inputs of `IN` numbers, states of `HIDDEN` numbers.
///
/// A module of dfdx for optimizers, saving and loading.
#[derive(Clone, Debug)]
pub struct Lstm<const IN: usize, const HIDDEN: usize, E: Dtype = f32, D: Storage<E> = Cpu> {
    /// $W$: gate × input × hidden.
    pub weight: Tensor<Rank3<4, IN, HIDDEN>, E, D>,
    /// $U$: gate × hidden state before × hidden.
    pub recurrent_weight: Tensor<Rank3<4, HIDDEN, HIDDEN>, E, D>,
    /// $b$: gate × hidden.
    pub bias: Tensor<Rank2<4, HIDDEN>, E, D>,
}
// ANCHOR_END: model

/// What the network remembers from one time step to the next, for each row of a batch.
#[derive(Clone, Debug)]
pub struct LstmState<const HIDDEN: usize, D: Storage<f32>, T> {
    /// $h$: batch × hidden. What a step gives back has the tape here.
    pub hidden: Rows<HIDDEN, D, T>,
    /// $c$: batch × hidden. What a step gives back has an empty tape here.
    pub cell: Rows<HIDDEN, D, T>,
}

/// What comes of a sequence: all hidden states, and the last state.
pub type Unrolled<const HIDDEN: usize, D, T> = (Sequence<HIDDEN, D, T>, LstmState<HIDDEN, D, T>);

impl<const HIDDEN: usize, D: Device<f32>, T: Tape<f32, D>> LstmState<HIDDEN, D, T> {
    /// Zeros, with empty tapes.
    pub fn zeros(device: &D, batch: usize) -> Self {
        let zeros = || device.zeros_like(&(batch, Const)).put_tape(T::default());
        Self { hidden: zeros(), cell: zeros() }
    }
}

impl<const IN: usize, const HIDDEN: usize, D: Operations> Lstm<IN, HIDDEN, f32, D> {
    /// A network with weights from a uniform distribution between $-1/\sqrt H$ and $1/\sqrt H$, as in
    /// PyTorch, and with biases from the same, but for the forget gate's: they are 1, so that the network
    /// remembers before it has learned to (Gers et al. 2000; Jozefowicz, Zaremba & Sutskever 2015). The same
    /// seed gives the same weights on every device.
    pub fn new(device: &D, seed: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let weight = uniform(&mut generator, 4 * IN * HIDDEN, HIDDEN);
        let recurrent_weight = uniform(&mut generator, 4 * HIDDEN * HIDDEN, HIDDEN);
        let mut bias = uniform(&mut generator, 4 * HIDDEN, HIDDEN);
        bias[FORGET * HIDDEN..][..HIDDEN].fill(1.0);
        Self {
            weight: device.tensor_from_vec(weight, Default::default()),
            recurrent_weight: device.tensor_from_vec(recurrent_weight, Default::default()),
            bias: device.tensor_from_vec(bias, Default::default()),
        }
    }

    /// One time step: an input of (batch, `IN`) and the state before → the state after it. For many steps, a
    /// [`walk`](Self::walk) is faster.
    ///
    /// # Panics
    ///
    /// Where [`try_step`](Self::try_step) gives an error.
    pub fn step<T: Tape<f32, D>>(
        &self,
        x: Rows<IN, D, T>,
        state: LstmState<HIDDEN, D, T>,
    ) -> LstmState<HIDDEN, D, T> {
        self.try_step(x, state).unwrap_or_else(|error| panic!("{error}"))
    }

    /// All time steps: inputs of (batch, time, `IN`) and the first state → all hidden states, (batch, time,
    /// `HIDDEN`), and the last state, whose tapes are empty.
    ///
    /// # Panics
    ///
    /// Where [`try_sequence`](Self::try_sequence) gives an error.
    pub fn sequence<T: Tape<f32, D>>(
        &self,
        x: Sequence<IN, D, T>,
        state: LstmState<HIDDEN, D, T>,
    ) -> Unrolled<HIDDEN, D, T> {
        self.try_sequence(x, state).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Begins a walk from a state.
    pub fn walk<T: Tape<f32, D>>(&self, state: LstmState<HIDDEN, D, T>) -> LstmWalk<'_, IN, HIDDEN, D, T> {
        let (hidden, mut tape) = state.hidden.split_tape();
        let begun = D::begin_lstm(self, &mut tape);
        LstmWalk { lstm: self, state: LstmState { hidden: hidden.put_tape(tape), ..state }, begun }
    }

    /// As [`step`](Self::step).
    ///
    /// # Errors
    ///
    /// If input and state are not of the same batch, or the device fails.
    pub fn try_step<T: Tape<f32, D>>(
        &self,
        x: Rows<IN, D, T>,
        state: LstmState<HIDDEN, D, T>,
    ) -> Result<LstmState<HIDDEN, D, T>, Error> {
        let mut walk = self.walk(state);
        walk.try_step(x)?;
        Ok(walk.finish())
    }

    /// As [`sequence`](Self::sequence).
    ///
    /// # Errors
    ///
    /// If inputs and state are not of the same batch, there is no time step, or the device fails.
    pub fn try_sequence<T: Tape<f32, D>>(
        &self,
        x: Sequence<IN, D, T>,
        state: LstmState<HIDDEN, D, T>,
    ) -> Result<Unrolled<HIDDEN, D, T>, Error> {
        let walk = self.walk(state);
        D::lstm(x, walk.state, self, &walk.begun)
    }
}

/// A walk through time, step by step: for a loop in which the next input depends on the state.
///
/// It carries the state along, and the tape with it. On the CPU the steps share the work of packing the
/// weights, and compute the weights' gradients together, in one product at last.
///
/// ```
/// use dfdx::prelude::*;
/// use layers::{Lstm, LstmState};
///
/// let device = Cpu::default();
/// let lstm = Lstm::<3, 3>::new(&device, 1);
/// let mut walk = lstm.walk(LstmState::zeros(&device, 2));
/// let mut input = device.sample_normal_like(&(2, Const::<3>)).leaky_traced();
/// for _ in 0..4 {
///     walk.step(input);
///     input = walk.state().hidden.with_empty_tape(); // what was said is what is heard next
/// }
/// let gradients = walk.finish().hidden.square().sum().backward();
/// assert!(gradients.get(&lstm.weight).as_vec().iter().all(|&g| g != 0.0));
/// ```
#[derive(Debug)]
pub struct LstmWalk<'a, const IN: usize, const HIDDEN: usize, D: Operations, T: Tape<f32, D>> {
    lstm: &'a Lstm<IN, HIDDEN, f32, D>,
    state: LstmState<HIDDEN, D, T>,
    begun: Begun,
}

/// What the steps of a walk share on the CPU.
#[derive(Clone, Debug, Default)]
pub struct Begun(Option<Arc<Walk<LstmCell>>>);

impl<const IN: usize, const HIDDEN: usize, D: Operations, T: Tape<f32, D>> LstmWalk<'_, IN, HIDDEN, D, T> {
    /// The state after the last step. To use it, take a copy `with_empty_tape()`: its tape goes on with the
    /// walk.
    pub fn state(&self) -> &LstmState<HIDDEN, D, T> {
        &self.state
    }

    /// One time step: an input of (batch, `IN`).
    ///
    /// # Panics
    ///
    /// Where [`try_step`](Self::try_step) gives an error.
    pub fn step(&mut self, x: Rows<IN, D, T>) {
        self.try_step(x).unwrap_or_else(|error| panic!("{error}"));
    }

    /// As [`step`](Self::step).
    ///
    /// # Errors
    ///
    /// If input and state are not of the same batch, or the device fails.
    pub fn try_step(&mut self, x: Rows<IN, D, T>) -> Result<(), Error> {
        let batch = x.shape().0;
        let x = x.try_reshape_like(&(batch, 1, Const::<IN>)).map_err(Error::dfdx)?;
        let LstmState { hidden, cell } = &self.state;
        let left = LstmState { hidden: hidden.with_empty_tape(), cell: cell.with_empty_tape() };
        let before = std::mem::replace(&mut self.state, left);
        let (hidden, state) = D::lstm(x, before, self.lstm, &self.begun)?;
        let hidden = hidden.try_reshape_like(&(batch, Const::<HIDDEN>)).map_err(Error::dfdx)?;
        self.state = LstmState { hidden, ..state };
        Ok(())
    }

    /// Ends the walk: the last state, with the tape.
    pub fn finish(self) -> LstmState<HIDDEN, D, T> {
        self.state
    }
}

impl<const IN: usize, const HIDDEN: usize, E, D> TensorCollection<E, D> for Lstm<IN, HIDDEN, E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Lstm<IN, HIDDEN, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let bias = TensorOptions::reset_with(|bias: &mut Tensor<_, E, D>| {
            bias.try_fill_with_distr(between_bounds(HIDDEN))?;
            let mut numbers = bias.as_vec();
            numbers[FORGET * HIDDEN..][..HIDDEN].fill(E::one());
            bias.copy_from(&numbers);
            Ok(())
        });
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, reset::<HIDDEN, _, _, _>()),
                Self::tensor(
                    "recurrent_weight",
                    |s| &s.recurrent_weight,
                    |s| &mut s.recurrent_weight,
                    reset::<HIDDEN, _, _, _>(),
                ),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, bias),
            ),
            |(weight, recurrent_weight, bias)| Lstm { weight, recurrent_weight, bias },
        )
    }
}

/// The [LSTM](self) composed of dfdx's own operations, step by step, on any device.
///
/// # Errors
///
/// If inputs and state are not of the same batch, there is no time step, or the device fails.
pub fn plain<const IN: usize, const HIDDEN: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Sequence<IN, D, T>,
    state: LstmState<HIDDEN, D, T>,
    lstm: &Lstm<IN, HIDDEN, f32, D>,
) -> Result<Unrolled<HIDDEN, D, T>, Error> {
    check_state(&x, &state)?;
    let (x, tape) = x.split_tape();
    let (mut state, mut all) = (state, vec![]);
    for t in 0..x.shape().1 {
        state = plain_step(at_time(&x, t)?, state, lstm)?;
        all.push(state.hidden.with_empty_tape());
    }
    let (hidden, state_tape) = state.hidden.split_tape();
    let all = joined(all, tape.merge(state_tape))?;
    Ok((all, LstmState { hidden: hidden.put_tape(T::default()), cell: state.cell }))
}

/// One step: the equations above, line by line.
fn plain_step<const IN: usize, const HIDDEN: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Rows<IN, D, T>,
    before: LstmState<HIDDEN, D, T>,
    lstm: &Lstm<IN, HIDDEN, f32, D>,
) -> Result<LstmState<HIDDEN, D, T>, Error> {
    let error = Error::dfdx;
    let (x, x_tape) = x.split_tape();
    let (h, h_tape) = before.hidden.split_tape();
    // ANCHOR: plain
    let gate = |index: usize| -> Result<Rows<HIDDEN, D, T>, Error> {
        let index = x.device().try_tensor(index).map_err(error)?;
        let w = lstm.weight.retaped::<T>().try_select(index.clone()).map_err(error)?;
        let u = lstm.recurrent_weight.retaped::<T>().try_select(index.clone()).map_err(error)?;
        let b = lstm.bias.retaped::<T>().try_select(index).map_err(error)?;
        let sum = x.retaped::<T>().try_matmul(w).map_err(error)?;
        let sum = sum.try_add(h.retaped::<T>().try_matmul(u).map_err(error)?).map_err(error)?;
        let b = b.try_broadcast_like(sum.shape()).map_err(error)?;
        sum.try_add(b).map_err(error)
    };
    let i = gate(INPUT)?.try_sigmoid().map_err(error)?;
    let f = gate(FORGET)?.try_sigmoid().map_err(error)?;
    let g = gate(CANDIDATE)?.try_tanh().map_err(error)?;
    let o = gate(OUTPUT)?.try_sigmoid().map_err(error)?;
    let kept = f.try_mul(before.cell).map_err(error)?;
    let c = kept.try_add(i.try_mul(g).map_err(error)?).map_err(error)?;
    let (c, c_tape) = c.split_tape();
    let shown = c.clone().put_tape(c_tape.merge(x_tape).merge(h_tape)).try_tanh().map_err(error)?;
    let hidden = o.try_mul(shown).map_err(error)?;
    // ANCHOR_END: plain
    Ok(LstmState { hidden, cell: c.put_tape(T::default()) })
}

/// The [LSTM](self) over the whole sequence as one differentiable operation on the CPU.
///
/// # Errors
///
/// If inputs and state are not of the same batch, there is no time step, or the device fails.
pub fn fast<const IN: usize, const HIDDEN: usize, T: Tape<f32, Cpu>>(
    x: Sequence<IN, Cpu, T>,
    state: LstmState<HIDDEN, Cpu, T>,
    lstm: &Lstm<IN, HIDDEN>,
) -> Result<Unrolled<HIDDEN, Cpu, T>, Error> {
    lstm.try_sequence(x, state)
}

pub(crate) fn begin<const IN: usize, const HIDDEN: usize, T: Tape<f32, Cpu>>(
    lstm: &Lstm<IN, HIDDEN>,
    tape: &mut T,
) -> Begun {
    let weights = Weights {
        input: &lstm.weight,
        recurrent: &lstm.recurrent_weight,
        bias: &lstm.bias,
        recurrent_bias: None,
    };
    Begun(Some(unrolled::begin(weights, tape)))
}

pub(crate) fn advance<const IN: usize, const HIDDEN: usize, T: Tape<f32, Cpu>>(
    x: Sequence<IN, Cpu, T>,
    state: LstmState<HIDDEN, Cpu, T>,
    begun: &Begun,
) -> Result<Unrolled<HIDDEN, Cpu, T>, Error> {
    check_state(&x, &state)?;
    let walk = begun.0.as_ref().expect("begun on the CPU");
    let (all, [hidden, cell]) = unrolled::advance(x, [state.hidden, state.cell], walk)?;
    Ok((all, LstmState { hidden, cell }))
}

fn check_state<const IN: usize, const HIDDEN: usize, D: Storage<f32>, T>(
    x: &Sequence<IN, D, T>,
    state: &LstmState<HIDDEN, D, T>,
) -> Result<(), Error> {
    check("LSTM", x.shape(), "the hidden state", state.hidden.shape())?;
    check("LSTM", x.shape(), "the cell state", state.cell.shape())
}

/// The blocks are the four gates; the state is $h$, then $c$.
#[derive(Debug)]
struct LstmCell;

impl Cell for LstmCell {
    const INPUT: &'static [usize] = &[INPUT, FORGET, CANDIDATE, OUTPUT];
    const RECURRENT: &'static [usize] = &[INPUT, FORGET, CANDIDATE, OUTPUT];

    fn forward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &mut [f32]) {
        forward(blocks, before, state);
    }

    fn backward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &[f32], gradient: &mut [f32]) {
        backward(blocks, before, state, gradient);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn forward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let n = before.len() / 2;
    let [i, f, g, o] = blocks.map(|block| &mut block[..n]);
    let before = &before[n..][..n];
    let (hidden, cell) = state.split_at_mut(n);
    let (hidden, cell) = (&mut hidden[..n], &mut cell[..n]);
    for k in 0..n {
        i[k] = sigmoid::<FUSED>(i[k]);
        f[k] = sigmoid::<FUSED>(f[k]);
        g[k] = tanh::<FUSED>(g[k]);
        o[k] = sigmoid::<FUSED>(o[k]);
        cell[k] = f[k] * before[k] + i[k] * g[k];
        hidden[k] = o[k] * tanh::<FUSED>(cell[k]);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn backward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &[f32], gradient: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let n = before.len() / 2;
    let [i, f, g, o] = blocks.map(|block| &mut block[..n]);
    let (before, cell) = (&before[n..][..n], &state[n..][..n]);
    let (hidden_gradient, cell_gradient) = gradient.split_at_mut(n);
    let (hidden_gradient, cell_gradient) = (&mut hidden_gradient[..n], &mut cell_gradient[..n]);
    // ANCHOR: backward
    for k in 0..n {
        let shown = tanh::<FUSED>(cell[k]);
        let to_hidden = hidden_gradient[k];
        let to_cell = cell_gradient[k] + to_hidden * o[k] * (1.0 - shown * shown);
        // The hidden state before acts through the four sums alone: its gradient comes from them.
        hidden_gradient[k] = 0.0;
        cell_gradient[k] = to_cell * f[k];
        let (to_input, to_candidate) = (to_cell * g[k], to_cell * i[k]);
        i[k] = to_input * i[k] * (1.0 - i[k]);
        f[k] = to_cell * before[k] * f[k] * (1.0 - f[k]);
        g[k] = to_candidate * (1.0 - g[k] * g[k]);
        o[k] = to_hidden * shown * o[k] * (1.0 - o[k]);
    }
    // ANCHOR_END: backward
}
