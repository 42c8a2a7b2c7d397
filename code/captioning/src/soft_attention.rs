//! Soft attention: a distribution over the locations, and what is seen there.
//!
//! The decoder asks with a vector $s_t$; every location $l$ answers how well it matches, and the softmax
//! makes a distribution over the $L$ locations of that; $z_t$ is what is seen on average under it (Xu et
//! al. 2015, equations 4 to 6 and section 4.2):
//!
//! $$ e_{tl} = v^⊤ \tanh(a_l W_a + s_t), \qquad α_{tl} = \frac{\mathrm{e}^{e_{tl}}}{\sum_j \mathrm{e}^{e_{tj}}}, \qquad
//! z_t = \sum_l α_{tl}\, a_l $$
//!
//! Everything here can be differentiated, so that the network learns where to look from the words alone:
//! nobody tells it where the dog is.

use crate::captioner::Rows;
use crate::{ATTENTION, CHANNELS, HIDDEN};
use dfdx::nn::modules::Linear;
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::additive_attention::{Locations, Weights};
use layers::fresh::{self, linear, pointwise};
use layers::{Activations, Convolution2d, Fixed, Grid, attention_weights, collection, weighted_sum};

/// What of attention is learned.
#[derive(Clone, Debug)]
pub struct SoftAttention<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// $W_s$ and $b_s$: from the state to the query $s$.
    pub query: Linear<HIDDEN, ATTENTION, E, D>,
    /// $W_a$ with a bias: from the features of a location to its key; a convolution of 1 × 1.
    pub key: Convolution2d<CHANNELS, ATTENTION, 1, E, D>,
    /// $v$: what of a match counts.
    pub v: Tensor<Rank1<ATTENTION>, E, D>,
}

/// The features and keys of pictures: the same for every word.
#[derive(Clone, Debug)]
pub struct Seen {
    /// $a$: pictures × locations × [`CHANNELS`].
    pub features: Locations<CHANNELS, AnyDevice>,
    /// $a W_a$: pictures × locations × [`ATTENTION`].
    pub keys: Locations<ATTENTION, AnyDevice>,
}

impl SoftAttention {
    /// Fresh weights from a seed.
    pub fn new(device: &AnyDevice, seed: u64) -> Self {
        let mut v = device.zeros();
        v.fill_with_distr(rand_distr::Uniform::new_inclusive(-V_BOUND, V_BOUND));
        Self { query: linear(device), key: pointwise(device, seed), v }
    }

    // ANCHOR: see
    /// Features, keys, and the tape that leads back to the picture.
    pub fn see<T: Tape<f32, AnyDevice>>(&self, map: Activations<CHANNELS, AnyDevice, T>) -> (Seen, T) {
        let locations = map.shape().1;
        let (features, tape) = Fixed::new(map);
        // The keys take the tape along; the features are used without it.
        let (keys, _) = self.key.forward(features.tensor().clone().put_tape(tape), Grid::new(1, locations));
        let (keys, tape) = Fixed::new(keys);
        (Seen { features, keys }, tape)
    }
    // ANCHOR_END: see

    // ANCHOR: attend
    /// Where to look, α, and what is seen there, z: a query $s_t$ of (rows, [`ATTENTION`]) → (rows, locations) and
    /// (rows, [`CHANNELS`]). A row is a sentence; all those of a picture look at its features. The tape goes on with z.
    pub fn attend<T: Tape<f32, AnyDevice>>(
        &self,
        seen: &Seen,
        query: Rows<ATTENTION, T>,
    ) -> (Weights<AnyDevice, T>, Rows<CHANNELS, T>) {
        let alpha = attention_weights(&seen.keys, query, &self.v);
        let looked = alpha.with_empty_tape();
        (looked, weighted_sum(alpha, &seen.features))
    }
    // ANCHOR_END: attend
}

/// Fresh numbers of $v$ lie between minus this and this.
const V_BOUND: f32 = 0.2;

collection!(SoftAttention { query, key, v: fresh::zeros });
