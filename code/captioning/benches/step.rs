//! One training step of each model, its encoder learning along, and drawing its batch.
//!
//! `cargo bench -p captioning --bench step`

use captioning::batch::Batch;
use captioning::captioner::Captioner;
use captioning::image_to_sentence::ImageToSentence;
use captioning::network::Network;
use captioning::show_attend_tell::ShowAttendTell;
use captioning::train::{Settings, Trainer, batch_of};
use captioning::vocabulary::Vocabulary;
use captioning::{WORDS, captions};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    layers::keep_freed_memory();
    divan::main();
}

fn drawn(settings: &Settings) -> Batch {
    let examples = captions::examples(&captions::split(), captions::MOST, settings, 0);
    batch_of(&examples.expect("there are such scenes"), &Vocabulary::of_scenes(), settings.blind)
}

/// A training step, by model. The batch is drawn outside of the measurement.
#[divan::bench(types = [ShowAttendTell<WORDS>, ImageToSentence<WORDS>])]
fn training_step<M: Captioner>(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    let batch = drawn(&settings);
    let mut network = Network::<M>::fresh(settings.seed);
    let mut trainer = Trainer::new(&network, &settings);
    bencher.counter(ItemsCount::new(batch.count)).bench_local(|| {
        trainer.step(&mut network, &batch, settings.learning_rate).expect("the loss is finite")
    });
}

/// Scenes, their sentences and their pictures.
#[divan::bench]
fn draw_a_batch(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    bencher.counter(ItemsCount::new(settings.batch)).bench_local(|| drawn(&settings));
}
