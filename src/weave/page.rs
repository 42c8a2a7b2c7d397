//! One page, woven.

use super::block;
use super::directive::{self, Detail, Directive, Kind};
use super::glossary::{self, Glossary};
use super::svg;
use crate::finding::{Finding, line_of};
use crate::house::House;
use crate::listing::{self, Include};
use crate::maths::Maths;
use crate::records::{Records, entry_named};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Weaves pages. Reads the records once.
#[derive(Debug)]
pub struct Weaver {
    house: House,
    records: Records,
    glossary: Glossary,
    maths: Maths,
}

/// A woven page.
#[derive(Clone, Debug, Default)]
pub struct Woven {
    /// The page as mdBook gets it.
    pub content: String,
    /// What the page shows from elsewhere.
    pub uses: Vec<Use>,
    /// Its own words, outside code, formulas and directives.
    pub prose: Vec<Prose>,
    /// The entries of the glossary to which it leads, by their ids.
    pub terms: Vec<String>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// A piece of a page's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose {
    /// The line on which it begins.
    pub line: usize,
    /// The words.
    pub text: String,
}

/// Something that a page shows from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A listing: the file, relative to the book, and the anchor.
    Listing(PathBuf, Option<String>),
    /// A link to a source file.
    Source(PathBuf),
    /// A value of a record.
    Value(String, String),
    /// An output of a record.
    Output(String, String),
    /// A figure of a record.
    Figure(String, String),
    /// A sound of a record.
    Audio(String, String),
}

/// What Markdown found on a page, with the places.
#[derive(Default)]
pub(super) struct Parts {
    code_spans: Vec<Range<usize>>,
    pub(super) fences: Vec<Fence>,
    formulas: Vec<(Range<usize>, String, bool)>,
    links: Vec<(Range<usize>, String)>,
    text: Vec<Range<usize>>,
}

pub(super) struct Fence {
    pub(super) range: Range<usize>,
    /// The words after the back-ticks; `None` for an indented block.
    info: Option<String>,
    pub(super) text: String,
}

/// mdBook's Markdown, with formulas.
pub(crate) fn markdown() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
}

impl Parts {
    pub(super) fn of(source: &str) -> Self {
        let mut parts = Self::default();
        let mut fence: Option<Fence> = None;
        for (event, range) in Parser::new_ext(source, markdown()).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => Some(info.trim().to_owned()),
                        CodeBlockKind::Indented => None,
                    };
                    fence = Some(Fence { range, info, text: String::new() });
                }
                Event::End(TagEnd::CodeBlock) => parts.fences.extend(fence.take()),
                Event::Text(text) => match &mut fence {
                    Some(fence) => fence.text.push_str(&text),
                    None => parts.text.push(range),
                },
                Event::Code(_) => parts.code_spans.push(range),
                Event::Start(Tag::Link { dest_url, .. }) => parts.links.push((range, dest_url.to_string())),
                Event::InlineMath(tex) => parts.formulas.push((range, tex.to_string(), false)),
                Event::DisplayMath(tex) => parts.formulas.push((range, tex.to_string(), true)),
                _ => {}
            }
        }
        parts
    }

    /// Whether a directive at `at` is code, or the business of a fence or a formula.
    pub(super) fn is_elsewhere(&self, at: usize) -> bool {
        self.code_spans.iter().any(|range| range.contains(&at))
            || self.fences.iter().any(|fence| fence.range.contains(&at))
            || self.formulas.iter().any(|(range, ..)| range.contains(&at))
    }
}

/// A page while it is woven.
struct Page<'a> {
    /// The page's file, relative to the book.
    file: PathBuf,
    /// The page's file, relative to the folder of the pages.
    path: &'a Path,
    source: &'a str,
    woven: Woven,
    edits: Vec<(Range<usize>, String)>,
    figures: HashMap<String, usize>,
    places: HashSet<String>,
}

