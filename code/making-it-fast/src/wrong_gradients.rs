//! Gradients of dfdx 0.13 that are wrong, each beside the measured slopes and a form that is right.

use crate::slopes::slopes;
use dfdx::prelude::*;

/// A wrong gradient.
#[derive(Clone, Debug)]
pub struct Case {
    /// The operation.
    pub what: &'static str,
    /// What dfdx gives.
    pub dfdx: Vec<f32>,
    /// What is measured.
    pub measured: Vec<f32>,
    /// What to use.
    pub instead: &'static str,
    /// What that gives.
    pub right: Vec<f32>,
}

impl Case {
    /// The largest distance of `gradient` from the measured slopes.
    pub fn error(&self, gradient: &[f32]) -> f32 {
        gradient.iter().zip(&self.measured).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }
}

/// All of them.
pub fn cases() -> Vec<Case> {
    vec![gelu(), permuted(), slices(), ties(), dropped()]
}

fn list(numbers: &[f32]) -> Tensor<(usize,), f32, Cpu> {
    Cpu::default().tensor_from_vec(numbers.to_vec(), (numbers.len(),))
}

// ANCHOR: gelu
/// dfdx's GELU with the exact normal distribution has the wrong slope.
pub fn gelu() -> Case {
    let numbers = [-1.0, 0.5, 1.5];
    let gradient = |gelu: fn(Traced) -> Traced| {
        let x = list(&numbers);
        gelu(x.leaky_trace()).sum().backward().get(&x).as_vec()
    };
    Case {
        what: "accurate_gelu",
        dfdx: gradient(|x| x.accurate_gelu()),
        measured: slopes(|x| list(x).accurate_gelu().sum().array(), &numbers),
        instead: "fast_gelu",
        right: gradient(|x| x.fast_gelu()),
    }
}
// ANCHOR_END: gelu

type Traced = Tensor<(usize,), f32, Cpu, OwnedTape<f32, Cpu>>;

// ANCHOR: permuted
/// The softmax of a matrix whose axes changed places.
pub fn permuted() -> Case {
    type Table<T = NoneTape> = Tensor<Rank2<2, 2>, f32, Cpu, T>;
    type Form = fn(Table<OwnedTape<f32, Cpu>>) -> Table<OwnedTape<f32, Cpu>>;
    let device = Cpu::default();
    let table =
        |numbers: &[f32]| -> Table { device.tensor([[numbers[0], numbers[1]], [numbers[2], numbers[3]]]) };
    let numbers = [1.0, -0.5, 0.25, 0.75];
    let weights = table(&[1.0, 0.0, 0.0, 3.0]);
    let turned: Form = |x| x.permute::<_, Axes2<1, 0>>().log_softmax::<Axis<1>>();
    let other_axis: Form = |x| x.log_softmax::<Axis<0>>();
    let loss = |form: Form, x: &Table| (form(x.leaky_trace()) * weights.clone()).sum();
    let gradient = |form| {
        let x = table(&numbers);
        loss(form, &x).backward().get(&x).as_vec()
    };
    Case {
        what: "log_softmax of permuted axes",
        dfdx: gradient(turned),
        measured: slopes(|x| loss(turned, &table(x)).array(), &numbers),
        instead: "log_softmax along the other axis",
        right: gradient(other_axis),
    }
}
// ANCHOR_END: permuted

// ANCHOR: slices
/// Two slices with a number in common.
pub fn slices() -> Case {
    let numbers = [1.0, 2.0, 3.0];
    let x = list(&numbers);
    let (first, last) = (x.leaky_trace().slice((0..2,)), x.leaky_trace().slice((1..3,)));
    let of_slices = first.square().sum() + last.square().sum();
    let place = |places: [usize; 2]| Cpu::default().tensor_from_vec(places.to_vec(), (2,));
    let (first, last) = (x.leaky_trace().gather(place([0, 1])), x.leaky_trace().gather(place([1, 2])));
    let of_gathered = first.square().sum() + last.square().sum();
    Case {
        what: "slice, overlapping",
        dfdx: of_slices.backward().get(&x).as_vec(),
        measured: slopes(|x| x[0] * x[0] + 2.0 * x[1] * x[1] + x[2] * x[2], &numbers),
        instead: "gather",
        right: of_gathered.backward().get(&x).as_vec(),
    }
}
// ANCHOR_END: slices

