//! One step of the game, and painting.
//!
//! `cargo bench -p gan`

use divan::Bencher;
use gan::batch::{Scenes, Source};
use gan::players::Players;
use gan::train::{Game, Settings};

fn main() {
    layers::keep_freed_memory();
    divan::main();
}

#[divan::bench(sample_count = 30)]
fn step(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    let source = Scenes { seed: 1 };
    let mut game = Game::new(Players::fresh(1).encoder, &settings);
    let batch = source.batch(0, settings.batch).expect("every word is known");
    bencher.bench_local(|| game.step(&batch).expect("the loss is a number"));
}

#[divan::bench(sample_count = 30)]
fn draw_a_batch(bencher: Bencher<'_, '_>) {
    let source = Scenes { seed: 1 };
    let mut step = 0;
    bencher.bench_local(|| {
        step += 1;
        source.batch(step, Settings::default().batch).expect("every word is known")
    });
}

#[divan::bench(sample_count = 30)]
fn paint_32(bencher: Bencher<'_, '_>) {
    let mut players = Players::fresh(1);
    bencher.bench_local(|| players.paint("a red heart", 32, 1).expect("every word is known"));
}
