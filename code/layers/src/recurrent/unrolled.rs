//! A recurrent cell over a whole sequence as one differentiable operation on the CPU.
//!
//! Both cells compute a few *blocks* of `HIDDEN` numbers from the input and the hidden state before, and a
//! new state from the blocks:
//!
//! $$ B_{kt} = x_t W_k + h_{t-1} U_k + b_k $$
//!
//! Rows of the batch know nothing of each other, so that each thread walks with a few of them through all
//! time steps. The products with the inputs do not depend on the state: they are one product for all time
//! steps before the loop. The backward step walks through the time steps from the last to the first
//! (back-propagation through time; Werbos 1990) and leaves the gradients of all blocks. The gradients of
//! the weights are then one product over all rows and time steps:
//!
//! $$ \frac{∂L}{∂W_k} = \sum_t x_t^⊤ \frac{∂L}{∂B_{kt}}, \qquad
//! \frac{∂L}{∂U_k} = \sum_t h_{t-1}^⊤ \frac{∂L}{∂B_{kt}} $$
//!
//! Chunks of the batch and parts of the weights depend on the shapes alone: the result is the same for any
//! number of threads.

use super::{Rows, Sequence};
use crate::micro_kernel::{self, Destination, LANES, Lanes, Packed, Patches, whole_panels};
use crate::numbers::{Numbers, numbers};
use crate::{Error, chunks};
use dfdx::prelude::*;
use multiversion::multiversion;
use rayon::prelude::*;
use std::marker::PhantomData;

/// Blocks of a cell.
pub(super) const BLOCKS: usize = 4;

/// Rows of the batch in a chunk.
const CHUNK: usize = 16;

/// Rows of the weights in a part of their gradient.
const PART: usize = 96;

/// Rows that a part of the weights' gradient is summed over before it leaves the registers.
const SUMMED: usize = 128;

/// What is particular to a kind of cell: the computations from number to number.
///
/// A row's state is one or more stretches of `HIDDEN` numbers, the hidden state first.
pub(super) trait Cell: 'static + Send + Sync {
    /// For each matrix $W_k$, its block.
    const INPUT: &'static [usize];
    /// For each matrix $U_k$, its block.
    const RECURRENT: &'static [usize];

    /// Computes a row's state from the blocks and the state before, and leaves in the blocks what the
    /// backward step needs.
    fn forward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &mut [f32]);

    /// Turns the blocks into their gradients, and the gradient of the state into that of the state before,
    /// as far as it does not come through the blocks.
    fn backward(blocks: [&mut [f32]; BLOCKS], before: &[f32], state: &[f32], gradient: &mut [f32]);
}

/// The weights of a cell.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a, const GATES: usize, const IN: usize, const HIDDEN: usize> {
    /// $W$
    pub input: &'a Tensor<Rank3<GATES, IN, HIDDEN>, f32, Cpu>,
    /// $U$
    pub recurrent: &'a Tensor<Rank3<GATES, HIDDEN, HIDDEN>, f32, Cpu>,
    /// $b$, for the blocks of $W$.
    pub bias: &'a Tensor<Rank2<GATES, HIDDEN>, f32, Cpu>,
    /// For a block that has no input product.
    pub recurrent_bias: Option<&'a Tensor<Rank1<HIDDEN>, f32, Cpu>>,
}

/// All hidden states, and the last one of every state.
type Unrolled<const HIDDEN: usize, const STATES: usize, T> =
    (Sequence<HIDDEN, Cpu, T>, [Rows<HIDDEN, Cpu, T>; STATES]);

/// Walks through the sequence from the given states. The tape is on all hidden states; those of the last
/// states are empty.
///
/// # Errors
///
/// If the device fails. The shapes have been checked.
pub(super) fn unrolled<
    C: Cell,
    const GATES: usize,
    const IN: usize,
    const HIDDEN: usize,
    const STATES: usize,
    T: Tape<f32, Cpu>,
