//! The mel scale: frequencies as they are heard, and what is made of them for learning.
//!
//! Listeners find steps of pitch equally large that are equal in *mel*: equal in hertz at low frequencies, equal in
//! ratio at high ones (Stevens, Volkmann and Newman 1937). A *filterbank* of triangles, equally far apart in mel, turns
//! the hundreds of bins of a spectrogram into a few dozen bands; decibels of these are the *log-mel spectrogram*, and
//! their cosine transform the *mel-frequency cepstral coefficients* (Davis and Mermelstein 1980). Numbers and defaults
//! are librosa's.
//!
//! ```
//! use sound::mel::MelScale;
//!
//! assert!((MelScale::Slaney.mel_of(1000.0) - 15.0).abs() < 1e-12);
//! assert!((MelScale::Htk.mel_of(1000.0) - 999.99).abs() < 0.01);
//! ```

use crate::Error;
use crate::fourier::{Real, frequencies};
use crate::spectrogram::Spectrogram;
use std::f64::consts::PI;

/// A formula for the mel scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelScale {
    /// Straight up to 1000 Hz, logarithmic above (Slaney 1998, Auditory Toolbox). librosa's default.
    #[default]
    Slaney,
    /// 2595 · log₁₀(1 + f / 700) (O'Shaughnessy 1987), as the Hidden Markov Model Toolkit has it; `htk=True`.
    Htk,
}

/// Where Slaney's scale turns logarithmic, in hertz.
const BREAK_HERTZ: f64 = 1000.0;
/// Hertz of a mel below.
const HERTZ_A_MEL: f64 = 200.0 / 3.0;
/// The same place in mel.
const BREAK_MEL: f64 = BREAK_HERTZ / HERTZ_A_MEL;

/// The logarithm of the ratio of frequencies a mel apart, above.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

impl MelScale {
    /// Mel of hertz.
    // ANCHOR: mel
    pub fn mel_of(self, hertz: f64) -> f64 {
        match self {
            Self::Htk => 2595.0 * (1.0 + hertz / 700.0).log10(),
            Self::Slaney if hertz >= BREAK_HERTZ => BREAK_MEL + (hertz / BREAK_HERTZ).ln() / log_step(),
            Self::Slaney => hertz / HERTZ_A_MEL,
        }
    }
    // ANCHOR_END: mel

    /// Hertz of mel.
    pub fn hertz_of(self, mel: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * (10.0_f64.powf(mel / 2595.0) - 1.0),
            Self::Slaney if mel >= BREAK_MEL => BREAK_HERTZ * (log_step() * (mel - BREAK_MEL)).exp(),
            Self::Slaney => HERTZ_A_MEL * mel,
        }
    }
}

/// How high the triangles are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelNorm {
    /// 2 / width in hertz, so that each has the area 1. librosa's default, `norm="slaney"`.
    #[default]
    Slaney,
    /// 1. `norm=None`.
    None,
}

/// Settings of a filterbank, with librosa's names and defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct MelConfig {
    /// Samples a second of the signal. 22050.
    pub sample_rate: f64,
    /// Samples of a frame of the STFT. 2048.
    pub n_fft: usize,
    /// Bands. 128.
    pub n_mels: usize,
    /// Where the lowest triangle begins, in hertz. 0.
    pub fmin: f64,
    /// Where the highest triangle ends, in hertz. `None`: half the sample rate.
    pub fmax: Option<f64>,
    /// The scale. Slaney's.
    pub scale: MelScale,
    /// The height of the triangles. Slaney's.
    pub norm: MelNorm,
}

impl Default for MelConfig {
    fn default() -> Self {
        Self {
            sample_rate: 22_050.0,
            n_fft: 2048,
            n_mels: 128,
            fmin: 0.0,
            fmax: None,
            scale: MelScale::default(),
            norm: MelNorm::default(),
        }
    }
}

/// Triangles over the bins of a spectrogram.
#[derive(Clone, Debug, PartialEq)]
pub struct MelFilterbank<T> {
    bins: usize,
    /// The first bin of each triangle, and its weights from there: a triangle covers few of the bins.
    triangles: Vec<(usize, Vec<T>)>,
}

