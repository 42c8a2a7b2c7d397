//! Pictures of one thing each, and sentences about them.
//!
//! Six things, and three shapes in nine colours. Six of the 27 combinations of colour and shape never occur in
//! training, in no picture and in no sentence: whether they can be painted is the question. Each of the
//! colours and each of the shapes does occur, in other combinations.

use crate::SIDE;
use crate::words::Said;
use emoji_world::augmentation::Background;
use emoji_world::sentence::{Form, sentences_of};
use emoji_world::{Augmentation, Backdrop, Colour, Kind, Scene, SceneConfig, Size, Sprite, rng};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use rayon::prelude::*;

// ANCHOR: things
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
// ANCHOR_END: things

/// How probable it is that a picture shows a shape rather than a thing.
const SHAPES: f32 = 0.7;

/// How far from the middle a thing may be, across and down, in pixels.
const SHIFT: f32 = SIDE as f32 / 16.0;

/// The backgrounds that white shapes are drawn on; on the others they could hardly be seen.
const BEHIND_WHITE: [Backdrop; 3] = [Backdrop::Blue, Backdrop::Green, Backdrop::Yellow];

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

/// A picture: one thing on a background.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawing {
    /// What it shows.
    pub kind: Kind,
    /// Its colour, where it is a shape.
    pub colour: Option<Colour>,
    /// Its size, as one would say it.
    pub size: Size,
    /// What is behind it.
    pub backdrop: Backdrop,
    /// The exact size and place follow from this.
    seed: u64,
}

impl Drawing {
    fn of(scene: &Scene, rng: &mut impl Rng) -> Self {
        let object = &scene.objects[0];
        let (kind, colour, size) = (object.kind, object.colour, object.size);
        Self { kind, colour, size, backdrop: scene.backdrop, seed: rng.random() }
    }

    // ANCHOR: render
    /// Draws it on [`SIDE`] × [`SIDE`] pixels: in its size give or take a pixel, near the middle. Both are numbers
    /// with a fraction, so that no two pictures are the same.
    fn render_into(&self, pixels: &mut [f32]) {
        let (least, most) = config().sizes[self.size as usize];
        let fraction = |pixels: f32| pixels / SIDE as f32;
        let augmentation = Augmentation {
            scale: (fraction(least as f32), fraction(most as f32)),
            shift: fraction(SHIFT),
            background: Background::Colour(self.backdrop.rgb()),
            ..Augmentation::none()
        };
        let sprite = Sprite::of(self.kind.emoji(self.colour), augmentation.sprite_side(SIDE));
        augmentation.apply_into(&sprite, SIDE, &mut rng(self.seed, 0), pixels);
    }
    // ANCHOR_END: render
}

/// A picture, and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The picture.
    pub drawing: Drawing,
    /// A sentence about it.
    pub sentence: String,
}

impl Pair {
    /// Whether what is said is so.
    pub fn shows(&self, said: &Said) -> bool {
        let Drawing { kind, colour, size, backdrop, .. } = self.drawing;
        kind == said.kind
            && colour == said.colour
            && said.size.is_none_or(|said| said == size)
            && said.backdrop.is_none_or(|said| said == backdrop)
    }
}

/// What pictures are like: one thing on a canvas of [`SIDE`] × [`SIDE`] pixels.
pub fn config() -> SceneConfig {
    SceneConfig { things: things().to_vec(), shapes: SHAPES, ..SceneConfig::single(SIDE) }
}

/// What a picture of a part shows.
fn scene(part: Part, rng: &mut impl Rng) -> Scene {
    let config = match part {
        Part::HeldOut => SceneConfig { shapes: 1.0, ..config() },
        _ => config(),
    };
    loop {
        let scene = Scene::draw(&config, rng);
        let object = &scene.objects[0];
        let held_out = is_held_out(object.kind, object.colour);
        if stands_out(&scene) && (part == Part::All || held_out == (part == Part::HeldOut)) {
            return scene;
        }
    }
}

/// Whether the thing can be told from what is behind it.
fn stands_out(scene: &Scene) -> bool {
    scene.objects[0].colour != Some(Colour::White) || BEHIND_WHITE.contains(&scene.backdrop)
}

