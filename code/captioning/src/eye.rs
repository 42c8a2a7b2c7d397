//! Learning to see before learning to speak.
//!
//! Vinyals et al. (2015) and Xu et al. (2015) take an encoder that has learned from a million labelled
//! photographs of single things (ImageNet). So here: the encoder learns from small pictures of one thing each
//! to tell its kind, its colour and what it lies on, and both decoders begin with what it has learned. While
//! they learn to write, it learns along (*fine-tuning*).
//!
//! The small pictures, 28 × 28 pixels, cost a quarter of a scene. The mean over their map is classified: so
//! what the features of the locations say, a mean of them can say too, and a mean with weights is what
//! attention takes. No picture has a shape in a colour that is held out.

use crate::encoder::Encoder;
use crate::{Error, FEATURES, SIDE};
use dfdx::nn::modules::Linear;
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use emoji_world::split::{Part, SceneSplit};
use emoji_world::{Colour, Scene, SceneConfig, rng, scene};
use lab::AnyDevice;
use layers::{Grid, Mode, centred, collection, fresh, global_average_pool, try_cross_entropy};
use rand::RngExt;
use rayon::prelude::*;

/// The side of the small pictures, in pixels.
pub const SMALL: usize = SIDE / 2;

/// What a thing can be.
pub const KINDS: usize = 46;

/// The colours of shapes, and none for things.
pub const COLOURS: usize = 10;

/// What it can lie on.
pub const BACKGROUNDS: usize = 6;

// ANCHOR: eye
/// The encoder, and three linear maps that name what is on a small picture.
#[derive(Clone, Debug)]
pub struct Eye<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// Picture to map.
    pub encoder: Encoder<E, D>,
    /// Mean feature to kind.
    pub kind: Linear<FEATURES, KINDS, E, D>,
    /// Mean feature to colour.
    pub colour: Linear<FEATURES, COLOURS, E, D>,
    /// Mean feature to background.
    pub background: Linear<FEATURES, BACKGROUNDS, E, D>,
}
// ANCHOR_END: eye

/// What is to be said of some pictures: kinds, colours, backgrounds.
pub type Labels = [Vec<usize>; 3];

/// The numbers of what is on pictures of one thing each.
pub fn labels(scenes: &[Scene]) -> Labels {
    let things = || scenes.iter().flat_map(|scene| scene.objects.first());
    [
        things().map(|object| object.kind.index()).collect(),
        things().map(|object| object.colour.map_or(Colour::ALL.len(), |colour| colour as usize)).collect(),
        scenes.iter().map(|scene| scene.backdrop as usize).collect(),
    ]
}

/// What small pictures are like: one thing each, and `shapes` of them are coloured shapes.
pub fn small(shapes: f32) -> SceneConfig {
    SceneConfig { side: SMALL, objects: (1, 1), shapes, ..SceneConfig::on(SIDE) }
}

/// Pictures of one thing each of a part of the split: they follow from the seed and the step.
///
/// # Errors
///
/// If the split leaves hardly a picture for this part.
pub fn singles(
    split: &SceneSplit,
    config: &SceneConfig,
    part: Part,
    seed: u64,
    step: u64,
    count: usize,
) -> Result<Vec<Scene>, Error> {
    let places: Vec<u64> = (0..count as u64).map(|i| step * count as u64 + i).collect();
    let single = |place: u64| Ok(split.sample(config, part, rng(seed ^ EYE, place).random())?);
    places.into_par_iter().map(single).collect()
}

/// One picture in so many is shown without colour, and asked for its kind alone.
const GREY: usize = 4;

/// Keeps the random numbers of single things apart from those of scenes.
const EYE: u64 = 0x65_7965;

impl Eye {
    /// Fresh weights from a seed.
    pub fn fresh(seed: u64) -> Self {
        let device = lab::device(seed);
        let (kind, colour, background) = fresh::module(&device);
        Self { encoder: Encoder::new(&device, seed), kind, colour, background }
    }

