//! The chapter's run, in the order of its pages: transforms, sounds, networks, one space, figures, record.

use crate::augmentation::{add_noise, change_pitch, reverberate, room, set_peak};
use crate::eight_points::{Example, SQUARE};
use crate::evaluate::{Condition, ConfusionMatrix, answer, conditions, nearness_to_means};
use crate::features::LogMel;
use crate::figures::{Placed, Shown};
use crate::griffin_lim::{GriffinLimConfig, griffin_lim};
use crate::stft::{Stft, StftConfig, magnitudes};
use crate::synthesis::{Kind, RATE, SAMPLES};
use crate::train::{Examples, Settings, heard};
use crate::trained::{self, All, Ear, KINDS, Namer, Sets};
use crate::wav::{self, Format};
use crate::{Error, Waveform, cost, exercises, figures, random_phases, report, resample, signals, space};
use dfdx::nn::NumParams as _;
use joint_embedding::names::Names;
use joint_embedding::space::{Retrieval, Vector, nearest, ranks};
use joint_embedding::views;
use lab::{Options, Run};
use record::Value;
use std::path::PathBuf;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// Samples a second of the signals that transforms are tried on.
const TRIAL_RATE: f64 = 8000.0;

/// Where the test's random numbers begin. Training's begin with the run's seed.
const TEST_SEED: u64 = 1 << 40;

/// Sounds of each kind in a test.
const TESTS: usize = 20;

/// Sounds of each kind on the map of the space.
const ON_THE_MAP: usize = 5;

/// Iterations of Griffin and Lim's method in its figure.
const ITERATIONS: usize = 61;

/// Mistakes that can be heard.
const HEARD_MISTAKES: usize = 3;

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If training diverges, or the record or a checkpoint cannot be read or written.
pub fn run(options: &Options, settings: &Settings) -> Result<PathBuf, Error> {
    let mut run = Run::start(NAME, options, settings.facts())?;
    sampling(&mut run)?;
    transforms(&mut run, options.quick)?;
    pieces(&mut run, settings.seed)?;
    scales(&mut run, settings.seed)?;
    without_phases(&mut run, settings.seed)?;
    sounds(&mut run, settings.seed)?;
    versions(&mut run, settings.seed)?;
    let sets = Sets::draw(settings.sounds_per_kind, settings.seed)?;
    let all = trained::all(options, settings, &sets)?;
    let tests = Tests::draw(if options.quick { 4 } else { TESTS })?;
    naming(&mut run, settings, &sets, &all, &tests)?;
    meeting(&mut run, settings, &all, &tests)?;
    run.cost()?;
    let record = run.finish()?;
    trained::keep(options, settings, &all)?;
    Ok(record)
}

/// Records a sound of one channel.
fn audio(
    run: &mut Run,
    name: &str,
    samples: &[f32],
    rate: u32,
    caption: &str,
    heard: &str,
) -> Result<(), Error> {
    let file = wav::encode(&Waveform::mono(rate, samples.to_vec())?, Format::Int16)?;
    Ok(run.audio(name, &file, caption, heard)?)
}

fn single(signal: &[f64], scale: f64) -> Vec<f32> {
    signal.iter().map(|x| (x * scale) as f32).collect()
}

fn sampling(run: &mut Run) -> Result<(), Error> {
    run.figure("sampling", &figures::sampling(1000.0, 7000.0, TRIAL_RATE)?)?;
    let tones = [1000.0, 3000.0, 4000.0, 5000.0, 7000.0, 8000.0, 9000.0, 15_000.0];
    run.output("aliases", &report::aliases(&tones, TRIAL_RATE), true)?;
    let rate = 2 * TRIAL_RATE as u32;
    let glide = single(&signals::glide(0.0, TRIAL_RATE, f64::from(rate), 2 * rate as usize), 0.5);
    let halved: Vec<f32> = glide.iter().copied().step_by(2).collect();
    let resampled = resample::resample(&glide, rate, rate / 2)?;
    for (name, samples, rate, what, heard) in [
        ("glide", &glide, rate, "A glide from 0 to 8 kHz in two seconds", "a tone that rises all the time"),
        (
            "glide_halved",
            &halved,
            rate / 2,
            "The same with every second sample dropped",
            "a tone that rises for a second and falls for another",
        ),
        (
            "glide_resampled",
            &resampled,
            rate / 2,
            "The same resampled by a library, which filters first",
            "a tone that rises for a second, and silence",
        ),
    ] {
        audio(run, name, samples, rate, &format!("{what}: {heard}."), heard)?;
    }
    let shown = [
        Shown::new("16,000 a second", glide, rate),
        Shown::new("every second sample", halved, rate / 2),
        Shown::new("resampled", resampled, rate / 2),
    ];
    let caption = "The three glides. Where half of the sampling rate is reached, what is above comes back from above, \
                   or, with a filter, is gone.";
    let alt = "Three waveforms with spectrograms. Left, a straight line from 0 to 8 kilohertz. Middle, a line that rises \
               to 4 kilohertz in the first second and falls back to 0 in the second. Right, a line that rises to 4 \
               kilohertz in the first second and ends there.";
    run.figure("glides", &figures::heard("glides", &shown, caption, alt)?)?;
    Ok(())
}

