//! What the chapter trains: for each seed an eye; behind it the best network, and seven that are compared; with the
//! first seed alone also networks that learn from unbalanced questions, and two streams together from nothing.
//!
//! They are trained side by side, each on a core. What a stopped run has trained is kept, so that the next one need
//! not train it again; the best network of a finished run is kept for questions on the command line.

use crate::Error;
use crate::chapter::NAME;
use crate::eye::{self, Eye};
use crate::fused::QuestionOnly;
use crate::glimpses::Glimpses;
use crate::heads::{self, Head};
use crate::network::Network;
use crate::prior::Prior;
use crate::questions::{Drawn, examples, split};
use crate::streams::{self, Course, Pace};
use crate::train::Settings;
use crate::training_set::TrainingSet;
use indicatif::ProgressBar;
use lab::parameters::{self, Arrays};
use lab::{Options, Shelf, Trained};
use std::collections::BTreeMap;
use std::time::Instant;

/// How often unbalanced questions have the answer that goes with their words.
pub const SKEW: f32 = 0.8;

/// Steps whose losses are averaged for the record.
pub const AVERAGED: usize = 50;

/// Questions that the two streams are tested with as they learn.
pub const ASKED: u64 = 400;

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

/// The best network of these numbers.
///
/// # Errors
///
/// If they are the numbers of something else.
pub fn best_of(trained: &Trained) -> Result<Network<Glimpses>, Error> {
    heads::kept(&trained.arrays)
}

/// What is trained behind the eye of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Job {
    /// The best network: glimpses, for the most steps, with the prior added to its logits.
    Best,
    /// One of those that are compared.
    Compared(Head),
    /// On unbalanced questions, without complements: the question alone.
    SkewedQuestion,
    /// On unbalanced questions, without complements: glimpses.
    Skewed,
    /// The same, with the prior added to its logits.
    SkewedWithPrior,
    /// On unbalanced questions with their complements.
    SkewedWithComplements,
}

impl Job {
    /// All, the longest first.
    pub fn all() -> Vec<Self> {
        let mut heads = Head::ALL.to_vec();
        heads.reverse();
        heads.sort_by_key(|head| *head != Head::Film);
        let compared = heads.into_iter().map(Self::Compared);
        let skewed = [Self::Skewed, Self::SkewedWithPrior, Self::SkewedWithComplements, Self::SkewedQuestion];
        [Self::Best].into_iter().chain(compared).chain(skewed).collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Compared(head) => head.name(),
            Self::SkewedQuestion => "skewed-question",
            Self::Skewed => "skewed",
            Self::SkewedWithPrior => "skewed-prior",
            Self::SkewedWithComplements => "skewed-complements",
        }
    }

    /// What compares picture and question in it.
    pub fn head(self) -> Head {
        match self {
            Self::Compared(head) => head,
            Self::SkewedQuestion => Head::QuestionOnly,
            _ => Head::Glimpses,
        }
    }

    fn steps(self, settings: &Settings) -> usize {
        if self == Self::Best { settings.steps } else { settings.compared_steps }
    }

    /// Whether the prior is added to its logits while it learns.
    fn has_prior(self) -> bool {
        matches!(self, Self::Best | Self::SkewedWithPrior)
    }

    /// Trains it behind an eye; `prior` has the numbers of a network that sees the question alone.
    fn train(
        self,
        set: &TrainingSet,
        eye: &Trained,
        settings: &Settings,
        prior: Option<&Arrays>,
        bar: &ProgressBar,
    ) -> Result<Trained, Error> {
        let mut prior = prior.map(heads::kept::<QuestionOnly>).transpose()?.map(Prior::new);
        let (eye, steps) = (eye_of(eye)?, self.steps(settings));
        let settings = Settings { complements: !self.without_complements(), ..settings.clone() };
        Trained::by(settings.seed, AVERAGED, |losses| {
            self.head().train(set, &eye, &settings, steps, prior.as_mut(), |loss| {
                losses.push(f64::from(loss));
                bar.inc(1);
            })
        })
    }

    /// Whether it learns from unbalanced questions.
    fn is_skewed(self) -> bool {
        self.without_complements() || self == Self::SkewedWithComplements
    }

    /// Whether its questions come without complements.
    fn without_complements(self) -> bool {
        matches!(self, Self::SkewedQuestion | Self::Skewed | Self::SkewedWithPrior)
    }
}

