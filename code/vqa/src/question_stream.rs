//! The question stream: a recurrent network reads the words, and its last state is the question's vector (Antol et al.
//! 2015, arXiv:1505.00468, with an LSTM; here a GRU, Cho et al. 2014, arXiv:1406.1078).
//!
//! The same vectors of words name the answer: see [`words`].

use crate::batch::Batch;
use crate::collection::collection;
use crate::{ANSWERS, EMBEDDING, QUESTION, Rows, WORDS, words};
use dfdx::nn::modules::Embedding;
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::Gru;

/// A vector for every word, and the network that reads them.
#[derive(Clone, Debug)]
pub struct QuestionStream<const W: usize = WORDS, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    words: Embedding<W, EMBEDDING, E, D>,
    gru: Gru<EMBEDDING, QUESTION, E, D>,
}

impl<const W: usize> QuestionStream<W> {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        let mut words: Embedding<W, EMBEDDING, f32, AnyDevice> = BuildModule::build(device);
        words.reset_params();
        Self { words, gru: Gru::new(device, seed.wrapping_mul(16).wrapping_add(5)) }
    }

    // ANCHOR: read
    /// The questions of a batch to vectors: (questions, [`QUESTION`]).
    pub fn read<T: Tape<f32, AnyDevice> + Merge<T>>(&self, batch: &Batch) -> Rows<QUESTION, T> {
        let device = self.words.weight.device().clone();
        let count = batch.count();
        let index = device.tensor_from_vec(batch.words.clone(), (batch.words.len(),));
        let x = self.words.weight.retaped::<T>().gather(index);
        let x = x.reshape_like(&(count, batch.steps, Const::<EMBEDDING>));
        let state: Rows<QUESTION> = device.zeros_like(&(count, Const::<QUESTION>));
        let (all, _) = self.gru.sequence(x, state.retaped::<T>());
        let last = device.tensor_from_vec(vec![batch.steps - 1; count], (count,));
        all.select(last)
    }
    // ANCHOR_END: read

    // ANCHOR: name
    /// What was found, as a vector, to a logit for each answer: how well it fits the vector of the answer's word.
    /// (questions, [`EMBEDDING`]) → (questions, `A`).
    pub fn name<const A: usize, T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        found: Rows<EMBEDDING, T>,
        answers: &[usize],
    ) -> Rows<A, T> {
        let index = self.words.weight.device().tensor_from_vec(answers.to_vec(), (Const::<A>,));
        let answers = self.words.weight.retaped::<T>().gather(index);
        found.matmul(answers.permute::<(Const<EMBEDDING>, Const<A>), Axes2<1, 0>>())
    }
    // ANCHOR_END: name
}

/// The numbers of the words that the answers to questions about scenes are.
pub fn answers() -> Vec<usize> {
    let answers = words::answer_words();
    debug_assert_eq!(answers.len(), ANSWERS);
    answers
}

collection!(QuestionStream<W> { words, gru });
