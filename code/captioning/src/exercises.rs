//! Solutions to the chapter's exercises.

use crate::captioner::Rows;
use crate::{CHANNELS, HIDDEN};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;

// ANCHOR: ask
/// Exercise 1: where a query looks, α, and what it sees there, z. Each location has two numbers, and its key
/// is the same as its features, as in the example by hand.
pub fn ask(features: &[[f64; 2]], query: [f64; 2], v: [f64; 2]) -> (Vec<f64>, [f64; 2]) {
    let score = |key: &[f64; 2]| (0..2).map(|i| v[i] * (key[i] + query[i]).tanh()).sum::<f64>();
    let exponentials: Vec<f64> = features.iter().map(|key| score(key).exp()).collect();
    let total: f64 = exponentials.iter().sum();
    let alpha: Vec<f64> = exponentials.iter().map(|e| e / total).collect();
    let seen = |i: usize| alpha.iter().zip(features).map(|(a, feature)| a * feature[i]).sum();
    let z = [seen(0), seen(1)];
    (alpha, z)
}
// ANCHOR_END: ask

// ANCHOR: least_sum
/// Exercise 2: the least sum of the absolute values of $v$ with which one of `locations` can get a `share` of the
/// attention: exp(2 sum) / (exp(2 sum) + `locations` − 1) solved for the sum. Where an even look is enough, it is
/// 0.
pub fn least_sum(share: f64, locations: usize) -> f64 {
    let others = locations.saturating_sub(1) as f64;
    f64::max(0.0, (share / (1.0 - share) * others).ln() / 2.0)
}
// ANCHOR_END: least_sum

// ANCHOR: price
/// Exercise 3: the doubly stochastic penalty of a way to look, which has the shares of all locations for each
/// word.
pub fn price(looks: &[Vec<f64>]) -> f64 {
    let locations = looks.first().map_or(0, Vec::len);
    let total = |l: usize| looks.iter().map(|alpha| alpha[l]).sum::<f64>();
    (0..locations).map(|l| (1.0 - total(l)).powi(2)).sum()
}
// ANCHOR_END: price

// ANCHOR: best_baseline
/// Exercise 4: the baseline with which a single draw of hard attention is spread least: a mean of the
/// rewards, each weighted by how probable its location is and how long the gradient of its logarithm.
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

// ANCHOR: from_counts
/// Exercise 5: BLEU-1, BLEU-4 and ROUGE-L from what is counted by hand: how many words, pairs, triples and
/// quadruples of the hypothesis match, how many words the hypothesis, which has four or more, and its one
/// reference have, and the length of their longest common subsequence.
pub fn from_counts(matched: [u32; 4], words: [u32; 2], common: u32) -> [f64; 3] {
    let [hypothesis, reference] = words.map(f64::from);
    let brevity = f64::min(0.0, 1.0 - reference / hypothesis).exp();
    let totals = [hypothesis, hypothesis - 1.0, hypothesis - 2.0, hypothesis - 3.0];
    let shares: Vec<f64> = matched.iter().zip(totals).map(|(&m, total)| f64::from(m) / total).collect();
    let bleu_4 = shares.iter().product::<f64>().powf(0.25) * brevity;
    let (precision, recall) = (f64::from(common) / hypothesis, f64::from(common) / reference);
    let rouge_l = (1.0 + 1.2 * 1.2) * precision * recall / (recall + 1.2 * 1.2 * precision);
    [shares[0] * brevity, bleu_4, rouge_l]
}
// ANCHOR_END: from_counts

