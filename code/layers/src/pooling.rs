//! Pooling: a window of locations becomes one.
//!
//! Windows do not overlap; rows and columns that fill no whole window are left out. Max pooling takes the
//! largest number of each channel in a window of 2 × 2 (as in LeNet's descendants; Krizhevsky et al. 2012),
//! average pooling the mean of a window of $k × k$, or of the whole picture (Lin et al. 2013,
//! arXiv:1312.4400, section 3.2). For the windows $P_{ij}$:
//!
//! $$ y_{ijc} = \max_{(k,l) ∈ P_{ij}} x_{klc}, \qquad
//! y_{ijc} = \frac{1}{|P_{ij}|} \sum_{(k,l) ∈ P_{ij}} x_{klc} $$
//!
//! The gradient of a maximum goes to the location where it lies. On a tie the first location wins, row by
//! row; in the plain form, each tied location gets the whole gradient (so does dfdx's own `max`).
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Grid, average_pool, global_average_pool, max_pool_2x2};
//!
//! let device = Cpu::default();
//! let x = device.tensor_from_vec(vec![1., 5., 2., 0., 3., 4., 2., 8.], (1, 8, Const::<1>)); // 2 × 4
//! let (y, grid) = max_pool_2x2(x.clone(), Grid::new(2, 4));
//! assert_eq!((y.as_vec(), grid), (vec![5., 8.], Grid::new(1, 2)));
//! let (y, _) = average_pool(x.clone(), Grid::new(2, 4), 2);
//! assert_eq!(y.as_vec(), [3.25, 3.]);
//! assert_eq!(global_average_pool(x).as_vec(), [3.125]);
//! ```

use crate::numbers::numbers;
use crate::operations::{Activations, Operations};
use crate::{Error, Grid};
use dfdx::prelude::*;
use multiversion::multiversion;
use rayon::prelude::*;

/// The side of the windows of max pooling.
const TWO: Grid = Grid::new(2, 2);

/// The largest number of every 2 × 2 window: (batch, locations of `grid`, `C`) → (batch, locations of the
/// new grid, `C`), and the new grid, half as high and wide, rounded down.
///
/// # Panics
///
/// Where [`try_max_pool_2x2`] gives an error.
pub fn max_pool_2x2<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> (Activations<C, D, T>, Grid) {
    try_max_pool_2x2(x, grid).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`max_pool_2x2`].
///
/// # Errors
///
/// If the tensor does not fit the grid, the grid is lower or narrower than 2, or the device fails.
pub fn try_max_pool_2x2<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> Result<(Activations<C, D, T>, Grid), Error> {
    let pooled = pooled("max pooling", grid, x.shape().1, TWO)?;
    Ok((D::max_pool_2x2(x, grid)?, pooled))
}

/// The mean of every `side` × `side` window: (batch, locations of `grid`, `C`) → (batch, locations of the
/// new grid, `C`), and the new grid.
///
/// # Panics
///
/// Where [`try_average_pool`] gives an error.
pub fn average_pool<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
    side: usize,
) -> (Activations<C, D, T>, Grid) {
    try_average_pool(x, grid, side).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`average_pool`].
///
/// # Errors
///
/// If the tensor does not fit the grid, the window does not fit into the grid or is 0, or the device fails.
pub fn try_average_pool<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
    side: usize,
) -> Result<(Activations<C, D, T>, Grid), Error> {
    let window = Grid::new(side, side);
    let pooled = pooled("average pooling", grid, x.shape().1, window)?;
    Ok((D::average_pool(x, grid, window)?, pooled))
}

/// The mean over all locations: (batch, locations, `C`) → (batch, `C`).
///
/// # Panics
///
/// Where [`try_global_average_pool`] gives an error.
pub fn global_average_pool<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
) -> Tensor<(usize, Const<C>), f32, D, T> {
    try_global_average_pool(x).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`global_average_pool`].
///
/// # Errors
///
/// If there is no location, or the device fails.
pub fn try_global_average_pool<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
) -> Result<Tensor<(usize, Const<C>), f32, D, T>, Error> {
    let (batch, locations, _) = *x.shape();
    let all = Grid::new(locations, 1);
    pooled("global average pooling", all, locations, all)?;
    D::average_pool(x, all, all)?.try_reshape_like(&(batch, Const::<C>)).map_err(Error::dfdx)
}

