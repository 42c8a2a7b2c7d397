//! A tensor that every step of a loop reads.

use crate::Error;
use crate::numbers::{Numbers, numbers};
use dfdx::prelude::*;
use std::sync::{Arc, OnceLock};

/// A tensor that stays as it is while a loop reads it at every step, as attention does with features and
/// keys. On the CPU all steps share one copy of its numbers.
///
/// Its gradient is the sum over all steps. It is read with `gradients.get(fixed.tensor())`, or flows on to
/// what the tensor was made from.
#[derive(Clone, Debug)]
pub struct Fixed<S: Shape, D: Storage<f32>> {
    tensor: Tensor<S, f32, D>,
    numbers: Arc<OnceLock<Numbers>>,
}

impl<S: Shape, D: Device<f32>> Fixed<S, D> {
    /// Takes the tape off the tensor and returns it beside: give it to the loop's first state, or to the
    /// loss, or the gradient ends here.
    ///
    /// # Panics
    ///
    /// Where [`try_new`](Self::try_new) gives an error.
    pub fn new<T: Tape<f32, D>>(tensor: Tensor<S, f32, D, T>) -> (Self, T) {
        Self::try_new(tensor).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// If the device fails.
    pub fn try_new<T: Tape<f32, D>>(tensor: Tensor<S, f32, D, T>) -> Result<(Self, T), Error> {
        let (tensor, tape) = tensor.try_contiguous().map_err(Error::dfdx)?.split_tape();
        Ok((Self { tensor, numbers: Arc::default() }, tape))
    }

    /// The tensor, without a tape.
    pub fn tensor(&self) -> &Tensor<S, f32, D> {
        &self.tensor
    }
}

impl<S: Shape> Fixed<S, Cpu> {
    /// The numbers, copied when they are first needed.
    pub(crate) fn numbers(&self) -> &[f32] {
        self.numbers.get_or_init(|| numbers(&self.tensor))
    }
}
