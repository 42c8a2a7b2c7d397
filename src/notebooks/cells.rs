//! A chapter's pages as the cells of its notebook.
//!
//! Steps (listings from `code/NAME/examples/steps.rs`) become code cells, in page order. All else is
//! Markdown: other listings and outputs as fences, figures and sounds by their files beside the
//! notebook, numbers as text, formulas as they are written, since Jupyter renders them.

use crate::finding::{Finding, Findings, line_of};
use crate::house::{Chapter, House};
use crate::listing::{self, Include, Marker};
use crate::records::{Entry, Records, entry_named};
use crate::weave::{Kind, Weaver, directives, escaped, in_tex, label, markdown};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Text.
    Markdown,
    /// A step.
    Code,
}

/// A cell of a notebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its name: the page's, and a number.
    pub id: String,
    /// What it holds.
    pub kind: CellKind,
    /// Its text.
    pub source: String,
}

const ABOUT: &str = "\
> This notebook is written from the chapter's pages. Run its cells from top to bottom: each goes on \
where the one before stopped. The first compiles dfdx and the chapter's crate, which takes minutes \
once, and seconds from then on.";

/// A page of a chapter: its path in the folder of the pages, and its text.
#[derive(Clone, Debug)]
pub struct PageSource {
    /// Its path, relative to the folder of the pages.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// The cells of `chapter`, whose `pages` come in reading order.
///
/// # Errors
///
/// All that the pages ask for and cannot have.
pub fn of_chapter(
    house: &House,
    weaver: &Weaver,
    chapter: &Chapter,
    pages: &[PageSource],
) -> Result<Vec<Cell>, Findings> {
    let mut notebook = Notebook {
        house,
        records: weaver.records(),
        chapter,
        steps: PathBuf::from(format!("code/{}/examples/steps.rs", chapter.name)),
        headings: headings(pages),
        cells: Vec::new(),
        shown: Vec::new(),
        findings: Vec::new(),
    };
    for page in pages {
        // What the weaver refuses for the book cannot stand in the notebook either.
        notebook.findings.extend(weaver.page(&page.path, &page.text).findings);
    }
    if notebook.findings.is_empty() {
        for page in pages {
            notebook.page(page);
        }
        notebook.begin();
    }
    if notebook.findings.is_empty() { Ok(notebook.cells) } else { Err(Findings(notebook.findings)) }
}

/// Where Jupyter finds a heading: its words with hyphens between them. By page, and by page and the
/// identifier that mdBook gives it.
fn headings(pages: &[PageSource]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for page in pages {
        let file = page.path.file_name().unwrap_or_default().to_string_lossy();
        let mut heading: Option<(Option<String>, String)> = None;
        for event in Parser::new_ext(&page.text, markdown()) {
            match event {
                Event::Start(Tag::Heading { id, .. }) => {
                    heading = Some((id.map(|id| id.to_string()), String::new()));
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some((_, words)) = &mut heading {
                        words.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some((id, words)) = heading.take() {
                        let id = id.unwrap_or_else(|| identifier(&words));
                        let target = format!("#{}", words.trim().replace(' ', "-"));
                        found.entry(file.to_string()).or_insert_with(|| target.clone());
                        found.entry(format!("{file}#{id}")).or_insert(target);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The identifier that mdBook gives a heading.
fn identifier(words: &str) -> String {
    let kept = words.trim().chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

struct Notebook<'a> {
    house: &'a House,
    records: &'a Records,
    chapter: &'a Chapter,
    /// The chapter's steps, relative to the book.
    steps: PathBuf,
    headings: BTreeMap<String, String>,
    cells: Vec<Cell>,
    /// The steps that the pages have shown so far, with their first lines.
    shown: Vec<(String, usize)>,
    findings: Vec<Finding>,
}

/// What happens to a piece of a page.
enum Edit {
    /// Other text takes its place.
    Text(String),
    /// A code cell takes its place.
    Step(String),
    /// A new cell begins.
    Break,
}

impl Notebook<'_> {
    fn page(&mut self, page: &PageSource) {
        let source = page.text.as_str();
        let mut edits: Vec<(Range<usize>, Edit)> = Vec::new();
        let mut code: Vec<Range<usize>> = Vec::new();
        let mut formulas: Vec<Range<usize>> = Vec::new();
        // How deep in lists, quotations and folded solutions.
        let mut depth = 0_usize;
        let mut fence: Option<(Range<usize>, String, String)> = None;
        for (event, range) in Parser::new_ext(source, markdown()).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    fence = Some((range, info, String::new()));
                }
                Event::Text(text) => {
                    if let Some((_, _, body)) = &mut fence {
                        body.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((range, info, body)) = fence.take() {
                        code.push(range.clone());
                        if let Some(include) = Include::parse(&body)
                            && let Some(edit) = self.listing(page, &range, &info, &include, depth == 0)
                        {
                            edits.push((fence_range(source, &range), edit));
                        }
                    }
                }
                Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::FootnoteDefinition(_)) => depth += 1,
                Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::FootnoteDefinition) => {
                    depth = depth.saturating_sub(1);
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    depth += html.matches("<details").count();
                    depth = depth.saturating_sub(html.matches("</details").count());
                }
                Event::Start(Tag::Heading { level, .. }) => {
                    if depth == 0 && level <= HeadingLevel::H3 {
                        edits.push((range.start..range.start, Edit::Break));
                    }
                    // mdBook's own identifiers are text to Jupyter.
                    if let Some(at) = source[range.clone()].rfind(" {#") {
                        let end = source[..range.end].trim_end().len();
                        edits.push((range.start + at..end, Edit::Text(String::new())));
                    }
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    if let Some(target) = self.headings.get(dest_url.as_ref())
                        && let Some(at) = source[range.clone()].rfind(&format!("]({dest_url}"))
                    {
                        let start = range.start + at + 2;
                        edits.push((start..start + dest_url.len(), Edit::Text(target.clone())));
                    }
                }
                Event::Code(_) => code.push(range),
                Event::InlineMath(_) | Event::DisplayMath(_) => formulas.push(range),
                _ => {}
            }
        }
        for directive in directives(source) {
            let range = directive.range;
            if code.iter().any(|code| code.contains(&range.start)) {
                continue;
            }
            let in_formula = formulas.iter().any(|formula| formula.contains(&range.start));
            let text = directive.kind.and_then(|kind| self.recorded(&kind, in_formula));
            match text {
                Ok(text) => {
                    let text = with_margin(&margin(source, range.start), &text);
                    edits.push((range, Edit::Text(text)));
                }
                Err(message) => self.wrong(page, range.start, message),
            }
        }
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let stem = page.path.strip_prefix(self.chapter.folder.file_name().unwrap_or_default());
        let stem = stem.unwrap_or(&page.path).with_extension("");
        let mut builder =
            Builder { stem: stem.to_string_lossy().into_owned(), cells: Vec::new(), text: String::new() };
        let mut at = 0;
        for (range, edit) in edits {
            builder.text.push_str(source.get(at..range.start).unwrap_or_default());
            at = range.end;
            match edit {
                Edit::Text(text) => builder.text.push_str(&text),
                Edit::Break => builder.end_markdown(),
                Edit::Step(code) => {
                    builder.end_markdown();
                    builder.push(CellKind::Code, code);
                }
            }
        }
        builder.text.push_str(source.get(at..).unwrap_or_default());
        builder.end_markdown();
        self.cells.extend(builder.cells);
    }

    fn wrong(&mut self, page: &PageSource, offset: usize, message: impl Into<String>) {
        let file = self.house.relative(&self.house.pages().join(&page.path));
        self.findings.push(Finding::new(file, line_of(&page.text, offset), message));
    }

    fn listing(
        &mut self,
        page: &PageSource,
        range: &Range<usize>,
        info: &str,
        include: &Include,
        at_margin: bool,
    ) -> Option<Edit> {
        let file = self.house.from_page(&page.path, &include.path);
        let listing = match listing::read(&self.house.root().join(&file), include.anchor.as_deref()) {
            Ok(listing) => listing,
            Err(error) => {
                self.wrong(page, range.start, error.to_string());
                return None;
            }
        };
        if file == self.steps {
            if !at_margin {
                let message =
                    "a step stands in a list, a quotation or a folded part; the notebook's cells cannot";
                self.wrong(page, range.start, message);
            }
            if let Some((last, line)) = self.shown.last()
                && *line >= listing.first_line
            {
                let message = format!(
                    "this step comes before `{last}` in {}; a notebook runs from top to bottom, so \
                     pages and program need one order",
                    file.display()
                );
                self.wrong(page, range.start, message);
            }
            self.shown.push((include.anchor.clone().unwrap_or_default(), listing.first_line));
            let mut code = listing.text;
            if code.ends_with('}') {
                // Statements of a program end here; the kernel would print the loop's value, `()`.
                code.push(';');
            }
            return Some(Edit::Step(code));
        }
        let language = info.split([',', ' ']).next().unwrap_or_default();
        let mut text = String::new();
        if language == "rust" {
            let kind = if info.contains("compile_fail") { "Does not compile: " } else { "" };
            let up = "../".repeat(page.path.components().count());
            text = format!("{kind}[{0}]({up}{0})\n\n", file.display());
        }
        text += &fence(language, &listing.text);
        Some(Edit::Text(with_margin(&margin(&page.text, range.start), &text)))
    }

    /// What stands in the notebook for a directive.
    fn recorded(&self, kind: &Kind, in_formula: bool) -> Result<String, String> {
        match kind {
            Kind::Value { record, key, rounded } => {
                let (entry, data) = self.records.get(record)?;
                let value = entry_named("value", &data.values, record, entry, self.house, key)?;
                Ok(match (in_formula, rounded) {
                    (true, _) => in_tex(value),
                    (false, true) => value.rounded(),
                    (false, false) => value.to_string(),
                })
            }
            Kind::Output { record, key } => {
                let (entry, data) = self.records.get(record)?;
                let output = entry_named("output", &data.outputs, record, entry, self.house, key)?;
                Ok(fence("text", &output.text))
            }
            Kind::Figure { record, key, .. } => {
                let (entry, data) = self.records.get(record)?;
                let figure = entry_named("figure", &data.figures, record, entry, self.house, key)?;
                // Figures have no background and dark ink: on a dark notebook they need a light one.
                Ok(format!(
                    "<img src=\"{}\" alt=\"{}\" style=\"background-color: white\">\n\n{}",
                    escaped(&self.beside(entry, &figure.file)),
                    escaped(&figure.alt),
                    figure.caption
                ))
            }
            Kind::Audio { record, key } => {
                let (entry, data) = self.records.get(record)?;
                let audio = entry_named("audio", &data.audio, record, entry, self.house, key)?;
                Ok(format!(
                    "<audio controls src=\"{}\" aria-label=\"{}\"></audio>\n\n{}",
                    escaped(&self.beside(entry, &audio.file)),
                    escaped(&label(audio)),
                    audio.caption
                ))
            }
            Kind::Title => Ok(String::new()),
            Kind::Bibliography | Kind::Figures | Kind::Listings => {
                Err("bibliography and indices stand on pages of their own".to_owned())
            }
            Kind::Include => Err("an include must be the only content of its fence".to_owned()),
        }
    }

    /// `file` of a record, as the notebook names it.
    fn beside(&self, entry: &Entry, file: &str) -> String {
        if entry.chapter.folder == self.chapter.folder {
            return file.to_owned();
        }
        format!("../{}/{file}", entry.chapter.folder.file_name().unwrap_or_default().to_string_lossy())
    }

    /// Puts the first code cell after the title: what the steps need besides one another.
    fn begin(&mut self) {
        if self.shown.is_empty() {
            return;
        }
        let path = self.house.root().join(&self.steps);
        let program = match std::fs::read_to_string(&path) {
            Ok(program) => program,
            Err(error) => return self.findings.push(Finding::new(&self.steps, 1, error.to_string())),
        };
        for (anchor, line) in listing::anchors(&program) {
            if !self.shown.iter().any(|(shown, _)| *shown == anchor) {
                let message = format!("the step `{anchor}` stands on no page, so the notebook would lack it");
                self.findings.push(Finding::new(&self.steps, line, message));
            }
        }
        let crate_name = self.chapter.name.replace('-', "_");
        let used: Vec<&str> = ["dfdx", "emoji_world", "lab", crate_name.as_str()]
            .into_iter()
            .filter(|name| program.contains(&format!("{name}::")))
            .collect();
        let mut setup = format!(
            ":dep notebook = {{ path = \"../../code/notebook\", features = [\"{}\"] }}\n",
            self.chapter.name
        );
        setup += &match used[..] {
            [one] => format!("use notebook::{one};"),
            _ => format!("use notebook::{{{}}};", used.join(", ")),
        };
        for import in imports(&program) {
            setup.push('\n');
            setup.push_str(&import);
        }
        let at = usize::from(self.cells.first().is_some_and(|cell| cell.kind == CellKind::Markdown));
        let cell = |id: &str, kind, source: &str| Cell { id: id.into(), kind, source: source.into() };
        self.cells.insert(at, cell("about-this-notebook", CellKind::Markdown, ABOUT));
        self.cells.insert(at + 1, cell("begin", CellKind::Code, &setup));
    }
}

/// The imports of the program of steps that stand in none of its steps.
fn imports(program: &str) -> Vec<String> {
    let mut imports = Vec::new();
    let mut open = 0_usize;
    let mut import: Option<String> = None;
    for line in program.lines() {
        match Marker::of(line) {
            Some(Marker::Open(_)) => open += 1,
            Some(Marker::Close(_)) => open = open.saturating_sub(1),
            None if open == 0 => {
                match &mut import {
                    Some(import) => {
                        import.push('\n');
                        import.push_str(line);
                    }
                    None if line.starts_with("use ") => import = Some(line.to_owned()),
                    None => {}
                }
                if line.trim_end().ends_with(';') {
                    imports.extend(import.take());
                }
            }
            None => {}
        }
    }
    imports
}

/// Makes a page's cells.
struct Builder {
    stem: String,
    cells: Vec<Cell>,
    text: String,
}

impl Builder {
    fn push(&mut self, kind: CellKind, source: String) {
        let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        // nbformat allows 64 characters.
        let stem: String = self.stem.chars().take(56).map(allowed).collect();
        self.cells.push(Cell { id: format!("{stem}-{}", self.cells.len() + 1), kind, source });
    }

    fn end_markdown(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if !text.is_empty() {
            let text = without_empty_runs(text);
            self.push(CellKind::Markdown, text);
        }
    }
}

/// `text` with at most one empty line in a row outside of fences.
fn without_empty_runs(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let repeats = line.trim().is_empty() && out.last().is_some_and(|last| last.trim().is_empty());
        if fenced || !repeats {
            out.push(line.trim_end());
        }
    }
    out.join("\n")
}

/// A fence that is longer than any in `text`.
fn fence(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(3.max(longest + 1));
    format!("{marks}{language}\n{text}\n{marks}")
}

/// The fence without the line feed that ends it.
fn fence_range(source: &str, range: &Range<usize>) -> Range<usize> {
    range.start..range.start + source[range.clone()].trim_end_matches('\n').len()
}

/// What goes before the following lines of a block that begins at `offset`: the mark of a quotation
/// again, spaces for that of a list.
fn margin(source: &str, offset: usize) -> String {
    let start = source[..offset].rfind('\n').map_or(0, |at| at + 1);
    let before = &source[start..offset];
    if before.contains(|c: char| !" >-*+.".contains(c) && !c.is_ascii_digit()) {
        // Words stand before it: it is a number in a line of prose.
        return String::new();
    }
    before.chars().map(|c| if c == '>' { '>' } else { ' ' }).collect()
}

fn with_margin(margin: &str, text: &str) -> String {
    text.replace('\n', &format!("\n{margin}"))
}
