//! The notation: every letter of a chapter's formulas has an entry, and every entry has a formula.

use super::Page;
use crate::finding::{Finding, line_of};
use crate::weave::markdown;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The page, relative to the folder of the pages.
const FILE: &str = "notation.md";

/// Commands whose argument is words, and no letters.
const UPRIGHT: [&str; 6] = ["mathrm", "text", "operatorname", "mathtt", "begin", "end"];

/// Commands that make other letters of those in their argument.
const STYLED: [&str; 3] = ["mathcal", "mathbf", "mathbb"];

/// Commands that are letters. (π is none: it is the number everywhere.)
const LETTERS: &str = "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi \
                       rho varrho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma \
                       Upsilon Phi Psi Omega ell imath jmath";

/// What the notation says of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// Its line.
    line: usize,
    /// The folders of the chapters of which its row says what the letter means there; `None` if it means the same in
    /// all of them.
    chapters: Option<BTreeSet<String>>,
}

/// A cell of a table: its text, the formulas in it and the links.
#[derive(Default)]
struct Cell {
    text: String,
    formulas: Vec<String>,
    links: Vec<String>,
}

/// A row of a table, with its line.
type Row = (usize, Vec<Cell>);

/// Finds letters in the formulas of chapters that the notation does not explain, and entries of the notation that no
/// formula needs. A book without the page has nothing to keep.
///
/// The page has two kinds of tables that begin with a column *letter*: one with a column for what it means everywhere,
/// and one with a column for each chapter, whose head leads to the chapter.
pub fn check(pages: &[Page]) -> Vec<Finding> {
    let Some(page) = pages.iter().find(|page| page.path == Path::new(FILE)) else { return Vec::new() };
    let mut findings = Vec::new();
    let entries = entries(page, &mut findings);
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for page in pages {
        let Some(chapter) = chapter(&page.path) else { continue };
        let mut told = BTreeSet::new();
        for (line, letter) in letters_of(&page.source) {
            used.entry(letter.clone()).or_default().insert(chapter.to_owned());
            if let Some(message) = unexplained(&letter, chapter, entries.get(&letter))
                && told.insert(letter)
            {
                findings.push(Finding::new(&page.file, line, message));
            }
        }
    }
    for (letter, entry) in &entries {
        let message = dead(letter, entry, used.get(letter).unwrap_or(&BTreeSet::new()));
        findings.extend(message.map(|message| Finding::new(&page.file, entry.line, message)));
    }
    findings.sort();
    findings
}

/// The folder of the chapter that a page, relative to the folder of the pages, belongs to.
fn chapter(page: &Path) -> Option<&str> {
    let folder = page.parent()?.iter().next()?.to_str()?;
    folder.starts_with(|c: char| c.is_ascii_digit()).then_some(folder)
}

/// What is wrong with a letter in a formula of `chapter`, if anything.
fn unexplained(letter: &str, chapter: &str, entry: Option<&Entry>) -> Option<String> {
    match entry {
        None => Some(format!(
            "a formula has the letter `{letter}`, and {FILE} has no row for it: write a letter that it has with this \
             meaning, or add a row"
        )),
        Some(Entry { line, chapters: Some(chapters) }) if !chapters.contains(chapter) => Some(format!(
            "a formula has the letter `{letter}`, and its row in {FILE}, line {line}, does not say what it means in \
             this chapter: fill the cell, or write another letter"
        )),
        Some(_) => None,
    }
}

/// What an entry says that no formula needs, the letter being used in the chapters `used`.
fn dead(letter: &str, entry: &Entry, used: &BTreeSet<String>) -> Option<String> {
    let Some(chapters) = &entry.chapters else {
        let message = format!("no formula of a chapter has the letter `{letter}`: take the row out");
        return used.is_empty().then_some(message);
    };
    let unused: Vec<&str> = chapters.difference(used).map(String::as_str).collect();
    let message = format!(
        "the row says what `{letter}` means in {}, where no formula has it: empty the cell, or take the row out",
        unused.join(" and ")
    );
    (!unused.is_empty()).then_some(message)
}

