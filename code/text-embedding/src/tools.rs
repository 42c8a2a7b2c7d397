//! What the program does besides the chapter: exporting vectors, scoring other people's test files.

use crate::chapter::{corpus, train_one, with_a_corpus};
use crate::train::{Model, Settings};
use crate::vocabulary::Vocabulary;
use crate::word_vectors::WordVectors;
use crate::{Error, analogies, similarity, word2vec_format};
use lab::Options;
use std::path::PathBuf;

/// Options that train one model, or read one, and leave the record alone.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Tools (these train one model and leave the record alone)")]
pub struct Tools {
    /// Train with one seed and print the speed
    #[arg(long)]
    pub train_only: bool,
    /// Name the words nearest to each of these
    #[arg(long, value_name = "WORD", num_args = 1..)]
    pub near: Vec<String>,
    /// Answer "A is to B as C is to what?": three words
    #[arg(long, num_args = 3, value_names = ["A", "B", "C"], action = clap::ArgAction::Set)]
    pub analogy: Vec<String>,
    /// Use the vectors in this file (word2vec's text format) instead of training
    #[arg(long, value_name = "FILE", conflicts_with = "train_only")]
    pub vectors: Option<PathBuf>,
    /// Write the vectors in word2vec's text format
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
    /// Write the corpus as tokens, a sentence a line
    #[arg(long, value_name = "FILE")]
    pub export_tokens: Option<PathBuf>,
    /// Score a file of analogies in Google's format
    #[arg(long, value_name = "FILE")]
    pub questions: Option<PathBuf>,
    /// Compare with a file of rated word pairs (word, word, rating)
    #[arg(long, value_name = "FILE")]
    pub pairs: Option<PathBuf>,
}

/// Neighbours that are named.
const NEAREST: usize = 8;

/// Answers to an analogy that are named.
const BEST: usize = 3;

impl Tools {
    /// Whether one of them is wanted.
    pub fn any(&self) -> bool {
        self.train_only || self.needs_vectors() || self.export_tokens.is_some()
    }

    fn needs_vectors(&self) -> bool {
        let files = [&self.vectors, &self.export, &self.questions, &self.pairs];
        files.into_iter().any(Option::is_some) || !self.near.is_empty() || !self.analogy.is_empty()
    }
}

/// Does what is wanted.
///
/// # Errors
///
/// If a file cannot be read or written, none of its questions or pairs has all of its words in the
/// vocabulary, a word is unknown, the corpus is too small, or nothing can be printed.
pub fn run(options: &Options, tools: &Tools, settings: &Settings) -> Result<(), Error> {
    // Files that are to be scored are read first, and places to write to are tried: a mistake in them
    // must not cost a training.
    for file in [&tools.export, &tools.export_tokens].into_iter().flatten() {
        record::try_writing_beside(file)?;
    }
    let questions = tools.questions.as_deref().map(analogies::read_questions).transpose()?;
    let pairs = tools.pairs.as_deref().map(similarity::read_pairs).transpose()?;
    if let Some(file) = &tools.export_tokens {
        let corpus = corpus(&with_a_corpus(options))?;
        record::write_atomically(file, (corpus.sentences.join("\n") + "\n").as_bytes())?;
        lab::print(&format!("tokens: {} in {}\n", corpus.token_count(), file.display()))?;
    }
    if !tools.train_only && !tools.needs_vectors() {
        return Ok(());
    }
    let vectors = match &tools.vectors {
        Some(file) => word2vec_format::import(file)?,
        None => train(options, settings)?,
    };
    if let Some(file) = &tools.export {
        word2vec_format::export(&vectors, file)?;
        lab::print(&format!("vectors: {} words in {}\n", vectors.vocabulary().len(), file.display()))?;
    }
    for word in &tools.near {
        lab::print(&line(word, &vectors.neighbours(word, NEAREST)?))?;
    }
    if let [a, b, c] = &tools.analogy[..] {
        lab::print(&line(&format!("{a} : {b} :: {c}"), &vectors.analogy(a, b, c, BEST)?))?;
    }
    if let (Some(relations), Some(path)) = (questions, &tools.questions) {
        let scores = analogies::score(&vectors, &relations);
        let all = analogies::total(&scores);
        if all.covered == 0 {
            let words = vectors.vocabulary().len();
            return Err(Error::NothingCovered { what: "questions", path: path.clone(), words });
        }
        for score in scores.iter().chain([&all]) {
            let analogies::Score { name, right, covered, asked, .. } = score;
            lab::print(&format!(
                "{name}: {right} of {covered} right ({:.1} %), {asked} asked\n",
                score.percent()
            ))?;
        }
    }
    if let (Some(pairs), Some(path)) = (pairs, &tools.pairs) {
        let agreement = similarity::agreement(&vectors, &pairs, path)?;
        let similarity::Agreement { spearman, covered, asked } = agreement;
        lab::print(&format!("Spearman {spearman:.4} on {covered} of {asked} pairs\n"))?;
    }
    Ok(())
}

/// What was asked, and the words that answer it with their cosines.
fn line(asked: &str, words: &[(&str, f32)]) -> String {
    let words: Vec<String> = words.iter().map(|(word, cosine)| format!("{word} {cosine:.2}")).collect();
    format!("{asked}: {}\n", words.join(", "))
}

fn train(options: &Options, settings: &Settings) -> Result<WordVectors, Error> {
    let corpus = corpus(&with_a_corpus(options))?;
    let vocabulary = Vocabulary::of(&corpus, settings.min_count)?;
    lab::print(&format!(
        "tokens: {}, of which {} different words occur at least {} times and get a vector\n",
        corpus.token_count(),
        vocabulary.len(),
        settings.min_count
    ))?;
    let encoded = vocabulary.encode(&corpus);
    let mut model = Model::new(vocabulary.len(), settings.seed);
    train_one(&mut model, &encoded, &vocabulary, settings, None)?;
    lab::print(&format!("words/s: {:.0}\n", model.spent.words_per_second()))?;
    Ok(WordVectors::new(vocabulary, model.input.rows))
}
