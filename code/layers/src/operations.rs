//! Which form of an operation a device uses: the fast one on the CPU, the plain one elsewhere.

use crate::additive_attention::{self, Locations, Weights};
use crate::batch_norm::{self, Normalisation, Normalised};
use crate::convolution::{self, Geometry};
use crate::cross_entropy;
use crate::index_select::{self, Entries};
use crate::pooling;
use crate::recurrent::{Gru, Lstm, LstmState, Rows, Sequence, gru, lstm};
use crate::{Error, Grid};
use crate::{leaky_relu, upsampling};
use dfdx::prelude::*;

/// Activations: batch × locations × channels, where the locations are those of a [`Grid`], row by row.
pub type Activations<const CHANNELS: usize, D, T> = Tensor<(usize, usize, Const<CHANNELS>), f32, D, T>;

/// A device with the operations of this crate. What a device does not say otherwise it does in the plain form; [`Cpu`]
/// has the fast form of every one.
pub trait Operations: Device<f32> {
    /// See [`convolution`](mod@crate::convolution).
    ///
    /// # Errors
    ///
    /// If the numbers of the tensor do not fill its grid, the geometry does not fit it, or the device cannot allocate
    /// or compute.
    fn convolve<const IN: usize, const OUT: usize, const KERNEL: usize, T: Tape<f32, Self>>(
        x: Activations<IN, Self, T>,
        weight: &Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, f32, Self>,
        bias: &Tensor<Rank1<OUT>, f32, Self>,
        geometry: Geometry,
    ) -> Result<Activations<OUT, Self, T>, Error> {
        convolution::plain(x, weight, bias, geometry)
    }

