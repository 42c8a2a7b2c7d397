//! Recurrent networks: what a network remembers from one time step to the next.
//!
//! [`lstm`] and [`gru`] have the equations. Both walk from state to state,
//! $s_t = \text{cell}(x_t, s_{t-1})$, and can be used in two ways:
//!
//! - `sequence` takes the inputs of all time steps, (batch, time, `IN`), and gives all hidden states. Use it
//!   where the inputs are known before: to read a sentence, or to learn to continue one.
//! - `step` takes the input of one time step, (batch, `IN`). Use it where the next input depends on the
//!   state: to write a sentence, or with attention. To learn with such a loop, [`walk`](Lstm::walk): the
//!   steps of a walk carry the tape along and share their work.
//!
//! Each has a plain form, composed of dfdx's own operations step by step, and a fast one for the CPU, where
//! all time steps of a sequence are a single differentiable operation. The layers take the form that fits
//! their device.
//!
//! The gradient flows to the inputs, the first state, weights and biases. Where a state is used twice (in
//! the next step, and to choose a word), give one use the tape and the others `with_empty_tape()`.

pub mod gru;
pub mod lstm;
mod unrolled;

pub use gru::{Gru, GruWalk};
pub use lstm::{Lstm, LstmState, LstmWalk};

use crate::Error;
use dfdx::prelude::*;
use num_traits::Float;
use rand::RngExt;
use rand_distr::Uniform;
use rand_distr::uniform::SampleUniform;
use rand_xoshiro::Xoshiro256PlusPlus;

/// For each row of a batch, so many numbers: batch × `N`.
pub type Rows<const N: usize, D, T> = Tensor<(usize, Const<N>), f32, D, T>;

/// For each row of a batch and each time step, so many numbers: batch × time × `N`.
pub type Sequence<const N: usize, D, T> = Tensor<(usize, usize, Const<N>), f32, D, T>;

/// # Errors
///
/// If there is no time step, or a state is not of the same batch as the inputs.
fn check<const IN: usize, const HIDDEN: usize>(
    operation: &'static str,
    inputs: &(usize, usize, Const<IN>),
    what: &'static str,
    state: &(usize, Const<HIDDEN>),
) -> Result<(), Error> {
    if inputs.1 == 0 {
        return Err(Error::Zero { operation, what: "the number of time steps" });
    }
    Error::check_size(operation, [what, "the inputs"], "rows", [state.0, inputs.0])
}

/// The inputs of one time step.
fn at_time<const N: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: &Sequence<N, D, NoneTape>,
    time: usize,
) -> Result<Rows<N, D, T>, Error> {
    let index = vec![time; x.shape().0];
    let index = x.device().try_tensor_from_vec(index, (x.shape().0,)).map_err(Error::dfdx)?;
    x.retaped::<T>().try_select(index).map_err(Error::dfdx)
}

/// The hidden states of all time steps in one tensor, with one more tape.
fn joined<const N: usize, D: Device<f32>, T: Tape<f32, D>>(
    steps: Vec<Rows<N, D, T>>,
    tape: T,
) -> Result<Sequence<N, D, T>, Error> {
    let joined = steps.try_stack().map_err(Error::dfdx)?; // time × batch × N
    let joined = joined.try_permute::<(usize, usize, Const<N>), Axes3<1, 0, 2>>().map_err(Error::dfdx)?;
    let (joined, steps_tape) = joined.try_contiguous().map_err(Error::dfdx)?.split_tape();
    Ok(joined.put_tape(steps_tape.merge(tape)))
}

/// So many numbers between $-1/\sqrt H$ and $1/\sqrt H$.
fn uniform(generator: &mut Xoshiro256PlusPlus, count: usize, hidden: usize) -> Vec<f32> {
    let bound = (1.0 / hidden as f64).sqrt();
    (0..count).map(|_| (bound * (2.0 * generator.random::<f64>() - 1.0)) as f32).collect()
}

/// Numbers between $-1/\sqrt H$ and $1/\sqrt H$.
fn between_bounds<E: Dtype + Float + SampleUniform>(hidden: usize) -> Uniform<E> {
    let bound = E::from_f64((1.0 / hidden as f64).sqrt()).expect("f64 fits any dtype");
    Uniform::new_inclusive(-bound, bound)
}

/// A parameter that dfdx resets to [such numbers](between_bounds).
fn reset<const HIDDEN: usize, S: ConstShape, E: Dtype + Float + SampleUniform, D: Device<E>>()
-> TensorOptions<S, E, D> {
    TensorOptions::reset_with(|t| t.try_fill_with_distr(between_bounds(HIDDEN)))
}
