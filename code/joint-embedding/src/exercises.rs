//! Solutions to the chapter's exercises.

use crate::model::Model;
use crate::names::Names;
use crate::space::{BothWays, Space, Vector, cosine, mean, unit};
use crate::{Error, SIDE, WORDS, by_hand};
use emoji_world::augmentation::{Augmentation, pictures};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// How a convolution or a pooling moves over its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its side.
    pub side: usize,
    /// Locations between one window and the next.
    pub stride: usize,
    /// Zeros added on every side of the input.
    pub padding: usize,
}

/// The windows of the [picture encoder](crate::picture_encoder), in order.
pub const PICTURE_ENCODER: [Window; 7] = [
    Window { side: 5, stride: 2, padding: 2 },
    Window { side: 3, stride: 1, padding: 1 },
    Window { side: 2, stride: 2, padding: 0 },
    Window { side: 3, stride: 1, padding: 1 },
    Window { side: 2, stride: 2, padding: 0 },
    Window { side: 3, stride: 1, padding: 1 },
    Window { side: 2, stride: 2, padding: 0 },
];

// ANCHOR: receptive_field
/// Exercise 2: the side of the feature map that `windows` make of a picture, and the side of its
/// *receptive field*, the square of pixels that one of its numbers depends on.
///
/// `None` if a window does not fit, or a stride is 0.
pub fn receptive_field(picture: usize, windows: &[Window]) -> Option<(usize, usize)> {
    let (mut side, mut field) = (picture, 1);
    // Pixels between two neighbouring locations.
    let mut jump = 1;
    for window in windows {
        side = (side + 2 * window.padding).checked_sub(window.side)?.checked_div(window.stride)? + 1;
        field += window.side.checked_sub(1)? * jump;
        jump *= window.stride;
    }
    Some((side, field))
}
// ANCHOR_END: receptive_field

// ANCHOR: chance
/// Exercise 3: R@`k` and the median rank, 1 for the first, if the candidates stand in a random order.
///
/// Each of the places from 1 to the number of candidates is then equally likely.
pub fn chance(candidates: usize, k: usize) -> (f64, f64) {
    let within = k.min(candidates) as f64 / candidates.max(1) as f64;
    (within, (candidates + 1) as f64 / 2.0)
}
// ANCHOR_END: chance

// ANCHOR: semi_hard
/// Exercise 4: the semi-hard negative of a row of cosines (Schroff et al. 2015, section 3.2): of the wrong
/// candidates that are farther than the right one, but by less than the margin, the nearest.
pub fn semi_hard(cosines: &[f32], right: usize, margin: f32) -> Option<usize> {
    let own = cosines[right];
    let candidates = cosines.iter().copied().enumerate();
    let within = candidates.filter(|&(place, s)| place != right && s < own && s > own - margin);
    within.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}
// ANCHOR_END: semi_hard

// ANCHOR: several_views
/// Exercise 5: the vectors of `count` views of each emoji.
///
/// The first view is the one that the chapter tests with. Training views have seeds from 2³² on, so none
/// of these was trained on.
pub fn several_views(model: &mut Model, emoji: &[usize], count: u64) -> Vec<Vec<Vector>> {
    let mut views = vec![Vec::new(); emoji.len()];
    for seed in 1..=count {
        let pixels = pictures(emoji, SIDE, &Augmentation::default(), seed);
        views.iter_mut().zip(model.embed_pictures(&pixels)).for_each(|(views, vector)| views.push(vector));
    }
    views
}

/// One vector for each emoji from its first `count` views: their mean, scaled to length 1.
pub fn averaged(views: &[Vec<Vector>], count: usize) -> Vec<Vector> {
    views.iter().map(|views| unit(&mean(&views[..count.min(views.len())]))).collect()
}
// ANCHOR_END: several_views

// ANCHOR: row_adam
/// Exercise 6: Adam for a table of which a step reads few rows. The others stay as they are, and so do their averages.
#[derive(Clone, Debug)]
pub struct RowAdam<const D: usize> {
    /// $\eta$.
    rate: f32,
    /// Of each row the averages $a_1$ and $a_2$, and how often it was read.
    rows: Vec<([f32; D], [f32; D], i32)>,
}

impl<const D: usize> RowAdam<D> {
    /// For a table of so many rows.
    pub fn new(rows: usize, rate: f32) -> Self {
        Self { rate, rows: vec![([0.0; D], [0.0; D], 0); rows] }
    }