>(
    x: Sequence<IN, Cpu, T>,
    states: [Rows<HIDDEN, Cpu, T>; STATES],
    weights: Weights<'_, GATES, IN, HIDDEN>,
) -> Result<Unrolled<HIDDEN, STATES, T>, Error> {
    let (batch, time, _) = *x.shape();
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let mut first = Vec::with_capacity(STATES);
    for state in states {
        let (state, other) = state.try_contiguous().map_err(Error::dfdx)?.split_tape();
        tape = tape.merge(other);
        first.push(state);
    }
    let walk = Walk::<C> { time, inputs: IN, hidden: HIDDEN, states: STATES, cell: PhantomData };

    let mut states = vec![0.0; batch * walk.row_of_states() + LANES];
    for (index, first) in first.iter().enumerate() {
        let rows = states.chunks_exact_mut(walk.row_of_states());
        for (to, from) in rows.zip(numbers(first).chunks_exact(HIDDEN)) {
            to[index * HIDDEN..][..HIDDEN].copy_from_slice(from);
        }
    }
    let mut blocks = vec![0.0; batch * walk.row_of_blocks()];
    let inputs = numbers(&x);
    let matrices = Matrices::of(weights);
    walk.forward(&matrices, &inputs, &mut states, &mut blocks);
    drop(matrices);

    let device = x.device().clone();
    let rows = || states.chunks_exact(walk.row_of_states()).take(batch);
    let hidden = rows().flat_map(|row| row.chunks_exact(STATES * HIDDEN).skip(1));
    let hidden = hidden.flat_map(|state| &state[..HIDDEN]).copied().collect();
    let y = device.try_tensor_from_vec(hidden, (batch, time, Const::<HIDDEN>)).map_err(Error::dfdx)?;
    let mut last = Vec::with_capacity(STATES);
    for index in 0..STATES {
        let begin = (time * STATES + index) * HIDDEN;
        let numbers = rows().flat_map(|row| &row[begin..][..HIDDEN]).copied().collect();
        last.push(device.try_tensor_from_vec(numbers, (batch, Const::<HIDDEN>)).map_err(Error::dfdx)?);
    }
    let last: [Tensor<_, f32, Cpu>; STATES] = last.try_into().expect("one for each state");

    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        let first_ghosts: Vec<_> = first.iter().map(Tensor::ghost).collect();
        let last_ghosts = last.each_ref().map(Tensor::ghost);
        let transposed = Transposed::of::<C, GATES, IN, HIDDEN>(weights);
        let (input_ghost, recurrent_ghost) = (weights.input.ghost(), weights.recurrent.ghost());
        let (bias_ghost, recurrent_bias_ghost) =
            (weights.bias.ghost(), weights.recurrent_bias.map(Tensor::ghost));
        tape.add_backward_op(move |gradients| {
            let mut states_gradient = vec![0.0; batch * STATES * HIDDEN];
            for (index, ghost) in last_ghosts.iter().enumerate() {
                let rows = states_gradient.chunks_exact_mut(STATES * HIDDEN);
                for (to, from) in rows.zip(gradients.get_or_alloc_mut(ghost)?.chunks_exact(HIDDEN)) {
                    to[index * HIDDEN..][..HIDDEN].copy_from_slice(from);
                }
            }
            // Two gradients cannot be borrowed at once: one is taken out, and put back.
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let bias = walk.backward(
                &transposed,
                (&states, &mut blocks),
                (&upstream, &mut states_gradient),
                gradients.get_or_alloc_mut(&x_ghost)?,
            );
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            for (index, ghost) in first_ghosts.iter().enumerate() {
                let rows = gradients.get_or_alloc_mut(ghost)?.chunks_exact_mut(HIDDEN);
                for (to, from) in rows.zip(states_gradient.chunks_exact(STATES * HIDDEN)) {
                    add(to, &from[index * HIDDEN..][..HIDDEN]);
                }
            }
            let left = Left { numbers: inputs.with_room(), width: IN, begins: walk.input_rows(batch) };
            let gradient = gradients.get_or_alloc_mut(&input_ghost)?;
            walk.add_weight_gradient(&left, &blocks, C::INPUT, gradient);
            let left = Left { numbers: &states, width: HIDDEN, begins: walk.rows_before(batch) };
            let gradient = gradients.get_or_alloc_mut(&recurrent_ghost)?;
            walk.add_weight_gradient(&left, &blocks, C::RECURRENT, gradient);

            let to = gradients.get_or_alloc_mut(&bias_ghost)?.chunks_exact_mut(HIDDEN);
            to.zip(C::INPUT).for_each(|(to, block)| add(to, &bias[block * HIDDEN..][..HIDDEN]));
            if let Some(ghost) = recurrent_bias_ghost {
                let block = C::RECURRENT[GATES - 1];
                add(gradients.get_or_alloc_mut(&ghost)?, &bias[block * HIDDEN..][..HIDDEN]);
            }
            Ok(())
        });
    }
    Ok((y.put_tape(tape), last.map(|state| state.put_tape(T::default()))))
}

