//! Augmented pictures of emoji: items are pictures.
//!
//! `cargo bench -p emoji-world --bench pictures`

use divan::counter::ItemsCount;
use emoji_world::augmentation::{Augmentation, pictures};
use emoji_world::emoji;

fn main() {
    divan::main();
}

#[divan::bench(args = [32, 56])]
fn augmented(bencher: divan::Bencher<'_, '_>, side: usize) {
    let ids: Vec<usize> = (0..emoji::all().len()).collect();
    let augmentation = Augmentation::default();
    // Decodes the sprites, which happens once a program.
    pictures(&ids, side, &augmentation, 0);
    bencher.counter(ItemsCount::new(ids.len())).bench_local(|| pictures(&ids, side, &augmentation, 1));
}
