//! A game whose every move can be drawn: the data are numbers in two heaps.
//!
//! Half of the real numbers lie around −2 and half around 2. The generator is a network of one number to one
//! number and has to spread the one heap of its noise over two. If the generator's numbers have the density $p_G$ and
//! the real ones $p_\mathrm{data}$, then the best discriminator says of $x$
//!
//! $$ D^*(x) = \frac{p_\mathrm{data}(x)}{p_\mathrm{data}(x) + p_G(x)} $$
//!
//! (Goodfellow et al. 2014, proposition 1), which is ½ everywhere once $p_G$ is $p_\mathrm{data}$.

use crate::Error;
use crate::noise::normal;
use dfdx::nn::builders::{Linear, Tanh};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::rng;
use lab::AnyDevice;
use rand::RngExt;

/// Where the heaps lie: at minus and plus this.
pub const HEAP: f32 = 2.0;

/// The standard deviation of each heap.
pub const SPREAD: f32 = 0.4;

/// Numbers a step.
const BATCH: usize = 128;

/// Numbers that the game is measured with.
pub const MEASURED: usize = 4000;

/// A player: one number to one number.
type Player = ((Linear<1, 32>, Tanh), (Linear<32, 32>, Tanh), Linear<32, 1>);

type Built = <Player as BuildOnDevice<AnyDevice, f32>>::Built;

type Numbers<T = NoneTape> = Tensor<(usize, Const<1>), f32, AnyDevice, T>;

/// `count` real numbers, which follow from the seed and the place.
pub fn real(count: usize, seed: u64, place: u64) -> Vec<f32> {
    let mut coin = rng(seed ^ COINS, place);
    let spread = normal(count, seed ^ HEAPS, place);
    spread.into_iter().map(|x| SPREAD * x + if coin.random() { HEAP } else { -HEAP }).collect()
}

const HEAPS: u64 = 0x68_6561_7073;
const COINS: u64 = 0x63_6f69_6e73;

/// The density of the real numbers.
pub fn density(x: f32) -> f32 {
    let heap = |middle: f32| (-((x - middle) / SPREAD).powi(2) / 2.0).exp();
    (heap(HEAP) + heap(-HEAP)) / (2.0 * SPREAD * (2.0 * std::f32::consts::PI).sqrt())
}

/// What the game is at some step.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Steps done.
    pub step: usize,
    /// [`MEASURED`] numbers of the generator, in ascending order.
    pub generated: Vec<f32>,
    /// How far they are from real ones: [`wasserstein`].
    pub distance: f64,
    /// The discriminator's probability of *real* at each of [`places`].
    pub believed: Vec<f32>,
}

/// Where the discriminator is asked: from −4 to 4.
pub fn places() -> Vec<f32> {
    (0..=80_u8).map(|i| f32::from(i) / 10.0 - 4.0).collect()
}

/// The mean of what the discriminator believes where the heaps are: within two standard deviations of a heap's
/// middle.
pub fn where_the_heaps_are(moment: &Moment) -> f64 {
    let near = |x: f32| (x.abs() - HEAP).abs() <= 2.0 * SPREAD;
    let believed = places().into_iter().zip(&moment.believed).filter(|(x, _)| near(*x));
    record::mean(&believed.map(|(_, believed)| f64::from(*believed)).collect::<Vec<_>>())
}

/// The mean distance between two sets of numbers, the smallest paired with the smallest and so on: the
/// Wasserstein distance of order 1 (of equally many numbers).
pub fn wasserstein(a: &[f32], b: &[f32]) -> f64 {
    let sorted = |numbers: &[f32]| {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted
    };
    let (a, b) = (sorted(a), sorted(b));
    let distance: f64 = a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).sum();
    distance / a.len().max(1) as f64
}

/// How far two sets of [`MEASURED`] real numbers are from each other: what a generator cannot be expected to get
/// below.
pub fn distance_of_real(seed: u64) -> f64 {
    wasserstein(&real(MEASURED, seed, u64::MAX), &real(MEASURED, seed, u64::MAX - 1))
}

