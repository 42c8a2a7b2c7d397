//! The first steps as a program: runs them, and writes the record that the pages show.

use clap::Parser;
use first_steps::chapter;
use std::process::ExitCode;

/// First steps: enough Rust for the book, and dfdx in one sitting.
#[derive(Parser)]
#[command(version, mut_arg("data", lab::without_data))]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
}

fn main() -> ExitCode {
    lab::end_when_told();
    let Arguments { options } = Arguments::parse();
    lab::conclude(chapter::run(&options).map(Some))
}