impl Page<'_> {
    fn wrong(&mut self, offset: usize, message: impl Into<String>) {
        let finding = Finding::new(&self.file, line_of(self.source, offset), message);
        self.woven.findings.push(finding);
    }

    /// What stands on the line before `offset`.
    fn before(&self, offset: usize) -> &str {
        &self.source[self.source[..offset].rfind('\n').map_or(0, |at| at + 1)..offset]
    }

    /// Puts the block `html` in the place of `range`, and an empty line after it.
    fn put_block(&mut self, range: Range<usize>, html: String) {
        // A list's mark stays on the first line; a quotation's goes before every line.
        let margin: String =
            self.before(range.start).chars().map(|c| if c == '>' { '>' } else { ' ' }).collect();
        let end = if self.source[..range.end].ends_with('\n') { range.end - 1 } else { range.end };
        self.edits.push((range.start..end, format!("{html}\n{}", margin.trim_end())));
    }

    /// `name`, where the page has no place of that name yet.
    fn place(&mut self, name: String) -> Option<String> {
        self.places.insert(name.clone()).then_some(name)
    }

    /// From the page's folder in the built book up to the book's.
    fn up(&self) -> String {
        "../".repeat(self.path.components().count().saturating_sub(1))
    }
}

/// A value in a formula. A comma between thousands is no punctuation to TeX when it stands in braces.
pub(crate) fn in_tex(value: &record::Value) -> String {
    value.rounded().replace(',', "{,}").replace('−', "-")
}

impl Weaver {
    /// Opens the book in `house`.
    ///
    /// # Errors
    ///
    /// If records or the glossary cannot be read.
    pub fn open(house: &House) -> Result<Self, crate::house::HouseError> {
        let (records, glossary) = (Records::load(house)?, Glossary::read(house)?);
        Ok(Self { house: house.clone(), records, glossary, maths: Maths::default() })
    }

    pub(super) fn house(&self) -> &House {
        &self.house
    }

    /// The records that the pages may name.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The terms of the glossary.
    pub fn glossary(&self) -> &Glossary {
        &self.glossary
    }

    /// Weaves the page `source` of the file `path`, which is relative to the folder of the pages.
    pub fn page(&self, path: &Path, source: &str) -> Woven {
        let file = self.house.relative(&self.house.pages().join(path));
        let mut page = Page {
            file,
            path,
            source,
            woven: Woven::default(),
            edits: Vec::new(),
            figures: HashMap::new(),
            places: HashSet::new(),
        };
        let parts = Parts::of(source);
        let directives = directive::find(source);
        for fence in &parts.fences {
            self.fence(&mut page, fence, &directives);
        }
        for (range, tex, display) in &parts.formulas {
            self.formula(&mut page, range, tex, *display);
        }
        for (range, address) in &parts.links {
            self.source_link(&mut page, range, address);
        }
        for (range, id) in self.glossary.explained(path, source) {
            let link = format!("[{}]({}{}#{id})", &source[range.clone()], page.up(), glossary::FILE);
            page.edits.push((range, link));
            page.woven.terms.push(id.to_owned());
        }
        for directive in directives.iter().filter(|directive| !parts.is_elsewhere(directive.range.start)) {
            self.directive(&mut page, directive);
        }
        for range in &parts.text {
            let dollar = source[range.clone()].find('$').map(|at| at + range.start);
            if let Some(at) = dollar.filter(|at| !source[..*at].ends_with('\\')) {
                let message = "a `$` that no formula takes: write `\\$` for the sign itself; in a formula, close \
                               every brace, and in a table write `\\vert` for `|`";
                page.wrong(at, message);
            }
        }
        for range in parts.text {
            if !directives.iter().any(|d| d.range.start < range.end && range.start < d.range.end) {
                let line = line_of(source, range.start);
                page.woven.prose.push(Prose { line, text: source[range].to_owned() });
            }
        }
        page.edits.sort_by_key(|(range, _)| range.start);
        let mut at = 0;
        for (range, text) in &page.edits {
            page.woven.content.push_str(&source[at..range.start]);
            page.woven.content.push_str(text);
            at = range.end;
        }
        page.woven.content.push_str(&source[at..]);
        page.woven.findings.sort();
        page.woven.findings.dedup();
        page.woven
    }

