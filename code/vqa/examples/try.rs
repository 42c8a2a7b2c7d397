//! Trying.
use emoji_world::question::Phrasings;
use std::time::Instant;
use vqa::evaluate::{Accuracy, Shown, answers};
use vqa::network::{Answerer, Fusion};
use vqa::prior::Prior;
use vqa::questions::{Drawn, Part, examples, split};
use vqa::train::Settings;
use vqa::training_set::TrainingSet;
use vqa::{eye, train};

fn measure(network: &mut dyn Answerer, drawn: Drawn, count: u64, shown: Shown) -> Accuracy {
    let all = examples(&split(), drawn, 999, 0..count).unwrap();
    let found = answers(network, &all, shown);
    Accuracy::of(&all, &found)
}

fn main() {
    layers::keep_freed_memory();
    let arg = |i: usize, d: f64| std::env::args().nth(i).and_then(|a| a.parse().ok()).unwrap_or(d);
    let usual = Settings::default();
    let steps = arg(2, 3000.0) as usize;
    let settings = Settings {
        eye_steps: arg(3, 1000.0) as usize,
        scenes: arg(4, 30000.0) as usize,
        learning_rate: arg(5, 3e-3),
        seed: arg(6, 1.0) as u64,
        ..usual
    };
    let split = split();
    let start = Instant::now();
    let mut eye = eye::train(&split, &settings, |_| ()).unwrap();
    println!("eye {:.0} s", start.elapsed().as_secs_f64());
    for part in [Part::Training, Part::Test, Part::HeldOutPair, Part::HeldOutColour] {
        println!("{part:?}: {:.3?}", eye.pointing(&split, part, 1000).unwrap());
    }
    let start = Instant::now();
    let set =
        TrainingSet::draw(&split, Drawn::TRAINING, &mut eye.image, settings.seed, settings.scenes).unwrap();
    println!("maps {:.0} s", start.elapsed().as_secs_f64());
    let mut prior = std::env::var("PRIOR").is_ok().then(|| {
        let start = Instant::now();
        let network =
            train::train::<vqa::fused::QuestionOnly>(&set, &eye.image, &settings, 2000, None, |_, _, _| {
                Ok(())
            })
            .unwrap();
        println!("prior {:.0} s", start.elapsed().as_secs_f64());
        Prior::new(network)
    });
    let prior = prior.as_mut();
    match std::env::args().nth(1).as_deref() {
        Some("film") => go::<vqa::film::Film>(&set, eye, &settings, steps, prior),
        Some("glimpses") => go::<vqa::glimpses::Glimpses>(&set, eye, &settings, steps, prior),
        Some("san") => go::<vqa::stacked_attention::StackedAttention>(&set, eye, &settings, steps, prior),
        Some("product") => go::<vqa::fused::Product>(&set, eye, &settings, steps, prior),
        Some("concat") => go::<vqa::fused::Concatenation>(&set, eye, &settings, steps, prior),
        Some("question") => go::<vqa::fused::QuestionOnly>(&set, eye, &settings, steps, prior),
        Some("picture") => go::<vqa::fused::PictureOnly>(&set, eye, &settings, steps, prior),
        _ => panic!(),
    }
}

fn go<F: Fusion>(
    set: &TrainingSet,
    eye: eye::Eye,
    settings: &Settings,
    steps: usize,
    prior: Option<&mut Prior>,
) {
    let start = Instant::now();
    let mut sum = 0.0;
    let mut network = train::train::<F>(set, &eye.image, settings, steps, prior, |network, step, loss| {
        sum += loss;
        if step % 1000 == 999 {
            println!("step {} {:.0} s loss {:.3}", step + 1, start.elapsed().as_secs_f64(), sum / 1000.0);
            sum = 0.0;
            let found = measure(network, Drawn::TEST, 1000, Shown::Own);
            println!("  {:.3} {:.2?}", found.overall, found.types);
        }
        Ok(())
    })
    .unwrap();
    println!("{} parameters", network.parameters());
    for (part, phrasings) in [
        (Part::Training, Phrasings::Seen),
        (Part::Test, Phrasings::Seen),
        (Part::Test, Phrasings::HeldOut),
        (Part::HeldOutPair, Phrasings::Seen),
        (Part::HeldOutColour, Phrasings::Seen),
    ] {
        let found = measure(&mut network, Drawn { part, phrasings, ..Drawn::TEST }, 2000, Shown::Own);
        println!("{part:?} {phrasings:?} {:.3} {:.2?}", found.overall, found.types);
    }
}
