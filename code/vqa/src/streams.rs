//! Two streams that learn together: which of them learns first, and what that does to the other.
//!
//! Here the image stream has not learned to see before: both streams begin with nothing, and one loss teaches both
//! (Wang, Tran and Feiszli 2020, *What makes training multi-modal classification networks hard?*, arXiv:1905.12681;
//! Peng et al. 2022, *Balanced multimodal learning via on-the-fly gradient modulation*, arXiv:2203.15332).

use crate::batch::{Batch, Pictures};
use crate::complement::complement;
use crate::evaluate::{Accuracy, Shown, answers};
use crate::fused::Concatenation;
use crate::image_stream::ImageStream;
use crate::network::Network;
use crate::question_stream;
use crate::questions::{Drawn, examples};
use crate::train::{Settings, Trainer, rate};
use crate::{Error, Rows};
use dfdx::prelude::*;
use emoji_world::question::Example;
use emoji_world::split::SceneSplit;
use emoji_world::{Scene, rng, scene};
use lab::AnyDevice;
use layers::{Mode, try_cross_entropy};

/// How often gradients are measured, in steps.
pub const EVERY: usize = 20;

/// How often accuracy is measured, in parts of the whole.
const MEASUREMENTS: usize = 10;

/// What training is like at some step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// After every [`EVERY`] steps the length of the gradient of the image stream, beside that of its weights.
    pub image: Vec<f64>,
    /// The same for the question stream.
    pub question: Vec<f64>,
    /// The mean loss of these steps.
    pub losses: Vec<f64>,
    /// After every tenth of training, the share of right answers.
    pub own: Vec<f64>,
    /// The same with the picture of another question of the same type.
    pub swapped: Vec<f64>,
}

/// How fast the streams go, beside what compares them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The image stream.
    pub image: f64,
    /// The question stream.
    pub question: f64,
}

/// The squared lengths of a module's gradients and of its weights.
struct Lengths<'a> {
    gradients: &'a Gradients<f32, AnyDevice>,
    gradient: f64,
    weights: f64,
}

impl TensorVisitor<f32, AnyDevice> for Lengths<'_> {
    type Viewer = dfdx::nn::tensor_collection::ViewTensorRef;
    type Err = <AnyDevice as HasErr>::Err;
    type E2 = f32;
    type D2 = AnyDevice;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, AnyDevice>,
        tensor: &Tensor<S, f32, AnyDevice>,
    ) -> Result<Option<Tensor<S, f32, AnyDevice>>, Self::Err> {
        if options.do_gradient_update {
            let squares = |all: Vec<f32>| all.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
            self.gradient += squares(self.gradients.get(tensor).as_vec());
            self.weights += squares(tensor.as_vec());
        }
        Ok(None)
    }
}

/// How long the gradient of a module is, as a part of how long its weights are.
fn relative_length<M: TensorCollection<f32, AnyDevice>>(
    module: &M,
    gradients: &Gradients<f32, AnyDevice>,
) -> f64 {
    let mut lengths = Lengths { gradients, gradient: 0.0, weights: 0.0 };
    // Reading allocates nothing on the device and does not fail.
    let _ = M::iter_tensors(&mut dfdx::nn::tensor_collection::RecursiveWalker { m: module, f: &mut lengths });
    (lengths.gradient / lengths.weights.max(f64::MIN_POSITIVE)).sqrt()
}

/// New questions with their complements, each pair about one picture.
fn batch(split: &SceneSplit, settings: &Settings, step: usize) -> Result<Batch, Error> {
    let each = settings.batch.div_ceil(2) as u64;
    let at = step as u64 * each;
    let drawn = examples(split, Drawn::TRAINING, settings.seed, at..at + each)?;
    let scenes: Vec<Scene> = drawn.iter().map(|one| one.scene.clone()).collect();
    let mut rng = rng(settings.seed, at);
    let (mut asked, mut of) = (Vec::new(), Vec::new());
    for (picture, one) in drawn.into_iter().enumerate() {
        for one in [complement(&one, &mut rng), Some(one)].into_iter().flatten() {
            asked.push(one);
            of.push(picture);
        }
    }
    Ok(Batch::about(asked.iter(), Pictures::Pixels(scene::render_all(&scenes)), of))
}

