//! What is wrong with wrong captions.

use crate::captions::Test;
use crate::evaluate::Judged;
use emoji_world::{Colour, Description, Kind, Scene};
use std::collections::BTreeMap;

/// What is wrong with a caption, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mistake {
    /// It is not a sentence of the grammar.
    NoSentence,
    /// A thing of the scene is not named, or one is named that is not there.
    Objects,
    /// The kinds are right, their colours are not.
    Colours,
    /// Kinds and colours are right, their numbers are not.
    Numbers,
    /// The objects are right, and what is said of left, right, above and below is not.
    Relation,
    /// The objects are right, and their places or the background are not.
    Place,
}

impl Mistake {
    /// All six.
    pub const ALL: [Self; 6] =
        [Self::NoSentence, Self::Objects, Self::Colours, Self::Numbers, Self::Relation, Self::Place];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSentence => "no sentence",
            Self::Objects => "wrong thing",
            Self::Colours => "wrong colour",
            Self::Numbers => "wrong number",
            Self::Relation => "wrong relation",
            Self::Place => "wrong place or background",
        }
    }

    // ANCHOR: of
    /// What is wrong with a caption; `None` where nothing is.
    pub fn of(judged: &Judged, scene: &Scene) -> Option<Self> {
        let Some(said) = &judged.said else { return Some(Self::NoSentence) };
        if judged.correct {
            return None;
        }
        let (there, named) = (counted(scene), named(said));
        let kinds = |counts: &BTreeMap<(Kind, Option<Colour>), usize>| -> Vec<Kind> {
            let mut kinds: Vec<Kind> = counts.keys().map(|(kind, _)| *kind).collect();
            kinds.dedup();
            kinds
        };
        Some(if kinds(&there) != kinds(&named) {
            Self::Objects
        } else if !there.keys().eq(named.keys()) {
            Self::Colours
        } else if there != named {
            Self::Numbers
        } else if !said.relations_are_true_of(scene) {
            Self::Relation
        } else {
            Self::Place
        })
    }
    // ANCHOR_END: of
}

fn counted(scene: &Scene) -> BTreeMap<(Kind, Option<Colour>), usize> {
    let mut counts = BTreeMap::new();
    scene.objects.iter().for_each(|object| *counts.entry((object.kind, object.colour)).or_default() += 1);
    counts
}

fn named(said: &Description) -> BTreeMap<(Kind, Option<Colour>), usize> {
    let mut counts = BTreeMap::new();
    said.mentions.iter().for_each(|mention| {
        *counts.entry((mention.kind, mention.colour)).or_default() += mention.count;
    });
    counts
}

/// How often each mistake occurs.
pub fn counts(judged: &[Judged], tests: &[Test]) -> BTreeMap<Mistake, usize> {
    let mut counts: BTreeMap<Mistake, usize> = Mistake::ALL.map(|mistake| (mistake, 0)).into();
    for mistake in judged.iter().zip(tests).filter_map(|(judged, test)| Mistake::of(judged, &test.scene)) {
        *counts.entry(mistake).or_default() += 1;
    }
    counts
}

/// How many captions have a wrong relation, and it is said between two things of the same name: *a key is left of a
/// key*.
pub fn relations_of_the_same(judged: &[Judged], tests: &[Test]) -> usize {
    let is_one = |(judged, test): &(&Judged, &Test)| {
        Mistake::of(judged, &test.scene) == Some(Mistake::Relation)
            && judged.said.as_ref().is_some_and(|Description { mentions, relations, .. }| {
                let name = |of: usize| (mentions[of].kind, mentions[of].colour);
                relations.iter().any(|&(a, _, b)| name(a) == name(b))
            })
    };
    judged.iter().zip(tests).filter(is_one).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captions;
    use crate::evaluate::judge;
    use emoji_world::split::Part;
    use emoji_world::{Mention, Relation};

    #[test]
    fn references_have_no_mistake_and_other_scenes_captions_have_one() {
        let tests = captions::tests(&captions::split(), Part::Test, 40).unwrap();
        for (i, test) in tests.iter().enumerate() {
            for reference in &test.references {
                assert_eq!(Mistake::of(&judge(reference, &test.scene), &test.scene), None, "{reference}");
            }
            let other = &tests[(i + 1) % tests.len()].references[0];
            let wrong = Mistake::of(&judge(other, &test.scene), &test.scene);
            assert!(
                wrong.is_some_and(|mistake| mistake > Mistake::NoSentence),
                "{other} of {:?}",
                test.scene
            );
        }
        assert_eq!(
            Mistake::of(&judge("a dog the", &tests[0].scene), &tests[0].scene),
            Some(Mistake::NoSentence)
        );
    }

    #[test]
    fn a_relation_between_two_of_the_same_is_counted() {
        let tests = captions::tests(&captions::split(), Part::Test, 200).unwrap();
        let are_the_same = |test: &&Test| matches!(&test.scene.objects[..], [a, b] if (a.kind, a.colour) == (b.kind, b.colour));
        let test = tests.iter().find(are_the_same).expect("some scene has two of the same");
        let right = judge(&test.references[0], &test.scene);
        let thing = Mention { count: 1, place: None, ..right.said.as_ref().unwrap().mentions[0].clone() };
        let said = Description {
            mentions: vec![thing.clone(), thing],
            relations: vec![(0, Relation::LeftOf, 1)],
            backdrop: None,
        };
        let wrong = Judged { said: Some(said), correct: false, ..right.clone() };
        let count = |judged| relations_of_the_same(&[judged], std::slice::from_ref(test));
        assert_eq!((count(wrong), count(right)), (1, 0));
    }
}
