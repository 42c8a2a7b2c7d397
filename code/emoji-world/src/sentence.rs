//! Sentences: what English says of a scene.
//!
//! Each sentence names every object of its scene, and says nothing that is not so. The grammar:
//!
//! ```text
//! sentence   = [ "there is" | "there are" | "a picture of" ] item { [","] [ "and" ] item } [ background ]
//! item       = phrase [ place ]  |  phrase [ "is" | "are" ] relation phrase
//! phrase     = number [ "small" | "large" ] [ colour ] noun
//! number     = "a" | "an" | "two" | "three" | "four" | "five" | …
//! relation   = "left of" | "right of" | "above" | "below"
//! place      = "on the left" | "on the right" | "at the top" | "at the bottom" | "in the middle"
//! background = "on a" colour "background"
//! ```
//!
//! A relation or a place belongs to the phrase just before it. [`crate::Description`] reads such a
//! sentence back, and compares it with a scene.

use crate::{Backdrop, Colour, Kind, Object, Place, Relation, Scene, Size, rng};
use rand::seq::SliceRandom;
use std::collections::HashSet;

/// Words for numbers; the place is the number. More than these many same objects are not counted.
pub const NUMBERS: [&str; 11] =
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// The kinds of sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// `a dog and two cats`
    List,
    /// `there is a dog and two cats`
    ThereIs,
    /// `a picture of a dog and two cats`
    PictureOf,
    /// `a dog and two cats on a blue background`
    Background,
    /// `a dog is left of two cats`
    Relation,
    /// `a dog on the left and two cats on the right`
    Place,
    /// `a small dog and two cats`, also on its background
    Size,
}

impl Form {
    /// All seven.
    pub const ALL: [Self; 7] = [
        Self::List,
        Self::ThereIs,
        Self::PictureOf,
        Self::Background,
        Self::Relation,
        Self::Place,
        Self::Size,
    ];
}

/// Objects that are called the same: their number, and what they are.
struct Group<'a> {
    kind: Kind,
    colour: Option<Colour>,
    objects: Vec<&'a Object>,
}

impl Group<'_> {
    /// `two red hearts`
    fn phrase(&self) -> String {
        self.sized_phrase(None)
    }

    /// `two large red hearts`
    fn sized_phrase(&self, size: Option<&str>) -> String {
        let count = self.objects.len();
        let noun = if count == 1 { self.kind.noun() } else { self.kind.plural() };
        let colour = self.colour.map(Colour::name);
        let words: Vec<&str> = size.into_iter().chain(colour).chain([noun]).collect();
        match count {
            1 => with_article(&words.join(" ")),
            _ => format!("{} {}", NUMBERS[count], words.join(" ")),
        }
    }

    /// The size that all of the group have, where one says it.
    fn adjective(&self) -> Option<&'static str> {
        let first = self.objects[0].size;
        if self.objects.iter().all(|object| object.size == first) { first.adjective() } else { None }
    }

    fn places(&self, side: usize) -> Vec<Place> {
        let all_in = |place: &Place| self.objects.iter().all(|object| place.holds(&object.bounds, side));
        Place::ALL.into_iter().filter(all_in).collect()
    }

    /// The relation that each of this group plainly has to each of another.
    fn relation_to(&self, other: &Self, side: usize) -> Option<Relation> {
        Relation::ALL.into_iter().find(|relation| {
            let plain =
                |a: &Object| other.objects.iter().all(|b| relation.is_plain(&a.bounds, &b.bounds, side));
            self.objects.iter().all(|object| plain(object))
        })
    }

    fn be(&self) -> &'static str {
        if self.objects.len() == 1 { "is" } else { "are" }
    }
}

