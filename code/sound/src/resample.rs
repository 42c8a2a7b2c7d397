//! Resampling: the same sound in more or fewer samples a second.
//!
//! Between its samples a sound without frequencies above half its rate is known exactly: each sample adds a sinc,
//! sin(πt) / πt (Whittaker 1915; Shannon 1949). A sinc of finite length under a window comes near. Where the new rate is
//! the lower one the sinc is made wider, and so removes what the new rate has no room for and would fold back as
//! *aliases*. The crate `rubato` does this with a sinc of 256 samples under a squared Blackman–Harris window.

use crate::Error;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType, WindowFunction,
};

/// Samples of the sinc.
const SINC: usize = 256;

/// The farthest that rates may lie apart.
pub const GREATEST_RATIO: f64 = 256.0;

/// The signal, of `from` samples a second, in `to` samples a second: ⌈samples · `to` / `from`⌉ of them.
///
/// # Errors
///
/// If a rate is 0, one is more than [`GREATEST_RATIO`] times the other, or a sample is no number.
pub fn resample(signal: &[f32], from: u32, to: u32) -> Result<Vec<f32>, Error> {
    for rate in [from, to] {
        if rate == 0 {
            return Err(Error::setting("resampling", "rate", "at least 1 sample a second", rate));
        }
    }
    if from == to {
        return Ok(signal.to_vec());
    }
    resample_by(signal, f64::from(to) / f64::from(from))
}

/// The signal in `ratio` times as many samples. Played at the old rate it is slower and lower by that factor.
///
/// # Errors
///
/// If the ratio is not from 1 / [`GREATEST_RATIO`] to [`GREATEST_RATIO`], or a sample is no number.
pub fn resample_by(signal: &[f32], ratio: f64) -> Result<Vec<f32>, Error> {
    if !(1.0 / GREATEST_RATIO..=GREATEST_RATIO).contains(&ratio) {
        let expected = format!("from 1/{GREATEST_RATIO} to {GREATEST_RATIO}");
        return Err(Error::setting("resampling", "ratio of the rates", expected, ratio));
    }
    if let Some(place) = signal.iter().position(|x| !x.is_finite()) {
        let found = format!("{} at sample {place}", signal[place]);
        return Err(Error::shape("resampling", "samples that are numbers", found));
    }
    if signal.is_empty() {
        return Ok(Vec::new());
    }
    let failed =
        |error: &dyn std::fmt::Display| Error::Resample { from: 1.0, to: ratio, reason: error.to_string() };
    let parameters = SincInterpolationParameters {
        sinc_len: SINC,
        f_cutoff: None,
        oversampling_factor: 256,
        interpolation: SincInterpolationType::Cubic,
        window: WindowFunction::BlackmanHarris2,
    };
    let mut resampler = Async::<f32>::new_sinc(ratio, 1.0, &parameters, 1024, 1, FixedAsync::Input)
        .map_err(|error| failed(&error))?;
    let (before, skipped) = alignment(ratio);
    let length = (signal.len() as f64 * ratio).ceil() as usize;
    let mut padded = vec![0.0; before];
    padded.extend(signal);
    padded.resize(padded.len() + (2.0 / ratio).ceil() as usize, 0.0);
    let input = InterleavedSlice::new(&padded, 1, padded.len()).map_err(|error| failed(&error))?;
    let output = resampler.process_all(&input, padded.len(), None).map_err(|error| failed(&error))?;
    let mut output = output.take_data();
    output.drain(..skipped.min(output.len()));
    output.resize(length, 0.0);
    Ok(output)
}

