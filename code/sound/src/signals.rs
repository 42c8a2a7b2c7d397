//! Signals to try a transform on: tones, glides and clicks; and what sampling makes of tones that are too high.

use std::f64::consts::TAU;

/// A sine of `hertz` and amplitude 1: `count` samples at `rate` samples a second.
// ANCHOR: tone
pub fn tone(hertz: f64, rate: f64, count: usize) -> Vec<f64> {
    (0..count).map(|n| (TAU * hertz * n as f64 / rate).sin()).collect()
}
// ANCHOR_END: tone

/// A tone that glides evenly from `from` to `to` hertz: `count` samples at `rate` samples a second.
pub fn glide(from: f64, to: f64, rate: f64, count: usize) -> Vec<f64> {
    let seconds = count as f64 / rate;
    let slope = (to - from) / seconds;
    // The phase is the integral of the frequency.
    let phase = |t: f64| TAU * (from * t + slope * t * t / 2.0);
    (0..count).map(|n| phase(n as f64 / rate).sin()).collect()
}

/// Silence with single samples of 1 at these places.
///
/// # Panics
///
/// If a place is not below `count`.
pub fn clicks(places: &[usize], count: usize) -> Vec<f64> {
    let mut signal = vec![0.0; count];
    for &place in places {
        signal[place] = 1.0;
    }
    signal
}

/// The frequency from 0 to half the rate whose samples are those of a tone of `hertz`, but for a sign.
///
/// ```
/// use sound::signals::alias;
///
/// assert_eq!(alias(1000.0, 8000.0), 1000.0);
/// assert_eq!(alias(7000.0, 8000.0), 1000.0);
/// assert_eq!(alias(8000.0, 8000.0), 0.0);
/// ```
// ANCHOR: alias
pub fn alias(hertz: f64, rate: f64) -> f64 {
    // Whole periods between two samples leave no trace in them.
    let rest = hertz.rem_euclid(rate);
    rest.min(rate - rest)
}
// ANCHOR_END: alias

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::{magnitude, real_fft};

    #[test]
    fn a_tone_that_is_too_high_has_the_samples_of_its_alias() {
        for hertz in [5000.0, 7000.0, 9000.0, 23_000.0] {
            let (high, low) = (tone(hertz, 8000.0, 50), tone(alias(hertz, 8000.0), 8000.0, 50));
            let sign = if hertz.rem_euclid(8000.0) < 4000.0 { 1.0 } else { -1.0 };
            assert!(high.iter().zip(&low).all(|(a, b)| (a - sign * b).abs() < 1e-9), "{hertz}");
        }
    }

    #[test]
    fn a_glide_begins_and_ends_where_it_should() {
        let signal = glide(500.0, 3000.0, 8000.0, 8000);
        let loudest = |piece: &[f64]| {
            let spectrum = magnitude(&real_fft(piece));
            (0..spectrum.len()).max_by(|&a, &b| spectrum[a].total_cmp(&spectrum[b])).unwrap()
        };
        // Pieces of 0.05 seconds: bins of 20 Hz, and the glide goes 125 Hz on.
        assert!((loudest(&signal[..400]) as f64 * 20.0 - 560.0).abs() < 80.0);
        assert!((loudest(&signal[7600..]) as f64 * 20.0 - 2940.0).abs() < 80.0);
    }

    #[test]
    fn clicks_are_where_they_were_put() {
        assert_eq!(clicks(&[1, 3], 5), [0.0, 1.0, 0.0, 1.0, 0.0]);
    }
}
