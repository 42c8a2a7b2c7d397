//! The margin loss: the right partner must be nearer than any wrong one, by a margin.
//!
//! $$ \mathcal{L}_i = \sum_{j ≠ i} \max(0,\; \mathrm{margin} - s_{ii} + s_{ij}) $$
//!
//! (hinge or triplet loss: Frome et al. 2013, equation 1; Kiros et al. 2014, equation 7). Wrong candidates
//! that are far enough away cost nothing. The variant with *hard negatives* keeps the worst one alone
//! (Faghri et al. 2018, equation 6):
//!
//! $$ \mathcal{L}_i = \max_{j ≠ i} \max(0,\; \mathrm{margin} - s_{ii} + s_{ij}) $$

use dfdx::prelude::*;

/// Which wrong candidates count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negatives {
    /// All of them, summed.
    All,
    /// The hardest one: the wrong candidate with the largest cosine.
    Hardest,
}

// ANCHOR: margin
/// The mean margin loss of every row: `cosines` is (rows, candidates), `right` names each row's right
/// candidate.
pub fn rows<Dev: Device<f32>, T: Tape<f32, Dev> + Merge<T>>(
    cosines: Tensor<(usize, usize), f32, Dev, T>,
    right: &[usize],
    margin: f32,
    negatives: Negatives,
) -> Tensor<Rank0, f32, Dev, T> {
    let shape = *cosines.shape();
    let device = cosines.device().clone();
    let places = device.tensor_from_vec(right.to_vec(), (shape.0,));
    let of_right = cosines.retaped::<T>().select(places).broadcast_like::<_, Axis<1>>(&shape);
    // Far below every cosine, so that the right candidate never counts as a wrong one.
    let mut mask = vec![0.0; shape.0 * shape.1];
    right.iter().enumerate().for_each(|(row, &place)| mask[row * shape.1 + place] = -1e3);
    let hinge = (cosines - of_right + device.tensor_from_vec(mask, shape) + margin).relu();
    match negatives {
        Negatives::All => hinge.sum::<(usize,), Axis<1>>().mean(),
        Negatives::Hardest => hinge.max::<(usize,), Axis<1>>().mean(),
    }
}
// ANCHOR_END: margin
