//! The short-time Fourier transform: which frequencies there are in each moment.
//!
//! A Fourier transform of a whole sound tells which frequencies it has, and nothing of when. So the sound is cut into
//! short pieces, *frames*, each of which begins `hop_length` samples after the one before it, is faded in and out by a
//! window w, and transformed by itself (Gabor 1946; Allen and Rabiner 1977):
//!
//! ```text
//! X[k, t] = Σ_n x[t · hop_length + n − n_fft/2] · w[n] · exp(−2πi · k · n / n_fft)
//! ```
//!
//! (without the − n_fft/2 if not `center`). Every setting is named, and does, as in `librosa.stft`; where the signal ends
//! the padding is that of `numpy.pad` on the whole signal.
//!
//! The inverse adds the frames' signals up where they were, each once more under its window, and divides by the sum of
//! squared windows: of all signals, the one whose transform is nearest to the given one (Griffin and Lim 1984).
//!
//! ```
//! use sound::stft::{Stft, StftConfig};
//!
//! let signal: Vec<f64> = (0..1000).map(|t| f64::from(t).sin()).collect();
//! let stft = Stft::new(&StftConfig { n_fft: 64, ..StftConfig::default() })?;
//! let spectrogram = stft.forward(&signal)?;
//! assert_eq!((spectrogram.bins, spectrogram.frames()), (33, 1 + 1000 / 16));
//! let back = stft.inverse(&spectrogram, Some(signal.len()))?;
//! assert!(signal.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-12));
//! # Ok::<(), sound::Error>(())
//! ```

use crate::Error;
use crate::fourier::{Complex, Real, make_ends_real};
use crate::spectrogram::Spectrogram;
use crate::window::{Symmetry, Window};
use fft_plans::{ComplexToReal, RealToComplex};
use std::fmt;
use std::sync::Arc;

/// What counts as no weight in [`Stft::inverse`] and in the checks, as in SciPy's `check_NOLA` and `check_COLA`.
const TOLERANCE: f64 = 1e-10;

/// What a centred frame sees before the first and after the last sample. Names are NumPy's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PadMode {
    /// Silence.
    #[default]
    Constant,
    /// The signal mirrored, its end not repeated: c b | a b c | b a.
    Reflect,
    /// The end, repeated: a a | a b c | c c.
    Edge,
}

/// Settings of the transform, with librosa's names and defaults.
#[derive(Clone, Debug, PartialEq)]
// ANCHOR: config
pub struct StftConfig {
    /// Samples of a frame, and so the length of its Fourier transform. 2048.
    pub n_fft: usize,
    /// Samples from a frame to the next. `None`: a quarter of `win_length`.
    pub hop_length: Option<usize>,
    /// Samples of the window, in the middle of the frame; the rest of the frame is zero. `None`: `n_fft`.
    pub win_length: Option<usize>,
    /// The window; periodic. Hann.
    pub window: Window,
    /// Whether frame t has sample t · `hop_length` in its middle (or begins there). True.
    pub center: bool,
    /// What centred frames see beyond the ends. Silence.
    pub pad_mode: PadMode,
}
// ANCHOR_END: config

impl Default for StftConfig {
    fn default() -> Self {
        Self {
            n_fft: 2048,
            hop_length: None,
            win_length: None,
            window: Window::Hann,
            center: true,
            pad_mode: PadMode::Constant,
        }
    }
}

/// A planned transform: window and Fourier transform of its length are ready.
///
/// It can be shared by threads.
#[derive(Clone)]
pub struct Stft<T: Real> {
    n_fft: usize,
    hop: usize,
    /// Without the zeros around it.
    window: Vec<T>,
    /// Zeros before the window in its frame.
    before: usize,
    center: bool,
    pad_mode: PadMode,
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
}

impl<T: Real> fmt::Debug for Stft<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stft")
            .field("n_fft", &self.n_fft)
            .field("hop_length", &self.hop)
            .field("win_length", &self.window.len())
            .field("center", &self.center)
            .field("pad_mode", &self.pad_mode)
            .finish_non_exhaustive()
    }
}

