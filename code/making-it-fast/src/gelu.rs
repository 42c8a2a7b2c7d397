//! GELU, an activation function, in five forms: one result, and very different times.
//!
//! $$ y = x \, σ(2u), \qquad u = \sqrt{2/π} \, (x + 0.044715 \, x^3) $$
//!
//! (Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2, with $\tanh u = 2 σ(2u) - 1$). Its slope is
//!
//! $$ \frac{\mathrm{d}y}{\mathrm{d}x} = s + x \, s \, (1 - s) \, 2 \frac{\mathrm{d}u}{\mathrm{d}x}, \qquad s = σ(2u), \quad
//! \frac{\mathrm{d}u}{\mathrm{d}x} = \sqrt{2/π} \, (1 + 3 · 0.044715 \, x^2). $$

use crate::exponential::sigmoid;
use dfdx::prelude::*;
use multiversion::multiversion;
use rayon::prelude::*;

/// $\sqrt{2/π}$
const ROOT: f32 = 0.797_884_6;
const CUBE: f32 = 0.044_715;

/// Numbers in a list, with a tape or without.
pub type List<T = NoneTape> = Tensor<(usize,), f32, Cpu, T>;

/// Numbers as a tensor.
pub fn list(numbers: Vec<f32>) -> List {
    let length = numbers.len();
    Cpu::default().tensor_from_vec(numbers, (length,))
}

// ANCHOR: composed
/// GELU composed of dfdx's operations.
pub fn composed<T: Tape<f32, Cpu>>(x: List<T>) -> List<T> {
    let cube = x.with_empty_tape().powi(3);
    let u = (cube * CUBE + x.with_empty_tape()) * ROOT;
    (u.tanh() + 1.0) * x * 0.5
}
// ANCHOR_END: composed

/// GELU as dfdx has it, one operation.
pub fn of_dfdx<T: Tape<f32, Cpu>>(x: List<T>) -> List<T> {
    x.fast_gelu()
}

/// How an [operation] goes through its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Loops {
    /// Writes GELU of every number of the first list into the second.
    pub forward: fn(&[f32], &mut [f32]),
    /// Adds slope times upstream gradient to the gradient: of the numbers, upstream, gradient.
    pub backward: fn(&[f32], &[f32], &mut [f32]),
}

// ANCHOR: operation
/// GELU as one operation on the tape: one loop forward, one loop back.
pub fn operation<T: Tape<f32, Cpu>>(x: List<T>, loops: Loops) -> List<T> {
    let (x, mut tape) = x.split_tape();
    let mut input = vec![0.0; x.shape().0];
    x.copy_into(&mut input);
    let mut output = vec![0.0; input.len()];
    (loops.forward)(&input, &mut output);
    let y = x.device().tensor_from_vec(output, *x.shape());
    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = gradients.get_or_alloc_mut(&y_ghost)?.to_vec();
            let gradient = gradients.get_or_alloc_mut(&x_ghost)?;
            (loops.backward)(&input, &upstream, gradient);
            Ok(())
        });
    }
    y.put_tape(tape)
}
// ANCHOR_END: operation

// ANCHOR: simple
/// One number after the other, with the standard library's functions.
pub const SIMPLE: Loops = Loops {
    forward: |x, y| y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * simple_gate(x)),
    backward: |x, upstream, gradient| {
        for ((gradient, upstream), &x) in gradient.iter_mut().zip(upstream).zip(x) {
            *gradient += upstream * slope(x, simple_gate(x));
        }
    },
};

/// $σ(2u)$
fn simple_gate(x: f32) -> f32 {
    1.0 / (1.0 + (-2.0 * ROOT * (x + CUBE * x * x * x)).exp())
}

#[inline(always)]
fn slope(x: f32, gate: f32) -> f32 {
    gate + x * gate * (1.0 - gate) * 2.0 * ROOT * (1.0 + 3.0 * CUBE * x * x)
}
// ANCHOR_END: simple

// ANCHOR: threads
/// Numbers that a thread takes at a time: 32 KiB, so that they stay in its cache.
const CHUNK: usize = 1 << 13;

