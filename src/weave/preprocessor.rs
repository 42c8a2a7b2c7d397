//! The weaver as an mdBook preprocessor, inside this program and under a plain `mdbook build`.

use super::page::{Use, Weaver};
use crate::finding::Findings;
use crate::house::House;
use crate::source_pages;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The preprocessor's name in `book.toml`.
pub const NAME: &str = "multimodal";

/// Weaves all pages of a book.
#[derive(Clone, Debug)]
pub struct Preprocess {
    house: House,
    listed: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Preprocess {
    /// For the book in `house`.
    pub fn new(house: &House) -> Self {
        Self { house: house.clone(), listed: Arc::default() }
    }

    /// The source files that the pages show or link to, once the book has been woven.
    pub fn listed(&self) -> BTreeSet<PathBuf> {
        self.listed.lock().map(|listed| listed.clone()).unwrap_or_default()
    }
}

impl Preprocessor for Preprocess {
    fn name(&self) -> &str {
        NAME
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let weaver = Weaver::open(&self.house)?;
        let mut findings = Vec::new();
        let mut listed = BTreeSet::new();
        book.for_each_mut(|item| {
            let BookItem::Chapter(chapter) = item else { return };
            let Some(path) = &chapter.source_path else { return };
            let woven = weaver.page(path, &chapter.content);
            chapter.content = woven.content;
            findings.extend(woven.findings);
            listed.extend(woven.uses.into_iter().filter_map(|used| match used {
                Use::Listing(file, _) | Use::Source(file) => Some(file),
                _ => None,
            }));
        });
        if let Ok(mut known) = self.listed.lock() {
            *known = listed;
        }
        if findings.is_empty() { Ok(book) } else { Err(Findings(findings).into()) }
    }
}

/// Speaks mdBook's protocol: a context and a book come in on standard input, the woven book goes
/// out on standard output.
///
/// mdBook empties its output folder after this, so the pages of the sources go where mdBook copies
/// them from: `chapters/source/`, which git ignores.
///
/// # Errors
///
/// If what comes in is not a book, or a page cannot be woven.
pub fn preprocess() -> miette::Result<()> {
    let (context, book) = mdbook_preprocessor::parse_input(std::io::stdin().lock()).map_err(|error| {
        miette::miette!(
            help = "mdBook itself calls this: run `mdbook build`, or `cargo run --release` to read",
            "standard input holds no book in mdBook's format: {error:#}"
        )
    })?;
    let house = House::find_from(&context.root)?;
    let weaver = Preprocess::new(&house);
    let woven = weaver.run(&context, book).map_err(|error| miette::miette!("{error:#}"))?;
    source_pages::write(&house, &weaver.listed(), &house.pages())?;
    let json = serde_json::to_string(&woven).map_err(|error| miette::miette!("the woven book: {error}"))?;
    std::io::stdout()
        .write_all(json.as_bytes())
        .map_err(|error| miette::miette!("mdBook does not take the woven book: {error}"))
}
