use captioning::captions;
use captioning::captioner::Captioner;
use captioning::evaluate::evaluate;
use captioning::image_to_sentence::ImageToSentence;
use captioning::show_attend_tell::ShowAttendTell;
use captioning::train::{Settings, train};
use captioning::{Error, WORDS};
use emoji_world::split::Part;
use std::time::Instant;

fn go<M: Captioner>(settings: &Settings, steps: usize, n: usize) -> Result<(), Error> {
    let split = captions::split();
    let start = Instant::now();
    let mut sum = 0.0;
    let mut model = train::<M>(&split, settings, steps, |_, p| {
        sum += p.loss;
        if p.steps % 100 == 0 {
            println!("{} loss {:.3} {:.1}s", p.steps, sum / 100.0, start.elapsed().as_secs_f64());
            sum = 0.0;
        }
        Ok(())
    })?;
    println!("{} parameters, {:.1} s", model.parameters(), start.elapsed().as_secs_f64());
    if captioning::knob("EVAL", 1.0) == 0.0 { return Ok(()); }
    let parts = [Part::Test, Part::HeldOutPair, Part::HeldOutColour];
    for part in parts {
        let tests = captions::tests(&split, part, n)?;
        for width in [1, 3] {
            let t = Instant::now();
            let e = evaluate(&mut model, &tests, width, settings.blind)?;
            println!(
                "{part:?} beam {width}: objects {:.3} relation {:.3} correct {:.3} bleu {:.3?} rouge {:.3} cider {:.3} gaze {:.3?} {:.1}s",
                e.objects, e.relation, e.correct, e.scores.bleu, e.scores.rouge_l, e.scores.cider, e.gaze, t.elapsed().as_secs_f64()
            );
        }
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    layers::keep_freed_memory();
    let a: Vec<String> = std::env::args().collect();
    let get = |i: usize, d: f32| a.get(i).and_then(|s| s.parse().ok()).unwrap_or(d);
    let settings = Settings { learning_rate: get(3, 2e-3), penalty: get(4, 0.0), seed: get(5, 1.0) as u64, batch: get(6, 16.0) as usize, easy: [get(7, 0.3) as f64, get(8, 0.2) as f64], ..Settings::default() };
    let steps = get(2, 300.0) as usize;
    if a[1] == "plain" { go::<ImageToSentence<WORDS>>(&settings, steps, 500) } else { go::<ShowAttendTell<WORDS>>(&settings, steps, 500) }
}
