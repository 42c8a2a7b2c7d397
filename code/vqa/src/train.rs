//! Training a network to answer.

use crate::batch::{Batch, Pictures};
use crate::eye::Eye;
use crate::image_stream::ImageStream;
use crate::network::{Fusion, Network};
use crate::prior::Prior;
use crate::question_stream::QuestionStream;
use crate::training_set::TrainingSet;
use crate::{Error, FULL_SIZE, Rows, SIDE};
use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::{Mode, try_cross_entropy};
use std::collections::BTreeMap;

/// Steps in which the learning rate rises to its full size.
const WARM_UP: usize = 50;

// ANCHOR: settings
/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Batches that the eye learns from.
    pub eye_steps: usize,
    /// Scenes with a question each that the networks learn from.
    pub scenes: usize,
    /// Batches that the best network learns from.
    pub steps: usize,
    /// Batches that each of the networks that are compared learns from.
    pub compared_steps: usize,
    /// Questions a batch.
    pub batch: usize,
    /// Whether questions come with their [complements](crate::complement).
    pub complements: bool,
    /// Adam's largest learning rate.
    pub learning_rate: f64,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            eye_steps: 3000,
            scenes: 50_000,
            steps: 4000,
            compared_steps: 1600,
            batch: 64,
            complements: true,
            learning_rate: 3e-3,
            seed: 1,
        }
    }
}
// ANCHOR_END: settings

impl Settings {
    // ANCHOR: full_size
    /// Settings for a card, beside the larger pictures: twice the scenes, in batches that
    /// keep it busy.
    ///
    /// Chosen by counting: the arithmetic is at most 16 times as much, and larger batches
    /// start fewer kernels for the same work. The maps take 2.5 GB of the computer's
    /// memory.
    pub fn full_size() -> Self {
        Self { scenes: 100_000, batch: 256, ..Self::default() }
    }
    // ANCHOR_END: full_size

    /// The settings by name, for records and checkpoints.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("eye steps", self.eye_steps.to_string()),
            ("scenes", self.scenes.to_string()),
            ("steps", self.steps.to_string()),
            ("compared steps", self.compared_steps.to_string()),
            ("batch", self.batch.to_string()),
            ("complements", self.complements.to_string()),
            ("learning rate", self.learning_rate.to_string()),
            ("seed", self.seed.to_string()),
        ];
        let side = FULL_SIZE.then(|| ("side", SIDE.to_string()));
        facts.into_iter().chain(side).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Batches that two streams learn from [together](crate::streams): their eye is slow.
    pub fn together_steps(&self) -> usize {
        (2 * self.compared_steps / 5).max(20)
    }

    /// These settings with so many steps for the best network, and the rest in proportion.
    pub fn with_steps(self, steps: usize) -> Self {
        let usual = Self::default();
        let part = |of: usize| (steps * of).div_ceil(usual.steps).max(1);
        Self {
            steps,
            eye_steps: part(usual.eye_steps),
            compared_steps: part(usual.compared_steps),
            // More steps go round more often: scenes take memory.
            scenes: part(usual.scenes).clamp(200, usual.scenes),
            ..self
        }
    }
}

/// The learning rate of a step: it rises for `WARM_UP` steps and falls along half a cosine.
pub fn rate(largest: f64, step: usize, steps: usize) -> f64 {
    lab::learning_rate(largest, step, steps, WARM_UP)
}

/// The optimizers of a network: Adam (Kingma and Ba 2015) for each of its parts.
#[derive(Debug)]
pub struct Trainer<F: Fusion, const W: usize> {
    image: Adam<ImageStream, f32, AnyDevice>,
    question: Adam<QuestionStream<W>, f32, AnyDevice>,
    fusion: Adam<F, f32, AnyDevice>,
}

impl<F: Fusion, const W: usize> Trainer<F, W> {
    /// Fresh optimizers.
    pub fn new<const A: usize>(network: &Network<F, W, A>) -> Self {
        let config = AdamConfig::default();
        Self {
            image: Adam::new(&network.image, config),
            question: Adam::new(&network.question, config),
            fusion: Adam::new(&network.fusion, config),
        }
    }

    // ANCHOR: step
    /// One step on a batch; its loss. The logits that the loss gets are the network's and `prior`, if there is one.
    ///
    /// # Errors
    ///
    /// If a parameter got no gradient.
    pub fn step<const A: usize>(
        &mut self,
        network: &mut Network<F, W, A>,
        batch: &Batch,
        prior: Option<Vec<f32>>,
        rate: f64,
    ) -> Result<f32, Error> {
        let mut logits: Rows<A, _> = network.forward::<OwnedTape<f32, AnyDevice>>(batch, Mode::Training);
        if let Some(prior) = prior {
            let shape = *logits.shape();
            logits = logits + network.image.device().tensor_from_vec(prior, shape);
        }
        let loss = try_cross_entropy(logits, &batch.answers, &vec![1.0; batch.count()])?;
        let value = loss.array();
        let gradients = loss.backward();
        self.update(network, batch, &gradients, [rate; 3])?;
        Ok(value)
    }
    // ANCHOR_END: step

