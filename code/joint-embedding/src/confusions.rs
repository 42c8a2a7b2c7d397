//! Which wrong names pictures get, and what the wrong and the right one have in common.

use crate::names::Names;
use crate::space::{Space, nearest};
use emoji_world::emoji;

/// A picture that was given a wrong name.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    /// Whose picture it is.
    pub shown: usize,
    /// Whose name it got.
    pub said: usize,
    /// The cosine of the picture with the wrong name.
    pub cosine: f32,
    /// The cosine of the picture with its own name.
    pub own: f32,
}

/// All wrong answers among the given emoji, those with the largest lead of the wrong name first.
pub fn confusions(space: &Space, shown: &[usize]) -> Vec<Confusion> {
    let mut wrong: Vec<Confusion> = shown
        .iter()
        .filter_map(|&id| {
            let (said, cosine) = nearest(&space.pictures[id], &space.names, 1)[0];
            let own = crate::space::cosine(&space.pictures[id], &space.names[id]);
            (said != id).then_some(Confusion { shown: id, said, cosine, own })
        })
        .collect();
    wrong.sort_by(|a, b| (b.cosine - b.own).total_cmp(&(a.cosine - a.own)));
    wrong
}

/// What wrong answers have in common with the right ones: shares of all wrong answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InCommon {
    /// The wrong name has a word of the right one.
    pub word: f64,
    /// No word in common, but both are of the same group: faces, animals, food and so on.
    pub group: f64,
    /// Neither.
    pub nothing: f64,
}

// ANCHOR: in_common
/// Sorts wrong answers by what they have in common with the right ones.
pub fn in_common(names: &Names, confusions: &[Confusion]) -> InCommon {
    let count = confusions.len().max(1) as f64;
    let mut found = InCommon::default();
    for Confusion { shown, said, .. } in confusions {
        let emoji = emoji::all();
        if names.bags[*shown].iter().any(|word| names.bags[*said].contains(word)) {
            found.word += 1.0 / count;
        } else if emoji[*shown].group == emoji[*said].group {
            found.group += 1.0 / count;
        } else {
            found.nothing += 1.0 / count;
        }
    }
    found
}
// ANCHOR_END: in_common

/// The share of wrong answers to pictures of one of Unicode's groups.
pub fn share_of(confusions: &[Confusion], group: emoji::Group) -> f64 {
    let of_group = confusions.iter().filter(|wrong| emoji::all()[wrong.shown].group == group);
    of_group.count() as f64 / confusions.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_what_is_in_common_add_up() {
        let names = Names::of_emoji().unwrap();
        let id = |name: &str| emoji::find(name).unwrap().id;
        let confusion = |shown, said| Confusion { shown: id(shown), said: id(said), cosine: 0.9, own: 0.8 };
        let found = in_common(
            &names,
            &[
                confusion("orange heart", "green heart"),
                confusion("tiger", "leopard"),
                confusion("green apple", "tiger"),
                confusion("blue heart", "blue circle"),
            ],
        );
        assert_eq!(found, InCommon { word: 0.5, group: 0.25, nothing: 0.25 });
    }
}
