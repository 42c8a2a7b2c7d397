//! The game: two networks, two optimizers, one step each in turn.
//!
//! With $σ$ the sigmoid, the discriminator lowers (Reed et al. 2016, algorithm 1)
//!
//! $$ \mathcal{L}_D = -\ln σ(D(x, φ)) - \tfrac{1}{2} \left(\ln(1 - σ(D(x, \hat φ))) + \ln(1 - σ(D(G(z, φ), φ)))\right) $$
//!
//! for a real picture $x$, its sentence $φ$, a sentence $\hat φ$ that is not true of it, and a painted picture;
//! the generator lowers
//!
//! $$ \mathcal{L}_G = -\ln σ(D(G(z, φ), φ)) + λ \, \frac{\text{mean of } |z_1 - z_2|}{\text{mean of } |G(z_1, φ) - G(z_2, φ)|}, $$
//!
//! whose first term has the larger gradient where the discriminator is sure of itself (Goodfellow et al. 2014,
//! section 3), and whose second asks for different pictures from different noise (Mao et al. 2019,
//! arXiv:1903.05628, equation 5).

use crate::batch::{Batch, Source, input};
use crate::discriminator::{Discriminator, Logits};
use crate::generator::{Generator, Pictures};
use crate::noise::noise;
use crate::sentence_encoder::{SentenceEncoder, Vectors, as_loud};
use crate::spectral_norm::SpectralNorm;
use crate::{Error, FULL_SIZE, SENTENCE, SIDE};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::rng;
use lab::AnyDevice;
use layers::Mode;
use rand::RngExt;
use std::collections::BTreeMap;

// ANCHOR: settings
/// How to play.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Steps of both players.
    pub steps: usize,
    /// Pictures a step.
    pub batch: usize,
    /// Adam's learning rate for the generator.
    pub generator_rate: f32,
    /// Adam's learning rate for the discriminator.
    pub discriminator_rate: f32,
    /// What the discriminator is to say of real pictures with their sentences. Less than 1 is one-sided label
    /// smoothing.
    pub real_label: f32,
    /// Whether the discriminator is shown real pictures with wrong sentences.
    pub wrong_sentences: bool,
    /// Whether the generator paints between two sentences, too (GAN-INT).
    pub interpolate: bool,
    /// λ: how much it costs the generator to paint the same from different noise.
    pub mode_seeking: f32,
    /// The largest singular value that the discriminator's matrices may have; 0 for any.
    pub spectral_limit: f32,
    /// How much of itself the averaged generator keeps a step.
    pub ema_decay: f64,
    /// Whether there are sentences: without, every picture has the same empty one.
    pub sentences: bool,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            steps: 3200,
            batch: 32,
            generator_rate: 1e-3,
            discriminator_rate: 2e-3,
            real_label: 0.9,
            wrong_sentences: true,
            interpolate: false,
            mode_seeking: 0.1,
            spectral_limit: 2.0,
            ema_decay: 0.995,
            sentences: true,
            seed: 1,
        }
    }
}
// ANCHOR_END: settings

impl Settings {
    // ANCHOR: full_size
    /// Settings for a card, beside the larger pictures: four times the pictures a step, and
    /// twice the steps.
    ///
    /// Chosen by counting: the arithmetic is at most 32 times as much, and larger batches
    /// start fewer kernels for the same work.
    pub fn full_size() -> Self {
        let usual = Self::default();
        Self { batch: 128, steps: 2 * usual.steps, ..usual }
    }
    // ANCHOR_END: full_size

    /// The settings by name, for records and checkpoints.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("steps", self.steps.to_string()),
            ("batch", self.batch.to_string()),
            ("generator rate", self.generator_rate.to_string()),
            ("discriminator rate", self.discriminator_rate.to_string()),
            ("real", self.real_label.to_string()),
            ("wrong", self.wrong_sentences.to_string()),
            ("between", self.interpolate.to_string()),
            ("seeking", self.mode_seeking.to_string()),
            ("spectral", self.spectral_limit.to_string()),
            ("average", self.ema_decay.to_string()),
            ("sentences", self.sentences.to_string()),
            ("seed", self.seed.to_string()),
        ];
        let side = FULL_SIZE.then(|| ("side", SIDE.to_string()));
        facts.into_iter().chain(side).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub steps: usize,
    /// What the discriminator's answers cost.
    pub discriminator_loss: f32,
    /// What the generator's pictures cost, without what it pays for sameness.
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

