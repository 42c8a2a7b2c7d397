//! The solutions of the exercises.

use crate::gelu::List;
use dfdx::prelude::*;
use rayon::prelude::*;

// ANCHOR: amdahl
/// How many times as fast a program gets when the given share of its time gets so many times as fast (Amdahl 1967).
pub fn speed_up(share: f64, times: f64) -> f64 {
    1.0 / ((1.0 - share) + share / times)
}
// ANCHOR_END: amdahl

// ANCHOR: softplus
/// ln(1 + exp(x)) as one operation; its slope is $σ(x)$.
pub fn softplus<T: Tape<f32, Cpu>>(x: List<T>) -> List<T> {
    let (x, mut tape) = x.split_tape();
    let input = x.as_vec();
    // The greater of x and 0 in front: e^x is never too large.
    let y = |x: f32| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let y = x.device().tensor_from_vec(input.iter().copied().map(y).collect(), *x.shape());
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = gradients.get_or_alloc_mut(&y_ghost)?.to_vec();
            let gradient = gradients.get_or_alloc_mut(&x_ghost)?;
            for ((gradient, upstream), x) in gradient.iter_mut().zip(upstream).zip(&input) {
                *gradient += upstream / (1.0 + (-x).exp());
            }
            Ok(())
        });
    }
    y.put_tape(tape)
}
// ANCHOR_END: softplus

// ANCHOR: transpose
/// The transpose of a square matrix, in squares that fit into the cache.
pub fn transpose(a: &[f32], n: usize) -> Vec<f32> {
    const SIDE: usize = 32;
    let mut t = vec![0.0; n * n];
    for i in (0..n).step_by(SIDE) {
        for j in (0..n).step_by(SIDE) {
            for row in i..(i + SIDE).min(n) {
                for column in j..(j + SIDE).min(n) {
                    t[column * n + row] = a[row * n + column];
                }
            }
        }
    }
    t
}
// ANCHOR_END: transpose

// ANCHOR: histogram
/// How many numbers fall into each of `bins` equal parts of 0 to 1, counted by threads in fixed chunks. Whole numbers
/// could be added in any order: these sums are exact.
pub fn histogram(numbers: &[f32], bins: usize) -> Vec<u64> {
    let count = |chunk: &[f32]| {
        let mut counts = vec![0; bins];
        for &x in chunk.iter().filter(|x| (0.0..1.0).contains(*x)) {
            counts[((x * bins as f32) as usize).min(bins - 1)] += 1;
        }
        counts
    };
    let add = |mut a: Vec<u64>, b: Vec<u64>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    numbers.par_chunks(4096).map(count).reduce(|| vec![0; bins], add)
}
// ANCHOR_END: histogram

// ANCHOR: softmax
/// Numbers in rows, with a tape or without.
pub type Rows<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;