/// The matrices of the forward step, packed.
struct Matrices {
    input: Vec<Packed>,
    recurrent: Vec<Packed>,
    bias: Vec<Vec<Lanes>>,
    recurrent_bias: Vec<Lanes>,
}

impl Matrices {
    fn of<const GATES: usize, const IN: usize, const HIDDEN: usize>(
        weights: Weights<'_, GATES, IN, HIDDEN>,
    ) -> Self {
        let pack = |matrices: &Numbers, rows: usize| {
            let matrices = matrices.par_chunks_exact(rows * HIDDEN);
            matrices.map(|matrix| Packed::of(matrix, rows, HIDDEN, |row| (row * HIDDEN, 1))).collect()
        };
        let bias = |bias: &[f32]| Packed::of(bias, 1, HIDDEN, |_| (0, 1)).panels;
        Self {
            input: pack(&numbers(weights.input), IN),
            recurrent: pack(&numbers(weights.recurrent), HIDDEN),
            bias: numbers(weights.bias).chunks_exact(HIDDEN).map(bias).collect(),
            recurrent_bias: weights.recurrent_bias.map(|b| bias(&numbers(b))).unwrap_or_default(),
        }
    }
}

/// The matrices of the backward step, packed: for the gradients of input and hidden state, each from all
/// blocks at once.
struct Transposed {
    input: Packed,
    recurrent: Packed,
}

impl Transposed {
    fn of<C: Cell, const GATES: usize, const IN: usize, const HIDDEN: usize>(
        weights: Weights<'_, GATES, IN, HIDDEN>,
    ) -> Self {
        let pack = |matrices: &Numbers, columns: usize| {
            Packed::of(matrices, GATES * HIDDEN, columns, |row| {
                (row / HIDDEN * columns * HIDDEN + row % HIDDEN, HIDDEN)
            })
        };
        let (input, recurrent) =
            rayon::join(|| pack(&numbers(weights.input), IN), || pack(&numbers(weights.recurrent), HIDDEN));
        Self { input, recurrent }
    }
}

/// The left-hand matrix of a weight gradient.
struct Left<'a> {
    /// Goes on for [`LANES`] numbers after the last row.
    numbers: &'a [f32],
    width: usize,
    begins: Vec<usize>,
}

/// A walk through all time steps.
///
/// In memory, the states are batch × (time + 1) × states × hidden, where the first in time is the given
/// one. The blocks are chunk × block × rows of the chunk × time × hidden.
struct Walk<C> {
    time: usize,
    inputs: usize,
    hidden: usize,
    states: usize,
    cell: PhantomData<C>,
}

impl<C: Cell> Walk<C> {
    fn row_of_states(&self) -> usize {
        (self.time + 1) * self.states * self.hidden
    }

    fn row_of_blocks(&self) -> usize {
        BLOCKS * self.time * self.hidden
    }

    /// Where the inputs of every row and time step begin.
    fn input_rows(&self, batch: usize) -> Vec<usize> {
        (0..batch * self.time).map(|row| row * self.inputs).collect()
    }

