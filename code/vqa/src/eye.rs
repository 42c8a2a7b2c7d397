//! Learning to see before being asked.
//!
//! Networks that answer questions about photographs look at them through a detector that has learned from a hundred
//! thousand photographs with boxes around their things (*bottom-up attention*, Anderson et al. 2018,
//! arXiv:1707.07998). Here the image stream first learns to *point*: on scenes of one to five things, at every
//! location of its map, which kind of thing has its middle there, if any, and in which colour (*Objects as points*,
//! Zhou, Wang and Krähenbühl 2019, arXiv:1904.07850). No scene of training has a combination that is held out.
//!
//! A heart is a heart, whatever its colour. So in two of three batches shapes are [painted](crate::paint) in any
//! colour, and their kinds are asked for; in the third, with the colours as they are, it is asked whether there is a
//! shape and in which colour, and not which shape: what no shape of training looks like must not tell.

use crate::image_stream::ImageStream;
pub use crate::naming::{BACKGROUND, COLOURS, KINDS};
use crate::naming::{NO_COLOUR, Naming};
use crate::paint::painted;
use crate::train::{Settings, rate};
use crate::{Error, GRID, Rows, SIDE};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::scene::Object;
use emoji_world::split::{Part, SceneSplit};
use emoji_world::{Colour, Kind, Picture, Scene, SceneConfig, rng, scene};
use lab::AnyDevice;
use layers::{Mode, centred, collection, try_cross_entropy};
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::{Rng, RngExt};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Pictures a batch.
pub const BATCH: usize = 32;

/// Adam's largest learning rate.
const LEARNING_RATE: f64 = 4e-3;

/// What a location with nothing counts beside one with something: there are many of them.
const EMPTY: f32 = 0.2;

/// Keeps the random numbers of scenes to look at apart from those of questions.
const EYE: u64 = 0x65_7965;

/// Keeps the random numbers of painting apart from those of scenes.
const PAINT: u64 = 0x0070_6169_6e74;

/// Keeps the random numbers of guessed shapes apart from both.
const GUESS: u64 = 0x0067_7565_7373;

/// Every so many batches have their own colours; the others are painted.
const PLAIN: usize = 3;

/// The image stream, and what names its locations.
#[derive(Clone, Debug)]
pub struct Eye<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Picture to map.
    pub image: ImageStream<E, D>,
    /// Map to names.
    pub naming: Naming<E, D>,
}

collection!(Eye { image, naming });

// ANCHOR: labels
/// The location of an object's middle.
fn location(object: &Object, side: usize) -> usize {
    let (x, y) = object.centre();
    let cell = |along: f32| ((along * GRID as f32 / side as f32) as usize).min(GRID - 1);
    cell(y) * GRID + cell(x)
}

