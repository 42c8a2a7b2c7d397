//! A number in prose that a record holds comes from the record.

use super::Page;
use crate::finding::Finding;
use crate::records::Records;
use std::collections::BTreeMap;
use std::path::Path;

/// Finds numbers that are typed by hand and stand, to the digit, in a record: on a chapter's pages in one of
/// its own, elsewhere in any.
///
/// Numbers with fewer than three significant digits, such as 10 or 100, are common words, and powers of two
/// are common sizes. Pages of sources have the volumes and pages of journals, and no results.
pub fn check(pages: &[Page], records: &Records) -> Vec<Finding> {
    let folders: Vec<&Path> = records.entries().filter_map(|(_, entry)| folder_name(&entry.file)).collect();
    let mut findings = Vec::new();
    for page in pages.iter().filter(|page| !page.path.ends_with("sources.md")) {
        let own = page.file.parent().and_then(Path::file_name).map(Path::new);
        let own = own.filter(|folder| folders.contains(folder));
        let known = known(records, own);
        for prose in &page.woven.prose {
            for (at, number) in numbers(&prose.text) {
                if let Some(source) = known.get(number) {
                    let line = prose.line + prose.text[..at].matches('\n').count();
                    let message = format!(
                        "the number {number} stands in a record; write `{{{{#value {source}}}}}` \
                         (or `{{{{#value {source} rounded}}}}` for the number alone)"
                    );
                    findings.push(Finding::new(&page.file, line, message));
                }
            }
        }
    }
    findings
}

/// The numbers of the records in the folder of this name, or of all, as pages show them; and where each comes
/// from.
fn known(records: &Records, folder: Option<&Path>) -> BTreeMap<String, String> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (name, entry) in records.entries() {
        if folder.is_some() && folder_name(&entry.file) != folder {
            continue;
        }
        let Ok(record) = &entry.record else { continue };
        for (key, value) in &record.values {
            let shown = value.rounded();
            let is_a_size = shown.parse::<u64>().is_ok_and(u64::is_power_of_two);
            if significant_digits(&shown) >= 3 && !is_a_size {
                // A year of four digits is no number with its comma left out.
                if shown.len() > "9,999".len() {
                    known.entry(shown.replace(',', "")).or_insert_with(|| format!("{name}:{key}"));
                }
                known.entry(shown).or_insert_with(|| format!("{name}:{key}"));
            }
        }
    }
    known
}

/// The name of the folder that a file lies in.
fn folder_name(file: &Path) -> Option<&Path> {
    file.parent().and_then(Path::file_name).map(Path::new)
}

/// How many digits of `number` say something: `0.0120` has three, `1,500` has two.
fn significant_digits(number: &str) -> usize {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    if number.contains('.') { digits.len() } else { digits.trim_end_matches('0').len() }
}

/// The numbers in `text`, each with its place.
fn numbers(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut rest = 0;
    while let Some(start) = text[rest..].find(|c: char| c.is_ascii_digit()).map(|at| at + rest) {
        let after = &text[start..];
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(after.len());
        let number = after[..end].trim_end_matches([',', '.']);
        let begins_word = text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let ends_word = after[number.len()..].chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
        if !begins_word && !ends_word {
            let signed = text[..start].strip_suffix('−').map_or(start, str::len);
            out.push((signed, &text[signed..start + number.len()]));
        }
        rest = start + end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_and_names_are_not() {
        let found = |text| numbers(text).into_iter().map(|(_, number)| number).collect::<Vec<_>>();
        assert_eq!(found("In 1,503,222 words, 61.4, and 3."), ["1,503,222", "61.4", "3"]);
        assert_eq!(found("u8, word2vec, 3rd, x_12"), [""; 0]);
        assert_eq!(found("from −0.25 to 4"), ["−0.25", "4"]);
    }

    #[test]
    fn digits_that_say_something_are_counted() {
        for (number, digits) in [("100", 1), ("1,500", 2), ("0.0120", 3), ("61.4", 3), ("2,013", 4)] {
            assert_eq!(significant_digits(number), digits, "{number}");
        }
    }
}
