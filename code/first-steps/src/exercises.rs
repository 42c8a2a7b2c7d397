//! The solutions of the exercises.

use crate::loss::{Loss, mean_loss};
use crate::numbers::{centre, mean, parse};
use crate::tensors::slope;
use crate::{AnyDevice, Error};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;

// ANCHOR: cubic
/// y = x² (1 − x) and its slope at x.
pub fn cubic(device: &AnyDevice, x: f32) -> (f32, f32) {
    let x = device.tensor(x);
    // Both factors come from x: each has a tape of its own, and the product joins them.
    let y = x.leaky_trace().square() * (x.leaky_trace() * -1.0 + 1.0);
    let value = y.array();
    (value, y.backward().get(&x).array())
}
// ANCHOR_END: cubic

// ANCHOR: deviation
/// The root of the mean squared distance from the mean, if there are any numbers.
pub fn standard_deviation(numbers: &[f32]) -> Option<f32> {
    let middle = mean(numbers)?;
    let squares: Vec<f32> = numbers.iter().map(|x| (x - middle).powi(2)).collect();
    mean(&squares).map(f32::sqrt)
}

/// Gives numbers the mean 0 and the standard deviation 1. Equal numbers become zeros.
pub fn standardise(numbers: &mut [f32]) {
    let Some(deviation) = standard_deviation(numbers) else { return };
    centre(numbers);
    if deviation > 0.0 {
        for number in numbers {
            *number /= deviation;
        }
    }
}
// ANCHOR_END: deviation

// ANCHOR: absolute
/// The distance between guess and truth.
pub struct Absolute;

impl Loss for Absolute {
    fn of(&self, guess: f32, truth: f32) -> f32 {
        (guess - truth).abs()
    }
}

/// The mean loss of the lines of a text, in each a guess and the truth.
///
/// # Errors
///
/// If something is not a number, or a line has not two of them.
pub fn loss_of_lines<L: Loss>(loss: &L, text: &str) -> Result<Option<f32>, Error> {
    let mut pairs = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let numbers = parse(line)?;
        let [guess, truth] = numbers[..] else {
            return Err(Error::NotAPair { line: i + 1, found: numbers.len() });
        };
        pairs.push((guess, truth));
    }
    Ok(mean_loss(loss, &pairs))
}
// ANCHOR_END: absolute

// ANCHOR: remainder
/// A table less the mean of each column, and then less that of each row.
pub fn remainder<const ROWS: usize, const COLUMNS: usize>(
    table: Tensor<Rank2<ROWS, COLUMNS>, f32, AnyDevice>,
) -> Tensor<Rank2<ROWS, COLUMNS>, f32, AnyDevice> {
    let of_columns: Tensor<Rank1<COLUMNS>, f32, AnyDevice> = table.clone().mean();
    let table = table - of_columns.broadcast();
    let of_rows: Tensor<Rank1<ROWS>, f32, AnyDevice> = table.clone().mean();
    table - of_rows.broadcast()
}
// ANCHOR_END: remainder

// ANCHOR: descend
/// Where `steps` steps against the slope of y = (3x − 1)² lead, from `start` on.
pub fn descend(device: &AnyDevice, start: f32, learning_rate: f32, steps: usize) -> f32 {
    let mut x = start;
    for _ in 0..steps {
        let (_, here) = slope(device, x);
        x -= learning_rate * here;
    }
    x
}
// ANCHOR_END: descend

// ANCHOR: parity
/// All eight questions, and to each whether an odd number of its three is 1.
pub fn parity() -> ([[f32; 3]; 8], [[f32; 1]; 8]) {
    let digits = |i: usize| [i / 4, i / 2 % 2, i % 2];
    let questions = std::array::from_fn(|i| digits(i).map(|digit| digit as f32));
    let answers = std::array::from_fn(|i| [(digits(i).iter().sum::<usize>() % 2) as f32]);
    (questions, answers)
}

/// Three numbers in, some hidden ones, one out.
pub type Net<const HIDDEN: usize> = ((Linear<3, HIDDEN>, Tanh), Linear<HIDDEN, 1>);

