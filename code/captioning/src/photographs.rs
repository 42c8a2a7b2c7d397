//! The same network on photographs: a folder in Flickr8k's layout, given with `--data`.
//!
//! Photographs are shrunk to 56 × 56 pixels, captions are split into words as COCO's evaluation does
//! ([`tokeniser`](crate::tokeniser)), words that occur fewer than [`LEAST`] times are cut and become
//! `<unknown>`, and sentences of more than [`LONGEST`] words are cut off. A step takes a batch of
//! photographs and one caption of each. The measures are those of the chapter, on the test part; what the
//! data set keeps for development is not looked at.
//!
//! Do not expect much of it: 6,000 photographs at this size teach a network that starts from nothing the
//! grammar and the commonest things. The papers start from networks trained on a million photographs, and
//! train for hours on a GPU.

use crate::batch::Batch;
use crate::beam_search::{LONGEST, beam};
use crate::chapter::NAME;
use crate::encoder::PIXELS;
use crate::evaluate::BEAM;
use crate::metrics::{self, Corpus};
use crate::network::Network;
use crate::show_attend_tell::ShowAttendTell;
use crate::tokeniser::tokenise;
use crate::train::{Settings, Trainer, rate};
use crate::vocabulary::{UNKNOWN, Vocabulary};
use crate::{Error, SIDE};
use emoji_world::flickr8k::{self, Captioned, Flickr8k};
use emoji_world::rng;
use lab::{Options, Run};
use rand::RngExt;
use record::Value;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Numbers that words have; the rarest words of a larger vocabulary are cut.
pub const ROWS: usize = 4096;

/// Words that occur fewer times in the training captions are cut. 5 is usual for Flickr8k and COCO; a data
/// set with few captions keeps all of its words.
pub const LEAST: usize = 5;

/// Fewer training captions than these are few.
const FEW: usize = 1000;

/// Test photographs whose captions are printed.
const SHOWN: usize = 5;

/// Photographs and the words of their captions.
struct Photographs {
    /// [`PIXELS`] bytes a photograph.
    pixels: Vec<u8>,
    /// Of each photograph, its captions as words with blanks between them.
    captions: Vec<Vec<String>>,
}

impl Photographs {
    fn read(items: &[Captioned], what: &str) -> Result<Self, Error> {
        let bar = lab::progress::bar(what, items.len() as u64);
        let pixels = flickr8k::bytes(items, SIDE, || bar.inc(1));
        bar.finish_and_clear();
        let pixels = pixels.map_err(Error::Data)?;
        let words = |item: &Captioned| {
            item.captions.iter().map(|caption| tokenise(caption)).filter(|words| !words.is_empty()).collect()
        };
        Ok(Self { pixels, captions: items.iter().map(words).collect() })
    }

    fn pixels(&self, photographs: &[usize]) -> Vec<f32> {
        let bytes = photographs.iter().flat_map(|&i| &self.pixels[i * PIXELS..][..PIXELS]);
        bytes.map(|&byte| f32::from(byte) / 255.0).collect()
    }
}

/// Trains the model with attention on the photographs in the folder that `--data` names, measures it on
/// their test part, and returns the record's file.
///
/// # Errors
///
/// If the folder has not the layout, a photograph cannot be read, there are too few, training diverges,
/// or the record cannot be written.
pub fn run(options: &Options, settings: &Settings, folder: &Path) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let data = Flickr8k::open(folder)?;
    data.are_enough(folder)?;
    let (train, test) =
        (Photographs::read(data.train(), "reading")?, Photographs::read(data.test(), "reading")?);
    let captions = || train.captions.iter().flatten().map(String::as_str);
    let least = if captions().count() < FEW { 1 } else { LEAST };
    let vocabulary = Vocabulary::of(captions(), least, ROWS);
    let with_words: Vec<usize> =
        (0..train.captions.len()).filter(|&i| !train.captions[i].is_empty()).collect();
    if with_words.len() < 2 || test.captions.iter().any(Vec::is_empty) {
        return Err(Error::NoWordsInCaptions { path: folder.to_owned() });
    }
    let numbers: Vec<usize> = captions().flat_map(|caption| vocabulary.numbers(caption)).collect();
    let unknown = numbers.iter().filter(|&&number| number == UNKNOWN).count();
    println!(
        "{} + {} photographs, {} captions; {} words occur at least {least} times, {:.1} % of the running words are cut\n",
        train.captions.len(),
        test.captions.len(),
        captions().count(),
        vocabulary.len() - 4,
        100.0 * unknown as f64 / numbers.len().max(1) as f64
    );
    run.data("photographs", &folder.display().to_string());
    run.value("train_pictures", Value::exact(train.captions.len() as f64))?;
    run.value("test_pictures", Value::exact(test.captions.len() as f64))?;
    run.value("missing_pictures", Value::exact(data.missing().len() as f64))?;
    run.value("words", Value::exact((vocabulary.len() - 4) as f64))?;
    run.value("unknown_words", Value::exact(unknown as f64))?;

    let (start, mut losses) = (Instant::now(), Vec::new());
    let mut model = fit(&train, &with_words, &vocabulary, settings, &mut losses)?;
    run.value("training_seconds", Value::machine(start.elapsed().as_secs_f64()).unit("s"))?;
    for (name, loss) in [("loss_first", losses.first()), ("loss_last", losses.last())] {
        if let Some(&loss) = loss {
            run.value(name, Value::within(loss, 0.05 * loss.abs()).digits(2))?;
        }
    }
    measure(&mut run, &mut model, &test, data.test(), &vocabulary)?;
    run.cost()?;
    Ok(run.finish()?)
}

