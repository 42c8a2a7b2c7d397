//! Bird, cat, dog, frog, bee, owl, cricket.

use super::signal::*;
use rand::{Rng, RngExt};
use std::f32::consts::TAU;

/// Three to six chirps.
pub(super) fn bird(rng: &mut dyn Rng) -> Vec<f32> {
    let chirps = rng.random_range(3..=6);
    let length = rng.random_range(0.05..0.12);
    let middle = rng.random_range(2500.0..4200.0);
    let glide = rng.random_range(800.0..1800.0) * if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    let trill = if rng.random_bool(0.4) { rng.random_range(150.0..400.0) } else { 0.0 };
    let mut sound = silence();
    for chirp in 0..chirps {
        let from = middle * rng.random_range(0.92..1.08) - glide / 2.0;
        let part = tone(
            length,
            |t| from + glide * t / length + trill * (TAU * 45.0 * t).sin(),
            |t| swell(t, length * 0.3, length, length * 0.5),
        );
        let at = chirp as f32 * 0.9 / chirps as f32 * rng.random_range(0.93..1.0);
        mix(&mut sound, at, &part, rng.random_range(0.5..1.0));
    }
    sound
}

/// A meow: a voice whose mouth opens and closes, so that its formants go from *i* through *a* to *u*.
pub(super) fn cat(rng: &mut dyn Rng) -> Vec<f32> {
    let length = rng.random_range(0.5..0.85);
    let pitch = rng.random_range(420.0..680.0);
    let arch = rng.random_range(0.15..0.45);
    let opening = rng.random_range(0.25..0.45);
    let shaky = wander(length, 12.0, rng);
    let at = |t: f32| shaky[samples(t).min(shaky.len() - 1)];
    let voice = harmonics(
        length,
        |t| {
            pitch
                * (1.0 + arch * (std::f32::consts::PI * t / length).sin() - 0.15 * t / length)
                * (1.0 + 0.01 * at(t))
        },
        |k, _, _| 1.0 / (k as f32).powf(0.8),
    );
    // From one through two to three: at the beginning, when open, at the end.
    let through = |t: f32, one: f32, two: f32, three: f32| {
        let x = t / length;
        if x < opening {
            one + (two - one) * x / opening
        } else {
            two + (three - two) * (x - opening) / (1.0 - opening)
        }
    };
    let size = rng.random_range(0.9..1.15);
    let mut sound = formants(
        &voice,
        &[
            (&|t| size * through(t, 450.0, 1100.0, 500.0), 4.0, 1.0),
            (&|t| size * through(t, 2600.0, 1900.0, 900.0), 6.0, 0.8),
            (&|t| size * through(t, 3600.0, 3400.0, 3000.0), 8.0, 0.3),
        ],
    );
    shape(&mut sound, |t| swell(t, 0.08, length, length * 0.5));
    sound
}

/// Two or three barks: a rough voice that breaks off, with breath.
pub(super) fn dog(rng: &mut dyn Rng) -> Vec<f32> {
    let barks = rng.random_range(2..=3);
    let pitch = rng.random_range(230.0..480.0);
    let size = rng.random_range(0.85..1.2);
    let step = rng.random_range(0.27..0.34);
    let mut sound = silence();
    for bark in 0..barks {
        let length = rng.random_range(0.11..0.17);
        let rough = wander(length, 180.0, rng);
        let at = |t: f32| rough[samples(t).min(rough.len() - 1)];
        let mut voice = harmonics(
            length,
            |t| pitch * (1.0 + 0.35 * (std::f32::consts::PI * t / length).sin()) * (1.0 + 0.08 * at(t)),
            |k, _, _| 1.0 / (k as f32).sqrt(),
        );
        mix(&mut voice, 0.0, &noise(length, rng), 0.5);
        let mut part = formants(
            &voice,
            &[(&|_| 600.0 * size, 3.0, 1.0), (&|_| 1300.0 * size, 3.0, 0.7), (&|_| 2500.0 * size, 4.0, 0.3)],
        );
        shape(&mut part, |t| swell(t, 0.012, length, length * 0.7));
        mix(&mut sound, bark as f32 * step, &part, rng.random_range(0.7..1.0));
    }
    sound
}

