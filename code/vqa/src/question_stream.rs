//! The question stream: a recurrent network reads the words, and its last state is the question's vector (Antol et al.
//! 2015, arXiv:1505.00468, with an LSTM; here a GRU, Cho et al. 2014, arXiv:1406.1078).

use crate::questions::Batch;
use crate::{EMBEDDING, QUESTION, Rows, WORDS};
use dfdx::nn::modules::Embedding;
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::Gru;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;
use rand_distr::{Distribution, StandardNormal};

/// A vector for every word, and the network that reads them.
#[derive(Clone, Debug)]
pub struct QuestionStream<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    words: Embedding<WORDS, EMBEDDING, E, D>,
    gru: Gru<EMBEDDING, QUESTION, E, D>,
}

impl QuestionStream {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        let mut words: Embedding<WORDS, EMBEDDING, f32, AnyDevice> = BuildModule::build(device);
        words.reset_params();
        Self { words, gru: Gru::new(device, seed.wrapping_mul(16).wrapping_add(5)) }
    }

    /// The questions of a batch to vectors: (questions, [`QUESTION`]).
    pub fn forward<T: Tape<f32, AnyDevice> + Merge<T>>(&self, batch: &Batch) -> Rows<QUESTION, T> {
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
}

impl<E, D> TensorCollection<E, D> for QuestionStream<E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = QuestionStream<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("words", |s| &s.words, |s| &mut s.words),
                Self::module("gru", |s| &s.gru, |s| &mut s.gru),
            ),
            |(words, gru)| QuestionStream { words, gru },
        )
    }
}
