//! The chapter's run, in the order of its pages: small games, data, the game, measures, figures, record.

use crate::ablation::{NO_SEEKING, NO_SENTENCES, SHORTER, USUAL, WHOLE_NO_WRONG};
use crate::batch::{Scenes, Source};
use crate::discriminator::Discriminator;
use crate::evaluate::{Amount, Evaluation, NOISE_SEED, OfSentence, Shares, frechet_floor, measure, of_real};
use crate::figures::{self, Row};
use crate::generator::Generator;
use crate::judge::{Judge, TEST, compare, in_words};
use crate::nearest::{distance, nearest};
use crate::noise::{noise, normal};
use crate::pairs::{HELD_OUT, Part, combinations, is_held_out, pairs, phrase, pictures_of, pixels};
use crate::players::Players;
use crate::sentence_encoder::as_loud;
use crate::train::Settings;
use crate::trained::{self, All, FILM, FinishedGame, GAME};
use crate::two_numbers::{self, Rules};
use crate::words::Said;
use crate::{Error, NOISE, PICTURE, SENTENCE, WORDS, one_dimension, overlaps, report};
use dfdx::prelude::*;
use lab::{Options, Run};
use record::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// Steps of a quick run.
pub const QUICK_STEPS: usize = 40;

/// When the game in one dimension is looked at.
const MOMENTS: [usize; 6] = [0, 100, 200, 400, 1000, 2000];

/// Rounds of the game of two numbers, and how far its players go in one.
const ROUNDS: usize = 200;
const RATE: f64 = 0.2;

/// The pairs of a game that are shown.
const SHOWN: std::ops::Range<u64> = 47..55;

/// Sentences whose vectors are compared.
const SENTENCES: [&str; 6] = [
    "a red heart",
    "a red circle",
    "a blue heart",
    "a tree",
    "a large tree",
    "a red heart on a blue background",
];

/// Words whose vectors are measured.
const LENGTHS: [&str; 7] = ["a", "there", "red", "blue", "heart", "tree", "large"];

/// Two sentences with the same words in another order.
const ORDERS: [&str; 2] = ["a blue heart on a green background", "a green heart on a blue background"];

/// Pictures of training among which the nearest is looked for.
const MEMORY: u64 = 20_000;

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If training diverges, or the record or a checkpoint cannot be read or written.
pub fn run(options: &Options, settings: &Settings) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    let all = trained::all(options, settings)?;
    small_games(&mut run, options, settings)?;
    data(&mut run, settings)?;
    networks(&mut run, settings)?;

    let amount = if options.quick { Amount { each: 4, whole: 80 } } else { Amount { each: 32, whole: 2000 } };
    let mut judge = all.judge.clone();
    judged(&mut run, &mut judge, &all, options.quick)?;
    let (averaged, last) = game(&mut run, &all, &mut judge, amount, settings.steps)?;
    let mut players = all.games[0].players()?;
    pictures(&mut run, &all, &mut players, &averaged[0], &mut judge)?;
    film(&mut run, &all.games[0], &mut judge, settings.steps)?;
    opinions(&mut run, &players)?;
    let cosines = report::cosines(&SENTENCES, &players.encoder.encode(SENTENCES)?);
    let lengths = report::lengths(&players.encoder, &LENGTHS)?;
    run.output("cosines", &format!("{cosines}\n{lengths}"), false)?;
    between(&mut run, &mut players, &mut judge)?;
    memory(&mut run, &mut players, settings, options.quick)?;
    ablations(&mut run, &all, &mut judge, amount, [&averaged, &last])?;
    collapse(&mut run, &all)?;
    run.output("results", &report::results(&[("average", &averaged), ("last step", &last)]), false)?;

    run.cost()?;
    let record = run.finish()?;
    trained::keep(options, settings, &all)?;
    Ok(record)
}

