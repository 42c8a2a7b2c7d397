//! From a model's distributions to a sentence: greedily, or by beam search.
//!
//! *Greedy* decoding takes the most probable word at every step. *Beam search* keeps the `width` best
//! beginnings, continues each by every word, and keeps the best again; a sentence that ends leaves the
//! beam. The logarithm of a sentence's probability is a sum, and every further word makes it smaller, so
//! that the shortest sentence would tend to win. What is compared in the end is therefore the sum over the
//! length to the power of [`LENGTH_POWER`], as in Wu et al. 2016 (arXiv:1609.08144, section 7, without
//! its constant 5):
//!
//! $$ \mathrm{score}(y) = \frac{\ln p(y \mid I)}{|y|^{0.7}} $$
//!
//! A beam of width 1 is greedy decoding.

use crate::LOCATIONS;
use crate::captioner::Captioner;
use crate::encoder::{Map, PIXELS};
use crate::network::Network;
use crate::vocabulary::{END, PAD, START, UNKNOWN};
use dfdx::prelude::HasShape;

/// The power of the length that divides the log-probability.
pub const LENGTH_POWER: f32 = 0.7;

/// The most words a sentence has.
pub const LONGEST: usize = 24;

/// Pictures that are captioned at once.
const CHUNK: usize = 32;

/// A sentence that a model wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// The numbers of its words, without start and end.
    pub words: Vec<usize>,
    /// The logarithm of its probability, the end included.
    pub log_probability: f32,
    /// Where the model looked for each word, and for the end: [`LOCATIONS`] numbers each. Empty where it
    /// has no attention.
    pub looked: Vec<Vec<f32>>,
}

impl Caption {
    /// What the search compares: see the [module](self).
    pub fn score(&self) -> f32 {
        score(self.log_probability, self.words.len() + 1)
    }
}

// ANCHOR: score
fn score(log_probability: f32, length: usize) -> f32 {
    log_probability / (length as f32).powf(LENGTH_POWER)
}
// ANCHOR_END: score

/// A beginning of a sentence that the search kept for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Which branch it continues, by its place in the tree; none for first words.
    pub parent: Option<usize>,
    /// Its last word.
    pub word: usize,
    /// The logarithm of the probability of all its words.
    pub log_probability: f32,
    /// Whether it became the sentence, or part of it.
    pub chosen: bool,
}

/// What is found for one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The sentence.
    pub caption: Caption,
    /// All beginnings that were kept, in the order of their lengths.
    pub tree: Vec<Branch>,
}

/// A search under way for one picture.
struct Search {
    /// For every row: log-probability of the beginning and its place in the tree.
    rows: Vec<(f32, Option<usize>)>,
    tree: Vec<Branch>,
    /// Where each branch looked.
    looked: Vec<Vec<f32>>,
    /// Ended sentences: places in the tree.
    ended: Vec<usize>,
}

/// Writes a sentence about every picture of [`PIXELS`] numbers, greedily.
pub fn greedy<M: Captioner>(network: &mut Network<M>, pixels: &[f32]) -> Vec<Caption> {
    beam(network, pixels, 1).into_iter().map(|found| found.caption).collect()
}

/// Writes a sentence about every picture of [`PIXELS`] numbers with a beam of `width`.
///
/// # Panics
///
/// With a beam of width 0.
pub fn beam<M: Captioner>(network: &mut Network<M>, pixels: &[f32], width: usize) -> Vec<Found> {
    assert!(width > 0, "a beam has a width of at least 1");
    let Network { encoder, decoder } = network;
    let chunks = pixels.chunks(CHUNK * PIXELS);
    chunks.flat_map(|chunk| beam_of(decoder, encoder.see(chunk), width)).collect()
}

