//! Scenes of 56 × 56 pixels, sampled and rendered on all cores: items are scenes.
//!
//! `cargo bench -p emoji-world --bench scenes`

use divan::counter::ItemsCount;
use emoji_world::question::QuestionConfig;
use emoji_world::sentence::{Form, sentences};
use emoji_world::split::{Part, SceneSplit, SceneSplitConfig};
use emoji_world::{Scene, SceneConfig};
use rayon::prelude::*;

/// Scenes an iteration.
const COUNT: usize = 2_000;

fn main() {
    divan::main();
}

#[divan::bench(args = [3, 5])]
fn sampled_and_rendered(bencher: divan::Bencher<'_, '_>, most: usize) {
    let config = SceneConfig { objects: (1, most), ..SceneConfig::default() };
    let mut pixels = vec![0.0; COUNT * 56 * 56 * 3];
    let mut all = || {
        let each = pixels.par_chunks_exact_mut(56 * 56 * 3).zip(0..COUNT);
        each.for_each(|(picture, seed)| Scene::sample(&config, seed as u64).render_into(picture));
    };
    // Decodes the sprites, which happens once a program.
    all();
    bencher.counter(ItemsCount::new(COUNT)).bench_local(all);
}

#[divan::bench]
fn sampled_only(bencher: divan::Bencher<'_, '_>) {
    let config = SceneConfig::default();
    let all =
        || (0..COUNT).into_par_iter().map(|seed| Scene::sample(&config, seed as u64)).collect::<Vec<_>>();
    bencher.counter(ItemsCount::new(COUNT)).bench_local(all);
}

#[divan::bench]
fn five_sentences_each(bencher: divan::Bencher<'_, '_>) {
    let scenes: Vec<Scene> = (0..COUNT).map(|i| Scene::sample(&SceneConfig::default(), i as u64)).collect();
    let all = || scenes.par_iter().map(|scene| sentences(scene, &Form::ALL, 5, 1)).collect::<Vec<_>>();
    bencher.counter(ItemsCount::new(COUNT)).bench_local(all);
}

#[divan::bench]
fn with_a_question(bencher: divan::Bencher<'_, '_>) {
    let config = QuestionConfig::default();
    let all = || config.examples(None, 1, COUNT).expect("all types can be asked");
    bencher.counter(ItemsCount::new(COUNT)).bench_local(all);
}

#[divan::bench(args = [Part::Test, Part::HeldOutPair, Part::HeldOutColour])]
fn with_a_question_of_a_part(bencher: divan::Bencher<'_, '_>, part: Part) {
    let (config, split) = (QuestionConfig::default(), SceneSplit::new(&SceneSplitConfig::default(), 1));
    let all = || config.examples(Some((&split, part)), 1, COUNT).expect("other types can be asked");
    bencher.counter(ItemsCount::new(COUNT)).bench_local(all);
}

#[divan::bench(args = [Part::Training, Part::HeldOutPair, Part::HeldOutColour])]
fn of_a_part(bencher: divan::Bencher<'_, '_>, part: Part) {
    let (config, split) = (SceneConfig::default(), SceneSplit::new(&SceneSplitConfig::default(), 1));
    let all =
        || (0..COUNT).into_par_iter().map(|i| split.sample(&config, part, i as u64).is_ok()).all(|ok| ok);
    bencher.counter(ItemsCount::new(COUNT)).bench_local(all);
}
