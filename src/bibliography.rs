//! The works that the chapters cite, once each: put together from the chapters' pages of sources.
//!
//! An entry of such a page is a list item: authors, year in brackets, title, where it appeared, and at the end,
//! in italics that hold their full stop, what the chapter takes from it. That note stays with the chapter.

use crate::finding::{Finding, line_of};
use pulldown_cmark::{Event, Parser, Tag};
use std::path::PathBuf;

/// A chapter's page of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The page's file, relative to the book.
    pub file: PathBuf,
    /// The page's address for a link.
    pub address: String,
    /// The chapter's title.
    pub chapter: String,
    /// The page as it is written.
    pub text: String,
}

/// A work, and which of the pages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Work {
    text: String,
    title: String,
    arxiv: Option<String>,
    /// Where it was named first: page and line.
    first: (usize, usize),
    pages: Vec<usize>,
}

/// The list of all works as Markdown, in the order of the alphabet, and what is wrong with the pages: a work
/// that stands twice on one, or in other words on another.
pub fn bibliography(sources: &[Sources]) -> (String, Vec<Finding>) {
    let mut works: Vec<Work> = Vec::new();
    let mut findings = Vec::new();
    for (page, source) in sources.iter().enumerate() {
        for (line, entry) in entries(&source.text) {
            let text = without_note(&entry).to_owned();
            let (title, arxiv) = (title(&text), arxiv(&text).map(str::to_owned));
            let same = |work: &&mut Work| work.title == title || (arxiv.is_some() && work.arxiv == arxiv);
            let Some(work) = works.iter_mut().find(same) else {
                works.push(Work { text, title, arxiv, first: (page, line), pages: vec![page] });
                continue;
            };
            let place = format!("{}:{}", sources[work.first.0].file.display(), work.first.1);
            if work.pages.contains(&page) {
                let message = format!("this work stands on the page already ({place}): name it once");
                findings.push(Finding::new(&source.file, line, message));
            } else if work.text != text {
                let message = format!(
                    "the same work stands in other words at {place}: `{}`; let both agree, up to the note in italics",
                    work.text
                );
                findings.push(Finding::new(&source.file, line, message));
            } else {
                work.pages.push(page);
            }
        }
    }
    works.sort_by_cached_key(|work| order(&work.text));
    let lines: String = works
        .iter()
        .map(|work| {
            let chapters: Vec<String> = work
                .pages
                .iter()
                .map(|page| format!("[{}]({})", sources[*page].chapter, sources[*page].address))
                .collect();
            let chapters = chapters.join(", ");
            format!("- {} <span class=\"cited\">{chapters}</span>\n", linked(&surname_first(&work.text)))
        })
        .collect();
    (lines, findings)
}

