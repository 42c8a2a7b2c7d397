//! The question stream: a recurrent network reads the words, and its last state is the question's vector (Antol et al.
//! 2015, arXiv:1505.00468, with an LSTM; here a GRU, Cho et al. 2014, arXiv:1406.1078).
//!
//! The same vectors of words name the answer, and are those of the names that an eye gives: see [`words`].

use crate::batch::Batch;
use crate::words::{self, PADDING};
use crate::{ANSWERS, CHANNELS, EMBEDDING, QUESTION, Rows, WORDS};
use dfdx::nn::modules::Embedding;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::embedding;
use layers::{Gru, collection};

/// Questions that were read.
#[derive(Debug)]
pub struct Read<T> {
    /// The last state of each: (questions, [`QUESTION`]). Its tape has all of the reading; the others have none, but for
    /// `names`, whose tape is its own.
    pub vector: Rows<QUESTION, T>,
    /// The vectors of their words: (questions, words, [`EMBEDDING`]).
    pub words: Tensor<(usize, usize, Const<EMBEDDING>), f32, AnyDevice, T>,
    /// The states after each word: (questions, words, [`QUESTION`]).
    pub states: Tensor<(usize, usize, Const<QUESTION>), f32, AnyDevice, T>,
    /// 0 for a word, and far below for what stands before a short question: (questions, words), to be added to
    /// scores before a softmax.
    pub mask: Tensor<(usize, usize), f32, AnyDevice>,
    /// The vectors of the names that an eye has for a location, where there is an eye: ([`CHANNELS`], [`EMBEDDING`]).
    pub names: Option<NameVectors<T>>,
}

/// A vector for each of the numbers of a location.
pub type NameVectors<T> = Tensor<(Const<CHANNELS>, Const<EMBEDDING>), f32, AnyDevice, T>;

/// What is added to the score of what is no word.
const NO_WORD: f32 = -1e4;

/// A vector for every word, and the network that reads them.
#[derive(Clone, Debug)]
pub struct QuestionStream<const W: usize = WORDS, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    words: Embedding<W, EMBEDDING, E, D>,
    gru: Gru<EMBEDDING, QUESTION, E, D>,
}

impl<const W: usize> QuestionStream<W> {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        Self { words: embedding(device), gru: Gru::new(device, seed.wrapping_mul(16).wrapping_add(5)) }
    }

    // ANCHOR: read
    /// Reads the questions of a batch.
    pub fn read<T: Tape<f32, AnyDevice> + Merge<T>>(&self, batch: &Batch) -> Read<T> {
        let device = self.words.weight.device().clone();
        let count = batch.count();
        let index = device.tensor_from_vec(batch.words.clone(), (batch.words.len(),));
        let x = self.words.weight.retaped::<T>().gather(index);
        let x = x.reshape_like(&(count, batch.steps, Const::<EMBEDDING>));
        let state: Rows<QUESTION> = device.zeros_like(&(count, Const::<QUESTION>));
        let words = x.with_empty_tape();
        let (all, _) = self.gru.sequence(x, state.retaped::<T>());
        let states = all.with_empty_tape();
        let last = device.tensor_from_vec(vec![batch.steps - 1; count], (count,));
        let mask = batch.words.iter().map(|&word| if word == PADDING { NO_WORD } else { 0.0 }).collect();
        let mask = device.tensor_from_vec::<(usize, usize)>(mask, (count, batch.steps));
        Read { vector: all.select(last), words, states, mask, names: None }
    }
    // ANCHOR_END: read

    /// The vectors of the words with these numbers: what the eye has a name for and a question a word is one vector.
    pub fn vectors_of<T: Tape<f32, AnyDevice>>(&self, words: [usize; CHANNELS]) -> NameVectors<T> {
        let index = self.words.weight.device().tensor_from_vec(words.to_vec(), (Const,));
        self.words.weight.retaped::<T>().gather(index)
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Pictures;
    use crate::words::numbers;

    #[test]
    fn what_was_read_fits_together() {
        let stream: QuestionStream = QuestionStream::new(&lab::device(1), 1);
        let questions = [numbers("is there a dog?").unwrap(), numbers("what is it?").unwrap()];
        let batch = Batch::new(Pictures::Pixels(vec![]), vec![0, 0], &questions, vec![]);
        let read = stream.read::<NoneTape>(&batch);
        assert_eq!(read.mask.as_vec(), [0.0, 0.0, 0.0, 0.0, NO_WORD, 0.0, 0.0, 0.0]);
        let (states, vector) = (read.states.as_vec(), read.vector.as_vec());
        assert_eq!(states[3 * QUESTION..4 * QUESTION], vector[..QUESTION]);
        assert_eq!(states[7 * QUESTION..], vector[QUESTION..]);
        let (words, all) = (read.words.as_vec(), stream.words.weight.as_vec());
        let dog = questions[0][3];
        assert_eq!(words[3 * EMBEDDING..4 * EMBEDDING], all[dog * EMBEDDING..(dog + 1) * EMBEDDING]);
        assert_eq!(words[4 * EMBEDDING..5 * EMBEDDING], all[..EMBEDDING]);
    }
}
