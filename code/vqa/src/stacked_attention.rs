//! Stacked attention: look, and look again with what was seen.
//!
//! The numbers of every location are brought to as many numbers as the question's vector has, $v_l = \tanh(W x_l + b)$.
//! The question asks; what is seen is added to it; and the sum asks once more:
//!
//! $$ u_0 = q, \qquad e_{il} = w_i^⊤ \tanh(W_i v_l + Q_i u_{i-1} + b_i), \qquad α_i = \mathrm{softmax}(e_i),
//! \qquad u_i = u_{i-1} + \sum_l α_{il}\, v_l $$
//!
//! (Yang, He, Gao, Deng and Smola 2016, *Stacked attention networks for image question answering*, arXiv:1511.02274,
//! equations 15 to 19.) From $u_2$ comes the answer.

use crate::network::{Found, Fusion, PLACES, PictureOf, grid, with_places};
use crate::question_stream::Read;
use crate::{CHANNELS, EMBEDDING, Map, QUESTION};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::{self, linear, pointwise};
use layers::{Convolution2d, Fixed, Mode, attention_weights, collection, index_select, weighted_sum};

/// Numbers of keys and queries.
pub const ATTENTION: usize = 128;

/// What one look learns.
#[derive(Clone, Debug)]
pub struct Look<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// $W_i$ and $b_i$: from a location to its key.
    key: Convolution2d<QUESTION, ATTENTION, 1, E, D>,
    /// $Q_i$, with a bias that is not needed.
    query: Linear<QUESTION, ATTENTION, E, D>,
    /// $w_i$: what of a match counts.
    v: Tensor<Rank1<ATTENTION>, E, D>,
}

impl Look {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let mut v = device.zeros();
        v.fill_with_distr(rand_distr::Uniform::new_inclusive(-0.2, 0.2));
        Self { key: pointwise(device, seed), query: linear(device), v }
    }
}

/// Two looks, and an answer.
#[derive(Clone, Debug)]
pub struct StackedAttention<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    enter: Convolution2d<{ CHANNELS + PLACES }, QUESTION, 1, E, D>,
    first: Look<E, D>,
    second: Look<E, D>,
    hidden: Linear<QUESTION, 832, E, D>,
    answer: Linear<832, EMBEDDING, E, D>,
}

impl Fusion for StackedAttention {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        Self {
            enter: pointwise(device, seed.wrapping_mul(64)),
            first: Look::fresh(device, seed.wrapping_mul(64) + 1),
            second: Look::fresh(device, seed.wrapping_mul(64) + 2),
            hidden: linear(device),
            answer: linear(device),
        }
    }

    // ANCHOR: find
    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &PictureOf,
        question: Read<T>,
        _: Mode,
    ) -> Found<T> {
        let grid = grid();
        let (x, _) = self.enter.forward(with_places(map), grid);
        let (features, tape) = Fixed::new(index_select(x.tanh(), of));
        let mut u = question.vector;
        let mut tape = Some(tape);
        for look in [&self.first, &self.second] {
            let x = features.tensor().clone().put_tape(tape.take().unwrap_or_default());
            let (keys, key_tape) = Fixed::new(look.key.forward(x, grid).0);
            let (query, query_tape) = look.query.forward(u.with_empty_tape()).split_tape();
            let query = query.put_tape(query_tape.merge(key_tape));
            let alpha = attention_weights(&keys, query, &look.v);
            u = u + weighted_sum(alpha, &features);
        }
        Found::made(self.answer.forward(self.hidden.forward(u).relu()))
    }
    // ANCHOR_END: find
}

collection!(Look { key, query, v: fresh::zeros });

collection!(StackedAttention { enter, first, second, hidden, answer });
