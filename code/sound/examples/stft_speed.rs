//! Times the transforms of one minute of 44.1 kHz in single precision, 2048 samples every 512, on one thread:
//! `NAME<tab>MILLISECONDS` a line, the median of so many runs after three to warm up.
//!
//! `cargo run --release -p sound --example stft_speed -- 20`
//!
//! `tools/peers/stft_speed.py` compares it with librosa and PyTorch.

use rand::RngExt;
use sound::stft::{Stft, StftConfig};
use std::hint::black_box;
use std::time::Instant;

fn main() {
    let runs = std::env::args().nth(1).map_or(20, |runs| runs.parse().expect("a number of runs"));
    let mut rng = emoji_world::rng(1, 0);
    let signal: Vec<f32> = (0..60 * 44_100).map(|_| rng.random_range(-1.0..1.0)).collect();
    let config = StftConfig { hop_length: Some(512), ..StftConfig::default() };
    let stft = Stft::new(&config).expect("the settings are right");
    let spectrogram = stft.forward(&signal).expect("the signal is long enough");
    time("stft", runs, || {
        black_box(stft.forward(black_box(&signal)).expect("as before"));
    });
    time("istft", runs, || {
        black_box(
            stft.inverse(black_box(&spectrogram), Some(signal.len())).expect("it is of this transform"),
        );
    });
}

fn time(name: &str, runs: usize, mut run: impl FnMut()) {
    let mut once = || {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1000.0
    };
    let mut times: Vec<f64> = (0..3 + runs.max(1)).map(|_| once()).collect();
    times.drain(..3);
    times.sort_by(f64::total_cmp);
    println!("{name}\t{:.3}", times[times.len() / 2]);
}
