//! What the models are built of: oscillators, noise, filters, envelopes. Times are in seconds, frequencies in hertz.

use super::{RATE, SAMPLES};
use crate::augmentation::normal;
use rand::Rng;
use std::f32::consts::{PI, TAU};

pub(super) fn silence() -> Vec<f32> {
    vec![0.0; SAMPLES]
}

pub(super) fn samples(seconds: f32) -> usize {
    (seconds * RATE as f32).round().max(0.0) as usize
}

/// Adds a part to a sound, from a time on; what is beyond the end is lost.
pub(super) fn mix(sound: &mut [f32], at: f32, part: &[f32], level: f32) {
    for (y, x) in sound.iter_mut().skip(samples(at)).zip(part) {
        *y += level * x;
    }
}

/// From 1 at 0 seconds down by 60 dB after `seconds`.
pub(super) fn decay(t: f32, seconds: f32) -> f32 {
    (-6.908 * t / seconds).exp()
}

/// A smooth rise from 0 to 1 in `rise` seconds, and the same fall in the last `fall` of `length` seconds.
pub(super) fn swell(t: f32, rise: f32, length: f32, fall: f32) -> f32 {
    let smooth = |x: f32| 0.5 - 0.5 * (PI * x.clamp(0.0, 1.0)).cos();
    smooth(t / rise) * smooth((length - t) / fall)
}

/// Lets the last `seconds` fade, so that a sound that is cut off does not click.
pub(super) fn fade_out(sound: &mut [f32], seconds: f32) {
    let count = samples(seconds).min(sound.len());
    for (place, x) in sound.iter_mut().rev().take(count).enumerate() {
        *x *= place as f32 / count as f32;
    }
}

/// A sine whose frequency and amplitude are functions of time.
pub(super) fn tone(seconds: f32, hertz: impl Fn(f32) -> f32, amplitude: impl Fn(f32) -> f32) -> Vec<f32> {
    let mut turns = 0.0_f32;
    let sample = |place: usize| {
        let t = place as f32 / RATE as f32;
        let y = amplitude(t) * (TAU * turns).sin();
        turns = (turns + hertz(t) / RATE as f32).fract();
        y
    };
    (0..samples(seconds)).map(sample).collect()
}

/// A periodic tone: partial k has amplitude `partial(k, k · frequency, time)`, from k = 1 as long as it is below 7.5 kHz
/// and k at most 60.
pub(super) fn harmonics(
    seconds: f32,
    hertz: impl Fn(f32) -> f32,
    partial: impl Fn(usize, f32, f32) -> f32,
) -> Vec<f32> {
    let mut turns = 0.0_f32;
    let sample = |place: usize| {
        let t = place as f32 / RATE as f32;
        let hertz = hertz(t);
        let (sine, cosine) = (TAU * turns).sin_cos();
        turns = (turns + hertz / RATE as f32).fract();
        // The sine of k times an angle by turning once more for each k: one sine a sample instead of one a partial.
        let (mut re, mut im) = (1.0, 0.0);
        let mut sum = 0.0;
        for k in 1..=60 {
            let frequency = k as f32 * hertz;
            if frequency > 7500.0 {
                break;
            }
            (re, im) = (re * cosine - im * sine, re * sine + im * cosine);
            sum += im * partial(k, frequency, t);
        }
        sum
    };
    (0..samples(seconds)).map(sample).collect()
}

pub(super) fn noise(seconds: f32, rng: &mut dyn Rng) -> Vec<f32> {
    let mut rng = rng;
    (0..samples(seconds)).map(|_| normal(&mut rng)).collect()
}

/// A slow random motion about 0, mostly between −1 and 1, that changes course about `per_second` times a second.
pub(super) fn wander(seconds: f32, per_second: f32, rng: &mut dyn Rng) -> Vec<f32> {
    let mut rng = rng;
    let points: Vec<f32> = (0..(seconds * per_second) as usize + 3).map(|_| 0.7 * normal(&mut rng)).collect();
    let value = |place: usize| {
        let x = place as f32 / RATE as f32 * per_second;
        let (whole, part) = (x as usize, x.fract());
        let smooth = 0.5 - 0.5 * (PI * part).cos();
        points[whole] * (1.0 - smooth) + points[whole + 1] * smooth
    };
    (0..samples(seconds)).map(value).collect()
}