    // ANCHOR: name
    /// The logits of kinds, colours and backgrounds of pictures of [`SMALL`] × [`SMALL`] pixels; the tape comes
    /// with the last.
    fn name<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        pixels: Tensor<(usize, usize, Const<3>), f32, AnyDevice, T>,
        mode: Mode,
    ) -> Named<T> {
        let (map, _) = self.encoder.forward(pixels, Grid::new(SMALL, SMALL), mode);
        let mean = global_average_pool(map);
        let kind = self.kind.forward(mean.with_empty_tape());
        let colour = self.colour.forward(mean.with_empty_tape());
        (kind, colour, self.background.forward(mean))
    }
    // ANCHOR_END: name

    /// How often kind, colour and background of some pictures are named rightly: three shares.
    pub fn accuracy(&mut self, scenes: &[Scene]) -> [f64; 3] {
        let device = self.kind.weight.device().clone();
        let pixels = centred(&device, &scene::render_all(scenes), SMALL);
        let (kind, colour, background) = self.name(pixels, Mode::Inference);
        let found = [kind.as_vec(), colour.as_vec(), background.as_vec()];
        let labels = labels(scenes);
        std::array::from_fn(|i| {
            let classes = found[i].len() / scenes.len().max(1);
            let rows = found[i].chunks_exact(classes.max(1)).zip(&labels[i]);
            let right = rows.filter(|(row, label)| lab::largest(row) == **label);
            right.count() as f64 / scenes.len().max(1) as f64
        })
    }
}

/// Logits of kinds, colours and backgrounds.
type Named<T> = (
    Tensor<(usize, Const<KINDS>), f32, AnyDevice, T>,
    Tensor<(usize, Const<COLOURS>), f32, AnyDevice, T>,
    Tensor<(usize, Const<BACKGROUNDS>), f32, AnyDevice, T>,
);

/// How the eye learns.
#[derive(Clone, Debug, PartialEq)]
pub struct EyeSettings {
    /// Batches.
    pub steps: usize,
    /// Pictures a batch.
    pub batch: usize,
    /// Adam's largest learning rate.
    pub learning_rate: f32,
}

impl Default for EyeSettings {
    fn default() -> Self {
        Self { steps: 2000, batch: 32, learning_rate: 4e-3 }
    }
}

// ANCHOR: train
/// Trains an eye on an endless stream of pictures of one thing each; `watch` gets the loss of every step.
///
/// # Errors
///
/// If the loss is not a number any more, or `watch` gives an error.
pub fn train(
    split: &SceneSplit,
    settings: &EyeSettings,
    seed: u64,
    mut watch: impl FnMut(f32) -> Result<(), Error>,
) -> Result<Eye, Error> {
    let mut eye = Eye::fresh(seed);
    let device = eye.kind.weight.device().clone();
    let mut adam = Adam::new(&eye, AdamConfig::default());
    let usual = small(SceneConfig::default().shapes);
    let grey = settings.batch / GREY;
    let weights = vec![1.0; settings.batch];
    let coloured: Vec<f32> = (0..settings.batch).map(|i| if i < grey { 0.0 } else { 1.0 }).collect();
    for step in 0..settings.steps {
        let scenes = singles(split, &usual, Part::Training, seed, step as u64, settings.batch)?;
        let [kinds, colours, backgrounds] = labels(&scenes);
        let mut pixels = scene::render_all(&scenes);
        // A part of them without colour, so that what a thing is can be told by its shape.
        for pixel in pixels[..grey * SMALL * SMALL * 3].as_chunks_mut::<3>().0 {
            *pixel = [pixel.iter().sum::<f32>() / 3.0; 3];
        }
        let pixels = centred(&device, &pixels, SMALL).leaky_traced();
        let (kind, colour, background) = eye.name(pixels, Mode::Training);
        let loss = try_cross_entropy(kind, &kinds, &weights)?
            + try_cross_entropy(colour, &colours, &coloured)?
            + try_cross_entropy(background, &backgrounds, &coloured)?;
        let value = loss.array();
        if !value.is_finite() {
            return Err(Error::diverged(value, step));
        }
        let gradients = loss.backward();
        adam.cfg.lr = f64::from(crate::train::rate(settings.learning_rate, step, settings.steps));
        adam.update(&mut eye, &gradients).map_err(lab::TrainingError::optimizer)?;
        watch(value)?;
    }
    Ok(eye)
}
// ANCHOR_END: train

collection!(Eye { encoder, kind, colour, background });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captions;
    use emoji_world::{Backdrop, Kind};

    #[test]
    fn every_label_has_its_number() {
        assert_eq!(Kind::all().len(), KINDS);
        assert_eq!(Colour::ALL.len() + 1, COLOURS);
        assert_eq!(Backdrop::ALL.len(), BACKGROUNDS);
    }

    #[test]
    fn pictures_of_training_show_nothing_that_is_held_out() {
        let split = captions::split();
        for scene in singles(&split, &small(0.5), Part::Training, 1, 0, 500).unwrap() {
            let object = &scene.objects[0];
            assert!(!object.colour.is_some_and(|colour| split.is_held_out_colour(colour, object.kind)));
        }
    }
}
