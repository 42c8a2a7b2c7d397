//! Questions about your own pictures: a set in the form of VQA v2, in the folder that `--data` names.
//!
//! Nothing is known of such a set beforehand: its words and answers are counted, and the image stream learns together
//! with all else, from the questions alone.

use crate::batch::{Batch, Pictures};
use crate::chapter::NAME;
use crate::fused::QuestionOnly;
use crate::glimpses::Glimpses;
use crate::image_stream::ImageStream;
use crate::network::{Answerer, Fusion, Network, most_probable};
use crate::train::{Settings, Trainer, rate};
use crate::vqa_accuracy::{accuracy, usual_form};
use crate::vqa_v2::{Asked, VqaV2};
use crate::{Error, SIDE};
use emoji_world::rng;
use emoji_world::sentence::tokens;
use lab::{Options, Run};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rayon::prelude::*;
use record::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Words that are known, with what stands before a short question, what is not known, and the answers.
pub const WORDS: usize = 8192;

/// Answers that are known: the commonest, as in Antol et al. (2015).
pub const ANSWERS: usize = 1000;

/// The number of a word that is not known.
const UNKNOWN: usize = 1;

/// Where answers begin; before them come nothing and the unknown word.
const FIRST_ANSWER: usize = 2;

/// Where the words begin that are no answers.
const FIRST_WORD: usize = FIRST_ANSWER + ANSWERS;

/// Questions about the same picture in a batch: looking costs more than asking.
const EACH: usize = 8;

/// Questions that are answered together in the test.
const AT_ONCE: usize = 200;

/// Questions of the test that are asked at most.
const MOST: usize = 20_000;

/// The words and answers of a set.
#[derive(Clone, Debug)]
pub struct Known {
    words: HashMap<String, usize>,
    /// The answers, the commonest first.
    pub answers: Vec<String>,
    numbers: HashMap<String, usize>,
}

/// The most frequent of some texts, the commonest first, at most so many.
fn commonest(texts: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    // The order among equals is that of the alphabet: it must not depend on chance.
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all.into_iter().take(most).map(|(text, _)| text).collect()
}

impl Known {
    /// The words and answers of the questions of training.
    pub fn of(asked: &[Asked]) -> Self {
        let words = commonest(asked.iter().flat_map(|one| tokens(&one.question)), WORDS - FIRST_WORD);
        let answers = commonest(asked.iter().map(|one| usual_form(&one.answer)), ANSWERS);
        // A word that is an answer has the answer's vector: what is learned of one is of use for the other.
        let shared = answers.iter().cloned().zip(FIRST_ANSWER..);
        Self {
            words: words.into_iter().zip(FIRST_WORD..).chain(shared).collect(),
            numbers: answers.iter().cloned().zip(0..).collect(),
            answers,
        }
    }

    fn question(&self, question: &str) -> Vec<usize> {
        let words = tokens(question);
        let number = |word: &String| self.words.get(word).copied().unwrap_or(UNKNOWN);
        if words.is_empty() { vec![UNKNOWN] } else { words.iter().map(number).collect() }
    }
}

/// The questions of training by their pictures; those whose answer is not known are left out.
struct ByPicture<'a> {
    pictures: Vec<Vec<(&'a Asked, usize)>>,
}

impl<'a> ByPicture<'a> {
    fn of(asked: &'a [Asked], known: &Known) -> Self {
        let mut pictures: BTreeMap<&Path, Vec<(&Asked, usize)>> = BTreeMap::new();
        for one in asked {
            if let Some(&answer) = known.numbers.get(&usual_form(&one.answer)) {
                pictures.entry(&one.picture).or_default().push((one, answer));
            }
        }
        Self { pictures: pictures.into_values().collect() }
    }

