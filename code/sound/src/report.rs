//! Tables as text.

use crate::Error;
use crate::cost::Cost;
use crate::leakage;
use crate::signals::alias;
use crate::stft::{PadMode, Stft, StftConfig, is_cola};
use crate::synthesis::Kind;
use crate::window::{Symmetry, Window};
use joint_embedding::space::{Vector, nearest};

fn row<const N: usize>(entries: [&str; N]) -> Vec<String> {
    entries.map(str::to_owned).to_vec()
}

/// What tones become at `rate` samples a second.
pub fn aliases(tones: &[f64], rate: f64) -> String {
    let mut rows = vec![row(["a tone of", "is heard at"])];
    rows.extend(tones.iter().map(|&hertz| vec![format!("{hertz} Hz"), format!("{} Hz", alias(hertz, rate))]));
    lab::table::right(&rows)
}

/// How long both transforms take, and how far their results are apart.
pub fn costs(costs: &[Cost]) -> String {
    let mut rows = vec![row(["numbers", "definition, µs", "fast, µs", "times as fast", "difference"])];
    for cost in costs {
        let or_dash = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
        rows.push(vec![
            cost.numbers.to_string(),
            or_dash(cost.definition.map(|s| format!("{:.0}", 1e6 * s))),
            format!("{:.1}", 1e6 * cost.fast),
            or_dash(cost.definition.map(|s| format!("{:.0}", s / cost.fast))),
            or_dash(cost.difference.map(|d| format!("{d:.0e}").replace('-', "−"))),
        ]);
    }
    lab::table::right(&rows)
}

/// The windows with their names.
pub const WINDOWS: [(&str, Window); 5] = [
    ("rectangular", Window::Rectangular),
    ("Hann", Window::Hann),
    ("Hamming", Window::Hamming),
    ("Blackman", Window::Blackman),
    ("Kaiser, β = 8.6", Window::Kaiser { beta: 8.6 }),
];

/// How wide the peak of each window is, and how high the lobes beside it.
pub fn windows(length: usize) -> String {
    let mut rows = vec![row(["window", "peak, bins", "side lobes, dB"])];
    for (name, window) in WINDOWS {
        let shape = leakage::shape(window, length);
        rows.push(vec![
            name.to_owned(),
            format!("{:.1}", shape.width),
            format!("{:.0}", shape.side_lobe).replace('-', "−"),
        ]);
    }
    lab::table::right(&rows)
}

/// The frames of a short signal 1, 2, 3 … under a window of ones: what is cut where, with each padding.
///
/// # Errors
///
/// If the transform refuses its settings or the signal.
pub fn frames(samples: usize, n_fft: usize, hop: usize) -> Result<String, Error> {
    let signal: Vec<f64> = (1..=samples).map(|n| n as f64).collect();
    let mut text = format!("the signal: {}\n", numbers(&signal));
    let settings = [
        ("center: false", false, PadMode::Constant),
        ("center: true, pad_mode: Constant", true, PadMode::Constant),
        ("center: true, pad_mode: Reflect", true, PadMode::Reflect),
        ("center: true, pad_mode: Edge", true, PadMode::Edge),
    ];
    for (name, center, pad_mode) in settings {
        let config = StftConfig {
            n_fft,
            hop_length: Some(hop),
            win_length: None,
            window: Window::Rectangular,
            center,
            pad_mode,
        };
        let spectrogram = Stft::<f64>::new(&config)?.forward(&signal)?;
        text += &format!("{name}, {} frames\n", spectrogram.frames());
        for t in 0..spectrogram.frames() {
            // What was cut is the inverse of the frame's transform.
            let piece = crate::fourier::inverse_real_fft(spectrogram.frame(t), n_fft)?;
            text += &format!("  frame {t}: {}\n", numbers(&piece));
        }
    }
    Ok(text)
}

fn numbers(all: &[f64]) -> String {
    all.iter().map(|x| format!("{x:2.0}").replace("-0", " 0")).collect::<Vec<_>>().join(" ")
}

