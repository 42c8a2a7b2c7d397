//! The first steps as a program: runs them, and writes the record that the pages show.

use clap::Parser;
use first_steps::chapter;
use std::process::ExitCode;

/// First steps: enough Rust for the book, and dfdx in one sitting.
#[derive(Parser)]
#[command(version, mut_arg("data", lab::without_data), mut_arg("quick", |arg| arg.hide(true)), mut_arg("seeds", |arg| arg.hide(true)), mut_arg("fresh", |arg| arg.hide(true)))]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
}

fn main() -> ExitCode {
    lab::end_when_told();
    let Arguments { options } = Arguments::parse();
    lab::conclude(chapter::run(&options).map(Some))
}
