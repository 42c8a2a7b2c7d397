//! What the solutions of the exercises compute.

use crate::discriminator::Logits;
use crate::nearest::{diversity, nearest};
use crate::noise::normal;
use crate::pairs::{Pair, Part, pairs, pictures_of, pixels};
use crate::words::Said;
use dfdx::prelude::*;
use lab::AnyDevice;

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
/// arc. A vector of noise is about $\sqrt{\mathrm{count}}$ long, and two of them are at right angles.
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

// ANCHOR: cheats
/// Pictures that four cheating generators could give for one sentence, made of real ones: always the same, copies of
/// training (the first `count` pictures of the game with this seed that match), pictures of anything, and the right
/// thing under much noise. But for the copies there are `each` of them.
pub fn cheats(said: &Said, seed: u64, count: u64, each: usize) -> [Vec<f32>; 4] {
    let real = pictures_of(said.kind, said.colour, each, FRESH);
    let same = pictures_of(said.kind, said.colour, 1, FRESH).repeat(each);
    let training = pairs(Part::Training, seed, 0..count);
    let copies: Vec<Pair> = training.into_iter().filter(|pair| pair.shows(said)).collect();
    let anything = pairs(Part::All, FRESH, 0..each as u64);
    let noise = normal(real.len(), FRESH, 0);
    let noisy = real.iter().zip(noise).map(|(pixel, noise)| (pixel + 0.3 * noise).clamp(0.0, 1.0)).collect();
    [same, pixels(&copies), pixels(&anything), noisy]
}

/// The seed of pictures that no game was shown.
const FRESH: u64 = 0x63_6865_6174;
// ANCHOR_END: cheats

// ANCHOR: signs
/// What two measures say that need no judge: the diversity of the pictures over that of real ones of the sentence, and
/// the mean distance to the nearest of the first `count` pictures of training.
pub fn signs(pictures: &[f32], real: &[f32], seed: u64, count: u64) -> [f64; 2] {
    let near: Vec<f64> = nearest(pictures, seed, count).iter().map(|near| near.distance).collect();
    [diversity(pictures) / diversity(real).max(1e-9), record::mean(&near)]
}
// ANCHOR_END: signs

// ANCHOR: paint_for
/// Follows the gradient of a judge whose logit is `weights · picture + bias`, from a picture to one that has the logit
/// `wanted`. The gradient is the same everywhere, the weights, so that all steps can be gone at once.
pub fn paint_for(weights: &[f64], bias: f64, picture: &[f64], wanted: f64) -> Vec<f64> {
    let logit = bias + weights.iter().zip(picture).map(|(w, x)| w * x).sum::<f64>();
    let way = (wanted - logit) / weights.iter().map(|w| w * w).sum::<f64>();
    picture.iter().zip(weights).map(|(x, w)| x + way * w).collect()
}
// ANCHOR_END: paint_for

// ANCHOR: generator_hinge
/// What the generator lowers in a game with the hinge loss: the mean logit of its pictures, with the sign turned.
pub fn generator_hinge<T: Tape<f32, AnyDevice>>(logits: Logits<T>) -> Tensor<Rank0, f32, AnyDevice, T> {
    logits.negate().mean()
}
// ANCHOR_END: generator_hinge