/// How many of the eight answers are right after some steps, with `HIDDEN` hidden numbers.
///
/// # Errors
///
/// If a parameter got no gradient.
pub fn learned<const HIDDEN: usize>(seed: u64, steps: usize) -> Result<usize, Error> {
    let device = lab::device(seed);
    let mut net = device.build_module::<Net<HIDDEN>, f32>();
    let mut adam = Adam::new(&net, AdamConfig { lr: 0.05, ..AdamConfig::default() });
    let mut gradients = net.alloc_grads();
    let (questions, answers) = parity();
    for _ in 0..steps {
        let logits = net.forward_mut(device.tensor(questions).traced(gradients));
        let loss = binary_cross_entropy_with_logits_loss(logits, device.tensor(answers));
        gradients = loss.backward();
        adam.update(&mut net, &gradients).map_err(|_| Error::NoGradient)?;
        net.zero_grads(&mut gradients);
    }
    // A logit above 0 is a probability above one half.
    let logits = net.forward(device.tensor(questions)).array();
    let pairs = logits.iter().zip(&answers);
    Ok(pairs.filter(|(logit, answer)| (logit[0] > 0.0) == (answer[0] > 0.5)).count())
}
// ANCHOR_END: parity

/// Seeds of the small project.
const SEEDS: u64 = 20;

/// How many times as many steps the last column has.
const LONGER: usize = 5;

