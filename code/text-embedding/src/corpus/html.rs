//! From a page of documentation to blocks of lines of tokens.

use super::tokens::{code_tokens, prose_tokens};
use scraper::{ElementRef, Html, Node, Selector};
use std::sync::LazyLock;

/// What a page says, without what surrounds it: rustdoc and mdBook both mark it.
static CONTENT: LazyLock<Selector> =
    LazyLock::new(|| Selector::parse("#main-content, main").expect("the selector is valid"));

/// Elements whose text is not part of what the page says.
const SKIPPED: [&str; 8] =
    ["script", "style", "nav", "button", "svg", "noscript", "template", "rustdoc-toolbar"];

/// Classes of such elements: links to sources, version numbers, copy buttons, line numbers.
const SKIPPED_CLASSES: [&str; 8] =
    ["src", "since", "rightside", "out-of-band", "copy-path", "sidebar", "nav-wrapper", "main-heading"];

/// Elements that continue the line they stand in.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "bdi", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small",
    "span", "strong", "sub", "sup", "u", "var", "wbr",
];

/// The blocks of a page, each a list of lines, each line its tokens separated by spaces.
///
/// A paragraph, heading, list item or table cell is a block of one line; a code listing is one
/// block with as many lines as it has. Navigation, scripts, buttons and links to sources are left
/// out, and so are pages that say they are not in English (`<html lang="es">`).
///
/// ```
/// use text_embedding::corpus::blocks_of_page;
/// let page = "<nav>Home</nav><main><p>Use <code>Vec</code>.</p><pre>let v;\nv.len()</pre></main>";
/// assert_eq!(blocks_of_page(page), [vec!["use Vec"], vec!["let v", "v len"]]);
/// ```
pub fn blocks_of_page(html: &str) -> Vec<Vec<String>> {
    let page = Html::parse_document(html);
    let mut reader = Reader::default();
    let language = page.root_element().attr("lang").unwrap_or("en");
    if !language.starts_with("en") {
        return Vec::new();
    }
    if let Some(content) = page.select(&CONTENT).next() {
        reader.element(content, Context { code: false, listing: false });
        reader.end_block();
    }
    reader.blocks
}

#[derive(Clone, Copy)]
struct Context {
    /// Inside `code` or `pre`: case is kept.
    code: bool,
    /// Inside `pre`: a line feed ends a line.
    listing: bool,
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Vec<String>>,
    lines: Vec<String>,
    line: Vec<String>,
    /// Text of neighbouring pieces of the same kind: rustdoc cuts `a_b` into coloured pieces.
    pending: String,
    pending_is_code: bool,
}

impl Reader {
    fn element(&mut self, element: ElementRef<'_>, outer: Context) {
        let name = element.value().name();
        if SKIPPED.contains(&name) || element.value().classes().any(|class| SKIPPED_CLASSES.contains(&class))
        {
            return;
        }
        let listing = outer.listing || name == "pre";
        let header = element.value().classes().any(|class| class == "code-header");
        let context = Context { code: outer.code || listing || header || name == "code", listing };
        let breaks = !INLINE.contains(&name);
        let is_block = breaks && !outer.listing;
        if is_block {
            self.end_block();
        } else if breaks {
            self.end_line();
        }
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.text(text, context),
                Node::Element(_) => {
                    if let Some(child) = ElementRef::wrap(child) {
                        self.element(child, context);
                    }
                }
                _ => {}
            }
        }
        if is_block {
            self.end_block();
        }
    }

    fn text(&mut self, text: &str, context: Context) {
        if context.code != self.pending_is_code {
            self.flush();
            self.pending_is_code = context.code;
        }
        if context.listing {
            let mut lines = text.split('\n');
            self.pending.push_str(lines.next().unwrap_or_default());
            for line in lines {
                self.end_line();
                self.pending.push_str(line);
            }
        } else {
            self.pending.push_str(text);
        }
    }

    fn flush(&mut self) {
        let tokens = if self.pending_is_code { code_tokens } else { prose_tokens };
        self.line.extend(tokens(&self.pending));
        self.pending.clear();
    }

    fn end_line(&mut self) {
        self.flush();
        if !self.line.is_empty() {
            self.lines.push(self.line.join(" "));
            self.line.clear();
        }
    }

    fn end_block(&mut self) {
        self.end_line();
        if !self.lines.is_empty() {
            self.blocks.push(std::mem::take(&mut self.lines));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(html: &str) -> String {
        blocks_of_page(html).iter().map(|block| block.join(" / ")).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn navigation_scripts_and_source_links_are_left_out() {
        let page = "<nav>menu</nav><main><script>var x;</script><button>Copy</button>\
                    <p>Kept text<a class='src' href='#'>Source</a></p></main><footer>end</footer>";
        assert_eq!(lines(page), "kept text");
    }

    #[test]
    fn blocks_end_where_paragraphs_cells_and_items_do() {
        let page = "<main><h2>One Title</h2><p>A <em>long</em> line</p><ul><li>first</li><li>second</li></ul>\
                    <table><tr><td>a cell</td><td>another</td></tr></table></main>";
        assert_eq!(lines(page), "one title | a long line | first | second | a cell | another");
    }

    #[test]
    fn a_listing_is_one_block_and_coloured_pieces_are_joined() {
        let page = "<main><pre><code><span>let </span><span>my</span><span>_map</span> = 1;\n// A Note\n</code></pre></main>";
        assert_eq!(lines(page), "let my_map / a note");
    }

    #[test]
    fn a_where_clause_is_a_line_of_its_own() {
        let page = "<main><pre>fn f() -&gt; u32<div>where T: Copy</div></pre></main>";
        assert_eq!(lines(page), "fn f u32 / where T Copy");
    }

    #[test]
    fn translations_are_left_out() {
        assert_eq!(lines("<html lang='es'><main><p>hola mundo</p></main></html>"), "");
        assert_eq!(lines("<html lang='en-GB'><main><p>hello world</p></main></html>"), "hello world");
    }

    #[test]
    fn a_page_without_content_gives_nothing() {
        assert_eq!(lines("<p>stray</p>"), "");
        assert_eq!(lines(""), "");
    }
}
