//! The gated recurrent unit.
//!
//! One state $h$ of $H$ numbers, each of which is kept or replaced by a candidate, for an input $x_t$ of $I$
//! numbers (Cho et al. 2014, arXiv:1406.1078, section 2.3):
//!
//! $$ r_t = σ(x_t W_r + h_{t-1} U_r + b_r), \qquad z_t = σ(x_t W_z + h_{t-1} U_z + b_z) $$
//! $$ n_t = \tanh(x_t W_n + b_n + r_t ⊙ (h_{t-1} U_n + b_U)), \qquad
//! h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1} $$
//!
//! In the paper, the reset gate $r$ multiplies $h_{t-1}$ before the matrix; here it multiplies the product,
//! as in PyTorch and cuDNN: the three products with $h_{t-1}$ can then be computed at once. That is why the
//! candidate has a second bias $b_U$. Every $W$ is $I × H$, every $U$ is $H × H$, every $b$ has $H$ numbers.
//! They are stored one after the other in the order $r$ ([`RESET`]), $z$ ([`UPDATE`]), $n$
//! ([`CANDIDATE`]), which is PyTorch's. The gradients, for the gradient $\bar h_t$ of the loss with respect
//! to the state, and with $q_t = h_{t-1} U_n + b_U$:
//!
//! $$ \bar n_t = \bar h_t ⊙ (1 - z_t) ⊙ (1 - n_t²), \qquad
//! \bar z_t = \bar h_t ⊙ (h_{t-1} - n_t) ⊙ z_t ⊙ (1 - z_t) $$
//! $$ \bar q_t = \bar n_t ⊙ r_t, \qquad \bar r_t = \bar n_t ⊙ q_t ⊙ r_t ⊙ (1 - r_t) $$
//! $$ \bar h_{t-1} = \bar h_t ⊙ z_t + \bar r_t U_r^⊤ + \bar z_t U_z^⊤ + \bar q_t U_n^⊤ $$
//!
//! where $\bar r_t$, $\bar z_t$ and $\bar n_t$ are those of the sums inside σ and tanh; and
//! $\bar x_t = \bar r_t W_r^⊤ + \bar z_t W_z^⊤ + \bar n_t W_n^⊤$.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::Gru;
//!
//! let device = Cpu::default();
//! let mut gru = Gru::<1, 1>::new(&device, 0);
//! gru.weight = device.tensor([[[0.]], [[0.]], [[1.]]]); // the candidate is tanh(x)
//! gru.recurrent_weight = device.zeros();
//! gru.bias = device.tensor([[0.], [0.], [0.]]); // z = 1/2: half of the old, half of the candidate
//! gru.recurrent_bias = device.zeros();
//! let x = device.tensor_from_vec(vec![100., 100., -100.], (1, 3, Const)); // 1 sequence of 3 time steps
//! let (hidden, _) = gru.sequence(x, device.zeros_like(&(1, Const)));
//! assert_eq!(hidden.as_vec(), [0.5, 0.75, -0.125]);
//! ```

use super::unrolled::{self, BLOCKS, Cell, Walk, Weights};
use super::{Rows, Sequence, at_time, check, joined, reset, uniform};
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

/// Where the reset gate's weights are: what of the state the candidate sees.
pub const RESET: usize = 0;
/// Where the update gate's weights are: what of the state stays.
pub const UPDATE: usize = 1;
/// Where the candidate's weights are.
pub const CANDIDATE: usize = 2;

/// The gated recurrent unit: inputs of `IN` numbers, a state of `HIDDEN` numbers.
///
/// A module of dfdx for optimizers, saving and loading.
#[derive(Clone, Debug)]
pub struct Gru<const IN: usize, const HIDDEN: usize, E: Dtype = f32, D: Storage<E> = Cpu> {
    /// $W$: gate × input × hidden.
    pub weight: Tensor<Rank3<3, IN, HIDDEN>, E, D>,
    /// $U$: gate × hidden state before × hidden.
    pub recurrent_weight: Tensor<Rank3<3, HIDDEN, HIDDEN>, E, D>,
    /// $b$: gate × hidden.
    pub bias: Tensor<Rank2<3, HIDDEN>, E, D>,
    /// $b_U$, the candidate's second bias, which the reset gate multiplies.
    pub recurrent_bias: Tensor<Rank1<HIDDEN>, E, D>,
}

