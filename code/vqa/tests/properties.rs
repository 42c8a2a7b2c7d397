//! What holds for all batches.

use emoji_world::Colour;
use proptest::prelude::*;
use std::sync::LazyLock;
use vqa::batch::Pictures;
use vqa::eye::Eye;
use vqa::naming::{BACKGROUND, without_colours};
use vqa::questions::{Drawn, split};
use vqa::training_set::{TrainingSet, maps};
use vqa::words::numbers;

static SET: LazyLock<TrainingSet> = LazyLock::new(|| {
    let mut eye = Eye::fresh(1);
    TrainingSet::draw(&split(), Drawn::TRAINING, &mut eye, 1, 50).unwrap()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_question_of_a_batch_has_its_picture(step in 0..200_usize, size in 2..40_usize) {
        let batch = SET.batch(step, size, true);
        prop_assert_eq!(batch.count(), size);
        prop_assert_eq!(batch.answers.len(), size);
        prop_assert_eq!(batch.words.len(), size * batch.steps);
        let Pictures::Maps(maps) = &batch.pictures else { return Err(TestCaseError::fail("maps")) };
        let each = vqa::GRID * vqa::GRID * vqa::CHANNELS;
        let pictures = maps.len() / each;
        // Pictures come in order, and none is there for nothing.
        prop_assert_eq!(batch.of[0], 0);
        prop_assert!(batch.of.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0] + 1));
        prop_assert_eq!(batch.of[size - 1] + 1, pictures);
        prop_assert_eq!(&batch, &SET.batch(step, size, true));
    }
}

#[test]
fn a_kept_map_is_what_the_eye_sees() {
    let mut eye = Eye::fresh(1);
    let scenes: Vec<_> = SET.examples.iter().map(|one| one.scene.clone()).collect();
    let all = maps(&mut eye, scenes.iter());
    let each = vqa::GRID * vqa::GRID * vqa::CHANNELS;
    let Pictures::Maps(batch) = SET.batch(0, 4, true).pictures else { panic!("maps") };
    let first = &batch[..each];
    let near = |map: &[f32]| map.iter().zip(first).all(|(a, b)| (a - b).abs() <= a.abs() / 200.0);
    let with_or_without_colours = |map: &[f32]| {
        let mut without = map.to_vec();
        without_colours(&mut without);
        near(map) || near(&without)
    };
    assert!(all.chunks_exact(each).any(with_or_without_colours));
    let single = eye.look(&scenes[0].render().pixels);
    assert!(single.iter().zip(&all).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn a_map_is_without_colours_only_where_none_is_asked_for() {
    let has_colours = |map: &[f32]| {
        map.chunks_exact(vqa::CHANNELS).any(|names| names[BACKGROUND..].iter().any(|p| *p > 0.0))
    };
    let colours: Vec<String> = Colour::ALL.map(|colour| colour.to_string()).into();
    let speaks_of_colour = numbers(&format!("colour {}", colours.join(" "))).unwrap();
    // Questions that do not and do ask for a colour, and maps without and with colours.
    let mut counts = [[0; 2]; 2];
    for step in 0..400 {
        let batch = SET.batch(step, 1, false);
        let Pictures::Maps(map) = &batch.pictures else { panic!("maps") };
        let asks = batch.words.iter().any(|word| speaks_of_colour.contains(word));
        counts[usize::from(asks)][usize::from(has_colours(map))] += 1;
    }
    assert_eq!(counts[1][0], 0, "{counts:?}");
    assert!(counts[0][0] > 100 && counts[0][1] > 100 && counts[1][1] > 0, "{counts:?}");
}

#[test]
fn a_question_comes_with_its_own_map() {
    let each = vqa::GRID * vqa::GRID * vqa::CHANNELS;
    let mut eye = Eye::fresh(1);
    let all = maps(&mut eye, SET.examples.iter().map(|one| &one.scene));
    for step in 0..SET.examples.len() {
        let batch = SET.batch(step, 1, false);
        let Pictures::Maps(map) = &batch.pictures else { panic!("maps") };
        let away = |other: &[f32]| other.iter().zip(map).map(|(a, b)| (a - b).abs()).sum::<f32>();
        let places = 0..SET.examples.len();
        let place =
            places.min_by(|&i, &j| away(&all[i * each..][..each]).total_cmp(&away(&all[j * each..][..each])));
        let example = &SET.examples[place.unwrap()];
        assert_eq!(batch.answers, [vqa::words::answer_number(example.question.answer)], "step {step}");
    }
}

#[test]
fn every_scene_begins_one_batch_of_a_round() {
    let each = vqa::GRID * vqa::GRID * vqa::CHANNELS;
    for complements in [false, true] {
        // With complements there is a scene a batch of two, or two where it has none: the first is that of the step.
        let size = if complements { 2 } else { 1 };
        let mut seen = std::collections::HashSet::new();
        for step in 0..50 {
            let Pictures::Maps(maps) = SET.batch(step, size, complements).pictures else { panic!("maps") };
            seen.insert(maps[..each].iter().map(|x| x.to_bits()).collect::<Vec<_>>());
        }
        assert_eq!(seen.len(), 50);
    }
}
