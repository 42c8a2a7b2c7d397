//! What the chapter trains: a model for each seed, and briefly one for each loss and temperature.
//!
//! All are trained side by side. Models of a run that is stopped are kept, so that the next one need not
//! train them again; the first one of a finished run is kept for questions on the command line.

use crate::evaluate::{self, Evaluation};
use crate::margin::Negatives;
use crate::model::Model;
use crate::names::Names;
use crate::space::BothWays;
use crate::train::{Loss, Settings, train};
use crate::{Error, by_hand, chapter::NAME};
use lab::{Options, Shelf, Trained};

/// Temperatures that are compared.
const TEMPERATURES: [f32; 4] = [0.01, 0.05, 0.2, 1.0];

/// A temperature from which learning has a long way to go.
pub const FAR: f32 = 1.0;

/// What one way of training reached.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What is particular about it.
    pub name: String,
    /// What was made small.
    pub loss: Loss,
    /// (epoch, R@1 of seen pictures to names).
    pub curve: Vec<(usize, f64)>,
    /// How well seen emoji are found at the end.
    pub seen: BothWays,
    /// How well held-out ones are.
    pub held_out: BothWays,
    /// The temperature at the end.
    pub temperature: f32,
}

/// Trains a model; `after_epoch` gets the mean loss of each epoch.
fn new_model(settings: &Settings, names: &Names, mut after_epoch: impl FnMut(f64)) -> Result<Trained, Error> {
    Trained::by(settings.seed, 1, |losses| {
        let model = train(names, settings, |_, progress| {
            losses.push(progress.loss);
            after_epoch(progress.loss);
            Ok(())
        })?;
        Ok(model.arrays())
    })
}

/// The model of these numbers.
///
/// # Errors
///
/// If they are the numbers of something else.
pub fn model_of(trained: &Trained) -> Result<Model, Error> {
    let mut model = Model::new(trained.seed, 1.0);
    model.set(&trained.arrays)?;
    Ok(model)
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
                let loss = trained.last_loss();
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
        (format!("learned from {FAR}"), Loss::InfoNce(FAR)),
    ]
    .into_iter()
    .chain(fixed)
    .collect()
}

/// What all losses and temperatures are compared with: small batches, so that a few epochs have many steps.
pub fn brief(options: &Options, settings: &Settings, loss: Loss) -> Settings {
    Settings {
        epochs: if options.quick { 1 } else { 5 },
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
    let seed = settings.seed;
    shelf(options, settings)?.or_train("model", seed, (bar, settings.epochs), || {
        new_model(settings, names, |loss| {
            bar.inc(1);
            bar.set_message(format!("seed {seed}  loss {loss:.2}"));
        })
    })
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

fn shelf<'a>(options: &'a Options, settings: &Settings) -> Result<Shelf<'a>, Error> {
    Ok(Shelf::new(options, NAME, settings.facts())?)
}

/// Keeps the first model of a finished run for questions. The others are in the record now: a next run
/// begins anew.
///
/// # Errors
///
/// If it cannot be written.
pub fn keep(options: &Options, settings: &Settings, trained: &[Trained]) -> Result<(), Error> {
    let shelf = shelf(options, settings)?;
    if let Some(first) = trained.first() {
        shelf.keep(first)?;
    }
    shelf.forget(["model"], seeds(options, settings));
    Ok(())
}

/// The model that was kept, or one that is trained now.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn kept(options: &Options, settings: &Settings, names: &Names) -> Result<Model, Error> {
    let trained = shelf(options, settings)?.kept_or(settings.seed, || {
        let bar = lab::progress::bar("training", settings.epochs as u64);
        let trained = new_model(settings, names, |loss| {
            bar.inc(1);
            bar.set_message(format!("loss {loss:.2}"));
        })?;
        bar.finish_and_clear();
        Ok::<_, Error>(trained)
    })?;
    model_of(&trained)
}
