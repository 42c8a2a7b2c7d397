//! How the field measures retrieval where a picture has several sentences.
//!
//! Candidates are all test photographs, 1,000 in Flickr8k, and all their captions, 5,000. Every caption is
//! a query for its photograph. A photograph's rank is that of the best-placed of its own captions (Hodosh,
//! Young and Hockenmaier 2013, section 5.1; Karpathy and Fei-Fei 2015, section 4.1). As everywhere in this
//! chapter, a wrong candidate that is exactly as near stands before the right one.

use crate::Error;
use crate::space::{Retrieval, Vector, cosine, ranks};
use rayon::prelude::*;

/// The sentences of some pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentences {
    /// A vector for every sentence.
    pub vectors: Vec<Vector>,
    /// The picture that each belongs to.
    pub owners: Vec<usize>,
}

/// How well pictures find one of their sentences, and sentences their picture.
///
/// # Errors
///
/// If there is no picture or no sentence.
pub fn both_ways(pictures: &[Vector], sentences: &Sentences) -> Result<(Retrieval, Retrieval), Error> {
    let right: Vec<(usize, usize)> = sentences.owners.iter().copied().enumerate().collect();
    Ok((
        Retrieval::of(&to_sentences(pictures, sentences))?,
        Retrieval::of(&ranks(&sentences.vectors, pictures, &right))?,
    ))
}

/// For every picture, the place of the best-placed of its own sentences among all, 0 for the first.
pub fn to_sentences(pictures: &[Vector], sentences: &Sentences) -> Vec<usize> {
    let rank = |(i, picture): (usize, &Vector)| {
        let cosines: Vec<f32> = sentences.vectors.iter().map(|sentence| cosine(picture, sentence)).collect();
        let (own, wrong): (Vec<_>, Vec<_>) =
            cosines.into_iter().zip(&sentences.owners).partition(|&(_, &owner)| owner == i);
        let best = own.iter().map(|&(cosine, _)| cosine).fold(f32::NEG_INFINITY, f32::max);
        wrong.iter().filter(|&&(cosine, _)| cosine >= best).count()
    };
    pictures.par_iter().enumerate().map(rank).collect()
}

/// What would come of candidates in random order: from pictures to sentences, and back.
pub fn chance(pictures: usize, sentences: &Sentences) -> (Retrieval, Retrieval) {
    let mut counts = vec![0; pictures];
    sentences.owners.iter().for_each(|&owner| counts[owner] += 1);
    (of_random_order(&counts, sentences.owners.len()), of_random_order(&[1], pictures))
}

/// The same for queries that have `right` right ones among `all` candidates.
fn of_random_order(right: &[usize], all: usize) -> Retrieval {
    // None of k candidates is right with the probability (all - right) / all · (all - right - 1) / (all - 1) …
    let within = |k: usize| -> f64 {
        let missed = |&right: &usize| -> f64 {
            let wrong = (all - right) as f64;
            (0..k.min(all)).map(|i| (wrong - i as f64).max(0.0) / (all - i) as f64).product()
        };
        1.0 - right.iter().map(missed).sum::<f64>() / right.len().max(1) as f64
    };
    let median = (1..=all).collect::<Vec<_>>().partition_point(|&k| within(k) < 0.5) + 1;
    Retrieval { at_1: within(1), at_5: within(5), at_10: within(10), median: median as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DIMENSIONS;
    use crate::space::at;

    #[test]
    fn the_best_placed_own_sentence_counts() {
        let pictures = [at(0.0), at(90.0)];
        // Picture 0 has sentences at 170° and 20°; picture 1 at 10° and 80°.
        let sentences =
            Sentences { vectors: [170.0, 20.0, 10.0, 80.0].map(at).to_vec(), owners: vec![0, 0, 1, 1] };
        assert_eq!(to_sentences(&pictures, &sentences), [1, 0]);
        let (found, back) = both_ways(&pictures, &sentences).unwrap();
        assert_eq!((found.at_1, found.at_5, found.median), (0.5, 1.0, 1.5));
        // 170° is nearer to 90°, and 10° to 0°: wrong; 20° and 80° are right.
        assert_eq!((back.at_1, back.median), (0.5, 1.5));
    }

    #[test]
    fn ties_count_against_the_own_sentences() {
        let sentences = Sentences { vectors: vec![at(30.0); 6], owners: vec![0, 0, 0, 1, 1, 2] };
        assert_eq!(to_sentences(&[at(30.0); 3], &sentences), [3, 4, 5]);
        // A caption of no known word is a vector of zeros.
        let (_, back) = both_ways(
            &[at(0.0), at(1.0), at(2.0)],
            &Sentences { vectors: vec![[0.0; DIMENSIONS]], owners: vec![1] },
        )
        .unwrap();
        assert_eq!(back.median, 3.0);
    }

    #[test]
    fn blind_guessing_is_what_the_arithmetic_says() {
        let owners = (0..1000).flat_map(|i| [i; 5]).collect();
        let sentences = Sentences { vectors: Vec::new(), owners };
        let (to_sentences, to_pictures) = chance(1000, &sentences);
        assert!((to_sentences.at_1 - 0.001).abs() < 1e-12 && (to_pictures.at_10 - 0.01).abs() < 1e-12);
        let five: f64 =
            1.0 - (0..5).map(|i| (4995.0 - f64::from(i)) / (5000.0 - f64::from(i))).product::<f64>();
        assert!((to_sentences.at_5 - five).abs() < 1e-12);
        assert_eq!(to_pictures.median, 500.0);
        // Five of 5,000: the first is found in the first half with 1 - (1 - x)^5 = ½ at x = 0.1294.
        assert!((to_sentences.median - 647.0).abs() <= 1.0, "{}", to_sentences.median);
        let one = Sentences { vectors: Vec::new(), owners: vec![0, 0] };
        assert_eq!(chance(1, &one).0, Retrieval { at_1: 1.0, at_5: 1.0, at_10: 1.0, median: 1.0 });
    }
}
