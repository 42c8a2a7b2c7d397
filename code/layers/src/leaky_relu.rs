//! Leaky ReLU: what is negative becomes small instead of nothing.
//!
//! For a slope $0 ≤ a ≤ 1$,
//!
//! $$ y = \max(x, a x), \qquad \frac{∂\mathcal{L}}{∂x} = \frac{∂\mathcal{L}}{∂y} · \begin{cases} 1 & x > 0 \\ a & x ≤ 0 \end{cases} $$
//!
//! (Maas, Hannun and Ng 2013, *Rectifier nonlinearities improve neural network acoustic models*). A unit whose
//! input is negative still passes a gradient on: in a discriminator, whose gradients teach another network, that
//! matters (Radford et al. 2016, arXiv:1511.06434, section 3).
//!
//! At exactly 0 the plain form's slope is $(1 + a) / 2$: dfdx's `maximum` gives half of the gradient to each of two
//! equals. Behind a convolution, [`Convolution2d::forward_leaky_relu`](crate::Convolution2d::forward_leaky_relu) does
//! the same in the pass that writes the output.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::leaky_relu;
//!
//! let device = Cpu::default();
//! let x = device.tensor_from_vec(vec![-2., 3.], (1, 1, Const::<2>));
//! let y = leaky_relu(x.leaky_trace(), 0.2);
//! assert_eq!(y.as_vec(), [-0.4, 3.]);
//! assert_eq!(y.sum().backward().get(&x).as_vec(), [0.2, 1.]);
//! ```

use crate::Error;
use crate::numbers::numbers;
use crate::operations::{Activations, Operations};
use dfdx::prelude::*;
use multiversion::multiversion;
use rayon::prelude::*;

/// Numbers that a thread takes at a time: they stay in its cache.
const CHUNK: usize = 1 << 13;

/// The larger of each number and `slope` times it: (batch, locations, `C`) as it came.
///
/// # Panics
///
/// Where [`try_leaky_relu`] gives an error.
pub fn leaky_relu<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    slope: f32,
) -> Activations<C, D, T> {
    try_leaky_relu(x, slope).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`leaky_relu`].
///
/// # Errors
///
/// If the slope is not from 0 to 1, or the device fails.
pub fn try_leaky_relu<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    slope: f32,
) -> Result<Activations<C, D, T>, Error> {
    D::leaky_relu(x, slope)
}

/// [Leaky ReLU](self) composed of dfdx's own operations, on any device.
///
/// # Errors
///
/// If the slope is not from 0 to 1, or the device fails.
pub fn plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    slope: f32,
) -> Result<Activations<C, D, T>, Error> {
    Error::check_slope(slope)?;
    // ANCHOR: plain
    let scaled = x.with_empty_tape().try_mul(slope).map_err(Error::dfdx)?;
    x.try_maximum(scaled).map_err(Error::dfdx)
    // ANCHOR_END: plain
}

/// [Leaky ReLU](self) as one differentiable operation on the CPU.
///
/// # Errors
///
/// If the slope is not from 0 to 1, or the device fails.
pub fn fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    slope: f32,
) -> Result<Activations<C, Cpu, T>, Error> {
    Error::check_slope(slope)?;
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let input = numbers(&x);
    let mut output = vec![0.0; input.len()];
    output.par_chunks_mut(CHUNK).zip(input.par_chunks(CHUNK)).for_each(|(y, x)| bend(x, slope, y));
    let y = x.device().try_tensor_from_vec(output, *x.shape()).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let gradient = gradients.get_or_alloc_mut(&x_ghost)?.par_chunks_mut(CHUNK);
            gradient
                .zip(upstream.par_chunks(CHUNK).zip(input.par_chunks(CHUNK)))
                .for_each(|(gradient, (upstream, x))| add_bent(gradient, slope, upstream, x));
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn bend(x: &[f32], slope: f32, y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = if *x > 0.0 { *x } else { slope * x };
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_bent(gradient: &mut [f32], slope: f32, upstream: &[f32], x: &[f32]) {
    for ((gradient, upstream), x) in gradient.iter_mut().zip(upstream).zip(x) {
        *gradient += if *x > 0.0 { *upstream } else { slope * upstream };
    }
}
