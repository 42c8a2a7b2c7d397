//! The chapter's run, in the order of its pages: pairs, models, measures, figures, record.

use crate::arithmetic::Question;
use crate::evaluate::{self, Arithmetic, Evaluation};
use crate::margin::Negatives;
use crate::model::Model;
use crate::names::{HELD_OUT, Names};
use crate::report::Trial;
use crate::space::{BothWays, Retrieval, Space, Vector};
use crate::train::{Loss, Settings, train};
use crate::{
    Error, WORDS, arithmetic, by_hand, confusions, convolution_by_hand, exercises, figures, modality_gap,
    report, views,
};
use emoji_world::emoji;
use lab::{Checkpoint, LabError, Options, Run};
use record::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// How many seeds a full run trains with.
const SEEDS: u64 = 3;

/// Pairs that the pages show.
const PAIRS: [&str; 12] = [
    "blue heart",
    "blue circle",
    "orange heart",
    "red apple",
    "green apple",
    "cat face",
    "grinning cat",
    "sleeping face",
    "woman astronaut",
    "guitar",
    "hot dog",
    "hourglass done",
];

/// The emoji whose views the pages show.
const VIEWED: &str = "woman astronaut";

/// What the first table asks: test pictures of these, and words that need not be anybody's name.
const FIRST_PICTURES: [&str; 4] = ["guitar", "green apple", "grinning cat", "rocket"];
const FIRST_WORDS: [&str; 4] = ["red apple", "sleeping cat", "snow mountain", "person running"];

/// Queries of the pages, beside the wrong answers that are found.
const PICTURE_QUERIES: [&str; 4] = ["guitar", "green apple", "blue heart", "woman astronaut"];
const WORD_QUERIES: [&str; 7] =
    ["red apple", "blue book", "sleeping face", "rocket", "woman astronaut", "two o’clock", "tiger"];

/// Words on the map of the space.
const ON_THE_MAP: [&str; 26] = [
    "heart", "face", "cat", "man", "woman", "family", "hand", "moon", "clock", "book", "button", "arrow",
    "circle", "square", "fruit", "fish", "bird", "flower", "train", "car", "ball", "house", "hat", "red",
    "blue", "green",
];

/// Equations that the pages draw: from, to.
const EQUATIONS: [(&str, &str); 6] = [
    // No picture of a red heart is among the 1,425: this one was never trained on.
    ("red heart", "blue heart"),
    ("orange heart", "green heart"),
    ("red circle", "yellow circle"),
    ("man running", "woman running"),
    ("green book", "orange book"),
    ("two o’clock", "nine o’clock"),
];

/// Wrong answers that the pages draw.
const CONFUSIONS: usize = 12;

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If training diverges, or the record or a checkpoint cannot be read or written.
pub fn run(options: &Options, settings: &Settings) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let names = Names::of_emoji()?;
    ideas(&mut run, settings, &names)?;
    let mut models = seeds(options, settings)
        .into_iter()
        .map(|seed| trained_with(options, &Settings { seed, ..settings.clone() }, &names))
        .collect::<Result<Vec<_>, _>>()?;
    training(&mut run, &models)?;
    compare(options, settings, &mut run, &names)?;

    let spaces: Vec<Space> =
        models.iter_mut().map(|trained| evaluate::space(&mut trained.model, &names)).collect();
    let first = &mut models[0].model;
    run.output("first", &first_table(first, &spaces[0], &names)?, false)?;
    retrieval(&mut run, &spaces, &names)?;
    let words: Vec<_> = models.iter().map(|trained| evaluate::words(&trained.model)).collect();
    let shown = ON_THE_MAP.map(str::to_owned);
    let on_the_map = shown.into_iter().filter_map(|word| {
        let number = emoji::vocabulary().binary_search(&word.as_str()).ok()?;
        Some((word, words[0][number]))
    });
    run.figure("space", &figures::space_map(&spaces[0], &on_the_map.collect::<Vec<_>>())?)?;
    sums(&mut run, &mut models[0].model, &spaces, &words, &names)?;
    gap(&mut run, settings, &spaces[0], &names)?;
    mistakes(&mut run, &spaces, &names)?;
    run.figure("filters", &figures::filters(&models[0].model)?)?;
    run.output("exercises", &exercises::results(&mut models[0].model, &names)?, false)?;

    run.value("run_seconds", Value::machine(run.seconds()).unit("s"))?;
    run.value("peak_memory", Value::machine(run.peak_memory_bytes() as f64 / 1e6).unit("MB"))?;
    let facts = facts(settings)?;
    let record = run.finish()?;
    models[0].save(&options.checkpoint_file(NAME, KEPT), &facts)?;
    for seed in seeds(options, settings) {
        // What was trained is in the record now; a next run begins anew.
        let _ = std::fs::remove_file(seed_file(options, seed));
    }
    Ok(record)
}

