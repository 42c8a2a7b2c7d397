//! Learning to see before being asked.
//!
//! Networks that answer questions about photographs look at them through a detector that has learned from a hundred
//! thousand photographs with boxes around their things (*bottom-up attention*, Anderson et al. 2018,
//! arXiv:1707.07998). Here the image stream first learns to *point*: on scenes of one to five things, at every
//! location of its map, which kind of thing has its middle there, if any, and in which colour (*Objects as points*,
//! Zhou, Wang and Krähenbühl 2019, arXiv:1904.07850). No scene of training has a combination that is held out.
//!
//! In every second batch the three channels of the pictures change places, and only the kinds are asked for: a heart
//! is a heart, whatever its colour.

use crate::collection::collection;
use crate::fresh::everywhere;
use crate::image_stream::{ImageStream, input};
use crate::network::{grid, largest};
use crate::train::{Settings, rate};
use crate::{CHANNELS, Error, GRID, Rows, SIDE};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::scene::Object;
use emoji_world::split::{Part, SceneSplit};
use emoji_world::{Colour, Kind, Picture, Scene, SceneConfig, rng, scene};
use lab::Device as AnyDevice;
use layers::{Convolution2d, Mode, try_cross_entropy};
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What can have its middle at a location: 46 kinds, or nothing.
pub const KINDS: usize = 47;

/// The number of nothing.
pub const NOTHING: usize = KINDS - 1;

/// The colours of shapes, and none for things.
pub const COLOURS: usize = 10;

/// Pictures a batch.
const BATCH: usize = 32;

/// Adam's largest learning rate.
const LEARNING_RATE: f64 = 4e-3;

/// What a location with nothing counts beside one with something: there are many of them.
const EMPTY: f32 = 0.2;

/// Keeps the random numbers of scenes to look at apart from those of questions.
const EYE: u64 = 0x65_7965;

/// The image stream, and two maps that name what is where.
#[derive(Clone, Debug)]
pub struct Eye<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Picture to map.
    pub image: ImageStream<E, D>,
    kind: Convolution2d<CHANNELS, KINDS, 1, E, D>,
    colour: Convolution2d<CHANNELS, COLOURS, 1, E, D>,
}

collection!(Eye { image, kind, colour });

// ANCHOR: labels
/// The location of an object's middle.
fn location(object: &Object, side: usize) -> usize {
    let (x, y) = object.centre();
    let cell = |along: f32| ((along * GRID as f32 / side as f32) as usize).min(GRID - 1);
    cell(y) * GRID + cell(x)
}

/// What has its middle where: for every location of every scene a kind or [`NOTHING`], and a colour.
fn labels(scenes: &[Scene]) -> [Vec<usize>; 2] {
    let locations = scenes.len() * GRID * GRID;
    let (mut kinds, mut colours) = (vec![NOTHING; locations], vec![COLOURS - 1; locations]);
    for (i, scene) in scenes.iter().enumerate() {
        for object in &scene.objects {
            let location = i * GRID * GRID + location(object, scene.side);
            kinds[location] = object.kind.index();
            colours[location] = object.colour.map_or(Colour::ALL.len(), |colour| colour as usize);
        }
    }
    [kinds, colours]
}
// ANCHOR_END: labels

/// Scenes of one to five things of a part of the split: they follow from the seed and their place.
fn scenes(
    split: &SceneSplit,
    part: Part,
    seed: u64,
    places: std::ops::Range<u64>,
) -> Result<Vec<Scene>, Error> {
    let config = SceneConfig { objects: (1, 5), repeats: 0.2, ..SceneConfig::default() };
    let one = |place: u64| Ok(split.sample(&config, part, rng(seed ^ EYE, place).random())?);
    places.into_par_iter().map(one).collect()
}

/// What shapes are called, and how often.
pub type Names = BTreeMap<(Colour, Kind), BTreeMap<String, usize>>;

/// How well an eye points: shares from 0 to 1. On scenes with new colours, things are the shapes in new colours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pointing {
    /// Of things: the kind is named rightly at their middle.
    pub kind: f64,
    /// Of shapes: the kind.
    pub shape: f64,
    /// Of shapes: the colour.
    pub colour: f64,
    /// Of locations without a middle: they are said to be empty.
    pub empty: f64,
}

