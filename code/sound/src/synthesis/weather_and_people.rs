//! Wind, rain, a heart, clapping hands.

use super::signal::*;
use rand::{Rng, RngExt};

/// Air round a corner: noise near a pitch that wanders, in gusts.
pub(super) fn wind(rng: &mut dyn Rng) -> Vec<f32> {
    let pitch = rng.random_range(350.0..800.0);
    let sharp = rng.random_range(2.5..6.0);
    let course = wander(1.0, 3.0, rng);
    let at = |t: f32| course[samples(t).min(course.len() - 1)];
    let air = noise(0.98, rng);
    let mut sound = band_pass(&air, |t| pitch * 2.0_f32.powf(0.5 * at(t)), sharp);
    mix(&mut sound, 0.0, &low_pass(&air, 250.0), 0.4);
    shape(&mut sound, |t| swell(t, 0.15, 0.98, 0.2) * 2.0_f32.powf(1.2 * at(t)));
    sound
}

/// Drops, of which each makes a bubble in the water that rings (Minnaert 1933), and hissing from farther away.
pub(super) fn rain(rng: &mut dyn Rng) -> Vec<f32> {
    let drops = rng.random_range(40..160);
    let mut sound = high_pass(&noise(0.98, rng), 2500.0);
    let hiss = rng.random_range(0.04..0.12);
    shape(&mut sound, |t| hiss * swell(t, 0.1, 0.98, 0.1));
    for _ in 0..drops {
        let hertz = rng.random_range(1500.0..6500.0);
        let rise = rng.random_range(0.0..12_000.0);
        let length = rng.random_range(0.006..0.03);
        let part = tone(length, |t| hertz + rise * t, |t| decay(t, length));
        // Most drops are far away.
        let near: f32 = rng.random_range(0.2..1.0);
        mix(&mut sound, rng.random_range(0.0..0.95), &part, near * near);
    }
    sound
}

/// *Lub-dub*: the valves to the heart's chambers close, then those to the arteries, a little higher and shorter.
pub(super) fn heart(rng: &mut dyn Rng) -> Vec<f32> {
    let beat = rng.random_range(0.48..0.75);
    let first = rng.random_range(45.0..70.0);
    let second = first * rng.random_range(1.25..1.6);
    let gap = beat * rng.random_range(0.33..0.4);
    let mut sound = silence();
    for number in 0..2 {
        let at = number as f32 * beat;
        let thud = |hertz: f32, length: f32| {
            harmonics(
                length,
                move |t| hertz * (1.0 - 0.3 * t / length),
                move |k, _, t| swell(t, 0.015, length, length * 0.8) * 0.4_f32.powi(k as i32 - 1),
            )
        };
        mix(&mut sound, at, &thud(first, 0.14), rng.random_range(0.9..1.0));
        mix(&mut sound, at + gap, &thud(second, 0.1), rng.random_range(0.55..0.8));
    }
    let breath = low_pass(&low_pass(&noise(0.98, rng), 150.0), 150.0);
    mix(&mut sound, 0.0, &breath, 0.15);
    sound
}

/// Claps of one to six people, each in a rhythm: air between two palms.
pub(super) fn applause(rng: &mut dyn Rng) -> Vec<f32> {
    let people = rng.random_range(1..=6);
    let mut sound = silence();
    for _ in 0..people {
        let palms = rng.random_range(800.0..1900.0);
        let step = rng.random_range(0.18..0.3);
        let level = rng.random_range(0.5..1.0);
        let mut at = rng.random_range(0.0..0.1);
        while at < 0.93 {
            let mut burst = noise(0.06, rng);
            let length = rng.random_range(0.03..0.06);
            shape(&mut burst, |t| decay(t, length));
            let mut part = band_pass(&burst, |_| palms, 1.5);
            mix(&mut part, 0.0, &burst, 0.15);
            mix(&mut sound, at, &part, level * rng.random_range(0.8..1.0));
            at += step * rng.random_range(0.94..1.06);
        }
    }
    sound
}
