//! The same networks on photographs and sentences: a folder in Flickr8k's layout, given with `--data`.
//!
//! A photograph has several captions, five in Flickr8k. A step takes a batch of photographs, one caption
//! of each, and lets them choose among each other. The test is the one that the field reports (Hodosh,
//! Young and Hockenmaier 2013, section 5; Karpathy and Fei-Fei 2015, section 4.1); see [`retrieval`]. The
//! photographs that the data set keeps for development are not looked at: nothing here is chosen by them.

pub mod retrieval;
pub mod views;
pub mod vocabulary;

use crate::chapter::NAME;
use crate::model::Model;
use crate::space::{Vector, nearest};
use crate::train::{Settings, Trainer};
use crate::views::PIXELS;
use crate::{Error, SIDE};
use emoji_world::flickr8k::{self, Captioned, Flickr8k};
use lab::{Options, Run};
use rand::RngExt;
use rand::seq::SliceRandom;
use record::Value;
use retrieval::{Sentences, chance};
use std::path::{Path, PathBuf};
use std::time::Instant;
use vocabulary::Vocabulary;

/// Rows of the word table; the rarest words of a larger vocabulary are dropped.
pub const ROWS: usize = 4096;

/// Sets the random numbers that choose captions apart from those that shuffle.
const CAPTIONS: u64 = 0x5e17_e2ce;

/// Test photographs whose nearest sentence is printed.
const SHOWN: usize = 5;

/// Photographs at [`SIDE`] × [`SIDE`] pixels, and what is said of each.
#[derive(Clone, Debug)]
pub struct Photographs {
    /// [`PIXELS`] bytes a photograph.
    pub pixels: Vec<u8>,
    /// For every photograph, its captions as bags of words.
    pub captions: Vec<Vec<Vec<u32>>>,
    /// Words in all captions.
    pub words: usize,
    /// Those of them that the vocabulary lacks, which were dropped.
    pub unknown: usize,
}

impl Photographs {
    /// Reads and shrinks photographs, on all cores, and looks up the words of their captions.
    ///
    /// # Errors
    ///
    /// If one cannot be read or is no PNG or JPEG; the error names the file.
    pub fn read(items: &[Captioned], vocabulary: &Vocabulary, what: &str) -> Result<Self, Error> {
        let bar = lab::progress::bar(what, items.len() as u64);
        let pixels = flickr8k::bytes(items, SIDE, || bar.inc(1));
        bar.finish_and_clear();
        let pixels = pixels.map_err(Error::Data)?;
        let (mut words, mut unknown) = (0, 0);
        let mut bag = |caption: &String| {
            let (bag, dropped) = vocabulary.bag(caption);
            (words, unknown) = (words + bag.len() + dropped, unknown + dropped);
            bag
        };
        let captions = items.iter().map(|item| item.captions.iter().map(&mut bag).collect()).collect();
        Ok(Self { pixels, captions, words, unknown })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.captions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.captions.is_empty()
    }
}

/// Trains on the photographs in the folder that `--data` names, measures retrieval on its test part, and
/// returns the record's file.
///
/// # Errors
///
/// If the folder has not the layout, a photograph cannot be read, there are too few, training diverges,
/// or the record cannot be written.
pub fn run(options: &Options, settings: &Settings, folder: &Path) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let data = Flickr8k::open(folder)?;
    let (train, test) = read(&data, folder, settings, &mut run)?;

    let start = Instant::now();
    let (mut model, losses) = fit(&train, settings)?;
    run.value("epochs", Value::exact(settings.epochs as f64))?;
    run.value("batch", Value::exact(settings.batch as f64))?;
    run.value("training_seconds", Value::machine(start.elapsed().as_secs_f64()).unit("s"))?;
    for (name, loss) in [("loss_first", losses.first()), ("loss_last", losses.last())] {
        if let Some(&loss) = loss {
            run.value(name, Value::within(loss, 0.05 * loss.abs()).digits(2))?;
        }
    }

    let (pictures, sentences) = embed(&mut model, &test);
    measure(&mut run, &pictures, &sentences)?;
    run.output("examples", &examples(data.test(), &pictures, &sentences), false)?;
    run.cost()?;
    Ok(run.finish()?)
}

