//! Handwritten digits: MNIST, or a set with files like it, in the folder that `--data` names.
//!
//! The sentences are *a handwritten seven* and the like; nothing else is changed but the pictures, which are grey and
//! of 28 × 28 pixels, with a margin around them. How good the painted digits are is measured as Radford et al. (2016,
//! in the supplement) do it: can real digits be told by their nearest neighbour among painted ones?

use crate::batch::{Batch, Source};
use crate::evaluate::NOISE_SEED;
use crate::figures::{self, Row};
use crate::noise::noise;
use crate::players::Players;
use crate::sentence_encoder::{self, EncoderSettings};
use crate::train::{Settings, play};
use crate::{Error, SIDE};
use dfdx::prelude::*;
use emoji_world::idx::{LabelledPictures, Mnist};
use emoji_world::rng;
use lab::{Options, Run};
use rand::RngExt;
use record::Value;
use std::path::{Path, PathBuf};

/// The names of the digits.
const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// The first word of a digit's name in the table of words; before it come *a* and *handwritten*.
const FIRST: usize = 2;

/// Painted and real digits among which neighbours are looked for, and test digits that are told by them.
const MOST: usize = 10_000;

/// Test digits that are compared with all others at once.
const CHUNK: usize = 500;

/// Numbers of a picture that counts for distances: one of its three equal channels.
const GREY: usize = SIDE * SIDE;

/// Digits and what they are.
#[derive(Clone, Debug)]
pub struct Digits {
    /// Digits × 32 × 32 numbers from 0 (paper) to 1 (ink).
    pub grey: Vec<f32>,
    /// 0 to 9.
    pub labels: Vec<usize>,
    seed: u64,
}

impl Digits {
    fn of(pictures: &LabelledPictures, seed: u64, folder: &Path) -> Result<Self, Error> {
        let (width, height) = (pictures.width, pictures.height);
        let wrong = |expected: &str, found: String| {
            Err(Error::NotDigits { path: folder.to_owned(), expected: expected.to_owned(), found })
        };
        if width > SIDE || height > SIDE {
            return wrong(
                &format!("pictures of at most {SIDE} × {SIDE} pixels"),
                format!("{width} × {height}"),
            );
        }
        if let Some(label) = pictures.labels.iter().find(|label| usize::from(**label) >= DIGITS.len()) {
            return wrong("labels from 0 to 9", label.to_string());
        }
        let (left, top) = ((SIDE - width) / 2, (SIDE - height) / 2);
        let mut grey = vec![0.0; pictures.len() * GREY];
        for (i, picture) in grey.chunks_exact_mut(GREY).enumerate() {
            for (y, row) in pictures.bytes(i).chunks_exact(width).enumerate() {
                let start = (top + y) * SIDE + left;
                let to = picture[start..start + width].iter_mut();
                to.zip(row).for_each(|(to, byte)| *to = f32::from(*byte) / 255.0);
            }
        }
        let labels = pictures.labels.iter().map(|label| usize::from(*label)).collect();
        Ok(Self { grey, labels, seed })
    }

    /// At most `most` of them, taken evenly from the first to the last: files may be sorted by digit.
    fn some(&self, most: usize) -> Self {
        let (all, count) = (self.labels.len(), self.labels.len().min(most));
        let places = (0..count).map(|i| i * all / count);
        Self {
            grey: places.clone().flat_map(|place| &self.grey[place * GREY..][..GREY]).copied().collect(),
            labels: places.map(|place| self.labels[place]).collect(),
            seed: self.seed,
        }
    }
}

// ANCHOR: source
impl Source for Digits {
    fn batch(&self, step: usize, size: usize) -> Result<Batch, Error> {
        let mut rng = rng(self.seed, step as u64);
        let mut batch = Batch { pixels: Vec::with_capacity(size * GREY * 3), right: vec![], wrong: vec![] };
        for _ in 0..size {
            let place = rng.random_range(0..self.labels.len());
            let picture = &self.grey[place * GREY..][..GREY];
            batch.pixels.extend(picture.iter().flat_map(|value| [*value; 3]));
            let digit = self.labels[place];
            batch.right.push(sentence(digit));
            batch.wrong.push(sentence((digit + rng.random_range(1..DIGITS.len())) % DIGITS.len()));
        }
        Ok(batch)
    }
}

