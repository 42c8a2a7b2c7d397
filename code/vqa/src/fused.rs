//! Each stream as one vector, and an answer from one of them or from both.
//!
//! The picture's vector $v$ and the question's $q$ meet side by side, $[v; q]$, or as the point-wise product
//! $\tanh(W v) ∘ \tanh(U q)$ (Antol et al. 2015, arXiv:1505.00468, section 4.1: *deeper LSTM Q + norm I*). The two
//! networks with one stream alone show what the other one is worth.

use crate::glimpses::beside;
use crate::network::{Found, Fusion, PictureOf, Streams, grid};
use crate::question_stream::Read;
use crate::{CHANNELS, EMBEDDING, GRID, Map, QUESTION, Rows};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::linear;
use layers::{Block, Mode, collection};

/// Channels of the small map that is flattened.
pub const THIN: usize = 24;

/// The side of the small map, in locations.
const SMALL: usize = GRID.div_ceil(2);

/// Numbers of the small map.
const FLAT: usize = SMALL * SMALL * THIN;

/// Numbers of the picture's vector.
pub const VECTOR: usize = 256;

/// The whole picture as one vector: what is where, on a small map that is flattened.
#[derive(Clone, Debug)]
pub struct WholePicture<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    thin: Block<CHANNELS, THIN, 3, E, D>,
    project: Linear<FLAT, VECTOR, E, D>,
}

impl WholePicture {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        Self { thin: Block::new(device, 2, seed.wrapping_mul(64)), project: linear(device) }
    }

    // ANCHOR: whole
    /// (pictures, locations, [`CHANNELS`]) → (pictures, [`VECTOR`]).
    fn forward<T: Tape<f32, AnyDevice>>(&mut self, map: Map<T>, mode: Mode) -> Rows<VECTOR, T> {
        let (x, _) = self.thin.forward(map, grid(), mode);
        let count = x.shape().0;
        self.project.forward(x.reshape_like(&(count, Const::<FLAT>)))
    }
    // ANCHOR_END: whole
}

/// Both vectors side by side.
#[derive(Clone, Debug)]
pub struct Concatenation<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    picture: WholePicture<E, D>,
    hidden: Linear<{ VECTOR + QUESTION }, 272, E, D>,
    answer: Linear<272, EMBEDDING, E, D>,
}

impl Fusion for Concatenation {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        Self { picture: WholePicture::fresh(device, seed), hidden: linear(device), answer: linear(device) }
    }

    // ANCHOR: concatenation
    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &PictureOf,
        question: Read<T>,
        mode: Mode,
    ) -> Found<T> {
        let v = self.picture.forward(map, mode).relu().gather(of.clone());
        Found::made(self.answer.forward(self.hidden.forward(beside(v, question.vector)).relu()))
    }
    // ANCHOR_END: concatenation
}

/// The point-wise product of both vectors.
#[derive(Clone, Debug)]
pub struct Product<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    picture: WholePicture<E, D>,
    question: Linear<QUESTION, VECTOR, E, D>,
    hidden: Linear<VECTOR, 280, E, D>,
    answer: Linear<280, EMBEDDING, E, D>,
}

impl Fusion for Product {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        Self {
            picture: WholePicture::fresh(device, seed),
            question: linear(device),
            hidden: linear(device),
            answer: linear(device),
        }
    }

    // ANCHOR: product
    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &PictureOf,
        question: Read<T>,
        mode: Mode,
    ) -> Found<T> {
        let v = self.picture.forward(map, mode).tanh().gather(of.clone());
        let q = self.question.forward(question.vector).tanh();
        Found::made(self.answer.forward(self.hidden.forward(v * q).relu()))
    }
    // ANCHOR_END: product
}

/// The question alone.
#[derive(Clone, Debug)]
pub struct QuestionOnly<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    first: Linear<QUESTION, 512, E, D>,
    hidden: Linear<512, 432, E, D>,
    answer: Linear<432, EMBEDDING, E, D>,
}

impl Fusion for QuestionOnly {
    const STREAMS: Streams = Streams { image: false, question: true };

    fn fresh(device: &AnyDevice, _: u64) -> Self {
        Self { first: linear(device), hidden: linear(device), answer: linear(device) }
    }

    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        _: Map<T>,
        _: &PictureOf,
        question: Read<T>,
        _: Mode,
    ) -> Found<T> {
        let x = self.first.forward(question.vector).relu();
        Found::made(self.answer.forward(self.hidden.forward(x).relu()))
    }
}

/// The picture alone.
#[derive(Clone, Debug)]
pub struct PictureOnly<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    picture: WholePicture<E, D>,
    hidden: Linear<VECTOR, 640, E, D>,
    answer: Linear<640, EMBEDDING, E, D>,
}

impl Fusion for PictureOnly {
    const STREAMS: Streams = Streams { image: true, question: false };

    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        Self { picture: WholePicture::fresh(device, seed), hidden: linear(device), answer: linear(device) }
    }

    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &PictureOf,
        _: Read<T>,
        mode: Mode,
    ) -> Found<T> {
        let v = self.picture.forward(map, mode).relu().gather(of.clone());
        Found::made(self.answer.forward(self.hidden.forward(v).relu()))
    }
}

collection!(WholePicture { thin, project });
collection!(Concatenation { picture, hidden, answer });
collection!(Product { picture, question, hidden, answer });
collection!(QuestionOnly { first, hidden, answer });
collection!(PictureOnly { picture, hidden, answer });
