//! Sums and maxima over many numbers, in an order that suits vector instructions.
//!
//! A sum from left to right waits for each addition before the next one. Here every [`LANES`]-th number has
//! a sum of its own; these are added at last, half to half. The order depends on the count alone.

use crate::micro_kernel::LANES;
use multiversion::multiversion;

/// The sum of a term over all places; the slices are of the same length.
#[inline(always)]
pub(crate) fn sum<const N: usize>(slices: [&[f32]; N], term: impl Fn([f32; N]) -> f32) -> f32 {
    let slices = slices.map(<[f32]>::as_chunks::<LANES>);
    let mut sums = [0.0; LANES];
    for index in 0..slices[0].0.len() {
        let lanes: [&[f32; LANES]; N] = std::array::from_fn(|n| &slices[n].0[index]);
        for l in 0..LANES {
            sums[l] += term(std::array::from_fn(|n| lanes[n][l]));
        }
    }
    for (l, sum) in sums[..slices[0].1.len()].iter_mut().enumerate() {
        *sum += term(std::array::from_fn(|n| slices[n].1[l]));
    }
    let mut half = LANES / 2;
    while half > 0 {
        for l in 0..half {
            sums[l] += sums[l + half];
        }
        half /= 2;
    }
    sums[0]
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

/// Adds numbers to sums, each to its own.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
pub(crate) fn add(sum: &mut [f32], numbers: &[f32]) {
    for (sum, number) in sum.iter_mut().zip(numbers) {
        *sum += number;
    }
}
