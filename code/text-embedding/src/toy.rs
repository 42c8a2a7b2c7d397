//! A corpus that fits on a page: eight sentences about animals, embedded in the plane.

use crate::Error;
use crate::skip_gram::{self, SkipGram};
use dfdx::nn::builders;
use dfdx::prelude::*;

// ANCHOR: corpus
/// The sentences.
pub const SENTENCES: [&str; 8] = [
    "the cat drinks milk",
    "the dog drinks water",
    "the cat eats fish",
    "the dog eats meat",
    "the cat sleeps inside",
    "the dog sleeps outside",
    "a cat purrs",
    "a dog barks",
];

/// How many different words they have.
pub const WORDS: usize = 15;
// ANCHOR_END: corpus

/// The different words in the order in which they first stand in the sentences.
pub fn words() -> Vec<&'static str> {
    let mut words = Vec::new();
    for word in SENTENCES.iter().flat_map(|sentence| sentence.split(' ')) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// A trained toy model.
#[derive(Clone, Debug)]
pub struct Toy {
    /// The words' vectors, by place in [`words`].
    pub vectors: Vec<[f32; 2]>,
    /// The probabilities of the words around *cat*.
    pub around_cat: Vec<f32>,
    /// How many (word, neighbour) pairs the sentences give.
    pub pairs: usize,
    /// Loss a pair before the first step and before the last, in nats.
    pub losses: [f32; 2],
}

/// How many random starts are tried.
const STARTS: u64 = 8;

// ANCHOR: train
/// Trains a vector of two numbers for every word of the toy corpus.
///
/// In so small a space training often gets stuck; of several random starts the one that ends with
/// the smallest loss is kept.
///
/// # Errors
///
/// If the optimizer fails.
pub fn train(seed: u64) -> Result<Toy, Error> {
    let starts: Result<Vec<Toy>, Error> = (seed..seed + STARTS).map(train_once).collect();
    let best = starts?.into_iter().min_by(|a, b| a.losses[1].total_cmp(&b.losses[1]));
    Ok(best.expect("there is at least one start"))
}

fn train_once(seed: u64) -> Result<Toy, Error> {
    let words = words();
    let id = |word: &str| words.iter().position(|other| *other == word).unwrap_or_default();
    let mut pairs = Vec::new();
    for sentence in SENTENCES {
        let ids: Vec<usize> = sentence.split(' ').map(id).collect();
        pairs.extend(skip_gram::pairs(&ids, 2));
    }
    let device = lab::device(seed);
    type Layers = (builders::Embedding<WORDS, 2>, builders::UnbiasedLinear<2, WORDS>);
    let mut model: SkipGram<WORDS, 2> = device.build_module::<Layers, f32>();
    let losses = skip_gram::train(&mut model, &pairs, 1000, 1.0, &device)?;
    Ok(Toy {
        vectors: model.0.weight.array().to_vec(),
        around_cat: skip_gram::predict(&model, id("cat"), &device),
        pairs: pairs.len(),
        losses: [losses[0], losses[losses.len() - 1]],
    })
}
// ANCHOR_END: train

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_in_the_same_places_get_near_vectors() {
        let words = words();
        assert_eq!(words.len(), WORDS);
        let toy = train(1).unwrap();
        assert!(toy.losses[1] < 0.8 * toy.losses[0], "{:?}", toy.losses);
        let id = |word: &str| words.iter().position(|other| *other == word).unwrap();
        // "cat" stands beside "the" in three of its sentences of four.
        let likely = (0..WORDS).max_by(|&a, &b| toy.around_cat[a].total_cmp(&toy.around_cat[b])).unwrap();
        assert_eq!(words[likely], "the");
        let cosine = |a, b| crate::one_hot::cosine(&toy.vectors[id(a)], &toy.vectors[id(b)]);
        assert!(cosine("cat", "dog") > 0.8, "{}", cosine("cat", "dog"));
    }
}
