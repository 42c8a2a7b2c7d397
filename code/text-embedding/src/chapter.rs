//! The chapter's run, in the order of its pages: corpus, models, measures, figures, record.

use crate::analogies::{own_questions, total};
use crate::batches::{CENTRES_A_BLOCK, NEGATIVES_A_BLOCK};
use crate::context_words::{predicted, shares};
use crate::corpus::Corpus;
use crate::evaluate::{self, Evaluation, accuracy, accuracy_by_count, evaluate, per_seed};
use crate::subsampling::keep_probabilities;
use crate::train::{Measured, Model, SavePoint, Settings};
use crate::vocabulary::{EncodedCorpus, Vocabulary};
use crate::word_vectors::WordVectors;
use crate::{DIMENSIONS, Error, bias, exercises, figures, report, toy};
use lab::{Options, Run};
use record::{Value, standard_deviation};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// Words whose neighbours the pages show.
const SHOWN: [&str; 8] = ["i32", "HashMap", "mutex", "trait", "panic", "reads", "left", "Some"];

/// Words whose contexts the pages show.
const IN_CONTEXT: [&str; 4] = ["thread", "return", "bytes", "trait"];

/// Words with more than one sense.
const AMBIGUOUS: [&str; 4] = ["arm", "case", "back", "lock"];

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If the corpus cannot be read or is too small, or the record or a checkpoint cannot be read or written.
pub fn run(options: &Options, settings: &Settings) -> Result<PathBuf, Error> {
    let options = &with_a_corpus(options);
    let mut run = Run::start(NAME, options, settings.facts())?;
    let own = is_own_text(options);
    let (corpus, vocabulary, encoded) = read(options, settings, &mut run)?;
    if !own {
        ideas(&mut run, settings)?;
    }
    words(&mut run, settings, &vocabulary)?;
    let (models, measured) = train(options, settings, &mut run, &corpus, &vocabulary, &encoded)?;
    compare_with_plain(options, settings, &mut run, &vocabulary, &encoded, measured)?;

    let vectors: Vec<WordVectors> =
        models.iter().map(|model| WordVectors::new(vocabulary.clone(), model.input.rows.clone())).collect();
    let evaluations: Vec<Evaluation> = models
        .iter()
        .zip(&vectors)
        .map(|(model, vectors)| evaluate(model, vectors, &encoded, settings))
        .collect();
    contexts(&mut run, settings, &models[0], &vocabulary, &encoded, &evaluations)?;
    neighbours(&mut run, &vectors[0])?;
    analogies(&mut run, &vectors[0], &evaluations)?;
    rare_words(&mut run, &evaluations)?;
    if !own {
        failures(&mut run, settings, &vectors[0], &encoded)?;
        let relations = own_questions();
        run.output("exercises", &exercises::results(&corpus, &models[0], &vectors[0], &relations), false)?;
    }

    run.cost()?;
    let record = run.finish()?;
    for seed in seeds(options, settings) {
        // What was trained is in the record now; a next run begins anew.
        let _ = std::fs::remove_file(options.checkpoint_file(NAME, &format!("seed{seed}")));
    }
    Ok(record)
}

/// The options, with the small built-in corpus as the data where no documentation is installed.
pub(crate) fn with_a_corpus(options: &Options) -> Options {
    if options.data.is_none()
        && !options.quick
        && let Err(error) = Corpus::documentation_pages()
    {
        eprintln!(
            "{error}.\nGoing on with the small corpus that comes with the book; the pages' record stays.\n"
        );
        return Options { data: Some(PathBuf::from(SMALL)), ..options.clone() };
    }
    options.clone()
}

/// Whether the corpus is a text of the reader's, about which the chapter's own examples tell nothing.
fn is_own_text(options: &Options) -> bool {
    options.data.as_ref().is_some_and(|path| path.as_os_str() != SMALL)
}

/// The name under which the built-in corpus stands in for a file.
const SMALL: &str = "the built-in small corpus";

/// The corpus that the options ask for.
///
/// # Errors
///
/// If the file cannot be read, is not UTF-8 or has nothing to learn from, or the documentation is not
/// installed or cannot be read.
pub fn corpus(options: &Options) -> Result<Corpus, Error> {
    match &options.data {
        Some(path) if path.as_os_str() == SMALL => Ok(Corpus::small()),
        Some(path) => Corpus::of_text_file(path),
        None if options.quick => Ok(Corpus::small()),
        None => Corpus::of_rust_documentation(),
    }
}

