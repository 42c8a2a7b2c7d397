//! One training step: the fast step, and its composition from dfdx's own operations.
//!
//! `cargo bench -p text-embedding`

use dfdx::prelude::*;
use text_embedding::DIMENSIONS;
use text_embedding::batches::Batches;
use text_embedding::corpus::Corpus;
use text_embedding::fast_step::{Indexed, Indexer, negative_sampling_loss};
use text_embedding::negative_sampling::NoiseDistribution;
use text_embedding::train::{Model, Settings};
use text_embedding::vocabulary::Vocabulary;

fn main() {
    divan::main();
}

/// A batch of the small corpus and a model for it.
fn batch() -> (Indexed, Model) {
    let corpus = Corpus::small();
    let settings = Settings::default();
    let vocabulary = Vocabulary::of(&corpus, settings.min_count).expect("the small corpus has words");
    let encoded = vocabulary.encode(&corpus);
    let noise = NoiseDistribution::new(vocabulary.counts());
    let blocks = Batches::new(&encoded, &vocabulary, &noise, &settings, 0).next().expect("it has a batch");
    let batch = Indexer::new(vocabulary.len()).index(&blocks, settings.negatives as f32);
    (batch, Model::new(vocabulary.len(), 1))
}

#[divan::bench]
fn fast_step_with_update(bencher: divan::Bencher<'_, '_>) {
    let (batch, mut model) = batch();
    let device = Cpu::default();
    bencher
        .counter(divan::counter::ItemsCount::new(batch.pair_count()))
        .bench_local(|| model.step(&batch, 0.1, &device));
}

#[divan::bench]
fn fast_loss_and_gradients(bencher: divan::Bencher<'_, '_>) {
    let (batch, model) = batch();
    let device = Cpu::default();
    let (u, v) = (model.input.gather(&batch.inputs, &device), model.output.gather(&batch.outputs, &device));
    bencher.counter(divan::counter::ItemsCount::new(batch.pair_count())).bench_local(|| {
        negative_sampling_loss::<DIMENSIONS, _, _>(u.leaky_trace(), v.leaky_trace(), &batch).backward()
    });
}

#[divan::bench]
fn composed_loss_and_gradients(bencher: divan::Bencher<'_, '_>) {
    let (batch, model) = batch();
    let device = Cpu::default();
    let (u, v) = (model.input.gather(&batch.inputs, &device), model.output.gather(&batch.outputs, &device));
    bencher
        .counter(divan::counter::ItemsCount::new(batch.pair_count()))
        .bench_local(|| batch.composed_loss(&u, &v).backward());
}