impl Eye {
    /// Fresh weights from a seed.
    pub fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        Self {
            image: ImageStream::new(&device, seed),
            kind: everywhere(&device, seed.wrapping_mul(16).wrapping_add(6)),
            colour: everywhere(&device, seed.wrapping_mul(16).wrapping_add(7)),
        }
    }

    /// The logits of kinds and colours of every location of every picture.
    fn name<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        pixels: &[f32],
        mode: Mode,
    ) -> (Rows<KINDS, T>, Rows<COLOURS, T>) {
        let map = input(&self.image.device(), pixels, SIDE).put_tape(T::default());
        let map = self.image.forward(map, SIDE, mode);
        let rows = map.shape().0 * GRID * GRID;
        let kind = self.kind.forward(map.with_empty_tape(), grid()).0;
        let colour = self.colour.forward(map, grid()).0;
        (kind.reshape_like(&(rows, Const)), colour.reshape_like(&(rows, Const)))
    }

    /// Where the eye sees the middle of something in a picture, and what: locations and names.
    pub fn names(&mut self, picture: &Picture) -> Vec<(usize, String)> {
        let (kind, colour) = self.name::<NoneTape>(&picture.pixels, Mode::Use);
        let (kind, colour) = (kind.as_vec(), colour.as_vec());
        let rows = kind.chunks_exact(KINDS).zip(colour.chunks_exact(COLOURS)).enumerate();
        let named = rows.filter_map(|(location, (kind, colour))| {
            let kind = Kind::all().nth(largest(kind))?;
            let colour = Colour::ALL.get(largest(colour)).filter(|_| kind.is_shape());
            Some((location, colour.map_or(kind.to_string(), |colour| format!("{colour} {kind}"))))
        });
        named.collect()
    }

    /// What the eye calls the shapes in new colours of `count` scenes: for each combination the names, and how often it
    /// gave them. *nothing* is one of them.
    ///
    /// # Errors
    ///
    /// If the split leaves hardly a scene with new colours.
    pub fn names_of_new_colours(&mut self, split: &SceneSplit, count: u64) -> Result<Names, Error> {
        let mut all = Names::new();
        for scene in scenes(split, Part::HeldOutColour, 0, 0..count)? {
            let names = self.names(&scene.render());
            for object in &scene.objects {
                let Some(colour) =
                    object.colour.filter(|colour| split.is_held_out_colour(*colour, object.kind))
                else {
                    continue;
                };
                let here = location(object, scene.side);
                let name = names.iter().find(|(location, _)| *location == here);
                let name = name.map_or("nothing", |(_, name)| name).to_owned();
                *all.entry((colour, object.kind)).or_default().entry(name).or_default() += 1;
            }
        }
        Ok(all)
    }

    /// How well the eye points on `count` scenes of a part that it has not seen.
    ///
    /// # Errors
    ///
    /// If the split leaves hardly a scene for this part.
    pub fn pointing(&mut self, split: &SceneSplit, part: Part, count: u64) -> Result<Pointing, Error> {
        let mut shares = [(0, 0); 4];
        let mut tell = |share: usize, right: bool| {
            shares[share].0 += usize::from(right);
            shares[share].1 += 1;
        };
        for scenes in scenes(split, part, 0, 0..count)?.chunks(100) {
            let (kind, colour) = self.name::<NoneTape>(&scene::render_all(scenes), Mode::Use);
            let (kind, colour) = (kind.as_vec(), colour.as_vec());
            let [kinds, colours] = labels(scenes);
            // Of a scene with a new combination only that counts, and not what lies beside it.
            let counts = |kind: usize, colour: usize| match (Kind::all().nth(kind), Colour::ALL.get(colour)) {
                _ if part != Part::HeldOutColour => true,
                (Some(kind), Some(colour)) => split.is_held_out_colour(*colour, kind),
                _ => false,
            };
            for (i, (of, in_)) in kinds.iter().zip(&colours).enumerate() {
                let kind = largest(&kind[i * KINDS..][..KINDS]) == *of;
                if *of == NOTHING {
                    tell(3, kind);
                    continue;
                }
                if !counts(*of, *in_) {
                    continue;
                }
                tell(0, kind);
                if *in_ < Colour::ALL.len() {
                    tell(1, kind);
                    tell(2, largest(&colour[i * COLOURS..][..COLOURS]) == *in_);
                }
            }
        }
        let [kind, shape, colour, empty] = shares.map(|(right, all)| right as f64 / f64::from(all.max(1)));
        Ok(Pointing { kind, shape, colour, empty })
    }
}