    /// About `settings.batch` questions, at most [`EACH`] about a picture, and about at least two pictures.
    fn batch(&self, known: &Known, settings: &Settings, step: usize) -> Result<Batch, Error> {
        let mut rng = rng(settings.seed, step as u64);
        let (mut chosen, mut of, mut files) = (Vec::new(), Vec::new(), Vec::new());
        while chosen.len() < settings.batch || files.len() < 2 {
            let asked = &self.pictures[rng.random_range(0..self.pictures.len())];
            for one in asked.sample(&mut rng, EACH.min(settings.batch / 2)) {
                chosen.push(*one);
                of.push(files.len());
            }
            files.push(asked[0].0);
        }
        let questions: Vec<Vec<usize>> =
            chosen.iter().map(|(one, _)| known.question(&one.question)).collect();
        let answers = chosen.iter().map(|(_, answer)| *answer).collect();
        Ok(Batch::new(Pictures::Pixels(pixels(&files)?), of, &questions, answers))
    }
}

/// Looks at the beginning of every picture: a broken file should not be found when half of the training is done.
///
/// # Errors
///
/// If one is missing or no picture.
fn check_pictures<'a>(asked: impl Iterator<Item = &'a Asked>) -> Result<(), Error> {
    let pictures: BTreeMap<&Path, &Asked> = asked.map(|one| (one.picture.as_path(), one)).collect();
    pictures.into_values().collect::<Vec<_>>().into_par_iter().try_for_each(Asked::check)
}

/// The pixels of the pictures that these questions are about.
fn pixels(asked: &[&Asked]) -> Result<Vec<f32>, Error> {
    let each: Vec<Vec<f32>> =
        asked.par_iter().map(|one| Ok(one.open(SIDE)?.pixels)).collect::<Result<_, Error>>()?;
    Ok(each.concat())
}

/// A network that knows the words and answers of a set.
pub type Own<F> = Network<F, WORDS, ANSWERS>;

/// Trains a network on a set, streams and all.
fn train<F: Fusion>(
    asked: &[Asked],
    known: &Known,
    settings: &Settings,
    steps: usize,
    mut watch: impl FnMut(f32),
) -> Result<Own<F>, Error> {
    let image = ImageStream::new(&lab::device(settings.seed), settings.seed);
    let mut network = Own::<F>::seeing(image, (FIRST_ANSWER..FIRST_WORD).collect(), settings.seed);
    let mut trainer = Trainer::new(&network);
    let by_picture = ByPicture::of(asked, known);
    for step in 0..steps {
        let batch = by_picture.batch(known, settings, step)?;
        let loss = trainer.step(&mut network, &batch, None, rate(settings.learning_rate, step, steps))?;
        if !loss.is_finite() {
            return Err(Error::diverged(loss, step));
        }
        watch(loss);
    }
    Ok(network)
}

/// The VQA accuracy of some answers: of all questions, and of those of each type that the set names.
fn score(asked: &[Asked], answers: &[String]) -> BTreeMap<String, (f64, usize)> {
    let mut sums: BTreeMap<String, (f64, usize)> = BTreeMap::new();
    for (one, answer) in asked.iter().zip(answers) {
        // Where one person answered, there is nobody to agree with.
        let share = match &one.said[..] {
            [only] => f64::from(u8::from(usual_form(answer) == usual_form(only))),
            said => accuracy(answer, said),
        };
        let kind = if one.answer_type.is_empty() { "other" } else { &one.answer_type };
        for name in ["all", kind] {
            let (sum, count) = sums.entry(name.to_owned()).or_default();
            *sum += share;
            *count += 1;
        }
    }
    sums.into_iter().map(|(name, (sum, count))| (name, (100.0 * sum / count as f64, count))).collect()
}

fn answered<F: Fusion>(network: &mut Own<F>, known: &Known, asked: &[Asked]) -> Result<Vec<String>, Error> {
    let mut answers = Vec::with_capacity(asked.len());
    for part in asked.chunks(AT_ONCE) {
        let questions: Vec<Vec<usize>> = part.iter().map(|one| known.question(&one.question)).collect();
        let pictures = Pictures::Pixels(pixels(&part.iter().collect::<Vec<_>>())?);
        let batch = Batch::new(pictures, (0..part.len()).collect(), &questions, vec![]);
        let found = most_probable(&network.probabilities(&batch), ANSWERS);
        // A number beyond the answers that there are has not been learned from any question.
        answers
            .extend(found.into_iter().map(|number| known.answers.get(number).cloned().unwrap_or_default()));
    }
    Ok(answers)
}

