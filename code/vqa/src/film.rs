//! Feature-wise linear modulation: the question tells the convolutions what to look for.
//!
//! For every channel $c$ of a map the question's vector $q$ gives a factor and an addend,
//!
//! $$ γ = 1 + W_γ q + b_γ, \qquad β = W_β q + b_β, \qquad y_{lc} = \max(0,\; γ_c\, x_{lc} + β_c) $$
//!
//! (Perez, Strub, de Vries, Dumoulin and Courville 2018, *FiLM: visual reasoning with a general conditioning layer*,
//! arXiv:1709.07871, equations 1 and 2). They are the same at all locations: the question switches channels on, off,
//! or round, and the convolutions do the rest. A block is a convolution of 1 × 1, one of 3 × 3, batch normalisation,
//! modulation and ReLU, and what came in is added to what comes out.

use crate::network::{Found, Fusion, PLACES, PictureOf, grid, with_places};
use crate::question_stream::Read;
use crate::{CHANNELS, EMBEDDING, Map, QUESTION, Rows};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::{linear, pointwise};
use layers::{
    Activations, BatchNorm, Convolution2d, ConvolutionConfig, Grid, Mode, collection, global_average_pool,
    index_select,
};

/// Numbers of the layer before the answer.
pub const HIDDEN: usize = 256;

/// Channels of the map whose mean is taken.
pub const POOLED: usize = 160;

/// Two convolutions, of which the question modulates the second.
#[derive(Clone, Debug)]
pub struct FilmBlock<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// 1 × 1.
    see: Convolution2d<{ CHANNELS + PLACES }, CHANNELS, 1, E, D>,
    /// 3 × 3.
    convolution: Convolution2d<CHANNELS, CHANNELS, 3, E, D>,
    norm: BatchNorm<CHANNELS, E, D>,
    /// $W_γ$ and $b_γ$.
    gamma: Linear<QUESTION, CHANNELS, E, D>,
    /// $W_β$ and $b_β$.
    beta: Linear<QUESTION, CHANNELS, E, D>,
}

impl FilmBlock {
    fn new(device: &AnyDevice, seed: u64) -> Self {
        Self {
            see: pointwise(device, seed.wrapping_add(1)),
            convolution: Convolution2d::new(
                device,
                ConvolutionConfig { stride: 1, padding: 1 },
                seed.wrapping_add(2),
            ),
            norm: BatchNorm::new(device),
            gamma: linear(device),
            beta: linear(device),
        }
    }

    // ANCHOR: block
    /// (questions, locations, [`CHANNELS`]) and (questions, [`QUESTION`]) → (questions, locations, [`CHANNELS`]).
    fn forward<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        x: Activations<CHANNELS, AnyDevice, T>,
        question: Rows<QUESTION, T>,
        grid: Grid,
        mode: Mode,
    ) -> Activations<CHANNELS, AnyDevice, T> {
        let (x, _) = self.see.forward_relu(with_places(x), grid);
        let (y, _) = self.convolution.forward(x.with_empty_tape(), grid);
        let y = match mode {
            Mode::Training => self.norm.forward_train(y),
            Mode::Inference => self.norm.forward(y),
        };
        let shape = *y.shape();
        let gamma = self.gamma.forward(question.with_empty_tape()) + 1.0;
        let beta = self.beta.forward(question);
        let y = y * gamma.broadcast_like::<_, Axis<1>>(&shape) + beta.broadcast_like::<_, Axis<1>>(&shape);
        x + y.relu()
    }
    // ANCHOR_END: block
}

/// Three blocks, the mean over the locations, and an answer.
#[derive(Clone, Debug)]
pub struct Film<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// What is where, to what the blocks work on; 1 × 1.
    enter: Convolution2d<{ CHANNELS + PLACES }, CHANNELS, 1, E, D>,
    /// The blocks, one after the other.
    blocks: (FilmBlock<E, D>, FilmBlock<E, D>, FilmBlock<E, D>),
    /// To what is counted, 1 × 1.
    leave: Convolution2d<{ CHANNELS + PLACES }, POOLED, 1, E, D>,
    hidden: Linear<POOLED, HIDDEN, E, D>,
    answer: Linear<HIDDEN, EMBEDDING, E, D>,
}

impl Fusion for Film {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(64).wrapping_add(10 * layer);
        Self {
            enter: pointwise(device, seed(0)),
            blocks: (
                FilmBlock::new(device, seed(1)),
                FilmBlock::new(device, seed(2)),
                FilmBlock::new(device, seed(3)),
            ),
            leave: pointwise(device, seed(4)),
            hidden: linear(device),
            answer: linear(device),
        }
    }

    // ANCHOR: find
    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &PictureOf,
        question: Read<T>,
        mode: Mode,
    ) -> Found<T> {
        let grid = grid();
        let (x, _) = self.enter.forward_relu(with_places(map), grid);
        let x = index_select(x, of);
        let (first, second, third) = &mut self.blocks;
        let x = first.forward(x, question.vector.with_empty_tape(), grid, mode);
        let x = second.forward(x, question.vector.with_empty_tape(), grid, mode);
        let x = third.forward(x, question.vector, grid, mode);
        let (x, _) = self.leave.forward_relu(with_places(x), grid);
        let pooled = global_average_pool(x);
        Found::made(self.answer.forward(self.hidden.forward(pooled).relu()))
    }
    // ANCHOR_END: find
}

collection!(FilmBlock { see, convolution, norm, gamma, beta });
collection!(Film { enter, blocks, leave, hidden, answer });
