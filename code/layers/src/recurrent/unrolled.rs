//! A walk with a recurrent cell through time, on the CPU.
//!
//! Both cells compute a few *blocks* of `HIDDEN` numbers from the input and the hidden state before, and a
//! new state from the blocks:
//!
//! $$ B_{kt} = x_t W_k + h_{t-1} U_k + b_k $$
//!
//! A walk [begins](begin) once, where it packs the weights, and [goes on](advance) for one or more time
//! steps at a time. Each time is one differentiable operation. Rows of the batch know nothing of each other,
//! so that each thread walks with a few of them through all its time steps. The products with the inputs do
//! not depend on the state: they are one product for all these time steps before the loop.
//!
//! The backward step of an operation walks back from its last time step to its first (back-propagation
//! through time; Werbos 1990) and leaves the gradients of all blocks. The gradients of the weights are sums
//! over the whole walk:
//!
//! $$ \frac{∂\mathcal{L}}{∂W_k} = \sum_t x_t^⊤ \frac{∂\mathcal{L}}{∂B_{kt}}, \qquad
//! \frac{∂\mathcal{L}}{∂U_k} = \sum_t h_{t-1}^⊤ \frac{∂\mathcal{L}}{∂B_{kt}} $$
//!
//! They are computed at last, in one product. That is the backward step of the walk's beginning: dfdx runs
//! backward steps from the latest to the earliest, in whatever order the tapes were merged.
//!
//! Chunks of the batch and parts of the weights depend on the shapes alone: the result is the same for any
//! number of threads.

use super::{Rows, Sequence};
use crate::lanes::add;
use crate::micro_kernel::{self, Destination, Lanes, Packed, Patches, whole_panels};
use crate::numbers::{Numbers, numbers};
use crate::{Error, chunks};
use dfdx::prelude::*;
use rayon::prelude::*;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// For the last block of $U$, if that has no input product.
    pub recurrent_bias: Option<&'a Tensor<Rank1<HIDDEN>, f32, Cpu>>,
}

/// What the operations of a walk share.
#[derive(Debug)]
pub(super) struct Walk<C> {
    inputs: usize,
    hidden: usize,
    forward: Forward,
    /// With a tape alone.
    backward: Option<Backward>,
    /// What the backward steps leave for the weights' gradients.
    left_behind: Mutex<Vec<LeftBehind>>,
    cell: PhantomData<C>,
}

/// Begins a walk: the gradients of the weights become the earliest operation on the tape.
pub(super) fn begin<C, const GATES: usize, const IN: usize, const HIDDEN: usize, T>(
    weights: Weights<'_, GATES, IN, HIDDEN>,
    tape: &mut T,
) -> Arc<Walk<C>>
where
    C: Cell,
    T: Tape<f32, Cpu>,
{
    let walk = Arc::new(Walk {
        inputs: IN,
        hidden: HIDDEN,
        forward: Forward::of(weights),
        backward: T::OWNS_TAPE.then(|| Backward::of(weights)),
        left_behind: Mutex::default(),
        cell: PhantomData,
    });
    if T::OWNS_TAPE {
        let walk = walk.clone();
        let (input, recurrent) = (weights.input.ghost(), weights.recurrent.ghost());
        let (bias, recurrent_bias) = (weights.bias.ghost(), weights.recurrent_bias.map(Tensor::ghost));
        tape.add_backward_op(move |gradients| {
            let all = std::mem::take(&mut *walk.left_behind.lock().unwrap_or_else(PoisonError::into_inner));
            let left: Vec<_> = all.iter().map(|one| one.inputs(walk.inputs)).collect();
            walk.add_weight_gradient(&all, &left, C::INPUT, gradients.get_or_alloc_mut(&input)?);
            let left: Vec<_> = all.iter().map(LeftBehind::states_before).collect();
            walk.add_weight_gradient(&all, &left, C::RECURRENT, gradients.get_or_alloc_mut(&recurrent)?);

            let sums = chunks::total(all.iter().map(|one| &one.sums), BLOCKS * HIDDEN);
            let of_block = |block: &usize| &sums[block * HIDDEN..][..HIDDEN];
            let to = gradients.get_or_alloc_mut(&bias)?.chunks_exact_mut(HIDDEN);
            to.zip(C::INPUT).for_each(|(to, block)| add(to, of_block(block)));
            if let Some(ghost) = recurrent_bias {
                add(gradients.get_or_alloc_mut(&ghost)?, of_block(&C::RECURRENT[GATES - 1]));
            }
            Ok(())
        });
    }
    walk
}

