//! The book on paper: the page that repeats all others, printed to a PDF by a browser that is installed.

use crate::build_book::{self, BuildError, FOLDER};
use crate::house::House;
use crate::say::say;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The PDF. It lies beside the folder of the built book, which is emptied whenever the book is built.
pub const FILE: &str = "multimodal-learning-in-rust.pdf";

/// Browsers that print without a window, as they are called on the path.
const BROWSERS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
];

/// Where they lie on systems that do not put them on the path.
const PLACES: [&str; 6] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];

/// Why the book could not be printed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum PrintError {
    /// There is no browser.
    #[error("no browser that prints to a PDF is on the path")]
    #[diagnostic(help(
        "install Chromium, Chrome or Edge, on Debian and Ubuntu with `sudo apt-get install chromium`; or build the \
         book with `cargo run --release -- build` and print book/print.html from the browser that you have"
    ))]
    NoBrowser,
    /// The browser could not be started.
    #[error("cannot start {browser}: {reason}")]
    #[diagnostic(help("install it anew, or take it off the path and install Chromium, Chrome or Edge"))]
    Start {
        /// Which.
        browser: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The browser printed nothing.
    #[error("{browser} prints no PDF; it says:\n{said}")]
    #[diagnostic(help("a browser older than Chromium 122 is too old; update it"))]
    NoPdf {
        /// Which.
        browser: PathBuf,
        /// The last lines that it wrote.
        said: String,
    },
    /// The page that repeats all others could not be read.
    #[error("cannot read {path}: {reason}")]
    #[diagnostic(help("make it readable; `cargo run --release -- build` writes it anew"))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {reason}")]
    #[diagnostic(help("make the folder writable, or free space on its disk"))]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The book could not be built.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Build(#[from] BuildError),
}

/// Where a browser that prints may be: by each of its names in each of the `folders`, and in its usual places.
pub(crate) fn places(folders: impl Iterator<Item = PathBuf>) -> impl Iterator<Item = PathBuf> {
    let folders: Vec<PathBuf> = folders.collect();
    let in_folders = move |name: &&str| {
        let file = Path::new(name).with_extension(std::env::consts::EXE_EXTENSION);
        folders.iter().map(|folder| folder.join(&file)).collect::<Vec<_>>()
    };
    BROWSERS.iter().flat_map(in_folders).chain(PLACES.iter().map(PathBuf::from))
}

/// The first of these places in which there is a browser.
fn browser(mut places: impl Iterator<Item = PathBuf>) -> Result<PathBuf, PrintError> {
    places.find(|path| path.is_file()).ok_or(PrintError::NoBrowser)
}

/// What the browser is called with: it prints `page` to `pdf` and keeps what it remembers in `profile`.
fn arguments(page: &Path, pdf: &Path, profile: &Path, is_root: bool) -> Vec<OsString> {
    let with = |option: &str, path: &Path| {
        let mut argument = OsString::from(option);
        argument.push(path);
        argument
    };
    let mut arguments: Vec<OsString> =
        ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
            .map(Into::into)
            .into();
    // Chromium's sandbox does not start for root, who is the only user of most containers.
    arguments.extend(is_root.then(|| "--no-sandbox".into()));
    arguments.extend([
        with("--user-data-dir=", profile),
        "--no-pdf-header-footer".into(),
        "--generate-pdf-document-outline".into(),
        with("--print-to-pdf=", pdf),
        address(page).into(),
    ]);
    arguments
}

/// The `file:` address of a path.
fn address(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let mut address = String::from(if path.starts_with('/') { "file://" } else { "file:///" });
    for byte in path.bytes() {
        match byte {
            b'/' | b':' | b'-' | b'_' | b'.' | b'~' => address.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => address.push(byte.into()),
            _ => address += &format!("%{byte:02X}"),
        }
    }
    address
}

