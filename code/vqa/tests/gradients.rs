//! Every parameter of every network learns from its loss, and the loss changes as the gradients say.

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut,
};
use dfdx::prelude::*;
use layers::{Mode, cross_entropy};
use program_test::silent;
use vqa::batch::{Batch, Pictures};
use vqa::eye::Eye;
use vqa::film::Film;
use vqa::fused::{Concatenation, PictureOnly, Product, QuestionOnly};
use vqa::glimpses::Glimpses;
use vqa::image_stream::ImageStream;
use vqa::network::{Fusion, Network};
use vqa::question_stream::answers;
use vqa::questions::{Drawn, examples, split};
use vqa::stacked_attention::StackedAttention;

/// Moves every parameter by a random −1 or +1, times `by`, and tells by how much the loss should change for 1.
struct Move<'a> {
    gradients: &'a Gradients<f32, lab::AnyDevice>,
    by: f32,
    state: u64,
    slope: f64,
}

impl Move<'_> {
    fn sign(&mut self) -> f32 {
        // A linear congruential generator (Knuth): the same signs for every walk that begins at the same state.
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if self.state >> 63 == 0 { 1.0 } else { -1.0 }
    }
}

impl TensorVisitor<f32, lab::AnyDevice> for Move<'_> {
    type Viewer = ViewTensorMut;
    type Err = <lab::AnyDevice as HasErr>::Err;
    type E2 = f32;
    type D2 = lab::AnyDevice;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, lab::AnyDevice>,
        tensor: &mut Tensor<S, f32, lab::AnyDevice>,
    ) -> Result<Option<Tensor<S, f32, lab::AnyDevice>>, Self::Err> {
        if options.do_gradient_update {
            let gradient = self.gradients.get(tensor).as_vec();
            let mut moved = tensor.as_vec();
            for (x, g) in moved.iter_mut().zip(&gradient) {
                let sign = self.sign();
                *x += self.by * sign;
                self.slope += f64::from(g * sign);
            }
            tensor.copy_from(&moved);
        }
        Ok(None)
    }
}

fn batch() -> Batch {
    Batch::of(&examples(&split(), Drawn::TRAINING, 1, 0..12).unwrap())
}

fn network<F: Fusion>() -> Network<F> {
    Network::seeing(ImageStream::new(&lab::device(1), 1), answers(), 1)
}

fn loss<F: Fusion>(network: &mut Network<F>, batch: &Batch) -> (f32, Gradients<f32, lab::AnyDevice>) {
    let logits = network.forward::<OwnedTape<f32, lab::AnyDevice>>(batch, Mode::Training);
    let loss = cross_entropy(logits, &batch.answers, &vec![1.0; batch.count()]);
    (loss.array(), loss.backward())
}

fn every_parameter_learns<F: Fusion>(mut network: Network<F>) {
    let (_, gradients) = loss(&mut network, &batch());
    // A bias before batch normalisation is taken off again with the mean: it cannot matter.
    let mut silent_ones = silent(&network.fusion, &gradients);
    silent_ones.retain(|name| !name.ends_with("convolution.bias"));
    // An eye that has learned does not learn from questions.
    if F::STREAMS.image && !network.has_eye() {
        silent_ones.extend(
            silent(&network.image, &gradients).into_iter().filter(|name| !name.ends_with("convolution.bias")),
        );
    }
    if F::STREAMS.question {
        silent_ones.extend(silent(&network.question, &gradients));
    }
    assert_eq!(silent_ones, Vec::<String>::new());
}

/// How far a module is moved in each direction. Over a long way products of products bend the loss, and over a short
/// one rounding tells: which is the best depends on the network. A wrong gradient agrees with none.
const STEPS: [f32; 4] = [2e-4, 5e-5, 2e-5, 1e-5];

