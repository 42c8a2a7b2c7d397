//! Reading sentences back: what a caption says, and whether it is so.
//!
//! This is for judging captions that a model wrote. It shares no code with the grammar that writes
//! sentences ([`crate::sentence`]), so that each can check the other.

use crate::{Backdrop, BoundingBox, Colour, Error, Kind, Place, Relation, Scene, Size};
use std::collections::HashMap;

/// Some objects that a sentence names: `two large red hearts`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// How many.
    pub count: usize,
    /// The size, where it is said.
    pub size: Option<Size>,
    /// The colour, where it is said.
    pub colour: Option<Colour>,
    /// What they are.
    pub kind: Kind,
    /// Which word of the sentence is the noun, counted from 0 as [`crate::sentence::tokens`] does.
    pub noun: usize,
    /// Where they are, where it is said.
    pub place: Option<Place>,
}

impl Mention {
    /// The objects of the scene that are of this kind, colour and size, by their places in the scene.
    pub fn objects(&self, scene: &Scene) -> Vec<usize> {
        let fits = |i: &usize| {
            let object = &scene.objects[*i];
            object.kind == self.kind
                && self.colour.is_none_or(|colour| object.colour == Some(colour))
                && self.size.is_none_or(|size| object.size == size)
        };
        (0..scene.objects.len()).filter(fits).collect()
    }
}

/// What a sentence says of a scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    /// The objects it names, in the order of the sentence.
    pub mentions: Vec<Mention>,
    /// Relations: first and second are places in `mentions`.
    pub relations: Vec<(usize, Relation, usize)>,
    /// The background, where it is said.
    pub backdrop: Option<Backdrop>,
}

impl Description {
    /// Reads a sentence of the grammar of [`crate::sentence`]. `a` and `an` are taken alike, and so are
    /// `is` and `are`.
    ///
    /// # Errors
    /// Where the sentence is not of the grammar: which word was expected instead of which
    /// ([`Error::NotASentence`]).
    ///
    /// ```
    /// use emoji_world::{Description, Kind, Relation};
    ///
    /// let said = Description::parse("there is a dog, and an owl left of two red hearts")?;
    /// assert_eq!(said.mentions[2].count, 2);
    /// assert_eq!(said.mentions[1].kind, Kind::named("owl").unwrap());
    /// assert_eq!(said.relations, [(1, Relation::LeftOf, 2)]);
    /// assert!(Description::parse("a dog the dog").is_err());
    /// # Ok::<(), emoji_world::Error>(())
    /// ```
    pub fn parse(sentence: &str) -> Result<Self, Error> {
        let tokens = crate::sentence::tokens(sentence);
        let mut reader = Reader { sentence, tokens: &tokens, next: 0 };
        let mut said = Self::default();
        if reader.accept(&["there"]) {
            if !reader.accept(&["is"]) && !reader.accept(&["are"]) {
                return reader.expected("\"is\" or \"are\"");
            }
        } else {
            reader.accept(&["a", "picture", "of"]);
        }
        loop {
            let mention = reader.mention()?;
            said.mentions.push(mention);
            let last = said.mentions.len() - 1;
            if reader.accept(&["is"]) || reader.accept(&["are"]) {
                let Some(relation) = reader.relation() else {
                    return reader.expected("\"left of\", \"right of\", \"above\" or \"below\"");
                };
                said.relations.push((last, relation, last + 1));
                said.mentions.push(reader.mention()?);
            } else if let Some(relation) = reader.relation() {
                said.relations.push((last, relation, last + 1));
                said.mentions.push(reader.mention()?);
            } else {
                said.mentions[last].place = reader.place();
            }
            if reader.accept(&["on", "a"]) || reader.accept(&["on", "an"]) {
                let Some(backdrop) = reader.word().and_then(Backdrop::named) else {
                    return reader.expected("a background's colour");
                };
                reader.next += 1;
                said.backdrop = Some(backdrop);
                if !reader.accept(&["background"]) {
                    return reader.expected("\"background\"");
                }
                if reader.word().is_some() {
                    return reader.expected("the end");
                }
            }
            if reader.word().is_none() {
                return Ok(said);
            }
            reader.accept(&["and"]);
        }
    }

    /// Whether everything it says is so. Numbers are exact: "a dog" is not true of a scene with two, and
    /// "a dog and a dog" is true of such a scene alone.
    pub fn is_true_of(&self, scene: &Scene) -> bool {
        let same = |a: &Mention, b: &Mention| (a.kind, a.colour, a.size) == (b.kind, b.colour, b.size);
        let counts = self.mentions.iter().all(|mention| {
            let said: usize = self.mentions.iter().filter(|m| same(m, mention)).map(|m| m.count).sum();
            mention.objects(scene).len() == said
        });
        counts && self.places_are_true_of(scene) && self.relations_are_true_of(scene) && {
            self.backdrop.is_none_or(|backdrop| backdrop == scene.backdrop)
        }
    }

