//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p joint-embedding --example joint-embedding-steps`

use joint_embedding::arithmetic::Question;
use joint_embedding::names::Names;
use joint_embedding::space::nearest;
use joint_embedding::train::{self, Settings};
use joint_embedding::{by_hand, confusions, emoji, evaluate, modality_gap};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: names
    let names = Names::of_emoji()?;
    println!("{} emoji, {} seen, {} held out", names.bags.len(), names.seen.len(), names.held_out.len());
    let heart = emoji::find("blue heart").expect("Unicode has one").id;
    println!("blue heart is the bag {:?}", names.bags[heart]);
    // ANCHOR_END: names

    // ANCHOR: by_hand
    let example = by_hand::example();
    println!("{example:#?}");
    // ANCHOR_END: by_hand

    // ANCHOR: train
    let settings = Settings { epochs: 12, batch: 64, learning_rate: 3e-3, ..Settings::default() };
    let mut model = train::train(&names, &settings, |_, progress| {
        println!("epoch {}: loss {:.2}", progress.epochs, progress.loss);
        Ok(())
    })?;
    println!("temperature {:.3}", model.temperature());
    // ANCHOR_END: train

    // ANCHOR: words
    let space = evaluate::space(&mut model, &names);
    let query = model.embed_names(&[&names.bag("smiling cat")?])[0];
    for (id, cosine) in nearest(&query, &space.pictures, 5) {
        println!("{} {:30} {cosine:.2}", emoji::all()[id].character, emoji::all()[id].name);
    }
    // ANCHOR_END: words

    // ANCHOR: retrieval
    let found = space.both_ways(&names.seen)?;
    println!("a picture finds its name: R@1 {:.1} %", 100.0 * found.to_names.at_1);
    println!("a name finds its picture: R@1 {:.1} %", 100.0 * found.to_pictures.at_1);
    // ANCHOR_END: retrieval

    // ANCHOR: zero_shot
    let found = space.both_ways(&names.held_out)?;
    println!("to names: R@1 {:.1} %", 100.0 * found.to_names.at_1);
    println!("to names: R@10 {:.1} %", 100.0 * found.to_names.at_10);
    // ANCHOR_END: zero_shot

    // ANCHOR: hubs
    let scaling = evaluate::scaling(&mut model, &space, &names);
    let found = scaling.both_ways(&space, &names.held_out)?;
    println!("to names: R@1 {:.1} %", 100.0 * found.to_names.at_1);
    println!("to names: R@10 {:.1} %", 100.0 * found.to_names.at_10);
    // ANCHOR_END: hubs

    // ANCHOR: arithmetic
    let words = evaluate::words(&model);
    if let Some(question) = Question::between("orange heart", "green heart") {
        println!("{question}");
        for (id, cosine) in question.found(&space.pictures[question.from], &words, &space, 3) {
            println!("{} {:30} {cosine:.2}", emoji::all()[id].character, emoji::all()[id].name);
        }
    }
    // ANCHOR_END: arithmetic

    // ANCHOR: gap
    println!("{:#?}", modality_gap::measure(&space));
    // ANCHOR_END: gap

    // ANCHOR: confusions
    for wrong in confusions::confusions(&space, &names.seen).iter().take(8) {
        println!("{} was called {}", emoji::all()[wrong.shown].name, emoji::all()[wrong.said].name);
    }
    // ANCHOR_END: confusions

    Ok(())
}