/// How the two streams that learn together are paced.
pub const PACES: [(&str, Pace); 2] = [
    ("as fast", Pace { image: 1.0, question: 1.0 }),
    ("question slowed", Pace { image: 1.0, question: 0.1 }),
];

/// Everything that a run of the chapter trains.
#[derive(Debug)]
pub struct All {
    /// An eye a seed.
    pub eyes: Vec<Trained>,
    /// The networks behind each eye: only the first has those of unbalanced questions.
    pub networks: Vec<BTreeMap<Job, Trained>>,
    /// Two streams together, at each of [`PACES`].
    pub courses: Vec<Course>,
    /// How long one of them took.
    pub course_seconds: f64,
}

/// Trains everything that a run of the chapter needs, or takes it from a run that was stopped.
///
/// # Errors
///
/// If training diverges, or a checkpoint cannot be read or written.
pub fn all(options: &Options, settings: &Settings) -> Result<All, Error> {
    let seeds: Vec<u64> = options.seeds(settings.seed, 1).collect();
    let steps = |skewed| -> usize {
        Job::all().into_iter().filter(|job| job.is_skewed() == skewed).map(|job| job.steps(settings)).sum()
    };
    let together = PACES.len() * settings.together_steps();
    let all = seeds.len() * (settings.eye_steps + steps(false)) + steps(true) + together;
    let bar = lab::progress::bar("eyes", all as u64);
    let eyes = lab::side_by_side(&seeds, |&seed| {
        let settings = Settings { seed, ..settings.clone() };
        let steps = settings.eye_steps;
        shelf(options, &settings)?.or_train("eye", seed, (&bar, steps), || new_eye(&settings, &bar))
    })?;
    bar.set_message("networks");
    let mut networks = Vec::new();
    for eye in &eyes {
        networks.push(behind(options, settings, eye, &bar)?);
    }
    let (skewed, courses) = unbalanced(options, settings, &eyes[0], &bar)?;
    networks[0].extend(skewed);
    bar.finish_and_clear();
    let course_seconds = courses.first().map_or(0.0, |(_, seconds)| *seconds);
    let courses = courses.into_iter().map(|(course, _)| course).collect();
    for (eye, networks) in eyes.iter().zip(&networks) {
        println!("eye, seed {}: {:.0} s", eye.seed, eye.seconds);
        for (job, trained @ Trained { seed, seconds, .. }) in networks {
            println!("{:16} seed {seed}: loss {:.3}, {seconds:.0} s", job.name(), trained.last_loss());
        }
    }
    Ok(All { eyes, networks, courses, course_seconds })
}

/// What has been trained behind an eye.
type Networks = BTreeMap<Job, Trained>;

/// A course of two streams, and how long it took.
type Timed = (Course, f64);

/// The networks of balanced questions behind the eye of a seed.
fn behind(
    options: &Options,
    settings: &Settings,
    eye: &Trained,
    bar: &ProgressBar,
) -> Result<Networks, Error> {
    let bench = Bench::new(options, settings, eye, 0.0, bar)?;
    let done = lab::side_by_side(&Bench::jobs(false), |&job| bench.train(job))?;
    Ok(done.into_iter().flatten().collect())
}

/// The networks of unbalanced questions, and beside them, since they need no eye, two streams together at each of the
/// paces.
fn unbalanced(
    options: &Options,
    settings: &Settings,
    eye: &Trained,
    bar: &ProgressBar,
) -> Result<(Networks, Vec<Timed>), Error> {
    let bench = Bench::new(options, settings, eye, SKEW, bar)?;
    let tests = examples(&split(), Drawn::TEST, settings.seed, 0..ASKED)?;
    let paces = PACES.into_iter().map(|(_, pace)| Work::Streams(pace));
    let work: Vec<Work> = Bench::jobs(true).into_iter().map(Work::Network).chain(paces).collect();
    let done = lab::side_by_side(&work, |work| match *work {
        Work::Network(job) => Ok::<_, Error>((bench.train(job)?, None)),
        Work::Streams(pace) => {
            let (start, steps) = (Instant::now(), settings.together_steps());
            let course = streams::together(&split(), settings, steps, pace, &tests, || bar.inc(1))?;
            Ok((vec![], Some((course, start.elapsed().as_secs_f64()))))
        }
    })?;
    let (networks, courses): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    Ok((networks.into_iter().flatten().collect(), courses.into_iter().flatten().collect()))
}

