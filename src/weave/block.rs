//! The blocks that pages show, as HTML on one line: Markdown hands a line that begins with
//! `<figure` on as it is, in a list, a quotation or a folded solution as well as at the margin.

/// Escapes `text` for HTML text and attributes; line feeds become references, so that the block
/// stays on its line.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => {}
            c => out.push(c),
        }
    }
    // mdBook would take these for a directive of its own.
    out.replace("{{#", "&#123;{#")
}

/// A listing with its caption.
pub struct Listing<'a> {
    /// Its name as a place on the page.
    pub id: Option<&'a str>,
    /// The language, for colours.
    pub language: &'a str,
    /// The code.
    pub text: &'a str,
    /// The file, as the caption names it.
    pub file: &'a str,
    /// The page that shows the file's source, where there is one.
    pub link: Option<&'a str>,
    /// First and last line in the file.
    pub lines: (usize, usize),
    /// What the caption says before the file, if anything.
    pub label: Option<&'a str>,
}

impl Listing<'_> {
    /// The block.
    pub fn html(&self) -> String {
        let (first, last) = self.lines;
        let lines = if first == last { format!("line {first}") } else { format!("lines {first}–{last}") };
        let label =
            self.label.map(|label| format!(r#"<span class="label">{label}</span> "#)).unwrap_or_default();
        let file = escaped(self.file);
        let file = match self.link {
            Some(link) => format!(r#"<a href="{}#L{first}">{file}</a>"#, escaped(link)),
            None => format!(r#"<span class="file">{file}</span>"#),
        };
        format!(
            r#"<figure class="listing"{}><figcaption>{label}{file} <span class="lines">{lines}</span></figcaption>{}</figure>"#,
            id(self.id),
            code(self.language, self.text),
        )
    }
}

/// A text that a program printed.
pub fn output(label: &str, text: &str) -> String {
    format!(
        r#"<figure class="output"><figcaption>{}</figcaption>{}</figure>"#,
        escaped(label),
        code("text", text)
    )
}

/// A figure: `svg` is ready to be inlined, `caption` is HTML, `name` is its name as a place on the page.
pub fn figure(svg: &str, caption: &str, name: Option<&str>) -> String {
    format!(
        r#"<figure class="drawing"{}><div class="box">{svg}</div><figcaption>{caption}</figcaption></figure>"#,
        id(name),
    )
}

fn id(name: Option<&str>) -> String {
    name.map(|name| format!(r#" id="{}""#, escaped(name))).unwrap_or_default()
}

/// A part of a figure, without a caption: the words beside it say what it is.
pub fn detail(svg: &str) -> String {
    format!(r#"<figure class="drawing detail"><div class="box">{svg}</div></figure>"#)
}

/// A sound with its player: `label` says what it is and what is to be heard, `caption` is HTML.
pub fn audio(source: &str, label: &str, caption: &str) -> String {
    format!(
        r#"<figure class="sound"><audio controls preload="metadata" src="{}" aria-label="{}"></audio><figcaption>{caption}</figcaption></figure>"#,
        escaped(source),
        escaped(label),
    )
}

fn code(language: &str, text: &str) -> String {
    format!(r#"<pre><code class="language-{}">{}&#10;</code></pre>"#, escaped(language), escaped(text))
}