/// The games that can be followed by hand and by eye.
fn small_games(run: &mut Run, options: &Options, settings: &Settings) -> Result<(), Error> {
    let penalty = Rules { penalty: 0.5, leak: false };
    let by_hand = format!(
        "{}\nwith a penalty, after 40 rounds: {:.4} from the middle",
        two_numbers::table(&two_numbers::play(Rules::default(), 0.5, 6)),
        two_numbers::play(penalty, 0.5, 40)[40].distance()
    );
    run.output("two_numbers", &by_hand, true)?;
    let free = two_numbers::play(Rules::default(), RATE, ROUNDS);
    let held = two_numbers::play(penalty, RATE, ROUNDS);
    let leaky = two_numbers::play(Rules { penalty: 0.0, leak: true }, RATE, ROUNDS);
    for (name, path) in [("free", &free), ("penalty", &held), ("leak", &leaky)] {
        let end = path[ROUNDS];
        let digits = if name == "penalty" { 6 } else { 2 };
        run.value(&format!("two_{name}_distance"), Value::within(end.distance(), 1e-9).digits(digits))?;
    }
    run.value("two_leak_theta", Value::within(leaky[ROUNDS].theta, 1e-9).digits(2))?;
    run.value("two_rounds", Value::exact(ROUNDS as f64))?;
    let paths = [("as it is", free), ("with a penalty", held), ("with a leak", leaky)];
    run.figure("two_numbers", &figures::two_numbers(&paths)?)?;

    let at: Vec<usize> =
        if options.quick { MOMENTS.iter().map(|step| step / 50).collect() } else { MOMENTS.to_vec() };
    let steps = at[at.len() - 1];
    let clean = one_dimension::play(steps, &at, settings.seed, false)?;
    let leaky = one_dimension::play(steps, &at, settings.seed, true)?;
    run.output("one_dimension", &report::one_dimension(&clean, &leaky), false)?;
    run.value("one_distance_first", Value::within(clean[0].distance, 0.3).digits(2))?;
    for (name, moments) in [("clean", &clean), ("leak", &leaky)] {
        let end = &moments[moments.len() - 1];
        run.value(&format!("one_{name}_distance"), Value::within(end.distance, 0.2).digits(2))?;
        let believed = one_dimension::where_the_heaps_are(end);
        run.value(&format!("one_{name}_believed"), Value::within(believed, 0.06).digits(2))?;
    }
    run.value("one_steps", Value::exact(steps as f64))?;
    let of_real = one_dimension::distance_of_real(settings.seed);
    run.value("one_real_distance", Value::within(of_real, 1e-4).digits(2))?;
    Ok(run.figure("one_dimension", &figures::one_dimension(&clean)?)?)
}

/// What there is to learn from.
fn data(run: &mut Run, settings: &Settings) -> Result<(), Error> {
    run.data("pictures", "drawn anew for every step");
    let shown = pairs(Part::Training, settings.seed, SHOWN);
    let drawn = pixels(&shown);
    let cards: Vec<(&[f32], String)> = drawn
        .chunks_exact(PICTURE)
        .zip(&shown)
        .map(|(pixels, pair)| (pixels, pair.sentence.clone()))
        .collect();
    let said: Vec<&str> = shown.iter().map(|pair| pair.sentence.as_str()).collect();
    let alt = format!("Eight pictures of one thing each, with a sentence under each: {}.", said.join("; "));
    let caption = "Pictures of training, and what is said of them.";
    run.figure("pairs", &figures::cards("pairs", &cards, caption, &alt)?)?;
    run.output("pairs", &said[..5].join("\n"), true)?;
    let mut wrong = String::new();
    let mut rng = emoji_world::rng(settings.seed, 0);
    for (place, pair) in shown.iter().enumerate() {
        use std::fmt::Write;
        let other = crate::pairs::wrong_sentence(&shown, place, &mut rng);
        let _ = writeln!(wrong, "{:48} {other}", pair.sentence);
    }
    run.output("wrong", &format!("{:48} wrong\n{wrong}", "right"), true)?;
    let shown = combinations().iter().filter(|(kind, colour)| !is_held_out(*kind, *colour)).count();
    run.value("combinations_shown", Value::exact(shown as f64))?;
    run.value("combinations_held_out", Value::exact(HELD_OUT.len() as f64))?;
    run.value("words", Value::exact(WORDS as f64))?;
    run.output("words", &report::words(&ORDERS)?, true)?;
    let batch = Scenes { seed: settings.seed }.batch(0, settings.batch)?;
    Ok(run.output("batch", &report::batch(&batch), true)?)
}

