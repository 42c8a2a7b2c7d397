//! The terms of the glossary. The place where a page explains one, and where it stands in italics for the first time,
//! leads back to its entry.

use crate::finding::line_of;
use crate::house::{House, HouseError};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The page, relative to the folder of the pages.
pub const FILE: &str = "glossary.md";

/// The terms, in the order of the page.
#[derive(Clone, Debug, Default)]
pub struct Glossary {
    /// All of them.
    pub terms: Vec<Term>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its id on the page.
    pub id: String,
    /// The words that it explains: one, or several that belong together.
    pub words: Vec<String>,
    /// The pages that it leads to, relative to the folder of the pages.
    pub pages: Vec<PathBuf>,
    /// Its line.
    pub line: usize,
}

impl Glossary {
    /// The book's glossary; empty where it has none.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read(house: &House) -> Result<Self, HouseError> {
        let path = house.pages().join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self { terms: terms(&text) }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(reason) => Err(HouseError::Read { path, reason }),
        }
    }

    /// Where on a page terms stand in italics for the first time, of those that lead to it: the place of each in the
    /// source, and the entry's id.
    pub fn explained<'a>(&'a self, page: &Path, source: &str) -> Vec<(Range<usize>, &'a str)> {
        let wanted: Vec<&Term> =
            self.terms.iter().filter(|term| term.pages.iter().any(|p| p == page)).collect();
        let (mut found, mut done) = (Vec::new(), BTreeSet::new());
        if wanted.is_empty() {
            return found;
        }
        let (mut depth, mut began) = (0_usize, None);
        let mut text = String::new();
        for (event, range) in Parser::new_ext(source, super::markdown()).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { .. } | Tag::Heading { .. }) => depth += 1,
                Event::End(TagEnd::Link | TagEnd::Heading(_)) => depth -= 1,
                Event::Start(Tag::Emphasis) => {
                    began = Some(range);
                    text.clear();
                }
                Event::End(TagEnd::Emphasis) => {
                    if let Some(range) = began.take().filter(|_| depth == 0)
                        && let Some(term) = wanted.iter().find(|term| term.is_called(&text))
                        && done.insert(&term.id)
                    {
                        found.push((range, term.id.as_str()));
                    }
                }
                Event::Text(words) if began.is_some() => text.push_str(&words),
                Event::SoftBreak if began.is_some() => text.push(' '),
                _ => {}
            }
        }
        found
    }
}

impl Term {
    /// Whether the entry is about these words, in the singular or in the plural.
    fn is_called(&self, words: &str) -> bool {
        let words = words.to_lowercase();
        self.words.iter().any(|own| {
            let own = own.to_lowercase();
            let stem = own.strip_suffix('y').map(|stem| format!("{stem}ies"));
            words == own
                || words == format!("{own}s")
                || words == format!("{own}es")
                || Some(&words) == stem.as_ref()
        })
    }
}

/// `<dt id="ID">WORD, WORD (한국어)</dt><dd>… <a href="PAGE.html">…</a></dd>`, a line each.
fn terms(text: &str) -> Vec<Term> {
    let mut at = 0;
    let mut terms = Vec::new();
    while let Some(begin) = text[at..].find("<dt id=\"").map(|found| at + found) {
        let line = text[begin..].lines().next().unwrap_or_default();
        at = begin + line.len();
        let rest = &line["<dt id=\"".len()..];
        let Some((id, rest)) = rest.split_once("\">") else { continue };
        let Some((words, explained)) = rest.split_once("</dt>") else { continue };
        let words = words.split(" (").next().unwrap_or_default();
        let pages = explained.split("<a href=\"").skip(1).filter_map(|link| {
            let address = link.split('"').next()?;
            Some(PathBuf::from(address.split('#').next()?).with_extension("md"))
        });
        terms.push(Term {
            id: id.to_owned(),
            words: words.split(", ").map(str::to_owned).collect(),
            pages: pages.collect(),
            line: line_of(text, begin),
        });
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<dl>\n<dt id=\"alias\">alias, Nyquist frequency (에일리어싱)</dt><dd>A tone. \
        <a href=\"6-sound/samples.html\">Samples</a>, <a href=\"6-sound/mel.html#x\">Mel</a></dd>\n\
        <dt id=\"adam\">Adam</dt><dd>A rule. <a href=\"2-joint/training.html\">Training</a></dd>\n</dl>\n";

    #[test]
    fn entries_have_words_and_pages() {
        let terms = terms(PAGE);
        assert_eq!(terms[0].words, ["alias", "Nyquist frequency"]);
        assert_eq!(terms[0].pages, [Path::new("6-sound/samples.md"), Path::new("6-sound/mel.md")]);
        assert_eq!((terms[1].id.as_str(), terms[1].line), ("adam", 3));
    }

    #[test]
    fn the_first_in_italics_is_where_a_term_is_explained() {
        let glossary = Glossary { terms: terms(PAGE) };
        let source = "# *Alias*\n\nOf an alias. [An *alias*](x.md), *aliases* and an *alias*.\n";
        let found = glossary.explained(Path::new("6-sound/samples.md"), source);
        let (range, id) = &found[0];
        assert_eq!((found.len(), &source[range.clone()], *id), (1, "*aliases*", "alias"));
        assert!(glossary.explained(Path::new("2-joint/training.md"), source).is_empty());
    }
}
