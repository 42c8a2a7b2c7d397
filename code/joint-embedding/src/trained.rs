//! What the chapter trains: a model for each seed, and briefly one for each loss and temperature.
//!
//! All are trained side by side. Models of a run that is stopped are kept, so that the next one need not
//! train them again; the first one of a finished run is kept for questions on the command line.

use crate::evaluate::{self, Evaluation};
use crate::margin::Negatives;
use crate::model::Model;
use crate::names::Names;
use crate::report::Trial;
use crate::train::{Loss, Settings, train};
use crate::{Error, by_hand, chapter::NAME};
use lab::kept::Arrays;
use lab::{Checkpoint, LabError, Options};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Temperatures that are compared.
const TEMPERATURES: [f32; 4] = [0.01, 0.05, 0.2, 1.0];

/// The name of the checkpoint that questions are put to.
const KEPT: &str = "model";

/// A model's numbers, and how they came to be.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The seed of the run.
    pub seed: u64,
    /// The mean loss of every epoch.
    pub losses: Vec<f64>,
    /// How long training took.
    pub seconds: f64,
    arrays: Arrays,
}

impl Trained {
    fn train(settings: &Settings, names: &Names, mut after_epoch: impl FnMut(f64)) -> Result<Self, Error> {
        let (start, mut losses) = (Instant::now(), Vec::new());
        let model = train(names, settings, |_, progress| {
            losses.push(progress.loss);
            after_epoch(progress.loss);
            Ok(())
        })?;
        let seconds = start.elapsed().as_secs_f64();
        Ok(Self { seed: settings.seed, losses, seconds, arrays: model.arrays() })
    }

    /// The model.
    ///
    /// # Errors
    ///
    /// If a checkpoint gave it other arrays than a model has.
    pub fn model(&self) -> Result<Model, Error> {
        let mut model = Model::new(self.seed, 1.0);
        model.set(&self.arrays)?;
        Ok(model)
    }

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
        let seconds = seconds.unwrap_or_default();
        Ok(Some(Self { seed, losses, seconds, arrays: checkpoint.arrays }))
    }
}

/// Something to train.
enum Job {
    /// A model that the chapter measures.
    Model(Settings),
    /// A brief training with one loss, by name.
    Trial(String, Settings),
}

/// What a job gives.
enum Done {
    Model(Trained),
    Trial(Trial),
}

/// Trains everything that a run of the chapter needs, or takes it from a run that was stopped.
///
/// # Errors
///
/// If training diverges, or a checkpoint cannot be read or written.
pub fn all(
    options: &Options,
    settings: &Settings,
    names: &Names,
) -> Result<(Vec<Trained>, Vec<Trial>), Error> {
    let of_seed = |seed| Job::Model(Settings { seed, ..settings.clone() });
    let of_loss = |(name, loss)| Job::Trial(name, brief(options, settings, loss));
    let jobs: Vec<Job> = seeds(options, settings)
        .map(of_seed)
        .chain(losses(options, settings).into_iter().map(of_loss))
        .collect();
    let epochs =
        jobs.iter().map(|(Job::Model(settings) | Job::Trial(_, settings))| settings.epochs).sum::<usize>();
    let bar = lab::progress::bar(&format!("{} models", jobs.len()), epochs as u64);
    let done = lab::side_by_side(&jobs, |job| match job {
        Job::Model(settings) => model(options, settings, names, &bar).map(Done::Model),
        Job::Trial(name, settings) => trial(name, settings, names, &bar).map(Done::Trial),
    })?;
    bar.finish_and_clear();
    let (mut models, mut trials) = (Vec::new(), Vec::new());
    for done in done {
        match done {
            Done::Model(trained) => {
                let Trained { seed, losses, seconds, .. } = &trained;
                let loss = losses.last().copied().unwrap_or_default();
                println!("seed {seed}: {} epochs, loss {loss:.3}, {seconds:.0} s", losses.len());
                models.push(trained);
            }
            Done::Trial(trial) => trials.push(trial),
        }
    }
    Ok((models, trials))
}

/// The seeds that a run trains with.
fn seeds(options: &Options, settings: &Settings) -> std::ops::Range<u64> {
    options.seeds(settings.seed, 2)
}

