//! The chapter's run, in the order of its pages: pairs, models, measures, figures, record.

use crate::arithmetic::Question;
use crate::evaluate::{self, Arithmetic, Evaluation};
use crate::hubs::{Scaling, answers, share_among, share_of_the_commonest, share_of_the_commonest_by_chance};
use crate::model::Model;
use crate::names::{HELD_OUT, Names};
use crate::space::{BothWays, Retrieval, Space, Vector};
use crate::train::{Loss, Settings};
use crate::trained::{self, Trial};
use crate::{
    Error, WORDS, arithmetic, by_hand, confusions, convolution_by_hand, exercises, figures, modality_gap,
    report, views,
};
use emoji_world::emoji;
use lab::{Options, Run, Trained};
use record::Value;
use std::path::PathBuf;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

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

/// Answers that are counted together as the commonest.
const COMMONEST: usize = 10;

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
    let (trained, trials) = trained::all(options, settings, &names)?;
    let mut models = trained.iter().map(trained::model_of).collect::<Result<Vec<_>, _>>()?;
    training(&mut run, &trained, &models)?;
    compare(&mut run, options, settings, trials)?;

    let spaces: Vec<Space> = models.iter_mut().map(|model| evaluate::space(model, &names)).collect();
    run.output("first", &first_table(&mut models[0], &spaces[0], &names)?, false)?;
    retrieval(&mut run, &spaces, &names)?;
    hubs(&mut run, &mut models, &spaces, &names)?;
    let words: Vec<_> = models.iter().map(evaluate::words).collect();
    let shown = ON_THE_MAP.map(str::to_owned);
    let on_the_map = shown.into_iter().filter_map(|word| {
        let number = emoji::vocabulary().binary_search(&word.as_str()).ok()?;
        Some((word, words[0][number]))
    });
    run.figure("space", &figures::space_map(&spaces[0], &on_the_map.collect::<Vec<_>>())?)?;
    sums(&mut run, &mut models[0], &spaces, &words, &names)?;
    gap(&mut run, settings, &spaces[0], &names)?;
    mistakes(&mut run, &spaces, &names)?;
    run.figure("filters", &figures::filters(&models[0])?)?;
    run.output("exercises", &exercises::results(&mut models[0], &names)?, false)?;

    run.cost()?;
    let record = run.finish()?;
    trained::keep(options, settings, &trained)?;
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
    let of_guessing = ((names.seen.len() as f64).ln() + (settings.batch as f64).ln()) / 2.0;
    run.value("loss_of_guessing", Value::exact(of_guessing).digits(2))?;
    let sizes = Model::<WORDS>::new(settings.seed, settings.loss.temperature()).parameters();
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
    run.value("margin", Value::exact(f64::from(by_hand::MARGIN)).digits(1))?;
    run.figure("hinge_and_softmax", &figures::hinge_and_softmax(by_hand::MARGIN, by_hand::TEMPERATURE)?)?;
    Ok(())
}

/// The emoji that have these names.
fn ids(names: &[&str]) -> Vec<usize> {
    let known = names.iter().filter_map(|name| emoji::find(name)).map(|emoji| emoji.id);
    known.filter(|&id| id < emoji::all().len()).collect()
}

fn training(run: &mut Run, trained: &[Trained], models: &[Model]) -> Result<(), Error> {
    println!();
    let over = |of: fn(&Trained) -> Option<f64>| trained.iter().filter_map(of).collect::<Vec<f64>>();
    run.value("loss_first", Value::over_seeds(&over(|t| t.losses.first().copied()), 0.2).digits(2))?;
    run.value("loss_last", Value::over_seeds(&over(|t| t.losses.last().copied()), 0.05).digits(2))?;
    run.value("temperature_learned", {
        let temperatures: Vec<f64> = models.iter().map(|model| f64::from(model.temperature())).collect();
        Value::over_seeds(&temperatures, 0.003).digits(3)
    })?;
    let seconds = record::mean(&over(|t| Some(t.seconds)));
    run.value("training_seconds", Value::machine(seconds).unit("s").digits(0))?;
    let runs: Vec<(u64, Vec<f64>)> = trained.iter().map(|t| (t.seed, t.losses.clone())).collect();
    run.figure("training", &figures::training(&runs)?)?;
    Ok(())
}

fn compare(run: &mut Run, options: &Options, settings: &Settings, trials: Vec<Trial>) -> Result<(), Error> {
    let brief = trained::brief(options, settings, settings.loss);
    run.value("comparison_batch", Value::exact(brief.batch as f64))?;
    run.value("comparison_epochs", Value::exact(brief.epochs as f64))?;
    let (mut fixed, mut losses, mut from_far) = (Vec::new(), Vec::new(), None);
    for trial in trials {
        match trial.loss {
            Loss::InfoNceFixed(temperature) => fixed.push((temperature, trial)),
            Loss::InfoNce(start) if start == trained::FAR => from_far = Some(trial),
            Loss::InfoNce(_) | Loss::Margin(..) => losses.push(trial),
        }
    }
    run.output("comparison", &report::comparison_table(&losses), false)?;
    run.figure("comparison", &figures::comparison(&losses)?)?;
    run.output(
        "temperature",
        &report::temperature_table(&fixed, losses.first().into_iter().chain(&from_far)),
        false,
    )?;
    run.figure("temperature", &figures::temperature(&fixed)?)?;
    Ok(())
}

fn first_table(model: &mut Model, space: &Space, names: &Names) -> Result<String, Error> {
    report::first_table(model, space, names, &ids(&FIRST_PICTURES), &FIRST_WORDS)
}

