//! Many dimensions drawn on a page: principal components and t-SNE.

use crate::LabError;
use nalgebra::DMatrix;

/// Points in the plane, and how much of the vectors' variance they keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// A point for every vector.
    pub points: Vec<(f64, f64)>,
    /// The share of the variance that each of the two axes shows.
    pub variance: [f64; 2],
}

// ANCHOR: pca
/// Principal component analysis: the two directions in which the vectors vary most.
///
/// They are the eigenvectors of the covariance with the largest eigenvalues, which are the variances
/// along them. Each is turned so that its largest component is positive, since a direction and its
/// opposite are as good.
///
/// # Errors
///
/// If there are fewer than three vectors.
pub fn principal_components<const D: usize>(vectors: &[[f32; D]]) -> Result<Projection, LabError> {
    if vectors.len() < 3 || D < 2 {
        return Err(LabError::TooFewPoints { least: 3, found: vectors.len() });
    }
    let mut centred = DMatrix::from_fn(vectors.len(), D, |i, j| f64::from(vectors[i][j]));
    for mut column in centred.column_iter_mut() {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    }
    let eigen = (centred.transpose() * &centred).symmetric_eigen();
    let total: f64 = eigen.eigenvalues.iter().sum();
    let mut order: Vec<usize> = (0..D).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let axis = |k: usize| -> Vec<f64> {
        let direction = eigen.eigenvectors.column(order[k]);
        let largest = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let direction = direction * largest.unwrap_or(1.0).signum();
        (&centred * direction).iter().copied().collect()
    };
    Ok(Projection {
        points: axis(0).into_iter().zip(axis(1)).collect(),
        variance: [0, 1].map(|k| eigen.eigenvalues[order[k]] / total.max(f64::MIN_POSITIVE)),
    })
}
// ANCHOR_END: pca

// ANCHOR: tsne
/// t-SNE (van der Maaten and Hinton 2008), begun from the principal components: near vectors stay
/// near, far ones may go anywhere.
///
/// # Errors
///
/// If there are too few vectors for the perplexity.
pub fn t_sne<const D: usize>(vectors: &[[f32; D]], perplexity: f64) -> Result<Vec<(f64, f64)>, LabError> {
    let least = (3.0 * perplexity + 2.0).ceil() as usize;
    if vectors.len() < least {
        return Err(LabError::TooFewPoints { least, found: vectors.len() });
    }
    let start = principal_components(vectors)?;
    let spread =
        (start.points.iter().map(|p| p.0 * p.0).sum::<f64>() / vectors.len() as f64).sqrt().max(1e-9);
    // The start is small, so that the layout and not the start decides.
    let scaled = |x: f64| 1e-4 * x / spread;
    let seed: Vec<f64> = start.points.iter().flat_map(|&(x, y)| [scaled(x), scaled(y)]).collect();
    let mut tsne: bhtsne::tSNE<'_, f64, [f32; D]> = bhtsne::tSNE::new(vectors);
    // On unit vectors the Euclidean distance ranks as the cosine does.
    let distance = |a: &[f32; D], b: &[f32; D]| {
        f64::from(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()).sqrt()
    };
    tsne.perplexity(perplexity).epochs(500).initial_embedding(seed).barnes_hut(0.5, distance);
    Ok(tsne.embedding().as_chunks::<2>().0.iter().map(|&[x, y]| (x, y)).collect())
}
// ANCHOR_END: tsne

#[cfg(test)]
mod tests {
    use super::*;

    const DIMENSIONS: usize = 100;

    /// Points on a long and a short axis of a plane in 100 dimensions, off the origin.
    fn plane() -> Vec<[f32; DIMENSIONS]> {
        let point = |a: f32, b: f32| {
            std::array::from_fn(|i| match i {
                3 => 5.0 + a,
                7 => 2.0 + b,
                _ => 1.0,
            })
        };
        (0..40).map(|i| point(((i * 7) % 40) as f32 - 19.5, if i % 2 == 0 { 1.0 } else { -1.0 })).collect()
    }

    #[test]
    fn principal_components_find_the_plane() {
        let vectors = plane();
        let projection = principal_components(&vectors).unwrap();
        assert!((projection.variance[0] + projection.variance[1] - 1.0).abs() < 1e-9);
        assert!(projection.variance[0] > 0.98);
        for (point, vector) in projection.points.iter().zip(&vectors) {
            let distance = (f64::from(vector[3]) - 5.0).hypot(f64::from(vector[7]) - 2.0);
            assert!((point.0.hypot(point.1) - distance).abs() < 1e-4, "distances from the mean stay");
        }
    }

    #[test]
    fn too_few_points_are_an_error() {
        for found in 0..3 {
            let error = principal_components(&vec![[0.5; DIMENSIONS]; found]).unwrap_err();
            assert!(matches!(error, LabError::TooFewPoints { .. }));
        }
        assert!(matches!(t_sne(&plane()[..9], 5.0), Err(LabError::TooFewPoints { .. })));
    }

    #[test]
    fn t_sne_keeps_two_clusters_apart() {
        // No two are the same: which of two neighbours at the same distance counts, the search tree draws.
        let noise = |i: usize, j: usize| (i * i * 31 + i * j * 17) % 101;
        let point = |i: usize| {
            std::array::from_fn(|j| if j == usize::from(i >= 20) { 1.0 } else { 6e-4 * noise(i, j) as f32 })
        };
        let vectors: Vec<[f32; DIMENSIONS]> = (0..40).map(point).collect();
        let points = t_sne(&vectors, 5.0).unwrap();
        let distance = |i: usize, j: usize| (points[i].0 - points[j].0).hypot(points[i].1 - points[j].1);
        let nearest = |i: usize| {
            let others = (0..40).filter(|&j| j != i);
            others.min_by(|&a, &b| distance(i, a).total_cmp(&distance(i, b))).unwrap()
        };
        let beside_its_own = (0..40).filter(|&i| (i >= 20) == (nearest(i) >= 20)).count();
        assert!(beside_its_own >= 38, "{beside_its_own}");
    }
}
