//! What the solutions of the exercises compute.

// ANCHOR: best_baseline
/// The baseline with which a single draw of hard attention is spread least: a mean of the rewards, each
/// weighted by how probable its location is and how long the gradient of its logarithm.
pub fn best_baseline(alpha: &[f32], rewards: &[f32]) -> f64 {
    let squares: f64 = alpha.iter().map(|&a| f64::from(a).powi(2)).sum();
    let (mut sum, mut total) = (0.0, 0.0);
    for (&a, &reward) in alpha.iter().zip(rewards) {
        let weight = f64::from(a) * (1.0 - 2.0 * f64::from(a) + squares);
        sum += weight * f64::from(reward);
        total += weight;
    }
    sum / total
}
// ANCHOR_END: best_baseline

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hard_attention::{expected, spread};

    #[test]
    fn no_baseline_is_better_than_the_best() {
        let (alpha, rewards) = ([0.5_f32, 0.3, 0.2], [-0.1_f32, -2.0, -1.0]);
        let best = best_baseline(&alpha, &rewards);
        let variance = |baseline| spread(&alpha, &rewards, baseline).variance;
        for other in [0.0, expected(&alpha, &rewards), best - 0.05, best + 0.05] {
            assert!(variance(best) < variance(other), "{other}");
        }
        // With two locations it takes all noise away.
        let (alpha, rewards) = ([0.6_f32, 0.4], [-1.0_f32, -3.0]);
        assert!(spread(&alpha, &rewards, best_baseline(&alpha, &rewards)).variance.abs() < 1e-6);
    }
}
