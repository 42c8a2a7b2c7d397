//! What the solutions of the exercises compute.

use crate::batch::{Batch, Pictures};
use crate::{CHANNELS, GRID};
use rand::{Rng, RngExt};

// ANCHOR: usual
/// How often the commonest answer is right where each type is asked equally often and all of its answers are equally
/// likely; `answers` has the number of answers of each type.
pub fn usual(answers: &[f64]) -> f64 {
    answers.iter().map(|count| 1.0 / count).sum::<f64>() / answers.len() as f64
}
// ANCHOR_END: usual

// ANCHOR: weights
/// What two kinds of look bring home where every thing that is looked for has the score 3, every other location the
/// score −3, and the values are 1 and 0: with weights that sum to one, and with sigmoids.
pub fn brought_home(things: usize, locations: usize) -> [f64; 2] {
    let (high, low) = (3.0_f64, -3.0_f64);
    let (there, empty) = (things as f64, (locations - things) as f64);
    let softmax = there * high.exp() / (there * high.exp() + empty * low.exp());
    let sigmoid = there / (1.0 + (-high).exp());
    [softmax, sigmoid]
}
// ANCHOR_END: weights

// ANCHOR: hide
/// Modality dropout (Neverova et al. 2016, arXiv:1501.00102): a share of the pictures becomes a map of zeros, so that
/// a network learns what to do without.
pub fn hide_pictures(batch: &mut Batch, share: f64, rng: &mut impl Rng) {
    if let Pictures::Maps(maps) = &mut batch.pictures {
        for map in maps.chunks_exact_mut(GRID * GRID * CHANNELS) {
            if rng.random_bool(share) {
                map.fill(0.0);
            }
        }
    }
}
// ANCHOR_END: hide

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prior::beyond_the_usual;
    use crate::vqa_accuracy::accuracy;

    #[test]
    fn the_commonest_answer_is_right_as_often_as_the_solution_says() {
        let counts = [46.0, 9.0, 2.0, 6.0, 2.0, 46.0, 2.0, 2.0];
        assert!((usual(&counts) - 0.2902).abs() < 5e-5, "{}", usual(&counts));
    }

    #[test]
    fn what_is_brought_home_is_that_of_the_solution() {
        let [one, two] = [1, 2].map(|things| brought_home(things, 49));
        assert!((one[0] - 0.894).abs() < 5e-4 && (two[0] - 0.945).abs() < 5e-4, "{one:?} {two:?}");
        assert!((one[1] - 0.953).abs() < 5e-4 && (two[1] - 1.905).abs() < 5e-4, "{one:?} {two:?}");
    }

    #[test]
    fn ten_people_are_counted_as_the_solution_does() {
        let said = ["2", "2", "two", "3", "3", "3", "3", "4", "4", "5"];
        assert_eq!(accuracy("3", &said), 1.0);
        assert!((accuracy("2", &said) - 0.9).abs() < 1e-12);
        assert!((accuracy("4", &said) - 0.6).abs() < 1e-12);
        assert!((accuracy("5", &said) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn the_prior_is_that_of_the_solution() {
        // Nine colours; one of them has a probability of 0.01 where all colours together have 0.99.
        let z = beyond_the_usual(0.01, 0.99 / 9.0);
        assert!((z + 2.398).abs() < 5e-4, "{z}");
        assert_eq!(beyond_the_usual(0.11, 0.11), 0.0);
    }

    #[test]
    fn hidden_pictures_are_zero_and_the_others_are_not() {
        let each = GRID * GRID * CHANNELS;
        let mut batch =
            Batch::new(Pictures::Maps(vec![1.0; 40 * each]), (0..40).collect(), &vec![vec![1]; 40], vec![]);
        hide_pictures(&mut batch, 0.5, &mut emoji_world::rng(1, 0));
        let Pictures::Maps(maps) = &batch.pictures else { panic!("maps stay maps") };
        let sums: Vec<f32> = maps.chunks_exact(each).map(|map| map.iter().sum()).collect();
        assert!(sums.iter().all(|sum| *sum == 0.0 || *sum == each as f32));
        assert!((10..30).contains(&sums.iter().filter(|sum| **sum == 0.0).count()));
    }
}
