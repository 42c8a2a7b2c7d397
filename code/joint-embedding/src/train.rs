//! Training both networks together.

use crate::model::Model;
use crate::names::Names;
use crate::picture_encoder::PictureEncoder;
use crate::similarity::{cosines, normalize};
use crate::word_encoder::WordEncoder;
use crate::{Error, WORDS, info_nce, margin, views};
use dfdx::optim::{Adam, AdamConfig, Optimizer, WeightDecay};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::Mode;
use rand::seq::SliceRandom;
use std::collections::BTreeMap;

/// Steps in which the learning rate rises to its full size.
const WARM_UP: usize = 50;

/// What training makes small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// InfoNCE with a temperature that is learned, from this start.
    InfoNce(f32),
    /// InfoNCE with this temperature throughout.
    InfoNceFixed(f32),
    /// The margin loss with this margin.
    Margin(f32, margin::Negatives),
}

// ANCHOR: settings
/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How often every pair is seen.
    pub epochs: usize,
    /// Pairs a batch.
    pub batch: usize,
    /// Adam's largest learning rate.
    pub learning_rate: f32,
    /// Weight decay of the picture network.
    pub picture_decay: f32,
    /// Weight decay of the word vectors.
    pub word_decay: f32,
    /// The share of training views with a part cut out.
    pub cutout: f32,
    /// What is made small.
    pub loss: Loss,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epochs: 45,
            batch: 128,
            learning_rate: 5e-3,
            picture_decay: 1e-2,
            word_decay: 5.0,
            cutout: 0.7,
            loss: Loss::InfoNce(0.05),
            seed: 1,
        }
    }
}
// ANCHOR_END: settings

impl Loss {
    /// Where the temperature begins; without meaning for the margin loss.
    pub fn temperature(self) -> f32 {
        match self {
            Self::InfoNce(temperature) | Self::InfoNceFixed(temperature) => temperature,
            Self::Margin(..) => 1.0,
        }
    }
}

impl Settings {
    /// The settings by name, for records and checkpoints.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("epochs", self.epochs.to_string()),
            ("batch", self.batch.to_string()),
            ("learning rate", self.learning_rate.to_string()),
            ("picture decay", self.picture_decay.to_string()),
            ("word decay", self.word_decay.to_string()),
            ("cutout", self.cutout.to_string()),
            ("loss", format!("{:?}", self.loss)),
            ("seed", self.seed.to_string()),
        ];
        facts.map(|(name, value)| (name.to_owned(), value)).into()
    }

    // ANCHOR: rate
    /// The learning rate of a step: it rises for `WARM_UP` steps and then falls along half a cosine.
    pub fn rate(&self, step: usize, steps: usize) -> f32 {
        let rising = (step as f32 / WARM_UP as f32).min(1.0);
        let falling = (1.0 + (std::f32::consts::PI * step as f32 / steps as f32).cos()) / 2.0;
        self.learning_rate * rising * falling
    }
    // ANCHOR_END: rate
}

/// The optimizers of a model: Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter
/// 2019), one for each network, since they decay at different rates.
#[derive(Debug)]
pub struct Trainer<const W: usize> {
    pictures: Adam<PictureEncoder<f32, AnyDevice>, f32, AnyDevice>,
    words: Adam<WordEncoder<W, f32, AnyDevice>, f32, AnyDevice>,
    log_scale: Adam<Tensor<Rank0, f32, AnyDevice>, f32, AnyDevice>,
    loss: Loss,
}

impl<const W: usize> Trainer<W> {
    /// Fresh optimizers for a model.
    pub fn new(model: &Model<W>, settings: &Settings) -> Self {
        let adam = |decay: f32| AdamConfig {
            weight_decay: Some(WeightDecay::Decoupled(f64::from(decay))),
            ..Default::default()
        };
        Self {
            pictures: Adam::new(&model.pictures, adam(settings.picture_decay)),
            words: Adam::new(&model.words, adam(settings.word_decay)),
            log_scale: Adam::new(&model.log_scale, adam(0.0)),
            loss: settings.loss,
        }
    }

    // ANCHOR: step
    /// One step on a batch of pictures; returns its loss.
    ///
    /// `pixels` are the pictures, `names` all names that they choose among, as bags of words, and
    /// `right` the place of each picture's own name among them.
    ///
    /// # Errors
    ///
    /// If a parameter got no gradient.
    pub fn step(
        &mut self,
        model: &mut Model<W>,
        pixels: Vec<f32>,
        names: &[&[u32]],
        right: &[usize],
        rate: f32,
    ) -> Result<f32, Error> {
        let pixels = model.centred(&pixels).leaky_traced();
        let u = normalize(model.pictures.forward(pixels, Mode::Training)); // batch × D
        let v = normalize(model.words.forward(names)); // names × D
        let loss = self.loss_of(model, u, v, right);
        let value = loss.array();
        let gradients = loss.backward();
        self.update(model, &gradients, rate)?;
        Ok(value)
    }
    // ANCHOR_END: step