/// Adam's first momentum: with the usual 0.9 the players swing (Radford et al. 2016, section 4).
const MOMENTUM: f64 = 0.5;

/// The share of the game in which the learning rates go down to nothing, at its end.
const LAST: f64 = 0.25;

impl Game {
    /// Fresh players.
    pub fn new(sentences: SentenceEncoder, settings: &Settings) -> Self {
        let generator = Generator::fresh(settings.seed);
        let discriminator = Discriminator::fresh(settings.seed);
        let adam = AdamConfig { betas: [MOMENTUM, 0.999], ..AdamConfig::default() };
        Self {
            generator_adam: Adam::new(&generator, adam),
            discriminator_adam: Adam::new(&discriminator, adam),
            average: generator.clone(),
            generator,
            discriminator,
            sentences,
            spectral: SpectralNorm::default(),
            settings: settings.clone(),
            step: 0,
        }
    }

    // ANCHOR: step
    /// One step of both players.
    ///
    /// # Errors
    ///
    /// If a loss is not a number any more.
    pub fn step(&mut self, batch: &Batch) -> Result<Progress, Error> {
        let Settings { seed, steps, .. } = self.settings;
        let right = self.vectors(&batch.right);
        let wrong = self.vectors(&batch.wrong);
        let sentences = twice(&if self.settings.interpolate {
            between(&right, seed, self.step as u64)
        } else {
            right.clone()
        });
        let noise = noise(sentences.shape().0, seed, self.step as u64);

        // One painting serves both: the discriminator gets the numbers, the generator keeps the tape.
        let both = self.generator.input(&noise, &sentences);
        let (painted, tape) = self.generator.forward(both.leaky_traced(), Mode::Training).split_tape();

        let slower = ((1.0 - self.step as f64 / steps as f64) / LAST).min(1.0);
        self.discriminator_adam.cfg.lr = slower * f64::from(self.settings.discriminator_rate);
        self.generator_adam.cfg.lr = slower * f64::from(self.settings.generator_rate);
        let (shown, said) = if self.settings.interpolate {
            written(&painted, &sentences)
        } else {
            (painted.clone(), sentences.clone())
        };
        let (discriminator_loss, believed) =
            self.discriminator_step(&batch.pixels, [&right, &wrong], &shown, &said)?;
        let generator_loss = self.generator_step(painted.put_tape(tape), &sentences, &noise)?;
        for (network, loss) in [("discriminator", discriminator_loss), ("generator", generator_loss)] {
            if !loss.is_finite() {
                return Err(Error::diverged(network, loss, self.step));
            }
        }
        self.step += 1;
        Ok(Progress { steps: self.step, discriminator_loss, generator_loss, believed })
    }
    // ANCHOR_END: step

    fn vectors(&self, words: &[Vec<usize>]) -> Vectors {
        if self.settings.sentences {
            self.sentences.vectors(words)
        } else {
            self.sentences.nothing(words.len())
        }
    }

