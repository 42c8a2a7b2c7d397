//! What stands at the end of the book: the works that it cites, its figures, and its listings.

use super::directive::{self, Kind};
use super::page::{Parts, Weaver, figure_id, listing_id};
use crate::bibliography::{Sources, bibliography};
use crate::finding::Finding;
use crate::listing::Include;
use crate::maths::for_markdown;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// A page of the summary.
struct Page {
    /// The file, relative to the folder of the pages.
    path: PathBuf,
    source: String,
}

impl Page {
    fn title(&self) -> &str {
        self.source.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim()
    }

    fn address(&self) -> String {
        self.path.to_string_lossy().replace('\\', "/")
    }

    /// The folder of its chapter; the pages around the chapters have none.
    fn folder(&self) -> Option<&Path> {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty())
    }

    /// What it shows with figures and listings, in order.
    fn shown(&self, weaver: &Weaver) -> Vec<Shown> {
        let parts = Parts::of(&self.source);
        let mut shown: Vec<(usize, Shown)> = Vec::new();
        for directive in directive::find(&self.source) {
            if let Ok(Kind::Figure { record, key, detail: None }) = directive.kind
                && !parts.is_elsewhere(directive.range.start)
            {
                shown.push((directive.range.start, Shown::Figure { record, key }));
            }
        }
        for fence in &parts.fences {
            if let Some(Include { path, anchor: Some(anchor) }) = Include::parse(&fence.text)
                && path.ends_with(".rs")
            {
                let file = weaver.house().from_page(&self.path, &path);
                shown.push((fence.range.start, Shown::Listing { file, anchor }));
            }
        }
        shown.sort_by_key(|(at, _)| *at);
        shown.into_iter().map(|(_, shown)| shown).collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Shown {
    Figure { record: String, key: String },
    Listing { file: PathBuf, anchor: String },
}

impl Weaver {
    /// The pages in the order of the summary. One that is missing is told of elsewhere.
    fn pages(&self) -> Result<Vec<Page>, String> {
        let folder = self.house().pages();
        let named = self.house().summary().map_err(|error| error.to_string())?;
        Ok(named
            .into_iter()
            .filter_map(|(path, _)| {
                let source = std::fs::read_to_string(folder.join(&path)).ok()?;
                Some(Page { path, source })
            })
            .collect())
    }

    /// All works that the chapters' pages of sources name. What is wrong with those pages goes to `findings`.
    pub(super) fn bibliography(&self, up: &str, findings: &mut Vec<Finding>) -> Result<String, String> {
        let pages = self.pages()?;
        let sources: Vec<Sources> = pages
            .iter()
            .filter(|page| page.path.ends_with("sources.md"))
            .map(|page| Sources {
                file: self.house().relative(&self.house().pages().join(&page.path)),
                address: format!("{up}{}", page.address()),
                chapter: chapter_of(&pages, page).map_or("", Page::title).to_owned(),
                text: page.source.clone(),
            })
            .collect();
        let (list, wrong) = bibliography(&sources);
        findings.extend(wrong);
        Ok(list)
    }

    /// All figures, by chapter, each with a link to where it stands first.
    pub(super) fn figures(&self, up: &str) -> Result<String, String> {
        self.by_chapter(|page, shown, lines: &mut Vec<String>| {
            let Shown::Figure { record, key } = shown else { return Ok(()) };
            // What a record lacks is told at the page that shows it.
            let Ok((_, data)) = self.records().get(record) else { return Ok(()) };
            let Some(figure) = data.figures.get(key) else { return Ok(()) };
            let title = for_markdown(&self.caption(first_sentence(&figure.caption))?);
            lines.push(format!("- [{title}]({up}{}#{})\n", page.address(), figure_id(record, key)));
            Ok(())
        })
        .map(|chapters| {
            chapters.into_iter().map(|(heading, lines)| heading + &lines.concat() + "\n").collect()
        })
    }

    /// All listings, by chapter and file, each with a link to where it stands first.
    pub(super) fn listings(&self, up: &str) -> Result<String, String> {
        let chapters = self.by_chapter(|page, shown, files: &mut BTreeMap<PathBuf, Vec<String>>| {
            if let Shown::Listing { file, anchor } = shown {
                let link = format!("[`{anchor}`]({up}{}#{})", page.address(), listing_id(file, anchor));
                files.entry(file.clone()).or_default().push(link);
            }
            Ok(())
        })?;
        let lines = |files: BTreeMap<PathBuf, Vec<String>>| -> String {
            files
                .into_iter()
                .map(|(file, links)| format!("- `{}`: {}\n", file.display(), links.join(", ")))
                .collect()
        };
        Ok(chapters.into_iter().map(|(heading, files)| heading + &lines(files) + "\n").collect())
    }

    /// For each chapter its heading and what `add` gathers of the things that its pages show, each once.
    fn by_chapter<T: Default>(
        &self,
        add: impl Fn(&Page, &Shown, &mut T) -> Result<(), String>,
    ) -> Result<Vec<(String, T)>, String> {
        let pages = self.pages()?;
        let mut chapters: Vec<(&Path, String, T)> = Vec::new();
        let mut known = HashSet::new();
        for page in &pages {
            let (Some(folder), Some(chapter)) = (page.folder(), chapter_of(&pages, page)) else { continue };
            for shown in page.shown(self) {
                if !known.insert(shown.clone()) {
                    continue;
                }
                if chapters.last().is_none_or(|(last, ..)| *last != folder) {
                    let heading = format!("## {}\n\n", chapter.title());
                    chapters.push((folder, heading, T::default()));
                }
                if let Some((_, _, gathered)) = chapters.last_mut() {
                    add(page, &shown, gathered)?;
                }
            }
        }
        Ok(chapters.into_iter().map(|(_, heading, gathered)| (heading, gathered)).collect())
    }
}

/// The first page of the chapter that `page` belongs to.
fn chapter_of<'a>(pages: &'a [Page], page: &Page) -> Option<&'a Page> {
    let folder = page.folder()?;
    pages.iter().find(|other| other.path == folder.join("index.md"))
}

