//! InfoNCE: choose the right partner among all others.
//!
//! Of the names $v_1 … v_N$, exactly one belongs to picture $u_i$. A softmax over the cosines, sharpened
//! by a temperature $τ$, gives each name a probability, and the loss is the cross-entropy of the right one
//! (van den Oord et al. 2018, equation 4; with cosines and a temperature as in Radford et al. 2021):
//!
//! $$ \mathcal{L}_i = -\ln \frac{\mathrm{e}^{s_{ii}/τ}}{\sum_j \mathrm{e}^{s_{ij}/τ}} $$
//!
//! Its gradient is the probability less the truth: $∂\mathcal{L}_i/∂s_{ij} = (p_{ij} - [i = j]) / τ$. Every wrong
//! name is pushed away by as much as the model believes in it.

use dfdx::prelude::*;

// ANCHOR: info_nce
/// The mean InfoNCE loss of every row: `scores` are cosines over the temperature, (rows, candidates);
/// `right` names each row's right candidate.
pub fn rows<Dev: Device<f32>, T: Tape<f32, Dev>>(
    scores: Tensor<(usize, usize), f32, Dev, T>,
    right: Tensor<(usize,), usize, Dev>,
) -> Tensor<Rank0, f32, Dev, T> {
    scores.log_softmax::<Axis<1>>().select(right).mean().negate()
}
// ANCHOR_END: info_nce
