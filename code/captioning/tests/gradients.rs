//! Every parameter of both models gets a gradient, and the gradients are those of finite differences.

use captioning::batch::Batch;
use captioning::captioner::{Captioner, Loss};
use captioning::encoder::Encoder;
use captioning::image_to_sentence::ImageToSentence;
use captioning::network::Network;
use captioning::show_attend_tell::ShowAttendTell;
use captioning::train::{Settings, batch_of};
use captioning::vocabulary::Vocabulary;
use captioning::{SIDE, WORDS, captions};
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::{Mode, centred};

fn batch() -> Batch {
    let settings = Settings { batch: 3, sentences: 2, seed: 9, ..Settings::default() };
    let examples = captions::examples(&captions::split(), 3, &settings, 0).unwrap();
    batch_of(&examples, &Vocabulary::of_scenes(), false)
}

/// Moves along a fixed direction, parameter by parameter, and adds up gradient times direction.
struct Walker<'a> {
    gradients: &'a Gradients<f32, AnyDevice>,
    /// Only parameters whose names begin so.
    only: &'a str,
    step: f32,
    slope: f64,
    names: Vec<(String, f64)>,
}

impl TensorVisitor<f32, AnyDevice> for Walker<'_> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = <AnyDevice as HasErr>::Err;
    type E2 = f32;
    type D2 = AnyDevice;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, AnyDevice>,
        (tensor, name): (&mut Tensor<S, f32, AnyDevice>, String),
    ) -> Result<Option<Tensor<S, f32, AnyDevice>>, Self::Err> {
        if !options.do_gradient_update || !name.starts_with(self.only) {
            return Ok(None);
        }
        let gradient = self.gradients.get(tensor).as_vec();
        let size: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        self.names.push((name, size));
        // The gradient's own direction: along it the loss changes most.
        let mut numbers = vec![0.0; tensor.shape().num_elements()];
        tensor.copy_into(&mut numbers);
        for (number, g) in numbers.iter_mut().zip(&gradient) {
            *number += self.step * g;
            self.slope += f64::from(*g).powi(2);
        }
        tensor.copy_from(&numbers);
        Ok(None)
    }
}

fn walk<M: Captioner>(
    network: &mut Network<M>,
    gradients: &Gradients<f32, AnyDevice>,
    only: &str,
    step: f32,
) -> (f64, Vec<(String, f64)>) {
    let mut walker = Walker { gradients, only, step, slope: 0.0, names: vec![] };
    let Network { encoder, decoder } = network;
    let walk = &mut RecursiveWalker { m: (encoder, "encoder.".to_owned()), f: &mut walker };
    Encoder::<f32, AnyDevice>::iter_tensors(walk).unwrap();
    M::iter_tensors(&mut RecursiveWalker { m: (decoder, String::new()), f: &mut walker }).unwrap();
    (walker.slope, walker.names)
}

fn learned<M: Captioner>(network: &mut Network<M>, batch: &Batch, penalty: f32) -> Loss {
    let Network { encoder, decoder } = network;
    let device = encoder.first.norm.scale.device().clone();
    let map = encoder.annotate(centred(&device, &batch.pixels, SIDE).leaky_traced(), Mode::Training);
    decoder.learn(map, batch, penalty).unwrap().loss
}

fn check<M: Captioner>(penalty: f32, parts: &[&str]) {
    let batch = batch();
    let model = Network::<M>::fresh(3);
    let loss_of = |model: &Network<M>| f64::from(learned(&mut model.clone(), &batch, penalty).array());
    let gradients = learned(&mut model.clone(), &batch, penalty).backward();
    let (_, names) = walk(&mut model.clone(), &gradients, "", 0.0);
    for (name, size) in &names {
        println!("{name} {size:.3e}");
    }
    for (name, size) in names {
        // What comes before batch normalisation cannot shift it.
        let shifts_nothing = name.ends_with("convolution.bias");
        assert!(shifts_nothing || size > 1e-7, "{name} has the gradient {size}");
    }
    for part in parts {
        let (slope, _) = walk(&mut model.clone(), &gradients, part, 0.0);
        let step = 2e-3 / slope.sqrt();
        let (mut up, mut down) = (model.clone(), model.clone());
        walk(&mut up, &gradients, part, step as f32);
        walk(&mut down, &gradients, part, -step as f32);
        let found = (loss_of(&up) - loss_of(&down)) / (2.0 * step);
        println!("{part} {found} {slope}");
        assert!(
            (found - slope).abs() < 0.03 * slope + 1e-4,
            "{part}: {found} by differences, {slope} by backward"
        );
    }
}

#[test]
fn image_to_sentence() {
    check::<ImageToSentence<WORDS>>(
        0.0,
        &["speak", "lstm", "words", "project", "thin", "encoder.fourth", "encoder.first"],
    );
}

#[test]
fn show_attend_and_tell() {
    let parts = [
        "speak",
        "lstm",
        "words",
        "attention.v",
        "attention.key",
        "attention.query",
        "begin",
        "show",
        "encoder.fourth",
        "encoder.first",
    ];
    check::<ShowAttendTell<WORDS>>(0.0, &parts);
    check::<ShowAttendTell<WORDS>>(0.01, &parts);
}
