//! Kinds: what the objects of a scene are.

use crate::emoji;
use std::fmt;
use std::sync::OnceLock;

/// Noun, plural, name of the emoji. Everyday things with one plain noun, of which no two look alike at
/// 14 × 14 pixels.
const THINGS: [(&str, &str, &str); 43] = [
    ("dog", "dogs", "dog face"),
    ("cat", "cats", "cat face"),
    ("horse", "horses", "horse"),
    ("cow", "cows", "cow"),
    ("pig", "pigs", "pig"),
    ("elephant", "elephants", "elephant"),
    ("octopus", "octopuses", "octopus"),
    ("turtle", "turtles", "turtle"),
    ("bird", "birds", "bird"),
    ("penguin", "penguins", "penguin"),
    ("owl", "owls", "owl"),
    ("frog", "frogs", "frog"),
    ("butterfly", "butterflies", "butterfly"),
    ("bee", "bees", "honeybee"),
    ("crab", "crabs", "crab"),
    ("spider", "spiders", "spider"),
    ("mouse", "mice", "mouse face"),
    ("apple", "apples", "red apple"),
    ("banana", "bananas", "banana"),
    ("pineapple", "pineapples", "pineapple"),
    ("carrot", "carrots", "carrot"),
    ("pizza", "pizzas", "pizza"),
    ("hamburger", "hamburgers", "hamburger"),
    ("cake", "cakes", "birthday cake"),
    ("mushroom", "mushrooms", "mushroom"),
    ("car", "cars", "automobile"),
    ("truck", "trucks", "delivery truck"),
    ("bicycle", "bicycles", "bicycle"),
    ("rocket", "rockets", "rocket"),
    ("boat", "boats", "sailboat"),
    ("tractor", "tractors", "tractor"),
    ("house", "houses", "house"),
    ("tree", "trees", "deciduous tree"),
    ("flower", "flowers", "tulip"),
    ("star", "stars", "star"),
    ("umbrella", "umbrellas", "umbrella"),
    ("key", "keys", "key"),
    ("guitar", "guitars", "guitar"),
    ("balloon", "balloons", "balloon"),
    ("bell", "bells", "bell"),
    ("clock", "clocks", "alarm clock"),
    ("crown", "crowns", "crown"),
    ("anchor", "anchors", "anchor"),
];

/// Nouns and plurals of the shapes that come in all colours.
const SHAPES: [(&str, &str); 3] = [("circle", "circles"), ("square", "squares"), ("heart", "hearts")];

/// What an object is: one of 43 things, each with its own picture, or one of three shapes, each in nine
/// colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(u8);

impl Kind {
    /// Every kind: the things, then the shapes.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        (0..(THINGS.len() + SHAPES.len()) as u8).map(Self)
    }

    /// Dogs, cars, keys and so on.
    pub fn things() -> impl ExactSizeIterator<Item = Self> + Clone {
        (0..THINGS.len() as u8).map(Self)
    }

    /// Circle, square and heart.
    pub fn shapes() -> impl ExactSizeIterator<Item = Self> + Clone {
        (THINGS.len() as u8..(THINGS.len() + SHAPES.len()) as u8).map(Self)
    }

    /// The kind of this noun, in the singular or the plural.
    ///
    /// ```
    /// use emoji_world::Kind;
    ///
    /// assert_eq!(Kind::named("mice"), Kind::named("mouse"));
    /// assert_eq!(Kind::named("heart").unwrap().plural(), "hearts");
    /// ```
    pub fn named(noun: &str) -> Option<Self> {
        Self::all().find(|kind| kind.noun() == noun || kind.plural() == noun)
    }

    /// Its place in [`Kind::all`].
    pub fn index(self) -> usize {
        self.0.into()
    }

    /// Whether it comes in colours.
    pub fn is_shape(self) -> bool {
        self.index() >= THINGS.len()
    }

    /// The noun that is most like a word which is none, in the singular or the plural.
    pub fn nearest(word: &str) -> &'static str {
        let nouns = Self::all().flat_map(|kind| [kind.noun(), kind.plural()]);
        let likeness = |noun: &&str| strsim::jaro_winkler(word, noun);
        nouns.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
    }

    /// The noun: `mouse`.
    pub fn noun(self) -> &'static str {
        match THINGS.get(self.index()) {
            Some(thing) => thing.0,
            None => SHAPES[self.index() - THINGS.len()].0,
        }
    }

    /// The noun's plural: `mice`.
    pub fn plural(self) -> &'static str {
        match THINGS.get(self.index()) {
            Some(thing) => thing.1,
            None => SHAPES[self.index() - THINGS.len()].1,
        }
    }

    /// The id of the emoji that draws it; a shape needs its colour.
    ///
    /// # Panics
    /// Where a shape has no colour, or a thing has one.
    pub fn emoji(self, colour: Option<Colour>) -> usize {
        static IDS: OnceLock<Vec<usize>> = OnceLock::new();
        let ids = IDS.get_or_init(|| {
            let id =
                |name: &str| emoji::find(name).unwrap_or_else(|| panic!("there is an emoji {name:?}")).id;
            let shape = |(kind, colour): (Kind, Colour)| {
                // Unicode has black and white squares of several sizes.
                let name = format!("{} {}", colour.name(), kind.noun());
                let large = format!("{} large {}", colour.name(), kind.noun());
                emoji::find(&name).map_or_else(|| id(&large), |emoji| emoji.id)
            };
            let shapes = Kind::shapes().flat_map(|kind| Colour::ALL.map(|colour| (kind, colour)));
            THINGS.iter().map(|thing| id(thing.2)).chain(shapes.map(shape)).collect()
        });
        assert_eq!(self.is_shape(), colour.is_some(), "a shape has a colour, and a thing has none");
        match colour {
            None => ids[self.index()],
            Some(colour) => {
                let shape = self.index() - THINGS.len();
                ids[THINGS.len() + shape * Colour::ALL.len() + colour as usize]
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

/// The colours of shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Colour {
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Brown,
    Black,
    White,
}

impl Colour {
    /// All nine.
    pub const ALL: [Self; 9] = [
        Self::Red,
        Self::Orange,
        Self::Yellow,
        Self::Green,
        Self::Blue,
        Self::Purple,
        Self::Brown,
        Self::Black,
        Self::White,
    ];

    /// Its name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Purple => "purple",
            Self::Brown => "brown",
            Self::Black => "black",
            Self::White => "white",
        }
    }

    /// The colour of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.name() == name)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The colours of scenes' backgrounds: light ones, so that every object stands out; white shapes do so
/// least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Backdrop {
    White,
    Grey,
    Blue,
    Green,
    Yellow,
    Pink,
}

