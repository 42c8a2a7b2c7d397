//! Recordings of your own: a data set in the folder that `--data` names.
//!
//! Two forms are known: [ESC-50's](crate::esc50), with its five folds, and a [folder of spoken
//! words](crate::digits), with the official split and with one speaker left out after the other. The network is that of
//! the chapter. A recording is cut into pieces of a second; what it is of is what most pieces together say.

use crate::augmentation::{Augmentation, root_mean_square};
use crate::chapter::NAME;
use crate::digits::{SpokenDigits, Utterance};
use crate::esc50::{Clip, Esc50, FOLDS};
use crate::evaluate::ConfusionMatrix;
use crate::features::LogMel;
use crate::resample::resample;
use crate::sound_encoder::SoundEncoder;
use crate::synthesis::{RATE, SAMPLES};
use crate::train::{Examples, Settings, classify};
use crate::{Error, Waveform};
use lab::{Options, Run};
use rayon::prelude::*;
use record::Value;
use std::path::{Path, PathBuf};

/// Classes that the network can tell apart at most.
pub const MOST: usize = 64;

/// Versions of each recording that training hears beside the recording itself.
const VERSIONS: u64 = 2;

/// A piece is silent if it is so many times softer than the loudest piece, 60 dB, by the root of its mean square.
const SILENT: f32 = 1e-3;

/// The pieces of a recording: one second each at [`RATE`], the last one filled up with silence. Silent pieces are left
/// out, unless all are.
///
/// # Errors
///
/// If the recording is empty or has samples that are no numbers.
// ANCHOR: pieces
pub fn pieces(sound: &Waveform) -> Result<Vec<Vec<f32>>, Error> {
    let samples = resample(&sound.to_mono(), sound.rate(), RATE)?;
    // A rest of less than a quarter of a second tells little.
    let whole = |piece: &&[f32]| 4 * piece.len() >= SAMPLES || samples.len() < SAMPLES;
    let cut: Vec<&[f32]> = samples.chunks(SAMPLES).filter(whole).collect();
    let loudest = cut.iter().map(|piece| root_mean_square(piece)).fold(0.0, f32::max);
    let heard: Vec<&[f32]> =
        cut.iter().copied().filter(|piece| root_mean_square(piece) > SILENT * loudest).collect();
    let fill = |piece: &&[f32]| {
        let mut piece = piece.to_vec();
        piece.resize(SAMPLES, 0.0);
        piece
    };
    Ok(if heard.is_empty() {
        cut.iter().take(1).map(fill).collect()
    } else {
        heard.iter().map(fill).collect()
    })
}
// ANCHOR_END: pieces

/// A recording, and the number of its class.
struct Recording {
    pieces: Vec<Vec<f32>>,
    label: usize,
}

/// Recordings of training and of the test, by their places.
struct Split {
    name: String,
    training: Vec<usize>,
    test: Vec<usize>,
}

/// A data set.
struct Set {
    recordings: Vec<Recording>,
    labels: Vec<String>,
    splits: Vec<Split>,
}

/// Reads all files.
fn read(files: &[(PathBuf, usize)]) -> Result<Vec<Recording>, Error> {
    let bar = lab::progress::bar("reading", files.len() as u64);
    let one = |(path, label): &(PathBuf, usize)| {
        let pieces = pieces(&crate::wav::read(path)?)?;
        bar.inc(1);
        Ok(Recording { pieces, label: *label })
    };
    let all = files.par_iter().map(one).collect();
    bar.finish_and_clear();
    all
}

fn esc50(folder: &Path) -> Result<Set, Error> {
    let set = Esc50::open(folder)?;
    let numbers: Vec<usize> = set.categories.keys().copied().collect();
    let label = |clip: &Clip| numbers.iter().position(|n| *n == clip.target).unwrap_or_default();
    let files: Vec<(PathBuf, usize)> =
        set.clips.iter().map(|clip| (clip.path.clone(), label(clip))).collect();
    let places = |wanted: &dyn Fn(&Clip) -> bool| -> Vec<usize> {
        set.clips.iter().enumerate().filter(|(_, clip)| wanted(clip)).map(|(place, _)| place).collect()
    };
    let splits = (1..=FOLDS).map(|fold| Split {
        name: format!("fold {fold}"),
        training: places(&|clip| clip.fold != fold),
        test: places(&|clip| clip.fold == fold),
    });
    Ok(Set {
        recordings: read(&files)?,
        labels: set.categories.values().cloned().collect(),
        splits: splits.collect(),
    })
}

