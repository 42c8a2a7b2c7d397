//! Times each operation of `layers`, forward and back: `NAME<tab>MILLISECONDS` a line, the median of so many times after
//! three to warm up (of ten times as many, after ten times as many, where one is [`SHORT`]).
//!
//! `cargo run --release -p making-it-fast --example operation_times -- 20`
//!
//! The gradient from above is given. PyTorch takes a tensor for it as it is; dfdx's tape hands out a cleared place for it,
//! to which it is copied. What that takes alone, with a tape that has nothing else on it, is measured, too, and taken off.
//!
//! `tools/peers/steps.py` holds them against PyTorch's, which `tools/peers/operations.py` has.

use dfdx::prelude::*;
use making_it_fast::forms::{Work, operations};
use making_it_fast::stopwatch::{SHORT, median};
use std::error::Error;
use std::time::Instant;

/// Pictures, sentences or queries at once, as in the chapter's table.
const BATCH: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    layers::keep_freed_memory();
    // Errors stay on their thread.
    rayon::scope(|_| run().map_err(|error| error.to_string()))?;
    Ok(())
}

fn run() -> Result<(), Box<dyn Error>> {
    let count = std::env::args().nth(1).unwrap_or_else(|| "20".to_owned());
    let count: usize = count.parse().map_err(|_| format!("expected how many times, found {count:?}"))?;
    for operation in operations(BATCH)? {
        let mut time = timed(&operation.fast, 3, count)?;
        if time < SHORT {
            time = timed(&operation.fast, 30, 10 * count)?;
        }
        if time <= 0.0 {
            return Err(
                format!("{}: too short to be told from what is done beside it", operation.name).into()
            );
        }
        println!("{}\t{time:.3}", operation.name);
    }
    Ok(())
}

/// The median milliseconds of `count` times, after some to warm up, less those of what is done beside the operation.
fn timed(work: &Work, warming_up: usize, count: usize) -> Result<f64, layers::Error> {
    let median_of = |what: &dyn Fn() -> Result<Gradients<f32, Cpu>, layers::Error>| {
        let mut times = Vec::with_capacity(count);
        for number in 0..warming_up + count {
            let start = Instant::now();
            std::hint::black_box(what()?);
            if number >= warming_up {
                times.push(start.elapsed().as_secs_f64() * 1000.0);
            }
        }
        Ok::<_, layers::Error>(median(&mut times))
    };
    Ok(median_of(&|| work.done())? - median_of(&|| Ok(work.rest()))?)
}