// ANCHOR: ties
/// The largest of numbers of which two are equal: raised together by a little, they raise it by as much, and dfdx says
/// twice as much.
pub fn ties() -> Case {
    let together = [2.0];
    let numbers = |up: &[f32]| list(&[up[0], up[0], 1.0]);
    let x = numbers(&together);
    let gradient = x.leaky_trace().max::<Rank0, _>().backward().get(&x).as_vec();
    let shared = x.leaky_trace().max::<Rank0, _>();
    let ties = x.as_vec().iter().filter(|&&n| n == shared.array()).count();
    let right = (shared / ties as f32).backward().get(&x).as_vec();
    Case {
        what: "max, two equal (their slopes' sum)",
        dfdx: vec![gradient[0] + gradient[1]],
        measured: slopes(|up| numbers(up).max::<Rank0, _>().array(), &together),
        instead: "divide by how many are equal",
        right: vec![right[0] + right[1]],
    }
}
// ANCHOR_END: ties

// ANCHOR: dropped
/// A value that goes on without its tape: what lies before it gets no gradient. An optimizer starts from zeros for all
/// its parameters, and is content with them.
pub fn dropped() -> Case {
    let numbers = [1.0, 2.0, 3.0];
    let (x, w) = (list(&numbers), list(&[3.0, 3.0, 3.0]));
    let gradient = |with_its_tape: bool| {
        let mut gradients = Gradients::leaky();
        gradients.get_or_alloc_mut(&x).expect("memory for three numbers");
        let y = x.leaky_trace().square();
        let y = if with_its_tape { y } else { y.retaped() };
        (w.trace(gradients) * y).sum().backward().get(&x).as_vec()
    };
    Case {
        what: "retaped, the tape dropped",
        dfdx: gradient(false),
        measured: slopes(|x| x.iter().map(|x| 3.0 * x * x).sum(), &numbers),
        instead: "the value with its tape",
        right: gradient(true),
    }
}
// ANCHOR_END: dropped

/// The cases as a table.
pub fn shown(cases: &[Case]) -> String {
    let numbers = |list: &[f32]| list.iter().map(|x| format!("{x:6.3}")).collect::<Vec<_>>().join(" ");
    let rows = cases.iter().flat_map(|case| {
        [
            vec![case.what.to_owned(), numbers(&case.dfdx), format!("off by {:.3}", case.error(&case.dfdx))],
            vec!["  measured".to_owned(), numbers(&case.measured)],
            vec![
                format!("  {}", case.instead),
                numbers(&case.right),
                format!("off by {:.3}", case.error(&case.right)),
            ],
        ]
    });
    lab::table::left(&rows.collect::<Vec<_>>())
}

/// The slope of dfdx's `accurate_gelu` over a range, and the measured one: (x, dfdx, measured).
pub fn gelu_slopes(points: usize) -> Vec<(f32, f32, f32)> {
    let along = |i: usize| -4.0 + 8.0 * i as f32 / (points - 1).max(1) as f32;
    let numbers: Vec<f32> = (0..points).map(along).collect();
    let x = list(&numbers);
    let found = x.leaky_trace().accurate_gelu().sum().backward().get(&x).as_vec();
    let measured = numbers.iter().map(|&x| slopes(|x| list(x).accurate_gelu().sum().array(), &[x])[0]);
    numbers.iter().zip(found).zip(measured).map(|((&x, found), measured)| (x, found, measured)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dfdx_is_wrong_and_the_other_form_is_right() {
        for case in cases() {
            let (wrong, right) = (case.error(&case.dfdx), case.error(&case.right));
            assert!(wrong > 0.05, "dfdx's {} became right: {case:?}", case.what);
            // `fast_gelu` is another function than `accurate_gelu`, by so much.
            let allowed = if case.what == "accurate_gelu" { 2e-3 } else { 1e-3 };
            assert!(right < allowed, "{case:?}");
        }
    }
}
