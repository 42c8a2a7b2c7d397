//! Reading tensors in one piece, into memory that is used again.

use crate::micro_kernel::LANES;
use dfdx::prelude::*;
use std::sync::{Mutex, PoisonError};

/// A copy of a tensor's numbers. Its memory is kept for the next copy of the same size: a training step makes
/// the same copies as the one before, and fresh memory would be cleared first.
///
/// The memory goes on for [`LANES`] numbers after the last one: the innermost loops may read so far.
#[derive(Debug)]
pub(crate) struct Numbers(Vec<f32>);

/// Memory of copies that are no longer needed, the latest last.
static FREE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Copies whose memory is kept at most: more than the layers and time steps of one network need.
const MOST: usize = 128;

/// Smaller copies (16 KiB) are not worth keeping.
const LEAST: usize = 1 << 12;

/// The numbers of a contiguous tensor, copied in one piece: `as_vec` walks through every index.
pub(crate) fn numbers<S: Shape>(tensor: &Tensor<S, f32, Cpu>) -> Numbers {
    let mut numbers = Numbers::of_length(tensor.shape().num_elements());
    tensor.copy_into(&mut numbers);
    numbers
}

impl Numbers {
    /// So many numbers of any value: what was in the memory before.
    pub(crate) fn of_length(length: usize) -> Self {
        let length = length + LANES;
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = free.iter().rposition(|kept| kept.len() == length).map(|index| free.remove(index));
        drop(free);
        Self(kept.unwrap_or_else(|| vec![0.0; length]))
    }

    /// The numbers and the [`LANES`] after them, whose values mean nothing.
    pub(crate) fn with_room(&self) -> &[f32] {
        &self.0
    }
}

impl std::ops::Deref for Numbers {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0[..self.0.len() - LANES]
    }
}

impl std::ops::DerefMut for Numbers {
    fn deref_mut(&mut self) -> &mut [f32] {
        let length = self.0.len() - LANES;
        &mut self.0[..length]
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        if self.0.len() >= LEAST {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            if free.len() == MOST {
                free.remove(0);
            }
            free.push(std::mem::take(&mut self.0));
        }
    }
}