impl<T: Real> Stft<T> {
    /// Plans the transform.
    ///
    /// # Errors
    ///
    /// If a length is 0 or the window longer than the frame.
    pub fn new(config: &StftConfig) -> Result<Self, Error> {
        let n_fft = config.n_fft;
        let check = |setting, ok, expected: String, found: usize| {
            if ok { Ok(found) } else { Err(Error::setting("STFT", setting, expected, found)) }
        };
        check("n_fft", n_fft > 0, "at least 1".to_owned(), n_fft)?;
        let window = config.win_length.unwrap_or(n_fft);
        let bounds = format!("from 1 to n_fft, which is {n_fft}");
        check("win_length", (1..=n_fft).contains(&window), bounds, window)?;
        let hop = config.hop_length.unwrap_or(window / 4);
        check("hop_length", hop > 0, "at least 1".to_owned(), hop)?;
        Ok(Self {
            n_fft,
            hop,
            window: config.window.values(window, Symmetry::Periodic),
            before: (n_fft - window) / 2,
            center: config.center,
            pad_mode: config.pad_mode,
            forward: T::plan_real_fft_forward(n_fft),
            inverse: T::plan_real_fft_inverse(n_fft),
        })
    }

    /// Samples from a frame to the next.
    pub fn hop_length(&self) -> usize {
        self.hop
    }

    /// The window's values, `win_length` of them.
    pub fn window(&self) -> &[T] {
        &self.window
    }

    /// Frequencies of a frame: n_fft/2 + 1.
    pub fn bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// What the signal is padded with on each side.
    fn padding(&self) -> usize {
        if self.center { self.n_fft / 2 } else { 0 }
    }

    /// How many frames a signal of so many samples has; 0 if it is shorter than one.
    pub fn frames(&self, samples: usize) -> usize {
        let padded = samples + 2 * self.padding();
        if samples == 0 || padded < self.n_fft { 0 } else { (padded - self.n_fft) / self.hop + 1 }
    }

    /// The transform of a signal: frames × (n_fft/2 + 1) complex numbers.
    ///
    /// # Errors
    ///
    /// If the signal is empty, or shorter than a frame and not centred.
    pub fn forward(&self, signal: &[T]) -> Result<Spectrogram<Complex<T>>, Error> {
        let mut spectrogram = Spectrogram { bins: 0, values: Vec::new() };
        self.forward_into(signal, &mut spectrogram)?;
        Ok(spectrogram)
    }

    /// [`Stft::forward`] into memory that is already there, if enough of it is.
    ///
    /// # Errors
    ///
    /// As [`Stft::forward`].
    pub fn forward_into(&self, signal: &[T], spectrogram: &mut Spectrogram<Complex<T>>) -> Result<(), Error> {
        let frames = self.frames(signal.len());
        if frames == 0 {
            let least = if self.center { 1 } else { self.n_fft };
            return Err(Error::shape(
                "STFT",
                format!("at least {least} samples"),
                format!("{} samples; use a smaller n_fft or a longer signal", signal.len()),
            ));
        }
        spectrogram.bins = self.bins();
        let values = &mut spectrogram.values;
        values.clear();
        values.reserve(frames * self.bins());
        let mut frame = self.forward.make_input_vec();
        let mut spectrum = self.forward.make_output_vec();
        let mut scratch = self.forward.make_scratch_vec();
        // ANCHOR: frames
        for t in 0..frames {
            self.cut(signal, t, &mut frame);
            self.forward
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("all have the lengths of the plan");
            // Through a small buffer that stays in the cache: `values` need not be filled with zeros first, which
            // for a minute of sound would take as long as a third of the transforms.
            values.extend_from_slice(&spectrum);
        }
        // ANCHOR_END: frames
        Ok(())
    }