// ANCHOR: apart
/// How far the means of two groups of results are apart, measured by how far means of so few results are apart by
/// chance (Welch's t). Each group needs two results or more.
pub fn apart(ours: &[f64], others: &[f64]) -> f64 {
    let variance_of_mean =
        |results: &[f64]| record::standard_deviation(results).powi(2) / results.len() as f64;
    let difference = record::mean(ours) - record::mean(others);
    difference / (variance_of_mean(ours) + variance_of_mean(others)).sqrt()
}
// ANCHOR_END: apart

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlaps::overlaps;
    use crate::two_numbers::{Rules, play};

    #[test]
    fn exercise_1_the_second_round_is_that_of_the_solution() {
        let at = play(Rules::default(), 0.5, 2)[2];
        assert!((at.psi + 0.456).abs() < 5e-4 && (at.theta - 0.792).abs() < 5e-4, "{at:?}");
    }

    #[test]
    fn exercise_2_the_best_answers_are_those_of_the_solution() {
        assert!((best_discriminator(0.3, 0.1, false) - 0.75).abs() < 1e-12);
        assert!((best_discriminator(0.25, 0.25, true) - 2.0 / 3.0).abs() < 1e-12);
        // The cost at one place, p and q given: no other answer is cheaper.
        let cost = |d: f64| -0.3 * f64::ln(d) - 0.1 * f64::ln(1.0 - d);
        assert!(cost(0.75) < cost(0.74) && cost(0.75) < cost(0.76));
    }

    #[test]
    fn exercise_3_the_overlaps_are_those_of_the_solution() {
        assert_eq!(overlaps(5, 3, 4), [1, 1, 1, 2, 2, 1, 2, 2, 1, 2, 2, 1, 1, 1]);
        assert_eq!(overlaps(6, 3, 4), [1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1]);
    }

    #[test]
    fn exercise_7_hinge_asks_for_one_and_no_more() {
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
    fn exercise_4_each_cheat_is_betrayed_as_the_solution_says() {
        let (seed, count, each) = (1, 400, 60);
        let said = Said::parse("a red heart").unwrap();
        let real = pictures_of(said.kind, said.colour, each, FRESH);
        let other = pictures_of(said.kind, said.colour, each, FRESH ^ 1);
        let [_, fresh] = signs(&real, &other, seed, count);
        let [same, copies, anything, noisy] =
            cheats(&said, seed, count, each).map(|pictures| signs(&pictures, &other, seed, count));
        assert!(same[0] < 1e-6 && same[1] > 0.0, "{same:?}");
        assert!((0.6..1.6).contains(&copies[0]) && copies[1] == 0.0, "{copies:?}");
        assert!(anything[0] > 1.0 && anything[1] > 0.0, "{anything:?}");
        assert!(noisy[0] > 1.0 && noisy[1] > fresh, "{noisy:?} {fresh}");
        // Few pictures of anything are what was asked for.
        let match_of =
            pairs(Part::All, FRESH, 0..each as u64).iter().filter(|pair| pair.shows(&said)).count();
        assert!(match_of < each / 5, "{match_of}");
    }

    #[test]
    fn exercise_5_a_picture_for_the_judge_has_its_logit_and_is_like_no_real_one() {
        let (weights, bias) = ([3.0, 1.0], -2.0);
        let logit = |picture: &[f64]| bias + weights[0] * picture[0] + weights[1] * picture[1];
        let (dark, light) = ([0.2, 0.2], [0.8, 0.8]);
        assert!(logit(&dark) < 0.0 && logit(&light) > 0.0);
        let painted = paint_for(&weights, bias, &dark, logit(&light));
        assert!((painted[0] - 0.92).abs() < 1e-9 && (painted[1] - 0.44).abs() < 1e-9, "{painted:?}");
        assert!((logit(&painted) - logit(&light)).abs() < 1e-9);
    }

    #[test]
    fn exercise_8_the_generator_is_pushed_by_every_picture_alike() {
        let logits = lab::device(0).tensor_from_vec(vec![-20.0, 0.5, 3.0], (3,));
        let loss = generator_hinge(logits.leaky_trace());
        assert!((loss.array() - 5.5).abs() < 1e-5);
        let gradient = loss.backward().get(&logits).as_vec();
        assert!(gradient.iter().all(|found| (found + 1.0 / 3.0).abs() < 1e-6), "{gradient:?}");
    }

    #[test]
    fn exercise_8_groups_are_apart_by_what_their_spreads_allow() {
        // The means are 2 apart, both variances 1: −2 / √(1/3 + 1/3).
        assert!((apart(&[1.0, 2.0, 3.0], &[3.0, 4.0, 5.0]) + 2.449).abs() < 1e-3);
        assert!((apart(&[3.0, 4.0, 5.0], &[1.0, 2.0, 3.0]) - 2.449).abs() < 1e-3);
        assert_eq!(apart(&[1.0, 3.0], &[0.0, 4.0]), 0.0);
    }

    #[test]
    fn exercise_6_the_straight_line_is_too_short() {
        let [straight, arc] = half_way(32, 1);
        assert!((straight - 4.0).abs() < 0.1 && (arc - 5.63).abs() < 0.1, "{straight} {arc}");
    }
}