/// How many zeros to put before a signal, and how many samples to drop of what comes out, so that sample 0 stays sample 0.
///
/// rubato drops as many samples as half a sinc is long, rounded down, and its first sample lies one step after the
/// signal's: what comes out is up to a sample early. So many zeros before the signal that they and half the sinc are a
/// whole number of new samples, or nearly so, make up for it. What remains was measured as below 1/100 of a sample.
fn alignment(ratio: f64) -> (usize, usize) {
    let half = (SINC / 2) as f64;
    let least = (1.0 / ratio).ceil() as usize;
    let new_samples = |zeros: usize| (zeros as f64 + half) * ratio;
    let error = |zeros: usize| (new_samples(zeros) - new_samples(zeros).round()).abs();
    // Rounding would choose among exact ones by chance: the first that is as good as exact is taken.
    let candidates = least..least + 1024;
    let zeros = candidates.clone().find(|&zeros| error(zeros) < 1e-9);
    let zeros = zeros.or_else(|| candidates.min_by(|&a, &b| error(a).total_cmp(&error(b)))).unwrap_or(least);
    (zeros, (new_samples(zeros).round() - (half * ratio).floor()) as usize - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::{magnitude, real_fft};
    use crate::window::{Symmetry, Window};
    use std::f64::consts::TAU;

    fn sine(hertz: f64, rate: u32, seconds: f64) -> Vec<f32> {
        let samples = (f64::from(rate) * seconds) as usize;
        (0..samples).map(|t| 0.5 * (TAU * hertz * t as f64 / f64::from(rate)).sin() as f32).collect()
    }

    /// The loudest frequency in hertz, and the level of the middle of the signal.
    fn loudest(signal: &[f32], rate: u32) -> (f64, f64) {
        let middle = &signal[signal.len() / 4..][..signal.len() / 2];
        let window = Window::Hann.values::<f64>(middle.len(), Symmetry::Periodic);
        let piece: Vec<f64> = middle.iter().zip(window).map(|(&x, w)| f64::from(x) * w).collect();
        let spectrum = magnitude(&real_fft(&piece));
        let bin = (0..spectrum.len()).max_by(|&a, &b| spectrum[a].total_cmp(&spectrum[b])).unwrap();
        let power = middle.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / middle.len() as f64;
        (bin as f64 * f64::from(rate) / middle.len() as f64, power.sqrt())
    }

    #[test]
    fn a_sine_keeps_its_frequency_and_level() {
        for (from, to) in [(44_100, 16_000), (8000, 16_000), (48_000, 44_100), (22_050, 16_000)] {
            let resampled = resample(&sine(1000.0, from, 1.0), from, to).unwrap();
            assert_eq!(resampled.len(), to as usize);
            let (hertz, level) = loudest(&resampled, to);
            assert!((hertz - 1000.0).abs() < 2.1, "{from} → {to}: {hertz} Hz");
            assert!((level - 0.5 / 2.0_f64.sqrt()).abs() < 1e-3, "{from} → {to}: {level}");
        }
    }

    #[test]
    fn samples_stay_where_they_were_in_time() {
        for (from, to) in [(8000, 16_000), (16_000, 8000), (44_100, 16_000), (22_050, 16_000), (7919, 16_000)]
        {
            let resampled = resample(&sine(440.0, from, 0.5), from, to).unwrap();
            let wanted = sine(440.0, to, 0.5);
            for place in 500..wanted.len() - 500 {
                let error = (resampled[place] - wanted[place]).abs();
                assert!(error < 1e-3, "{from} → {to}: {error} at {place}");
            }
        }
    }

    #[test]
    fn what_the_new_rate_has_no_room_for_does_not_fold_back() {
        // 7 kHz would be heard as 1 kHz at 8000 samples a second.
        let resampled = resample(&sine(7000.0, 44_100, 1.0), 44_100, 8000).unwrap();
        let (_, level) = loudest(&resampled, 8000);
        assert!(level < 0.5 / 2.0_f64.sqrt() * 1e-4, "{level}");
    }

    #[test]
    fn the_same_rate_changes_nothing() {
        let signal = sine(100.0, 8000, 0.1);
        assert_eq!(resample(&signal, 8000, 8000).unwrap(), signal);
        assert!(resample(&[], 8000, 16_000).unwrap().is_empty());
    }

    #[test]
    fn short_signals_have_their_length_too() {
        for n in [1, 2, 100, 1023, 1025] {
            assert_eq!(resample(&vec![0.1; n], 8000, 16_000).unwrap().len(), 2 * n);
        }
    }

    #[test]
    fn impossible_rates_and_samples_are_refused() {
        assert!(resample(&[0.0], 0, 1).unwrap_err().to_string().contains("at least 1 sample"));
        assert!(resample(&[0.0], 1, 768_000).unwrap_err().to_string().contains("256"));
        assert!(resample(&[0.0, f32::NAN], 1, 2).unwrap_err().to_string().contains("sample 1"));
        assert!(resample_by(&[0.0], f64::NAN).is_err());
    }
}
