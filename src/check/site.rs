//! The built book: every link leads somewhere, every picture has a text, nothing asks the network.

use super::Page;
use crate::finding::{Finding, line_of};
use crate::house::{files_below, normalised};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What matters of an HTML file.
#[derive(Default)]
struct Html {
    ids: BTreeSet<String>,
    /// Links that a reader follows: address and line.
    links: Vec<(String, usize)>,
    /// What the page itself fetches: address and line.
    parts: Vec<(String, usize)>,
    /// What is wrong with it already: message and line.
    wrong: Vec<(String, usize)>,
}

/// The page that repeats all others, on paper.
const PRINT: &str = "print.html";

/// Checks the book built in `folder` from `pages`.
pub fn check(folder: &Path, pages: &[Page]) -> Vec<Finding> {
    let files: BTreeSet<PathBuf> = files_below(folder, &|_| true)
        .into_iter()
        .map(|path| path.strip_prefix(folder).unwrap_or(&path).to_owned())
        .collect();
    let mut site: BTreeMap<&PathBuf, Html> = BTreeMap::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "html")) {
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        site.insert(file, read(&text));
    }
    let findings_of = |file: &PathBuf, html: &Html| -> Vec<Finding> {
        let mut found: Vec<(String, usize, Option<&str>)> =
            html.wrong.iter().map(|(message, line)| (message.clone(), *line, None)).collect();
        for (address, line) in html.links.iter().chain(&html.parts) {
            if let Err(message) = resolve(file, address, &files, &site) {
                found.push((message, *line, Some(address.as_str())));
            }
        }
        for (address, line) in &html.parts {
            if is_elsewhere(address) {
                found.push((format!("the page fetches `{address}` from the network"), *line, Some(address)));
            }
        }
        found
            .into_iter()
            .map(|(message, line, address)| at_source(pages, file, line, address, message))
            .collect()
    };
    let mut findings: Vec<Finding> = site
        .iter()
        .filter(|(file, _)| file.as_path() != Path::new(PRINT))
        .flat_map(|(file, html)| findings_of(file, html))
        .collect();
    // It repeats what is wrong with the others; alone it matters when they are right.
    if findings.is_empty()
        && let Some((file, html)) = site.iter().find(|(file, _)| file.as_path() == Path::new(PRINT))
    {
        findings = findings_of(file, html);
    }
    findings.sort();
    findings.dedup();
    findings
}

/// The finding, at the line of the page as it was written where that can be told.
fn at_source(pages: &[Page], file: &Path, line: usize, address: Option<&str>, message: String) -> Finding {
    let page = pages.iter().find(|page| {
        page.path.with_extension("html") == file
            || (page.path.ends_with("README.md") && page.path.with_file_name("index.html") == file)
    });
    let Some(page) = page else {
        return Finding::new(Path::new("book").join(file), line, message);
    };
    let as_written = address.and_then(|address| {
        let source = address.replace(".html", ".md");
        page.source.find(&source).or_else(|| page.source.find(address))
    });
    match as_written {
        Some(offset) => Finding::new(&page.file, line_of(&page.source, offset), message),
        None => Finding::new(&page.file, 1, message),
    }
}

/// Whether the address is of another place than the book.
fn is_elsewhere(address: &str) -> bool {
    let scheme = address.split(['/', '#', '?']).next().unwrap_or_default();
    address.starts_with("//") || (scheme.contains(':') && !scheme.starts_with("data:"))
}

fn resolve(
    file: &Path,
    address: &str,
    files: &BTreeSet<PathBuf>,
    site: &BTreeMap<&PathBuf, Html>,
) -> Result<(), String> {
    if is_elsewhere(address) || address.starts_with("data:") {
        return Ok(());
    }
    let (path, id) = address.split_once('#').map_or((address, None), |(path, id)| (path, Some(id)));
    let path = path.split('?').next().unwrap_or_default().replace("%20", " ");
    let mut target = if path.is_empty() {
        file.to_owned()
    } else if let Some(path) = path.strip_prefix('/') {
        PathBuf::from(path)
    } else {
        normalised(&file.parent().unwrap_or(Path::new("")).join(&path))
    };
    if path.ends_with('/') || target.as_os_str().is_empty() {
        target.push("index.html");
    }
    if !files.contains(&target) {
        return Err(format!("the link `{address}` leads nowhere: the book has no {}", target.display()));
    }
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(()) };
    match site.get(&target) {
        Some(html) if !html.ids.contains(id) => Err(format!(
            "the link `{address}` leads nowhere: {} has no id `{id}`{}",
            target.display(),
            crate::nearest::nearest(id, html.ids.iter().map(String::as_str))
                .map(|nearest| format!("; the nearest is `{nearest}`"))
                .unwrap_or_default(),
        )),
        _ => Ok(()),
    }
}

/// Gathers what matters while the tokenizer reads.
struct Reader(RefCell<Html>);

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else { return TokenSinkResult::Continue };
        if tag.kind == TagKind::EndTag {
            return TokenSinkResult::Continue;
        }
        self.tag(&tag, usize::try_from(line).unwrap_or(1));
        match &*tag.name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" => TokenSinkResult::RawData(RawKind::Rawtext),
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Reader {
    fn tag(&self, tag: &Tag, line: usize) {
        let attribute = |name: &str| {
            tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|a| a.value.to_string())
        };
        let named = |name: &str| attribute(name).is_some_and(|text| !text.trim().is_empty());
        let mut html = self.0.borrow_mut();
        if let Some(id) = attribute("id")
            && !html.ids.insert(id.clone())
        {
            html.wrong.push((format!("the id `{id}` stands twice on the page"), line));
        }
        let name = &*tag.name;
        if name == "a" {
            html.links.extend(attribute("href").map(|address| (address, line)));
        }
        let fetched = match name {
            "img" | "script" | "audio" | "source" | "iframe" | "video" => attribute("src"),
            "link" => attribute("href"),
            _ => None,
        };
        html.parts.extend(fetched.map(|address| (address, line)));
        let missing = match name {
            "img" if !named("alt") => Some("a picture has no alt text".to_owned()),
            "svg" if attribute("role").as_deref() == Some("img") && !named("aria-label") => {
                Some("a drawing has no text for those who do not see it".to_owned())
            }
            "audio" if !named("aria-label") => Some("a sound has no description".to_owned()),
            _ => None,
        };
        html.wrong.extend(missing.map(|message| (message, line)));
    }
}

fn read(text: &str) -> Html {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let tokenizer = Tokenizer::new(Reader(RefCell::default()), TokenizerOpts::default());
    // A script's end asks to be run; there is nobody to run it.
    while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}
