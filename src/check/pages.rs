//! The pages: each is woven, each stands in the summary, and the summary names none that is missing.

use super::Page;
use crate::finding::Finding;
use crate::house::{House, HouseError, files_below};
use crate::weave::Weaver;
use std::collections::BTreeSet;

/// Reads and weaves all pages; what is wrong with them goes to `findings`.
pub fn read(house: &House, weaver: &Weaver, findings: &mut Vec<Finding>) -> Result<Vec<Page>, HouseError> {
    let folder = house.pages();
    let summary = house.summary_file();
    let mut named = BTreeSet::new();
    for (path, line) in house.summary()? {
        if !folder.join(&path).is_file() {
            let message = format!("the summary names `{}`, which does not exist", path.display());
            findings.push(Finding::new(house.relative(&summary), line, message));
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
