//! What an eye says of a location: the kind of thing that has its middle there, and its colour.
//!
//! Two linear maps, the same at every location, give a logit for each kind and for *nothing*, and for each colour and
//! for *none*. Softmax makes probabilities of them:
//!
//! $$ p_l = \left( p_l(\text{kind}),\; p_l(\text{shape})\, p_l(\text{colour}) \right) $$
//!
//! is the location's *names*, where $p_l(\text{shape})$ is the sum over the kinds that have a colour. (The map for
//! colours has learned only where something is. Elsewhere it may say anything, and this takes it off.)
//!
//! So a question is answered from words (as in *Oscar*, Li et al. 2020, arXiv:2004.06165, which gives a network the
//! names of what a detector has found), and a name that is an answer can be pointed at (*pointer networks*, Vinyals et
//! al. 2015, arXiv:1506.03134).

use crate::network::grid;
use crate::{CHANNELS, Map, Rows};
use dfdx::prelude::*;
use emoji_world::{Answer, Kind};
use lab::AnyDevice;
use layers::fresh::pointwise;
use layers::{Convolution2d, collection};

/// What can have its middle at a location: 46 kinds, or nothing.
pub const KINDS: usize = 47;

/// The number of nothing.
pub const BACKGROUND: usize = KINDS - 1;

/// The colours of shapes, and none for things.
pub const COLOURS: usize = 10;

/// The number of no colour.
pub const NO_COLOUR: usize = COLOURS - 1;

/// Names: all kinds, and behind them all colours.
pub const NAMES: usize = BACKGROUND + NO_COLOUR;

/// Two maps that name what is where.
#[derive(Clone, Debug)]
pub struct Naming<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    kind: Convolution2d<CHANNELS, KINDS, 1, E, D>,
    colour: Convolution2d<CHANNELS, COLOURS, 1, E, D>,
}

collection!(Naming { kind, colour });

impl Naming {
    /// Fresh weights from a seed.
    pub fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let seed = |layer: u64| seed.wrapping_mul(16).wrapping_add(layer);
        Self { kind: pointwise(device, seed(6)), colour: pointwise(device, seed(7)) }
    }

    /// The logits of kinds and colours at every location of every picture, from what an image stream makes of them:
    /// (pictures · locations, [`KINDS`]) and (pictures · locations, [`COLOURS`]).
    pub fn logits<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        map: Map<T>,
    ) -> (Rows<KINDS, T>, Rows<COLOURS, T>) {
        let (pictures, locations, _) = *map.shape();
        let rows = pictures * locations;
        let kind = self.kind.forward(map.with_empty_tape(), grid()).0;
        let colour = self.colour.forward(map, grid()).0;
        (kind.reshape_like(&(rows, Const)), colour.reshape_like(&(rows, Const)))
    }

    // ANCHOR: names
    /// The names of every location: pictures × locations × [`CHANNELS`] numbers, of which the last are zero.
    pub fn names(&self, map: Map) -> Vec<f32> {
        let (kind, colour) = self.logits(map);
        let (kind, colour) = (kind.softmax::<Axis<1>>().as_vec(), colour.softmax::<Axis<1>>().as_vec());
        let mut names = Vec::with_capacity(kind.len() / KINDS * CHANNELS);
        for (kind, colour) in kind.chunks_exact(KINDS).zip(colour.chunks_exact(COLOURS)) {
            let shape: f32 = Kind::shapes().map(|shape| kind[shape.index()]).sum();
            names.extend_from_slice(&kind[..BACKGROUND]);
            names.extend(colour[..NO_COLOUR].iter().map(|colour| shape * colour));
            names.extend([0.0; CHANNELS - NAMES]);
        }
        names
    }
    // ANCHOR_END: names
}

/// The number of the name that an answer is, if it is one: a kind or a colour.
pub fn name_of(answer: Answer) -> Option<usize> {
    match answer {
        Answer::Kind(kind) => Some(kind.index()),
        Answer::Colour(colour) => Some(BACKGROUND + colour as usize),
        Answer::Truth(_) | Answer::Number(_) => None,
    }
}

/// Makes a map of [names](Naming::names) one without colours.
pub fn without_colours(names: &mut [f32]) {
    names.chunks_exact_mut(CHANNELS).for_each(|location| location[BACKGROUND..NAMES].fill(0.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GRID;
    use emoji_world::Colour;

    #[test]
    fn every_name_has_its_number() {
        assert_eq!(Kind::all().len(), BACKGROUND);
        assert_eq!(Colour::ALL.len(), NO_COLOUR);
        let mut numbers: Vec<usize> = Answer::all().into_iter().filter_map(name_of).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..NAMES).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_probabilities_and_only_shapes_have_colours() {
        let device = lab::device(1);
        let naming = Naming::fresh(&device, 1);
        let map: Map = device.sample_normal_like(&(2, GRID * GRID, Const));
        let mut names = naming.names(map);
        assert_eq!(names.len(), 2 * GRID * GRID * CHANNELS);
        for location in names.chunks_exact(CHANNELS) {
            let kinds: f32 = location[..BACKGROUND].iter().sum();
            let colours: f32 = location[BACKGROUND..NAMES].iter().sum();
            let shapes: f32 = Kind::shapes().map(|shape| location[shape.index()]).sum();
            assert!(location.iter().all(|p| *p >= 0.0) && kinds < 1.0, "{kinds}");
            assert!(0.0 < colours && colours < shapes, "{colours} of {shapes}");
            assert!(location[NAMES..].iter().all(|rest| *rest == 0.0));
        }
        let kinds = |names: &[f32]| {
            names.chunks_exact(CHANNELS).flat_map(|l| l[..BACKGROUND].to_vec()).collect::<Vec<_>>()
        };
        let before = kinds(&names);
        without_colours(&mut names);
        assert_eq!(before, kinds(&names));
        assert!(
            names.chunks_exact(CHANNELS).all(|location| location[BACKGROUND..].iter().all(|p| *p == 0.0))
        );
    }
}
