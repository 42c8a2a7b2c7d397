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
        starts.zip(&self.ends).enumerate().flat_map(|(centre, (start, &end))| {
            self.contexts[start..end].iter().map(move |&word| (centre, word))
        })
    }

    /// Leaves out the centres and context words with ids from `limit` on.
    pub fn keep_words_below(&mut self, limit: u32) {
        let pairs: Vec<(usize, u32)> = self.pairs().filter(|pair| pair.1 < limit).collect();
        let mut kept = Self { negatives: std::mem::take(&mut self.negatives), ..Self::default() };
        for (i, &centre) in self.centres.iter().enumerate().filter(|(_, centre)| **centre < limit) {
            kept.centres.push(centre);
            kept.contexts.extend(pairs.iter().filter(|pair| pair.0 == i).map(|pair| pair.1));
            kept.ends.push(kept.contexts.len());
        }
        *self = kept;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    fn small() -> (Vocabulary, EncodedCorpus) {
        let mut corpus = Corpus::small();
        corpus.sentences.truncate(500);
        let vocabulary = Vocabulary::of(&corpus, 2).unwrap();
        let encoded = vocabulary.encode(&corpus);
        (vocabulary, encoded)
    }

    #[test]
    fn an_epoch_follows_from_the_seed_and_reads_every_token() {
        let (vocabulary, corpus) = small();
        let noise = NoiseDistribution::new(vocabulary.counts());
        let blocks = |seed, epoch| {
            let settings = Settings { seed, ..Settings::default() };
            let mut batches = Batches::new(&corpus, &vocabulary, &noise, &settings, epoch);
            let blocks: Vec<Vec<Block>> = batches.by_ref().collect();
            assert_eq!(batches.tokens_read(), corpus.token_count());
            blocks
        };
        assert_eq!(blocks(1, 0), blocks(1, 0));
        assert_ne!(blocks(1, 0), blocks(1, 1));
        assert_ne!(blocks(1, 0), blocks(2, 0));
    }

    #[test]
    fn context_words_stand_within_the_window_of_their_own_sentence() {
        let filler: String = ('a'..='z').map(|c| format!("{c} ")).collect();
        let corpus = Corpus {
            sentences: vec!["one two three four five six seven".into(), filler.trim().into()],
            source: "test".into(),
            version: None,
            files: 0,
        };
        let vocabulary = Vocabulary::of(&corpus, 1).unwrap();
        let encoded = vocabulary.encode(&corpus);
        let noise = NoiseDistribution::new(vocabulary.counts());
        // A threshold so high that every word is kept.
        let settings = Settings { window: 2, subsample: 1e9, ..Settings::default() };
        let places = |word: u32| {
            encoded.sentences().enumerate().find_map(|(s, sentence)| {
                sentence.iter().position(|other| *other == word).map(|place| (s, place))
            })
        };
        let mut distances = [0; 3];
        for block in Batches::new(&encoded, &vocabulary, &noise, &settings, 0).flatten() {
            for (centre, context) in block.pairs() {
                let (a, b) = (places(block.centres[centre]).unwrap(), places(context).unwrap());
                assert_eq!(a.0, b.0, "a window ends with its sentence");
                distances[a.1.abs_diff(b.1)] += 1;
            }
            assert_eq!(
                (0..block.centres.len()).map(|i| block.contexts_of(i)).sum::<usize>(),
                block.contexts.len()
            );
        }
        assert_eq!(distances[0], 0);
        // The window is 1 or 2 with equal chances: neighbours at distance 1 are always in it.
        assert_eq!(distances[1], 2 * 6 + 2 * 25);
        assert!(distances[2] > 0 && distances[2] < 2 * 5 + 2 * 24, "{distances:?}");
    }

    #[test]
    fn words_beyond_a_limit_can_be_left_out() {
        let mut block = Block {
            centres: vec![1, 9, 2],
            contexts: vec![9, 3, 4, 1],
            ends: vec![2, 3, 4],
            negatives: vec![5],
        };
        block.keep_words_below(9);
        assert_eq!((block.centres, block.contexts, block.ends), (vec![1, 2], vec![3, 1], vec![1, 2]));
    }
}