/// The list items of a page, each with its line.
fn entries(text: &str) -> Vec<(usize, String)> {
    Parser::new(text)
        .into_offset_iter()
        .filter(|(event, _)| matches!(event, Event::Start(Tag::Item)))
        .map(|(_, range)| {
            let item = text[range.clone()].trim_start_matches(['-', '*', '+']);
            (line_of(text, range.start), item.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .filter(|(_, item)| !item.is_empty())
        .collect()
}

/// The entry without the note at its end. A venue in italics has its full stop behind them.
fn without_note(entry: &str) -> &str {
    let Some(inner) = entry.strip_suffix(".*") else { return entry };
    match inner.rfind(" *") {
        Some(at) if !inner[at + 2..].contains('*') => entry[..at].trim_end(),
        _ => entry,
    }
}

/// The brackets with the year: where they begin and end.
fn year(work: &str) -> Option<(usize, usize)> {
    work.match_indices(" (").find_map(|(at, _)| {
        let inner = &work[at + 2..at + work[at..].find(')')?];
        let digits = inner.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let is_year = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) && inner.len() < 6;
        is_year.then_some((at, at + 2 + inner.len() + 1))
    })
}

/// What two entries of one work have in common: the letters of the title, or of the name where no year follows
/// one.
fn title(work: &str) -> String {
    let rest = year(work).map_or(work, |(_, end)| work[end..].trim_start_matches(['.', ' ']));
    let end = rest.match_indices(['.', '?']).map(|(at, _)| at).find(|at| {
        let after = &rest[at + 1..];
        after.is_empty() || after.starts_with(' ')
    });
    rest[..end.unwrap_or(rest.len())]
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The number after `arXiv:`.
fn arxiv(work: &str) -> Option<&str> {
    let rest = &work[work.find("arXiv:")? + "arXiv:".len()..];
    Some(rest[..address_end(rest)].trim_end_matches('.'))
}

fn address_end(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len())
}

/// The first author's given names (all tokens that end in a full stop) and surname; `None` for a name of
/// another kind.
fn first_author(work: &str) -> Option<(&str, &str)> {
    let (authors, _) = work.split_at(year(work)?.0);
    let first = authors.split(", ").next()?;
    let mut surname = first;
    while let Some((word, rest)) = surname.split_once(' ')
        && word.ends_with('.')
    {
        surname = rest;
    }
    let given = first[..first.len() - surname.len()].trim_end();
    (!given.is_empty()).then_some((given, surname))
}

fn surname_first(work: &str) -> String {
    match first_author(work) {
        Some((given, surname)) => {
            // *C. Lowman and others*: the others stand behind the whole name.
            let name = surname.split_once(" and ").map_or(surname, |(name, _)| name);
            let more = &surname[name.len()..];
            format!("{name}, {given}{more}{}", &work[given.len() + 1 + surname.len()..])
        }
        None => work.to_owned(),
    }
}

/// By what a work is sorted: surname, given names, year, title.
fn order(work: &str) -> (String, String, String, String) {
    let when = year(work).map_or("", |(start, end)| &work[start..end]).to_owned();
    let (given, surname) = first_author(work).unwrap_or(("", work.strip_prefix("The ").unwrap_or(work)));
    (plain(surname), plain(given), when, title(work))
}

/// In small letters without their marks, as an English alphabet sorts them.
fn plain(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
            'ć' | 'č' | 'ç' => 'c',
            'é' | 'è' | 'ê' | 'ë' | 'ě' => 'e',
            'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
            'ł' => 'l',
            'ñ' | 'ń' => 'n',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
            'ř' => 'r',
            'š' | 'ś' => 's',
            'ú' | 'ù' | 'û' | 'ü' | 'ů' => 'u',
            'ý' => 'y',
            'ž' | 'ź' | 'ż' => 'z',
            c => c,
        })
        .collect()
}

