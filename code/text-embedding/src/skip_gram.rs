//! Skip-gram as plain as it can be read: embed a word, give back the words around it.
//!
//! The model is two tables. Row $w$ of the first is the word's vector $u_w$; row $c$ of the second
//! says what stands around whom, $v_c$. The probability that word $c$ stands near word $w$ is a
//! softmax over all words (Mikolov et al. 2013b, equation 2):
//!
//! $$ p(c \mid w) = \frac{\exp(v_c · u_w)}{\sum_{c'} \exp(v_{c'} · u_w)} $$

use crate::Error;
use dfdx::nn::modules::{Embedding, UnbiasedLinear};
use dfdx::optim::{Sgd, SgdConfig};
use dfdx::prelude::*;
use lab::AnyDevice;

// ANCHOR: model
/// A table with a row for each of `V` words, then a layer that scores each of the `V` words.
pub type SkipGram<const V: usize, const D: usize> =
    (Embedding<V, D, f32, AnyDevice>, UnbiasedLinear<D, V, f32, AnyDevice>);
// ANCHOR_END: model

// ANCHOR: pairs
/// All (word, neighbour) pairs of a sentence whose distance is at most `window`.
///
/// ```
/// use text_embedding::skip_gram::pairs;
/// assert_eq!(pairs(&[7, 8, 9], 1), [(7, 8), (8, 7), (8, 9), (9, 8)]);
/// ```
pub fn pairs(sentence: &[usize], window: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (i, &word) in sentence.iter().enumerate() {
        let first = i.saturating_sub(window);
        let last = (i + window).min(sentence.len() - 1);
        pairs.extend((first..=last).filter(|&j| j != i).map(|j| (word, sentence[j])));
    }
    pairs
}
// ANCHOR_END: pairs

// ANCHOR: train
/// Trains the model on (word, neighbour) pairs and returns the loss before every step, in nats a
/// pair.
///
/// # Errors
///
/// If the optimizer fails.
pub fn train<const V: usize, const D: usize>(
    model: &mut SkipGram<V, D>,
    pairs: &[(usize, usize)],
    steps: usize,
    learning_rate: f64,
    device: &AnyDevice,
) -> Result<Vec<f32>, Error> {
    let words: Vec<usize> = pairs.iter().map(|pair| pair.0).collect();
    let mut one_hot = vec![0.0; pairs.len() * V];
    for (row, pair) in pairs.iter().enumerate() {
        one_hot[row * V + pair.1] = 1.0;
    }
    let words = device.tensor_from_vec(words, (pairs.len(),));
    let neighbours = device.tensor_from_vec(one_hot, (pairs.len(), Const::<V>));

    let mut optimizer = Sgd::new(model, SgdConfig { lr: learning_rate, ..Default::default() });
    let mut gradients = model.alloc_grads();
    let mut losses = Vec::new();
    for _ in 0..steps {
        let scores = model.forward(words.clone().traced(gradients)); // pairs × V
        let loss = cross_entropy_with_logits_loss(scores, neighbours.clone());
        losses.push(loss.array());
        gradients = loss.backward();
        optimizer.update(model, &gradients).map_err(lab::TrainingError::optimizer)?;
        model.zero_grads(&mut gradients);
    }
    Ok(losses)
}
// ANCHOR_END: train

// ANCHOR: predict
/// The probability of each word to stand near `word`: `V` numbers that add up to 1.
pub fn predict<const V: usize, const D: usize>(
    model: &SkipGram<V, D>,
    word: usize,
    device: &AnyDevice,
) -> Vec<f32> {
    let word = device.tensor_from_vec(vec![word], (1,));
    let scores = model.forward(word); // 1 × V
    scores.softmax::<Axis<1>>().as_vec()
}
// ANCHOR_END: predict

/// Three words in two dimensions, small enough to be checked by hand.
pub mod by_hand {
    use super::*;

    /// What the example computes.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Example {
        /// $v_c · u$ for each of the three words.
        pub scores: [f32; 3],
        /// Their softmax.
        pub probabilities: [f32; 3],
        /// $-\log p$ of the second word, which is the one that stands there.
        pub loss: f32,
        /// The gradient of the loss with respect to $u$.
        pub gradient: [f32; 2],
    }

    // ANCHOR: by_hand
    /// The word's vector is (1, 2); the three words that might stand beside it have (1, 0), (0, 1)
    /// and (1, 1). The second one does.
    pub fn example() -> Example {
        let device = lab::device(0);
        let u = device.tensor([[1.0_f32, 2.0]]); // 1 word × 2
        let v = device.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]); // 3 words × 2
        let stands_there = device.tensor([[0.0, 1.0, 0.0]]);

        let scores = u.leaky_trace().matmul(v.permute::<_, Axes2<1, 0>>()); // 1 × 3
        let probabilities = scores.retaped::<NoneTape>().softmax::<Axis<1>>();
        let written_scores = scores.array()[0];
        let loss = cross_entropy_with_logits_loss(scores, stands_there);
        let written_loss = loss.array();
        let gradient = loss.backward().get(&u);
        Example {
            scores: written_scores,
            probabilities: probabilities.array()[0],
            loss: written_loss,
            gradient: gradient.array()[0],
        }
    }
    // ANCHOR_END: by_hand
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::nn::builders;

    #[test]
    fn the_hand_checked_example_is_right() {
        // e¹, e², e³ = 2.71828, 7.38906, 20.08554; their sum is 30.19288.
        let example = by_hand::example();
        assert_eq!(example.scores, [1.0, 2.0, 3.0]);
        for (p, expected) in example.probabilities.iter().zip([0.090_031, 0.244_728, 0.665_241]) {
            assert!((p - expected).abs() < 1e-6, "{p}");
        }
        assert!((example.loss - 1.407_606).abs() < 1e-6);
        // Σ (p - y) v = 0.090 (1, 0) - 0.755 (0, 1) + 0.665 (1, 1).
        assert!((example.gradient[0] - 0.755_272).abs() < 1e-6);
        assert!((example.gradient[1] + 0.090_031).abs() < 1e-6);
    }

    #[test]
    fn training_finds_who_stands_beside_whom() {
        let device = lab::device(3);
        let mut model =
            device.build_module::<(builders::Embedding<4, 3>, builders::UnbiasedLinear<3, 4>), f32>();
        // 0 stands beside 1 alone, 2 beside 3 alone.
        let pairs = [(0, 1), (1, 0), (2, 3), (3, 2)];
        let losses = train(&mut model, &pairs, 300, 1.0, &device).unwrap();
        assert!(losses[0] > 1.0 && losses[299] < 0.05, "{} … {}", losses[0], losses[299]);
        for (word, neighbour) in pairs {
            let p = predict(&model, word, &device);
            assert!(p[neighbour] > 0.9, "{word}: {p:?}");
            assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn every_parameter_gets_a_gradient() {
        let device = lab::device(3);
        let model = device.build_module::<(builders::Embedding<4, 3>, builders::UnbiasedLinear<3, 4>), f32>();
        let words = device.tensor_from_vec(vec![0, 1, 2, 3], (4,));
        let targets = device.tensor([0.0, 1.0, 0.0, 0.0]).broadcast_like(&(4, Const::<4>));
        let scores = model.forward(words.leaky_trace());
        let gradients = cross_entropy_with_logits_loss(scores, targets).backward();
        for row in gradients.get(&model.0.weight).array() {
            assert!(row.iter().any(|g| *g != 0.0));
        }
        assert!(gradients.get(&model.1.weight).array().iter().flatten().all(|g| *g != 0.0));
    }
}
