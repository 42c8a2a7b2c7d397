//! Whatever is typed is read or refused, and what is read is painted with the right words.

use gan::NOISE;
use gan::exercises::half_way;
use gan::noise::noise;
use gan::pairs::{self, Part};
use gan::words::{Said, numbers, vocabulary};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = (Said::parse(&text), numbers(&text));
    }

    #[test]
    fn words_in_any_order_are_read_or_refused(
        places in proptest::collection::vec(any::<proptest::sample::Index>(), 0..9),
    ) {
        let words: Vec<&str> = places.iter().map(|place| place.get(vocabulary()).as_str()).collect();
        let sentence = words.join(" ");
        if Said::parse(&sentence).is_ok() {
            prop_assert!(numbers(&sentence).is_ok(), "{}", sentence);
        }
    }

    #[test]
    fn every_sentence_of_training_is_read_back_and_true(seed in 0_u64..1000) {
        for pair in pairs::pairs(Part::All, seed, 0..8) {
            let said = Said::parse(&pair.sentence).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(pair.shows(&said));
            prop_assert!(numbers(&pair.sentence).is_ok_and(|words| !words.is_empty()));
        }
    }
}

/// The solution of the exercise on lengths says *about eight of a thousand*.
#[test]
fn few_vectors_of_noise_are_as_short_as_the_middle_of_a_line() {
    let [middle, _] = half_way(NOISE, 1);
    let numbers = noise(20_000, 1, 0);
    let length = |row: &[f32]| f64::from(row.iter().map(|x| x * x).sum::<f32>()).sqrt();
    let short = numbers.chunks_exact(NOISE).filter(|row| length(row) < middle).count();
    assert!((120..=200).contains(&short), "{short} of 20,000");
}
