//! The chapter's run, in the order of its pages: questions, eye, networks, measures, figures, record.

use crate::batch::{Batch, Pictures};
use crate::complement::complement;
use crate::evaluate::{Accuracy, Shown, answers, majority};
use crate::eye::{Called, Pointing};
use crate::fused::VECTOR;
use crate::glimpses::Glimpses;
use crate::heads::Head;
use crate::naming::NAMES;
use crate::network::{Answerer, Network, on};
use crate::questions::{Drawn, Part, examples, split};
use crate::train::Settings;
use crate::trained::{self, All, Job, PACES, SKEW};
use crate::words::{answer_names, answer_number};
use crate::{ANSWERS, CHANNELS, EMBEDDING, Error, GRID, QUESTION, SIDE, WORDS, by_hand, figures, report};
use dfdx::prelude::*;
use emoji_world::question::{Example, Meaning, Phrasings};
use emoji_world::relation::CLEARLY;
use emoji_world::{Answer, QuestionType};
use lab::{Options, Run, Trained};
use record::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// Steps of a quick run.
pub const QUICK_STEPS: usize = 60;

/// Keeps the questions of the test apart from those of training in the same scenes' part.
const TESTS: u64 = 999;

/// The parts of the test besides the usual one: name, title, and what is drawn.
const PARTS: [(&str, &str, Drawn); 3] = [
    ("wording", "new wording", Drawn { phrasings: Phrasings::HeldOut, ..Drawn::TEST }),
    ("pairs", "new pairs", Drawn { part: Part::HeldOutPair, ..Drawn::TEST }),
    ("colours", "new colours", Drawn { part: Part::HeldOutColour, ..Drawn::TEST }),
];

/// Questions that are read as an example.
const READ: [&str; 3] =
    ["how many mice are there?", "is the dog left of the cat?", "are there more owls than red hearts?"];

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If training diverges, or the record or a checkpoint cannot be read or written.
pub fn run(options: &Options, settings: &Settings) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let all = trained::all(options, settings)?;
    let count = if options.quick { 96 } else { 2400 };
    let tests = draw(Drawn::TEST, count)?;
    data(&mut run, settings, &tests)?;
    eyes(&mut run, &all.eyes, options.quick)?;
    sizes(&mut run, settings)?;
    training(&mut run, &all)?;
    compared(&mut run, &all, &tests)?;
    let best = best(&mut run, &all, &tests, count)?;
    mistakes(&mut run, &tests, &best)?;
    prior(&mut run, &all, &tests, count)?;
    streams(&mut run, &all, settings)?;
    pictures(&mut run, &all, &tests, &best[0])?;
    run.cost()?;
    let record = run.finish()?;
    trained::keep(options, settings, &all)?;
    Ok(record)
}

fn draw(drawn: Drawn, count: u64) -> Result<Vec<Example>, Error> {
    examples(&split(), drawn, TESTS, 0..count)
}

/// A share over the seeds, in percent.
fn share(shares: &[f64], least: f64) -> Value {
    let percent: Vec<f64> = shares.iter().map(|share| 100.0 * share).collect();
    Value::over_seeds(&percent, least).unit("%").digits(1)
}

fn overall(all: &[Accuracy]) -> Vec<f64> {
    all.iter().map(|one| one.overall).collect()
}

fn of_type(all: &[Accuracy], kind: QuestionType) -> Vec<f64> {
    all.iter().filter_map(|one| one.types.get(&kind).copied()).collect()
}

/// What is asked, and how it is read.
fn data(run: &mut Run, settings: &Settings, tests: &[Example]) -> Result<(), Error> {
    run.data("scenes", "drawn by the seed");
    let (held_out, colours) = (split().held_out_pairs().len(), split().held_out_colours().count());
    for (name, number) in [
        ("scenes", settings.scenes),
        ("tests", tests.len()),
        ("held_out_pairs", held_out),
        ("held_out_colours", colours),
        ("words", WORDS - 1),
        ("answers", ANSWERS),
    ] {
        run.value(name, Value::exact(number as f64))?;
    }
    run.output("by_hand", &by_hand::table(), true)?;
    run.output("pieces", &report::pieces(&READ), true)?;
    let pairs = complements(settings.seed)?;
    run.output("complements", &report::complements(&pairs), true)?;
    let shown = one_of_each(tests);
    let shown: Vec<_> = shown
        .iter()
        .map(|one| (one.scene.render(), one.question.text.clone(), one.question.answer.to_string()))
        .collect();
    let caption = "A question of each type, with its answer.";
    Ok(run.figure("questions", &figures::questions("questions", &shown, caption)?)?)
}

