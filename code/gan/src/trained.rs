//! What the chapter trains: one judge; for each seed a sentence encoder and a game; and games with one difference
//! each, most of them shorter.
//!
//! Games are played side by side, each on a core. What a stopped run has finished is kept, so that the next one
//! need not play it again; the players of a finished run are kept for sentences on the command line.

use crate::Error;
use crate::ablation::{self, NO_SENTENCES, Variant};
use crate::batch::Scenes;
use crate::chapter::NAME;
use crate::evaluate::{NOISE_SEED, mean_of, of_painted};
use crate::judge::{Judge, JudgeSettings};
use crate::noise::noise;
use crate::players::Players;
use crate::sentence_encoder::{self, Both, EncoderSettings, SentenceEncoder};
use crate::train::{Settings, play};
use indicatif::ProgressBar;
use lab::parameters::{self, Arrays};
use lab::{Checkpoint, Kept, Options, Shelf, Trained};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Steps whose losses are averaged for the record.
const AVERAGED: usize = 20;

/// The names under which a stopped run keeps the judge and the encoders.
const JUDGE: &str = "judge";
const ENCODER: &str = "encoder";

/// How often a game is judged while it is played.
const SCORES: usize = 20;

/// Pictures of each sentence for such a score.
const EACH: usize = 4;

/// The sentences of the film.
pub const FILM: [&str; 6] =
    ["a red heart", "a yellow square", "a blue circle", "a purple heart", "a tree", "an apple"];

/// When its frames are taken, in thousandths of the game.
const FRAMES: [usize; 8] = [3, 12, 30, 60, 125, 250, 500, 1000];

/// The steps after which frames are taken.
pub fn frames(steps: usize) -> Vec<usize> {
    let mut frames: Vec<usize> = FRAMES.iter().map(|share| (steps * share / 1000).max(1)).collect();
    frames.dedup();
    frames
}

/// A finished game.
#[derive(Clone, Debug)]
pub struct FinishedGame {
    /// Which game: `game`, or the name of a variant.
    pub name: String,
    /// Its seed.
    pub seed: u64,
    /// The mean loss of every few steps: the discriminator's and the generator's.
    pub losses: [Vec<f64>; 2],
    /// After each twentieth of the chapter's own game, the share of pictures with the right kind and colour.
    pub scores: Vec<f64>,
    /// What the discriminator believed at each of the film's frames: of real pictures with right and with wrong
    /// sentences, and of painted ones.
    pub believed: Vec<[f64; 3]>,
    /// Frames × sentences × pixels of the film.
    pub film: Vec<f32>,
    /// How long it took, with its judging.
    pub seconds: f64,
    arrays: Arrays,
}

/// The name of the whole game.
pub const GAME: &str = "game";

impl Kept for FinishedGame {
    fn checkpoint(&self) -> Checkpoint {
        let [discriminator, generator] = self.losses.clone();
        let history = [
            ("discriminator", discriminator),
            ("generator", generator),
            ("scores", self.scores.clone()),
            ("believed", self.believed.concat()),
            ("seconds", vec![self.seconds]),
        ];
        let mut arrays = self.arrays.clone();
        arrays.insert("film".into(), (vec![self.film.len()], self.film.clone()));
        Checkpoint {
            arrays,
            epoch: self.scores.len(),
            history: history.map(|(name, numbers)| (name.to_owned(), numbers)).into(),
        }
    }

    fn of(name: &str, seed: u64, mut checkpoint: Checkpoint) -> Self {
        let mut history = |name: &str| checkpoint.history.remove(name).unwrap_or_default();
        let (losses, scores) = ([history("discriminator"), history("generator")], history("scores"));
        let believed = history("believed").as_chunks().0.to_vec();
        let seconds = history("seconds").first().copied().unwrap_or_default();
        let film = checkpoint.arrays.remove("film").map(|(_, pixels)| pixels).unwrap_or_default();
        let (name, arrays) = (name.to_owned(), checkpoint.arrays);
        Self { name, seed, losses, scores, believed, film, seconds, arrays }
    }
}

impl FinishedGame {
    /// The networks.
    ///
    /// # Errors
    ///
    /// If these are the numbers of something else.
    pub fn players(&self) -> Result<Players, Error> {
        let mut players = Players::fresh(self.seed);
        players.set(&self.arrays)?;
        Ok(players)
    }
}

/// Everything that a run of the chapter trains.
#[derive(Debug)]
pub struct All {
    /// The judge.
    pub judge: Judge,
    /// How long its training took.
    pub judge_seconds: f64,
    /// The whole game, one a seed.
    pub games: Vec<FinishedGame>,
    /// The shorter games: variant × seed.
    pub variants: Vec<(Variant, Vec<FinishedGame>)>,
}

