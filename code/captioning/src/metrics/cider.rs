//! CIDEr: how similar are the n-grams of the hypothesis to those of the references, rare ones weighing
//! more?
//!
//! For every n = 1…4 a sentence *s* becomes a vector with one entry an n-gram ω: how often it occurs
//! times how rare it is among pictures,
//!
//! ```text
//! g_ω(s) = count_ω(s) · (ln N − ln max(1, df_ω))
//! ```
//!
//! with N the number of pictures and df_ω the number of pictures of which *a reference* has ω. What
//! every picture's references say weighs nothing. The similarity of hypothesis *h* and reference *r* is
//! a cosine, in which no entry of *h* counts for more than that of *r* (*clipping*), times a penalty for
//! another length:
//!
//! ```text
//!               Σ_ω min(g_ω(h), g_ω(r)) · g_ω(r)
//! sim_n(h, r) = ────────────────────────────────  ·  exp(−(|h| − |r|)² / 2σ²),     σ = 6
//!                       ‖g(h)‖ · ‖g(r)‖
//!
//! CIDEr(h) = 10 · mean over n and over the references r of sim_n(h, r)
//! ```
//!
//! A vector of length 0 has similarity 0 to every other. The corpus's score is the mean of the
//! pictures'. It reaches 10 where the hypothesis equals every reference, and all four vectors have a
//! length.
//!
//! What to know before reading such a number:
//!
//! - With clipping and length penalty, and words as they are instead of their stems, this is what the
//!   paper calls CIDEr-D. COCO's scorer and papers that use it call it CIDEr.
//! - The df_ω come from the references that are given, so that a picture's score depends on the other
//!   pictures, and scores of two corpora, or of a part and the whole, are not comparable. The
//!   hypotheses have no part in df.
//! - An n-gram that no reference has weighs the most, ln N. It matches nothing, and makes the vector of
//!   the hypothesis longer: an invented word costs more than a common one.
//! - Of a single picture N = 1 and ln N = 0: every weight and the score are 0, however good the caption.
//! - A hypothesis of fewer than four words has no 4-gram, and at most 3/4 of the full score.
//! - COCO's scorer takes for |h| and |r| the number of 2-grams, which is one less than the words in
//!   both; only an empty sentence has as many as one of a single word, and it has no n-grams.
//! - Where no reference of the whole corpus has a word COCO's scorer stops with an error; here the
//!   score is 0, as the formula has it.
//!
//! Source: Ramakrishna Vedantam, C. Lawrence Zitnick and Devi Parikh, *CIDEr: Consensus-based Image
//! Description Evaluation*, 2015, arXiv:1411.5726. The paper divides counts by the number of n-grams in
//! the sentence, which without clipping would change no cosine; COCO's scorer and this one do not.
//!
//! ```
//! use captioning::metrics::{Corpus, cider};
//!
//! // Two pictures. "a" is in both: ln 2 − ln 2 = 0. "dog" and "cat" are in one each: ln 2 − ln 1 = ln 2.
//! // The first picture's hypothesis equals its reference: 1 for n = 1 and 2, nothing for 3 and 4, so
//! // 10 · 2/4. The second's shares only "a" with its reference, which weighs nothing.
//! let corpus = Corpus::new([("a dog", ["a dog"]), ("a dog", ["a cat"])])?;
//! let scores = cider(&corpus);
//! assert!((scores.pictures[0] - 5.0).abs() < 1e-12);
//! assert_eq!(scores.pictures[1], 0.0);
//! assert!((scores.corpus - 2.5).abs() < 1e-12);
//! # Ok::<(), captioning::Error>(())
//! ```

use super::sentence::{Sentence, look_up};
use super::{Captions, Corpus, LONGEST, Measured};
use std::collections::HashMap;

/// The standard deviation of the length penalty, in words.
const SIGMA: f64 = 6.0;

/// What a perfect caption gets.
const SCALE: f64 = 10.0;

/// CIDEr of a corpus and of each of its pictures.
pub fn cider(corpus: &Corpus) -> Measured<f64> {
    let rarity = Rarity::of(corpus);
    Measured::mean_of(corpus.pictures.iter().map(|picture| of_picture(picture, &rarity)).collect())
}

fn of_picture(picture: &Captions, rarity: &Rarity) -> f64 {
    let mut similarities = 0.0;
    for n in 1..=LONGEST {
        let hypothesis = Vector::of(&picture.hypothesis, n, rarity);
        for reference in &picture.references {
            let reference = Vector::of(reference, n, rarity);
            similarities += hypothesis.similarity(&reference);
        }
    }
    SCALE * similarities / (LONGEST * picture.references.len()) as f64
}

/// How rare n-grams are among the pictures of a corpus.
struct Rarity<'a> {
    /// For every n-gram of a reference: of how many pictures a reference has it.
    pictures_with: HashMap<&'a [usize], usize>,
    /// How many pictures there are.
    pictures: usize,
}