/// All hidden states, and the last one of every state.
type Advanced<const HIDDEN: usize, const STATES: usize, T> =
    (Sequence<HIDDEN, Cpu, T>, [Rows<HIDDEN, Cpu, T>; STATES]);

/// Goes on from the given states. The tape is on all hidden states; those of the last states are empty.
///
/// # Errors
///
/// If the device fails. The shapes have been checked.
pub(super) fn advance<C, const IN: usize, const HIDDEN: usize, const STATES: usize, T>(
    x: Sequence<IN, Cpu, T>,
    states: [Rows<HIDDEN, Cpu, T>; STATES],
    walk: &Arc<Walk<C>>,
) -> Result<Advanced<HIDDEN, STATES, T>, Error>
where
    C: Cell,
    T: Tape<f32, Cpu>,
{
    let (batch, time, _) = *x.shape();
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let mut first = Vec::with_capacity(STATES);
    for state in states {
        let (state, other) = state.try_contiguous().map_err(Error::dfdx)?.split_tape();
        tape = tape.merge(other);
        first.push(state);
    }

    // Batch × (time + 1) × states × hidden, where the first in time is the given one.
    let row = (time + 1) * STATES * HIDDEN;
    let mut states = Numbers::of_length(batch * row);
    for (index, first) in first.iter().enumerate() {
        for (to, from) in states.chunks_exact_mut(row).zip(numbers(first).chunks_exact(HIDDEN)) {
            to[index * HIDDEN..][..HIDDEN].copy_from_slice(from);
        }
    }
    let mut blocks = Numbers::of_length(batch * BLOCKS * time * HIDDEN);
    let steps = Steps { walk, time, states: STATES };
    let inputs = numbers(&x);
    steps.forward(&inputs, &mut states, &mut blocks);

    let mut hidden = Vec::with_capacity(batch * time * HIDDEN);
    let mut last = std::array::from_fn::<_, STATES, _>(|_| Vec::with_capacity(batch * HIDDEN));
    for row in states.chunks_exact(row) {
        for state in row.chunks_exact(STATES * HIDDEN).skip(1) {
            hidden.extend_from_slice(&state[..HIDDEN]);
        }
        for (last, state) in last.iter_mut().zip(row[time * STATES * HIDDEN..].chunks_exact(HIDDEN)) {
            last.extend_from_slice(state);
        }
    }
    let device = x.device();
    let y = device.try_tensor_from_vec(hidden, (batch, time, Const::<HIDDEN>)).map_err(Error::dfdx)?;
    let last = last.map(|state| device.tensor_from_vec(state, (batch, Const::<HIDDEN>)));

    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        let first_ghosts: Vec<_> = first.iter().map(Tensor::ghost).collect();
        let last_ghosts = last.each_ref().map(Tensor::ghost);
        let walk = walk.clone();
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
            let steps = Steps { walk: &walk, time, states: STATES };
            let inputs_gradient = gradients.get_or_alloc_mut(&x_ghost)?;
            let sums =
                steps.backward((&states, &mut blocks), (&upstream, &mut states_gradient), inputs_gradient);
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            for (index, ghost) in first_ghosts.iter().enumerate() {
                let rows = gradients.get_or_alloc_mut(ghost)?.chunks_exact_mut(HIDDEN);
                for (to, from) in rows.zip(states_gradient.chunks_exact(STATES * HIDDEN)) {
                    add(to, &from[index * HIDDEN..][..HIDDEN]);
                }
            }
            let one = LeftBehind { time, inputs, states, width: STATES * HIDDEN, blocks, sums };
            walk.left_behind.lock().unwrap_or_else(PoisonError::into_inner).push(one);
            Ok(())
        });
    }
    Ok((y.put_tape(tape), last.map(|state| state.put_tape(T::default()))))
}

/// The matrices of the forward step, packed.
#[derive(Debug)]
struct Forward {
    input: Vec<Packed>,
    recurrent: Vec<Packed>,
    bias: Vec<Vec<Lanes>>,
    recurrent_bias: Vec<Lanes>,
}

