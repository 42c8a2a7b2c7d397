//! Training either model.

use crate::batch::Batch;
use crate::captioner::Captioner;
use crate::captions::{self, Example};
use crate::encoder::Encoder;
use crate::network::Network;
use crate::vocabulary::Vocabulary;
use crate::{Error, FULL_SIZE, SIDE};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::scene;
use emoji_world::split::SceneSplit;
use lab::AnyDevice;
use layers::{Mode, centred};
use std::collections::BTreeMap;

/// Steps in which the learning rate rises to its full size.
const WARM_UP: usize = 50;

// ANCHOR: settings
/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Batches that the eye learns from.
    pub eye_steps: usize,
    /// Batches of the model with attention.
    pub steps: usize,
    /// Batches of the model without: they are cheaper, and it may see more of them in the same time.
    pub plain_steps: usize,
    /// The share of the steps that show a single object, and the share that show one or two; the others
    /// show up to [`captions::MOST`].
    pub curriculum: [f64; 2],
    /// Scenes a batch.
    pub batch: usize,
    /// Sentences about each of them.
    pub sentences: usize,
    /// The share of scenes that have several objects; the others may have a single one.
    pub share_of_several: f32,
    /// Adam's largest learning rate.
    pub learning_rate: f32,
    /// How much the doubly stochastic penalty weighs. In the authors' program it is 1, beside a
    /// loss summed over the sentence.
    pub penalty: f32,
    /// Whether the encoder learns along, or stays as it is.
    pub fine_tune: bool,
    /// Whether the pictures are taken away: every pixel is the same.
    pub blind: bool,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            eye_steps: 2000,
            steps: 6000,
            plain_steps: 9000,
            curriculum: [0.0, 0.1],
            batch: 16,
            sentences: 2,
            share_of_several: 0.7,
            learning_rate: 3e-3,
            penalty: 0.0,
            fine_tune: true,
            blind: false,
            seed: 1,
        }
    }
}
// ANCHOR_END: settings

impl Settings {
    /// The settings by name, for records and checkpoints.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("eye steps", self.eye_steps.to_string()),
            ("steps", self.steps.to_string()),
            ("plain steps", self.plain_steps.to_string()),
            ("easy", format!("{:?}", self.curriculum)),
            ("batch", self.batch.to_string()),
            ("sentences", self.sentences.to_string()),
            ("several", self.share_of_several.to_string()),
            ("learning rate", self.learning_rate.to_string()),
            ("penalty", self.penalty.to_string()),
            ("whole", self.fine_tune.to_string()),
            ("blind", self.blind.to_string()),
            ("seed", self.seed.to_string()),
        ];
        let side = FULL_SIZE.then(|| ("side", SIDE.to_string()));
        facts.into_iter().chain(side).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    // ANCHOR: full_size
    /// Settings for a card, beside the larger pictures: four times the scenes, in batches
    /// that keep it busy.
    ///
    /// Chosen by counting: the arithmetic is at most 16 times as much, and larger batches
    /// start fewer kernels for the same work.
    pub fn full_size() -> Self {
        Self { batch: 64, ..Self::default() }
    }
    // ANCHOR_END: full_size

    /// These settings with so many steps, and as many in proportion for the eye and the model without
    /// attention.
    pub fn with_steps(self, steps: usize) -> Self {
        let usual = Self::default();
        let part = |of: usize| (steps * of).div_ceil(usual.steps);
        Self { steps, plain_steps: part(usual.plain_steps), eye_steps: part(usual.eye_steps), ..self }
    }

    // ANCHOR: curriculum
    /// The most objects that the scenes of a step have.
    pub fn most(&self, step: usize, steps: usize) -> usize {
        let done = step as f64 / steps as f64;
        match self.curriculum {
            [one, _] if done < one => 1,
            [one, two] if done < one + two => 2,
            _ => captions::MOST,
        }
    }
    // ANCHOR_END: curriculum
}