/// A game to play.
struct Job {
    name: &'static str,
    settings: Settings,
}

/// What is done side by side.
enum Work {
    Judge,
    Game(Job),
}

/// How long judge and encoder learn.
fn teaching(options: &Options) -> (JudgeSettings, EncoderSettings) {
    let (judge, encoder) = (JudgeSettings::default(), EncoderSettings::default());
    match options.quick {
        true => (JudgeSettings { steps: 60, ..judge }, EncoderSettings { steps: 60, ..encoder }),
        false => (judge, encoder),
    }
}

/// Trains everything that a run of the chapter needs, or takes it from a run that was stopped.
///
/// # Errors
///
/// If training diverges, or a checkpoint cannot be read or written.
pub fn all(options: &Options, settings: &Settings) -> Result<All, Error> {
    let seeds: Vec<u64> = options.seeds(settings.seed, 1).collect();
    let shelf = shelf(options, settings)?;
    let (of_judge, of_encoder) = teaching(options);
    let bar = lab::progress::bar("encoders", (seeds.len() * of_encoder.steps) as u64);
    let encoders = lab::side_by_side(&seeds, |&seed| {
        shelf.or_train(ENCODER, seed, (&bar, of_encoder.steps), || new_encoder(&of_encoder, seed, &bar))
    })?;
    bar.finish_and_clear();
    let encoders: BTreeMap<u64, Trained> = encoders.into_iter().map(|one| (one.seed, one)).collect();

    let variants = ablation::variants(settings);
    let work = work(settings, &variants, &seeds);
    let steps = |work: &Work| match work {
        Work::Judge => of_judge.steps as u64,
        Work::Game(job) => job.settings.steps as u64,
    };
    let bar = lab::progress::bar("games", work.iter().map(steps).sum());
    // Whoever needs the judge first trains it, and the others wait. A network on a device stays on its thread: each
    // game builds judge and encoder from the numbers.
    let judge = Mutex::new(None::<Trained>);
    let judge_trained = || -> Result<Trained, Error> {
        let mut judge = judge.lock().unwrap_or_else(PoisonError::into_inner);
        let trained = match judge.take() {
            Some(trained) => trained,
            None => shelf.or_train(JUDGE, settings.seed, (&bar, of_judge.steps), || {
                new_judge(&of_judge, settings.seed, &bar)
            })?,
        };
        Ok(judge.insert(trained).clone())
    };
    let done = lab::side_by_side(&work, |work| {
        let Work::Game(job) = work else { return judge_trained().map(|_| None) };
        let judge = if job.name == GAME { Some(judge_trained()?) } else { None };
        game(options, job, judge.as_ref(), &encoders[&job.settings.seed], &bar).map(Some)
    })?;
    bar.finish_and_clear();
    let done: Vec<FinishedGame> = done.into_iter().flatten().collect();
    for FinishedGame { name, seed, scores, seconds, .. } in &done {
        let last = scores.last().map(|last| format!("{:.1} % right, ", 100.0 * last)).unwrap_or_default();
        println!("{name:17} seed {seed}: {last}{seconds:.0} s");
    }
    let of = |name: &str| done.iter().filter(|game| game.name == name).cloned().collect();
    let variants = variants.into_iter().map(|variant| (of(variant.name), variant));
    let variants = variants.map(|(games, variant)| (variant, games)).collect();
    let judge = judge_trained()?;
    let judge_seconds = judge.seconds;
    let judge = Judge::of(&judge.arrays, settings.seed)?;
    Ok(All { judge, judge_seconds, games: of(GAME), variants })
}

/// What is to be done, the long first. The judge is ready before a game is scored by it.
fn work(settings: &Settings, variants: &[Variant], seeds: &[u64]) -> Vec<Work> {
    let of = |name: &'static str, settings: &Settings| {
        // The game without sentences is only looked at: one will do.
        let count = if name == NO_SENTENCES { 1 } else { seeds.len() };
        let job =
            |seed: &u64| Work::Game(Job { name, settings: Settings { seed: *seed, ..settings.clone() } });
        seeds[..count].iter().map(job).collect::<Vec<Work>>()
    };
    let variants_of = |whole: bool| {
        variants
            .iter()
            .filter(move |variant| (variant.settings.steps == settings.steps) == whole)
            .flat_map(|variant| of(variant.name, &variant.settings))
    };
    let games = of(GAME, settings);
    [Work::Judge].into_iter().chain(variants_of(true)).chain(games).chain(variants_of(false)).collect()
}

fn new_judge(learning: &JudgeSettings, seed: u64, bar: &ProgressBar) -> Result<Trained, Error> {
    Trained::by(seed, AVERAGED, |_| Ok(parameters::arrays(&Judge::train(learning, seed, |_| bar.inc(1))?)))
}

