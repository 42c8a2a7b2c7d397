//! BLEU: how many of the hypothesis's n-grams are in a reference, too short ones punished.
//!
//! ```text
//!            n   matched_k + 10⁻¹⁵
//! BLEU-n = ( ∏  ────────────────── )^(1/n) · brevity
//!           k=1   total_k + 10⁻⁹
//!
//! brevity = exp(min(0, 1 − 1/ρ)),   ρ = (c + 10⁻¹⁵) / (r + 10⁻⁹)
//! ```
//!
//! - `total_k`: how many k-grams the hypothesis has, repeated ones counted again (*c* − *k* + 1, or 0).
//! - `matched_k`: how many of them are in a reference, *clipped*: a k-gram counts at most as often as it
//!   occurs in the one reference that has it most often. So "the the the" cannot match "the" of
//!   a reference three times.
//! - *c*: words of the hypothesis; *r*: words of the reference whose length is *closest* to *c*, of two
//!   that are equally close the shorter one.
//!
//! For a picture the counts are the picture's; for the corpus they are summed over all pictures first:
//! the corpus's score is not the mean of the pictures' scores.
//!
//! The two small numbers are COCO's. They keep 0/0 from occurring, and they show: a hypothesis of one
//! word has no 2-gram, so that its factor for k = 2 is 10⁻¹⁵/10⁻⁹ = 10⁻⁶ and not undefined. Its BLEU-2
//! is 0.001 even if it equals its reference, its BLEU-4 0.00003. A hypothesis that equals a reference of
//! four words or more gets 1 to nine digits. An empty hypothesis gets 0.
//!
//! Source: Kishore Papineni, Salim Roukos, Todd Ward and Wei-Jing Zhu, *BLEU: a Method for Automatic
//! Evaluation of Machine Translation*, 2002. The paper sums logarithms, which is the same product, and
//! has no small numbers: there a corpus without a single matching 4-gram has BLEU-4 0.
//!
//! ```
//! use captioning::metrics::{Corpus, bleu};
//!
//! // "the" occurs at most twice in a reference: 2 of 7 words match, and no 2-gram.
//! let references = ["the cat is on the mat", "there is a cat on the mat"];
//! let corpus = Corpus::new([("the the the the the the the", references)])?;
//! let [bleu_1, bleu_2, ..] = bleu(&corpus).corpus;
//! assert!((bleu_1 - 2.0 / 7.0).abs() < 1e-9);
//! assert!(bleu_2 < 1e-6);
//! # Ok::<(), captioning::Error>(())
//! ```

use super::sentence::{Sentence, look_up};
use super::{Captions, Corpus, LONGEST, Measured};

/// Added to what is counted above the line.
const TINY: f64 = 1e-15;

/// Added to what is counted below the line.
const SMALL: f64 = 1e-9;

// ANCHOR: bleu
/// BLEU-1 to BLEU-4 of a corpus and of each of its pictures.
pub fn bleu(corpus: &Corpus) -> Measured<[f64; LONGEST]> {
    let counts: Vec<Counts> = corpus.pictures.iter().map(Counts::of).collect();
    let total = counts.iter().fold(Counts::default(), Counts::plus);
    Measured { corpus: total.bleu(), pictures: counts.iter().map(Counts::bleu).collect() }
}
// ANCHOR_END: bleu

/// What BLEU is computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    /// *c*: words of the hypothesis.
    hypothesis: usize,
    /// *r*: words of the reference whose length is closest.
    reference: usize,
    /// For k = 1…4: k-grams of the hypothesis.
    total: [usize; LONGEST],
    /// For k = 1…4: those that are in a reference, clipped.
    matched: [usize; LONGEST],
}

impl Counts {
    fn of(picture: &Captions) -> Self {
        let Captions { hypothesis, references } = picture;
        let words = hypothesis.words.len();
        Self {
            hypothesis: words,
            reference: closest(words, references.iter().map(|reference| reference.words.len())),
            total: std::array::from_fn(|i| words.saturating_sub(i)),
            matched: std::array::from_fn(|i| matched(hypothesis, references, i + 1)),
        }
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            hypothesis: self.hypothesis + other.hypothesis,
            reference: self.reference + other.reference,
            total: std::array::from_fn(|i| self.total[i] + other.total[i]),
            matched: std::array::from_fn(|i| self.matched[i] + other.matched[i]),
        }
    }

    // ANCHOR: score
    fn bleu(&self) -> [f64; LONGEST] {
        let ratio = (self.hypothesis as f64 + TINY) / (self.reference as f64 + SMALL);
        let brevity = (1.0 - 1.0 / ratio).min(0.0).exp();
        let mut product = 1.0;
        std::array::from_fn(|i| {
            product *= (self.matched[i] as f64 + TINY) / (self.total[i] as f64 + SMALL);
            f64::powf(product, 1.0 / (i + 1) as f64) * brevity
        })
    }
    // ANCHOR_END: score
}

