//! Reading the book in a browser: builds it, serves it from memory, and builds it again when a page,
//! a record or a source changes.
//!
//! Ctrl-C ends it as the system ends programs, with exit code 130 in a shell. It keeps nothing on
//! disk that could be lost: between builds there is no file of its own.

mod http;

use crate::build_book::{self, BuildError};
use crate::house::{House, files_below};
use crate::say::say;
use http::{Request, Response};
use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

/// Options of `serve`.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeArgs {
    /// The port; where it is taken, the next free one
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Open the book in the browser
    #[arg(long)]
    pub open: bool,
}

/// Why the book could not be served.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ServeError {
    /// No port could be had.
    #[error("no port from {first} to {last} is free on 127.0.0.1: {reason}")]
    #[diagnostic(help("name another with `--port`, for example `cargo run --release -- serve --port 8080`"))]
    Port {
        /// The first port that was tried.
        first: u16,
        /// The last.
        last: u16,
        /// What the system said of the last.
        reason: std::io::Error,
    },
    /// A built file could not be read back.
    #[error("cannot read the built book at {path}: {reason}")]
    #[diagnostic(help("the book is built in the folder for temporary files (TMPDIR); is its disk full?"))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
}

/// How many ports are tried.
const PORTS: u16 = 20;
/// Where the page's script asks whether the book has changed.
const CHANGES: &str = "/.changes";

/// The subcommand `serve`.
///
/// # Errors
///
/// If there is no book, it cannot be built, or no port is free.
pub fn run(args: &ServeArgs) -> miette::Result<()> {
    let house = House::find()?;
    let (listener, port) = listen(args.port)?;
    if port != args.port {
        eprintln!("Port {} is taken by another program; the book is on port {port}.", args.port);
    }
    let site = Arc::new(RwLock::new(Site { files: read_built(&house)?, version: 1, trouble: None }));
    let read = Arc::clone(&site);
    http::answer_all(listener, move |request| answer(request, &read))
        .map_err(|error| miette::miette!("cannot serve on port {port}: {error}"))?;
    let address = format!("http://127.0.0.1:{port}");
    say!("{}", welcome(&house, &address));
    if args.open
        && let Err(error) = open_browser(&address)
    {
        eprintln!("No browser could be opened ({error}); open {address} yourself.");
    }
    watch(&house, &site)
}

/// What a reader is told when the book is ready.
fn welcome(house: &House, address: &str) -> String {
    let chapter = house.chapters().ok().and_then(|chapters| chapters.into_iter().next());
    let chapter = chapter.map_or_else(|| "CHAPTER".to_owned(), |chapter| chapter.name);
    format!(
        "\n  Multimodal Learning in Rust: {address}\n\n\
         \x20 Run a chapter       cargo run --release -p {chapter}\n\
         \x20 Try it in seconds   cargo run --release -p {chapter} -- --quick\n\
         \x20 Look at the machine cargo run --release -- doctor\n\
         \x20 See what else       cargo run --release -- help\n\n\
         Pages follow what you change. Ctrl-C ends."
    )
}

/// Takes `port` on this machine alone, or the next one that is free.
fn listen(port: u16) -> Result<(TcpListener, u16), ServeError> {
    let last = port.saturating_add(PORTS - 1);
    let mut refused = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    for port in port..=last {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            // Port 0 asks the system for any free port.
            Ok(listener) => {
                let port = listener.local_addr().map_or(port, |address| address.port());
                return Ok((listener, port));
            }
            Err(error) => refused = error,
        }
    }
    Err(ServeError::Port { first: port, last, reason: refused })
}

/// The built book, in memory: nothing outside it can be asked for, and a reader never meets a book
/// of which a half is written.
struct Site {
    files: HashMap<String, Vec<u8>>,
    version: u64,
    trouble: Option<String>,
}

/// Builds the book and reads all of it.
fn read_built(house: &House) -> miette::Result<HashMap<String, Vec<u8>>> {
    let folder =
        tempfile::tempdir().map_err(|reason| BuildError::Write { path: std::env::temp_dir(), reason })?;
    build_book::build(house, folder.path())?;
    let mut files = HashMap::new();
    for path in files_below(folder.path(), &|_| true) {
        let bytes = std::fs::read(&path).map_err(|reason| ServeError::Read { path: path.clone(), reason })?;
        let name = path.strip_prefix(folder.path()).unwrap_or(&path);
        files.insert(format!("/{}", name.to_string_lossy().replace('\\', "/")), bytes);
    }
    Ok(files)
}