/// The numbers of the words *a handwritten seven*.
fn sentence(digit: usize) -> Vec<usize> {
    vec![0, 1, FIRST + digit]
}
// ANCHOR_END: source

// ANCHOR: neighbours
/// The labels of the nearest neighbours of some grey pictures among others, by the distance of their pixels.
fn nearest_labels(pictures: &[f32], others: &[f32], labels: &[usize]) -> Vec<usize> {
    let device = lab::device(0);
    let count = others.len() / GREY;
    let squares: Vec<f32> =
        others.chunks_exact(GREY).map(|other| other.iter().map(|x| x * x).sum::<f32>()).collect();
    let others = device.tensor_from_vec(others.to_vec(), (count, Const::<GREY>));
    let others = others.permute::<_, Axes2<1, 0>>();
    let mut nearest = Vec::with_capacity(pictures.len() / GREY);
    for chunk in pictures.chunks(CHUNK * GREY) {
        let chunk = device.tensor_from_vec(chunk.to_vec(), (chunk.len() / GREY, Const::<GREY>));
        // ‖a − b‖² = ‖a‖² − 2 a·b + ‖b‖², and ‖a‖² is the same for all b.
        for products in chunk.matmul(others.clone()).as_vec().chunks_exact(count) {
            let away = |i: usize| squares[i] - 2.0 * products[i];
            let place = (0..count).min_by(|&i, &j| away(i).total_cmp(&away(j))).unwrap_or_default();
            nearest.push(labels[place]);
        }
    }
    nearest
}
// ANCHOR_END: neighbours

fn error(found: &[usize], right: &[usize]) -> f64 {
    let wrong = found.iter().zip(right).filter(|(found, right)| found != right).count();
    100.0 * wrong as f64 / right.len().max(1) as f64
}

/// Plays the game on digits, measures it, and returns the record's file.
///
/// # Errors
///
/// If the folder does not hold such files, training diverges, or the record cannot be written.
pub fn run(options: &Options, settings: &Settings, folder: &Path) -> Result<PathBuf, Error> {
    let mut run = Run::start(crate::chapter::NAME, options, settings.facts())?;
    let mnist = Mnist::open(folder)?;
    let train = Digits::of(&mnist.train, settings.seed, folder)?;
    let test = Digits::of(&mnist.test, settings.seed, folder)?.some(MOST);
    run.data("digits", &folder.display().to_string());
    println!("{} digits to learn from, {} for the test\n", train.labels.len(), test.labels.len());
    let encoder_steps = if options.quick { 20 } else { EncoderSettings::default().steps };
    let learning = EncoderSettings { steps: encoder_steps, ..EncoderSettings::default() };
    let encoder = sentence_encoder::train(&train, &learning, settings.seed, |_| ())?.sentences;
    let bar = lab::progress::bar("game", settings.steps as u64);
    let start = std::time::Instant::now();
    let game = play(&train, encoder.clone(), settings, |_, progress| {
        bar.inc(1);
        let [right, wrong, painted] = progress.believed;
        bar.set_message(format!("believed: right {right:.2}, wrong {wrong:.2}, painted {painted:.2}"));
        Ok(())
    })?;
    bar.finish_and_clear();
    run.value("training_seconds", Value::machine(start.elapsed().as_secs_f64()).unit("s"))?;
    measure(&mut run, &mut Players::of(&game, encoder), &train, &test, options.quick)?;
    run.cost()?;
    Ok(run.finish()?)
}