/// What comes of a sequence: all hidden states, and the last one.
pub type Unrolled<const HIDDEN: usize, D, T> = (Sequence<HIDDEN, D, T>, Rows<HIDDEN, D, T>);

impl<const IN: usize, const HIDDEN: usize, D: Operations> Gru<IN, HIDDEN, f32, D> {
    /// A network with weights and biases from a uniform distribution between $-1/\sqrt H$ and $1/\sqrt H$,
    /// as in PyTorch. The same seed gives the same weights on every device.
    pub fn new(device: &D, seed: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut numbers = |count| uniform(&mut generator, count, HIDDEN);
        Self {
            weight: device.tensor_from_vec(numbers(3 * IN * HIDDEN), Default::default()),
            recurrent_weight: device.tensor_from_vec(numbers(3 * HIDDEN * HIDDEN), Default::default()),
            bias: device.tensor_from_vec(numbers(3 * HIDDEN), Default::default()),
            recurrent_bias: device.tensor_from_vec(numbers(HIDDEN), Default::default()),
        }
    }

    /// One time step: an input of (batch, `IN`) and the state before, (batch, `HIDDEN`) → the state after
    /// it. For many steps, a [`walk`](Self::walk) is faster.
    ///
    /// # Panics
    ///
    /// Where [`try_step`](Self::try_step) gives an error.
    pub fn step<T: Tape<f32, D>>(&self, x: Rows<IN, D, T>, state: Rows<HIDDEN, D, T>) -> Rows<HIDDEN, D, T> {
        self.try_step(x, state).unwrap_or_else(|error| panic!("{error}"))
    }

    /// All time steps: inputs of (batch, time, `IN`) and the first state, (batch, `HIDDEN`) → all hidden
    /// states, (batch, time, `HIDDEN`), and the last one, whose tape is empty.
    ///
    /// # Panics
    ///
    /// Where [`try_sequence`](Self::try_sequence) gives an error.
    pub fn sequence<T: Tape<f32, D>>(
        &self,
        x: Sequence<IN, D, T>,
        state: Rows<HIDDEN, D, T>,
    ) -> Unrolled<HIDDEN, D, T> {
        self.try_sequence(x, state).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Begins a walk from a state.
    pub fn walk<T: Tape<f32, D>>(&self, state: Rows<HIDDEN, D, T>) -> GruWalk<'_, IN, HIDDEN, D, T> {
        let (state, mut tape) = state.split_tape();
        let begun = D::begin_gru(self, &mut tape);
        GruWalk { gru: self, state: state.put_tape(tape), begun }
    }

    /// As [`step`](Self::step).
    ///
    /// # Errors
    ///
    /// If input and state are not of the same batch, or the device fails.
    pub fn try_step<T: Tape<f32, D>>(
        &self,
        x: Rows<IN, D, T>,
        state: Rows<HIDDEN, D, T>,
    ) -> Result<Rows<HIDDEN, D, T>, Error> {
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
        state: Rows<HIDDEN, D, T>,
    ) -> Result<Unrolled<HIDDEN, D, T>, Error> {
        let walk = self.walk(state);
        D::gru(x, walk.state, self, &walk.begun)
    }
}

/// A walk through time, step by step: for a loop in which the next input depends on the state.
///
/// It carries the state along, and the tape with it. On the CPU the steps share the work of packing the
/// weights, and compute the weights' gradients together, in one product at last. [`LstmWalk`](super::LstmWalk)
/// has an example.
#[derive(Debug)]
pub struct GruWalk<'a, const IN: usize, const HIDDEN: usize, D: Operations, T: Tape<f32, D>> {
    gru: &'a Gru<IN, HIDDEN, f32, D>,
    state: Rows<HIDDEN, D, T>,
    begun: Begun,
}

/// What the steps of a walk share on the CPU.
#[derive(Clone, Debug, Default)]
pub struct Begun(Option<Arc<Walk<GruCell>>>);