/// Plays `steps` steps and tells what the game is at each of the steps in `at`. `leak`: the gradients that the
/// generator's loss has for the discriminator are forgotten to be cleared.
///
/// # Errors
///
/// If an update fails, or a loss is not a number any more.
pub fn play(steps: usize, at: &[usize], seed: u64, leak: bool) -> Result<Vec<Moment>, Error> {
    let device = lab::device(seed);
    let mut players: (Built, Built) =
        (device.build_module::<Player, f32>(), device.build_module::<Player, f32>());
    let config = |lr| AdamConfig { lr, betas: [0.5, 0.999], ..AdamConfig::default() };
    let mut adam = (Adam::new(&players.0, config(1e-3)), Adam::new(&players.1, config(2e-3)));
    let moment = |players: &(Built, Built), step: usize| {
        let noise = column(&device, normal(MEASURED, seed ^ 1, u64::MAX));
        let mut generated = players.0.forward(noise).as_vec();
        generated.sort_unstable_by(f32::total_cmp);
        let logits = players.1.forward(column(&device, places())).as_vec();
        let believed = logits.into_iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
        let distance = wasserstein(&generated, &real(MEASURED, seed, u64::MAX));
        Moment { step, generated, distance, believed }
    };
    let mut moments = Vec::new();
    // ANCHOR: step
    let mut gradients = players.alloc_grads(); // of both players
    for step in 0..=steps {
        if at.contains(&step) {
            moments.push(moment(&players, step));
        }
        let place = step as u64;
        let noise = column(&device, normal(BATCH, seed, place));

        // The discriminator's step. The generator's numbers come without a tape.
        let made = players.0.forward(noise.clone());
        let of_real = players.1.forward(column(&device, real(BATCH, seed, place)).traced(gradients));
        let (loss, tape) = cost(of_real, 1.0).split_tape();
        let loss = cost(players.1.forward(made.put_tape(tape)), 0.0) + loss;
        finite("discriminator", loss.array(), step)?;
        gradients = loss.backward();
        adam.1.update(&mut players.1, &gradients).map_err(lab::TrainingError::optimizer)?;
        players.zero_grads(&mut gradients);

        // The generator's step. The tape runs through the discriminator, which gets gradients, too.
        let made = players.0.forward(noise.traced(gradients));
        let loss = cost(players.1.forward(made), 1.0);
        finite("generator", loss.array(), step)?;
        gradients = loss.backward();
        adam.0.update(&mut players.0, &gradients).map_err(lab::TrainingError::optimizer)?;
        if leak {
            players.0.zero_grads(&mut gradients); // and the discriminator's stay
        } else {
            players.zero_grads(&mut gradients);
        }
    }
    // ANCHOR_END: step
    Ok(moments)
}

/// Numbers as a column: so many × 1.
fn column(device: &AnyDevice, numbers: Vec<f32>) -> Numbers {
    let count = numbers.len();
    device.tensor_from_vec(numbers, (count, Const))
}

/// The mean cross entropy of logits, where the probability of *real* is to be `target`.
fn cost<T: Tape<f32, AnyDevice>>(logits: Numbers<T>, target: f32) -> Tensor<Rank0, f32, AnyDevice, T> {
    let targets = logits.device().tensor_from_vec(vec![target; logits.shape().0], *logits.shape());
    binary_cross_entropy_with_logits_loss(logits, targets)
}

fn finite(network: &'static str, loss: f32, step: usize) -> Result<(), Error> {
    if loss.is_finite() { Ok(()) } else { Err(Error::diverged(network, loss, step)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_is_that_of_the_numbers() {
        let numbers = real(40_000, 1, 0);
        for (from, to) in [(-3.0_f32, -2.0_f32), (-2.0, -1.5), (-0.5, 0.5), (2.0, 2.5)] {
            let share = numbers.iter().filter(|x| (from..to).contains(*x)).count() as f32 / 40_000.0;
            let step = (to - from) / 1000.0;
            let area: f32 = (0..1000_u16).map(|i| density(from + (f32::from(i) + 0.5) * step) * step).sum();
            assert!((share - area).abs() < 0.01, "{from} to {to}: {share} {area}");
        }
    }

    #[test]
    fn the_distance_is_how_far_numbers_must_be_moved() {
        assert_eq!(wasserstein(&[3.0, 1.0], &[1.5, 3.5]), 0.5);
        assert_eq!(wasserstein(&[1.0, 2.0], &[2.0, 1.0]), 0.0);
    }

    #[test]
    fn the_generator_comes_near_and_the_discriminator_is_left_to_guess() {
        let moments = play(1000, &[0, 1000], 1, false).unwrap();
        assert!(moments[0].distance > 1.5, "{}", moments[0].distance);
        assert!(moments[1].distance < 0.5, "{}", moments[1].distance);
        let believed = where_the_heaps_are(&moments[1]);
        assert!((believed - 0.5).abs() < 0.06, "{believed}");
    }

    #[test]
    fn a_leak_makes_it_believe_two_thirds() {
        let moments = play(1000, &[1000], 1, true).unwrap();
        let believed = where_the_heaps_are(&moments[0]);
        assert!((believed - 2.0 / 3.0).abs() < 0.06, "{believed}");
    }
}
