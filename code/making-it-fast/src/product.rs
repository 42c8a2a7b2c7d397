//! One matrix product in five forms: the same multiplications and additions, in another order.
//!
//! Of two square matrices of side $n$, row by row in memory: $c_{ij} = \sum_k a_{ik} b_{kj}$, which is $2 n^3$ operations.

use multiversion::multiversion;
use rayon::prelude::*;

/// A form of the product: of $a$, $b$, and the side $n$.
pub type Product = fn(&[f32], &[f32], usize) -> Vec<f32>;

// ANCHOR: textbook
/// As the formula says: for each number of the result, a row times a column.
pub fn textbook(a: &[f32], b: &[f32], n: usize) -> Vec<f32> {
    let mut c = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            let mut sum = 0.0;
            for k in 0..n {
                sum += a[i * n + k] * b[k * n + j];
            }
            c[i * n + j] = sum;
        }
    }
    c
}
// ANCHOR_END: textbook

// ANCHOR: rows
/// The two inner loops change places: a row of $b$ times one number is added to a row of the result.
pub fn rows(a: &[f32], b: &[f32], n: usize) -> Vec<f32> {
    let mut c = vec![0.0; n * n];
    for (c, a) in c.chunks_exact_mut(n).zip(a.chunks_exact(n)) {
        for (b, a) in b.chunks_exact(n).zip(a) {
            for (c, b) in c.iter_mut().zip(b) {
                *c += a * b;
            }
        }
    }
    c
}
// ANCHOR_END: rows

// ANCHOR: tiles
/// Columns of a panel of $b$.
const WIDE: usize = 16;
/// Rows of a tile of the result.
const TALL: usize = 6;

/// $b$ in panels of sixteen columns, each one row after the other: what a tile reads lies side by side. Missing
/// columns of the last panel are zero.
fn panels(b: &[f32], n: usize) -> Vec<Vec<[f32; WIDE]>> {
    let panel = |first: usize| {
        let row = |k: usize| std::array::from_fn(|j| if first + j < n { b[k * n + first + j] } else { 0.0 });
        (0..n).map(row).collect()
    };
    (0..n).step_by(WIDE).map(panel).collect()
}

/// Some rows of the result, tile by tile. A tile of 6 × 16 sums stays in the processor's registers until it is done.
#[multiversion(targets("x86_64+avx2+fma"))]
fn band(a: &[f32], panels: &[Vec<[f32; WIDE]>], n: usize, c: &mut [f32]) {
    for (p, panel) in panels.iter().enumerate() {
        let columns = WIDE.min(n - p * WIDE);
        for (tile, c) in c.chunks_mut(TALL * n).enumerate() {
            let tall = c.len() / n;
            // A tile with too few rows computes its last row several times.
            let lines: [&[f32]; TALL] =
                std::array::from_fn(|r| &a[(tile * TALL + r.min(tall - 1)) * n..][..n]);
            let mut sums = [[0.0; WIDE]; TALL];
            for (k, b) in panel.iter().enumerate() {
                for (sums, a) in sums.iter_mut().zip(lines) {
                    let a = a[k];
                    for (sum, b) in sums.iter_mut().zip(b) {
                        *sum += a * b;
                    }
                }
            }
            for (c, sums) in c.chunks_mut(n).zip(sums) {
                c[p * WIDE..][..columns].copy_from_slice(&sums[..columns]);
            }
        }
    }
}

/// In tiles.
pub fn tiles(a: &[f32], b: &[f32], n: usize) -> Vec<f32> {
    let mut c = vec![0.0; n * n];
    band(a, &panels(b, n), n, &mut c);
    c
}
// ANCHOR_END: tiles

// ANCHOR: threads
/// In tiles, and each thread takes bands of rows.
pub fn tiles_on_threads(a: &[f32], b: &[f32], n: usize) -> Vec<f32> {
    const TILES: usize = 4;
    let (mut c, panels, rows) = (vec![0.0; n * n], panels(b, n), TILES * TALL * n);
    c.par_chunks_mut(rows).zip(a.par_chunks(rows)).for_each(|(c, a)| band(a, &panels, n, c));
    c
}
// ANCHOR_END: threads

/// As dfdx does it.
pub fn of_dfdx(a: &[f32], b: &[f32], n: usize) -> Vec<f32> {
    use dfdx::prelude::*;
    let device = Cpu::default();
    let matrix = |numbers: &[f32]| device.tensor_from_vec(numbers.to_vec(), (n, n));
    let mut c = vec![0.0; n * n];
    matrix(a).matmul(matrix(b)).copy_into(&mut c);
    c
}

/// All forms with their names.
pub const FORMS: [(&str, Product); 5] = [
    ("row times column", textbook),
    ("rows", rows),
    ("tiles", tiles),
    ("tiles on threads", tiles_on_threads),
    ("dfdx's matmul", of_dfdx),
];

/// A matrix without a pattern, its numbers between −1 and 1.
pub fn matrix(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        // Steele, Lea and Flood (2014), SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n * n).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn all_forms_agree(n in 1_usize..70, seed in 0_u64..1000) {
            let (a, b) = (matrix(n, seed), matrix(n, seed + 1));
            let exact = |i: usize, j: usize| -> f64 {
                (0..n).map(|k| f64::from(a[i * n + k]) * f64::from(b[k * n + j])).sum()
            };
            for (name, product) in FORMS {
                let c = product(&a, &b, n);
                prop_assert_eq!(c.len(), n * n);
                for i in 0..n {
                    for j in 0..n {
                        let (found, right) = (f64::from(c[i * n + j]), exact(i, j));
                        prop_assert!((found - right).abs() <= 1e-6 * n as f64, "{}: {} {}", name, found, right);
                    }
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_loops_changes_no_bit() {
        let (n, a, b) = (67, matrix(67, 3), matrix(67, 4));
        let first = textbook(&a, &b, n);
        assert!([rows, tiles, tiles_on_threads].iter().all(|product| product(&a, &b, n) == first));
    }

    #[test]
    fn matrices_have_numbers_of_both_signs() {
        let numbers = matrix(50, 1);
        assert!(numbers.iter().all(|x| (-1.0..1.0).contains(x)));
        assert!(numbers.iter().sum::<f32>().abs() < 100.0 && numbers != matrix(50, 2));
    }
}
