//! Solutions to the chapter's exercises.

use crate::DIMENSIONS;
use crate::analogies::Relation;
use crate::corpus::Corpus;
use crate::train::Model;
use crate::vocabulary::Vocabulary;
use crate::word_vectors::WordVectors;
use std::collections::HashMap;

// ANCHOR: pair_count
/// Exercise 2: how many (word, neighbour) pairs a sentence of `n` words gives with a window of `m`.
///
/// At distance $d$ there are $n - d$ places for the left word, and each gives two pairs.
pub fn pair_count(n: usize, m: usize) -> usize {
    (1..=m.min(n.saturating_sub(1))).map(|d| 2 * (n - d)).sum()
}
// ANCHOR_END: pair_count

// ANCHOR: odd_one_out
/// Exercise 3: the word that fits least with the others: the one whose vector has the smallest
/// cosine with the mean of all. `None` for no known word.
pub fn odd_one_out<'a>(vectors: &WordVectors, words: &[&'a str]) -> Option<&'a str> {
    let known: Vec<(&str, &[f32; DIMENSIONS])> =
        words.iter().filter_map(|word| Some((*word, vectors.unit(word).ok()?))).collect();
    let mut mean = [0.0; DIMENSIONS];
    for (_, vector) in &known {
        for (mean, x) in mean.iter_mut().zip(*vector) {
            *mean += x / known.len() as f32;
        }
    }
    let fit = |vector: &[f32; DIMENSIONS]| vector.iter().zip(&mean).map(|(x, m)| x * m).sum::<f32>();
    known.into_iter().min_by(|a, b| fit(a.1).total_cmp(&fit(b.1))).map(|(word, _)| word)
}
// ANCHOR_END: odd_one_out

// ANCHOR: three_cos_mul
/// Exercise 4: the best answer by 3CosMul (Levy and Goldberg 2014b, equation 4): the word $x$ with
/// the largest $\cos(x, b) \cos(x, c) / (\cos(x, a) + ε)$, cosines moved to 0…1.
pub fn three_cos_mul(vectors: &WordVectors, a: &str, b: &str, c: &str) -> Option<String> {
    let [a_unit, b_unit, c_unit] = [vectors.unit(a).ok()?, vectors.unit(b).ok()?, vectors.unit(c).ok()?];
    let closeness = |x: &[f32; DIMENSIONS], y: &[f32; DIMENSIONS]| {
        (1.0 + x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>()) / 2.0
    };
    let score = |word: &str| {
        let d = vectors.unit(word).ok()?;
        Some(closeness(d, b_unit) * closeness(d, c_unit) / (closeness(d, a_unit) + 1e-3))
    };
    let candidates = vectors.vocabulary().words().iter().filter(|word| ![a, b, c].contains(&word.as_str()));
    candidates
        .filter_map(|word| Some((score(word)?, word)))
        .max_by(|x, y| x.0.total_cmp(&y.0))
        .map(|(_, word)| word.clone())
}
// ANCHOR_END: three_cos_mul

/// The share of questions that 3CosMul answers rightly, in percent of those that the vocabulary
/// covers.
pub fn three_cos_mul_accuracy(vectors: &WordVectors, relations: &[Relation]) -> f64 {
    use rayon::prelude::*;
    let questions: Vec<&[String; 4]> = relations
        .iter()
        .flat_map(|relation| &relation.questions)
        .filter(|words| words.iter().all(|word| vectors.vocabulary().get(word).is_some()))
        .collect();
    let right = |[a, b, c, d]: &&&[String; 4]| three_cos_mul(vectors, a, b, c).as_ref() == Some(d);
    100.0 * questions.par_iter().filter(right).count() as f64 / questions.len().max(1) as f64
}

// ANCHOR: both_tables
/// Exercise 5: vectors that are the sums of a word's two rows.
pub fn both_tables(model: &Model, vocabulary: &Vocabulary) -> WordVectors {
    let sum = |(u, v): (&[f32; DIMENSIONS], &[f32; DIMENSIONS])| std::array::from_fn(|i| u[i] + v[i]);
    let rows = model.input.rows.iter().zip(&model.output.rows).map(sum).collect();
    WordVectors::new(vocabulary.clone(), rows)
}
// ANCHOR_END: both_tables

// ANCHOR: phrases
/// Exercise 6: pairs of neighbouring words that are one thing, best first (Mikolov et al. 2013b,
/// equation 6): $(\mathrm{count}(ab) - δ) · \mathrm{tokens} / (\mathrm{count}(a) · \mathrm{count}(b))$, where $δ$
/// keeps out pairs of rare words.
pub fn phrases(corpus: &Corpus, delta: f64) -> Vec<(String, f64)> {
    let mut single: HashMap<&str, f64> = HashMap::new();
    let mut double: HashMap<(&str, &str), f64> = HashMap::new();
    for sentence in &corpus.sentences {
        let words: Vec<&str> = sentence.split(' ').collect();
        for word in &words {
            *single.entry(word).or_default() += 1.0;
        }
        for pair in words.windows(2) {
            *double.entry((pair[0], pair[1])).or_default() += 1.0;
        }
    }
    let tokens: f64 = single.values().sum();
    let mut scored: Vec<(String, f64)> = double
        .into_iter()
        .filter(|(_, count)| *count > delta)
        .map(|((a, b), count)| (format!("{a} {b}"), (count - delta) * tokens / (single[a] * single[b])))
        .collect();
    scored.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    scored
}
// ANCHOR_END: phrases

