//! Sums and maxima over many numbers, in an order that suits vector instructions.
//!
//! A sum from left to right waits for each addition before the next one. Here every [`LANES`]-th number has
//! a sum of its own; these are added at last. The order depends on the count alone.

use crate::micro_kernel::LANES;

/// The sum of so many terms.
#[inline(always)]
pub(crate) fn sum(terms: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let whole = terms / LANES * LANES;
    for first in (0..whole).step_by(LANES) {
        sums.iter_mut().zip(first..).for_each(|(sum, index)| *sum += term(index));
    }
    sums.iter_mut().zip(whole..terms).for_each(|(sum, index)| *sum += term(index));
    sums.iter().sum()
}

/// The largest number; what is not a number is passed over.
#[inline(always)]
pub(crate) fn largest(numbers: &[f32]) -> f32 {
    let mut largest = [f32::NEG_INFINITY; LANES];
    let (whole, rest) = numbers.as_chunks::<LANES>();
    for numbers in whole {
        for l in 0..LANES {
            largest[l] = if numbers[l] > largest[l] { numbers[l] } else { largest[l] };
        }
    }
    largest.iter().chain(rest).fold(f32::NEG_INFINITY, |most, x| if *x > most { *x } else { most })
}