/// How large the networks are.
fn networks(run: &mut Run, settings: &Settings) -> Result<(), Error> {
    for (name, number) in [
        ("steps", settings.steps),
        ("batch", settings.batch),
        ("noise_numbers", NOISE),
        ("sentence_numbers", SENTENCE),
        ("generator_parameters", Generator::fresh(1).num_trainable_params()),
        ("discriminator_parameters", Discriminator::fresh(1).num_trainable_params()),
        ("encoder_parameters", WORDS * SENTENCE),
    ] {
        run.value(name, Value::exact(number as f64))?;
    }
    Ok(run.output("overlaps", &overlaps::table(), true)?)
}

/// How good the judge is.
fn judged(run: &mut Run, judge: &mut Judge, all: &All, quick: bool) -> Result<(), Error> {
    let count = if quick { 100 } else { 4000 };
    let on_all = judge.accuracy(Part::All, count);
    let names = ["kind", "colour", "size", "background", "both"];
    for (name, share) in names.iter().zip(on_all) {
        run.value(&format!("judge_{name}"), Value::within(100.0 * share, 2.0).unit("%").digits(1))?;
    }
    let each = if quick { 4 } else { 64 };
    let real = of_real(judge, each)?;
    let share = |wanted: &dyn Fn(&OfSentence) -> bool| {
        let found = real.iter().filter(|one| wanted(one)).map(|one| 100.0 * one.shares.both);
        Value::within(record::mean(&found.collect::<Vec<_>>()), 2.0).unit("%").digits(1)
    };
    run.value("real_seen_both", share(&|one| !one.held_out))?;
    run.value("real_held_out_both", share(&|one| one.held_out))?;
    run.value("real_white_both", share(&|one| one.sentence.contains("white")))?;
    let held_out = judge.accuracy(Part::HeldOut, count)[4];
    run.value("judge_held_out", Value::within(100.0 * held_out, 2.0).unit("%").digits(1))?;
    run.value("judge_seconds", Value::machine(all.judge_seconds).unit("s"))?;
    let floor = frechet_floor(judge, count / 2);
    Ok(run.value("frechet_floor", Value::within(floor, 0.1).digits(2))?)
}

/// The whole games: values over the seeds.
fn game(
    run: &mut Run,
    all: &All,
    judge: &mut Judge,
    amount: Amount,
    steps: usize,
) -> Result<(Vec<Evaluation>, Vec<Evaluation>), Error> {
    let (mut averaged, mut last) = (Vec::new(), Vec::new());
    for trained in &all.games {
        let mut players = trained.players()?;
        averaged.push(measure(&mut players.generator, &players.encoder, judge, amount)?);
        last.push(measure(&mut players.last, &players.encoder, judge, amount)?);
    }
    shares(run, "game", &averaged)?;
    let over = |of: &dyn Fn(&Evaluation) -> f64, all: &[Evaluation]| all.iter().map(of).collect::<Vec<f64>>();
    shares(run, "last", &last)?;
    // Of what training showed, the white shapes, and all but these.
    for (name, white) in [("game_white_both", true), ("game_seen_not_white_both", false)] {
        let right = |one: &Evaluation| {
            let sentences =
                one.sentences.iter().filter(|one| !one.held_out && one.sentence.contains("white") == white);
            record::mean(&sentences.map(|one| 100.0 * one.shares.both).collect::<Vec<_>>())
        };
        run.value(name, Value::over_seeds(&over(&right, &averaged), 15.0).unit("%").digits(1))?;
    }
    let seconds: Vec<f64> = all.games.iter().map(|game| game.seconds).collect();
    run.value("game_seconds", Value::machine(record::mean(&seconds)).unit("s"))?;
    run.value("seeds", Value::machine(all.games.len() as f64))?;

    let first = &all.games[0];
    run.figure("losses", &figures::losses(&first.losses, &first.scores, steps)?)?;
    run.output("believed", &report::believed(&trained::frames(steps), &first.believed), false)?;
    Ok((averaged, last))
}

