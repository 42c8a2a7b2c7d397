//! The game: two networks, two optimizers, one step each in turn.
//!
//! With $σ$ the sigmoid, the discriminator lowers (Reed et al. 2016, algorithm 1)
//!
//! $$ L_D = -\ln σ(D(x, φ)) - \tfrac{1}{2} \left(\ln(1 - σ(D(x, \hat φ))) + \ln(1 - σ(D(G(z, φ), φ)))\right) $$
//!
//! for a real picture $x$, its sentence $φ$, a sentence $\hat φ$ that is not true of it, and a painted picture;
//! the generator lowers
//!
//! $$ L_G = -\ln σ(D(G(z, φ), φ)), $$
//!
//! which has the larger gradient where the discriminator is sure of itself (Goodfellow et al. 2014, section 3).

use crate::discriminator::{Discriminator, Logits};
use crate::generator::Generator;
use crate::noise::noise;
use crate::pairs::{Pair, Part, pairs, wrong_sentence};
use crate::sentence_encoder::{SentenceEncoder, Vectors, input, pixels};
use crate::spectral_norm::SpectralNorm;
use crate::{Error, SENTENCE};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::rng;
use lab::Device as AnyDevice;
use rand::RngExt;
use std::collections::BTreeMap;

// ANCHOR: settings
/// How to play.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Steps of both players.
    pub steps: usize,
    /// Pairs a step.
    pub batch: usize,
    /// Adam's learning rate for the generator.
    pub generator_rate: f32,
    /// Adam's learning rate for the discriminator.
    pub discriminator_rate: f32,
    /// Adam's first momentum for both.
    pub momentum: f64,
    /// What the discriminator is to say of real pictures with their sentences: less than 1 is one-sided label
    /// smoothing.
    pub real: f32,
    /// Whether the discriminator is shown real pictures with wrong sentences.
    pub wrong: bool,
    /// Whether the generator paints between two sentences, too.
    pub between: bool,
    /// The largest singular value that the discriminator's matrices may have; 0 for any.
    pub spectral: f32,
    /// How much of itself the averaged generator keeps a step; 0 for no average.
    pub average: f64,
    /// How much it costs the generator to paint the same from different noise.
    pub seeking: f32,
    /// The deviation of noise on what the discriminator sees.
    pub blur: f32,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            steps: 3000,
            batch: 32,
            generator_rate: 4e-4,
            discriminator_rate: 4e-4,
            momentum: 0.5,
            real: 0.9,
            wrong: true,
            between: true,
            spectral: 0.0,
            average: 0.995,
            seeking: 0.2,
            blur: 0.0,
            seed: 1,
        }
    }
}
// ANCHOR_END: settings

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub steps: usize,
    /// What the discriminator's answers cost.
    pub discriminator_loss: f32,
    /// What the generator's pictures cost.
    pub generator_loss: f32,
    /// The discriminator's mean probabilities for real pictures with right and wrong sentences, and for painted
    /// ones.
    pub believed: [f32; 3],
}

/// Both players and what they need.
#[derive(Debug)]
pub struct Game {
    /// Paints.
    pub generator: Generator,
    /// The average of the generators of all steps, the later the heavier: what is used afterwards.
    pub average: Generator,
    /// Judges.
    pub discriminator: Discriminator,
    sentences: SentenceEncoder,
    generator_adam: Adam<Generator, f32, AnyDevice>,
    discriminator_adam: Adam<Discriminator, f32, AnyDevice>,
    spectral: SpectralNorm,
    settings: Settings,
    step: usize,
}

impl Game {
    /// Fresh players.
    pub fn new(sentences: SentenceEncoder, settings: &Settings) -> Self {
        let generator = Generator::fresh(settings.seed);
        let discriminator = Discriminator::fresh(settings.seed);
        let adam = |rate: f32| AdamConfig { lr: f64::from(rate), betas: [settings.momentum, 0.999], ..AdamConfig::default() };
        Self {
            generator_adam: Adam::new(&generator, adam(settings.generator_rate)),
            discriminator_adam: Adam::new(&discriminator, adam(settings.discriminator_rate)),
            average: generator.clone(),
            generator,
            discriminator,
            sentences,
            spectral: SpectralNorm::default(),
            settings: settings.clone(),
            step: 0,
        }
    }