/// The softmax of every row as one operation. With $s$ for a row of the result and $g$ for its upstream gradient, the
/// row's gradient is $s_i (g_i - \sum_j g_j s_j)$.
pub fn softmax<T: Tape<f32, Cpu>>(x: Rows<T>) -> Rows<T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let columns = x.shape().1.max(1);
    let mut output = x.as_vec();
    output.par_chunks_mut(columns).for_each(|row| {
        // The largest goes to e^0 = 1: nothing becomes too large, and the row's sum is never 0.
        let largest = row.iter().fold(f32::NEG_INFINITY, |most, x| most.max(*x));
        row.iter_mut().for_each(|x| *x = (*x - largest).exp());
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|x| *x /= sum);
    });
    let y = x.device().tensor_from_vec(output.clone(), *x.shape());
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = gradients.get_or_alloc_mut(&y_ghost)?.to_vec();
            let gradient = gradients.get_or_alloc_mut(&x_ghost)?;
            let rows = upstream.par_chunks(columns).zip(output.par_chunks(columns));
            gradient.par_chunks_mut(columns).zip(rows).for_each(|(gradient, (g, s))| {
                let mean: f32 = g.iter().zip(s).map(|(g, s)| g * s).sum();
                gradient.iter_mut().zip(g.iter().zip(s)).for_each(|(x, (g, s))| *x += s * (g - mean));
            });
            Ok(())
        });
    }
    y.put_tape(tape)
}
// ANCHOR_END: softmax

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::matrix;
    use crate::slopes::slopes;

    #[test]
    fn exercise_1_a_part_that_gets_faster_leaves_the_rest() {
        assert_eq!(speed_up(0.5, 2.0), 1.0 / 0.75);
        assert_eq!(speed_up(1.0, 8.0), 8.0);
        assert!((speed_up(0.9, 1e12) - 10.0).abs() < 1e-6);
        // A part that takes no time leaves the share of all others.
        assert_eq!(speed_up(0.75, f64::INFINITY), 4.0);
    }

    #[test]
    fn exercise_2_softplus_is_right_far_out_and_has_the_slope_that_is_measured() {
        let list = |x: &[f32]| Cpu::default().tensor_from_vec(x.to_vec(), (x.len(),));
        let numbers = [-3.0, 0.0, 0.5, 4.0];
        let x = list(&numbers);
        let gradient = softplus(x.leaky_trace()).sum().backward().get(&x).as_vec();
        let measured = slopes(|x| softplus(list(x)).sum().array(), &numbers);
        assert!(gradient.iter().zip(measured).all(|(a, b)| (a - b).abs() < 1e-3), "{gradient:?}");
        assert_eq!(softplus(list(&[0.0])).as_vec(), [std::f32::consts::LN_2]);
        assert_eq!(softplus(list(&[200.0, -200.0])).as_vec(), [200.0, 0.0]);
    }

    #[test]
    fn exercise_3_a_transpose_turned_again_is_the_matrix() {
        for n in [1, 31, 32, 70] {
            let a = matrix(n, 3);
            let t = transpose(&a, n);
            assert_eq!((transpose(&t, n), t[(n - 1) * n]), (a.clone(), a[n - 1]));
        }
    }

    #[test]
    fn exercise_4_a_histogram_counts_what_lies_inside() {
        let numbers: Vec<f32> =
            (0..10_000).map(|i| i as f32 / 10_000.0).chain([-1.0, 1.0, f32::NAN]).collect();
        assert_eq!(histogram(&numbers, 4), [2500; 4]);
        assert_eq!(histogram(&[], 2), [0, 0]);
    }

    #[test]
    fn exercise_5_softmax_is_that_of_dfdx_far_out_too_and_has_the_slopes_that_are_measured() {
        let rows = |x: &[f32]| -> Rows { Cpu::default().tensor_from_vec(x.to_vec(), (2, 3)) };
        let numbers = [1.0, -2.0, 0.5, 3.0, 3.0, -1.0];
        let weights = rows(&[1.0, 0.0, -2.0, 0.5, 0.0, 3.0]);
        let x = rows(&numbers);
        let gradient =
            (softmax(x.leaky_trace()) * weights.clone()).sum::<Rank0, _>().backward().get(&x).as_vec();
        let measured = slopes(|x| (softmax(rows(x)) * weights.clone()).sum::<Rank0, _>().array(), &numbers);
        assert!(gradient.iter().zip(measured).all(|(a, b)| (a - b).abs() < 1e-3), "{gradient:?}");
        let (ours, dfdxs) = (softmax(x.clone()).as_vec(), x.softmax::<Axis<1>>().as_vec());
        assert!(ours.iter().zip(&dfdxs).all(|(a, b)| (a - b).abs() < 1e-6), "{ours:?} {dfdxs:?}");
        // A table whose axes have changed places: the same numbers, and their gradients, in another order.
        let turned = |x: &[f32]| -> Rows {
            let x = [x[0], x[3], x[1], x[4], x[2], x[5]];
            Cpu::default().tensor_from_vec(x.to_vec(), (3, 2))
        };
        let y = turned(&numbers);
        let back = y.leaky_trace().permute::<(usize, usize), Axes2<1, 0>>();
        let other = (softmax(back) * weights.clone()).sum::<Rank0, _>().backward().get(&y);
        assert_eq!(other.as_vec(), turned(&gradient).as_vec());
        let far = softmax(rows(&[1000.0, 0.0, 0.0, -1000.0, -1000.0, -1000.0])).as_vec();
        assert_eq!(far[..3], [1.0, 0.0, 0.0]);
        assert!(far[3..].iter().all(|x| (x - 1.0 / 3.0).abs() < 1e-6), "{far:?}");
    }
}
