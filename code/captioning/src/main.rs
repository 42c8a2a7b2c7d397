//! Chapter 3 as a program. So far it scores captions; the chapter's run is still to come.

use captioning::tools::{self, Tools};
use clap::Parser;
use miette::IntoDiagnostic;
use std::process::ExitCode;

/// Captioning: how good is a sentence about a picture? So far this program scores captions that are
/// there already, by BLEU, ROUGE-L and CIDEr. The model that writes captions is still to come.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    tools: Tools,
}

fn main() -> ExitCode {
    let Arguments { tools } = Arguments::parse();
    if let Err(report) = tools::run(&tools, &mut std::io::stdout().lock()).into_diagnostic() {
        eprintln!("Error: {report:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
