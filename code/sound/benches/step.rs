//! One training step of the network that names sounds, and making the sounds that it learns from.
//!
//! `cargo bench -p sound --bench step`

use divan::Bencher;
use divan::counter::ItemsCount;
use sound::augmentation::Augmentation;
use sound::train::{Examples, Settings, classify};
use sound::trained::KINDS;

/// Steps of a measurement: with so many, the making of the network is a small part of it.
const STEPS: usize = 10;

fn main() {
    layers::keep_freed_memory();
    divan::main();
}

fn sounds(settings: &Settings) -> Examples {
    Examples::of_emoji(settings.batch.div_ceil(KINDS), &Augmentation::default(), settings.seed)
        .expect("every kind makes its sound")
}

/// [`STEPS`] training steps, on a single batch, so that an epoch is a step.
#[divan::bench]
fn training_steps(bencher: Bencher<'_, '_>) {
    let settings = Settings { epochs: STEPS, ..Settings::default() };
    let mut examples = sounds(&settings);
    let size = examples.pictures.len() / examples.count();
    examples.labels.truncate(settings.batch);
    examples.pictures.truncate(settings.batch * size);
    bencher
        .counter(ItemsCount::new(STEPS * settings.batch))
        .bench_local(|| classify::<KINDS>(&examples, &settings, |_, _| {}).expect("the loss is finite"));
}

/// A batch of sounds, each in another version, and their pictures.
#[divan::bench]
fn make_a_batch(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    bencher.counter(ItemsCount::new(settings.batch)).bench_local(|| sounds(&settings));
}
