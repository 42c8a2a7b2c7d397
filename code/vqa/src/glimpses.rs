//! Looks that add up: what attention needs to count and to compare places.
//!
//! A look $g$ asks every location with its own query, and its weights do *not* compete:
//!
//! $$ α_{gl} = σ\left(\frac{q_g^⊤ k_l}{\sqrt{d}} + b_g\right), \qquad v_g = \sum_l α_{gl}\, x_l $$
//!
//! Softmax, which makes weights sum to one, sees no difference between one dog and two (Zhang, Hare and
//! Prügel-Bennett 2018, *Learning to count objects in natural images for visual question answering*,
//! arXiv:1802.05766); a sum of sigmoids does. Several looks at once go back to Kim et al. (2017, arXiv:1610.04325).
//!
//! There are two rounds of [`LOOKS`] looks. The second is asked with what the first saw, and every location knows
//! where it lies *as seen from the middle of each look of the first*, $p_l - \bar p_g$ with
//! $\bar p_g = \sum_l α_{gl} p_l / \sum_l α_{gl}$: then *left of the cat* is a plain question to a location.

use crate::collection::collection;
use crate::fresh::{everywhere, linear};
use crate::network::{Fusion, PLACES, grid, places, with_places};
use crate::{CHANNELS, EMBEDDING, GRID, Map, QUESTION, Rows};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::{Activations, Convolution2d, Mode};

/// Numbers of a location that is looked at.
pub const FEATURES: usize = 128;

/// Numbers of keys and queries.
pub const KEY: usize = 64;

/// Looks a round.
pub const LOOKS: usize = 4;

/// Numbers that a look brings home.
pub const VALUE: usize = 48;

/// Numbers of the layer before the answer.
pub const HIDDEN: usize = 160;

/// Numbers that a round brings home.
pub const SEEN: usize = LOOKS * VALUE;

/// A location's numbers in the first round.
const FIRST: usize = FEATURES + PLACES;

/// A location's numbers in the second round.
const SECOND: usize = FIRST + LOOKS * PLACES;

/// Where it ends, for a bias that begins with looking at little.
const SHY: f32 = -2.0;

/// What one round learns: `X` numbers a location, `Q` numbers that ask.
#[derive(Clone, Debug)]
pub struct Round<const X: usize, const Q: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// From a location to its key.
    key: Convolution2d<X, KEY, 1, E, D>,
    /// From a location to what is taken home.
    value: Convolution2d<X, VALUE, 1, E, D>,
    /// From what asks to the queries of all looks.
    query: Linear<Q, { LOOKS * KEY }, E, D>,
    /// From what asks to $b_g$.
    bias: Linear<Q, LOOKS, E, D>,
}

/// What a round saw.
pub struct Seen<T> {
    /// (questions, [`SEEN`]).
    pub values: Rows<SEEN, T>,
    /// The middle of each look, across and down: (questions, [`LOOKS`] · [`PLACES`]).
    pub middles: Rows<{ LOOKS * PLACES }, T>,
    /// The weights: (questions, [`LOOKS`], locations).
    pub weights: Tensor<(usize, Const<LOOKS>, usize), f32, AnyDevice>,
}

impl<const X: usize, const Q: usize> Round<X, Q> {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let mut bias = linear(device);
        bias.bias = bias.bias + SHY;
        Self {
            key: everywhere(device, seed),
            value: everywhere(device, seed.wrapping_add(1)),
            query: linear(device),
            bias,
        }
    }

    /// Looks at (questions, locations, `X`), asked by (questions, `Q`).
    fn look<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        x: Activations<X, AnyDevice, T>,
        asks: Rows<Q, T>,
    ) -> Seen<T> {
        let (count, _, _) = *x.shape();
        let keys = self.key.forward(x.with_empty_tape(), grid()).0;
        let values = self.value.forward(x, grid()).0;
        let query = self.query.forward(asks.with_empty_tape());
        let query = query.reshape_like(&(count, Const::<LOOKS>, Const::<KEY>));
        let scores = query.matmul(keys.permute::<_, Axes3<0, 2, 1>>()) * (KEY as f32).sqrt().recip();
        let shape = *scores.shape();
        let alpha = (scores + self.bias.forward(asks).broadcast_like::<_, Axis<2>>(&shape)).sigmoid();
        let places = alpha.device().tensor_from_vec(places().repeat(count), (count, shape.2, Const));
        let middles: Tensor<(usize, Const<LOOKS>, Const<PLACES>), _, _, _> =
            alpha.with_empty_tape().matmul(places);
        let sum = alpha.with_empty_tape().sum::<(usize, Const<LOOKS>), Axis<2>>() + 0.01;
        let middles = middles / sum.broadcast_like(&(count, Const::<LOOKS>, Const::<PLACES>));
        let (weights, tape) = alpha.split_tape();
        let values = weights.clone().put_tape(tape).matmul(values);
        Seen {
            values: values.reshape_like(&(count, Const)),
            middles: middles.reshape_like(&(count, Const)),
            weights,
        }
    }
}

/// Two rounds of looks, and an answer.
#[derive(Clone, Debug)]
pub struct Glimpses<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    enter: Convolution2d<{ CHANNELS + PLACES }, FEATURES, 1, E, D>,
    first: Round<FIRST, QUESTION, E, D>,
    second: Round<SECOND, { QUESTION + SEEN }, E, D>,
    hidden: Linear<{ QUESTION + 2 * SEEN }, HIDDEN, E, D>,
    gate: Linear<QUESTION, HIDDEN, E, D>,
    answer: Linear<HIDDEN, EMBEDDING, E, D>,
}

