//! Embed a word, give back the words around it: does the trained model know who stands beside whom?
//!
//! A model trained with negative sampling has learned $u · v ≈ \log \frac{p(c \mid w)}{K\,p_n(c)}$
//! (Levy and Goldberg 2014, equation 7): how much more often $c$ stands near $w$ than chance says.
//! Solved for the probability: $p(c \mid w) ∝ p_n(c) \exp(u · v)$.

use crate::negative_sampling::POWER;
use crate::subsampling::keep_probabilities;
use crate::train::{Model, Settings};
use crate::vocabulary::{EncodedCorpus, Vocabulary};
use std::collections::HashMap;

// ANCHOR: predict
/// The probability of each word to stand near the word `id`, as the model sees it.
pub fn predicted(model: &Model, vocabulary: &Vocabulary, id: u32) -> Vec<f64> {
    let u = &model.input.rows[id as usize];
    let unnormalised = model.output.rows.iter().zip(vocabulary.counts()).map(|(v, &count)| {
        let score: f32 = crate::fast_step::dot(u, v);
        (count as f64).powf(POWER) * f64::from(score).exp()
    });
    normalise(unnormalised.collect())
}
// ANCHOR_END: predict

// ANCHOR: count
/// How often each word really stands near each word of `ids`.
///
/// Counted nearly as the training sees them: a neighbour at distance $d$ counts $(m + 1 - d)/m$ in a window
/// of $m$, since windows are drawn from 1 to $m$, and a frequent word counts as often as subsampling
/// keeps it. (In training the window also reaches over dropped words; here distances are those of the
/// whole sentence.)
pub fn counted(
    corpus: &EncodedCorpus,
    vocabulary: &Vocabulary,
    settings: &Settings,
    ids: &[u32],
) -> Vec<Vec<f64>> {
    let keep = keep_probabilities(vocabulary.counts(), settings.subsample);
    let row_of: HashMap<u32, usize> = ids.iter().zip(0..).map(|(&id, row)| (id, row)).collect();
    let mut counts = vec![vec![0.0; vocabulary.len()]; ids.len()];
    for sentence in corpus.sentences() {
        for (i, centre) in sentence.iter().enumerate() {
            let Some(&row) = row_of.get(centre) else { continue };
            let first = i.saturating_sub(settings.window);
            let last = (i + settings.window).min(sentence.len() - 1);
            for j in (first..=last).filter(|&j| j != i) {
                let weight = (settings.window + 1 - i.abs_diff(j)) as f64 / settings.window as f64;
                counts[row][sentence[j] as usize] += weight * f64::from(keep[sentence[j] as usize]);
            }
        }
    }
    counts
}
// ANCHOR_END: count

/// The share of each word among the words that really stand near each word of `ids`: the
/// [`counted`] numbers, divided by their sum.
pub fn shares(
    corpus: &EncodedCorpus,
    vocabulary: &Vocabulary,
    settings: &Settings,
    ids: &[u32],
) -> Vec<Vec<f64>> {
    counted(corpus, vocabulary, settings, ids).into_iter().map(normalise).collect()
}

fn normalise(numbers: Vec<f64>) -> Vec<f64> {
    let sum: f64 = numbers.iter().sum();
    numbers.into_iter().map(|x| if sum > 0.0 { x / sum } else { 0.0 }).collect()
}

/// The ids with the `count` largest numbers, largest first.
pub fn top(numbers: &[f64], count: usize) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..numbers.len() as u32).collect();
    ids.sort_by(|&a, &b| numbers[b as usize].total_cmp(&numbers[a as usize]).then(a.cmp(&b)));
    ids.truncate(count);
    ids
}

// ANCHOR: score
/// How many of the ten words that really stand most often near a word are among the ten that are
/// predicted: the mean share over words. `predicted` and `real` give a distribution a word.
pub fn precision_at_ten(predicted: &[Vec<f64>], real: &[Vec<f64>]) -> f64 {
    let share = |(predicted, real): (&Vec<f64>, &Vec<f64>)| {
        let real = top(real, 10);
        top(predicted, 10).iter().filter(|&id| real.contains(id)).count() as f64 / 10.0
    };
    predicted.iter().zip(real).map(share).sum::<f64>() / predicted.len().max(1) as f64
}
// ANCHOR_END: score

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    #[test]
    fn neighbours_are_counted_by_distance_and_thinned_as_in_training() {
        let letters: String = ('a'..='z').map(|c| format!("{c} ")).collect();
        let corpus = Corpus {
            sentences: vec!["x y z y".into(), letters.trim().into()],
            source: "test".into(),
            version: None,
            files: 0,
        };
        let vocabulary = Vocabulary::of(&corpus, 1).unwrap();
        let encoded = vocabulary.encode(&corpus);
        let settings = Settings { window: 2, subsample: 1e9, ..Settings::default() };
        let id = |word| vocabulary.get(word).unwrap();
        let counted = &shares(&encoded, &vocabulary, &settings, &[id("x")])[0];
        // Beside x: y (1), z (½) in the first sentence; v (½), w (1), y (1), z (½) in the second.
        assert!((counted[id("y") as usize] - 2.0 / 4.5).abs() < 1e-9);
        assert!((counted[id("z") as usize] - 1.0 / 4.5).abs() < 1e-9);
        assert!((counted.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(top(counted, 1), [id("y")]);
    }

    #[test]
    fn a_trained_model_predicts_better_than_counts_alone() {
        let mut corpus = Corpus::small();
        corpus.sentences.truncate(3000);
        let vocabulary = Vocabulary::of(&corpus, 5).unwrap();
        let encoded = vocabulary.encode(&corpus);
        let settings = Settings { epochs: 5, blocks: 8, ..Settings::default() };
        let mut model = Model::new(vocabulary.len(), 1);
        model.train(&encoded, &vocabulary, &settings, None, |_| {}).unwrap();
        let ids: Vec<u32> = (20..60).collect();
        let real = shares(&encoded, &vocabulary, &settings, &ids);
        let predicted: Vec<_> = ids.iter().map(|&id| predicted(&model, &vocabulary, id)).collect();
        let frequent = normalise(vocabulary.counts().iter().map(|&c| c as f64).collect());
        let always_the_same = vec![frequent; ids.len()];
        let trained = precision_at_ten(&predicted, &real);
        assert!(trained > 2.0 * precision_at_ten(&always_the_same, &real), "{trained}");
        assert_eq!(precision_at_ten(&real, &real), 1.0);
    }
}
