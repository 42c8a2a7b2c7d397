//! What the solutions of the exercises compute.

use crate::batch::{Batch, Pictures};
use crate::words::answer_names;
use crate::{CHANNELS, GRID, Rows};
use dfdx::prelude::*;
use emoji_world::question::vocabulary;
use lab::AnyDevice;
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

// ANCHOR: columns
/// How often a network is right on an unbalanced test, on that test with another's picture, and on a balanced one. It
/// looks at the picture for a share `looks` of all questions, and what it then says is right for this picture as often as
/// `right` says. To the others it gives the answer that goes with the words. On the unbalanced test this is the right one
/// as often as `prior` says, and all other answers, of `answers` in all, are equally likely.
pub fn columns(looks: f64, right: f64, prior: f64, answers: f64) -> [f64; 3] {
    let others = answers - 1.0;
    // Two pictures of the unbalanced test have the same answer so often.
    let same = prior * prior + (1.0 - prior) * (1.0 - prior) / others;
    // What is right for another's picture is right where the answers are the same; what is wrong for it may fit.
    let swapped = right * same + (1.0 - right) * (1.0 - same) / others;
    [
        looks * right + (1.0 - looks) * prior,
        looks * swapped + (1.0 - looks) * prior,
        looks * right + (1.0 - looks) / answers,
    ]
}
// ANCHOR_END: columns

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

// ANCHOR: whole_words
/// The words of questions and answers if a plural stays one word, in the order of the alphabet. `WORDS` is one more, for
/// what stands before a short question.
pub fn whole_words() -> Vec<String> {
    let mut words: Vec<String> = vocabulary().into_iter().chain(answer_names()).collect();
    words.sort_unstable();
    words.dedup();
    words
}
// ANCHOR_END: whole_words

// ANCHOR: no_arrows
/// As many numbers as before, all of them zero; no gradient comes back to where they were made.
pub fn no_arrows<const N: usize, T: Tape<f32, AnyDevice>>(along: Rows<N, T>) -> Rows<N, T> {
    along * 0.0
}
// ANCHOR_END: no_arrows

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prior::beyond_the_usual;
    use crate::vqa_accuracy::accuracy;
    use crate::words::read;
    use crate::{QUESTION, WORDS};

    #[test]
    fn exercise_1_the_commonest_answer_is_right_as_often_as_the_solution_says() {
        let counts = [46.0, 9.0, 2.0, 6.0, 2.0, 46.0, 2.0, 2.0];
        assert!((usual(&counts) - 0.2902).abs() < 5e-5, "{}", usual(&counts));
    }

    #[test]
    fn exercise_2_what_is_brought_home_is_that_of_the_solution() {
        let [one, two] = [1, 2].map(|things| brought_home(things, 49));
        assert!((one[0] - 0.894).abs() < 5e-4 && (two[0] - 0.945).abs() < 5e-4, "{one:?} {two:?}");
        assert!((one[1] - 0.953).abs() < 5e-4 && (two[1] - 1.905).abs() < 5e-4, "{one:?} {two:?}");
    }

    #[test]
    fn exercise_3_ten_people_are_counted_as_the_solution_does() {
        let said = ["2", "2", "two", "3", "3", "3", "3", "4", "4", "5"];
        assert_eq!(accuracy("3", &said), 1.0);
        assert!((accuracy("2", &said) - 0.9).abs() < 1e-12);
        assert!((accuracy("4", &said) - 0.6).abs() < 1e-12);
        assert!((accuracy("5", &said) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn exercise_4_the_prior_is_that_of_the_solution() {
        // Nine colours; one of them has a probability of 0.01 where all colours together have 0.99.
        let z = beyond_the_usual(0.01, 0.99 / 9.0);
        assert!((z + 2.398).abs() < 5e-4, "{z}");
        assert_eq!(beyond_the_usual(0.11, 0.11), 0.0);
    }

    #[test]
    fn exercise_5_the_columns_are_those_of_the_solution() {
        let wanted = [[0.8, 0.8, 0.5], [0.8, 0.704, 0.65], [0.8, 0.608, 0.8]];
        for (looks, wanted) in [0.0, 0.5, 1.0].into_iter().zip(wanted) {
            let found = columns(looks, 0.8, 0.8, 2.0);
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {wanted:?}");
        }
        // Where nothing goes with the words, there is nothing to be told apart but looking and guessing.
        let [own, swapped, balanced] = columns(1.0, 0.9, 0.1, 10.0);
        assert!((own - balanced).abs() < 1e-9 && (swapped - 0.1).abs() < 1e-9, "{own} {swapped} {balanced}");
    }

    #[test]
    fn exercise_7_whole_words_are_as_many_as_the_chapters_and_its_cut_plurals() {
        let whole = whole_words();
        assert!(whole.contains(&"mice".to_owned()) && whole.contains(&"mouse".to_owned()));
        // Where plurals are cut, the chapter's list has their mark instead; `WORDS` counts one more in any case.
        let cut = whole.iter().filter(|word| read(word).len() == 2).count();
        assert_eq!(whole.len() + 1, WORDS + cut - usize::from(cut > 0));
    }

    #[test]
    fn exercise_8_without_arrows_nothing_is_brought_home_and_nothing_is_learned() {
        let device = lab::device(1);
        let x: Rows<QUESTION> = device.sample_normal_like(&(2, Const));
        let y = no_arrows(x.leaky_trace());
        assert_eq!(y.as_vec(), [0.0; 2 * QUESTION]);
        assert_eq!(y.sum::<Rank0, _>().backward().get(&x).as_vec(), [0.0; 2 * QUESTION]);
    }

    #[test]
    fn exercise_6_hidden_pictures_are_zero_and_the_others_are_not() {
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
