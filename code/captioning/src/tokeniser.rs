//! From a caption as people write it to words with blanks between them.
//!
//! COCO's evaluation splits captions with the tokeniser of the Penn Treebank (PTB) in Stanford
//! CoreNLP 3.4.1, in small letters, and then drops the tokens that are punctuation. This is the part of it
//! that ordinary captions meet:
//!
//! - Everything is in small letters.
//! - Quotes, commas, colons, semicolons, full stops, dashes and a single `!` or `?` are dropped.
//! - What joins the parts of one word stays: the hyphen in *red-haired*, the stop in *3.5*, the slash in
//!   *and/or*, the apostrophe in *o'clock*; the comma and the colon between digits (*1,000*, *10:30*).
//! - The stop of an abbreviation stays: *mr.*, *st.*, *t.v.*, *p.m.*
//! - Contractions are two words: *dog 's*, *is n't*, *they 're*, *can not*, *gon na*.
//! - Other signs are words: `&`, `$`, `%`, `#`, `+`.
//! - Brackets become *-lrb-* and *-rrb-* (`[`: *-lsb-*, `{`: *-lcb-*) and are **not** dropped, and two
//!   marks or more stay as one word (`!!`). Both are so in COCO's evaluation: among what it drops it
//!   lists `-LRB-` in capitals, after it has made all letters small.
//!
//! On such captions the words are COCO's (`tests/tokens.rs`). They differ where captions are not
//! ordinary: currencies and fractions, which COCO's tokeniser rewrites (`€` to `$`, `½` to `1/2`), numbers
//! that begin with a sign (`-5`, `.5`), smileys, names of files and addresses of the web, what depends on
//! the word after it (*No. 5*, *He and I. Then…*), apostrophes before a word (*'tis*), abbreviations
//! that are not listed here, and letters with combining marks in other scripts than Latin.
//!
//! Sources: Mitchell P. Marcus, Beatrice Santorini and Mary Ann Marcinkiewicz, *Building a Large
//! Annotated Corpus of English: The Penn Treebank*, 1993; Chen et al., 2015, arXiv:1504.00325.
//!
//! ```
//! use captioning::tokeniser::tokenise;
//!
//! let caption = "The dog's red-haired owner isn't here; (s)he left at 10:30 p.m., didn't she?";
//! let words = "the dog 's red-haired owner is n't here -lrb- s -rrb- he left at 10:30 p.m. did n't she";
//! assert_eq!(tokenise(caption), words);
//! ```

/// Ends of words that are words of their own.
const CONTRACTED: [&str; 7] = ["n't", "'s", "'m", "'d", "'re", "'ve", "'ll"];

/// What is written as one word and counted as two; both halves.
const FUSED: [(&str, &str); 6] =
    [("can", "not"), ("gon", "na"), ("got", "ta"), ("wan", "na"), ("lem", "me"), ("gim", "me")];

/// Abbreviations that keep their stop. So do single letters.
const ABBREVIATIONS: [&str; 31] = [
    "mr", "mrs", "ms", "dr", "st", "jr", "sr", "vs", "etc", "inc", "co", "corp", "ltd", "mt", "ft", "ave",
    "blvd", "rd", "prof", "rev", "gen", "lt", "capt", "col", "sgt", "dept", "est", "jan", "feb", "oct",
    "dec",
];

/// Splits a caption into words, with single blanks between them.
pub fn tokenise(caption: &str) -> String {
    let plain = |character| if matches!(character, '’' | '‘') { '\'' } else { character };
    let text: Vec<char> = caption.to_lowercase().chars().map(plain).collect();
    let (mut rest, mut words) = (&text[..], Vec::new());
    while let Some(&first) = rest.first() {
        rest = &rest[token(first, rest, &mut words)..];
    }
    words.join(" ")
}

