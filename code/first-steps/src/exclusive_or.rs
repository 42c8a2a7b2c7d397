//! One of two, and not both: the smallest task that needs a hidden layer (Minsky and Papert 1969).

use crate::{AnyDevice, Error};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;

// ANCHOR: data
/// The four questions, and to each the probability of *yes* that is wanted.
pub const QUESTIONS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// *Yes* where one of the two is 1.
pub const ANSWERS: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];
// ANCHOR_END: data

// ANCHOR: net
/// Two numbers in, eight hidden ones squeezed between −1 and 1, one out.
pub type Net = ((Linear<2, 8>, Tanh), Linear<8, 1>);

/// A network with its numbers, on a device.
pub type Built = <Net as BuildOnDevice<AnyDevice, f32>>::Built;

/// A network with random numbers.
pub fn fresh(device: &AnyDevice) -> Built {
    device.build_module::<Net, f32>()
}
// ANCHOR_END: net

// ANCHOR: train
/// Trains for some steps, and gives the loss of each.
///
/// # Errors
///
/// If a parameter got no gradient.
pub fn train(net: &mut Built, device: &AnyDevice, steps: usize) -> Result<Vec<f32>, Error> {
    let mut adam = Adam::new(net, AdamConfig { lr: 0.05, ..AdamConfig::default() });
    let mut gradients = net.alloc_grads();
    let mut losses = Vec::new();
    for _ in 0..steps {
        let questions = device.tensor(QUESTIONS).traced(gradients);
        let logits = net.forward_mut(questions);
        let loss = binary_cross_entropy_with_logits_loss(logits, device.tensor(ANSWERS));
        losses.push(loss.array());
        gradients = loss.backward();
        adam.update(net, &gradients).map_err(|_| Error::NoGradient)?;
        net.zero_grads(&mut gradients);
    }
    Ok(losses)
}
// ANCHOR_END: train

// ANCHOR: use
/// The probability of *yes* for each of some questions.
pub fn probabilities(net: &Built, device: &AnyDevice, questions: Vec<[f32; 2]>) -> Vec<f32> {
    let count = questions.len();
    let questions = device.tensor_from_vec(questions.concat(), (count, Const::<2>));
    net.forward(questions).sigmoid().as_vec()
}
// ANCHOR_END: use

/// The four probabilities, as the page shows them.
pub fn shown(net: &Built, device: &AnyDevice) -> String {
    let found = probabilities(net, device, QUESTIONS.to_vec());
    let mut rows = vec![["", "", "yes"].map(str::to_owned).to_vec()];
    for ([a, b], p) in QUESTIONS.iter().zip(found) {
        rows.push(vec![a.to_string(), b.to_string(), format!("{p:.2}")]);
    }
    lab::table::right(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_has_as_many_numbers_as_the_page_says() {
        assert_eq!(fresh(&lab::device(1)).num_trainable_params(), 16 + 8 + 8 + 1);
    }

    #[test]
    fn one_of_two_is_learned_and_repeats() {
        let learned = |seed| {
            let device = lab::device(seed);
            let mut net = fresh(&device);
            let losses = train(&mut net, &device, 300).unwrap();
            (losses, probabilities(&net, &device, QUESTIONS.to_vec()))
        };
        let (losses, found) = learned(1);
        assert!(losses[299] < 0.1 * losses[0], "{losses:?}");
        assert!(found.iter().zip(ANSWERS).all(|(p, [wanted])| (p - wanted).abs() < 0.1), "{found:?}");
        assert_eq!(learned(1), (losses, found));
    }
}
