//! A page for every source file that the book shows a listing of or links to, with line numbers.

use crate::house::House;
use crate::weave::escaped;
use record::write_atomically;
use std::path::{Path, PathBuf};

/// Why the pages of the sources could not be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SourceError {
    /// A source could not be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A page could not be written.
    #[error("cannot write {path}: {reason}")]
    #[diagnostic(help("make the folder writable"))]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
}

/// Where the page of `file` lies in the built book: `code/gan/src/loss.rs` is shown by
/// `source/gan/src/loss.rs.html`.
pub fn address(file: &Path) -> String {
    let file = file.strip_prefix("code").unwrap_or(file);
    format!("source/{}.html", file.to_string_lossy().replace('\\', "/"))
}

/// Writes the pages of `files`, which are relative to the book, below `folder`.
pub fn write<'a>(
    house: &House,
    files: impl IntoIterator<Item = &'a PathBuf>,
    folder: &Path,
) -> Result<(), SourceError> {
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let path = house.root().join(file);
        let source = std::fs::read_to_string(&path)
            .map_err(|reason| SourceError::Read { path: path.clone(), reason })?;
        let target = folder.join(address(file));
        let html = page(file, &source);
        // mdBook's own watcher would build again and again for a file that is written anew.
        if std::fs::read_to_string(&target).is_ok_and(|old| old == html) {
            continue;
        }
        let write = |reason| SourceError::Write { path: target.clone(), reason };
        std::fs::create_dir_all(target.parent().unwrap_or(folder)).map_err(write)?;
        write_atomically(&target, html.as_bytes()).map_err(|e| write(std::io::Error::other(e)))?;
    }
    Ok(())
}

fn page(file: &Path, source: &str) -> String {
    let name = escaped(&file.to_string_lossy());
    let up = "../".repeat(address(file).matches('/').count());
    let source = source.trim_end();
    let numbers: String = (1..=source.lines().count())
        .map(|line| format!("<a id=\"L{line}\" href=\"#L{line}\">{line}</a>\n"))
        .collect();
    format!(
        r##"<!DOCTYPE html>
<html lang="en" class="light">
<head>
<meta charset="utf-8">
<title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="{up}favicon.svg">
<link rel="stylesheet" href="{up}css/variables.css">
<link rel="stylesheet" href="{up}css/general.css">
<link rel="stylesheet" href="{up}fonts/fonts.css">
<link rel="stylesheet" href="{up}highlight.css" class="for-light">
<link rel="stylesheet" href="{up}tomorrow-night.css" class="for-dark" disabled>
<link rel="stylesheet" href="{up}theme/book.css">
<script>
// The reader's theme, as the pages of the book keep it.
let theme = null;
try {{ theme = localStorage.getItem('mdbook-theme'); }} catch (e) {{ }}
theme = theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'navy' : 'light');
// mdBook's own colours for readers without scripts end with the class `js`.
document.documentElement.className = theme + ' js';
const dark = !['light', 'rust'].includes(theme);
document.querySelector('.for-dark').disabled = !dark;
document.querySelector('.for-light').disabled = dark;
</script>
</head>
<body class="source-page">
<header><a href="{up}index.html">Multimodal Learning in Rust</a></header>
<main>
<h1>{name}</h1>
<div class="source" tabindex="0" role="region" aria-label="Source of {name}">
<pre class="numbers">{numbers}</pre>
<pre class="lines"><code class="language-rust">{code}
</code></pre>
</div>
</main>
<script src="{up}highlight.js"></script>
<script>hljs.highlightBlock(document.querySelector('.lines code'));</script>
</body>
</html>
"##,
        code = source.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
    )
}
