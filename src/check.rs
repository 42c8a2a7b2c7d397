//! Everything that can be wrong with the book, told at once, each with its file and line.

mod listings;
mod notation;
mod numbers;
mod pages;
mod readme_commands;
mod readme_gallery;
mod records;
mod site;

use crate::build_book::{self, BuildError};
use crate::finding::Finding;
use crate::house::House;
use crate::in_words::count;
use crate::say::say;
use crate::weave::{self, Use, Weaver, Woven};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

/// What is wrong, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What pages ask for and cannot have; pages that the summary misses.
    pub pages: Vec<Finding>,
    /// Letters that the notation does not explain, and what it explains that no formula has.
    pub notation: Vec<Finding>,
    /// Anchors that are broken, unused, or lie in code that is not compiled.
    pub listings: Vec<Finding>,
    /// Records that are unreadable, stale, quick, or hold what no page shows.
    pub records: Vec<Finding>,
    /// Numbers typed by hand that a record holds.
    pub numbers: Vec<Finding>,
    /// Commands of the README that nothing tries, pictures and times in it that are no longer right.
    pub readme: Vec<Finding>,
    /// Links, ids and alt texts of the built book.
    pub site: Vec<Finding>,
    /// What is not wrong, and good to know.
    pub notes: Vec<Finding>,
}

impl Report {
    /// All that is wrong, in the order of the groups.
    pub fn all(&self) -> Vec<&Finding> {
        let groups = [
            &self.pages,
            &self.notation,
            &self.listings,
            &self.records,
            &self.numbers,
            &self.readme,
            &self.site,
        ];
        groups.into_iter().flatten().collect()
    }
}

/// A page with what weaving it found.
struct Page {
    /// The file, relative to the folder of the pages.
    path: PathBuf,
    /// The file, relative to the book.
    file: PathBuf,
    source: String,
    woven: Woven,
}

/// Checks the book in `house`.
///
/// # Errors
///
/// If the book's folders, records or glossary cannot be read, or the book cannot be built.
pub fn check(house: &House) -> Result<Report, BuildError> {
    let weaver = Weaver::open(house)?;
    let mut report = Report::default();
    let pages = pages::read(house, &weaver, &mut report.pages)?;
    report.pages.extend(unexplained(house, &weaver, &pages));
    report.notation = notation::check(&pages);
    let uses: BTreeSet<Use> = pages.iter().flat_map(|page| page.woven.uses.iter().cloned()).collect();
    report.listings = listings::check(house, &uses);
    report.records = records::check(house, weaver.records(), &uses);
    report.notes = records::old_comparisons(house, weaver.records());
    report.numbers = numbers::check(&pages, weaver.records());
    report.readme = readme_commands::check(house);
    report.readme.extend(readme_gallery::check(house, &pages, weaver.records()));
    // A book whose pages ask for what is not there cannot be built.
    if report.pages.is_empty() {
        let folder =
            tempfile::tempdir().map_err(|reason| BuildError::Write { path: std::env::temp_dir(), reason })?;
        let warnings = build_book::build(house, folder.path())?;
        report.site = site::check(folder.path(), &pages);
        report.site.extend(warnings.iter().map(|warning| warned(&pages, warning)));
    }
    Ok(report)
}

/// Terms of the glossary that none of the pages to which they lead has in italics.
fn unexplained(house: &House, weaver: &Weaver, pages: &[Page]) -> Vec<Finding> {
    let explained: BTreeSet<&String> = pages.iter().flat_map(|page| &page.woven.terms).collect();
    let missing = weaver.glossary().terms.iter().filter(|term| !explained.contains(&term.id));
    let file = house.relative(&house.pages().join(weave::GLOSSARY));
    let one = |term: &weave::Term| {
        let (words, pages) =
            (term.words.join("` or `"), term.pages.iter().map(|page| page.display().to_string()));
        let message = format!(
            "none of the pages to which this entry leads ({}) has `{words}` in italics, by which a reader comes back: \
             put it there where it is explained, or let the entry lead to the page that explains it",
            pages.collect::<Vec<_>>().join(", ")
        );
        Finding::new(&file, term.line, message)
    };
    missing.map(one).collect()
}

/// mdBook's warning, at the page that it names.
fn warned(pages: &[Page], warning: &str) -> Finding {
    let named = |page: &&Page| warning.contains(&format!("`{}`", page.path.display()));
    let file = pages.iter().find(named).map_or("book.toml".into(), |page| page.file.clone());
    Finding::new(file, 1, format!("mdBook warns: {}", warning.replace('\n', " ")))
}

/// The subcommand `check`.
///
/// # Errors
///
/// As [`check`], and if there is no book here.
pub fn run() -> miette::Result<ExitCode> {
    let house = House::find()?;
    let report = check(&house)?;
    let findings = report.all();
    for finding in &findings {
        say!("{finding}");
    }
    for note in &report.notes {
        say!("note: {note}");
    }
    if findings.is_empty() {
        say!("Pages, notation, listings, records, numbers, README and links: nothing is wrong.");
        return Ok(ExitCode::SUCCESS);
    }
    let unbuilt =
        if report.pages.is_empty() { "" } else { "; links are checked once the pages can be woven" };
    eprintln!("{}{unbuilt}", count(findings.len(), "thing is wrong", "things are wrong"));
    Ok(ExitCode::FAILURE)
}
