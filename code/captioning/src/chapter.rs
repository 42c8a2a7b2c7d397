//! The chapter's run, in the order of its pages: scenes, models, measures, figures, record.

use crate::beam_search::{Caption, beam};
use crate::captioner::Captioner;
use crate::captions::{self, Test};
use crate::evaluate::{self, BEAM, Evaluation, Gaze, Judged, judge};
use crate::hard_attention::{self, Looks};
use crate::image_to_sentence::ImageToSentence;
use crate::network::Network;
use crate::same_caption::{self, Collapsed};
use crate::show_attend_tell::ShowAttendTell;
use crate::train::Settings;
use crate::trained::{self, All};
use crate::vocabulary::Vocabulary;
use crate::{ATTENTION, CHANNELS, Error, HIDDEN, LOCATIONS, WORDS, figures, mistakes, report, two_numbers};
use emoji_world::SceneConfig;
use emoji_world::split::Part;
use lab::{Options, Run, Trained};
use record::Value;
use std::fmt::Write;
use std::path::PathBuf;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// Steps of a quick run.
pub const QUICK_STEPS: usize = 30;

/// The models by the names that values begin with.
const PLAIN: &str = "plain";
const ATTEND: &str = "attention";

/// A model by the name that tables have.
fn title(model: &str) -> &str {
    if model == PLAIN { "one vector" } else { model }
}

/// The parts of the test by the names that values end with, and how many scenes of each are captioned.
const PARTS: [(&str, Part, usize); 3] =
    [("test", Part::Test, 600), ("pairs", Part::HeldOutPair, 400), ("colours", Part::HeldOutColour, 400)];

/// The same by the names that tables have.
const TITLES: [&str; 3] = ["new scenes", "held-out pairs", "held-out colours"];

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If training diverges, or the record or a checkpoint cannot be read or written.
pub fn run(options: &Options, settings: &Settings) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let tests = parts(options)?;
    let all = trained::all(options, settings, &tests[0])?;
    let mut plain = networks::<ImageToSentence<WORDS>>(&all.plain)?;
    let mut attend = networks::<ShowAttendTell<WORDS>>(&all.attend)?;
    sizes(&mut run, settings, &tests, plain[0].parameters(), attend[0].parameters())?;
    run.figure("lstm_cell", &figures::lstm_cell()?)?;
    let inputs = [1.0, 0.0, 0.0];
    let states = two_numbers::read(&two_numbers::made(&lab::device(settings.seed)), &inputs);
    run.output("two_numbers", &two_numbers::table(&inputs, &states), true)?;
    run.figure("flow", &figures::flow()?)?;
    eyes(&mut run, &all.eyes)?;
    training(&mut run, &all)?;

    let plain_captions = captioned(&mut plain, &tests)?;
    let attend_captions = captioned(&mut attend, &tests)?;
    measures(&mut run, &tests[0], &plain_captions, &attend_captions)?;
    development(&mut run, options, &mut attend)?;
    gaze(&mut run, &attend_captions)?;
    pictures(&mut run, &tests[0], &plain_captions, &attend_captions, &mut attend[0])?;
    noise(&mut run, &tests[0], &attend_captions, &mut attend[0])?;
    blind(&mut run, &all.blind, tests[0].len())?;

    run.cost()?;
    let record = run.finish()?;
    trained::keep(options, settings, &all)?;
    Ok(record)
}

/// The scenes of the test, part by part.
fn parts(options: &Options) -> Result<Vec<Vec<Test>>, Error> {
    let split = captions::split();
    let count = |full: usize| if options.quick { 16 } else { full };
    PARTS.iter().map(|(_, part, full)| captions::tests(&split, *part, count(*full))).collect()
}

fn networks<M: Captioner>(trained: &[Trained]) -> Result<Vec<Network<M>>, Error> {
    trained.iter().map(trained::network_of).collect()
}