/// A network to train, or two streams at a pace.
enum Work {
    Network(Job),
    Streams(Pace),
}

/// Where the networks behind an eye are trained: the questions and maps of the training set, which are large.
struct Bench<'a> {
    shelf: Shelf<'a>,
    settings: Settings,
    eye: &'a Trained,
    set: TrainingSet,
    bar: &'a ProgressBar,
}

impl<'a> Bench<'a> {
    fn new(
        options: &'a Options,
        settings: &Settings,
        eye: &'a Trained,
        skew: f32,
        bar: &'a ProgressBar,
    ) -> Result<Self, Error> {
        let settings = Settings { seed: eye.seed, ..settings.clone() };
        let drawn = Drawn { skew, ..Drawn::TRAINING };
        let set = TrainingSet::draw(&split(), drawn, &mut eye_of(eye)?, settings.seed, settings.scenes)?;
        Ok(Self { shelf: shelf(options, &settings)?, settings, eye, set, bar })
    }

    /// What is trained on balanced or unbalanced questions, but for the network of the question alone, which comes with
    /// the one that needs it: that one first, for it takes longest.
    fn jobs(skewed: bool) -> Vec<Job> {
        let mut jobs: Vec<Job> = Job::all().into_iter().filter(|job| job.is_skewed() == skewed).collect();
        jobs.retain(|job| job.head() != Head::QuestionOnly);
        jobs.sort_by_key(|job| !job.has_prior());
        jobs
    }

    /// Trains a network, and before it, if it has a prior, the one that sees the question alone.
    fn train(&self, job: Job) -> Result<Vec<(Job, Trained)>, Error> {
        if !job.has_prior() {
            return Ok(vec![(job, self.one(job, None)?)]);
        }
        let words = if job.is_skewed() { Job::SkewedQuestion } else { Job::Compared(Head::QuestionOnly) };
        let alone = self.one(words, None)?;
        let with_prior = self.one(job, Some(&alone.arrays))?;
        Ok(vec![(words, alone), (job, with_prior)])
    }

    fn one(&self, job: Job, prior: Option<&Arrays>) -> Result<Trained, Error> {
        let Self { shelf, settings, eye, set, bar } = self;
        shelf.or_train(job.name(), settings.seed, (bar, job.steps(settings)), || {
            job.train(set, eye, settings, prior, bar)
        })
    }
}

fn new_eye(settings: &Settings, bar: &ProgressBar) -> Result<Trained, Error> {
    Trained::by(settings.seed, AVERAGED, |losses| {
        let eye = eye::train(&split(), settings, |loss| {
            losses.push(f64::from(loss));
            bar.inc(1);
        })?;
        Ok(parameters::arrays(&eye))
    })
}

/// Keeps the first best network for questions on the command line, and forgets what a stopped run would go on with:
/// it is in the record now.
///
/// # Errors
///
/// If the file cannot be written.
pub fn keep(options: &Options, settings: &Settings, all: &All) -> Result<(), Error> {
    let shelf = shelf(options, settings)?;
    if let Some(best) = all.networks.first().and_then(|networks| networks.get(&Job::Best)) {
        shelf.keep(best)?;
    }
    let names = Job::all().into_iter().map(Job::name).chain(["eye"]);
    shelf.forget(names, options.seeds(settings.seed, 1));
    Ok(())
}

/// The best network of the last run with these settings, or one that is trained now and kept.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn kept_network(options: &Options, settings: &Settings) -> Result<Network<Glimpses>, Error> {
    let trained = shelf(options, settings)?.kept_or(settings.seed, || {
        let words = Job::Compared(Head::QuestionOnly);
        let steps = settings.eye_steps + words.steps(settings) + settings.steps;
        let bar = lab::progress::bar("training", steps as u64);
        let eye = new_eye(settings, &bar)?;
        let set =
            TrainingSet::draw(&split(), Drawn::TRAINING, &mut eye_of(&eye)?, settings.seed, settings.scenes)?;
        let alone = words.train(&set, &eye, settings, None, &bar)?;
        let trained = Job::Best.train(&set, &eye, settings, Some(&alone.arrays), &bar)?;
        bar.finish_and_clear();
        Ok::<_, Error>(trained)
    })?;
    best_of(&trained)
}

fn shelf<'a>(options: &'a Options, settings: &Settings) -> Result<Shelf<'a>, Error> {
    Ok(Shelf::new(options, NAME, settings.facts())?)
}