impl<T: Real> MelFilterbank<T> {
    /// Triangles by the settings.
    ///
    /// # Errors
    ///
    /// If there is no band or no bin, or the frequencies are not 0 ≤ fmin < fmax ≤ half the sample rate.
    pub fn new(config: &MelConfig) -> Result<Self, Error> {
        let refuse = |setting, expected: String, found: String| {
            Err(Error::setting("mel filterbank", setting, expected, found))
        };
        let MelConfig { sample_rate, n_fft, n_mels, fmin, scale, norm, .. } = *config;
        if !(sample_rate > 0.0 && sample_rate.is_finite()) {
            return refuse("sample_rate", "above 0".to_owned(), sample_rate.to_string());
        }
        if n_fft == 0 {
            return refuse("n_fft", "at least 1".to_owned(), n_fft.to_string());
        }
        if n_mels == 0 {
            return refuse("n_mels", "at least 1".to_owned(), n_mels.to_string());
        }
        let nyquist = sample_rate / 2.0;
        let fmax = config.fmax.unwrap_or(nyquist);
        if !(fmax > 0.0 && fmax <= nyquist) {
            return refuse("fmax", format!("above 0 and at most {nyquist} Hz"), fmax.to_string());
        }
        if !(0.0..fmax).contains(&fmin) {
            return refuse("fmin", format!("from 0 to below fmax, {fmax} Hz"), fmin.to_string());
        }
        let (low, high) = (scale.mel_of(fmin), scale.mel_of(fmax));
        let step = (high - low) / (n_mels + 1) as f64;
        let corner = |place: usize| {
            // As NumPy's linspace has it: the last one is exactly the end.
            scale.hertz_of(if place == n_mels + 1 { high } else { low + step * place as f64 })
        };
        let corners: Vec<f64> = (0..n_mels + 2).map(corner).collect();
        let hertz = frequencies(n_fft, sample_rate);
        // ANCHOR: triangle
        let triangle = |corners: &[f64]| {
            let [left, middle, right] = [corners[0], corners[1], corners[2]];
            let height = match norm {
                MelNorm::Slaney => 2.0 / (right - left),
                MelNorm::None => 1.0,
            };
            let weight = |f: f64| {
                let (up, down) = ((f - left) / (middle - left), (right - f) / (right - middle));
                up.min(down).max(0.0) * height
            };
            let first = hertz.iter().position(|&f| weight(f) > 0.0).unwrap_or(0);
            let weights = hertz[first..].iter().map(|&f| weight(f)).take_while(|&w| w > 0.0);
            (first, weights.map(T::of).collect())
        };
        // ANCHOR_END: triangle
        Ok(Self { bins: hertz.len(), triangles: corners.windows(3).map(triangle).collect() })
    }

    /// Bins of the spectrograms that it takes.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Bands.
    pub fn n_mels(&self) -> usize {
        self.triangles.len()
    }

    /// The weights as a matrix of bands × bins, row by row: librosa's `filters.mel`.
    pub fn matrix(&self) -> Vec<T> {
        let mut matrix = vec![T::zero(); self.n_mels() * self.bins];
        for (row, (first, weights)) in matrix.chunks_exact_mut(self.bins).zip(&self.triangles) {
            row[*first..][..weights.len()].copy_from_slice(weights);
        }
        matrix
    }

    /// The bands whose triangle lies between two bins, so that they are always silent: librosa warns of them. Fewer
    /// bands or a larger n_fft avoid them.
    pub fn empty_bands(&self) -> Vec<usize> {
        let bands = self.triangles.iter().enumerate();
        bands.filter(|(_, (_, weights))| weights.is_empty()).map(|(band, _)| band).collect()
    }

    /// The power in each band: frames × bands, from the powers of frames × bins.
    ///
    /// # Errors
    ///
    /// If the spectrogram has other bins.
    pub fn apply(&self, powers: &Spectrogram<T>) -> Result<Spectrogram<T>, Error> {
        if powers.bins != self.bins {
            return Err(Error::shape(
                "mel filterbank",
                format!("{} bins", self.bins),
                format!("{} bins; n_fft must be that of the STFT", powers.bins),
            ));
        }
        let mut values = Vec::with_capacity(powers.frames() * self.n_mels());
        for frame in powers.values.chunks_exact(self.bins) {
            values.extend(self.triangles.iter().map(|(first, weights)| {
                frame[*first..].iter().zip(weights).map(|(&power, &weight)| power * weight).sum::<T>()
            }));
        }
        Ok(Spectrogram { bins: self.n_mels(), values })
    }
}

/// What 0 dB is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reference {
    /// This power.
    Power(f64),
    /// The greatest power that there is; librosa's `ref=np.max`.
    Max,
}

