//! Training either model.

use crate::Error;
use crate::batch::Batch;
use crate::captioner::Captioner;
use crate::captions::{self, Example};
use crate::vocabulary::Vocabulary;
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::scene;
use emoji_world::split::SceneSplit;
use lab::Device as AnyDevice;
use std::collections::BTreeMap;

/// Steps in which the learning rate rises to its full size.
const WARM_UP: usize = 50;

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Batches of the model with attention.
    pub steps: usize,
    /// Batches of the model without: they are cheaper, and it may see more of them in the same time.
    pub plain_steps: usize,
    /// The share of the steps that show a single object, and the share that show one or two; the others
    /// show up to three.
    pub easy: [f64; 2],
    /// Scenes a batch.
    pub batch: usize,
    /// Adam's largest learning rate.
    pub learning_rate: f32,
    /// How much the doubly stochastic penalty weighs. The paper's value is 1.
    pub penalty: f32,
    /// Whether the pictures are taken away: every pixel is the same.
    pub blind: bool,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            steps: 1000,
            plain_steps: 1400,
            easy: [0.3, 0.2],
            batch: 16,
            learning_rate: 2e-3,
            penalty: 0.0,
            blind: false,
            seed: 1,
        }
    }
}

impl Settings {
    /// The settings by name, for records and checkpoints.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("steps", self.steps.to_string()),
            ("plain steps", self.plain_steps.to_string()),
            ("easy", format!("{:?}", self.easy)),
            ("batch", self.batch.to_string()),
            ("learning rate", self.learning_rate.to_string()),
            ("penalty", self.penalty.to_string()),
            ("blind", self.blind.to_string()),
            ("seed", self.seed.to_string()),
        ];
        facts.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// These settings with so many steps, and as many for the model without attention as take the same time.
    pub fn with_steps(self, steps: usize) -> Self {
        let usual = Self::default();
        let plain_steps = (steps * usual.plain_steps).div_ceil(usual.steps);
        Self { steps, plain_steps, ..self }
    }

    // ANCHOR: curriculum
    /// The most objects that the scenes of a step have.
    pub fn most(&self, step: usize, steps: usize) -> usize {
        let done = step as f64 / steps as f64;
        match self.easy {
            [one, _] if done < one => 1,
            [one, two] if done < one + two => 2,
            _ => captions::MOST,
        }
    }
    // ANCHOR_END: curriculum

    /// The learning rate of a step: it rises for 50 steps and then falls along half a cosine.
    pub fn rate(&self, step: usize, steps: usize) -> f32 {
        let rising = ((step + 1) as f32 / WARM_UP as f32).min(1.0);
        let falling = (1.0 + (std::f32::consts::PI * step as f32 / steps as f32).cos()) / 2.0;
        self.learning_rate * rising * falling
    }
}

/// What became of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub steps: usize,
    /// What the words of this batch cost, in nats a word.
    pub loss: f32,
}

/// The optimizer of a model: Adam (Kingma and Ba 2015).
#[derive(Debug)]
pub struct Trainer<M: Captioner> {
    adam: Adam<M, f32, AnyDevice>,
    penalty: f32,
}

impl<M: Captioner> Trainer<M> {
    /// A fresh optimizer.
    pub fn new(model: &M, settings: &Settings) -> Self {
        Self { adam: Adam::new(model, AdamConfig { betas: [0.9, f64::from(crate::knob("B2", 0.999))], ..Default::default() }), penalty: settings.penalty }
    }

    // ANCHOR: step
    /// One step on a batch; what the words cost.
    ///
    /// # Errors
    ///
    /// If the batch has no word, the loss is no number, or a parameter got no gradient.
    pub fn step(&mut self, model: &mut M, batch: &Batch, rate: f32) -> Result<f32, Error> {
        let learned = model.learn(batch, self.penalty)?;
        let gradients = learned.loss.backward();
        self.adam.cfg.lr = f64::from(rate);
        self.adam.update(model, &gradients).map_err(Error::optimizer)?;
        Ok(learned.words)
    }
    // ANCHOR_END: step
}

/// The batch of some examples.
pub fn batch_of(examples: &[Example], vocabulary: &Vocabulary, blind: bool) -> Batch {
    let scenes: Vec<_> = examples.iter().map(|example| example.scene.clone()).collect();
    let mut pixels = scene::render_all(&scenes);
    if blind {
        pixels.fill(0.5);
    }
    let sentences: Vec<Vec<usize>> =
        examples.iter().map(|example| vocabulary.numbers(&example.sentence)).collect();
    Batch::new(pixels, &sentences)
}

// ANCHOR: train
/// Trains a model on an endless stream of scenes for `steps` steps; `watch` is told after every one.
///
/// # Errors
///
/// If the loss is not a number any more, or `watch` gives an error.
pub fn train<M: Captioner>(
    split: &SceneSplit,
    settings: &Settings,
    steps: usize,
    mut watch: impl FnMut(&mut M, &Progress) -> Result<(), Error>,
) -> Result<M, Error> {
    let vocabulary = Vocabulary::of_scenes();
    let mut model = M::fresh(settings.seed);
    let mut trainer = Trainer::new(&model, settings);
    for step in 0..steps {
        let examples = captions::examples(split, settings.most(step, steps), settings.seed, step as u64, settings.batch)?;
        let batch = batch_of(&examples, &vocabulary, settings.blind);
        let loss = trainer.step(&mut model, &batch, settings.rate(step, steps))?;
        if !loss.is_finite() {
            return Err(Error::Diverged { loss, step });
        }
        watch(&mut model, &Progress { steps: step + 1, loss })?;
    }
    Ok(model)
}
// ANCHOR_END: train
