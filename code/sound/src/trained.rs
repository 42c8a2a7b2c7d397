//! What the chapter trains: for each seed a network that names sounds and one that places them beside pictures; chapter
//! 2's networks for pictures and words; and, for a comparison, networks that name sounds after an easier training.
//!
//! They are trained side by side. What a stopped run has trained is kept, so that the next one need not train it again;
//! what a finished run has trained first is kept for sounds on the command line.

use crate::Error;
use crate::augmentation::Augmentation;
use crate::chapter::NAME;
use crate::sound_encoder::SoundEncoder;
use crate::space::{self, Pictures};
use crate::synthesis::Kind;
use crate::train::{Examples, Settings, align, classify};
use indicatif::ProgressBar;
use joint_embedding::DIMENSIONS;
use joint_embedding::model::Model;
use joint_embedding::names::Names;
use joint_embedding::trained::model_of;
use lab::{Options, Shelf, Trained, parameters};

/// The number of kinds.
pub const KINDS: usize = Kind::ALL.len();

/// A network that names sounds.
pub type Namer = SoundEncoder<KINDS>;

/// A network that places sounds in the space of chapter 2.
pub type Ear = SoundEncoder<DIMENSIONS>;

/// The temperature of the loss that brings sounds to pictures: chapter 2's at its start.
pub const TEMPERATURE: f32 = 0.05;

/// Views of each picture that sounds are placed beside.
const VIEWS: usize = 20;

/// Where the views' random numbers begin; those of chapter 2's training begin elsewhere.
const VIEW_SEED: u64 = 99;

/// Names of what is kept.
const NAMER: &str = "namer";
const EAR: &str = "ear";
const MODEL: &str = "pictures-and-words";

/// How a network of the comparison was trained: on clean sounds alone.
pub const CLEAN: &str = "clean alone";
/// On versions alone.
pub const VERSIONS: &str = "versions alone";
/// On versions and clean sounds, with no holes in the pictures.
pub const NO_MASKS: &str = "without holes";

/// All of them.
const COMPARED: [&str; 3] = [CLEAN, VERSIONS, NO_MASKS];

/// What networks learn from.
#[derive(Clone, Debug)]
pub struct Sets {
    /// Versions, and every fourth sound clean.
    pub usual: Examples,
    /// The same sounds, all of them clean.
    pub clean: Examples,
    /// The same sounds, none of them clean.
    pub versions: Examples,
}

impl Sets {
    /// So many sounds of each kind.
    ///
    /// # Errors
    ///
    /// Never, while the settings in it are right.
    pub fn draw(each: usize, seed: u64) -> Result<Self, Error> {
        let clean = Examples::of_emoji(each, &Augmentation::NONE, seed)?;
        let versions = Examples::of_emoji(each, &Augmentation::default(), seed)?;
        Ok(Self { usual: versions.with_clean(&clean), clean, versions })
    }
}

/// Everything that a run of the chapter trains.
#[derive(Debug)]
pub struct All {
    /// The network that names sounds, for each seed.
    pub namers: Vec<Trained>,
    /// The network that places sounds, for each seed.
    pub ears: Vec<Trained>,
    /// Chapter 2's networks.
    pub model: Trained,
    /// Networks of the comparison, with their names.
    pub compared: Vec<(&'static str, Trained)>,
}

enum Job {
    Model,
    Namer(u64),
    Compared(&'static str),
}

/// What is trained, and on what.
struct Work<'a> {
    options: &'a Options,
    shelf: Shelf<'a>,
    settings: &'a Settings,
    sets: &'a Sets,
    bar: ProgressBar,
}

impl Work<'_> {
    fn sounds<const N: usize>(
        &self,
        name: &str,
        seed: u64,
        train: impl FnOnce(&Settings, &mut dyn FnMut(usize, f32)) -> Result<SoundEncoder<N>, Error>,
    ) -> Result<Trained, Error> {
        self.shelf.or_train(name, seed, (&self.bar, self.settings.epochs), || {
            Trained::by(seed, 1, |losses| {
                let settings = Settings { seed, ..self.settings.clone() };
                let network = train(&settings, &mut |_, loss| {
                    losses.push(f64::from(loss));
                    self.bar.inc(1);
                    self.bar.set_message(format!("{name}, seed {seed}  loss {loss:.2}"));
                })?;
                Ok(parameters::arrays(&network))
            })
        })
    }