impl<'a> Rarity<'a> {
    fn of(corpus: &'a Corpus) -> Self {
        let mut pictures_with = HashMap::new();
        for picture in &corpus.pictures {
            let sentences = picture.references.iter().map(|reference| &reference.words);
            let mut n_grams: Vec<&[usize]> =
                sentences.flat_map(|words| (1..=LONGEST).flat_map(|n| words.windows(n))).collect();
            n_grams.sort_unstable();
            n_grams.dedup();
            for n_gram in n_grams {
                *pictures_with.entry(n_gram).or_insert(0) += 1;
            }
        }
        Self { pictures_with, pictures: corpus.picture_count() }
    }

    /// ln N − ln max(1, df).
    fn weight(&self, n_gram: &[usize]) -> f64 {
        let pictures_with = self.pictures_with.get(n_gram).copied().unwrap_or(0).max(1);
        f64::ln(self.pictures as f64) - f64::ln(pictures_with as f64)
    }
}

/// A sentence's n-grams of one n as a vector.
struct Vector<'a> {
    /// The n-grams, in order, and their weighted counts.
    entries: Vec<(&'a [usize], f64)>,
    /// The vector's length.
    norm: f64,
    /// How many words the sentence has.
    words: usize,
}

impl<'a> Vector<'a> {
    fn of(sentence: &'a Sentence, n: usize, rarity: &Rarity) -> Self {
        let weighted = |(n_gram, count)| (n_gram, count as f64 * rarity.weight(n_gram));
        let entries: Vec<_> = sentence.n_grams(n).into_iter().map(weighted).collect();
        let norm = entries.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        Self { entries, norm, words: sentence.words.len() }
    }

    // ANCHOR: similarity
    /// The clipped cosine to a reference, times the penalty for another length.
    fn similarity(&self, reference: &Self) -> f64 {
        if self.norm == 0.0 || reference.norm == 0.0 {
            return 0.0;
        }
        let product = |&(n_gram, weight): &(&[usize], f64)| {
            let other = look_up(&reference.entries, n_gram);
            weight.min(other) * other
        };
        let cosine = self.entries.iter().map(product).sum::<f64>() / (self.norm * reference.norm);
        let difference = self.words.abs_diff(reference.words) as f64;
        cosine * f64::exp(-difference * difference / (2.0 * SIGMA * SIGMA))
    }
    // ANCHOR_END: similarity
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(pictures: &[(&str, &[&str])]) -> Vec<f64> {
        cider(&Corpus::new(pictures.iter().copied()).unwrap()).pictures
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "found {found}, expected {expected}");
    }

    const OTHER: (&str, &[&str]) = ("", &["a cat sleeps"]);

    #[test]
    fn a_cosine_by_hand() {
        // N = 2. "a" weighs 0; "dog", "runs", "jumps" ln 2 each. For n = 1 the vectors are (dog, runs)
        // and (dog, jumps): cosine 1/2. For n = 2 (a dog, dog runs) and (a dog, dog jumps): 1/2. For
        // n = 3 nothing is common.
        close(scores(&[("a dog runs", &["a dog jumps"]), OTHER])[0], 10.0 * (0.5 + 0.5) / 4.0);
        // A second reference with nothing in common: half.
        close(scores(&[("a dog runs", &["a dog jumps", "one two three"]), OTHER])[0], 10.0 * 1.0 / 4.0 / 2.0);
    }

    #[test]
    fn what_the_reference_has_less_often_is_clipped() {
        // n = 1: (2 ln 2) and (ln 2): min · ln 2 / (2 ln 2 · ln 2) = 1/2; lengths 2 and 1.
        let penalty = f64::exp(-1.0 / 72.0);
        close(scores(&[("dog dog", &["dog"]), OTHER])[0], 10.0 * 0.5 * penalty / 4.0);
        // The other way round nothing is clipped: the vectors are parallel.
        close(scores(&[("dog", &["dog dog"]), OTHER])[0], 10.0 * penalty / 4.0);
    }

    #[test]
    fn rarer_words_weigh_more() {
        // N = 4. "dog" is in the references of two pictures: ln 2; "runs" of one: ln 4 = 2 ln 2.
        let rest: [(&str, &[&str]); 3] = [("", &["dog"]), ("", &["x"]), ("", &["y"])];
        let common = scores(&[&[("dog", &["dog runs"][..])], &rest[..]].concat())[0];
        let rare = scores(&[&[("runs", &["dog runs"][..])], &rest[..]].concat())[0];
        let penalty = f64::exp(-1.0 / 72.0);
        close(common, 10.0 * penalty / f64::sqrt(5.0) / 4.0);
        close(rare, 10.0 * penalty * 2.0 / f64::sqrt(5.0) / 4.0);
    }

    #[test]
    fn a_single_picture_scores_nothing_and_neither_do_empty_sentences() {
        let caption = "a dog runs on the grass";
        assert_eq!(scores(&[(caption, &[caption])]), [0.0]);
        assert_eq!(scores(&[("", &[""]), OTHER]), [0.0, 0.0]);
        assert_eq!(scores(&[(caption, &[""]), ("x", &[" "])]), [0.0, 0.0]);
        close(scores(&[(caption, &[caption, caption]), OTHER])[0], 10.0);
    }
}
