//! Sentences as numbers, and their n-grams.
//!
//! Every different word gets a number, in the order in which words are first met, so that n-grams are
//! compared and hashed as numbers and always come in the same order.

use std::collections::HashMap;

/// The numbers of the words met so far.
#[derive(Debug, Default)]
pub(super) struct Numbers(HashMap<String, usize>);

impl Numbers {
    fn number(&mut self, word: &str) -> usize {
        if let Some(&number) = self.0.get(word) {
            return number;
        }
        let number = self.0.len();
        self.0.insert(word.to_owned(), number);
        number
    }
}

/// A sentence.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    /// Its words: what white space separates.
    pub words: Vec<usize>,
    /// What single spaces separate: the same, if every word is followed by one space and no other
    /// white space. An empty sentence has one, the empty word.
    pub fields: Vec<usize>,
}

impl Sentence {
    pub fn new(text: &str, numbers: &mut Numbers) -> Self {
        let words = text.split(is_white).filter(|word| !word.is_empty());
        let words = words.map(|word| numbers.number(word)).collect();
        Self { words, fields: text.split(' ').map(|field| numbers.number(field)).collect() }
    }

    /// Its different n-grams, in order, each with how often it occurs.
    pub fn n_grams(&self, n: usize) -> Vec<(&[usize], usize)> {
        let mut all: Vec<&[usize]> = self.words.windows(n).collect();
        all.sort_unstable();
        all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
    }
}

/// What stands beside `n_gram` in a list in the order of the n-grams; 0 where it is not listed.
pub(super) fn look_up<T: Copy + Default>(list: &[(&[usize], T)], n_gram: &[usize]) -> T {
    list.binary_search_by(|(other, _)| other.cmp(&n_gram)).map_or(T::default(), |i| list[i].1)
}

/// White space as Python's `str.split` has it: Unicode's, and the four separators of ASCII.
fn is_white(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n_grams_are_counted_and_come_in_the_order_of_first_words() {
        let mut numbers = Numbers::default();
        let sentence = Sentence::new("a b a b c", &mut numbers);
        assert_eq!(sentence.n_grams(1), [(&[0][..], 2), (&[1], 2), (&[2], 1)]);
        assert_eq!(sentence.n_grams(2), [(&[0, 1][..], 2), (&[1, 0], 1), (&[1, 2], 1)]);
        assert_eq!(look_up(&sentence.n_grams(2), &[0, 1]), 2);
        assert_eq!(look_up(&sentence.n_grams(2), &[2, 1]), 0);
        assert!(sentence.n_grams(6).is_empty());
    }

    #[test]
    fn white_space_separates_words_and_single_spaces_separate_fields() {
        let sentence = |text| Sentence::new(text, &mut Numbers::default());
        for (text, words, fields) in
            [("", 0, 1), (" ", 0, 2), ("a  b", 2, 3), ("a\u{a0}b\tc\u{1c}d", 4, 1), ("a\u{200b}b", 1, 1)]
        {
            let sentence = sentence(text);
            assert_eq!((sentence.words.len(), sentence.fields.len()), (words, fields), "{text:?}");
        }
    }
}
