//! What the chapter trains: for each seed an eye, and behind it a network with attention and one without; and
//! one network without pictures.
//!
//! They are trained side by side. What a stopped run has trained is kept, so that the next one need not train
//! it again; the network with attention of a finished run is kept for pictures on the command line.

use crate::captioner::Captioner;
use crate::captions;
use crate::chapter::NAME;
use crate::eye::{self, Eye, EyeSettings};
use crate::image_to_sentence::ImageToSentence;
use crate::network::Network;
use crate::same_caption;
use crate::show_attend_tell::ShowAttendTell;
use crate::train::{Settings, train};
use crate::{Error, WORDS};
use emoji_world::split::Part;
use indicatif::ProgressBar;
use lab::kept::{self, Arrays};
use lab::{Checkpoint, LabError, Options};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Steps whose losses are averaged for the record.
const AVERAGED: usize = 20;

/// Pictures of single things that an eye is tested with.
const SINGLES: usize = 2000;

/// The name of the checkpoint that pictures on the command line are shown to.
const KEPT: &str = "model";

/// A network's numbers, and how they came to be.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The seed of the run.
    pub seed: u64,
    /// The mean loss of every few steps.
    pub losses: Vec<f64>,
    /// How long training took.
    pub seconds: f64,
    arrays: Arrays,
}

impl Trained {
    fn save(&self, file: &Path, facts: &BTreeMap<String, String>) -> Result<(), Error> {
        let history = [("losses", self.losses.clone()), ("seconds", vec![self.seconds])];
        let checkpoint = Checkpoint {
            arrays: self.arrays.clone(),
            epoch: self.losses.len(),
            history: history.map(|(name, numbers)| (name.to_owned(), numbers)).into(),
        };
        Ok(checkpoint.save(file, facts)?)
    }

    fn load(file: &Path, facts: &BTreeMap<String, String>, seed: u64) -> Result<Option<Self>, Error> {
        let Some(mut checkpoint) = Checkpoint::load(file, facts)? else { return Ok(None) };
        let losses = checkpoint.history.remove("losses").unwrap_or_default();
        let seconds = checkpoint.history.get("seconds").and_then(|all| all.first()).copied();
        Ok(Some(Self { seed, losses, seconds: seconds.unwrap_or_default(), arrays: checkpoint.arrays }))
    }

    /// The eye.
    ///
    /// # Errors
    ///
    /// If these are the numbers of something else.
    pub fn eye(&self) -> Result<Eye, Error> {
        let mut eye = Eye::fresh(self.seed);
        kept::set(&mut eye, &self.arrays, "")?;
        Ok(eye)
    }

    /// The network.
    ///
    /// # Errors
    ///
    /// If these are the numbers of something else.
    pub fn network<M: Captioner>(&self) -> Result<Network<M>, Error> {
        let mut network = Network::fresh(self.seed);
        network.set(&self.arrays)?;
        Ok(network)
    }
}

/// Everything that a run of the chapter trains.
#[derive(Debug)]
pub struct All {
    /// An eye a seed.
    pub eyes: Vec<Trained>,
    /// Without attention, a network a seed.
    pub plain: Vec<Trained>,
    /// With attention, a network a seed.
    pub attend: Vec<Trained>,
    /// What became of the network without pictures.
    pub blind: same_caption::Collapsed,
}