    /// Chapter 2's networks: those of its last run if that had the same settings and sources, or new ones.
    fn model(&self) -> Result<Trained, Error> {
        let settings = model_settings(self.settings);
        self.shelf.or_train(MODEL, settings.seed, (&self.bar, settings.epochs), || {
            // If there is none, or another one, or a broken one, it is trained here.
            let theirs = Shelf::new(self.options, joint_embedding::chapter::NAME, settings.facts())?;
            if let Ok(Some(trained)) = theirs.kept(settings.seed) {
                self.bar.inc(settings.epochs as u64);
                return Ok(trained);
            }
            Trained::by(settings.seed, 1, |losses| {
                let model = joint_embedding::train::train(&Names::of_emoji()?, &settings, |_, progress| {
                    losses.push(progress.loss);
                    self.bar.inc(1);
                    self.bar.set_message(format!("{MODEL}  loss {:.2}", progress.loss));
                    Ok(())
                })?;
                Ok(model.arrays())
            })
        })
    }

    fn namer(&self, name: &str, seed: u64, examples: &Examples, masks: bool) -> Result<Trained, Error> {
        self.sounds::<KINDS>(name, seed, |settings, watch| {
            let masks = settings.masks.filter(|_| masks);
            classify(examples, &Settings { masks, ..settings.clone() }, watch)
        })
    }

    fn ear(&self, seed: u64, pictures: &Pictures<DIMENSIONS>) -> Result<Trained, Error> {
        self.sounds::<DIMENSIONS>(EAR, seed, |settings, watch| {
            align(&self.sets.usual, pictures, TEMPERATURE, settings, watch)
        })
    }
}

/// How chapter 2's networks are trained here: as there, and in a quick run for as many epochs as the sounds.
fn model_settings(settings: &Settings) -> joint_embedding::train::Settings {
    let usual = joint_embedding::train::Settings { seed: settings.seed, ..Default::default() };
    let epochs = usual.epochs.min(settings.picture_epochs);
    joint_embedding::train::Settings { epochs, ..usual }
}

/// Trains everything that a run of the chapter needs, or takes it from a run that was stopped.
///
/// # Errors
///
/// If training diverges, or a checkpoint cannot be read or written.
pub fn all(options: &Options, settings: &Settings, sets: &Sets) -> Result<All, Error> {
    let seeds = seeds(options, settings);
    let count = 2 * seeds.clone().count() + COMPARED.len();
    let epochs = count * settings.epochs + model_settings(settings).epochs;
    let bar = lab::progress::bar(&format!("{} models", count + 1), epochs as u64);
    let work = Work { options, shelf: shelf(options, settings)?, settings, sets, bar };
    let namers = seeds.clone().map(Job::Namer);
    let jobs: Vec<Job> =
        std::iter::once(Job::Model).chain(namers).chain(COMPARED.map(Job::Compared)).collect();
    let mut done = lab::side_by_side(&jobs, |job| match job {
        Job::Model => work.model(),
        Job::Namer(seed) => work.namer(NAMER, *seed, &sets.usual, true),
        Job::Compared(CLEAN) => work.namer(CLEAN, settings.seed, &sets.clean, true),
        Job::Compared(VERSIONS) => work.namer(VERSIONS, settings.seed, &sets.versions, true),
        Job::Compared(_) => work.namer(NO_MASKS, settings.seed, &sets.usual, false),
    })?;
    let compared = COMPARED.into_iter().zip(done.split_off(jobs.len() - COMPARED.len())).collect();
    let namers = done.split_off(1);
    let model = done.remove(0);
    // Sounds can be placed beside pictures when those are placed.
    let (seeds, pictures) = (seeds.collect::<Vec<u64>>(), pictures(&model)?);
    let ears = lab::side_by_side(&seeds, |seed| work.ear(*seed, &pictures))?;
    work.bar.finish_and_clear();
    let all = All { namers, ears, model, compared };
    println!("pictures and words: loss {:.2}, {:.0} s", all.model.last_loss(), all.model.seconds);
    for (name, trained) in [(NAMER, &all.namers), (EAR, &all.ears)] {
        for Trained { seed, losses, seconds, .. } in trained {
            let last = losses.last().copied().unwrap_or_default();
            println!("{name}, seed {seed}: {} epochs, loss {last:.3}, {seconds:.0} s", losses.len());
        }
    }
    println!();
    Ok(all)
}

