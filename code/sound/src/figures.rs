//! The chapter's figures. Each takes the data it draws and writes its own description from them.

use crate::cost::Cost;
use crate::eight_points::Example;
use crate::evaluate::ConfusionMatrix;
use crate::features::LogMel;
use crate::features::{FRAMES, MELS};
use crate::fourier::{Real, dft_matrix};
use crate::mel::{DbConfig, MelConfig, MelFilterbank, MelNorm, MelScale, Reference, mfcc, power_to_db};
use crate::stft::{Stft, StftConfig, powers};
use crate::synthesis::Kind;
use crate::window::Window;
use crate::{Error, Spectrogram, leakage, signals};
use emoji_world::Picture;
use joint_embedding::space::{Vector, mean, unit};
use lab::chart::{self, Axes, Series};
use lab::figure::{COLOURS, Canvas, INK, LABEL, Painted, WIDTH, faint, label_style, write};
use lab::{Figure, Inset};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// How many decibels below the loudest are drawn; what is softer is drawn as silence.
const RANGE: f64 = 80.0;

/// A rectangle of a figure, in pixels.
#[derive(Clone, Copy, Debug)]
struct Panel {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Panel {
    /// The place at a share of the width from the left, and at a share of the height from the bottom.
    fn at(self, across: f64, up: f64) -> (i32, i32) {
        let x = f64::from(self.left) + across * f64::from(self.width);
        let y = f64::from(self.top) + (1.0 - up) * f64::from(self.height);
        (x.round() as i32, y.round() as i32)
    }

    fn frame(self, canvas: &Canvas<'_>) -> Painted {
        Ok(canvas.draw(&Rectangle::new([self.at(0.0, 0.0), self.at(1.0, 1.0)], faint()))?)
    }

    /// A waveform: for each column of pixels a stroke from the least to the greatest sample, where 1 is the panel's
    /// half height.
    fn waveform(self, canvas: &Canvas<'_>, samples: &[f32]) -> Painted {
        let columns = self.width.max(1) as usize;
        let (_, middle) = self.at(0.0, 0.5);
        canvas.draw(&PathElement::new([(self.left, middle), (self.left + self.width, middle)], faint()))?;
        let height = |x: f32| self.at(0.0, 0.5 + 0.5 * f64::from(x.clamp(-1.0, 1.0))).1;
        // Down one column and up the next: one line for the whole sound.
        let mut line = Vec::with_capacity(2 * columns);
        for column in 0..columns {
            let (from, to) = (column * samples.len() / columns, (column + 1) * samples.len() / columns);
            let piece = &samples[from..to.max(from + 1).min(samples.len())];
            let (low, high) = piece.iter().fold((f32::MAX, f32::MIN), |(l, h), &x| (l.min(x), h.max(x)));
            if piece.is_empty() {
                continue;
            }
            let x = self.left + column as i32;
            let ends = [(x, height(high)), (x, height(low))];
            line.extend(if column % 2 == 0 { ends } else { [ends[1], ends[0]] });
        }
        Ok(canvas.draw(&PathElement::new(line, COLOURS[0]))?)
    }

    /// Decibels as colours, high frequencies above.
    fn spectrogram<T: Real>(self, db: &Spectrogram<T>) -> Inset {
        let top = db.values.iter().map(|x| x.wide()).fold(f64::NEG_INFINITY, f64::max);
        self.colours(db, |x| 1.0 + (x - top) / RANGE)
    }

    /// Numbers as colours, where `share` makes of each one a number from 0 to 1.
    fn colours<T: Real>(self, numbers: &Spectrogram<T>, share: impl Fn(f64) -> f64) -> Inset {
        let (frames, bins) = (numbers.frames(), numbers.bins);
        let (width, height) = (self.width as usize, self.height as usize);
        let mut picture = Picture::filled(width, height, [0.0; 3]);
        // Which of `all` numbers lie behind a pixel of `pixels`: one or more.
        let behind = |pixel: usize, pixels: usize, all: usize| {
            let from = pixel * all / pixels;
            from..((pixel + 1) * all / pixels).max(from + 1)
        };
        for (place, pixel) in picture.pixels.chunks_exact_mut(3).enumerate() {
            let (x, y) = (place % width, place / width);
            // The loudest of them: a click must not fall between two pixels.
            let loudest = behind(x, width, frames)
                .flat_map(|t| behind(height - 1 - y, height, bins).map(move |bin| numbers.at(bin, t).wide()))
                .fold(f64::NEG_INFINITY, f64::max);
            let colour = ViridisRGB.get_color(share(loudest).clamp(0.0, 1.0) as f32);
            for (channel, value) in pixel.iter_mut().zip([colour.0, colour.1, colour.2]) {
                *channel = f32::from(value) / 255.0;
            }
        }
        Inset {
            png: picture.to_png(),
            at: (self.left, self.top),
            size: (self.width as u32, self.height as u32),
            pixelated: true,
        }
    }