/// The first question of each type.
fn one_of_each(examples: &[Example]) -> Vec<&Example> {
    let of = |kind: QuestionType| examples.iter().find(|one| one.question.meaning.question_type() == kind);
    QuestionType::ALL.into_iter().filter_map(of).collect()
}

/// A few questions with their complements.
///
/// # Errors
///
/// If no scene has such a question.
pub fn complements(seed: u64) -> Result<Vec<(Example, Example)>, Error> {
    let mut rng = emoji_world::rng(seed, 0);
    let drawn = examples(&split(), Drawn::TRAINING, seed, 0..40)?;
    let pairs = drawn.into_iter().filter_map(|one| Some((one.clone(), complement(&one, &mut rng)?)));
    let mut kinds = Vec::new();
    let mut is_new = |kind: QuestionType| {
        !kinds.contains(&kind) && {
            kinds.push(kind);
            true
        }
    };
    Ok(pairs.filter(|(one, _)| is_new(one.question.meaning.question_type())).collect())
}

/// How well the eyes point.
fn eyes(run: &mut Run, eyes: &[Trained], quick: bool) -> Result<(), Error> {
    let head = ["right, %", "kind", "kind of shapes", "colour of shapes", "nothing"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (name, title, part) in
        [("test", "new scenes", Part::Test), ("colours", "shapes in new colours", Part::HeldOutColour)]
    {
        let mut all = Vec::new();
        for eye in eyes {
            all.push(trained::eye_of(eye)?.pointing(&split(), part, if quick { 40 } else { 1000 })?);
        }
        let column = |of: fn(&Pointing) -> f64| all.iter().map(of).collect::<Vec<f64>>();
        let columns = [column(|p| p.kind), column(|p| p.shape), column(|p| p.colour), column(|p| p.empty)];
        let cells = columns.iter().map(|shares| format!("{:.1}", 100.0 * record::mean(shares)));
        rows.push(std::iter::once(title.to_owned()).chain(cells).collect());
        run.value(&format!("eye_{name}_shape"), share(&columns[1], 6.0))?;
        if name == "test" {
            run.value("eye_test_kind", share(&columns[0], 3.0))?;
        }
    }
    run.output("eyes", &lab::table::right(&rows), false)?;
    let mut names = Called::new();
    for eye in eyes {
        for (shape, found) in
            trained::eye_of(eye)?.names_of_new_colours(&split(), if quick { 40 } else { 1000 })?
        {
            let all = names.entry(shape).or_default();
            found.into_iter().for_each(|(name, count)| *all.entry(name).or_default() += count);
        }
    }
    run.output("new_colours", &report::new_colours(&names), false)?;
    let seconds: Vec<f64> = eyes.iter().map(|eye| eye.seconds).collect();
    run.value("eye_seconds", Value::machine(record::mean(&seconds)).unit("s"))?;
    let scene =
        draw(Drawn::TEST, 200)?.into_iter().map(|one| one.scene).find(|scene| scene.objects.len() >= 4);
    if let Some(scene) = scene {
        let picture = scene.render();
        let names = trained::eye_of(&eyes[0])?.names(&picture);
        run.figure("pointed", &figures::pointed(&picture, &names)?)?;
    }
    Ok(())
}

/// How large the networks are.
fn sizes(run: &mut Run, settings: &Settings) -> Result<(), Error> {
    for (name, number) in [
        ("eye_steps", settings.eye_steps),
        ("steps", settings.steps),
        ("compared_steps", settings.compared_steps),
        ("batch", settings.batch),
        ("grid", GRID),
        ("channels", CHANNELS),
        ("names", NAMES),
        ("embedding", EMBEDDING),
        ("question_numbers", QUESTION),
        ("vector", VECTOR),
    ] {
        run.value(name, Value::exact(number as f64))?;
    }
    Ok(())
}

/// Losses and seconds of the networks that are compared.
fn training(run: &mut Run, all: &All) -> Result<(), Error> {
    let losses: Vec<(&str, &[f64], usize)> = Head::ALL
        .iter()
        .map(|head| {
            (head.title(), all.networks[0][&Job::Compared(*head)].losses.as_slice(), trained::AVERAGED)
        })
        .collect();
    run.figure("training", &figures::training(&losses)?)?;
    let mut rows = vec![["", "parameters", "seconds on one core"].map(str::to_owned).to_vec()];
    let seconds = |job: Job| -> f64 {
        let all: Vec<f64> = all.networks.iter().map(|networks| networks[&job].seconds).collect();
        record::mean(&all)
    };
    for head in Head::ALL {
        let job = Job::Compared(head);
        let parameters = head.network(&all.networks[0][&job].arrays)?.parameters();
        rows.push(vec![head.title().to_owned(), parameters.to_string(), format!("{:.0}", seconds(job))]);
    }
    run.output("sizes", &lab::table::right(&rows), false)?;
    Ok(run.value("best_seconds", Value::machine(seconds(Job::Best)).unit("s"))?)
}

/// The accuracy on some questions of a network of each of these seeds.
fn measured(
    seeds: &[BTreeMap<Job, Trained>],
    job: Job,
    tests: &[Example],
    shown: Shown,
) -> Result<Vec<Accuracy>, Error> {
    let of = |networks: &BTreeMap<Job, Trained>| {
        let mut network = job.head().network(&networks[&job].arrays)?;
        Ok(Accuracy::of(tests, &answers(network.as_mut(), tests, shown)))
    };
    seeds.iter().map(of).collect()
}

/// Seven networks on the same questions.
fn compared(run: &mut Run, all: &All, tests: &[Example]) -> Result<(), Error> {
    let seen =
        examples(&split(), Drawn { types: &QuestionType::ALL, ..Drawn::TRAINING }, 1, 0..tests.len() as u64)?;
    let usual = majority(&seen, tests)?;
    let mut found: Vec<(&str, Vec<Accuracy>)> = vec![("commonest", vec![usual.clone()])];
    for head in Head::ALL {
        found.push((head.title(), measured(&all.networks, Job::Compared(head), tests, Shown::Own)?));
    }
    let columns: Vec<(&str, Vec<&Accuracy>)> =
        found.iter().map(|(name, all)| (*name, all.iter().collect())).collect();
    // Two tables of four columns each: all eight do not fit a page.
    run.output("streams_table", &report::by_type(&columns[..4]), false)?;
    run.output("heads_table", &report::by_type(&columns[4..]), false)?;
    run.value("majority", Value::within(100.0 * usual.overall, 1.5).unit("%").digits(1))?;
    for (head, (_, accuracies)) in Head::ALL.iter().zip(&found[1..]) {
        run.value(&format!("{}_overall", head.name()), share(&overall(accuracies), 5.0))?;
    }
    for head in [Head::StackedAttention, Head::Glimpses] {
        let (_, accuracies) = &found[1 + Head::ALL.iter().position(|one| *one == head).unwrap_or(0)];
        let how_many = of_type(accuracies, QuestionType::HowMany);
        run.value(&format!("{}_how_many", head.name()), share(&how_many, 10.0))?;
    }
    let shares: Vec<(String, f64)> =
        found.iter().map(|(name, all)| ((*name).to_owned(), 100.0 * record::mean(&overall(all)))).collect();
    let caption = "Right answers to new questions about new scenes: the commonest answer of each type, and seven networks of about equal size that learned equally long. Means over the seeds.";
    Ok(run.figure("heads", &figures::bars("heads", &shares, caption, "Shares of right answers")?)?)
}

/// The best network, on all parts of the test; its answers to the usual one, a list a seed.
fn best(run: &mut Run, all: &All, tests: &[Example], count: u64) -> Result<Vec<Vec<usize>>, Error> {
    let mut said = Vec::new();
    for networks in &all.networks {
        let mut network = trained::best_of(&networks[&Job::Best])?;
        said.push(answers(&mut network, tests, Shown::Own));
    }
    let usual: Vec<Accuracy> = said.iter().map(|answers| Accuracy::of(tests, answers)).collect();
    run.value("best_overall", share(&overall(&usual), 2.0))?;
    let percent: Vec<f64> = overall(&usual).iter().map(|share| 100.0 * share).collect();
    run.value("best_spread", Value::spread(&percent).digits(1))?;
    let mean = |kind: QuestionType| record::mean(&of_type(&usual, kind));
    let worst = QuestionType::ALL.into_iter().min_by(|a, b| mean(*a).total_cmp(&mean(*b)));
    run.value("best_worst", share(&of_type(&usual, worst.unwrap_or(QuestionType::HowMany)), 5.0))?;
    run.value("best_how_many", share(&of_type(&usual, QuestionType::HowMany), 5.0))?;
    run.value("best_is_related", share(&of_type(&usual, QuestionType::IsRelated), 6.0))?;
    let mut columns = vec![("new scenes", usual.clone())];
    for (name, title, drawn) in PARTS {
        let tests = draw(drawn, count / 2)?;
        let found = measured(&all.networks, Job::Best, &tests, Shown::Own)?;
        if name == "wording" {
            let mut first = trained::best_of(&all.networks[0][&Job::Best])?;
            let said = answers(&mut first, &tests, Shown::Own);
            run.output("wording", &report::wrong(&tests, &said, 5), false)?;
        }
        // A part may lack types: it is compared with the same types of the usual test.
        let behind: Vec<f64> = found
            .iter()
            .zip(&usual)
            .map(|(found, usual)| {
                let gaps =
                    found.types.iter().map(|(kind, share)| usual.types.get(kind).unwrap_or(share) - share);
                record::mean(&gaps.collect::<Vec<_>>())
            })
            .collect();
        run.value(&format!("best_{name}"), share(&overall(&found), 5.0))?;
        run.value(&format!("best_{name}_behind"), share(&behind, 2.0))?;
        columns.push((title, found));
    }
    let columns: Vec<(&str, Vec<&Accuracy>)> =
        columns.iter().map(|(name, all)| (*name, all.iter().collect())).collect();
    run.output("best_table", &report::by_type(&columns), false)?;
    for (name, shown) in [("swapped", Shown::Swapped), ("blank", Shown::Blank)] {
        let found = measured(&all.networks, Job::Best, tests, shown)?;
        run.value(&format!("best_{name}"), share(&overall(&found), 4.0))?;
    }
    Ok(said)
}

/// Where counting and comparing places go wrong.
fn mistakes(run: &mut Run, tests: &[Example], said: &[Vec<usize>]) -> Result<(), Error> {
    let mut counts = vec![vec![0; 6]; 6];
    let mut near = BTreeMap::<usize, (usize, usize)>::new();
    let numbers: Vec<usize> = (0..=Answer::MOST).map(|n| answer_number(Answer::Number(n))).collect();
    for answers in said {
        for (example, answer) in tests.iter().zip(answers) {
            match (example.question.meaning, example.question.answer) {
                (Meaning::HowMany(_), Answer::Number(right)) => {
                    if let Some(said) = numbers.iter().position(|number| number == answer) {
                        counts[usize::from(right)][said] += 1;
                    }
                }
                (Meaning::IsRelated(_, relation, _), right) => {
                    let [a, b] = example.question.about[..] else { continue };
                    let objects = &example.scene.objects;
                    let (a, b) = (objects[a].bounds.centre(), objects[b].bounds.centre());
                    let across =
                        matches!(relation, emoji_world::Relation::LeftOf | emoji_world::Relation::RightOf);
                    let apart = if across { (a.0 - b.0).abs() } else { (a.1 - b.1).abs() };
                    let (good, asked) = near.entry((apart / 8.0) as usize).or_default();
                    *good += usize::from(*answer == answer_number(right));
                    *asked += 1;
                }
                _ => {}
            }
        }
    }
    run.figure("counts", &figures::counts(&counts)?)?;
    let off_by_one: usize = (0..6)
        .flat_map(|i| (0..6).map(move |j| (i, j)))
        .filter(|(i, j): &(usize, usize)| i.abs_diff(*j) == 1)
        .map(|(i, j)| counts[i][j])
        .sum();
    let wrong: usize = (0..6)
        .flat_map(|i| (0..6).map(move |j| (i, j)))
        .filter(|(i, j)| i != j)
        .map(|(i, j)| counts[i][j])
        .sum();
    let part = 100.0 * off_by_one as f64 / wrong.max(1) as f64;
    run.value("off_by_one", Value::within(part, 5.0).unit("%").digits(0))?;
    let bars: Vec<(String, f64)> = near
        .iter()
        .filter(|(_, (_, asked))| *asked >= 10)
        .map(|(bin, (good, asked))| {
            // What is nearer is not asked about.
            let from = (8 * bin).max((CLEARLY * SIDE as f32) as usize);
            (format!("{from} to {} pixels apart", 8 * (bin + 1)), 100.0 * *good as f64 / *asked as f64)
        })
        .collect();
    let caption = "*Is the dog left of the cat?* Right answers by how far the two lie apart in the direction that is asked for.";
    let what = "Shares of right answers to questions for left, right, above and below, by distance";
    Ok(run.figure("relations", &figures::bars("relations", &bars, caption, what)?)?)
}

/// What the words alone tell where answers are unbalanced, and what that does to a network: with the first seed.
fn prior(run: &mut Run, all: &All, tests: &[Example], count: u64) -> Result<(), Error> {
    let skewed = draw(Drawn { skew: SKEW, ..Drawn::TEST }, count)?;
    run.value("skew", Value::exact(f64::from((100.0 * SKEW).round())).unit("%"))?;
    let first = &all.networks[..1];
    let mut rows = vec![
        ["right, %", "unbalanced test", "balanced test", "another's picture"].map(str::to_owned).to_vec(),
    ];
    for (name, title, job) in [
        ("balanced_question", "balanced, question alone", Job::Compared(Head::QuestionOnly)),
        ("skewed_question", "unbalanced, question alone", Job::SkewedQuestion),
        ("balanced_glimpses", "balanced, glimpses", Job::Compared(Head::Glimpses)),
        ("skewed_glimpses", "unbalanced, glimpses", Job::Skewed),
        ("paired_glimpses", "the same, with complements", Job::SkewedWithComplements),
        ("cured_glimpses", "the same, prior taken off", Job::SkewedWithPrior),
    ] {
        let own = measured(first, job, &skewed, Shown::Own)?;
        let balanced = measured(first, job, tests, Shown::Own)?;
        let swapped = measured(first, job, &skewed, Shown::Swapped)?;
        let columns = [overall(&own), overall(&balanced), overall(&swapped)];
        let cells = columns.iter().map(|shares| format!("{:.1}", 100.0 * record::mean(shares)));
        rows.push(std::iter::once(title.to_owned()).chain(cells).collect());
        if name != "balanced_question" && name != "balanced_glimpses" {
            run.value(&format!("{name}_own"), share(&columns[0], 6.0))?;
        }
        if name != "balanced_question" {
            run.value(&format!("{name}_balanced"), share(&columns[1], 6.0))?;
        }
        if ["skewed_glimpses", "paired_glimpses", "cured_glimpses"].contains(&name) {
            run.value(&format!("{name}_swapped"), share(&columns[2], 8.0))?;
        }
    }
    Ok(run.output("prior_table", &lab::table::right(&rows), false)?)
}

/// Two streams that learn together from nothing.
fn streams(run: &mut Run, all: &All, settings: &Settings) -> Result<(), Error> {
    let steps = settings.together_steps();
    run.value("streams_steps", Value::exact(steps as f64))?;
    run.value("streams_questions", Value::exact(trained::ASKED as f64))?;
    run.value("streams_seconds", Value::machine(all.course_seconds).unit("s"))?;
    let together = &all.courses[0];
    run.figure("streams_accuracy", &figures::streams_accuracy(together, steps)?)?;
    run.figure("streams_gradients", &figures::streams_gradients(together)?)?;
    let percent = |shares: &[f64], at: usize| 100.0 * shares.get(at).copied().unwrap_or_default();
    for (name, course) in ["together", "slowed"].iter().zip(&all.courses) {
        let last = course.own.len().saturating_sub(1);
        run.value(
            &format!("{name}_own"),
            Value::within(percent(&course.own, last), 6.0).unit("%").digits(1),
        )?;
        run.value(
            &format!("{name}_swapped"),
            Value::within(percent(&course.swapped, last), 6.0).unit("%").digits(1),
        )?;
    }
    let first = |shares: &[f64]| Value::within(percent(shares, 0), 8.0).unit("%").digits(1);
    run.value("together_first_own", first(&together.own))?;
    run.value("together_first_swapped", first(&together.swapped))?;
    let slowed = PACES[1].1.question;
    Ok(run.value("slowed_by", Value::exact(slowed).digits(1))?)
}

/// Answers to look at, and where two of them come from.
fn pictures(run: &mut Run, all: &All, tests: &[Example], said: &[usize]) -> Result<(), Error> {
    let names = answer_names();
    let mut network = trained::best_of(&all.networks[0][&Job::Best])?;
    let later: Vec<Example> = tests[tests.len() / 2..].to_vec();
    let shown = one_of_each(&later);
    let probabilities =
        network.probabilities(&Batch::of(&shown.iter().map(|one| (*one).clone()).collect::<Vec<_>>()));
    let cards: Vec<_> = shown
        .iter()
        .zip(probabilities.chunks_exact(ANSWERS))
        .map(|(one, p)| {
            let best = lab::largest(p);
            let right = answer_number(one.question.answer) == best;
            let mark = if right { "right".to_owned() } else { format!("not {}", one.question.answer) };
            (
                one.scene.render(),
                one.question.text.clone(),
                format!("{} {:.2} ({mark})", names[best], p[best]),
            )
        })
        .collect();
    let caption =
        "What the best network (seed 1) answers to a new question of each type, and with which probability.";
    run.figure("answers", &figures::questions("answers", &cards, caption)?)?;
    let wanted = |wants: &dyn Fn(&Meaning) -> bool, right: bool| {
        let fits = |(one, said): &(&Example, &usize)| {
            wants(&one.question.meaning)
                && one.scene.objects.len() >= 3
                && (answer_number(one.question.answer) == **said) == right
        };
        // A quick run may have no right answer: then any will do.
        let any = |(one, _): &(&Example, &usize)| right && wants(&one.question.meaning);
        tests.iter().zip(said).find(fits).or_else(|| tests.iter().zip(said).find(any))
    };
    let counting = |meaning: &Meaning| matches!(meaning, Meaning::HowMany(_));
    let placing = |meaning: &Meaning| matches!(meaning, Meaning::WhatIsRelated(..));
    for (name, found) in [
        ("looks_count", wanted(&counting, true)),
        ("looks_place", wanted(&placing, true)),
        ("looks_wrong", wanted(&counting, false)),
    ] {
        let Some((example, answer)) = found else { continue };
        let weights = looks(&mut network, example);
        let verdict = if answer_number(example.question.answer) == *answer {
            format!("{}, which is right", names[*answer])
        } else {
            format!("{}, where {} would be right", names[*answer], example.question.answer)
        };
        let figure = figures::looks(name, &example.scene, &example.question.text, &verdict, &weights)?;
        run.figure(name, &figure)?;
    }
    Ok(())
}

/// Where the looks of both rounds go for an example: looks × locations numbers a round.
pub fn looks(network: &mut Network<Glimpses>, example: &Example) -> [Vec<f32>; 2] {
    let pixels = example.scene.render().pixels;
    let maps = network.look(&pixels);
    let batch = Batch::about(std::iter::once(example), Pictures::Maps(maps.clone()), vec![0]);
    looks_of(network, maps, &batch)
}

/// Where the looks of both rounds go for one question about one map.
pub fn looks_of(network: &Network<Glimpses>, map: Vec<f32>, batch: &Batch) -> [Vec<f32>; 2] {
    let device = network.image.device();
    let of = device.tensor_from_vec(batch.of.clone(), (batch.count(),));
    let question = network.read::<NoneTape>(batch);
    network.fusion.look(on(&device, map), &of, question).1.map(|weights| weights.as_vec())
}
