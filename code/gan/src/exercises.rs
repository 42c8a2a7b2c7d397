//! What the solutions of the exercises compute.

use crate::discriminator::Logits;
use dfdx::prelude::*;
use lab::Device as AnyDevice;

// ANCHOR: hinge
/// The hinge loss of a discriminator (Lim and Ye 2017, arXiv:1705.02894; Tran et al. 2017): it pays as long as
/// a real picture's logit is below 1, or a painted one's above −1, and no longer.
pub fn hinge<T: Tape<f32, AnyDevice>>(logits: Logits<T>, real: bool) -> Tensor<Rank0, f32, AnyDevice, T> {
    let beyond = if real { logits.negate() } else { logits };
    (beyond + 1.0).relu().mean()
}
// ANCHOR_END: hinge

// ANCHOR: best
/// What the best discriminator says where real numbers have the density `p` and the generator's `q`; with a leak,
/// the generator's numbers are also shown as real.
pub fn best_discriminator(p: f64, q: f64, leak: bool) -> f64 {
    let called_real = p + if leak { q } else { 0.0 };
    called_real / (called_real + q)
}
// ANCHOR_END: best

// ANCHOR: lengths
/// How long noise is on average, half-way between two vectors of `count` numbers: on a straight line and along the
/// arc. A vector of noise is about $\sqrt{n}$ long, and two of them are at right angles.
pub fn half_way(count: usize, seed: u64) -> [f64; 2] {
    let draws = 1000;
    let numbers = crate::noise::normal(2 * count * draws, seed, 0);
    let mut sums = [0.0; 2];
    for pair in numbers.chunks_exact(2 * count) {
        let (a, b) = pair.split_at(count);
        let length = |share: f32| {
            let squares = a.iter().zip(b).map(|(a, b)| (share * (a + b)).powi(2));
            f64::from(squares.sum::<f32>()).sqrt()
        };
        sums[0] += length(0.5);
        sums[1] += length(std::f32::consts::FRAC_1_SQRT_2);
    }
    sums.map(|sum| sum / draws as f64)
}
// ANCHOR_END: lengths

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlaps::overlaps;
    use crate::two_numbers::{Rules, play};

    #[test]
    fn the_second_round_is_that_of_the_solution() {
        let at = play(Rules::default(), 0.5, 2)[2];
        assert!((at.psi + 0.456).abs() < 5e-4 && (at.theta - 0.792).abs() < 5e-4, "{at:?}");
    }

    #[test]
    fn the_best_answers_are_those_of_the_solution() {
        assert!((best_discriminator(0.3, 0.1, false) - 0.75).abs() < 1e-12);
        assert!((best_discriminator(0.25, 0.25, true) - 2.0 / 3.0).abs() < 1e-12);
        // The cost at one place, p and q given: no other answer is cheaper.
        let cost = |d: f64| -0.3 * f64::ln(d) - 0.1 * f64::ln(1.0 - d);
        assert!(cost(0.75) < cost(0.74) && cost(0.75) < cost(0.76));
    }

    #[test]
    fn the_overlaps_are_those_of_the_solution() {
        assert_eq!(overlaps(5, 3, 4), [1, 1, 1, 2, 2, 1, 2, 2, 1, 2, 2, 1, 1, 1]);
        assert_eq!(overlaps(6, 3, 4), [1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1]);
    }

    #[test]
    fn hinge_asks_for_one_and_no_more() {
        let device = lab::device(0);
        let logits = device.tensor_from_vec(vec![-2.0, 0.5, 3.0], (3,));
        let loss = hinge(logits.leaky_trace(), true);
        assert!((loss.array() - (3.0 + 0.5) / 3.0).abs() < 1e-6);
        let gradient = loss.backward().get(&logits).as_vec();
        for (found, wanted) in gradient.iter().zip([-1.0 / 3.0, -1.0 / 3.0, 0.0]) {
            assert!((found - wanted).abs() < 1e-6, "{gradient:?}");
        }
        assert!((hinge(logits, false).array() - (0.0 + 1.5 + 4.0) / 3.0).abs() < 1e-6);
    }

    #[test]
    fn the_straight_line_is_too_short() {
        let [straight, arc] = half_way(32, 1);
        assert!((straight - 4.0).abs() < 0.1 && (arc - 5.63).abs() < 0.1, "{straight} {arc}");
    }
}