/// Reads the parts for training and for the test, with a vocabulary of the training captions.
fn read(
    data: &Flickr8k,
    folder: &Path,
    settings: &Settings,
    run: &mut Run,
) -> Result<(Photographs, Photographs), Error> {
    data.are_enough(folder)?;
    let (train, test) = (data.train(), data.test());
    if settings.batch > train.len() {
        return Err(Error::BatchTooLarge { batch: settings.batch, pairs: train.len() });
    }
    let vocabulary = Vocabulary::of(train.iter().flat_map(|item| &item.captions), ROWS);
    if vocabulary.words().is_empty() {
        return Err(Error::NoWordsInCaptions { path: folder.to_owned() });
    }
    let train = Photographs::read(train, &vocabulary, "training set")?;
    let test = Photographs::read(test, &vocabulary, "test set")?;

    let split = if data.has_official_split() { "official" } else { "own" };
    let version = format!("{} + {} photographs, {split} split", train.len(), test.len());
    println!("{}: {version}\n", folder.display());
    run.data(&folder.display().to_string(), &version);
    run.value("train_pictures", Value::exact(train.len() as f64))?;
    run.value("test_pictures", Value::exact(test.len() as f64))?;
    for (name, captions) in [("train_sentences", &train.captions), ("test_sentences", &test.captions)] {
        run.value(name, Value::exact(captions.iter().map(Vec::len).sum::<usize>() as f64))?;
    }
    run.value("missing_pictures", Value::exact(data.missing().len() as f64))?;
    run.value("words", Value::exact(vocabulary.words().len() as f64))?;
    run.value("least_count", Value::exact(vocabulary.least_count() as f64))?;
    let unknown = 100.0 * test.unknown as f64 / (test.words as f64).max(1.0);
    run.value("unknown_words", Value::exact(unknown).unit("%").digits(1))?;
    Ok((train, test))
}

/// Trains fresh networks; returns them and the mean loss of every epoch.
///
/// # Errors
///
/// If training diverges.
pub fn fit(train: &Photographs, settings: &Settings) -> Result<(Model<ROWS>, Vec<f64>), Error> {
    let mut model = Model::new(settings.seed, settings.loss.temperature());
    let mut trainer = Trainer::new(&model, settings);
    let batches = train.len() / settings.batch;
    let steps = batches * settings.epochs;
    let bar = lab::progress::bar("training", steps as u64);
    let own: Vec<usize> = (0..settings.batch).collect();
    let mut order: Vec<usize> = (0..train.len()).collect();
    let mut losses = Vec::new();
    for epoch in 0..settings.epochs {
        order.shuffle(&mut emoji_world::rng(settings.seed, epoch as u64));
        let mut sum = 0.0;
        for (batch, photographs) in order.chunks_exact(settings.batch).enumerate() {
            let step = epoch * batches + batch;
            let pixels = views::training(&train.pixels, photographs, settings, step as u64);
            let captions = one_caption_each(train, photographs, settings.seed, step as u64);
            let loss = trainer.step(&mut model, pixels, &captions, &own, settings.rate(step, steps))?;
            if !loss.is_finite() {
                return Err(Error::diverged(loss, step));
            }
            sum += f64::from(loss);
            bar.inc(1);
        }
        losses.push(sum / batches as f64);
        bar.set_message(format!("epoch {}  loss {:.2}", epoch + 1, sum / batches as f64));
    }
    bar.finish_and_clear();
    Ok((model, losses))
}

/// One caption of each photograph, drawn anew in every step.
fn one_caption_each<'a>(
    train: &'a Photographs,
    photographs: &[usize],
    seed: u64,
    step: u64,
) -> Vec<&'a [u32]> {
    let mut rng = emoji_world::rng(seed ^ CAPTIONS, step);
    let mut one = |&photograph: &usize| {
        let captions = &train.captions[photograph];
        &captions[rng.random_range(0..captions.len())][..]
    };
    photographs.iter().map(&mut one).collect()
}

