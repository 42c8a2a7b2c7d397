//! Hard attention: look at one location, drawn at random, instead of at all of them on average.
//!
//! With hard attention the network draws a location $l$ with probability $α_l$ and sees $z = a_l$ alone
//! (Xu et al. 2015, section 4.1). A draw has no derivative. REINFORCE (Williams 1992, *Simple statistical
//! gradient-following algorithms for connectionist reinforcement learning*) estimates one nevertheless: the
//! reward of a draw is the logarithm of the right word's probability, $R_l = \ln p(y \mid a_l)$, its
//! expectation is $J = \sum_l α_l R_l$, and for a drawn $l$ and a baseline $b$
//!
//! $$ \hat\nabla J = (R_l - b)\, \nabla \ln α_l $$
//!
//! has the expectation $\nabla J$, whatever $b$. Here the derivatives are those with respect to the scores
//! $e$ before the softmax, $\partial \ln α_l / \partial e_j = [l = j] - α_j$. There are only 196 locations:
//! expectation and variance need no sampling, they are sums over all that could be drawn.

use crate::captioner::Captioner;
use crate::encoder::Map;

/// A model that can say what a word's probability would be, had it looked at one location alone.
pub trait Looks: Captioner {
    /// For the word at `step` of a sentence about one picture: α, and for every location $l$ the logarithm of
    /// the word's probability after $z = a_l$.
    fn rewards(&mut self, map: Map, sentence: &[usize], step: usize) -> (Vec<f32>, Vec<f32>);
}

/// How an estimate of a gradient by one draw is spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The length of the true gradient, squared.
    pub signal: f64,
    /// The expected squared distance of a single estimate from the true gradient: its variance, summed over
    /// the locations.
    pub variance: f64,
}

// ANCHOR: variance
/// Expected reward $J$.
pub fn expected(alpha: &[f32], rewards: &[f32]) -> f64 {
    alpha.iter().zip(rewards).map(|(&a, &r)| f64::from(a) * f64::from(r)).sum()
}

/// The true gradient of $J$ with respect to the scores: $α_j (R_j - J)$.
pub fn gradient(alpha: &[f32], rewards: &[f32]) -> Vec<f64> {
    let mean = expected(alpha, rewards);
    alpha.iter().zip(rewards).map(|(&a, &r)| f64::from(a) * (f64::from(r) - mean)).collect()
}

/// How REINFORCE's estimate with one draw and a baseline is spread around the true gradient.
pub fn spread(alpha: &[f32], rewards: &[f32], baseline: f64) -> Spread {
    let signal: f64 = gradient(alpha, rewards).iter().map(|g| g * g).sum();
    let squares: f64 = alpha.iter().map(|&a| f64::from(a).powi(2)).sum();
    let length = |l: usize| {
        let (a, advantage) = (f64::from(alpha[l]), f64::from(rewards[l]) - baseline);
        // Σ_j ([l = j] − α_j)² = 1 − 2 α_l + Σ α²
        a * advantage * advantage * (1.0 - 2.0 * a + squares)
    };
    let second: f64 = (0..alpha.len()).map(length).sum();
    Spread { signal, variance: second - signal }
}
// ANCHOR_END: variance

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn the_sums_are_what_draws_give_on_average() {
        let alpha = [0.5_f32, 0.3, 0.2];
        let rewards = [-0.1_f32, -2.0, -1.0];
        let exact = gradient(&alpha, &rewards);
        for baseline in [0.0, expected(&alpha, &rewards)] {
            let found = spread(&alpha, &rewards, baseline);
            let mut rng = emoji_world::rng(1, 0);
            let draws = 200_000;
            let (mut mean, mut variance) = ([0.0; 3], 0.0);
            for _ in 0..draws {
                let x: f32 = rng.random();
                let l = if x < 0.5 {
                    0
                } else if x < 0.8 {
                    1
                } else {
                    2
                };
                let advantage = f64::from(rewards[l]) - baseline;
                for m in 0..3 {
                    let g = advantage * (f64::from(u8::from(l == m)) - f64::from(alpha[m]));
                    mean[m] += g / f64::from(draws);
                    variance += (g - exact[m]).powi(2) / f64::from(draws);
                }
            }
            for m in 0..3 {
                assert!((mean[m] - exact[m]).abs() < 0.005, "{mean:?} {exact:?}");
            }
            assert!((variance - found.variance).abs() < 0.01 * found.variance, "{variance} {found:?}");
        }
    }
}
