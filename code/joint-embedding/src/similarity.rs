//! How alike two vectors are, whichever network they came from: the cosine of their angle.
//!
//! Both networks' vectors are scaled to length 1. The cosine is then the dot product, and all cosines
//! of a batch are one matrix product: for pictures $\mathbf{U}$ ($B × D$) and names $\mathbf{V}$ ($N × D$),
//!
//! $$ \mathbf{S} = \mathbf{U} \mathbf{V}ᵀ, \qquad s_{ij} = \cos(u_i, v_j). $$

use dfdx::prelude::*;

/// Vectors, one a row.
pub type Rows<const D: usize, Dev, T> = Tensor<(usize, Const<D>), f32, Dev, T>;

// ANCHOR: normalize
/// Scales every row to length 1: (rows, `D`) → (rows, `D`).
pub fn normalize<const D: usize, Dev: Device<f32>, T: Tape<f32, Dev> + Merge<T>>(
    x: Rows<D, Dev, T>,
) -> Rows<D, Dev, T> {
    // A row of zeros has no direction; the small number keeps it from dividing by zero.
    let length = x.retaped::<T>().square().sum::<(usize,), Axis<1>>() + 1e-12;
    let length = length.sqrt().broadcast_like::<_, Axis<1>>(x.shape());
    x / length
}
// ANCHOR_END: normalize

// ANCHOR: cosines
/// The cosine of every picture with every name: (pictures, `D`) and (names, `D`), all of length 1, →
/// (pictures, names).
pub fn cosines<const D: usize, Dev: Device<f32>, T: Tape<f32, Dev> + Merge<R>, R: Tape<f32, Dev>>(
    pictures: Rows<D, Dev, T>,
    names: Rows<D, Dev, R>,
) -> Tensor<(usize, usize), f32, Dev, T> {
    pictures.matmul(names.permute::<_, Axes2<1, 0>>())
}
// ANCHOR_END: cosines
