//! Words and how often they occur: owned and borrowed texts, and a map.

use std::collections::BTreeMap;

// ANCHOR: counts
/// How often each word occurs, in small letters.
pub fn counts(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}
// ANCHOR_END: counts

// ANCHOR: commonest
/// The words that occur most often, and how often; of those that occur alike, the first of the alphabet.
pub fn commonest(counts: &BTreeMap<String, usize>, most: usize) -> Vec<(&str, usize)> {
    let mut all: Vec<(&str, usize)> = counts.iter().map(|(word, count)| (word.as_str(), *count)).collect();
    all.sort_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
    all.truncate(most);
    all
}
// ANCHOR_END: commonest

/// The commonest words of a sentence, as the page shows them.
pub fn shown() -> String {
    let counts = counts("The dog sees the cat and the cat sees the bird");
    format!("{:?}", commonest(&counts, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_and_the_commonest_come_first() {
        let counts = counts("b a B c\n b A");
        assert_eq!(counts.len(), 3);
        assert_eq!(commonest(&counts, 2), [("b", 3), ("a", 2)]);
        assert_eq!(commonest(&super::counts(""), 2), []);
        assert_eq!(shown(), r#"[("the", 4), ("cat", 2), ("sees", 2)]"#);
    }
}