/// What the chapter shows before anything is trained.
fn ideas(run: &mut Run, settings: &Settings, names: &Names) -> Result<(), Error> {
    println!("{} emoji with {WORDS} words, {HELD_OUT} of them held out\n", names.bags.len());
    run.data("emoji", &format!("{} pictures and names", names.bags.len()));
    run.value("emoji", Value::exact(names.bags.len() as f64))?;
    run.value("words", Value::exact(WORDS as f64))?;
    run.value("seen", Value::exact(names.seen.len() as f64))?;
    run.value("held_out", Value::exact(names.held_out.len() as f64))?;
    run.value("epochs", Value::exact(settings.epochs as f64))?;
    run.value("batch", Value::exact(settings.batch as f64))?;
    let sizes = Model::<WORDS>::new(settings.seed, settings.temperature()).parameters();
    run.value("picture_parameters", Value::exact(sizes.pictures as f64))?;
    run.value("word_parameters", Value::exact(sizes.words as f64))?;
    run.figure("pairs", &figures::pairs(&ids(&PAIRS))?)?;
    for id in ids(&[VIEWED]) {
        run.figure("views", &figures::views_of(id, settings.cutout)?)?;
    }
    let example = by_hand::example();
    run.output("by_hand", &report::by_hand_table(&example), true)?;
    run.figure("by_hand", &figures::by_hand(&example)?)?;
    let edges = convolution_by_hand::edges()?;
    run.output("convolution", &report::convolution_table(&edges), true)?;
    run.figure("convolution", &figures::convolution(&edges)?)?;
    run.figure("hinge_and_softmax", &figures::hinge_and_softmax(by_hand::MARGIN, by_hand::TEMPERATURE)?)?;
    Ok(())
}

/// The emoji that have these names.
fn ids(names: &[&str]) -> Vec<usize> {
    let known = names.iter().filter_map(|name| emoji::find(name)).map(|emoji| emoji.id);
    known.filter(|&id| id < emoji::all().len()).collect()
}

/// The seeds that a run trains with.
fn seeds(options: &Options, settings: &Settings) -> Vec<u64> {
    (settings.seed..settings.seed + if options.quick { 2 } else { SEEDS }).collect()
}

/// A model and how it came to be.
struct Trained {
    model: Model,
    /// The mean loss of every epoch.
    losses: Vec<f64>,
    /// How long training took.
    seconds: f64,
}

impl Trained {
    fn train(settings: &Settings, names: &Names, what: &str) -> Result<Self, Error> {
        let bar = lab::progress::bar(what, settings.epochs as u64);
        let (start, mut losses) = (Instant::now(), Vec::new());
        let model = train(names, settings, |_, progress| {
            losses.push(progress.loss);
            bar.inc(1);
            bar.set_message(format!("epoch {}  loss {:.2}", progress.epochs, progress.loss));
            Ok(())
        })?;
        bar.finish_and_clear();
        Ok(Self { model, losses, seconds: start.elapsed().as_secs_f64() })
    }