fn transforms(run: &mut Run, quick: bool) -> Result<(), Error> {
    let example = Example::of(SQUARE);
    run.output("eight", &example.table(), true)?;
    run.figure("waves", &figures::waves()?)?;
    run.figure("partial_sums", &figures::partial_sums(&example)?)?;
    let lengths = [64, 256, 1000, 1024, 1031, 2048, 16_384, 65_536];
    let costs = cost::measure(&lengths, if quick { 256 } else { 2048 });
    run.output("costs", &report::costs(&costs), false)?;
    let powers: Vec<cost::Cost> = costs.into_iter().filter(|cost| cost.numbers.is_power_of_two()).collect();
    run.figure("cost", &figures::cost(&powers)?)?;
    run.output("windows", &report::windows(512), true)?;
    run.figure("leakage", &figures::leakage([10.0, 10.5], 64)?)?;
    Ok(())
}

fn pieces(run: &mut Run, seed: u64) -> Result<(), Error> {
    let bird = Kind::Bird.sound(seed, 0);
    let mut without = random_phases::with_random_phases(&bird, &mut emoji_world::rng(seed, 0))?;
    set_peak(&mut without, -6.0);
    let noise = "a steady hiss in which the chirps are gone";
    audio(run, "shuffled", &without, RATE, &format!("The bird with random phases: {noise}."), noise)?;
    let shown = [Shown::new("a bird", bird, RATE), Shown::new("with random phases", without, RATE)];
    let caption = "A bird, and a sound in which each frequency is as loud, with random phases. What happened when has been \
                   in the phases.";
    let alt = "Two waveforms with spectrograms. Left, a few short chirps with silence between them. Right, the same \
               frequencies all the time, from beginning to end.";
    run.figure("shuffled", &figures::heard("shuffled", &shown, caption, alt)?)?;

    run.output("frames", &report::frames(8, 4, 2)?, true)?;
    let count = TRIAL_RATE as usize;
    let glide = signals::glide(1000.0, 1300.0, TRIAL_RATE, count);
    let clicks = signals::clicks(&[count * 45 / 100, count * 475 / 1000], count);
    let both: Vec<f64> = glide.iter().zip(clicks).map(|(tone, click)| 0.15 * tone + click).collect();
    let heard =
        "a soft tone that rises a little, and in the middle of it two clicks that are hard to tell apart";
    let rate = TRIAL_RATE as u32;
    audio(
        run,
        "glide_and_clicks",
        &single(&both, 0.9),
        rate,
        &format!("A glide and two clicks: {heard}."),
        heard,
    )?;
    run.figure("uncertainty", &figures::uncertainty(&both, TRIAL_RATE, [64, 256, 1024])?)?;
    let guitar: Vec<f64> = Kind::Guitar.sound(seed, 0).iter().map(|&x| f64::from(x)).collect();
    run.output("round_trips", &report::round_trips(&guitar)?, false)?;
    Ok(())
}

fn scales(run: &mut Run, seed: u64) -> Result<(), Error> {
    run.figure("mel_scales", &figures::mel_scales(f64::from(RATE) / 2.0)?)?;
    run.figure("filterbank", &figures::filterbank(10, f64::from(RATE), 512)?)?;
    run.figure("mel_steps", &figures::mel_steps(Kind::Cat, &Kind::Cat.sound(seed, 0), RATE, 13)?)?;
    Ok(())
}

