//! Subsampling of frequent words.
//!
//! Mikolov et al. (2013b), section 2.3: *the*, *a* and *of* stand beside everything and tell
//! little. Each occurrence of a word is kept with a probability that falls with the word's
//! frequency.

// ANCHOR: keep
/// The probability with which an occurrence of each word is kept.
///
/// With $f$ the word's share of all tokens and $t$ the threshold (1e-3 in word2vec's code), it is
/// $\sqrt{t/f} + t/f$, at most 1: the formula of `word2vec.c`, which differs a little from the
/// paper's $\sqrt{t/f}$.
pub fn keep_probabilities(counts: &[u64], threshold: f64) -> Vec<f32> {
    let total: u64 = counts.iter().sum();
    let keep = |&count: &u64| {
        let ratio = threshold * total as f64 / count as f64;
        (ratio.sqrt() + ratio).min(1.0) as f32
    };
    counts.iter().map(keep).collect()
}
// ANCHOR_END: keep

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_words_are_thinned_out_and_rare_ones_are_not() {
        let keep = keep_probabilities(&[100_000, 1000, 1], 1e-3);
        // f = 0.99, t/f = 0.00101: √0.00101 + 0.00101.
        assert!((keep[0] - 0.032_79).abs() < 1e-4, "{}", keep[0]);
        assert_eq!(keep[2], 1.0);
    }
}
