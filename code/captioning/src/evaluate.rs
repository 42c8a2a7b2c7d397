//! How good are the captions, and is the attention on what they name?

use crate::beam_search::{self, Caption};
use crate::captioner::Captioner;
use crate::captions::{self, Test};
use crate::metrics::{self, Corpus, Scores};
use crate::network::Network;
use crate::vocabulary::Vocabulary;
use crate::{Error, GRID, LOCATIONS, SIDE};
use emoji_world::{Description, Mention, Scene, scene};

/// How captions are written.
pub const BEAM: usize = 3;

/// What is measured of a model on some scenes.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Share of the captions that name exactly the objects of their scene.
    pub objects: f64,
    /// The same among the scenes of which a relation can be said.
    pub several: f64,
    /// Share of the scenes of which a relation can be said whose caption says one, and only true ones.
    pub relation: f64,
    /// Share of the captions that are true in all they say.
    pub correct: f64,
    /// BLEU, ROUGE-L, CIDEr.
    pub scores: Scores,
    /// Where the attention is, where the model has some.
    pub gaze: Option<Gaze>,
}

/// Where the attention is while nouns are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaze {
    /// Mean attention inside the boxes of what the noun names.
    pub inside: f64,
    /// The same, were the attention uniform: the share of the picture that the boxes cover.
    pub uniform: f64,
    /// How many nouns there were.
    pub nouns: usize,
}

/// A caption and what came of judging it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// As words.
    pub sentence: String,
    /// What it says, where it is a sentence of the grammar.
    pub said: Option<Description>,
    /// Whether it names exactly the objects.
    pub objects: bool,
    /// Whether it says a relation, and only true ones.
    pub relation: bool,
    /// Whether everything is so and every object named.
    pub correct: bool,
}

// ANCHOR: judge
/// Judges a caption by its scene.
pub fn judge(sentence: &str, scene: &Scene) -> Judged {
    let said = Description::parse(sentence).ok();
    let objects = said.as_ref().is_some_and(|said| said.names_all_of(scene));
    let relation =
        said.as_ref().is_some_and(|said| !said.relations.is_empty() && said.relations_are_true_of(scene));
    let correct = objects && said.as_ref().is_some_and(|said| said.is_true_of(scene));
    Judged { sentence: sentence.to_owned(), said, objects, relation, correct }
}
// ANCHOR_END: judge

// ANCHOR: gaze
/// How much of a distribution over the locations lies in the boxes of what is mentioned, and how much of
/// the picture they cover; `None` where nothing of the scene is meant.
pub fn mass_inside(looked: &[f32], mention: &Mention, scene: &Scene) -> Option<(f64, f64)> {
    let objects = mention.objects(scene);
    if objects.is_empty() {
        return None;
    }
    let mut covered = vec![0.0_f32; LOCATIONS];
    for object in objects {
        let own = scene.objects[object].bounds.covered(SIDE, GRID);
        covered.iter_mut().zip(own).for_each(|(sum, part)| *sum += part); // boxes do not overlap
    }
    let inside: f32 = looked.iter().zip(&covered).map(|(a, part)| a * part).sum();
    Some((f64::from(inside), f64::from(covered.iter().sum::<f32>()) / LOCATIONS as f64))
}
// ANCHOR_END: gaze

/// The attention on every noun that captions write and the scene has.
pub fn gaze<'a>(captions: impl IntoIterator<Item = (&'a Caption, &'a Judged, &'a Scene)>) -> Option<Gaze> {
    let (mut inside, mut uniform, mut nouns) = (0.0, 0.0, 0);
    for (caption, judged, scene) in captions {
        let mentions = judged.said.iter().flat_map(|said| &said.mentions);
        for mention in mentions {
            let Some(looked) = caption.looked.get(mention.noun) else { continue };
            if let Some((mass, share)) = mass_inside(looked, mention, scene) {
                inside += mass;
                uniform += share;
                nouns += 1;
            }
        }
    }
    let mean = |sum: f64| sum / nouns as f64;
    (nouns > 0).then(|| Gaze { inside: mean(inside), uniform: mean(uniform), nouns })
}

/// The pictures of some tests.
pub fn pixels(tests: &[Test], blind: bool) -> Vec<f32> {
    let scenes: Vec<Scene> = tests.iter().map(|test| test.scene.clone()).collect();
    let mut pixels = scene::render_all(&scenes);
    if blind {
        pixels.fill(0.5);
    }
    pixels
}

/// Writes captions with a beam of `width` and measures them.
///
/// # Errors
///
/// If there is no test.
pub fn evaluate<M: Captioner>(
    network: &mut Network<M>,
    tests: &[Test],
    width: usize,
    blind: bool,
) -> Result<Evaluation, Error> {
    let found = beam_search::beam(network, &pixels(tests, blind), width);
    let captions: Vec<Caption> = found.into_iter().map(|found| found.caption).collect();
    measure(&captions, tests, &Vocabulary::of_scenes())
}

/// Measures captions.
///
/// # Errors
///
/// If there is no test.
pub fn measure(captions: &[Caption], tests: &[Test], vocabulary: &Vocabulary) -> Result<Evaluation, Error> {
    let judged: Vec<Judged> = captions
        .iter()
        .zip(tests)
        .map(|(caption, test)| judge(&vocabulary.sentence(&caption.words), &test.scene))
        .collect();
    let pairs = judged.iter().zip(tests);
    let corpus =
        Corpus::new(pairs.clone().map(|(judged, test)| (judged.sentence.as_str(), &test.references)))?;
    let share = |of: usize, all: usize| of as f64 / all.max(1) as f64;
    let count = |what: fn(&Judged) -> bool| judged.iter().filter(|judged| what(judged)).count();
    let related: Vec<&Judged> =
        pairs.filter(|(_, test)| captions::is_related(&test.scene)).map(|(judged, _)| judged).collect();
    let gaze = gaze(captions.iter().zip(&judged).zip(tests).map(|((c, j), test)| (c, j, &test.scene)));
    Ok(Evaluation {
        objects: share(count(|judged| judged.objects), judged.len()),
        several: share(related.iter().filter(|judged| judged.objects).count(), related.len()),
        relation: share(related.iter().filter(|judged| judged.relation).count(), related.len()),
        correct: share(count(|judged| judged.correct), judged.len()),
        scores: metrics::score(&corpus).corpus,
        gaze,
    })
}