/// A noun, with what stands before it, after its article.
///
/// ```
/// use emoji_world::sentence::with_article;
///
/// assert_eq!(with_article("dog"), "a dog");
/// assert_eq!(with_article("orange circle"), "an orange circle");
/// ```
pub fn with_article(noun: &str) -> String {
    // True of every word of the grammar: it has no "hour" and no "unicorn".
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// `a dog`, `a dog and a cat`, `a dog, a cat and a key`
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// Every sentence of these forms that the grammar says of the scene, none twice, in a fixed order.
///
/// Objects of the same kind and colour are counted (`two dogs`). Up to three such groups are named in
/// every order, more of them in the order of their objects, from each one on, and backwards. In all forms,
/// every scene has six sentences at least.
///
/// # Panics
/// Where a scene has more than ten objects that are called the same.
pub fn sentences_of(scene: &Scene, forms: &[Form]) -> Vec<(Form, String)> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for object in &scene.objects {
        match groups.iter_mut().find(|g| (g.kind, g.colour) == (object.kind, object.colour)) {
            Some(group) => group.objects.push(object),
            None => groups.push(Group { kind: object.kind, colour: object.colour, objects: vec![object] }),
        }
    }
    let mut sentences = Vec::new();
    let on_background = format!("on {} background", with_article(scene.backdrop.name()));
    for order in orders(groups.len()) {
        let ordered: Vec<&Group<'_>> = order.iter().map(|&i| &groups[i]).collect();
        let list = listed(&ordered.iter().map(|group| group.phrase()).collect::<Vec<_>>());
        let be = ordered.first().map_or("is", |group| group.be());
        for form in forms {
            let mut push = |sentence: String| sentences.push((*form, sentence));
            match form {
                Form::List => push(list.clone()),
                Form::ThereIs => push(format!("there {be} {list}")),
                Form::PictureOf => push(format!("a picture of {list}")),
                Form::Background => {
                    push(format!("{list} {on_background}"));
                    push(format!("there {be} {list} {on_background}"));
                    push(format!("a picture of {list} {on_background}"));
                }
                Form::Relation => related(&ordered, scene.side).into_iter().for_each(push),
                Form::Place => placed(&ordered, scene.side).into_iter().for_each(push),
                Form::Size => {
                    if ordered.iter().any(|group| group.adjective().is_some()) {
                        let sized = |group: &&Group<'_>| group.sized_phrase(group.adjective());
                        let list = listed(&ordered.iter().map(sized).collect::<Vec<_>>());
                        push(format!("{list} {on_background}"));
                        push(format!("there {be} {list}"));
                        push(list);
                    }
                }
            }
        }
    }
    let mut seen = HashSet::new();
    sentences.retain(|(_, sentence)| seen.insert(sentence.clone()));
    sentences
}