/// The page as paper shows it. Pages of the sources are not in it, and a link to a file of this machine would lead
/// nowhere on another; nor must the page ask to be printed.
///
/// The PDF's outline follows the levels of headings. So those of a page that the table of contents has below another
/// one go down a level; `summary` is that table.
fn for_paper(html: &str, summary: &str) -> String {
    const HEADING: &str = "<h1 id=";
    let html = html.replace(r#"<a href="source/"#, r#"<a data-source=""#).replace("window.print", "void");
    let is_below: Vec<bool> = summary
        .lines()
        .filter(|line| line.contains(".md)"))
        .map(|line| line.starts_with([' ', '\t']))
        .collect();
    let mut parts = html.split(HEADING);
    // A page with no heading of its own, or with two, is nobody's: then all stay where they are.
    if parts.clone().count() != is_below.len() + 1 {
        return html;
    }
    let mut paper = parts.next().unwrap_or_default().to_owned();
    for (part, is_below) in parts.zip(is_below) {
        let page = format!("{HEADING}{part}");
        paper += &if is_below { a_level_lower(page) } else { page };
    }
    paper
}

/// A page whose headings are each a level lower.
fn a_level_lower(page: String) -> String {
    (1..6).rev().fold(page, |page, level| {
        let lower = |begin: &str, page: String| {
            page.replace(&format!("{begin}{level}"), &format!("{begin}{}", level + 1))
        };
        lower("</h", lower("<h", page))
    })
}

/// Prints the book that is built in `folder` to `target`, which must lie on the same disk.
fn to_pdf(browser: &Path, folder: &Path, summary: &str, target: &Path) -> Result<(), PrintError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |reason| PrintError::Write { path, reason }
    };
    let print = folder.join("print.html");
    let html =
        std::fs::read_to_string(&print).map_err(|reason| PrintError::Read { path: print.clone(), reason })?;
    // Beside the style sheets. Neither file is hidden: some browsers may not read what is.
    let page = tempfile::Builder::new().prefix("paper-").suffix(".html").tempfile_in(folder);
    let page = page.map_err(failed(folder))?;
    std::fs::write(page.path(), for_paper(&html, summary)).map_err(failed(page.path()))?;
    let work = tempfile::Builder::new().prefix("printing-").tempdir_in(folder).map_err(failed(folder))?;
    let pdf = work.path().join(FILE);
    let output = Command::new(browser)
        .args(arguments(page.path(), &pdf, &work.path().join("profile"), is_root(work.path())))
        .output()
        .map_err(|reason| PrintError::Start { browser: browser.to_owned(), reason })?;
    if !std::fs::read(&pdf).is_ok_and(|pdf| pdf.starts_with(b"%PDF")) {
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said.lines().collect();
        let said = lines[lines.len().saturating_sub(5)..].join("\n");
        let said = if said.is_empty() { format!("nothing ({})", output.status) } else { said };
        return Err(PrintError::NoPdf { browser: browser.to_owned(), said });
    }
    std::fs::rename(&pdf, target).map_err(failed(target))
}

/// Whether this program, which made `folder`, runs as root.
#[cfg(unix)]
fn is_root(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    folder.metadata().is_ok_and(|folder| folder.uid() == 0)
}

#[cfg(not(unix))]
fn is_root(_: &Path) -> bool {
    false
}

