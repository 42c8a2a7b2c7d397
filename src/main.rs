//! The book's own program: what can be typed after `cargo run --release --`.

use clap::{Parser, Subcommand};
use multimodal_book::{build_book, check, doctor, notebooks, print, run as chapters, serve, weave};
use std::process::ExitCode;

/// Multimodal Learning in Rust: reads the book to you, runs its chapters, checks it
#[derive(Parser)]
#[command(version, about, bin_name = "cargo run --release --", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Build the book and read it in a browser (the default)
    Serve(serve::ServeArgs),
    /// Build the book as HTML into book/
    Build,
    /// Print the book to a PDF, with a browser that is installed
    Print,
    /// Check pages, records, listings, links and alt text, and tell everything that is wrong
    Check,
    /// Run a chapter, or all of them
    Run(chapters::RunArgs),
    /// Write the chapters' notebooks from their pages
    Notebooks(notebooks::NotebooksArgs),
    /// Tell what this machine has and lacks, and how long chapters take on it
    Doctor,
    /// Weave pages for mdBook, which calls this itself
    #[command(hide = true)]
    Preprocess {
        #[command(subcommand)]
        question: Option<Question>,
    },
}

#[derive(Subcommand)]
enum Question {
    /// Whether pages can be woven for a renderer
    Supports {
        /// The renderer's name
        renderer: String,
    },
}

fn main() -> ExitCode {
    // A finding stays on its line, so that a terminal or an editor can jump to it. There is no other
    // hook that this could collide with.
    let _ =
        miette::set_hook(Box::new(|_| Box::new(miette::MietteHandlerOpts::new().wrap_lines(false).build())));
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> miette::Result<ExitCode> {
    match arguments.command.unwrap_or(Command::Serve(arguments.serve)) {
        Command::Serve(args) => serve::run(&args)?,
        Command::Build => build_book::run()?,
        Command::Print => print::run()?,
        Command::Check => return check::run(),
        Command::Run(args) => return Ok(chapters::run(&args)?),
        Command::Notebooks(args) => return Ok(notebooks::run(&args)?),
        Command::Doctor => return Ok(doctor::run()?),
        Command::Preprocess { question: None } => weave::preprocess()?,
        // The woven blocks are HTML.
        Command::Preprocess { question: Some(Question::Supports { renderer }) } => {
            return Ok(if renderer == "html" { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}