/// Shares over the seeds, under a name.
fn shares(run: &mut Run, name: &str, evaluations: &[Evaluation]) -> Result<(), Error> {
    for (part, held_out) in [("seen", false), ("held_out", true)] {
        let all: Vec<Shares> = evaluations.iter().map(|one| one.mean(held_out)).collect();
        let over = |of: fn(&Shares) -> f64| all.iter().map(of).collect::<Vec<f64>>();
        let percent = |of: fn(&Shares) -> f64, least: f64| {
            let percent: Vec<f64> = over(of).into_iter().map(|share| 100.0 * share).collect();
            Value::over_seeds(&percent, least).unit("%").digits(1)
        };
        // Few sentences are held out: their mean moves more.
        let least = if held_out { 15.0 } else { 6.0 };
        if name == "game" {
            run.value(&format!("{name}_{part}_kind"), percent(|shares| shares.kind, least))?;
            run.value(&format!("{name}_{part}_colour"), percent(|shares| shares.colour, least))?;
        }
        run.value(&format!("{name}_{part}_both"), percent(|shares| shares.both, least))?;
        let both: Vec<f64> = over(|shares| 100.0 * shares.both);
        run.value(&format!("{name}_{part}_spread"), Value::spread(&both).digits(1))?;
        if name == "game" || !held_out {
            let diversity = Value::over_seeds(&over(|shares| shares.diversity), 0.15).digits(2);
            run.value(&format!("{name}_{part}_diversity"), diversity)?;
        }
    }
    let whole: Vec<f64> = evaluations.iter().map(|one| 100.0 * one.whole).collect();
    run.value(&format!("{name}_whole"), Value::over_seeds(&whole, 8.0).unit("%").digits(1))?;
    let frechet: Vec<f64> = evaluations.iter().map(|one| one.frechet).collect();
    Ok(run.value(
        &format!("{name}_frechet"),
        Value::over_seeds(&frechet, 0.3 * record::mean(&frechet)).digits(2),
    )?)
}

/// Pictures of sentences, and of how they came about.
fn pictures(
    run: &mut Run,
    all: &All,
    players: &mut Players,
    evaluation: &Evaluation,
    judge: &mut Judge,
) -> Result<(), Error> {
    const SENTENCES: [&str; 7] = [
        "a red heart",
        "a large yellow circle",
        "a small blue square on a pink background",
        "a tree",
        "a star on a blue background",
        "an octopus",
        "a dog",
    ];
    let row = |players: &mut Players, sentence: &str| -> Result<Row, Error> {
        Ok(Row { label: sentence.to_owned(), pixels: players.paint(sentence, 8, NOISE_SEED)? })
    };
    let rows: Vec<Row> = SENTENCES.iter().map(|sentence| row(players, sentence)).collect::<Result<_, _>>()?;
    let told: Vec<String> = rows.iter().map(|row| told(judge, row)).collect::<Result<_, _>>()?;
    let alt = format!(
        "Eight painted pictures for each of seven sentences, and what the judge sees in them: {}.",
        told.join("; ")
    );
    let caption =
        "Eight pictures for each sentence, from eight vectors of noise, which are the same in every row.";
    run.figure("grid", &figures::sheet("grid", &rows, &[], caption, &alt)?)?;

    let mut told = Vec::new();
    let rows: Vec<Row> = HELD_OUT
        .iter()
        .map(|(colour, noun)| {
            let sentence = emoji_world::sentence::with_article(&format!("{} {noun}", colour.name()));
            if let Some(one) = evaluation.sentences.iter().find(|one| one.sentence == sentence) {
                told.push(format!("{sentence} {:.0} %", 100.0 * one.shares.both));
            }
            row(players, &sentence)
        })
        .collect::<Result<_, _>>()?;
    let alt = format!(
        "Eight painted pictures for each of six combinations that training never showed. Of many such pictures the judge \
         finds right: {}.",
        told.join(", ")
    );
    let caption = "Combinations of colour and shape that no picture and no sentence of training had.";
    run.figure("held_out", &figures::sheet("held_out", &rows, &[], caption, &alt)?)?;

    // The sentences that fail most.
    let mut worst: Vec<_> = evaluation.sentences.iter().filter(|one| !one.held_out).collect();
    worst.sort_by(|a, b| a.shares.both.total_cmp(&b.shares.both));
    let worst = &worst[..4];
    let rows: Vec<Row> = worst
        .iter()
        .map(|one| {
            let label = format!("{}: {:.0}\u{a0}%\u{a0}right", one.sentence, 100.0 * one.shares.both);
            Ok(Row { label, pixels: players.paint(&one.sentence, 8, NOISE_SEED)? })
        })
        .collect::<Result<_, Error>>()?;
    let told: Vec<String> =
        worst.iter().map(|one| format!("{} {:.0} %", one.sentence, 100.0 * one.shares.both)).collect();
    let alt = format!(
        "Eight pictures for each of the four sentences that fail most often. Of many such pictures the judge finds \
                 right: {}.",
        told.join("; ")
    );
    let caption = "The four sentences of training whose pictures the judge most often finds wrong (seed 1).";
    run.figure("worst", &figures::sheet("worst", &rows, &[], caption, &alt)?)?;

    let without = all.variants.iter().find(|(variant, _)| variant.name == NO_SENTENCES);
    if let Some((variant, games)) = without
        && let Some(game) = games.first()
    {
        let mut players = game.players()?;
        let nothing = players.encoder.nothing(24);
        let painted = players.generator.paint(&noise(24, NOISE_SEED, 0), &nothing);
        let rows: Vec<Row> = painted
            .chunks_exact(8 * PICTURE)
            .map(|pixels| Row { label: String::new(), pixels: pixels.to_vec() })
            .collect();
        let named: BTreeSet<String> = judge.name(&painted).named.iter().map(in_words).collect();
        let alt = format!(
            "24 pictures that a generator painted without any sentence after {} steps. The judge takes them for: {}.",
            variant.settings.steps,
            named.into_iter().collect::<Vec<_>>().join(", ")
        );
        let caption = "Pictures from noise alone. What is on them cannot be chosen.";
        run.figure("no_sentences", &figures::sheet("no_sentences", &rows, &[], caption, &alt)?)?;
    }
    Ok(())
}

