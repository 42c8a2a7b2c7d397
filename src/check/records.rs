//! Records are readable, full, fresh, of runs that a small machine has room for, and hold nothing that no page shows.

use crate::finding::{Finding, line_of};
use crate::house::House;
use crate::records::{READER_SECONDS, Records};
use crate::weave::Use;
use record::{Fingerprint, Tier};
use std::collections::BTreeSet;

/// The most memory that a chapter's run may take, in bytes: a reader's laptop has more to do than to run this book.
const MOST_MEMORY: u64 = 1_000_000_000;

/// Checks all records against the sources and the pages' `uses`.
pub fn check(house: &House, records: &Records, uses: &BTreeSet<Use>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, entry) in records.entries() {
        let file = house.relative(&entry.file);
        let mut wrong = |line: usize, message: String| findings.push(Finding::new(&file, line, message));
        let record = match &entry.record {
            Ok(record) => record,
            Err(error) => {
                wrong(1, error.clone());
                continue;
            }
        };
        let text = std::fs::read_to_string(&entry.file).unwrap_or_default();
        let chapter = &entry.chapter.name;
        let again = format!("`cargo run --release -- run {chapter} --pages` writes it anew");
        if entry.is_run {
            if record.chapter != *chapter {
                let message =
                    format!("holds the chapter `{}` and lies in `{chapter}`; {again}", record.chapter);
                wrong(place(&text, "", "chapter"), message);
            }
            match Fingerprint::of_chapter(house.root(), chapter) {
                Ok(now) if record.is_of(&now) => {}
                Ok(now) => {
                    let then = &record.fingerprint;
                    let message = format!(
                        "is stale: made by the sources {then}, which are now {now}; {again}, or, if they find the \
                         same, `cargo run --release -- run {chapter} --compare --confirm` says so in it"
                    );
                    wrong(place(&text, "", "fingerprint"), message);
                }
                Err(error) => wrong(place(&text, "", "fingerprint"), error.to_string()),
            }
            if record.peak_memory_bytes > MOST_MEMORY {
                let message = format!(
                    "is of a run that took {} MB of memory, and a chapter may take {} MB: make smaller what it holds at \
                     once, then {again}",
                    record.peak_memory_bytes / 1_000_000,
                    MOST_MEMORY / 1_000_000,
                );
                wrong(place(&text, "", "peak_memory_bytes"), message);
            }
        }
        if record.tier != Tier::Full {
            let message = format!("is a {} run, and pages show full runs alone; {again}", record.tier);
            wrong(place(&text, "", "tier"), message);
        }
        type New = fn(String, String) -> Use;
        let kinds: [(&str, &str, New, Vec<&String>); 4] = [
            (
                "values",
                "value",
                Use::Value,
                record.values.keys().filter(|key| *key != READER_SECONDS).collect(),
            ),
            ("outputs", "output", Use::Output, record.outputs.keys().collect()),
            ("figures", "figure", Use::Figure, record.figures.keys().collect()),
            ("audio", "audio", Use::Audio, record.audio.keys().collect()),
        ];
        for (section, kind, new, keys) in kinds {
            for key in keys {
                if !uses.contains(&new(name.to_owned(), key.clone())) {
                    let message = format!(
                        "no page shows `{{{{#{kind} {name}:{key}}}}}`: show it, or record it no more"
                    );
                    wrong(place(&text, section, key), message);
                }
            }
        }
    }
    findings.sort();
    findings
}

/// Comparisons that were measured with other sources than today's. They are measured by hand, and nothing is wrong with
/// them: whoever changes what they measure should know of them.
pub fn old_comparisons(house: &House, records: &Records) -> Vec<Finding> {
    let mut notes = Vec::new();
    for (_, entry) in records.entries().filter(|(_, entry)| !entry.is_run) {
        let Ok(record) = &entry.record else { continue };
        let now = Fingerprint::of_chapter(house.root(), &entry.chapter.name);
        if now.is_ok_and(|now| !record.is_of(&now)) {
            let message = format!(
                "was measured on {}, with sources that have changed since; the program in tools/peers that wrote it measures \
                 anew with --write",
                record.date
            );
            notes.push(Finding::new(house.relative(&entry.file), 1, message));
        }
    }
    notes
}

/// The line of `key` in the JSON `text`, after the line that opens `section`.
fn place(text: &str, section: &str, key: &str) -> usize {
    let start = if section.is_empty() { 0 } else { text.find(&format!("\"{section}\": {{")).unwrap_or(0) };
    let key = format!("\"{key}\":");
    text[start..].find(&key).map_or(1, |at| line_of(text, start + at))
}