/// Something to train.
enum Job<'a> {
    /// The eye of a seed.
    Eye(u64),
    /// The network without pictures.
    Blind,
    /// The network with attention behind the eye of a seed.
    Attend(&'a Trained),
    /// The one without.
    Plain(&'a Trained),
}

/// What a job gives.
enum Done {
    Trained(Trained),
    Blind(same_caption::Collapsed),
}

/// Trains everything that a run of the chapter needs, or takes it from a run that was stopped.
///
/// # Errors
///
/// If training diverges, or a checkpoint cannot be read or written.
pub fn all(options: &Options, settings: &Settings, tests: &[captions::Test]) -> Result<All, Error> {
    let seeds: Vec<u64> = seeds(options, settings).collect();
    let blind_steps = same_caption::steps(options);
    let each = settings.eye_steps + settings.steps + settings.plain_steps;
    let bar = lab::progress::bar("eyes", (seeds.len() * each + blind_steps) as u64);
    let work = |job: &Job<'_>| match job {
        Job::Eye(seed) => trained_eye(options, settings, *seed, &bar).map(Done::Trained),
        Job::Blind => {
            let collapsed = same_caption::collapse(settings, blind_steps, tests)?;
            bar.inc(blind_steps as u64);
            Ok(Done::Blind(collapsed))
        }
        Job::Attend(eye) => {
            let (name, steps) = ("attention", settings.steps);
            network::<ShowAttendTell<WORDS>>(options, settings, eye, name, steps, &bar).map(Done::Trained)
        }
        Job::Plain(eye) => {
            let (name, steps) = ("plain", settings.plain_steps);
            network::<ImageToSentence<WORDS>>(options, settings, eye, name, steps, &bar).map(Done::Trained)
        }
    };
    let first: Vec<Job<'_>> = seeds.iter().map(|&seed| Job::Eye(seed)).chain([Job::Blind]).collect();
    let (mut eyes, mut blind) = (Vec::new(), None);
    for done in lab::side_by_side(&first, work)? {
        match done {
            Done::Trained(eye) => eyes.push(eye),
            Done::Blind(collapsed) => blind = Some(collapsed),
        }
    }
    let second: Vec<Job<'_>> = eyes.iter().map(Job::Attend).chain(eyes.iter().map(Job::Plain)).collect();
    bar.set_message("networks");
    let done = lab::side_by_side(&second, work)?;
    bar.finish_and_clear();
    let mut networks = done.into_iter().filter_map(|done| match done {
        Done::Trained(trained) => Some(trained),
        Done::Blind(_) => None,
    });
    let attend: Vec<Trained> = networks.by_ref().take(seeds.len()).collect();
    let plain: Vec<Trained> = networks.collect();
    for (name, all) in [("eye", &eyes), ("attention", &attend), ("one vector", &plain)] {
        for Trained { seed, losses, seconds, .. } in all {
            println!(
                "{name:10}  seed {seed}: loss {:.3}, {seconds:.0} s",
                losses.last().copied().unwrap_or_default()
            );
        }
    }
    let blind = blind.expect("it was among the first jobs");
    Ok(All { eyes, plain, attend, blind })
}

/// The seeds that a run trains with.
fn seeds(options: &Options, settings: &Settings) -> std::ops::Range<u64> {
    options.seeds(settings.seed, 1)
}

/// How well an eye names pictures of single things that it has not seen: kind, colour, background. Of the
/// pictures `shapes` show a coloured shape; the others show a thing, which has no colour.
///
/// # Errors
///
/// If there is hardly such a picture.
pub fn accuracy(eye: &mut Eye, shapes: f32, part: Part) -> Result<[f64; 3], Error> {
    Ok(eye.accuracy(&eye::singles(&captions::split(), &eye::small(shapes), part, 0, 0, SINGLES)?))
}

/// What was trained by a stopped run, or else what `make` trains, which is saved.
fn kept_or(
    options: &Options,
    settings: &Settings,
    name: &str,
    seed: u64,
    make: impl FnOnce() -> Result<Trained, Error>,
) -> Result<Trained, Error> {
    let (file, facts) = (seed_file(options, name, seed), facts(settings)?);
    if !options.fresh
        && let Some(trained) = Trained::load(&file, &facts, seed)?
    {
        return Ok(trained);
    }
    let trained = make()?;
    trained.save(&file, &facts)?;
    Ok(trained)
}

fn averaged(losses: &[f64]) -> Vec<f64> {
    losses.chunks(AVERAGED).map(record::mean).collect()
}

