//! What both models can do: learn from a batch, and write word by word.

use crate::Error;
use crate::batch::Batch;
use crate::encoder::Map;
use dfdx::nn::tensor_collection::TensorCollection;
use dfdx::prelude::*;
use lab::AnyDevice;

/// The tape of training.
pub type Traced = OwnedTape<f32, AnyDevice>;

/// A loss that remembers how it came about.
pub type Loss = Tensor<Rank0, f32, AnyDevice, Traced>;

/// For every row so many numbers: rows × `N`.
pub type Rows<const N: usize, T = NoneTape> = layers::Rows<N, AnyDevice, T>;

/// What a batch gave.
#[derive(Debug)]
pub struct Learned {
    /// What is made small.
    pub loss: Loss,
    /// The part of it that the words cost, in nats a word.
    pub words: f32,
}

/// What a model says of the next word.
#[derive(Clone, Debug)]
pub struct Next {
    /// The logarithm of every word's probability: rows × words.
    pub log_probabilities: Vec<f32>,
    /// Where it looked: rows × [`LOCATIONS`](crate::LOCATIONS), each row's numbers summing to 1. Empty where a model has no attention.
    pub looked: Vec<f32>,
}

/// A model that writes sentences about pictures.
pub trait Captioner: TensorCollection<f32, AnyDevice> + Clone {
    /// What it keeps in mind while it writes, for every row.
    type Memory;

    /// A fresh model of `seed`.
    fn fresh(seed: u64) -> Self;

    /// What the sentences of a batch cost, given the annotation vectors of its pictures; the doubly stochastic
    /// penalty, where there is attention, weighs `penalty`.
    ///
    /// # Errors
    ///
    /// If a batch has no word.
    fn learn(&mut self, map: Map<Traced>, batch: &Batch, penalty: f32) -> Result<Learned, Error>;

    /// Takes in the annotation vectors of pictures; every one gets `rows` rows, one after the other, for as
    /// many sentences.
    fn look(&mut self, map: Map, rows: usize) -> Self::Memory;

    /// Reads a word in every row and says what may follow.
    fn next(&self, memory: &mut Self::Memory, words: &[usize]) -> Next;

    /// Goes on from the given rows: row i becomes what row `from[i]` was. Rows change places only among
    /// those of the same picture.
    fn follow(&self, memory: &mut Self::Memory, from: &[usize]);
}

/// The numbers of a tensor.
pub(crate) fn numbers<S: Shape, T>(tensor: &Tensor<S, f32, AnyDevice, T>) -> Vec<f32> {
    let mut numbers = vec![0.0; tensor.shape().num_elements()];
    tensor.copy_into(&mut numbers);
    numbers
}

/// Rows in a new order.
pub(crate) fn reordered<const N: usize>(rows: &Rows<N>, from: &[usize]) -> Rows<N> {
    let index = rows.device().tensor_from_vec(from.to_vec(), (from.len(),));
    rows.clone().gather(index)
}

/// Every row `each` times, one after the other: (pictures, `N`) → (pictures · each, `N`).
pub(crate) fn repeated<const N: usize, T: Tape<f32, AnyDevice>>(rows: Rows<N, T>, each: usize) -> Rows<N, T> {
    let from: Vec<usize> = (0..rows.shape().0).flat_map(|row| std::iter::repeat_n(row, each)).collect();
    let index = rows.device().tensor_from_vec(from, (rows.shape().0 * each,));
    rows.gather(index)
}
