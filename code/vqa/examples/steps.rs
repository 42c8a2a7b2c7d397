//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p vqa --example vqa-steps`

use emoji_world::question::Example;
use vqa::evaluate::{self, Accuracy, Shown};
use vqa::eye;
use vqa::glimpses::Glimpses;
use vqa::network::Network;
use vqa::questions::{self, Drawn, Part};
use vqa::train::{self, Settings};
use vqa::training_set::TrainingSet;
use vqa::words::answer_number;
use vqa::{by_hand, chapter, figures, report};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: complements
    let pairs: Vec<(Example, Example)> = chapter::complements(1)?;
    println!("{}", report::complements(&pairs));
    // ANCHOR_END: complements

    // ANCHOR: by_hand
    println!("{}", by_hand::table());
    // ANCHOR_END: by_hand

    // ANCHOR: eye
    let split = questions::split();
    let settings = Settings { eye_steps: 400, scenes: 4000, ..Settings::default() };
    let mut eye = eye::train(&split, &settings, |_| ())?;
    println!("after 400 batches: {:.2?}", eye.pointing(&split, Part::Test, 400)?);
    let tests: Vec<Example> = questions::examples(&split, Drawn::TEST, 1, 0..400)?;
    let crowded = tests.iter().map(|one| one.scene.clone()).find(|scene| scene.objects.len() >= 4);
    let picture = crowded.ok_or("a scene of four things")?.render();
    figures::pointed(&picture, &eye.names(&picture))?.show();
    // ANCHOR_END: eye

    // ANCHOR: pieces
    let asked =
        ["how many mice are there?", "is the dog left of the cat?", "are there more owls than red hearts?"];
    println!("{}", report::pieces(&asked));
    // ANCHOR_END: pieces

    // ANCHOR: train
    let set = TrainingSet::draw(&split, Drawn::TRAINING, &mut eye, 1, settings.scenes)?;
    let mut network: Network<Glimpses> = train::train(&set, &eye, &settings, 800, None, |_, step, loss| {
        if (step + 1) % 200 == 0 {
            println!("step {}: loss {loss:.2}", step + 1);
        }
        Ok(())
    })?;
    // ANCHOR_END: train

    // ANCHOR: answers
    for shown in [Shown::Own, Shown::Swapped] {
        let answers = evaluate::answers(&mut network, &tests, shown);
        let found = Accuracy::of(&tests, &answers);
        println!("{shown:?}: {:.1} % right", 100.0 * found.overall);
    }
    // ANCHOR_END: answers

    // ANCHOR: looks
    let example = tests.iter().find(|one| one.question.text.contains("left of")).cloned();
    let example = example.ok_or("a question for left")?;
    let answer = example.question.answer;
    let said = evaluate::answers(&mut network, std::slice::from_ref(&example), Shown::Own)[0];
    let said = if said == answer_number(answer) {
        answer.to_string()
    } else {
        format!("another word than {answer}")
    };
    let weights = chapter::looks(&mut network, &example);
    figures::looks("looks", &example.scene, &example.question.text, &said, &weights)?.show();
    // ANCHOR_END: looks
    Ok(())
}