fn retrieval(run: &mut Run, spaces: &[Space], names: &Names) -> Result<(), Error> {
    let all = spaces.iter().map(|space| Evaluation::of(space, names)).collect::<Result<Vec<_>, _>>()?;
    recalls(run, "", &all)?;
    run.output("retrieval", &table_of(&all, names), false)?;
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

/// Emoji by how they were trained on: a name, their retrieval, and the least tolerance in points.
type Part = (&'static str, fn(&Evaluation) -> &BothWays, f64);

/// A direction of retrieval.
type Way = (&'static str, fn(&BothWays) -> &Retrieval);

/// R@k.
type Recall = (usize, fn(&Retrieval) -> f64);

/// A share with the name that the record gives it.
type Share<T> = (&'static str, fn(&T) -> f64);

/// Records R@1 in both directions, and of held-out emoji R@10 too.
fn recalls(run: &mut Run, prefix: &str, all: &[Evaluation]) -> Result<(), Error> {
    let parts: [Part; 2] = [("seen", |e| &e.seen, 2.0), ("held", |e| &e.held_out, 6.0)];
    let ways: [Way; 2] = [("names", |b| &b.to_names), ("pictures", |b| &b.to_pictures)];
    let shares: [Recall; 2] = [(1, |r| r.at_1), (10, |r| r.at_10)];
    for (part, of, least) in parts {
        for (to, way) in ways {
            // Nearly all seen ones are among the first ten.
            for (k, at) in shares.into_iter().filter(|&(k, _)| k == 1 || part == "held") {
                let percents: Vec<f64> = all.iter().map(|e| 100.0 * at(way(of(e)))).collect();
                // Another machine rounds differently, and training makes of that what another seed would.
                let value = Value::over_seeds(&percents, least).unit("%").digits(1);
                run.value(&format!("{prefix}{part}_to_{to}_at_{k}"), value)?;
            }
        }
    }
    Ok(())
}

fn table_of(all: &[Evaluation], names: &Names) -> String {
    let seen: Vec<BothWays> = all.iter().map(|evaluation| evaluation.seen).collect();
    let held_out: Vec<BothWays> = all.iter().map(|evaluation| evaluation.held_out).collect();
    report::retrieval_table(&seen, &held_out, names.bags.len())
}

fn hubs(run: &mut Run, models: &mut [Model], spaces: &[Space], names: &Names) -> Result<(), Error> {
    let scalings: Vec<Scaling> =
        models.iter_mut().zip(spaces).map(|(model, space)| evaluate::scaling(model, space, names)).collect();
    let pairs = || spaces.iter().zip(&scalings);
    let all = pairs()
        .map(|(space, scaling)| Evaluation::scaled(space, scaling, names))
        .collect::<Result<Vec<_>, _>>()?;
    recalls(run, "scaled_", &all)?;
    run.output("scaled", &table_of(&all, names), false)?;
    let by_chance = share_of_the_commonest_by_chance(names.held_out.len(), names.bags.len(), COMMONEST);
    run.value("commonest_by_chance", Value::within(100.0 * by_chance, 1.0).unit("%").digits(0))?;
    // What held-out pictures are called: how often by a seen name; how often that would be if mistakes took no notice
    // of who was seen; and how much of all answers the commonest ten are.
    let seen_among_wrong = names.seen.len() as f64 / (names.bags.len() - 1) as f64;
    for (ending, is_scaled) in [("", false), ("_scaled", true)] {
        let (mut seen, mut unbiased, mut commonest) = (Vec::new(), Vec::new(), Vec::new());
        for (space, scaling) in pairs() {
            let found = answers(space, Some(scaling).filter(|_| is_scaled), &names.held_out);
            let wrong = found.iter().zip(&names.held_out).filter(|(found, right)| found != right).count();
            seen.push(100.0 * share_among(&found, &names.seen));
            unbiased.push(100.0 * seen_among_wrong * wrong as f64 / names.held_out.len() as f64);
            commonest.push(100.0 * share_of_the_commonest(&found, COMMONEST));
        }
        for (name, percents) in
            [("seen_answers", seen), ("seen_answers_unbiased", unbiased), ("commonest_answers", commonest)]
        {
            run.value(&format!("{name}{ending}"), Value::over_seeds(&percents, 6.0).unit("%").digits(0))?;
        }
    }
    // Among themselves the held-out names have no seen rivals.
    let alone: Vec<f64> = spaces
        .iter()
        .map(|space| {
            let all: Vec<usize> = (0..names.held_out.len()).collect();
            Ok(100.0 * space.of(&names.held_out).both_ways(&all)?.to_names.at_1)
        })
        .collect::<Result<_, Error>>()?;
    Ok(run.value("held_alone_to_names_at_1", Value::over_seeds(&alone, 6.0).unit("%").digits(1))?)
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
    let shares: [Share<Arithmetic>; 3] = [
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
    let before = evaluate::space(&mut Model::new(settings.seed, settings.loss.temperature()), names);
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
    let shares: [Share<confusions::InCommon>; 3] = [
        ("wrong_with_a_word", |c| c.word),
        ("wrong_of_a_group", |c| c.group),
        ("wrong_otherwise", |c| c.nothing),
    ];
    for (name, of) in shares {
        let percents: Vec<f64> =
            all.iter().map(|wrong| 100.0 * of(&confusions::in_common(names, wrong))).collect();
        run.value(name, Value::over_seeds(&percents, 8.0).unit("%").digits(0))?;
    }
    let people: Vec<f64> = all
        .iter()
        .map(|wrong| 100.0 * confusions::share_of(wrong, emoji_world::emoji::Group::PeopleAndBody))
        .collect();
    run.value("wrong_people", Value::over_seeds(&people, 8.0).unit("%").digits(0))?;
    run.figure("confusions", &figures::confusions(&all[0][..all[0].len().min(CONFUSIONS)])?)?;
    Ok(())
}
