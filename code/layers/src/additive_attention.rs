//! Additive attention: where to look, and what is seen there.
//!
//! A picture has $L$ locations with features $a_l$ of $C$ numbers. Each has a key $k_l = a_l W_a + b$ of $A$
//! numbers, and the network's state asks with a query $q = h W_h$ of as many. How well they match is a
//! number $e_l$, the softmax makes weights that sum to 1, and what is seen is the weighted sum of the
//! features, the context $z$ (Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, section 3.1 and appendix A.1.2;
//! Xu et al. 2015, *Show, Attend and Tell*, arXiv:1502.03044, equations 4 to 6 and section 4.2):
//!
//! $$ e_l = v^⊤ \tanh(k_l + q), \qquad α_l = \frac{\mathrm{e}^{e_l}}{\sum_j \mathrm{e}^{e_j}}, \qquad z = \sum_l α_l a_l $$
//!
//! Keys and features stay the same over all time steps, and are [`Fixed`]. [`attention_weights`] gives $α$,
//! (rows, locations), and [`weighted_sum`] $z$, (rows, `C`). A row asks about one picture. A picture may have
//! several rows, as many as any other, for several sentences about it: they follow each other, and all read its
//! keys and features, which are not repeated. The gradients, for those of the loss with respect to $α$ and $z$,
//! written with a bar:
//!
//! $$ \bar α_l \mathrel{+}= \bar z · a_l, \qquad \bar a_l = α_l \bar z, \qquad
//! \bar e_l = α_l \left(\bar α_l - \sum_m α_m \bar α_m\right) $$
//! $$ \bar k_l = \bar e_l\, v ⊙ (1 - \tanh²(k_l + q)), \qquad \bar q = \sum_l \bar k_l, \qquad
//! \bar v = \sum_l \bar e_l \tanh(k_l + q) $$
//!
//! Where a picture has several rows, $\bar a_l$ and $\bar k_l$ are summed over them; $\bar v$ over all rows.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Fixed, attention_weights, weighted_sum};
//!
//! let device = Cpu::default();
//! // 1 picture of 2 locations, keys of 1 number and features of 2, and 1 query.
//! let (keys, _) = Fixed::new(device.tensor_from_vec(vec![0., 50.], (1, 2, Const::<1>)));
//! let (features, _) = Fixed::new(device.tensor_from_vec(vec![1., 2., 3., 4.], (1, 2, Const::<2>)));
//! let query = device.zeros_like(&(1, Const::<1>));
//! let v = device.tensor([3.0_f32.ln()]); // tanh is 0 and 1: the second location matters three times as much
//! let alpha = attention_weights(&keys, query, &v);
//! let z = weighted_sum(alpha.clone(), &features);
//! for (found, wanted) in alpha.as_vec().iter().chain(&z.as_vec()).zip([0.25, 0.75, 2.5, 3.5]) {
//!     assert!((found - wanted).abs() < 1e-6);
//! }
//! ```

use crate::elementary::{exp, tanh};
use crate::lanes::{largest, sum};
use crate::numbers::numbers;
use crate::recurrent::Rows;
use crate::{Error, Fixed, Operations, chunks};
use dfdx::prelude::*;
use multiversion::multiversion;
use multiversion::target::target_cfg_f;
use rayon::prelude::*;

/// A number for every location, for each row: rows × locations.
pub type Weights<D, T> = Tensor<(usize, usize), f32, D, T>;

/// So many numbers for every location of every picture, the same over a whole loop: pictures × locations × `N`.
pub type Locations<const N: usize, D> = Fixed<(usize, usize, Const<N>), D>;

/// How much each location matters: keys of (pictures, locations, `A`), a query of (rows, `A`) and $v$ of `A`
/// numbers → weights $α$ of (rows, locations). Each picture has as many rows, which follow each other. The tape is
/// the query's.
///
/// # Panics
///
/// Where [`try_attention_weights`] gives an error.
pub fn attention_weights<const A: usize, D: Operations, T: Tape<f32, D>>(
    keys: &Locations<A, D>,
    query: Rows<A, D, T>,
    v: &Tensor<Rank1<A>, f32, D>,
) -> Weights<D, T> {
    try_attention_weights(keys, query, v).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`attention_weights`].
