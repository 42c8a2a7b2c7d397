//! Three pictures, three words, two dimensions: everything can be checked with pencil and paper.

use crate::info_nce;
use crate::margin::{self, Negatives};
use dfdx::prelude::*;

/// The pictures' vectors, of length 1: a dog, a cat, a car.
pub const PICTURES: [[f32; 2]; 3] = [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]];

/// The words' vectors, of length 1: *dog*, *cat*, *car*.
pub const WORDS: [[f32; 2]; 3] = [[0.8, 0.6], [0.6, 0.8], [-0.6, 0.8]];

/// What belongs to both.
pub const NAMES: [&str; 3] = ["dog", "cat", "car"];

/// The temperature of the example.
pub const TEMPERATURE: f32 = 0.2;

/// The margin of the example.
pub const MARGIN: f32 = 0.2;

/// What the losses make of the three pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The cosine of every picture (row) with every word (column).
    pub cosines: Vec<Vec<f32>>,
    /// Each picture's softmax over the words, at [`TEMPERATURE`].
    pub probabilities: Vec<Vec<f32>>,
    /// InfoNCE of each picture.
    pub info_nce: Vec<f32>,
    /// Margin loss of each picture, all negatives.
    pub margin: Vec<f32>,
    /// The derivative of the mean InfoNCE with respect to every cosine.
    pub push: Vec<Vec<f32>>,
}

// ANCHOR: example
/// Cosines, losses and gradients of the three pairs, computed by the functions that train the networks.
pub fn example() -> Example {
    let device = Cpu::default();
    let pictures = device.tensor(PICTURES);
    let words = device.tensor(WORDS);
    let cosines = pictures.matmul(words.permute::<_, Axes2<1, 0>>());
    let square = |x: Tensor<Rank2<3, 3>, f32, Cpu>| x.reshape_like(&(3, 3));
    let cosines = square(cosines);

    let row = |i: usize| cosines.clone().select(device.tensor(i)).reshape_like(&(1, 3));
    let right = |i: usize| device.tensor_from_vec(vec![i], (1,));
    let info_nce = (0..3).map(|i| info_nce::rows(row(i) / TEMPERATURE, right(i)).array()).collect();
    let margin = (0..3).map(|i| margin::rows(row(i), &[i], MARGIN, Negatives::All).array()).collect();

    let traced = cosines.leaky_trace();
    let loss = info_nce::rows(traced / TEMPERATURE, device.tensor_from_vec(vec![0, 1, 2], (3,)));
    let push = loss.backward().get(&cosines);
    let probabilities = (cosines.clone() / TEMPERATURE).softmax::<Axis<1>>();
    let rows = |x: Tensor<(usize, usize), f32, Cpu>| x.as_vec().chunks(3).map(<[f32]>::to_vec).collect();
    Example { cosines: rows(cosines), probabilities: rows(probabilities), info_nce, margin, push: rows(push) }
}
// ANCHOR_END: example

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_the_page_derives_are_right() {
        let example = example();
        let close = |a: f32, b: f32| assert!((a - b).abs() < 5e-4, "{a} {b}");
        let cosines = [[0.8, 0.6, -0.6], [1.0, 0.96, 0.0], [0.6, 0.8, 0.8]];
        for (row, expected) in example.cosines.iter().zip(cosines) {
            row.iter().zip(expected).for_each(|(&a, b)| close(a, b));
        }
        // Picture 0: exponents 4, 3, -3.
        let sum = 4.0_f32.exp() + 3.0_f32.exp() + (-3.0_f32).exp();
        close(example.info_nce[0], sum.ln() - 4.0);
        close(example.probabilities[0][1], 3.0_f32.exp() / sum);
        // Picture 1: dog is nearer than cat by 0.04, which misses the margin by 0.24.
        close(example.margin[0], 0.0);
        close(example.margin[1], 0.24);
        // Picture 2: cat is as near as car.
        close(example.margin[2], 0.2);
        // (probability - truth) / temperature, a third of it: the loss is a mean over three rows.
        close(example.push[1][0], example.probabilities[1][0] / TEMPERATURE / 3.0);
        close(example.push[1][1], (example.probabilities[1][1] - 1.0) / TEMPERATURE / 3.0);
    }
}
