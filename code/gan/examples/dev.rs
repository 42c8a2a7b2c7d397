use gan::batch::Scenes;
use gan::evaluate::{Amount, measure};
use gan::judge::{Judge, JudgeSettings};
use gan::sentence_encoder::{self, EncoderSettings};
use gan::train::{Settings, play};
use std::time::Instant;

fn get<T: std::str::FromStr>(name: &str, usual: T) -> T {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

fn main() {
    layers::keep_freed_memory();
    rayon::ThreadPoolBuilder::new().num_threads(get("J", 1)).build_global().unwrap();
    let d = Settings::default();
    let s = Settings {
        steps: get("STEPS", d.steps), batch: get("B", d.batch),
        generator_rate: get("LG", d.generator_rate), discriminator_rate: get("LD", d.discriminator_rate),
        real: get("REAL", d.real), wrong: get("WRONG", 1) == 1,
        between: get("BETWEEN", 1) == 1, spectral: get("SN", d.spectral), average: get("EMA", d.average), seeking: get("MS", d.seeking), seed: get("SEED", 1), sentences: true,
    };
    let mut judge = Judge::train(&JudgeSettings::default(), 1, |_| ()).unwrap();
    let enc = sentence_encoder::train(&Scenes { seed: s.seed ^ 0x73_656e_7465_6e63 }, &EncoderSettings::default(), s.seed, |_| ()).unwrap().sentences;
    let t = Instant::now();
    let mut every = get("EVERY", 800);
    if every == 0 { every = s.steps; }
    let amount = Amount { each: 24, whole: 1000 };
    let mut game = play(&Scenes { seed: s.seed }, enc.clone(), &s, |game, p| {
        if p.steps % every == 0 {
            let m = measure(&mut game.average, &enc, &mut judge.clone(), amount)?;
            println!("{} {:.0}s D {:.2} G {:.2} {:.2?} seen {:.3?} held {:.3?} whole {:.3} frechet {:.3}", p.steps, t.elapsed().as_secs_f64(), p.discriminator_loss, p.generator_loss, p.believed, m.mean(false), m.mean(true), m.whole, m.frechet);
        }
        Ok(())
    }).unwrap();
    let m = measure(&mut game.generator, &enc, &mut judge, amount).unwrap();
    println!("raw seen {:.3?} held {:.3?} whole {:.3} frechet {:.3}", m.mean(false), m.mean(true), m.whole, m.frechet);
    for s in &m.sentences { if s.shares.both < 0.7 { println!("{} {:.2?}", s.sentence, s.shares); } }
    println!("floor {:.3}", gan::evaluate::frechet_floor(&mut judge, 1000));
}
