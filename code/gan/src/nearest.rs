//! Is it memory? The picture of training that is nearest to a painted one.

use crate::pairs::{Part, pairs, pixels};
use crate::{AT_ONCE, PICTURE};
use rayon::prelude::*;

/// A picture of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// Its pixels.
    pub pixels: Vec<f32>,
    /// Root mean square difference, over all numbers of the picture.
    pub distance: f64,
}

/// Root mean square difference of two pictures.
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    let squares: f32 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    f64::from(squares / a.len().max(1) as f32).sqrt()
}

// ANCHOR: nearest
/// For each painted picture, the nearest of the first `count` pictures that the game with this seed trained on.
pub fn nearest(painted: &[f32], seed: u64, count: u64) -> Vec<Neighbour> {
    let far = Neighbour { pixels: Vec::new(), distance: f64::INFINITY };
    let mut nearest = vec![far; painted.len() / PICTURE];
    for start in (0..count).step_by(AT_ONCE) {
        let training = pixels(&pairs(Part::Training, seed, start..count.min(start + AT_ONCE as u64)));
        nearest.par_iter_mut().zip(painted.par_chunks_exact(PICTURE)).for_each(|(nearest, picture)| {
            for other in training.chunks_exact(PICTURE) {
                let distance = distance(picture, other);
                if distance < nearest.distance {
                    *nearest = Neighbour { pixels: other.to_vec(), distance };
                }
            }
        });
    }
    nearest
}
// ANCHOR_END: nearest

// ANCHOR: diversity
/// The mean distance of two pictures of a set.
pub fn diversity(pictures: &[f32]) -> f64 {
    let rows: Vec<&[f32]> = pictures.chunks_exact(PICTURE).collect();
    let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let distances: Vec<f64> = pairs.map(|(i, j)| distance(rows[i], rows[j])).collect();
    record::mean(&distances)
}
// ANCHOR_END: diversity

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_training_is_its_own_neighbour() {
        let pictures = pixels(&pairs(Part::Training, 1, 3..5));
        let found = nearest(&pictures, 1, 8);
        for (found, picture) in found.iter().zip(pictures.chunks_exact(PICTURE)) {
            assert_eq!((found.distance, found.pixels.as_slice()), (0.0, picture));
        }
        assert!(nearest(&pictures, 2, 8).iter().all(|found| found.distance > 0.0));
    }

    #[test]
    fn diversity_is_the_mean_over_pairs() {
        let pictures: Vec<f32> = [0.0, 0.0, 0.3].into_iter().flat_map(|x| vec![x; PICTURE]).collect();
        assert!((diversity(&pictures) - 0.2).abs() < 1e-3, "two of three pairs are 0.3 apart");
    }
}