/// The entries of the page, by letter. A letter with two rows is told.
fn entries(page: &Page, findings: &mut Vec<Finding>) -> BTreeMap<String, Entry> {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for table in tables(&page.source) {
        let mut rows = table.into_iter();
        let Some((_, head)) =
            rows.next().filter(|(_, head)| head.first().is_some_and(|c| c.text == "letter"))
        else {
            continue;
        };
        let columns: Vec<Option<&str>> = head.iter().map(leads_to).collect();
        for (line, cells) in rows {
            let filled = columns.iter().zip(&cells).filter(|(_, cell)| !cell.text.is_empty());
            let chapters: BTreeSet<String> =
                filled.filter_map(|(column, _)| column.map(str::to_owned)).collect();
            let chapters = columns.iter().any(Option::is_some).then_some(chapters);
            let first = |tex: &String| letters(tex).into_iter().next();
            for letter in cells.first().into_iter().flat_map(|cell| cell.formulas.iter().filter_map(first)) {
                let entry = Entry { line, chapters: chapters.clone() };
                if let Some(other) = entries.insert(letter.clone(), entry) {
                    let message =
                        format!("`{letter}` has a row in line {}, too: make one of both", other.line);
                    findings.push(Finding::new(&page.file, line, message));
                }
            }
        }
    }
    entries
}

/// The folder of the chapter to which the head of a column leads.
fn leads_to(head: &Cell) -> Option<&str> {
    head.links.first().and_then(|link| chapter(Path::new(link)))
}

/// The tables of a page: the head of each, and then its other rows.
fn tables(source: &str) -> Vec<Vec<Row>> {
    let mut tables: Vec<Vec<Row>> = Vec::new();
    for (event, range) in Parser::new_ext(source, markdown()).into_offset_iter() {
        if let Event::Start(Tag::Table(_)) = event {
            tables.push(Vec::new());
        }
        let Some(table) = tables.last_mut() else { continue };
        if let Event::Start(Tag::TableHead | Tag::TableRow) = event {
            table.push((line_of(source, range.start), Vec::new()));
        }
        let Some((_, cells)) = table.last_mut() else { continue };
        if let Event::Start(Tag::TableCell) = event {
            cells.push(Cell::default());
        }
        if let Event::End(TagEnd::Table) = event {
            // What comes after a table belongs to none.
            tables.push(Vec::new());
            continue;
        }
        let Some(cell) = cells.last_mut() else { continue };
        match event {
            Event::Text(text) | Event::Code(text) => cell.text.push_str(&text),
            Event::InlineMath(tex) => {
                cell.text.push_str(&tex);
                cell.formulas.push(tex.into_string());
            }
            Event::Start(Tag::Link { dest_url, .. }) => cell.links.push(dest_url.into_string()),
            _ => {}
        }
    }
    tables
}

/// The letters in the formulas of a page, each with its line.
fn letters_of(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (event, range) in Parser::new_ext(source, markdown()).into_offset_iter() {
        if let Event::InlineMath(tex) | Event::DisplayMath(tex) = event {
            let line = line_of(source, range.start);
            found.extend(letters(&tex).into_iter().map(|letter| (line, letter)));
        }
    }
    found
}

/// The letters in a formula as TeX writes them, without those of words.
fn letters(tex: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = tex;
    while let Some(c) = rest.chars().next() {
        if let Some(directive) = rest.strip_prefix("{{#") {
            rest = directive.split_once("}}").map_or("", |(_, after)| after);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            found.extend(c.is_alphabetic().then(|| c.to_string()));
            continue;
        }
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())];
        // A command that is no word is one sign: `\,`.
        rest =
            &rest[if name.is_empty() { rest.chars().next().map_or(0, char::len_utf8) } else { name.len() }..];
        if UPRIGHT.contains(&name) {
            rest = argument(rest).1;
        } else if STYLED.contains(&name) {
            let (inside, after) = argument(rest);
            found.extend(inside.chars().filter(|c| c.is_alphabetic()).map(|c| format!("\\{name}{{{c}}}")));
            rest = after;
        } else if LETTERS.split(' ').any(|letter| letter == name) {
            found.push(format!("\\{name}"));
        }
    }
    found
}

