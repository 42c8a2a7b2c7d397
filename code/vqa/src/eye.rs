//! Learning to see before being asked.
//!
//! Xu et al. (2015, arXiv:1502.03044) take an encoder that has learned from a million labelled photographs. Here the
//! image stream first learns to name single things: on small pictures of one thing each, what it is, in which
//! colour, and on which background. No picture has a shape in a colour that is held out.

use crate::image_stream::{ImageStream, input};
use crate::train::{Settings, rate};
use crate::{CHANNELS, Error, SIDE};
use dfdx::nn::modules::Linear;
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::split::{Part, SceneSplit};
use emoji_world::{Colour, Scene, SceneConfig, rng, scene};
use lab::Device as AnyDevice;
use layers::{Mode, global_average_pool, try_cross_entropy};
use num_traits::Float;
use rand::RngExt;
use rand_distr::uniform::SampleUniform;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// The side of the small pictures, in pixels.
pub const SMALL: usize = SIDE / 2;

/// What a thing can be.
pub const KINDS: usize = 46;

/// The colours of shapes, and none for things.
pub const COLOURS: usize = 10;

/// What it can lie on.
pub const BACKGROUNDS: usize = 6;

/// Pictures a batch.
const BATCH: usize = 32;

/// Adam's largest learning rate.
const LEARNING_RATE: f64 = 4e-3;

/// Keeps the random numbers of single things apart from those of questions.
const EYE: u64 = 0x65_7965;

/// The image stream, and three linear maps that name what is on a small picture.
#[derive(Clone, Debug)]
pub struct Eye<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Picture to map.
    pub image: ImageStream<E, D>,
    kind: Linear<CHANNELS, KINDS, E, D>,
    colour: Linear<CHANNELS, COLOURS, E, D>,
    background: Linear<CHANNELS, BACKGROUNDS, E, D>,
}

/// Logits of kinds, colours and backgrounds.
type Named<T> = (
    Tensor<(usize, Const<KINDS>), f32, AnyDevice, T>,
    Tensor<(usize, Const<COLOURS>), f32, AnyDevice, T>,
    Tensor<(usize, Const<BACKGROUNDS>), f32, AnyDevice, T>,
);

/// What is to be said of pictures of one thing each: kinds, colours, backgrounds.
fn labels(scenes: &[Scene]) -> [Vec<usize>; 3] {
    let things = || scenes.iter().flat_map(|scene| scene.objects.first());
    [
        things().map(|object| object.kind.index()).collect(),
        things().map(|object| object.colour.map_or(Colour::ALL.len(), |colour| colour as usize)).collect(),
        scenes.iter().map(|scene| scene.backdrop as usize).collect(),
    ]
}

/// Pictures of one thing each of a part of the split: they follow from the seed and their place.
fn singles(
    split: &SceneSplit,
    part: Part,
    seed: u64,
    places: std::ops::Range<u64>,
) -> Result<Vec<Scene>, Error> {
    let config = SceneConfig { side: SMALL, objects: (1, 1), ..SceneConfig::default() };
    let single = |place: u64| Ok(split.sample(&config, part, rng(seed ^ EYE, place).random())?);
    places.into_par_iter().map(single).collect()
}