fn without_phases(run: &mut Run, seed: u64) -> Result<(), Error> {
    let cat = Kind::Cat.sound(seed, 0);
    let config = StftConfig { n_fft: 512, hop_length: Some(128), ..StftConfig::default() };
    let stft = Stft::<f32>::new(&config)?;
    let wanted = magnitudes(&stft.forward(&cat)?);
    let rebuilt = |iterations, momentum| {
        let config = GriffinLimConfig { iterations, momentum, seed: Some(seed) };
        griffin_lim(&stft, &wanted, cat.len(), &config)
    };
    let (start, plain, fast) =
        (rebuilt(0, 0.99)?.signal, rebuilt(ITERATIONS, 0.0)?, rebuilt(ITERATIONS, 0.99)?);
    let last = |distances: &[f64]| distances.last().copied().unwrap_or_default();
    run.value("iterations", Value::exact(ITERATIONS as f64))?;
    run.value("distance_start", Value::within(fast.convergence[0], 0.05).digits(2))?;
    run.value("distance_plain", Value::within(last(&plain.convergence), 0.03).digits(2))?;
    run.value("distance_fast", Value::within(last(&fast.convergence), 0.03).digits(2))?;
    let curves = [("as in 1984", plain.convergence), ("with momentum", fast.convergence)];
    run.figure("convergence", &figures::convergence(&curves)?)?;
    let before = "a cat that is hoarse and far away, as if through a fan";
    audio(
        run,
        "cat_start",
        &start,
        RATE,
        &format!("The cat with random phases in each frame: {before}."),
        before,
    )?;
    let after = "a cat again, with a little roughness";
    audio(
        run,
        "cat_rebuilt",
        &fast.signal,
        RATE,
        &format!("After {ITERATIONS} iterations: {after}."),
        after,
    )?;
    let shown = [
        Shown::new("the cat", cat, RATE),
        Shown::new("random phases", start, RATE),
        Shown::new(format!("{ITERATIONS} iterations"), fast.signal, RATE),
    ];
    let caption =
        "The cat, its magnitudes with random phases, and what Griffin and Lim's method makes of them.";
    let alt = "Three waveforms with spectrograms. Left, a cat: bright horizontal lines that bend. Middle, the same lines, \
               blurred and broken up. Right, the lines are clear again; the waveform has another shape than on the left.";
    run.figure("rebuilt", &figures::heard("rebuilt", &shown, caption, alt)?)?;
    Ok(())
}

/// The name under which the record has a sound of this kind.
fn name_of(kind: Kind) -> String {
    kind.name().replace(' ', "_")
}

fn sounds(run: &mut Run, seed: u64) -> Result<(), Error> {
    run.value("kinds", Value::exact(KINDS as f64))?;
    let one = Kind::ALL.map(|kind| (kind, kind.sound(seed, 0)));
    for (kind, samples) in &one {
        let caption = format!("{}: {}.", capital(kind.name().to_owned()), kind.description());
        audio(run, &name_of(*kind), samples, RATE, &caption, kind.description())?;
    }
    run.figure("kinds", &figures::kinds(&one)?)?;
    Ok(())
}