fn spoken(folder: &Path) -> Result<Set, Error> {
    let set = SpokenDigits::open(folder)?;
    let labels = set.labels();
    let label = |one: &Utterance| labels.iter().position(|label| *label == one.label).unwrap_or_default();
    let files: Vec<(PathBuf, usize)> =
        set.utterances.iter().map(|one| (one.path.clone(), label(one))).collect();
    let place = |one: &&Utterance| set.utterances.binary_search(one).unwrap_or_default();
    let split = |name: String, (training, test): crate::digits::Split<'_>| Split {
        name,
        training: training.iter().map(place).collect(),
        test: test.iter().map(place).collect(),
    };
    let mut splits = vec![split("official".to_owned(), set.official_split()?)];
    if set.speakers().len() > 1 {
        for speaker in set.speakers() {
            splits.push(split(format!("without {speaker}"), set.leave_out(speaker)?));
        }
    }
    let labels = labels.into_iter().map(str::to_owned).collect();
    Ok(Set { recordings: read(&files)?, labels, splits })
}

/// Pictures of recordings and of versions of them.
fn examples(set: &Set, places: &[usize], seed: u64) -> Result<Examples, Error> {
    let (log_mel, augmentation) = (LogMel::new()?, Augmentation::default());
    let of = |&place: &usize| -> Result<(Vec<f32>, Vec<usize>), Error> {
        let Recording { pieces, label } = &set.recordings[place];
        let mut pictures = Vec::new();
        let mut rng = emoji_world::rng(seed, place as u64);
        for piece in pieces {
            pictures.extend(log_mel.picture(piece)?.values);
            for _ in 0..VERSIONS {
                pictures.extend(log_mel.picture(&augmentation.apply(piece, RATE, &mut rng)?)?.values);
            }
        }
        Ok((pictures, vec![*label; pieces.len() * (1 + VERSIONS as usize)]))
    };
    let all: Vec<(Vec<f32>, Vec<usize>)> = places.par_iter().map(of).collect::<Result<_, _>>()?;
    let (pictures, labels): (Vec<Vec<f32>>, Vec<Vec<usize>>) = all.into_iter().unzip();
    Ok(Examples { pictures: pictures.concat(), labels: labels.concat() })
}

/// The sum of the logarithms of probabilities over the pieces of each recording: recordings × the set's classes. The
/// logits that no class has are left out.
fn scores(network: &mut SoundEncoder<MOST>, set: &Set, places: &[usize]) -> Result<Vec<f32>, Error> {
    let log_mel = LogMel::new()?;
    let pictures = |&place: &usize| -> Result<Vec<f32>, Error> {
        let all = set.recordings[place].pieces.iter().map(|piece| Ok(log_mel.picture(piece)?.values));
        Ok(all.collect::<Result<Vec<_>, Error>>()?.concat())
    };
    let pictures: Vec<Vec<f32>> = places.par_iter().map(pictures).collect::<Result<_, _>>()?;
    let logits = network.hear(&pictures.concat());
    let classes = set.labels.len();
    let mut rows = logits.chunks_exact(MOST).map(|row| {
        let row = &row[..classes];
        let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum = row.iter().map(|x| (x - greatest).exp()).sum::<f32>().ln() + greatest;
        row.iter().map(|x| x - sum).collect::<Vec<f32>>()
    });
    let mut scores = Vec::with_capacity(places.len() * classes);
    for &place in places {
        let mut total = vec![0.0; classes];
        for row in rows.by_ref().take(set.recordings[place].pieces.len()) {
            total.iter_mut().zip(row).for_each(|(total, x)| *total += x);
        }
        scores.extend(total);
    }
    Ok(scores)
}

