//! Layers with fresh weights, drawn from the random numbers of their device.
//!
//! A seeded device gives the same numbers again, in the order of the calls.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::fresh::linear;
//!
//! let [once, again] = [(); 2].map(|()| linear::<3, 2, Cpu>(&Cpu::seed_from_u64(1)));
//! assert_eq!(once.weight.array(), again.weight.array());
//! // Between -1/√3 and 1/√3, as their number of inputs asks for:
//! assert!(once.weight.as_vec().iter().all(|w| w.abs() <= 1.0 / 3.0_f32.sqrt()));
//! ```
//!
//! What has a `new` with a seed of its own, as [`Convolution2d`] has, draws nothing from the device.

use crate::{Convolution2d, ConvolutionConfig, Operations};
use dfdx::nn::modules::{Embedding, Linear, UnbiasedLinear};
use dfdx::prelude::*;
use rand_distr::{Distribution, StandardNormal};

/// A module of any kind, or a tuple of modules.
///
/// dfdx draws all of its numbers when it builds the module, and here all of them once more: the results in this book
/// are those of the second draw. So a tuple has other numbers than its modules have one by one.
///
/// ```
/// use dfdx::nn::modules::Linear;
/// use dfdx::prelude::*;
///
/// let (hidden, answer): (Linear<4, 8, f32, Cpu>, Linear<8, 2, f32, Cpu>) =
///     layers::fresh::module(&Cpu::default());
/// assert_ne!(hidden.bias.as_vec()[..2], answer.bias.as_vec());
/// ```
pub fn module<M: BuildModule<D, f32>, D: Device<f32>>(device: &D) -> M {
    let mut module = M::build(device);
    module.reset_params();
    module
}

/// A linear map.
pub fn linear<const I: usize, const O: usize, D: Device<f32>>(device: &D) -> Linear<I, O, f32, D> {
    module(device)
}

/// A linear map without a bias.
pub fn unbiased<const I: usize, const O: usize, D: Device<f32>>(device: &D) -> UnbiasedLinear<I, O, f32, D> {
    module(device)
}

/// A table of `WORDS` rows.
pub fn embedding<const WORDS: usize, const N: usize, D: Device<f32>>(
    device: &D,
) -> Embedding<WORDS, N, f32, D> {
    module(device)
}

/// The same linear map at every location, from a seed of its own: a convolution of 1 × 1.
pub fn pointwise<const I: usize, const O: usize, D: Operations>(
    device: &D,
    seed: u64,
) -> Convolution2d<I, O, 1, f32, D> {
    Convolution2d::new(device, ConvolutionConfig { stride: 1, padding: 0 }, seed)
}

/// Fills a tensor of a [`collection!`](crate::collection!) with zeros.
///
/// # Errors
///
/// If the device cannot.
pub fn zeros<S: Shape, E: Dtype, D: Device<E>>(numbers: &mut Tensor<S, E, D>) -> Result<(), D::Err> {
    numbers.try_fill_with_zeros()
}

/// Fills a tensor of a [`collection!`](crate::collection!) with numbers from the standard normal distribution.
///
/// # Errors
///
/// If the device cannot.
pub fn standard_normal<S: Shape, E: Dtype, D: Device<E>>(numbers: &mut Tensor<S, E, D>) -> Result<(), D::Err>
where
    StandardNormal: Distribution<E>,
{
    numbers.try_fill_with_distr(StandardNormal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;

    /// The numbers that a device draws: `skipped` of them, and then these, between minus `bound` and `bound`.
    fn drawn(skipped: usize, count: usize, bound: f32) -> Vec<f32> {
        let mut all = Cpu::seed_from_u64(1).zeros_like(&(skipped + count,));
        all.fill_with_distr(rand_distr::Uniform::new(-bound, bound));
        all.as_vec().split_off(skipped)
    }

    #[test]
    fn a_linear_map_has_the_numbers_of_the_second_draw() {
        let device = Cpu::seed_from_u64(1);
        let linear = linear::<4, 3, _>(&device);
        assert_eq!(linear.weight.as_vec(), drawn(15, 12, 0.5));
        assert_eq!(linear.bias.as_vec(), drawn(27, 3, 0.5));
        // The device goes on behind them.
        let mut next = device.zeros_like(&(2,));
        next.fill_with_distr(rand_distr::Uniform::new(-1.0, 1.0));
        assert_eq!(next.as_vec(), drawn(30, 2, 1.0));
    }

    #[test]
    fn one_without_a_bias_draws_its_weights_alone() {
        let linear = unbiased::<4, 3, _>(&Cpu::seed_from_u64(1));
        assert_eq!(linear.weight.as_vec(), drawn(12, 12, 0.5));
    }

    #[test]
    fn a_table_has_a_row_for_every_word() {
        let words = embedding::<4, 3, _>(&Cpu::seed_from_u64(1));
        assert_eq!(words.weight.as_vec(), drawn(12, 12, 0.5));
    }

    #[test]
    fn a_tuple_is_drawn_as_a_whole_twice() {
        type Two = (Linear<4, 3, f32, Cpu>, Linear<4, 1, f32, Cpu>);
        let (first, second): Two = module(&Cpu::seed_from_u64(1));
        assert_eq!(first.weight.as_vec(), drawn(20, 12, 0.5));
        assert_eq!(second.weight.as_vec(), drawn(35, 4, 0.5));
    }

    #[test]
    fn pointwise_is_the_same_map_everywhere() {
        let device = Cpu::seed_from_u64(1);
        let pointwise = pointwise::<2, 3, _>(&device, 5);
        let one = [0.5, -1.0];
        let x = device.tensor_from_vec(one.repeat(6), (1, 6, Const::<2>));
        let (y, grid) = pointwise.forward(x, Grid::new(2, 3));
        assert_eq!((y.shape().1, grid), (6, Grid::new(2, 3)));
        let y = y.as_vec();
        assert!(y.chunks_exact(3).all(|location| location == &y[..3]), "{y:?}");
        // It has drawn nothing from the device.
        let mut next = device.zeros_like(&(2,));
        next.fill_with_distr(rand_distr::Uniform::new(-1.0, 1.0));
        assert_eq!(next.as_vec(), drawn(0, 2, 1.0));
    }
}