    /// Where the state before every row and time step begins.
    fn rows_before(&self, batch: usize) -> Vec<usize> {
        let begin = |row: usize| (row + row / self.time) * self.states * self.hidden;
        (0..batch * self.time).map(begin).collect()
    }

    fn forward(&self, matrices: &Matrices, x: &[f32], states: &mut [f32], blocks: &mut [f32]) {
        blocks
            .par_chunks_mut(CHUNK * self.row_of_blocks())
            .zip(states.par_chunks_mut(CHUNK * self.row_of_states()))
            .zip(x.par_chunks(CHUNK * self.time * self.inputs))
            .for_each(|((blocks, states), x)| self.forward_chunk(matrices, x, states, blocks));
    }

    fn forward_chunk(&self, matrices: &Matrices, x: &[f32], states: &mut [f32], blocks: &mut [f32]) {
        let Self { time, inputs, hidden, .. } = *self;
        let rows = blocks.len() / self.row_of_blocks();
        let block = rows * time * hidden;
        let width = self.states * hidden;
        let begins: Vec<usize> = (0..rows * time).map(|row| row * hidden).collect();
        let input_begins = self.input_rows(rows);
        for ((matrix, bias), index) in matrices.input.iter().zip(&matrices.bias).zip(C::INPUT) {
            let patches = Patches { numbers: x, begins: &input_begins, stretches: &[0], length: inputs };
            let numbers = &mut blocks[index * block..][..block];
            let mut to = Destination { numbers, begins: &begins, add: false, bias, relu: false };
            micro_kernel::multiply(patches, matrix, &mut to);
        }
        for t in 0..time {
            let begins: Vec<usize> = (0..rows).map(|row| (row * time + t) * hidden).collect();
            let before: Vec<usize> = (0..rows).map(|row| (row * (time + 1) + t) * width).collect();
            for (matrix, index) in matrices.recurrent.iter().zip(C::RECURRENT) {
                let patches = Patches { numbers: states, begins: &before, stretches: &[0], length: hidden };
                let numbers = &mut blocks[index * block..][..block];
                let add = C::INPUT.contains(index);
                let bias: &[Lanes] = if add { &[] } else { &matrices.recurrent_bias };
                let mut to = Destination { numbers, begins: &begins, add, bias, relu: false };
                micro_kernel::multiply(patches, matrix, &mut to);
            }
            for (begin, before) in begins.iter().zip(before) {
                let (before, state) = states[before..][..2 * width].split_at_mut(width);
                C::forward(at(blocks, block, *begin, hidden), before, state);
            }
        }
    }

    /// Turns the blocks into their gradients, and the gradient of the last states into that of the given
    /// ones; adds the gradient of the inputs; and returns the sums of the blocks' gradients over all rows.
    fn backward(
        &self,
        matrices: &Transposed,
        (states, blocks): (&[f32], &mut [f32]),
        (upstream, states_gradient): (&[f32], &mut [f32]),
        inputs_gradient: &mut [f32],
    ) -> Vec<f32> {
        let sums: Vec<Vec<f32>> = blocks
            .par_chunks_mut(CHUNK * self.row_of_blocks())
            .zip(states.par_chunks(CHUNK * self.row_of_states()))
            .zip(upstream.par_chunks(CHUNK * self.time * self.hidden))
            .zip(states_gradient.par_chunks_mut(CHUNK * self.states * self.hidden))
            .zip(inputs_gradient.par_chunks_mut(CHUNK * self.time * self.inputs))
            .map(|((((blocks, states), upstream), states_gradient), inputs_gradient)| {
                self.backward_chunk(matrices, (states, blocks), (upstream, states_gradient), inputs_gradient)
            })
            .collect();
        chunks::total(sums.iter(), BLOCKS * self.hidden)
    }

