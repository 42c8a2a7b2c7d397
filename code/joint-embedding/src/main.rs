//! Stub.
use clap::Parser;
use joint_embedding::{tools::{self,Tools},train::Settings,photographs};
#[derive(Parser)]
struct Arguments { #[command(flatten)] options: lab::Options, #[command(flatten)] tools: Tools, #[arg(long)] epochs: Option<u16>, #[arg(long)] batch: Option<usize>, #[arg(long)] word_decay: Option<f32>, #[arg(long)] learning_rate: Option<f32> }
fn main() {
    lab::stop_on_ctrl_c();
    let a = Arguments::parse();
    let d = Settings::default();
    let s = Settings { seed: a.options.seed, epochs: a.epochs.map_or(if a.options.quick {2} else {30}, usize::from), batch: a.batch.unwrap_or(64), word_decay: a.word_decay.unwrap_or(d.word_decay), learning_rate: a.learning_rate.unwrap_or(d.learning_rate), ..d };
    let r = if a.tools.any() { tools::run(&a.options, &a.tools, &s).map(|()| None) } else { photographs::run(&a.options, &s).map(Some) };
    match r { Ok(x) => println!("{x:?}"), Err(e) => { eprintln!("Error: {e}"); std::process::exit(1) } }
}