///
/// # Errors
///
/// If the query has not as many rows for each picture, there is no location, or the device fails.
pub fn try_attention_weights<const A: usize, D: Operations, T: Tape<f32, D>>(
    keys: &Locations<A, D>,
    query: Rows<A, D, T>,
    v: &Tensor<Rank1<A>, f32, D>,
) -> Result<Weights<D, T>, Error> {
    D::attention_weights(keys, query, v)
}

/// What is seen: weights $α$ of (rows, locations) and features of (pictures, locations, `C`) → the context
/// $z$ of (rows, `C`). Each picture has as many rows, which follow each other. The tape is that of the weights.
///
/// # Panics
///
/// Where [`try_weighted_sum`] gives an error.
pub fn weighted_sum<const C: usize, D: Operations, T: Tape<f32, D>>(
    weights: Weights<D, T>,
    features: &Locations<C, D>,
) -> Rows<C, D, T> {
    try_weighted_sum(weights, features).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`weighted_sum`].
///
/// # Errors
///
/// If the weights have not as many rows for each picture, or differ from the features in their number of locations,
/// there is no location, or the device fails.
pub fn try_weighted_sum<const C: usize, D: Operations, T: Tape<f32, D>>(
    weights: Weights<D, T>,
    features: &Locations<C, D>,
) -> Result<Rows<C, D, T>, Error> {
    D::weighted_sum(weights, features)
}

/// How many rows each picture has.
fn check_weights<const A: usize, D: Device<f32>, T>(
    keys: &Locations<A, D>,
    query: &Rows<A, D, T>,
) -> Result<usize, Error> {
    let (operation, (pictures, locations, _)) = ("attention weights", *keys.tensor().shape());
    if locations == 0 {
        return Err(Error::Zero { operation, what: "the number of locations" });
    }
    Error::check_each(operation, "the query", query.shape().0, pictures)
}

/// How many rows each picture has.
fn check_sum<const C: usize, D: Device<f32>, T>(
    weights: &Weights<D, T>,
    features: &Locations<C, D>,
) -> Result<usize, Error> {
    let (operation, (pictures, locations, _)) = ("weighted sum", *features.tensor().shape());
    if locations == 0 {
        return Err(Error::Zero { operation, what: "the number of locations" });
    }
    let tensors = ["the weights", "the features"];
    Error::check_size(operation, tensors, "locations", [weights.shape().1, locations])?;
    Error::check_each(operation, "the weights", weights.shape().0, pictures)
}

// ANCHOR: weights
/// [Attention weights](attention_weights) composed of dfdx's own operations, on any device.
///
/// # Errors
///
/// If the query has not as many rows for each picture, there is no location, or the device fails.
pub fn attention_weights_plain<const A: usize, D: Device<f32>, T: Tape<f32, D>>(
    keys: &Locations<A, D>,
    query: Rows<A, D, T>,
    v: &Tensor<Rank1<A>, f32, D>,
) -> Result<Weights<D, T>, Error> {
    let (each, error) = (check_weights(keys, &query)?, Error::dfdx);
    let (pictures, locations, _) = *keys.tensor().shape();
    let shape = (pictures, each, locations, Const::<A>);
    let query = query.try_reshape_like(&(pictures, each, Const::<A>)).map_err(error)?;
    let query = query.try_broadcast_like::<_, Axis<2>>(&shape).map_err(error)?;
    let keys = keys.tensor().retaped::<T>().try_broadcast_like::<_, Axis<1>>(&shape).map_err(error)?;
    let v = v.retaped::<T>().try_broadcast_like(&shape).map_err(error)?;
    let bent = query.try_add(keys).map_err(error)?.try_tanh().map_err(error)?;
    let e = bent.try_mul(v).map_err(error)?.try_sum::<_, Axis<3>>().map_err(error)?;
    let e = e.try_reshape_like(&(pictures * each, locations)).map_err(error)?;
    e.try_softmax::<Axis<1>>().map_err(error)
}
// ANCHOR_END: weights