    /// A step: which rows were read, each named once, and their gradients.
    ///
    /// # Panics
    ///
    /// If the table has no such row.
    pub fn update(&mut self, table: &mut [[f32; D]], read: &[usize], gradients: &[[f32; D]]) {
        const BETA: [f32; 2] = [0.9, 0.999];
        const EPSILON: f32 = 1e-8;
        for (&row, gradient) in read.iter().zip(gradients) {
            let (a1, a2, steps) = &mut self.rows[row];
            *steps += 1;
            let whole = BETA.map(|beta| 1.0 - beta.powi(*steps));
            for ((x, g), (a1, a2)) in table[row].iter_mut().zip(gradient).zip(a1.iter_mut().zip(a2)) {
                *a1 = BETA[0] * *a1 + (1.0 - BETA[0]) * g;
                *a2 = BETA[1] * *a2 + (1.0 - BETA[1]) * g * g;
                *x -= self.rate * (*a1 / whole[0]) / ((*a2 / whole[1]).sqrt() + EPSILON);
            }
        }
    }
}
// ANCHOR_END: row_adam

/// How far Adam moves a number whose gradient is 1 in the first step and 0 in all others, in units of the learning rate:
/// in the first step, and in `others`. Adam sees a row that is not read as one that is, with a gradient of zero.
fn after_one_gradient(others: usize) -> (f32, f32) {
    let (mut adam, mut table) = (RowAdam::<1>::new(1, 1.0), [[0.0]]);
    adam.update(&mut table, &[0], &[[1.0]]);
    let first = table[0][0];
    for _ in 0..others {
        adam.update(&mut table, &[0], &[[0.0]]);
    }
    (-first, first - table[0][0])
}

// ANCHOR: word_pairs
/// Exercise 7: names with every pair of neighbouring words as a further word.
///
/// Gives the new bags, and the pairs; the first pair has the number `words`, the next one `words` + 1.
pub fn with_word_pairs(names: &[Vec<u32>], words: usize) -> (Vec<Vec<u32>>, Vec<[u32; 2]>) {
    let mut pairs = Vec::new();
    let mut numbers: HashMap<[u32; 2], u32> = HashMap::new();
    let mut bags = names.to_vec();
    for (bag, name) in bags.iter_mut().zip(names) {
        for pair in name.array_windows::<2>() {
            let number = *numbers.entry(*pair).or_insert_with(|| {
                pairs.push(*pair);
                (words + pairs.len() - 1) as u32
            });
            bag.push(number);
        }
    }
    (bags, pairs)
}
// ANCHOR_END: word_pairs

/// How the wrong names lie around pictures: shares of the pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Negatives {
    /// A wrong name is at least as near as the right one.
    hard: f64,
    /// There is a semi-hard negative.
    semi_hard: f64,
    /// Every wrong name is farther than the right one by the margin or more.
    none: f64,
}

fn negatives(space: &Space, shown: &[usize], margin: f32) -> Negatives {
    let share = 1.0 / shown.len().max(1) as f64;
    let mut found = Negatives::default();
    for &id in shown {
        let cosines: Vec<f32> = space.names.iter().map(|name| cosine(&space.pictures[id], name)).collect();
        let wrong = || cosines.iter().enumerate().filter(|&(place, _)| place != id);
        let hard = wrong().any(|(_, &s)| s >= cosines[id]);
        let semi_hard = semi_hard(&cosines, id, margin).is_some();
        found.hard += if hard { share } else { 0.0 };
        found.semi_hard += if semi_hard { share } else { 0.0 };
        found.none += if hard || semi_hard { 0.0 } else { share };
    }
    found
}

/// What word pairs would change: counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PairCounts {
    /// Different pairs.
    pairs: usize,
    /// Pairs that one name alone has.
    in_one_name: usize,
    /// Names with at least one pair: all others stay as they are.
    names: usize,
    /// Names that are another name's words in another order.
    reordered: usize,
    /// Held-out names.
    held_out: usize,
    /// Held-out names whose every pair is in a seen name.
    composed: usize,
}