/// The grid after pooling with a window.
fn pooled(operation: &'static str, grid: Grid, locations: usize, window: Grid) -> Result<Grid, Error> {
    grid.check(operation, locations)?;
    if window.locations() == 0 {
        return Err(Error::Zero { operation, what: "the window's side" });
    }
    let pooled = Grid::new(grid.height / window.height, grid.width / window.width);
    if pooled.locations() == 0 {
        return Err(Error::WindowTooLarge { operation, window: window.height, grid, padding: 0 });
    }
    Ok(pooled)
}

/// For every window, row by row, its locations, row by row.
fn windows(grid: Grid, window: Grid) -> impl Iterator<Item = usize> {
    let columns = grid.width / window.width;
    (0..grid.height / window.height * columns).flat_map(move |index| {
        let corner = index / columns * window.height * grid.width + index % columns * window.width;
        (0..window.locations())
            .map(move |place| corner + place / window.width * grid.width + place % window.width)
    })
}

type Windows<const C: usize, D, T> = Tensor<(usize, usize, usize, Const<C>), f32, D, T>;

// ANCHOR: max_pool
/// Every window's activations beside each other, gathered by dfdx: batch × windows × places × channels.
fn gathered<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
    window: Grid,
) -> Result<Windows<C, D, T>, Error> {
    let index: Vec<usize> = windows(grid, window).collect();
    let (batch, windows) = (x.shape().0, index.len() / window.locations());
    let shape = (batch, index.len());
    let index = x.device().try_tensor_from_vec(index.repeat(batch), shape).map_err(Error::dfdx)?;
    let x = x.try_gather(index).map_err(Error::dfdx)?;
    x.try_reshape_like(&(batch, windows, window.locations(), Const::<C>)).map_err(Error::dfdx)
}

/// [Max pooling](max_pool_2x2) composed of dfdx's own operations, on any device. Each location of a tie gets
/// the whole gradient.
///
/// # Errors
///
/// If the tensor does not fit the grid, the grid is lower or narrower than 2, or the device fails.
pub fn max_pool_2x2_plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
) -> Result<Activations<C, D, T>, Error> {
    pooled("max pooling", grid, x.shape().1, TWO)?;
    gathered(x, grid, TWO)?.try_max::<_, Axis<2>>().map_err(Error::dfdx)
}
// ANCHOR_END: max_pool

/// Average pooling composed of dfdx's own operations, on any device.
///
/// # Errors
///
/// If the tensor does not fit the grid, the window does not fit into the grid or is 0, or the device fails.
pub fn average_pool_plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    grid: Grid,
    window: Grid,
) -> Result<Activations<C, D, T>, Error> {
    pooled("average pooling", grid, x.shape().1, window)?;
    gathered(x, grid, window)?.try_mean::<_, Axis<2>>().map_err(Error::dfdx)
}