/// The length that is closest to `length`; of two that are equally close the shorter one.
fn closest(length: usize, lengths: impl Iterator<Item = usize>) -> usize {
    lengths.min_by_key(|other| (other.abs_diff(length), *other)).unwrap_or(0)
}

// ANCHOR: matched
/// How many n-grams of the hypothesis are in a reference, each at most as often as in one of them.
fn matched(hypothesis: &Sentence, references: &[Sentence], n: usize) -> usize {
    let references: Vec<_> = references.iter().map(|reference| reference.n_grams(n)).collect();
    let clipped = |(n_gram, count): (&[usize], usize)| {
        let most = references.iter().map(|reference| look_up(reference, n_gram)).max();
        count.min(most.unwrap_or(0))
    };
    hypothesis.n_grams(n).into_iter().map(clipped).sum()
}
// ANCHOR_END: matched

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(hypothesis: &str, references: &[&str]) -> Counts {
        Counts::of(&Corpus::new([(hypothesis, references)]).unwrap().pictures[0])
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-8, "found {found}, expected {expected}");
    }

    #[test]
    fn a_word_matches_as_often_as_the_one_reference_that_has_it_most() {
        // "the": 2 in the first, 1 in the second; 2 and not 3. "cat": 1.
        let counts = counts("the the the cat", &["the cat is on the mat", "the big cat"]);
        assert_eq!((counts.total, counts.matched), ([4, 3, 2, 1], [3, 1, 0, 0]));
    }

    #[test]
    fn every_order_by_hand() {
        // Of 6 words 5 match, of 5 pairs 3, of 4 triples 1, of 3 quadruples none. Lengths are equal.
        let counts = counts("the cat sat on the mat", &["the cat is on the mat"]);
        assert_eq!((counts.total, counts.matched), ([6, 5, 4, 3], [5, 3, 1, 0]));
        let [one, two, three, four] = counts.bleu();
        close(one, 5.0 / 6.0);
        close(two, f64::sqrt(5.0 / 6.0 * 3.0 / 5.0));
        close(three, f64::cbrt(5.0 / 6.0 * 3.0 / 5.0 / 4.0));
        // (0 + 10⁻¹⁵) / 3 under the fourth root.
        close(four, f64::powf(5.0 / 6.0 * 3.0 / 5.0 / 4.0 * 1e-15 / 3.0, 0.25));
    }

    #[test]
    fn what_is_too_short_is_punished_and_what_is_too_long_is_not() {
        // All 2 words match; the closest reference has 4: exp(1 − 4/2).
        close(counts("a dog", &["a dog runs fast", "a dog runs very fast now"]).bleu()[0], f64::exp(-1.0));
        close(counts("a dog runs", &["a dog"]).bleu()[0], 2.0 / 3.0);
    }

    #[test]
    fn of_two_references_that_are_equally_close_the_shorter_one_counts() {
        assert_eq!(closest(4, [6, 2, 9].into_iter()), 2);
        assert_eq!(closest(4, [6, 3, 5].into_iter()), 3);
        assert_eq!(closest(0, [6, 3].into_iter()), 3);
    }

    #[test]
    fn the_corpus_pools_the_counts() {
        let measured = bleu(&Corpus::new([("a", ["a"]), ("x y z", ["a b c"])]).unwrap());
        close(measured.pictures[0][0], 1.0);
        close(measured.pictures[1][0], 0.0);
        // 1 of 4 words, not the mean 1/2.
        close(measured.corpus[0], 0.25);
    }

    #[test]
    fn small_numbers_show_where_there_is_nothing_to_count() {
        let [one, two, three, four] = counts("dog", &["dog"]).bleu();
        close(one, 1.0);
        close(two, 1e-3);
        close(three, 1e-4);
        close(four, f64::powf(1e-18, 0.25));
        assert_eq!(counts("", &["a dog"]).bleu(), [0.0; 4]);
        assert_eq!(counts("", &[""]).bleu(), [0.0; 4]);
    }
}