    fn fence(&self, page: &mut Page<'_>, fence: &Fence, directives: &[Directive]) {
        let at = fence.range.start;
        let Some(info) = &fence.info else {
            return page.wrong(at, "an indented code block; use a fence that names its language");
        };
        let mut words = info.split([',', ' ']).filter(|word| !word.is_empty());
        let language = words.next().unwrap_or_default();
        let flags: Vec<&str> = words.collect();
        if language.is_empty() {
            return page.wrong(at, "the fence names no language: `rust`, `console`, `text`, …");
        }
        let is_rust = ["rust", "rs"].contains(&language);
        let Some(include) = Include::parse(&fence.text) else {
            if is_rust {
                page.wrong(
                    at,
                    "Rust typed by hand: mark the lines in the sources with `// ANCHOR: NAME` and \
                     write `{{#include ../../code/CHAPTER/src/FILE.rs:NAME}}` as the fence's only content",
                );
            } else if directives
                .iter()
                .any(|d| fence.range.contains(&d.range.start) && d.kind == Ok(Kind::Include))
            {
                page.wrong(at, "an include must be the only content of its fence");
            }
            return;
        };
        let compile_fail = flags.contains(&"compile_fail");
        if let Some(flag) = flags.iter().find(|flag| **flag != "compile_fail") {
            return page.wrong(at, format!("a listing takes no `{flag}`; it is compiled where it lies"));
        }
        let file = self.house.from_page(page.path, &include.path);
        if file.is_absolute() {
            return page.wrong(at, format!("`{}` lies outside the book", include.path));
        }
        let name = file.to_string_lossy().into_owned();
        if let Err(message) = place(&name, is_rust, compile_fail, include.anchor.is_some()) {
            return page.wrong(at, message);
        }
        match listing::read(&self.house.root().join(&file), include.anchor.as_deref()) {
            Ok(listing) => {
                let html = if name.ends_with(".stderr") {
                    block::output("What the compiler says", &listing.text)
                } else {
                    let link = format!("{}{}", page.up(), crate::source_pages::address(&file));
                    let label = if compile_fail {
                        Some("Does not compile")
                    } else if is_rust && name.contains("/examples/") {
                        Some("Step")
                    } else {
                        None
                    };
                    let id = include.anchor.as_deref().filter(|_| is_rust);
                    let id = id.and_then(|anchor| page.place(listing_id(&file, anchor)));
                    let listing = block::Listing {
                        id: id.as_deref(),
                        language: if is_rust { "rust" } else { language },
                        text: &listing.text,
                        file: &name,
                        link: is_rust.then_some(link.as_str()),
                        lines: (listing.first_line, listing.last_line),
                        label,
                    };
                    listing.html()
                };
                page.put_block(fence.range.clone(), html);
            }
            Err(error) => {
                let root = format!("{}{}", self.house.root().display(), std::path::MAIN_SEPARATOR);
                page.wrong(at, error.to_string().replace(&root, ""));
            }
        }
        page.woven.uses.push(Use::Listing(file, include.anchor));
    }

    /// A link to a file of the sources, which works where the page is read as a file, leads to the
    /// file's page in the book.
    fn source_link(&self, page: &mut Page<'_>, range: &Range<usize>, address: &str) {
        let (path, line) = address.split_once('#').map_or((address, ""), |(path, line)| (path, line));
        if !path.ends_with(".rs") || path.contains("://") {
            return;
        }
        let file = self.house.from_page(page.path, path);
        if !self.house.root().join(&file).is_file() {
            return page.wrong(range.start, format!("the link `{address}` leads nowhere"));
        }
        if let Some(at) = page.source[range.clone()].rfind(address).map(|at| at + range.start) {
            let line = if line.is_empty() { String::new() } else { format!("#{line}") };
            let link = format!("{}{}{line}", page.up(), crate::source_pages::address(&file));
            page.edits.push((at..at + address.len(), link));
            page.woven.uses.push(Use::Source(file));
        }
    }

