//! Chapter 1 as a program: reads a corpus, trains word vectors, measures and draws them, and writes
//! the record that the pages show.

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use text_embedding::tools::{self, Tools};
use text_embedding::train::Settings;
use text_embedding::{Error, chapter};

/// Text embedding: word2vec's skip-gram on the Rust documentation.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
    /// Words that occur less often get no vector
    #[arg(long, default_value_t = Settings::default().min_count, value_name = "N")]
    min_count: usize,
    /// How often the corpus is read
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    epochs: Option<u16>,
    #[command(flatten)]
    tools: Tools,
}

fn main() -> ExitCode {
    lab::end_when_told();
    lab::conclude(run(Arguments::parse()))
}

/// Does what is wanted, and gives the file of the record, if one was written.
fn run(arguments: Arguments) -> Result<Option<PathBuf>, Error> {
    let Arguments { mut options, tools, min_count, epochs } = arguments;
    let defaults = Settings { seed: options.seed, min_count, ..Settings::default() };
    let usual = if options.quick { 3 } else { defaults.epochs };
    let settings = Settings { epochs: epochs.map_or(usual, usize::from), ..defaults };
    options.unusual = settings != Settings { seed: options.seed, ..Settings::default() };
    if tools.any() {
        tools::run(&options, &tools, &settings)?;
        return Ok(None);
    }
    chapter::run(&options, &settings).map(Some)
}