// ANCHOR: beam
fn beam_of<M: Captioner>(model: &mut M, map: Map, width: usize) -> Vec<Found> {
    let count = map.shape().0;
    let mut memory = model.look(map, width);
    let mut searches: Vec<Search> = (0..count).map(|_| Search::new(width)).collect();
    let mut words = vec![START; count * width];
    for length in 1..=LONGEST {
        let next = model.next(&mut memory, &words);
        let vocabulary = next.log_probabilities.len() / words.len();
        let mut from = Vec::with_capacity(words.len());
        words.clear();
        for (i, search) in searches.iter_mut().enumerate() {
            let rows = i * width..(i + 1) * width;
            let log_probabilities = &next.log_probabilities[rows.start * vocabulary..rows.end * vocabulary];
            let looked = match next.looked.len() {
                0 => &[],
                _ => &next.looked[rows.start * LOCATIONS..rows.end * LOCATIONS],
            };
            for (row, word) in search.grow(log_probabilities, looked, length) {
                from.push(rows.start + row);
                words.push(word);
            }
        }
        if searches.iter().all(Search::is_over) {
            break;
        }
        model.follow(&mut memory, &from);
    }
    searches.into_iter().map(Search::result).collect()
}
// ANCHOR_END: beam

impl Search {
    fn new(width: usize) -> Self {
        // All rows are the same in the beginning: the first one alone counts.
        let rows = (0..width).map(|row| (if row == 0 { 0.0 } else { f32::NEG_INFINITY }, None)).collect();
        Self { rows, tree: vec![], looked: vec![], ended: vec![] }
    }

    // ANCHOR: grow
    /// Continues every row by its best words and keeps the best of all; which row each comes from, and its
    /// word.
    fn grow(&mut self, log_probabilities: &[f32], looked: &[f32], length: usize) -> Vec<(usize, usize)> {
        let width = self.rows.len();
        let vocabulary = log_probabilities.len() / width;
        let mut candidates: Vec<(f32, usize, usize)> = Vec::new();
        for (row, words) in log_probabilities.chunks_exact(vocabulary).enumerate() {
            let before = self.rows[row].0;
            if before > f32::NEG_INFINITY {
                let continued = best(words, 2 * width).into_iter();
                candidates.extend(continued.map(|word| (before + words[word], row, word)));
            }
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut kept, mut next) = (Vec::new(), Vec::new());
        for (log_probability, row, word) in candidates {
            if next.len() == width || self.ended.len() >= width {
                break;
            }
            let place = self.tree.len();
            self.tree.push(Branch { parent: self.rows[row].1, word, log_probability, chosen: false });
            if !looked.is_empty() {
                self.looked.push(looked[row * LOCATIONS..][..LOCATIONS].to_vec());
            }
            if word == END || length == LONGEST {
                self.ended.push(place);
            } else {
                next.push((log_probability, Some(place)));
                kept.push((row, word));
            }
        }
        if self.ended.len() >= width {
            next.clear();
            kept.clear();
        }
        // Rows without a sentence go on idly.
        next.resize(width, (f32::NEG_INFINITY, None));
        kept.resize(width, (0, PAD));
        self.rows = next;
        kept
    }
    // ANCHOR_END: grow

    fn is_over(&self) -> bool {
        self.rows.iter().all(|(log_probability, _)| *log_probability == f32::NEG_INFINITY)
    }

    /// The places in the tree from the first word to this one.
    fn path(&self, end: usize) -> Vec<usize> {
        let mut path: Vec<usize> =
            std::iter::successors(Some(end), |&place| self.tree[place].parent).collect();
        path.reverse();
        path
    }

    fn result(mut self) -> Found {
        let score_of = |&place: &usize| score(self.tree[place].log_probability, self.path(place).len());
        let best = self.ended.iter().copied().max_by(|a, b| score_of(a).total_cmp(&score_of(b)));
        let path = best.map_or_else(Vec::new, |best| self.path(best));
        path.iter().for_each(|&place| self.tree[place].chosen = true);
        let words = path.iter().map(|&place| self.tree[place].word).filter(|&word| word != END).collect();
        let looked = if self.looked.is_empty() {
            vec![]
        } else {
            path.iter().map(|&place| std::mem::take(&mut self.looked[place])).collect()
        };
        let log_probability = path.last().map_or(f32::NEG_INFINITY, |&last| self.tree[last].log_probability);
        Found { caption: Caption { words, log_probability, looked }, tree: self.tree }
    }
}