// ANCHOR: gated
/// Exercise 6: what is seen, $z_t$, times $β_t = σ(h_{t-1} w_β + b_β)$, one number for each row (Xu et al.
/// 2015, section 4.2.1). State and z have a tape each, which goes on with the product.
pub fn gated<T: Tape<f32, AnyDevice> + Merge<T>>(
    gate: &Linear<HIDDEN, 1, f32, AnyDevice>,
    state: Rows<HIDDEN, T>,
    z: Rows<CHANNELS, T>,
) -> Rows<CHANNELS, T> {
    let rows = z.shape().0;
    let beta = gate.forward(state).sigmoid().reshape_like(&(rows,));
    z * beta.broadcast_like::<_, Axis<1>>(&(rows, Const::<CHANNELS>))
}
// ANCHOR_END: gated

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LOCATIONS;
    use crate::captioner::Loss;
    use crate::hard_attention::{expected, spread};
    use crate::metrics::{self, Corpus};
    use layers::{Fixed, attention_weights, weighted_sum};
    use rand::RngExt;

    /// The picture of the example by hand: a dog, a heart, and nothing.
    const PICTURE: [[f64; 2]; 3] = [[2.0, 0.0], [0.0, 2.0], [0.0, 0.0]];

    #[track_caller]
    fn close(found: &[f64], wanted: &[f64], most: f64) {
        assert_eq!(found.len(), wanted.len());
        for (f, w) in found.iter().zip(wanted) {
            assert!((f - w).abs() <= most, "{found:?}, not {wanted:?}");
        }
    }

    #[test]
    fn exercise_1_looks_where_the_solution_says() {
        let (alpha, z) = ask(&PICTURE, [-1.0, -1.0], [2.0, 2.0]);
        close(&alpha, &[0.488, 0.488, 0.023], 5e-4);
        close(&z, &[0.977, 0.977], 5e-4);
        let scores = [-1.523_f64, 1.523, -1.523];
        let total: f64 = scores.iter().map(|e| e.exp()).sum();
        let (alpha, _) = ask(&PICTURE, [-1.0, -1.0], [0.0, 2.0]);
        close(&alpha, &scores.map(|e| e.exp() / total), 5e-4);
    }

    #[test]
    fn exercise_1_is_what_the_chapters_own_attention_gives() {
        let device = lab::device(0);
        let numbers: Vec<f32> = PICTURE.as_flattened().iter().map(|&x| x as f32).collect();
        let (features, _) = Fixed::new(device.tensor_from_vec(numbers, (1, 3, Const::<2>)));
        for (s, v) in [([-1.0, 0.0], [2.0, 2.0]), ([-1.0, -1.0], [2.0, 2.0]), ([-1.0, -1.0], [0.0, 2.0])] {
            let query = device.tensor_from_vec(s.map(|x| x as f32).to_vec(), (1, Const::<2>));
            let weights = attention_weights(&features, query, &device.tensor(v.map(|x| x as f32)));
            let (alpha, z) = ask(&PICTURE, s, v);
            let wide = |numbers: Vec<f32>| numbers.into_iter().map(f64::from).collect::<Vec<f64>>();
            close(&alpha, &wide(weights.as_vec()), 1e-5);
            close(&z, &wide(weighted_sum(weights, &features).as_vec()), 1e-5);
        }
    }

    #[test]
    fn exercise_2_is_enough_and_less_is_not() {
        close(&[least_sum(0.9, LOCATIONS)], &[3.74], 0.005);
        let mut rng = emoji_world::rng(1, 0);
        for (share, locations) in [(0.9, LOCATIONS), (0.5, LOCATIONS), (0.99, 10), (0.6, 2)] {
            let sum = least_sum(share, locations);
            let v = [0.3 * sum, -0.7 * sum];
            let largest =
                |features: &[[f64; 2]]| ask(features, [0.0; 2], v).0.into_iter().fold(0.0, f64::max);
            // One location with the largest score that there is, all others with the smallest.
            let mut best = vec![[-50.0, 50.0]; locations];
            best[0] = [50.0, -50.0];
            close(&[largest(&best)], &[share], 1e-9);
            // No other picture does better.
            for _ in 0..100 {
                let picture: Vec<[f64; 2]> = (0..locations)
                    .map(|_| [rng.random_range(-9.0..9.0), rng.random_range(-9.0..9.0)])
                    .collect();
                assert!(largest(&picture) <= share + 1e-9, "{share} {locations}");
            }
        }
        assert_eq!(least_sum(0.1, 2), 0.0);
    }

    #[test]
    fn exercise_3_costs_what_the_solution_says() {
        let words = 10;
        // A word that is looked for evenly at some of the locations.
        let evenly = |from: usize, count: usize| -> Vec<f64> {
            (0..LOCATIONS)
                .map(|l| if (from..from + count).contains(&l) { 1.0 / count as f64 } else { 0.0 })
                .collect()
        };
        let even = vec![evenly(0, LOCATIONS); words];
        let things = [vec![evenly(10, 20); words / 2], vec![evenly(100, 20); words / 2]].concat();
        let single = vec![evenly(7, 1); words];
        close(&[&even, &things, &single].map(|looks| price(looks)), &[176.5, 178.5, 276.0], 0.05);
        // The formula of the hint, for looks of any kind.
        let mut rng = emoji_world::rng(2, 0);
        let looks: Vec<Vec<f64>> = (0..words)
            .map(|_| {
                let drawn: Vec<f64> = (0..LOCATIONS).map(|_| rng.random_range(0.0..1.0)).collect();
                let total: f64 = drawn.iter().sum();
                drawn.iter().map(|x| x / total).collect()
            })
            .collect();
        let squares: f64 =
            (0..LOCATIONS).map(|l| looks.iter().map(|alpha| alpha[l]).sum::<f64>().powi(2)).sum();
        close(&[price(&looks)], &[LOCATIONS as f64 - 2.0 * words as f64 + squares], 1e-9);
    }

    #[test]
    fn exercise_4_no_baseline_is_better_than_the_best() {
        let (alpha, rewards) = ([0.5_f32, 0.3, 0.2], [-0.1_f32, -2.0, -1.0]);
        let best = best_baseline(&alpha, &rewards);
        let variance = |baseline| spread(&alpha, &rewards, baseline).variance;
        for other in [0.0, expected(&alpha, &rewards), best - 0.05, best + 0.05] {
            assert!(variance(best) < variance(other), "{other}");
        }
        // With two locations it takes all noise away.
        let (alpha, rewards) = ([0.6_f32, 0.4], [-1.0_f32, -3.0]);
        let best = best_baseline(&alpha, &rewards);
        close(&[best], &[-2.2], 1e-5);
        assert!(spread(&alpha, &rewards, best).variance.abs() < 1e-6);
    }

    #[test]
    fn exercise_5_is_what_the_scorers_say() {
        let pairs = [
            ("a is left of a", "a dog is left of a cat", from_counts([5, 3, 2, 1], [5, 7], 5)),
            (
                "a red dog is left of a cat",
                "a dog is left of a big cat",
                from_counts([7, 4, 3, 2], [8, 8], 7),
            ),
        ];
        close(&pairs[0].2, &[0.670, 0.474, 0.809], 5e-4);
        for (hypothesis, reference, counted) in pairs {
            let scores = metrics::score(&Corpus::new([(hypothesis, [reference])]).unwrap()).corpus;
            close(&counted, &[scores.bleu[0], scores.bleu[3], scores.rouge_l], 1e-6);
        }
    }

    #[test]
    fn exercise_5_cider_is_zero_where_all_sentences_have_one_form() {
        let cider = |references: &[&str]| {
            let pictures = references.iter().map(|reference| ("a is left of a", [reference]));
            metrics::cider(&Corpus::new(pictures).unwrap())
        };
        let form = ["a dog is left of a cat", "a key is left of a tree", "a car is left of a ball"];
        close(&cider(&form).pictures, &[0.0; 3], 1e-12);
        // One picture is told in another way.
        let found = cider(&[&form[..], &["two birds sit on the grass"]].concat()).pictures;
        assert!(found[..3].iter().all(|&score| 0.0 < score && score < 5.0), "{found:?}");
    }

    #[test]
    fn exercise_6_the_gate_opens_and_shuts_row_by_row() {
        let device = lab::device(1);
        // The gate hears the state's first number alone, so that β is 1, 0, ½ and ¾.
        let mut weight = [[0.0; HIDDEN]];
        weight[0][0] = 1.0;
        let three = 3.0_f32.ln();
        let gate: Linear<HIDDEN, 1, f32, AnyDevice> =
            Linear { weight: device.tensor(weight), bias: device.zeros() };
        let mut states = vec![0.0; 4 * HIDDEN];
        for (state, first) in states.chunks_exact_mut(HIDDEN).zip([40.0, -40.0, 0.0, three]) {
            state[0] = first;
        }
        let numbers: Vec<f32> = (0..4 * CHANNELS).map(|i| 1.0 + (i % 7) as f32).collect();
        let state: Rows<HIDDEN> = device.tensor_from_vec(states, (4, Const));
        let z: Rows<CHANNELS> = device.tensor_from_vec(numbers.clone(), (4, Const));

        let seen = gated(&gate, state.leaky_trace(), z.leaky_trace());
        let betas = [1.0, 0.0, 0.5, 0.75];
        for ((seen, z), beta) in
            seen.as_vec().chunks_exact(CHANNELS).zip(numbers.chunks_exact(CHANNELS)).zip(betas)
        {
            seen.iter().zip(z).for_each(|(seen, z)| assert!((seen - beta * z).abs() < 1e-4, "{beta}"));
        }

        // β (1 − β) times the sum of the row's numbers reaches the gate and the state, and β reaches z.
        let loss: Loss = seen.sum();
        let gradients = loss.backward();
        let row = |r: usize| numbers[r * CHANNELS..(r + 1) * CHANNELS].iter().sum::<f32>();
        let near =
            |found: f32, wanted: f32| assert!((found - wanted).abs() < 1e-3 * wanted, "{found} {wanted}");
        near(gradients.get(&gate.bias).as_vec()[0], 0.25 * row(2) + 0.1875 * row(3));
        near(gradients.get(&gate.weight).as_vec()[0], 0.1875 * three * row(3));
        near(gradients.get(&state).as_vec()[2 * HIDDEN], 0.25 * row(2));
        near(gradients.get(&z).as_vec()[3 * CHANNELS], 0.75);

        // The bias alone.
        let gate = Linear { weight: device.zeros(), bias: device.tensor([three]) };
        for (seen, z) in gated(&gate, state, z).as_vec().iter().zip(&numbers) {
            assert!((seen - 0.75 * z).abs() < 1e-4);
        }
    }
}