fn read(
    options: &Options,
    settings: &Settings,
    run: &mut Run,
) -> Result<(Corpus, Vocabulary, EncodedCorpus), Error> {
    let start = Instant::now();
    let spinner = lab::progress::spinner("reading the corpus");
    let corpus = corpus(options)?;
    let vocabulary = Vocabulary::of(&corpus, settings.min_count)?;
    let encoded = vocabulary.encode(&corpus);
    spinner.finish_and_clear();
    let (source, version) = (corpus.source.clone(), corpus.version.clone().unwrap_or_default());
    println!("{source} {version}\n");
    run.data(&source, &version);
    run.value("pages", Value::exact(corpus.files as f64))?;
    run.value("sentences", Value::exact(corpus.sentences.len() as f64))?;
    run.value("tokens", Value::exact(corpus.token_count() as f64))?;
    run.value("words", Value::exact(vocabulary.len() as f64))?;
    run.value("median_count", Value::exact(vocabulary.counts()[vocabulary.len() / 2] as f64))?;
    run.value("covered", {
        let share = encoded.token_count() as f64 / corpus.token_count() as f64;
        Value::exact(100.0 * share).unit("%").digits(1)
    })?;
    run.value("reading_seconds", Value::machine(start.elapsed().as_secs_f64()).unit("s").digits(1))?;
    Ok((corpus, vocabulary, encoded))
}

/// What the chapter shows before it comes to the corpus.
fn ideas(run: &mut Run, settings: &Settings) -> Result<(), Error> {
    let toy = toy::train(settings.seed)?;
    run.output("tokens", &report::token_table(), true)?;
    run.output("one_hot", &report::one_hot_table(), true)?;
    run.output("by_hand", &report::by_hand_table(), true)?;
    run.output("toy", &report::toy_table(&toy), false)?;
    run.figure("window", &figures::window()?)?;
    run.figure("toy", &figures::toy_map(&toy)?)?;
    Ok(())
}

/// The words of the corpus, before anything is trained on them.
fn words(run: &mut Run, settings: &Settings, vocabulary: &Vocabulary) -> Result<(), Error> {
    run.value("dimensions", Value::exact(DIMENSIONS as f64))?;
    run.value("epochs", Value::exact(settings.epochs as f64))?;
    run.value("centres_a_block", Value::exact(CENTRES_A_BLOCK as f64))?;
    run.value("negatives_a_block", Value::exact(NEGATIVES_A_BLOCK as f64))?;
    let keep = keep_probabilities(vocabulary.counts(), settings.subsample);
    run.output("vocabulary", &report::vocabulary_table(vocabulary, &keep), true)?;
    let tokens = vocabulary.token_count() as f64;
    let most_frequent = vocabulary.counts()[0] as f64;
    run.value("most_frequent", Value::exact(100.0 * most_frequent / tokens).unit("%").digits(1))?;
    let kept: f64 = vocabulary.counts().iter().zip(&keep).map(|(&n, &keep)| n as f64 * f64::from(keep)).sum();
    run.value("kept", Value::exact(100.0 * kept / tokens).unit("%").digits(0))?;
    run.figure("zipf", &figures::zipf(vocabulary)?)?;
    run.figure("thinning", &figures::thinning(vocabulary, &keep)?)?;
    Ok(())
}

/// The seeds that a run trains with.
fn seeds(options: &Options, settings: &Settings) -> Vec<u64> {
    options.seeds(settings.seed, 2).collect()
}

/// Trains a model a seed, going on where a stopped run ended.
fn train(
    options: &Options,
    settings: &Settings,
    run: &mut Run,
    corpus: &Corpus,
    vocabulary: &Vocabulary,
    encoded: &EncodedCorpus,
) -> Result<(Vec<Model>, Measured), Error> {
    let (mut models, mut all) = (Vec::new(), Measured::default());
    for seed in seeds(options, settings) {
        let settings = Settings { seed, ..settings.clone() };
        let save_point = save_point(options, &settings, corpus, encoded)?;
        let resumed = if options.fresh { None } else { Model::resume(vocabulary.len(), &save_point)? };
        if let Some(model) = &resumed {
            println!("seed {seed}: going on after epoch {}", model.losses.len());
        }
        let mut model = resumed.unwrap_or_else(|| Model::new(vocabulary.len(), seed));
        train_one(&mut model, encoded, vocabulary, &settings, Some(&save_point))?;
        all.tokens += model.spent.tokens;
        all.pairs += model.spent.pairs;
        all.time += model.spent.time;
        models.push(model);
    }
    let last = |model: &Model| model.losses.last().copied().unwrap_or_default();
    let first = |model: &Model| model.losses.first().copied().unwrap_or_default();
    let over = |of: &dyn Fn(&Model) -> f64| models.iter().map(of).collect::<Vec<f64>>();
    run.value("loss_first", Value::over_seeds(&over(&first), 0.01).digits(2))?;
    run.value("loss_last", Value::over_seeds(&over(&last), 0.01).digits(2))?;
    run.value("training_seconds", {
        Value::machine(all.time.as_secs_f64() / models.len() as f64).unit("s").digits(0)
    })?;
    run.value("words_per_second", Value::machine(all.words_per_second()))?;
    run.value("pairs_an_epoch", {
        let epochs = (models.len() * settings.epochs) as f64;
        Value::machine(all.pairs as f64 / epochs / 1e6).unit("million").digits(1)
    })?;
    let runs: Vec<(u64, Vec<f64>)> =
        seeds(options, settings).into_iter().zip(models.iter().map(|model| model.losses.clone())).collect();
    run.figure("loss", &figures::losses(&runs)?)?;
    Ok((models, all))
}

