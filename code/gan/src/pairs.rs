//! Pictures of one thing each, and sentences about them.
//!
//! Six things, and three shapes in nine colours. Six of the 27 combinations of colour and shape never occur in
//! training, in no picture and in no sentence: whether they can be painted is the question. Each of the
//! colours and each of the shapes does occur, in other combinations.

use crate::SIDE;
use crate::words::Said;
use emoji_world::scene::render_all;
use emoji_world::sentence::{Form, sentences_of};
use emoji_world::{Backdrop, BoundingBox, Colour, Kind, Scene, SceneConfig, Size, rng};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use rayon::prelude::*;

// LISTING: things
/// The nouns of the things.
const THINGS: [&str; 6] = ["apple", "star", "tree", "mushroom", "octopus", "dog"];

/// The combinations of colour and shape that training never shows.
pub const HELD_OUT: [(Colour, &str); 6] = [
    (Colour::Purple, "heart"),
    (Colour::Green, "circle"),
    (Colour::Orange, "square"),
    (Colour::Blue, "heart"),
    (Colour::Brown, "circle"),
    (Colour::Red, "square"),
];
// LISTING_END: things

/// How probable it is that a picture shows a shape rather than a thing.
const SHAPES: f32 = 0.7;

/// How far from the middle a thing may be, in pixels.
const JITTER: usize = 2;

/// How many kinds there are.
pub const KINDS: usize = 9;

/// The things that are painted.
pub fn things() -> [Kind; 6] {
    THINGS.map(|noun| Kind::named(noun).expect("emoji-world has it"))
}

/// The things and the shapes: what a picture can show.
pub fn kinds() -> impl Iterator<Item = Kind> + Clone {
    things().into_iter().chain(Kind::shapes())
}

/// Whether training never shows it.
pub fn is_held_out(kind: Kind, colour: Option<Colour>) -> bool {
    HELD_OUT.iter().any(|(held_out, noun)| colour == Some(*held_out) && kind.noun() == *noun)
}

/// Which pictures to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything but the combinations that are held out.
    Training,
    /// These alone.
    HeldOut,
    /// Everything, for the judge, who is to know all of it.
    All,
}

/// A picture, and what is said of it.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What the picture shows.
    pub scene: Scene,
    /// A sentence about it.
    pub sentence: String,
}

impl Pair {
    /// Whether what is said is so.
    pub fn shows(&self, said: &Said) -> bool {
        let object = &self.scene.objects[0];
        object.kind == said.kind
            && object.colour == said.colour
            && said.size.is_none_or(|size| size == object.size)
            && said.backdrop.is_none_or(|backdrop| backdrop == self.scene.backdrop)
    }
}

/// What pictures are like: one thing on a canvas of [`SIDE`] × [`SIDE`] pixels.
pub fn config() -> SceneConfig {
    SceneConfig { things: things().to_vec(), shapes: SHAPES, ..SceneConfig::single(SIDE) }
}

/// A picture of a part.
pub fn scene(part: Part, rng: &mut impl Rng) -> Scene {
    let config = match part {
        Part::HeldOut => SceneConfig { shapes: 1.0, ..config() },
        _ => config(),
    };
    loop {
        let mut scene = Scene::draw(&config, rng);
        centre(&mut scene, rng);
        let object = &scene.objects[0];
        let held_out = is_held_out(object.kind, object.colour);
        if part == Part::All || held_out == (part == Part::HeldOut) {
            return scene;
        }
    }
}

/// Moves the thing to the middle, give or take [`JITTER`] pixels across and down.
fn centre(scene: &mut Scene, rng: &mut impl Rng) {
    let object = &mut scene.objects[0];
    let mut start = |length: usize| {
        let most = scene.side - length;
        (most / 2 + rng.random_range(0..=2 * JITTER)).saturating_sub(JITTER).min(most)
    };
    let (width, height) = (object.bounds.width(), object.bounds.height());
    let (left, top) = (start(width), start(height));
    object.bounds = BoundingBox { left, top, right: left + width, bottom: top + height };
}

// LISTING: pairs
/// Pairs of a part: each follows from the seed and its place alone.
pub fn pairs(part: Part, seed: u64, places: std::ops::Range<u64>) -> Vec<Pair> {
    let pair = |place| {
        let mut rng = rng(seed, place);
        let scene = scene(part, &mut rng);
        let sentences = sentences_of(&scene, &[Form::List, Form::Background, Form::Size]);
        let sentence = sentences[rng.random_range(0..sentences.len())].1.clone();
        Pair { scene, sentence }
    };
    places.into_par_iter().map(pair).collect()
}
// LISTING_END: pairs

// LISTING: wrong
/// A sentence that is not true of the picture: that of another pair of the batch, or, as often, its own with one
/// word changed.
///
/// The sentence of another pair is mostly wrong in everything, and then colour alone gives it away; one word
/// makes the discriminator look at each property.
pub fn wrong_sentence(pairs: &[Pair], place: usize, rng: &mut impl Rng) -> String {
    let pair = &pairs[place];
    if rng.random() {
        return one_word_changed(pair, rng);
    }
    let others = (0..TRIES).map(|_| &pairs[rng.random_range(0..pairs.len())].sentence);
    let mut wrong = others.filter(|other| Said::parse(other).is_ok_and(|said| !pair.shows(&said)));
    match wrong.next().cloned() {
        Some(other) => other,
        None => one_word_changed(pair, rng), // the whole batch is alike
    }
}