/// One to three croaks: pulses of air, each of which rings in the vocal sac.
pub(super) fn frog(rng: &mut dyn Rng) -> Vec<f32> {
    let croaks = rng.random_range(1..=3);
    let rate = rng.random_range(32.0..65.0);
    let low = rng.random_range(450.0..850.0);
    let high = low * rng.random_range(2.2..2.8);
    let length = rng.random_range(0.2..0.28);
    let mut sound = silence();
    for croak in 0..croaks {
        let mut part = vec![0.0; samples(length)];
        let mut at = 0.0;
        while at < length {
            let loud = swell(at, 0.06, length, 0.1);
            let pulse = tone(0.04, |_| low, |t| decay(t, 0.03));
            mix(&mut part, at, &pulse, loud);
            let overtone = tone(0.04, |_| high, |t| decay(t, 0.015));
            mix(&mut part, at, &overtone, 0.5 * loud);
            at += 1.0 / (rate * (0.8 + 0.4 * at / length));
        }
        mix(
            &mut sound,
            croak as f32 * (length + rng.random_range(0.05..0.1)),
            &part,
            rng.random_range(0.8..1.0),
        );
    }
    sound
}

/// Wings: a buzz whose pitch wavers, as the bee comes and goes.
pub(super) fn bee(rng: &mut dyn Rng) -> Vec<f32> {
    let pitch = rng.random_range(170.0..280.0);
    let course = wander(1.0, 4.0, rng);
    let at = |t: f32| course[samples(t).min(course.len() - 1)];
    let wings = harmonics(
        0.95,
        |t| pitch * (1.0 + 0.06 * at(t)),
        |k, _, _| if k == 1 { 0.5 } else { 1.0 / k as f32 },
    );
    let body = rng.random_range(500.0..900.0);
    let mut sound = formants(&wings, &[(&|_| body, 1.5, 1.0), (&|_| body * 2.7, 2.0, 0.7)]);
    mix(&mut sound, 0.0, &wings, 0.3);
    let flutter = rng.random_range(18.0..30.0);
    shape(&mut sound, |t| {
        swell(t, 0.1, 0.95, 0.15) * (0.75 + 0.15 * (TAU * flutter * t).sin()) * (1.0 + 0.4 * at(t)).max(0.2)
    });
    sound
}

/// Two to four hoots: almost pure tones, with some breath.
pub(super) fn owl(rng: &mut dyn Rng) -> Vec<f32> {
    let hoots = rng.random_range(2..=4);
    let pitch = rng.random_range(280.0..460.0);
    let mut sound = silence();
    let mut at = 0.0;
    for hoot in 0..hoots {
        let length = if hoot == 0 || hoot + 1 == hoots { rng.random_range(0.2..0.28) } else { 0.11 };
        let mut part = harmonics(
            length,
            |t| pitch * (0.93 + 0.07 * (std::f32::consts::PI * t / length).sin()),
            |k, _, _| [0.0, 1.0, 0.12, 0.06].get(k).copied().unwrap_or(0.0),
        );
        mix(&mut part, 0.0, &band_pass(&noise(length, rng), |_| pitch, 3.0), 0.15);
        shape(&mut part, |t| swell(t, 0.05, length, 0.07));
        mix(&mut sound, at, &part, rng.random_range(0.8..1.0));
        at += length + rng.random_range(0.03..0.09);
    }
    sound
}

/// Two to five chirps of a few pulses each: a scraper that passes over teeth.
pub(super) fn cricket(rng: &mut dyn Rng) -> Vec<f32> {
    let chirps = rng.random_range(2..=5);
    let pulses = rng.random_range(3..=5);
    let pitch = rng.random_range(3900.0..5200.0);
    let beat = rng.random_range(0.022..0.032);
    let mut sound = silence();
    for chirp in 0..chirps {
        let from = chirp as f32 * 0.9 / chirps as f32;
        for pulse in 0..pulses {
            let hertz = pitch * rng.random_range(0.99..1.01);
            let part = tone(beat * 0.7, |_| hertz, |t| swell(t, beat * 0.3, beat * 0.7, beat * 0.3));
            mix(&mut sound, from + pulse as f32 * beat, &part, 0.6 + 0.1 * pulse as f32);
        }
    }
    sound
}