/// Trains both streams together from nothing, with their vectors side by side, and tells how it went on `tests`.
///
/// # Errors
///
/// If the loss is not a number any more.
pub fn together(
    split: &SceneSplit,
    settings: &Settings,
    steps: usize,
    pace: Pace,
    tests: &[Example],
    mut watch: impl FnMut(),
) -> Result<Course, Error> {
    let device = lab::device(settings.seed);
    let mut network: Network<Concatenation> =
        Network::seeing(ImageStream::new(&device, settings.seed), question_stream::answers(), settings.seed);
    let mut trainer = Trainer::new(&network);
    let (mut course, mut sum) = (Course::default(), 0.0);
    for step in 0..steps {
        let batch = batch(split, settings, step)?;
        // ANCHOR: step
        let logits: Rows<{ crate::ANSWERS }, _> =
            network.forward::<OwnedTape<f32, AnyDevice>>(&batch, Mode::Training);
        let loss = try_cross_entropy(logits, &batch.answers, &vec![1.0; batch.count()])?;
        let value = loss.array();
        let gradients = loss.backward();
        let measured = (step + 1) % EVERY == 0;
        if measured {
            course.image.push(relative_length(&network.image, &gradients));
            course.question.push(relative_length(&network.question, &gradients));
        }
        let rate = rate(settings.learning_rate, step, steps);
        trainer.update(&mut network, &batch, &gradients, [rate * pace.image, rate * pace.question, rate])?;
        // ANCHOR_END: step
        if !value.is_finite() {
            return Err(Error::diverged(value, step));
        }
        sum += f64::from(value);
        if measured {
            course.losses.push(std::mem::take(&mut sum) / EVERY as f64);
        }
        if (step + 1) % steps.div_ceil(MEASUREMENTS) == 0 || step + 1 == steps {
            let mut accuracy = |shown| Accuracy::of(tests, &answers(&mut network, tests, shown)).overall;
            course.own.push(accuracy(Shown::Own));
            course.swapped.push(accuracy(Shown::Swapped));
        }
        watch();
    }
    Ok(course)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::split;

    #[test]
    fn the_length_of_a_gradient_is_that_beside_the_weights() {
        let device = lab::device(1);
        let mut linear = layers::fresh::linear::<2, 1, _>(&device);
        linear.weight.copy_from(&[3.0, 4.0]);
        linear.bias.copy_from(&[0.0]);
        let x = device.tensor_from_vec(vec![1.0, 2.0], (1, Const::<2>));
        let gradients = linear.forward(x.leaky_trace()).mean().backward();
        // Weights (3, 4, 0) of length 5; gradients (1, 2, 1) of length √6.
        assert!((relative_length(&linear, &gradients) - 6f64.sqrt() / 5.0).abs() < 1e-6);
    }

    #[test]
    fn a_course_tells_of_both_streams() {
        let settings = Settings { batch: 8, ..Settings::default() };
        let tests = examples(&split(), Drawn::TEST, 1, 0..20).unwrap();
        let pace = Pace { image: 1.0, question: 1.0 };
        let course = together(&split(), &settings, 20, pace, &tests, || ()).unwrap();
        assert_eq!((course.losses.len(), course.image.len(), course.own.len()), (1, 1, 10));
        assert!(course.image[0] > 0.0 && course.question[0] > 0.0);
    }

    #[test]
    fn a_stream_without_pace_stays_as_it_was() {
        let settings = Settings { batch: 8, ..Settings::default() };
        let batch = batch(&split(), &settings, 0).unwrap();
        let fresh = || -> Network<Concatenation> {
            Network::seeing(ImageStream::new(&lab::device(1), 1), question_stream::answers(), 1)
        };
        let (before, mut network) = (fresh().arrays(), fresh());
        let mut trainer = Trainer::new(&network);
        let logits: Rows<{ crate::ANSWERS }, _> =
            network.forward::<OwnedTape<f32, AnyDevice>>(&batch, Mode::Training);
        let loss = try_cross_entropy(logits, &batch.answers, &vec![1.0; batch.count()]).unwrap();
        trainer.update(&mut network, &batch, &loss.backward(), [0.0, 0.01, 0.01]).unwrap();
        let after = network.arrays();
        let moved =
            |part: &str| before.iter().any(|(name, array)| name.starts_with(part) && after[name] != *array);
        assert!(moved("question.") && moved("fusion.") && !moved("image.first.convolution"));
    }
}