/// The pair's sentence with another noun, colour, size or background. It names nothing that is held out.
fn one_word_changed(pair: &Pair, rng: &mut impl Rng) -> String {
    let words: Vec<&str> = pair.sentence.split(' ').collect();
    loop {
        let at = rng.random_range(0..words.len());
        let choices = alternatives(&words, at);
        let Some(other) = choices.choose(rng) else { continue };
        let mut changed = words.clone();
        changed[at] = other;
        if at > 0 && ["a", "an"].contains(&changed[at - 1]) {
            let article = emoji_world::sentence::with_article(other);
            changed[at - 1] = if article.starts_with("an ") { "an" } else { "a" };
        }
        let changed = changed.join(" ");
        if Said::parse(&changed).is_ok_and(|said| !is_held_out(said.kind, said.colour) && !pair.shows(&said))
        {
            return changed;
        }
    }
}

/// The words that could stand in the place of one.
fn alternatives(words: &[&str], at: usize) -> Vec<&'static str> {
    let word = words[at];
    let nouns = |shapes: bool| kinds().filter(move |kind| kind.is_shape() == shapes).map(Kind::noun);
    if words.get(at + 1) == Some(&"background") {
        Backdrop::ALL.iter().map(|backdrop| backdrop.name()).collect()
    } else if let Some(kind) = Kind::named(word) {
        nouns(kind.is_shape()).collect()
    } else if Colour::named(word).is_some() {
        Colour::ALL.iter().map(|colour| colour.name()).collect()
    } else if Size::ALL.iter().any(|size| size.adjective() == Some(word)) {
        Size::ALL.iter().filter_map(|size| size.adjective()).collect()
    } else {
        Vec::new()
    }
}
// LISTING_END: wrong

/// How often a sentence that is wrong is looked for in the batch.
const TRIES: usize = 50;

/// The pixels of pictures, one after the other: numbers from 0 to 1.
pub fn pixels(pairs: &[Pair]) -> Vec<f32> {
    let scenes: Vec<Scene> = pairs.iter().map(|pair| pair.scene.clone()).collect();
    render_all(&scenes)
}

/// `count` pictures of one combination, in all sizes and on all backgrounds; they follow from the seed.
pub fn pictures_of(kind: Kind, colour: Option<Colour>, count: usize, seed: u64) -> Vec<f32> {
    let scene = |place: usize| {
        let mut rng = rng(seed, place as u64);
        let mut scene = Scene::with(&config(), &[(kind, colour)], &mut rng);
        centre(&mut scene, &mut rng);
        scene
    };
    render_all(&(0..count).map(scene).collect::<Vec<_>>())
}

/// Every kind with every colour that it has, in a fixed order.
pub fn combinations() -> Vec<(Kind, Option<Colour>)> {
    let coloured = Kind::shapes().flat_map(|kind| Colour::ALL.map(|colour| (kind, Some(colour))));
    things().into_iter().map(|kind| (kind, None)).chain(coloured).collect()
}

/// `a purple heart`, `a dog`
pub fn phrase(kind: Kind, colour: Option<Colour>) -> String {
    let words: Vec<&str> = colour.map(Colour::name).into_iter().chain([kind.noun()]).collect();
    emoji_world::sentence::with_article(&words.join(" "))
}

/// The numbers of what a picture shows: kind, colour (none is the last), size, background.
pub fn labels(scene: &Scene) -> [usize; 4] {
    let object = &scene.objects[0];
    let kind = kinds().position(|kind| kind == object.kind).unwrap_or_default();
    [
        kind,
        object.colour.map_or(Colour::ALL.len(), |colour| colour as usize),
        object.size as usize,
        scene.backdrop as usize,
    ]
}

/// How many values each of [`labels`] can have.
pub const LABELS: [usize; 4] = [KINDS, Colour::ALL.len() + 1, Size::ALL.len(), Backdrop::ALL.len()];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn training_never_shows_what_is_held_out_and_the_rest_of_it_often() {
        let pairs = pairs(Part::Training, 1, 0..3000);
        let mut seen = HashSet::new();
        for pair in &pairs {
            let object = &pair.scene.objects[0];
            assert!(!is_held_out(object.kind, object.colour));
            seen.insert((object.kind, object.colour));
            let said = Said::parse(&pair.sentence).unwrap();
            assert!(pair.shows(&said), "{}", pair.sentence);
            assert!(crate::words::numbers(&pair.sentence).is_ok());
        }
        assert_eq!(seen.len(), 6 + 27 - HELD_OUT.len());
        for colour in Colour::ALL {
            assert!(seen.iter().any(|(_, other)| *other == Some(colour)), "{colour}");
        }
    }

    #[test]
    fn a_wrong_sentence_is_wrong() {
        let pairs = pairs(Part::Training, 2, 0..32);
        let mut rng = rng(1, 1);
        for place in 0..32 {
            let wrong = wrong_sentence(&pairs, place, &mut rng);
            assert!(!pairs[place].shows(&Said::parse(&wrong).unwrap()), "{wrong}");
        }
        // A batch in which every picture is the same has no wrong sentence.
        let same = vec![pairs[0].clone(); 4];
        assert!(!same[0].shows(&Said::parse(&wrong_sentence(&same, 0, &mut rng)).unwrap()));
    }

    #[test]
    fn held_out_pictures_show_every_held_out_combination() {
        let found: HashSet<_> = pairs(Part::HeldOut, 1, 0..200)
            .iter()
            .map(|pair| (pair.scene.objects[0].kind, pair.scene.objects[0].colour))
            .collect();
        assert_eq!(found.len(), HELD_OUT.len());
    }
}
