//! Which form of an operation a device uses: the fast one on the CPU, the plain one elsewhere.

use crate::batch_norm::{self, Normalisation, Normalised};
use crate::convolution::{self, Geometry};
use crate::pooling;
use crate::{Error, Grid};
use dfdx::prelude::*;

/// Activations: batch × locations × channels, where the locations are those of a [`Grid`], row by row.
pub type Activations<const CHANNELS: usize, D, T> = Tensor<(usize, usize, Const<CHANNELS>), f32, D, T>;

/// A device with the operations of this crate. On [`Cpu`] they are the fast forms, elsewhere the plain ones.
pub trait Operations: Device<f32> {
    /// See [`convolution`](mod@crate::convolution).
    ///
    /// # Errors
    ///
    /// If the device cannot allocate or compute.
    fn convolve<const IN: usize, const OUT: usize, const KERNEL: usize, T: Tape<f32, Self>>(
        x: Activations<IN, Self, T>,
        weight: &Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, f32, Self>,
        bias: &Tensor<Rank1<OUT>, f32, Self>,
        geometry: Geometry,
    ) -> Result<Activations<OUT, Self, T>, Error>;

    /// See [`max_pool_2x2`](crate::max_pool_2x2).
    ///
    /// # Errors
    ///
    /// If the device cannot allocate or compute.
    fn max_pool_2x2<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Result<Activations<C, Self, T>, Error>;

    /// See [`average_pool`](crate::average_pool).
    ///
    /// # Errors
    ///
    /// If the device cannot allocate or compute.
    fn average_pool<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
        window: Grid,
    ) -> Result<Activations<C, Self, T>, Error>;

    /// See [`batch_norm`](mod@crate::batch_norm).
    ///
    /// # Errors
    ///
    /// If the device cannot allocate or compute.
    fn batch_norm<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        normalisation: Normalisation<C, Self>,
    ) -> Result<Normalised<C, Self, T>, Error>;
}

impl Operations for Cpu {
    fn convolve<const IN: usize, const OUT: usize, const KERNEL: usize, T: Tape<f32, Self>>(
        x: Activations<IN, Self, T>,
        weight: &Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, f32, Self>,
        bias: &Tensor<Rank1<OUT>, f32, Self>,
        geometry: Geometry,
    ) -> Result<Activations<OUT, Self, T>, Error> {
        convolution::fast(x, weight, bias, geometry)
    }

    fn max_pool_2x2<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        pooling::max_pool_2x2_fast(x, grid)
    }

    fn average_pool<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
        window: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        pooling::average_pool_fast(x, grid, window)
    }

    fn batch_norm<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        normalisation: Normalisation<C, Self>,
    ) -> Result<Normalised<C, Self, T>, Error> {
        batch_norm::fast(x, normalisation)
    }
}

#[cfg(feature = "cuda")]
impl Operations for Cuda {
    fn convolve<const IN: usize, const OUT: usize, const KERNEL: usize, T: Tape<f32, Self>>(
        x: Activations<IN, Self, T>,
        weight: &Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, f32, Self>,
        bias: &Tensor<Rank1<OUT>, f32, Self>,
        geometry: Geometry,
    ) -> Result<Activations<OUT, Self, T>, Error> {
        convolution::plain(x, weight, bias, geometry)
    }

    fn max_pool_2x2<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        pooling::max_pool_2x2_plain(x, grid)
    }

    fn average_pool<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
        window: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        pooling::average_pool_plain(x, grid, window)
    }

    fn batch_norm<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        normalisation: Normalisation<C, Self>,
    ) -> Result<Normalised<C, Self, T>, Error> {
        batch_norm::plain(x, normalisation)
    }
}