    /// Numbers below the panel.
    fn below(self, canvas: &Canvas<'_>, marks: &[(f64, String)], unit: &str) -> Painted {
        let y = self.top + self.height;
        for (share, text) in marks {
            let (x, _) = self.at(*share, 0.0);
            canvas.draw(&PathElement::new([(x, y), (x, y + 4)], INK))?;
            write(canvas, text, (x, y + 13), HPos::Center)?;
        }
        write(canvas, unit, (self.left + self.width / 2, y + 29), HPos::Center)
    }

    /// Numbers to the left of the panel.
    fn beside(self, canvas: &Canvas<'_>, marks: &[(f64, String)]) -> Painted {
        for (share, text) in marks {
            let (x, y) = self.at(0.0, *share);
            canvas.draw(&PathElement::new([(x - 4, y), (x, y)], INK))?;
            write(canvas, text, (x - 8, y), HPos::Right)?;
        }
        Ok(())
    }
}

/// The numbers from 0 to `most` in so many steps: where they stand, from 0 to 1, and as text.
fn marks(most: f64, steps: u32) -> Vec<(f64, String)> {
    let text = |x: f64| {
        let text = format!("{x:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    (0..=steps).map(|i| f64::from(i) / f64::from(steps)).map(|share| (share, text(share * most))).collect()
}

/// A sound that a figure shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What stands above it.
    pub title: String,
    /// Its samples.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate: u32,
}

impl Shown {
    /// A sound with its title.
    pub fn new(title: impl Into<String>, samples: Vec<f32>, rate: u32) -> Self {
        Self { title: title.into(), samples, rate }
    }

    /// Decibels of a transform whose frames are about `milliseconds` long.
    fn decibels(&self, milliseconds: f64) -> Result<Spectrogram<f32>, Error> {
        let samples = (f64::from(self.rate) * milliseconds / 1000.0).max(16.0) as usize;
        let n_fft = samples.next_power_of_two();
        // No more frames than a figure has columns.
        let hop = (self.samples.len() / 330).max(n_fft / 8).max(1);
        decibels(&self.samples, n_fft, hop)
    }
}

/// Powers of a signal's transform in decibels of the loudest.
fn decibels<T: Real>(signal: &[T], n_fft: usize, hop: usize) -> Result<Spectrogram<T>, Error> {
    let stft = Stft::new(&StftConfig { n_fft, hop_length: Some(hop), ..StftConfig::default() })?;
    let config = DbConfig { reference: Reference::Max, top_db: Some(RANGE), ..DbConfig::default() };
    power_to_db(&powers(&stft.forward(signal)?), &config)
}

/// Sounds side by side: above the waveform of each, below its spectrogram. `alt` tells what they sound like and what is
/// to be seen.
///
/// # Errors
///
/// If a sound is empty, or the figure cannot be painted.
pub fn heard(name: &str, sounds: &[Shown], caption: &str, alt: &str) -> Result<Figure, Error> {
    let count = sounds.len().max(1) as i32;
    let (wide, left, between) = ((WIDTH as i32 - 64) / count, 52, 28);
    let panel = |i: usize, top: i32, height: i32| Panel {
        left: left + i as i32 * wide,
        top,
        width: wide - between,
        height,
    };
    let pictures = sounds.iter().map(|sound| sound.decibels(30.0)).collect::<Result<Vec<_>, _>>()?;
    let insets: Vec<Inset> =
        pictures.iter().enumerate().map(|(i, db)| panel(i, 100, 170).spectrogram(db)).collect();
    let figure = Figure::paint(name, (WIDTH, 312), caption, alt, |canvas| {
        for (i, sound) in sounds.iter().enumerate() {
            let (above, below) = (panel(i, 28, 60), panel(i, 100, 170));
            write(canvas, &sound.title, (above.left, 14), HPos::Left)?;
            above.waveform(canvas, &sound.samples)?;
            let seconds = sound.samples.len() as f64 / f64::from(sound.rate);
            below.below(canvas, &marks(seconds, if count > 2 { 2 } else { 4 }), "seconds")?;
            if i == 0 || sound.rate != sounds[i - 1].rate {
                below.beside(canvas, &marks(f64::from(sound.rate) / 2000.0, 4))?;
            }
        }
        let style = label_style().pos(Pos::new(HPos::Center, VPos::Center));
        Ok(canvas.draw(&Text::new("kHz", (12, 185), style.transform(FontTransform::Rotate270)))?)
    })?;
    Ok(figure.with_insets(&insets))
}

/// Two tones that have the same samples, at `rate` samples a second.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn sampling(low: f64, high: f64, rate: f64) -> Result<Figure, Error> {
    const SAMPLES: usize = 17;
    let milliseconds = (SAMPLES - 1) as f64 / rate * 1000.0;
    let panel = Panel { left: 40, top: 30, width: WIDTH as i32 - 70, height: 150 };
    let curve = |hertz: f64, sign: f64| -> Vec<(i32, i32)> {
        let fine = signals::tone(hertz, 64.0 * rate, 64 * (SAMPLES - 1) + 1);
        let last = (fine.len() - 1) as f64;
        fine.iter().enumerate().map(|(n, x)| panel.at(n as f64 / last, 0.5 + 0.45 * sign * x)).collect()
    };
    let samples = signals::tone(low, rate, SAMPLES);
    let alt = format!(
        "Two waves over {milliseconds} milliseconds, one of {low} hertz and one of {high} hertz, upside down. Dots mark \
         the {SAMPLES} moments at which samples are taken, {rate} a second. At every dot both waves have the same height."
    );
    let caption = format!(
        "A tone of {:.0} kHz (blue) and one of {:.0} kHz (vermilion, upside down). With {:.0} thousand samples a second, \
         the dots, they cannot be told apart.",
        low / 1000.0,
        high / 1000.0,
        rate / 1000.0
    );
    Ok(Figure::paint("sampling", (WIDTH, 226), &caption, &alt, |canvas| {
        canvas.draw(&PathElement::new(curve(high, -1.0), COLOURS[1].stroke_width(1)))?;
        canvas.draw(&PathElement::new(curve(low, 1.0), COLOURS[0].stroke_width(2)))?;
        for (n, x) in samples.iter().enumerate() {
            let at = panel.at(n as f64 / (SAMPLES - 1) as f64, 0.5 + 0.45 * x);
            canvas.draw(&Circle::new(at, 5, INK.filled()))?;
        }
        panel.below(canvas, &marks(milliseconds, 4), "milliseconds")
    })?)
}

/// The rows of the transform's matrix of 8 × 8: real parts and imaginary parts.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn waves() -> Result<Figure, Error> {
    const N: usize = 8;
    let matrix = dft_matrix::<f64>(N);
    let labels: Vec<String> = (0..N).map(|k| k.to_string()).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let part = |of: fn(&crate::fourier::Complex<f64>) -> f64| -> Vec<Vec<f64>> {
        matrix.chunks_exact(N).map(|row| row.iter().map(of).collect()).collect()
    };
    let parts = [("real part", part(|x| x.re)), ("imaginary part", part(|x| x.im))];
    let alt = "Two grids of 8 by 8 squares, blue where a number is positive, vermilion where it is negative, fuller \
               where it is larger. Left, the real parts: row 0 is all ones, row 1 is one period of a cosine, row 2 \
               two periods, up to row 4, which alternates between 1 and minus 1; rows 5 to 7 repeat rows 3 to 1. Right, the \
               imaginary parts: rows 0 and 4 are empty, rows 1 to 3 are sines of one to three periods upside down, \
               and rows 5 to 7 are rows 3 to 1 with the other sign.";
    let caption = "The matrix of the transform of eight numbers: a row for each wave, a column for each sample. Blue is \
                   positive, vermilion negative. Row $k$ has $k$ periods; rows 5 to 7 are rows 3 to 1, turning the other way.";
    Ok(Figure::paint("waves", (WIDTH, 330), caption, alt, |canvas| {
        for (i, (title, cells)) in parts.iter().enumerate() {
            let left = 70 + 350 * i as i32;
            write(canvas, title, (left, 14), HPos::Left)?;
            chart::matrix(canvas, (left, 54), 33, &labels, cells)?;
        }
        Ok(())
    })?)
}