impl Eye {
    /// Fresh weights from a seed.
    pub fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let mut kind: Linear<CHANNELS, KINDS, f32, AnyDevice> = BuildModule::build(&device);
        let mut colour: Linear<CHANNELS, COLOURS, f32, AnyDevice> = BuildModule::build(&device);
        let mut background: Linear<CHANNELS, BACKGROUNDS, f32, AnyDevice> = BuildModule::build(&device);
        kind.reset_params();
        colour.reset_params();
        background.reset_params();
        Self { image: ImageStream::new(&device, seed), kind, colour, background }
    }

    /// The logits of kinds, colours and backgrounds of pictures of [`SMALL`] × [`SMALL`] pixels; the tape comes with
    /// the last.
    fn name<T: Tape<f32, AnyDevice> + Merge<T>>(&mut self, scenes: &[Scene], mode: Mode) -> Named<T> {
        let pixels = input(&self.image.device(), &scene::render_all(scenes), SMALL).put_tape(T::default());
        let mean = global_average_pool(self.image.forward(pixels, SMALL, mode));
        let kind = self.kind.forward(mean.with_empty_tape());
        let colour = self.colour.forward(mean.with_empty_tape());
        (kind, colour, self.background.forward(mean))
    }

    /// How often kind, colour and background of `count` pictures of a part are named rightly: three shares.
    ///
    /// # Errors
    ///
    /// If the split leaves hardly a picture for this part.
    pub fn accuracy(&mut self, split: &SceneSplit, part: Part, count: u64) -> Result<[f64; 3], Error> {
        let scenes = singles(split, part, 0, 0..count)?;
        let (kind, colour, background) = self.name::<NoneTape>(&scenes, Mode::Use);
        let found = [kind.as_vec(), colour.as_vec(), background.as_vec()];
        let labels = labels(&scenes);
        Ok(std::array::from_fn(|i| {
            let rows = found[i].chunks_exact(found[i].len() / scenes.len()).zip(&labels[i]);
            let right = rows.filter(|(row, label)| {
                (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])) == Some(**label)
            });
            right.count() as f64 / scenes.len() as f64
        }))
    }
}

/// Trains an eye on an endless stream of pictures of one thing each; `watch` gets the loss of every step.
///
/// # Errors
///
/// If the loss is not a number any more.
pub fn train(split: &SceneSplit, settings: &Settings, mut watch: impl FnMut(f32)) -> Result<Eye, Error> {
    let mut eye = Eye::fresh(settings.seed);
    let mut adam = Adam::new(&eye, AdamConfig::default());
    let weights = [1.0; BATCH];
    for step in 0..settings.eye_steps {
        let at = (step * BATCH) as u64;
        let scenes = singles(split, Part::Training, settings.seed, at..at + BATCH as u64)?;
        let [kinds, colours, backgrounds] = labels(&scenes);
        let (kind, colour, background) = eye.name::<OwnedTape<f32, AnyDevice>>(&scenes, Mode::Training);
        let loss = try_cross_entropy(kind, &kinds, &weights)?
            + try_cross_entropy(colour, &colours, &weights)?
            + try_cross_entropy(background, &backgrounds, &weights)?;
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

impl<E, D> TensorCollection<E, D> for Eye<E, D>
where
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Eye<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("image", |s| &s.image, |s| &mut s.image),
                Self::module("kind", |s| &s.kind, |s| &mut s.kind),
                Self::module("colour", |s| &s.colour, |s| &mut s.colour),
                Self::module("background", |s| &s.background, |s| &mut s.background),
            ),
            |(image, kind, colour, background)| Eye { image, kind, colour, background },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions;
    use emoji_world::{Backdrop, Kind};

    #[test]
    fn every_label_has_its_number() {
        assert_eq!(Kind::all().len(), KINDS);
        assert_eq!(Colour::ALL.len() + 1, COLOURS);
        assert_eq!(Backdrop::ALL.len(), BACKGROUNDS);
    }

    #[test]
    fn an_eye_learns_from_what_is_not_held_out() {
        let split = questions::split();
        for scene in singles(&split, Part::Training, 1, 0..500).unwrap() {
            let object = &scene.objects[0];
            assert!(!object.colour.is_some_and(|colour| split.is_held_out_colour(colour, object.kind)));
        }
        let mut losses = Vec::new();
        let settings = Settings { eye_steps: 40, ..Settings::default() };
        let mut eye = train(&split, &settings, |loss| losses.push(loss)).unwrap();
        assert!(losses[39] < 0.8 * losses[0], "{losses:?}");
        let [_, colour, background] = eye.accuracy(&split, Part::Test, 200).unwrap();
        assert!(background > 0.5 && colour > 0.5, "{colour} {background}");
    }
}
