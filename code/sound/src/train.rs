//! Training a network to name sounds, or to place them beside pictures.

use crate::Error;
use crate::augmentation::Augmentation;
use crate::features::{FRAMES, LogMel, MELS};
use crate::sound_encoder::{Rows, SoundEncoder};
use crate::space::Pictures;
use crate::spec_augment::SpecAugment;
use crate::spectrogram::Spectrogram;
use crate::synthesis::{Kind, RATE};
use dfdx::optim::{Adam, AdamConfig, Optimizer, WeightDecay};
use dfdx::prelude::*;
use joint_embedding::similarity::{cosines, normalize};
use lab::AnyDevice;
use layers::{Mode, try_cross_entropy};
use rand::Rng;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Steps in which the learning rate rises to its full size.
const WARM_UP: usize = 20;

/// Numbers with what is needed for their gradients.
type Traced<const N: usize> = Rows<N, OwnedTape<f32, AnyDevice>>;

/// A loss with what is needed for its gradients.
type Loss = Tensor<Rank0, f32, AnyDevice, OwnedTape<f32, AnyDevice>>;

/// Pictures of sounds, and what makes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examples {
    /// Sounds × [`FRAMES`] × [`MELS`] numbers.
    pub pictures: Vec<f32>,
    /// The classes' numbers.
    pub labels: Vec<usize>,
}

impl Examples {
    /// So many sounds of each kind, each in a version of its own. `seed` chooses sounds and versions.
    ///
    /// # Errors
    ///
    /// If the augmentation has a range that is empty or goes too far.
    pub fn of_emoji(each: usize, augmentation: &Augmentation, seed: u64) -> Result<Self, Error> {
        let log_mel = LogMel::new()?;
        let places: Vec<(Kind, u64)> =
            (0..each as u64).flat_map(|index| Kind::ALL.map(|kind| (kind, index))).collect();
        let picture = |&(kind, index): &(Kind, u64)| -> Result<Vec<f32>, Error> {
            Ok(log_mel.picture(&heard(kind, index, augmentation, seed)?)?.values)
        };
        let pictures: Vec<Vec<f32>> = places.par_iter().map(picture).collect::<Result<_, _>>()?;
        Ok(Self {
            pictures: pictures.concat(),
            labels: places.iter().map(|(kind, _)| kind.number()).collect(),
        })
    }

    /// What a network learns from: these, with every fourth sound of each kind taken from `clean` instead. Who has never
    /// heard silence takes it for something.
    ///
    /// # Panics
    ///
    /// If the others are not of the same kinds.
    // ANCHOR: with_clean
    pub fn with_clean(&self, clean: &Self) -> Self {
        assert_eq!(self.labels, clean.labels, "the same sounds in the same order");
        let round = Kind::ALL.len() * FRAMES * MELS;
        let pairs = self.pictures.chunks(round).zip(clean.pictures.chunks(round));
        let mixed = pairs.enumerate().map(|(i, (heard, clean))| if i % 4 == 3 { clean } else { heard });
        Self { pictures: mixed.collect::<Vec<_>>().concat(), labels: self.labels.clone() }
    }
    // ANCHOR_END: with_clean

    /// How many there are.
    pub fn count(&self) -> usize {
        self.labels.len()
    }
}

// ANCHOR: heard
/// A sound of a kind as it is heard in some version.
///
/// # Errors
///
/// If the augmentation has a range that is empty or goes too far.
pub fn heard(kind: Kind, index: u64, augmentation: &Augmentation, seed: u64) -> Result<Vec<f32>, Error> {
    let place = index * Kind::ALL.len() as u64 + kind.number() as u64;
    // The sounds themselves are drawn with the seed; their versions with another.
    let mut rng = emoji_world::rng(seed ^ 0x5eed, place);
    augmentation.apply(&kind.sound(seed, index), RATE, &mut rng)
}
// ANCHOR_END: heard

// ANCHOR: settings
/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Sounds of each kind.
    pub sounds_per_kind: usize,
    /// How often every example is seen.
    pub epochs: usize,
    /// How often chapter 2's networks see every pair, at most as often as there.
    pub picture_epochs: usize,
    /// Examples a batch.
    pub batch: usize,
    /// Adam's largest learning rate.
    pub learning_rate: f64,
    /// What is blotted out of each picture; `None`: nothing.
    pub masks: Option<SpecAugment>,
    /// Where the random numbers begin.
    pub seed: u64,
}
// ANCHOR_END: settings

