//! Words and answers as numbers.
//!
//! Questions and answers share one list of words, and so one vector a word: what the network learns of *dog* where it
//! is an answer holds where a question names a dog (Press and Wolf 2017, *Using the output embedding to improve
//! language models*, arXiv:1608.05859). For the same reason *dogs* is read as two, *dog* and *-s*.

use crate::Error;
use emoji_world::question::vocabulary;
use emoji_world::sentence::tokens;
use emoji_world::{Answer, Kind};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The number of what stands before a short question; words begin behind it.
pub const PADDING: usize = 0;

/// What tells that a noun stands in the plural.
const PLURAL: &str = "-s";

static LIST: LazyLock<Vec<String>> = LazyLock::new(|| {
    let split = vocabulary().into_iter().flat_map(|word| pieces(&word));
    let mut words: Vec<String> = split.chain(answer_names()).collect();
    words.sort_unstable();
    words.dedup();
    words
});

static NUMBERS: LazyLock<HashMap<&str, usize>> =
    LazyLock::new(|| LIST.iter().map(String::as_str).zip(PADDING + 1..).collect());

static ANSWER_NUMBERS: LazyLock<HashMap<Answer, usize>> =
    LazyLock::new(|| Answer::all().into_iter().zip(0..).collect());

// ANCHOR: pieces
/// A word, or a noun and the mark of the plural.
fn pieces(word: &str) -> Vec<String> {
    match Kind::all().find(|kind| kind.plural() == word && kind.noun() != word) {
        Some(kind) => vec![kind.noun().to_owned(), PLURAL.to_owned()],
        None => vec![word.to_owned()],
    }
}

/// The pieces of a question: `how many mice are there?` is *how many mouse -s are there*.
pub fn read(question: &str) -> Vec<String> {
    tokens(question).iter().flat_map(|word| pieces(word)).collect()
}
// ANCHOR_END: pieces

/// The numbers of a question's pieces.
///
/// # Errors
///
/// If it has none, or one that no question about scenes has.
pub fn numbers(question: &str) -> Result<Vec<usize>, Error> {
    let words = read(question);
    if words.is_empty() {
        return Err(Error::NoWords { question: question.to_owned() });
    }
    let number = |word: &String| {
        NUMBERS
            .get(word.as_str())
            .copied()
            .ok_or_else(|| Error::UnknownWord { word: word.clone(), question: question.to_owned() })
    };
    words.iter().map(number).collect()
}

/// The number of an answer among all of them.
pub fn answer_number(answer: Answer) -> usize {
    ANSWER_NUMBERS[&answer]
}

/// The answers as they are said, in the order of [`Answer::all`].
pub fn answer_names() -> Vec<String> {
    Answer::all().iter().map(ToString::to_string).collect()
}

/// The numbers of the words that the answers are, in the order of [`Answer::all`].
pub fn answer_words() -> Vec<usize> {
    answer_names().iter().map(|answer| NUMBERS[answer.as_str()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ANSWERS, WORDS};

    #[test]
    fn every_word_and_answer_has_its_number() {
        assert_eq!(LIST.len() + 1, WORDS);
        assert_eq!(Answer::all().len(), ANSWERS);
        for (place, answer) in Answer::all().into_iter().enumerate() {
            assert_eq!(answer_number(answer), place);
            assert_eq!(LIST[answer_words()[place] - 1], answer.to_string());
        }
    }

    #[test]
    fn a_plural_is_read_as_its_noun_and_a_mark() {
        assert_eq!(read("How many mice are there?"), ["how", "many", "mouse", "-s", "are", "there"]);
        let (one, several) = (numbers("is there a mouse?").unwrap(), numbers("how many mice").unwrap());
        assert_eq!(one[3], several[2]);
    }

    #[test]
    fn what_is_not_known_is_said() {
        let error = numbers("is there a unicorn?").unwrap_err().to_string();
        assert!(error.contains("unicorn"), "{error}");
        assert!(numbers(" ?!").unwrap_err().to_string().contains("no word"));
    }
}
