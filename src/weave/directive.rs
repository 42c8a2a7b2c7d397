//! What a page asks for in double braces: `{{#value text-embedding:accuracy}}`.

use crate::nearest::nearest;
use std::ops::Range;

/// A directive, as a page writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// What it asks for, or why it cannot be understood.
    pub kind: Result<Kind, String>,
}

/// What a directive asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A recorded number: with its unit, or alone.
    Value {
        /// The record.
        record: String,
        /// The value's name.
        key: String,
        /// Without the unit.
        rounded: bool,
    },
    /// A recorded text.
    Output {
        /// The record.
        record: String,
        /// The output's name.
        key: String,
    },
    /// A recorded figure.
    Figure {
        /// The record.
        record: String,
        /// The figure's name.
        key: String,
        /// The part of it that is shown, without the caption; `None` for the whole figure.
        detail: Option<Detail>,
    },
    /// A recorded sound.
    Audio {
        /// The record.
        record: String,
        /// The sound's name.
        key: String,
    },
    /// All works that the chapters cite.
    Bibliography,
    /// All figures of the chapters.
    Figures,
    /// All listings of the chapters.
    Listings,
    /// mdBook's include. It must be the only content of a fence, which is read elsewhere.
    Include,
    /// mdBook's page title, which mdBook handles.
    Title,
}

/// A part of a figure, in the figure's own units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The left edge.
    pub x: u32,
    /// The upper edge.
    pub y: u32,
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
    /// What is to be seen there.
    pub alt: String,
}

impl Detail {
    fn read(words: &[&str]) -> Option<Self> {
        let (place, alt) = words.split_at_checked(4)?;
        let numbers: Vec<u32> = place.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?;
        match numbers[..] {
            [x, y, width, height] if width > 0 && height > 0 && !alt.is_empty() => {
                Some(Self { x, y, width, height, alt: alt.join(" ") })
            }
            _ => None,
        }
    }
}

const KNOWN: [&str; 9] =
    ["value", "output", "figure", "audio", "bibliography", "figures", "listings", "include", "title"];

/// All directives of `source`, in order. One with a backslash before it is text.
pub fn find(source: &str) -> Vec<Directive> {
    let mut directives = Vec::new();
    let mut from = 0;
    while let Some(start) = source[from..].find("{{#").map(|at| at + from) {
        from = start + 3;
        if source[..start].ends_with('\\') {
            continue;
        }
        let line_end = source[start..].find('\n').map_or(source.len(), |at| at + start);
        let Some(end) = source[start..line_end].find("}}").map(|at| at + start) else {
            let kind = Err("`{{#` opens a directive, and no `}}` closes it on the line".to_owned());
            directives.push(Directive { range: start..line_end, kind });
            continue;
        };
        directives.push(Directive { range: start..end + 2, kind: Kind::read(&source[start + 3..end]) });
        from = end + 2;
    }
    directives
}