    fn save(&self, file: &Path, facts: &BTreeMap<String, String>) -> Result<(), Error> {
        let history = [("losses", self.losses.clone()), ("seconds", vec![self.seconds])];
        let checkpoint = Checkpoint {
            arrays: self.model.arrays(),
            epoch: self.losses.len(),
            history: history.map(|(name, numbers)| (name.to_owned(), numbers)).into(),
        };
        Ok(checkpoint.save(file, facts)?)
    }

    fn load(file: &Path, facts: &BTreeMap<String, String>, seed: u64) -> Result<Option<Self>, Error> {
        let Some(mut checkpoint) = Checkpoint::load(file, facts)? else { return Ok(None) };
        let mut model = Model::new(seed, 1.0);
        model.set(&checkpoint.arrays)?;
        let losses = checkpoint.history.remove("losses").unwrap_or_default();
        let seconds = checkpoint.history.get("seconds").and_then(|all| all.first()).copied();
        Ok(Some(Self { model, losses, seconds: seconds.unwrap_or_default() }))
    }
}

/// The name of the checkpoint that questions on the command line are put to.
const KEPT: &str = "model";

fn seed_file(options: &Options, seed: u64) -> PathBuf {
    options.checkpoint_file(NAME, &format!("seed{seed}"))
}

/// What a checkpoint belongs to.
fn facts(settings: &Settings) -> Result<BTreeMap<String, String>, Error> {
    let mut facts = settings.facts();
    facts.insert("sources".into(), lab::fingerprint(NAME)?.to_string());
    Ok(facts)
}

/// The model of one seed: that of a stopped run, if it got so far.
fn trained_with(options: &Options, settings: &Settings, names: &Names) -> Result<Trained, Error> {
    let (file, facts, seed) = (seed_file(options, settings.seed), facts(settings)?, settings.seed);
    if !options.fresh
        && let Some(trained) = Trained::load(&file, &facts, seed)?
    {
        println!("seed {seed}: trained by a run that was stopped");
        return Ok(trained);
    }
    let trained = Trained::train(settings, names, &format!("seed {seed}"))?;
    trained.save(&file, &facts)?;
    let loss = trained.losses.last().copied().unwrap_or_default();
    println!("seed {seed}: {} epochs, loss {loss:.3}, {:.0} s", trained.losses.len(), trained.seconds);
    Ok(trained)
}

/// The model of the last run with these settings, or one that is trained now and kept.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn trained(options: &Options, settings: &Settings, names: &Names) -> Result<Model, Error> {
    let (file, facts) = (options.checkpoint_file(NAME, KEPT), facts(settings)?);
    if !options.fresh {
        match Trained::load(&file, &facts, settings.seed) {
            Ok(Some(trained)) => return Ok(trained.model),
            Ok(None) => eprintln!("There is no trained model yet: training one."),
            Err(Error::Lab(LabError::OtherCheckpoint { what, .. })) => {
                eprintln!("The kept model was trained with other {what}: training one anew.");
            }
            Err(error) => return Err(error),
        }
    }
    let trained = Trained::train(settings, names, "training")?;
    trained.save(&file, &facts)?;
    Ok(trained.model)
}

fn over(models: &[Trained], of: impl Fn(&Trained) -> Option<f64>) -> Vec<f64> {
    models.iter().filter_map(of).collect()
}

fn training(run: &mut Run, models: &[Trained]) -> Result<(), Error> {
    println!();
    run.value("loss_first", Value::over_seeds(&over(models, |m| m.losses.first().copied()), 0.2).digits(2))?;
    run.value("loss_last", Value::over_seeds(&over(models, |m| m.losses.last().copied()), 0.05).digits(2))?;
    run.value("temperature_learned", {
        let temperatures = over(models, |m| Some(f64::from(m.model.temperature())));
        Value::over_seeds(&temperatures, 0.003).digits(3)
    })?;
    run.value("training_seconds", {
        Value::machine(record::mean(&over(models, |m| Some(m.seconds)))).unit("s").digits(0)
    })?;
    let runs: Vec<(u64, Vec<f64>)> = (1..).zip(models.iter().map(|m| m.losses.clone())).collect();
    run.figure("training", &figures::training(&runs)?)?;
    Ok(())
}

