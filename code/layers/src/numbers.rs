//! Reading tensors and gradients in one piece.

use dfdx::prelude::*;

/// The numbers of a contiguous tensor, copied in one piece: `as_vec` walks through every index.
pub(crate) fn numbers<S: Shape>(tensor: &Tensor<S, f32, Cpu>) -> Vec<f32> {
    let mut numbers = vec![0.0; tensor.shape().num_elements()];
    tensor.copy_into(&mut numbers);
    numbers
}