/// What the judge sees in pictures that were painted for a sentence, in short.
fn told(judge: &mut Judge, row: &Row) -> Result<String, Error> {
    let said = Said::parse(&row.label)?;
    let named = judge.name(&row.pixels).named;
    let all_of_it = |named: &&[usize; 4]| {
        let found = compare(named, &said);
        found.both() && found.rest
    };
    let right = named.iter().filter(all_of_it).count();
    let different =
        |question: usize| named.iter().map(|named| named[question]).collect::<BTreeSet<_>>().len();
    Ok(format!(
        "{}, {right} of {} right in all that is said, sizes {}, backgrounds {}",
        row.label,
        named.len(),
        different(2),
        different(3)
    ))
}

/// What the judge sees in pictures one after the other: each answer once, and how often it came in a row.
fn in_turn(judge: &mut Judge, row: &Row) -> String {
    let named: Vec<String> = judge.name(&row.pixels).named.iter().map(in_words).collect();
    let runs = named.chunk_by(|a, b| a == b).map(|run| match run.len() {
        1 => run[0].clone(),
        times => format!("{times} times {}", run[0]),
    });
    format!("{}: {}", row.label, runs.collect::<Vec<_>>().join(", "))
}

/// The same noise and sentences in the course of a game.
fn film(run: &mut Run, game: &FinishedGame, judge: &mut Judge, steps: usize) -> Result<(), Error> {
    let frames = trained::frames(steps);
    let rows: Vec<Row> = FILM
        .iter()
        .enumerate()
        .map(|(i, sentence)| {
            let of_frame = |frame: usize| &game.film[(frame * FILM.len() + i) * PICTURE..][..PICTURE];
            let pixels = (0..frames.len()).flat_map(|frame| of_frame(frame).to_vec()).collect();
            Row { label: (*sentence).to_owned(), pixels }
        })
        .collect();
    let above: Vec<String> = frames.iter().map(usize::to_string).collect();
    let named = judge.name(&game.film).named;
    let said: Vec<Said> = FILM.iter().map(|sentence| Said::parse(sentence)).collect::<Result<_, _>>()?;
    let right: Vec<String> = named
        .chunks_exact(FILM.len())
        .zip(&above)
        .map(|(named, steps)| {
            let right = named.iter().zip(&said).filter(|(named, said)| compare(named, said).both()).count();
            format!("{right} after {steps} steps")
        })
        .collect();
    let alt = format!(
        "A strip of pictures for each of six sentences ({}). Of the six the judge finds right: {}.",
        FILM.join("; "),
        right.join(", ")
    );
    let caption = "What the averaged generator paints from the same noise, after so many steps.";
    Ok(run.figure("film", &figures::sheet("film", &rows, &above, caption, &alt)?)?)
}

