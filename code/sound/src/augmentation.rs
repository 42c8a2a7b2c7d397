//! Augmentation: the same sound in another room, in noise, higher, later, louder.
//!
//! What it is called stays the same, and a network that hears many versions of a sound learns what they share.
//!
//! ```
//! use sound::augmentation::Augmentation;
//! use sound::synthesis::{Kind, RATE};
//!
//! let clean = Kind::Bell.sound(1, 0);
//! let heard = Augmentation::default().apply(&clean, RATE, &mut emoji_world::rng(1, 0))?;
//! assert_eq!(heard.len(), clean.len());
//! # Ok::<(), sound::Error>(())
//! ```

use crate::Error;
use crate::convolution::convolve;
use crate::resample::resample_by;
use emoji_world::two_normal;
use rand::{Rng, RngExt};
use std::ops::RangeInclusive;

/// What is drawn for each version of a sound. `None` leaves a step out.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    /// Higher (or lower, below 0) by so many semitones. −2 to 2.
    pub semitones: Option<RangeInclusive<f32>>,
    /// The room: after how many seconds an echo has fallen by 60 dB. 0.1 to 0.6.
    pub reverberation: Option<RangeInclusive<f32>>,
    /// Later (or earlier, below 0) by so many seconds. −0.1 to 0.1.
    pub shift: Option<RangeInclusive<f32>>,
    /// White noise, so many decibels below the sound. 5 to 30.
    pub signal_to_noise: Option<RangeInclusive<f32>>,
    /// The level of the loudest sample, in decibels of full scale. −20 to 0.
    pub peak: Option<RangeInclusive<f32>>,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            semitones: Some(-2.0..=2.0),
            reverberation: Some(0.1..=0.6),
            shift: Some(-0.1..=0.1),
            signal_to_noise: Some(5.0..=30.0),
            peak: Some(-20.0..=0.0),
        }
    }
}

impl Augmentation {
    /// No step: sounds stay as they are.
    pub const NONE: Self =
        Self { semitones: None, reverberation: None, shift: None, signal_to_noise: None, peak: None };

    /// Another version of a sound of `rate` samples a second, as long as it is.
    ///
    /// # Errors
    ///
    /// If a range is empty or beyond what its step takes, or the pitch is to change and a sample is no number.
    ///
    /// # Panics
    ///
    /// If there is to be reverberation, no change of the pitch, and a sample is no number.
    // ANCHOR: apply
    pub fn apply(&self, signal: &[f32], rate: u32, rng: &mut impl Rng) -> Result<Vec<f32>, Error> {
        let mut heard = signal.to_vec();
        if let Some(semitones) = draw(&self.semitones, "semitones", rng)? {
            heard = change_pitch(&heard, semitones)?;
        }
        if let Some(seconds) = draw(&self.reverberation, "reverberation", rng)? {
            heard = reverberate(&heard, &room(seconds, rate, rng)?);
        }
        if let Some(seconds) = draw(&self.shift, "shift", rng)? {
            heard = shift(&heard, (seconds * rate as f32).round() as isize);
        }
        if let Some(decibels) = draw(&self.signal_to_noise, "signal_to_noise", rng)? {
            add_noise(&mut heard, decibels, rng);
        }
        if let Some(decibels) = draw(&self.peak, "peak", rng)? {
            set_peak(&mut heard, decibels);
        }
        heard.resize(signal.len(), 0.0);
        Ok(heard)
    }
    // ANCHOR_END: apply
}

fn draw(
    range: &Option<RangeInclusive<f32>>,
    setting: &'static str,
    rng: &mut impl Rng,
) -> Result<Option<f32>, Error> {
    let Some(range) = range else { return Ok(None) };
    if range.is_empty() || !range.start().is_finite() || !range.end().is_finite() {
        return Err(Error::setting(
            "augmentation",
            setting,
            "a range from a number to a greater one",
            format!("{} to {}", range.start(), range.end()),
        ));
    }
    Ok(Some(rng.random_range(range.clone())))
}

/// A number from the standard normal distribution.
pub(crate) fn normal(rng: &mut impl Rng) -> f32 {
    two_normal(rng)[0]
}

