//! How many of the nearest local scaling should count, chosen without the names that the chapter tests.
//!
//! Another split of the emoji holds out other names; those among them that the chapter holds out are left
//! away. A model for each of three seeds is trained on that split, and every K is measured on its held-out
//! names, among all candidates. About two minutes on two cores:
//!
//! `cargo run --release -p joint-embedding --example joint-embedding-choose-k`

use joint_embedding::hubs::Scaling;
use joint_embedding::names::Names;
use joint_embedding::train::{self, Settings};
use joint_embedding::{Error, evaluate, views};

/// The seed of the other split. The chapter's is 1.
const SPLIT: u64 = 2;

/// What is tried.
const KS: [usize; 5] = [1, 2, 5, 10, 20];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tested = Names::of_emoji()?.held_out;
    let mut names = Names::split(SPLIT)?;
    names.held_out.retain(|id| !tested.contains(id));
    println!(
        "{} held-out names, of which the chapter tests none; means over three seeds in %",
        names.held_out.len()
    );

    let of_seed = |seed: &u64| -> Result<Vec<[f64; 4]>, Error> {
        let settings = Settings { seed: *seed, ..Settings::default() };
        let mut model = train::train(&names, &settings, |_, _| Ok(()))?;
        let space = evaluate::space(&mut model, &names);
        let references = model.embed_pictures(&views::reference(&names.seen));
        let measured =
            KS.map(|k| Scaling::of(&space, &references, &names.seen, k).both_ways(&space, &names.held_out));
        let plain = std::iter::once(space.both_ways(&names.held_out));
        let shares = plain.chain(measured).map(|found| {
            let found = found?;
            let (names, pictures) = (found.to_names, found.to_pictures);
            Ok([names.at_1, names.at_10, pictures.at_1, pictures.at_10])
        });
        shares.collect()
    };
    let seeds = lab::side_by_side(&[1, 2, 3], of_seed)?;

    println!("{:10} {:>10} {:>10} {:>12} {:>12}", "", "names R@1", "R@10", "pictures R@1", "R@10");
    let rows = std::iter::once("no scaling".to_owned()).chain(KS.map(|k| format!("K = {k}")));
    for (row, name) in rows.enumerate() {
        let mean = |i: usize| 100.0 * seeds.iter().map(|seed| seed[row][i]).sum::<f64>() / seeds.len() as f64;
        println!("{name:10} {:10.1} {:10.1} {:12.1} {:12.1}", mean(0), mean(1), mean(2), mean(3));
    }
    Ok(())
}
