//! Answering by looking: reads a question and counts, compares and measures in the scene.
//!
//! This is the oracle that checks the questions. It goes by the words of the question, and knows
//! nothing of how questions are made.

use super::Answer;
use crate::{BoundingBox, Colour, Error, Kind, Scene};

/// The answer to a question about a scene.
///
/// Understands every phrasing that [`super::Meaning::text`] has.
///
/// # Errors
/// Where the question is not understood, or the scene gives it no clear answer; the error says which
/// ([`Error::NoAnswer`]).
///
/// ```
/// use emoji_world::question::{Answer, answer};
/// use emoji_world::{Scene, SceneConfig};
///
/// let scene = Scene::sample(&SceneConfig { objects: (1, 1), ..SceneConfig::default() }, 5);
/// assert_eq!(answer("what is it?", &scene)?, Answer::Kind(scene.objects[0].kind));
/// assert!(answer("who is it?", &scene).is_err());
/// # Ok::<(), emoji_world::Error>(())
/// ```
pub fn answer(question: &str, scene: &Scene) -> Result<Answer, Error> {
    let unclear = |reason: &str| Error::NoAnswer { question: question.to_owned(), reason: reason.to_owned() };
    let tokens = crate::sentence::tokens(question);
    let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let has = |word: &str| words.contains(&word);
    let nouns: Vec<Kind> = words.iter().filter_map(|word| Kind::named(word)).collect();
    let count = |kind: Kind| scene.objects.iter().filter(|object| object.kind == kind).count();
    let the_only = |kind: Kind| {
        let mut found = scene.objects.iter().filter(|object| object.kind == kind);
        match (found.next(), found.next()) {
            (Some(object), None) => Ok(object),
            (None, _) => Err(unclear(&format!("there is no {kind}"))),
            _ => Err(unclear(&format!("there is more than one {kind}"))),
        }
    };

    if has("same") && has("kind") {
        let [a, b] = scene.objects.as_slice() else {
            return Err(unclear("it takes exactly two objects"));
        };
        return Ok(Answer::Truth(a.kind == b.kind));
    }
    if has("colour") {
        let [kind] = nouns[..] else { return Err(unclear("expected one noun after \"colour\"")) };
        let colour = the_only(kind)?.colour;
        return colour.map(Answer::Colour).ok_or_else(|| unclear(&format!("a {kind} has no one colour")));
    }
    if let (true, true, [a, b]) = (has("more"), has("than"), &nouns[..]) {
        return Ok(Answer::Truth(count(*a) > count(*b)));
    }
    if words.starts_with(&["how", "many"]) || has("number") {
        let [kind] = nouns[..] else { return Err(unclear("expected one noun to count")) };
        return match u8::try_from(count(kind)) {
            Ok(number @ 0..=Answer::MOST) => Ok(Answer::Number(number)),
            _ => Err(unclear(&format!("there are more than {}", Answer::MOST))),
        };
    }
    if let Some(direction) = Direction::of(&words) {
        return match nouns[..] {
            [a, b] => {
                let (first, second) = (the_only(a)?, the_only(b)?);
                match direction.compare(&first.bounds, &second.bounds, scene.side) {
                    Some(truth) => Ok(Answer::Truth(truth)),
                    None => Err(unclear("they lie too near to each other in that direction")),
                }
            }
            [kind] => {
                let named = the_only(kind)?;
                let mut found = Vec::new();
                for other in scene.objects.iter().filter(|other| *other != named) {
                    match direction.compare(&other.bounds, &named.bounds, scene.side) {
                        Some(true) => found.push(other),
                        Some(false) => {}
                        None => return Err(unclear("an object lies too near to tell on which side")),
                    }
                }
                match found[..] {
                    [one] => Ok(Answer::Kind(one.kind)),
                    [] => Err(unclear("nothing is there")),
                    _ => Err(unclear("more than one thing is there")),
                }
            }
            _ => Err(unclear("expected one noun or two")),
        };
    }
    match (&words[..], &nouns[..]) {
        (["is" | "can" | "does", ..], [kind]) => {
            let colour = words.iter().find_map(|word| Colour::named(word));
            let there = scene
                .objects
                .iter()
                .any(|object| object.kind == *kind && (colour.is_none() || object.colour == colour));
            Ok(Answer::Truth(there))
        }
        (["what", ..], []) => match scene.objects.as_slice() {
            [object] => Ok(Answer::Kind(object.kind)),
            _ => Err(unclear("it takes exactly one object")),
        },
        _ => Err(unclear("this is no question about what, which colour, where or how many")),
    }
}

