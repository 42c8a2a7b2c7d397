//! Skip-gram with negative sampling in plain dfdx: the form that the fast step is checked against.
//!
//! For a centre word with vector $u$, a right neighbour $v$ and $K$ random words $n_1 … n_K$
//! (Mikolov et al. 2013b, equation 4):
//!
//! $$ \mathcal{L} = -\log σ(v · u) - \sum_{j=1}^{K} \log σ(-n_j · u) $$

use crate::Error;
use crate::batches::Block;
use crate::negative_sampling::NoiseDistribution;
use dfdx::nn::builders;
use dfdx::nn::modules::Embedding;
use dfdx::optim::{Sgd, SgdConfig};
use dfdx::prelude::*;
use lab::AnyDevice;
use rand::Rng;
use std::time::{Duration, Instant};

// ANCHOR: model
/// Two tables with a row of `D` numbers for each of `V` words: the vectors of centre words, which
/// are the embedding, and those of context words.
pub type PlainSkipGram<const V: usize, const D: usize> =
    (Embedding<V, D, f32, AnyDevice>, Embedding<V, D, f32, AnyDevice>);

/// A loss on the tape.
type Loss = Tensor<Rank0, f32, AnyDevice, OwnedTape<f32, AnyDevice>>;

/// The summed loss of `B` pairs with `K` negative samples each.
///
/// `centres` and `contexts` have the shape (B), `negatives` (B, K).
pub fn loss<const V: usize, const D: usize, const K: usize>(
    (input, output): &PlainSkipGram<V, D>,
    centres: Tensor<(usize,), usize, AnyDevice>,
    contexts: Tensor<(usize,), usize, AnyDevice>,
    negatives: Tensor<(usize, Const<K>), usize, AnyDevice>,
    gradients: Gradients<f32, AnyDevice>,
) -> Loss {
    let u = input.forward(centres.traced(gradients)); // B × D
    let v = output.forward(contexts.leaky_trace()); // B × D
    let n = output.forward(negatives.leaky_trace()); // B × K × D
    // u is used twice: its tape goes along with one use, the other use starts an empty one.
    let u_again = u.retaped::<OwnedTape<f32, AnyDevice>>().broadcast_like(&n);
    let right = (u * v).sum::<(usize,), Axis<1>>(); // B
    let wrong = (n * u_again).sum::<(usize, Const<K>), Axis<2>>(); // B × K
    log_loss(right, 1.0) + log_loss(wrong, 0.0)
}

/// The sum of -log σ(x) for label 1, of -log σ(-x) for label 0.
fn log_loss<S: Shape>(dots: Tensor<S, f32, AnyDevice, OwnedTape<f32, AnyDevice>>, label: f32) -> Loss {
    let count = dots.shape().num_elements() as f32;
    let labels = dots.device().ones_like(dots.shape()) * label;
    // dfdx gives the mean; the formula is a sum.
    binary_cross_entropy_with_logits_loss(dots, labels) * count
}
// ANCHOR_END: model

/// How fast plain dfdx trains.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    /// (centre, context) pairs, each with its `K` negative samples.
    pub pairs: usize,
    /// The time that they took: forward, backward and optimizer.
    pub time: Duration,
}

/// Trains a fresh plain model on the pairs of `blocks`, a batch each, for at least `least`, and
/// tells how fast it was. Negative samples are drawn for every pair, as in the formula.
///
/// # Errors
///
/// If the optimizer fails.
pub fn measure_speed<const V: usize, const D: usize, const K: usize>(
    batches: &[Vec<Block>],
    noise: &NoiseDistribution,
    rng: &mut impl Rng,
    least: Duration,
) -> Result<Speed, Error> {
    let device = lab::device(rng.next_u64());
    let mut model = device.build_module::<(builders::Embedding<V, D>, builders::Embedding<V, D>), f32>();
    let mut optimizer = Sgd::new(&model, SgdConfig { lr: 0.025, ..Default::default() });
    let mut gradients = model.alloc_grads();
    let mut speed = Speed { pairs: 0, time: Duration::ZERO };
    for blocks in batches.iter().cycle() {
        let (mut centres, mut contexts) = (Vec::new(), Vec::new());
        for block in blocks {
            for (centre, context) in block.pairs() {
                centres.push(block.centres[centre] as usize);
                contexts.push(context as usize);
            }
        }
        let count = centres.len();
        let negatives: Vec<usize> = (0..count * K).map(|_| noise.sample(rng) as usize).collect();

        let start = Instant::now();
        let loss = loss::<V, D, K>(
            &model,
            device.tensor_from_vec(centres, (count,)),
            device.tensor_from_vec(contexts, (count,)),
            device.tensor_from_vec(negatives, (count, Const::<K>)),
            gradients,
        );
        gradients = loss.backward();
        optimizer.update(&mut model, &gradients).map_err(lab::TrainingError::optimizer)?;
        model.zero_grads(&mut gradients);
        speed.time += start.elapsed();
        speed.pairs += count;
        if speed.time >= least {
            break;
        }
    }
    Ok(speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_the_formula_and_every_parameter_gets_a_gradient() {
        let device = lab::device(5);
        let model = device.build_module::<(builders::Embedding<4, 2>, builders::Embedding<4, 2>), f32>();
        let (u, v) = (model.0.weight.array(), model.1.weight.array());
        let log_sigmoid = |x: f32| -(1.0 + (-x).exp()).ln();
        let dot = |a: [f32; 2], b: [f32; 2]| a[0] * b[0] + a[1] * b[1];
        // Words 0 and 1 stand beside words 2 and 0; negative samples are (1, 3) and (3, 1).
        let expected = -log_sigmoid(dot(u[0], v[2]))
            - log_sigmoid(-dot(u[0], v[1]))
            - log_sigmoid(-dot(u[0], v[3]))
            - log_sigmoid(dot(u[1], v[0]))
            - log_sigmoid(-dot(u[1], v[3]))
            - log_sigmoid(-dot(u[1], v[1]));
        let loss = loss(
            &model,
            device.tensor_from_vec(vec![0, 1], (2,)),
            device.tensor_from_vec(vec![2, 0], (2,)),
            device.tensor_from_vec(vec![1, 3, 3, 1], (2, Const::<2>)),
            model.alloc_grads(),
        );
        assert!((loss.array() - expected).abs() < 1e-5, "{} {expected}", loss.array());
        let gradients = loss.backward();
        assert!(gradients.get(&model.0.weight).array()[..2].iter().flatten().all(|g| *g != 0.0));
        assert!(gradients.get(&model.1.weight).array().iter().flatten().all(|g| *g != 0.0));
    }
}