/// The losses that are compared.
fn losses(options: &Options, settings: &Settings) -> Vec<(String, Loss)> {
    let margin = |negatives| Loss::Margin(by_hand::MARGIN, negatives);
    let temperatures = if options.quick { &TEMPERATURES[1..3] } else { &TEMPERATURES[..] };
    let fixed = temperatures.iter().map(|&t| (format!("temperature {t}"), Loss::InfoNceFixed(t)));
    [
        ("InfoNCE".to_owned(), settings.loss),
        ("margin, all".to_owned(), margin(Negatives::All)),
        ("margin, hardest".to_owned(), margin(Negatives::Hardest)),
    ]
    .into_iter()
    .chain(fixed)
    .collect()
}

/// What all losses and temperatures are compared with: small batches, so that a few epochs have many steps.
pub fn brief(options: &Options, settings: &Settings, loss: Loss) -> Settings {
    Settings {
        epochs: if options.quick { 1 } else { 7 },
        batch: settings.batch.min(64),
        learning_rate: settings.learning_rate.min(3e-3),
        loss,
        ..settings.clone()
    }
}

/// The model of one seed: that of a stopped run, if it got so far.
fn model(
    options: &Options,
    settings: &Settings,
    names: &Names,
    bar: &indicatif::ProgressBar,
) -> Result<Trained, Error> {
    let (file, facts, seed) = (seed_file(options, settings.seed), facts(settings)?, settings.seed);
    if !options.fresh
        && let Some(trained) = Trained::load(&file, &facts, seed)?
    {
        bar.inc(settings.epochs as u64);
        return Ok(trained);
    }
    let trained = Trained::train(settings, names, |loss| {
        bar.inc(1);
        bar.set_message(format!("seed {seed}  loss {loss:.2}"));
    })?;
    trained.save(&file, &facts)?;
    Ok(trained)
}

/// Trains briefly with one loss; R@1 is watched where losses are compared.
fn trial(
    name: &str,
    settings: &Settings,
    names: &Names,
    bar: &indicatif::ProgressBar,
) -> Result<Trial, Error> {
    let watched = !matches!(settings.loss, Loss::InfoNceFixed(_));
    let mut curve = Vec::new();
    let mut model = train(names, settings, |model, progress| {
        if watched {
            let found = evaluate::space(model, names).both_ways(&names.seen)?;
            curve.push((progress.epochs, found.to_names.at_1));
        }
        bar.inc(1);
        bar.set_message(format!("{name}  loss {:.2}", progress.loss));
        Ok(())
    })?;
    let Evaluation { seen, held_out } = Evaluation::of(&evaluate::space(&mut model, names), names)?;
    let (loss, temperature) = (settings.loss, model.temperature());
    Ok(Trial { name: name.to_owned(), loss, curve, seen, held_out, temperature })
}

fn seed_file(options: &Options, seed: u64) -> PathBuf {
    options.checkpoint_file(NAME, &format!("seed{seed}"))
}

/// What a checkpoint belongs to.
fn facts(settings: &Settings) -> Result<BTreeMap<String, String>, Error> {
    let mut facts = settings.facts();
    facts.insert("sources".into(), lab::fingerprint(NAME)?.to_string());
    Ok(facts)
}

/// Keeps the first model of a finished run for questions. The others are in the record now: a next run
/// begins anew.
///
/// # Errors
///
/// If it cannot be written.
pub fn keep(options: &Options, settings: &Settings, trained: &[Trained]) -> Result<(), Error> {
    if let Some(first) = trained.first() {
        first.save(&options.checkpoint_file(NAME, KEPT), &facts(settings)?)?;
    }
    for seed in seeds(options, settings) {
        let _ = std::fs::remove_file(seed_file(options, seed));
    }
    Ok(())
}

/// The model that was kept, or one that is trained now.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn kept(options: &Options, settings: &Settings, names: &Names) -> Result<Model, Error> {
    let (file, facts) = (options.checkpoint_file(NAME, KEPT), facts(settings)?);
    if !options.fresh {
        match Trained::load(&file, &facts, settings.seed) {
            Ok(Some(trained)) => return trained.model(),
            Ok(None) => eprintln!("There is no trained model yet: training one."),
            Err(Error::Lab(LabError::OtherCheckpoint { what, .. })) => {
                eprintln!("The kept model was trained with other {what}: training one anew.");
            }
            Err(error) => return Err(error),
        }
    }
    let bar = lab::progress::bar("training", settings.epochs as u64);
    let trained = Trained::train(settings, names, |loss| {
        bar.inc(1);
        bar.set_message(format!("loss {loss:.2}"));
    })?;
    bar.finish_and_clear();
    trained.save(&file, &facts)?;
    trained.model()
}
