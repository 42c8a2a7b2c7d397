//! Chapter 3 as a program: trains two networks that write sentences about pictures, measures and draws
//! what they write and where they look, and writes the record that the pages show.

use captioning::tools::{self, Tools};
use captioning::train::Settings;
use captioning::{Error, FULL_SIZE, chapter, photographs};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Captioning: a sentence about a picture, and where the network looks for each word.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
    /// Batches that the model with attention learns from
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    #[arg(long, value_name = "N", value_parser = lab::at_least_two, help = format!(
        "Scenes or photographs a batch [default: {}, with --full-size {}]", Settings::default().batch, Settings::full_size().batch
    ))]
    batch: Option<usize>,
    #[command(flatten)]
    size: lab::FullSize,
    /// Adam's largest learning rate
    #[arg(long, value_name = "RATE", default_value_t = Settings::default().learning_rate)]
    learning_rate: f32,
    /// Weight of the doubly stochastic penalty (in the authors' program 1, beside a loss summed over the sentence)
    #[arg(long, value_name = "WEIGHT", default_value_t = Settings::default().penalty)]
    penalty: f32,
    #[command(flatten)]
    tools: Tools,
}

fn main() -> ExitCode {
    layers::keep_freed_memory();
    lab::end_when_told();
    lab::conclude(run(Arguments::parse()))
}

/// Does what is wanted, and gives the file of the record, if one was written.
fn run(arguments: Arguments) -> Result<Option<PathBuf>, Error> {
    let Arguments { mut options, tools, steps, batch, size, learning_rate, penalty } = arguments;
    size.check(FULL_SIZE, chapter::NAME)?;
    let usual = Settings { seed: options.seed, ..Settings::default() };
    let sized =
        if FULL_SIZE { Settings { seed: options.seed, ..Settings::full_size() } } else { usual.clone() };
    let batch = batch.unwrap_or(sized.batch);
    let settings = Settings { batch, learning_rate, penalty, ..sized };
    let settings = match steps {
        Some(steps) => settings.with_steps(steps as usize),
        None if options.quick => settings.with_steps(chapter::QUICK_STEPS),
        None => settings,
    };
    options.unusual = FULL_SIZE || settings != usual;
    if tools.any() {
        tools::run(&options, &tools, &settings)?;
        return Ok(None);
    }
    match options.data_folder()? {
        Some(folder) => photographs::run(&options, &settings, folder),
        None => chapter::run(&options, &settings),
    }
    .map(Some)
}