impl Forward {
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
#[derive(Debug)]
struct Backward {
    input: Packed,
    recurrent: Packed,
}

impl Backward {
    fn of<const GATES: usize, const IN: usize, const HIDDEN: usize>(
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

/// What the backward step of some time steps leaves for the gradients of the weights.
#[derive(Debug)]
struct LeftBehind {
    time: usize,
    inputs: Numbers,
    states: Numbers,
    /// Numbers of a row's state.
    width: usize,
    /// The gradients of the blocks.
    blocks: Numbers,
    /// For each block, the sum of its gradients over rows and time steps.
    sums: Vec<f32>,
}

/// The left-hand rows of a weight gradient.
struct Left<'a> {
    /// With room after the last row.
    numbers: &'a [f32],
    begins: Vec<usize>,
}

impl LeftBehind {
    fn inputs(&self, width: usize) -> Left<'_> {
        let rows = self.inputs.len() / width;
        let begins = (0..rows).map(|row| row * width).collect();
        Left { numbers: self.inputs.with_room(), begins }
    }

    /// The hidden state before every row and time step.
    fn states_before(&self) -> Left<'_> {
        let rows = self.states.len() / self.width / (self.time + 1) * self.time;
        let begins = (0..rows).map(|row| (row + row / self.time) * self.width).collect();
        Left { numbers: self.states.with_room(), begins }
    }
}

impl<C: Cell> Walk<C> {
    /// For each matrix, the sum over the whole walk of the left-hand row times the gradient of the block.
    /// Every part of every matrix is summed on its own.
    fn add_weight_gradient(&self, all: &[LeftBehind], left: &[Left<'_>], of: &[usize], gradient: &mut [f32]) {
        let hidden = self.hidden;
        let rows_of_matrix = gradient.len() / of.len() / hidden;
        gradient.par_chunks_mut(rows_of_matrix * hidden).zip(of).for_each(|(gradient, index)| {
            gradient.par_chunks_mut(PART * hidden).enumerate().for_each(|(part, gradient)| {
                let length = gradient.len() / hidden;
                let (mut sum, mut widened) = (Packed::zeros(length, hidden), vec![]);
                for (one, left) in all.iter().zip(left) {
                    let numbers = &left.numbers[part * PART..];
                    let chunks = one.blocks.chunks(CHUNK * BLOCKS * one.time * hidden);
                    for (chunk, begins) in chunks.zip(left.begins.chunks(CHUNK * one.time)) {
                        let block = &chunk[index * (chunk.len() / BLOCKS)..][..chunk.len() / BLOCKS];
                        for (begins, rows) in begins.chunks(SUMMED).zip(block.chunks(SUMMED * hidden)) {
                            let rows = whole_panels(rows, hidden, &mut widened);
                            let patches = Patches { numbers, begins, stretches: &[0], length };
                            micro_kernel::add_transposed_product(patches, rows, &mut sum, false);
                        }
                    }
                }
                sum.add_to(gradient);
            });
        });
    }
}

/// Some time steps of a walk.
///
/// In memory, the blocks are chunk × block × rows of the chunk × time × hidden.
struct Steps<'a, C> {
    walk: &'a Walk<C>,
    time: usize,
    states: usize,
}

