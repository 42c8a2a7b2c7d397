//! The vocabulary: which words get a vector, and the corpus as numbers.

use crate::Error;
use crate::corpus::Corpus;
use std::collections::HashMap;

/// The fewest words that the negative samples can be drawn from with sense.
const LEAST: usize = 20;

/// Words and their counts, the most frequent first. A word's id is its place in this order.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    words: Vec<String>,
    counts: Vec<u64>,
    ids: HashMap<String, u32>,
}

// ANCHOR: build
impl Vocabulary {
    /// Counts the corpus' tokens and keeps those that occur at least `min_count` times.
    ///
    /// # Errors
    ///
    /// If fewer words are kept than training needs.
    pub fn of(corpus: &Corpus, min_count: usize) -> Result<Self, Error> {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for sentence in &corpus.sentences {
            for token in sentence.split(' ') {
                *counts.entry(token).or_default() += 1;
            }
        }
        let mut kept: Vec<(&str, u64)> = counts.into_iter().filter(|&(_, n)| n >= min_count as u64).collect();
        // The most frequent first; words that are equally frequent in the order of the alphabet.
        kept.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        if kept.len() < LEAST {
            let source_name = corpus.source.clone();
            return Err(Error::VocabularyTooSmall {
                words: kept.len(),
                min_count,
                least: LEAST,
                source_name,
            });
        }
        Ok(Self::from_counts(kept.into_iter().map(|(word, n)| (word.to_owned(), n))))
    }
    // ANCHOR_END: build

    /// A vocabulary of the given words, which must be different, in the given order.
    pub fn from_counts(words: impl IntoIterator<Item = (String, u64)>) -> Self {
        let (words, counts): (Vec<String>, Vec<u64>) = words.into_iter().unzip();
        let ids = words.iter().zip(0..).map(|(word, id)| (word.clone(), id)).collect();
        Self { words, counts, ids }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, by id.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// How often each word occurs in the corpus, by id.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many tokens of the corpus are words of the vocabulary.
    pub fn token_count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The word with this id.
    ///
    /// # Panics
    /// Where no word has this id.
    pub fn word(&self, id: u32) -> &str {
        &self.words[id as usize]
    }

    /// The id of a word, if the vocabulary has it.
    pub fn get(&self, word: &str) -> Option<u32> {
        self.ids.get(word).copied()
    }

    /// The id of a word as it is written or, if there is none, of the word in small letters.
    pub fn get_any_case(&self, word: &str) -> Option<u32> {
        self.get(word).or_else(|| self.get(&word.to_lowercase()))
    }

    /// The id of a word, or an error that names the word spelt most like it.
    ///
    /// # Errors
    ///
    /// If the vocabulary has no such word.
    pub fn id(&self, word: &str) -> Result<u32, Error> {
        self.get(word).ok_or_else(|| {
            let likeness = |other: &&String| strsim::jaro_winkler(word, other);
            let nearest = self.words.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            Error::UnknownWord { word: word.to_owned(), nearest: nearest.cloned() }
        })
    }

    // ANCHOR: encode
    /// The corpus as ids. Words that are not in the vocabulary are left out, as word2vec does: the
    /// window reaches over them.
    pub fn encode(&self, corpus: &Corpus) -> EncodedCorpus {
        let mut ids = Vec::new();
        let mut ends = Vec::new();
        for sentence in &corpus.sentences {
            ids.extend(sentence.split(' ').filter_map(|token| self.get(token)));
            ends.push(ids.len());
        }
        EncodedCorpus { ids, ends }
    }
    // ANCHOR_END: encode
}

/// A corpus as word ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncodedCorpus {
    /// The ids of all sentences, one after the other.
    ids: Vec<u32>,
    /// Where each sentence ends in `ids`.
    ends: Vec<usize>,
}

impl EncodedCorpus {
    /// The sentences, in order.
    pub fn sentences(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.ids[start..end])
    }

    /// How many sentences there are.
    pub fn sentence_count(&self) -> usize {
        self.ends.len()
    }

    /// Sentence number `i`, counted from 0.
    ///
    /// # Panics
    /// Where there are not so many sentences.
    pub fn sentence(&self, i: usize) -> &[u32] {
        &self.ids[if i == 0 { 0 } else { self.ends[i - 1] }..self.ends[i]]
    }

    /// How many tokens there are.
    pub fn token_count(&self) -> usize {
        self.ids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(sentences: &[&str]) -> Corpus {
        Corpus {
            sentences: sentences.iter().map(|s| s.to_string()).collect(),
            source: "test".into(),
            version: None,
            files: 0,
        }
    }

    #[test]
    fn frequent_words_come_first_and_rare_ones_are_left_out() {
        let mut sentences = vec!["the cat the dog the", "rare"];
        let others: String = ('a'..='z').map(|c| format!("{c} {c} ")).collect();
        sentences.push(others.trim());
        let corpus = corpus(&sentences);
        let vocabulary = Vocabulary::of(&corpus, 2).unwrap();
        assert_eq!(vocabulary.word(0), "the");
        assert_eq!(vocabulary.word(1), "a");
        assert_eq!(vocabulary.counts()[0], 3);
        assert_eq!(vocabulary.get("cat"), None);
        let encoded = vocabulary.encode(&corpus);
        assert_eq!(encoded.sentence(0), [0, 0, 0]);
        assert_eq!(encoded.sentence(1), [] as [u32; 0]);
        assert_eq!(encoded.sentences().count(), 3);
        assert_eq!(encoded.token_count() as u64, vocabulary.token_count());
    }

    #[test]
    fn too_small_a_vocabulary_is_an_error_that_says_what_to_do() {
        let error = Vocabulary::of(&corpus(&["one two three"]), 1).unwrap_err().to_string();
        assert!(error.contains("only 3 different words") && error.contains("--min-count"), "{error}");
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_nearest() {
        let vocabulary = Vocabulary::from_counts([("HashMap".to_owned(), 2), ("vector".to_owned(), 1)]);
        let error = vocabulary.id("Hashmap").unwrap_err().to_string();
        assert!(error.contains("HashMap"), "{error}");
    }
}
