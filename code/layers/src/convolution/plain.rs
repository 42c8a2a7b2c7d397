//! The convolution composed of dfdx's own operations: on any device, and slow on the CPU.

use super::Geometry;
use crate::operations::Activations;
use crate::{Error, Grid, leaky_relu};
use dfdx::prelude::*;

/// The [convolution](mod@crate::convolution) in four steps: append a location that is zero, gather every
/// patch (locations outside the picture are that zero), multiply the matrix of patches with the matrix of
/// weights, add the bias. ReLU or leaky ReLU may follow. It computes all gradients, whether the geometry asks for them or not.
///
/// # Errors
///
/// If `x` does not fit the geometry's input grid, the slope is not from 0 to 1, or the device fails.
pub fn plain<const IN: usize, const OUT: usize, const KERNEL: usize, D, T>(
    x: Activations<IN, D, T>,
    weight: &Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, f32, D>,
    bias: &Tensor<Rank1<OUT>, f32, D>,
    geometry: Geometry,
) -> Result<Activations<OUT, D, T>, Error>
where
    D: Device<f32>,
    T: Tape<f32, D>,
{
    // ANCHOR: plain
    let (batch, locations, _) = *x.shape();
    geometry.input.check("convolution", locations)?;
    let device = x.device().clone();
    let error = Error::dfdx;
    let patch = KERNEL * KERNEL * IN;
    let outputs = geometry.output.locations();

    let zero = device.try_zeros_like(&(batch, 1, Const::<IN>)).map_err(error)?;
    let x = (x, zero).try_concat_along(Axis::<1>).map_err(error)?; // batch × (locations + 1) × IN
    let index = geometry.patches().repeat(batch);
    let index = device.try_tensor_from_vec(index, (batch, outputs * KERNEL * KERNEL)).map_err(error)?;
    let x = x.try_gather(index).map_err(error)?; // batch × (outputs · K²) × IN
    let x = x.try_reshape_like(&(batch * outputs, patch)).map_err(error)?;

    let weight = weight.retaped::<T>().try_reshape_like(&(patch, Const::<OUT>)).map_err(error)?;
    let y = x.try_matmul(weight).map_err(error)?; // (batch · outputs) × OUT
    let bias = bias.retaped::<T>().try_broadcast_like(y.shape()).map_err(error)?;
    let y = y.try_add(bias).map_err(error)?;
    let y = y.try_reshape_like(&(batch, outputs, Const::<OUT>)).map_err(error)?;
    // ANCHOR_END: plain
    match geometry.negative_slope {
        1.0 => Ok(y),
        0.0 => y.try_relu().map_err(error),
        slope => leaky_relu::plain(y, slope),
    }
}

impl Geometry {
    // ANCHOR: patches
    /// For every output location and every place in the kernel, row by row, the input location that lies
    /// there; for a place outside the picture, the number of input locations.
    fn patches(&self) -> Vec<usize> {
        let Grid { height, width } = self.input;
        let mut index = Vec::with_capacity(self.output.locations() * self.kernel * self.kernel);
        // Outside, the subtraction wraps to a number that is larger than any side.
        let place = |output: usize, u: usize| (output * self.stride + u).wrapping_sub(self.padding);
        for i in 0..self.output.height {
            for j in 0..self.output.width {
                for u in 0..self.kernel {
                    for v in 0..self.kernel {
                        let (row, column) = (place(i, u), place(j, v));
                        let inside = row < height && column < width;
                        index.push(if inside { row * width + column } else { height * width });
                    }
                }
            }
        }
        index
    }
    // ANCHOR_END: patches
}