/// What the solutions print about the chapter's own model and corpus.
pub fn results(corpus: &Corpus, model: &Model, vectors: &WordVectors, relations: &[Relation]) -> String {
    let vocabulary = vectors.vocabulary();
    let percent = |scores: &[crate::analogies::Score]| crate::analogies::total(scores).percent();
    let groups: [&[&str]; 3] = [
        &["u8", "i64", "usize", "String"],
        &["mutex", "lock", "atomic", "cargo"],
        &["is", "are", "were", "use"],
    ];
    let mut text = String::from("3. odd one out\n");
    for group in groups {
        let odd = odd_one_out(vectors, group).unwrap_or("none known");
        text.push_str(&format!("   {}: {odd}\n", group.join(" ")));
    }
    text.push_str(&format!(
        "4. 3CosAdd {:.1} %, 3CosMul {:.1} %\n",
        percent(&crate::analogies::score(vectors, relations)),
        three_cos_mul_accuracy(vectors, relations),
    ));
    text.push_str(&format!(
        "5. input rows {:.1} %, sums of both rows {:.1} %\n",
        percent(&crate::analogies::score(vectors, relations)),
        percent(&crate::analogies::score(&both_tables(model, vocabulary), relations)),
    ));
    let best: Vec<String> = phrases(corpus, 30.0).into_iter().take(8).map(|(pair, _)| pair).collect();
    text.push_str(&format!("6. {}", best.join(", ")));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skip_gram::{by_hand, pairs};
    use crate::word_vectors::tests::vectors;

    #[test]
    fn exercise_1_another_word_stands_there() {
        // If the third word stands there: -ln 0.665241, and Σ (p - y) v with y = (0, 0, 1).
        let p = by_hand::example().probabilities;
        let v = [[1.0_f32, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let gradient: Vec<f32> =
            (0..2).map(|i| (0..3).map(|c| (p[c] - if c == 2 { 1.0 } else { 0.0 }) * v[c][i]).sum()).collect();
        assert!((-p[2].ln() - 0.407_606).abs() < 1e-5);
        assert!(
            (gradient[0] + 0.244_728).abs() < 1e-5 && (gradient[1] + 0.090_031).abs() < 1e-5,
            "{gradient:?}"
        );
    }

    #[test]
    fn exercise_2_counts_what_pairs_makes() {
        for n in 1..9 {
            for w in 1..9 {
                let sentence: Vec<usize> = (0..n).collect();
                assert_eq!(pair_count(n, w), pairs(&sentence, w).len(), "{n} {w}");
            }
        }
    }

    fn four() -> WordVectors {
        vectors(&[
            ("man", &[1.0, 0.0, 0.2]),
            ("woman", &[0.0, 1.0, 0.2]),
            ("king", &[1.0, 0.0, 2.0]),
            ("queen", &[0.0, 1.0, 2.0]),
            ("apple", &[-1.0, -1.0, 0.0]),
        ])
    }

    #[test]
    fn exercise_3_finds_the_word_that_does_not_fit() {
        assert_eq!(odd_one_out(&four(), &["man", "woman", "apple", "king"]), Some("apple"));
        assert_eq!(odd_one_out(&four(), &["nobody"]), None);
    }

    #[test]
    fn exercise_4_answers_an_analogy() {
        assert_eq!(three_cos_mul(&four(), "man", "woman", "king").as_deref(), Some("queen"));
        assert_eq!(three_cos_mul(&four(), "man", "woman", "nobody"), None);
    }

    #[test]
    fn exercise_5_adds_the_rows() {
        let vocabulary = Vocabulary::from_counts((0..3).map(|i| (format!("w{i}"), 1)));
        let mut model = Model::new(3, 1);
        model.output.rows[1][4] = 2.0;
        let both = both_tables(&model, &vocabulary);
        assert_eq!(both.raw()[1][4], model.input.rows[1][4] + 2.0);
        assert_eq!(both.raw()[0], model.input.rows[0]);
    }

    #[test]
    fn exercise_6_puts_words_that_always_stand_together_first() {
        let corpus = Corpus {
            sentences: vec![
                "new york is the new york of the north".into(),
                "the new house is the old house".into(),
            ],
            source: "test".into(),
            version: None,
            files: 0,
        };
        // (2 - 1) · 16 / (3 · 2)
        let best = phrases(&corpus, 1.0);
        assert_eq!(best[0].0, "new york");
        assert!((best[0].1 - 16.0 / 6.0).abs() < 1e-9);
    }
}
