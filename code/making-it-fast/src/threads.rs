//! Threads: how much a second one helps, and how the result stays the same.

use crate::Error;
use rayon::prelude::*;

// ANCHOR: parts
/// The sum, a part for each thread: the parts depend on how many threads there are.
pub fn sum_by_threads(numbers: &[f32], threads: usize) -> f32 {
    let part = numbers.len().div_ceil(threads.max(1)).max(1);
    let sums: Vec<f32> = numbers.par_chunks(part).map(|part| part.iter().sum()).collect();
    sums.iter().sum()
}
// ANCHOR_END: parts

// ANCHOR: chunks
/// The sum, in chunks of a fixed size, whatever the number of threads.
pub fn sum_by_chunks(numbers: &[f32]) -> f32 {
    let sums: Vec<f32> = numbers.par_chunks(4096).map(|chunk| chunk.iter().sum()).collect();
    sums.iter().map(|&sum| f64::from(sum)).sum::<f64>() as f32
}
// ANCHOR_END: chunks

/// Does `work` with so many threads of rayon.
///
/// # Errors
///
/// If they cannot be started.
pub fn with<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> Result<R, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    Ok(pool.map_err(|reason| Error::Threads { count: threads, reason })?.install(work))
}

/// Both sums of the same million numbers for several numbers of threads, as the page shows it.
///
/// # Errors
///
/// If the threads cannot be started.
pub fn sums(numbers: &[f32]) -> Result<Vec<(usize, f32, f32)>, Error> {
    [1, 2, 3, 4, 8]
        .into_iter()
        .map(|n| with(n, || (n, sum_by_threads(numbers, n), sum_by_chunks(numbers))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::matrix;

    #[test]
    fn chunks_of_a_fixed_size_give_the_same_bits_and_parts_do_not() {
        let numbers: Vec<f32> = matrix(1000, 1).iter().map(|x| x + 1.0).collect();
        let sums = sums(&numbers).unwrap();
        let exact: f64 = numbers.iter().map(|&x| f64::from(x)).sum();
        assert!(sums.iter().all(|&(_, _, chunks)| chunks.to_bits() == sums[0].2.to_bits()));
        assert!(sums.iter().any(|&(_, parts, _)| parts.to_bits() != sums[0].1.to_bits()));
        assert!((f64::from(sums[0].2) / exact - 1.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_sums_to_zero() {
        assert_eq!((sum_by_threads(&[], 2), sum_by_chunks(&[]), sum_by_threads(&[2.0], 0)), (0.0, 0.0, 2.0));
    }
}
