//! Softmax and cross entropy in one operation, with a weight for every row.
//!
//! For logits $x_i$ of $C$ classes, the right class $y_i$ and a weight $w_i ≥ 0$ of every row $i$:
//!
//! $$ \mathcal{L} = \frac{1}{\sum_i w_i} \sum_i w_i \left(\ln \sum_c \mathrm{e}^{x_{ic}} - x_{i y_i}\right) $$
//!
//! It is the negative log-likelihood of the right classes (Bishop 2006, *Pattern recognition and machine
//! learning*, section 4.3.4). Rows with a weight of 0 count for nothing: give it to the padding behind short
//! sentences. The largest logit is subtracted before the exponential and added after the logarithm, so that
//! nothing overflows. With $p_{ic} = \mathrm{e}^{x_{ic}} / \sum_d \mathrm{e}^{x_{id}}$, the gradient is
//!
//! $$ \frac{∂\mathcal{L}}{∂x_{ic}} = \frac{w_i}{\sum_j w_j} \left(p_{ic} - [c = y_i]\right) $$
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::cross_entropy;
//!
//! let device = Cpu::default();
//! let logits = device.tensor_from_vec(vec![0., 3.0_f32.ln(), 5., 6.], (2, Const::<2>));
//! // The first row gives its right class the probability 1/4; the second is padding.
//! let loss = cross_entropy(logits.leaky_trace(), &[0, 1], &[1., 0.]);
//! assert!((loss.array() - 4.0_f32.ln()).abs() < 1e-6);
//! let gradient = loss.backward().get(&logits).as_vec();
//! for (found, wanted) in gradient.iter().zip([0.25 - 1.0, 0.75, 0.0, 0.0]) {
//!     assert!((found - wanted).abs() < 1e-6);
//! }
//! ```

use crate::elementary::exp;
use crate::lanes::{largest, sum};
use crate::numbers::numbers;
use crate::recurrent::Rows;
use crate::{Error, Operations, chunks};
use dfdx::prelude::*;
use multiversion::multiversion;
use multiversion::target::target_cfg_f;
use rayon::prelude::*;

/// The mean cross entropy of logits of (rows, `CLASSES`), weighted: see the [module](mod@crate::cross_entropy).
/// `targets` has the right class of every row, `weights` its weight.
///
/// # Panics
///
/// Where [`try_cross_entropy`] gives an error.
pub fn cross_entropy<const CLASSES: usize, D: Operations, T: Tape<f32, D>>(
    logits: Rows<CLASSES, D, T>,
    targets: &[usize],
    weights: &[f32],
) -> Tensor<Rank0, f32, D, T> {
    try_cross_entropy(logits, targets, weights).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`cross_entropy`].
///
/// # Errors
///
/// If there is not one target and one weight for every row, a target is not below `CLASSES`, the weights do
/// not sum to a positive number, or the device fails.
pub fn try_cross_entropy<const CLASSES: usize, D: Operations, T: Tape<f32, D>>(
    logits: Rows<CLASSES, D, T>,
    targets: &[usize],
    weights: &[f32],
) -> Result<Tensor<Rank0, f32, D, T>, Error> {
    D::cross_entropy(logits, targets, weights)
}

/// The sum of the weights.
fn check(rows: usize, classes: usize, targets: &[usize], weights: &[f32]) -> Result<f32, Error> {
    let operation = "cross entropy";
    Error::check_size(operation, ["the targets", "the logits"], "rows", [targets.len(), rows])?;
    Error::check_size(operation, ["the weights", "the logits"], "rows", [weights.len(), rows])?;
    if let Some(row) = targets.iter().position(|target| *target >= classes) {
        return Err(Error::NoSuchClass { row, classes, found: targets[row] });
    }
    let sum = weights.iter().copied().map(f64::from).sum::<f64>() as f32;
    if sum > 0.0 && sum.is_finite() { Ok(sum) } else { Err(Error::NoWeight { found: sum }) }
}

