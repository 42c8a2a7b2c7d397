//! Two operations that the players need and `layers` does not have yet: nearest-neighbour upsampling and leaky
//! ReLU, each in a plain form for any device and a fast one for the CPU.

use dfdx::prelude::*;
use layers::{Activations, Grid, Operations};
use rayon::prelude::*;

/// A device with these operations: the fast forms on the CPU, the plain ones elsewhere.
pub trait Painting: Operations {
    /// Repeats every location twice in each direction: (batch, locations of `grid`, `C`) → (batch, four times as
    /// many locations, `C`).
    ///
    /// # Panics
    ///
    /// Where the tensor does not fit the grid, or the device fails.
    fn repeat_locations<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Activations<C, Self, T>;

    /// The larger of each number and `slope` times it.
    ///
    /// # Panics
    ///
    /// Where the device fails.
    fn bend<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        slope: f32,
    ) -> Activations<C, Self, T>;
}

impl Painting for Cpu {
    fn repeat_locations<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Activations<C, Self, T> {
        upsample_fast(x, grid)
    }

    fn bend<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        slope: f32,
    ) -> Activations<C, Self, T> {
        leaky_relu_fast(x, slope)
    }
}

#[cfg(feature = "cuda")]
impl Painting for Cuda {
    fn repeat_locations<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        grid: Grid,
    ) -> Activations<C, Self, T> {
        upsample_plain(x, grid)
    }

    fn bend<const C: usize, T: Tape<f32, Self>>(
        x: Activations<C, Self, T>,
        slope: f32,
    ) -> Activations<C, Self, T> {
        leaky_relu_plain(x, slope)
    }
}

/// Twice as high and wide, by nearest-neighbour upsampling, and the new grid.
///
/// # Panics
///
/// Where the tensor does not fit the grid, or the device fails.
pub fn upsample_2x<const C: usize, D: Painting, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> (Activations<C, D, T>, Grid) {
    assert_eq!(grid.locations(), x.shape().1, "the tensor has the locations of its grid");
    (D::repeat_locations(x, grid), Grid::new(2 * grid.height, 2 * grid.width))
}

/// Leaky ReLU (Maas, Hannun and Ng 2013).
///
/// # Panics
///
/// Where the device fails.
pub fn leaky_relu<const C: usize, D: Painting, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    slope: f32,
) -> Activations<C, D, T> {
    D::bend(x, slope)
}

/// [Upsampling](upsample_2x) composed of dfdx's own operations.
pub fn upsample_plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> Activations<C, D, T> {
    let (batch, (height, width)) = (x.shape().0, (grid.height, grid.width));
    let x = x.reshape_like(&(batch, height, width, Const::<C>));
    let x = x.broadcast_like::<_, Axes2<2, 4>>(&(batch, height, 2, width, 2, Const::<C>));
    x.reshape_like(&(batch, 4 * grid.locations(), Const::<C>))
}

/// [Leaky ReLU](leaky_relu) composed of dfdx's own operations.
pub fn leaky_relu_plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    slope: f32,
) -> Activations<C, D, T> {
    let scaled = x.with_empty_tape() * slope;
    x.maximum(scaled)
}

/// The numbers of a contiguous tensor, copied in one piece.
fn numbers<S: Shape>(tensor: &Tensor<S, f32, Cpu>) -> Vec<f32> {
    let mut numbers = vec![0.0; tensor.shape().num_elements()];
    tensor.copy_into(&mut numbers);
    numbers
}

/// [Upsampling](upsample_2x) as one differentiable operation on the CPU.
pub fn upsample_fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    grid: Grid,
) -> Activations<C, Cpu, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let (line, large) = (grid.width * C, 2 * grid.width * C);
    let shape = (x.shape().0, 4 * grid.locations(), Const::<C>);
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
    let y = x.device().tensor_from_vec(copies, shape);
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
    y.put_tape(tape)
}

/// Numbers that a thread takes at a time: they stay in its cache.
const CHUNK: usize = 1 << 13;

/// [Leaky ReLU](leaky_relu) as one differentiable operation on the CPU.
pub fn leaky_relu_fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    slope: f32,
) -> Activations<C, Cpu, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let input = numbers(&x);
    let bent = move |x: f32, y: f32| if x > 0.0 { y } else { slope * y };
    let output = input.iter().map(|x| bent(*x, *x)).collect();
    let y = x.device().tensor_from_vec(output, *x.shape());
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let gradient = gradients.get_or_alloc_mut(&x_ghost)?.par_chunks_mut(CHUNK);
            gradient.zip(upstream.par_chunks(CHUNK).zip(input.par_chunks(CHUNK))).for_each(
                |(gradient, (upstream, x))| {
                    for ((gradient, upstream), x) in gradient.iter_mut().zip(upstream).zip(x) {
                        *gradient += bent(*x, *upstream);
                    }
                },
            );
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            Ok(())
        });
    }
    y.put_tape(tape)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Traced = Activations<5, Cpu, OwnedTape<f32, Cpu>>;

    fn results(x: &Activations<5, Cpu, NoneTape>, form: impl Fn(Traced) -> Traced) -> [Vec<f32>; 2] {
        let y = form(x.leaky_trace());
        let g = Cpu::seed_from_u64(99).sample_normal_like(y.shape());
        let output = y.as_vec();
        [output, (y * g).sum().backward().get(x).as_vec()]
    }

    #[test]
    fn fast_is_plain() {
        for (seed, (batch, height, width)) in [(1, 1, 1), (2, 3, 4), (5, 9, 2)].into_iter().enumerate() {
            let grid = Grid::new(height, width);
            let x = Cpu::seed_from_u64(seed as u64).sample_normal_like(&(batch, grid.locations(), Const));
            let [found, gradient] = results(&x, |x| upsample_fast(x, grid));
            let [wanted, wanted_gradient] = results(&x, |x| upsample_plain(x, grid));
            assert_eq!(found, wanted);
            for (found, wanted) in gradient.iter().zip(&wanted_gradient) {
                assert!((found - wanted).abs() < 1e-5 * wanted.abs().max(1.0), "{found} {wanted}");
            }
            assert_eq!(results(&x, |x| leaky_relu_fast(x, 0.2)), results(&x, |x| leaky_relu_plain(x, 0.2)));
        }
    }

    #[test]
    fn every_location_becomes_a_square_of_four() {
        let device = Cpu::default();
        let x = device.tensor_from_vec(vec![1., 2., 3., 4.], (1, 4, Const::<1>));
        let (y, grid) = upsample_2x(x.leaky_trace(), Grid::new(2, 2));
        assert_eq!(grid, Grid::new(4, 4));
        assert_eq!(y.as_vec(), [1., 1., 2., 2., 1., 1., 2., 2., 3., 3., 4., 4., 3., 3., 4., 4.]);
        assert_eq!(y.sum().backward().get(&x).as_vec(), [4.; 4]);
    }
}