fn versions(run: &mut Run, seed: u64) -> Result<(), Error> {
    let bell = Kind::Bell.sound(seed, 0);
    let mut rng = emoji_world::rng(seed, 1);
    let mut noisy = bell.clone();
    add_noise(&mut noisy, 5.0, &mut rng);
    set_peak(&mut noisy, -3.0);
    let mut echoed = reverberate(&bell, &room(0.6, RATE, &mut rng)?);
    set_peak(&mut echoed, -3.0);
    let mut higher = change_pitch(&bell, 2.0)?;
    higher.resize(SAMPLES, 0.0);
    let all = [
        ("version_noise", "noise 5 dB below", noisy, "a bell behind a loud hiss"),
        ("version_room", "a large room", echoed, "a bell whose stroke is smeared out"),
        ("version_pitch", "2 semitones up", higher, "a smaller bell"),
    ];
    for (name, title, samples, heard) in &all {
        audio(run, name, samples, RATE, &format!("The bell, {title}: {heard}."), heard)?;
    }
    let mut shown = vec![Shown::new("clean", bell.clone(), RATE)];
    shown.extend(all.into_iter().map(|(_, title, samples, _)| Shown::new(title, samples, RATE)));
    let caption = "A bell in four versions.";
    let alt = "Four waveforms with spectrograms. Clean: a few bright horizontal lines that fade. With noise: the same \
               lines on a bright ground. In a large room: blurred at the beginning. Two semitones up: all lines a little \
               higher, and the end is silent.";
    run.figure("versions", &figures::heard("versions", &shown, caption, alt)?)?;

    let picture = LogMel::new()?.picture(&bell)?;
    let masks = Settings::default().masks.unwrap_or_default();
    let mut masked = vec![("whole".to_owned(), picture.clone())];
    for number in 1..=3 {
        let mut other = picture.clone();
        masks.apply(&mut other, &mut rng);
        masked.push((format!("masked, {number}"), other));
    }
    let caption = "The bell as the network sees it, and three times with pieces blotted out.";
    let alt = "Four pictures of a bell in mel bands. In three of them, horizontal and vertical bars of one even colour \
               hide a few bands and a few moments, elsewhere in each.";
    run.figure("masked", &figures::seen("masked", &masked, caption, alt)?)?;
    Ok(())
}

/// The test's sounds under each condition.
struct Tests {
    conditions: [Condition; 4],
    sets: Vec<Examples>,
    /// The place of the condition of training.
    usual: usize,
    /// The place of the loudest noise.
    noisier: usize,
}

impl Tests {
    fn draw(each: usize) -> Result<Self, Error> {
        let conditions = conditions();
        let drawn = conditions
            .iter()
            .zip(0..)
            .map(|(condition, number)| Examples::of_emoji(each, &condition.augmentation, TEST_SEED + number));
        let sets = drawn.collect::<Result<_, _>>()?;
        let place = |key: &str| conditions.iter().position(|condition| condition.key == key).expect(key);
        Ok(Self { usual: place("usual"), noisier: place("noisier"), sets, conditions })
    }

    /// The sound at a place of a set.
    fn sound(&self, condition: usize, place: usize) -> Result<Vec<f32>, Error> {
        let (index, kind) = (place / KINDS, Kind::ALL[place % KINDS]);
        heard(kind, index as u64, &self.conditions[condition].augmentation, TEST_SEED + condition as u64)
    }
}

