//! Keeping the discriminator smooth: the largest singular value of each of its matrices stays below a limit.
//!
//! A linear map $W$ stretches no vector by more than its largest singular value $\lVert W \rVert_2$. Miyato et al. (2018,
//! arXiv:1802.05957) divide every weight matrix by it, so that the discriminator's output cannot change much more
//! than the picture does. (A convolution's patches overlap, and it may stretch somewhat more than its matrix.) They
//! find it by *power iteration*: one step of
//!
//! $$ v ← \frac{W^T u}{‖W^T u‖}, \qquad u ← \frac{W v}{‖W v‖}, \qquad \lVert W \rVert_2 ≈ u^T W v $$
//!
//! for each step of training, since $W$ changes little from one to the next.

use crate::discriminator::Discriminator;
use crate::noise::normal;
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
};
use dfdx::prelude::*;
use std::collections::BTreeMap;

/// The vectors of the power iteration, by the names of the weights.
#[derive(Clone, Debug, Default)]
pub struct SpectralNorm {
    directions: BTreeMap<String, Vec<f32>>,
}

impl SpectralNorm {
    /// Brings every weight matrix of the discriminator whose largest singular value is above `most` down to it.
    pub fn limit(&mut self, discriminator: &mut Discriminator, most: f32) {
        let mut visitor = Limit { directions: &mut self.directions, most };
        // The visitor does not fail.
        let _ = Discriminator::iter_tensors(&mut RecursiveWalker {
            m: (discriminator, String::new()),
            f: &mut visitor,
        });
    }
}

struct Limit<'a> {
    directions: &'a mut BTreeMap<String, Vec<f32>>,
    most: f32,
}

impl<D: Device<f32>> TensorVisitor<f32, D> for Limit<'_> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&mut Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, D::Err> {
        let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        // A bias stretches nothing. A convolution's last axis is its output; a linear map's is its input.
        let Some(columns) = shape.last().filter(|_| shape.len() > 1) else { return Ok(None) };
        let mut matrix = vec![0.0; shape.iter().product()];
        tensor.copy_into(&mut matrix);
        let u = self.directions.entry(name).or_insert_with(|| normal(matrix.len() / columns, 1, 0));
        let sigma = power_iteration(&matrix, *columns, u);
        if sigma > self.most {
            let scale = self.most / sigma;
            matrix.iter_mut().for_each(|weight| *weight *= scale);
            tensor.copy_from(&matrix);
        }
        Ok(None)
    }
}

// ANCHOR: power_iteration
/// One step of the power iteration for a matrix of rows of `columns` numbers: moves `u` (a number a row) and
/// gives the largest singular value as far as it is known now.
pub fn power_iteration(matrix: &[f32], columns: usize, u: &mut [f32]) -> f32 {
    let mut v = vec![0.0; columns];
    for (row, u) in matrix.chunks_exact(columns).zip(u.iter()) {
        v.iter_mut().zip(row).for_each(|(v, weight)| *v += u * weight);
    }
    unit(&mut v);
    for (row, u) in matrix.chunks_exact(columns).zip(u.iter_mut()) {
        *u = row.iter().zip(&v).map(|(weight, v)| weight * v).sum();
    }
    unit(u)
}

/// Divides a vector by its length, which is returned.
fn unit(vector: &mut [f32]) -> f32 {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|x| *x /= length.max(1e-12));
    length
}
// ANCHOR_END: power_iteration

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_largest_singular_value() {
        let matrix = normal(12 * 7, 3, 0);
        let mut u = normal(12, 4, 0);
        let mut sigma = 0.0;
        for _ in 0..200 {
            sigma = power_iteration(&matrix, 7, &mut u);
        }
        let numbers = nalgebra::DMatrix::from_row_slice(12, 7, &matrix);
        let wanted = numbers.singular_values().max();
        assert!((sigma - wanted).abs() < 1e-4 * wanted, "{sigma} {wanted}");
    }

    #[test]
    fn what_is_too_steep_is_brought_down() {
        let mut discriminator = Discriminator::fresh(1);
        let mut norm = SpectralNorm::default();
        for _ in 0..50 {
            norm.limit(&mut discriminator, 0.5);
        }
        let weight = discriminator.read.weight.as_vec();
        let largest = nalgebra::DMatrix::from_row_slice(96, crate::SENTENCE, &weight).singular_values().max();
        assert!((largest - 0.5).abs() < 0.01, "{largest}");
    }
}