    /// Moves what learns. The image stream learns where it has seen pixels, but not if it is that of an eye, which has
    /// learned before. The rates are those of the image stream, the question stream, and what compares them.
    pub(crate) fn update<const A: usize>(
        &mut self,
        network: &mut Network<F, W, A>,
        batch: &Batch,
        gradients: &Gradients<f32, AnyDevice>,
        rates: [f64; 3],
    ) -> Result<(), Error> {
        [self.image.cfg.lr, self.question.cfg.lr, self.fusion.cfg.lr] = rates;
        let sees = F::STREAMS.image && !network.has_eye();
        if sees && matches!(batch.pictures, Pictures::Pixels(_)) {
            self.image.update(&mut network.image, gradients).map_err(lab::TrainingError::optimizer)?;
        }
        // A network without a question stream still has the words, which its answers are.
        if F::STREAMS.question {
            self.question.update(&mut network.question, gradients).map_err(lab::TrainingError::optimizer)?;
        }
        self.fusion
            .update(&mut network.fusion, gradients)
            .map_err(lab::TrainingError::optimizer)
            .map_err(Error::from)
    }
}

/// Trains a network for some steps; `watch` gets the network and the loss of every step.
///
/// # Errors
///
/// If the loss is not a number any more, or `watch` gives an error.
pub fn train<F: Fusion>(
    set: &TrainingSet,
    eye: &Eye,
    settings: &Settings,
    steps: usize,
    mut prior: Option<&mut Prior>,
    mut watch: impl FnMut(&mut Network<F>, usize, f32) -> Result<(), Error>,
) -> Result<Network<F>, Error> {
    let mut network = Network::behind(eye.clone(), settings.seed);
    let mut trainer = Trainer::new(&network);
    for step in 0..steps {
        let batch = set.batch(step, settings.batch, settings.complements);
        let prior = prior.as_mut().map(|prior| prior.of(&batch));
        let loss = trainer.step(&mut network, &batch, prior, rate(settings.learning_rate, step, steps))?;
        if !loss.is_finite() {
            return Err(Error::diverged(loss, step));
        }
        watch(&mut network, step, loss)?;
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fused::Product;
    use crate::network::Answerer;
    use crate::questions::{Drawn, examples, split};
    use lab::parameters::Arrays;

    fn trained(steps: usize) -> (Network<Product>, Vec<f32>) {
        let settings = Settings { batch: 16, ..Settings::default() };
        let mut eye = Eye::fresh(1);
        let set = TrainingSet::draw(&split(), Drawn::TRAINING, &mut eye, 1, 120).unwrap();
        let mut losses = Vec::new();
        let network = train(&set, &eye, &settings, steps, None, |_, _, loss| {
            losses.push(loss);
            Ok(())
        });
        (network.unwrap(), losses)
    }

    #[test]
    fn answers_get_better_and_the_same_seed_gives_the_same_network() {
        let (network, losses) = trained(25);
        let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
        assert!(mean(&losses[20..]) < 0.97 * mean(&losses[..5]), "{losses:?}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        // A network on a device stays on its thread.
        let other = pool.install(|| trained(25).0.arrays());
        assert_eq!(network.arrays(), other);
    }

    #[test]
    fn a_network_can_be_kept_and_taken_up_again() {
        let (mut network, _) = trained(1);
        let mut other: Network<Product> = Network::behind(Eye::fresh(2), 2);
        let batch = Batch::of(&examples(&split(), Drawn::TEST, 1, 0..8).unwrap());
        let wanted = network.probabilities(&batch);
        assert!(wanted.chunks_exact(crate::ANSWERS).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        assert_ne!(wanted, other.probabilities(&batch));
        let arrays = network.arrays();
        other.set(&arrays).unwrap();
        assert_eq!(wanted, other.probabilities(&batch));
        let broken: Arrays = arrays.into_iter().filter(|(name, _)| name != "fusion.answer.bias").collect();
        let error = other.set(&broken).unwrap_err().to_string();
        assert!(error.contains("fusion.answer.bias") && error.contains("--fresh"), "{error}");
    }

    #[test]
    fn networks_have_about_as_many_parameters() {
        fn parameters<F: Fusion>() -> f64 {
            let network: Network<F> = Network::behind(Eye::fresh(1), 1);
            network.parameters() as f64
        }
        let film = parameters::<crate::film::Film>();
        for (name, other) in [
            ("question only", parameters::<crate::fused::QuestionOnly>()),
            ("picture only", parameters::<crate::fused::PictureOnly>()),
            ("concatenation", parameters::<crate::fused::Concatenation>()),
            ("product", parameters::<Product>()),
            ("stacked attention", parameters::<crate::stacked_attention::StackedAttention>()),
            ("glimpses", parameters::<crate::glimpses::Glimpses>()),
        ] {
            assert!((0.9..=1.1).contains(&(other / film)), "{name}: {other} and {film}");
        }
    }
}