fn naming(run: &mut Run, settings: &Settings, sets: &Sets, all: &All, tests: &Tests) -> Result<(), Error> {
    run.value("each", Value::exact(settings.sounds_per_kind as f64))?;
    run.value("training_sounds", Value::exact((settings.sounds_per_kind * KINDS) as f64))?;
    run.value("test_sounds", Value::exact(tests.sets[0].count() as f64))?;
    run.value("epochs", Value::exact(settings.epochs as f64))?;
    let parameters = Namer::new(&lab::device(settings.seed), settings.seed).num_trainable_params();
    run.value("parameters", Value::exact(parameters as f64))?;
    // For each condition what was taken for what, and the logits.
    type Heard = Vec<(ConfusionMatrix, Vec<f32>)>;
    let of = |trained: &lab::Trained| -> Result<Heard, Error> {
        let mut network: Namer = trained::network_of(trained)?;
        let found = tests.sets.iter().map(|set| {
            let logits = network.hear(&set.pictures);
            (ConfusionMatrix::count(&logits, &set.labels, KINDS), logits)
        });
        Ok(found.collect())
    };
    let shares = |found: &Heard| -> Vec<f64> { found.iter().map(|(found, _)| found.accuracy()).collect() };
    let found = all.namers.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    let of_seeds: Vec<Vec<f64>> = found.iter().map(shares).collect();
    for (place, condition) in tests.conditions.iter().enumerate() {
        let percents: Vec<f64> = of_seeds.iter().map(|seed| 100.0 * seed[place]).collect();
        let tolerance = if place == tests.noisier { 4.0 } else { 1.5 };
        let right = Value::over_seeds(&percents, tolerance).unit("%").digits(1);
        run.value(&format!("right_{}", condition.key), right)?;
        if condition.key == "higher" {
            run.value("right_higher_spread", Value::spread(&percents).digits(1))?;
        }
    }
    let by_means = tests.sets.iter().map(|set| {
        let near = nearness_to_means(&sets.usual, KINDS, &set.pictures);
        ConfusionMatrix::count(&near, &set.labels, KINDS).accuracy()
    });
    let mut columns = vec![("nearest mean", vec![by_means.collect::<Vec<f64>>()])];
    for (name, trained) in &all.compared {
        columns.push((*name, vec![shares(&of(trained)?)]));
    }
    columns.push(("all", of_seeds));
    let names = tests.conditions.each_ref().map(|condition| condition.name);
    run.output("accuracies", &report::accuracies(&names, &columns), false)?;
    let seconds: Vec<f64> = all.namers.iter().map(|trained| trained.seconds).collect();
    run.value("namer_seconds", Value::machine(record::mean(&seconds)).unit("s"))?;
    let losses: Vec<(String, Vec<f64>)> =
        all.namers.iter().map(|t| (format!("seed {}", t.seed), t.losses.clone())).collect();
    run.figure("naming", &figures::losses("naming", &losses, "The loss of the networks that name sounds.")?)?;

    run.output("foreign", &foreign(&mut trained::network_of(&all.namers[0])?, settings.seed)?, false)?;
    let (confusions, logits) = &found[0][tests.noisier];
    let caption = "What is taken for what in loud noise: a row for each kind, a column for each answer. The darker a square, the \
                   more of the kind's sounds got this answer.";
    run.figure("confusions", &figures::confusions(confusions, caption)?)?;
    let mistakes = confusions.mistakes();
    for (number, (class, taken, count)) in (1..=HEARD_MISTAKES).zip(mistakes) {
        let wrong = |&(place, row): &(usize, &[f32])| {
            tests.sets[tests.noisier].labels[place] == class && lab::largest(row) == taken
        };
        let Some((place, _)) = logits.chunks_exact(KINDS).enumerate().find(wrong) else { continue };
        let (kind, other) = (Kind::ALL[class], Kind::ALL[taken]);
        let heard = format!("{}, in loud noise", kind.description());
        let caption = format!(
            "The sound of {} was taken for {} ({count} of {} in the test): {heard}.",
            kind.with_article(),
            other.name(),
            tests.sets[tests.noisier].count() / KINDS
        );
        let name = format!("mistake_{number}");
        let samples = tests.sound(tests.noisier, place)?;
        let alone = Shown::new(format!("{}, in noise", kind.name()), samples.clone(), RATE);
        let meant = Shown::new(format!("{}, clean", other.name()), other.sound(settings.seed, 0), RATE);
        let alt = format!(
            "Two waveforms with spectrograms. Left, {} in an even ground of noise: {}. Right, {} without noise: {}.",
            kind.with_article(),
            kind.description(),
            other.with_article(),
            other.description()
        );
        let below = format!(
            "{} in noise, which was taken for {}, and a clean sound of that.",
            capital(kind.with_article()),
            other.name()
        );
        audio(run, &name, &samples, RATE, &caption, &heard)?;
        run.figure(&name, &figures::heard(&name, &[alone, meant], &below, &alt)?)?;
    }
    Ok(())
}

/// The text with a capital letter in front.
fn capital(text: String) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a network calls sounds of none of its kinds: the answer and its probability.
fn foreign(network: &mut Namer, seed: u64) -> Result<String, Error> {
    let mut noise =
        signals::tone(1000.0, f64::from(RATE), SAMPLES).iter().map(|&x| x as f32).collect::<Vec<_>>();
    let tone = noise.clone();
    // Noise a thousand times as strong as the tone: nothing but noise.
    add_noise(&mut noise, -60.0, &mut emoji_world::rng(seed, 2));
    let glide = single(&signals::glide(200.0, 6000.0, f64::from(RATE), SAMPLES), 1.0);
    let clicks = single(&signals::clicks(&[SAMPLES / 2], SAMPLES), 1.0);
    let log_mel = LogMel::new()?;
    let mut rows = vec![["what is played", "what it is called", "probability"].map(str::to_owned).to_vec()];
    for (name, samples) in [
        ("white noise", noise),
        ("a tone of 1,000 Hz", tone),
        ("a glide from 200 to 6,000 Hz", glide),
        ("a single click", clicks),
        ("silence", vec![0.0; SAMPLES]),
    ] {
        let (answer, probability) = answer(&network.hear(&log_mel.picture(&samples)?.values));
        rows.push(vec![name.to_owned(), Kind::ALL[answer].name().to_owned(), format!("{probability:.2}")]);
    }
    Ok(lab::table::left(&rows))
}