impl Kind {
    fn read(text: &str) -> Result<Self, String> {
        let (keyword, arguments) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match keyword {
            "include" => return Ok(Self::Include),
            "title" => return Ok(Self::Title),
            "bibliography" | "figures" | "listings" if !arguments.trim().is_empty() => {
                return Err(format!("nothing may stand after `{keyword}`; found `{}`", arguments.trim()));
            }
            "bibliography" => return Ok(Self::Bibliography),
            "figures" => return Ok(Self::Figures),
            "listings" => return Ok(Self::Listings),
            _ if !KNOWN.contains(&keyword) => {
                let hint = match nearest(keyword, KNOWN) {
                    Some(nearest) => format!("the nearest is `{nearest}`"),
                    None => format!("there are {}", KNOWN.join(", ")),
                };
                return Err(format!("there is no directive `{keyword}`; {hint}"));
            }
            _ => {}
        }
        let mut words = arguments.split_whitespace();
        let name = words.next().unwrap_or_default();
        let Some((record, key)) = name.split_once(':').filter(|(r, k)| !r.is_empty() && !k.is_empty()) else {
            return Err(format!(
                "`{{{{#{keyword} …}}}}` needs CHAPTER:NAME, as in \
                 `{{{{#{keyword} text-embedding:NAME}}}}`; found `{}`",
                arguments.trim()
            ));
        };
        let (record, key) = (record.to_owned(), key.to_owned());
        let modifier: Vec<&str> = words.collect();
        match (keyword, &modifier[..]) {
            ("value", []) => Ok(Self::Value { record, key, rounded: false }),
            ("value", ["rounded"]) => Ok(Self::Value { record, key, rounded: true }),
            ("value", other) => Err(format!(
                "after the value's name may stand `rounded` or nothing; found `{}`",
                other.join(" ")
            )),
            ("output", []) => Ok(Self::Output { record, key }),
            ("figure", []) => Ok(Self::Figure { record, key, detail: None }),
            ("figure", ["detail", place @ ..]) => match Detail::read(place) {
                Some(detail) => Ok(Self::Figure { record, key, detail: Some(detail) }),
                None => Err(format!(
                    "after `detail` stand left, top, width and height, and in words what is to be seen there, as in \
                     `detail 0 0 360 200 A scene of three things.`; found `{}`",
                    place.join(" ")
                )),
            },
            ("figure", other) => Err(format!(
                "after the figure's name may stand `detail` with a place or nothing; found `{}`",
                other.join(" ")
            )),
            ("audio", []) => Ok(Self::Audio { record, key }),
            (_, other) => Err(format!("nothing may stand after the name; found `{}`", other.join(" "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<Result<Kind, String>> {
        find(source).into_iter().map(|directive| directive.kind).collect()
    }

    #[test]
    fn directives_are_read_where_they_stand() {
        let source = "a {{#value sound:rate}} b\n{{#figure sound/peers:map}}\n";
        let found = find(source);
        assert_eq!(&source[found[0].range.clone()], "{{#value sound:rate}}");
        assert_eq!(
            found[0].kind,
            Ok(Kind::Value { record: "sound".into(), key: "rate".into(), rounded: false })
        );
        assert_eq!(
            found[1].kind,
            Ok(Kind::Figure { record: "sound/peers".into(), key: "map".into(), detail: None })
        );
    }

    #[test]
    fn a_figure_may_be_shown_in_part() {
        let detail = Some(Detail { x: 10, y: 0, width: 360, height: 200, alt: "A dog, right.".into() });
        assert_eq!(
            kinds("{{#figure a:b detail 10 0 360 200 A dog, right.}}"),
            [Ok(Kind::Figure { record: "a".into(), key: "b".into(), detail })]
        );
    }

    #[test]
    fn an_escaped_directive_is_text() {
        assert_eq!(kinds(r"\{{#value a:b}}"), []);
    }

    #[test]
    fn what_cannot_be_understood_says_what_was_expected() {
        for (source, expected) in [
            ("{{#valeu a:b}}", "the nearest is `value`"),
            ("{{#value a}}", "needs CHAPTER:NAME"),
            ("{{#value a:b round}}", "`rounded` or nothing; found `round`"),
            ("{{#figure a:b wide}}", "`detail` with a place or nothing; found `wide`"),
            ("{{#figure a:b detail 0 0 9}}", "left, top, width and height"),
            ("{{#figure a:b detail 0 0 0 9 A dog.}}", "left, top, width and height"),
            ("{{#figure a:b detail 0 0 9 9}}", "in words what is to be seen"),
            ("{{#output a:b wide}}", "nothing may stand after the name"),
            ("{{#listings gan}}", "nothing may stand after `listings`; found `gan`"),
            ("{{#value a:b\n}}", "no `}}` closes it"),
        ] {
            let error = kinds(source).remove(0).unwrap_err();
            assert!(error.contains(expected), "{source}: {error}");
        }
    }
}