/// [Cross entropy](mod@crate::cross_entropy) composed of dfdx's own operations, on any device.
///
/// # Errors
///
/// As [`try_cross_entropy`].
pub fn plain<const CLASSES: usize, D: Device<f32>, T: Tape<f32, D>>(
    logits: Rows<CLASSES, D, T>,
    targets: &[usize],
    weights: &[f32],
) -> Result<Tensor<Rank0, f32, D, T>, Error> {
    // ANCHOR: plain
    let rows = logits.shape().0;
    let total = check(rows, CLASSES, targets, weights)?;
    let (device, error) = (logits.device().clone(), Error::dfdx);
    let targets = device.try_tensor_from_vec(targets.to_vec(), (rows,)).map_err(error)?;
    let shares = weights.iter().map(|w| -w / total).collect();
    let shares = device.try_tensor_from_vec(shares, (rows,)).map_err(error)?;

    let logits = logits.try_contiguous().map_err(error)?; // else the gradient of log_softmax is wrong
    let log_likelihoods = logits.try_log_softmax::<Axis<1>>().map_err(error)?;
    let of_targets = log_likelihoods.try_select(targets).map_err(error)?;
    of_targets.try_mul(shares).map_err(error)?.try_sum().map_err(error)
    // ANCHOR_END: plain
}

/// [Cross entropy](mod@crate::cross_entropy) as one differentiable operation on the CPU. The backward step
/// computes the probabilities anew.
///
/// # Errors
///
/// As [`try_cross_entropy`].
pub fn fast<const CLASSES: usize, T: Tape<f32, Cpu>>(
    logits: Rows<CLASSES, Cpu, T>,
    targets: &[usize],
    weights: &[f32],
) -> Result<Tensor<Rank0, f32, Cpu, T>, Error> {
    let total = check(logits.shape().0, CLASSES, targets, weights)?;
    let (logits, mut tape) = logits.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let input = numbers(&logits);
    let rows: Vec<Row> = targets
        .par_iter()
        .zip(weights)
        .zip(input.par_chunks(CLASSES))
        .with_min_len(chunks::rows(CLASSES))
        .map(|((&target, &weight), logits)| Row { target, share: weight / total, log_sum: log_sum(logits) })
        .collect();
    let losses = rows.iter().zip(input.chunks_exact(CLASSES));
    let losses = losses.filter(|(row, _)| row.share != 0.0);
    let loss = losses.map(|(row, logits)| f64::from(row.share) * f64::from(row.log_sum - logits[row.target]));
    let loss = loss.sum::<f64>() as f32;
    let y = logits.device().try_tensor_from_vec(vec![loss], ()).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let (logits_ghost, y_ghost) = (logits.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = gradients.get_or_alloc_mut(&y_ghost)?[0];
            gradients
                .get_or_alloc_mut(&logits_ghost)?
                .par_chunks_mut(CLASSES)
                .zip(input.par_chunks(CLASSES))
                .zip(&rows)
                .with_min_len(chunks::rows(CLASSES))
                .filter(|(_, row)| row.share != 0.0)
                .for_each(|((gradient, logits), row)| {
                    let share = upstream * row.share;
                    add_scaled_probabilities(share, logits, row.log_sum, gradient);
                    gradient[row.target] -= share;
                });
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// What is known of a row.
#[derive(Clone, Copy)]
struct Row {
    target: usize,
    /// The row's weight, divided by the sum of all.
    share: f32,
    /// $\ln \sum_c \mathrm{e}^{x_c}$
    log_sum: f32,
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn log_sum(logits: &[f32]) -> f32 {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let largest = largest(logits);
    largest + sum([logits], |[logit]| exp::<FUSED>(logit - largest)).ln()
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_scaled_probabilities(scale: f32, logits: &[f32], log_sum: f32, to: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    for (to, logit) in to.iter_mut().zip(logits) {
        *to += scale * exp::<FUSED>(logit - log_sum);
    }
}
