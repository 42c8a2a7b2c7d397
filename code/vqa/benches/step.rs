//! One step of training of each network, and looking at a batch of pictures.
//!
//! `cargo bench -p vqa`

use divan::Bencher;
use std::sync::LazyLock;
use vqa::eye::Eye;
use vqa::film::Film;
use vqa::fused::{Concatenation, PictureOnly, Product, QuestionOnly};
use vqa::glimpses::Glimpses;
use vqa::network::{Fusion, Network};
use vqa::questions::{Drawn, examples, split};
use vqa::stacked_attention::StackedAttention;
use vqa::train::{Settings, Trainer};
use vqa::training_set::TrainingSet;

fn main() {
    layers::keep_freed_memory();
    divan::main();
}

static SET: LazyLock<TrainingSet> = LazyLock::new(|| {
    let mut eye = Eye::fresh(1);
    TrainingSet::draw(&split(), Drawn::TRAINING, &mut eye, 1, 1000).expect("there are such scenes")
});

#[divan::bench(types = [QuestionOnly, PictureOnly, Concatenation, Product, StackedAttention, Film, Glimpses], sample_count = 30)]
fn step<F: Fusion>(bencher: Bencher<'_, '_>) {
    let mut network: Network<F> = Network::behind(Eye::fresh(1), 1);
    let mut trainer = Trainer::new(&network);
    let batch = SET.batch(0, Settings::default().batch, true);
    bencher.bench_local(|| {
        trainer.step(&mut network, &batch, None, 1e-3).expect("every parameter has a gradient")
    });
}

#[divan::bench(sample_count = 30)]
fn draw_a_batch(bencher: Bencher<'_, '_>) {
    let mut step = 0;
    bencher.bench_local(|| {
        step += 1;
        SET.batch(step, Settings::default().batch, true)
    });
}

#[divan::bench(sample_count = 30)]
fn look_at_64(bencher: Bencher<'_, '_>) {
    let mut eye = Eye::fresh(1);
    let asked = examples(&split(), Drawn::TEST, 1, 0..64).expect("there are such scenes");
    let pixels: Vec<f32> = asked.iter().flat_map(|one| one.scene.render().pixels).collect();
    bencher.bench_local(|| eye.look(&pixels));
}
