//! A table of word vectors of which each training step changes a few rows.
//!
//! dfdx's optimizers go over every number of a model. A batch needs a few hundred of the table's
//! rows; the table therefore hands out those rows as a tensor and takes their gradients back.

use dfdx::prelude::*;
use rand::{Rng, RngExt};
use rayon::prelude::*;

// ANCHOR: table
/// A row of `D` numbers a word, and what the optimizer remembers of each row.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingTable<const D: usize> {
    /// The vectors, by word id.
    pub rows: Vec<[f32; D]>,
    /// The mean of each row's squared gradients, summed over all steps, by word id.
    pub squares: Vec<f32>,
}

impl<const D: usize> EmbeddingTable<D> {
    /// The rows of these words as a tensor of shape (words, D).
    pub fn gather(&self, words: &[u32], device: &Cpu) -> Tensor<(usize, Const<D>), f32, Cpu> {
        let rows: Vec<[f32; D]> = words.iter().map(|&word| self.rows[word as usize]).collect();
        device.tensor_from_vec(rows.into_flattened(), (words.len(), Const::<D>))
    }
    // ANCHOR_END: table

    /// Rows drawn uniformly from ±0.5/D, as word2vec draws its input vectors.
    pub fn uniform(words: usize, rng: &mut impl Rng) -> Self {
        let reach = 0.5 / D as f32;
        let rows = (0..words).map(|_| std::array::from_fn(|_| rng.random_range(-reach..reach))).collect();
        Self { rows, squares: vec![0.0; words] }
    }

    /// Rows of zeros, as word2vec begins its output vectors.
    pub fn zeros(words: usize) -> Self {
        Self { rows: vec![[0.0; D]; words], squares: vec![0.0; words] }
    }

    // ANCHOR: update
    /// A step of Adagrad (Duchi et al. 2011) on the rows of these words, each given once: a row
    /// whose gradients have been large so far takes smaller steps. One sum a row, not one a number.
    ///
    /// `gradients` has `D` numbers a word.
    pub fn update(&mut self, words: &[u32], gradients: &[f32], rate: f32) {
        assert_eq!(gradients.len(), words.len() * D, "a gradient for every number of every word");
        let (gradients, _) = gradients.as_chunks::<D>();
        // Each half of the table is one task's own.
        let half = self.rows.len().div_ceil(2).max(1);
        let halves = self.rows.par_chunks_mut(half).zip(self.squares.par_chunks_mut(half));
        halves.enumerate().for_each(|(i, (rows, squares))| {
            for (&word, gradient) in words.iter().zip(gradients) {
                let own = (word as usize).wrapping_sub(i * half);
                if let (Some(row), Some(square)) = (rows.get_mut(own), squares.get_mut(own)) {
                    adagrad(row, square, gradient, rate);
                }
            }
        });
    }
    // ANCHOR_END: update
}

// ANCHOR: adagrad
#[multiversion::multiversion(targets("x86_64+avx2+fma"))]
fn adagrad<const D: usize>(row: &mut [f32; D], square: &mut f32, gradient: &[f32; D], rate: f32) {
    *square += crate::fast_step::dot(gradient, gradient) / D as f32;
    let step = rate / (square.sqrt() + 1e-6);
    for (x, g) in row.iter_mut().zip(gradient) {
        *x -= step * g;
    }
}
// ANCHOR_END: adagrad

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_given_rows_move_and_by_adagrads_formula() {
        let device = Cpu::default();
        let mut table = EmbeddingTable::<4>::zeros(5);
        let gradient = [1.0_f32, -1.0, 2.0, 0.0];
        for _ in 0..2 {
            table.update(&[3], &gradient, 0.1);
        }
        // The mean square is 1.5 after the first step and 3 after the second.
        let factor = 0.1 / 1.5_f32.sqrt() + 0.1 / 3.0_f32.sqrt();
        for (x, g) in table.rows[3].iter().zip(gradient) {
            assert!((x + factor * g).abs() < 1e-5, "{x}");
        }
        assert!(table.rows.iter().enumerate().all(|(i, row)| i == 3 || *row == [0.0; 4]));
        assert_eq!(table.gather(&[3, 0], &device).as_vec()[..4], table.rows[3]);
    }
}