    fn formula(&self, page: &mut Page<'_>, range: &Range<usize>, tex: &str, display: bool) {
        let mut whole = tex.to_owned();
        for directive in directive::find(tex).iter().rev() {
            match &directive.kind {
                Ok(Kind::Value { record, key, .. }) => match self.value(page, record, key) {
                    Ok(value) => whole.replace_range(directive.range.clone(), &in_tex(value)),
                    Err(message) => return page.wrong(range.start, message),
                },
                Ok(_) => return page.wrong(range.start, "of directives, a formula takes `value` alone"),
                Err(message) => return page.wrong(range.start, message.clone()),
            }
        }
        match self.maths.render(&whole, display) {
            Ok(html) => page.edits.push((range.clone(), html)),
            Err(error) => page.wrong(range.start, format!("the formula `{}`: {error}", tex.trim())),
        }
    }

    fn value<'a>(
        &'a self,
        page: &mut Page<'_>,
        record: &str,
        key: &str,
    ) -> Result<&'a record::Value, String> {
        let (entry, data) = self.records.get(record)?;
        let value = entry_named("value", &data.values, record, entry, &self.house, key)?;
        page.woven.uses.push(Use::Value(record.to_owned(), key.to_owned()));
        Ok(value)
    }

    fn directive(&self, page: &mut Page<'_>, directive: &Directive) {
        let range = directive.range.clone();
        let at = range.start;
        let kind = match &directive.kind {
            Ok(kind) => kind,
            Err(message) => return page.wrong(at, message.clone()),
        };
        let html = match kind {
            Kind::Title => return,
            Kind::Include => {
                let message = "an include stands in a fence of its own, with an empty line before the fence";
                return page.wrong(at, message);
            }
            Kind::Value { record, key, rounded } => {
                match self.value(page, record, key) {
                    Ok(value) => {
                        let text = if *rounded { value.rounded() } else { value.to_string() };
                        let html = crate::maths::for_markdown(&block::escaped(&text));
                        page.edits.push((range, format!(r#"<span class="recorded">{html}</span>"#)));
                    }
                    Err(message) => page.wrong(at, message),
                }
                return;
            }
            Kind::Output { record, key } => self.output(page, record, key),
            Kind::Figure { record, key, detail } => self.figure(page, record, key, detail.as_ref()),
            Kind::Audio { record, key } => self.audio(page, record, key),
            Kind::Bibliography => {
                let up = page.up();
                self.bibliography(&up, &mut page.woven.findings)
            }
            Kind::Figures => self.figures(&page.up()),
            Kind::Listings => self.listings(&page.up()),
        };
        let before = page.before(at);
        let after = page.source[range.end..].lines().next().unwrap_or_default();
        if !before.trim_start_matches([' ', '>', '-', '*']).is_empty() || !after.trim().is_empty() {
            return page.wrong(at, "this directive stands on a line of its own");
        }
        match html {
            Ok(html) => page.put_block(range, html),
            Err(message) => page.wrong(at, message),
        }
    }

    fn output(&self, page: &mut Page<'_>, record: &str, key: &str) -> Result<String, String> {
        let (entry, data) = self.records.get(record)?;
        let output = entry_named("output", &data.outputs, record, entry, &self.house, key)?;
        page.woven.uses.push(Use::Output(record.to_owned(), key.to_owned()));
        // The program prints it under the same name.
        Ok(block::output(&format!("Output [{key}]"), &output.text))
    }

    fn figure(
        &self,
        page: &mut Page<'_>,
        record: &str,
        key: &str,
        detail: Option<&Detail>,
    ) -> Result<String, String> {
        let (entry, data) = self.records.get(record)?;
        let figure = entry_named("figure", &data.figures, record, entry, &self.house, key)?;
        page.woven.uses.push(Use::Figure(record.to_owned(), key.to_owned()));
        if figure.alt.trim().is_empty() {
            return Err(format!(
                "figure `{record}:{key}` has no alt text; its record must say what it shows"
            ));
        }
        let path = entry.chapter.folder.join(&figure.file);
        let svg = std::fs::read_to_string(&path).map_err(|error| {
            format!("cannot read the figure {}: {error}", self.house.relative(&path).display())
        })?;
        let name = letters(&format!("{record}-{key}"));
        let times = page.figures.entry(name.clone()).and_modify(|times| *times += 1).or_insert(1);
        let svg = svg::inlined(&svg, &figure.alt, &format!("{name}-{times}"), detail)
            .map_err(|error| format!("the figure {}: {error}", self.house.relative(&path).display()))?;
        if detail.is_some() {
            return Ok(block::detail(&svg));
        }
        let place = page.place(figure_id(record, key));
        Ok(block::figure(&svg, &self.caption(&figure.caption)?, place.as_deref()))
    }

    fn audio(&self, page: &mut Page<'_>, record: &str, key: &str) -> Result<String, String> {
        let (entry, data) = self.records.get(record)?;
        let audio = entry_named("audio", &data.audio, record, entry, &self.house, key)?;
        page.woven.uses.push(Use::Audio(record.to_owned(), key.to_owned()));
        if audio.description.trim().is_empty() {
            return Err(format!("sound `{record}:{key}` has no description of what is to be heard"));
        }
        let path = entry.chapter.folder.join(&audio.file);
        if !path.is_file() {
            return Err(format!("the sound {} is missing", self.house.relative(&path).display()));
        }
        let folder = entry.chapter.folder.file_name().unwrap_or_default().to_string_lossy();
        let address = format!("{}{folder}/{}", page.up(), audio.file);
        Ok(block::audio(&address, &label(audio), &self.caption(&audio.caption)?))
    }

    /// A caption's Markdown (one paragraph) as HTML on one line.
    pub(super) fn caption(&self, caption: &str) -> Result<String, String> {
        let mut wrong = None;
        let events = Parser::new_ext(caption, markdown()).filter_map(|event| match event {
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => None,
            Event::InlineMath(tex) | Event::DisplayMath(tex) => match self.maths.render(&tex, false) {
                Ok(html) => Some(Event::InlineHtml(html.into())),
                Err(error) => {
                    wrong = Some(format!("the caption's formula `{tex}`: {error}"));
                    None
                }
            },
            Event::SoftBreak | Event::HardBreak => Some(Event::Text(" ".into())),
            other => Some(other),
        });
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, events);
        match wrong {
            Some(wrong) => Err(wrong),
            None => Ok(html.trim().replace('\n', " ")),
        }
    }
}

/// What a player of a sound is called: the caption, if it says what is to be heard, as it does after the sound's name.
pub(crate) fn label(audio: &record::Audio) -> String {
    let text = Parser::new_ext(&audio.caption, markdown()).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.into_string()),
        Event::SoftBreak | Event::HardBreak => Some(" ".to_owned()),
        _ => None,
    });
    let text: String = text.collect();
    if text.contains(&audio.description) {
        text.trim_end_matches('.').to_owned()
    } else {
        audio.description.clone()
    }
}

