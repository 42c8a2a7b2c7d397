//! Chapter 6 as a program: takes sounds apart, trains networks that hear, and writes the record that the pages show.

use clap::Parser;
use sound::tools::{self, Tools};
use sound::train::Settings;
use sound::{Error, chapter, own_data};
use std::path::PathBuf;
use std::process::ExitCode;

/// Sound: what it consists of, and how it joins pictures and words.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
    /// How often every sound is seen
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Sounds a batch
    #[arg(long, value_name = "N", default_value_t = Settings::default().batch, value_parser = lab::at_least_two)]
    batch: usize,
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
    let Arguments { mut options, tools, epochs, batch, learning_rate } = arguments;
    let usual = Settings { seed: options.seed, ..Settings::default() };
    let mut settings = Settings { batch, learning_rate, ..usual.clone() };
    if options.quick {
        settings = settings.quick();
    }
    if let Some(epochs) = epochs {
        settings.epochs = epochs as usize;
    }
    options.unusual = settings != usual;
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