/// How well the eyes name single things before a decoder learns behind them.
fn eyes(run: &mut Run, eyes: &[Trained]) -> Result<(), Error> {
    let mut table = format!("{:28} {:>8} {:>8} {:>11}\n", "named rightly", "kind", "colour", "background");
    for (name, title, shapes, part) in [
        ("test", "new pictures", SceneConfig::default().shapes, Part::Test),
        ("shapes", "new shapes", 1.0, Part::Test),
        ("colours", "shapes in held-out colours", 1.0, Part::HeldOutColour),
    ] {
        let mut shares: [Vec<f64>; 3] = Default::default();
        for eye in eyes {
            let found = trained::accuracy(&mut trained::eye_of(eye)?, shapes, part)?;
            shares.iter_mut().zip(found).for_each(|(all, share)| all.push(100.0 * share));
        }
        for (what, all) in ["kind", "colour", "background"].iter().zip(&shares) {
            if (name, *what) == ("test", "colour") || name != "test" && *what == "background" {
                continue; // no page speaks of it
            }
            run.value(&format!("eye_{name}_{what}"), Value::over_seeds(all, 6.0).unit("%").digits(1))?;
        }
        let [kind, colour, background] = shares.map(|all| record::mean(&all));
        let _ = writeln!(table, "{title:28} {kind:>6.1} % {colour:>6.1} % {background:>9.1} %");
    }
    Ok(run.output("eyes", &table, false)?)
}

fn sizes(
    run: &mut Run,
    settings: &Settings,
    tests: &[Vec<Test>],
    plain: usize,
    attend: usize,
) -> Result<(), Error> {
    let split = captions::split();
    run.data("scenes", "drawn anew for every step");
    for (name, number) in [
        ("eye_steps", settings.eye_steps),
        ("steps", settings.steps),
        ("plain_steps", settings.plain_steps),
        ("batch", settings.batch),
        ("words", WORDS - 4),
        ("locations", LOCATIONS),
        ("channels", CHANNELS),
        ("query_numbers", ATTENTION),
        ("state_numbers", HIDDEN),
        ("plain_parameters", plain),
        ("attention_parameters", attend),
        ("held_out_pairs", split.held_out_pairs().len()),
        ("held_out_colours", split.held_out_colours().len()),
    ] {
        run.value(name, Value::exact(number as f64))?;
    }
    for ((name, ..), tests) in PARTS.iter().zip(tests) {
        run.value(&format!("scenes_{name}"), Value::exact(tests.len() as f64))?;
    }
    let mut told = String::new();
    for test in tests[0].iter().filter(|test| test.scene.objects.len() == 2).take(1) {
        for reference in &test.references {
            let _ = writeln!(told, "{reference}");
        }
    }
    Ok(run.output("references", &told, true)?)
}

fn training(run: &mut Run, all: &All) -> Result<(), Error> {
    for (name, all) in [("eye", &all.eyes), (PLAIN, &all.plain), (ATTEND, &all.attend)] {
        let first: Vec<f64> = all.iter().filter_map(|trained| trained.losses.first().copied()).collect();
        let last: Vec<f64> = all.iter().filter_map(|trained| trained.losses.last().copied()).collect();
        let seconds: Vec<f64> = all.iter().map(|trained| trained.seconds).collect();
        run.value(&format!("{name}_loss_first"), Value::over_seeds(&first, 0.3).digits(2))?;
        run.value(&format!("{name}_loss_last"), Value::over_seeds(&last, 0.1).digits(3))?;
        run.value(&format!("{name}_seconds"), Value::machine(record::mean(&seconds)).unit("s"))?;
    }
    let line = |name: &'static str, trained: &Trained| (name, trained.losses.clone(), trained.seconds);
    let lines = [line("one vector", &all.plain[0]), line("attention", &all.attend[0])];
    Ok(run.figure("training", &figures::training(&lines)?)?)
}

/// What the models of all seeds wrote: seed × part × greedy and beam.
type Written = Vec<Vec<[(Vec<Caption>, Evaluation); 2]>>;

fn captioned<M: Captioner>(models: &mut [Network<M>], tests: &[Vec<Test>]) -> Result<Written, Error> {
    let vocabulary = Vocabulary::of_scenes();
    let mut written = Vec::new();
    for network in models {
        let mut of_parts = Vec::new();
        for tests in tests {
            let pixels = evaluate::pixels(tests, false);
            let mut write = |width| -> Result<(Vec<Caption>, Evaluation), Error> {
                let found = beam(network, &pixels, width);
                let captions: Vec<Caption> = found.into_iter().map(|found| found.caption).collect();
                let evaluation = evaluate::measure(&captions, tests, &vocabulary)?;
                Ok((captions, evaluation))
            };
            of_parts.push([write(1)?, write(BEAM)?]);
        }
        written.push(of_parts);
    }
    Ok(written)
}

fn of_seeds(written: &Written, part: usize, way: usize) -> Vec<Evaluation> {
    written.iter().map(|seed| seed[part][way].1.clone()).collect()
}

