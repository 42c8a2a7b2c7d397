//! The Fréchet distance between two sets of pictures, by what the judge sees in them.
//!
//! Each set's features are summed up by their mean $μ$ and covariance $Σ$, and two such normal distributions are
//! apart by
//!
//! $$ ‖μ_1 - μ_2‖² + \operatorname{tr}\left(Σ_1 + Σ_2 - 2 \left(Σ_1^{1/2} Σ_2 Σ_1^{1/2}\right)^{1/2}\right) $$
//!
//! (Heusel et al. 2017, arXiv:1706.08500, equation 6). Their *FID* takes the features of the Inception network, which
//! has learned from a million photographs. Here they are those of the chapter's judge: its numbers can be compared
//! with each other and with nobody else's.

use nalgebra::{DMatrix, DVector};

/// Mean and covariance of features, `dimensions` numbers a picture.
fn moments(features: &[f32], dimensions: usize) -> (DVector<f64>, DMatrix<f64>) {
    let count = features.len() / dimensions;
    let rows = DMatrix::from_row_iterator(count, dimensions, features.iter().map(|x| f64::from(*x)));
    let mean = rows.row_mean().transpose();
    let centred = DMatrix::from_fn(count, dimensions, |i, j| rows[(i, j)] - mean[j]);
    let covariance = centred.transpose() * &centred / (count.max(2) - 1) as f64;
    (mean, covariance)
}

/// The square root of a symmetric matrix that has no negative eigenvalues but by rounding.
fn root(matrix: DMatrix<f64>) -> DMatrix<f64> {
    let eigen = matrix.symmetric_eigen();
    let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(|value| value.max(0.0).sqrt()));
    &eigen.eigenvectors * roots * eigen.eigenvectors.transpose()
}

// ANCHOR: distance
/// The squared Fréchet distance between two sets of features, `dimensions` numbers a picture.
pub fn distance(a: &[f32], b: &[f32], dimensions: usize) -> f64 {
    let ((mean_a, of_a), (mean_b, of_b)) = (moments(a, dimensions), moments(b, dimensions));
    let root_a = root(of_a.clone());
    let between = root(&root_a * &of_b * &root_a);
    ((mean_a - mean_b).norm_squared() + of_a.trace() + of_b.trace() - 2.0 * between.trace()).max(0.0)
}
// ANCHOR_END: distance

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::normal;

    #[test]
    fn a_set_is_not_apart_from_itself() {
        let features = normal(500 * 6, 1, 0);
        assert!(distance(&features, &features, 6).abs() < 1e-9);
    }

    #[test]
    fn independent_features_are_apart_by_the_formula_for_each() {
        // For each: the squares of the differences of mean and of standard deviation.
        let standard = normal(40_000 * 3, 2, 0);
        let other: Vec<f32> = normal(40_000 * 3, 3, 0)
            .chunks_exact(3)
            .flat_map(|row| [row[0] + 2.0, 3.0 * row[1], 0.5 * row[2] - 1.0])
            .collect();
        let wanted = 4.0 + 4.0 + 1.0 + 0.25;
        let found = distance(&standard, &other, 3);
        assert!((found - wanted).abs() < 0.15, "{found}");
        assert!((distance(&other, &standard, 3) - found).abs() < 1e-6);
    }

    #[test]
    fn it_is_that_of_two_correlated_sets() {
        // Covariances [[2, 1], [1, 2]] and the identity: eigenvalues 3 and 1, so tr = 4 + 2 − 2 (√3 + 1).
        let plain = normal(60_000 * 2, 4, 0);
        let (a, b) = ((3.0_f32.sqrt() + 1.0) / 2.0, (3.0_f32.sqrt() - 1.0) / 2.0);
        let mixed = normal(60_000 * 2, 5, 0);
        let mixed: Vec<f32> =
            mixed.chunks_exact(2).flat_map(|x| [a * x[0] + b * x[1], b * x[0] + a * x[1]]).collect();
        let wanted = 6.0 - 2.0 * (3.0_f64.sqrt() + 1.0);
        let found = distance(&plain, &mixed, 2);
        assert!((found - wanted).abs() < 0.03, "{found} {wanted}");
    }
}