/// The learning rate of a step: it rises for `WARM_UP` steps and then falls along half a cosine.
pub fn rate(largest: f32, step: usize, steps: usize) -> f32 {
    let rising = ((step + 1) as f32 / WARM_UP as f32).min(1.0);
    let falling = (1.0 + (std::f32::consts::PI * step as f32 / steps as f32).cos()) / 2.0;
    largest * rising * falling
}

/// What became of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub steps: usize,
    /// What the words of this batch cost, in nats a word.
    pub loss: f32,
}

/// The optimizers of a network: Adam (Kingma and Ba 2015).
#[derive(Debug)]
pub struct Trainer<M: Captioner> {
    decoder: Adam<M, f32, AnyDevice>,
    encoder: Option<Adam<Encoder, f32, AnyDevice>>,
    penalty: f32,
}

impl<M: Captioner> Trainer<M> {
    /// Fresh optimizers.
    pub fn new(network: &Network<M>, settings: &Settings) -> Self {
        let config = AdamConfig::default();
        Self {
            decoder: Adam::new(&network.decoder, config),
            encoder: settings.fine_tune.then(|| Adam::new(&network.encoder, config)),
            penalty: settings.penalty,
        }
    }

    // ANCHOR: step
    /// One step on a batch; what the words cost.
    ///
    /// # Errors
    ///
    /// If the batch has no word, the loss is no number, or a parameter got no gradient.
    pub fn step(&mut self, network: &mut Network<M>, batch: &Batch, rate: f32) -> Result<f32, Error> {
        let Network { encoder, decoder } = network;
        let map = match self.encoder {
            // The encoder learns along: the tape begins at the picture.
            Some(_) => {
                let device = encoder.first.norm.scale.device().clone();
                encoder.annotate(centred(&device, &batch.pixels, SIDE).leaky_traced(), Mode::Training)
            }
            // The encoder stays as it is: the tape begins behind it.
            None => encoder.see(&batch.pixels).leaky_traced(),
        };
        let learned = decoder.learn(map, batch, self.penalty)?;
        let gradients = learned.loss.backward();
        self.decoder.cfg.lr = f64::from(rate);
        self.decoder.update(decoder, &gradients).map_err(lab::TrainingError::optimizer)?;
        if let Some(adam) = &mut self.encoder {
            adam.cfg.lr = f64::from(rate);
            adam.update(encoder, &gradients).map_err(lab::TrainingError::optimizer)?;
        }
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
    let sentences = examples.iter().flat_map(|example| &example.sentences);
    let sentences: Vec<Vec<usize>> = sentences.map(|sentence| vocabulary.numbers(sentence)).collect();
    let each = sentences.len() / examples.len().max(1);
    Batch::new(pixels, &sentences, each)
}

// ANCHOR: train
/// Trains a decoder behind an encoder on an endless stream of scenes for `steps` steps; `watch` is told after
/// every one.
///
/// # Errors
///
/// If the loss is not a number any more, or `watch` gives an error.
pub fn train<M: Captioner>(
    split: &SceneSplit,
    encoder: &Encoder,
    settings: &Settings,
    steps: usize,
    mut watch: impl FnMut(&mut Network<M>, &Progress) -> Result<(), Error>,
) -> Result<Network<M>, Error> {
    let vocabulary = Vocabulary::of_scenes();
    let mut network = Network::behind(encoder.clone(), settings.seed);
    let mut trainer = Trainer::new(&network, settings);
    for step in 0..steps {
        let most = settings.most(step, steps);
        let examples = captions::examples(split, most, settings, step as u64)?;
        let batch = batch_of(&examples, &vocabulary, settings.blind);
        let loss = trainer.step(&mut network, &batch, rate(settings.learning_rate, step, steps))?;
        if !loss.is_finite() {
            return Err(Error::diverged(loss, step));
        }
        watch(&mut network, &Progress { steps: step + 1, loss })?;
    }
    Ok(network)
}
// ANCHOR_END: train