// ANCHOR: pairs
/// Pairs of a part: each follows from the seed and its place alone.
pub fn pairs(part: Part, seed: u64, places: std::ops::Range<u64>) -> Vec<Pair> {
    let pair = |place| {
        let mut rng = rng(seed, place);
        let scene = scene(part, &mut rng);
        let sentences = sentences_of(&scene, &[Form::List, Form::Background, Form::Size]);
        let sentence = sentences[rng.random_range(0..sentences.len())].1.clone();
        Pair { drawing: Drawing::of(&scene, &mut rng), sentence }
    };
    places.into_par_iter().map(pair).collect()
}
// ANCHOR_END: pairs

// ANCHOR: wrong
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
// ANCHOR_END: wrong

/// How often a sentence that is wrong is looked for in the batch.
const TRIES: usize = 50;

/// The pixels of pictures, one after the other: numbers from 0 to 1.
pub fn pixels(pairs: &[Pair]) -> Vec<f32> {
    render(&pairs.iter().map(|pair| pair.drawing).collect::<Vec<_>>())
}

fn render(drawings: &[Drawing]) -> Vec<f32> {
    let each = SIDE * SIDE * 3;
    let mut pixels = vec![0.0; drawings.len() * each];
    let pictures = pixels.par_chunks_exact_mut(each).zip(drawings);
    pictures.for_each(|(picture, drawing)| drawing.render_into(picture));
    pixels
}

/// `count` pictures of one combination, in all sizes and on all its backgrounds; they follow from the seed.
pub fn pictures_of(kind: Kind, colour: Option<Colour>, count: usize, seed: u64) -> Vec<f32> {
    let drawing = |place: usize| {
        let mut rng = rng(seed, place as u64);
        loop {
            let scene = Scene::with(&config(), &[(kind, colour)], &mut rng);
            if stands_out(&scene) {
                return Drawing::of(&scene, &mut rng);
            }
        }
    };
    render(&(0..count).map(drawing).collect::<Vec<_>>())
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
pub fn labels(drawing: &Drawing) -> [usize; 4] {
    [
        kinds().position(|kind| kind == drawing.kind).unwrap_or_default(),
        drawing.colour.map_or(Colour::ALL.len(), |colour| colour as usize),
        drawing.size as usize,
        drawing.backdrop as usize,
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
            let Drawing { kind, colour, backdrop, .. } = pair.drawing;
            assert!(!is_held_out(kind, colour));
            assert!(colour != Some(Colour::White) || BEHIND_WHITE.contains(&backdrop));
            seen.insert((kind, colour));
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
            .map(|pair| (pair.drawing.kind, pair.drawing.colour))
            .collect();
        assert_eq!(found.len(), HELD_OUT.len());
    }

    #[test]
    fn pictures_are_as_drawn_and_no_two_are_the_same() {
        let (heart, red) = (Kind::named("heart").unwrap(), Some(Colour::Red));
        let pictures = pictures_of(heart, red, 400, 3);
        let rows: HashSet<Vec<u32>> = pictures
            .chunks_exact(SIDE * SIDE * 3)
            .map(|picture| picture.iter().map(|value| value.to_bits()).collect())
            .collect();
        assert_eq!(rows.len(), 400);
        for pair in pairs(Part::All, 5, 0..60) {
            let picture = pixels(std::slice::from_ref(&pair));
            // The corners are background, and the thing covers as much as its size says.
            let behind = pair.drawing.backdrop.rgb();
            let differs = |pixel: &[f32]| pixel.iter().zip(behind).any(|(a, b)| (a - b).abs() > 1e-4);
            assert!(!differs(&picture[..3]) && !differs(&picture[picture.len() - 3..]));
            let covered: Vec<usize> = (0..SIDE * SIDE).filter(|i| differs(&picture[3 * i..][..3])).collect();
            let wide = covered.iter().map(|i| i % SIDE).max().unwrap()
                - covered.iter().map(|i| i % SIDE).min().unwrap();
            let (_, most) = config().sizes[pair.drawing.size as usize];
            assert!(wide <= most + 2 && wide + 8 >= most, "{wide} {pair:?}");
        }
    }
}