/// Adds the words of the token that `text` begins with, and returns the token's length.
fn token(first: char, text: &[char], words: &mut Vec<String>) -> usize {
    let length = match first {
        '\'' if is_shortened(&text[1..]) => 1 + word_length(&text[1..]),
        '.' | ',' | ':' | ';' | '-' | '–' | '—' | '…' => return 1,
        '\'' | '"' | '`' | '“' | '”' | '«' | '»' | '‹' | '›' => return 1,
        '!' | '?' => match text.iter().take_while(|c| matches!(c, '!' | '?')).count() {
            1 => return 1,
            several => several,
        },
        '(' | ')' | '[' | ']' | '{' | '}' => {
            words.push(bracket(first).to_owned());
            return 1;
        }
        _ if is_of_a_word(first) => {
            let length = word_length(text);
            let word: String = text[..length].iter().collect();
            if !is_abbreviation(&word, &text[length..]) {
                split_contractions(&word, words);
                return length;
            }
            length + 1
        }
        // White space separates; pictures and invisible signs are no words.
        _ if first.is_whitespace() || first.is_control() || first > '\u{ffff}' => return 1,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{fe0f}' => return 1,
        _ => 1,
    };
    words.push(text[..length].iter().collect());
    length
}

fn is_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || ('\u{300}'..='\u{36f}').contains(&character)
}

/// The length of the word that `text` begins with: letters and digits, and signs that join two of them.
fn word_length(text: &[char]) -> usize {
    let joins = |i: usize| match (text.get(i), text.get(i + 1)) {
        (Some('-' | '.' | '\'' | '/' | '&'), Some(next)) => is_of_a_word(*next),
        (Some(',' | ':'), Some(next)) => next.is_ascii_digit() && text[i - 1].is_ascii_digit(),
        _ => false,
    };
    let mut length = 0;
    while text.get(length).is_some_and(|c| is_of_a_word(*c)) || (length > 0 && joins(length)) {
        length += 1;
    }
    length
}

/// Whether an apostrophe before `text` belongs to it: in `'s`, whose word was split off before, and `'90s`.
fn is_shortened(text: &[char]) -> bool {
    let word: String = text[..word_length(text)].iter().collect();
    let digits = word.trim_end_matches('s');
    let is_decade = digits.len() == 2 && digits.chars().all(|c| c.is_ascii_digit());
    is_decade || CONTRACTED.iter().any(|end| end.strip_prefix('\'') == Some(&word))
}

/// Whether a stop at the beginning of `rest` belongs to the word before it. A single letter's does,
/// except at the end of a caption: "J. Smith and I."
fn is_abbreviation(word: &str, rest: &[char]) -> bool {
    let is_letter = |part: &str| part.chars().count() == 1 && part.chars().all(char::is_alphabetic);
    let is_last = rest.len() == 1;
    rest.first() == Some(&'.')
        && (ABBREVIATIONS.contains(&word)
            || (word.split('.').all(is_letter) && !(is_letter(word) && is_last)))
}

/// `isn't` to `is` and `n't`, `cannot` to `can` and `not`.
fn split_contractions(word: &str, words: &mut Vec<String>) {
    let (mut stem, mut ends) = (word, Vec::new());
    while let Some(end) = CONTRACTED.iter().find(|end| stem.ends_with(**end)) {
        stem = &stem[..stem.len() - end.len()];
        ends.push((*end).to_owned());
    }
    let halves = FUSED.iter().find(|(first, second)| stem.strip_prefix(first) == Some(second));
    match halves {
        Some((first, second)) => words.extend([(*first).to_owned(), (*second).to_owned()]),
        None if stem.is_empty() => {}
        None => words.push(stem.to_owned()),
    }
    words.extend(ends.into_iter().rev());
}

/// What the Penn Treebank writes for a bracket, in small letters.
fn bracket(bracket: char) -> &'static str {
    match bracket {
        '(' => "-lrb-",
        ')' => "-rrb-",
        '[' => "-lsb-",
        ']' => "-rsb-",
        '{' => "-lcb-",
        _ => "-rcb-",
    }
}
