//! What the README shows of each chapter is what the introduction's gallery shows, and what its record says.

use super::Page;
use crate::finding::{Finding, line_of};
use crate::house::House;
use crate::in_words::roughly;
use crate::records::Records;
use crate::weave::{Kind, directives};
use std::path::Path;

/// Finds chapters whose picture, its description, or time in the README is not that of the introduction's gallery and of
/// the record.
///
/// For each part of a figure in `chapters/introduction.md` one line of the README shows
/// `chapters/thumbnails/CHAPTER.png` and says how long a reader's run took that found what the record says:
/// ``(`CHAPTER`, 3 minutes)``. What the pictures were drawn from stands in `chapters/thumbnails/drawn-from.txt`:
/// `CHAPTER.png figures/NAME-HASH.svg X Y W H`.
pub fn check(house: &House, pages: &[Page], records: &Records) -> Vec<Finding> {
    let Some(gallery) = pages.iter().find(|page| page.path == Path::new("introduction.md")) else {
        return Vec::new();
    };
    // What is missing is told where it is looked for.
    let read = |name: &str| std::fs::read_to_string(house.root().join(name)).unwrap_or_default();
    let (readme, drawn_from) = (read("README.md"), read("chapters/thumbnails/drawn-from.txt"));
    let mut findings: Vec<Finding> = first_lines(records, &drawn_from).into_iter().collect();
    for directive in directives(&gallery.source) {
        let Ok(Kind::Figure { record: name, key, detail: Some(part) }) = directive.kind else { continue };
        // A record or a figure that is missing is told where the page asks for it.
        let Ok((_, record)) = records.get(&name) else { continue };
        let Some(figure) = record.figures.get(&key) else { continue };
        let mut wrong = |file: &Path, line, message| findings.push(Finding::new(file, line, message));
        let picture = format!("chapters/thumbnails/{name}.png");
        let drawn =
            format!("{name}.png {} {} {} {} {}", figure.file, part.x, part.y, part.width, part.height);
        if !drawn_from.lines().any(|line| line == drawn) || !house.root().join(&picture).is_file() {
            let message = format!(
                "the README's picture of `{name}` is not drawn from this; `node .ci/browser/thumbnails.js` draws it anew. \
                 If a run of your own drew this, `git checkout chapters` brings the book's back"
            );
            wrong(&gallery.file, line_of(&gallery.source, directive.range.start), message);
        }
        let line = (1..).zip(readme.lines()).find(|(_, line)| line.contains(&picture));
        let readme = Path::new("README.md");
        if let Some((number, line)) = line
            && !line.contains(&format!(r#"alt="{}""#, part.alt))
        {
            wrong(
                readme,
                number,
                format!("does not say of `{picture}` what the introduction does: {}", part.alt),
            );
        }
        match line {
            None => {
                wrong(readme, 1, format!("does not show `{picture}`, as the introduction's gallery does"))
            }
            Some((number, line)) => match record.reader_seconds() {
                None => {
                    let message = format!(
                        "nobody knows how long `{name}` takes a reader: \
                         `cargo run --release -- run {name} --compare --confirm` notes it"
                    );
                    wrong(readme, number, message);
                }
                Some(seconds) => {
                    let time = format!("(`{name}`, {})", roughly(seconds));
                    // A reader who confirms a record has a machine that takes its own time.
                    let is_near = |told: f64| (0.5..=2.0).contains(&(told / seconds));
                    if !line.contains(&time) && !told(line, &name).is_some_and(is_near) {
                        wrong(readme, number, format!("does not say how long a run takes: {time}"));
                    }
                }
            },
        }
    }
    findings
}

/// The chapter whose first lines the README's first picture shows, and the figure that ends them.
const FIRST_LINES: (&str, &str) = ("captioning", "attention_right");

/// The README's first picture, if it shows an older figure.
fn first_lines(records: &Records, drawn_from: &str) -> Option<Finding> {
    let (chapter, figure) = FIRST_LINES;
    // A record that is missing is told where a page asks for it.
    let figure = records.get(chapter).ok()?.1.figures.get(figure)?;
    let drawn = format!("book.png {}", figure.file);
    let message = "is not what the page shows now; `node .ci/browser/thumbnails.js` draws it anew. If a run of your own drew \
                   this, `git checkout chapters` brings the book's back";
    (!drawn_from.lines().any(|line| line == drawn)).then(|| Finding::new("chapters/book.png", 1, message))
}

/// How many seconds the README says that a chapter takes.
fn told(line: &str, name: &str) -> Option<f64> {
    let (_, time) = line.split_once(&format!("(`{name}`, "))?;
    let (count, unit) = time.split_once(')')?.0.split_once(' ')?;
    let count: f64 = count.parse().ok()?;
    match unit {
        "seconds" => Some(count),
        "minute" | "minutes" => Some(60.0 * count),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_readme_says_is_read() {
        for (said, seconds) in [("50 seconds", 50.0), ("1 minute", 60.0), ("22 minutes", 1320.0)] {
            assert_eq!(told(&format!("| **[A](a)** (`a`, {said}). It |"), "a"), Some(seconds));
        }
        assert_eq!(told("(`b`, 3 minutes)", "a"), None);
    }
}