    /// Frame `t` of the signal, under the window.
    // ANCHOR: cut
    fn cut(&self, signal: &[T], t: usize, frame: &mut [T]) {
        let (n, window) = (signal.len(), self.window.len());
        // The transform uses the frame as scratch space, so its zeros do not last.
        frame[..self.before].fill(T::zero());
        frame[self.before + window..].fill(T::zero());
        let frame = &mut frame[self.before..][..window];
        let start = t * self.hop + self.before;
        let padding = self.padding();
        if start >= padding && start - padding + window <= n {
            let piece = &signal[start - padding..][..window];
            for ((y, &x), &w) in frame.iter_mut().zip(piece).zip(&self.window) {
                *y = x * w;
            }
        } else {
            for (place, (y, &w)) in frame.iter_mut().zip(&self.window).enumerate() {
                let place = (start + place) as isize - padding as isize;
                *y = self.padded(signal, place) * w;
            }
        }
    }
    // ANCHOR_END: cut

    /// The sample at a place that may lie beyond the ends of the signal, which is not empty.
    fn padded(&self, signal: &[T], place: isize) -> T {
        let last = signal.len() as isize - 1;
        if (0..=last).contains(&place) {
            return signal[place as usize];
        }
        match self.pad_mode {
            PadMode::Constant => T::zero(),
            PadMode::Edge => signal[place.clamp(0, last) as usize],
            PadMode::Reflect if last == 0 => signal[0],
            PadMode::Reflect => {
                // There and back again is a period; a short signal is mirrored more than once.
                let place = place.rem_euclid(2 * last);
                signal[place.min(2 * last - place) as usize]
            }
        }
    }

    /// The signal whose transform is nearest to the given one; `length` samples of it, or as many as the frames tell.
    ///
    /// Centred, frames tell of `hop_length` · (frames − 1) samples: what lies behind the last frame's middle is only
    /// given back if `length` asks for it. As in `librosa.istft`, a longer `length` than the frames reach is filled with
    /// zeros.
    ///
    /// # Errors
    ///
    /// If the numbers are not of this transform's bins, there is no frame, or the windows leave gaps.
    pub fn inverse(
        &self,
        spectrogram: &Spectrogram<Complex<T>>,
        length: Option<usize>,
    ) -> Result<Vec<T>, Error> {
        let (bins, padding) = (self.bins(), self.padding());
        if spectrogram.bins != bins
            || spectrogram.values.is_empty()
            || !spectrogram.values.len().is_multiple_of(bins)
        {
            return Err(Error::shape(
                "inverse STFT",
                format!("at least one frame of {bins} bins"),
                format!("{} numbers in frames of {} bins", spectrogram.values.len(), spectrogram.bins),
            ));
        }
        if !is_nola(&self.window, self.hop) {
            return Err(Error::NotInvertible { window: self.window.len(), hop: self.hop });
        }
        let needed = length.map_or(usize::MAX, |length| (length + 2 * padding).div_ceil(self.hop));
        let frames = spectrogram.frames().min(needed.max(1));
        let reach = (frames - 1) * self.hop + self.n_fft;
        let mut sum = vec![T::zero(); reach];
        let mut weight = vec![T::zero(); reach];
        let scale = T::of(1.0 / self.n_fft as f64);
        let squares: Vec<T> = self.window.iter().map(|&w| w * w).collect();
        let scaled: Vec<T> = self.window.iter().map(|&w| w * scale).collect();
        let mut spectrum = self.inverse.make_input_vec();
        let mut frame = self.inverse.make_output_vec();
        let mut scratch = self.inverse.make_scratch_vec();
        // ANCHOR: overlap_add
        for t in 0..frames {
            spectrum.copy_from_slice(spectrogram.frame(t));
            make_ends_real(&mut spectrum, self.n_fft);
            self.inverse
                .process_with_scratch(&mut spectrum, &mut frame, &mut scratch)
                .expect("all have the lengths of the plan, and the ends are real");
            let place = t * self.hop + self.before;
            let piece = frame[self.before..].iter().zip(&scaled);
            for (y, (&x, &w)) in sum[place..].iter_mut().zip(piece) {
                *y += x * w;
            }
            for (y, &w) in weight[place..].iter_mut().zip(&squares) {
                *y += w;
            }
        }
        for (y, &w) in sum.iter_mut().zip(&weight) {
            if w > T::min_positive_value() {
                *y = *y / w;
            }
        }
        // ANCHOR_END: overlap_add
        let length = length.unwrap_or(reach - 2 * padding);
        sum.drain(..padding.min(reach));
        sum.resize(length, T::zero());
        Ok(sum)
    }
}