fn answer(request: &Request, site: &RwLock<Site>) -> Response {
    let Ok(site) = site.read() else {
        return Response::text("500 Internal Server Error", "the book is gone; start the program again");
    };
    if request.path == CHANGES {
        let state = serde_json::json!({ "version": site.version, "trouble": site.trouble });
        let body = state.to_string().into_bytes();
        return Response { status: "200 OK", kind: "application/json", range: None, body };
    }
    let mut path = request.path.clone();
    if path.ends_with('/') {
        path += "index.html";
    }
    let (status, path, mut body) = match (site.files.get(&path), site.files.get("/404.html")) {
        (Some(bytes), _) => ("200 OK", path.as_str(), bytes.clone()),
        (None, Some(bytes)) => ("404 Not Found", "/404.html", bytes.clone()),
        (None, None) => return Response::text("404 Not Found", "the book has no such page"),
    };
    let kind = content_type(path);
    if kind.starts_with("text/html") {
        body.extend_from_slice(reload_script(site.version).as_bytes());
    }
    match request.range.as_deref().and_then(|range| http::byte_range(range, body.len())) {
        Some((start, end)) => Response {
            status: "206 Partial Content",
            kind,
            range: Some(format!("bytes {start}-{end}/{}", body.len())),
            body: body[start..=end].to_vec(),
        },
        None => Response { status, kind, range: None, body },
    }
}

fn content_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" | "" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" | "ipynb" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "ico" => "image/x-icon",
        "wav" => "audio/wav",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "txt" | "md" | "rs" | "toml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Asks once a second whether the book has changed. Only served pages have it.
fn reload_script(version: u64) -> String {
    format!(
        "<script>setInterval(async () => {{
  if (document.hidden) return;
  try {{
    const state = await (await fetch('{CHANGES}')).json();
    if (state.version !== {version}) location.reload();
    let note = document.getElementById('build-trouble');
    if (!state.trouble) return note?.remove();
    if (!note) {{
      note = document.body.appendChild(document.createElement('pre'));
      note.id = 'build-trouble';
      note.setAttribute('role', 'alert');
    }}
    if (note.textContent !== state.trouble) note.textContent = state.trouble;
  }} catch (e) {{ }}
}}, 1000);</script>"
    )
}

/// Builds the book again whenever something that it is made of has changed. A book that cannot be
/// built stays as it was, and the trouble is told in the terminal and on the page.
fn watch(house: &House, site: &RwLock<Site>) -> ! {
    let mut seen = state(house);
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = state(house);
        if now == seen {
            continue;
        }
        seen = now;
        let built = read_built(house);
        let Ok(mut site) = site.write() else { continue };
        match built {
            Ok(files) => {
                *site = Site { files, version: site.version + 1, trouble: None };
                eprintln!("The book has changed.");
            }
            Err(report) => {
                eprintln!("{report:?}");
                site.trouble = Some(report.to_string());
            }
        }
    }
}

/// How many files the book is made of, and when the newest of them was changed.
fn state(house: &House) -> (usize, Option<SystemTime>) {
    let root = house.root();
    let wanted = |path: &Path| {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        ["md", "json", "rs", "stderr", "svg", "wav", "css", "js", "hbs", "toml"].contains(&extension)
    };
    let mut files = vec![root.join("book.toml")];
    for folder in ["chapters", "code", "theme"] {
        files.extend(files_below(&root.join(folder), &wanted));
    }
    let newest = files.iter().filter_map(|file| file.metadata().and_then(|data| data.modified()).ok()).max();
    (files.len(), newest)
}

fn open_browser(address: &str) -> std::io::Result<()> {
    let command = if cfg!(target_os = "macos") {
        ("open", vec![address])
    } else if cfg!(windows) {
        ("cmd", vec!["/C", "start", "", address])
    } else {
        ("xdg-open", vec![address])
    };
    std::process::Command::new(command.0).args(command.1).spawn().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_way_to_the_next() {
        let (_held, taken) = listen(0).unwrap();
        let (_listener, port) = listen(taken).unwrap();
        assert!(port > taken && port < taken + PORTS, "{taken} is taken, and {port} was given");
    }
}
