//! Where a token begins and ends, and which tokens keep their case.

// ANCHOR: prose
/// The tokens of a piece of prose: words in lower case, identifiers as they are.
///
/// A token is a run of letters, digits and underscores that begins with a letter or an
/// underscore; an apostrophe between two letters belongs to it (*doesn't*). A token that contains
/// an underscore, a digit, or a capital after a small letter is taken for an identifier and keeps
/// its case; every other token is a word. Numbers and punctuation are dropped.
///
/// ```
/// use text_embedding::corpus::prose_tokens;
/// let tokens = prose_tokens("A HashMap doesn't sort; call `sort_by_key` 10 times on an i32.");
/// assert_eq!(tokens.join(" "), "a HashMap doesn't sort call sort_by_key times on an i32");
/// ```
pub fn prose_tokens(text: &str) -> Vec<String> {
    split(text, true).map(|token| if is_identifier(token) { token.into() } else { lower(token) }).collect()
}
// ANCHOR_END: prose

// ANCHOR: code
/// The tokens of a line of code: identifiers and keywords as they are; what follows `//` is prose.
///
/// ```
/// use text_embedding::corpus::code_tokens;
/// let tokens = code_tokens("let v: Vec<u8> = Vec::new(); // An empty vector.");
/// assert_eq!(tokens.join(" "), "let v Vec u8 Vec new an empty vector");
/// ```
pub fn code_tokens(line: &str) -> Vec<String> {
    let (code, comment) = line.split_once("//").unwrap_or((line, ""));
    split(code, false).map(str::to_owned).chain(prose_tokens(comment)).collect()
}
// ANCHOR_END: code

/// Runs of letters, digits and underscores that do not begin with a digit.
fn split(text: &str, apostrophes: bool) -> impl Iterator<Item = &str> {
    let inside = move |c: char| c.is_alphanumeric() || c == '_' || (apostrophes && (c == '\'' || c == '’'));
    text.split(move |c| !inside(c))
        .map(|run| run.trim_matches(['\'', '’']))
        .filter(|run| run.chars().any(char::is_alphanumeric) && !run.starts_with(|c: char| c.is_numeric()))
}

fn is_identifier(token: &str) -> bool {
    let mut after_small = false;
    token.chars().any(|c| {
        let shows = c == '_' || c.is_numeric() || (after_small && c.is_uppercase());
        after_small = c.is_lowercase();
        shows
    })
}

fn lower(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_their_case_and_identifiers_keep_it() {
        for (text, tokens) in [
            ("The BTreeMap", "the BTreeMap"),
            ("UTF-8 and ASCII", "utf and ascii"),
            ("Rust’s don't 'quoted'", "rust's don't quoted"),
            ("as_mut, u8 and 0xff or 1_000", "as_mut u8 and or"),
            ("_ __ _x", "_x"),
            ("iPhone McKay", "iPhone McKay"),
            ("", ""),
        ] {
            assert_eq!(prose_tokens(text).join(" "), tokens, "{text}");
        }
    }

    #[test]
    fn code_keeps_case_and_lifetimes_lose_their_mark() {
        for (line, tokens) in [
            ("fn f<'a>(x: &'a str) -> String", "fn f a x a str String"),
            ("// A Comment", "a comment"),
            ("x.iter().map(|n| n + 1u8)", "x iter map n n"),
        ] {
            assert_eq!(code_tokens(line).join(" "), tokens, "{line}");
        }
    }
}