/// The `count` words with the largest numbers, the largest first. Neither padding, start nor the word for
/// unknown words is ever written.
fn best(words: &[f32], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..words.len()).filter(|word| ![PAD, START, UNKNOWN].contains(word)).collect();
    let count = count.min(order.len());
    if count < order.len() {
        order.select_nth_unstable_by(count, |&a, &b| words[b].total_cmp(&words[a]));
        order.truncate(count);
    }
    order.sort_by(|&a, &b| words[b].total_cmp(&words[a]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::batch::Batch;
    use crate::captioner::{Learned, Next, Traced};
    use dfdx::nn::tensor_collection::{ModuleVisitor, TensorCollection};
    use dfdx::prelude::{Device, Dtype};
    use lab::AnyDevice;

    /// Words 4 to 6 and the end. It begins with 4 (0.6) or 5 (0.4). After 4 come 4, 5, 6 and the end with
    /// 0.25 each; after 5 the end almost surely.
    #[derive(Clone)]
    struct Toy;

    impl TensorCollection<f32, AnyDevice> for Toy {
        type To<E2: Dtype, D2: Device<E2>> = Toy;

        fn iter_tensors<V: ModuleVisitor<Self, f32, AnyDevice>>(
            visitor: &mut V,
        ) -> Result<Option<Toy>, V::Err> {
            visitor.visit_fields((), |()| Toy)
        }
    }

    impl Captioner for Toy {
        /// The last words of all rows, to check that the rows follow.
        type Memory = Vec<Vec<usize>>;

        fn fresh(_: u64) -> Self {
            Self
        }

        fn learn(&mut self, _: Map<Traced>, _: &Batch, _: f32) -> Result<Learned, Error> {
            Err(Error::NothingToScore)
        }

        fn look(&mut self, map: Map, rows: usize) -> Self::Memory {
            vec![vec![]; map.shape().0 * rows]
        }

        fn next(&self, memory: &mut Self::Memory, words: &[usize]) -> Next {
            let mut log_probabilities = Vec::new();
            for (read, &word) in memory.iter_mut().zip(words) {
                read.push(word);
                let p: [f32; 7] = match word {
                    START => [0.0, 0.0, 0.0, 0.0, 0.6, 0.4, 0.0],
                    4 => [0.0, 0.0, 0.25, 0.0, 0.25, 0.25, 0.25],
                    _ => [0.0, 0.0, 0.97, 0.0, 0.01, 0.01, 0.01],
                };
                log_probabilities.extend(p.map(f32::ln));
            }
            Next { log_probabilities, looked: vec![] }
        }

        fn follow(&self, memory: &mut Self::Memory, from: &[usize]) {
            *memory = from.iter().map(|&row| memory[row].clone()).collect();
        }
    }

    #[test]
    fn a_beam_finds_what_greed_misses() {
        let pixels = vec![0.0; 2 * PIXELS];
        let mut network = Network::<Toy>::fresh(1);
        let greedy = greedy(&mut network, &pixels);
        assert_eq!(greedy.len(), 2);
        assert_eq!(greedy[0].words[0], 4);
        for found in beam(&mut network, &pixels, 3) {
            assert_eq!(found.caption.words, [5]);
            assert!((found.caption.log_probability - (0.4_f32 * 0.97).ln()).abs() < 1e-6);
            let chosen: Vec<usize> = found.tree.iter().filter(|b| b.chosen).map(|b| b.word).collect();
            assert_eq!(chosen, [5, END]);
            for branch in &found.tree {
                let before = branch.parent.map_or(0.0, |parent| found.tree[parent].log_probability);
                assert!(branch.log_probability <= before);
            }
        }
    }

    #[test]
    fn the_most_probable_words_are_found_in_order() {
        let numbers = [9.0, 8.0, 1.0, 7.0, 3.0, 2.0, 5.0];
        assert_eq!(best(&numbers, 2), [6, 4]);
        assert_eq!(best(&numbers, 20), [6, 4, 5, 2]);
    }
}