/// What the discriminator has to say at the end of the game.
fn opinions(run: &mut Run, players: &Players) -> Result<(), Error> {
    const SENTENCES: [&str; 4] = ["a red heart", "a red circle", "a blue square", "a tree"];
    let mut rows = Vec::new();
    for sentence in SENTENCES {
        let said = Said::parse(sentence)?;
        rows.push((format!("real, {sentence}"), pictures_of(said.kind, said.colour, 64, TEST)));
    }
    rows.extend(report::no_pictures(64));
    Ok(run.output("opinions", &report::opinions(players, &rows, &SENTENCES)?, false)?)
}

/// From one sentence to another, and from one vector of noise to another.
fn between(run: &mut Run, players: &mut Players, judge: &mut Judge) -> Result<(), Error> {
    const STEPS: usize = 9;
    const PAIRS: [[&str; 2]; 3] =
        [["a red circle", "a blue circle"], ["a yellow heart", "a yellow square"], ["a tree", "a star"]];
    let share = |i: usize| i as f32 / (STEPS - 1) as f32;
    let mut rows = Vec::new();
    for (place, [from, to]) in PAIRS.iter().enumerate() {
        let (a, b) = (players.encoder.encode([*from])?.as_vec(), players.encoder.encode([*to])?.as_vec());
        let mixed: Vec<f32> = (0..STEPS)
            .flat_map(|i| {
                a.iter().zip(&b).map(move |(a, b)| (1.0 - share(i)) * a + share(i) * b).collect::<Vec<_>>()
            })
            .collect();
        let vectors = as_loud(players.encoder.table.device().tensor_from_vec(mixed, (STEPS, Const)));
        let same = noise(1, NOISE_SEED, 40 + place as u64).repeat(STEPS);
        let pixels = players.generator.paint(&same, &vectors);
        rows.push(Row { label: format!("{from} to {to}"), pixels });
    }
    let alt = format!(
        "Three rows of {STEPS} pictures between two sentences each. What the judge sees, from left to right: {}.",
        rows.iter().map(|row| in_turn(judge, row)).collect::<Vec<_>>().join("; ")
    );
    let caption = "Between two sentences, with the same noise.";
    run.figure("between_sentences", &figures::sheet("between_sentences", &rows, &[], caption, &alt)?)?;

    let mut rows = Vec::new();
    for sentence in ["a green heart", "a mushroom", "a purple circle"] {
        let ends = normal(2 * NOISE, NOISE_SEED, 50 + rows.len() as u64);
        let (a, b) = ends.split_at(NOISE);
        // Along the arc, so that what lies between is as long as noise usually is.
        let mixed: Vec<f32> = (0..STEPS)
            .flat_map(|i| {
                let angle = share(i) * std::f32::consts::FRAC_PI_2;
                a.iter().zip(b).map(move |(a, b)| angle.cos() * a + angle.sin() * b).collect::<Vec<_>>()
            })
            .collect();
        let vectors = players.encoder.encode([sentence; STEPS])?;
        rows.push(Row { label: sentence.to_owned(), pixels: players.generator.paint(&mixed, &vectors) });
    }
    let alt = format!(
        "Three rows of {STEPS} pictures of one sentence each. What the judge sees, from left to right: {}.",
        rows.iter().map(|row| in_turn(judge, row)).collect::<Vec<_>>().join("; ")
    );
    let caption = "Between two vectors of noise, with the same sentence.";
    Ok(run.figure("between_noise", &figures::sheet("between_noise", &rows, &[], caption, &alt)?)?)
}

