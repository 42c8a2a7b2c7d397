//! Words and their numbers.
//!
//! | number | word | what for |
//! | --- | --- | --- |
//! | 0 | `<pad>` | fills short sentences up to the length of the batch; weighs nothing |
//! | 1 | `<start>` | what the decoder reads before the first word |
//! | 2 | `<end>` | what it writes after the last word |
//! | 3 | `<unknown>` | stands for every word that was cut |
//! | 4… | words | most frequent first; equally frequent ones by the alphabet |

use std::collections::{BTreeMap, HashMap};

/// Fills short sentences.
pub const PAD: usize = 0;
/// Before the first word.
pub const START: usize = 1;
/// After the last word.
pub const END: usize = 2;
/// For words that were cut.
pub const UNKNOWN: usize = 3;

/// What stands for the first four numbers.
const SPECIAL: [&str; 4] = ["<pad>", "<start>", "<end>", "<unknown>"];

/// The words that a model knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Vocabulary {
    // ANCHOR: cut
    /// The words of some sentences that occur at least `least` times, at most `most` numbers in all.
    pub fn of<'a>(sentences: impl IntoIterator<Item = &'a str>, least: usize, most: usize) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for word in sentences.into_iter().flat_map(str::split_whitespace) {
            *counts.entry(word).or_default() += 1;
        }
        let mut counts: Vec<(&str, usize)> = counts.into_iter().filter(|(_, n)| *n >= least).collect();
        counts.sort_by_key(|&(word, n)| (std::cmp::Reverse(n), word));
        counts.truncate(most.saturating_sub(SPECIAL.len()));
        Self::with(counts.into_iter().map(|(word, _)| word))
    }
    // ANCHOR_END: cut

    /// These words in this order, after the four special ones.
    pub fn with<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<String> = SPECIAL.into_iter().chain(words).map(str::to_owned).collect();
        let numbers = words.iter().enumerate().map(|(number, word)| (word.clone(), number)).collect();
        Self { words, numbers }
    }

    /// Every word that a sentence about a scene can have.
    pub fn of_scenes() -> Self {
        Self::with(emoji_world::sentence::vocabulary())
    }

    /// How many numbers there are, the special ones too.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Never: the special ones are always there.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The word of a number; `<unknown>` beyond the last.
    pub fn word(&self, number: usize) -> &str {
        self.words.get(number).map_or(SPECIAL[UNKNOWN], String::as_str)
    }

    // ANCHOR: numbers
    /// The numbers of a sentence's words, with neither start nor end.
    pub fn numbers(&self, sentence: &str) -> Vec<usize> {
        let number = |word: &str| self.numbers.get(word).copied().unwrap_or(UNKNOWN);
        sentence.split_whitespace().map(number).collect()
    }

    /// The sentence of some numbers.
    pub fn sentence(&self, numbers: &[usize]) -> String {
        numbers.iter().map(|&number| self.word(number)).collect::<Vec<_>>().join(" ")
    }
    // ANCHOR_END: numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_are_cut() {
        let sentences = ["a dog and a cat", "a cat", "the owl"];
        let vocabulary = Vocabulary::of(sentences, 1, 100);
        assert_eq!(vocabulary.words[4..], ["a", "cat", "and", "dog", "owl", "the"]);
        let vocabulary = Vocabulary::of(sentences, 2, 100);
        assert_eq!(vocabulary.numbers("a dog a cat"), [4, UNKNOWN, 4, 5]);
        assert_eq!(vocabulary.sentence(&[4, 3, 5, 77]), "a <unknown> cat <unknown>");
        assert_eq!(Vocabulary::of(sentences, 1, 5).len(), 5);
    }

    #[test]
    fn all_sentences_of_scenes_are_known() {
        let vocabulary = Vocabulary::of_scenes();
        assert_eq!(vocabulary.len(), crate::WORDS);
        let settings = crate::train::Settings { batch: 200, ..Default::default() };
        let examples = crate::captions::examples(&crate::captions::split(), 3, &settings, 0).unwrap();
        for sentence in examples.iter().flat_map(|example| &example.sentences) {
            let numbers = vocabulary.numbers(sentence);
            assert!(!numbers.contains(&UNKNOWN), "{sentence}");
            assert_eq!(vocabulary.sentence(&numbers), *sentence);
        }
    }
}
