//! Times training steps: for each network of `nets`, `NAME<tab>MILLISECONDS<tab>LOSS` a line, the median of
//! so many steps after three to warm up.
//!
//! `cargo run --release -p layers --example training_step -- 20`

mod nets;

use std::time::Instant;

fn main() {
    layers::keep_freed_memory();
    let steps = std::env::args().nth(1).map_or(20, |steps| steps.parse().expect("a number of steps"));
    for settings in nets::NETS {
        let mut net = nets::Net::new(settings);
        let mut loss = 0.0;
        (0..3).for_each(|_| loss = net.step());
        let mut times: Vec<f64> = (0..steps)
            .map(|_| {
                let start = Instant::now();
                loss = net.step();
                start.elapsed().as_secs_f64() * 1000.0
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{}\t{:.3}\t{loss:.6}", settings.0, times[times.len() / 2]);
    }
}
