//! Every parameter of every network learns from its loss, and the loss falls as the gradient says.

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
    ViewTensorRef,
};
use dfdx::prelude::*;
use layers::{Mode, cross_entropy};
use vqa::batch::{Batch, Pictures};
use vqa::film::Film;
use vqa::fused::{Concatenation, PictureOnly, Product, QuestionOnly};
use vqa::glimpses::Glimpses;
use vqa::image_stream::ImageStream;
use vqa::network::{Fusion, Network};
use vqa::questions::{Drawn, examples, split};
use vqa::stacked_attention::StackedAttention;

/// The names of parameters whose gradient is zero everywhere.
struct Silent<'a> {
    gradients: &'a Gradients<f32, lab::Device>,
    names: Vec<String>,
}

impl TensorVisitor<f32, lab::Device> for Silent<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = <lab::Device as HasErr>::Err;
    type E2 = f32;
    type D2 = lab::Device;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, lab::Device>,
        (tensor, name): (&Tensor<S, f32, lab::Device>, String),
    ) -> Result<Option<Tensor<S, f32, lab::Device>>, Self::Err> {
        if options.do_gradient_update && self.gradients.get(tensor).as_vec().iter().all(|x| *x == 0.0) {
            self.names.push(name);
        }
        Ok(None)
    }
}

fn silent<M: TensorCollection<f32, lab::Device>>(
    module: &M,
    gradients: &Gradients<f32, lab::Device>,
) -> Vec<String> {
    let mut visitor = Silent { gradients, names: vec![] };
    M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut visitor }).unwrap();
    visitor.names
}

/// Moves every parameter against its gradient, and tells by how much the loss should fall.
struct Descend<'a> {
    gradients: &'a Gradients<f32, lab::Device>,
    rate: f32,
    expected: f64,
}

impl TensorVisitor<f32, lab::Device> for Descend<'_> {
    type Viewer = ViewTensorMut;
    type Err = <lab::Device as HasErr>::Err;
    type E2 = f32;
    type D2 = lab::Device;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, lab::Device>,
        tensor: &mut Tensor<S, f32, lab::Device>,
    ) -> Result<Option<Tensor<S, f32, lab::Device>>, Self::Err> {
        if options.do_gradient_update {
            let gradient = self.gradients.get(tensor).as_vec();
            let moved: Vec<f32> =
                tensor.as_vec().iter().zip(&gradient).map(|(x, g)| x - self.rate * g).collect();
            self.expected += gradient.iter().map(|g| f64::from(g * g)).sum::<f64>() * f64::from(self.rate);
            tensor.copy_from(&moved);
        }
        Ok(None)
    }
}

fn batch() -> Batch {
    Batch::of(&examples(&split(), Drawn::TRAINING, 1, 0..12).unwrap())
}

fn network<F: Fusion>() -> Network<F> {
    Network::behind(ImageStream::new(&lab::device(1), 1), 1)
}

fn loss<F: Fusion>(network: &mut Network<F>, batch: &Batch) -> (f32, Gradients<f32, lab::Device>) {
    let logits = network.forward::<OwnedTape<f32, lab::Device>>(batch, Mode::Training);
    let loss = cross_entropy(logits, &batch.answers, &vec![1.0; batch.count()]);
    (loss.array(), loss.backward())
}

fn every_parameter_learns<F: Fusion>() {
    let mut network = network::<F>();
    let (_, gradients) = loss(&mut network, &batch());
    // A bias before batch normalisation is taken off again with the mean: it cannot matter.
    let mut silent_ones = silent(&network.fusion, &gradients);
    silent_ones.retain(|name| !name.ends_with("convolution.bias"));
    if F::STREAMS.image {
        silent_ones.extend(
            silent(&network.image, &gradients).into_iter().filter(|name| !name.ends_with("convolution.bias")),
        );
    }
    if F::STREAMS.question {
        silent_ones.extend(silent(&network.question, &gradients));
    }
    assert_eq!(silent_ones, Vec::<String>::new());
}

fn the_loss_falls_as_the_gradient_says<F: Fusion>() {
    let mut network = network::<F>();
    let batch = batch();
    let (before, gradients) = loss(&mut network, &batch);
    let mut descend = Descend { gradients: &gradients, rate: 1e-4, expected: 0.0 };
    F::iter_tensors(&mut RecursiveWalker { m: &mut network.fusion, f: &mut descend }).unwrap();
    let (after, _) = loss(&mut network, &batch);
    let ratio = f64::from(before - after) / descend.expected;
    assert!((0.9..1.1).contains(&ratio), "fell by {}, expected {}", before - after, descend.expected);
}

#[test]
fn every_parameter_of_every_network_learns() {
    every_parameter_learns::<QuestionOnly>();
    every_parameter_learns::<PictureOnly>();
    every_parameter_learns::<Concatenation>();
    every_parameter_learns::<Product>();
    every_parameter_learns::<StackedAttention>();
    every_parameter_learns::<Film>();
    every_parameter_learns::<Glimpses>();
}

#[test]
fn the_loss_falls_as_the_gradients_say() {
    the_loss_falls_as_the_gradient_says::<QuestionOnly>();
    the_loss_falls_as_the_gradient_says::<PictureOnly>();
    the_loss_falls_as_the_gradient_says::<Concatenation>();
    the_loss_falls_as_the_gradient_says::<Product>();
    the_loss_falls_as_the_gradient_says::<StackedAttention>();
    the_loss_falls_as_the_gradient_says::<Film>();
    the_loss_falls_as_the_gradient_says::<Glimpses>();
}

#[test]
fn a_network_without_a_stream_does_not_look_at_it() {
    let (mut blind, mut deaf) = (network::<QuestionOnly>(), network::<PictureOnly>());
    let batch = batch();
    let grey = Pictures::Pixels(vec![0.5; 12 * vqa::SIDE * vqa::SIDE * 3]);
    let other = Batch { pictures: grey, ..batch.clone() };
    let logits =
        |network: &mut Network<QuestionOnly>, batch| network.forward::<NoneTape>(batch, Mode::Use).as_vec();
    assert_eq!(logits(&mut blind, &batch), logits(&mut blind, &other));
    let other = Batch { words: vec![1; batch.words.len()], ..batch.clone() };
    let logits =
        |network: &mut Network<PictureOnly>, batch| network.forward::<NoneTape>(batch, Mode::Use).as_vec();
    assert_eq!(logits(&mut deaf, &batch), logits(&mut deaf, &other));
}
