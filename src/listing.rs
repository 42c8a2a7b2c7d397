//! A listing: the lines of a source file between `// ANCHOR: name` and `// ANCHOR_END: name`.
//!
//! mdBook shows an empty listing where an anchor is missing. Here that is an error which names the
//! nearest anchor of the file. The text is dedented, and lines that mark other anchors are left out.

use crate::nearest::nearest;
use std::path::{Path, PathBuf};

/// The target of an include directive, as a page writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The file, relative to the page's folder.
    pub path: String,
    /// The anchor; `None` for the whole file.
    pub anchor: Option<String>,
}

impl Include {
    /// Reads `{{#include PATH:ANCHOR}}` or `{{#include PATH}}`, the only content of `text` besides
    /// white space.
    ///
    /// ```
    /// use multimodal_book::listing::Include;
    /// let include = Include::parse("{{#include ../src/loss.rs:loss}}\n").unwrap();
    /// assert_eq!((include.path.as_str(), include.anchor.as_deref()), ("../src/loss.rs", Some("loss")));
    /// assert_eq!(Include::parse("let x = 1;"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.trim().strip_prefix("{{#include")?.strip_suffix("}}")?;
        let target = inner.strip_prefix(char::is_whitespace)?.trim();
        if target.is_empty() || target.contains(['{', '}', '\n']) {
            return None;
        }
        Some(match target.rsplit_once(':') {
            Some((path, anchor)) if !path.is_empty() && !anchor.contains(['/', '\\']) => {
                Self { path: path.to_owned(), anchor: Some(anchor.to_owned()) }
            }
            _ => Self { path: target.to_owned(), anchor: None },
        })
    }
}

/// A piece of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The lines, dedented, each but the last ending in a line feed.
    pub text: String,
    /// The first line's number in the file, counted from 1.
    pub first_line: usize,
    /// The last line's number in the file.
    pub last_line: usize,
}

/// Why a listing could not be taken from its file.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// The file could not be read.
    #[error("cannot read the listing's file {path}: {reason}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The file has no such anchor.
    #[error("{path} has no `// ANCHOR: {anchor}`; {hint}", hint = hint(known, anchor))]
    NoSuchAnchor {
        /// The file.
        path: PathBuf,
        /// The anchor that was asked for.
        anchor: String,
        /// The anchors that the file has.
        known: Vec<String>,
    },
    /// The anchor is opened twice.
    #[error("{path}:{line} opens anchor `{anchor}` again; an anchor's name stands once in a file")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The anchor.
        anchor: String,
        /// The line of the second opening.
        line: usize,
    },
    /// The anchor is never closed.
    #[error("{path}:{line} opens anchor `{anchor}`, and no `// ANCHOR_END: {anchor}` follows")]
    NotClosed {
        /// The file.
        path: PathBuf,
        /// The anchor.
        anchor: String,
        /// The line that opens it.
        line: usize,
    },
    /// There is nothing to show.
    #[error("{path}:{line} the listing is empty; put the code between the anchor's two comments")]
    Empty {
        /// The file.
        path: PathBuf,
        /// The line that opens the anchor, or 1 for a whole file.
        line: usize,
    },
}

fn hint(known: &[String], anchor: &str) -> String {
    match nearest(anchor, known.iter().map(String::as_str)) {
        Some(name) => format!("the nearest is `{name}`"),
        None if known.is_empty() => "the file has no anchors at all".to_owned(),
        None => format!("it has {}", known.join(", ")),
    }
}

