//! The transforms of one minute of 44.1 kHz in single precision, 2048 samples every 512.
//!
//! `cargo bench -p sound`

use rand::RngExt;
use sound::Spectrogram;
use sound::mel::{MelConfig, MelFilterbank};
use sound::stft::{Stft, StftConfig, powers};

fn main() {
    divan::main();
}

fn minute() -> Vec<f32> {
    let mut rng = emoji_world::rng(1, 0);
    (0..60 * 44_100).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn plan() -> Stft<f32> {
    Stft::new(&StftConfig { hop_length: Some(512), ..StftConfig::default() }).expect("the settings are right")
}

#[divan::bench]
fn forward(bencher: divan::Bencher<'_, '_>) {
    let (stft, signal) = (plan(), minute());
    bencher.bench_local(|| stft.forward(&signal));
}

#[divan::bench]
fn forward_into_the_same_memory(bencher: divan::Bencher<'_, '_>) {
    let (stft, signal) = (plan(), minute());
    let mut spectrogram = Spectrogram { bins: 0, values: Vec::new() };
    bencher.bench_local(|| stft.forward_into(&signal, &mut spectrogram));
}

#[divan::bench]
fn inverse(bencher: divan::Bencher<'_, '_>) {
    let (stft, signal) = (plan(), minute());
    let spectrogram = stft.forward(&signal).expect("the signal is long enough");
    bencher.bench_local(|| stft.inverse(&spectrogram, Some(signal.len())));
}

#[divan::bench]
fn mel(bencher: divan::Bencher<'_, '_>) {
    let spectrogram = powers(&plan().forward(&minute()).expect("the signal is long enough"));
    let config = MelConfig { sample_rate: 44_100.0, ..MelConfig::default() };
    let bank = MelFilterbank::new(&config).expect("the settings are right");
    bencher.bench_local(|| bank.apply(&spectrogram));
}
