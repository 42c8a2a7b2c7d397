//! What the chapter measures of a trained model.

use crate::analogies::{Score, own_questions, score, total};
use crate::context_words::{precision_at_ten, predicted, shares};
use crate::differences::{mismatched, pairs_of, parallelism};
use crate::fast_step::{Indexer, negative_sampling_loss};
use crate::negative_sampling::NoiseDistribution;
use crate::train::{Measured, Model, Settings};
use crate::vocabulary::{EncodedCorpus, Vocabulary};
use crate::word_vectors::WordVectors;
use crate::{DIMENSIONS, Error, batches::Batches, plain_step};
use dfdx::prelude::*;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::time::Duration;

/// What is measured for every seed.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The analogies' scores, relation by relation.
    pub analogies: Vec<Score>,
    /// Share of the ten words around a word that the model knows; see
    /// [`precision_at_ten`].
    pub precision_at_ten: f64,
    /// The same for a model that always names the most frequent words.
    pub precision_of_counts: f64,
    /// Mean cosine between a relation's difference vectors, relation by relation.
    pub parallelism: Vec<Option<f64>>,
    /// The same after the second words have been handed on by one.
    pub mismatched: Vec<Option<f64>>,
}

/// The words on which [`Evaluation::precision_at_ten`] is measured: the 200 words after the 100 most
/// frequent ones, or what the vocabulary has of them.
fn words_with_context(vocabulary: &Vocabulary) -> Vec<u32> {
    let words = vocabulary.len() as u32;
    (100.min(words / 2)..300.min(words)).collect()
}

/// Measures a model.
pub fn evaluate(
    model: &Model,
    vectors: &WordVectors,
    corpus: &EncodedCorpus,
    settings: &Settings,
) -> Evaluation {
    let vocabulary = vectors.vocabulary();
    let relations = own_questions();
    let ids = words_with_context(vocabulary);
    let real = shares(corpus, vocabulary, settings, &ids);
    let predicted: Vec<Vec<f64>> = ids.iter().map(|&id| predicted(model, vocabulary, id)).collect();
    let keep = crate::subsampling::keep_probabilities(vocabulary.counts(), settings.subsample);
    let frequent: Vec<f64> =
        vocabulary.counts().iter().zip(&keep).map(|(&n, &keep)| n as f64 * f64::from(keep)).collect();
    let pairs: Vec<Vec<(&str, &str)>> = relations.iter().map(|r| pairs_of(vectors, r)).collect();
    Evaluation {
        analogies: score(vectors, &relations),
        precision_at_ten: precision_at_ten(&predicted, &real),
        precision_of_counts: precision_at_ten(&vec![frequent; ids.len()], &real),
        parallelism: pairs.iter().map(|pairs| parallelism(vectors, pairs)).collect(),
        mismatched: pairs.iter().map(|pairs| parallelism(vectors, &mismatched(pairs))).collect(),
    }
}

/// One number of each seed's model.
pub fn per_seed(evaluations: &[Evaluation], number: impl Fn(&Evaluation) -> f64) -> Vec<f64> {
    evaluations.iter().map(number).collect()
}

/// Accuracy on all analogies, in percent.
pub fn accuracy(evaluation: &Evaluation) -> f64 {
    total(&evaluation.analogies).percent()
}

/// Accuracy on the analogies whose rarest word occurs at least `from` and less than `to` times, in
/// percent, and how many there are.
pub fn accuracy_by_count(evaluation: &Evaluation, from: u64, to: u64) -> (f64, usize) {
    let all = total(&evaluation.analogies).by_count;
    let these: Vec<bool> =
        all.iter().filter(|(count, _)| (from..to).contains(count)).map(|(_, right)| *right).collect();
    let right = these.iter().filter(|right| **right).count();
    (100.0 * right as f64 / these.len().max(1) as f64, these.len())
}

/// The fast step beside plain dfdx.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Pairs a second of plain dfdx.
    pub plain_pairs_per_second: f64,
    /// Pairs a second of the fast step.
    pub fast_pairs_per_second: f64,
    /// Largest difference between the gradients of the fast step and of its composition from
    /// dfdx's own operations on one batch of the corpus, relative to the largest gradient.
    pub largest_difference: f64,
}

/// Rows of the plain model's tables: a type must say how many, before the corpus is read.
pub const PLAIN_WORDS: usize = 10_000;

/// Measures both on the same corpus. `fast` is what the training of the fast step measured of
/// itself; plain dfdx is timed for `least`.
///
/// # Errors
///
/// If the plain step's optimizer fails.
pub fn compare_steps(
    corpus: &EncodedCorpus,
    vocabulary: &Vocabulary,
    settings: &Settings,
    fast: Measured,
    least: Duration,
) -> Result<Comparison, Error> {
    // Words beyond the plain model's tables are left out of its share of the work.
    let noise = NoiseDistribution::new(&vocabulary.counts()[..vocabulary.len().min(PLAIN_WORDS)]);
    let mut batches: Vec<_> = Batches::new(corpus, vocabulary, &noise, settings, 0).take(16).collect();
    let difference = largest_difference(&batches[0], vocabulary, settings);
    for block in batches.iter_mut().flatten() {
        block.keep_words_below(PLAIN_WORDS as u32);
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(settings.seed);
    let plain = plain_step::measure_speed::<PLAIN_WORDS, DIMENSIONS, 5>(&batches, &noise, &mut rng, least)?;
    Ok(Comparison {
        plain_pairs_per_second: plain.pairs as f64 / plain.time.as_secs_f64(),
        fast_pairs_per_second: fast.pairs_per_second(),
        largest_difference: difference,
    })
}

/// Gradients of the fast step against those of the same loss composed of dfdx's operations.
fn largest_difference(blocks: &[crate::batches::Block], vocabulary: &Vocabulary, settings: &Settings) -> f64 {
    let device = Cpu::seed_from_u64(settings.seed);
    let batch = Indexer::new(vocabulary.len()).index(blocks, settings.negatives as f32);
    let normal = |rows: usize| -> Tensor<(usize, Const<DIMENSIONS>), f32, Cpu> {
        device.sample_normal_like(&(rows, Const)) * 0.2
    };
    let (u, v) = (normal(batch.inputs.len()), normal(batch.outputs.len()));
    let fast = negative_sampling_loss(u.leaky_trace(), v.leaky_trace(), &batch).backward();
    let plain = batch.composed_loss(&u, &v).backward();
    let (mut largest, mut difference) = (0.0_f64, 0.0_f64);
    for tensor in [&u, &v] {
        for (a, b) in fast.get(tensor).as_vec().iter().zip(plain.get(tensor).as_vec()) {
            largest = largest.max(f64::from(b.abs()));
            difference = difference.max(f64::from((a - b).abs()));
        }
    }
    difference / largest
}