/// Along which axis, and towards which end.
struct Direction {
    down: bool,
    towards_end: bool,
}

impl Direction {
    fn of(words: &[&str]) -> Option<Self> {
        words.iter().find_map(|word| match *word {
            "left" => Some(Self { down: false, towards_end: false }),
            "right" => Some(Self { down: false, towards_end: true }),
            "above" => Some(Self { down: true, towards_end: false }),
            "below" => Some(Self { down: true, towards_end: true }),
            _ => None,
        })
    }

    /// Whether a lies in this direction from b, or in the opposite one; `None` where their centres
    /// differ by less than an eighth of the side. In whole numbers.
    fn compare(&self, a: &BoundingBox, b: &BoundingBox, side: usize) -> Option<bool> {
        let doubled_centre = |bounds: &BoundingBox| {
            (if self.down { bounds.top + bounds.bottom } else { bounds.left + bounds.right }) as i64
        };
        let further = doubled_centre(a) - doubled_centre(b);
        (further.abs() * 4 >= side as i64).then_some((further > 0) == self.towards_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backdrop, Object, Size};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn any_words_are_answered_or_refused(
            places in proptest::collection::vec(any::<proptest::sample::Index>(), 0..8),
        ) {
            let vocabulary = crate::question::vocabulary();
            let words: Vec<&str> = places.iter().map(|place| place.get(&vocabulary).as_str()).collect();
            match answer(&words.join(" "), &scene()) {
                Ok(found) => prop_assert!(Answer::all().contains(&found)),
                Err(error) => prop_assert!(error.to_string().contains("cannot answer")),
            }
        }
    }

    fn scene() -> Scene {
        let object = |noun, colour, left, top| Object {
            kind: Kind::named(noun).unwrap(),
            colour,
            size: Size::Medium,
            sprite_side: 10,
            bounds: BoundingBox { left, top, right: left + 10, bottom: top + 10 },
        };
        Scene {
            side: 56,
            backdrop: Backdrop::White,
            objects: vec![
                object("dog", None, 2, 3),
                object("heart", Some(Colour::Red), 40, 5),
                object("cat", None, 20, 40),
                object("cat", None, 40, 40),
            ],
        }
    }

    #[test]
    fn questions_are_answered_by_looking() {
        for (question, expected) in [
            ("what colour is the heart?", "red"),
            ("is there a dog?", "yes"),
            ("Is there an owl?", "no"),
            ("can you see a blue heart?", "no"),
            ("how many cats are there?", "2"),
            ("what is the number of owls in the picture?", "0"),
            ("is the dog left of the heart?", "yes"),
            ("is the dog right of the heart?", "no"),
            ("are there more cats than dogs?", "yes"),
            ("are there more dogs than hearts?", "no"),
            ("what is left of the heart?", "no answer"),
            ("is the dog above the heart?", "no answer"),
            ("what colour is the dog?", "no answer"),
            ("what is it?", "no answer"),
            ("are the two objects of the same kind?", "no answer"),
            ("why?", "no answer"),
            ("", "no answer"),
        ] {
            let found = answer(question, &scene()).map_or("no answer".into(), |answer| answer.to_string());
            assert_eq!(found, expected, "{question}");
        }
        let mut three = scene();
        three.objects.pop();
        assert_eq!(answer("what is below the heart?", &three).map_err(|e| e.to_string()).ok(), None);
        three.objects.remove(0);
        assert_eq!(answer("what is below the heart?", &three).unwrap().to_string(), "cat");
    }

    #[test]
    fn the_error_says_why() {
        let error = answer("is the owl left of the dog?", &scene()).unwrap_err().to_string();
        assert!(error.contains("there is no owl"), "{error}");
        let error = answer("is the cat left of the dog?", &scene()).unwrap_err().to_string();
        assert!(error.contains("more than one cat"), "{error}");
        let mut crowd = scene();
        crowd.objects = vec![crowd.objects[0].clone(); 6];
        let error = answer("how many dogs are there?", &crowd).unwrap_err().to_string();
        assert!(error.contains("more than 5"), "{error}");
        assert_eq!(crate::question::Meaning::HowMany(crowd.objects[0].kind).answer(&crowd), None);
    }
}