/// For hidden layers of several widths: how many of the eight answers are right after some steps, the mean over
/// `SEEDS`, and how many of the networks have all of them right, after these steps and after `LONGER` times as many.
///
/// # Errors
///
/// If a parameter got no gradient.
pub fn shown(steps: usize) -> Result<String, Error> {
    let longer = LONGER * steps;
    let heads = [
        "hidden numbers",
        "right on average",
        "all eight",
        &format!("after {} steps", record::group_thousands(&longer.to_string())),
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let mut row = |hidden: usize, learned: fn(u64, usize) -> Result<usize, Error>| {
        let after =
            |steps| (1..=SEEDS).map(|seed| learned(seed, steps)).collect::<Result<Vec<usize>, Error>>();
        let all =
            |right: &[usize]| format!("{} of {SEEDS}", right.iter().filter(|right| **right == 8).count());
        let (right, later) = (after(steps)?, after(longer)?);
        let mean = right.iter().sum::<usize>() as f64 / right.len() as f64;
        rows.push(vec![hidden.to_string(), format!("{mean:.1} of 8"), all(&right), all(&later)]);
        Ok::<_, Error>(())
    };
    row(1, learned::<1>)?;
    row(2, learned::<2>)?;
    row(3, learned::<3>)?;
    row(4, learned::<4>)?;
    row(8, learned::<8>)?;
    row(16, learned::<16>)?;
    Ok(lab::table::right(&rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{Squared, mean_loss};

    #[test]
    fn exercise_1_the_slope_and_the_differences_are_those_by_hand() {
        // Put your numbers in place of these.
        let (by_hand, from_differences) = (-8.0, -8.01);
        let device = lab::device(1);
        let (y, slope) = cubic(&device, 2.0);
        assert_eq!(y, -4.0);
        assert!((slope - by_hand).abs() < 1e-5, "{slope}");
        let at = |x: f64| x * x * (1.0 - x);
        let found = |little: f64| (at(2.0 + little) - at(2.0 - little)) / (2.0 * little);
        assert!((found(0.1) - from_differences).abs() < 1e-9, "{}", found(0.1));
        assert!((at(2.1) + 4.851).abs() < 1e-9 && (at(1.9) + 3.249).abs() < 1e-9);
        // A tenth of the distance, a hundredth of the error.
        assert!((found(0.01) + 8.0001).abs() < 1e-9, "{}", found(0.01));
        // A factor without a tape counts as a fixed number.
        let x = device.tensor(2.0_f32);
        let y = x.leaky_trace().square() * (x.clone() * -1.0 + 1.0);
        assert_eq!(y.backward().get(&x).array(), -4.0);
    }

    #[test]
    fn exercise_2_numbers_are_standardised() {
        let mut numbers = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(standard_deviation(&numbers), Some(2.0));
        standardise(&mut numbers);
        assert_eq!(numbers, [-1.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 2.0]);
        let mut equal = [3.0, 3.0];
        standardise(&mut equal);
        assert_eq!(equal, [0.0, 0.0]);
        assert_eq!(standard_deviation(&[]), None);
        standardise(&mut []);
    }

    #[test]
    fn exercise_3_lines_have_a_loss_or_an_error() {
        let lines = "1, 1.5\n2, 2\n9, 3";
        let pairs = [(1.0, 1.5), (2.0, 2.0), (9.0, 3.0)];
        assert_eq!(loss_of_lines(&Absolute, lines).unwrap(), Some((0.5 + 0.0 + 6.0) / 3.0));
        assert_eq!(loss_of_lines(&Squared, lines).unwrap(), mean_loss(&Squared, &pairs));
        assert_eq!(loss_of_lines(&Absolute, "").unwrap(), None);
        for (lines, parts) in [
            ("1, 2\n3, x", ["\"x\"", "number 2 of the line"]),
            ("1, 2\n3", ["line 2", "got 1"]),
            ("1, 2, 3\n4, 5", ["line 1", "got 3"]),
        ] {
            let error = loss_of_lines(&Absolute, lines).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }

    #[test]
    fn exercise_4_what_is_left_is_what_no_sum_can_tell() {
        let device = lab::device(1);
        // Put your numbers in place of these.
        let sums = [[0.0; 3]; 2];
        let (and, exclusive_or) = ([[0.25, -0.25], [-0.25, 0.25]], [[-0.5, 0.5], [0.5, -0.5]]);
        assert_eq!(remainder(device.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).array(), sums);
        assert_eq!(remainder(device.tensor([[0.0, 0.0], [0.0, 1.0]])).array(), and);
        assert_eq!(remainder(device.tensor([[0.0, 1.0], [1.0, 0.0]])).array(), exclusive_or);
        // In whichever order: the means of columns and rows are 0 afterwards.
        let left = remainder(device.tensor([[1.0, -2.0, 4.0], [0.5, 3.0, 8.0], [5.0, 5.0, 0.0]])).array();
        for i in 0..3 {
            assert!(left[i].iter().sum::<f32>().abs() < 1e-5, "{left:?}");
            assert!(left.iter().map(|row| row[i]).sum::<f32>().abs() < 1e-5, "{left:?}");
        }
    }

    #[test]
    fn exercise_5_each_step_multiplies_the_distance_by_the_same_number() {
        let device = lab::device(1);
        let distance = |learning_rate, steps| descend(&device, 2.0, learning_rate, steps) - 1.0 / 3.0;
        for learning_rate in [0.01, 0.1, 0.12] {
            let factor = 1.0 - 18.0 * learning_rate;
            let (before, after) = (distance(learning_rate, 4), distance(learning_rate, 5));
            assert!((after / before - factor).abs() < 1e-3, "{learning_rate}: {before} {after}");
        }
        // One step with 1/18 arrives, small steps come near, 1/9 goes to and fro, and larger ones go away.
        assert!(distance(1.0 / 18.0, 1).abs() < 1e-6);
        assert!(distance(0.1, 50).abs() < 1e-3);
        assert!((distance(1.0 / 9.0, 5) + distance(1.0 / 9.0, 6)).abs() < 1e-4);
        assert!(distance(0.12, 20).abs() > 10.0);
    }

    #[test]
    fn exercise_6_parity_is_within_reach_of_two_and_learned_with_sixteen() {
        let (questions, answers) = parity();
        assert_eq!((questions[0], answers[0]), ([0.0, 0.0, 0.0], [0.0]));
        assert_eq!((questions[5], answers[5]), ([1.0, 0.0, 1.0], [0.0]));
        assert_eq!((questions[7], answers[7]), ([1.0, 1.0, 1.0], [1.0]));
        assert_eq!(answers.iter().filter(|answer| answer[0] == 1.0).count(), 4);
        let net = lab::device(1).build_module::<Net<8>, f32>();
        assert_eq!(net.num_trainable_params(), 41);
        // The two hidden numbers of the solution, for no, one, two and three ones.
        let logit = |ones: f32| 10.0 * (0.1 * ones - 0.15).tanh() - (10.0 * ones - 15.0).tanh();
        for (ones, by_hand) in [-0.49, 0.5, -0.5, 0.49].into_iter().enumerate() {
            assert!((logit(ones as f32) - by_hand).abs() < 0.005, "{ones}: {}", logit(ones as f32));
        }
        // One hidden number rises or falls, and changes the answer once.
        assert!((1..=3).all(|seed| learned::<1>(seed, 300).unwrap() < 8));
        assert!((1..=3).any(|seed| learned::<16>(seed, 300).unwrap() == 8));
    }
}
