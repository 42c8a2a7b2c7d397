//! Upsampling: every location becomes a square of four.
//!
//! A generator goes from few locations to many. Nearest-neighbour upsampling repeats each location,
//!
//! $$ y_{ijc} = x_{⌊i/2⌋,\; ⌊j/2⌋,\; c} $$
//!
//! and a convolution behind it decides what becomes of the four. It does what a transposed convolution is
//! used for, without its uneven overlaps (Odena, Dumoulin and Olah 2016, *Deconvolution and checkerboard
//! artifacts*, Distill, doi:10.23915/distill.00003). The gradient of a location is the sum of its four
//! copies' gradients.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Grid, upsample_2x};
//!
//! let device = Cpu::default();
//! let x = device.tensor_from_vec(vec![1., 2.], (1, 2, Const::<1>)); // 1 × 2
//! let (y, grid) = upsample_2x(x.leaky_trace(), Grid::new(1, 2));
//! assert_eq!((y.as_vec(), grid), (vec![1., 1., 2., 2., 1., 1., 2., 2.], Grid::new(2, 4)));
//! assert_eq!(y.sum().backward().get(&x).as_vec(), [4., 4.]);
//! ```

use crate::numbers::numbers;
use crate::operations::{Activations, Operations};
use crate::{Error, Grid};
use dfdx::prelude::*;
use rayon::prelude::*;

/// Repeats every location twice in each direction: (batch, locations of `grid`, `C`) → (batch, locations of
/// the new grid, `C`), and the new grid, twice as high and wide.
///
/// # Panics
///
/// Where [`try_upsample_2x`] gives an error.
pub fn upsample_2x<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> (Activations<C, D, T>, Grid) {
    try_upsample_2x(x, grid).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`upsample_2x`].
///
/// # Errors
///
/// If the tensor does not fit the grid, or the device fails.
pub fn try_upsample_2x<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> Result<(Activations<C, D, T>, Grid), Error> {
    grid.check("upsampling", x.shape().1)?;
    Ok((D::upsample_2x(x, grid)?, twice(grid)))
}

fn twice(grid: Grid) -> Grid {
    Grid::new(2 * grid.height, 2 * grid.width)
}

/// [Upsampling](self) composed of dfdx's own operations, on any device.
///
/// # Errors
///
/// If the tensor does not fit the grid, or the device fails.
pub fn plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> Result<Activations<C, D, T>, Error> {
    grid.check("upsampling", x.shape().1)?;
    // ANCHOR: plain
    let (batch, (height, width)) = (x.shape().0, (grid.height, grid.width));
    let x = x.try_reshape_like(&(batch, height, width, Const::<C>)).map_err(Error::dfdx)?;
    let copies = (batch, height, 2, width, 2, Const::<C>);
    let x = x.try_broadcast_like::<_, Axes2<2, 4>>(&copies).map_err(Error::dfdx)?;
    x.try_reshape_like(&(batch, twice(grid).locations(), Const::<C>)).map_err(Error::dfdx)
    // ANCHOR_END: plain
}

/// [Upsampling](self) as one differentiable operation on the CPU.
///
/// # Errors
///
/// If the tensor does not fit the grid, or the device fails.
pub fn fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    grid: Grid,
) -> Result<Activations<C, Cpu, T>, Error> {
    grid.check("upsampling", x.shape().1)?;
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let (line, large) = ((grid.width * C).max(1), (2 * grid.width * C).max(1));
    let shape = (x.shape().0, twice(grid).locations(), Const::<C>);
    let mut copies = vec![0.0; shape.num_elements()];
    // Two lines of the output for each of the input.
    copies.par_chunks_mut(2 * large).zip(numbers(&x).par_chunks(line)).for_each(|(copies, line)| {
        let (upper, lower) = copies.split_at_mut(large);
        for (two, one) in upper.chunks_exact_mut(2 * C).zip(line.chunks_exact(C)) {
            two[..C].copy_from_slice(one);
            two[C..].copy_from_slice(one);
        }
        lower.copy_from_slice(upper);
    });
    let y = x.device().try_tensor_from_vec(copies, shape).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let lines = gradients.get_or_alloc_mut(&x_ghost)?.par_chunks_mut(line);
            lines.zip(upstream.par_chunks(2 * large)).for_each(|(line, copies)| {
                let (upper, lower) = copies.split_at(large);
                let pairs = upper.chunks_exact(2 * C).zip(lower.chunks_exact(2 * C));
                for (one, (upper, lower)) in line.chunks_exact_mut(C).zip(pairs) {
                    for c in 0..C {
                        one[c] += upper[c] + upper[C + c] + (lower[c] + lower[C + c]);
                    }
                }
            });
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}