fn pair_counts(names: &Names) -> PairCounts {
    let (bags, pairs) = with_word_pairs(&names.bags, WORDS);
    // Each once, even if a name has it twice.
    let of = |id: usize| -> BTreeSet<u32> { bags[id][names.bags[id].len()..].iter().copied().collect() };
    let mut names_with: HashMap<u32, usize> = HashMap::new();
    (0..bags.len()).flat_map(of).for_each(|pair| *names_with.entry(pair).or_default() += 1);
    let mut orders: HashMap<Vec<u32>, usize> = HashMap::new();
    for bag in &names.bags {
        let mut sorted = bag.clone();
        sorted.sort_unstable();
        *orders.entry(sorted).or_default() += 1;
    }
    let seen: BTreeSet<u32> = names.seen.iter().flat_map(|&id| of(id)).collect();
    PairCounts {
        pairs: pairs.len(),
        in_one_name: names_with.values().filter(|&&count| count == 1).count(),
        names: names.bags.iter().filter(|bag| bag.len() > 1).count(),
        reordered: orders.values().filter(|&&count| count > 1).sum(),
        held_out: names.held_out.len(),
        composed: names.held_out.iter().filter(|&&id| of(id).is_subset(&seen)).count(),
    }
}

/// What the solutions print about a trained model.
///
/// # Errors
///
/// If no name is seen or none is held out.
pub fn results(model: &mut Model, names: &Names) -> Result<String, Error> {
    let all: Vec<usize> = (0..names.bags.len()).collect();
    let mut text = String::new();
    let mut line = |line: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{line}");
    };

    if let Some((side, field)) = receptive_field(SIDE, &PICTURE_ENCODER) {
        line(format!("2. picture encoder: {side} × {side} locations, receptive field {field} × {field}"));
    }
    let [at_1, at_5, at_10] = [1, 5, 10].map(|k| 100.0 * chance(all.len(), k).0);
    let median = chance(all.len(), 1).1;
    line(format!("3. by chance: R@1 {at_1:.2} %, R@5 {at_5:.2} %, R@10 {at_10:.2} %, median rank {median}"));

    let views = several_views(model, &all, 8);
    let name_vectors = model.embed_names(&names.all());
    let space = |count| Space { pictures: averaged(&views, count), names: name_vectors.clone() };
    let margin = by_hand::MARGIN;
    let found = negatives(&space(1), &names.seen, margin);
    line(format!("4. seen pictures, margin {margin}"));
    line(format!("   a wrong name is as near or nearer                 {:5.1} %", 100.0 * found.hard));
    line(format!("   there is a semi-hard negative                     {:5.1} %", 100.0 * found.semi_hard));
    line(format!("   every wrong name is farther by the margin or more {:5.1} %", 100.0 * found.none));

    line("5. R@1        seen to names  to pictures   held out to names  to pictures".into());
    for count in [1, 2, 4, 8] {
        let space = space(count);
        let percent = |ways: BothWays| [ways.to_names, ways.to_pictures].map(|way| 100.0 * way.at_1);
        let [seen_names, seen_pictures] = percent(space.both_ways(&names.seen)?);
        let [held_names, held_pictures] = percent(space.both_ways(&names.held_out)?);
        let views = if count == 1 { "view " } else { "views" };
        line(format!(
            "   {count} {views} {seen_names:13.1} % {seen_pictures:10.1} % {held_names:17.1} % {held_pictures:10.1} %"
        ));
    }

    let (first, later) = after_one_gradient(100);
    line(format!("6. a row that is read once moves by {first:.2} of the learning rate in that step,"));
    line(format!("   and by {later:.2} of it in the next 100, unless Adam leaves it alone"));

    let counts = pair_counts(names);
    line(format!("7. {WORDS} words, {} different pairs of neighbours", counts.pairs));
    line(format!("   pairs that one name alone has: {}", counts.in_one_name));
    line(format!("   names that get a pair: {} of {}", counts.names, all.len()));
    line(format!("   names that are another one's words in another order: {}", counts.reordered));
    line(format!(
        "   held-out names whose every pair is in a seen name: {} of {}",
        counts.composed, counts.held_out
    ));
    text.truncate(text.trim_end().len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views;
    use layers::convolution::Geometry;
    use layers::{ConvolutionConfig, Grid};

    #[test]
    fn exercise_1_a_higher_temperature() {
        // Picture 0 with temperature 1: exponents 0.8, 0.6, -0.6.
        let exponents = by_hand::example().cosines[0].clone();
        let sum: f32 = exponents.iter().map(|s| s.exp()).sum();
        let close = |a: f32, b: f32| assert!((a - b).abs() < 5e-4, "{a} {b}");
        close(sum, 4.5965);
        close(sum.ln() - 0.8, 0.7253);
        let probabilities: Vec<f32> = exponents.iter().map(|s| s.exp() / sum).collect();
        probabilities.iter().zip([0.4842, 0.3964, 0.1194]).for_each(|(&a, b)| close(a, b));
        // With temperature 0.2, (p - y) / τ.
        let sharp = &by_hand::example().probabilities[0];
        close(sharp[1] / by_hand::TEMPERATURE, 1.344);
        close((sharp[0] - 1.0) / by_hand::TEMPERATURE, -1.347);
        close(sharp[2] / by_hand::TEMPERATURE, 0.003);
    }

    /// The places along one direction that a place of the last layer depends on, found by going back
    /// through the layers; padding counts as places too.
    fn reach(windows: &[Window]) -> usize {
        let mut places = BTreeSet::from([1000_usize]);
        for window in windows.iter().rev() {
            let of = |&place: &usize| (0..window.side).map(move |u| place * window.stride + u);
            places = places.iter().flat_map(of).collect();
        }
        places.len()
    }

    #[test]
    fn exercise_2_agrees_with_the_layers_and_with_counting() {
        for seed in 0..200 {
            let mut rng = emoji_world::rng(seed, 0);
            let windows: Vec<Window> = (0..3)
                .map(|_| {
                    use rand::RngExt;
                    // No gaps between windows, so that the field is whole.
                    let side = rng.random_range(1..6);
                    Window { side, stride: rng.random_range(1..=side), padding: rng.random_range(0..3) }
                })
                .collect();
            let mut grid = Ok(Grid::new(19, 19));
            for &Window { side, stride, padding } in &windows {
                grid = grid.and_then(|grid| {
                    let config = ConvolutionConfig { stride, padding };
                    Geometry::new(grid, side, config).map(|geometry| geometry.output)
                });
            }
            let found = receptive_field(19, &windows);
            assert_eq!(found.map(|(side, _)| side), grid.ok().map(|grid| grid.height), "{windows:?}");
            if let Some((_, field)) = found {
                assert_eq!(field, reach(&windows), "{windows:?}");
            }
        }
        assert_eq!(receptive_field(SIDE, &PICTURE_ENCODER), Some((2, 47)));
        assert_eq!(receptive_field(4, &[Window { side: 2, stride: 0, padding: 0 }]), None);
        assert_eq!(receptive_field(4, &[Window { side: 5, stride: 1, padding: 0 }]), None);
    }

    #[test]
    fn exercise_3_is_what_all_places_give() {
        for candidates in 1..40 {
            let every_place: Vec<usize> = (0..candidates).collect();
            let found = crate::space::Retrieval::of(&every_place).unwrap();
            for (k, at_k) in [(1, found.at_1), (5, found.at_5), (10, found.at_10)] {
                assert_eq!(chance(candidates, k), (at_k, found.median), "{candidates} {k}");
            }
        }
    }

    #[test]
    fn exercise_4_is_between_the_right_one_and_the_margin() {
        let cosines = [0.95, 0.8, 0.7, 0.65, 0.8, 0.1];
        assert_eq!(semi_hard(&cosines, 1, 0.2), Some(2), "0.95 is harder, 0.8 as near");
        assert_eq!(semi_hard(&cosines, 1, 0.05), None);
        assert_eq!(semi_hard(&cosines, 5, 0.2), None, "all others are nearer");
        assert_eq!(semi_hard(&cosines, 0, 0.2), Some(4), "the last of two that are as near");
    }

    #[test]
    fn exercise_5_one_view_is_the_test_view() {
        let mut model = Model::new(5, 0.05);
        let emoji = [3, 700];
        let views = several_views(&mut model, &emoji, 2);
        assert_eq!(views.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        let test = model.embed_pictures(&views::test(&emoji));
        for (averaged, test) in averaged(&views, 1).iter().zip(&test) {
            averaged.iter().zip(test).for_each(|(a, b)| assert!((a - b).abs() < 1e-6));
        }
        for (averaged, views) in averaged(&views, 2).iter().zip(&views) {
            assert!((cosine(averaged, averaged) - 1.0).abs() < 1e-5);
            assert!((cosine(averaged, &views[0]) - cosine(averaged, &views[1])).abs() < 1e-5);
            assert!(cosine(&views[0], &views[1]) < 1.0 - 1e-6, "two views differ");
        }
    }

    #[test]
    fn exercise_6_is_adam_where_every_row_is_read() {
        use dfdx::optim::{Adam, AdamConfig, Optimizer};
        use dfdx::prelude::*;
        type Table = dfdx::nn::modules::Embedding<3, 2, f32, Cpu>;
        let device = Cpu::seed_from_u64(1);
        let mut dense: Table = layers::fresh::module(&device);
        let mut sparse: Vec<[f32; 2]> = dense.weight.array().to_vec();
        let mut adam = Adam::new(&dense, AdamConfig { lr: 0.1, ..AdamConfig::default() });
        let mut row_adam = RowAdam::new(3, 0.1);
        for step in 0..20 {
            let gradient: Tensor<Rank2<3, 2>, f32, Cpu> = device.sample_normal();
            let loss = (dense.weight.leaky_trace() * gradient.clone()).sum();
            adam.update(&mut dense, &loss.backward()).unwrap();
            row_adam.update(&mut sparse, &[2, 0, 1], &[2, 0, 1].map(|row| gradient.array()[row]));
            for (a, b) in dense.weight.as_vec().iter().zip(sparse.as_flattened()) {
                assert!((a - b).abs() < 1e-5, "step {step}: {a} {b}");
            }
        }
        // What is not read stays, and goes on later as if nothing had been.
        let (before, mut again) = (sparse.clone(), row_adam.clone());
        row_adam.update(&mut sparse, &[1], &[[1.0, -1.0]]);
        assert_eq!([sparse[0], sparse[2]], [before[0], before[2]]);
        assert_ne!(sparse[1], before[1]);
        let mut alone = before.clone();
        again.update(&mut alone, &[0], &[[0.5, 0.5]]);
        row_adam.update(&mut sparse, &[0], &[[0.5, 0.5]]);
        assert_eq!(alone[0], sparse[0]);
    }

    #[test]
    fn exercise_7_tells_orders_apart() {
        let (bags, pairs) = with_word_pairs(&[vec![1, 0], vec![0, 1], vec![2], vec![0, 1, 0]], 3);
        assert_eq!(pairs, [[1, 0], [0, 1]]);
        assert_eq!(bags, [vec![1, 0, 3], vec![0, 1, 4], vec![2], vec![0, 1, 0, 4, 3]]);

        let names = Names {
            bags: vec![vec![1, 0], vec![0, 1], vec![2], vec![2, 0, 1], vec![1, 2]],
            seen: vec![0, 1, 2],
            held_out: vec![3, 4],
        };
        let counts = pair_counts(&names);
        // 1-0, 0-1 (twice), 2-0, 1-2.
        assert_eq!((counts.pairs, counts.in_one_name, counts.names), (4, 3, 4));
        assert_eq!((counts.reordered, counts.composed, counts.held_out), (2, 0, 2));
    }

    #[test]
    fn wrong_names_are_sorted_by_how_near_they_are() {
        let at = |degrees: f32| -> Vector {
            let (sin, cos) = degrees.to_radians().sin_cos();
            std::array::from_fn(|i| [cos, sin].get(i).copied().unwrap_or(0.0))
        };
        // Cosines of picture 0: 1, 0.94, 0.5; of picture 1, which lies at 20°: 0.94, 1, 0.77; picture 2 lies
        // on the name of picture 0.
        let space =
            Space { pictures: vec![at(0.0), at(20.0), at(0.0)], names: vec![at(0.0), at(20.0), at(60.0)] };
        let found = negatives(&space, &[0, 2], 0.2);
        assert_eq!(found, Negatives { hard: 0.5, semi_hard: 0.5, none: 0.0 });
        assert_eq!(negatives(&space, &[0], 0.05).none, 1.0);
    }

    #[test]
    fn results_are_the_same_every_time() {
        let names = Names::of_emoji().unwrap();
        // A few of the emoji: the whole set is the chapter's run.
        let few =
            Names { bags: names.bags[..80].to_vec(), seen: (0..70).collect(), held_out: (70..80).collect() };
        let mut model = Model::new(2, 0.05);
        let text = results(&mut model, &few).unwrap();
        assert_eq!(text, results(&mut model, &few).unwrap());
        for line in ["2. picture encoder: 2 × 2", "median rank 40.5", "   8 views", "of 80", "of 10"] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
