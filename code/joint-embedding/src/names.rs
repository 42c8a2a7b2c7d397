//! Names as bags of words, and which of them are kept from training.

use crate::{Error, WORDS};
use emoji_world::{emoji, split};

/// How many names are kept from training.
pub const HELD_OUT: usize = 140;

/// The seed of the split. It is not the seed of training: every run holds out the same names.
const SPLIT: u64 = 1;

/// The emoji's names, and who is trained on.
#[derive(Clone, Debug)]
pub struct Names {
    /// For every emoji, the numbers of its name's words in the vocabulary.
    pub bags: Vec<Vec<u32>>,
    /// Emoji whose names and pictures are trained on, in ascending order.
    pub seen: Vec<usize>,
    /// Emoji whose names and pictures are not, though each of their words is in the name of a seen one.
    pub held_out: Vec<usize>,
}

impl Names {
    // ANCHOR: names
    /// All emoji, with [`HELD_OUT`] of them held out: the same in every run.
    ///
    /// # Errors
    ///
    /// If `emoji-world` has other words than this chapter was written for.
    pub fn of_emoji() -> Result<Self, Error> {
        Self::split(SPLIT)
    }

    /// All emoji, with [`HELD_OUT`] of them held out that follow from `seed`.
    ///
    /// # Errors
    ///
    /// As [`of_emoji`](Self::of_emoji).
    pub fn split(seed: u64) -> Result<Self, Error> {
        let vocabulary = emoji::vocabulary();
        if vocabulary.len() != WORDS {
            return Err(Error::OtherWords { expected: WORDS, found: vocabulary.len() });
        }
        let number = |word: &String| vocabulary.binary_search(&word.as_str()).ok().map(|i| i as u32);
        let bags = emoji::all().iter().map(|emoji| emoji.words.iter().filter_map(number).collect()).collect();
        let split = split::held_out_names(HELD_OUT, seed)?;
        Ok(Self { bags, seen: split.seen, held_out: split.held_out })
    }
    // ANCHOR_END: names

    /// The bags of some emoji's names.
    pub fn of(&self, emoji: &[usize]) -> Vec<&[u32]> {
        emoji.iter().map(|&id| &self.bags[id][..]).collect()
    }

    /// The bags of all names.
    pub fn all(&self) -> Vec<&[u32]> {
        self.bags.iter().map(Vec::as_slice).collect()
    }

    /// A text as a bag of words.
    ///
    /// # Errors
    ///
    /// If one of its words is in no name, or it has none.
    pub fn bag(&self, text: &str) -> Result<Vec<u32>, Error> {
        let vocabulary = emoji::vocabulary();
        let words = emoji::words_of(text);
        if words.is_empty() {
            return Err(Error::NoWords { text: text.to_owned() });
        }
        let number = |word: &String| match vocabulary.binary_search(&word.as_str()) {
            Ok(place) => Ok(place as u32),
            Err(_) => {
                let near = vocabulary
                    .iter()
                    .max_by(|a, b| strsim::jaro_winkler(word, a).total_cmp(&strsim::jaro_winkler(word, b)));
                Err(Error::UnknownWord { word: word.clone(), near: near.copied().unwrap_or_default().into() })
            }
        };
        words.iter().map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn held_out_names_are_new_and_their_words_are_not() {
        let names = Names::of_emoji().unwrap();
        assert_eq!((names.seen.len(), names.held_out.len()), (1285, HELD_OUT));
        let trained: HashSet<u32> = names.of(&names.seen).concat().into_iter().collect();
        assert!(names.of(&names.held_out).concat().iter().all(|word| trained.contains(word)));
        let seen: HashSet<usize> = names.seen.iter().copied().collect();
        assert!(names.held_out.iter().all(|id| !seen.contains(id)));
    }

    #[test]
    fn texts_become_bags_and_unknown_words_are_told() {
        let names = Names::of_emoji().unwrap();
        let heart = emoji::find("blue heart").unwrap().id;
        assert_eq!(names.bag("Blue heart!").unwrap(), names.bags[heart]);
        let error = names.bag("blue hart").unwrap_err().to_string();
        assert!(error.contains("\"hart\"") && error.contains("heart"), "{error}");
        assert!(matches!(names.bag(" - "), Err(Error::NoWords { .. })));
    }
}