/// Sentences in which the last two groups are related, and the others are listed before.
fn related(ordered: &[&Group<'_>], side: usize) -> Vec<String> {
    let [others @ .., a, b] = ordered else { return Vec::new() };
    let Some(relation) = a.relation_to(b, side) else { return Vec::new() };
    let (a_phrase, b_phrase) = (a.phrase(), b.phrase());
    let bare = format!("{a_phrase} {relation} {b_phrase}");
    if others.is_empty() {
        let be = a.be();
        return vec![format!("{a_phrase} {be} {relation} {b_phrase}"), format!("there {be} {bare}"), bare];
    }
    let items: Vec<String> = others.iter().map(|group| group.phrase()).chain([bare]).collect();
    let list = listed(&items);
    vec![format!("there {} {list}", others[0].be()), list]
}

/// Sentences that say of each group where it is, where it is in one of the places: once with the sides
/// first, once with top and bottom first.
fn placed(ordered: &[&Group<'_>], side: usize) -> Vec<String> {
    let places: Vec<Vec<Place>> = ordered.iter().map(|group| group.places(side)).collect();
    if places.iter().all(Vec::is_empty) {
        return Vec::new();
    }
    let with = |pick: fn(&Vec<Place>) -> Option<&Place>| {
        let each = ordered.iter().zip(&places).map(|(group, places)| match pick(places) {
            Some(place) => format!("{} {}", group.phrase(), place.words()),
            None => group.phrase(),
        });
        listed(&each.collect::<Vec<_>>())
    };
    let be = ordered[0].be();
    // `Place::ALL` has the sides first.
    [with(|places| places.first()), with(|places| places.last())]
        .into_iter()
        .flat_map(|list| [format!("there {be} {list}"), list])
        .collect()
}

/// The orders in which groups are named.
fn orders(count: usize) -> Vec<Vec<usize>> {
    match count {
        0 => Vec::new(),
        1 => vec![vec![0]],
        2 => vec![vec![0, 1], vec![1, 0]],
        3 => [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map(Vec::from).to_vec(),
        _ => {
            let turned = |start: usize| (0..count).map(move |i| (start + i) % count);
            let forward = (0..count).map(|start| turned(start).collect());
            let backward = (0..count).map(|start| turned(start).rev().collect());
            forward.chain(backward).collect()
        }
    }
}

/// Up to `count` different sentences of these forms that are true of the scene; fewer only where there
/// are no more.
///
/// As many forms as possible take part: each gives one sentence before any gives a second. Which ones
/// follows from the seed.
///
/// ```
/// use emoji_world::sentence::{Form, sentences};
/// use emoji_world::{Scene, SceneConfig};
///
/// let scene = Scene::sample(&SceneConfig::default(), 3);
/// let references = sentences(&scene, &Form::ALL, 5, 1);
/// assert_eq!(references.len(), 5);
/// ```
pub fn sentences(scene: &Scene, forms: &[Form], count: usize, seed: u64) -> Vec<String> {
    let mut rng = rng(seed, 1);
    let mut all = sentences_of(scene, forms);
    all.shuffle(&mut rng);
    let mut order = forms.to_vec();
    order.shuffle(&mut rng);
    // The how-manieth sentence of its form each one is, in the shuffled order.
    let mut given = vec![0; Form::ALL.len()];
    let mut keyed: Vec<(usize, usize, String)> = Vec::with_capacity(all.len());
    for (form, sentence) in all {
        let turn = given[form as usize];
        given[form as usize] += 1;
        keyed.push((turn, order.iter().position(|other| *other == form).unwrap_or(0), sentence));
    }
    keyed.sort_by_key(|(turn, form, _)| (*turn, *form));
    keyed.into_iter().take(count).map(|(_, _, sentence)| sentence).collect()
}

/// The words of a sentence: runs of letters and digits in small letters, punctuation dropped.
///
/// ```
/// use emoji_world::sentence::tokens;
///
/// assert_eq!(tokens("A dog, a cat."), ["a", "dog", "a", "cat"]);
/// ```
pub fn tokens(sentence: &str) -> Vec<String> {
    crate::emoji::words_of(sentence)
}

/// Every word that a sentence of the grammar can have, in the order of the alphabet.
pub fn vocabulary() -> Vec<&'static str> {
    let mut words = vec!["a", "an", "and", "are", "background", "is", "of", "on", "picture", "the", "there"];
    words.extend(&NUMBERS[2..]);
    words.extend(Size::ALL.iter().filter_map(|size| size.adjective()));
    words.extend(Colour::ALL.map(Colour::name));
    words.extend(Backdrop::ALL.map(Backdrop::name));
    words.extend(Relation::ALL.iter().flat_map(|relation| relation.words().split(' ')));
    words.extend(Place::ALL.iter().flat_map(|place| place.words().split(' ')));
    words.extend(Kind::all().flat_map(|kind| [kind.noun(), kind.plural()]));
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Description, SceneConfig};
    use proptest::prelude::*;

    fn scene(most: usize, seed: u64) -> Scene {
        Scene::sample(&SceneConfig { objects: (1, most), repeats: 0.3, ..SceneConfig::default() }, seed)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_sentence_is_true_and_names_every_object(seed: u64, most in 1..=5_usize) {
            let scene = scene(most, seed);
            for (form, sentence) in sentences_of(&scene, &Form::ALL) {
                let description = Description::parse(&sentence).map_err(|e| TestCaseError::fail(e.to_string()))?;
                prop_assert!(description.is_true_of(&scene), "{:?} {}: {:?}", form, sentence, scene);
                prop_assert!(description.names_all_of(&scene), "{}: {:?}", sentence, scene);
            }
        }

        #[test]
        fn there_are_at_least_six_different_sentences(seed: u64, most in 1..=5_usize) {
            let scene = scene(most, seed);
            let sentences = sentences(&scene, &Form::ALL, 6, seed);
            prop_assert_eq!(sentences.len(), 6);
            prop_assert_eq!(sentences.iter().collect::<HashSet<_>>().len(), 6);
            prop_assert_eq!(sentences, super::sentences(&scene, &Form::ALL, 6, seed));
        }

        #[test]
        fn articles_plurals_and_verbs_are_right(seed: u64, most in 1..=5_usize) {
            let vocabulary = vocabulary();
            for (_, sentence) in sentences_of(&scene(most, seed), &Form::ALL) {
                let tokens = tokens(&sentence);
                for pair in tokens.windows(2) {
                    let vowel = pair[1].starts_with(['a', 'e', 'i', 'o', 'u']);
                    prop_assert!(pair[0] != "a" || !vowel, "{}", sentence);
                    prop_assert!(pair[0] != "an" || vowel, "{}", sentence);
                    let one = pair[1] == "a" || pair[1] == "an";
                    prop_assert!(pair[0] != "there" || ["is", "are"].contains(&pair[1].as_str()));
                    if pair[0] == "is" && tokens[0] == "there" { prop_assert!(one, "{}", sentence); }
                    if pair[0] == "are" && tokens[0] == "there" { prop_assert!(!one, "{}", sentence); }
                }
                // A noun is plural exactly where a number word from two on begins its phrase.
                let mut many = false;
                for token in &tokens {
                    if NUMBERS[2..].contains(&token.as_str()) { many = true; }
                    if token == "a" || token == "an" { many = false; }
                    if let Some(kind) = Kind::named(token) {
                        prop_assert_eq!(many, kind.plural() == token, "{}", sentence);
                    }
                    prop_assert!(vocabulary.binary_search(&token.as_str()).is_ok(), "{}", token);
                }
            }
        }
    }

    #[test]
    fn a_single_shape_is_told_by_size_colour_and_background() {
        let config = SceneConfig { shapes: 1.0, things: Vec::new(), ..SceneConfig::single(32) };
        let mut seen = HashSet::new();
        for seed in 0..8_000 {
            let scene = Scene::sample(&config, seed);
            let [Object { kind, colour: Some(colour), size, .. }] = scene.objects[..] else {
                panic!("one shape: {scene:?}");
            };
            let shape = format!("{colour} {kind}");
            let sized = size.adjective().map_or(shape.clone(), |size| format!("{size} {shape}"));
            let all: Vec<String> = sentences_of(&scene, &Form::ALL).into_iter().map(|(_, s)| s).collect();
            assert!(all.contains(&with_article(&shape)), "{all:?}");
            let whole = format!("{} on a {} background", with_article(&sized), scene.backdrop);
            assert!(all.contains(&whole), "{whole}: {all:?}");
            seen.insert(whole);
        }
        assert!(seen.contains("a small red circle on a blue background"));
        // Nine colours, three shapes, three sizes, six backgrounds; white not on white.
        assert_eq!(seen.len(), 9 * 3 * 3 * 6 - 3 * 3);
    }

    #[test]
    fn forms_take_turns() {
        let scene = scene(3, 11);
        let forms = [Form::List, Form::ThereIs, Form::PictureOf];
        for seed in 0..20 {
            let three = sentences(&scene, &forms, 3, seed);
            assert_eq!(three.iter().filter(|s| s.starts_with("there")).count(), 1, "{three:?}");
            assert_eq!(three.iter().filter(|s| s.starts_with("a picture of")).count(), 1, "{three:?}");
        }
        assert_ne!(sentences(&scene, &Form::ALL, 4, 1), sentences(&scene, &Form::ALL, 4, 2));
    }

    #[test]
    fn a_scene_written_out_by_hand() {
        let object = |noun, colour, size, left, top| Object {
            kind: Kind::named(noun).unwrap(),
            colour,
            size,
            sprite_side: 10,
            bounds: crate::BoundingBox { left, top, right: left + 10, bottom: top + 10 },
        };
        let scene = Scene {
            side: 56,
            backdrop: Backdrop::Blue,
            objects: vec![
                object("owl", None, Size::Large, 2, 20),
                object("heart", Some(Colour::Orange), Size::Small, 40, 22),
                object("heart", Some(Colour::Orange), Size::Medium, 40, 40),
            ],
        };
        let sentences = |form| sentences_of(&scene, &[form]).into_iter().map(|(_, s)| s).collect::<Vec<_>>();
        assert_eq!(sentences(Form::List), ["an owl and two orange hearts", "two orange hearts and an owl"]);
        assert_eq!(sentences(Form::ThereIs)[1], "there are two orange hearts and an owl");
        assert_eq!(sentences(Form::Background)[0], "an owl and two orange hearts on a blue background");
        assert_eq!(sentences(Form::Place)[1], "an owl on the left and two orange hearts on the right");
        assert_eq!(sentences(Form::Size)[2], "a large owl and two orange hearts");
        // One heart lies more below than right of the owl's row: no relation is plain for both.
        assert_eq!(
            sentences(Form::Relation)[0],
            "an owl is left of two orange hearts",
            "both hearts lie at least 1.5 times as far across as down"
        );
    }
}
