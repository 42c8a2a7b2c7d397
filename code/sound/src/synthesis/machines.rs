//! Police car, telephone, clock, car, locomotive, helicopter.

use super::signal::*;
use rand::{Rng, RngExt};
use std::f32::consts::TAU;

/// A siren: a tone between two pitches, slowly (a wail) or fast (a yelp).
pub(super) fn police_car(rng: &mut dyn Rng) -> Vec<f32> {
    let low = rng.random_range(500.0..700.0);
    let high = low * rng.random_range(1.8..2.4);
    let speed = rng.random_range(0.8..3.5);
    let start = rng.random_range(0.0..1.0_f32);
    let mut sound = harmonics(
        0.97,
        |t| low + (high - low) * (0.5 - 0.5 * (TAU * (start + speed * t)).cos()),
        |k, _, _| if k % 2 == 1 { 1.0 / (k * k) as f32 } else { 0.1 / k as f32 },
    );
    shape(&mut sound, |t| swell(t, 0.03, 0.97, 0.05));
    sound
}

/// Three to five digits, each of one tone of its row and one of its column (ITU-T Q.23).
pub(super) fn telephone(rng: &mut dyn Rng) -> Vec<f32> {
    const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f32; 3] = [1209.0, 1336.0, 1477.0];
    let digits = rng.random_range(3..=5);
    let step = 0.9 / digits as f32;
    let length = step * rng.random_range(0.5..0.7);
    let mut sound = silence();
    for digit in 0..digits {
        // Below the three digits of the first rows there are *, 0 and #.
        for hertz in [ROWS[rng.random_range(0..4)], COLUMNS[rng.random_range(0..3)]] {
            let part = tone(length, |_| hertz, |t| swell(t, 0.005, length, 0.005));
            mix(&mut sound, digit as f32 * step, &part, 1.0);
        }
    }
    sound
}

/// Ticks, every other one lower: the two pallets of an escapement.
pub(super) fn clock(rng: &mut dyn Rng) -> Vec<f32> {
    let step = rng.random_range(0.16..0.28);
    let case = rng.random_range(1800.0..3200.0);
    let other = rng.random_range(0.72..0.88);
    let mut sound = silence();
    let (mut at, mut tick) = (0.0, 0);
    while at < 0.95 {
        let hertz = if tick % 2 == 0 { case } else { case * other };
        let mut click = noise(0.04, rng);
        shape(&mut click, |t| decay(t, 0.006));
        let mut part = formants(&click, &[(&|_| hertz, 12.0, 1.0), (&|_| hertz * 1.9, 10.0, 0.6)]);
        mix(&mut part, 0.0, &click, 0.08);
        mix(&mut sound, at, &part, rng.random_range(0.85..1.0));
        at += step;
        tick += 1;
    }
    sound
}

/// An engine that speeds up or slows down. Its cylinders are not quite alike, so that half the rate of firing, and its
/// odd multiples, are heard too.
pub(super) fn car(rng: &mut dyn Rng) -> Vec<f32> {
    let from = rng.random_range(28.0..55.0);
    let to = from * rng.random_range(0.75..1.9);
    let uneven = rng.random_range(0.2..0.5);
    let exhaust = rng.random_range(180.0..320.0);
    let hertz = |t: f32| from + (to - from) * t;
    let engine =
        harmonics(0.97, hertz, |k, _, _| if k % 2 == 0 { 1.0 } else { uneven } / (k as f32).powf(0.6));
    let mut sound =
        formants(&engine, &[(&|_| exhaust, 1.5, 1.0), (&|_| exhaust * 2.6, 2.0, 0.5), (&|_| 90.0, 1.0, 0.6)]);
    let mut air = low_pass(&noise(0.97, rng), 900.0);
    let pulse = harmonics(0.97, |t| 2.0 * hertz(t), |k, _, _| if k == 1 { 0.5 } else { 0.0 });
    air.iter_mut().zip(pulse).for_each(|(x, p)| *x *= 0.5 + p);
    mix(&mut sound, 0.0, &air, 0.6);
    shape(&mut sound, |t| swell(t, 0.06, 0.97, 0.08));
    sound
}

/// A steam whistle: a chord of pipes that need a moment to speak, and steam.
pub(super) fn locomotive(rng: &mut dyn Rng) -> Vec<f32> {
    const CHORDS: [[f32; 4]; 3] = [[1.0, 1.19, 1.5, 1.78], [1.0, 1.26, 1.5, 1.68], [1.0, 1.2, 1.41, 1.68]];
    let root = rng.random_range(270.0..420.0);
    let chord = CHORDS[rng.random_range(0..CHORDS.len())];
    let blasts: &[(f32, f32)] =
        if rng.random_bool(0.5) { &[(0.0, 0.85)] } else { &[(0.0, 0.25), (0.36, 0.5)] };
    let mut sound = silence();
    for &(at, length) in blasts {
        for ratio in chord {
            let hertz = root * ratio * rng.random_range(0.995..1.005);
            let part = harmonics(
                length,
                |t| hertz * (1.0 - 0.08 * decay(t, 0.15)),
                |k, _, t| swell(t, 0.06, length, 0.12) * 0.45_f32.powi(k as i32 - 1),
            );
            mix(&mut sound, at, &part, rng.random_range(0.7..1.0));
        }
        let mut steam = high_pass(&noise(length, rng), 1500.0);
        shape(&mut steam, |t| swell(t, 0.03, length, 0.15));
        mix(&mut sound, at, &steam, rng.random_range(0.08..0.25));
    }
    sound
}

/// Blades: thuds in a fast row with rushing air between them, and the whine of a turbine.
pub(super) fn helicopter(rng: &mut dyn Rng) -> Vec<f32> {
    let rate = rng.random_range(11.0..20.0);
    let low = rng.random_range(70.0..130.0);
    let chop = |t: f32| (0.5 + 0.5 * (TAU * rate * t).cos()).powi(4);
    let mut thud = band_pass(&noise(0.97, rng), |_| low, 1.5);
    shape(&mut thud, |t| 3.0 * chop(t));
    let mut air = band_pass(&noise(0.97, rng), |_| low * 7.0, 0.7);
    shape(&mut air, |t| 0.15 + chop(t - 0.1 / rate));
    let mut sound = thud;
    mix(&mut sound, 0.0, &air, 0.5);
    let whine = rng.random_range(1800.0..3200.0);
    mix(&mut sound, 0.0, &tone(0.97, |_| whine, |_| 1.0), 0.02);
    shape(&mut sound, |t| swell(t, 0.05, 0.97, 0.05));
    sound
}
