//! Windows: how a short piece of a sound is cut out.
//!
//! Cut out with a sharp edge, a wave that does not fit the piece in whole periods leaks into all frequencies. A window
//! w₀ … w_{N−1} fades the piece in and out; each kind is another compromise between a narrow peak and little leakage
//! far from it (Harris 1978). Names, formulas and both lengths are those of `scipy.signal.get_window`.
//!
//! ```
//! use sound::window::{Symmetry, Window};
//!
//! let hann = Window::Hann.values::<f64>(4, Symmetry::Periodic);
//! assert!(hann.iter().zip([0.0, 0.5, 1.0, 0.5]).all(|(a, b)| (a - b).abs() < 1e-15));
//! ```

use crate::fourier::Real;
use std::f64::consts::TAU;

/// A kind of window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Window {
    /// All ones: the piece as it is. SciPy's `boxcar`.
    Rectangular,
    /// ½ − ½ cos: falls to zero at its ends. The usual one for spectrograms.
    Hann,
    /// 0.54 − 0.46 cos: the nearest side lobe all but vanishes, those far away do not fall.
    Hamming,
    /// 0.42 − 0.5 cos + 0.08 cos of twice the angle: a wider peak, side lobes below −58 dB.
    Blackman,
    /// Of all windows, nearly the one with the most energy in its peak, as wide as β says (Kaiser 1966). SciPy's
    /// `("kaiser", beta)`.
    Kaiser {
        /// 0 is rectangular, 5 like Hamming, 6 like Hann, 8.6 like Blackman.
        beta: f64,
    },
}

/// Where a window of N samples ends: which of SciPy's two conventions it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symmetry {
    /// One period of N samples, whose next sample would again be the first: for spectra. SciPy's `fftbins=True`.
    Periodic,
    /// Last sample like the first: for filters. SciPy's `fftbins=False`, `sym=True`.
    Symmetric,
}

impl Window {
    /// The `length` values of the window.
    pub fn values<T: Real>(self, length: usize, symmetry: Symmetry) -> Vec<T> {
        if length <= 1 {
            return vec![T::one(); length];
        }
        let period = match symmetry {
            Symmetry::Periodic => length,
            Symmetry::Symmetric => length - 1,
        };
        (0..length).map(|place| T::of(self.at(place as f64 / period as f64))).collect()
    }

    /// The value at `x` from 0, the window's beginning, to 1, its end.
    // ANCHOR: formulas
    fn at(self, x: f64) -> f64 {
        let cosine = |periods: f64| (TAU * periods * x).cos();
        match self {
            Self::Rectangular => 1.0,
            Self::Hann => 0.5 - 0.5 * cosine(1.0),
            Self::Hamming => 0.54 - 0.46 * cosine(1.0),
            Self::Blackman => 0.42 - 0.5 * cosine(1.0) + 0.08 * cosine(2.0),
            Self::Kaiser { beta } => {
                let from_middle = 2.0 * x - 1.0;
                bessel_i0(beta * (1.0 - from_middle * from_middle).max(0.0).sqrt()) / bessel_i0(beta)
            }
        }
    }
    // ANCHOR_END: formulas
}

/// The modified Bessel function of the first kind of order 0, Σ_k ((x/2)^k / k!)².
fn bessel_i0(x: f64) -> f64 {
    let half = x / 2.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut k = 1.0;
    // All terms are positive, so nothing cancels; past k = |x| each is below half of the one before it.
    while term > f64::EPSILON * 0.01 * sum {
        term *= (half / k) * (half / k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::{magnitude, real_fft};

    const ALL: [Window; 5] =
        [Window::Rectangular, Window::Hann, Window::Hamming, Window::Blackman, Window::Kaiser { beta: 8.6 }];

    #[test]
    fn a_symmetric_window_reads_the_same_backwards() {
        for window in ALL {
            for length in [2, 7, 16] {
                let values: Vec<f64> = window.values(length, Symmetry::Symmetric);
                for (a, b) in values.iter().zip(values.iter().rev()) {
                    assert!((a - b).abs() < 1e-15, "{window:?} {length}");
                }
            }
        }
    }

    #[test]
    fn a_periodic_window_is_a_longer_symmetric_one_without_its_end() {
        for window in ALL {
            let periodic: Vec<f64> = window.values(16, Symmetry::Periodic);
            let symmetric: Vec<f64> = window.values(17, Symmetry::Symmetric);
            assert_eq!(periodic, symmetric[..16]);
        }
    }

    #[test]
    fn short_windows_are_ones() {
        for window in ALL {
            assert!(window.values::<f32>(0, Symmetry::Periodic).is_empty());
            assert_eq!(window.values::<f32>(1, Symmetry::Periodic), [1.0]);
        }
    }

    /// The mean of a window: what it leaves of a wave's magnitude. 1 for the rectangular one, ½ for Hann.
    fn coherent_gain(window: &[f64]) -> f64 {
        window.iter().sum::<f64>() / window.len() as f64
    }

    /// The width of a filter that lets the same noise pass, in bins: N · Σ w² / (Σ w)². 1 for the rectangular window,
    /// 1.5 for Hann (Harris 1978).
    fn equivalent_noise_bandwidth(window: &[f64]) -> f64 {
        let sum: f64 = window.iter().sum();
        let squares: f64 = window.iter().map(|w| w * w).sum();
        window.len() as f64 * squares / (sum * sum)
    }

    #[test]
    fn gains_and_bandwidths_are_those_of_the_literature() {
        let of = |window: Window| window.values::<f64>(4096, Symmetry::Periodic);
        assert!((coherent_gain(&of(Window::Hann)) - 0.5).abs() < 1e-12);
        assert!((equivalent_noise_bandwidth(&of(Window::Rectangular)) - 1.0).abs() < 1e-12);
        assert!((equivalent_noise_bandwidth(&of(Window::Hann)) - 1.5).abs() < 1e-12);
        assert!((equivalent_noise_bandwidth(&of(Window::Hamming)) - 1.3628).abs() < 1e-4);
    }

    #[test]
    fn a_window_keeps_a_wave_between_two_bins_from_leaking_far() {
        let n = 256;
        let wave: Vec<f64> = (0..n).map(|t| (TAU * 20.5 * f64::from(t) / f64::from(n)).sin()).collect();
        let leaked = |window: Window| {
            let values = window.values::<f64>(n as usize, Symmetry::Periodic);
            let piece: Vec<f64> = wave.iter().zip(values).map(|(x, w)| x * w).collect();
            let spectrum = magnitude(&real_fft(&piece));
            spectrum[80] / spectrum[20]
        };
        assert!(leaked(Window::Rectangular) > 1e-3);
        assert!(leaked(Window::Hann) < 1e-5);
    }
}