/// Trains for the settings' steps.
fn fit(
    train: &Photographs,
    with_words: &[usize],
    vocabulary: &Vocabulary,
    settings: &Settings,
    losses: &mut Vec<f64>,
) -> Result<Network<ShowAttendTell<ROWS>>, Error> {
    let bar = lab::progress::bar("training", settings.steps as u64);
    let mut model = Network::fresh(settings.seed);
    let mut trainer = Trainer::new(&model, settings);
    for step in 0..settings.steps {
        let mut rng = rng(settings.seed, step as u64);
        let drawn: Vec<usize> =
            (0..settings.batch).map(|_| with_words[rng.random_range(0..with_words.len())]).collect();
        let sentences: Vec<Vec<usize>> = drawn
            .iter()
            .map(|&i| {
                let captions = &train.captions[i];
                let mut numbers = vocabulary.numbers(&captions[rng.random_range(0..captions.len())]);
                numbers.truncate(LONGEST);
                numbers
            })
            .collect();
        let batch = Batch::new(train.pixels(&drawn), &sentences, 1);
        let loss = trainer.step(&mut model, &batch, rate(settings.learning_rate, step, settings.steps))?;
        if !loss.is_finite() {
            return Err(Error::diverged(loss, step));
        }
        losses.push(f64::from(loss));
        bar.inc(1);
        bar.set_message(format!("loss {loss:.2}"));
    }
    bar.finish_and_clear();
    Ok(model)
}

fn measure(
    run: &mut Run,
    model: &mut Network<ShowAttendTell<ROWS>>,
    test: &Photographs,
    items: &[Captioned],
    vocabulary: &Vocabulary,
) -> Result<(), Error> {
    let all: Vec<usize> = (0..test.captions.len()).collect();
    let mut table = String::new();
    for (way, width) in [("greedy", 1), ("beam", BEAM)] {
        let found = all.chunks(64).flat_map(|chunk| beam(model, &test.pixels(chunk), width));
        let sentences: Vec<String> = found.map(|found| vocabulary.sentence(&found.caption.words)).collect();
        let corpus = Corpus::new(sentences.iter().zip(&test.captions))?;
        let scores = metrics::score(&corpus).corpus;
        for (n, bleu) in scores.bleu.iter().enumerate() {
            run.value(&format!("{way}_bleu{}", n + 1), Value::within(*bleu, 0.03).digits(3))?;
        }
        run.value(&format!("{way}_rouge_l"), Value::within(scores.rouge_l, 0.03).digits(3))?;
        run.value(&format!("{way}_cider"), Value::within(scores.cider, 0.1).digits(2))?;
        table += &format!(
            "{way:7} BLEU-1 {:.3}  BLEU-4 {:.3}  ROUGE-L {:.3}  CIDEr {:.2}\n",
            scores.bleu[0], scores.bleu[3], scores.rouge_l, scores.cider
        );
        if width == BEAM {
            for (item, sentence) in items.iter().zip(&sentences).take(SHOWN) {
                table +=
                    &format!("\n{}\n  written:   {sentence}\n  reference: {}\n", item.name, item.captions[0]);
            }
        }
    }
    Ok(run.output("captions", &table, false)?)
}
