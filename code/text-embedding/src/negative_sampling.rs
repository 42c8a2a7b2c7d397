//! Negative sampling: the noise distribution, and how many samples are drawn from it.
//!
//! Mikolov et al. (2013b), section 2.2: instead of asking "which of all words stands here?", ask of
//! one right word and $K$ random words "is it this one?". The random words are drawn in
//! proportion to their count raised to the power 3/4.

use rand::Rng;
use rand::RngExt;

/// The exponent of the paper: rare words are drawn more often than they occur.
pub const POWER: f64 = 0.75;

// ANCHOR: noise
/// Draws words in proportion to count^0.75, in constant time (Walker's alias method).
#[derive(Clone, Debug)]
pub struct NoiseDistribution {
    /// Column `i` holds word `i` up to this share of its height …
    threshold: Vec<f32>,
    /// … and this other word above.
    alias: Vec<u32>,
}

impl NoiseDistribution {
    /// Builds the table from the words' counts, by id.
    pub fn new(counts: &[u64]) -> Self {
        let weights: Vec<f64> = counts.iter().map(|&count| (count as f64).powf(POWER)).collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        // Every column has height 1: those below are filled up from those above.
        let mut height: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let (mut low, mut high): (Vec<usize>, Vec<usize>) = (0..height.len()).partition(|&i| height[i] < 1.0);
        let mut alias: Vec<u32> = (0..height.len() as u32).collect();
        while let (Some(l), Some(&h)) = (low.pop(), high.last()) {
            alias[l] = h as u32;
            height[h] -= 1.0 - height[l];
            if height[h] < 1.0 {
                high.pop();
                low.push(h);
            }
        }
        Self { threshold: height.into_iter().map(|h| h as f32).collect(), alias }
    }

    /// One word id.
    pub fn sample(&self, rng: &mut impl Rng) -> u32 {
        let bits = rng.random::<u64>();
        let column = (((bits >> 32) * self.alias.len() as u64) >> 32) as usize;
        let height = (bits as u32 >> 8) as f32 / (1 << 24) as f32;
        if height < self.threshold[column] { column as u32 } else { self.alias[column] }
    }
}
// ANCHOR_END: noise

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn samples_follow_the_counts_to_the_power_of_three_quarters() {
        let counts = [10_000, 1000, 100, 100, 10, 1];
        let noise = NoiseDistribution::new(&counts);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        let draws = 1_000_000;
        let mut drawn = [0_u32; 6];
        for _ in 0..draws {
            drawn[noise.sample(&mut rng) as usize] += 1;
        }
        let total: f64 = counts.iter().map(|&c| (c as f64).powf(POWER)).sum();
        for (&count, &n) in counts.iter().zip(&drawn) {
            let p = (count as f64).powf(POWER) / total;
            let sigma = (draws as f64 * p * (1.0 - p)).sqrt();
            assert!((f64::from(n) - draws as f64 * p).abs() < 5.0 * sigma, "{count}: {n}");
        }
    }
}