/// Trains on each split of the data set in `folder`, tests, and returns the record's file.
///
/// # Errors
///
/// If the folder holds no such set, a file is no WAV file, there are more classes than the network has room for,
/// training diverges, or the record cannot be written.
pub fn run(options: &Options, settings: &Settings, folder: &Path) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let set = if folder.join("meta").is_dir() { esc50(folder)? } else { spoken(folder)? };
    if !(2..=MOST).contains(&set.labels.len()) {
        let expected = format!("from 2 to {MOST} classes to tell apart");
        let found = format!("{}: {}", set.labels.len(), set.labels.join(", "));
        return Err(Error::shape("own recordings", expected, found));
    }
    run.data("sounds", &folder.display().to_string());
    println!("recordings: {}, classes: {}\n", set.recordings.len(), set.labels.len());
    let bar = lab::progress::bar(
        &format!("{} trainings", set.splits.len()),
        (set.splits.len() * settings.epochs) as u64,
    );
    let found = lab::side_by_side(&set.splits, |split| {
        let examples = examples(&set, &split.training, settings.seed)?;
        // A small set has small batches, and several of them.
        let batch = settings.batch.min(examples.count() / 4).max(2);
        let mut network = classify::<MOST>(&examples, &Settings { batch, ..settings.clone() }, |_, loss| {
            bar.inc(1);
            bar.set_message(format!("{}  loss {loss:.2}", split.name));
        })?;
        let labels: Vec<usize> = split.test.iter().map(|&place| set.recordings[place].label).collect();
        Ok::<_, Error>(ConfusionMatrix::count(
            &scores(&mut network, &set, &split.test)?,
            &labels,
            set.labels.len(),
        ))
    })?;
    bar.finish_and_clear();
    let mut rows =
        vec![["test", "recordings", "right, %", "most frequent mistake"].map(str::to_owned).to_vec()];
    for (split, found) in set.splits.iter().zip(&found) {
        let mistake = found
            .mistakes()
            .first()
            .map(|&(a, b, count)| format!("{} for {} ({count})", set.labels[a], set.labels[b]));
        rows.push(vec![
            split.name.clone(),
            split.test.len().to_string(),
            format!("{:.1}", 100.0 * found.accuracy()),
            mistake.unwrap_or_default(),
        ]);
        let name = format!("right_{}", split.name.replace(' ', "_"));
        run.value(&name, Value::within(100.0 * found.accuracy(), 3.0).unit("%").digits(1))?;
    }
    // The official split of spoken words stands for itself; folds, and speakers that are left out, have a mean.
    let parts: Vec<f64> = set
        .splits
        .iter()
        .zip(&found)
        .filter(|(split, _)| split.name != "official")
        .map(|(_, found)| 100.0 * found.accuracy())
        .collect();
    if !parts.is_empty() {
        rows.push(vec!["mean of these".to_owned(), String::new(), format!("{:.1}", record::mean(&parts))]);
        if let [first, ..] = &set.splits[..]
            && first.name == "official"
            && let Some(last) = rows.last_mut()
        {
            last[0] = "mean over speakers".to_owned();
        }
        run.value("right_mean", Value::within(record::mean(&parts), 3.0).unit("%").digits(1))?;
    }
    run.output("accuracy", &lab::table::right(&rows), false)?;
    Ok(run.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_cut_into_seconds_that_can_be_heard() {
        let tone = |seconds: f64| crate::signals::tone(440.0, 8000.0, (8000.0 * seconds) as usize);
        let of = |samples: Vec<f64>| {
            let samples = samples.into_iter().map(|x| x as f32).collect();
            pieces(&Waveform::mono(8000, samples).unwrap()).unwrap()
        };
        assert_eq!(of(tone(0.4)).len(), 1);
        assert_eq!(of(tone(0.1)).len(), 1);
        assert_eq!(of(tone(2.1)).len(), 2);
        assert_eq!(of(tone(2.5)).len(), 3);
        // A second of silence between two of sound, as ESC-50 fills its clips up.
        let gap = [tone(1.0), vec![0.0; 8000], tone(1.0)].concat();
        assert_eq!(of(gap).len(), 2);
        assert_eq!(of(vec![0.0; 16_000]).len(), 1);
        assert!(of(tone(2.5)).iter().all(|piece| piece.len() == SAMPLES));
    }
}
