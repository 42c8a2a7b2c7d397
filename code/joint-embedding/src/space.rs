//! The common space: the vectors of pictures and of names, and what lies near what.

use crate::{DIMENSIONS, Error};
use rayon::prelude::*;

/// A vector of length 1.
pub type Vector = [f32; DIMENSIONS];

/// Pictures and names in one space.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// A vector for every picture.
    pub pictures: Vec<Vector>,
    /// A vector for every name.
    pub names: Vec<Vector>,
}

// ANCHOR: nearest
/// The `count` candidates with the largest cosines to `query`, the nearest first, and their cosines.
pub fn nearest(query: &Vector, candidates: &[Vector], count: usize) -> Vec<(usize, f32)> {
    let mut all: Vec<(usize, f32)> = candidates.iter().map(|c| cosine(query, c)).enumerate().collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(count);
    all
}
// ANCHOR_END: nearest

/// The cosine of two vectors of length 1: their dot product.
#[multiversion::multiversion(targets("x86_64+avx2+fma"))]
pub fn cosine(a: &Vector, b: &Vector) -> f32 {
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for i in 0..16 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum()
}

/// The vector scaled to length 1; one of zeros stays as it is.
pub fn unit(vector: &Vector) -> Vector {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 { vector.map(|x| x / length) } else { *vector }
}

/// The mean of vectors, not scaled.
pub fn mean(vectors: &[Vector]) -> Vector {
    let mut sum = [0.0; DIMENSIONS];
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x / vectors.len() as f32);
    }
    sum
}

// ANCHOR: ranks
/// The place of each query's right candidate among all candidates, 0 for the first.
///
/// `right` pairs the number of a query with that of its candidate.
pub fn ranks(queries: &[Vector], candidates: &[Vector], right: &[(usize, usize)]) -> Vec<usize> {
    let score = |query: usize, candidate: usize| cosine(&queries[query], &candidates[candidate]);
    ranks_by(score, candidates.len(), right)
}

/// As [`ranks`], by any score of a query and a candidate.
///
/// A wrong candidate whose score is exactly as high stands before the right one, so that a model cannot
/// win by making all vectors equal.
pub fn ranks_by(
    score: impl Fn(usize, usize) -> f32 + Sync,
    candidates: usize,
    right: &[(usize, usize)],
) -> Vec<usize> {
    let rank = |&(query, place): &(usize, usize)| {
        let own = score(query, place);
        (0..candidates).filter(|&other| other != place && score(query, other) >= own).count()
    };
    right.par_iter().map(rank).collect()
}
// ANCHOR_END: ranks

/// How well queries find their partners.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retrieval {
    /// Share of queries whose partner is the nearest candidate: R@1.
    pub at_1: f64,
    /// Share of queries whose partner is among the five nearest: R@5.
    pub at_5: f64,
    /// Share of queries whose partner is among the ten nearest: R@10.
    pub at_10: f64,
    /// The median place of the partner, 1 for the first.
    pub median: f64,
}

impl Retrieval {
    // ANCHOR: recall
    /// Recall at 1, 5 and 10, and the median rank, from the ranks of the right candidates.
    ///
    /// # Errors
    ///
    /// If there is no rank: nothing was asked.
    pub fn of(ranks: &[usize]) -> Result<Self, Error> {
        if ranks.is_empty() {
            return Err(Error::NothingAsked);
        }
        let within = |k| ranks.iter().filter(|&&rank| rank < k).count() as f64 / ranks.len() as f64;
        let mut sorted = ranks.to_vec();
        sorted.sort_unstable();
        let middle = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) as f64 / 2.0;
        Ok(Self { at_1: within(1), at_5: within(5), at_10: within(10), median: middle + 1.0 })
    }
    // ANCHOR_END: recall
}

/// Retrieval in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BothWays {
    /// A picture finds its name.
    pub to_names: Retrieval,
    /// A name finds its picture.
    pub to_pictures: Retrieval,
}

impl Space {
    /// How well the given pairs find each other among everything in the space. Picture `i` belongs to
    /// name `i`.
    ///
    /// # Errors
    ///
    /// If there is no pair.
    pub fn both_ways(&self, pairs: &[usize]) -> Result<BothWays, Error> {
        let right: Vec<(usize, usize)> = pairs.iter().map(|&i| (i, i)).collect();
        Ok(BothWays {
            to_names: Retrieval::of(&ranks(&self.pictures, &self.names, &right))?,
            to_pictures: Retrieval::of(&ranks(&self.names, &self.pictures, &right))?,
        })
    }

    /// The part of the space that belongs to these emoji.
    pub fn of(&self, emoji: &[usize]) -> Self {
        let part = |all: &[Vector]| emoji.iter().map(|&i| all[i]).collect();
        Self { pictures: part(&self.pictures), names: part(&self.names) }
    }
}

/// A vector in the plane of the first two axes, for tests.
#[cfg(test)]
pub(crate) fn at(degrees: f32) -> Vector {
    let mut vector = [0.0; DIMENSIONS];
    (vector[0], vector[1]) = (degrees.to_radians().cos(), degrees.to_radians().sin());
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let candidates = [at(90.0), at(10.0), at(40.0), at(-170.0)];
        let found = nearest(&at(0.0), &candidates, 3);
        assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), [1, 2, 0]);
        assert!((found[1].1 - 40.0_f32.to_radians().cos()).abs() < 1e-6);
    }

    #[test]
    fn a_tie_counts_against_the_right_candidate() {
        let everywhere = vec![at(5.0); 4];
        assert_eq!(ranks(&everywhere, &everywhere, &[(0, 0), (2, 2)]), [3, 3]);
        let twice = [at(0.0), at(60.0), at(0.0)];
        assert_eq!(ranks(&twice, &twice, &[(1, 1), (0, 0), (1, 2)]), [0, 1, 2]);
    }

    #[test]
    fn recall_and_median_rank_of_known_ranks() {
        let retrieval = Retrieval::of(&[0, 0, 3, 7, 30, 100]).unwrap();
        assert_eq!(retrieval.at_1, 2.0 / 6.0);
        assert_eq!(retrieval.at_5, 3.0 / 6.0);
        assert_eq!(retrieval.at_10, 4.0 / 6.0);
        assert_eq!(retrieval.median, 6.0, "between places 4 and 8");
        assert!(Retrieval::of(&[]).is_err());
    }

    #[test]
    fn pairs_that_coincide_find_each_other() {
        let vectors: Vec<Vector> = (0..8).map(|i| at(40.0 * i as f32)).collect();
        let space = Space { pictures: vectors.clone(), names: vectors };
        let found = space.both_ways(&[0, 3, 5]).unwrap();
        assert_eq!((found.to_names.at_1, found.to_pictures.median), (1.0, 1.0));
        let part = space.of(&[5, 2]);
        assert_eq!((part.pictures[1], part.names[0], part.names.len()), (at(80.0), at(200.0), 2));
    }

    #[test]
    fn unit_vectors_have_length_one() {
        let mut vector = [0.0; DIMENSIONS];
        assert_eq!(unit(&vector), vector);
        (vector[3], vector[200]) = (3.0, -4.0);
        let scaled = unit(&vector);
        assert!((cosine(&scaled, &scaled) - 1.0).abs() < 1e-6 && (scaled[200] + 0.8).abs() < 1e-6);
        assert!((mean(&[vector, scaled])[3] - 1.8).abs() < 1e-6);
    }
}