fn meeting(run: &mut Run, settings: &Settings, all: &All, tests: &Tests) -> Result<(), Error> {
    let mut model = joint_embedding::trained::model_of(&all.model)?;
    let words = space::names(&model)?;
    let pictures = model.embed_pictures(&views::test(&Kind::ALL.map(|kind| kind.emoji().id)));
    let own: Vec<(usize, usize)> = (0..KINDS).map(|i| (i, i)).collect();
    let first = |ranks: Vec<usize>| {
        100.0 * ranks.iter().filter(|rank| **rank == 0).count() as f64 / ranks.len() as f64
    };
    let picture_to_word = first(ranks(&pictures, &words, &own));
    run.value("picture_to_word", Value::within(picture_to_word, 15.0).unit("%").digits(1))?;
    run.value("chance", Value::exact(100.0 / KINDS as f64).unit("%").digits(1))?;
    let mut ears = all.ears.iter().map(trained::network_of).collect::<Result<Vec<Ear>, _>>()?;
    // For each seed the places of the sounds of each condition.
    let heard: Vec<Vec<Vec<Vector>>> = ears
        .iter_mut()
        .map(|ear| tests.sets.iter().map(|set| space::sounds(ear, &set.pictures)).collect())
        .collect();
    let mut rows = vec![
        ["found first, %", "its picture", "its word", "by its picture", "by its word"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut usual: [Vec<f64>; 4] = Default::default();
    for (place, condition) in tests.conditions.iter().enumerate() {
        let labels = &tests.sets[place].labels;
        let right: Vec<(usize, usize)> = labels.iter().copied().enumerate().collect();
        let mut shares: [Vec<f64>; 4] = Default::default();
        for sounds in heard.iter().map(|seed| &seed[place]) {
            let back = |queries: &[Vector]| {
                let found =
                    queries.iter().enumerate().filter(|(i, q)| labels[nearest(q, sounds, 1)[0].0] == *i);
                100.0 * found.count() as f64 / KINDS as f64
            };
            let of = [
                first(ranks(sounds, &pictures, &right)),
                first(ranks(sounds, &words, &right)),
                back(&pictures),
                back(&words),
            ];
            shares.iter_mut().zip(of).for_each(|(shares, share)| shares.push(share));
        }
        let cells = shares.iter().map(|shares| format!("{:.1}", record::mean(shares)));
        rows.push(std::iter::once(condition.name.to_owned()).chain(cells).collect());
        if place == tests.usual {
            usual = shares;
        }
    }
    run.output("retrieval", &lab::table::right(&rows), false)?;
    run.value("sound_to_picture", Value::over_seeds(&usual[0], 2.0).unit("%").digits(1))?;
    // A word more or less that its picture does not find makes 4.5 points.
    run.value("sound_to_word", Value::over_seeds(&usual[1], 5.0).unit("%").digits(1))?;
    // Among the names of all of chapter 2's emoji. A kind that is none of these is one more.
    let mut every_name = model.embed_names(&Names::of_emoji()?.all());
    let emoji = every_name.len();
    let own_name: Vec<usize> = Kind::ALL
        .into_iter()
        .zip(&words)
        .map(|(kind, word)| match kind.emoji().id {
            id if id < emoji => id,
            _ => {
                every_name.push(*word);
                every_name.len() - 1
            }
        })
        .collect();
    let right: Vec<(usize, usize)> =
        tests.sets[tests.usual].labels.iter().map(|&kind| own_name[kind]).enumerate().collect();
    let among_all: Vec<Retrieval> = heard
        .iter()
        .map(|seed| Retrieval::of(&ranks(&seed[tests.usual], &every_name, &right)))
        .collect::<Result<_, _>>()?;
    run.value("names", Value::exact(every_name.len() as f64))?;
    for (name, at) in
        [("sound_to_name_at_1", (|r| r.at_1) as fn(&Retrieval) -> f64), ("sound_to_name_at_10", |r| r.at_10)]
    {
        let percents: Vec<f64> = among_all.iter().map(|found| 100.0 * at(found)).collect();
        run.value(name, Value::over_seeds(&percents, 6.0).unit("%").digits(1))?;
    }
    let seconds: Vec<f64> = all.ears.iter().map(|trained| trained.seconds).collect();
    run.value("ear_seconds", Value::machine(record::mean(&seconds)).unit("s"))?;

    let (sounds, labels) = (&heard[0][tests.usual], &tests.sets[tests.usual].labels);
    let mut rows = vec![
        ["kind", "sound → picture, %", "sound → word, %", "its picture's word"].map(str::to_owned).to_vec(),
    ];
    for kind in Kind::ALL {
        let of_kind = || {
            labels.iter().enumerate().filter(|(_, label)| **label == kind.number()).map(|(place, _)| place)
        };
        let right: Vec<(usize, usize)> = of_kind().map(|place| (place, kind.number())).collect();
        let share = |all: &[Vector]| first(ranks(sounds, all, &right));
        let (by_picture, by_word) = (share(&pictures), share(&words));
        if by_picture < 100.0 || by_word < 100.0 {
            let word = nearest(&pictures[kind.number()], &words, 1)[0].0;
            rows.push(vec![
                kind.name().to_owned(),
                format!("{by_picture:.0}"),
                format!("{by_word:.0}"),
                Kind::ALL[word].emoji().name.to_owned(),
            ]);
        }
    }
    run.output("by_kind", &lab::table::right(&rows), false)?;
    let first_sounds = || Kind::ALL.into_iter().zip(sounds.iter().copied());
    let some: Vec<(Kind, Vector)> = first_sounds().step_by(3).collect();
    run.output("first", &report::nearest_table(&some, &pictures, &words), false)?;
    let placed: Vec<Placed> = Kind::ALL
        .map(|kind| Placed {
            picture: pictures[kind.number()],
            word: words[kind.number()],
            sounds: (0..ON_THE_MAP.min(sounds.len() / KINDS))
                .map(|i| sounds[i * KINDS + kind.number()])
                .collect(),
        })
        .to_vec();
    run.figure("space", &figures::space(&placed)?)?;
    exercises_of(run, settings, &heard[0][tests.noisier], &pictures)
}

fn exercises_of(
    run: &mut Run,
    settings: &Settings,
    noisy: &[Vector],
    pictures: &[Vector],
) -> Result<(), Error> {
    let mut text = exercises::of_pieces_and_hops();
    text += "5. Sounds in loud noise that find their picture first, of one kind heard together:\n";
    for count in [1, 2, 4] {
        let groups = (0..noisy.len() / KINDS / count).flat_map(|group| {
            Kind::ALL.map(|kind| {
                let of = |i: usize| noisy[(group * count + i) * KINDS + kind.number()];
                (exercises::together(&(0..count).map(of).collect::<Vec<_>>()), kind.number())
            })
        });
        let (queries, right): (Vec<Vector>, Vec<usize>) = groups.unzip();
        let right: Vec<(usize, usize)> = right.into_iter().enumerate().collect();
        let found = ranks(&queries, pictures, &right).iter().filter(|rank| **rank == 0).count();
        text += &format!(
            "   {count}: {:.1} % of {}\n",
            100.0 * found as f64 / right.len().max(1) as f64,
            right.len()
        );
    }
    text += &exercises::of_the_telephone(settings.seed);
    run.output("exercises", &text, false)?;
    let owl = emoji_world::Picture::from_bytes(Kind::Owl.emoji().png, "owl.png".as_ref())
        .map_err(joint_embedding::Error::from)?;
    let painted = exercises::painted(&owl, 2 * SAMPLES)?;
    let heard = "a rushing noise that swells, with no likeness to an owl";
    audio(run, "painted", &painted, RATE, &format!("A picture of an owl as a sound: {heard}."), heard)?;
    let alt = "A waveform without much shape, and below it a spectrogram in which the emoji of an owl is to be seen, with \
               eyes, beak and feet.";
    let caption = "A sound whose spectrogram is an owl.";
    run.figure("painted", &figures::heard("painted", &[Shown::new("an owl", painted, RATE)], caption, alt)?)?;
    Ok(())
}
