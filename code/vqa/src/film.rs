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

use crate::network::{Fusion, PLACES, with_places};
use crate::{ANSWERS, CHANNELS, GRID, Map, QUESTION, Rows};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::{Activations, BatchNorm, Convolution2d, ConvolutionConfig, Grid, Mode, global_average_pool};
use num_traits::Float;
use rand_distr::uniform::SampleUniform;
use rand_distr::{Distribution, StandardNormal};

/// Numbers of the layer before the answer.
pub const HIDDEN: usize = 256;

/// Channels of the map whose mean is taken.
pub const POOLED: usize = 128;

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
        let mut gamma: Linear<QUESTION, CHANNELS, f32, AnyDevice> = BuildModule::build(device);
        let mut beta: Linear<QUESTION, CHANNELS, f32, AnyDevice> = BuildModule::build(device);
        gamma.reset_params();
        beta.reset_params();
        Self {
            see: Convolution2d::new(
                device,
                ConvolutionConfig { stride: 1, padding: 0 },
                seed.wrapping_add(1),
            ),
            convolution: Convolution2d::new(
                device,
                ConvolutionConfig { stride: 1, padding: 1 },
                seed.wrapping_add(2),
            ),
            norm: BatchNorm::new(device),
            gamma,
            beta,
        }
    }

    /// (pictures, locations, [`CHANNELS`]) and (pictures, [`QUESTION`]) → (pictures, locations, [`CHANNELS`]).
    fn forward<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        x: Activations<CHANNELS, AnyDevice, T>,
        question: Rows<QUESTION, T>,
        grid: Grid,
        mode: Mode,
    ) -> Activations<CHANNELS, AnyDevice, T> {
        let (x, _) = self.see.forward_relu(with_places(x, grid), grid);
        let (y, _) = self.convolution.forward(x.with_empty_tape(), grid);
        let y = match mode {
            Mode::Training => self.norm.forward_train(y),
            Mode::Use => self.norm.forward(y),
        };
        let shape = *y.shape();
        let gamma = self.gamma.forward(question.with_empty_tape()) + 1.0;
        let beta = self.beta.forward(question);
        let y = y * gamma.broadcast_like::<_, Axis<1>>(&shape) + beta.broadcast_like::<_, Axis<1>>(&shape);
        x + y.relu()
    }
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
    answer: Linear<HIDDEN, ANSWERS, E, D>,
}

impl Fusion for Film {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(64).wrapping_add(10 * layer);
        let one = ConvolutionConfig { stride: 1, padding: 0 };
        let mut hidden: Linear<POOLED, HIDDEN, f32, AnyDevice> = BuildModule::build(device);
        let mut answer: Linear<HIDDEN, ANSWERS, f32, AnyDevice> = BuildModule::build(device);
        hidden.reset_params();
        answer.reset_params();
        Self {
            enter: Convolution2d::new(device, one, seed(0)),
            blocks: (
                FilmBlock::new(device, seed(1)),
                FilmBlock::new(device, seed(2)),
                FilmBlock::new(device, seed(3)),
            ),
            leave: Convolution2d::new(device, one, seed(4)),
            hidden,
            answer,
        }
    }

    fn answer<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        question: Rows<QUESTION, T>,
        mode: Mode,
    ) -> Rows<ANSWERS, T> {
        let grid = Grid::new(GRID, GRID);
        let (x, _) = self.enter.forward_relu(with_places(map, grid), grid);
        let (first, second, third) = &mut self.blocks;
        let x = first.forward(x, question.with_empty_tape(), grid, mode);
        let x = second.forward(x, question.with_empty_tape(), grid, mode);
        let x = third.forward(x, question, grid, mode);
        let (x, _) = self.leave.forward_relu(with_places(x, grid), grid);
        let pooled = global_average_pool(x);
        self.answer.forward(self.hidden.forward(pooled).relu())
    }
}

impl<E, D> TensorCollection<E, D> for FilmBlock<E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = FilmBlock<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("see", |s| &s.see, |s| &mut s.see),
                Self::module("convolution", |s| &s.convolution, |s| &mut s.convolution),
                Self::module("norm", |s| &s.norm, |s| &mut s.norm),
                Self::module("gamma", |s| &s.gamma, |s| &mut s.gamma),
                Self::module("beta", |s| &s.beta, |s| &mut s.beta),
            ),
            |(see, convolution, norm, gamma, beta)| FilmBlock { see, convolution, norm, gamma, beta },
        )
    }
}

impl<E, D> TensorCollection<E, D> for Film<E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Film<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("enter", |s| &s.enter, |s| &mut s.enter),
                Self::module("blocks", |s| &s.blocks, |s| &mut s.blocks),
                Self::module("leave", |s| &s.leave, |s| &mut s.leave),
                Self::module("hidden", |s| &s.hidden, |s| &mut s.hidden),
                Self::module("answer", |s| &s.answer, |s| &mut s.answer),
            ),
            |(enter, blocks, leave, hidden, answer)| Film { enter, blocks, leave, hidden, answer },
        )
    }
}