    /// One step of both on the pairs of this step.
    ///
    /// # Errors
    ///
    /// If a loss is not a number any more.
    pub fn step(&mut self) -> Result<Progress, Error> {
        let Settings { batch, seed, .. } = self.settings;
        let at = (self.step * batch) as u64;
        let pairs = pairs(Part::Training, seed, at..at + batch as u64);
        let right = self.sentences.encode(pairs.iter().map(|pair| pair.sentence.as_str()))?;
        let wrong = self.wrong(&pairs)?;
        let sentences = if self.settings.between { between(&right, seed, self.step as u64) } else { right.clone() };
        let sentences = if self.settings.seeking > 0.0 { twice(&sentences) } else { sentences };
        let noise = noise(sentences.shape().0, seed ^ NOISE_G, self.step as u64);
        let both = self.generator.input(&noise, &sentences).leaky_traced();
        let (painted, tape) = self.generator.forward(both, true).split_tape();
        let (loss_d, believed) = self.discriminator_step(&pairs, &right, &wrong, &painted, &sentences)?;
        let loss_g = self.generator_step(painted.put_tape(tape), &sentences, &noise)?;
        let step = self.step;
        for (network, loss) in [("discriminator", loss_d), ("generator", loss_g)] {
            if !loss.is_finite() {
                return Err(Error::Diverged { network, loss, step });
            }
        }
        self.step += 1;
        Ok(Progress { steps: self.step, discriminator_loss: loss_d, generator_loss: loss_g, believed })
    }

    /// A wrong sentence for each pair.
    fn wrong(&self, pairs: &[Pair]) -> Result<Vectors, Error> {
        let mut rng = rng(self.settings.seed ^ WRONG, self.step as u64);
        let wrong: Vec<String> = (0..pairs.len()).map(|place| wrong_sentence(pairs, place, &mut rng)).collect();
        self.sentences.encode(wrong.iter().map(String::as_str))
    }

    // ANCHOR: discriminator_step
    fn discriminator_step(&mut self, pairs: &[Pair], right: &Vectors, wrong: &Vectors, painted: &crate::generator::Pictures, sentences: &Vectors) -> Result<(f32, [f32; 3]), Error> {
        let Settings { seed, real, .. } = self.settings;
        let device = self.discriminator.last.bias.device().clone();
        let blur = self.settings.blur;
        let noisy = |x: Vec<f32>, place: u64| -> Vec<f32> {
            if blur == 0.0 { return x; }
            let n = crate::noise::normal(x.len(), seed ^ 77, 2 * self.step as u64 + place);
            x.iter().zip(n).map(|(x, n)| x + blur * n).collect()
        };
        let shape = *painted.shape();
        let painted = device.tensor_from_vec(noisy(painted.as_vec(), 0), shape);
        let pictures = device.tensor_from_vec(noisy(input(&device, &pixels(pairs)).as_vec(), 1), shape);

        let seen = self.discriminator.look(pictures.leaky_traced());
        let matching = self.discriminator.judge(seen.with_empty_tape(), right);
        let mismatched = self.discriminator.judge(seen, wrong);
        let false_ones = self.discriminator.judge(self.discriminator.look(painted.leaky_traced()), sentences);
        let believed = [mean_probability(&matching), mean_probability(&mismatched), mean_probability(&false_ones)];

        let loss = if self.settings.wrong {
            costs(matching, real) + (costs(mismatched, 0.0) + costs(false_ones, 0.0)) * 0.5
        } else {
            costs(matching, real) + costs(mismatched, 0.0) * 0.0 + costs(false_ones, 0.0)
        };
        let value = loss.array();
        let gradients = loss.backward();
        self.discriminator_adam.update(&mut self.discriminator, &gradients).map_err(Error::optimizer)?;
        if self.settings.spectral > 0.0 {
            self.spectral.limit(&mut self.discriminator, self.settings.spectral);
        }
        Ok((value, believed))
    }
    // ANCHOR_END: discriminator_step

    // ANCHOR: generator_step
    fn generator_step(&mut self, painted: crate::generator::Pictures<OwnedTape<f32, AnyDevice>>, sentences: &Vectors, noise: &[f32]) -> Result<f32, Error> {
        let alike = (self.settings.seeking > 0.0).then(|| sameness(painted.with_empty_tape(), noise));
        let logits = self.discriminator.judge(self.discriminator.look(painted), sentences);
        let loss = costs(logits, 1.0);
        let loss = match alike { Some(alike) => loss + alike * self.settings.seeking, None => loss };
        let value = loss.array();
        // These gradients hold the discriminator's too. They are dropped at the end of this function.
        let gradients = loss.backward();
        self.generator_adam.update(&mut self.generator, &gradients).map_err(Error::optimizer)?;
        // In the beginning there is nothing worth keeping.
        let keep = self.settings.average.min((1.0 + self.step as f64) / (10.0 + self.step as f64));
        self.average.ema(&self.generator, keep);
        self.average.take_statistics(&self.generator);
        Ok(value)
    }
    // ANCHOR_END: generator_step
}

