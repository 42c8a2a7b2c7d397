//! One training step, the word encoder in its two forms, and embedding pictures.
//!
//! `cargo bench -p joint-embedding`

use dfdx::prelude::*;
use divan::counter::ItemsCount;
use joint_embedding::model::Model;
use joint_embedding::names::Names;
use joint_embedding::train::{Settings, Trainer};
use joint_embedding::word_encoder::{fast, plain};
use joint_embedding::{DIMENSIONS, WORDS, views};

/// Pictures a step.
const BATCH: usize = 64;

fn main() {
    layers::keep_freed_memory();
    divan::main();
}

/// A training step: [`BATCH`] pictures and all names that are not held out. The views are drawn outside
/// of the measurement.
#[divan::bench]
fn training_step(bencher: divan::Bencher<'_, '_>) {
    let names = Names::of_emoji().expect("the names fit the table");
    let settings = Settings::default();
    let mut model = Model::<WORDS>::new(1, settings.loss.temperature());
    let mut trainer = Trainer::new(&model, &settings);
    let bags = names.of(&names.seen);
    let right: Vec<usize> = (0..BATCH).collect();
    let pixels = views::training(&names.seen[..BATCH], 1, 0, settings.cutout);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        trainer.step(&mut model, pixels.clone(), &bags, &right, 1e-4).expect("the loss is finite")
    });
}

/// The views of a training step.
#[divan::bench]
fn training_views(bencher: divan::Bencher<'_, '_>) {
    let emoji: Vec<usize> = (0..BATCH).collect();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| views::training(&emoji, 1, 0, 0.7));
}

/// Vectors of all names and the gradient of the table: a matrix of counts times the table.
#[divan::bench]
fn words_plain(bencher: divan::Bencher<'_, '_>) {
    let (names, table) = words();
    let bags = names.of(&names.seen);
    bencher
        .counter(ItemsCount::new(bags.len()))
        .bench_local(|| plain::<WORDS, Cpu>(&table, &bags).sum::<Rank0, _>().backward());
}

/// The same by adding up rows.
#[divan::bench]
fn words_fast(bencher: divan::Bencher<'_, '_>) {
    let (names, table) = words();
    let bags = names.of(&names.seen);
    bencher
        .counter(ItemsCount::new(bags.len()))
        .bench_local(|| fast::<WORDS>(&table, &bags).sum::<Rank0, _>().backward());
}

fn words() -> (Names, Tensor<Rank2<WORDS, DIMENSIONS>, f32, Cpu>) {
    let names = Names::of_emoji().expect("the names fit the table");
    (names, Cpu::seed_from_u64(1).sample_normal())
}

/// Vectors of [`BATCH`] pictures.
#[divan::bench]
fn embed_pictures(bencher: divan::Bencher<'_, '_>) {
    let mut model = Model::<WORDS>::new(1, 0.05);
    let pixels = views::test(&(0..BATCH).collect::<Vec<_>>());
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| model.embed_pictures(&pixels));
}