    // ANCHOR: discriminator_step
    /// The discriminator's step, on its three kinds of pairs.
    fn discriminator_step(
        &mut self,
        pixels: &[f32],
        [right, wrong]: [&Vectors; 2],
        painted: &Pictures,
        sentences: &Vectors,
    ) -> Result<(f32, [f32; 3]), Error> {
        let discriminator = self.discriminator.learning();
        let real = input(discriminator.last.bias.device(), pixels);
        let seen = discriminator.look(real.leaky_traced());
        let matching = discriminator.logits(seen.with_empty_tape(), right);
        let mismatched = discriminator.logits(seen, wrong);
        let false_ones = discriminator.logits(discriminator.look(painted.leaky_trace()), sentences);
        // The optimizer would have to copy what two networks share.
        drop(discriminator);
        let believed = [probability(&matching), probability(&mismatched), probability(&false_ones)];

        let of_wrong = if self.settings.wrong_sentences { 0.5 } else { 0.0 };
        let loss = cost(matching, self.settings.real_label)
            + cost(mismatched, 0.0) * of_wrong
            + cost(false_ones, 0.0) * 0.5;
        let value = loss.array();
        let gradients = loss.backward();
        self.discriminator_adam
            .update(&mut self.discriminator, &gradients)
            .map_err(lab::TrainingError::optimizer)?;
        if self.settings.spectral_limit > 0.0 {
            self.spectral.limit(&mut self.discriminator, self.settings.spectral_limit);
        }
        Ok((value, believed))
    }
    // ANCHOR_END: discriminator_step

    // ANCHOR: generator_step
    /// The generator's step. The tape of what it painted goes on through the discriminator, as that is now.
    fn generator_step(
        &mut self,
        painted: Pictures<OwnedTape<f32, AnyDevice>>,
        sentences: &Vectors,
        noise: &[f32],
    ) -> Result<f32, Error> {
        let alike = sameness(painted.with_empty_tape(), noise);
        let discriminator = self.discriminator.fixed();
        let loss = cost(discriminator.logits(discriminator.look(painted), sentences), 1.0);
        let value = loss.array();
        // These gradients hold some of the discriminator's, too. Nobody takes them, and they are dropped with the rest.
        let gradients = (loss + alike * self.settings.mode_seeking).backward();
        self.generator_adam.update(&mut self.generator, &gradients).map_err(lab::TrainingError::optimizer)?;

        // In the beginning there is nothing worth keeping.
        let keep = self.settings.ema_decay.min((1.0 + self.step as f64) / (10.0 + self.step as f64));
        self.average.ema(&self.generator, keep);
        self.average.take_statistics(&self.generator);
        Ok(value)
    }
    // ANCHOR_END: generator_step
}

// ANCHOR: cost
/// The mean cross entropy of logits, where the probability of *real and right* is to be `target`.
fn cost<T: Tape<f32, AnyDevice>>(logits: Logits<T>, target: f32) -> Tensor<Rank0, f32, AnyDevice, T> {
    let targets = logits.device().tensor_from_vec(vec![target; logits.shape().0], *logits.shape());
    binary_cross_entropy_with_logits_loss(logits, targets)
}
// ANCHOR_END: cost

fn probability<T: Tape<f32, AnyDevice>>(logits: &Logits<T>) -> f32 {
    let logits = logits.as_vec();
    logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).sum::<f32>() / logits.len() as f32
}

// ANCHOR: between
/// The same sentences, of which every second is moved to somewhere between itself and another one (Reed et al.
/// 2016, section 4.3): nobody wrote those, and no picture is needed for them. What is between is made as long as
/// the ends, so that its length does not give it away.
fn between(right: &Vectors, seed: u64, step: u64) -> Vectors {
    let (vectors, mut rng) = (right.as_vec(), rng(seed ^ BETWEEN, step));
    let (rows, _) = vectors.as_chunks::<SENTENCE>();
    let mut mixed = rows.to_vec();
    for row in mixed.iter_mut().skip(1).step_by(2) {
        let (other, share) = (rng.random_range(0..rows.len()), rng.random::<f32>());
        row.iter_mut().zip(rows[other]).for_each(|(one, other)| *one = share * *one + (1.0 - share) * other);
    }
    as_loud(right.device().tensor_from_vec(mixed.into_flattened(), *right.shape()))
}