/// What of a model's evaluation stands in the record by name, and so on a page; the table has the rest.
fn recorded(model: &str, way: &str, part: &str) -> &'static [&'static str] {
    match (model, way, part) {
        (_, "greedy", "test") => &["objects", "several", "relation", "correct", "bleu4", "rouge_l", "cider"],
        (ATTEND, "beam", "test") => &["correct", "bleu4", "cider"],
        (_, "greedy", "pairs") => &["several", "relation"],
        (_, "greedy", "colours") => &["objects"],
        _ => &[],
    }
}

fn measures(run: &mut Run, tests: &[Test], plain: &Written, attend: &Written) -> Result<(), Error> {
    let mut rows = Vec::new();
    for (part, (part_name, ..)) in PARTS.iter().enumerate() {
        for (model, written) in [(PLAIN, plain), (ATTEND, attend)] {
            for (way, way_name) in ["greedy", "beam"].into_iter().enumerate() {
                let all = of_seeds(written, part, way);
                for name in recorded(model, way_name, part_name) {
                    let over = |of: fn(&Evaluation) -> f64| -> Vec<f64> { all.iter().map(of).collect() };
                    let share = |of| Value::over_seeds(&over(of), 4.0).unit("%").digits(1);
                    let value = match *name {
                        "objects" => share(|e| 100.0 * e.objects),
                        "several" => share(|e| 100.0 * e.several),
                        "relation" => share(|e| 100.0 * e.relation),
                        "correct" => share(|e| 100.0 * e.correct),
                        "bleu4" => Value::over_seeds(&over(|e| e.scores.bleu[3]), 0.04).digits(3),
                        "rouge_l" => Value::over_seeds(&over(|e| e.scores.rouge_l), 0.03).digits(3),
                        _ => Value::over_seeds(&over(|e| e.scores.cider), 0.3).digits(2),
                    };
                    run.value(&format!("{model}_{way_name}_{part_name}_{name}"), value)?;
                }
                rows.push((format!("{}, {}, {way_name}", TITLES[part], title(model)), all));
            }
        }
    }
    for (name, of) in [("objects", (|e| e.objects) as fn(&Evaluation) -> f64), ("relation", |e| e.relation)] {
        let shares: Vec<f64> = of_seeds(attend, 0, 0).iter().map(|e| 100.0 * of(e)).collect();
        let spread = record::standard_deviation(&shares);
        run.value(&format!("{ATTEND}_greedy_test_{name}_spread"), Value::within(spread, 4.0).digits(1))?;
    }
    right_captions(run, tests, attend)?;
    Ok(run.output("metrics", &report::metrics_table(&rows), false)?)
}

/// What BLEU-4 makes of the greedy captions that are right in all they say.
fn right_captions(run: &mut Run, tests: &[Test], attend: &Written) -> Result<(), Error> {
    let vocabulary = Vocabulary::of_scenes();
    let mut scores = Vec::new();
    for seed in attend {
        let pairs = seed[0][0].0.iter().zip(tests);
        let right =
            pairs.filter(|(caption, test)| judge(&vocabulary.sentence(&caption.words), &test.scene).correct);
        let (captions, tests): (Vec<Caption>, Vec<Test>) = right.map(|(c, t)| (c.clone(), t.clone())).unzip();
        if tests.is_empty() {
            return Ok(()); // a quick run may have no right caption
        }
        scores.push(evaluate::measure(&captions, &tests, &vocabulary)?.scores.bleu[3]);
    }
    let value = Value::over_seeds(&scores, 0.04).digits(3);
    Ok(run.value(&format!("{ATTEND}_greedy_right_bleu4"), value)?)
}

/// How often the greedy captions of the scenes are right that nobody looked at while the settings were tried out: if
/// the settings suited the test by chance, it would be less often than there.
fn development(
    run: &mut Run,
    options: &Options,
    attend: &mut [Network<ShowAttendTell<WORDS>>],
) -> Result<(), Error> {
    let (_, _, count) = PARTS[0];
    let tests =
        captions::tests(&captions::split(), Part::Development, if options.quick { 16 } else { count })?;
    let share = |network| Ok(100.0 * evaluate::evaluate(network, &tests, 1, false)?.correct);
    let shares: Vec<f64> = attend.iter_mut().map(share).collect::<Result<_, Error>>()?;
    let value = Value::over_seeds(&shares, 6.0).unit("%").digits(1);
    Ok(run.value(&format!("{ATTEND}_greedy_development_correct"), value)?)
}