impl Backdrop {
    /// All six.
    pub const ALL: [Self; 6] = [Self::White, Self::Grey, Self::Blue, Self::Green, Self::Yellow, Self::Pink];

    /// Its name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Grey => "grey",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Pink => "pink",
        }
    }

    /// The background of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backdrop| backdrop.name() == name)
    }

    /// Red, green and blue, from 0 to 1.
    pub fn rgb(self) -> [f32; 3] {
        match self {
            Self::White => [1.0, 1.0, 1.0],
            Self::Grey => [0.80, 0.80, 0.80],
            Self::Blue => [0.70, 0.86, 1.0],
            Self::Green => [0.74, 0.95, 0.74],
            Self::Yellow => [1.0, 0.96, 0.66],
            Self::Pink => [1.0, 0.80, 0.89],
        }
    }
}

impl fmt::Display for Backdrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Augmentation, Sprite, rng};
    use std::collections::HashSet;

    fn coloured() -> Vec<(Kind, Option<Colour>)> {
        let shapes = Kind::shapes().flat_map(|kind| Colour::ALL.map(|colour| (kind, Some(colour))));
        Kind::things().map(|kind| (kind, None)).chain(shapes).collect()
    }

    #[test]
    fn every_kind_has_its_own_picture_and_noun() {
        let pictures: HashSet<usize> = coloured().iter().map(|(kind, colour)| kind.emoji(*colour)).collect();
        assert_eq!(pictures.len(), 43 + 27);
        let nouns: HashSet<&str> = Kind::all().flat_map(|kind| [kind.noun(), kind.plural()]).collect();
        assert_eq!(nouns.len(), 2 * 46);
        assert!(Kind::all().all(|kind| Kind::named(kind.noun()) == Some(kind)));
        assert!(nouns.iter().all(|noun| Colour::named(noun).is_none()));
        assert!(Colour::ALL.iter().all(|colour| Colour::named(colour.name()) == Some(*colour)));
        assert!(Backdrop::ALL.iter().all(|backdrop| Backdrop::named(backdrop.name()) == Some(*backdrop)));
    }

    #[test]
    fn every_kind_stands_out_from_every_background_that_it_may_have() {
        for backdrop in Backdrop::ALL {
            let rgb = backdrop.rgb();
            for (kind, colour) in coloured() {
                if (colour, backdrop) == (Some(Colour::White), Backdrop::White) {
                    continue;
                }
                let sprite = Sprite::of(kind.emoji(colour), 14);
                // Of the pixels that the sprite changes, the root mean square change.
                let pixels = (0..14).flat_map(|y| sprite.row(y)).filter(|pixel| pixel[3] > 0.0);
                let change = |p: &[f32; 4]| (0..3).map(|c| (p[c] - p[3] * rgb[c]).powi(2)).sum::<f32>() / 3.0;
                let mean = (pixels.clone().map(change).sum::<f32>() / pixels.count() as f32).sqrt();
                assert!(mean > 0.07, "{kind} {colour:?} on {backdrop}: {mean}");
            }
        }
    }

    #[test]
    fn kinds_can_be_told_apart_at_the_smallest_size() {
        // Root mean square difference on grey, over all numbers of the picture.
        let backdrop = crate::augmentation::Background::Colour(Backdrop::Grey.rgb());
        let on_grey = Augmentation { background: backdrop, ..Augmentation::none() };
        let picture = |(kind, colour): &(Kind, Option<Colour>)| {
            on_grey.apply(&Sprite::of(kind.emoji(*colour), 14), 14, &mut rng(0, 0)).pixels
        };
        let pictures: Vec<Vec<f32>> = coloured().iter().map(picture).collect();
        for (i, a) in pictures.iter().enumerate() {
            for (j, b) in pictures.iter().enumerate().skip(i + 1) {
                let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
                let difference = (squares / a.len() as f32).sqrt();
                let (a, b) = (coloured()[i], coloured()[j]);
                // Two shapes of one colour differ at their corners only.
                let least = if a.1.is_some() && a.1 == b.1 { 0.04 } else { 0.1 };
                assert!(difference > least, "{a:?} {b:?}: {difference}");
            }
        }
    }
}