/// How well signals come back from their transforms, for some windows and hops of an `n_fft` of 512.
///
/// # Errors
///
/// If a transform refuses its settings or the signal.
pub fn round_trips(signal: &[f64]) -> Result<String, Error> {
    let mut rows = vec![row(["window", "hop", "sums even?", "f64, dB", "f32, dB"])];
    for (name, window, hop) in [
        ("Hann", Window::Hann, 128),
        ("Hann", Window::Hann, 250),
        ("Hamming", Window::Hamming, 256),
        ("Blackman", Window::Blackman, 100),
        ("rectangular", Window::Rectangular, 512),
    ] {
        let config = StftConfig { n_fft: 512, hop_length: Some(hop), window, ..StftConfig::default() };
        let values: Vec<f64> = window.values(512, Symmetry::Periodic);
        let double = Stft::<f64>::new(&config)?;
        let back = double.inverse(&double.forward(signal)?, Some(signal.len()))?;
        let single_signal: Vec<f32> = signal.iter().map(|&x| x as f32).collect();
        let single = Stft::<f32>::new(&config)?;
        let single_back = single.inverse(&single.forward(&single_signal)?, Some(signal.len()))?;
        let wide: Vec<f64> = single_signal.iter().map(|&x| f64::from(x)).collect();
        let single_back: Vec<f64> = single_back.iter().map(|&x| f64::from(x)).collect();
        rows.push(vec![
            name.to_owned(),
            hop.to_string(),
            if is_cola(&values, hop) { "yes" } else { "no" }.to_owned(),
            format!("{:.0}", snr(signal, &back)),
            format!("{:.0}", snr(&wide, &single_back)),
        ]);
    }
    Ok(lab::table::right(&rows))
}

/// The ratio of a signal's energy to that of the error, in decibels.
pub fn snr(signal: &[f64], back: &[f64]) -> f64 {
    let energy: f64 = signal.iter().map(|x| x * x).sum();
    let error: f64 = signal.iter().zip(back).map(|(a, b)| (a - b) * (a - b)).sum();
    // An error of exactly nothing is no smaller than what double precision can tell.
    10.0 * (energy / error.max(energy * 1e-34)).log10()
}

/// Shares of sounds that were named rightly, in percent: a row a condition, a column a training; each column has the
/// shares of all its seeds.
pub fn accuracies(conditions: &[&str], columns: &[(&str, Vec<Vec<f64>>)]) -> String {
    let mut rows = vec![
        std::iter::once("right, %")
            .chain(columns.iter().map(|(name, _)| *name))
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    ];
    for (place, condition) in conditions.iter().enumerate() {
        let cell = |(_, seeds): &(&str, Vec<Vec<f64>>)| {
            let shares: Vec<f64> = seeds.iter().map(|of| 100.0 * of[place]).collect();
            format!("{:.1}", record::mean(&shares))
        };
        rows.push(std::iter::once((*condition).to_owned()).chain(columns.iter().map(cell)).collect());
    }
    lab::table::right(&rows)
}

/// Sounds, and the picture and the word that lie nearest to each, with their cosines.
pub fn nearest_table(sounds: &[(Kind, Vector)], pictures: &[Vector], words: &[Vector]) -> String {
    let mut rows = vec![row(["sound of a", "nearest picture", "", "nearest word", ""])];
    for (kind, sound) in sounds {
        let of = |all: &[Vector]| nearest(sound, all, 1)[0];
        let ((picture, near), (word, by_word)) = (of(pictures), of(words));
        rows.push(vec![
            kind.name().to_owned(),
            Kind::ALL[picture].emoji().name.to_owned(),
            format!("{near:.2}"),
            Kind::ALL[word].emoji().name.to_owned(),
            format!("{by_word:.2}"),
        ]);
    }
    lab::table::left(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_what_was_cut() {
        let text = frames(6, 4, 2).unwrap();
        assert!(
            text.contains("center: false, 2 frames\n  frame 0:  1  2  3  4\n  frame 1:  3  4  5  6"),
            "{text}"
        );
        assert!(text.contains("Reflect, 4 frames\n  frame 0:  3  2  1  2"), "{text}");
        assert!(text.contains("Constant, 4 frames\n  frame 0:  0  0  1  2"), "{text}");
    }

    #[test]
    fn aliases_are_told() {
        assert_eq!(aliases(&[5000.0], 8000.0), "a tone of  is heard at\n5000 Hz        3000 Hz");
    }

    #[test]
    fn an_error_of_a_tenth_is_20_decibels() {
        assert!((snr(&[1.0, 0.0], &[0.9, 0.0]) - 20.0).abs() < 1e-9);
    }
}