fn save_point(
    options: &Options,
    settings: &Settings,
    corpus: &Corpus,
    encoded: &EncodedCorpus,
) -> Result<SavePoint, Error> {
    let mut facts = settings.facts();
    facts.insert("sources".into(), lab::fingerprint(NAME)?.to_string());
    facts
        .insert("corpus".into(), format!("{} {}", corpus.source, corpus.version.clone().unwrap_or_default()));
    let mut hash = DefaultHasher::new();
    (&corpus.sentences, encoded.token_count()).hash(&mut hash);
    facts.insert("text".into(), format!("{:016x}", hash.finish()));
    Ok(SavePoint { path: options.checkpoint_file(NAME, &format!("seed{}", settings.seed)), facts })
}

/// Trains one model with a progress bar.
///
/// # Errors
///
/// As [`Model::train`].
pub fn train_one(
    model: &mut Model,
    encoded: &EncodedCorpus,
    vocabulary: &Vocabulary,
    settings: &Settings,
    save_point: Option<&SavePoint>,
) -> Result<(), Error> {
    let tokens = encoded.token_count() * settings.epochs;
    let bar = lab::progress::bar(&format!("seed {}", settings.seed), tokens as u64);
    let (start, before) = (Instant::now(), model.losses.len() * encoded.token_count());
    model.train(encoded, vocabulary, settings, save_point, |progress| {
        bar.set_position(progress.tokens as u64);
        let speed = (progress.tokens - before) as f64 / start.elapsed().as_secs_f64();
        let speed = record::group_thousands(&format!("{speed:.0}"));
        bar.set_message(format!("epoch {}  loss {:.3}  {speed} words/s", progress.epoch + 1, progress.loss));
    })?;
    bar.finish_and_clear();
    let speed = record::group_thousands(&format!("{:.0}", model.spent.words_per_second()));
    let loss = model.losses.last().copied().unwrap_or_default();
    println!("seed {}: {} epochs, loss {loss:.3}, {speed} words/s", settings.seed, model.losses.len());
    Ok(())
}

fn compare_with_plain(
    options: &Options,
    settings: &Settings,
    run: &mut Run,
    vocabulary: &Vocabulary,
    encoded: &EncodedCorpus,
    measured: Measured,
) -> Result<(), Error> {
    let least = Duration::from_millis(if options.quick { 100 } else { 4000 });
    let steps = evaluate::compare_steps(encoded, vocabulary, settings, measured, least)?;
    let (plain, fast) = (steps.plain_pairs_per_second, steps.fast_pairs_per_second);
    run.value("plain_words", Value::exact(evaluate::PLAIN_WORDS as f64))?;
    run.value("plain_pairs_per_second", Value::machine(plain))?;
    run.value("fast_pairs_per_second", Value::machine(fast))?;
    run.value("speedup", Value::ratio(fast / plain, 5.0))?;
    run.value("same_digits", Value::within(-steps.largest_difference.log10(), 1.5).digits(0))?;
    run.figure("speed", &figures::speed(plain, fast)?)?;
    Ok(())
}

fn contexts(
    run: &mut Run,
    settings: &Settings,
    model: &Model,
    vocabulary: &Vocabulary,
    encoded: &EncodedCorpus,
    evaluations: &[Evaluation],
) -> Result<(), Error> {
    let mut words = report::known(vocabulary, &IN_CONTEXT);
    words.truncate(IN_CONTEXT.len());
    let ids: Vec<u32> = words.iter().filter_map(|word| vocabulary.get(word)).collect();
    let real = shares(encoded, vocabulary, settings, &ids);
    let said: Vec<Vec<f64>> = ids.iter().map(|&id| predicted(model, vocabulary, id)).collect();
    run.output("contexts", &report::context_table(vocabulary, &words, &said, &real), false)?;
    run.figure("context", &figures::context(vocabulary, words[0], &said[0], &real[0])?)?;
    let percent = |of: &dyn Fn(&Evaluation) -> f64| per_seed(evaluations, |e| 100.0 * of(e));
    run.value("context_precision", {
        Value::over_seeds(&percent(&|e| e.precision_at_ten), 1.0).unit("%").digits(0)
    })?;
    run.value("context_precision_of_counts", {
        Value::over_seeds(&percent(&|e| e.precision_of_counts), 0.1).unit("%").digits(0)
    })?;
    Ok(())
}