/// Eight numbers, and the sums of their first waves.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn partial_sums(example: &Example) -> Result<Figure, Error> {
    let line = |name: &str, values: &[f64]| Series {
        name: name.to_owned(),
        points: values.iter().enumerate().map(|(n, &x)| (n as f64, x)).collect(),
    };
    let (first, third) = (example.up_to(1), example.up_to(3));
    let third: Vec<f64> = third.iter().zip(&first).map(|(sum, one)| sum - one).collect();
    let series = [line("the signal", &example.signal), line("wave 1", &first), line("wave 3", &third)];
    let most = |wave: &[f64]| wave.iter().copied().fold(0.0, f64::max);
    let alt = format!(
        "Eight numbers joined by lines: four times 1, then four times minus 1. Wave 1 is one hill, up to {:.2}, and one \
         valley. Wave 3 goes up and down three times, up to {:.2}: where wave 1 is too high it is below 0, and where wave 1 \
         is too low it is above.",
        most(&first),
        most(&third)
    );
    let caption = "The eight numbers, and the two waves that they are the sum of. (There is no wave 2 and no wave 4 in them.)";
    let axes = Axes { x: "n".into(), y: "x".into(), logarithmic: false };
    Ok(Figure::paint("partial_sums", (WIDTH, 280), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

/// How long both forms of the transform take.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn cost(costs: &[Cost]) -> Result<Figure, Error> {
    let points = |of: fn(&Cost) -> Option<f64>| -> Vec<(f64, f64)> {
        costs.iter().filter_map(|cost| Some((cost.numbers as f64, 1e6 * of(cost)?))).collect()
    };
    let series = [
        Series { name: "by the definition".into(), points: points(|cost| cost.definition) },
        Series { name: "fast".into(), points: points(|cost| Some(cost.fast)) },
    ];
    let told: Vec<String> = costs
        .iter()
        .map(|Cost { numbers, definition, fast, .. }| {
            let slow = definition.map(|s| format!("{:.0} microseconds by the definition, ", 1e6 * s));
            format!("{numbers} numbers {}{:.1} fast", slow.unwrap_or_default(), 1e6 * fast)
        })
        .collect();
    let alt = format!("Two lines on logarithmic axes, time over the number of samples: {}.", told.join("; "));
    let caption = "How long the transform takes. Both axes are logarithmic: a line twice as steep is a power twice as high.";
    let axes = Axes { x: "numbers".into(), y: "microseconds".into(), logarithmic: true };
    Ok(Figure::paint("cost", (WIDTH, 300), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// Spectra of a tone that fits into its piece, and of one that does not, under two windows.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn leakage(periods: [f64; 2], samples: usize) -> Result<Figure, Error> {
    let windows = [("no window", Window::Rectangular), ("Hann", Window::Hann)];
    let spectra = |periods: f64| -> Vec<Series> {
        let piece = signals::tone(periods, samples as f64, samples);
        let bins = |window| leakage::spectrum(&piece, window).into_iter().step_by(leakage::FINE);
        windows
            .iter()
            .map(|(name, window)| Series {
                name: (*name).to_owned(),
                points: bins(*window).enumerate().map(|(bin, db)| (bin as f64, db)).collect(),
            })
            .collect()
    };
    let both = periods.map(spectra);
    let far = samples as f64 * 0.375;
    let at = |series: &Series| series.points[far as usize].1;
    let told: Vec<String> = both[1].iter().map(|s| format!("{} {:.0} decibels", s.name, at(s))).collect();
    let alt = format!(
        "Two charts of the spectrum of a tone in decibels, bin by bin. Left, {} periods in {samples} samples: without a \
         window all but one bin lie at the bottom, with a Hann window all but three. Right, {} periods: without a window \
         the spectrum falls slowly on both sides, with a Hann window steeply. At bin {far}: {}.",
        periods[0],
        periods[1],
        told.join(", ")
    );
    let caption = format!(
        "The spectrum of a tone with {} periods in the piece (left) and with {} (right), in decibels below the top \
         of its peak, which on the right lies between two bins; blue without a window, vermilion with Hann's. \
         Nothing is drawn below −120.",
        periods[0], periods[1]
    );
    let axes = Axes { x: "bin".into(), y: "dB".into(), logarithmic: false };
    Ok(Figure::paint("leakage", (WIDTH, 300), &caption, &alt, |canvas| {
        for (half, series) in canvas.split_evenly((1, 2)).iter().zip(&both) {
            chart::lines(half, &axes, series)?;
        }
        Ok(())
    })?)
}

/// One signal in frames of several lengths.
///
/// # Errors
///
/// If the signal is empty, a frame has no sample or no hop, or the figure cannot be painted.
pub fn uncertainty(signal: &[f64], rate: f64, lengths: [usize; 3]) -> Result<Figure, Error> {
    let count = lengths.len() as i32;
    let wide = (WIDTH as i32 - 64) / count;
    let panel = |i: usize| Panel { left: 52 + i as i32 * wide, top: 92, width: wide - 14, height: 190 };
    let spectrograms = lengths
        .iter()
        .map(|&n| decibels(signal, n, (n / 8).max(signal.len() / 220)))
        .collect::<Result<Vec<_>, _>>()?;
    let insets: Vec<Inset> =
        spectrograms.iter().enumerate().map(|(i, db)| panel(i).spectrogram(db)).collect();
    let title = |n: usize| format!("{n} samples, {:.0} ms", n as f64 / rate * 1000.0);
    let alt = format!(
        "A waveform and three spectrograms of the same second: a tone that glides up, and two clicks shortly one after the other. In \
         frames of {}, the clicks are two thin upright lines and the tone is a broad band. In frames of {}, both are \
         middling. In frames of {}, the tone is a thin line and the clicks are one broad smear.",
        title(lengths[0]),
        title(lengths[1]),
        title(lengths[2])
    );
    let caption = "A glide and two clicks in frames of three lengths. Short frames tell when, long ones tell how high. None \
                   tells both.";
    let figure = Figure::paint("uncertainty", (WIDTH, 326), caption, &alt, |canvas| {
        let above = Panel { left: 52, top: 6, width: WIDTH as i32 - 78, height: 52 };
        let loudest = signal.iter().fold(1e-9_f64, |most, x| most.max(x.abs()));
        above.waveform(canvas, &signal.iter().map(|x| (x / loudest) as f32).collect::<Vec<_>>())?;
        for (i, &n) in lengths.iter().enumerate() {
            write(canvas, &title(n), (panel(i).left, 76), HPos::Left)?;
            panel(i).below(canvas, &marks(signal.len() as f64 / rate, 2), "seconds")?;
        }
        panel(0).beside(canvas, &marks(rate / 2000.0, 4))?;
        let style = label_style().pos(Pos::new(HPos::Center, VPos::Center));
        Ok(canvas.draw(&Text::new("kHz", (12, 187), style.transform(FontTransform::Rotate270)))?)
    })?;
    Ok(figure.with_insets(&insets))
}

/// Both mel scales: where each hertz lies, as a share of the way to `top` hertz.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn mel_scales(top: f64) -> Result<Figure, Error> {
    let line = |name: &str, scale: MelScale| Series {
        name: name.to_owned(),
        points: (0..=100)
            .map(|i| top * f64::from(i) / 100.0)
            .map(|hertz| (hertz, scale.mel_of(hertz) / scale.mel_of(top)))
            .collect(),
    };
    let series = [line("Slaney", MelScale::Slaney), line("HTK", MelScale::Htk)];
    let half = |scale: MelScale| scale.hertz_of(scale.mel_of(top) / 2.0);
    let alt = format!(
        "Two curves that rise steeply at first and flatten: mel over hertz, from 0 to {top} hertz. Half of the mel \
         scale is reached at {:.0} hertz with Slaney's formula and at {:.0} hertz with HTK's.",
        half(MelScale::Slaney),
        half(MelScale::Htk)
    );
    let caption = format!("The two mel scales, each as a share of its way to {top} Hz.");
    let axes = Axes { x: "hertz".into(), y: "share of the scale".into(), logarithmic: false };
    Ok(Figure::paint("mel_scales", (WIDTH, 280), &caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

/// The triangles of a small filterbank.
///
/// # Errors
///
/// If there is no band or no bin, the rate is not above 0, or the figure cannot be painted.
pub fn filterbank(bands: usize, rate: f64, n_fft: usize) -> Result<Figure, Error> {
    let config =
        MelConfig { sample_rate: rate, n_fft, n_mels: bands, norm: MelNorm::None, ..MelConfig::default() };
    let bank = MelFilterbank::<f64>::new(&config)?;
    let matrix = bank.matrix();
    let panel = Panel { left: 40, top: 16, width: WIDTH as i32 - 70, height: 150 };
    let widths: Vec<usize> =
        matrix.chunks_exact(bank.bins()).map(|row| row.iter().filter(|&&w| w > 0.0).count()).collect();
    let alt = format!(
        "{bands} triangles side by side over the frequencies from 0 to {} hertz. Each begins at the top of the one \
         before it. They are narrow on the left and wide on the right: the first covers {} bins, the last {}.",
        rate / 2.0,
        widths[0],
        widths[bands - 1]
    );
    let caption = format!(
        "{bands} mel bands over the {} bins of a spectrum (the chapter takes more). The height is the weight of a bin in \
         the band, at most 1; neighbours have different colours so that they can be told apart.",
        bank.bins()
    );
    Ok(Figure::paint("filterbank", (WIDTH, 214), &caption, &alt, |canvas| {
        for (band, row) in matrix.chunks_exact(bank.bins()).enumerate() {
            let last = (row.len() - 1) as f64;
            let used = |bin: &usize| {
                row[*bin] > 0.0
                    || row.get(bin + 1).is_some_and(|&w| w > 0.0)
                    || (*bin > 0 && row[bin - 1] > 0.0)
            };
            let line: Vec<(i32, i32)> =
                (0..row.len()).filter(used).map(|bin| panel.at(bin as f64 / last, row[bin])).collect();
            canvas.draw(&PathElement::new(line, COLOURS[band % COLOURS.len()].stroke_width(2)))?;
        }
        panel.below(canvas, &marks(rate / 2000.0, 8), "kHz")
    })?)
}

/// A sound from its spectrogram to a few numbers a frame: bins, mel bands, cepstral coefficients.
///
/// # Errors
///
/// If the sound is empty, `rate` is 0, `coefficients` is 0 or more than the bands, or the figure cannot be
/// painted.
pub fn mel_steps(kind: Kind, samples: &[f32], rate: u32, coefficients: usize) -> Result<Figure, Error> {
    let config = StftConfig { n_fft: 512, hop_length: Some(250), ..StftConfig::default() };
    let power = powers(&Stft::new(&config)?.forward(samples)?);
    let db = DbConfig { reference: Reference::Max, top_db: Some(RANGE), ..DbConfig::default() };
    let bank = MelFilterbank::new(&MelConfig {
        sample_rate: f64::from(rate),
        n_fft: 512,
        n_mels: MELS,
        ..MelConfig::default()
    })?;
    let mel = power_to_db(&bank.apply(&power)?, &db)?;
    let cepstrum = mfcc(&mel, coefficients)?;
    // The first coefficient is the level, and would hide all others.
    let shape = Spectrogram {
        bins: coefficients - 1,
        values: cepstrum.values.chunks_exact(coefficients).flat_map(|frame| &frame[1..]).copied().collect(),
    };
    let greatest = shape.values.iter().fold(1e-9_f64, |most, x| most.max(f64::from(x.abs())));
    let wide = (WIDTH as i32 - 64) / 3;
    let panel = |i: i32| Panel { left: 52 + i * wide, top: 30, width: wide - 14, height: 170 };
    let insets = [
        panel(0).spectrogram(&power_to_db(&power, &db)?),
        panel(1).spectrogram(&mel),
        panel(2).colours(&shape, |x| 0.5 + 0.5 * x / greatest),
    ];
    let alt = format!(
        "Three pictures of one sound, {}: {}. Left, its spectrogram with {} bins; most of what is to be seen is in the \
         lower half. Middle, the same in {MELS} mel bands: the lower half is spread out. Right, {} coefficients a frame, \
         of which the first few change most.",
        kind.name(),
        kind.description(),
        power.bins,
        coefficients - 1
    );
    let caption = format!(
        "The {} in {} bins, in {MELS} mel bands, and in {} cepstral coefficients (the one before them, the level, is left \
         out). Time runs to the right. In the third the middle of the colour scale is 0: coefficients have both signs.",
        kind.name(),
        power.bins,
        coefficients - 1
    );
    let figure = Figure::paint("mel_steps", (WIDTH, 216), &caption, &alt, |canvas| {
        for (i, title) in (0..).zip(["decibels", "mel bands, decibels", "MFCC"]) {
            write(canvas, title, (panel(i).left, 14), HPos::Left)?;
        }
        panel(0).beside(canvas, &marks(f64::from(rate) / 2000.0, 4))?;
        let style = label_style().pos(Pos::new(HPos::Center, VPos::Center));
        Ok(canvas.draw(&Text::new("kHz", (12, 115), style.transform(FontTransform::Rotate270)))?)
    })?;
    Ok(figure.with_insets(&insets))
}

/// How far the magnitudes of a sound are from what they should be, iteration by iteration, for each method.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn convergence(runs: &[(&str, Vec<f64>)]) -> Result<Figure, Error> {
    let series: Vec<Series> = runs
        .iter()
        .map(|(name, distances)| Series {
            name: (*name).to_owned(),
            points: distances.iter().enumerate().map(|(i, &d)| (i as f64, d)).collect(),
        })
        .collect();
    let ends: Vec<String> = runs
        .iter()
        .filter_map(|(name, d)| Some(format!("{name} from {:.2} to {:.2}", d.first()?, d.last()?)))
        .collect();
    let alt = format!("Falling curves, distance over iterations: {}.", ends.join(", "));
    let caption = "How far the magnitudes of the rebuilt sound are from the wanted ones, as a share of them.";
    let axes = Axes { x: "iteration".into(), y: "distance".into(), logarithmic: false };
    Ok(Figure::paint("convergence", (WIDTH, 280), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

/// A sound of every kind: emoji, waveform, and the picture that the network sees.
///
/// # Errors
///
/// If a sound is empty, or the figure cannot be painted.
pub fn kinds(sounds: &[(Kind, Vec<f32>)]) -> Result<Figure, Error> {
    const COLUMNS: i32 = 4;
    let (wide, high) = (WIDTH as i32 / COLUMNS, 152);
    let corner = |i: usize| (i as i32 % COLUMNS * wide + 8, i as i32 / COLUMNS * high + 4);
    let log_mel = LogMel::new()?;
    let below = |i: usize| {
        let (left, top) = corner(i);
        Panel { left, top: top + 58, width: wide - 18, height: 82 }
    };
    let mut insets = Vec::new();
    for (i, (kind, samples)) in sounds.iter().enumerate() {
        let picture = log_mel.picture(samples)?;
        insets.push(below(i).colours(&picture, |x| (x + 1.0) / 2.0));
        let (left, top) = corner(i);
        insets.push(Inset {
            png: kind.emoji().png.to_vec(),
            at: (left, top),
            size: (24, 24),
            pixelated: false,
        });
    }
    let list: Vec<String> =
        sounds.iter().map(|(kind, _)| format!("{}: {}", kind.name(), kind.description())).collect();
    let alt = format!(
        "{} small panels, each with an emoji, its name, a waveform and a spectrogram in mel bands. {}.",
        sounds.len(),
        list.join("; ")
    );
    let caption = format!(
        "One sound of each kind, as a waveform, and below it the picture that the network will see: {FRAMES} moments \
         from left to right, {MELS} mel bands from low to high."
    );
    let height = sounds.len().div_ceil(COLUMNS as usize) as i32 * high;
    let figure = Figure::paint("kinds", (WIDTH, height as u32), &caption, &alt, |canvas| {
        for (i, (kind, samples)) in sounds.iter().enumerate() {
            let (left, top) = corner(i);
            write(canvas, kind.name(), (left + 30, top + 13), HPos::Left)?;
            Panel { left, top: top + 28, width: wide - 18, height: 28 }.waveform(canvas, samples)?;
            below(i).frame(canvas)?;
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// Pictures of sounds with their titles: numbers from −1 to 1.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn seen(
    name: &str,
    pictures: &[(String, Spectrogram<f32>)],
    caption: &str,
    alt: &str,
) -> Result<Figure, Error> {
    let count = pictures.len().max(1) as i32;
    let wide = (WIDTH as i32 - 20) / count;
    let panel = |i: usize| Panel { left: 10 + i as i32 * wide, top: 30, width: wide - 14, height: 120 };
    let insets: Vec<Inset> = pictures
        .iter()
        .enumerate()
        .map(|(i, (_, picture))| panel(i).colours(picture, |x| (x + 1.0) / 2.0))
        .collect();
    let figure = Figure::paint(name, (WIDTH, 160), caption, alt, |canvas| {
        for (i, (title, _)) in pictures.iter().enumerate() {
            write(canvas, title, (panel(i).left, 14), HPos::Left)?;
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// The mean loss of every epoch, for each seed.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn losses(name: &str, runs: &[(String, Vec<f64>)], caption: &str) -> Result<Figure, Error> {
    let series: Vec<Series> = runs.iter().map(|(name, losses)| Series::every(1.0, name, losses)).collect();
    let ends: Vec<String> = runs
        .iter()
        .filter_map(|(name, losses)| {
            Some(format!("{name} from {:.2} to {:.2}", losses.first()?, losses.last()?))
        })
        .collect();
    let alt = format!("The loss over the epochs: {}.", ends.join("; "));
    let axes = Axes { x: "epoch".into(), y: "loss".into(), logarithmic: false };
    Ok(Figure::paint(name, (WIDTH, 280), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// What is taken for what: a row for each kind, a column for each answer.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn confusions(found: &ConfusionMatrix, caption: &str) -> Result<Figure, Error> {
    let names = Kind::ALL.map(Kind::name);
    let share = |a: usize, b: usize| {
        let all: usize = (0..names.len()).map(|other| found.of(a, other)).sum();
        found.of(a, b) as f64 / all.max(1) as f64
    };
    let cells: Vec<Vec<f64>> =
        (0..names.len()).map(|a| (0..names.len()).map(|b| share(a, b)).collect()).collect();
    let told: Vec<String> = found
        .mistakes()
        .into_iter()
        .take(6)
        .map(|(a, b, count)| format!("{} for {} {count} times", names[a], names[b]))
        .collect();
    let alt = format!(
        "A square of {0} by {0}: a row for each kind of sound, a column for each answer. The diagonal is full. {1}",
        names.len(),
        if told.is_empty() {
            "Nothing else is.".into()
        } else {
            format!("Taken for another: {}.", told.join(", "))
        }
    );
    Ok(Figure::paint("confusions", (WIDTH, 600), caption, &alt, |canvas| {
        chart::matrix(canvas, (190, 110), 22, &names, &cells)
    })?)
}

/// Vectors of one kind in the common space.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its picture.
    pub picture: Vector,
    /// Its word.
    pub word: Vector,
    /// Some of its sounds.
    pub sounds: Vec<Vector>,
}

/// Pictures, words and sounds on one map.
///
/// # Errors
///
/// If there are fewer vectors than t-SNE needs, which is 38, or the figure cannot be painted.
pub fn space(placed: &[Placed]) -> Result<Figure, Error> {
    const HEIGHT: i32 = 560;
    const EMOJI: i32 = 30;
    // Each sense lies in a part of the space of its own (chapter 2's modality gap); moved to a common middle, they show
    // what they share.
    let centred = |vectors: Vec<Vector>| -> Vec<Vector> {
        let middle = mean(&vectors);
        vectors.iter().map(|v| unit(&std::array::from_fn(|i| v[i] - middle[i]))).collect()
    };
    let pictures = centred(placed.iter().map(|one| one.picture).collect());
    let words = centred(placed.iter().map(|one| one.word).collect());
    let sounds = centred(placed.iter().flat_map(|one| one.sounds.clone()).collect());
    let points = lab::projection::t_sne(&[pictures.clone(), words.clone(), sounds].concat(), 12.0)?;
    let bound = |of: fn(&(f64, f64)) -> f64| {
        let all = points.iter().map(of);
        let (low, high) = all.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
        (low, (high - low).max(1e-9))
    };
    let ((left, wide), (low, high)) = (bound(|p| p.0), bound(|p| p.1));
    // Below and above the outermost emoji there is room for their words.
    let panel = Panel { left: 50, top: 40, width: WIDTH as i32 - 100, height: HEIGHT - 80 };
    let at = |(x, y): (f64, f64)| panel.at((x - left) / wide, (y - low) / high);
    let (of_pictures, rest) = points.split_at(placed.len());
    let (of_words, of_sounds) = rest.split_at(placed.len());
    let insets: Vec<Inset> = of_pictures
        .iter()
        .zip(Kind::ALL)
        .map(|(&point, kind)| {
            let (x, y) = at(point);
            let corner = (x - EMOJI / 2, y - EMOJI / 2);
            Inset {
                png: kind.emoji().png.to_vec(),
                at: corner,
                size: (EMOJI as u32, EMOJI as u32),
                pixelated: false,
            }
        })
        .collect();
    // A word gives way to emoji, which would cover it, and to other words.
    let mut taken: Vec<[i32; 4]> = of_pictures
        .iter()
        .map(|&point| at(point))
        .map(|(x, y)| [x - EMOJI / 2, y - EMOJI / 2, x + EMOJI / 2, y + EMOJI / 2])
        .collect();
    let mut labels = Vec::new();
    for ((&point, kind), i) in of_words.iter().zip(Kind::ALL).zip(0_usize..) {
        let (x, y) = at(point);
        let half = kind.name().chars().count() as i32 * LABEL * 3 / 10;
        let step = half + EMOJI / 2 + 4;
        let boxes = [(0, 0), (0, 24), (0, -24), (step, 0), (-step, 0), (0, 40), (0, -40)].map(|(dx, dy)| {
            let (x, y) = ((x + dx).clamp(half, WIDTH as i32 - half), y + dy);
            [x - half, y - 8, x + half, y + 8]
        });
        let apart = |a: &[i32; 4], b: &[i32; 4]| a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1];
        let free = boxes.into_iter().find(|new| taken.iter().all(|old| apart(new, old))).unwrap_or(boxes[1]);
        taken.push(free);
        labels.push((kind.name(), ((free[0] + free[2]) / 2, free[1] + 8), i));
    }
    let alone: Vec<&str> = placed
        .iter()
        .zip(Kind::ALL)
        .filter(|(one, kind)| {
            let right = kind.number();
            one.sounds
                .iter()
                .any(|s| joint_embedding::space::nearest(s, &pictures_of(placed), 1)[0].0 != right)
        })
        .map(|(_, kind)| kind.name())
        .collect();
    let distance = |a: &(f64, f64), b: &(f64, f64)| (a.0 - b.0).hypot(a.1 - b.1);
    let strays = |&(i, word): &(usize, &(f64, f64))| {
        let own = distance(word, &of_pictures[i]);
        of_pictures.iter().any(|other| distance(word, other) < own)
    };
    let strays: Vec<&str> =
        of_words.iter().enumerate().filter(strays).map(|(i, _)| Kind::ALL[i].name()).collect();
    let alt = format!(
        "A map with an emoji, a word and {} dots for each of {} kinds. {} {}",
        of_sounds.len() / placed.len().max(1),
        placed.len(),
        if alone.is_empty() {
            "Every sound shown lies nearest to the picture of its own kind.".to_owned()
        } else {
            format!(
                "All sounds shown lie nearest to the picture of their own kind, but for some of: {}.",
                alone.join(", ")
            )
        },
        if strays.is_empty() {
            "Each word lies nearer to its own picture than to any other.".to_owned()
        } else {
            format!("Words that lie nearer to another picture than to their own: {}.", strays.join(", "))
        }
    );
    let caption = "One space for three senses, laid out by t-SNE: the emoji's pictures, their words, and as dots some of \
                   their sounds, which were never trained beside a word. The dots of a kind have the colour of its word; there are fewer \
                   colours than kinds.";
    let figure = Figure::paint("space", (WIDTH, HEIGHT as u32), caption, &alt, |canvas| {
        let each = of_sounds.len() / placed.len().max(1);
        for (i, &point) in of_sounds.iter().enumerate() {
            let colour = COLOURS[i / each.max(1) % COLOURS.len()];
            canvas.draw(&Circle::new(at(point), 4, colour.filled()))?;
        }
        for (name, place, i) in &labels {
            let style = label_style().color(&COLOURS[i % COLOURS.len()]);
            let style = style.pos(Pos::new(HPos::Center, VPos::Center));
            canvas.draw(&Text::new((*name).to_owned(), *place, style))?;
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

fn pictures_of(placed: &[Placed]) -> Vec<Vector> {
    placed.iter().map(|one| one.picture).collect()
}

/// Any sound as a figure that stands for itself: waveform and spectrogram.
///
/// # Errors
///
/// If the sound is empty, or the figure cannot be painted.
pub fn of_file(title: &str, samples: &[f32], rate: u32) -> Result<Figure, Error> {
    let alt = format!("Waveform and spectrogram of {title}.");
    heard("spectrogram", &[Shown::new(title, samples.to_vec(), rate)], title, &alt)
}