fn gaze(run: &mut Run, attend: &Written) -> Result<(), Error> {
    let mut bars = Vec::new();
    for (part, (name, ..)) in PARTS.iter().enumerate() {
        let gazes: Vec<Gaze> = of_seeds(attend, part, 0).iter().filter_map(|e| e.gaze).collect();
        let (inside, uniform): (Vec<f64>, Vec<f64>) = gazes.iter().map(|g| (g.inside, g.uniform)).unzip();
        if gazes.is_empty() {
            continue; // a quick run's captions may name nothing that is there
        }
        run.value(&format!("gaze_{name}"), Value::over_seeds(&inside, 0.08).digits(2))?;
        run.value(&format!("gaze_{name}_uniform"), Value::over_seeds(&uniform, 0.02).digits(2))?;
        let nouns = gazes.iter().map(|gaze| gaze.nouns).sum();
        let title = TITLES[part];
        let mean = Gaze { inside: record::mean(&inside), uniform: record::mean(&uniform), nouns };
        bars.push((title.to_owned(), mean));
    }
    Ok(run.figure("gaze", &figures::gaze(&bars)?)?)
}

/// Samples, overlays of a right and a wrong caption, the film, the tree, and the mistakes.
fn pictures(
    run: &mut Run,
    tests: &[Test],
    plain: &Written,
    attend: &Written,
    model: &mut Network<ShowAttendTell<WORDS>>,
) -> Result<(), Error> {
    let vocabulary = Vocabulary::of_scenes();
    let judged_of = |captions: &[Caption]| -> Vec<Judged> {
        let pairs = captions.iter().zip(tests);
        pairs.map(|(caption, test)| judge(&vocabulary.sentence(&caption.words), &test.scene)).collect()
    };
    let captions = &attend[0][0][0].0;
    let (judged, plain_judged) = (judged_of(captions), judged_of(&plain[0][0][0].0));
    let shown = tests.len().min(8);
    run.figure("samples", &figures::samples(&tests[..shown], &judged[..shown])?)?;

    let of_several = |i: &usize| tests[*i].scene.objects.len() >= 2 && !captions[*i].words.is_empty();
    let right = (0..tests.len()).filter(of_several).find(|&i| judged[i].correct && judged[i].relation);
    let wrong: Vec<usize> =
        (0..tests.len()).filter(of_several).filter(|&i| !judged[i].correct).take(2).collect();
    // A quick run has no right caption: then any will do.
    let right = right.or_else(|| (0..tests.len()).find(of_several)).unwrap_or(0);
    let overlay =
        |name: &str, i: usize| figures::attention(name, &tests[i], &captions[i], &judged[i], &vocabulary);
    run.figure("attention_right", &overlay("attention_right", right)?)?;
    run.figure("film", &figures::film(&tests[right], &captions[right], &judged[right], &vocabulary)?)?;
    for (n, &i) in wrong.iter().enumerate() {
        let name = format!("attention_wrong_{}", n + 1);
        run.figure(&name, &overlay(&name, i)?)?;
    }
    let found = beam(model, &tests[right].scene.render().pixels, BEAM);
    if let Some(found) = found.first() {
        run.figure("beam_tree", &figures::beam_tree(found, &vocabulary, BEAM)?)?;
    }

    let counts = [
        ("one vector", mistakes::counts(&plain_judged, tests)),
        ("attention", mistakes::counts(&judged, tests)),
    ];
    run.output("mistakes", &report::mistakes_table(&counts, tests.len()), false)?;
    for (name, judged) in [(PLAIN, &plain_judged), (ATTEND, &judged)] {
        let alike = mistakes::relations_of_the_same(judged, tests);
        run.value(&format!("{name}_relations_of_the_same"), Value::within(alike as f64, 30.0).digits(0))?;
    }
    let mut list = String::new();
    for i in (0..tests.len()).filter(|&i| !judged[i].correct).take(6) {
        let what = mistakes::Mistake::of(&judged[i], &tests[i].scene).map_or("", mistakes::Mistake::name);
        let _ = writeln!(list, "{what:26} written:   {}", judged[i].sentence);
        let _ = writeln!(list, "{:26} reference: {}", "", tests[i].references[0]);
    }
    Ok(run.output("wrong", if list.is_empty() { "none" } else { &list }, false)?)
}

