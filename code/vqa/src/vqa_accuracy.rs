//! Accuracy as the VQA challenge computes it (Antol et al. 2015, arXiv:1505.00468; Goyal et al. 2017,
//! arXiv:1612.00837).
//!
//! Ten people answered each question, and they do not always agree. An answer is wholly right if three of them gave
//! it:
//!
//! $$ \text{accuracy}(a) = \min\left(\frac{\text{people who said } a}{3}, 1\right) $$
//!
//! The challenge's own program takes the mean of this over all ways to leave out one of the ten, and first brings
//! all answers into one form: without punctuation and articles, numbers as digits, contractions with their
//! apostrophes.

use std::collections::HashMap;
use std::sync::LazyLock;

/// People who must agree with an answer.
const AGREE: f64 = 3.0;

/// How right an answer is, from 0 to 1, by what people said.
///
/// ```
/// use vqa::vqa_accuracy::accuracy;
///
/// let said = ["dog", "dog", "a dog", "puppy", "cat", "cat", "cat", "cat", "cat", "cat"];
/// assert_eq!(accuracy("cat", &said), 1.0);
/// assert!((accuracy("the dog", &said) - 0.9).abs() < 1e-12); // three of ten say so, two of nine for three of them
/// assert_eq!(accuracy("horse", &said), 0.0);
/// ```
// ANCHOR: accuracy
pub fn accuracy<S: AsRef<str>>(answer: &str, said: &[S]) -> f64 {
    let trimmed: Vec<String> = said.iter().map(|said| trim(said.as_ref())).collect();
    let agreed = trimmed.iter().all(|said| *said == trimmed[0]);
    // Where all say the same, the challenge compares the words as they are.
    let form = |text: &str| if agreed { trim(text) } else { usual_form(&trim(text)) };
    let (answer, said) = (form(answer), trimmed.iter().map(|said| form(said)).collect::<Vec<_>>());
    let agree = said.iter().filter(|said| **said == answer).count();
    let without = |one: &String| ((agree - usize::from(*one == answer)) as f64 / AGREE).min(1.0);
    said.iter().map(without).sum::<f64>() / said.len().max(1) as f64
}
// ANCHOR_END: accuracy

fn trim(text: &str) -> String {
    text.replace(['\n', '\t'], " ").trim().to_owned()
}

/// An answer without punctuation and articles, in small letters, with digits and with apostrophes.
///
/// ```
/// use vqa::vqa_accuracy::usual_form;
///
/// assert_eq!(usual_form("The two dogs, I think."), "2 dogs i think");
/// assert_eq!(usual_form("dont know"), "don't know");
/// assert_eq!(usual_form("1,000"), "1000");
/// ```
pub fn usual_form(answer: &str) -> String {
    let words = without_punctuation(answer).to_lowercase();
    let words = words.split_whitespace().map(|word| match NUMBERS.iter().find(|(name, _)| *name == word) {
        Some((_, digits)) => digits,
        None => word,
    });
    let words = words.filter(|word| !["a", "an", "the"].contains(word));
    let words = words.map(|word| CONTRACTIONS.get(word).map_or(word, String::as_str));
    words.collect::<Vec<_>>().join(" ")
}

/// Marks that are dropped, or become a space where they stand between two letters.
const MARKS: &str = ";/[]\"{}()=+\\_-><@`,?!";

fn without_punctuation(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let thousands = letters.windows(3).any(|w| w[0].is_ascii_digit() && w[1] == ',' && w[2].is_ascii_digit());
    let mut out = text.to_owned();
    for mark in MARKS.chars() {
        let at_an_edge = text.contains(&format!("{mark} ")) || text.contains(&format!(" {mark}"));
        out = out.replace(mark, if at_an_edge || thousands { "" } else { " " });
    }
    let letters: Vec<char> = out.chars().collect();
    let before_a_digit = |i: usize| letters.get(i + 1).is_some_and(char::is_ascii_digit);
    let kept = (0..letters.len()).filter(|&i| letters[i] != '.' || before_a_digit(i));
    kept.map(|i| letters[i]).collect()
}

const NUMBERS: [(&str, &str); 12] = [
    ("none", "0"),
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
];

/// Contractions that are known with one of their apostrophes missing, too.
const WITH_APOSTROPHES: &str = "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't \
    hadn't've hasn't haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't \
    mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've \
    shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll someone's \
    something'd something'd've something'll that's there'd there'd've there're there's they'd they'd've they'll \
    they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've when's where'd where's \
    where've who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't wouldn't've y'all \
    y'all'll y'all'd've you'd you'd've you'll you're you've";

static CONTRACTIONS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    for whole in WITH_APOSTROPHES.split_whitespace() {
        for (place, _) in whole.match_indices('\'') {
            known.insert(format!("{}{}", &whole[..place], &whole[place + 1..]), whole.to_owned());
        }
    }
    known
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_who_agree_are_enough() {
        let said = |times: usize| -> Vec<&str> { [vec!["red"; times], vec!["blue"; 10 - times]].concat() };
        // The mean over the ten ways to leave one out.
        for (times, wanted) in [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (9, 1.0), (10, 1.0)] {
            assert!((accuracy("red", &said(times)) - wanted).abs() < 1e-12, "{times}");
        }
        assert_eq!(accuracy::<&str>("red", &[]), 0.0);
    }

    #[test]
    fn where_all_agree_words_are_compared_as_they_are() {
        assert_eq!(accuracy("a dog", &["dog"; 10]), 0.0);
        assert_eq!(accuracy(" dog\n", &["dog"; 10]), 1.0);
        let nine = [vec!["dog"; 9], vec!["cat"]].concat();
        assert_eq!(accuracy("a dog", &nine), 1.0);
    }

    #[test]
    fn answers_get_their_usual_form() {
        for (given, wanted) in [
            ("Yes!", "yes"),
            ("left, right", "left right"),
            ("left-right", "left right"),
            ("3.5 m.", "3.5 m"),
            ("none", "0"),
            ("an apple", "apple"),
            ("couldnt've", "couldn't've"),
            ("couldn'tve", "couldn't've"),
            ("twas", "'twas"),
            ("10,000 (ten thousand)", "10000 10 thousand"),
        ] {
            assert_eq!(usual_form(given), wanted, "{given}");
        }
    }
}