// ANCHOR: costs
/// The mean cross entropy of logits, where the probability of *real* is to be `target`.
fn costs<T: Tape<f32, AnyDevice>>(logits: Logits<T>, target: f32) -> Tensor<Rank0, f32, AnyDevice, T> {
    let targets = logits.device().tensor_from_vec(vec![target; logits.shape().0], *logits.shape());
    binary_cross_entropy_with_logits_loss(logits, targets)
}
// ANCHOR_END: costs

fn mean_probability<T: Tape<f32, AnyDevice>>(logits: &Logits<T>) -> f32 {
    let logits = logits.as_vec();
    logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).sum::<f32>() / logits.len() as f32
}

/// The first half of the sentences, twice.
fn twice(sentences: &Vectors) -> Vectors {
    let vectors = sentences.as_vec();
    let half = sentences.shape().0 / 2;
    let twice: Vec<f32> = vectors[..half * SENTENCE].repeat(2);
    sentences.device().tensor_from_vec(twice, (2 * half, Const))
}

/// How alike pictures of the same sentences are for how unlike their noise is: the distance of the noise over the
/// distance of the pictures (Mao et al. 2019, equation 5, upside down as in their program).
fn sameness<T: Tape<f32, AnyDevice>>(painted: crate::generator::Pictures<T>, noise: &[f32]) -> Tensor<Rank0, f32, AnyDevice, T> {
    let pictures = painted.shape().0;
    let half = pictures / 2;
    let mut signs = vec![0.0; half * pictures];
    for i in 0..half {
        signs[i * pictures + i] = 1.0;
        signs[i * pictures + half + i] = -1.0;
    }
    let (first, second) = noise.split_at(noise.len() / 2);
    let between_noise = first.iter().zip(second).map(|(a, b)| (a - b).abs()).sum::<f32>() / first.len() as f32;
    let device = painted.device().clone();
    let signs = device.tensor_from_vec(signs, (half, pictures)).put_tape(T::default());
    let numbers = painted.shape().1 * 3;
    let rows = painted.reshape_like(&(pictures, numbers));
    let between_pictures = signs.matmul(rows).abs().mean();
    (between_pictures + 1e-4).recip() * between_noise
}

// ANCHOR: between
/// Sentences half of which lie between two of the batch, which nobody wrote (Reed et al. 2016, equation 5).
fn between(right: &Vectors, seed: u64, step: u64) -> Vectors {
    let (vectors, mut rng) = (right.as_vec(), rng(seed ^ BETWEEN, step));
    let count = right.shape().0;
    let mut mixed = vectors.clone();
    for i in (1..count).step_by(2) {
        let (other, share) = (rng.random_range(0..count), rng.random::<f32>());
        for d in 0..SENTENCE {
            mixed[i * SENTENCE + d] = share * vectors[i * SENTENCE + d] + (1.0 - share) * vectors[other * SENTENCE + d];
        }
    }
    right.device().tensor_from_vec(mixed, *right.shape())
}
// ANCHOR_END: between

const WRONG: u64 = 0x77_726f_6e67;
const NOISE_D: u64 = 0x6e_6f69_7365;
const NOISE_G: u64 = 0x6e_6f69_7366;
const BETWEEN: u64 = 0x62_6574_7765;

impl Settings {
    /// The settings by name, for records and checkpoints.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("steps", self.steps.to_string()),
            ("batch", self.batch.to_string()),
            ("generator rate", self.generator_rate.to_string()),
            ("discriminator rate", self.discriminator_rate.to_string()),
            ("momentum", self.momentum.to_string()),
            ("real", self.real.to_string()),
            ("wrong", self.wrong.to_string()),
            ("between", self.between.to_string()),
            ("spectral", self.spectral.to_string()),
            ("average", self.average.to_string()),
            ("seed", self.seed.to_string()),
        ];
        facts.map(|(name, value)| (name.to_owned(), value)).into()
    }
}
