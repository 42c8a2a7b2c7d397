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
use lab::parameters;
use lab::{Options, Shelf, Trained};

/// Steps whose losses are averaged for the record.
const AVERAGED: usize = 20;

/// The names of networks, with attention and without.
const ATTENTION: &str = "attention";
const PLAIN: &str = "plain";

/// Pictures of single things that an eye is tested with.
const SINGLES: usize = 2000;

/// The eye of these numbers.
///
/// # Errors
///
/// If they are the numbers of something else.
pub fn eye_of(trained: &Trained) -> Result<Eye, Error> {
    let mut eye = Eye::fresh(trained.seed);
    parameters::set(&mut eye, &trained.arrays, "")?;
    Ok(eye)
}

/// The network of these numbers.
///
/// # Errors
///
/// If they are the numbers of something else.
pub fn network_of<M: Captioner>(trained: &Trained) -> Result<Network<M>, Error> {
    let mut network = Network::fresh(trained.seed);
    network.set(&trained.arrays)?;
    Ok(network)
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
    let shelf = shelf(options, settings)?;
    let work = |job: &Job<'_>| match job {
        Job::Eye(seed) => {
            let steps = settings.eye_steps;
            shelf.or_train("eye", *seed, (&bar, steps), || new_eye(settings, *seed, &bar)).map(Done::Trained)
        }
        Job::Blind => {
            let collapsed = same_caption::collapse(settings, blind_steps, tests)?;
            bar.inc(blind_steps as u64);
            Ok(Done::Blind(collapsed))
        }
        Job::Attend(eye) => {
            let steps = settings.steps;
            let make = || new_network::<ShowAttendTell<WORDS>>(settings, eye, ATTENTION, steps, &bar);
            shelf.or_train(ATTENTION, eye.seed, (&bar, steps), make).map(Done::Trained)
        }
        Job::Plain(eye) => {
            let steps = settings.plain_steps;
            let make = || new_network::<ImageToSentence<WORDS>>(settings, eye, PLAIN, steps, &bar);
            shelf.or_train(PLAIN, eye.seed, (&bar, steps), make).map(Done::Trained)
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
        for trained @ Trained { seed, seconds, .. } in all {
            println!("{name:10}  seed {seed}: loss {:.3}, {seconds:.0} s", trained.last_loss());
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

fn new_eye(settings: &Settings, seed: u64, bar: &ProgressBar) -> Result<Trained, Error> {
    Trained::by(seed, AVERAGED, |losses| {
        let eye_settings = EyeSettings { steps: settings.eye_steps, ..EyeSettings::default() };
        let eye = eye::train(&captions::split(), &eye_settings, seed, |loss| {
            losses.push(f64::from(loss));
            bar.inc(1);
            Ok(())
        })?;
        Ok(parameters::arrays(&eye))
    })
}

/// Trains a decoder behind an eye for `steps` steps.
fn new_network<M: Captioner>(
    settings: &Settings,
    eye: &Trained,
    name: &str,
    steps: usize,
    bar: &ProgressBar,
) -> Result<Trained, Error> {
    let seed = eye.seed;
    Trained::by(seed, AVERAGED, |losses| {
        let settings = Settings { seed, ..settings.clone() };
        let Eye { encoder, .. } = eye_of(eye)?;
        let network = train::<M>(&captions::split(), &encoder, &settings, steps, |_, progress| {
            losses.push(f64::from(progress.loss));
            bar.inc(1);
            if progress.steps % AVERAGED == 0 {
                bar.set_message(format!("{name}, seed {seed}  loss {:.2}", progress.loss));
            }
            Ok(())
        })?;
        Ok(network.arrays())
    })
}

/// Keeps the first network with attention for pictures on the command line, and forgets what a stopped run
/// would go on with: it is in the record now.
///
/// # Errors
///
/// If the file cannot be written.
pub fn keep(options: &Options, settings: &Settings, all: &All) -> Result<(), Error> {
    let shelf = shelf(options, settings)?;
    if let Some(first) = all.attend.first() {
        shelf.keep(first)?;
    }
    shelf.forget(["eye", ATTENTION, PLAIN], seeds(options, settings));
    Ok(())
}

/// The network with attention of the last run with these settings, or one that is trained now and kept.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn kept_network(options: &Options, settings: &Settings) -> Result<Network<ShowAttendTell<WORDS>>, Error> {
    let trained = shelf(options, settings)?.kept_or(settings.seed, || {
        let bar = lab::progress::bar("training", (settings.eye_steps + settings.steps) as u64);
        let eye = new_eye(settings, settings.seed, &bar)?;
        let steps = settings.steps;
        let trained = new_network::<ShowAttendTell<WORDS>>(settings, &eye, ATTENTION, steps, &bar)?;
        bar.finish_and_clear();
        Ok::<_, Error>(trained)
    })?;
    network_of(&trained)
}

fn shelf<'a>(options: &'a Options, settings: &Settings) -> Result<Shelf<'a>, Error> {
    Ok(Shelf::new(options, NAME, settings.facts())?)
}
