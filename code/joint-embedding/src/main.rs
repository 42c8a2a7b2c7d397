//! Chapter 2 as a program: trains two networks that share a space, measures and draws what came of it,
//! and writes the record that the pages show.

use clap::Parser;
use joint_embedding::tools::{self, Tools};
use joint_embedding::train::Settings;
use joint_embedding::{Error, chapter, photographs};
use std::path::PathBuf;
use std::process::ExitCode;

/// Joint embedding: pictures and words in one space.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
    /// How often every pair is seen
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    epochs: Option<u16>,
    /// Pairs a batch
    #[arg(long, value_name = "N", default_value_t = Settings::default().batch, value_parser = lab::at_least_two)]
    batch: usize,
    /// Adam's largest learning rate
    #[arg(long, value_name = "RATE", default_value_t = Settings::default().learning_rate)]
    learning_rate: f32,
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
    let few = if options.quick { 2 } else { usual.epochs };
    let settings =
        Settings { epochs: epochs.map_or(few, usize::from), batch, learning_rate, ..usual.clone() };
    options.unusual = settings != usual;
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