impl Default for Settings {
    fn default() -> Self {
        Self {
            sounds_per_kind: 120,
            epochs: 14,
            picture_epochs: joint_embedding::train::Settings::default().epochs,
            batch: 64,
            learning_rate: 3e-3,
            // Half as many as the default: a second has room for few.
            masks: Some(SpecAugment { frequency_masks: 1, time_masks: 1, ..SpecAugment::default() }),
            seed: 1,
        }
    }
}

impl Settings {
    /// What a quick run is content with.
    pub fn quick(self) -> Self {
        Self { sounds_per_kind: 8, epochs: 2, picture_epochs: 1, ..self }
    }

    /// The settings by name, for records and checkpoints.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("each", self.sounds_per_kind.to_string()),
            ("epochs", self.epochs.to_string()),
            ("picture epochs", self.picture_epochs.to_string()),
            ("batch", self.batch.to_string()),
            ("learning rate", self.learning_rate.to_string()),
            ("masks", format!("{:?}", self.masks)),
            ("seed", self.seed.to_string()),
        ];
        facts.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// The learning rate of a step: it rises for `WARM_UP` steps and falls along half a cosine.
    pub fn rate(&self, step: usize, steps: usize) -> f64 {
        lab::learning_rate(self.learning_rate, step, steps, WARM_UP)
    }
}

/// Trains a network to tell which of `N` classes a sound is of: its numbers are logits, and the loss is the cross entropy
/// of the right class. `watch` gets the number of each epoch, from 0, and its mean loss.
///
/// # Errors
///
/// If there are fewer examples than a batch, a label is not below `N`, or the loss is not a number any more.
// ANCHOR: classify
pub fn classify<const N: usize>(
    examples: &Examples,
    settings: &Settings,
    watch: impl FnMut(usize, f32),
) -> Result<SoundEncoder<N>, Error> {
    below(examples, N)?;
    let loss = |logits: Traced<N>, labels: &[usize], _: &mut dyn Rng| {
        Ok(try_cross_entropy(logits, labels, &vec![1.0; labels.len()])?)
    };
    fit(examples, settings, loss, watch)
}
// ANCHOR_END: classify

/// Trains a network to place a sound beside pictures of what makes it: InfoNCE, as in
/// [chapter 2](joint_embedding::info_nce), where a sound has to find the picture of its class among one of each class.
/// The pictures' vectors stay where they are (Girdhar et al. 2023, *ImageBind*, arXiv:2305.05665). `watch` gets the number
/// of each epoch, from 0, and its mean loss.
///
/// # Errors
///
/// If there are fewer examples than a batch, a class has no picture, or the loss is not a number any more.
// ANCHOR: align
pub fn align<const N: usize>(
    examples: &Examples,
    pictures: &Pictures<N>,
    temperature: f32,
    settings: &Settings,
    watch: impl FnMut(usize, f32),
) -> Result<SoundEncoder<N>, Error> {
    below(examples, pictures.classes())?;
    let loss = |sounds: Traced<N>, labels: &[usize], mut rng: &mut dyn Rng| {
        let device = sounds.device().clone();
        let candidates = pictures.one_of_each(&mut rng);
        let candidates: Rows<N> = device.tensor_from_vec(candidates, (pictures.classes(), Const));
        let scores = cosines(normalize(sounds), candidates) * temperature.recip();
        let right = device.tensor_from_vec(labels.to_vec(), (labels.len(),));
        Ok(joint_embedding::info_nce::rows(scores, right))
    };
    fit(examples, settings, loss, watch)
}
// ANCHOR_END: align

fn below(examples: &Examples, classes: usize) -> Result<(), Error> {
    match examples.labels.iter().find(|label| **label >= classes) {
        Some(label) => Err(Error::shape("training", format!("labels below {classes}"), label)),
        None => Ok(()),
    }
}