/// The root of the mean square: what a sound's loudness goes by.
pub fn root_mean_square(signal: &[f32]) -> f32 {
    let energy: f64 = signal.iter().map(|&x| f64::from(x).powi(2)).sum();
    (energy / signal.len().max(1) as f64).sqrt() as f32
}

/// Adds white noise whose power is `decibels` below the signal's. Silence stays silent.
pub fn add_noise(signal: &mut [f32], decibels: f32, rng: &mut impl Rng) {
    let deviation = root_mean_square(signal) * 10.0_f32.powf(-decibels / 20.0);
    signal.iter_mut().for_each(|x| *x += deviation * normal(rng));
}

/// The echo of a clap in a room where echoes fall by 60 dB in `seconds`, after the clap itself: noise that decays
/// exponentially (Moorer 1979). Its energy is half the clap's.
///
/// # Errors
///
/// If `seconds` is not above 0 and at most 10.
// ANCHOR: room
pub fn room(seconds: f32, rate: u32, rng: &mut impl Rng) -> Result<Vec<f32>, Error> {
    if !(seconds > 0.0 && seconds <= 10.0) {
        return Err(Error::setting("room", "reverberation", "above 0 and at most 10 seconds", seconds));
    }
    let samples = (seconds * rate as f32).ceil() as usize;
    // 10⁻³ in amplitude is −60 dB.
    let decay = -(1000.0_f32.ln()) / (seconds * rate as f32);
    let mut response: Vec<f32> = (0..=samples).map(|t| (decay * t as f32).exp() * normal(rng)).collect();
    response[0] = 0.0;
    let energy: f32 = response.iter().map(|x| x * x).sum();
    if energy > 0.0 {
        let scale = (0.5 / energy).sqrt();
        response.iter_mut().for_each(|x| *x *= scale);
    }
    response[0] = 1.0;
    Ok(response)
}
// ANCHOR_END: room

/// The signal in a room with this response, as long as it was: the end of the echo is cut off.
///
/// # Panics
///
/// As [`convolve`].
pub fn reverberate(signal: &[f32], response: &[f32]) -> Vec<f32> {
    let mut heard = convolve(signal, response);
    heard.resize(signal.len(), 0.0);
    heard
}

/// The signal higher by so many semitones (lower, below 0), and shorter by as much: as a tape that runs faster.
///
/// # Errors
///
/// If it is more than 48 semitones, four octaves, either way, or a sample is no number.
pub fn change_pitch(signal: &[f32], semitones: f32) -> Result<Vec<f32>, Error> {
    if !(-48.0..=48.0).contains(&semitones) {
        return Err(Error::setting("pitch change", "semitones", "from −48 to 48", semitones));
    }
    resample_by(signal, 2.0_f64.powf(f64::from(-semitones) / 12.0))
}

/// The signal later by so many samples (earlier, below 0); silence comes in, and what is beyond the end is lost.
pub fn shift(signal: &[f32], samples: isize) -> Vec<f32> {
    let mut shifted = vec![0.0; signal.len()];
    let by = samples.unsigned_abs().min(signal.len());
    let kept = signal.len() - by;
    if samples >= 0 {
        shifted[by..].copy_from_slice(&signal[..kept]);
    } else {
        shifted[..kept].copy_from_slice(&signal[by..]);
    }
    shifted
}