/// Σ_t w[n − t · hop]^`power` for n from 0 to hop − 1, where windows come from ever before and go on for ever.
fn overlap_sums<T: Real>(window: &[T], hop: usize, power: i32) -> Vec<f64> {
    let mut sums = vec![0.0; hop];
    for (place, w) in window.iter().enumerate() {
        sums[place % hop] += w.wide().powi(power);
    }
    sums
}

/// *Constant overlap-add*: whether windows `hop` samples apart add up to the same number everywhere, to 10⁻¹⁰.
///
/// SciPy's `check_COLA`. Frames under such windows add up to the signal (times that number) with no division.
///
/// ```
/// use sound::stft::is_cola;
/// use sound::window::{Symmetry, Window};
///
/// let hann = Window::Hann.values::<f64>(8, Symmetry::Periodic);
/// assert!(is_cola(&hann, 4) && is_cola(&hann, 2));
/// assert!(!is_cola(&hann, 3));
/// ```
// ANCHOR: cola
pub fn is_cola<T: Real>(window: &[T], hop: usize) -> bool {
    if hop == 0 || window.is_empty() {
        return false;
    }
    // SciPy compares with the median; the extremes are as far from it or farther.
    let mut sums = overlap_sums(window, hop, 1);
    sums.sort_by(f64::total_cmp);
    let middle = (sums[(hop - 1) / 2] + sums[hop / 2]) / 2.0;
    sums[hop - 1] - middle < TOLERANCE && middle - sums[0] < TOLERANCE
}
// ANCHOR_END: cola

/// *Nonzero overlap-add*: whether every sample has weight under some window, so that [`Stft::inverse`] can divide.
///
/// SciPy's `check_NOLA`.
pub fn is_nola<T: Real>(window: &[T], hop: usize) -> bool {
    hop > 0 && !window.is_empty() && overlap_sums(window, hop, 2).iter().all(|&sum| sum > TOLERANCE)
}

/// |D|: how much of each frequency there is in each moment.
pub fn magnitudes<T: Real>(spectrogram: &Spectrogram<Complex<T>>) -> Spectrogram<T> {
    spectrogram.map(|x| x.norm())
}

