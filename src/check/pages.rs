//! The pages: each is woven, each stands in the summary, and the summary names none that is missing.

use super::Page;
use crate::finding::{Finding, line_of};
use crate::house::{House, HouseError, files_below};
use crate::weave::Weaver;
use pulldown_cmark::{Event, Parser, Tag};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Reads and weaves all pages; what is wrong with them goes to `findings`.
pub fn read(house: &House, weaver: &Weaver, findings: &mut Vec<Finding>) -> Result<Vec<Page>, HouseError> {
    let folder = house.pages();
    let summary = folder.join("SUMMARY.md");
    let text = std::fs::read_to_string(&summary)
        .map_err(|reason| HouseError::Read { path: summary.clone(), reason })?;
    let mut named = BTreeSet::new();
    for (event, range) in Parser::new(&text).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        if dest_url.is_empty() {
            continue;
        }
        let path = PathBuf::from(dest_url.as_ref());
        if !folder.join(&path).is_file() {
            let message = format!("the summary names `{dest_url}`, which does not exist");
            findings.push(Finding::new(house.relative(&summary), line_of(&text, range.start), message));
        }
        named.insert(path);
    }
    let mut pages = Vec::new();
    let is_page = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "md");
    for file in files_below(&folder, &is_page) {
        let path = file.strip_prefix(&folder).unwrap_or(&file).to_owned();
        if file == summary {
            continue;
        }
        let name = house.relative(&file);
        let source = match std::fs::read_to_string(&file) {
            Ok(source) => source,
            Err(error) => {
                findings.push(Finding::new(name, 1, format!("cannot be read as UTF-8 text: {error}")));
                continue;
            }
        };
        if !named.contains(&path) {
            findings.push(Finding::new(&name, 1, "the page is not in chapters/SUMMARY.md"));
        }
        let woven = weaver.page(&path, &source);
        findings.extend(woven.findings.iter().cloned());
        pages.push(Page { path, file: name, source, woven });
    }
    Ok(pages)
}
