//! Equal differences are equal vectors: are the arrows from word to word of one relation parallel?

use crate::DIMENSIONS;
use crate::analogies::Relation;
use crate::word_vectors::WordVectors;

/// The different pairs (a, b) of a relation whose words both have a vector.
pub fn pairs_of<'a>(vectors: &WordVectors, relation: &'a Relation) -> Vec<(&'a str, &'a str)> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for [a, b, ..] in &relation.questions {
        let known = vectors.vocabulary().get(a).is_some() && vectors.vocabulary().get(b).is_some();
        if known && !pairs.contains(&(a.as_str(), b.as_str())) {
            pairs.push((a, b));
        }
    }
    pairs
}

// ANCHOR: parallel
/// The mean cosine between the difference vectors $b - a$ of any two pairs of a relation that have no word in common.
///
/// 1: all arrows point the same way; 0: no common direction. `None` if there are no two such pairs.
pub fn parallelism(vectors: &WordVectors, pairs: &[(&str, &str)]) -> Option<f64> {
    let arrow = |&(a, b): &(&str, &str)| -> Option<[f32; DIMENSIONS]> {
        let (a, b) = (vectors.unit(a).ok()?, vectors.unit(b).ok()?);
        Some(std::array::from_fn(|i| b[i] - a[i]))
    };
    let cosine = |x: &[f32; DIMENSIONS], y: &[f32; DIMENSIONS]| {
        let dot = |x, y| f64::from(crate::fast_step::dot::<DIMENSIONS>(x, y));
        dot(x, y) / (dot(x, x) * dot(y, y)).sqrt().max(1e-12)
    };
    let mut cosines = Vec::new();
    for (i, one) in pairs.iter().enumerate() {
        for other in &pairs[..i] {
            let apart = [one.0, one.1].iter().all(|word| ![other.0, other.1].contains(word));
            if apart && let (Some(x), Some(y)) = (arrow(one), arrow(other)) {
                cosines.push(cosine(&x, &y));
            }
        }
    }
    (!cosines.is_empty()).then(|| record::mean(&cosines))
}
// ANCHOR_END: parallel

/// The same pairs with the second words handed on by one: what the measure gives without a relation.
pub fn mismatched<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let seconds = pairs.iter().cycle().skip(1);
    pairs.iter().zip(seconds).map(|(first, second)| (first.0, second.1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word_vectors::tests::vectors;

    #[test]
    fn parallel_arrows_have_cosine_one() {
        let vectors = vectors(&[
            ("a", &[1.0, 0.0, 0.0]),
            ("b", &[0.0, 1.0, 0.0]),
            ("c", &[1.0, 0.0, 0.0]),
            ("d", &[0.0, 1.0, 0.0]),
            ("e", &[0.0, 0.0, 1.0]),
        ]);
        let close = |pairs: &[(&str, &str)], expected: f64| {
            (parallelism(&vectors, pairs).unwrap() - expected).abs() < 1e-6
        };
        assert!(close(&[("a", "b"), ("c", "d")], 1.0));
        assert!(close(&[("a", "b"), ("d", "c")], -1.0));
        // (-1, 1, 0) and (-1, 0, 1) meet at 60°.
        assert!(close(&[("a", "b"), ("c", "e")], 0.5));
        assert_eq!(parallelism(&vectors, &[("a", "b")]), None);
        // Where one arrow begins where another ends, the word between them alone pulls the cosine down.
        assert_eq!(parallelism(&vectors, &[("a", "b"), ("b", "e")]), None);
    }

    #[test]
    fn mismatched_pairs_keep_the_words_and_lose_the_relation() {
        assert_eq!(mismatched(&[("a", "b"), ("c", "d"), ("e", "f")]), [("a", "d"), ("c", "f"), ("e", "b")]);
    }
}