    /// See [`max_pool_2x2`](crate::max_pool_2x2).
    ///
    /// # Errors
    ///
    /// If the numbers of the tensor do not fill its grid, the grid is lower or narrower than 2, or the device cannot
    /// allocate or compute.
    fn max_pool_2x2<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        pooling::max_pool_2x2_plain(x, grid)
    }

    /// See [`average_pool`](crate::average_pool).
    ///
    /// # Errors
    ///
    /// If the numbers of the tensor do not fill its grid, the window is 0 or does not fit into it, or the device cannot
    /// allocate or compute.
    fn average_pool<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
        window: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        pooling::average_pool_plain(x, grid, window)
    }

    /// See [`upsample_2x`](crate::upsample_2x).
    ///
    /// # Errors
    ///
    /// If the numbers of the tensor do not fill its grid, or the device cannot allocate or compute.
    fn upsample_2x<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        upsampling::plain(x, grid)
    }

    /// See [`index_select`](mod@crate::index_select).
    ///
    /// # Errors
    ///
    /// If a number is not one of the batch, or the device cannot allocate or compute.
    fn index_select<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        of: &Entries<Self>,
    ) -> Result<Activations<C, Self, T>, Error> {
        index_select::plain(x, of)
    }

    /// See [`leaky_relu`](mod@crate::leaky_relu).
    ///
    /// # Errors
    ///
    /// If the slope is not from 0 to 1, or the device cannot allocate or compute.
    fn leaky_relu<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        slope: f32,
    ) -> Result<Activations<C, Self, T>, Error> {
        leaky_relu::plain(x, slope)
    }

    /// See [`batch_norm`](mod@crate::batch_norm).
    ///
    /// # Errors
    ///
    /// If the device cannot allocate or compute.
    fn batch_norm<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        normalisation: Normalisation<C, Self>,
    ) -> Result<Normalised<C, Self, T>, Error> {
        batch_norm::plain(x, normalisation)
    }

    /// Begins a walk with a [`lstm`](crate::recurrent::lstm), whose weights get their gradients on this tape.
    fn begin_lstm<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        _: &Lstm<IN, HIDDEN, f32, Self>,
        _: &mut T,
    ) -> lstm::Begun {
        lstm::Begun::default()
    }

    /// One or more time steps of a [`lstm`](crate::recurrent::lstm) on a walk that has begun with it.
    ///
    /// # Errors
    ///
    /// If inputs and state are not of the same batch, there is no time step, or the device cannot allocate
    /// or compute.
    fn lstm<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        x: Sequence<IN, Self, T>,
        state: LstmState<HIDDEN, Self, T>,
        lstm: &Lstm<IN, HIDDEN, f32, Self>,
        _: &lstm::Begun,
    ) -> Result<lstm::Unrolled<HIDDEN, Self, T>, Error> {
        lstm::plain(x, state, lstm)
    }

    /// Begins a walk with a [`gru`](crate::recurrent::gru), whose weights get their gradients on this tape.
    fn begin_gru<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        _: &Gru<IN, HIDDEN, f32, Self>,
        _: &mut T,
    ) -> gru::Begun {
        gru::Begun::default()
    }

    /// One or more time steps of a [`gru`](crate::recurrent::gru) on a walk that has begun with it.
    ///
    /// # Errors
    ///
    /// If inputs and state are not of the same batch, there is no time step, or the device cannot allocate
    /// or compute.
    fn gru<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        x: Sequence<IN, Self, T>,
        state: Rows<HIDDEN, Self, T>,
        gru: &Gru<IN, HIDDEN, f32, Self>,
        _: &gru::Begun,
    ) -> Result<gru::Unrolled<HIDDEN, Self, T>, Error> {
        gru::plain(x, state, gru)
    }

    /// See [`attention_weights`](crate::attention_weights).
    ///
    /// # Errors
    ///
    /// If the query has not as many rows for each picture, there is no location, or the device cannot allocate or
    /// compute.
    fn attention_weights<const A: usize, T: Tape<f32, Self>>(
        keys: &Locations<A, Self>,
        query: Rows<A, Self, T>,
        v: &Tensor<Rank1<A>, f32, Self>,
    ) -> Result<Weights<Self, T>, Error> {
        additive_attention::attention_weights_plain(keys, query, v)
    }

    /// See [`weighted_sum`](crate::weighted_sum).
    ///
    /// # Errors
    ///
    /// If the weights have not as many rows for each picture, or differ from the features in their number of
    /// locations, there is no location, or the device cannot allocate or compute.
    fn weighted_sum<const C: usize, T: Tape<f32, Self>>(
        weights: Weights<Self, T>,
        features: &Locations<C, Self>,
    ) -> Result<Rows<C, Self, T>, Error> {
        additive_attention::weighted_sum_plain(weights, features)
    }

    /// See [`cross_entropy`](mod@crate::cross_entropy).
    ///
    /// # Errors
    ///
    /// If there is not one target and one weight for every row, a target is not below `CLASSES`, the weights
    /// do not sum to a positive number, or the device cannot allocate or compute.
    fn cross_entropy<const CLASSES: usize, T: Tape<f32, Self>>(
        logits: Rows<CLASSES, Self, T>,
        targets: &[usize],
        weights: &[f32],
    ) -> Result<Tensor<Rank0, f32, Self, T>, Error> {
        cross_entropy::plain(logits, targets, weights)
    }
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

    fn upsample_2x<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Result<Activations<C, Self, T>, Error> {
        upsampling::fast(x, grid)
    }

    fn index_select<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        of: &Entries<Self>,
    ) -> Result<Activations<C, Self, T>, Error> {
        index_select::fast(x, of)
    }

    fn leaky_relu<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        slope: f32,
    ) -> Result<Activations<C, Self, T>, Error> {
        leaky_relu::fast(x, slope)
    }

    fn batch_norm<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        normalisation: Normalisation<C, Self>,
    ) -> Result<Normalised<C, Self, T>, Error> {
        batch_norm::fast(x, normalisation)
    }

    fn begin_lstm<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        lstm: &Lstm<IN, HIDDEN, f32, Self>,
        tape: &mut T,
    ) -> lstm::Begun {
        lstm::begin(lstm, tape)
    }

    fn lstm<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        x: Sequence<IN, Self, T>,
        state: LstmState<HIDDEN, Self, T>,
        _: &Lstm<IN, HIDDEN, f32, Self>,
        begun: &lstm::Begun,
    ) -> Result<lstm::Unrolled<HIDDEN, Self, T>, Error> {
        lstm::advance(x, state, begun)
    }

    fn begin_gru<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        gru: &Gru<IN, HIDDEN, f32, Self>,
        tape: &mut T,
    ) -> gru::Begun {
        gru::begin(gru, tape)
    }

    fn gru<const IN: usize, const HIDDEN: usize, T: Tape<f32, Self>>(
        x: Sequence<IN, Self, T>,
        state: Rows<HIDDEN, Self, T>,
        _: &Gru<IN, HIDDEN, f32, Self>,
        begun: &gru::Begun,
    ) -> Result<gru::Unrolled<HIDDEN, Self, T>, Error> {
        gru::advance(x, state, begun)
    }

    fn attention_weights<const A: usize, T: Tape<f32, Self>>(
        keys: &Locations<A, Self>,
        query: Rows<A, Self, T>,
        v: &Tensor<Rank1<A>, f32, Self>,
    ) -> Result<Weights<Self, T>, Error> {
        additive_attention::attention_weights_fast(keys, query, v)
    }

    fn weighted_sum<const C: usize, T: Tape<f32, Self>>(
        weights: Weights<Self, T>,
        features: &Locations<C, Self>,
    ) -> Result<Rows<C, Self, T>, Error> {
        additive_attention::weighted_sum_fast(weights, features)
    }

    fn cross_entropy<const CLASSES: usize, T: Tape<f32, Self>>(
        logits: Rows<CLASSES, Self, T>,
        targets: &[usize],
        weights: &[f32],
    ) -> Result<Tensor<Rank0, f32, Self, T>, Error> {
        cross_entropy::fast(logits, targets, weights)
    }
}

#[cfg(feature = "cuda")]
impl Operations for Cuda {}
