//! Formulas: TeX to HTML and MathML when the book is built, so that a page asks no server.

use katex::{KatexContext, Settings};

/// Renders formulas. Making one reads KaTeX's font tables; keep it.
#[derive(Default)]
pub struct Maths {
    context: KatexContext,
}

impl std::fmt::Debug for Maths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Maths")
    }
}

impl Maths {
    /// Renders `tex` as HTML that may stand in a Markdown paragraph, on one line.
    ///
    /// `display` sets it on a line of its own. The error is KaTeX's message.
    pub fn render(&self, tex: &str, display: bool) -> Result<String, String> {
        let settings = Settings::builder().display_mode(display).build();
        let html = katex::render_to_string(&self.context, tex.trim(), &settings)
            .map_err(|error| error.to_string())?;
        let html = for_markdown(&without_annotation(&html));
        Ok(if display { format!(r#"<span class="formula">{html}</span>"#) } else { html })
    }
}

/// Drops the TeX source that KaTeX puts into the MathML. Nobody hears or sees it, and the search
/// index would show it between the words.
fn without_annotation(html: &str) -> String {
    match (html.find("<annotation"), html.find("</annotation>")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{}", &html[..start], &html[end + "</annotation>".len()..])
        }
        _ => html.to_owned(),
    }
}

/// Rewrites HTML so that a Markdown parser hands it on as it is: line feeds become spaces, and in
/// the text between tags every ASCII punctuation mark becomes a character reference, which neither
/// emphasis nor smart punctuation nor table cells can take for their own.
pub fn for_markdown(html: &str) -> String {
    let mut out = String::with_capacity(html.len() * 2);
    let mut in_tag = false;
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push('>');
                continue;
            }
            '\n' | '\r' => {
                out.push(' ');
                continue;
            }
            // A table would end its cell here, in a tag as well.
            '|' => {
                out.push_str("&#124;");
                continue;
            }
            '&' if !in_tag => {
                let end = rest.find(';').filter(|end| *end < 12 && !rest[..*end].contains(['<', ' ']));
                match end {
                    Some(end) => {
                        out.push('&');
                        out.push_str(&rest[..=end]);
                        rest = &rest[end + 1..];
                    }
                    None => out.push_str("&amp;"),
                }
                continue;
            }
            c if !in_tag && c.is_ascii_punctuation() => {
                out.push_str(&format!("&#{};", u32::from(c)));
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_html_and_mathml_on_one_line() {
        let maths = Maths::default();
        let html = maths.render(r"\sqrt{\sum_{i=1}^n x_i^2} \le \lVert u \cdot v \rVert", true).unwrap();
        assert!(html.contains("<math ") && html.contains("katex-html"), "{html}");
        assert!(!html.contains('\n') && !html.contains("annotation"), "{html}");
        assert!(html.starts_with(r#"<span class="formula">"#));
    }

    #[test]
    fn a_formula_that_is_not_tex_is_an_error_with_its_place() {
        let error = Maths::default().render(r"\frac{1}{", false).unwrap_err();
        assert!(error.contains("end of input") || error.contains("EOF"), "{error}");
    }

    #[test]
    fn markdown_cannot_read_the_text_between_tags() {
        let html = for_markdown("<i class=\"a_b|c\">x_1*y* -- 'q' &lt; & $z$|\n</i>");
        let tree = pulldown_cmark::Parser::new_ext(&html, pulldown_cmark::Options::all());
        let text: String = tree
            .filter_map(|event| match event {
                pulldown_cmark::Event::Text(text) => Some(text.to_string()),
                pulldown_cmark::Event::Start(pulldown_cmark::Tag::Paragraph)
                | pulldown_cmark::Event::End(_)
                | pulldown_cmark::Event::InlineHtml(_) => None,
                other => panic!("Markdown read {other:?}"),
            })
            .collect();
        assert_eq!(text, "x_1*y* -- 'q' < & $z$| ");
    }
}
