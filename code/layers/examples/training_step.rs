//! Times training steps: for each of `nets`, `NAME<tab>MILLISECONDS<tab>LOSS` a line, the median of so many
//! steps after three to warm up. With a second argument, those whose name contains it.
//!
//! `cargo run --release -p layers --example training_step -- 20`

mod nets;

use std::time::Instant;

fn main() {
    layers::keep_freed_memory();
    rayon::scope(|_| run());
}

fn run() {
    let steps = std::env::args().nth(1).map_or(20, |steps| steps.parse().expect("a number of steps"));
    let part = std::env::args().nth(2).unwrap_or_default();
    for name in nets::names().filter(|name| name.contains(&part)) {
        let mut step = nets::step(name);
        let mut loss = 0.0;
        (0..3).for_each(|_| loss = step());
        let mut times: Vec<f64> = (0..steps)
            .map(|_| {
                let start = Instant::now();
                loss = step();
                start.elapsed().as_secs_f64() * 1000.0
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{name}\t{:.3}\t{loss:.6}", times[times.len() / 2]);
    }
}