/// As [`SIMPLE`], in chunks that the threads share.
pub const THREADS: Loops = Loops {
    forward: |x, y| {
        y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| (SIMPLE.forward)(x, y));
    },
    backward: |x, upstream, gradient| {
        let chunks = x.par_chunks(CHUNK).zip(upstream.par_chunks(CHUNK));
        gradient.par_chunks_mut(CHUNK).zip(chunks).for_each(|(gradient, (x, upstream))| {
            (SIMPLE.backward)(x, upstream, gradient);
        });
    },
};
// ANCHOR_END: threads

// ANCHOR: vectors
/// As [`THREADS`], with loops that become vector instructions.
pub const VECTORS: Loops = Loops {
    forward: |x, y| {
        y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| write(x, y));
    },
    backward: |x, upstream, gradient| {
        let chunks = x.par_chunks(CHUNK).zip(upstream.par_chunks(CHUNK));
        gradient.par_chunks_mut(CHUNK).zip(chunks).for_each(|(gradient, (x, upstream))| {
            add(x, upstream, gradient);
        });
    },
};

#[multiversion(targets("x86_64+avx2+fma"))]
fn write(x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x * gate(x);
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn add(x: &[f32], upstream: &[f32], gradient: &mut [f32]) {
    for ((gradient, upstream), &x) in gradient.iter_mut().zip(upstream).zip(x) {
        *gradient += upstream * slope(x, gate(x));
    }
}

#[inline(always)]
fn gate(x: f32) -> f32 {
    sigmoid(2.0 * ROOT * (x + CUBE * x * x * x))
}
// ANCHOR_END: vectors

/// A form of GELU.
pub type Gelu = fn(List<OwnedTape<f32, Cpu>>) -> List<OwnedTape<f32, Cpu>>;

/// All forms, from the slowest to the fastest, with their names.
pub const FORMS: [(&str, Gelu); 5] = [
    ("composed of dfdx's operations", composed),
    ("dfdx's own operation", of_dfdx),
    ("one loop", |x| operation(x, SIMPLE)),
    ("… shared by threads", |x| operation(x, THREADS)),
    ("… in vector instructions", |x| operation(x, VECTORS)),
];

/// The mean of GELU over the numbers, and its gradient.
pub fn mean_and_gradient(gelu: Gelu, numbers: &List) -> (f32, Vec<f32>) {
    let mean = gelu(numbers.leaky_trace()).mean();
    let value = mean.array();
    (value, mean.backward().get(numbers).as_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slopes::slopes;
    use proptest::prelude::*;

    #[test]
    fn every_form_has_the_slopes_that_are_measured() {
        let numbers = [-3.0, -1.0, -0.2, 0.0, 0.3, 1.0, 2.5];
        for (name, gelu) in FORMS {
            let measured = slopes(|x| mean_and_gradient(gelu, &list(x.to_vec())).0, &numbers);
            let (_, gradient) = mean_and_gradient(gelu, &list(numbers.to_vec()));
            for (found, measured) in gradient.iter().zip(measured) {
                assert!((found - measured).abs() < 1e-4, "{name}: {found} {measured}");
            }
        }
    }

    #[test]
    fn values_are_those_of_the_paper_and_ends_are_calm() {
        // 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), in double precision.
        for (x, right) in [(1.0, 0.841_192), (-1.0, -0.158_808), (0.0, 0.0), (2.0, 1.954_598)] {
            for (name, gelu) in FORMS {
                let (found, _) = mean_and_gradient(gelu, &list(vec![x]));
                assert!((found - right).abs() < 2e-6, "{name}({x}): {found}");
            }
        }
        let (_, gradient) = mean_and_gradient(FORMS[4].1, &list(vec![-50.0, 50.0]));
        assert!(gradient[0].abs() < 1e-6 && (gradient[1] - 0.5).abs() < 1e-6, "{gradient:?}");
    }

    proptest! {
        #[test]
        fn all_forms_agree(numbers in prop::collection::vec(-9.0_f32..9.0, 1..20_000)) {
            let (mean, gradient) = mean_and_gradient(composed, &list(numbers.clone()));
            let largest = gradient.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            for (name, gelu) in &FORMS[1..] {
                let (other_mean, other) = mean_and_gradient(*gelu, &list(numbers.clone()));
                prop_assert!((mean - other_mean).abs() <= 1e-5 * (1.0 + mean.abs()), "{name}: {mean} {other_mean}");
                for (a, b) in gradient.iter().zip(other) {
                    prop_assert!((a - b).abs() <= 1e-5 * largest, "{name}: {a} {b}");
                }
            }
        }
    }
}