/// Settings of [`power_to_db`], with librosa's names and defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DbConfig {
    /// What 0 dB is; librosa's `ref`. A power of 1.
    pub reference: Reference,
    /// Powers below count as this: nothing would have no logarithm. 10⁻¹⁰.
    pub amin: f64,
    /// What is more than this below the loudest is raised to there; `None`: nothing is. 80 dB.
    pub top_db: Option<f64>,
}

impl Default for DbConfig {
    fn default() -> Self {
        Self { reference: Reference::Power(1.0), amin: 1e-10, top_db: Some(80.0) }
    }
}

/// Decibels of powers: 10 · log₁₀(power / reference). librosa's `power_to_db`.
///
/// # Errors
///
/// If `amin` is not above 0 or `top_db` is below 0.
pub fn power_to_db<T: Real>(powers: &Spectrogram<T>, config: &DbConfig) -> Result<Spectrogram<T>, Error> {
    let DbConfig { reference, amin, top_db } = *config;
    // In single precision, the smallest numbers become 0.
    if !(amin > 0.0 && T::of(amin) > T::zero()) {
        return Err(Error::setting("decibels", "amin", "above 0", amin));
    }
    if let Some(top_db) = top_db.filter(|top_db| top_db.is_nan() || *top_db < 0.0) {
        return Err(Error::setting("decibels", "top_db", "0 or above", top_db));
    }
    let greatest =
        |numbers: &[T]| numbers.iter().copied().fold(T::neg_infinity(), |a, b| if b > a { b } else { a });
    let reference = match reference {
        Reference::Power(power) => T::of(power.abs()),
        Reference::Max => greatest(&powers.values),
    };
    let (amin, ten) = (T::of(amin), T::of(10.0));
    let decibels = |power: T| ten * amin.max(power).log10();
    let zero = decibels(reference);
    let mut db = powers.map(|&power| decibels(power) - zero);
    if let Some(top_db) = top_db {
        let least = greatest(&db.values) - T::of(top_db);
        db.values.iter_mut().for_each(|x| *x = x.max(least));
    }
    Ok(db)
}