/// What has its middle where: for every location of every scene a kind or [`BACKGROUND`], and a colour.
pub fn labels(scenes: &[Scene]) -> [Vec<usize>; 2] {
    let locations = scenes.len() * GRID * GRID;
    let (mut kinds, mut colours) = (vec![BACKGROUND; locations], vec![NO_COLOUR; locations]);
    for (i, scene) in scenes.iter().enumerate() {
        for object in &scene.objects {
            let location = i * GRID * GRID + location(object, scene.side);
            kinds[location] = object.kind.index();
            colours[location] = object.colour.map_or(NO_COLOUR, |colour| colour as usize);
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
    let config = SceneConfig { objects: (1, 5), repeats: 0.2, ..SceneConfig::on(SIDE) };
    let one = |place: u64| Ok(split.sample(&config, part, rng(seed ^ EYE, place).random())?);
    places.into_par_iter().map(one).collect()
}

/// What shapes are called, and how often.
pub type Called = BTreeMap<(Colour, Kind), BTreeMap<String, usize>>;

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
        Self { image: ImageStream::new(&device, seed), naming: Naming::fresh(&device, seed) }
    }

    /// The logits of kinds and colours of every location of every picture.
    fn name<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        pixels: &[f32],
        mode: Mode,
    ) -> (Rows<KINDS, T>, Rows<COLOURS, T>) {
        let map = centred(&self.image.device(), pixels, SIDE).put_tape(T::default());
        self.naming.logits(self.image.forward(map, SIDE, mode))
    }

    /// The names of every location of pictures of [`SIDE`] pixels: pictures × locations × [`CHANNELS`](crate::CHANNELS)
    /// numbers (see [`Naming::names`]).
    pub fn look(&mut self, pixels: &[f32]) -> Vec<f32> {
        let pictures = centred(&self.image.device(), pixels, SIDE);
        self.naming.names(self.image.forward(pictures, SIDE, Mode::Inference))
    }

    /// Where the eye sees the middle of something in a picture, and what: locations and names.
    pub fn names(&mut self, picture: &Picture) -> Vec<(usize, String)> {
        let (kind, colour) = self.name::<NoneTape>(&picture.pixels, Mode::Inference);
        let (kind, colour) = (kind.as_vec(), colour.as_vec());
        let rows = kind.chunks_exact(KINDS).zip(colour.chunks_exact(COLOURS)).enumerate();
        let named = rows.filter_map(|(location, (kind, colour))| {
            let kind = Kind::all().nth(lab::largest(kind))?;
            let colour = Colour::ALL.get(lab::largest(colour)).filter(|_| kind.is_shape());
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
    pub fn names_of_new_colours(&mut self, split: &SceneSplit, count: u64) -> Result<Called, Error> {
        let mut all = Called::new();
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
            let (kind, colour) = self.name::<NoneTape>(&scene::render_all(scenes), Mode::Inference);
            let (kind, colour) = (kind.as_vec(), colour.as_vec());
            let [kinds, colours] = labels(scenes);
            // Of a scene with a new combination only that counts, and not what lies beside it.
            let counts = |kind: usize, colour: usize| match (Kind::all().nth(kind), Colour::ALL.get(colour)) {
                _ if part != Part::HeldOutColour => true,
                (Some(kind), Some(colour)) => split.is_held_out_colour(*colour, kind),
                _ => false,
            };
            for (i, (of, in_)) in kinds.iter().zip(&colours).enumerate() {
                let kind = lab::largest(&kind[i * KINDS..][..KINDS]) == *of;
                if *of == BACKGROUND {
                    tell(3, kind);
                    continue;
                }
                if !counts(*of, *in_) {
                    continue;
                }
                tell(0, kind);
                if *in_ < Colour::ALL.len() {
                    tell(1, kind);
                    tell(2, lab::largest(&colour[i * COLOURS..][..COLOURS]) == *in_);
                }
            }
        }
        let [kind, shape, colour, empty] = shares.map(|(right, all)| right as f64 / f64::from(all.max(1)));
        Ok(Pointing { kind, shape, colour, empty })
    }
}

/// The optimizer of an eye: Adam (Kingma and Ba 2015).
#[derive(Debug)]
pub struct Trainer {
    adam: Adam<Eye, f32, AnyDevice>,
}

impl Trainer {
    /// A fresh one.
    pub fn new(eye: &Eye) -> Self {
        Self { adam: Adam::new(eye, AdamConfig::default()) }
    }

    // ANCHOR: step
    /// One step on pictures, from the kind and the colour at every location; its loss.
    ///
    /// Pictures with their own colours come with a generator to `guess` shapes by; painted ones with none.
    ///
    /// # Errors
    ///
    /// If there is not one label for every location.
    pub fn step(
        &mut self,
        eye: &mut Eye,
        pixels: &[f32],
        [mut kinds, colours]: [Vec<usize>; 2],
        guess: Option<&mut impl Rng>,
        rate: f64,
    ) -> Result<f32, Error> {
        let (kind, colour) = eye.name::<OwnedTape<f32, AnyDevice>>(pixels, Mode::Training);
        let is_painted = guess.is_none();
        let something: Vec<f32> =
            kinds.iter().map(|kind| if *kind == BACKGROUND { 0.0 } else { 1.0 }).collect();
        let weights: Vec<f32> = something.iter().map(|there| there.max(EMPTY)).collect();
        if let Some(rng) = guess {
            guess_shapes(&mut kinds, &kind.as_vec(), rng);
        }
        let kind = try_cross_entropy(kind, &kinds, &weights)? * 2.0;
        let colour = try_cross_entropy(colour, &colours, &something)?;
        let loss = if is_painted { kind + colour * 0.0 } else { kind + colour };
        let value = loss.array();
        let gradients = loss.backward();
        self.adam.cfg.lr = rate;
        self.adam.update(eye, &gradients).map_err(lab::TrainingError::optimizer)?;
        Ok(value)
    }
    // ANCHOR_END: step
}

/// Trains an eye on an endless stream of scenes; `watch` gets the loss of every step.
///
/// # Errors
///
/// If the loss is not a number any more.
pub fn train(split: &SceneSplit, settings: &Settings, mut watch: impl FnMut(f32)) -> Result<Eye, Error> {
    let mut eye = Eye::fresh(settings.seed);
    let mut trainer = Trainer::new(&eye);
    for step in 0..settings.eye_steps {
        let at = (step * BATCH) as u64;
        let scenes = scenes(split, Part::Training, settings.seed, at..at + BATCH as u64)?;
        let mut guess = step.is_multiple_of(PLAIN).then(|| rng(settings.seed ^ GUESS, at));
        let pixels = match guess {
            Some(_) => scene::render_all(&scenes),
            None => painted(&scenes, settings.seed ^ PAINT, at),
        };
        let rate = rate(LEARNING_RATE, step, settings.eye_steps);
        let loss = trainer.step(&mut eye, &pixels, labels(&scenes), guess.as_mut(), rate)?;
        if !loss.is_finite() {
            return Err(Error::diverged(loss, step));
        }
        watch(loss);
    }
    Ok(eye)
}

// ANCHOR: guess
/// In place of each shape one that is drawn from the probabilities that the logits give the three shapes.
///
/// On average over the draws, the gradient of the cross entropy is that of $-\ln \sum_s p_s$, which asks for a shape
/// and not for which.
fn guess_shapes(kinds: &mut [usize], logits: &[f32], rng: &mut impl Rng) {
    let shapes: Vec<usize> = Kind::shapes().map(Kind::index).collect();
    for (kind, logits) in kinds.iter_mut().zip(logits.chunks_exact(KINDS)) {
        if shapes.contains(kind) {
            let most = shapes.iter().map(|shape| logits[*shape]).fold(f32::MIN, f32::max);
            let weights = shapes.iter().map(|shape| (logits[*shape] - most).exp());
            // Logits that are no numbers have no weights: the loss tells of them.
            if let Ok(drawn) = WeightedIndex::new(weights) {
                *kind = shapes[drawn.sample(rng)];
            }
        }
    }
}
// ANCHOR_END: guess

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions;

    #[test]
    fn every_thing_has_its_middle_at_one_location() {
        let split = questions::split();
        let scenes = scenes(&split, Part::Training, 1, 0..300).unwrap();
        let [kinds, colours] = labels(&scenes);
        for (i, scene) in scenes.iter().enumerate() {
            let here = i * GRID * GRID..(i + 1) * GRID * GRID;
            let mut found: Vec<usize> =
                kinds[here.clone()].iter().copied().filter(|kind| *kind != BACKGROUND).collect();
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
    fn shapes_are_guessed_and_things_are_not() {
        let shapes: Vec<usize> = Kind::shapes().map(Kind::index).collect();
        let thing = (0..BACKGROUND).find(|kind| !shapes.contains(kind)).unwrap();
        let mut logits = [0.0; KINDS];
        (logits[shapes[0]], logits[shapes[1]], logits[shapes[2]]) = (-100.0, 3f32.ln(), 0.0);
        let mut counts = [0; 3];
        let mut rng = rng(1, 0);
        for _ in 0..4000 {
            let mut kinds = [thing, BACKGROUND, shapes[0]];
            guess_shapes(&mut kinds, &logits.repeat(3), &mut rng);
            assert_eq!(kinds[..2], [thing, BACKGROUND]);
            counts[shapes.iter().position(|shape| *shape == kinds[2]).unwrap()] += 1;
        }
        assert_eq!(counts[0], 0);
        assert!((2850..3150).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn an_eye_learns() {
        let split = questions::split();
        let mut losses = Vec::new();
        let settings = Settings { eye_steps: 80, ..Settings::default() };
        let mut eye = train(&split, &settings, |loss| losses.push(loss)).unwrap();
        // Every third step has the pictures as they are.
        assert!(losses[78] < 0.7 * losses[0], "{losses:?}");
        let Pointing { empty, .. } = eye.pointing(&split, Part::Test, 100).unwrap();
        assert!(empty > 0.7, "{empty}");
    }
}