/// The argument with which `tex` begins, and what comes after it.
fn argument(tex: &str) -> (&str, &str) {
    let tex = tex.trim_start();
    let mut depth = 0_usize;
    for (at, c) in tex.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return tex.split_at(at + c.len_utf8());
        }
    }
    (tex, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weave::Woven;

    const NOTATION: &str = r"# Notation

| sign | meaning |
| --- | --- |
| $k \cdot k$ | a sign is no letter |

| letter | meaning |
| --- | --- |
| $\alpha_l$ | a share of attention |
| $\mathcal{L}$, $l$ | the loss and a place |

| letter | [text](1-text/index.md) | [sound](2-sound/index.md) |
| --- | --- | --- |
| $w$ | a word | the [window](2-sound/window.md) |
| $x$ |  | $x_n$: a sample |
";

    fn page(path: &str, source: &str) -> Page {
        let file = Path::new("chapters").join(path);
        Page { path: path.into(), file, source: source.to_owned(), woven: Woven::default() }
    }

    /// What is told of a book with this notation and a page in either chapter.
    fn told(notation: &str, text: &str, sound: &str) -> Vec<String> {
        let pages = [page(FILE, notation), page("1-text/index.md", text), page("2-sound/a/window.md", sound)];
        check(&pages).iter().map(ToString::to_string).collect()
    }

    const TEXT: &str = r"A loss $\mathcal{L} = \sum_l \alpha_l \mathrm{cost}(w)$.";
    const SOUND: &str = "By $\\pi$:\n\n$$ w \\cdot x $$\n";

    #[test]
    fn letters_are_found_and_words_are_not() {
        let found = |tex| letters(tex).join(" ");
        assert_eq!(found(r"\sum_{i=1}^N \bar x_i \, \mathrm{e}^{-\beta y'}"), r"i N x i \beta y");
        assert_eq!(
            found(r"\mathbf{UV}^\top, \mathcal L \text{ for all } \operatorname{tr}"),
            r"\mathbf{U} \mathbf{V} \mathcal{L}"
        );
        assert_eq!(found(r"L = {{#value a:b}}, \text{a {b} c} \mathrm d \alpha φ"), r"L \alpha φ");
        assert_eq!(found(r"\tfrac12 \le 3\,\% \begin{pmatrix} 1 \\ 2 \end{pmatrix}\\"), "");
    }

    #[test]
    fn a_notation_that_fits_its_chapters_is_sound() {
        assert_eq!(told(NOTATION, TEXT, SOUND), [""; 0]);
        assert_eq!(check(&[page("1-text/index.md", "$q$")]), []);
    }

    #[test]
    fn a_letter_without_an_entry_is_told_once_a_page() {
        let found = told(NOTATION, &format!("{TEXT}\n\nOf $q$ and $q_1$, and of $x$."), SOUND);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(
            found[0].starts_with("chapters/1-text/index.md:3: a formula has the letter `q`"),
            "{found:#?}"
        );
        assert!(found[0].contains("no row for it"), "{found:#?}");
        assert!(found[1].contains("`x`, and its row in notation.md, line 15,"), "{found:#?}");
    }

    #[test]
    fn an_entry_without_a_formula_is_told() {
        let found = told(NOTATION, "$\\mathcal{L}_l$", "$w x$");
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(
            found[0].starts_with("chapters/notation.md:9: no formula of a chapter has the letter `\\alpha`")
        );
        assert!(found[1].starts_with("chapters/notation.md:14: the row says what `w` means in 1-text,"));
    }

    #[test]
    fn a_letter_with_two_rows_is_told() {
        let twice = NOTATION.replace("| $\\alpha_l$ |", "| $w$ | a word |\n| $\\alpha_l$ |");
        let found = told(&twice, TEXT, SOUND);
        assert_eq!(found, ["chapters/notation.md:15: `w` has a row in line 9, too: make one of both"]);
    }
}
