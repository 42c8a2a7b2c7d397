//! From sentences to batches of (centre word, context word) pairs with their negative samples.

use crate::negative_sampling::NoiseDistribution;
use crate::subsampling::keep_probabilities;
use crate::train::Settings;
use crate::vocabulary::{EncodedCorpus, Vocabulary};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Centres that share their negative samples.
pub const CENTRES_A_BLOCK: usize = 32;

/// Negative samples that a block's centres share.
pub const NEGATIVES_A_BLOCK: usize = 32;

// ANCHOR: batch
/// Neighbouring centre words, the words around each, and the negative samples they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Word ids of the centres: [`CENTRES_A_BLOCK`], or fewer at the end of the corpus.
    pub centres: Vec<u32>,
    /// Word ids of the context words, centre after centre.
    pub contexts: Vec<u32>,
    /// Where each centre's context words end in `contexts`.
    pub ends: Vec<usize>,
    /// Word ids drawn from the noise distribution.
    pub negatives: Vec<u32>,
}
// ANCHOR_END: batch

impl Block {
    /// The pairs (index of the centre in this block, word id of the context word).
    pub fn pairs(&self) -> impl Iterator<Item = (usize, u32)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .enumerate()
            .flat_map(|(centre, (start, &end))| self.contexts[start..end].iter().map(move |&word| (centre, word)))
    }

    /// How many context words centre `i` has.
    pub fn contexts_of(&self, i: usize) -> usize {
        self.ends[i] - if i == 0 { 0 } else { self.ends[i - 1] }
    }
}

/// Goes through the corpus once and deals out batches.
pub struct Batches<'a> {
    corpus: &'a EncodedCorpus,
    noise: &'a NoiseDistribution,
    keep: Vec<f32>,
    settings: &'a Settings,
    rng: Xoshiro256PlusPlus,
    next_sentence: usize,
    kept: Vec<u32>,
    position: usize,
    tokens_read: usize,
}

impl<'a> Batches<'a> {
    /// The batches of one epoch. They follow from the corpus, the seed and the epoch alone.
    pub fn new(
        corpus: &'a EncodedCorpus,
        vocabulary: &Vocabulary,
        noise: &'a NoiseDistribution,
        settings: &'a Settings,
        epoch: usize,
    ) -> Self {
        Self {
            corpus,
            noise,
            keep: keep_probabilities(vocabulary.counts(), settings.subsample),
            settings,
            rng: Xoshiro256PlusPlus::seed_from_u64(settings.seed.wrapping_mul(1_000_003) + epoch as u64),
            next_sentence: 0,
            kept: Vec::new(),
            position: 0,
            tokens_read: 0,
        }
    }

    /// How many tokens of the corpus have been read so far, those that subsampling dropped counted.
    pub fn tokens_read(&self) -> usize {
        self.tokens_read
    }

    // ANCHOR: block
    /// The next block of centres, or `None` at the end of the corpus.
    fn next_block(&mut self) -> Option<Block> {
        let mut block = Block::default();
        while block.centres.len() < CENTRES_A_BLOCK && self.has_centre() {
            let reach = self.rng.random_range(1..=self.settings.window);
            let first = self.position.saturating_sub(reach);
            let last = (self.position + reach).min(self.kept.len() - 1);
            block.centres.push(self.kept[self.position]);
            block.contexts.extend_from_slice(&self.kept[first..self.position]);
            block.contexts.extend_from_slice(&self.kept[self.position + 1..=last]);
            block.ends.push(block.contexts.len());
            self.position += 1;
        }
        if block.centres.is_empty() {
            return None;
        }
        block.negatives = (0..NEGATIVES_A_BLOCK).map(|_| self.noise.sample(&mut self.rng)).collect();
        Some(block)
    }

    /// Whether a centre with at least one neighbour is at hand; reads the next sentence if need be.
    fn has_centre(&mut self) -> bool {
        while self.position >= self.kept.len() || self.kept.len() < 2 {
            if self.next_sentence == self.corpus.sentence_count() {
                return false;
            }
            let sentence = self.corpus.sentence(self.next_sentence);
            self.next_sentence += 1;
            self.tokens_read += sentence.len();
            self.position = 0;
            self.kept.clear();
            for &word in sentence {
                if self.rng.random::<f32>() < self.keep[word as usize] {
                    self.kept.push(word);
                }
            }
        }
        true
    }
    // ANCHOR_END: block
}

impl Iterator for Batches<'_> {
    type Item = Vec<Block>;

    fn next(&mut self) -> Option<Vec<Block>> {
        let wanted = self.settings.blocks;
        let blocks: Vec<Block> = std::iter::from_fn(|| self.next_block()).take(wanted).collect();
        (!blocks.is_empty()).then_some(blocks)
    }
}
