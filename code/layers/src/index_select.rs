//! Taking entries of a batch by their numbers: several questions about one picture, one map for all.
//!
//! For numbers $o_1 … o_n$, each of an entry of the batch,
//!
//! $$ y_i = x_{o_i}, \qquad \frac{∂\mathcal{L}}{∂x_k} = \sum_{i:\, o_i = k} \frac{∂\mathcal{L}}{∂y_i} $$
//!
//! dfdx's `gather` does the same, and computes where each single number lies. Here an entry is copied in one piece.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::index_select;
//!
//! let device = Cpu::default();
//! let x = device.tensor_from_vec(vec![1., 2., 3., 4.], (2, 1, Const::<2>)); // 2 maps of one location
//! let y = index_select(x.leaky_trace(), &device.tensor_from_vec(vec![1, 0, 1], (3,)));
//! assert_eq!(y.as_vec(), [3., 4., 1., 2., 3., 4.]);
//! assert_eq!(y.sum().backward().get(&x).as_vec(), [1., 1., 2., 2.]);
//! ```

use crate::Error;
use crate::numbers::numbers;
use crate::operations::{Activations, Operations};
use dfdx::prelude::*;
use rayon::prelude::*;

/// Which entries of a batch, by number: (entries).
pub type Entries<D> = Tensor<(usize,), usize, D>;

/// The entries of a batch with these numbers: (batch, locations, `C`) and (entries) → (entries, locations, `C`).
///
/// # Panics
///
/// Where [`try_index_select`] gives an error.
pub fn index_select<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    of: &Entries<D>,
) -> Activations<C, D, T> {
    try_index_select(x, of).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`index_select`].
///
/// # Errors
///
/// If a number is not one of the batch, or the device fails.
pub fn try_index_select<const C: usize, D: Operations, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    of: &Entries<D>,
) -> Result<Activations<C, D, T>, Error> {
    D::index_select(x, of)
}

/// [Taking entries](self) by dfdx's own operation, on any device.
///
/// # Errors
///
/// If a number is not one of the batch, or the device fails.
pub fn plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    of: &Entries<D>,
) -> Result<Activations<C, D, T>, Error> {
    check(&numbers_of(of), x.shape().0)?;
    x.try_gather(of.clone()).map_err(Error::dfdx)
}

/// [Taking entries](self) as one differentiable operation on the CPU.
///
/// # Errors
///
/// If a number is not one of the batch, or the device fails.
pub fn fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    of: &Entries<Cpu>,
) -> Result<Activations<C, Cpu, T>, Error> {
    let (batch, locations, _) = *x.shape();
    let of = numbers_of(of);
    check(&of, batch)?;
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let entry = locations * C;
    let taken = taken(&numbers(&x), entry, &of);
    let shape = (of.len(), locations, Const::<C>);
    let y = x.device().try_tensor_from_vec(taken, shape).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let entries = gradients.get_or_alloc_mut(&x_ghost)?.par_chunks_mut(entry.max(1)).enumerate();
            entries.for_each(|(entry_number, gradient)| {
                for (_, upstream) in
                    of.iter().zip(upstream.chunks_exact(entry)).filter(|(of, _)| **of == entry_number)
                {
                    gradient.iter_mut().zip(upstream).for_each(|(gradient, upstream)| *gradient += upstream);
                }
            });
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// Which entries, by number. (dfdx's `as_vec` reads the first number of a list that has none.)
fn numbers_of<D: Device<f32>>(of: &Entries<D>) -> Vec<usize> {
    if of.shape().0 == 0 { vec![] } else { of.as_vec() }
}

/// The entries that `of` names, one after the other; each has `entry` numbers.
fn taken(numbers: &[f32], entry: usize, of: &[usize]) -> Vec<f32> {
    let length = of.len() * entry;
    let mut taken = Vec::with_capacity(length);
    let places = taken.spare_capacity_mut()[..length].par_chunks_mut(entry.max(1));
    places.zip(of).for_each(|(place, of)| {
        place.write_copy_of_slice(&numbers[of * entry..][..entry]);
    });
    // SAFETY: the capacity is at least `length`. Its first `length` numbers are `of.len()` places of `entry` numbers
    // each, one for each of `of`, and all of a place is written: `write_copy_of_slice` panics where lengths differ.
    // (Fresh memory that must be cleared first would be written twice.)
    #[allow(unsafe_code)]
    unsafe {
        taken.set_len(length);
    }
    taken
}

/// # Errors
///
/// If a number is not one of the batch.
fn check(of: &[usize], batch: usize) -> Result<(), Error> {
    match of.iter().position(|&of| of >= batch) {
        Some(place) => Err(Error::NoSuchEntry { place, batch, found: of[place] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::taken;

    #[test]
    fn entries_are_copied_whole_and_there_may_be_none() {
        assert_eq!(taken(&[1.0, 2.0, 3.0, 4.0], 2, &[1, 0, 1]), [3.0, 4.0, 1.0, 2.0, 3.0, 4.0]);
        assert!(taken(&[1.0], 1, &[]).is_empty());
        assert!(taken(&[], 0, &[0, 0]).is_empty());
    }
}