/// How noisy the gradient of hard attention is, at the nouns of captions.
fn noise(
    run: &mut Run,
    tests: &[Test],
    attend: &Written,
    model: &mut Network<ShowAttendTell<WORDS>>,
) -> Result<(), Error> {
    const MEASURED: usize = 60;
    let vocabulary = Vocabulary::of_scenes();
    let captions = &attend[0][0][0].0;
    let (mut bare, mut with_baseline) = (Vec::new(), Vec::new());
    let mut signal = Vec::new();
    for (caption, test) in captions.iter().zip(tests).take(MEASURED) {
        let judged = judge(&vocabulary.sentence(&caption.words), &test.scene);
        let Some(step) = judged.said.iter().flat_map(|said| &said.mentions).map(|m| m.noun).next() else {
            continue;
        };
        let (alpha, rewards) =
            model.decoder.rewards(model.encoder.see(&test.scene.render().pixels), &caption.words, step);
        let mean = hard_attention::expected(&alpha, &rewards);
        bare.push(hard_attention::spread(&alpha, &rewards, 0.0).variance);
        with_baseline.push(hard_attention::spread(&alpha, &rewards, mean).variance);
        signal.push(hard_attention::spread(&alpha, &rewards, mean).signal);
    }
    if bare.is_empty() {
        return Ok(()); // a quick run's captions may have no noun
    }
    let rows = [
        ("true gradient, squared".to_owned(), record::mean(&signal)),
        ("variance, no baseline".to_owned(), record::mean(&bare)),
        ("variance, baseline J".to_owned(), record::mean(&with_baseline)),
    ];
    for (name, (_, value)) in ["hard_signal", "hard_variance", "hard_variance_baseline"].iter().zip(&rows) {
        run.value(name, Value::within(*value, 0.5 * value.abs() + 0.1).digits(3))?;
    }
    let draws = rows[2].1 / rows[0].1.max(1e-12);
    run.value("hard_draws", Value::within(draws, 0.5 * draws + 1.0).digits(0))?;
    let caption = format!(
        "REINFORCE's estimate of the gradient from one drawn location, at the first noun of {} captions: how long the \
         true gradient is, squared, and how far one estimate lies from it, squared, on average.",
        bare.len()
    );
    Ok(run.figure("gradient_noise", &figures::gradient_noise(&rows, "", &caption)?)?)
}

fn blind(run: &mut Run, collapsed: &Collapsed, pictures: usize) -> Result<(), Error> {
    let evaluation = &collapsed.evaluation;
    run.value("blind_sentences", Value::within(collapsed.sentences.len() as f64, 0.5))?;
    run.value("blind_objects", Value::within(100.0 * evaluation.objects, 2.0).unit("%").digits(1))?;
    run.value("blind_bleu1", Value::within(evaluation.scores.bleu[0], 0.15).digits(2))?;
    run.value("blind_bleu4", Value::within(evaluation.scores.bleu[3], 0.15).digits(2))?;
    run.value("blind_cider", Value::within(evaluation.scores.cider, 0.3).digits(2))?;
    run.value("blind_loss_first", Value::within(collapsed.losses.0, 0.5).digits(2))?;
    run.value("blind_loss_last", Value::within(collapsed.losses.1, 0.3).digits(2))?;
    Ok(run.output("same_caption", &said_blindly(collapsed, pictures), false)?)
}

fn said_blindly(collapsed: &Collapsed, pictures: usize) -> String {
    let evaluation = &collapsed.evaluation;
    format!(
        "Trained on grey pictures. The loss fell from {:.2} to {:.2} nats a word, and BLEU-1 is {:.2}.\n\
         Different captions of {pictures} pictures: {}\n  {}\nObjects exactly right: {:.1} %\n\
         A decoder that ignores the picture is a language model: count the different captions, and look at \
         more than the loss.\n",
        collapsed.losses.0,
        collapsed.losses.1,
        evaluation.scores.bleu[0],
        collapsed.sentences.len(),
        collapsed.sentences.first().map(String::as_str).unwrap_or_default(),
        100.0 * evaluation.objects
    )
}

/// Trains a model that says the same of every picture, and tells what gives it away.
///
/// # Errors
///
/// If training diverges.
pub fn same_caption(options: &Options, settings: &Settings) -> Result<String, Error> {
    let tests = parts(options)?;
    let collapsed = same_caption::collapse(settings, same_caption::steps(options), &tests[0])?;
    Ok(said_blindly(&collapsed, tests[0].len()))
}