/// The slope of the loss along a random direction of a part of a network, by its gradient, and by two losses for each
/// of the steps the one that is nearest to it.
fn slopes<F: Fusion, M: TensorCollection<f32, lab::AnyDevice>>(
    fresh: fn() -> Network<F>,
    part: impl Fn(&mut Network<F>) -> &mut M,
    direction: u64,
) -> (f64, f64) {
    let (mut network, batch) = (fresh(), batch());
    let (_, gradients) = loss(&mut network, &batch);
    let shifted = |by: f32| {
        let mut network = network.clone();
        let mut shift = Move { gradients: &gradients, by, state: direction, slope: 0.0 };
        M::iter_tensors(&mut RecursiveWalker { m: part(&mut network), f: &mut shift }).unwrap();
        (f64::from(loss(&mut network, &batch).0), shift.slope)
    };
    let (_, slope) = shifted(0.0);
    let measured = STEPS.map(|step| (shifted(step).0 - shifted(-step).0) / (2.0 * f64::from(step)));
    let away = |measured: &f64| (measured - slope).abs();
    let nearest = measured.into_iter().min_by(|a, b| away(a).total_cmp(&away(b)));
    (slope, nearest.unwrap_or(f64::NAN))
}

fn the_loss_changes_as_the_gradients_say<F: Fusion>(fresh: fn() -> Network<F>) {
    for direction in [1, 2, 3] {
        let mut all = vec![("fusion", slopes::<F, F>(fresh, |network| &mut network.fusion, direction))];
        if F::STREAMS.question {
            all.push(("question", slopes::<F, _>(fresh, |network| &mut network.question, direction)));
        }
        if F::STREAMS.image && !fresh().has_eye() {
            all.push(("image", slopes::<F, _>(fresh, |network| &mut network.image, direction)));
        }
        for (part, (slope, measured)) in all {
            let bound = 0.05 * slope.abs() + 0.3;
            assert!(
                (slope - measured).abs() < bound,
                "{}: {part}: {slope} by the gradient, {measured} measured",
                std::any::type_name::<F>()
            );
        }
    }
}

#[test]
fn every_parameter_of_every_network_learns() {
    every_parameter_learns(network::<QuestionOnly>());
    every_parameter_learns(network::<PictureOnly>());
    every_parameter_learns(network::<Concatenation>());
    every_parameter_learns(network::<Product>());
    every_parameter_learns(network::<StackedAttention>());
    every_parameter_learns(network::<Film>());
    every_parameter_learns(network::<Glimpses>());
    every_parameter_learns(Network::<Glimpses>::behind(Eye::fresh(1), 1));
    every_parameter_learns(Network::<StackedAttention>::behind(Eye::fresh(1), 1));
}

#[test]
fn the_loss_changes_as_the_gradients_of_every_part_say() {
    the_loss_changes_as_the_gradients_say(network::<QuestionOnly>);
    the_loss_changes_as_the_gradients_say(network::<PictureOnly>);
    the_loss_changes_as_the_gradients_say(network::<Concatenation>);
    the_loss_changes_as_the_gradients_say(network::<Product>);
    the_loss_changes_as_the_gradients_say(network::<StackedAttention>);
    the_loss_changes_as_the_gradients_say(network::<Film>);
    the_loss_changes_as_the_gradients_say(network::<Glimpses>);
    the_loss_changes_as_the_gradients_say(|| Network::<Glimpses>::behind(Eye::fresh(1), 1));
}

#[test]
fn a_network_without_a_stream_does_not_look_at_it() {
    let (mut blind, mut deaf) = (network::<QuestionOnly>(), network::<PictureOnly>());
    let batch = batch();
    let grey = Pictures::Pixels(vec![0.5; 12 * vqa::SIDE * vqa::SIDE * 3]);
    let other = Batch { pictures: grey, ..batch.clone() };
    let logits = |network: &mut Network<QuestionOnly>, batch| {
        network.forward::<NoneTape>(batch, Mode::Inference).as_vec()
    };
    assert_eq!(logits(&mut blind, &batch), logits(&mut blind, &other));
    let other = Batch { words: vec![1; batch.words.len()], ..batch.clone() };
    let logits = |network: &mut Network<PictureOnly>, batch| {
        network.forward::<NoneTape>(batch, Mode::Inference).as_vec()
    };
    assert_eq!(logits(&mut deaf, &batch), logits(&mut deaf, &other));
}
