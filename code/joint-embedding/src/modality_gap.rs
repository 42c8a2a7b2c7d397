//! The modality gap: pictures lie on one side, names on the other.
//!
//! Liang et al. (2022) define the gap as the difference of the two means,
//! $Δ = \frac1N \sum_i u_i - \frac1N \sum_i v_i$ for vectors of length 1. Two vectors of length 1 are at
//! most 2 apart.

use crate::Error;
use crate::space::{BothWays, Space, Vector, cosine, mean, unit};

/// The gap and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The length of the difference of the means, $\|Δ\|$.
    pub length: f64,
    /// The mean cosine of two pictures.
    pub among_pictures: f64,
    /// The mean cosine of two names.
    pub among_names: f64,
    /// The mean cosine of a picture with its own name.
    pub of_pairs: f64,
    /// The share of all vectors on their own side of the plane halfway between the means.
    pub separable: f64,
}

// ANCHOR: gap
/// Measures the gap of the pairs of a space.
pub fn measure(space: &Space) -> Gap {
    let (pictures, names) = (mean(&space.pictures), mean(&space.names));
    let apart: Vector = std::array::from_fn(|i| pictures[i] - names[i]);
    let middle: Vector = std::array::from_fn(|i| (pictures[i] + names[i]) / 2.0);
    let side = |vector: &Vector| cosine(vector, &apart) > cosine(&middle, &apart);
    let own_side =
        space.pictures.iter().filter(|u| side(u)).count() + space.names.iter().filter(|v| !side(v)).count();
    // The mean cosine of all pairs with i ≠ j follows from the mean vector alone.
    let among = |mean: &Vector, count: usize| {
        let (n, square) = (count as f64, f64::from(cosine(mean, mean)));
        (n * square - 1.0) / (n - 1.0).max(1.0)
    };
    let pairs = space.pictures.iter().zip(&space.names);
    Gap {
        length: f64::from(cosine(&apart, &apart)).sqrt(),
        among_pictures: among(&pictures, space.pictures.len()),
        among_names: among(&names, space.names.len()),
        of_pairs: pairs.map(|(u, v)| f64::from(cosine(u, v))).sum::<f64>() / space.names.len().max(1) as f64,
        separable: own_side as f64 / (space.pictures.len() + space.names.len()).max(1) as f64,
    }
}
// ANCHOR_END: gap

// ANCHOR: close
/// The same space with the gap closed: half of Δ taken from the pictures, half added to the names.
pub fn closed(space: &Space) -> Space {
    let (pictures, names) = (mean(&space.pictures), mean(&space.names));
    let half: Vector = std::array::from_fn(|i| (pictures[i] - names[i]) / 2.0);
    let moved = |vectors: &[Vector], sign: f32| {
        vectors.iter().map(|v| unit(&std::array::from_fn(|i| v[i] + sign * half[i]))).collect()
    };
    Space { pictures: moved(&space.pictures, -1.0), names: moved(&space.names, 1.0) }
}
// ANCHOR_END: close

/// Retrieval before and after closing the gap.
///
/// # Errors
///
/// If there is no pair.
pub fn effect(space: &Space, pairs: &[usize]) -> Result<(BothWays, BothWays), Error> {
    Ok((space.both_ways(pairs)?, closed(space).both_ways(pairs)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DIMENSIONS;

    fn axis(i: usize) -> Vector {
        let mut vector = [0.0; DIMENSIONS];
        vector[i] = 1.0;
        vector
    }

    #[test]
    fn two_heaps_are_wholly_apart_and_closing_brings_their_means_together() {
        // Pictures at axes 1 to 8, tilted towards +axis 0; names the same towards -axis 0.
        let tilted = |sign: f32| -> Vec<Vector> {
            (1..9).map(|i| unit(&std::array::from_fn(|j| axis(i)[j] + sign * axis(0)[j]))).collect()
        };
        let space = Space { pictures: tilted(1.0), names: tilted(-1.0) };
        let gap = measure(&space);
        assert!((gap.length - 2.0_f64.sqrt()).abs() < 1e-6, "{gap:?}");
        assert_eq!(gap.separable, 1.0);
        assert!(gap.of_pairs.abs() < 1e-6 && (gap.among_names - 0.5).abs() < 1e-6, "{gap:?}");
        assert!(measure(&closed(&space)).length < 1e-6);
        let (before, after) = effect(&space, &[0, 1]).unwrap();
        assert!(after.to_names.at_1 >= before.to_names.at_1);
    }
}