/// Painted pictures beside the nearest that training showed.
fn memory(run: &mut Run, players: &mut Players, settings: &Settings, quick: bool) -> Result<(), Error> {
    let count = if quick { 200 } else { MEMORY.min((settings.steps * settings.batch) as u64) };
    let sentences = [
        "a red heart",
        "a yellow square",
        "a blue circle",
        "a purple heart",
        "a tree",
        "a star",
        "a mushroom",
        "a dog",
    ];
    let vectors = players.encoder.encode(sentences)?;
    let painted = players.generator.paint(&noise(sentences.len(), NOISE_SEED, 60), &vectors);
    let found = nearest(&painted, settings.seed, count);
    let real = pixels(&pairs(Part::Training, TEST, 0..64));
    let of_real: Vec<f64> = nearest(&real, settings.seed, count).iter().map(|near| near.distance).collect();
    let more = players.encoder.encode(std::iter::repeat_n(sentences, 8).flatten())?;
    let more = players.generator.paint(&noise(64, NOISE_SEED, 61), &more);
    let of_painted: Vec<f64> =
        nearest(&more, settings.seed, count).iter().map(|near| near.distance).collect();
    let least = |distances: &[f64]| distances.iter().copied().fold(f64::INFINITY, f64::min);
    for (name, distances) in [("painted", &of_painted), ("real", &of_real)] {
        run.value(&format!("nearest_{name}"), Value::within(record::mean(distances), 0.05).digits(3))?;
        run.value(&format!("nearest_{name}_least"), Value::within(least(distances), 0.05).digits(3))?;
    }
    run.value("nearest_among", Value::exact(count as f64))?;
    let rows = [
        Row { label: "painted".into(), pixels: painted.clone() },
        Row {
            label: "nearest of training".into(),
            pixels: found.iter().flat_map(|near| near.pixels.clone()).collect(),
        },
    ];
    let told: Vec<String> = found
        .iter()
        .zip(painted.chunks_exact(PICTURE))
        .zip(sentences)
        .map(|((near, picture), sentence)| format!("{sentence} {:.2}", distance(picture, &near.pixels)))
        .collect();
    let alt = format!(
        "Above, a painted picture for each of eight sentences; below, the nearest of {count} pictures of training. Their root mean square difference: {}.",
        told.join(", ")
    );
    let caption = "Painted pictures, and below each the picture of training that is nearest to it.";
    Ok(run.figure("nearest", &figures::sheet("nearest", &rows, &[], caption, &alt)?)?)
}

/// The games with one difference: the whole ones, then the short ones.
fn ablations(
    run: &mut Run,
    all: &All,
    judge: &mut Judge,
    amount: Amount,
    [averaged, last]: [&[Evaluation]; 2],
) -> Result<(), Error> {
    let mut rows =
        vec![(GAME, "whole game", averaged.to_vec()), ("", "whole game, no average", last.to_vec())];
    for (variant, games) in all.variants.iter().filter(|(variant, _)| variant.name != NO_SENTENCES) {
        let (mut averaged, mut last) = (Vec::new(), Vec::new());
        for game in games {
            let mut players = game.players()?;
            averaged.push(measure(&mut players.generator, &players.encoder, judge, amount)?);
            if variant.name == USUAL {
                last.push(measure(&mut players.last, &players.encoder, judge, amount)?);
            }
        }
        shares(run, variant.name, &averaged)?;
        rows.push((variant.name, variant.title, averaged));
        if !last.is_empty() {
            shares(run, "no_average", &last)?;
            rows.push(("", "short game, no average", last));
        }
    }
    let over = |evaluations: &[Evaluation], of: fn(&Evaluation) -> f64| {
        evaluations.iter().map(|one| 100.0 * of(one)).collect::<Vec<f64>>()
    };
    let mean = |wanted: &str, of| {
        let row = rows.iter().find(|(name, ..)| *name == wanted);
        record::mean(&row.map(|(.., evaluations)| over(evaluations, of)).unwrap_or_default())
    };
    // What the pairs with wrong sentences are worth, in points.
    for (name, with, without, of) in [
        ("whole_wrong_cost", GAME, WHOLE_NO_WRONG, (|one| one.mean(false).both) as fn(&Evaluation) -> f64),
        ("whole_wrong_cost_held_out", GAME, WHOLE_NO_WRONG, |one| one.mean(true).both),
        ("whole_wrong_cost_sentence", GAME, WHOLE_NO_WRONG, |one| one.whole),
    ] {
        run.value(name, Value::within(mean(with, of) - mean(without, of), 25.0).digits(1))?;
    }
    run.value("short_steps", Value::exact(short_steps(all) as f64))?;
    let table: Vec<(&str, &[Evaluation])> =
        rows.iter().map(|(_, title, evaluations)| (*title, evaluations.as_slice())).collect();
    run.output("ablation", &report::ablation(&table), false)?;
    let bars: Vec<(&str, Vec<f64>)> = table
        .iter()
        .map(|(title, evaluations)| (*title, over(evaluations, |one| one.mean(false).both)))
        .collect();
    Ok(run.figure("ablation", &figures::ablation(&bars)?)?)
}

