//! Every parameter of both players learns from its own loss, and what is detached learns nothing.

use dfdx::optim::{Adam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use gan::SIDE;
use gan::discriminator::Discriminator;
use gan::generator::Generator;
use gan::noise::noise;
use gan::players::Players;
use layers::Mode;
use program_test::silent;

fn both() -> (Generator, Discriminator, gan::sentence_encoder::Vectors) {
    let players = Players::fresh(1);
    let sentences = players.encoder.encode(["a red heart", "a tree", "a blue circle", "a dog"]).unwrap();
    (players.generator, players.discriminator, sentences)
}

#[test]
fn the_generators_loss_reaches_every_parameter_of_the_generator() {
    let (mut generator, discriminator, sentences) = both();
    let input = generator.input(&noise(4, 1, 0), &sentences);
    let painted = generator.forward(input.leaky_traced(), Mode::Training);
    assert_eq!((painted.shape().0, painted.shape().1), (4, SIDE * SIDE));
    let logits = discriminator.logits(discriminator.look(painted), &sentences);
    let gradients =
        binary_cross_entropy_with_logits_loss(logits, discriminator.last.bias.device().ones_like(&(4,)))
            .backward();
    // A bias before batch normalisation is taken off again with the mean: it cannot matter.
    let silent = silent(&generator, &gradients);
    assert!(
        silent.iter().all(|name| name.ends_with("convolution.bias") || name == "first.bias"),
        "{silent:?}"
    );
}

#[test]
fn the_discriminators_loss_reaches_all_of_it_and_nothing_of_the_generator() {
    let (mut generator, discriminator, sentences) = both();
    let input = generator.input(&noise(4, 1, 0), &sentences);
    let (painted, _tape) = generator.forward(input.leaky_traced(), Mode::Training).split_tape();
    let logits = discriminator.logits(discriminator.look(painted.leaky_traced()), &sentences);
    let gradients =
        binary_cross_entropy_with_logits_loss(logits, discriminator.last.bias.device().zeros_like(&(4,)))
            .backward();
    assert_eq!(silent(&discriminator, &gradients), Vec::<String>::new());
    // dfdx refuses to update what has no gradient.
    let mut adam = Adam::new(&generator, AdamConfig::default());
    let before = generator.last.weight.as_vec();
    assert!(adam.update(&mut generator, &gradients).is_err());
    assert_eq!(before, generator.last.weight.as_vec());
}
