//! The words of the training captions.

use emoji_world::emoji::words_of;
use std::collections::HashMap;

/// Captions for each step of the least count.
const CAPTIONS_A_COUNT: usize = 1000;

/// The largest least count: what is common for Flickr8k (Karpathy and Fei-Fei 2015, section 4).
const LARGEST_LEAST_COUNT: usize = 5;

/// Words that occur often enough to learn a vector for them, each with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// In the order of the alphabet; a word's place is its number.
    words: Vec<String>,
    least_count: usize,
}

impl Vocabulary {
    /// The words that occur at least five times in the captions, and no more than the `most` commonest of
    /// them.
    ///
    /// For fewer than 5,000 captions the least count is lower: one for every thousand of them.
    pub fn of<'a>(captions: impl Iterator<Item = &'a String>, most: usize) -> Self {
        let (mut counts, mut read) = (HashMap::new(), 0);
        for caption in captions {
            read += 1;
            for word in words_of(caption) {
                *counts.entry(word).or_insert(0_usize) += 1;
            }
        }
        let least_count = (read / CAPTIONS_A_COUNT).clamp(1, LARGEST_LEAST_COUNT);
        let mut counts: Vec<(String, usize)> =
            counts.into_iter().filter(|&(_, count)| count >= least_count).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate(most);
        let mut words: Vec<String> = counts.into_iter().map(|(word, _)| word).collect();
        words.sort_unstable();
        Self { words, least_count }
    }

    /// All words, in the order of the alphabet.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// How often a word had to occur.
    pub fn least_count(&self) -> usize {
        self.least_count
    }

    /// A caption as the numbers of its words, and how many words of it were dropped because they are not
    /// in the vocabulary.
    pub fn bag(&self, caption: &str) -> (Vec<u32>, usize) {
        let words = words_of(caption);
        let number = |word: &String| self.words.binary_search(word).ok().map(|place| place as u32);
        let bag: Vec<u32> = words.iter().filter_map(number).collect();
        let dropped = words.len() - bag.len();
        (bag, dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_are_dropped_and_counted() {
        let mut captions = vec!["A dog runs .".to_owned(); 2500];
        captions.push("A dog , a Cat and a dodo".into());
        captions.push("the cat".into());
        let vocabulary = Vocabulary::of(captions.iter(), 100);
        assert_eq!(vocabulary.least_count(), 2);
        assert_eq!(vocabulary.words(), ["a", "cat", "dog", "runs"]);
        assert_eq!(vocabulary.bag("The DOG saw a dodo."), (vec![2, 0], 3));
        assert_eq!(vocabulary.bag("..."), (Vec::new(), 0));
    }

    #[test]
    fn the_commonest_words_stay_and_ties_go_by_the_alphabet() {
        let captions = ["b c d a".to_owned(), "d c".into(), "d".into()];
        let vocabulary = Vocabulary::of(captions.iter(), 3);
        assert_eq!(
            (vocabulary.words(), vocabulary.least_count()),
            (&["a", "c", "d"].map(String::from)[..], 1)
        );
    }

    #[test]
    fn the_least_count_is_never_more_than_five() {
        let captions = vec!["x".to_owned(); 9000];
        assert_eq!(Vocabulary::of(captions.iter(), 3).least_count(), 5);
    }
}
