//! Maps: many dimensions drawn on a page.

use crate::space::Vector;
use crate::{DIMENSIONS, Error};
use nalgebra::DMatrix;

/// Points in the plane, and how much of the vectors' variance they keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// A point for every vector.
    pub points: Vec<(f64, f64)>,
    /// The share of the variance that each of the two axes shows.
    pub variance: [f64; 2],
}

/// Principal component analysis: the two directions in which the vectors vary most. Each is turned so that
/// its largest component is positive, since a direction and its opposite are as good.
///
/// # Errors
///
/// If there are fewer than three vectors.
pub fn principal_components(vectors: &[Vector]) -> Result<Projection, Error> {
    if vectors.len() < 3 {
        return Err(Error::TooFewPoints { found: vectors.len() });
    }
    let mut matrix = DMatrix::from_fn(vectors.len(), DIMENSIONS, |i, j| f64::from(vectors[i][j]));
    for mut column in matrix.column_iter_mut() {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    }
    // The directions are the eigenvectors of the covariance: a matrix of dimensions only, however many
    // vectors there are.
    let eigen = (matrix.transpose() * &matrix).symmetric_eigen();
    let total: f64 = eigen.eigenvalues.iter().sum();
    let mut order: Vec<usize> = (0..DIMENSIONS).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let axis = |k: usize| -> Vec<f64> {
        let direction = eigen.eigenvectors.column(order[k]);
        let largest = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let direction = direction * largest.unwrap_or(1.0).signum();
        (&matrix * direction).iter().copied().collect()
    };
    Ok(Projection {
        points: axis(0).into_iter().zip(axis(1)).collect(),
        variance: [0, 1].map(|k| eigen.eigenvalues[order[k]] / total.max(f64::MIN_POSITIVE)),
    })
}

/// t-SNE (van der Maaten and Hinton 2008), begun from the principal components: near vectors stay near, far
/// ones may go anywhere.
///
/// # Errors
///
/// If there are too few vectors for the perplexity.
pub fn t_sne(vectors: &[Vector], perplexity: f64) -> Result<Vec<(f64, f64)>, Error> {
    if (vectors.len() as f64) < 3.0 * perplexity + 2.0 {
        return Err(Error::TooFewPoints { found: vectors.len() });
    }
    let start = principal_components(vectors)?;
    let spread =
        (start.points.iter().map(|p| p.0 * p.0).sum::<f64>() / vectors.len() as f64).sqrt().max(1e-9);
    // The start is small, so that the layout and not the start decides.
    let seed: Vec<f64> =
        start.points.iter().flat_map(|&(x, y)| [1e-4 * x / spread, 1e-4 * y / spread]).collect();
    let mut tsne: bhtsne::tSNE<'_, f64, Vector> = bhtsne::tSNE::new(vectors);
    // On vectors of length 1 the Euclidean distance ranks as the cosine does.
    let distance = |a: &Vector, b: &Vector| {
        f64::from(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()).sqrt()
    };
    tsne.perplexity(perplexity).epochs(500).initial_embedding(seed).barnes_hut(0.5, distance);
    Ok(tsne.embedding().as_chunks::<2>().0.iter().map(|&[x, y]| (x, y)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two heaps: around +axis 0 and around -axis 0, spread along axis 1.
    fn heaps() -> Vec<Vector> {
        (0..80)
            .map(|i| {
                let mut vector = [0.0; DIMENSIONS];
                vector[0] = if i % 2 == 0 { 0.9 } else { -0.9 };
                vector[1] = 0.002 * i as f32;
                crate::space::unit(&vector)
            })
            .collect()
    }

    #[test]
    fn the_first_direction_tells_two_heaps_apart() {
        let projection = principal_components(&heaps()).unwrap();
        for (i, point) in projection.points.iter().enumerate() {
            assert_eq!(point.0 > 0.0, i % 2 == 0, "{i}: {point:?}");
        }
        assert!(projection.variance[0] > 0.98, "{:?}", projection.variance);
        assert!(principal_components(&heaps()[..2]).is_err());
    }

    #[test]
    fn t_sne_keeps_heaps_together() {
        let points = t_sne(&heaps(), 10.0).unwrap();
        let centre = |parity: usize| {
            let heap = points.iter().skip(parity).step_by(2);
            let (x, y) = heap.fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
            (x / 40.0, y / 40.0)
        };
        let (a, b) = (centre(0), centre(1));
        let distance = |p: &(f64, f64), q: (f64, f64)| (p.0 - q.0).hypot(p.1 - q.1);
        let right =
            points.iter().enumerate().filter(|(i, p)| (distance(p, a) < distance(p, b)) == (i % 2 == 0));
        assert!(right.count() >= 78);
        assert!(t_sne(&heaps(), 30.0).is_err());
    }
}
