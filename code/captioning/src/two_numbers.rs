//! An LSTM with a state of two numbers, small enough to be followed by hand.

use dfdx::prelude::*;
use lab::AnyDevice;
use layers::recurrent::lstm::{CANDIDATE, FORGET, INPUT};
use layers::{Lstm, LstmState};
use std::fmt::Write;

// ANCHOR: made
/// A network whose candidate is tanh x for both numbers of the state, whose input gates are open to σ(2) = 0.88
/// and whose output gates are half open. It hardly forgets the first number, σ(2), and hardly keeps the second, σ(−2).
pub fn made(device: &AnyDevice) -> Lstm<1, 2, f32, AnyDevice> {
    let mut weight = [[[0.0; 2]; 1]; 4];
    weight[CANDIDATE] = [[1.0; 2]];
    let mut bias = [[0.0; 2]; 4];
    bias[INPUT] = [2.0, 2.0];
    bias[FORGET] = [2.0, -2.0];
    Lstm { weight: device.tensor(weight), recurrent_weight: device.zeros(), bias: device.tensor(bias) }
}

/// What the network's state is after each of some inputs, from a state of zeros: $c$ and $h$.
pub fn read(lstm: &Lstm<1, 2, f32, AnyDevice>, inputs: &[f32]) -> Vec<[Vec<f32>; 2]> {
    let device = lstm.bias.device();
    let mut state = LstmState::zeros(device, 1);
    let mut states = Vec::new();
    for &x in inputs {
        state = lstm.step(device.tensor_from_vec(vec![x], (1, Const)), state);
        states.push([state.cell.as_vec(), state.hidden.as_vec()]);
    }
    states
}
// ANCHOR_END: made

/// The states as a table.
pub fn table(inputs: &[f32], states: &[[Vec<f32>; 2]]) -> String {
    let mut text = format!(
        "{:>2} {:>4} {:>9} {:>9} {:>9} {:>9}\n",
        "t", "x", "c, first", "c, second", "h, first", "h, second"
    );
    for (t, (x, [cell, hidden])) in (1..).zip(inputs.iter().zip(states)) {
        let _ = write!(text, "{t:>2} {x:>4}");
        for number in cell.iter().chain(hidden) {
            let _ = write!(text, " {number:>9.3}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_kept_and_the_second_is_not() {
        let states = read(&made(&lab::device(0)), &[1.0, 0.0, 0.0]);
        let (kept, let_go) = (1.0 / (1.0 + (-2.0_f32).exp()), 1.0 / (1.0 + 2.0_f32.exp()));
        let first = kept * 1.0_f32.tanh();
        let cells =
            [[first; 2], [first * kept, first * let_go], [first * kept * kept, first * let_go * let_go]];
        for ([cell, hidden], expected) in states.iter().zip(cells) {
            for i in 0..2 {
                assert!((cell[i] - expected[i]).abs() < 1e-6, "{cell:?}, {expected:?}");
                assert!((hidden[i] - 0.5 * expected[i].tanh()).abs() < 1e-6, "{hidden:?}");
            }
        }
    }
}
