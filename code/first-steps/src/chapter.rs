//! The run of the chapter, in the order of its pages.

use crate::{Error, exclusive_or, exercises, figures, loss, matrix, numbers, tensors, words};
use lab::{Options, Run};
use record::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// Steps of training.
pub const STEPS: usize = 300;

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If the record cannot be written.
pub fn run(options: &Options) -> Result<PathBuf, Error> {
    let facts = [("steps", STEPS.to_string()), ("seed", options.seed.to_string())];
    let facts: BTreeMap<String, String> = facts.map(|(name, value)| (name.to_owned(), value)).into();
    let mut run = Run::start(NAME, options, facts)?;
    run.output("numbers", &numbers::shown(), true)?;
    run.output("words", &words::shown(), true)?;
    run.output("loss", &loss::shown(), true)?;
    run.output("matrix", &matrix::shown(), true)?;

    let device = lab::device(options.seed);
    run.output("tensors", &tensors::tensors(&device), true)?;
    run.output("slope", &tensors::slope_shown(&device), true)?;
    let mut net = exclusive_or::fresh(&device);
    let before = figures::plane(&net, &device);
    let losses = exclusive_or::train(&mut net, &device, STEPS)?;
    let after = figures::plane(&net, &device);
    run.output("exclusive_or", &exclusive_or::shown(&net, &device), false)?;
    run.value("steps", Value::exact(STEPS as f64))?;
    let last = losses.last().copied().unwrap_or_default();
    run.value("last_loss", Value::within(f64::from(last), 0.01).digits(3))?;
    run.figure("loss", &figures::loss(&losses)?)?;
    let planes = [("before training".to_owned(), before), (format!("after {STEPS} steps"), after)];
    run.figure("planes", &figures::planes(&planes)?)?;
    run.output("exercises", &exercises::shown(STEPS)?, false)?;
    Ok(run.finish()?)
}