/// Lets through what is near a frequency, which may move; `q` is the frequency by the width (Bristow-Johnson's band
/// pass of constant peak gain).
pub(super) fn band_pass(signal: &[f32], hertz: impl Fn(f32) -> f32, q: f32) -> Vec<f32> {
    let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
    let sample = |(place, &x): (usize, &f32)| {
        let omega = TAU * hertz(place as f32 / RATE as f32).clamp(20.0, 7800.0) / RATE as f32;
        let alpha = omega.sin() / (2.0 * q);
        let y = (alpha * (x - x2) + 2.0 * omega.cos() * y1 - (1.0 - alpha) * y2) / (1.0 + alpha);
        (x2, x1, y2, y1) = (x1, x, y1, y);
        y
    };
    signal.iter().enumerate().map(sample).collect()
}

/// Lets through what is below a frequency, softly: 6 dB an octave.
pub(super) fn low_pass(signal: &[f32], hertz: f32) -> Vec<f32> {
    let keep = (-TAU * hertz / RATE as f32).exp();
    let mut y = 0.0;
    let sample = |&x: &f32| {
        y = (1.0 - keep) * x + keep * y;
        y
    };
    signal.iter().map(sample).collect()
}

/// Lets through what is above a frequency, softly.
pub(super) fn high_pass(signal: &[f32], hertz: f32) -> Vec<f32> {
    signal.iter().zip(low_pass(signal, hertz)).map(|(x, low)| x - low).collect()
}

/// Multiplies by a function of time.
pub(super) fn shape(signal: &mut [f32], amplitude: impl Fn(f32) -> f32) {
    for (place, x) in signal.iter_mut().enumerate() {
        *x *= amplitude(place as f32 / RATE as f32);
    }
}

/// A band pass: its frequency by time, q, and level.
type Formant<'a> = (&'a dyn Fn(f32) -> f32, f32, f32);

/// The sum of a signal seen through several band passes.
pub(super) fn formants(signal: &[f32], bands: &[Formant<'_>]) -> Vec<f32> {
    let mut sum = vec![0.0; signal.len()];
    for (hertz, q, level) in bands {
        mix(&mut sum, 0.0, &band_pass(signal, hertz, *q), *level);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augmentation::root_mean_square;

    #[test]
    fn harmonics_with_one_partial_are_a_tone() {
        let a = tone(0.1, |t| 300.0 + 1000.0 * t, |t| t);
        let b = harmonics(0.1, |t| 300.0 + 1000.0 * t, |k, _, t| if k == 1 { t } else { 0.0 });
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn a_band_pass_lets_its_frequency_through_and_others_not() {
        let level = |hertz: f32| {
            let passed = band_pass(&tone(1.0, |_| hertz, |_| 1.0), |_| 1000.0, 5.0);
            root_mean_square(&passed[8000..]) * 2.0_f32.sqrt()
        };
        assert!((level(1000.0) - 1.0).abs() < 0.01);
        assert!(level(250.0) < 0.1 && level(4000.0) < 0.1);
    }

    #[test]
    fn low_and_high_pass_make_up_the_signal() {
        let signal = tone(0.05, |_| 500.0, |_| 1.0);
        let sum = low_pass(&signal, 300.0).into_iter().zip(high_pass(&signal, 300.0)).map(|(a, b)| a + b);
        assert!(sum.zip(&signal).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn an_envelope_falls_by_60_decibels() {
        assert!((decay(0.5, 0.5) - 1e-3).abs() < 1e-5);
        assert_eq!(
            (swell(0.0, 0.1, 1.0, 0.2), swell(0.5, 0.1, 1.0, 0.2), swell(1.0, 0.1, 1.0, 0.2)),
            (0.0, 1.0, 0.0)
        );
    }
}