/// Trains an eye on an endless stream of scenes; `watch` gets the loss of every step.
///
/// # Errors
///
/// If the loss is not a number any more.
pub fn train(split: &SceneSplit, settings: &Settings, mut watch: impl FnMut(f32)) -> Result<Eye, Error> {
    let mut eye = Eye::fresh(settings.seed);
    let mut adam = Adam::new(&eye, AdamConfig::default());
    for step in 0..settings.eye_steps {
        let at = (step * BATCH) as u64;
        let scenes = scenes(split, Part::Training, settings.seed, at..at + BATCH as u64)?;
        let mut pixels = scene::render_all(&scenes);
        // ANCHOR: step
        let [kinds, colours] = labels(&scenes);
        let something = kinds.iter().map(|kind| f32::from(u8::from(*kind != NOTHING)));
        let weights: Vec<f32> = something.clone().map(|there| there.max(EMPTY)).collect();
        let in_other_colours = step % 2 == 1;
        if in_other_colours {
            exchange_channels(&mut pixels, settings.seed, at);
        }
        let (kind, colour) = eye.name::<OwnedTape<f32, AnyDevice>>(&pixels, Mode::Training);
        let kind = try_cross_entropy(kind, &kinds, &weights)? * 2.0;
        let colour = try_cross_entropy(colour, &colours, &something.collect::<Vec<_>>())?;
        let loss = kind + colour * f32::from(u8::from(!in_other_colours));
        // ANCHOR_END: step
        let value = loss.array();
        if !value.is_finite() {
            return Err(Error::Diverged { loss: value, step });
        }
        let gradients = loss.backward();
        adam.cfg.lr = rate(LEARNING_RATE, step, settings.eye_steps);
        adam.update(&mut eye, &gradients).map_err(Error::optimizer)?;
        watch(value);
    }
    Ok(eye)
}

/// Lets red, green and blue of each picture change places.
fn exchange_channels(pixels: &mut [f32], seed: u64, at: u64) {
    for (place, picture) in (at..).zip(pixels.chunks_exact_mut(SIDE * SIDE * 3)) {
        let mut order = [0, 1, 2];
        order.shuffle(&mut rng(seed ^ !EYE, place));
        for pixel in picture.as_chunks_mut::<3>().0 {
            *pixel = order.map(|channel| pixel[channel]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions;

    #[test]
    fn every_label_has_its_number() {
        assert_eq!(Kind::all().len(), NOTHING);
        assert_eq!(Colour::ALL.len() + 1, COLOURS);
    }

    #[test]
    fn every_thing_has_its_middle_at_one_location() {
        let split = questions::split();
        let scenes = scenes(&split, Part::Training, 1, 0..300).unwrap();
        let [kinds, colours] = labels(&scenes);
        for (i, scene) in scenes.iter().enumerate() {
            let here = i * GRID * GRID..(i + 1) * GRID * GRID;
            let mut found: Vec<usize> =
                kinds[here.clone()].iter().copied().filter(|kind| *kind != NOTHING).collect();
            let mut wanted: Vec<usize> = scene.objects.iter().map(|object| object.kind.index()).collect();
            found.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(found, wanted);
            let coloured = scene.objects.iter().filter(|object| object.colour.is_some()).count();
            assert_eq!(colours[here].iter().filter(|colour| **colour < 9).count(), coloured);
            for object in &scene.objects {
                assert!(!object.colour.is_some_and(|colour| split.is_held_out_colour(colour, object.kind)));
            }
        }
    }

    #[test]
    fn channels_change_places_and_nothing_else() {
        let scenes = scenes(&questions::split(), Part::Training, 1, 0..4).unwrap();
        let before = scene::render_all(&scenes);
        let mut after = before.clone();
        exchange_channels(&mut after, 1, 0);
        assert_ne!(before, after);
        let sorted = |pixel: &[f32; 3]| {
            let mut pixel = *pixel;
            pixel.sort_by(f32::total_cmp);
            pixel
        };
        let pairs = before.as_chunks::<3>().0.iter().zip(after.as_chunks::<3>().0);
        assert!(pairs.into_iter().all(|(a, b)| sorted(a) == sorted(b)));
    }

    #[test]
    fn an_eye_learns() {
        let split = questions::split();
        let mut losses = Vec::new();
        let settings = Settings { eye_steps: 80, ..Settings::default() };
        let mut eye = train(&split, &settings, |loss| losses.push(loss)).unwrap();
        // Even steps: pictures as they are.
        assert!(losses[78] < 0.7 * losses[0], "{losses:?}");
        let Pointing { empty, .. } = eye.pointing(&split, Part::Test, 100).unwrap();
        assert!(empty > 0.7, "{empty}");
    }
}