fn neighbours(run: &mut Run, vectors: &WordVectors) -> Result<(), Error> {
    let words = report::known(vectors.vocabulary(), &SHOWN);
    run.output("neighbours", &report::neighbour_table(vectors, &words)?, false)?;
    run.figure("one_hot", &figures::one_hot_and_trained(vectors)?)?;
    let (map, variance) = figures::principal_map(vectors)?;
    run.figure("map", &map)?;
    run.value("map_variance", Value::within(100.0 * (variance[0] + variance[1]), 8.0).unit("%").digits(0))?;
    run.figure("tsne", &figures::neighbourhood_map(vectors, 600)?)?;
    Ok(())
}

fn analogies(run: &mut Run, vectors: &WordVectors, evaluations: &[Evaluation]) -> Result<(), Error> {
    let first = &evaluations[0];
    let all = total(&first.analogies);
    if all.covered == 0 {
        println!("No analogy of the chapter has all of its words in this text: none is asked.\n");
        return Ok(());
    }
    run.output("analogy_examples", &report::analogy_examples(vectors), false)?;
    let table = report::analogy_table(&first.analogies, &first.parallelism, &first.mismatched);
    run.output("analogies", &table, false)?;
    run.value("analogies_asked", Value::exact(all.asked as f64))?;
    run.value("analogies_covered", Value::exact(all.covered as f64))?;
    run.value("relations", Value::exact(first.analogies.len() as f64))?;
    let accuracies = per_seed(evaluations, accuracy);
    run.value("analogy_accuracy", Value::over_seeds(&accuracies, 1.5).unit("%").digits(1))?;
    run.value("analogy_deviation", {
        Value::within(standard_deviation(&accuracies), 3.0).unit("points").digits(1)
    })?;
    let mean = |of: fn(&Evaluation) -> &Vec<Option<f64>>| {
        per_seed(evaluations, |e| record::mean(&of(e).iter().flatten().copied().collect::<Vec<_>>()))
    };
    run.value("parallel", Value::over_seeds(&mean(|e| &e.parallelism), 0.02).digits(2))?;
    run.value("parallel_mismatched", Value::over_seeds(&mean(|e| &e.mismatched), 0.02).digits(2))?;
    run.figure("relations", &figures::relations(&first.analogies)?)?;
    let shown = ["signed-to-unsigned", "singular-to-plural", "hash-to-btree", "integer-to-atomic"];
    run.figure("arrows", &figures::arrows(vectors, shown)?)?;
    Ok(())
}

/// Counts of a question's rarest word: name, from, up to but not including.
const RARITY: [(&str, u64, u64); 4] = [
    ("fewer than 20 times", 0, 20),
    ("20 to 99 times", 20, 100),
    ("100 to 499 times", 100, 500),
    ("500 times and more", 500, u64::MAX),
];

fn rare_words(run: &mut Run, evaluations: &[Evaluation]) -> Result<(), Error> {
    let bins: Vec<(String, f64, usize)> = RARITY
        .iter()
        .map(|&(name, from, to)| {
            let (percent, questions) = accuracy_by_count(&evaluations[0], from, to);
            (name.to_owned(), percent, questions)
        })
        .collect();
    run.figure("rarity", &figures::rarity(&bins)?)?;
    for (name, (_, from, to)) in [("analogies_rare", RARITY[0]), ("analogies_frequent", RARITY[3])] {
        let over = per_seed(evaluations, |e| accuracy_by_count(e, from, to).0);
        run.value(name, Value::over_seeds(&over, 3.0).unit("%").digits(0))?;
    }
    Ok(())
}

fn failures(
    run: &mut Run,
    settings: &Settings,
    vectors: &WordVectors,
    encoded: &EncodedCorpus,
) -> Result<(), Error> {
    let words = report::known(vectors.vocabulary(), &AMBIGUOUS);
    run.output("ambiguous", &report::neighbour_table(vectors, &words)?, false)?;
    let leans = bias::leans(vectors, encoded, settings);
    run.output("bias", &report::bias_table(&leans), false)?;
    run.value("bias_agreement", Value::within(bias::agreement(&leans), 0.25).digits(2))?;
    run.figure("bias", &figures::bias(&leans)?)?;
    Ok(())
}