/// Steps of the short games.
fn short_steps(all: &All) -> usize {
    let usual = all.variants.iter().find(|(variant, _)| variant.name == USUAL);
    usual.map_or(0, |(variant, _)| variant.settings.steps)
}

/// Two games, in one of which pictures of a sentence may be alike.
fn collapse(run: &mut Run, all: &All) -> Result<(), Error> {
    let game = |name: &str| {
        let found = all.variants.iter().find(|(variant, _)| variant.name == name);
        found.and_then(|(_, games)| games.first())
    };
    let (Some(usual), Some(alike)) = (game(USUAL), game(NO_SEEKING)) else { return Ok(()) };
    let mut rows = Vec::new();
    for (title, trained) in [("λ as in the chapter", usual), ("λ = 0", alike)] {
        let mut players = trained.players()?;
        for sentence in ["a red heart", "a tree"] {
            let pixels = players.paint(sentence, 8, NOISE_SEED)?;
            rows.push(Row { label: format!("{sentence}, {title}"), pixels });
        }
    }
    let diversity = |name: &str| run.number(&format!("{name}_seen_diversity")).unwrap_or_default();
    let alt = format!(
        "Eight pictures of a red heart and eight of a tree from each of two games. With the price on sameness, pictures of a sentence are {:.2} times as different as real ones; without it, {:.2} times.",
        diversity(USUAL),
        diversity(NO_SEEKING)
    );
    let caption =
        "The same eight vectors of noise in each row: above with a price on sameness, below without.";
    run.figure("collapse", &figures::sheet("collapse", &rows, &[], caption, &alt)?)?;
    let steps = short_steps(all);
    let games = [("as in the chapter", &usual.losses), ("λ = 0", &alike.losses)];
    Ok(run.figure("collapse_losses", &figures::collapse_losses(&games, steps)?)?)
}

/// What `--collapse` prints: a short game in which pictures of a sentence may be alike.
///
/// # Errors
///
/// If training diverges.
pub fn collapsed(options: &Options, settings: &Settings) -> Result<String, Error> {
    let settings = Settings { mode_seeking: 0.0, ..settings.clone() };
    let steps = if options.quick { settings.steps } else { settings.steps.div_ceil(SHORTER) };
    let settings = Settings { steps, ..settings };
    let mut players = trained::kept_players(&Options { unusual: true, ..options.clone() }, &settings)?;
    let mut text = format!("after {} steps without a price on sameness:\n", settings.steps);
    for (kind, colour) in combinations().into_iter().step_by(5) {
        use std::fmt::Write;
        let sentence = phrase(kind, colour);
        let painted = players.paint(&sentence, 16, NOISE_SEED)?;
        let real = pictures_of(kind, colour, 16, TEST);
        let (a, b) = (crate::nearest::diversity(&painted), crate::nearest::diversity(&real));
        let _ = writeln!(text, "{sentence:18} diversity {:.2} of real", a / b.max(1e-9));
    }
    Ok(text)
}
