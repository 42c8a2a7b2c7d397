//! How often a network names sounds rightly, and what it takes for what.

use crate::augmentation::Augmentation;
use crate::features::{FRAMES, MELS};
use crate::train::Examples;

/// How the sounds of a test are heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// A word for names in the record.
    pub key: &'static str,
    /// What tables call it.
    pub name: &'static str,
    /// What is done to each sound.
    pub augmentation: Augmentation,
}

// ANCHOR: conditions
/// Clean; in the ranges of training; and beyond them in one respect each, where training has pitches of −2 to 2
/// semitones and noise 5 to 30 dB below the sound.
pub fn conditions() -> [Condition; 4] {
    let usual = Augmentation::default();
    let higher = Augmentation { semitones: Some(2.0..=4.0), ..usual.clone() };
    let noisier = Augmentation { signal_to_noise: Some(0.0..=5.0), ..usual.clone() };
    [
        Condition { key: "clean", name: "clean", augmentation: Augmentation::NONE },
        Condition { key: "usual", name: "as in training", augmentation: usual },
        Condition { key: "higher", name: "higher than in training", augmentation: higher },
        Condition { key: "noisier", name: "noisier than in training", augmentation: noisier },
    ]
}
// ANCHOR_END: conditions

/// Which class was given to sounds of which class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: usize,
    /// Classes × classes counts: row, what it is; column, what it was taken for.
    counts: Vec<usize>,
}

impl ConfusionMatrix {
    /// Counts from logits or probabilities, sounds × `classes`, and the right labels, below `classes`.
    ///
    /// # Panics
    ///
    /// If a label is not below `classes`.
    pub fn count(scores: &[f32], labels: &[usize], classes: usize) -> Self {
        let mut counts = vec![0; classes * classes];
        for (row, &label) in scores.chunks_exact(classes).zip(labels) {
            counts[label * classes + lab::largest(row)] += 1;
        }
        Self { classes, counts }
    }

    /// How many sounds of a class were taken for another one, or for itself.
    pub fn of(&self, class: usize, taken_for: usize) -> usize {
        self.counts[class * self.classes + taken_for]
    }

    /// The share of sounds that were taken for what they are.
    pub fn accuracy(&self) -> f64 {
        let right: usize = (0..self.classes).map(|class| self.of(class, class)).sum();
        right as f64 / self.counts.iter().sum::<usize>().max(1) as f64
    }

    /// What was taken for something else, the most frequent first: class, what it was taken for, how often.
    pub fn mistakes(&self) -> Vec<(usize, usize, usize)> {
        let pairs = (0..self.classes).flat_map(|a| (0..self.classes).map(move |b| (a, b)));
        let mut wrong: Vec<_> =
            pairs.filter(|(a, b)| a != b).map(|(a, b)| (a, b, self.of(a, b))).filter(|x| x.2 > 0).collect();
        wrong.sort_by_key(|&(a, b, count)| (std::cmp::Reverse(count), a, b));
        wrong
    }
}

/// The class with the greatest logit, and its probability by the softmax of all.
///
/// The softmax is taken after the greatest logit is subtracted from all: no exponential overflows.
pub fn answer(logits: &[f32]) -> (usize, f32) {
    let best = lab::largest(logits);
    let sum: f32 = logits.iter().map(|x| (x - logits[best]).exp()).sum();
    (best, 1.0 / sum)
}

/// How near each picture is to the mean picture of every class of training: pictures × `classes`, less the squared
/// distance. A baseline, which trains nothing.
pub fn nearness_to_means(training: &Examples, classes: usize, pictures: &[f32]) -> Vec<f32> {
    const EACH: usize = FRAMES * MELS;
    let mut means = vec![0.0; classes * EACH];
    let mut counts = vec![0_usize; classes];
    for (picture, &class) in training.pictures.chunks_exact(EACH).zip(&training.labels) {
        means[class * EACH..][..EACH].iter_mut().zip(picture).for_each(|(mean, x)| *mean += x);
        counts[class] += 1;
    }
    for (mean, &count) in means.chunks_exact_mut(EACH).zip(&counts) {
        mean.iter_mut().for_each(|mean| *mean /= count.max(1) as f32);
    }
    let squared = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    let near =
        |picture: &[f32]| means.chunks_exact(EACH).map(|mean| -squared(picture, mean)).collect::<Vec<_>>();
    pictures.chunks_exact(EACH).flat_map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_and_wrong_answers_are_counted() {
        let scores = [0.9, 0.1, 0.0, 0.2, 0.7, 0.1, 0.6, 0.1, 0.3, 0.5, 0.4, 0.1];
        let found = ConfusionMatrix::count(&scores, &[0, 1, 2, 2], 3);
        assert_eq!(found.accuracy(), 0.5);
        assert_eq!((found.of(0, 0), found.of(2, 2)), (1, 0));
        assert_eq!(found.mistakes(), [(2, 0, 2)]);
    }

    #[test]
    fn a_picture_is_nearest_to_the_mean_of_those_like_it() {
        let flat = |value: f32| vec![value; FRAMES * MELS];
        let training =
            Examples { pictures: [flat(0.0), flat(1.0), flat(0.2)].concat(), labels: vec![0, 1, 0] };
        let near = nearness_to_means(&training, 2, &[flat(0.1), flat(0.9)].concat());
        let each = (FRAMES * MELS) as f32;
        let wanted = [0.0, -0.81 * each, -0.64 * each, -0.01 * each];
        assert!(near.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-3 * each), "{near:?}");
    }

    #[test]
    fn the_answer_is_the_class_of_the_greatest_softmax() {
        // e / (1 + e + 1/e) with the numbers 0, 1, −1; added to all, 1000 changes nothing.
        let wanted = 1.0_f32.exp() / (1.0 + 1.0_f32.exp() + (-1.0_f32).exp());
        for shift in [0.0, 1000.0] {
            let (best, probability) = answer(&[shift, shift + 1.0, shift - 1.0]);
            assert_eq!(best, 1);
            assert!((probability - wanted).abs() < 1e-6);
        }
    }
}