/// |D|²: the power of each frequency in each moment.
pub fn powers<T: Real>(spectrogram: &Spectrogram<Complex<T>>) -> Spectrogram<T> {
    spectrogram.map(|x| x.norm_sqr())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::real_fft;
    use rand::RngExt;

    fn noise<T: Real>(n: usize) -> Vec<T> {
        let mut rng = emoji_world::rng(1, 0);
        (0..n).map(|_| T::of(rng.random_range(-1.0..1.0))).collect()
    }

    /// Signal to reconstruction error, in decibels.
    fn snr<T: Real>(signal: &[T], back: &[T]) -> f64 {
        assert_eq!(signal.len(), back.len());
        let energy = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x * x).sum::<f64>();
        let signal_energy = energy(&mut signal.iter().map(|x| x.wide()));
        let error = energy(&mut signal.iter().zip(back).map(|(a, b)| a.wide() - b.wide()));
        10.0 * (signal_energy / error).log10()
    }

    fn settings() -> Vec<StftConfig> {
        let base = StftConfig { n_fft: 256, ..StftConfig::default() };
        vec![
            base.clone(),
            StftConfig { hop_length: Some(100), ..base.clone() },
            StftConfig { win_length: Some(180), hop_length: Some(45), ..base.clone() },
            StftConfig { n_fft: 255, hop_length: Some(50), pad_mode: PadMode::Reflect, ..base.clone() },
            StftConfig { window: Window::Hamming, pad_mode: PadMode::Edge, ..base.clone() },
            StftConfig { window: Window::Blackman, hop_length: Some(32), ..base.clone() },
            StftConfig { window: Window::Kaiser { beta: 8.0 }, ..base },
        ]
    }

    #[test]
    fn the_inverse_in_single_precision_gives_back_120_decibels() {
        let signal = noise::<f32>(5000);
        for config in settings() {
            let stft = Stft::new(&config).unwrap();
            let back = stft.inverse(&stft.forward(&signal).unwrap(), Some(signal.len())).unwrap();
            let found = snr(&signal, &back);
            assert!(found > 120.0, "{found} dB with {config:?}");
        }
    }

    #[test]
    fn the_inverse_in_double_precision_gives_back_250_decibels() {
        let signal = noise::<f64>(5000);
        for config in settings() {
            let stft = Stft::new(&config).unwrap();
            let back = stft.inverse(&stft.forward(&signal).unwrap(), Some(signal.len())).unwrap();
            let found = snr(&signal, &back);
            assert!(found > 250.0, "{found} dB with {config:?}");
        }
    }

    #[test]
    fn a_frame_is_the_transform_of_its_windowed_piece() {
        let signal = noise::<f64>(1000);
        let config = StftConfig { n_fft: 64, hop_length: Some(20), center: false, ..StftConfig::default() };
        let stft = Stft::new(&config).unwrap();
        let spectrogram = stft.forward(&signal).unwrap();
        assert_eq!(spectrogram.frames(), (1000 - 64) / 20 + 1);
        for t in [0, 7, 46] {
            let piece: Vec<f64> =
                signal[20 * t..][..64].iter().zip(stft.window()).map(|(x, w)| x * w).collect();
            for (a, b) in spectrogram.frame(t).iter().zip(real_fft(&piece)) {
                assert!((a - b).norm() < 1e-13);
            }
        }
    }

    #[test]
    fn frames_that_are_not_centred_give_back_what_they_cover() {
        let signal = noise::<f64>(1000);
        let config = StftConfig {
            n_fft: 64,
            hop_length: Some(16),
            center: false,
            window: Window::Hamming,
            ..StftConfig::default()
        };
        let stft = Stft::new(&config).unwrap();
        let back = stft.inverse(&stft.forward(&signal).unwrap(), None).unwrap();
        assert_eq!(back.len(), 58 * 16 + 64);
        assert!(snr(&signal[..back.len()], &back) > 250.0);
    }

    #[test]
    fn each_padding_continues_the_signal_as_numpy_does() {
        let padded = |pad_mode| {
            let config = StftConfig { n_fft: 8, pad_mode, ..StftConfig::default() };
            let stft = Stft::<f64>::new(&config).unwrap();
            (-4..7).map(|place| stft.padded(&[1.0, 2.0, 3.0], place)).collect::<Vec<_>>()
        };
        assert_eq!(padded(PadMode::Constant), [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(padded(PadMode::Edge), [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
        assert_eq!(padded(PadMode::Reflect), [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_single_sample_can_be_mirrored() {
        let config = StftConfig { n_fft: 4, pad_mode: PadMode::Reflect, ..StftConfig::default() };
        let spectrogram = Stft::new(&config).unwrap().forward(&[1.0_f64]).unwrap();
        // All samples are 1, so the lowest bin is the sum of the window, 0 + ½ + 1 + ½.
        assert!((spectrogram.at(0, 0) - Complex::new(2.0, 0.0)).norm() < 1e-15);
    }

    #[test]
    fn memory_can_be_used_again() {
        let stft = Stft::new(&StftConfig { n_fft: 64, ..StftConfig::default() }).unwrap();
        let signal = noise::<f32>(900);
        let mut used = stft.forward(&noise::<f32>(3000)).unwrap();
        stft.forward_into(&signal, &mut used).unwrap();
        assert_eq!(used, stft.forward(&signal).unwrap());
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let error = |config: StftConfig| Stft::<f32>::new(&config).unwrap_err().to_string();
        let base = StftConfig::default();
        let message = error(StftConfig { win_length: Some(4096), ..base.clone() });
        assert!(
            message.contains("win_length") && message.contains("2048") && message.contains("4096"),
            "{message}"
        );
        assert!(error(StftConfig { n_fft: 0, ..base.clone() }).contains("n_fft"));
        assert!(error(StftConfig { win_length: Some(0), ..base.clone() }).contains("win_length"));
        assert!(error(StftConfig { hop_length: Some(0), ..base.clone() }).contains("hop_length"));
        // A quarter of a very short window is no sample at all.
        assert!(error(StftConfig { win_length: Some(3), ..base }).contains("hop_length"));
    }

    #[test]
    fn signals_that_are_too_short_are_refused() {
        let stft =
            |center| Stft::<f32>::new(&StftConfig { n_fft: 64, center, ..StftConfig::default() }).unwrap();
        assert!(stft(true).forward(&[]).unwrap_err().to_string().contains("at least 1 "));
        assert!(stft(true).forward(&[1.0]).is_ok());
        assert!(stft(false).forward(&[1.0; 63]).unwrap_err().to_string().contains("at least 64 "));
        assert!(stft(false).forward(&[1.0; 64]).is_ok());
    }

    #[test]
    fn windows_with_gaps_have_no_inverse() {
        let config = StftConfig { n_fft: 64, hop_length: Some(80), ..StftConfig::default() };
        let stft = Stft::new(&config).unwrap();
        let spectrogram = stft.forward(&noise::<f32>(1000)).unwrap();
        let message = stft.inverse(&spectrogram, None).unwrap_err().to_string();
        assert!(message.contains("80") && message.contains("hop_length"), "{message}");
    }

    #[test]
    fn the_inverse_refuses_other_bins() {
        let stft = Stft::<f32>::new(&StftConfig { n_fft: 64, ..StftConfig::default() }).unwrap();
        let zero = Complex::new(0.0, 0.0);
        for (bins, count) in [(32, 32), (33, 0), (33, 34)] {
            let message =
                stft.inverse(&Spectrogram { bins, values: vec![zero; count] }, None).unwrap_err().to_string();
            assert!(message.contains("33 bins"), "{message}");
        }
    }

    #[test]
    fn a_longer_length_is_filled_with_zeros() {
        let stft = Stft::<f64>::new(&StftConfig { n_fft: 64, ..StftConfig::default() }).unwrap();
        let spectrogram = stft.forward(&noise::<f64>(320)).unwrap();
        let back = stft.inverse(&spectrogram, Some(1000)).unwrap();
        assert_eq!(back.len(), 1000);
        assert!(back[400..].iter().all(|&x| x == 0.0));
        assert!(stft.inverse(&spectrogram, Some(0)).unwrap().is_empty());
    }

    #[test]
    fn overlap_conditions_are_scipys() {
        let periodic = |window: Window, n| window.values::<f64>(n, Symmetry::Periodic);
        // SciPy's own examples: a rectangular window of 100 overlapping by 75 is constant, by 99 too, by 30 not.
        let rectangular = periodic(Window::Rectangular, 100);
        assert!(is_cola(&rectangular, 25) && is_cola(&rectangular, 1) && !is_cola(&rectangular, 70));
        let symmetric: Vec<f64> = Window::Hann.values(120, Symmetry::Symmetric);
        assert!(!is_cola(&symmetric, 60) && is_cola(&periodic(Window::Hann, 120), 60));
        // Hann begins with a zero, which one half of an overlap makes good and none does not.
        assert!(is_nola(&periodic(Window::Hann, 64), 32) && !is_nola(&periodic(Window::Hann, 64), 64));
        assert!(is_nola(&rectangular, 100) && !is_nola(&rectangular, 101) && !is_nola(&rectangular, 0));
    }

    #[test]
    fn a_sine_has_its_energy_in_its_bin_in_every_frame() {
        let rate = 16_000.0;
        let signal: Vec<f64> =
            (0..4000).map(|t| (std::f64::consts::TAU * 1000.0 * f64::from(t) / rate).sin()).collect();
        let config = StftConfig { n_fft: 512, center: false, ..StftConfig::default() };
        let spectrogram = powers(&Stft::new(&config).unwrap().forward(&signal).unwrap());
        for t in 0..spectrogram.frames() {
            let frame = spectrogram.frame(t);
            let loudest = (0..frame.len()).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap();
            assert_eq!(loudest, 32);
        }
    }
}