    // ANCHOR: loss
    /// Every picture of the batch chooses among all names, every name of the batch among its pictures.
    pub fn loss_of(
        &self,
        model: &Model<W>,
        u: Vectors,
        v: Vectors,
        right: &[usize],
    ) -> Tensor<Rank0, f32, AnyDevice, Traced> {
        let count = right.len();
        let device = u.device().clone();
        let places = device.tensor_from_vec(right.to_vec(), (count,));
        let own_names = v.retaped::<Traced>().gather(places.clone()); // batch × D
        let to_pictures = cosines(own_names, u.retaped::<Traced>()); // batch × batch
        let to_names = cosines(u, v); // batch × names
        let diagonal: Vec<usize> = (0..count).collect();
        let both = match self.loss {
            Loss::InfoNce(_) | Loss::InfoNceFixed(_) => {
                let diagonal = device.tensor_from_vec(diagonal, (count,));
                let scale = model.log_scale.leaky_trace().exp();
                let again = scale.retaped::<Traced>().broadcast_like(to_names.shape());
                let scale = scale.broadcast_like(to_pictures.shape());
                info_nce::rows(to_names * again, places) + info_nce::rows(to_pictures * scale, diagonal)
            }
            Loss::Margin(margin, negatives) => {
                margin::rows(to_names, right, margin, negatives)
                    + margin::rows(to_pictures, &diagonal, margin, negatives)
            }
        };
        both / 2.0
    }
    // ANCHOR_END: loss

    fn update(
        &mut self,
        model: &mut Model<W>,
        gradients: &Gradients<f32, AnyDevice>,
        rate: f32,
    ) -> Result<(), Error> {
        let rate = f64::from(rate);
        (self.pictures.cfg.lr, self.words.cfg.lr, self.log_scale.cfg.lr) = (rate, rate, rate);
        self.pictures.update(&mut model.pictures, gradients).map_err(lab::TrainingError::optimizer)?;
        self.words.update(&mut model.words, gradients).map_err(lab::TrainingError::optimizer)?;
        if let Loss::InfoNce(_) = self.loss {
            self.log_scale.update(&mut model.log_scale, gradients).map_err(lab::TrainingError::optimizer)?;
        }
        Ok(())
    }
}

/// The tape of values whose gradients are wanted.
type Traced = OwnedTape<f32, AnyDevice>;

/// Vectors with their tape.
type Vectors = crate::similarity::Rows<{ crate::DIMENSIONS }, AnyDevice, Traced>;

/// What is known after an epoch.
#[derive(Clone, Debug)]
pub struct Progress {
    /// How many epochs are done.
    pub epochs: usize,
    /// The mean loss of the last one's batches.
    pub loss: f64,
}

// ANCHOR: train
/// Trains fresh networks on the names and pictures that are not held out. `watch` is called after every
/// epoch.
///
/// # Errors
///
/// If there are fewer pairs than a batch holds, or training diverges.
pub fn train(
    names: &Names,
    settings: &Settings,
    mut watch: impl FnMut(&mut Model<WORDS>, &Progress) -> Result<(), Error>,
) -> Result<Model<WORDS>, Error> {
    let mut model = Model::new(settings.seed, settings.loss.temperature());
    let mut trainer = Trainer::new(&model, settings);
    let bags = names.of(&names.seen);
    let batches = bags.len() / settings.batch;
    if batches == 0 {
        return Err(Error::BatchTooLarge { batch: settings.batch, pairs: bags.len() });
    }
    let mut order: Vec<usize> = (0..bags.len()).collect();
    let mut step = 0;
    for epoch in 0..settings.epochs {
        order.shuffle(&mut emoji_world::rng(settings.seed, epoch as u64));
        let mut sum = 0.0;
        for right in order.chunks_exact(settings.batch) {
            let emoji: Vec<usize> = right.iter().map(|&place| names.seen[place]).collect();
            let pixels = views::training(&emoji, settings.seed, step as u64, settings.cutout);
            let rate = settings.rate(step, batches * settings.epochs);
            let loss = trainer.step(&mut model, pixels, &bags, right, rate)?;
            if !loss.is_finite() {
                return Err(Error::diverged(loss, step));
            }
            sum += f64::from(loss);
            step += 1;
        }
        watch(&mut model, &Progress { epochs: epoch + 1, loss: sum / batches as f64 })?;
    }
    Ok(model)
}
// ANCHOR_END: train