// ANCHOR: sum
/// [The weighted sum](weighted_sum) composed of dfdx's own operations, on any device.
///
/// # Errors
///
/// If the weights have not as many rows for each picture, or differ from the features in their number of locations,
/// there is no location, or the device fails.
pub fn weighted_sum_plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    weights: Weights<D, T>,
    features: &Locations<C, D>,
) -> Result<Rows<C, D, T>, Error> {
    let (each, error) = (check_sum(&weights, features)?, Error::dfdx);
    let (pictures, locations, _) = *features.tensor().shape();
    let shape = (pictures, each, locations, Const::<C>);
    let weights = weights.try_reshape_like(&(pictures, each, locations)).map_err(error)?;
    let weights = weights.try_broadcast_like::<_, Axis<3>>(&shape).map_err(error)?;
    let features =
        features.tensor().retaped::<T>().try_broadcast_like::<_, Axis<1>>(&shape).map_err(error)?;
    let z = weights.try_mul(features).map_err(error)?.try_sum::<_, Axis<2>>().map_err(error)?;
    z.try_reshape_like(&(pictures * each, Const::<C>)).map_err(error)
}
// ANCHOR_END: sum

/// [Attention weights](attention_weights) as one operation on the CPU. The backward step computes tanh anew:
/// to keep it for every step of a loop would take longer.
///
/// # Errors
///
/// If the query has not as many rows for each picture, there is no location, or the device fails.
pub fn attention_weights_fast<const A: usize, T: Tape<f32, Cpu>>(
    keys: &Locations<A, Cpu>,
    query: Rows<A, Cpu, T>,
    v: &Tensor<Rank1<A>, f32, Cpu>,
) -> Result<Weights<Cpu, T>, Error> {
    let each = check_weights(keys, &query)?;
    let (pictures, locations, _) = *keys.tensor().shape();
    let (query, mut tape) = query.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let (queries, v_numbers) = (numbers(&query), numbers(v));
    let picture = locations * A;
    let mut weights = vec![0.0; pictures * each * locations];
    weights.par_chunks_mut(locations).zip(queries.par_chunks(A)).enumerate().for_each(
        |(row, (weights, query))| {
            scores(&keys.numbers()[row / each * picture..][..picture], query, &v_numbers, weights);
            softmax(weights);
        },
    );
    let kept = if T::OWNS_TAPE { weights.clone() } else { vec![] };
    let shape = (pictures * each, locations);
    let y = query.device().try_tensor_from_vec(weights, shape).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let keys = keys.clone();
        let (query_ghost, v_ghost, y_ghost) = (query.ghost(), v.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            // Two gradients cannot be borrowed at once: they are taken out, and put back.
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let mut keys_gradient = std::mem::take(&mut **gradients.get_or_alloc_mut(keys.tensor())?);
            // A picture's rows add to the gradient of the same keys: one after the other.
            let sums: Vec<Vec<f32>> = gradients
                .get_or_alloc_mut(&query_ghost)?
                .par_chunks_mut(each * A)
                .zip(queries.par_chunks(each * A))
                .zip(upstream.par_chunks(each * locations).zip(kept.par_chunks(each * locations)))
                .zip(keys_gradient.par_chunks_mut(picture).zip(keys.numbers().par_chunks(picture)))
                .map(|(((to_queries, queries), (upstream, weights)), (to_keys, keys))| {
                    let mut to_v = vec![0.0; A];
                    for (row, to_query) in to_queries.chunks_exact_mut(A).enumerate() {
                        let of_row = row * locations..(row + 1) * locations;
                        let scores = scores_gradient(&upstream[of_row.clone()], &weights[of_row]);
                        let query = &queries[row * A..][..A];
                        add_gradients([keys, query, &v_numbers], &scores, [to_keys, to_query, &mut to_v]);
                    }
                    to_v
                })
                .collect();
            **gradients.get_or_alloc_mut(keys.tensor())? = keys_gradient;
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            let total = chunks::total(sums.iter(), A);
            for (sum, number) in gradients.get_or_alloc_mut(&v_ghost)?.iter_mut().zip(total) {
                *sum += number;
            }
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// [The weighted sum](weighted_sum) as one operation on the CPU.
///
/// # Errors
///
/// If the weights have not as many rows for each picture, or differ from the features in their number of locations,
/// there is no location, or the device fails.
pub fn weighted_sum_fast<const C: usize, T: Tape<f32, Cpu>>(
    weights: Weights<Cpu, T>,
    features: &Locations<C, Cpu>,
) -> Result<Rows<C, Cpu, T>, Error> {
    let each = check_sum(&weights, features)?;
    let (pictures, locations, _) = *features.tensor().shape();
    let (weights, mut tape) = weights.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let weight_numbers = numbers(&weights);
    let picture = locations * C;
    let mut sums = vec![0.0; pictures * each * C];
    sums.par_chunks_mut(C).zip(weight_numbers.par_chunks(locations)).enumerate().for_each(
        |(row, (sum, weights))| {
            add_weighted(&features.numbers()[row / each * picture..][..picture], weights, sum);
        },
    );
    let shape = (pictures * each, Const::<C>);
    let y = weights.device().try_tensor_from_vec(sums, shape).map_err(Error::dfdx)?;
    if T::OWNS_TAPE {
        let features = features.clone();
        let (weights_ghost, y_ghost) = (weights.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let mut features_gradient = std::mem::take(&mut **gradients.get_or_alloc_mut(features.tensor())?);
            gradients
                .get_or_alloc_mut(&weights_ghost)?
                .par_chunks_mut(each * locations)
                .zip(weight_numbers.par_chunks(each * locations))
                .zip(upstream.par_chunks(each * C))
                .zip(features_gradient.par_chunks_mut(picture).zip(features.numbers().par_chunks(picture)))
                .for_each(|(((to_weights, weights), upstream), (to_features, features))| {
                    let rows = weights.chunks_exact(locations).zip(upstream.chunks_exact(C));
                    for (to_weights, (weights, upstream)) in to_weights.chunks_exact_mut(locations).zip(rows)
                    {
                        add_sum_gradients([features, weights, upstream], [to_features, to_weights]);
                    }
                });
            **gradients.get_or_alloc_mut(features.tensor())? = features_gradient;
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// $v^⊤ \tanh(k_l + q)$ for every location.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn scores(keys: &[f32], query: &[f32], v: &[f32], scores: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    for (score, key) in scores.iter_mut().zip(keys.chunks_exact(query.len())) {
        *score = sum([key, query, v], |[key, query, v]| v * tanh::<FUSED>(key + query));
    }
}

/// Numbers that sum to 1.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn softmax(numbers: &mut [f32]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let largest = largest(numbers);
    numbers.iter_mut().for_each(|x| *x = exp::<FUSED>(*x - largest));
    let share = 1.0 / sum([numbers], |[x]| x);
    numbers.iter_mut().for_each(|x| *x *= share);
}

/// The gradient of the scores.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn scores_gradient(upstream: &[f32], weights: &[f32]) -> Vec<f32> {
    let mean = sum([upstream, weights], |[upstream, weight]| upstream * weight);
    upstream.iter().zip(weights).map(|(upstream, weight)| weight * (upstream - mean)).collect()
}

/// Adds the gradients of keys, query and $v$ of one row.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_gradients([keys, query, v]: [&[f32]; 3], scores: &[f32], to: [&mut [f32]; 3]) {
    const FUSED: bool = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    let a = query.len();
    let [to_keys, to_query, to_v] = to;
    let (v, to_query, to_v) = (&v[..a], &mut to_query[..a], &mut to_v[..a]);
    let rows = keys.chunks_exact(a).zip(to_keys.chunks_exact_mut(a));
    for (score, (key, to_key)) in scores.iter().zip(rows) {
        for i in 0..a {
            let t = tanh::<FUSED>(key[i] + query[i]);
            let g = score * v[i] * (1.0 - t * t);
            to_key[i] += g;
            to_query[i] += g;
            to_v[i] += score * t;
        }
    }
}

/// Adds the features times their weights.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_weighted(features: &[f32], weights: &[f32], to: &mut [f32]) {
    for (weight, feature) in weights.iter().zip(features.chunks_exact(to.len())) {
        for (to, feature) in to.iter_mut().zip(feature) {
            *to += weight * feature;
        }
    }
}

/// Adds the gradients of features and weights of one row.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_sum_gradients([features, weights, upstream]: [&[f32]; 3], [to_features, to_weights]: [&mut [f32]; 2]) {
    let c = upstream.len();
    let rows = features.chunks_exact(c).zip(to_features.chunks_exact_mut(c));
    for ((weight, to_weight), (feature, to_feature)) in weights.iter().zip(to_weights).zip(rows) {
        *to_weight += sum([feature, upstream], |[feature, upstream]| feature * upstream);
        for (to, upstream) in to_feature.iter_mut().zip(upstream) {
            *to += weight * upstream;
        }
    }
}