/// Scales the signal so that its loudest sample is at so many decibels of full scale. Silence stays silent.
pub fn set_peak(signal: &mut [f32], decibels: f32) {
    let peak = signal.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    if peak > 0.0 {
        let scale = 10.0_f32.powf(decibels / 20.0) / peak;
        signal.iter_mut().for_each(|x| *x *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::{magnitude, real_fft};

    const RATE: u32 = 16_000;

    fn sine(hertz: f32, samples: usize) -> Vec<f32> {
        let step = std::f32::consts::TAU * hertz / RATE as f32;
        (0..samples).map(|t| 0.5 * (step * t as f32).sin()).collect()
    }

    fn rng() -> impl Rng {
        emoji_world::rng(5, 0)
    }

    #[test]
    fn noise_has_the_power_that_was_asked_for() {
        for decibels in [0.0, 10.0, 30.0] {
            let clean = sine(440.0, 16_000);
            let mut noisy = clean.clone();
            add_noise(&mut noisy, decibels, &mut rng());
            let noise: Vec<f32> = noisy.iter().zip(&clean).map(|(a, b)| a - b).collect();
            let found = 20.0 * (root_mean_square(&clean) / root_mean_square(&noise)).log10();
            assert!((found - decibels).abs() < 0.2, "{found} {decibels}");
        }
    }

    #[test]
    fn an_echo_falls_by_60_decibels_in_its_time() {
        let response = room(0.5, RATE, &mut rng()).unwrap();
        assert_eq!(response.len(), 8001);
        let level = |from: usize| 20.0 * root_mean_square(&response[from..][..400]).log10();
        // From the middle of the first piece to that of the last there are 0.475 of the 0.5 seconds.
        let fallen = level(1) - level(7600);
        assert!((fallen - 57.0).abs() < 1.5, "{fallen}");
    }

    #[test]
    fn a_clap_in_a_room_is_the_rooms_response() {
        let response = room(0.01, RATE, &mut rng()).unwrap();
        let mut clap = vec![0.0; 300];
        clap[100] = 1.0;
        let heard = reverberate(&clap, &response);
        assert_eq!(heard.len(), 300);
        assert!(heard[..100].iter().all(|x| x.abs() < 1e-6));
        assert!(heard[100..].iter().zip(&response).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn an_octave_higher_is_twice_the_frequency_in_half_the_time() {
        let higher = change_pitch(&sine(500.0, 8000), 12.0).unwrap();
        assert_eq!(higher.len(), 4000);
        let spectrum = magnitude(&real_fft(&higher));
        let loudest = (0..spectrum.len()).max_by(|&a, &b| spectrum[a].total_cmp(&spectrum[b])).unwrap();
        assert_eq!(loudest, 1000 * 4000 / RATE as usize);
    }

    #[test]
    fn a_shift_brings_silence_in() {
        let signal = [1.0, 2.0, 3.0];
        assert_eq!(shift(&signal, 1), [0.0, 1.0, 2.0]);
        assert_eq!(shift(&signal, -2), [3.0, 0.0, 0.0]);
        assert_eq!(shift(&signal, 7), [0.0; 3]);
        assert_eq!(shift(&signal, isize::MIN), [0.0; 3]);
    }

    #[test]
    fn the_peak_is_set() {
        let mut signal = vec![0.1, -0.2];
        set_peak(&mut signal, -6.0206);
        assert!((signal[1] + 0.5).abs() < 1e-5 && (signal[0] - 0.25).abs() < 1e-5);
        let mut silence = vec![0.0; 3];
        set_peak(&mut silence, 0.0);
        assert_eq!(silence, [0.0; 3]);
    }

    #[test]
    fn versions_differ_by_seed_and_only_by_seed() {
        let clean = sine(440.0, 4000);
        let version =
            |seed| Augmentation::default().apply(&clean, RATE, &mut emoji_world::rng(seed, 0)).unwrap();
        assert_eq!(version(1), version(1));
        assert_ne!(version(1), version(2));
        assert_eq!(version(1).len(), 4000);
        assert!(version(1).iter().all(|x| x.abs() <= 1.0 + 1e-6));
    }

    #[test]
    fn no_step_changes_nothing() {
        let clean = sine(440.0, 100);
        assert_eq!(Augmentation::NONE.apply(&clean, RATE, &mut rng()).unwrap(), clean);
    }

    #[test]
    fn impossible_ranges_are_named() {
        let error = |augmentation: Augmentation| {
            augmentation.apply(&[0.5; 10], RATE, &mut rng()).unwrap_err().to_string()
        };
        let reversed = Augmentation { peak: Some(0.0..=-20.0), ..Augmentation::NONE };
        assert!(error(reversed).contains("peak"));
        let far = Augmentation { semitones: Some(60.0..=61.0), ..Augmentation::NONE };
        assert!(error(far).contains("from −48 to 48"));
        let no_room = Augmentation { reverberation: Some(0.0..=0.0), ..Augmentation::NONE };
        assert!(error(no_room).contains("reverberation"));
    }
}