/// The weights of both rounds: each (questions, [`LOOKS`], locations).
pub type Weights = [Tensor<(usize, Const<LOOKS>, usize), f32, AnyDevice>; 2];

impl Glimpses {
    /// What was found, (questions, [`EMBEDDING`]), and where it was looked.
    pub fn look<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        map: Map<T>,
        question: Rows<QUESTION, T>,
    ) -> (Rows<EMBEDDING, T>, Weights) {
        let (x, _) = self.enter.forward_relu(with_places(map), grid());
        let x: Activations<FIRST, AnyDevice, T> = with_places(x);
        let first = self.first.look(x.with_empty_tape(), question.with_empty_tape());
        let asks = beside(question.with_empty_tape(), first.values.with_empty_tape());
        let second = self.second.look(as_seen_from(x, first.middles), asks);
        let both: Rows<{ QUESTION + SEEN }, T> = beside(question.with_empty_tape(), first.values);
        let all: Rows<{ QUESTION + 2 * SEEN }, T> = beside(both, second.values);
        let gate = self.gate.forward(question) + 1.0;
        let found = self.answer.forward((self.hidden.forward(all) * gate).relu());
        (found, [first.weights, second.weights])
    }
}

impl Fusion for Glimpses {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let seed = seed.wrapping_mul(64);
        Self {
            enter: everywhere(device, seed),
            first: Round::fresh(device, seed.wrapping_add(1)),
            second: Round::fresh(device, seed.wrapping_add(3)),
            hidden: linear(device),
            gate: linear(device),
            answer: linear(device),
        }
    }

    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        question: Rows<QUESTION, T>,
        _: Mode,
    ) -> Rows<EMBEDDING, T> {
        self.look(map, question).0
    }
}

/// Two vectors a question as one.
pub(crate) fn beside<const A: usize, const B: usize, const N: usize, T: Tape<f32, AnyDevice> + Merge<T>>(
    a: Rows<A, T>,
    b: Rows<B, T>,
) -> Rows<N, T> {
    let count = a.shape().0;
    let both = (a.reshape_like(&(count, A)), b.reshape_like(&(count, B)));
    both.concat_along(Axis::<1>).reshape_like(&(count, Const))
}

/// Locations, and behind the numbers of each where it lies as seen from the middle of each look.
fn as_seen_from<T: Tape<f32, AnyDevice> + Merge<T>>(
    x: Activations<FIRST, AnyDevice, T>,
    middles: Rows<{ LOOKS * PLACES }, T>,
) -> Activations<SECOND, AnyDevice, T> {
    let count = x.shape().0;
    let shape = (count, GRID * GRID, Const::<{ LOOKS * PLACES }>);
    let places: Vec<f32> = places().chunks_exact(PLACES).flat_map(|place| place.repeat(LOOKS)).collect();
    let places = x.device().tensor_from_vec(places.repeat(count), shape);
    let offsets = places.retaped::<T>() - middles.broadcast_like::<_, Axis<1>>(&shape);
    let x = x.reshape_like(&(count, GRID * GRID, FIRST));
    let both = (x, offsets.reshape_like(&(count, GRID * GRID, LOOKS * PLACES)));
    both.concat_along(Axis::<2>).reshape_like(&(count, GRID * GRID, Const))
}

collection!(Round<X, Q> { key, value, query, bias });
collection!(Glimpses { enter, first, second, hidden, gate, answer });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_at_twice_as_much_brings_home_twice_as_much() {
        let device = lab::device(1);
        let round: Round<FIRST, QUESTION> = Round::fresh(&device, 1);
        let asks: Rows<QUESTION> = device.zeros_like(&(1, Const));
        let seen = |bright: usize| {
            let mut x = vec![0.0; GRID * GRID * FIRST];
            (0..bright).for_each(|i| x[7 * i * FIRST..][..FIRST].fill(1.0));
            let x = device.tensor_from_vec(x, (1, GRID * GRID, Const));
            round.look(x, asks.clone()).values.as_vec()
        };
        let (none, one, two) = (seen(0), seen(1), seen(2));
        for i in 0..SEEN {
            let (once, twice) = (one[i] - none[i], two[i] - none[i]);
            assert!((2.0 * once - twice).abs() < 1e-4, "{once} {twice}");
        }
        assert!(one.iter().zip(&none).any(|(a, b)| (a - b).abs() > 0.01));
    }

    #[test]
    fn a_location_knows_where_it_lies_as_seen_from_a_look() {
        let device = lab::device(1);
        let x: Activations<FIRST, AnyDevice, NoneTape> = device.zeros_like(&(1, GRID * GRID, Const));
        let mut middles = vec![0.0; LOOKS * PLACES];
        middles[..4].copy_from_slice(&[-1.0, 0.0, 0.5, 1.0]);
        let seen = as_seen_from(x, device.tensor_from_vec(middles, (1, Const))).as_vec();
        // The last location is at the lower right, (1, 1).
        assert_eq!(seen[GRID * GRID * SECOND - LOOKS * PLACES..][..6], [2.0, 1.0, 0.5, 0.0, 1.0, 1.0]);
    }
}
