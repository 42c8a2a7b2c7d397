//! ROUGE-L: how long is the longest common subsequence of the hypothesis and a reference?
//!
//! A *subsequence* keeps a sentence's words in order and may leave some out: "a dog runs" is one of "a
//! black dog that runs". With LCS(*h*, *r*) the length of the longest one that two sentences share:
//!
//! ```text
//!            LCS(h, r)             LCS(h, r)                     (1 + β²) P R
//! P = max_r  ─────────,  R = max_r ─────────,     ROUGE-L(h) = ────────────────,   β = 1.2
//!               |h|                   |r|                         R + β² P
//! ```
//!
//! Precision P and recall R are each the best over the references, and may come from two different
//! ones; β above 1 lets recall weigh more. If P or R is 0, so is the score. The corpus's score is the
//! mean of the pictures'.
//!
//! Words are what *single spaces* separate, as in COCO's scorer. That shows in one case: an empty
//! sentence is one empty word, so that an empty hypothesis against an empty reference scores 1, and
//! against others 0.
//!
//! Source: Chin-Yew Lin, *ROUGE: A Package for Automatic Evaluation of Summaries*, 2004. The paper's
//! formula is for one reference, and of several takes the best score; the two maxima and β = 1.2 are
//! COCO's.
//!
//! ```
//! use captioning::metrics::{Corpus, rouge_l};
//!
//! // The longest common subsequence of "a dog runs fast" and "a black dog that runs" is "a dog runs":
//! // P = 3/4, R = 3/5.
//! let corpus = Corpus::new([("a dog runs fast", ["a black dog that runs"])])?;
//! let expected = (1.0 + 1.44) * 0.75 * 0.6 / (0.6 + 1.44 * 0.75);
//! assert!((rouge_l(&corpus).corpus - expected).abs() < 1e-12);
//! # Ok::<(), captioning::Error>(())
//! ```

use super::{Captions, Corpus, Measured};

/// How much more recall weighs than precision.
const BETA: f64 = 1.2;

/// ROUGE-L of a corpus and of each of its pictures.
pub fn rouge_l(corpus: &Corpus) -> Measured<f64> {
    Measured::mean_of(corpus.pictures.iter().map(of_picture).collect())
}

// ANCHOR: rouge_l
fn of_picture(picture: &Captions) -> f64 {
    let hypothesis = &picture.hypothesis.fields;
    let (mut precision, mut recall) = (0.0, 0.0);
    for reference in picture.references.iter().map(|reference| &reference.fields) {
        let common = longest_common_subsequence(hypothesis, reference) as f64;
        precision = f64::max(precision, common / hypothesis.len() as f64);
        recall = f64::max(recall, common / reference.len() as f64);
    }
    if precision == 0.0 {
        return 0.0;
    }
    (1.0 + BETA * BETA) * precision * recall / (recall + BETA * BETA * precision)
}
// ANCHOR_END: rouge_l

// ANCHOR: subsequence
/// The length of the longest common subsequence of `a` and `b`.
///
/// Row by row: with `row[j]` the length for the words of `a` so far and the first `j` words of `b`,
/// a word that both have next makes it one longer, and otherwise one of them does without its word.
fn longest_common_subsequence(a: &[usize], b: &[usize]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for word in a {
        let mut diagonal = 0;
        for (j, other) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if word == other { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}
// ANCHOR_END: subsequence

#[cfg(test)]
mod tests {
    use super::*;

    fn score(hypothesis: &str, references: &[&str]) -> f64 {
        rouge_l(&Corpus::new([(hypothesis, references)]).unwrap()).corpus
    }

    fn f(precision: f64, recall: f64) -> f64 {
        2.44 * precision * recall / (recall + 1.44 * precision)
    }

    #[test]
    fn subsequences_keep_the_order_and_may_leave_out() {
        for (a, b, length) in [
            (&[1, 2, 3, 4][..], &[1, 9, 2, 8, 4][..], 3),
            (&[1, 2, 3], &[3, 2, 1], 1),
            (&[1, 1, 1], &[1, 1], 2),
            (&[1, 2, 1, 3], &[2, 1, 3, 1], 3),
            (&[], &[1], 0),
            (&[1], &[], 0),
        ] {
            assert_eq!(longest_common_subsequence(a, b), length, "{a:?} {b:?}");
            assert_eq!(longest_common_subsequence(b, a), length, "{b:?} {a:?}");
        }
    }

    #[test]
    fn precision_and_recall_may_come_from_different_references() {
        // Against the first P = 2/3, R = 2/2; against the second P = 3/3, R = 3/6.
        let found = score("a dog runs", &["a dog", "a dog with a ball runs"]);
        assert!((found - f(1.0, 1.0)).abs() < 1e-12, "{found}");
        let found = score("a dog runs", &["a dog"]);
        assert!((found - f(2.0 / 3.0, 1.0)).abs() < 1e-12, "{found}");
    }

    #[test]
    fn an_empty_sentence_is_one_empty_word() {
        assert_eq!(score("", &["a dog"]), 0.0);
        assert_eq!(score("a dog", &[""]), 0.0);
        assert!((score("", &[""]) - 1.0).abs() < 1e-12);
        // Two spaces have an empty word between them.
        assert!((score("a  dog", &["a dog"]) - f(2.0 / 3.0, 1.0)).abs() < 1e-12);
    }
}
