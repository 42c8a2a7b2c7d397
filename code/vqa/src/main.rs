//! Chapter 5 as a program: trains networks that answer questions about pictures, measures how much of an answer comes
//! from the picture, and writes the record that the pages show.

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use vqa::tools::{self, Tools};
use vqa::train::Settings;
use vqa::{Error, FULL_SIZE, chapter, own_data};

/// Visual question answering: a question about a picture, and an answer.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
    /// Batches that the best network learns from
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    #[arg(long, value_name = "N", value_parser = lab::at_least_two, help = format!(
        "Questions a batch [default: {}, with --full-size {}]", Settings::default().batch, Settings::full_size().batch
    ))]
    batch: Option<usize>,
    #[command(flatten)]
    size: lab::FullSize,
    /// Adam's largest learning rate
    #[arg(long, value_name = "RATE", default_value_t = Settings::default().learning_rate)]
    learning_rate: f64,
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
    let Arguments { mut options, tools, steps, batch, size, learning_rate } = arguments;
    size.check(FULL_SIZE, chapter::NAME)?;
    let usual = Settings { seed: options.seed, ..Settings::default() };
    let sized =
        if FULL_SIZE { Settings { seed: options.seed, ..Settings::full_size() } } else { usual.clone() };
    let batch = batch.unwrap_or(sized.batch);
    let settings = Settings { batch, learning_rate, ..sized };
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
        Some(folder) => own_data::run(&options, &settings, folder),
        None => chapter::run(&options, &settings),
    }
    .map(Some)
}