/// With links for the numbers of arXiv and the DOIs.
fn linked(work: &str) -> String {
    let mut out = String::new();
    let mut rest = work;
    while let Some((at, mark, site)) = [("arXiv:", "https://arxiv.org/abs/"), ("doi:", "https://doi.org/")]
        .iter()
        .filter_map(|(mark, site)| Some((rest.find(mark)?, *mark, *site)))
        .min()
    {
        let number = &rest[at + mark.len()..];
        let number = number[..address_end(number)].trim_end_matches('.');
        out += &format!("{}[{mark}{number}]({site}{number})", &rest[..at]);
        rest = &rest[at + mark.len() + number.len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(texts: &[&str]) -> Vec<Sources> {
        (1..)
            .zip(texts)
            .map(|(number, text)| Sources {
                file: format!("chapters/{number}-a/sources.md").into(),
                address: format!("{number}-a/sources.md"),
                chapter: format!("Chapter {number}"),
                text: format!("# Sources\n\n{text}"),
            })
            .collect()
    }

    #[test]
    fn others_stand_behind_the_whole_name() {
        assert_eq!(
            surname_first("C. Lowman and others (2023). dfdx."),
            "Lowman, C. and others (2023). dfdx."
        );
    }

    #[test]
    fn a_work_of_two_chapters_stands_once_and_names_both() {
        let (list, findings) = bibliography(&sources(&[
            "- L. van der Maaten, G. Hinton (2008). Visualizing data using t-SNE. *JMLR* 9. *Maps.*\n\
             - The Rust project. The documentation. *The corpus.*\n",
            "- R. Řehůřek, P. Sojka (2010). Software? *LREC 2010*. arXiv:1003.1234. *gensim.*\n\
             - L. van der Maaten, G. Hinton (2008). Visualizing data using t-SNE. *JMLR* 9.\n",
        ]));
        assert_eq!(findings, []);
        assert_eq!(
            list,
            "- Řehůřek, R., P. Sojka (2010). Software? *LREC 2010*. \
             [arXiv:1003.1234](https://arxiv.org/abs/1003.1234). \
             <span class=\"cited\">[Chapter 2](2-a/sources.md)</span>\n\
             - The Rust project. The documentation. <span class=\"cited\">[Chapter 1](1-a/sources.md)</span>\n\
             - van der Maaten, L., G. Hinton (2008). Visualizing data using t-SNE. *JMLR* 9. \
             <span class=\"cited\">[Chapter 1](1-a/sources.md), [Chapter 2](2-a/sources.md)</span>\n"
        );
    }

    #[test]
    fn a_work_in_other_words_is_found_by_its_title_and_by_its_number() {
        for (one, other) in [
            (
                "A. Bee (2014). An encoder-decoder. *EMNLP 2014*.",
                "A. Bee (2014). An encoder–decoder. *EMNLP 2014*.",
            ),
            ("A. Bee (2014). A way. arXiv:1406.1078.", "A. Bee (2015). The way. *EMNLP*. arXiv:1406.1078."),
            ("Twemoji. Graphics, CC-BY 4.0.", "Twemoji. Graphics by others, CC-BY 4.0."),
        ] {
            let (list, findings) =
                bibliography(&sources(&[&format!("- {one} *Note.*"), &format!("\n- {other} *Other.*")]));
            assert_eq!(list.lines().count(), 1, "{list}");
            assert_eq!(findings.len(), 1, "{findings:?}");
            let told = findings[0].to_string();
            assert!(told.starts_with("chapters/2-a/sources.md:4: the same work"), "{told}");
            assert!(told.contains(&format!("chapters/1-a/sources.md:3: `{one}`")), "{told}");
        }
    }

    #[test]
    fn a_work_that_stands_twice_on_a_page_is_found() {
        let (_, findings) =
            bibliography(&sources(&["- A. Bee (2014). A way.\n- A. Bee (2014). A way. *Again.*"]));
        assert!(findings[0].to_string().contains("stands on the page already (chapters/1-a/sources.md:3)"));
    }

    #[test]
    fn works_are_in_the_order_of_surnames_given_names_and_years() {
        let (list, _) = bibliography(&sources(&["- Y. Bengio, P. Simard (1994). One.\n\
             - S. Bengio, O. Vinyals (2015). Two.\n- Y. Bengio (1990a). Three.\n- S. Antol (2015). Four: not five."]));
        let titles: Vec<&str> =
            list.lines().filter_map(|line| line.split("). ").nth(1)?.split(". ").next()).collect();
        assert_eq!(titles, ["Four: not five", "Two", "Three", "One"]);
    }

    #[test]
    fn a_doi_is_linked_and_a_point_in_a_title_is_not_its_end() {
        assert_eq!(
            linked("A. Bee (2016). A way. *Distill*. doi:10.23915/distill.00003."),
            "A. Bee (2016). A way. *Distill*. [doi:10.23915/distill.00003](https://doi.org/10.23915/distill.00003)."
        );
        assert_eq!(title("A. Bee (2016). word2.vec at work? *NIPS*."), "word2vecatwork");
    }
}