impl<const IN: usize, const HIDDEN: usize, D: Operations, T: Tape<f32, D>> GruWalk<'_, IN, HIDDEN, D, T> {
    /// The state after the last step, (batch, `HIDDEN`). To use it, take a copy `with_empty_tape()`: its
    /// tape goes on with the walk.
    pub fn state(&self) -> &Rows<HIDDEN, D, T> {
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
        let left = self.state.with_empty_tape();
        let before = std::mem::replace(&mut self.state, left);
        let (hidden, _) = D::gru(x, before, self.gru, &self.begun)?;
        self.state = hidden.try_reshape_like(&(batch, Const::<HIDDEN>)).map_err(Error::dfdx)?;
        Ok(())
    }

    /// Ends the walk: the last state, with the tape.
    pub fn finish(self) -> Rows<HIDDEN, D, T> {
        self.state
    }
}

impl<const IN: usize, const HIDDEN: usize, E, D> TensorCollection<E, D> for Gru<IN, HIDDEN, E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Gru<IN, HIDDEN, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, reset::<HIDDEN, _, _, _>()),
                Self::tensor(
                    "recurrent_weight",
                    |s| &s.recurrent_weight,
                    |s| &mut s.recurrent_weight,
                    reset::<HIDDEN, _, _, _>(),
                ),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, reset::<HIDDEN, _, _, _>()),
                Self::tensor(
                    "recurrent_bias",
                    |s| &s.recurrent_bias,
                    |s| &mut s.recurrent_bias,
                    reset::<HIDDEN, _, _, _>(),
                ),
            ),
            |(weight, recurrent_weight, bias, recurrent_bias)| Gru {
                weight,
                recurrent_weight,
                bias,
                recurrent_bias,
            },
        )
    }
}

/// The [GRU](self) composed of dfdx's own operations, step by step, on any device.
///
/// # Errors
///
/// If inputs and state are not of the same batch, there is no time step, or the device fails.
pub fn plain<const IN: usize, const HIDDEN: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Sequence<IN, D, T>,
    state: Rows<HIDDEN, D, T>,
    gru: &Gru<IN, HIDDEN, f32, D>,
) -> Result<Unrolled<HIDDEN, D, T>, Error> {
    check("GRU", x.shape(), "the state", state.shape())?;
    let (x, tape) = x.split_tape();
    let (mut state, mut all) = (state, vec![]);
    for t in 0..x.shape().1 {
        state = plain_step(at_time(&x, t)?, state, gru)?;
        all.push(state.with_empty_tape());
    }
    let (state, state_tape) = state.split_tape();
    Ok((joined(all, tape.merge(state_tape))?, state.put_tape(T::default())))
}

/// One step: the equations above, line by line.
fn plain_step<const IN: usize, const HIDDEN: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Rows<IN, D, T>,
    before: Rows<HIDDEN, D, T>,
    gru: &Gru<IN, HIDDEN, f32, D>,
) -> Result<Rows<HIDDEN, D, T>, Error> {
    let error = Error::dfdx;
    let (x, x_tape) = x.split_tape();
    let (h, h_tape) = before.split_tape();
    let index = |index: usize| x.device().try_tensor(index).map_err(error);
    let input = |gate: usize| -> Result<Rows<HIDDEN, D, T>, Error> {
        let w = gru.weight.retaped::<T>().try_select(index(gate)?).map_err(error)?;
        let b = gru.bias.retaped::<T>().try_select(index(gate)?).map_err(error)?;
        let sum = x.retaped::<T>().try_matmul(w).map_err(error)?;
        let b = b.try_broadcast_like(sum.shape()).map_err(error)?;
        sum.try_add(b).map_err(error)
    };
    let recurrent = |gate: usize| -> Result<Rows<HIDDEN, D, T>, Error> {
        let u = gru.recurrent_weight.retaped::<T>().try_select(index(gate)?).map_err(error)?;
        h.retaped::<T>().try_matmul(u).map_err(error)
    };
    let r = input(RESET)?.try_add(recurrent(RESET)?).map_err(error)?.try_sigmoid().map_err(error)?;
    let z = input(UPDATE)?.try_add(recurrent(UPDATE)?).map_err(error)?.try_sigmoid().map_err(error)?;
    let d = gru.recurrent_bias.retaped::<T>().try_broadcast_like(h.shape()).map_err(error)?;
    let q = recurrent(CANDIDATE)?.try_add(d).map_err(error)?;
    let n = input(CANDIDATE)?.try_add(r.try_mul(q).map_err(error)?).map_err(error)?;
    let n = n.try_tanh().map_err(error)?;
    let kept = z.with_empty_tape().try_mul(h.put_tape(x_tape.merge(h_tape))).map_err(error)?;
    let new = z.try_negate().map_err(error)?.try_add(1.0).map_err(error)?.try_mul(n).map_err(error)?;
    new.try_add(kept).map_err(error)
}

