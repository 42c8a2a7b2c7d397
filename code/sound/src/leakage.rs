//! Leakage: what a window does to the spectrum of a tone that does not fit into its piece.

use crate::fourier::{Complex, magnitude, real_fft};
use crate::window::{Symmetry, Window};

/// How many points of a spectrum are computed for each bin, so that one sees what lies between bins.
pub const FINE: usize = 16;

/// The magnitudes of a piece under a window in decibels below the loudest, at [`FINE`] points a bin.
///
/// Zeros behind the piece make the transform longer, and its points denser; they add no information.
// ANCHOR: spectrum
pub fn spectrum(piece: &[f64], window: Window) -> Vec<f64> {
    let weights: Vec<f64> = window.values(piece.len(), Symmetry::Periodic);
    let mut padded: Vec<f64> = piece.iter().zip(weights).map(|(x, w)| x * w).collect();
    padded.resize(FINE * piece.len(), 0.0);
    decibels(&real_fft(&padded))
}
// ANCHOR_END: spectrum

/// Decibels below the loudest: 20 · log₁₀ of a ratio of magnitudes; never below −120.
pub fn decibels(spectrum: &[Complex<f64>]) -> Vec<f64> {
    let magnitudes = magnitude(spectrum);
    let loudest = magnitudes.iter().fold(f64::MIN_POSITIVE, |most, &m| most.max(m));
    magnitudes.iter().map(|m| (20.0 * (m / loudest).log10()).max(-120.0)).collect()
}

/// What one sees of a window in its own spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// How wide the peak is, from one zero beside it to the other, in bins.
    pub width: f64,
    /// The highest lobe beside the peak, in decibels of the peak.
    pub side_lobe: f64,
}

/// Measures a window of `length` samples.
pub fn shape(window: Window, length: usize) -> Shape {
    const POINTS: usize = 256;
    let mut padded: Vec<f64> = window.values(length, Symmetry::Periodic);
    padded.resize(POINTS * length, 0.0);
    let spectrum = decibels(&real_fft(&padded));
    // Down from the peak at 0 to the first valley.
    let valley = spectrum.windows(2).position(|pair| pair[1] > pair[0]).unwrap_or(spectrum.len() - 1);
    let side_lobe = spectrum[valley..].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Shape { width: 2.0 * valley as f64 / POINTS as f64, side_lobe }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::tone;

    #[test]
    fn windows_have_the_lobes_that_are_published() {
        // Harris 1978, table 1: highest side lobes of −13, −32 (Hann), −43 (Hamming) and −58 dB (Blackman), and peaks
        // of 2, 4, 4 and 6 bins.
        for (window, width, side_lobe) in [
            (Window::Rectangular, 2.0, -13.3),
            (Window::Hann, 4.0, -31.5),
            (Window::Hamming, 4.0, -42.7),
            (Window::Blackman, 6.0, -58.1),
        ] {
            let found = shape(window, 512);
            assert!((found.width - width).abs() < 0.05, "{window:?} {found:?}");
            assert!((found.side_lobe - side_lobe).abs() < 0.3, "{window:?} {found:?}");
        }
    }

    #[test]
    fn a_tone_that_fits_does_not_leak_into_other_bins() {
        let bins = |periods: f64| -> Vec<f64> {
            let fine = spectrum(&tone(periods, 64.0, 64), Window::Rectangular);
            fine.into_iter().step_by(FINE).collect()
        };
        let fits = bins(10.0);
        assert!(fits.iter().enumerate().all(|(k, &db)| (db > -1.0) == (k == 10) && (k == 10 || db < -100.0)));
        let between = bins(10.5);
        assert!(between[30] > -40.0);
    }
}
