//! The words of sentences about one thing, by number.
//!
//! A sentence's vector is to be a sum over its words, in which their order is lost. *A blue heart on a green
//! background* and *a green heart on a blue background* would be the same sum: so the colour of a background
//! is a word of its own, *blue background*.

use crate::Error;
use crate::pairs::kinds;
use emoji_world::sentence::tokens;
use emoji_world::{Backdrop, Colour, Description, Kind, Size};
use std::sync::OnceLock;

/// Words that carry no meaning here.
const LITTLE: [&str; 7] = ["a", "an", "there", "is", "picture", "of", "on"];

/// The words by their numbers.
pub fn vocabulary() -> &'static [String] {
    static WORDS: OnceLock<Vec<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let little = LITTLE.into_iter().map(str::to_owned);
        let sizes = Size::ALL.iter().filter_map(|size| size.adjective()).map(str::to_owned);
        let colours = Colour::ALL.iter().map(|colour| colour.name().to_owned());
        let nouns = kinds().map(|kind| kind.noun().to_owned());
        let backgrounds = Backdrop::ALL.iter().map(|backdrop| format!("{} background", backdrop.name()));
        little.chain(sizes).chain(colours).chain(nouns).chain(backgrounds).collect()
    })
}

// ANCHOR: numbers
/// The numbers of a sentence's words. A colour and *background* behind it are one word.
///
/// # Errors
///
/// If it has a word that the chapter's pictures have no use for.
pub fn numbers(sentence: &str) -> Result<Vec<usize>, Error> {
    let tokens = tokens(sentence);
    let mut words = Vec::with_capacity(tokens.len());
    for (i, token) in tokens.iter().enumerate() {
        let word = match tokens.get(i + 1) {
            Some(next) if next == "background" => format!("{token} background"),
            _ if token == "background" => continue, // it was read with the word before it
            _ => token.clone(),
        };
        match vocabulary().iter().position(|known| *known == word) {
            Some(number) => words.push(number),
            None => return Err(Error::UnknownWord { word, sentence: sentence.to_owned() }),
        }
    }
    Ok(words)
}
// ANCHOR_END: numbers

/// What a sentence says, as far as a picture of one thing can show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Said {
    /// What it is.
    pub kind: Kind,
    /// Which colour it has, where it is a shape.
    pub colour: Option<Colour>,
    /// How large it is, where that is said.
    pub size: Option<Size>,
    /// What it lies on, where that is said.
    pub backdrop: Option<Backdrop>,
}

impl Said {
    /// Reads a sentence.
    ///
    /// # Errors
    ///
    /// If it is not of the grammar, is about several things, about a thing that the chapter does not paint, or
    /// gives a shape no colour or a thing one.
    pub fn parse(sentence: &str) -> Result<Self, Error> {
        let said = Description::parse(sentence)?;
        let other = || Error::NotPainted { sentence: sentence.to_owned() };
        let [mention] = &said.mentions[..] else { return Err(other()) };
        let known = kinds().any(|kind| kind == mention.kind);
        if mention.count != 1 || mention.place.is_some() || !known {
            return Err(other());
        }
        if mention.kind.is_shape() != mention.colour.is_some() {
            return Err(other());
        }
        Ok(Self { kind: mention.kind, colour: mention.colour, size: mention.size, backdrop: said.backdrop })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WORDS;

    #[test]
    fn every_word_has_its_number() {
        assert_eq!(vocabulary().len(), WORDS);
        let unlike = numbers("a blue heart on a green background").unwrap();
        assert_eq!(unlike.len(), 6);
        let mut like = numbers("a green heart on a blue background").unwrap();
        assert_ne!(unlike, like);
        like.sort_unstable();
        let mut sorted = unlike.clone();
        sorted.sort_unstable();
        assert_ne!(sorted, like);
    }

    #[test]
    fn what_cannot_be_painted_is_refused_with_a_remedy() {
        for sentence in
            ["two red hearts", "a red heart and a star", "a heart", "a turtle", "a red heart on the left"]
        {
            let error = Said::parse(sentence).unwrap_err().to_string();
            assert!(error.contains(sentence) && error.contains("for example"), "{error}");
        }
        assert!(Said::parse("a red red").is_err());
        assert!(numbers("a turtle").unwrap_err().to_string().contains("turtle"));
        let said = Said::parse("a small red circle on a blue background").unwrap();
        assert_eq!((said.size, said.backdrop), (Some(Size::Small), Some(Backdrop::Blue)));
    }
}