fn measure(
    run: &mut Run,
    players: &mut Players,
    train: &Digits,
    test: &Digits,
    quick: bool,
) -> Result<(), Error> {
    let real = train.some(if quick { 100 } else { MOST });
    let most = real.labels.len();
    let labels: Vec<usize> = (0..most).map(|i| i % DIGITS.len()).collect();
    let mut painted = Vec::with_capacity(most * GREY);
    for (place, labels) in labels.chunks(CHUNK).enumerate() {
        let vectors =
            players.encoder.vectors(&labels.iter().map(|digit| sentence(*digit)).collect::<Vec<_>>());
        let colours = players.generator.paint(&noise(labels.len(), NOISE_SEED, place as u64), &vectors);
        painted.extend(colours.chunks_exact(3).map(|rgb| rgb.iter().sum::<f32>() / 3.0));
    }
    let by_real = error(&nearest_labels(&test.grey, &real.grey, &real.labels), &test.labels);
    let by_painted = error(&nearest_labels(&test.grey, &painted, &labels), &test.labels);
    let not_as_said = error(&nearest_labels(&painted, &real.grey, &real.labels), &labels);
    for (name, value) in
        [("error_by_real", by_real), ("error_by_painted", by_painted), ("painted_not_as_said", not_as_said)]
    {
        run.value(name, Value::within(value, 5.0).unit("%").digits(2))?;
    }
    run.value("digits_each", Value::exact(most as f64))?;
    let table = format!(
        "test digits told wrongly by their nearest neighbour\n  among {most} real digits     {by_real:6.2} %\n  among {most} painted digits  {by_painted:6.2} %\n\
         painted digits that their nearest real one takes for another {not_as_said:6.2} %\n"
    );
    run.output("digits", &table, false)?;
    let rows: Vec<Row> = DIGITS
        .iter()
        .enumerate()
        .map(|(digit, name)| {
            let mine = labels.iter().enumerate().filter(|(_, label)| **label == digit).take(8);
            let pixels = mine.flat_map(|(i, _)| &painted[i * GREY..][..GREY]).flat_map(|value| [*value; 3]);
            Row { label: format!("a handwritten {name}"), pixels: pixels.collect() }
        })
        .collect();
    let alt =
        "Eight painted digits for each of ten sentences, from a handwritten zero to a handwritten nine.";
    Ok(run.figure("digits", &figures::sheet("digits", &rows, &[], "Painted digits.", alt)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures(labels: &[u8], side: usize) -> LabelledPictures {
        let pixels = labels.iter().flat_map(|label| vec![25 * label; side * side]).collect();
        LabelledPictures { width: side, height: side, pixels, labels: labels.to_vec() }
    }

    #[test]
    fn digits_get_a_margin_and_a_sentence() {
        let digits = Digits::of(&pictures(&[7, 3], 28), 1, Path::new("x")).unwrap();
        assert_eq!((digits.grey.len(), digits.labels.clone()), (2 * 32 * 32, vec![7, 3]));
        assert_eq!(digits.grey[..32], [0.0; 32]);
        assert!((digits.grey[2 * 32 + 2] - 175.0 / 255.0).abs() < 1e-6);
        let batch = digits.batch(0, 6).unwrap();
        for (right, wrong) in batch.right.iter().zip(&batch.wrong) {
            assert!([9, 5].contains(&right[2]) && wrong[2] != right[2] && (2..12).contains(&wrong[2]));
        }
    }

    #[test]
    fn some_of_them_are_taken_evenly() {
        let digits = Digits::of(&pictures(&[0, 0, 1, 1, 2, 2, 3], 28), 1, Path::new("x")).unwrap();
        let some = digits.some(4);
        assert_eq!(some.labels, [0, 0, 1, 2]);
        for (picture, place) in some.grey.chunks_exact(GREY).zip([0, 1, 3, 5]) {
            assert_eq!(picture, &digits.grey[place * GREY..][..GREY]);
        }
        assert_eq!(digits.some(9).labels, digits.labels);
    }

    #[test]
    fn what_are_no_digits_is_refused() {
        let error = Digits::of(&pictures(&[3], 33), 1, Path::new("folder")).unwrap_err().to_string();
        assert!(error.contains("folder") && error.contains("33 × 33"), "{error}");
        let error = Digits::of(&pictures(&[3, 10], 28), 1, Path::new("folder")).unwrap_err().to_string();
        assert!(error.contains("0 to 9") && error.contains("found 10"), "{error}");
    }

    #[test]
    fn the_nearest_is_the_nearest() {
        let digits = Digits::of(&pictures(&[0, 4, 9], 28), 1, Path::new("x")).unwrap();
        let asked = Digits::of(&pictures(&[5, 8, 1], 28), 1, Path::new("x")).unwrap();
        assert_eq!(nearest_labels(&asked.grey, &digits.grey, &digits.labels), [4, 9, 0]);
    }
}