/// The subcommand `print`.
///
/// # Errors
///
/// If there is no book or no browser, the book cannot be built, or the browser fails.
pub fn run() -> miette::Result<()> {
    let house = House::find()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let browser = browser(places(std::env::split_paths(&path)))?;
    let folder = house.root().join(FOLDER);
    build_book::build(&house, &folder).map_err(PrintError::from)?;
    say!("{} prints the book; that takes a minute or two.", browser.display());
    let pdf = house.root().join(FILE);
    let summary = house.summary_file();
    let summary =
        std::fs::read_to_string(&summary).map_err(|reason| PrintError::Read { path: summary, reason })?;
    to_pdf(&browser, &folder, &summary, &pdf)?;
    say!("The book is in {}", pdf.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_looked_for_on_the_path_and_then_where_systems_put_it() {
        let folder = tempfile::tempdir().unwrap();
        let folders = ["none", "some"].map(|name| folder.path().join(name));
        std::fs::create_dir(&folders[1]).unwrap();
        let chrome = folders[1].join("chrome").with_extension(std::env::consts::EXE_EXTENSION);
        std::fs::write(&chrome, "").unwrap();
        assert_eq!(browser(places(folders.clone().into_iter())).unwrap(), chrome);
        let all: Vec<PathBuf> = places(folders.into_iter()).collect();
        assert_eq!(all.len(), 2 * BROWSERS.len() + PLACES.len());
        assert!(all.ends_with(&PLACES.map(PathBuf::from)), "{all:?}");
    }

    #[test]
    fn without_a_browser_the_error_says_what_to_install() {
        let error = browser(std::iter::empty()).unwrap_err();
        assert!(error.to_string().contains("no browser"), "{error}");
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(help.contains("install Chromium, Chrome or Edge") && help.contains("apt-get"), "{help}");
    }

    #[test]
    fn the_browser_prints_with_an_outline_and_without_a_window() {
        let told = |is_root| {
            let [page, pdf, profile] = ["/my book/paper-1.html", "/my book/a.pdf", "/p"].map(Path::new);
            arguments(page, pdf, profile, is_root)
                .into_iter()
                .map(|argument| argument.into_string().unwrap())
                .collect::<Vec<_>>()
        };
        let arguments = told(false);
        for wanted in [
            "--headless",
            "--generate-pdf-document-outline",
            "--no-pdf-header-footer",
            "--print-to-pdf=/my book/a.pdf",
            "--user-data-dir=/p",
        ] {
            assert!(arguments.iter().any(|argument| argument == wanted), "{arguments:?} lacks {wanted}");
        }
        assert_eq!(arguments.last().unwrap(), "file:///my%20book/paper-1.html");
        assert!(!arguments.contains(&"--no-sandbox".to_owned()));
        assert!(told(true).contains(&"--no-sandbox".to_owned()));
    }

    #[test]
    fn paper_has_no_links_to_files_of_this_machine() {
        assert_eq!(
            for_paper(r##"<a href="source/gan/src/loss.rs.html#L3">loss.rs</a> <a href="#gan">GAN</a>"##, ""),
            r##"<a data-source="gan/src/loss.rs.html#L3">loss.rs</a> <a href="#gan">GAN</a>"##
        );
    }

    #[test]
    fn headings_of_a_page_below_another_go_down_a_level() {
        let html = r#"<h1 id="a">A</h1><h2>B</h2><h1 id="c">C</h1><h2>D</h2><h3>E</h3>"#;
        let summary = "# Summary\n\n- [A](a.md)\n  - [C](c.md)\n";
        assert_eq!(
            for_paper(html, summary),
            r#"<h1 id="a">A</h1><h2>B</h2><h2 id="c">C</h2><h3>D</h3><h4>E</h4>"#
        );
        assert_eq!(for_paper(html, "[A](a.md)\n"), html);
    }

    #[cfg(unix)]
    fn fake(folder: &Path, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let browser = folder.join("browser");
        std::fs::write(&browser, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
        browser
    }

    #[cfg(unix)]
    #[test]
    fn a_pdf_takes_its_place_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let book = folder.path().join("book");
        std::fs::create_dir(&book).unwrap();
        std::fs::write(book.join("print.html"), "<p>").unwrap();
        let print =
            r#"for a in "$@"; do case $a in --print-to-pdf=*) echo %PDF-1.4 > "${a#*=}";; esac; done"#;
        let pdf = folder.path().join(FILE);
        to_pdf(&fake(folder.path(), print), &book, "", &pdf).unwrap();
        assert_eq!(std::fs::read_to_string(&pdf).unwrap(), "%PDF-1.4\n");
        let left: Vec<_> = std::fs::read_dir(&book).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["print.html"]);

        let error = to_pdf(&fake(folder.path(), "echo no display >&2; exit 1"), &book, "", &pdf).unwrap_err();
        assert!(error.to_string().contains("prints no PDF; it says:\nno display"), "{error}");
        assert!(pdf.is_file(), "an old PDF stays");
    }
}