/// The [GRU](self) over the whole sequence as one differentiable operation on the CPU.
///
/// # Errors
///
/// If inputs and state are not of the same batch, there is no time step, or the device fails.
pub fn fast<const IN: usize, const HIDDEN: usize, T: Tape<f32, Cpu>>(
    x: Sequence<IN, Cpu, T>,
    state: Rows<HIDDEN, Cpu, T>,
    gru: &Gru<IN, HIDDEN>,
) -> Result<Unrolled<HIDDEN, Cpu, T>, Error> {
    gru.try_sequence(x, state)
}

pub(crate) fn begin<const IN: usize, const HIDDEN: usize, T: Tape<f32, Cpu>>(
    gru: &Gru<IN, HIDDEN>,
    tape: &mut T,
) -> Begun {
    let weights = Weights {
        input: &gru.weight,
        recurrent: &gru.recurrent_weight,
        bias: &gru.bias,
        recurrent_bias: Some(&gru.recurrent_bias),
    };
    Begun(Some(unrolled::begin(weights, tape)))
}

pub(crate) fn advance<const IN: usize, const HIDDEN: usize, T: Tape<f32, Cpu>>(
    x: Sequence<IN, Cpu, T>,
    state: Rows<HIDDEN, Cpu, T>,
    begun: &Begun,
) -> Result<Unrolled<HIDDEN, Cpu, T>, Error> {
    check("GRU", x.shape(), "the state", state.shape())?;
    let walk = begun.0.as_ref().expect("begun on the CPU");
    let (all, [state]) = unrolled::advance(x, [state], walk)?;
    Ok((all, state))
}

/// The blocks are the two gates, the candidate's $x_t W_n + b_n$, and its $q_t$ at last.
#[derive(Debug)]
struct GruCell;

impl Cell for GruCell {
    const INPUT: &'static [usize] = &[RESET, UPDATE, CANDIDATE];
    const RECURRENT: &'static [usize] = &[RESET, UPDATE, BLOCKS - 1];

    fn forward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &mut [f32]) {
        forward(blocks, before, state);
    }

    fn backward(blocks: [&mut [f32]; BLOCKS], before: &[f32], _: &[f32], gradient: &mut [f32]) {
        backward(blocks, before, gradient);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn forward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let hidden = before.len();
    let [r, z, n, q] = blocks.map(|block| &mut block[..hidden]);
    let state = &mut state[..hidden];
    for k in 0..hidden {
        r[k] = sigmoid::<FUSED>(r[k]);
        z[k] = sigmoid::<FUSED>(z[k]);
        n[k] = tanh::<FUSED>(n[k] + r[k] * q[k]);
        state[k] = (1.0 - z[k]) * n[k] + z[k] * before[k];
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn backward(blocks: [&mut [f32]; BLOCKS], before: &[f32], gradient: &mut [f32]) {
    let hidden = before.len();
    let [r, z, n, q] = blocks.map(|block| &mut block[..hidden]);
    let gradient = &mut gradient[..hidden];
    for k in 0..hidden {
        let to_state = gradient[k];
        let to_candidate = to_state * (1.0 - z[k]) * (1.0 - n[k] * n[k]);
        let to_reset = to_candidate * q[k] * r[k] * (1.0 - r[k]);
        gradient[k] = to_state * z[k];
        z[k] = to_state * (before[k] - n[k]) * z[k] * (1.0 - z[k]);
        n[k] = to_candidate;
        q[k] = to_candidate * r[k];
        r[k] = to_reset;
    }
}