/// Trains briefly with one loss and watches R@1.
fn trial(name: &str, settings: &Settings, names: &Names) -> Result<Trial, Error> {
    let bar = lab::progress::bar(name, settings.epochs as u64);
    let mut curve = Vec::new();
    let mut model = train(names, settings, |model, progress| {
        let found = evaluate::space(model, names).both_ways(&names.seen)?;
        curve.push((progress.epochs, found.to_names.at_1));
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    let Evaluation { seen, held_out } = Evaluation::of(&evaluate::space(&mut model, names), names)?;
    Ok(Trial { name: name.to_owned(), curve, seen, held_out, temperature: model.temperature() })
}

fn compare(options: &Options, settings: &Settings, run: &mut Run, names: &Names) -> Result<(), Error> {
    let epochs = if options.quick { 1 } else { 6 };
    let with = |loss: Loss| Settings { loss, epochs, ..settings.clone() };
    let margin = by_hand::MARGIN;
    run.value("comparison_epochs", Value::exact(epochs as f64))?;
    let trials = [
        ("InfoNCE", settings.loss),
        ("margin, all", Loss::Margin(margin, Negatives::All)),
        ("margin, hardest", Loss::Margin(margin, Negatives::Hardest)),
    ]
    .into_iter()
    .map(|(name, loss)| trial(name, &with(loss), names))
    .collect::<Result<Vec<_>, _>>()?;
    run.output("comparison", &report::comparison_table(&trials), false)?;
    run.figure("comparison", &figures::comparison(&trials)?)?;
    let temperatures: &[f32] = if options.quick { &[0.05, 0.5] } else { &[0.01, 0.03, 0.1, 0.3, 1.0] };
    let fixed = temperatures
        .iter()
        .map(|&t| Ok((t, trial(&format!("temperature {t}"), &with(Loss::InfoNceFixed(t)), names)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    run.output("temperature", &report::temperature_table(&fixed, &trials[0]), false)?;
    run.figure("temperature", &figures::temperature(&fixed)?)?;
    Ok(())
}

fn first_table(model: &mut Model, space: &Space, names: &Names) -> Result<String, Error> {
    report::first_table(model, space, names, &ids(&FIRST_PICTURES), &FIRST_WORDS)
}

fn retrieval(run: &mut Run, spaces: &[Space], names: &Names) -> Result<(), Error> {
    let all = spaces.iter().map(|space| Evaluation::of(space, names)).collect::<Result<Vec<_>, _>>()?;
    let seen: Vec<BothWays> = all.iter().map(|evaluation| evaluation.seen).collect();
    let held_out: Vec<BothWays> = all.iter().map(|evaluation| evaluation.held_out).collect();
    run.output("retrieval", &report::retrieval_table(&seen, &held_out, names.bags.len()), false)?;
    // Another machine rounds differently, and training makes of that what another seed would.
    for (which, all, least) in [("seen", &seen, 2.0), ("held", &held_out, 6.0)] {
        let ways: [(&str, fn(&BothWays) -> &Retrieval); 2] =
            [("names", |b| &b.to_names), ("pictures", |b| &b.to_pictures)];
        for (to, of) in ways {
            let recalls: [(usize, fn(&Retrieval) -> f64); 3] =
                [(1, |r| r.at_1), (5, |r| r.at_5), (10, |r| r.at_10)];
            for (k, at) in recalls {
                let percents: Vec<f64> = all.iter().map(|both| 100.0 * at(of(both))).collect();
                let value = Value::over_seeds(&percents, least).unit("%").digits(1);
                run.value(&format!("{which}_to_{to}_at_{k}"), value)?;
            }
        }
    }
    let wrong = confusions::confusions(&spaces[0], &names.seen);
    let queries = ids(&PICTURE_QUERIES).into_iter().chain(wrong.iter().take(3).map(|wrong| wrong.shown));
    run.figure("picture_queries", &figures::picture_queries(&spaces[0], &queries.collect::<Vec<_>>())?)?;
    let caption = "Names, and the five test pictures nearest to each. The right one is framed.";
    run.figure(
        "word_queries",
        &figures::word_queries("word_queries", &spaces[0], &ids(&WORD_QUERIES), caption)?,
    )?;
    // Spread evenly over all of them: nobody has chosen the ones that look good.
    let step = names.held_out.len().div_ceil(10).max(1);
    let some: Vec<usize> = names.held_out.iter().copied().step_by(step).collect();
    let caption = "Every fourteenth of the held-out names, and the five pictures nearest to each. The right \
                   one is framed.";
    run.figure("zero_shot", &figures::word_queries("zero_shot", &spaces[0], &some, caption)?)?;
    Ok(())
}

fn sums(
    run: &mut Run,
    model: &mut Model,
    spaces: &[Space],
    words: &[Vec<Vector>],
    names: &Names,
) -> Result<(), Error> {
    let questions = arithmetic::questions(names);
    run.value("arithmetic_questions", Value::exact(questions.len() as f64))?;
    let found: Vec<Arithmetic> =
        spaces.iter().zip(words).map(|(space, words)| Arithmetic::of(space, words, &questions)).collect();
    let shares: [(&str, fn(&Arithmetic) -> f64); 3] = [
        ("arithmetic_at_1", |a| a.at_1),
        ("arithmetic_at_5", |a| a.at_5),
        ("arithmetic_without_picture", |a| a.without_picture),
    ];
    for (name, of) in shares {
        let percents: Vec<f64> = found.iter().map(|found| 100.0 * of(found)).collect();
        run.value(name, Value::over_seeds(&percents, 3.0).unit("%").digits(0))?;
    }
    let shown = EQUATIONS.iter().filter_map(|(from, to)| Question::between(from, to));
    let equations = shown.map(|question| {
        // The picture may be none of those that the space has.
        let start = model.embed_pictures(&views::test_of(question.from))[0];
        let found = question.found(&start, &words[0], &spaces[0], 3);
        (question, found)
    });
    run.figure("arithmetic", &figures::arithmetic(&equations.collect::<Vec<_>>())?)?;
    Ok(())
}

fn gap(run: &mut Run, settings: &Settings, after: &Space, names: &Names) -> Result<(), Error> {
    let before = evaluate::space(&mut Model::new(settings.seed, settings.temperature()), names);
    let all: Vec<usize> = (0..names.bags.len()).collect();
    let (open, closed) = modality_gap::effect(after, &all)?;
    let (fresh, trained) = (modality_gap::measure(&before), modality_gap::measure(after));
    run.output("gap", &report::gap_table(&fresh, &trained, &open, &closed), false)?;
    run.figure("gap", &figures::gap(&before, after)?)?;
    Ok(())
}

fn mistakes(run: &mut Run, spaces: &[Space], names: &Names) -> Result<(), Error> {
    let all: Vec<_> = spaces.iter().map(|space| confusions::confusions(space, &names.seen)).collect();
    let counts: Vec<f64> = all.iter().map(|wrong| wrong.len() as f64).collect();
    run.value("wrong", Value::over_seeds(&counts, 20.0))?;
    let shares: [(&str, fn(&confusions::InCommon) -> f64); 3] = [
        ("wrong_with_a_word", |c| c.word),
        ("wrong_of_a_group", |c| c.group),
        ("wrong_otherwise", |c| c.nothing),
    ];
    for (name, of) in shares {
        let percents: Vec<f64> =
            all.iter().map(|wrong| 100.0 * of(&confusions::in_common(names, wrong))).collect();
        run.value(name, Value::over_seeds(&percents, 8.0).unit("%").digits(0))?;
    }
    run.figure("confusions", &figures::confusions(&all[0][..all[0].len().min(CONFUSIONS)])?)?;
    Ok(())
}