/// The first `n_mfcc` mel-frequency cepstral coefficients of each frame of a log-mel spectrogram: frames × `n_mfcc`.
///
/// The cosine transform (type II, orthonormal) tells the outline of a spectrum in few numbers that hardly depend on each
/// other. librosa's `feature.mfcc(S=…)` without liftering.
///
/// # Errors
///
/// If there are fewer bands than coefficients, or none.
pub fn mfcc<T: Real>(log_mel: &Spectrogram<T>, n_mfcc: usize) -> Result<Spectrogram<T>, Error> {
    let bands = log_mel.bins;
    if !(1..=bands).contains(&n_mfcc) {
        return Err(Error::setting("MFCC", "n_mfcc", format!("from 1 to {bands} bands"), n_mfcc));
    }
    // ANCHOR: mfcc
    let cosine = |place: usize| {
        let (k, n) = (place / bands, place % bands);
        let scale = if k == 0 { 1.0 } else { 2.0 };
        T::of((scale / bands as f64).sqrt() * (PI * k as f64 * (2 * n + 1) as f64 / (2 * bands) as f64).cos())
    };
    let cosines: Vec<T> = (0..n_mfcc * bands).map(cosine).collect();
    let mut values = Vec::with_capacity(log_mel.frames() * n_mfcc);
    for frame in log_mel.values.chunks_exact(bands) {
        values.extend(
            cosines.chunks_exact(bands).map(|wave| frame.iter().zip(wave).map(|(&x, &c)| x * c).sum::<T>()),
        );
    }
    // ANCHOR_END: mfcc
    Ok(Spectrogram { bins: n_mfcc, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_scales_lead_back() {
        for scale in [MelScale::Slaney, MelScale::Htk] {
            for hertz in [0.0, 60.0, 999.9, 1000.0, 4321.0, 20_000.0] {
                let back = scale.hertz_of(scale.mel_of(hertz));
                assert!((back - hertz).abs() < 1e-9, "{scale:?} {hertz} {back}");
            }
        }
    }

    #[test]
    fn triangles_with_slaneys_norm_have_the_area_one() {
        let config = MelConfig { n_fft: 8192, n_mels: 40, ..MelConfig::default() };
        let matrix = MelFilterbank::<f64>::new(&config).unwrap().matrix();
        for row in matrix.chunks_exact(4097) {
            let area = row.iter().sum::<f64>() * 22_050.0 / 8192.0;
            assert!((area - 1.0).abs() < 0.01, "{area}");
        }
    }

    #[test]
    fn bands_are_the_matrix_times_the_powers() {
        let config = MelConfig { n_fft: 64, n_mels: 6, ..MelConfig::default() };
        let bank = MelFilterbank::<f64>::new(&config).unwrap();
        let powers = Spectrogram { bins: 33, values: (0..66).map(f64::from).collect() };
        let found = bank.apply(&powers).unwrap();
        assert_eq!((found.frames(), found.bins), (2, 6));
        let matrix = bank.matrix();
        for (place, &x) in found.values.iter().enumerate() {
            let (frame, row) = (powers.frame(place / 6), &matrix[33 * (place % 6)..][..33]);
            let product: f64 = frame.iter().zip(row).map(|(a, b)| a * b).sum();
            assert!((x - product).abs() < 1e-12);
        }
    }

    #[test]
    fn bands_without_a_bin_are_told() {
        let config = MelConfig { n_fft: 128, n_mels: 64, ..MelConfig::default() };
        assert!(!MelFilterbank::<f32>::new(&config).unwrap().empty_bands().is_empty());
        assert!(MelFilterbank::<f32>::new(&MelConfig::default()).unwrap().empty_bands().is_empty());
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let base = MelConfig::default();
        let error = |config: MelConfig| MelFilterbank::<f32>::new(&config).unwrap_err().to_string();
        assert!(error(MelConfig { sample_rate: f64::NAN, ..base.clone() }).contains("sample_rate"));
        assert!(error(MelConfig { n_fft: 0, ..base.clone() }).contains("n_fft"));
        assert!(error(MelConfig { n_mels: 0, ..base.clone() }).contains("n_mels"));
        assert!(error(MelConfig { fmax: Some(20_000.0), ..base.clone() }).contains("at most 11025 Hz"));
        assert!(error(MelConfig { fmin: -1.0, ..base.clone() }).contains("fmin"));
        assert!(error(MelConfig { fmin: 5000.0, fmax: Some(400.0), ..base }).contains("below fmax"));
    }

    #[test]
    fn other_bins_are_refused() {
        let bank = MelFilterbank::<f32>::new(&MelConfig::default()).unwrap();
        let message = bank.apply(&Spectrogram { bins: 513, values: vec![0.0; 513] }).unwrap_err().to_string();
        assert!(message.contains("1025 bins") && message.contains("513 bins"), "{message}");
    }

    #[test]
    fn decibels_are_ten_times_the_logarithm() {
        let powers = Spectrogram { bins: 4, values: vec![1.0, 100.0, 0.0, 1e-5_f64] };
        let db = |reference, top_db| {
            power_to_db(&powers, &DbConfig { reference, top_db, ..DbConfig::default() }).unwrap().values
        };
        assert_eq!(db(Reference::Power(1.0), None), [0.0, 20.0, -100.0, -50.0]);
        assert_eq!(db(Reference::Max, None), [-20.0, 0.0, -120.0, -70.0]);
        assert_eq!(db(Reference::Power(1.0), Some(60.0)), [0.0, 20.0, -40.0, -40.0]);
    }

    #[test]
    fn decibels_of_impossible_settings_are_refused() {
        let powers = Spectrogram { bins: 1, values: vec![1.0_f32] };
        let error = |config: DbConfig| power_to_db(&powers, &config).unwrap_err().to_string();
        let base = DbConfig::default();
        assert!(error(DbConfig { amin: 0.0, ..base }).contains("amin"));
        assert!(error(DbConfig { amin: 1e-60, ..base }).contains("amin"));
        assert!(error(DbConfig { top_db: Some(-1.0), ..base }).contains("top_db"));
    }

    #[test]
    fn a_flat_spectrum_has_only_the_first_coefficient() {
        let found = mfcc(&Spectrogram { bins: 16, values: vec![3.0_f64; 16] }, 5).unwrap();
        assert!((found.values[0] - 12.0).abs() < 1e-12);
        assert!(found.values[1..].iter().all(|c| c.abs() < 1e-12));
    }

    #[test]
    fn more_coefficients_than_bands_are_refused() {
        let bands = Spectrogram { bins: 4, values: vec![0.0_f32; 4] };
        assert!(mfcc(&bands, 5).unwrap_err().to_string().contains("from 1 to 4"));
        assert!(mfcc(&bands, 0).is_err());
    }
}