/// Of painted pictures and their sentences, those whose sentence somebody wrote. The discriminator gets no real
/// picture with a sentence between two others, and so no painted one either: it would learn that such sentences
/// come with painted pictures.
fn written(painted: &Pictures, sentences: &Vectors) -> (Pictures, Vectors) {
    let rows = sentences.shape().0;
    let kept: Vec<usize> = (0..rows).filter(|row| (row % (rows / 2)).is_multiple_of(2)).collect();
    let of = |numbers: Vec<f32>| -> Vec<f32> {
        let each = numbers.len() / rows;
        kept.iter().flat_map(|row| &numbers[row * each..][..each]).copied().collect()
    };
    let device = sentences.device();
    let (pixels, vectors) = (of(painted.as_vec()), of(sentences.as_vec()));
    let count = kept.len();
    (
        device.tensor_from_vec(pixels, (count, painted.shape().1, Const)),
        device.tensor_from_vec(vectors, (count, Const)),
    )
}
// ANCHOR_END: between

const BETWEEN: u64 = 0x62_6574_7765;

// ANCHOR: sameness
/// The first half of the sentences, twice: so that there are two pictures of each.
fn twice(sentences: &Vectors) -> Vectors {
    let half = sentences.shape().0 / 2;
    let first = &sentences.as_vec()[..half * SENTENCE];
    sentences.device().tensor_from_vec(first.repeat(2), (2 * half, Const))
}

/// How alike pictures of one sentence are for how different their noise is: the mean distance of the noise over
/// that of the pictures.
fn sameness<T: Tape<f32, AnyDevice>>(
    painted: Pictures<T>,
    noise: &[f32],
) -> Tensor<Rank0, f32, AnyDevice, T> {
    let (pictures, pixels, _) = *painted.shape();
    let half = pictures / 2;
    let (first, second) = noise.split_at(noise.len() / 2);
    let of_noise = first.iter().zip(second).map(|(a, b)| (a - b).abs()).sum::<f32>() / first.len() as f32;
    // Each row of this matrix takes the second picture of a sentence from the first.
    let mut less = vec![0.0; half * pictures];
    for i in 0..half {
        less[i * pictures + i] = 1.0;
        less[i * pictures + half + i] = -1.0;
    }
    let less = painted.device().tensor_from_vec(less, (half, pictures)).put_tape(T::default());
    let of_pictures = less.matmul(painted.reshape_like(&(pictures, pixels * 3))).abs().mean();
    (of_pictures + 1e-4).recip() * of_noise
}
// ANCHOR_END: sameness

// ANCHOR: play
/// Plays a whole game on batches of a source; `watch` sees the game after every step.
///
/// # Errors
///
/// If a loss is not a number any more, or `watch` gives an error.
pub fn play(
    source: &impl Source,
    sentences: SentenceEncoder,
    settings: &Settings,
    mut watch: impl FnMut(&mut Game, &Progress) -> Result<(), Error>,
) -> Result<Game, Error> {
    let mut game = Game::new(sentences, settings);
    for step in 0..settings.steps {
        let batch = source.batch(step, settings.batch)?;
        let progress = game.step(&batch)?;
        watch(&mut game, &progress)?;
    }
    Ok(game)
}
// ANCHOR_END: play

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_between_are_as_loud_as_others_and_not_shown_to_the_discriminator() {
        let both = crate::sentence_encoder::Both::fresh(1);
        let words = ["a red heart", "a tree", "a blue circle", "a dog"];
        let right = both.sentences.encode(words).unwrap();
        let mixed = between(&right, 1, 0);
        let rows = |vectors: &Vectors| vectors.as_vec().as_chunks::<SENTENCE>().0.to_vec();
        for (row, (one, other)) in rows(&right).iter().zip(rows(&mixed)).enumerate() {
            let loud = other.iter().map(|x| x * x).sum::<f32>() / SENTENCE as f32;
            assert!((loud - 1.0).abs() < 1e-3, "{loud}");
            let same = one.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(row % 2 == 1 || same, "every second is moved");
        }

        let sentences = twice(&mixed);
        let device = sentences.device().clone();
        let marks: Vec<f32> = (0..4_u8).flat_map(|row| [f32::from(row); 2 * 3]).collect();
        let (shown, said) = written(&device.tensor_from_vec(marks, (4, 2, Const)), &sentences);
        assert_eq!(shown.as_vec(), [[0.0; 6], [2.0; 6]].concat());
        assert_eq!(rows(&said), [rows(&sentences)[0], rows(&sentences)[2]]);
    }
}