impl<C: Cell> Steps<'_, C> {
    fn row_of_inputs(&self) -> usize {
        self.time * self.walk.inputs
    }

    fn row_of_states(&self) -> usize {
        (self.time + 1) * self.states * self.walk.hidden
    }

    fn row_of_blocks(&self) -> usize {
        BLOCKS * self.time * self.walk.hidden
    }

    fn forward(&self, x: &[f32], states: &mut [f32], blocks: &mut [f32]) {
        blocks
            .par_chunks_mut(CHUNK * self.row_of_blocks())
            .zip(states.par_chunks_mut(CHUNK * self.row_of_states()))
            .zip(x.par_chunks(CHUNK * self.row_of_inputs()))
            .for_each(|((blocks, states), x)| self.forward_chunk(x, states, blocks));
    }

    fn forward_chunk(&self, x: &[f32], states: &mut [f32], blocks: &mut [f32]) {
        let Self { walk: Walk { inputs, hidden, forward, .. }, time, .. } = *self;
        let rows = blocks.len() / self.row_of_blocks();
        let block = rows * time * hidden;
        let width = self.states * hidden;
        let begins: Vec<usize> = (0..rows * time).map(|row| row * hidden).collect();
        let input_begins: Vec<usize> = (0..rows * time).map(|row| row * inputs).collect();
        for ((matrix, bias), index) in forward.input.iter().zip(&forward.bias).zip(C::INPUT) {
            let patches = Patches { numbers: x, begins: &input_begins, stretches: &[0], length: *inputs };
            let numbers = &mut blocks[index * block..][..block];
            let mut to = Destination { numbers, begins: &begins, add: false, bias, negative_slope: 1.0 };
            micro_kernel::multiply(patches, matrix, &mut to);
        }
        for t in 0..time {
            let begins: Vec<usize> = (0..rows).map(|row| (row * time + t) * hidden).collect();
            let before: Vec<usize> = (0..rows).map(|row| (row * (time + 1) + t) * width).collect();
            for (matrix, index) in forward.recurrent.iter().zip(C::RECURRENT) {
                let patches = Patches { numbers: states, begins: &before, stretches: &[0], length: *hidden };
                let numbers = &mut blocks[index * block..][..block];
                let add = C::INPUT.contains(index);
                let bias: &[Lanes] = if add { &[] } else { &forward.recurrent_bias };
                let mut to = Destination { numbers, begins: &begins, add, bias, negative_slope: 1.0 };
                micro_kernel::multiply(patches, matrix, &mut to);
            }
            for (begin, before) in begins.iter().zip(before) {
                let (before, state) = states[before..][..2 * width].split_at_mut(width);
                C::forward(at(blocks, block, *begin, *hidden), before, state);
            }
        }
    }

    /// Turns the blocks into their gradients, and the gradient of the last states into that of the given
    /// ones; adds the gradient of the inputs; and returns the sums of the blocks' gradients over all rows.
    fn backward(
        &self,
        (states, blocks): (&[f32], &mut [f32]),
        (upstream, states_gradient): (&[f32], &mut [f32]),
        inputs_gradient: &mut [f32],
    ) -> Vec<f32> {
        let hidden = self.walk.hidden;
        let sums: Vec<Vec<f32>> = blocks
            .par_chunks_mut(CHUNK * self.row_of_blocks())
            .zip(states.par_chunks(CHUNK * self.row_of_states()))
            .zip(upstream.par_chunks(CHUNK * self.time * hidden))
            .zip(states_gradient.par_chunks_mut(CHUNK * self.states * hidden))
            .zip(inputs_gradient.par_chunks_mut(CHUNK * self.row_of_inputs()))
            .map(|((((blocks, states), upstream), states_gradient), inputs_gradient)| {
                self.backward_chunk((states, blocks), (upstream, states_gradient), inputs_gradient)
            })
            .collect();
        chunks::total(sums.iter(), BLOCKS * hidden)
    }

    fn backward_chunk(
        &self,
        (states, blocks): (&[f32], &mut [f32]),
        (upstream, states_gradient): (&[f32], &mut [f32]),
        inputs_gradient: &mut [f32],
    ) -> Vec<f32> {
        let Self { walk: Walk { inputs, hidden, backward, .. }, time, .. } = *self;
        let matrices = backward.as_ref().expect("the walk began with a tape");
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
                add(&mut gradient[..*hidden], &upstream[*begin..][..*hidden]);
                let pair = &states[(row * (time + 1) + t) * width..][..2 * width];
                let (before, state) = pair.split_at(width);
                C::backward(at(blocks, block, *begin, *hidden), before, state, gradient);
            }
            let patches =
                Patches { numbers: blocks, begins: &begins, stretches: &recurrent, length: *hidden };
            let numbers = &mut *states_gradient;
            let begins = &gradient_begins;
            let mut to = Destination { numbers, begins, add: true, bias: &[], negative_slope: 1.0 };
            micro_kernel::multiply(patches, &matrices.recurrent, &mut to);
        }
        let begins: Vec<usize> = (0..rows * time).map(|row| row * hidden).collect();
        let input = stretches(C::INPUT);
        let patches = Patches { numbers: blocks, begins: &begins, stretches: &input, length: *hidden };
        let begins: Vec<usize> = (0..rows * time).map(|row| row * inputs).collect();
        let numbers = inputs_gradient;
        let mut to = Destination { numbers, begins: &begins, add: true, bias: &[], negative_slope: 1.0 };
        micro_kernel::multiply(patches, &matrices.input, &mut to);

        let mut sums = vec![0.0; BLOCKS * hidden];
        for (sum, block) in sums.chunks_exact_mut(*hidden).zip(blocks.chunks_exact(block)) {
            block.chunks_exact(*hidden).for_each(|row| add(sum, row));
        }
        sums
    }
}

/// Every block's numbers of a row and time step.
fn at(blocks: &mut [f32], block: usize, begin: usize, hidden: usize) -> [&mut [f32]; BLOCKS] {
    let mut blocks = blocks.chunks_exact_mut(block);
    std::array::from_fn(|_| &mut blocks.next().expect("as many as blocks")[begin..][..hidden])
}