    /// Whether it names exactly the objects of the scene, each kind and colour in the right number.
    ///
    /// Sizes, places, relations and the background do not matter here.
    pub fn names_all_of(&self, scene: &Scene) -> bool {
        let mut balance: HashMap<(Kind, Option<Colour>), i64> = HashMap::new();
        for object in &scene.objects {
            *balance.entry((object.kind, object.colour)).or_default() += 1;
        }
        for mention in &self.mentions {
            *balance.entry((mention.kind, mention.colour)).or_default() -= mention.count as i64;
        }
        balance.values().all(|rest| *rest == 0)
    }

    /// Whether each relation holds between all objects that it is said of: those of the kind, colour and
    /// size of one mention, and those of the other. True where there is none.
    ///
    /// Nothing is left of itself: "a dog left of a dog" is true of no scene.
    pub fn relations_are_true_of(&self, scene: &Scene) -> bool {
        self.relations.iter().all(|&(a, relation, b)| {
            let (first, second) = (self.mentions[a].objects(scene), self.mentions[b].objects(scene));
            let holds = |i: &usize, j: &usize| {
                is_so(relation, &scene.objects[*i].bounds, &scene.objects[*j].bounds, scene.side)
            };
            !first.is_empty()
                && !second.is_empty()
                && first.iter().all(|i| second.iter().all(|j| holds(i, j)))
        })
    }

    /// Whether each place is where all objects are that it is said of. True where there is none.
    fn places_are_true_of(&self, scene: &Scene) -> bool {
        self.mentions.iter().all(|mention| {
            let objects = mention.objects(scene);
            mention.place.is_none_or(|place| {
                !objects.is_empty()
                    && objects.iter().all(|i| is_there(place, &scene.objects[*i].bounds, scene.side))
            })
        })
    }
}

/// Whether a relation holds, in whole numbers: twice the centres' distance is at least a quarter of the
/// side.
fn is_so(relation: Relation, a: &BoundingBox, b: &BoundingBox, side: usize) -> bool {
    let (ax, ay) = ((a.left + a.right) as i64, (a.top + a.bottom) as i64);
    let (bx, by) = ((b.left + b.right) as i64, (b.top + b.bottom) as i64);
    let doubled = match relation {
        Relation::LeftOf => bx - ax,
        Relation::RightOf => ax - bx,
        Relation::Above => by - ay,
        Relation::Below => ay - by,
    };
    4 * doubled >= side as i64
}

/// Whether a place is right, in whole numbers.
fn is_there(place: Place, bounds: &BoundingBox, side: usize) -> bool {
    // Six times the centre, to compare with thirds of the side doubled.
    let (x, y) = (3 * (bounds.left + bounds.right), 3 * (bounds.top + bounds.bottom));
    let (low, high) = (2 * side, 4 * side);
    match place {
        Place::Left => x < low,
        Place::Right => x > high,
        Place::Top => y < low,
        Place::Bottom => y > high,
        Place::Middle => x >= low && x <= high && y >= low && y <= high,
    }
}

struct Reader<'a> {
    sentence: &'a str,
    tokens: &'a [String],
    next: usize,
}

