use gan::judge::{Judge, compare};
use gan::pairs::{Part, combinations, is_held_out, phrase, pairs};
use gan::sentence_encoder::{self, pixels};
use gan::train::{Game, Settings};
use gan::words::Said;
use gan::noise::noise;
use gan::generator::Generator;
use std::time::Instant;

fn get<T: std::str::FromStr>(name: &str, usual: T) -> T {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

fn distance(pictures: &[f32], each: usize) -> f64 {
    let rows: Vec<&[f32]> = pictures.chunks_exact(each).collect();
    let (mut sum, mut n) = (0.0, 0);
    for i in 0..rows.len() { for j in 0..i {
        let d: f32 = rows[i].iter().zip(rows[j]).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / each as f32;
        sum += f64::from(d.sqrt()); n += 1;
    }}
    sum / f64::from(n)
}

fn scores(g: &mut Generator, enc: &sentence_encoder::SentenceEncoder, judge: &mut Judge, per: usize) -> String {
    let mut out = String::new();
    for held in [false, true] {
        let all: Vec<_> = combinations().into_iter().filter(|(k, c)| is_held_out(*k, *c) == held).collect();
        let (mut kind, mut colour, mut both, mut n) = (0, 0, 0, 0);
        let (mut skind, mut sboth, mut sn) = (0, 0, 0);
        let (mut div, mut real_div, mut nd) = (0.0, 0.0, 0);
        for (i, (k, c)) in all.iter().enumerate() {
            let sentence = phrase(*k, *c);
            let said = Said::parse(&sentence).unwrap();
            let v = enc.encode(vec![sentence.as_str(); per]).unwrap();
            let p = g.paint(&noise(per, 999, i as u64), &v);
            for named in judge.name(&p).named {
                let m = compare(&named, &said);
                kind += m.kind as usize; colour += m.colour as usize; both += m.both() as usize; n += 1;
                if c.is_some() { skind += m.kind as usize; sboth += m.both() as usize; sn += 1; }
            }
            div += distance(&p, 3072); nd += 1;
            // real
            let mut real = vec![];
            let mut at = 0u64;
            while real.len() < per * 3072 {
                let ps = pairs(Part::All, 4242, at..at + 400); at += 400;
                let f: Vec<_> = ps.into_iter().filter(|p| p.scene.objects[0].kind == *k && p.scene.objects[0].colour == *c).collect();
                real.extend(pixels(&f));
            }
            real_div += distance(&real[..per * 3072], 3072);
        }
        let pc = |x: usize| 100.0 * x as f64 / n as f64;
        out += &format!("{} kind {:.1} colour {:.1} both {:.1} (shapes {:.1} {:.1}) diversity {:.2} | ", if held { "HELD" } else { "seen" }, pc(kind), pc(colour), pc(both), 100.0 * skind as f64 / sn as f64, 100.0 * sboth as f64 / sn as f64, (div / nd as f64) / (real_div / nd as f64));
    }
    out
}

fn sheet(g: &mut Generator, enc: &sentence_encoder::SentenceEncoder, file: &str) {
    let all = combinations();
    let per = 10;
    let (w, h) = (per * 33, all.len() * 33);
    let mut picture = emoji_world::Picture::filled(w, h, [0.2; 3]);
    for (i, (k, c)) in all.iter().enumerate() {
        let sentence = phrase(*k, *c);
        let v = enc.encode(vec![sentence.as_str(); per]).unwrap();
        let p = g.paint(&noise(per, 999, i as u64), &v);
        for (j, one) in p.chunks_exact(3072).enumerate() {
            for y in 0..32 { for x in 0..32 {
                let to = ((i * 33 + y) * w + j * 33 + x) * 3;
                picture.pixels[to..to + 3].copy_from_slice(&one[(y * 32 + x) * 3..][..3]);
            }}
        }
    }
    std::fs::write(file, picture.to_png()).unwrap();
}

fn main() {
    layers::keep_freed_memory();
    let threads = get("J", 1);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let d = Settings::default();
    let s = Settings {
        steps: get("STEPS", d.steps), batch: get("B", d.batch),
        generator_rate: get("LG", d.generator_rate), discriminator_rate: get("LD", d.discriminator_rate),
        momentum: get("MOM", d.momentum), real: get("REAL", d.real), wrong: get("WRONG", 1) == 1,
        between: get("BETWEEN", 1) == 1, spectral: get("SN", d.spectral), average: get("EMA", d.average), seeking: get("MS", d.seeking), blur: get("BLUR", d.blur), seed: get("SEED", 1),
    };
    let out: String = get("OUT", "/tmp/gan".into());
    let t = Instant::now();
    let mut judge = Judge::train(get("JS", 3000), 32, 1, |_| ()).unwrap();
    println!("judge {:.0} s all {:?} held {:?}", t.elapsed().as_secs_f64(), judge.accuracy(Part::All, 2000), judge.accuracy(Part::HeldOut, 1000));
    let t = Instant::now();
    let mut last = 0.0;
    let both = sentence_encoder::train(get("ES", 600), 64, 1, |l| last = 0.98 * last + 0.02 * l).unwrap();
    println!("encoder {:.0} s loss {last:.2}", t.elapsed().as_secs_f64());
    let enc = both.sentences;
    let mut game = Game::new(enc.clone(), &s);
    let t = Instant::now();
    let every = get("EVERY", 500);
    for step in 1..=s.steps {
        let p = game.step().unwrap();
        if step % every == 0 {
            let sc = scores(&mut game.average, &enc, &mut judge, 24);
            println!("{step} {:.0}s D {:.2} G {:.2} {:.2?} {sc}", t.elapsed().as_secs_f64(), p.discriminator_loss, p.generator_loss, p.believed);
            sheet(&mut game.average, &enc, &format!("{out}.png"));
        }
    }
    println!("raw {}", scores(&mut game.generator, &enc, &mut judge, 24));
}
