//! Our numbers beside those of librosa and SciPy, which `tools/peers/sound_fixtures.py` wrote.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sound::Spectrogram;
use sound::fourier::Complex;
use sound::griffin_lim::{GriffinLimConfig, griffin_lim};
use sound::mel::{DbConfig, MelConfig, MelFilterbank, MelNorm, MelScale, Reference, mfcc, power_to_db};
use sound::stft::{PadMode, Stft, StftConfig, is_cola, is_nola, magnitudes, powers};
use sound::window::{Symmetry, Window};

fn fixture<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The greatest difference, relative to the greatest number.
fn relative(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let greatest = expected.iter().fold(0.0_f64, |greatest, x| greatest.max(x.abs()));
    let difference = found.iter().zip(expected).fold(0.0_f64, |d, (a, b)| d.max((a - b).abs()));
    if difference == 0.0 { 0.0 } else { difference / greatest }
}

#[derive(Deserialize)]
struct Windows {
    windows: Vec<WindowValues>,
    overlaps: Vec<Overlap>,
}

#[derive(Debug, Deserialize)]
struct WindowValues {
    window: String,
    beta: f64,
    periodic: bool,
    values: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Overlap {
    window: String,
    periodic: bool,
    length: usize,
    hop: usize,
    cola: bool,
    nola: bool,
}

fn window(name: &str, beta: f64) -> Window {
    match name {
        "boxcar" => Window::Rectangular,
        "hann" => Window::Hann,
        "hamming" => Window::Hamming,
        "blackman" => Window::Blackman,
        "kaiser" => Window::Kaiser { beta },
        other => panic!("an unknown window {other}"),
    }
}

fn symmetry(periodic: bool) -> Symmetry {
    if periodic { Symmetry::Periodic } else { Symmetry::Symmetric }
}

#[test]
fn windows_are_scipys() {
    for case in fixture::<Windows>("windows.json").windows {
        let found = window(&case.window, case.beta).values(case.values.len(), symmetry(case.periodic));
        assert!(relative(&found, &case.values) < 1e-14, "{case:?}\n{found:?}");
    }
}

#[test]
fn overlap_conditions_are_scipys() {
    let cases = fixture::<Windows>("windows.json").overlaps;
    assert!(cases.iter().any(|case| case.cola) && cases.iter().any(|case| !case.cola));
    for case in cases {
        let values: Vec<f64> = window(&case.window, 0.0).values(case.length, symmetry(case.periodic));
        let found = (is_cola(&values, case.hop), is_nola(&values, case.hop));
        assert_eq!(found, (case.cola, case.nola), "{case:?}");
    }
}

#[derive(Deserialize)]
struct Transforms {
    librosa: Vec<Transform>,
    scipy: ScipyTransform,
    griffin_lim: GriffinLim,
}

#[derive(Deserialize)]
struct Numbers {
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Numbers {
    fn spectrogram(&self, bins: usize) -> Spectrogram<Complex<f64>> {
        let values = self.re.iter().zip(&self.im).map(|(&re, &im)| Complex::new(re, im)).collect();
        Spectrogram { bins, values }
    }
}

#[derive(Deserialize)]
struct Transform {
    n_fft: usize,
    hop_length: Option<usize>,
    win_length: Option<usize>,
    window: String,
    beta: f64,
    center: bool,
    pad_mode: String,
    signal: Vec<f64>,
    forward: Numbers,
    changed: Numbers,
    inverses: Vec<Inverse>,
}

#[derive(Deserialize)]
struct Inverse {
    length: Option<usize>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct ScipyTransform {
    n_fft: usize,
    hop_length: usize,
    signal: Vec<f64>,
    forward: Numbers,
}

#[derive(Deserialize)]
struct GriffinLim {
    n_fft: usize,
    hop_length: usize,
    signal: Vec<f64>,
    iterations: usize,
    found: std::collections::BTreeMap<String, Vec<f64>>,
}

impl Transform {
    fn config(&self) -> StftConfig {
        StftConfig {
            n_fft: self.n_fft,
            hop_length: self.hop_length,
            win_length: self.win_length,
            window: window(&self.window, self.beta),
            center: self.center,
            pad_mode: match self.pad_mode.as_str() {
                "constant" => PadMode::Constant,
                "reflect" => PadMode::Reflect,
                "edge" => PadMode::Edge,
                other => panic!("an unknown padding {other}"),
            },
        }
    }
}

fn flat(spectrogram: &Spectrogram<Complex<f64>>) -> Vec<f64> {
    spectrogram.values.iter().flat_map(|x| [x.re, x.im]).collect()
}

#[test]
fn the_transform_is_librosas_to_12_digits() {
    for case in fixture::<Transforms>("stft.json").librosa {
        let config = case.config();
        let found = Stft::new(&config).unwrap().forward(&case.signal).unwrap();
        let error = relative(&flat(&found), &flat(&case.forward.spectrogram(found.bins)));
        assert!(error < 1e-12, "{error:e} with {config:?}");
    }
}

#[test]
fn the_inverse_of_what_is_no_transform_is_librosas_to_12_digits() {
    for case in fixture::<Transforms>("stft.json").librosa {
        let config = case.config();
        let stft = Stft::new(&config).unwrap();
        let changed = case.changed.spectrogram(stft.bins());
        for inverse in case.inverses {
            let found = stft.inverse(&changed, inverse.length).unwrap();
            let error = relative(&found, &inverse.values);
            assert!(error < 1e-12, "{error:e} for {:?} samples with {config:?}", inverse.length);
        }
    }
}

#[test]
fn the_transform_is_scipys_to_12_digits() {
    let case = fixture::<Transforms>("stft.json").scipy;
    let config = StftConfig { n_fft: case.n_fft, hop_length: Some(case.hop_length), ..StftConfig::default() };
    let found = Stft::new(&config).unwrap().forward(&case.signal).unwrap();
    assert!(relative(&flat(&found), &flat(&case.forward.spectrogram(found.bins))) < 1e-12);
}

#[test]
fn griffin_lim_from_phases_of_zero_is_librosas() {
    let case = fixture::<Transforms>("stft.json").griffin_lim;
    let config = StftConfig { n_fft: case.n_fft, hop_length: Some(case.hop_length), ..StftConfig::default() };
    let stft = Stft::new(&config).unwrap();
    let wanted = magnitudes(&stft.forward(&case.signal).unwrap());
    for (momentum, signal) in case.found {
        let config =
            GriffinLimConfig { iterations: case.iterations, momentum: momentum.parse().unwrap(), seed: None };
        let found = griffin_lim(&stft, &wanted, case.signal.len(), &config).unwrap();
        let error = relative(&found.signal, &signal);
        assert!(error < 1e-9, "{error:e} with momentum {momentum}");
    }
}

#[derive(Deserialize)]
struct Mels {
    banks: Vec<Bank>,
    features: Features,
}

#[derive(Deserialize)]
struct Bank {
    sample_rate: f64,
    n_fft: usize,
    n_mels: usize,
    fmin: f64,
    fmax: Option<f64>,
    htk: bool,
    norm: bool,
    weights: Vec<(usize, usize, f64)>,
}

#[derive(Deserialize)]
struct Features {
    signal: Vec<f64>,
    mel: Vec<f64>,
    decibels: Decibels,
    mfcc: Vec<f64>,
}

#[derive(Deserialize)]
struct Decibels {
    plain: Vec<f64>,
    below_the_loudest: Vec<f64>,
    reference_5: Vec<f64>,
}

#[test]
fn mel_filterbanks_are_librosas_to_9_digits() {
    for case in fixture::<Mels>("mel.json").banks {
        let config = MelConfig {
            sample_rate: case.sample_rate,
            n_fft: case.n_fft,
            n_mels: case.n_mels,
            fmin: case.fmin,
            fmax: case.fmax,
            scale: if case.htk { MelScale::Htk } else { MelScale::Slaney },
            norm: if case.norm { MelNorm::Slaney } else { MelNorm::None },
        };
        let bank = MelFilterbank::<f64>::new(&config).unwrap();
        let mut expected = vec![0.0; case.n_mels * bank.bins()];
        for (row, column, weight) in case.weights {
            expected[row * bank.bins() + column] = weight;
        }
        let error = relative(&bank.matrix(), &expected);
        assert!(error < 1e-9, "{error:e} with {config:?}");
        let empty = expected.chunks_exact(bank.bins()).map(|row| row.iter().all(|&w| w == 0.0));
        assert_eq!(bank.empty_bands().len(), empty.filter(|&empty| empty).count());
    }
}

fn features() -> (Features, Spectrogram<f64>) {
    let case = fixture::<Mels>("mel.json").features;
    let config = StftConfig { n_fft: 128, hop_length: Some(64), ..StftConfig::default() };
    let stft = Stft::new(&config).unwrap();
    let config = MelConfig { sample_rate: 8000.0, n_fft: 128, n_mels: 12, ..MelConfig::default() };
    let bank = MelFilterbank::new(&config).unwrap();
    let mel = bank.apply(&powers(&stft.forward(&case.signal).unwrap())).unwrap();
    (case, mel)
}

#[test]
fn the_mel_spectrogram_is_librosas() {
    let (case, mel) = features();
    assert!(relative(&mel.values, &case.mel) < 1e-12);
}

#[test]
fn decibels_are_librosas() {
    let (case, mel) = features();
    let db =
        |reference, amin, top_db| power_to_db(&mel, &DbConfig { reference, amin, top_db }).unwrap().values;
    let plain = db(Reference::Power(1.0), 1e-10, None);
    assert!(relative(&plain, &case.decibels.plain) < 1e-12);
    let below = db(Reference::Max, 1e-10, Some(20.0));
    assert!(relative(&below, &case.decibels.below_the_loudest) < 1e-12);
    let five = db(Reference::Power(5.0), 1e-2, Some(80.0));
    assert!(relative(&five, &case.decibels.reference_5) < 1e-12);
}

#[test]
fn cepstral_coefficients_are_librosas() {
    let (case, mel) = features();
    let found = mfcc(&power_to_db(&mel, &DbConfig::default()).unwrap(), 8).unwrap();
    assert!(relative(&found.values, &case.mfcc) < 1e-9);
}