fn new_encoder(learning: &EncoderSettings, seed: u64, bar: &ProgressBar) -> Result<Trained, Error> {
    Trained::by(seed, AVERAGED, |_| {
        let source = Scenes { seed }.before_the_game();
        let both = sentence_encoder::train(&source, learning, seed, |_| bar.inc(1))?;
        Ok(parameters::arrays(&both.sentences))
    })
}

/// A game that a stopped run has finished, or one that is played now and saved, and scored if there is a judge.
fn game(
    options: &Options,
    job: &Job,
    judge: Option<&Trained>,
    encoder: &Trained,
    bar: &ProgressBar,
) -> Result<FinishedGame, Error> {
    let Job { name, settings } = job;
    let judge = judge.map(|judge| &judge.arrays);
    shelf(options, settings)?
        .or_train(name, settings.seed, (bar, settings.steps), || played(job, judge, encoder, bar))
}

/// Plays a game, which is scored now and then if there is a judge.
fn played(
    job: &Job,
    judge: Option<&Arrays>,
    encoder: &Trained,
    bar: &ProgressBar,
) -> Result<FinishedGame, Error> {
    let Job { name, settings } = job;
    let (start, encoder_seconds) = (Instant::now(), encoder.seconds);
    let mut judge = judge.map(|numbers| Judge::of(numbers, settings.seed)).transpose()?;
    let encoder = encoder_of(encoder)?;
    let sentences = if settings.sentences { encoder.encode(FILM)? } else { encoder.nothing(FILM.len()) };
    let film_noise = noise(FILM.len(), NOISE_SEED ^ 1, 0);
    let (frames, every) = (frames(settings.steps), settings.steps.div_ceil(SCORES));
    let (mut losses, mut scores, mut believed, mut film) = ([vec![], vec![]], vec![], vec![], vec![]);
    let source = Scenes { seed: settings.seed };
    let game = play(&source, encoder.clone(), settings, |game, progress| {
        losses[0].push(f64::from(progress.discriminator_loss));
        losses[1].push(f64::from(progress.generator_loss));
        if frames.contains(&progress.steps) {
            film.extend(game.average.paint(&film_noise, &sentences));
            believed.push(progress.believed.map(f64::from));
        }
        if let Some(judge) = &mut judge
            && (progress.steps.is_multiple_of(every) || progress.steps == settings.steps)
        {
            let sentences = of_painted(&mut game.average, &encoder, judge, EACH)?;
            scores.push(mean_of(&sentences, false).both);
        }
        bar.inc(1);
        Ok(())
    })?;
    let averaged = |losses: &Vec<f64>| losses.chunks(AVERAGED).map(record::mean).collect();
    Ok(FinishedGame {
        name: (*name).to_owned(),
        seed: settings.seed,
        losses: [averaged(&losses[0]), averaged(&losses[1])],
        scores,
        believed,
        film,
        seconds: encoder_seconds + start.elapsed().as_secs_f64(),
        arrays: Players::of(&game, encoder).arrays(),
    })
}

/// The sentence encoder of these numbers.
fn encoder_of(encoder: &Trained) -> Result<SentenceEncoder, Error> {
    let mut sentences = Both::fresh(encoder.seed).sentences;
    parameters::set(&mut sentences, &encoder.arrays, "")?;
    Ok(sentences)
}

/// Keeps the players of the first game for sentences on the command line, and forgets what a stopped run would go
/// on with: it is in the record now.
///
/// # Errors
///
/// If the file cannot be written.
pub fn keep(options: &Options, settings: &Settings, all: &All) -> Result<(), Error> {
    let shelf = shelf(options, settings)?;
    if let Some(first) = all.games.first() {
        shelf.keep(first)?;
    }
    let variants = all.variants.iter().map(|(variant, _)| variant.name);
    shelf.forget([JUDGE, ENCODER, GAME].into_iter().chain(variants), options.seeds(settings.seed, 1));
    Ok(())
}

/// The players of the last run with these settings, or of a game that is played now and kept.
///
/// # Errors
///
/// If the file is damaged, or training diverges.
pub fn kept_players(options: &Options, settings: &Settings) -> Result<Players, Error> {
    let trained = shelf(options, settings)?.kept_or(settings.seed, || {
        let learning = teaching(options).1;
        let bar = lab::progress::bar("game", (learning.steps + settings.steps) as u64);
        let encoder = new_encoder(&learning, settings.seed, &bar)?;
        let trained = played(&Job { name: GAME, settings: settings.clone() }, None, &encoder, &bar)?;
        bar.finish_and_clear();
        Ok::<_, Error>(trained)
    })?;
    trained.players()
}

fn shelf<'a>(options: &'a Options, settings: &Settings) -> Result<Shelf<'a>, Error> {
    Ok(Shelf::new(options, NAME, settings.facts())?)
}
