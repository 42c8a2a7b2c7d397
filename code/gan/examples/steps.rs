//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p gan --example gan-steps`

use gan::batch::{Scenes, Source};
use gan::evaluate::{self, Amount};
use gan::figures::{self, Row};
use gan::judge::{Judge, JudgeSettings};
use gan::pairs::{self, Part};
use gan::players::Players;
use gan::sentence_encoder::{self, EncoderSettings};
use gan::train::{self, Settings};
use gan::two_numbers::{self, Rules};
use gan::{one_dimension, report};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: two
    let free = two_numbers::play(Rules::default(), 0.5, 6);
    println!("{}", two_numbers::table(&free));
    let held = two_numbers::play(Rules { penalty: 0.5, leak: false }, 0.5, 40);
    println!("with a penalty, after 40 rounds: {:.4} from the middle", held[40].distance());
    // ANCHOR_END: two

    // ANCHOR: one
    let moments = [0, 100, 200, 400, 1000, 2000];
    let clean = one_dimension::play(2000, &moments, 1, false)?;
    let leaky = one_dimension::play(2000, &moments, 1, true)?;
    println!("{}", report::one_dimension(&clean, &leaky));
    // ANCHOR_END: one

    // ANCHOR: pairs
    for pair in pairs::pairs(Part::Training, 1, 47..52) {
        println!("{}", pair.sentence);
    }
    // ANCHOR_END: pairs

    // ANCHOR: words
    let orders = ["a blue heart on a green background", "a green heart on a blue background"];
    println!("{}", report::words(&orders)?);
    // ANCHOR_END: words

    // ANCHOR: encoder
    let source = Scenes { seed: 1 }.before_the_game();
    let both = sentence_encoder::train(&source, &EncoderSettings::default(), 1, |_| ())?;
    let sentences = [
        "a red heart",
        "a red circle",
        "a blue heart",
        "a tree",
        "a large tree",
        "a red heart on a blue background",
    ];
    println!("{}", report::cosines(&sentences, &both.sentences.encode(sentences)?));
    let words = ["a", "there", "red", "blue", "heart", "tree", "large"];
    println!("{}", report::lengths(&both.sentences, &words)?);
    // ANCHOR_END: encoder

    // ANCHOR: batch
    let batch = Scenes { seed: 1 }.batch(0, 32)?;
    println!("{}", report::batch(&batch));
    // ANCHOR_END: batch

    // ANCHOR: play
    let settings = Settings { steps: 600, ..Settings::default() };
    let game = train::play(&Scenes { seed: 1 }, both.sentences.clone(), &settings, |_, progress| {
        if progress.steps.is_multiple_of(100) {
            let [right, wrong, painted] = progress.believed;
            println!("step {}: right {right:.2}, wrong {wrong:.2}, painted {painted:.2}", progress.steps);
        }
        Ok(())
    })?;
    let mut players = Players::of(&game, both.sentences.clone());
    // ANCHOR_END: play

    // ANCHOR: paint
    let mut rows = Vec::new();
    for sentence in ["a red heart", "a yellow square", "a purple heart", "a tree"] {
        rows.push(Row { label: sentence.to_owned(), pixels: players.paint(sentence, 6, 1)? });
    }
    figures::sheet("painted", &rows, &[], "Painted after 600 steps.", "Four rows of six painted pictures.")?
        .show();
    // ANCHOR_END: paint

    // ANCHOR: judge
    let mut judge = Judge::train(&JudgeSettings { steps: 1500, ..JudgeSettings::default() }, 1, |_| ())?;
    let [kind, colour, size, background, _] = judge.accuracy(Part::All, 1000);
    println!("named rightly: kind {kind:.3}, colour {colour:.3}, size {size:.3}, background {background:.3}");
    // ANCHOR_END: judge

    // ANCHOR: measure
    let encoder = players.encoder.clone();
    let measured =
        evaluate::measure(&mut players.generator, &encoder, &mut judge, Amount { each: 8, whole: 300 })?;
    println!("shown in training: {:.2?}", measured.mean(false));
    println!("never shown:       {:.2?}", measured.mean(true));
    // ANCHOR_END: measure

    Ok(())
}
