//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p captioning --example captioning-steps`

use captioning::batch::Batch;
use captioning::beam_search::{beam, greedy};
use captioning::captions::Part;
use captioning::evaluate::{self, judge};
use captioning::eye::{self, EyeSettings};
use captioning::hard_attention::Looks;
use captioning::metrics::{self, Corpus};
use captioning::show_attend_tell::ShowAttendTell;
use captioning::train::{self, Settings};
use captioning::vocabulary::Vocabulary;
use captioning::{WORDS, captions, hard_attention, trained};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: scenes
    let tests = captions::tests(&captions::split(), Part::Test, 100)?;
    for reference in &tests[0].references {
        println!("{reference}");
    }
    // ANCHOR_END: scenes

    // ANCHOR: words
    let vocabulary = Vocabulary::of_scenes();
    let sentences = ["a dog", "a red heart is left of a cat"].map(|sentence| vocabulary.numbers(sentence));
    let batch = Batch::new(vec![], &sentences, 1);
    for t in 0..batch.steps {
        let words = |numbers: &[usize]| vocabulary.sentence(numbers);
        println!("reads {:16} writes {}", words(&batch.inputs[t]), words(&batch.targets[2 * t..][..2]));
    }
    // ANCHOR_END: words

    // ANCHOR: eye
    let settings = EyeSettings { steps: 1000, ..EyeSettings::default() };
    let mut eye = eye::train(&captions::split(), &settings, 1, |_| Ok(()))?;
    let [kind, colour, background] = trained::accuracy(&mut eye, 0.3, Part::Test)?;
    println!(
        "named rightly: kind {:.1} %, colour {:.1} %, background {:.1} %",
        100.0 * kind,
        100.0 * colour,
        100.0 * background
    );
    // ANCHOR_END: eye

    // ANCHOR: train
    let settings = Settings { curriculum: [0.2, 0.6], ..Settings::default() };
    let mut network = train::train::<ShowAttendTell<WORDS>>(
        &captions::split(),
        &eye.encoder,
        &settings,
        900,
        |_, progress| {
            if progress.steps.is_multiple_of(100) {
                println!("step {}: {:.2} nats a word", progress.steps, progress.loss);
            }
            Ok(())
        },
    )?;
    println!("{} parameters", network.parameters());
    // ANCHOR_END: train

    // ANCHOR: write
    let pixels = evaluate::pixels(&tests, false);
    let written = greedy(&mut network, &pixels);
    for (caption, test) in written.iter().zip(&tests).take(5) {
        let judged = judge(&vocabulary.sentence(&caption.words), &test.scene);
        println!("{} ({})", judged.sentence, if judged.correct { "right" } else { "wrong" });
    }
    // ANCHOR_END: write

    // ANCHOR: beam
    let found = beam(&mut network, &tests[0].scene.render().pixels, 3);
    for branch in found[0].tree.iter().filter(|branch| branch.chosen) {
        println!("{:10} {:.2}", vocabulary.word(branch.word), branch.log_probability);
    }
    // ANCHOR_END: beam

    // ANCHOR: score
    let sentences: Vec<String> = written.iter().map(|caption| vocabulary.sentence(&caption.words)).collect();
    let corpus = Corpus::new(sentences.iter().zip(tests.iter().map(|test| &test.references)))?;
    println!("{:#?}", metrics::score(&corpus).corpus);
    // ANCHOR_END: score

    // ANCHOR: gaze
    let measured = evaluate::measure(&written, &tests, &vocabulary)?;
    if let Some(gaze) = measured.gaze {
        println!(
            "{:.2} of the attention in the boxes of {} nouns, which cover {:.2}",
            gaze.inside, gaze.nouns, gaze.uniform
        );
    }
    // ANCHOR_END: gaze

    // ANCHOR: hard
    let map = network.encoder.see(&tests[0].scene.render().pixels);
    let (alpha, rewards) = network.decoder.rewards(map, &written[0].words, 1);
    let mean = hard_attention::expected(&alpha, &rewards);
    for (name, baseline) in [("no baseline", 0.0), ("baseline J", mean)] {
        println!("{name:12} {:?}", hard_attention::spread(&alpha, &rewards, baseline));
    }
    // ANCHOR_END: hard

    Ok(())
}
