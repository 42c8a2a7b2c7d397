//! Guitar, bell, drum, trumpet, violin.

use super::RATE;
use super::signal::*;
use rand::{Rng, RngExt};

/// A string by Karplus and Strong (1983): a burst of noise goes round a delay line as long as a period, and loses a
/// little of its highs each time. An all-pass filter tunes it between whole samples (Jaffe and Smith 1983).
fn pluck(seconds: f32, hertz: f32, ring: f32, rng: &mut dyn Rng) -> Vec<f32> {
    // The average of two neighbours delays by half a sample itself.
    let period = RATE as f32 / hertz - 0.5;
    let whole = (period - 0.2).floor();
    let fraction = period - whole;
    let tune = (1.0 - fraction) / (1.0 + fraction);
    let loss = decay(1.0 / hertz, ring);
    // ANCHOR: pluck
    let mut line = low_pass(&noise(whole / RATE as f32, rng), 4000.0);
    let mean = line.iter().sum::<f32>() / line.len() as f32;
    line.iter_mut().for_each(|x| *x -= mean);
    let (mut last, mut last_average, mut last_tuned) = (0.0, 0.0, 0.0);
    let sample = |place: usize| {
        let cell = place % line.len();
        let x = line[cell];
        let average = loss * 0.5 * (x + last);
        let tuned = tune * (average - last_tuned) + last_average;
        (last, last_average, last_tuned) = (x, average, tuned);
        line[cell] = tuned;
        x
    };
    (0..samples(seconds)).map(sample).collect()
    // ANCHOR_END: pluck
}

/// One to four strings of a chord, one after the other.
pub(super) fn guitar(rng: &mut dyn Rng) -> Vec<f32> {
    const CHORD: [f32; 4] = [1.0, 1.5, 2.0, 2.5];
    let root = rng.random_range(90.0..220.0);
    let strings = rng.random_range(1..=CHORD.len());
    let step = rng.random_range(0.02..0.22);
    let mut sound = silence();
    for (place, ratio) in CHORD[..strings].iter().enumerate() {
        let string = pluck(1.0, root * ratio, rng.random_range(1.5..4.0), rng);
        mix(&mut sound, place as f32 * step, &string, rng.random_range(0.6..1.0));
    }
    sound
}

/// One or two strokes. The partials are a church bell's: hum, prime, tierce, quint, nominal and those above (Fletcher
/// and Rossing 1998).
pub(super) fn bell(rng: &mut dyn Rng) -> Vec<f32> {
    const PARTIALS: [(f32, f32, f32); 8] = [
        (0.5, 0.5, 1.0),
        (1.0, 0.8, 0.8),
        (1.183, 0.9, 0.6),
        (1.506, 0.4, 0.5),
        (2.0, 1.0, 0.45),
        (2.514, 0.5, 0.3),
        (2.662, 0.4, 0.25),
        (3.011, 0.6, 0.2),
    ];
    let prime = rng.random_range(400.0..1000.0);
    let ring = rng.random_range(2.0..4.0);
    let strokes = rng.random_range(1..=2);
    let mut sound = silence();
    for stroke in 0..strokes {
        let at = stroke as f32 * rng.random_range(0.35..0.5);
        for (ratio, level, length) in PARTIALS {
            let hertz = prime * ratio * rng.random_range(0.99..1.01);
            let part = tone(1.0, |_| hertz, |t| decay(t, ring * length));
            mix(&mut sound, at, &part, level * rng.random_range(0.7..1.3));
        }
    }
    sound
}

/// Two to five beats. The modes are those of an ideal membrane: zeros of Bessel functions by the first of them.
pub(super) fn drum(rng: &mut dyn Rng) -> Vec<f32> {
    const MODES: [f32; 7] = [1.0, 1.593, 2.136, 2.296, 2.653, 2.917, 3.156];
    let lowest = rng.random_range(80.0..170.0);
    let ring = rng.random_range(0.25..0.6);
    let beats = rng.random_range(2..=5);
    let step = rng.random_range(0.16..0.24);
    let mut sound = silence();
    for beat in 0..beats {
        let hit = rng.random_range(0.5..1.0);
        let at = beat as f32 * step;
        for (number, ratio) in MODES.iter().enumerate() {
            let length = ring / (1.0 + 0.5 * number as f32);
            // A hard beat stretches the membrane: it begins higher.
            let part =
                tone(0.5, |t| lowest * ratio * (1.0 + 0.3 * hit * decay(t, 0.1)), |t| decay(t, length));
            mix(&mut sound, at, &part, hit / (1.0 + number as f32));
        }
        let mut stick = noise(0.03, rng);
        shape(&mut stick, |t| decay(t, 0.02));
        mix(&mut sound, at, &stick, 0.3 * hit);
    }
    sound
}

/// One to four notes of a broken chord. A brass tone is the brighter the louder it is (Risset and Mathews 1969).
pub(super) fn trumpet(rng: &mut dyn Rng) -> Vec<f32> {
    const CHORD: [f32; 4] = [1.0, 1.25, 1.5, 2.0];
    let root = rng.random_range(230.0..420.0);
    let notes = rng.random_range(1..=4);
    let length = 0.88 / notes as f32;
    let bright = rng.random_range(0.75..0.9);
    let mut sound = silence();
    for note in 0..notes {
        let hertz = root * CHORD[rng.random_range(0..CHORD.len())];
        let loudness = |t: f32| swell(t, 0.04, length * 0.95, 0.05);
        let note_of = harmonics(
            length * 0.95,
            |t| hertz * (1.0 - 0.03 * decay(t, 0.06)),
            |k, _, t| loudness(t) * (bright * (0.5 + 0.5 * loudness(t))).powi(k as i32 - 1),
        );
        mix(&mut sound, note as f32 * length, &note_of, rng.random_range(0.8..1.0));
    }
    sound
}

/// One or two long tones: a sawtooth, as the bow sticks and slips, through the resonances of a body.
pub(super) fn violin(rng: &mut dyn Rng) -> Vec<f32> {
    let hertz = rng.random_range(200.0..700.0);
    let speed = rng.random_range(5.0..7.0);
    let depth = rng.random_range(0.006..0.014);
    let second = *[1.0, 9.0 / 8.0, 5.0 / 4.0, 4.0 / 3.0].get(rng.random_range(0..4)).unwrap_or(&1.0);
    let change = rng.random_range(0.4..0.6);
    let glide = |t: f32| 1.0 + (second - 1.0) * ((t - change) / 0.04).clamp(0.0, 1.0);
    let vibrato = |t: f32| 1.0 + depth * (t / 0.3).min(1.0) * (std::f32::consts::TAU * speed * t).sin();
    let string = harmonics(0.9, |t| hertz * glide(t) * vibrato(t), |k, _, _| 1.0 / k as f32);
    let resonances: [f32; 4] = [280.0, 460.0, 1100.0, 2700.0].map(|f| f * rng.random_range(0.95..1.05));
    let [r0, r1, r2, r3] = resonances;
    let mut sound = formants(
        &string,
        &[(&|_| r0, 4.0, 1.0), (&|_| r1, 4.0, 1.2), (&|_| r2, 2.0, 0.9), (&|_| r3, 1.5, 1.6)],
    );
    mix(&mut sound, 0.0, &string, 0.15);
    shape(&mut sound, |t| swell(t, 0.12, 0.9, 0.12));
    let mut bow = band_pass(&noise(0.9, rng), |_| 3000.0, 1.0);
    shape(&mut bow, |t| swell(t, 0.05, 0.9, 0.1));
    mix(&mut sound, 0.0, &bow, 0.02);
    sound
}
