//! Emoji: drawn pictures that have names.
//!
//! Names and groups are Unicode's, from the crate `emojis`; pictures are Twemoji's, from the crate
//! `twemoji-assets`. Flags are left out: their names are countries, which a picture of 32 × 32 pixels
//! hardly tells.

pub use emojis::Group;

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;
use twemoji_assets::png::PngTwemojiAsset;

/// One emoji.
#[derive(Clone, Debug)]
pub struct Emoji {
    /// Its number: its place in [`all`] or, from `all().len()` on, in [`with_further`].
    pub id: usize,
    /// What is typed: `💙`.
    pub character: &'static str,
    /// Unicode's name for it in English: `blue heart`.
    pub name: &'static str,
    /// The words of the name, by [`words_of`]: `["blue", "heart"]`.
    pub words: Vec<String>,
    /// Unicode's group: faces, people, animals, food, …
    pub group: Group,
    /// The picture as a PNG file of 72 × 72 pixels.
    pub png: &'static [u8],
}

/// The 1,425 emoji, flags left out, whose characters both crates write alike; in Unicode's order.
///
/// No two have the same name, nor the same words.
pub fn all() -> &'static [Emoji] {
    &table().emoji[..table().plain]
}

/// The emoji of [`all`], then 219 further ones.
///
/// Unicode writes the further ones with a "variation selector" (U+FE0F), which the names of
/// Twemoji's pictures leave out: red heart, sun, cloud, spider and so on. They are apart so that what
/// is counted or measured over [`all`] can be compared with others who look pictures up by Unicode's
/// spelling. Their names have words that [`vocabulary`] does not hold.
pub fn with_further() -> &'static [Emoji] {
    &table().emoji
}

/// The emoji with this name or this character, from [`with_further`].
///
/// Small and capital letters are the same.
///
/// ```
/// use emoji_world::emoji;
///
/// assert_eq!(emoji::find("dog").unwrap().character, "🐕");
/// assert_eq!(emoji::find("🐕").unwrap().name, "dog");
/// assert!(emoji::find("red heart").unwrap().id >= emoji::all().len());
/// assert!(emoji::find("unicorn cake").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static Emoji> {
    let table = table();
    let id = table.by_name.get(name).or_else(|| table.by_name.get(name.to_lowercase().as_str()));
    id.map(|&id| &table.emoji[id])
}

/// The 1,275 distinct words in the names of [`all`], in the order of the alphabet.
pub fn vocabulary() -> &'static [&'static str] {
    &table().vocabulary
}

/// The words of a name: its runs of letters and digits, in small letters.
///
/// ```
/// use emoji_world::emoji::words_of;
///
/// assert_eq!(words_of("Three-thirty"), ["three", "thirty"]);
/// assert_eq!(words_of("woman’s hat"), ["woman", "s", "hat"]);
/// ```
pub fn words_of(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

struct Table {
    emoji: Vec<Emoji>,
    /// How many of them [`all`] has.
    plain: usize,
    /// Ids by lower-case name and by character.
    by_name: HashMap<String, usize>,
    vocabulary: Vec<&'static str>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    static WORDS: OnceLock<BTreeSet<String>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let unflagged = || emojis::iter().filter(|emoji| emoji.group() != Group::Flags);
        let asset = |character: &str| PngTwemojiAsset::from_emoji(character).map(|asset| &***asset);
        let mut emoji = Vec::new();
        let mut push = |found: &'static emojis::Emoji, png: &'static [u8]| {
            emoji.push(Emoji {
                id: emoji.len(),
                character: found.as_str(),
                name: found.name(),
                words: words_of(found.name()),
                group: found.group(),
                png,
            });
            emoji.len()
        };
        let mut plain = 0;
        for found in unflagged() {
            if let Some(png) = asset(found.as_str()) {
                plain = push(found, png);
            }
        }
        for found in unflagged().filter(|found| asset(found.as_str()).is_none()) {
            if let Some(png) = asset(&found.as_str().replace('\u{fe0f}', "")) {
                push(found, png);
            }
        }
        let mut by_name = HashMap::new();
        for one in &emoji {
            by_name.insert(one.name.to_lowercase(), one.id);
            by_name.insert(one.character.to_owned(), one.id);
        }
        let words = WORDS.get_or_init(|| emoji[..plain].iter().flat_map(|one| one.words.clone()).collect());
        let vocabulary = words.iter().map(String::as_str).collect();
        Table { emoji, plain, by_name, vocabulary }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_counts_that_the_book_gives_are_right() {
        assert_eq!(all().len(), 1425);
        assert_eq!(with_further().len(), 1644);
        assert_eq!(vocabulary().len(), 1275);
        let mut names_with: HashMap<&str, usize> = HashMap::new();
        for emoji in all() {
            for word in emoji.words.iter().collect::<HashSet<_>>() {
                *names_with.entry(word).or_default() += 1;
            }
        }
        // Names whose every word occurs in another name too.
        let composed = |emoji: &&Emoji| emoji.words.iter().all(|word| names_with[word.as_str()] > 1);
        assert_eq!(all().iter().filter(composed).count(), 648);
        // Of these, names of two words or more.
        assert_eq!(all().iter().filter(composed).filter(|emoji| emoji.words.len() > 1).count(), 547);
    }

    #[test]
    fn ids_are_places_and_names_differ() {
        let mut names = HashSet::new();
        let mut bags = HashSet::new();
        for (place, emoji) in with_further().iter().enumerate() {
            assert_eq!(emoji.id, place);
            assert!(names.insert(emoji.name));
            assert_eq!(find(emoji.name).unwrap().id, place);
            assert_eq!(find(emoji.character).unwrap().id, place);
            assert_ne!(emoji.group, Group::Flags);
            let mut bag = emoji.words.clone();
            bag.sort();
            assert!(place >= all().len() || (!bag.is_empty() && bags.insert(bag)), "{}", emoji.name);
        }
    }

    #[test]
    fn the_vocabulary_is_sorted_and_covers_every_name() {
        assert!(vocabulary().is_sorted());
        for word in all().iter().flat_map(|emoji| &emoji.words) {
            assert!(vocabulary().binary_search(&word.as_str()).is_ok(), "{word}");
        }
    }
}
