//! A convolution, batch normalisation and ReLU: the block that the book's convolutional networks are made of
//! (Ioffe and Szegedy 2015, arXiv:1502.03167).

use crate::{Activations, BatchNorm, Convolution2d, ConvolutionConfig, Grid, Operations};
use dfdx::prelude::*;

/// What a network is run for: batch normalisation takes mean and variance from the batch in training, and
/// their running averages in inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To learn.
    Training,
    /// To be used as it is.
    Inference,
}

// ANCHOR: block
/// A convolution, batch normalisation, ReLU.
#[derive(Clone, Debug)]
pub struct Block<const IN: usize, const OUT: usize, const K: usize, E: Dtype, D: Storage<E>> {
    /// The convolution.
    pub convolution: Convolution2d<IN, OUT, K, E, D>,
    /// Brings every channel of a batch to mean 0 and variance 1, then scales and shifts it as it learns to.
    pub norm: BatchNorm<OUT, E, D>,
}

impl<const IN: usize, const OUT: usize, const K: usize, D: Operations> Block<IN, OUT, K, f32, D> {
    /// (pictures, locations, `IN`) → (pictures, locations of the new grid, `OUT`), and the new grid.
    ///
    /// # Panics
    /// Where the activations have not as many locations as the grid.
    pub fn forward<T: Tape<f32, D>>(
        &mut self,
        x: Activations<IN, D, T>,
        grid: Grid,
        mode: Mode,
    ) -> (Activations<OUT, D, T>, Grid) {
        let (x, grid) = self.convolution.forward(x, grid);
        let x = match mode {
            Mode::Training => self.norm.forward_train_relu(x),
            Mode::Inference => self.norm.forward_relu(x),
        };
        (x, grid)
    }
}
// ANCHOR_END: block

impl<const IN: usize, const OUT: usize, const K: usize, D: Operations> Block<IN, OUT, K, f32, D> {
    /// Fresh weights from a seed; a convolution at every `stride`-th location, with a margin that keeps the grid's
    /// size where the stride is 1 and `K` is odd.
    pub fn new(device: &D, stride: usize, seed: u64) -> Self {
        let config = ConvolutionConfig { stride, padding: K / 2 };
        Self { convolution: Convolution2d::new(device, config, seed), norm: BatchNorm::new(device) }
    }

    /// The same block, which does not compute the gradient with respect to its input: for the first one of a network
    /// (see [`Convolution2d::without_input_gradient`]).
    pub fn without_input_gradient(self) -> Self {
        Self { convolution: self.convolution.without_input_gradient(), ..self }
    }
}

crate::collection!(Block<IN, OUT, K> { convolution, norm });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_normalises_by_the_batch_and_use_by_running_averages() {
        let device = Cpu::seed_from_u64(1);
        let mut block = Block::<3, 4, 3, f32, Cpu>::new(&device, 2, 1);
        let pictures = device.sample_normal_like(&(5, 6 * 8, Const::<3>));
        let running = block.norm.running_mean.as_vec();
        let (trained, grid) = block.forward(pictures.clone(), Grid::new(6, 8), Mode::Training);
        assert_eq!((trained.shape().1, grid), (12, Grid::new(3, 4)));
        assert!(trained.as_vec().iter().all(|value| *value >= 0.0));
        assert_ne!(running, block.norm.running_mean.as_vec());
        // In use a picture's answer does not depend on the others.
        let (all, _) = block.forward(pictures.clone(), Grid::new(6, 8), Mode::Inference);
        let first = device.tensor_from_vec(pictures.as_vec()[..6 * 8 * 3].to_vec(), (1, 6 * 8, Const::<3>));
        let (alone, _) = block.forward(first, Grid::new(6, 8), Mode::Inference);
        for (a, b) in all.as_vec().iter().zip(alone.as_vec()) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
