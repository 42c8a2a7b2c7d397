//! Times a training step of each chapter's own model: for each, `NAME<tab>MILLISECONDS<tab>LOSS<tab>PARAMETERS`
//! a line. Milliseconds are the median of so many steps after three to warm up (of ten times as many, after ten times
//! as many, where a step is [`SHORT`]), the loss is that of the very first step, and parameters are the numbers that a
//! step changes.
//!
//! `cargo run --release -p making-it-fast --example chapter_steps -- 20`
//!
//! Each model has the chapter's default settings, and each step is the chapter's own code, on one batch of its own
//! data that was drawn before. A second argument chooses those whose name contains it. With `batches` for a number
//! of steps, it prints what `tools/peers/chapters.py` needs to do the same in PyTorch: of each batch the whole
//! numbers, `NAME<tab>WHAT<tab>NUMBERS` a line.

use dfdx::prelude::*;
use making_it_fast::stopwatch::{self, SHORT};
use std::error::Error;
use std::time::Instant;

/// Whatever a chapter complains of.
type Failure = Box<dyn Error>;

/// How long a step took, in milliseconds, and its loss.
type Step = (f64, f32);

/// Takes so many training steps.
type Steps = dyn FnMut(usize) -> Result<Vec<Step>, Failure>;

/// A model and one batch for it.
struct Model {
    /// How many numbers a step changes.
    parameters: usize,
    /// The whole numbers of the batch: what they are, and which.
    batch: Vec<(&'static str, Vec<usize>)>,
    /// Trains it on the batch.
    steps: Box<Steps>,
}

/// A chapter: name, and how to make its model.
type Chapter = (&'static str, fn() -> Result<Model, Failure>);

const CHAPTERS: [Chapter; 7] = [
    ("text embedding", text_embedding),
    ("joint embedding", joint_embedding),
    ("captioning", captioning),
    ("GAN", gan),
    ("VQA", vqa),
    ("VQA, the eye", eye),
    ("sound", sound),
];

fn main() -> Result<(), Failure> {
    layers::keep_freed_memory();
    // Errors stay on their thread.
    rayon::scope(|_| run().map_err(|error| error.to_string()))?;
    Ok(())
}

fn run() -> Result<(), Failure> {
    let what = std::env::args().nth(1).unwrap_or_else(|| "20".to_owned());
    let part = std::env::args().nth(2).unwrap_or_default();
    for (name, model) in CHAPTERS.into_iter().filter(|(name, _)| name.contains(&part)) {
        let Model { parameters, batch, mut steps } = model()?;
        if what == "batches" {
            for (what, numbers) in batch {
                let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
                println!("{name}\t{what}\t{}", numbers.join(" "));
            }
            continue;
        }
        let count: usize = what.parse().map_err(|_| format!("expected a number of steps, found {what:?}"))?;
        let all = steps(3 + count)?;
        let mut time = median(&all[3..]);
        if time < SHORT {
            time = median(&steps(10 * (3 + count))?[30..]);
        }
        println!("{name}\t{time:.3}\t{:.6}\t{parameters}", all[0].1);
    }
    Ok(())
}

/// The median milliseconds of some steps.
fn median(steps: &[Step]) -> f64 {
    stopwatch::median(&mut steps.iter().map(|step| step.0).collect::<Vec<_>>())
}

impl Model {
    /// A model of which `step` is a training step and gives its loss.
    fn new<E: Into<Failure>>(
        parameters: usize,
        batch: Vec<(&'static str, Vec<usize>)>,
        mut step: impl FnMut() -> Result<f32, E> + 'static,
    ) -> Result<Self, Failure> {
        let mut timed = move || {
            let start = Instant::now();
            let loss = step().map_err(Into::into)?;
            Ok((start.elapsed().as_secs_f64() * 1000.0, loss))
        };
        let steps = move |count| std::iter::repeat_with(&mut timed).take(count).collect();
        Ok(Self { parameters, batch, steps: Box::new(steps) })
    }
}

/// Lists one after the other, and how long each is.
fn joined<N: Copy + TryInto<usize>>(lists: &[impl AsRef<[N]>]) -> [Vec<usize>; 2] {
    let number = |number: &N| (*number).try_into().unwrap_or_else(|_| unreachable!("a word's number fits"));
    [
        lists.iter().flat_map(|list| list.as_ref().iter().map(number)).collect(),
        lists.iter().map(|list| list.as_ref().len()).collect(),
    ]
}

/// Skip-gram with negative samples, on the Rust documentation: [`Model::step`](text_embedding::train::Model::step).
fn text_embedding() -> Result<Model, Failure> {
    use text_embedding::batches::Batches;
    use text_embedding::corpus::Corpus;
    use text_embedding::fast_step::Indexer;
    use text_embedding::negative_sampling::NoiseDistribution;
    use text_embedding::train::{self, Settings};
    use text_embedding::vocabulary::Vocabulary;

    let settings = Settings::default();
    let corpus = Corpus::of_rust_documentation()?;
    let vocabulary = Vocabulary::of(&corpus, settings.min_count)?;
    let (encoded, noise) = (vocabulary.encode(&corpus), NoiseDistribution::new(vocabulary.counts()));
    let mut batches = Batches::new(&encoded, &vocabulary, &noise, &settings, 0);
    // One from the middle: the documentation begins with tables of contents, whose words have few neighbours.
    let blocks = batches.nth(400).ok_or("the documentation is much shorter than expected")?;
    let batch = Indexer::new(vocabulary.len()).index(&blocks, settings.negatives as f32);
    let of_blocks = |words: fn(&text_embedding::batches::Block) -> &Vec<u32>| {
        joined(&blocks.iter().map(words).collect::<Vec<_>>())[0].clone()
    };
    let neighbours = blocks.iter().flat_map(|block| (0..block.centres.len()).map(|i| block.contexts_of(i)));
    let numbers = vec![
        ("words", vec![vocabulary.len()]),
        ("blocks", vec![blocks.len()]),
        ("negatives a pair", vec![settings.negatives]),
        ("centres", of_blocks(|block| &block.centres)),
        ("neighbours", neighbours.collect()),
        ("contexts", of_blocks(|block| &block.contexts)),
        ("negatives", of_blocks(|block| &block.negatives)),
    ];
    let mut model = train::Model::new(vocabulary.len(), settings.seed);
    let parameters = [&model.input, &model.output].map(|table| table.rows.as_flattened().len());
    let (device, pairs) = (Cpu::default(), batch.pair_count() as f64);
    let step = move || Ok::<_, Failure>((model.step(&batch, settings.learning_rate, &device) / pairs) as f32);
    Model::new(parameters.iter().sum(), numbers, step)
}

/// A network for pictures and one for names, with InfoNCE both ways:
/// [`Trainer::step`](joint_embedding::train::Trainer::step).
fn joint_embedding() -> Result<Model, Failure> {
    use joint_embedding::names::Names;
    use joint_embedding::train::{Settings, Trainer};
    use joint_embedding::{WORDS, model, views};

    let settings = Settings::default();
    let names = Names::of_emoji()?;
    let pixels = views::training(&names.seen[..settings.batch], settings.seed, 0, settings.cutout);
    let mut model = model::Model::<WORDS>::new(settings.seed, settings.loss.temperature());
    let mut trainer = Trainer::new(&model, &settings);
    let right: Vec<usize> = (0..settings.batch).collect();
    let model::Parameters { pictures, words } = model.parameters();
    let [bags, lengths] = joined(&names.of(&names.seen));
    let numbers = vec![("right", right.clone()), ("names", bags), ("lengths", lengths)];
    // And the temperature.
    Model::new(pictures + words + 1, numbers, move || {
        let bags = names.of(&names.seen);
        trainer.step(&mut model, pixels.clone(), &bags, &right, settings.learning_rate)
    })
}

/// Show, Attend and Tell, its encoder learning along: [`Trainer::step`](captioning::train::Trainer::step).
fn captioning() -> Result<Model, Failure> {
    use captioning::network::Network;
    use captioning::show_attend_tell::ShowAttendTell;
    use captioning::train::{Settings, Trainer, batch_of};
    use captioning::vocabulary::Vocabulary;
    use captioning::{WORDS, captions};

    let settings = Settings::default();
    let examples = captions::examples(&captions::split(), captions::MOST, &settings, 0)?;
    let batch = batch_of(&examples, &Vocabulary::of_scenes(), settings.blind);
    let mut network = Network::<ShowAttendTell<WORDS>>::fresh(settings.seed);
    let mut trainer = Trainer::new(&network, &settings);
    let numbers = vec![
        ("sentences a picture", vec![batch.each]),
        ("steps", vec![batch.steps]),
        ("inputs", batch.inputs.concat()),
        ("targets", batch.targets.clone()),
        ("weights", batch.weights.iter().map(|&weight| weight as usize).collect()),
    ];
    Model::new(network.parameters(), numbers, move || {
        trainer.step(&mut network, &batch, settings.learning_rate)
    })
}

/// A step of both players: [`Game::step`](gan::train::Game::step). The loss is the discriminator's.
fn gan() -> Result<Model, Failure> {
    use gan::batch::{Scenes, Source};
    use gan::players::Players;
    use gan::train::{Game, Settings};

    let settings = Settings::default();
    let batch = Scenes { seed: settings.seed }.batch(0, settings.batch)?;
    let mut game = Game::new(Players::fresh(settings.seed).encoder, &settings);
    let parameters = game.generator.num_trainable_params() + game.discriminator.num_trainable_params();
    let ([right, rights], [wrong, wrongs]) = (joined(&batch.right), joined(&batch.wrong));
    let numbers = vec![
        ("right sentences", right),
        ("right lengths", rights),
        ("wrong sentences", wrong),
        ("wrong lengths", wrongs),
    ];
    Model::new(parameters, numbers, move || game.step(&batch).map(|progress| progress.discriminator_loss))
}

/// The best network, behind an eye whose maps are kept: [`Trainer::step`](vqa::train::Trainer::step).
fn vqa() -> Result<Model, Failure> {
    use vqa::eye::Eye;
    use vqa::fused::QuestionOnly;
    use vqa::glimpses::Glimpses;
    use vqa::network::Network;
    use vqa::prior::Prior;
    use vqa::question_stream::answers;
    use vqa::questions::{Drawn, split};
    use vqa::train::{Settings, Trainer};
    use vqa::training_set::TrainingSet;

    let settings = Settings::default();
    let mut eye = Eye::fresh(settings.seed);
    let set = TrainingSet::draw(&split(), Drawn::TRAINING, &mut eye, settings.seed, settings.batch)?;
    let batch = set.batch(0, settings.batch, settings.complements);
    let prior = Prior::new(Network::<QuestionOnly>::behind(eye.clone(), settings.seed)).of(&batch);
    let mut network = Network::<Glimpses>::behind(eye, settings.seed);
    let mut trainer = Trainer::new(&network);
    // The eye stays as it is.
    let parameters = network.question.num_trainable_params() + network.fusion.num_trainable_params();
    let numbers = vec![
        ("of", batch.of.clone()),
        ("words", batch.words.clone()),
        ("answers", batch.answers.clone()),
        ("answer words", answers()),
        ("name words", network.name_words().to_vec()),
    ];
    Model::new(parameters, numbers, move || {
        trainer.step(&mut network, &batch, Some(prior.clone()), settings.learning_rate)
    })
}

/// The eye that learns to point: [`Trainer::step`](vqa::eye::Trainer::step) on pictures with their own colours.
fn eye() -> Result<Model, Failure> {
    use vqa::eye::{BATCH, Eye, Trainer, labels};
    use vqa::questions::{Drawn, examples, split};

    let examples = examples(&split(), Drawn::TRAINING, 1, 0..BATCH as u64)?;
    let scenes: Vec<_> = examples.into_iter().map(|example| example.scene).collect();
    let (pixels, labels) = (emoji_world::scene::render_all(&scenes), labels(&scenes));
    let mut eye = Eye::fresh(1);
    let (mut trainer, mut guess) = (Trainer::new(&eye), emoji_world::rng(1, 0));
    let [kinds, colours] = labels.clone();
    Model::new(eye.num_trainable_params(), vec![("kinds", kinds), ("colours", colours)], move || {
        trainer.step(&mut eye, &pixels, labels.clone(), Some(&mut guess), 1e-3)
    })
}

/// The network that names sounds, by [`classify`](sound::train::classify): it learns from a single batch, so that
/// an epoch is a step. Nothing is blotted out of the pictures.
fn sound() -> Result<Model, Failure> {
    use sound::augmentation::Augmentation;
    use sound::train::{Examples, Settings, classify};
    use sound::trained::{KINDS, Namer};

    let usual = Settings { masks: None, ..Settings::default() };
    let mut examples = Examples::of_emoji(usual.batch.div_ceil(KINDS), &Augmentation::default(), usual.seed)?;
    let size = examples.pictures.len() / examples.count();
    examples.labels.truncate(usual.batch);
    examples.pictures.truncate(usual.batch * size);
    let parameters = Namer::new(&lab::device(usual.seed), usual.seed).num_trainable_params();
    let numbers = vec![("labels", examples.labels.clone())];
    let steps = move |count| {
        let (mut steps, mut start) = (Vec::with_capacity(count), Instant::now());
        let settings = Settings { epochs: count, ..usual.clone() };
        classify::<KINDS>(&examples, &settings, |_, loss| {
            steps.push((start.elapsed().as_secs_f64() * 1000.0, loss));
            start = Instant::now();
        })?;
        Ok(steps)
    };
    Ok(Model { parameters, batch: numbers, steps: Box::new(steps) })
}