/// The caption up to its first full stop, where no emphasis, formula or bracket is open.
fn first_sentence(caption: &str) -> &str {
    let caption = caption.trim();
    let end = caption.match_indices(". ").map(|(at, _)| at).find(|at| {
        let (before, after) = caption.split_at(*at);
        let even = |sign| before.matches(sign).count() % 2 == 0;
        let next = after[2..].trim_start_matches(['*', '(']).chars().next();
        let bracket = before.matches('(').count() == before.matches(')').count();
        bracket && ['*', '$', '`'].into_iter().all(even) && next.is_some_and(|c| !c.is_lowercase())
    });
    caption[..end.unwrap_or(caption.len())].trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::House;

    /// A book of two chapters, of which the first shows one figure and two listings, some of them twice.
    fn book(folder: &Path) -> Weaver {
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("book.toml", "");
        write(
            "chapters/SUMMARY.md",
            "[First](intro.md)\n\n- [One](1-one/index.md)\n  - [More](1-one/more.md)\n  - [Sources](1-one/sources.md)\n\
             - [Two](2-two/index.md)\n  - [Sources](2-two/sources.md)\n\n[End](end.md)\n",
        );
        write("chapters/intro.md", "# First\n\n{{#figure one:map detail 0 0 9 9 A map.}}\n");
        let listing = |name| format!("```rust\n{{{{#include ../../code/one/src/lib.rs:{name}}}}}\n```\n");
        write(
            "chapters/1-one/index.md",
            &format!(
                "# Chapter *one*\n\n{{{{#figure one:map}}}}\n\n{}\n`{{{{#figure one:not}}}}`\n",
                listing("a_b")
            ),
        );
        write(
            "chapters/1-one/more.md",
            &format!("# More\n\n{}\n{}\n{{{{#figure one:map}}}}\n", listing("a_b"), listing("c")),
        );
        write("chapters/1-one/sources.md", "# Sources\n\n- A. Bee (2014). A way. *One.*\n");
        write("chapters/2-two/index.md", "# Chapter two\n\n");
        write("chapters/2-two/sources.md", "# Sources\n\n- A. Bee (2014). A way! *Two.*\n");
        write("chapters/end.md", "# End\n\n{{#bibliography}}\n");
        write(
            "code/one/src/lib.rs",
            "// ANCHOR: a_b\nfn a() {}\n// ANCHOR_END: a_b\n// ANCHOR: c\nfn c() {}\n// ANCHOR_END: c\n",
        );
        write("chapters/1-one/figures/map.svg", r#"<svg viewBox="0 0 20 20"><g/></svg>"#);
        let mut record = record::Record::read(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("chapters/0-first-steps/record.json"),
        )
        .unwrap();
        record.values.clear();
        record.outputs.clear();
        let mut figure = record.figures.values().next().unwrap().clone();
        record.figures.clear();
        figure.file = "figures/map.svg".into();
        figure.caption = "A map of $x_1$ [and *y*]. It is small.".into();
        record.figures.insert("map".into(), figure);
        write("chapters/1-one/record.json", &serde_json::to_string(&record).unwrap());
        Weaver::open(&House::find_from(folder).unwrap()).unwrap()
    }

    #[test]
    fn a_figure_stands_in_the_index_once_and_a_detail_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let index = book(folder.path()).figures("").unwrap();
        assert!(index.starts_with("## Chapter *one*\n\n- [A map of <"), "{index}");
        assert!(index.ends_with("&#93;](1-one/index.md#figure-one-map)\n\n"), "{index}");
        assert_eq!(index.matches("figure-one-map").count(), 1, "{index}");
        assert!(!index.contains("small"), "{index}");
    }

    #[test]
    fn listings_stand_in_the_index_by_file() {
        let folder = tempfile::tempdir().unwrap();
        let index = book(folder.path()).listings("../").unwrap();
        assert_eq!(
            index,
            "## Chapter *one*\n\n- `code/one/src/lib.rs`: \
             [`a_b`](../1-one/index.md#listing-one-src-lib-a_b), [`c`](../1-one/more.md#listing-one-src-lib-c)\n\n"
        );
    }

    #[test]
    fn the_places_that_the_indices_name_exist_once_on_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let weaver = book(folder.path());
        let page = |text: &str| weaver.page(Path::new("1-one/more.md"), text).content;
        let listing = "```rust\n{{#include ../../code/one/src/lib.rs:c}}\n```\n";
        let woven =
            page(&format!("{{{{#figure one:map}}}}\n\n{listing}\n{listing}\n{{{{#figure one:map}}}}\n"));
        assert_eq!(woven.matches(r#"id="figure-one-map""#).count(), 1, "{woven}");
        assert_eq!(woven.matches(r#"id="listing-one-src-lib-c""#).count(), 1, "{woven}");
        assert_eq!(woven.matches("<figure").count(), 4, "{woven}");
    }

    #[test]
    fn sources_that_differ_are_a_finding_at_their_page() {
        let folder = tempfile::tempdir().unwrap();
        let woven = book(folder.path()).page(Path::new("end.md"), "# End\n\n{{#bibliography}}\n");
        assert_eq!(woven.findings.len(), 1, "{:?}", woven.findings);
        let told = woven.findings[0].to_string();
        assert!(told.starts_with("chapters/2-two/sources.md:3: the same work"), "{told}");
        assert!(woven.content.contains("[Chapter *one*](1-one/sources.md)"), "{}", woven.content);
    }

    #[test]
    fn a_caption_is_cut_after_its_first_sentence() {
        for (caption, title) in [
            ("One thing.", "One thing"),
            ("*One. Two.* Three. Four.", "*One. Two.* Three"),
            ("At (e.g. This. Or that) $a. B$ end. *Left:* more.", "At (e.g. This. Or that) $a. B$ end"),
            ("It has approx. three parts.", "It has approx. three parts"),
        ] {
            assert_eq!(first_sentence(caption), title);
        }
    }
}