/// The place on a page where a figure stands.
pub(super) fn figure_id(record: &str, key: &str) -> String {
    format!("figure-{}", letters(&format!("{record}-{key}")))
}

/// The place on a page where a listing stands.
pub(super) fn listing_id(file: &Path, anchor: &str) -> String {
    let file = file.strip_prefix("code").unwrap_or(file).with_extension("");
    format!("listing-{}-{anchor}", letters(&file.to_string_lossy()))
}

fn letters(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// Whether a listing may come from `file`: compiled code, or code of which it is recorded that it
/// does not compile.
fn place(file: &str, is_rust: bool, compile_fail: bool, anchored: bool) -> Result<(), String> {
    let in_compile_fail = file.contains("/tests/compile_fail/");
    match (is_rust, file.ends_with(".rs")) {
        (true, true) => {}
        (false, false) => return Ok(()),
        (true, false) => return Err(format!("a Rust fence shows a `.rs` file; `{file}` is none")),
        (false, true) => return Err(format!("`{file}` is Rust: call the fence `rust`")),
    }
    if !anchored {
        return Err(format!("name an anchor of `{file}`: `{{{{#include …/{file}:NAME}}}}`"));
    }
    match (compile_fail, in_compile_fail) {
        (true, false) => Err(format!(
            "`{file}` is compiled; a `rust,compile_fail` listing comes from code/CHAPTER/tests/compile_fail/"
        )),
        (false, true) => Err(format!("`{file}` does not compile: call the fence `rust,compile_fail`")),
        _ => Ok(()),
    }
}