/// The vectors of photographs, as they are, and of all their captions.
fn embed(model: &mut Model<ROWS>, photographs: &Photographs) -> (Vec<Vector>, Sentences) {
    let pictures = photographs
        .pixels
        .chunks(64 * PIXELS)
        .flat_map(|pixels| {
            let pixels: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
            model.embed_pictures(&pixels)
        })
        .collect();
    let bags: Vec<&[u32]> = photographs.captions.iter().flatten().map(Vec::as_slice).collect();
    let of_picture = |(i, captions): (usize, &Vec<_>)| std::iter::repeat_n(i, captions.len());
    let owners = photographs.captions.iter().enumerate().flat_map(of_picture).collect();
    (pictures, Sentences { vectors: model.embed_names(&bags), owners })
}

/// Records retrieval in both directions and prints it beside blind guessing.
fn measure(run: &mut Run, pictures: &[Vector], sentences: &Sentences) -> Result<(), Error> {
    let (to_sentences, to_pictures) = retrieval::both_ways(pictures, sentences)?;
    let (blind_to_sentences, blind_to_pictures) = chance(pictures.len(), sentences);
    let ways = [
        ("to_sentences", pictures.len(), to_sentences, blind_to_sentences),
        ("to_pictures", sentences.vectors.len(), to_pictures, blind_to_pictures),
    ];
    for (way, asked, found, blind) in ways {
        for (k, share, blind) in
            [(1, found.at_1, blind.at_1), (5, found.at_5, blind.at_5), (10, found.at_10, blind.at_10)]
        {
            // Another machine rounds differently; what comes of that is no larger than the chance
            // that lies in the choice of the test photographs: four standard errors of a share.
            let error = 400.0 * (share * (1.0 - share) / asked as f64).sqrt();
            let percent = |share: f64, error: f64| Value::within(100.0 * share, error).unit("%").digits(1);
            run.value(&format!("{way}_at_{k}"), percent(share, error.max(1.0)))?;
            run.value(&format!("{way}_at_{k}_blind"), Value::exact(100.0 * blind).unit("%").digits(1))?;
        }
        run.value(&format!("{way}_median"), Value::within(found.median, (0.3 * found.median).max(2.0)))?;
        run.value(&format!("{way}_median_blind"), Value::exact(blind.median))?;
    }
    let mut table = format!(
        "{:<28}{:>8}{:>8}{:>8}{:>13}\n",
        format!("{} photographs, {} sentences", pictures.len(), sentences.vectors.len()),
        "R@1",
        "R@5",
        "R@10",
        "median rank"
    );
    for (name, found) in [
        ("photograph → sentences", to_sentences),
        ("  a blind guess", blind_to_sentences),
        ("sentence → photographs", to_pictures),
        ("  a blind guess", blind_to_pictures),
    ] {
        let [at_1, at_5, at_10] = [found.at_1, found.at_5, found.at_10].map(|share| 100.0 * share);
        table += &format!("{name:<28}{at_1:>6.1} %{at_5:>6.1} %{at_10:>6.1} %{:>13}\n", found.median);
    }
    run.output("retrieval", &table, false)?;
    Ok(())
}

/// The nearest sentence of the first few test photographs.
fn examples(test: &[Captioned], pictures: &[Vector], sentences: &Sentences) -> String {
    let all: Vec<&String> = test.iter().flat_map(|item| &item.captions).collect();
    let example = |(i, (item, picture)): (usize, (&Captioned, &Vector))| {
        let (nearest, cosine) = nearest(picture, &sentences.vectors, 1)[0];
        let whose = if sentences.owners[nearest] == i { "its own" } else { "another's" };
        format!("{}: {:?} ({whose}, cosine {cosine:.2})\n", item.name, all[nearest])
    };
    test.iter().zip(pictures).take(SHOWN).enumerate().map(example).collect()
}
