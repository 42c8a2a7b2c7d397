//! Names that are not seen in training, made of words that are.

use crate::{Error, emoji, rng};
use rand::seq::SliceRandom;
use std::collections::{HashMap, HashSet};

/// Emoji ids in two parts that have nothing in common; both in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct NameSplit {
    /// Emoji whose names are seen in training.
    pub seen: Vec<usize>,
    /// Emoji whose names are not, though each of their words is in the name of a seen one.
    pub held_out: Vec<usize>,
}

/// Splits the emoji of [`emoji::all`]: `count` of them are held out. Their names have two different words
/// or more, and every word occurs in the name of at least one emoji that is seen: what is new is the
/// combination.
///
/// Goes through the emoji in an order drawn from `seed` and holds out what can be, until there are
/// enough.
///
/// # Errors
/// Where fewer than `count` can be held out ([`Error::TooManyHeldOut`]).
///
/// ```
/// use emoji_world::split::held_out_names;
///
/// let split = held_out_names(140, 1)?;
/// assert_eq!((split.held_out.len(), split.seen.len()), (140, 1285));
/// # Ok::<(), emoji_world::Error>(())
/// ```
pub fn held_out_names(count: usize, seed: u64) -> Result<NameSplit, Error> {
    let words_of = |id: usize| emoji::all()[id].words.iter().map(String::as_str).collect::<HashSet<_>>();
    // In how many names that are seen each word occurs.
    let mut seen_with: HashMap<&str, usize> = HashMap::new();
    for word in (0..emoji::all().len()).flat_map(words_of) {
        *seen_with.entry(word).or_default() += 1;
    }
    let mut order: Vec<usize> = (0..emoji::all().len()).collect();
    order.shuffle(&mut rng(seed, 0));
    let mut held_out = Vec::new();
    for id in order {
        if held_out.len() == count {
            break;
        }
        let words = words_of(id);
        if words.len() > 1 && words.iter().all(|word| seen_with[word] > 1) {
            for word in words {
                *seen_with.get_mut(word).expect("every word was counted") -= 1;
            }
            held_out.push(id);
        }
    }
    if held_out.len() < count {
        return Err(Error::TooManyHeldOut { asked: count, possible: held_out.len() });
    }
    held_out.sort_unstable();
    let seen = (0..emoji::all().len()).filter(|id| held_out.binary_search(id).is_err()).collect();
    Ok(NameSplit { seen, held_out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_held_out_name_is_seen() {
        for seed in 0..5 {
            let split = held_out_names(140, seed).unwrap();
            assert_eq!(split, held_out_names(140, seed).unwrap());
            let seen: HashSet<&String> = split.seen.iter().flat_map(|&id| &emoji::all()[id].words).collect();
            for &id in &split.held_out {
                assert!(emoji::all()[id].words.iter().all(|word| seen.contains(word)));
                assert!(!split.seen.contains(&id));
                assert!(emoji::all()[id].words.iter().collect::<HashSet<_>>().len() > 1);
            }
            assert_eq!(split.seen.len() + split.held_out.len(), emoji::all().len());
        }
        assert_ne!(held_out_names(140, 0).unwrap(), held_out_names(140, 1).unwrap());
    }

    #[test]
    fn too_many_are_refused_with_the_number_that_can_be_held_out() {
        let error = held_out_names(1000, 1).unwrap_err().to_string();
        assert!(error.contains("1000 names cannot be held out"), "{error}");
    }
}