/// What a line of a source file says about anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker<'a> {
    /// `ANCHOR: name`
    Open(&'a str),
    /// `ANCHOR_END: name`
    Close(&'a str),
}

impl<'a> Marker<'a> {
    /// The marker in `line`, if the line is one.
    pub fn of(line: &'a str) -> Option<Self> {
        let comment = line.trim().trim_start_matches(['/', '#']).trim_start();
        let name = |rest: &'a str| rest.split_whitespace().next();
        if let Some(rest) = comment.strip_prefix("ANCHOR:") {
            name(rest).map(Self::Open)
        } else {
            comment.strip_prefix("ANCHOR_END:").and_then(name).map(Self::Close)
        }
    }
}

/// The anchors that `source` opens, with the number of the opening line, in order.
pub fn anchors(source: &str) -> Vec<(String, usize)> {
    (1..)
        .zip(source.lines())
        .filter_map(|(number, line)| match Marker::of(line) {
            Some(Marker::Open(name)) => Some((name.to_owned(), number)),
            _ => None,
        })
        .collect()
}

/// Reads the listing `anchor` of the file at `path`, or the whole file where `anchor` is `None`.
///
/// # Errors
///
/// As [`find`], and if the file cannot be read.
pub fn read(path: &Path, anchor: Option<&str>) -> Result<Listing, ListingError> {
    let source = std::fs::read_to_string(path)
        .map_err(|reason| ListingError::Read { path: path.to_owned(), reason })?;
    find(path, &source, anchor)
}

/// Finds the listing `anchor` in `source`, the text of the file at `path`.
///
/// # Errors
///
/// If the anchor is missing, stands there twice, is not closed, or holds nothing.
pub fn find(path: &Path, source: &str, anchor: Option<&str>) -> Result<Listing, ListingError> {
    let lines: Vec<&str> = source.lines().collect();
    let (start, end) = match anchor {
        None => (0, lines.len()),
        Some(anchor) => {
            let openings: Vec<usize> =
                anchors(source).into_iter().filter(|(name, _)| name == anchor).map(|(_, n)| n).collect();
            let path = || path.to_owned();
            let start = match openings[..] {
                [] => {
                    let known = anchors(source).into_iter().map(|(name, _)| name).collect();
                    return Err(ListingError::NoSuchAnchor {
                        path: path(),
                        anchor: anchor.to_owned(),
                        known,
                    });
                }
                [line] => line,
                [_, line, ..] => {
                    return Err(ListingError::Twice { path: path(), anchor: anchor.to_owned(), line });
                }
            };
            let length = lines[start..].iter().position(|l| Marker::of(l) == Some(Marker::Close(anchor)));
            let Some(length) = length else {
                return Err(ListingError::NotClosed { path: path(), anchor: anchor.to_owned(), line: start });
            };
            (start, start + length)
        }
    };
    let kept: Vec<(usize, &str)> = (start + 1..)
        .zip(&lines[start..end])
        .map(|(n, l)| (n, *l))
        .filter(|(_, l)| Marker::of(l).is_none())
        .collect();
    let blank = |line: &&(usize, &str)| line.1.trim().is_empty();
    let first = kept.iter().position(|line| !blank(&line));
    let last = kept.iter().rposition(|line| !blank(&line));
    let (Some(first), Some(last)) = (first, last) else {
        return Err(ListingError::Empty { path: path.to_owned(), line: start.max(1) });
    };
    let kept = &kept[first..=last];
    let text = dedent(kept.iter().map(|(_, line)| *line));
    Ok(Listing { text, first_line: kept[0].0, last_line: kept[kept.len() - 1].0 })
}

/// Joins `lines` with line feeds, without the indentation that all of them share.
pub fn dedent<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.into_iter().map(str::trim_end).collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = lines.iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or(0);
    let dedented: Vec<&str> = lines.iter().map(|line| line.get(shared..).unwrap_or_default()).collect();
    dedented.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
fn main() {
    // ANCHOR: train
    for epoch in 0..3 {

        // ANCHOR: step
        step(epoch);
        // ANCHOR_END: step
    }
    // ANCHOR_END: train
    // ANCHOR: nothing

    // ANCHOR_END: nothing
    // ANCHOR: open
    // ANCHOR: twice
    // ANCHOR_END: twice
    // ANCHOR: twice
}
";

    fn listing(anchor: &str) -> Result<Listing, String> {
        find(Path::new("src/train.rs"), SOURCE, Some(anchor)).map_err(|e| e.to_string())
    }

    #[test]
    fn a_listing_is_dedented_and_other_anchors_are_left_out() {
        let train = listing("train").unwrap();
        assert_eq!(train.text, "for epoch in 0..3 {\n\n    step(epoch);\n}");
        assert_eq!((train.first_line, train.last_line), (3, 8));
        let step = listing("step").unwrap();
        assert_eq!((step.text.as_str(), step.first_line, step.last_line), ("step(epoch);", 6, 6));
    }

    #[test]
    fn a_whole_file_needs_no_anchor() {
        let listing = find(Path::new("a.stderr"), "error: no\n  --> a.rs\n\n", None).unwrap();
        assert_eq!(listing.text, "error: no\n  --> a.rs");
        assert!(find(Path::new("a.stderr"), "\n", None).is_err());
    }

    #[test]
    fn what_is_wrong_names_the_place_and_the_nearest_anchor() {
        assert!(listing("trian").unwrap_err().contains("the nearest is `train`"));
        assert!(listing("nothing").unwrap_err().starts_with("src/train.rs:10 the listing is empty"));
        assert!(listing("open").unwrap_err().starts_with("src/train.rs:13 opens anchor `open`"));
        assert!(listing("twice").unwrap_err().starts_with("src/train.rs:16 opens anchor `twice` again"));
        let error = read(Path::new("no-such-file.rs"), Some("a")).unwrap_err().to_string();
        assert!(error.contains("no-such-file.rs"), "{error}");
    }

    #[test]
    fn an_include_is_the_only_content_of_its_fence() {
        let include = |text| Include::parse(text);
        let whole = include("{{#include ../tests/shape.stderr}}\n").unwrap();
        assert_eq!((whole.path.as_str(), whole.anchor), ("../tests/shape.stderr", None));
        assert_eq!(include("{{#include a.rs:b}}\nlet x = 1;"), None);
        assert_eq!(include("{{#includea.rs:b}}"), None);
        assert_eq!(include("{{#include }}"), None);
    }

    #[test]
    fn markers_are_read_in_other_comment_styles_too() {
        assert_eq!(Marker::of("# ANCHOR: a"), Some(Marker::Open("a")));
        assert_eq!(Marker::of("    // ANCHOR_END: b"), Some(Marker::Close("b")));
        assert_eq!(Marker::of("let anchor = 1; // see ANCHOR: a"), None);
    }
}