    fn backward_chunk(
        &self,
        matrices: &Transposed,
        (states, blocks): (&[f32], &mut [f32]),
        (upstream, states_gradient): (&[f32], &mut [f32]),
        inputs_gradient: &mut [f32],
    ) -> Vec<f32> {
        let Self { time, hidden, .. } = *self;
        let rows = blocks.len() / self.row_of_blocks();
        let block = rows * time * hidden;
        let width = self.states * hidden;
        let stretches = |of: &[usize]| of.iter().map(|index| index * block).collect::<Vec<_>>();
        let recurrent = stretches(C::RECURRENT);
        let gradient_begins: Vec<usize> = (0..rows).map(|row| row * width).collect();
        for t in (0..time).rev() {
            let begins: Vec<usize> = (0..rows).map(|row| (row * time + t) * hidden).collect();
            for (row, begin) in begins.iter().enumerate() {
                let gradient = &mut states_gradient[row * width..][..width];
                add(&mut gradient[..hidden], &upstream[*begin..][..hidden]);
                let (before, state) = states[(row * (time + 1) + t) * width..][..2 * width].split_at(width);
                C::backward(at(blocks, block, *begin, hidden), before, state, gradient);
            }
            let patches = Patches { numbers: blocks, begins: &begins, stretches: &recurrent, length: hidden };
            let numbers = &mut *states_gradient;
            let begins = &gradient_begins;
            let mut to = Destination { numbers, begins, add: true, bias: &[], relu: false };
            micro_kernel::multiply(patches, &matrices.recurrent, &mut to);
        }
        let begins: Vec<usize> = (0..rows * time).map(|row| row * hidden).collect();
        let (input, numbers) = (stretches(C::INPUT), &*blocks);
        let patches = Patches { numbers, begins: &begins, stretches: &input, length: hidden };
        let begins = self.input_rows(rows);
        let mut to =
            Destination { numbers: inputs_gradient, begins: &begins, add: true, bias: &[], relu: false };
        micro_kernel::multiply(patches, &matrices.input, &mut to);

        let mut sums = vec![0.0; BLOCKS * hidden];
        for (sum, block) in sums.chunks_exact_mut(hidden).zip(blocks.chunks_exact(block)) {
            block.chunks_exact(hidden).for_each(|row| add(sum, row));
        }
        sums
    }

    /// For each matrix, the sum over all rows and time steps of the left-hand row times the gradient of the
    /// block. Every part of every matrix is summed on its own.
    fn add_weight_gradient(&self, left: &Left<'_>, blocks: &[f32], of: &[usize], gradient: &mut [f32]) {
        let Self { time, hidden, .. } = *self;
        gradient.par_chunks_mut(left.width * hidden).zip(of).for_each(|(gradient, index)| {
            gradient.par_chunks_mut(PART * hidden).enumerate().for_each(|(part, gradient)| {
                let numbers = &left.numbers[part * PART..];
                let length = gradient.len() / hidden;
                let (mut sum, mut widened) = (Packed::zeros(length, hidden), vec![]);
                let mut begins = left.begins.chunks(CHUNK * time);
                for chunk in blocks.chunks(CHUNK * self.row_of_blocks()) {
                    let block = &chunk[index * (chunk.len() / BLOCKS)..][..chunk.len() / BLOCKS];
                    let begins = begins.next().expect("as many as chunks").chunks(SUMMED);
                    for (begins, rows) in begins.zip(block.chunks(SUMMED * hidden)) {
                        let rows = whole_panels(rows, hidden, &mut widened);
                        let patches = Patches { numbers, begins, stretches: &[0], length };
                        micro_kernel::add_transposed_product(patches, rows, &mut sum);
                    }
                }
                sum.add_to(gradient);
            });
        });
    }
}

/// Every block's numbers of a row and time step.
fn at(blocks: &mut [f32], block: usize, begin: usize, hidden: usize) -> [&mut [f32]; BLOCKS] {
    let mut blocks = blocks.chunks_exact_mut(block);
    std::array::from_fn(|_| &mut blocks.next().expect("as many as blocks")[begin..][..hidden])
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add(sum: &mut [f32], numbers: &[f32]) {
    for (sum, number) in sum.iter_mut().zip(numbers) {
        *sum += number;
    }
}