/// Trains a network by a loss of its numbers for a batch and the batch's labels.
fn fit<const N: usize>(
    examples: &Examples,
    settings: &Settings,
    mut loss: impl FnMut(Traced<N>, &[usize], &mut dyn Rng) -> Result<Loss, Error>,
    mut watch: impl FnMut(usize, f32),
) -> Result<SoundEncoder<N>, Error> {
    let size = FRAMES * MELS;
    let count = examples.count();
    if settings.batch == 0 || count < settings.batch || examples.pictures.len() != count * size {
        let expected = format!("at least one batch of {} pictures of {size} numbers", settings.batch.max(1));
        let found = format!("{count} labels and {} numbers", examples.pictures.len());
        return Err(Error::shape("training", expected, found));
    }
    let mut network = SoundEncoder::new(&lab::device(settings.seed), settings.seed);
    let decay = Some(WeightDecay::Decoupled(1e-2));
    let mut adam = Adam::new(&network, AdamConfig { weight_decay: decay, ..AdamConfig::default() });
    let mut rng = emoji_world::rng(settings.seed, 1);
    let mut order: Vec<usize> = (0..count).collect();
    // What does not fill a batch is left for another epoch: batch normalisation needs enough of them.
    let batches = count / settings.batch;
    let steps = batches * settings.epochs;
    for epoch in 0..settings.epochs {
        order.shuffle(&mut rng);
        let mut sum = 0.0;
        for (number, batch) in order.chunks_exact(settings.batch).enumerate() {
            let mut pictures = Vec::with_capacity(batch.len() * size);
            for &place in batch {
                let values = examples.pictures[place * size..][..size].to_vec();
                let mut picture = Spectrogram { bins: MELS, values };
                if let Some(masks) = settings.masks {
                    masks.apply(&mut picture, &mut rng);
                }
                pictures.extend(picture.values);
            }
            let labels: Vec<usize> = batch.iter().map(|&place| examples.labels[place]).collect();
            let input = network.input(&pictures).put_tape(OwnedTape::<f32, AnyDevice>::default());
            let loss = loss(network.forward(input, Mode::Training), &labels, &mut rng)?;
            let value = loss.array();
            let step = epoch * batches + number;
            if !value.is_finite() {
                return Err(Error::diverged(value, step));
            }
            adam.cfg.lr = settings.rate(step, steps);
            adam.update(&mut network, &loss.backward()).map_err(lab::TrainingError::optimizer)?;
            sum += value;
        }
        watch(epoch, sum / batches as f32);
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn few() -> (Examples, Settings) {
        let examples = Examples::of_emoji(2, &Augmentation::NONE, 1).unwrap();
        (examples, Settings { epochs: 12, batch: 22, masks: None, ..Settings::default() })
    }

    #[test]
    fn the_loss_falls_and_the_same_seed_gives_the_same_network() {
        let (examples, settings) = few();
        let trained = || {
            let mut losses = Vec::new();
            let mut network = classify::<22>(&examples, &settings, |_, loss| losses.push(loss)).unwrap();
            (losses, network.hear(&examples.pictures))
        };
        let (losses, logits) = trained();
        assert!(losses[11] < 0.8 * losses[0], "{losses:?}");
        assert_eq!(trained(), (losses, logits));
    }

    #[test]
    fn sounds_come_nearer_to_their_pictures() {
        let (examples, settings) = few();
        // Each class has a direction of its own.
        let axis = |class: usize| std::array::from_fn(|i| f32::from(u8::from(i == class)));
        let pictures = Pictures::<24>::new((0..22).map(|class| vec![axis(class)]).collect()).unwrap();
        let mut losses = Vec::new();
        align(&examples, &pictures, 0.1, &settings, |_, loss| losses.push(loss)).unwrap();
        assert!(losses[11] < 0.8 * losses[0], "{losses:?}");
    }

    #[test]
    fn every_fourth_sound_of_training_is_clean() {
        let of = |augmentation| Examples::of_emoji(4, augmentation, 1).unwrap();
        let (versions, clean) = (of(&Augmentation::default()), of(&Augmentation::NONE));
        let mixed = versions.with_clean(&clean).pictures;
        let (versions, clean) = (versions.pictures, clean.pictures);
        let fourth = 3 * mixed.len() / 4;
        assert_eq!(mixed[..fourth], versions[..fourth]);
        assert_eq!(mixed[fourth..], clean[fourth..]);
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let (examples, settings) = few();
        let error = classify::<22>(&examples, &Settings::default(), |_, _| ()).unwrap_err().to_string();
        assert!(error.contains("one batch of 64") && error.contains("44 labels"), "{error}");
        let error = classify::<5>(&examples, &settings, |_, _| ()).unwrap_err().to_string();
        assert!(error.contains("labels below 5"), "{error}");
        let two = Pictures::<3>::new(vec![vec![[1.0, 0.0, 0.0]]; 2]).unwrap();
        let error = align(&examples, &two, 0.1, &settings, |_, _| ()).unwrap_err().to_string();
        assert!(error.contains("labels below 2"), "{error}");
    }
}