/// Learns from a set and tests, and returns the record's file.
///
/// # Errors
///
/// If the folder does not hold such a set, a picture cannot be read, training diverges, or the record cannot be
/// written.
pub fn run(options: &Options, settings: &Settings, folder: &Path) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let set = VqaV2::open(folder)?;
    let known = Known::of(&set.train);
    let stride = set.test.len().div_ceil(MOST).max(1);
    let test: Vec<Asked> = set.test.iter().step_by(stride).cloned().collect();
    check_pictures(set.train.iter().chain(&test))?;
    run.data("questions", &folder.display().to_string());
    println!(
        "{} questions to learn from, {} to be tested with; {} answers, of which {} are known",
        set.train.len(),
        test.len(),
        commonest(set.train.iter().map(|one| usual_form(&one.answer)), usize::MAX).len(),
        known.answers.len()
    );
    let steps = settings.steps;
    let bar = lab::progress::bar("network", steps as u64);
    let started = run.seconds();
    let mut network = train::<Glimpses>(&set.train, &known, settings, steps, |loss| {
        bar.inc(1);
        bar.set_message(format!("loss {loss:.2}"));
    })?;
    bar.finish_and_clear();
    let seconds = run.seconds() - started;
    let bar = lab::progress::bar("question alone", steps as u64);
    let mut blind = train::<QuestionOnly>(&set.train, &known, settings, steps, |_| bar.inc(1))?;
    bar.finish_and_clear();
    let usual = known.answers.first().cloned().unwrap_or_default();
    let rows = [
        ("the commonest answer", "majority", vec![usual; test.len()]),
        ("the question alone", "question", answered(&mut blind, &known, &test)?),
        ("picture and question", "both", answered(&mut network, &known, &test)?),
    ];
    let kinds: Vec<String> = score(&test, &rows[0].2).into_keys().collect();
    let head = std::iter::once("VQA accuracy, %".to_owned()).chain(kinds.iter().cloned()).collect();
    let mut table = vec![head];
    for (title, name, answers) in &rows {
        let scores = score(&test, answers);
        run.value(&format!("{name}_accuracy"), Value::within(scores["all"].0, 3.0).unit("%").digits(2))?;
        let cells = kinds.iter().map(|kind| format!("{:.1}", scores[kind].0));
        table.push(std::iter::once((*title).to_owned()).chain(cells).collect());
    }
    run.output("table", &lab::table::right(&table), false)?;
    run.value("seconds", Value::machine(seconds).unit("s"))?;
    run.cost()?;
    Ok(run.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: &str, answer: &str, said: &[&str]) -> Asked {
        Asked {
            picture: PathBuf::from("1.png"),
            question: question.into(),
            answer: answer.into(),
            said: said.iter().map(|&answer| answer.to_owned()).collect(),
            answer_type: String::new(),
        }
    }

    #[test]
    fn the_commonest_come_first_and_what_is_new_is_unknown() {
        let set = [
            asked("Red?", "yes", &["yes"]),
            asked("Is it red?", "Yes.", &["yes"]),
            asked("Blue?", "no", &[]),
        ];
        let known = Known::of(&set);
        assert_eq!(known.answers, ["yes", "no"]);
        assert_eq!(known.question("red"), [FIRST_WORD]);
        assert_eq!(known.question("green, red")[0], UNKNOWN);
        assert_eq!(known.question("?"), [UNKNOWN]);
        assert_eq!(known.question("yes"), [FIRST_ANSWER]);
        assert_eq!(ByPicture::of(&set, &known).pictures[0].len(), 3);
    }

    #[test]
    fn answers_are_scored_as_the_challenge_does() {
        let four = ["red", "red", "red", "red", "blue", "blue", "a", "b", "c", "d"];
        let set = [asked("colour?", "red", &four), asked("colour?", "red", &four)];
        let scores = score(&set, &["red".into(), "blue".into()]);
        assert_eq!(scores["all"].1, 2);
        assert!((scores["all"].0 - 80.0).abs() < 1e-9, "{scores:?}");
        let one = [asked("colour?", "red", &["Red."]), asked("colour?", "red", &["blue"])];
        assert_eq!(score(&one, &["red".into(), "red".into()])["all"], (50.0, 2));
    }
}
