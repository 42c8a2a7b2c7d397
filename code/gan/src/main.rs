//! Chapter 4 as a program: plays the game, measures and draws what the generator paints, and writes the record that
//! the pages show.

use clap::Parser;
use gan::tools::{self, Tools};
use gan::train::Settings;
use gan::{Error, FULL_SIZE, chapter, digits};
use std::path::PathBuf;
use std::process::ExitCode;

/// Text to image: a generator that paints sentences, and a discriminator that judges.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
    /// Steps of both players
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    #[arg(long, value_name = "N", value_parser = at_least_four, help = format!(
        "Pictures a step [default: {}, with --full-size {}]", Settings::default().batch, Settings::full_size().batch
    ))]
    batch: Option<usize>,
    #[command(flatten)]
    size: lab::FullSize,
    /// Adam's learning rate for the generator; the discriminator's is twice as large
    #[arg(long, value_name = "RATE", default_value_t = Settings::default().generator_rate)]
    learning_rate: f32,
    /// λ: what it costs to paint the same from different noise
    #[arg(long, value_name = "WEIGHT", default_value_t = Settings::default().mode_seeking)]
    mode_seeking: f32,
    #[command(flatten)]
    tools: Tools,
}

/// Half of the sentences of a step are painted twice, and batch normalisation wants several.
fn at_least_four(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 4..) if count % 2 == 0 => Ok(count),
        _ => Err("expected an even number of 4 or more".to_owned()),
    }
}

fn main() -> ExitCode {
    layers::keep_freed_memory();
    lab::end_when_told();
    lab::conclude(run(Arguments::parse()))
}

/// Does what is wanted, and gives the file of the record, if one was written.
fn run(arguments: Arguments) -> Result<Option<PathBuf>, Error> {
    let Arguments { mut options, tools, steps, batch, size, learning_rate, mode_seeking } = arguments;
    size.check(FULL_SIZE, chapter::NAME)?;
    let usual = Settings { seed: options.seed, ..Settings::default() };
    let sized =
        if FULL_SIZE { Settings { seed: options.seed, ..Settings::full_size() } } else { usual.clone() };
    let batch = batch.unwrap_or(sized.batch);
    let settings = Settings {
        batch,
        generator_rate: learning_rate,
        discriminator_rate: 2.0 * learning_rate,
        mode_seeking,
        ..sized
    };
    let settings = match steps {
        Some(steps) => Settings { steps: steps as usize, ..settings },
        None if options.quick => Settings { steps: chapter::QUICK_STEPS, ..settings },
        None => settings,
    };
    options.unusual = FULL_SIZE || settings != usual;
    if tools.any() {
        tools::run(&options, &tools, &settings)?;
        return Ok(None);
    }
    match options.data_folder()? {
        Some(folder) => digits::run(&options, &settings, folder),
        None => chapter::run(&options, &settings),
    }
    .map(Some)
}
