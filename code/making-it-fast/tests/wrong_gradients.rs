//! The relatives of the wrong gradients that the page shows: each as dfdx 0.13 has it, held against measured slopes, and
//! beside it a form that is right. A test fails if dfdx should become right, or the other form wrong.

use dfdx::prelude::*;
use making_it_fast::slopes::slopes;

type Traced<S> = Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>;
type Table = Rank2<2, 3>;
type Turned = Rank2<3, 2>;

const NUMBERS: [f32; 6] = [1.0, -0.5, 0.25, 0.75, 2.0, -1.25];

/// Weights that no two rows or columns share, so that a gradient at the wrong place shows.
const WEIGHTS: [f32; 6] = [1.0, -2.0, 0.5, 3.0, -0.25, 1.5];

fn table<S: ConstShape>(numbers: &[f32]) -> Tensor<S, f32, Cpu> {
    Cpu::default().tensor_from_vec(numbers.to_vec(), S::default())
}

/// The largest distance of dfdx's gradient of `loss` from the measured slopes.
fn error<S: ConstShape>(numbers: &[f32], loss: fn(Traced<S>) -> Traced<Rank0>) -> f32 {
    let x = table::<S>(numbers);
    let gradient = loss(x.leaky_trace()).backward().get(&x).as_vec();
    let measured = slopes(|numbers| loss(table(numbers).leaky_trace()).array(), numbers);
    gradient.iter().zip(measured).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// dfdx gives the first loss a wrong gradient and the second, which has the same value, a right one.
fn wrong_and_right<S: ConstShape>(
    numbers: &[f32],
    wrong: fn(Traced<S>) -> Traced<Rank0>,
    right: fn(Traced<S>) -> Traced<Rank0>,
) {
    let value = |loss: fn(Traced<S>) -> Traced<Rank0>| loss(table(numbers).leaky_trace()).array();
    assert!((value(wrong) - value(right)).abs() < 1e-5, "{} {}", value(wrong), value(right));
    let (wrong, right) = (error(numbers, wrong), error(numbers, right));
    assert!(wrong > 0.05, "dfdx is right now: {wrong}");
    assert!(right < 0.005, "{right}");
}

#[test]
fn softmax_of_permuted_axes() {
    wrong_and_right::<Table>(
        &NUMBERS,
        |x| {
            let y = x.permute::<Turned, _>().softmax::<Axis<1>>();
            (y * table::<Table>(&WEIGHTS).permute::<Turned, _>()).sum()
        },
        |x| (x.softmax::<Axis<0>>() * table::<Table>(&WEIGHTS)).sum(),
    );
}

#[test]
fn logsumexp_of_permuted_axes() {
    wrong_and_right::<Table>(
        &NUMBERS,
        |x| x.permute::<Turned, _>().logsumexp::<Rank1<3>, Axis<1>>().square().sum(),
        |x| x.logsumexp::<Rank1<3>, Axis<0>>().square().sum(),
    );
}

#[test]
fn log_softmax_of_numbers_that_were_repeated() {
    wrong_and_right::<Rank1<3>>(
        &NUMBERS[..3],
        |x| (x.broadcast::<Table, _>().log_softmax::<Axis<1>>() * table::<Table>(&WEIGHTS)).sum(),
        |x| (x.log_softmax::<Axis<0>>().broadcast::<Table, _>() * table::<Table>(&WEIGHTS)).sum(),
    );
}

#[test]
fn softmax_of_numbers_that_were_repeated() {
    wrong_and_right::<Rank1<3>>(
        &NUMBERS[..3],
        |x| (x.broadcast::<Table, _>().softmax::<Axis<1>>() * table::<Table>(&WEIGHTS)).sum(),
        |x| (x.softmax::<Axis<0>>().broadcast::<Table, _>() * table::<Table>(&WEIGHTS)).sum(),
    );
}

#[test]
fn logsumexp_of_numbers_that_were_repeated() {
    wrong_and_right::<Rank1<3>>(
        &NUMBERS[..3],
        |x| x.broadcast::<Table, _>().logsumexp::<Rank1<2>, Axis<1>>().square().sum(),
        |x| x.logsumexp::<Rank0, Axis<0>>().broadcast::<Rank1<2>, _>().square().sum(),
    );
}

/// A contiguous copy before the softmax mends it, too, as `layers` does in every operation.
#[test]
fn a_contiguous_copy_is_right() {
    let loss: fn(Traced<Table>) -> Traced<Rank0> = |x| {
        let turned = x.permute::<Turned, _>().contiguous();
        (turned.log_softmax::<Axis<1>>() * table::<Table>(&WEIGHTS).permute::<Turned, _>()).sum()
    };
    assert!(error(&NUMBERS, loss) < 0.005);
}

/// The gradient that a slice writes takes the place of what came from another use of the tensor.
#[test]
fn a_slice_of_numbers_that_are_used_elsewhere() {
    let numbers = [1.0, 2.0, 3.0];
    let gradient = |sliced: bool| {
        let x = table::<Rank1<3>>(&numbers);
        let part = if sliced {
            x.leaky_trace().slice((0..2,)).square().sum()
        } else {
            let place = Cpu::default().tensor([0, 1]);
            x.leaky_trace().gather(place).square().sum()
        };
        // The other use comes later, so that its gradient is there when the slice's is written.
        (part + x.leaky_trace().square().sum()).backward().get(&x).as_vec()
    };
    let measured = slopes(|x| 2.0 * x[0] * x[0] + 2.0 * x[1] * x[1] + x[2] * x[2], &numbers);
    let error =
        |gradient: Vec<f32>| gradient.iter().zip(&measured).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(error(gradient(true)) > 0.5, "dfdx is right now");
    assert!(error(gradient(false)) < 0.005);
}

/// Each of two smallest gets the whole gradient, and together they get twice as much as there is.
#[test]
fn the_smallest_of_equals() {
    let x = table::<Rank1<3>>(&[1.0, 1.0, 2.0]);
    let gradient = x.leaky_trace().min::<Rank0, _>().backward().get(&x).as_vec();
    assert_eq!(gradient, [1.0, 1.0, 0.0]);
    let smallest = x.leaky_trace().min::<Rank0, _>();
    let equals = x.as_vec().iter().filter(|&&n| n == smallest.array()).count();
    let right = (smallest / equals as f32).backward().get(&x).as_vec();
    assert_eq!(right, [0.5, 0.5, 0.0]);
}
