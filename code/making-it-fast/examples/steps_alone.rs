//! Some training steps and nothing else, for tools that watch a program from outside.
//!
//! `cargo run --release -p making-it-fast --example making-it-fast-steps-alone -- plain 2`

use making_it_fast::profile::{Clock, Form, Net};
use std::env::args;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let form = match args().nth(1).as_deref() {
        Some("plain") => Form::Plain,
        Some("fast") => Form::Fast,
        other => return Err(format!("expected `plain` or `fast`, found {other:?}").into()),
    };
    let steps: usize = args().nth(2).ok_or("expected a number of steps, found nothing")?.parse()?;
    let net = Net::new(8, 1);
    for _ in 0..steps {
        std::hint::black_box(net.step(form, &Clock::default())?);
    }
    Ok(())
}
