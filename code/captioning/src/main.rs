//! Chapter 3 as a program: trains two networks that write sentences about pictures, measures and draws
//! what they write and where they look, and writes the record that the pages show.

use captioning::tools::{self, Tools};
use captioning::train::Settings;
use captioning::{FULL_SIZE, chapter, photographs};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Captioning: a sentence about a picture, and where the network looks for each word.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
    #[command(flatten)]
    tools: Tools,
    /// Batches that the model with attention learns from
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    #[arg(long, value_name = "N", value_parser = lab::at_least_two, help = format!(
        "Scenes or photographs a batch [default: {}, with --full-size {}]", Settings::default().batch, Settings::full_size().batch
    ))]
    batch: Option<usize>,
    /// Larger pictures with more in them, and larger batches, for a card: what the program is compiled for. On two cores it takes an hour or more
    #[arg(long)]
    full_size: bool,
    /// Adam's largest learning rate
    #[arg(long, value_name = "RATE", default_value_t = Settings::default().learning_rate)]
    learning_rate: f32,
    /// Weight of the doubly stochastic penalty (in the authors' program 1, beside a loss summed over the sentence)
    #[arg(long, value_name = "WEIGHT", default_value_t = Settings::default().penalty)]
    penalty: f32,
}

fn main() -> ExitCode {
    layers::keep_freed_memory();
    lab::end_when_told();
    let Arguments { mut options, tools, steps, batch, full_size, learning_rate, penalty } =
        Arguments::parse();
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
    let result: Result<Option<PathBuf>, _> = if full_size && !FULL_SIZE {
        Err(lab::LabError::UsualSize { chapter: chapter::NAME }.into())
    } else if tools.any() {
        tools::run(&options, &tools, &settings).map(|()| None)
    } else if options.data.is_some() {
        photographs::run(&options, &settings).map(Some)
    } else {
        chapter::run(&options, &settings).map(Some)
    };
    lab::conclude(result)
}