fn trained_eye(
    options: &Options,
    settings: &Settings,
    seed: u64,
    bar: &ProgressBar,
) -> Result<Trained, Error> {
    kept_or(options, settings, "eye", seed, || {
        let (start, mut losses) = (Instant::now(), Vec::new());
        let eye_settings = EyeSettings { steps: settings.eye_steps, ..EyeSettings::default() };
        let eye = eye::train(&captions::split(), &eye_settings, seed, |loss| {
            losses.push(f64::from(loss));
            bar.inc(1);
            Ok(())
        })?;
        let seconds = start.elapsed().as_secs_f64();
        Ok(Trained { seed, losses: averaged(&losses), seconds, arrays: kept::arrays(&eye) })
    })
}

/// Trains a decoder behind an eye for `steps` steps.
fn network<M: Captioner>(
    options: &Options,
    settings: &Settings,
    eye: &Trained,
    name: &str,
    steps: usize,
    bar: &ProgressBar,
) -> Result<Trained, Error> {
    let seed = eye.seed;
    kept_or(options, settings, name, seed, || {
        let (start, mut losses) = (Instant::now(), Vec::new());
        let settings = Settings { seed, ..settings.clone() };
        let Eye { encoder, .. } = eye.eye()?;
        let network = train::<M>(&captions::split(), &encoder, &settings, steps, |_, progress| {
            losses.push(f64::from(progress.loss));
            bar.inc(1);
            if progress.steps % AVERAGED == 0 {
                bar.set_message(format!("{name}, seed {seed}  loss {:.2}", progress.loss));
            }
            Ok(())
        })?;
        let seconds = start.elapsed().as_secs_f64();
        Ok(Trained { seed, losses: averaged(&losses), seconds, arrays: network.arrays() })
    })
}

/// Keeps the first network with attention for pictures on the command line, and forgets what a stopped run
/// would go on with: it is in the record now.
///
/// # Errors
///
/// If the file cannot be written.
pub fn keep(options: &Options, settings: &Settings, all: &All) -> Result<(), Error> {
    if let Some(first) = all.attend.first() {
        first.save(&options.checkpoint_file(NAME, KEPT), &facts(settings)?)?;
    }
    for seed in seeds(options, settings) {
        for name in ["eye", "attention", "plain"] {
            // What is not there need not be removed.
            let _ = std::fs::remove_file(seed_file(options, name, seed));
        }
    }
    Ok(())
}

/// The network with attention of the last run with these settings, or one that is trained now and kept.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn kept_network(options: &Options, settings: &Settings) -> Result<Network<ShowAttendTell<WORDS>>, Error> {
    let (file, facts) = (options.checkpoint_file(NAME, KEPT), facts(settings)?);
    if !options.fresh {
        match Trained::load(&file, &facts, settings.seed) {
            Ok(Some(trained)) => return trained.network(),
            Ok(None) => eprintln!("There is no trained model yet: training one."),
            Err(Error::Lab(LabError::OtherCheckpoint { what, .. })) => {
                eprintln!("The kept model was trained with other {what}: training one anew.");
            }
            Err(error) => return Err(error),
        }
    }
    let bar = lab::progress::bar("training", (settings.eye_steps + settings.steps) as u64);
    let eye = trained_eye(options, settings, settings.seed, &bar)?;
    let (name, steps) = ("attention", settings.steps);
    let trained = network::<ShowAttendTell<WORDS>>(options, settings, &eye, name, steps, &bar)?;
    bar.finish_and_clear();
    trained.save(&file, &facts)?;
    trained.network()
}

fn seed_file(options: &Options, name: &str, seed: u64) -> PathBuf {
    options.checkpoint_file(NAME, &format!("{name}-seed{seed}"))
}

/// What a checkpoint belongs to.
fn facts(settings: &Settings) -> Result<BTreeMap<String, String>, Error> {
    let mut facts = settings.facts();
    facts.insert("sources".into(), lab::fingerprint(NAME)?.to_string());
    Ok(facts)
}