impl Reader<'_> {
    fn word(&self) -> Option<&str> {
        self.tokens.get(self.next).map(String::as_str)
    }

    /// Goes past these words, if they come next.
    fn accept(&mut self, words: &[&str]) -> bool {
        let found = self.tokens[self.next..].iter().take(words.len()).eq(words);
        self.next += if found { words.len() } else { 0 };
        found
    }

    fn expected<T>(&self, expected: impl Into<String>) -> Result<T, Error> {
        Err(Error::NotASentence {
            sentence: self.sentence.to_owned(),
            word: self.next + 1,
            expected: expected.into(),
            found: self.word().unwrap_or("the end").to_owned(),
        })
    }

    fn mention(&mut self) -> Result<Mention, Error> {
        let count = match self.word() {
            Some("a" | "an" | "one") => 1,
            Some("two") => 2,
            Some("three") => 3,
            Some("four") => 4,
            Some("five") => 5,
            Some("six") => 6,
            Some("seven") => 7,
            Some("eight") => 8,
            Some("nine") => 9,
            Some("ten") => 10,
            _ => return self.expected("\"a\", \"an\" or a number from two to ten"),
        };
        self.next += 1;
        let size = if self.accept(&["small"]) {
            Some(Size::Small)
        } else if self.accept(&["large"]) {
            Some(Size::Large)
        } else {
            None
        };
        let colour = self.word().and_then(Colour::named);
        self.next += usize::from(colour.is_some());
        let Some(kind) = self.word().and_then(Kind::named) else {
            let what = if colour.is_none() { "a size, a colour or a noun" } else { "a noun" };
            return self
                .expected(format!("{what} such as {:?}", Kind::nearest(self.word().unwrap_or_default())));
        };
        let singular = self.word() == Some(kind.noun());
        if singular != (count == 1) {
            return self.expected(if count == 1 { "a noun in the singular" } else { "a noun in the plural" });
        }
        self.next += 1;
        Ok(Mention { count, size, colour, kind, noun: self.next - 1, place: None })
    }

    fn relation(&mut self) -> Option<Relation> {
        if self.accept(&["left", "of"]) {
            Some(Relation::LeftOf)
        } else if self.accept(&["right", "of"]) {
            Some(Relation::RightOf)
        } else if self.accept(&["above"]) {
            Some(Relation::Above)
        } else if self.accept(&["below"]) {
            Some(Relation::Below)
        } else {
            None
        }
    }

    fn place(&mut self) -> Option<Place> {
        if self.accept(&["on", "the", "left"]) {
            Some(Place::Left)
        } else if self.accept(&["on", "the", "right"]) {
            Some(Place::Right)
        } else if self.accept(&["at", "the", "top"]) {
            Some(Place::Top)
        } else if self.accept(&["at", "the", "bottom"]) {
            Some(Place::Bottom)
        } else if self.accept(&["in", "the", "middle"]) {
            Some(Place::Middle)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Object;
    use proptest::prelude::*;

    /// A dog on the left, a large red heart on the right and two cats at the bottom.
    fn scene() -> Scene {
        let object = |noun, colour, size, left, top| Object {
            kind: Kind::named(noun).unwrap(),
            colour,
            size,
            sprite_side: 10,
            bounds: BoundingBox { left, top, right: left + 10, bottom: top + 10 },
        };
        Scene {
            side: 56,
            backdrop: Backdrop::Pink,
            objects: vec![
                object("dog", None, Size::Small, 1, 3),
                object("heart", Some(Colour::Red), Size::Large, 42, 5),
                object("cat", None, Size::Medium, 12, 42),
                object("cat", None, Size::Medium, 30, 42),
            ],
        }
    }

    #[test]
    fn true_sentences_are_true() {
        for sentence in [
            "a dog",
            "two cats and a dog",
            "a small dog and a large red heart",
            "there is a dog left of a red heart on a pink background",
            "a heart is right of a dog",
            "A picture of two cats at the bottom, a dog on the left.",
            "two cats are below a dog and a red heart at the top",
            "a cat and a cat",
            "a cat, a dog and a cat",
            "a dog, a cat is left of a red heart and a cat",
        ] {
            assert!(Description::parse(sentence).unwrap().is_true_of(&scene()), "{sentence}");
        }
    }

    #[test]
    fn false_sentences_are_false() {
        for sentence in [
            "a cat",
            "three cats",
            "two dogs",
            "a blue heart",
            "an owl",
            "a large dog",
            "a dog right of a red heart",
            "a dog above a red heart",
            "a dog on the right",
            "two cats on the left",
            "a dog on a blue background",
            "two cats left of a red heart and a dog in the middle",
            "a dog and a dog",
            "two cats and a cat",
            "a dog is left of a dog",
            "a cat is left of a cat",
            "two cats are left of two cats",
        ] {
            assert!(!Description::parse(sentence).unwrap().is_true_of(&scene()), "{sentence}");
        }
    }

    #[test]
    fn naming_all_is_about_kinds_colours_and_numbers() {
        let names_all = |sentence| Description::parse(sentence).unwrap().names_all_of(&scene());
        assert!(names_all("a dog, a red heart and two cats"));
        assert!(names_all("a cat, a large dog and a cat right of a red heart"));
        assert!(!names_all("a dog and two cats"));
        assert!(!names_all("a dog, a blue heart and two cats"));
        assert!(!names_all("two dogs, a red heart and two cats"));
    }

    #[test]
    fn what_is_no_sentence_says_where() {
        for (sentence, word, expected) in [
            ("", "word 1", "found \"the end\""),
            ("a dog and", "word 4", "found \"the end\""),
            ("a dog left a cat", "word 3", "found \"left\""),
            ("two dog", "word 2", "plural"),
            ("there dog", "word 2", "\"is\" or \"are\""),
            ("a red red heart", "word 3", "a noun"),
            ("a purple hart", "word 3", "a noun such as \"heart\""),
            ("three hauses", "word 2", "a noun such as \"houses\""),
            ("a dog on a purple background", "word 5", "colour"),
            ("a dog on a pink background and a cat", "word 7", "the end"),
        ] {
            let error = Description::parse(sentence).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains(expected), "{sentence}: {error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn any_words_are_read_or_refused(
            places in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
            seed: u64,
        ) {
            let vocabulary = crate::sentence::vocabulary();
            let words: Vec<&str> = places.iter().map(|place| *place.get(&vocabulary)).collect();
            let scene = Scene::sample(&crate::SceneConfig::default(), seed);
            match Description::parse(&words.join(" ")) {
                Ok(said) => {
                    prop_assert!(!said.mentions.is_empty());
                    let _ = (said.is_true_of(&scene), said.names_all_of(&scene));
                }
                Err(Error::NotASentence { word, found, .. }) => {
                    prop_assert_eq!(words.get(word - 1).copied().unwrap_or("the end"), found);
                }
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }

    #[test]
    fn a_mention_knows_its_noun_and_its_objects() {
        let said = Description::parse("there is a large red heart above two cats").unwrap();
        assert_eq!((said.mentions[0].noun, said.mentions[1].noun), (5, 8));
        assert_eq!(said.mentions[0].objects(&scene()), [1]);
        assert_eq!(said.mentions[1].objects(&scene()), [2, 3]);
    }
}
