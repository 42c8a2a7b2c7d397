//! The chapter as a program: measures, and writes the record that the pages show.

use clap::Parser;
use making_it_fast::chapter;
use std::process::ExitCode;

/// Making it fast: where the time of a training step goes, and operations of one's own that give it back.
#[derive(Parser)]
#[command(version, mut_arg("data", lab::without_data), mut_arg("seed", |arg| arg.hide(true)), mut_arg("seeds", |arg| arg.hide(true)), mut_arg("fresh", |arg| arg.hide(true)))]
struct Arguments {
    #[command(flatten)]
    options: lab::Options,
}

fn main() -> ExitCode {
    lab::end_when_told();
    let Arguments { options } = Arguments::parse();
    lab::conclude(chapter::run(&options).map(Some))
}