/// [Max pooling](max_pool_2x2) as one operation on the CPU. Of a tie, the first location gets the gradient.
///
/// # Errors
///
/// If the tensor does not fit the grid, the grid is lower or narrower than 2, or the device fails.
pub fn max_pool_2x2_fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    grid: Grid,
) -> Result<Activations<C, Cpu, T>, Error> {
    let pooled = pooled("max pooling", grid, x.shape().1, TWO)?;
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let (input, output) = (grid.locations() * C, pooled.locations() * C);
    let shape = (x.shape().0, pooled.locations(), Const::<C>);
    let mut maxima = vec![0.0; shape.num_elements()];
    let mut places = vec![0_u8; maxima.len()];
    let pictures = numbers(&x);
    maxima
        .par_chunks_mut(output.max(1))
        .zip(places.par_chunks_mut(output.max(1)))
        .zip(pictures.par_chunks(input.max(1)))
        .for_each(|((maxima, places), picture)| {
            let windows = first_locations(grid);
            let rows = maxima.chunks_exact_mut(C).zip(places.chunks_exact_mut(C));
            for (corner, (maxima, places)) in windows.zip(rows) {
                let upper = &picture[corner * C..][..2 * C];
                let lower = &picture[(corner + grid.width) * C..][..2 * C];
                largest([&upper[..C], &upper[C..], &lower[..C], &lower[C..]], maxima, places);
            }
        });
    let y = x.device().try_tensor_from_vec(maxima, shape).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            gradients
                .get_or_alloc_mut(&x_ghost)?
                .par_chunks_mut(input.max(1))
                .zip(upstream.par_chunks(output.max(1)).zip(places.par_chunks(output.max(1))))
                .for_each(|(gradient, (upstream, places))| {
                    let rows = upstream.chunks_exact(C).zip(places.chunks_exact(C));
                    for (corner, (upstream, places)) in first_locations(grid).zip(rows) {
                        let (above, below) = gradient.split_at_mut((corner + grid.width) * C);
                        let (first, second) = above[corner * C..][..2 * C].split_at_mut(C);
                        let (third, fourth) = below[..2 * C].split_at_mut(C);
                        hand_back([first, second, third, fourth], upstream, places);
                    }
                });
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// The upper left location of every 2 × 2 window.
fn first_locations(grid: Grid) -> impl Iterator<Item = usize> {
    (0..grid.height / 2)
        .flat_map(move |row| (0..grid.width / 2).map(move |column| 2 * (row * grid.width + column)))
}

/// The largest of four numbers for every channel, and which of the four it was.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn largest(from: [&[f32]; 4], maxima: &mut [f32], places: &mut [u8]) {
    let channels = maxima.len();
    let [first, second, third, fourth] = from.map(|numbers| &numbers[..channels]);
    let places = &mut places[..channels];
    for c in 0..channels {
        let (mut maximum, mut place) = (first[c], 0);
        for (index, x) in [second[c], third[c], fourth[c]].into_iter().enumerate() {
            let larger = x > maximum;
            maximum = if larger { x } else { maximum };
            place = if larger { index as u8 + 1 } else { place };
        }
        maxima[c] = maximum;
        places[c] = place;
    }
}

/// Adds every channel's upstream gradient to the one of four where the maximum was.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn hand_back(to: [&mut [f32]; 4], upstream: &[f32], places: &[u8]) {
    for (index, to) in to.into_iter().enumerate() {
        for ((to, upstream), place) in to.iter_mut().zip(upstream).zip(places) {
            *to += if *place == index as u8 { *upstream } else { 0.0 };
        }
    }
}

/// Average pooling as one operation on the CPU.
///
/// # Errors
///
/// If the tensor does not fit the grid, the window does not fit into the grid or is 0, or the device fails.
pub fn average_pool_fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    grid: Grid,
    window: Grid,
) -> Result<Activations<C, Cpu, T>, Error> {
    let pooled = pooled("average pooling", grid, x.shape().1, window)?;
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let (input, output) = ((grid.locations() * C).max(1), (pooled.locations() * C).max(1));
    let shape = (x.shape().0, pooled.locations(), Const::<C>);
    let share = 1.0 / window.locations() as f32;
    let mut means = vec![0.0; shape.num_elements()];
    means.par_chunks_mut(output).zip(numbers(&x).par_chunks(input)).for_each(|(means, picture)| {
        let mut locations = windows(grid, window);
        for mean in means.chunks_exact_mut(C) {
            for location in locations.by_ref().take(window.locations()) {
                add_scaled(mean, share, &picture[location * C..][..C]);
            }
        }
    });
    let y = x.device().try_tensor_from_vec(means, shape).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            gradients
                .get_or_alloc_mut(&x_ghost)?
                .par_chunks_mut(input)
                .zip(upstream.par_chunks(output))
                .for_each(|(gradient, upstream)| {
                    let mut locations = windows(grid, window);
                    for upstream in upstream.chunks_exact(C) {
                        for location in locations.by_ref().take(window.locations()) {
                            add_scaled(&mut gradient[location * C..][..C], share, upstream);
                        }
                    }
                });
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_scaled(sum: &mut [f32], a: f32, x: &[f32]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += a * x;
    }
}