/// The seeds that a run trains with.
fn seeds(options: &Options, settings: &Settings) -> std::ops::Range<u64> {
    options.seeds(settings.seed, 1)
}

/// Where chapter 2's networks place some views of each kind's emoji.
///
/// # Errors
///
/// If the numbers are those of something else.
pub fn pictures(model: &Trained) -> Result<Pictures<DIMENSIONS>, Error> {
    space::pictures(&mut model_of(model)?, VIEWS, VIEW_SEED)
}

/// The network of these numbers.
///
/// # Errors
///
/// If they are the numbers of something else.
pub fn network_of<const N: usize>(trained: &Trained) -> Result<SoundEncoder<N>, Error> {
    let mut network = SoundEncoder::new(&lab::device(trained.seed), trained.seed);
    parameters::set(&mut network, &trained.arrays, "")?;
    Ok(network)
}

/// What a sound on the command line is given to: a network that names it, one that places it, and where pictures and
/// words are.
#[derive(Debug)]
pub struct Listener {
    /// Names it.
    pub namer: Namer,
    /// Places it.
    pub ear: Ear,
    /// Places pictures and words.
    pub model: Model,
}

/// The parts of what is kept.
const PARTS: [&str; 3] = ["namer", "ear", "model"];

/// All numbers of the first networks of each sort under one roof.
fn together(parts: [&Trained; 3]) -> Trained {
    Trained {
        seed: parts[0].seed,
        losses: parts[0].losses.clone(),
        seconds: parts.iter().map(|part| part.seconds).sum(),
        arrays: parameters::together(PARTS.into_iter().zip(parts.map(|part| part.arrays.clone()))),
    }
}

fn shelf<'a>(options: &'a Options, settings: &Settings) -> Result<Shelf<'a>, Error> {
    Ok(Shelf::new(options, NAME, settings.facts())?)
}

/// Keeps the first networks of a finished run for sounds on the command line. The others are in the record now: a next
/// run begins anew.
///
/// # Errors
///
/// If they cannot be written.
pub fn keep(options: &Options, settings: &Settings, all: &All) -> Result<(), Error> {
    let shelf = shelf(options, settings)?;
    shelf.keep(&together([&all.namers[0], &all.ears[0], &all.model]))?;
    shelf.forget([NAMER, EAR, MODEL].into_iter().chain(COMPARED), seeds(options, settings));
    Ok(())
}

/// What was kept, or what is trained now.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn kept_listener(options: &Options, settings: &Settings) -> Result<Listener, Error> {
    let trained: Trained = shelf(options, settings)?.kept_or(settings.seed, || {
        let sets = Sets::draw(settings.sounds_per_kind, settings.seed)?;
        let epochs = 2 * settings.epochs + model_settings(settings).epochs;
        let bar = lab::progress::bar("training", epochs as u64);
        // A shelf of its own, on which nothing is found: a stopped run may have had other settings.
        let fresh = Options { fresh: true, ..options.clone() };
        let shelf = shelf(&fresh, settings)?;
        let work = Work { options, shelf, settings, sets: &sets, bar };
        let model = work.model()?;
        let namer = work.namer(NAMER, settings.seed, &sets.usual, true)?;
        let ear = work.ear(settings.seed, &pictures(&model)?)?;
        work.bar.finish_and_clear();
        work.shelf.forget([NAMER, EAR, MODEL], std::iter::once(settings.seed));
        Ok::<_, Error>(together([&namer, &ear, &model]))
    })?;
    let part = |name: &str| Trained { arrays: parameters::part(&trained.arrays, name), ..trained.clone() };
    let [namer, ear, model] = PARTS.map(part);
    Ok(Listener { namer: network_of(&namer)?, ear: network_of(&ear)?, model: model_of(&model)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_come_back_from_their_numbers() {
        let mut network = Namer::new(&lab::device(3), 3);
        let trained = Trained { seed: 1, losses: vec![], seconds: 0.0, arrays: parameters::arrays(&network) };
        let mut back: Namer = network_of(&trained).unwrap();
        let picture = vec![0.25; crate::features::FRAMES * crate::features::MELS];
        assert_eq!(network.hear(&picture), back.hear(&picture));
        assert!(network_of::<5>(&trained).is_err());
        let all = together([&trained, &trained, &trained]);
        assert_eq!(all.arrays.len(), 3 * trained.arrays.len());
        assert_eq!(parameters::part(&all.arrays, PARTS[1]), trained.arrays);
    }
}
