//! Reading the book in a browser: builds it, serves it from memory, and builds it again when a page,
//! a record or a source changes.
//!
//! Ctrl-C ends it as the system ends programs, with exit code 130 in a shell. It keeps nothing on
//! disk that could be lost: between builds there is no file of its own.

use crate::build_book;
use crate::house::{House, files_below};
use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};
use tiny_http::{Header, Method, Request, Response, Server};

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
    #[error("no port from {first} to {last} is free on 127.0.0.1: {source}")]
    #[diagnostic(help("name another with `--port`, for example `cargo run --release -- serve --port 8080`"))]
    Port {
        /// The first port that was tried.
        first: u16,
        /// The last.
        last: u16,
        /// What the system said of the last.
        source: std::io::Error,
    },
    /// A built file could not be read back.
    #[error("cannot read the built book at {path}: {source}")]
    #[diagnostic(help("the book is built in the folder for temporary files (TMPDIR); is its disk full?"))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// How many ports are tried.
const PORTS: u16 = 20;
/// Requests are answered from memory, so few hands suffice; more than one, so that a slow reader of
/// a long sound keeps nobody waiting.
const HANDS: usize = 4;
/// Where the page's script asks whether the book has changed.
const CHANGES: &str = "/.changes";

/// The subcommand `serve`.
pub fn run(args: &ServeArgs) -> miette::Result<()> {
    let house = House::find()?;
    let (listener, port) = listen(args.port)?;
    if port != args.port {
        eprintln!("Port {} is taken by another program; the book is on port {port}.", args.port);
    }
    let site = Arc::new(RwLock::new(Site { files: read_built(&house)?, version: 1, trouble: None }));
    let server = Server::from_listener(listener, None)
        .map_err(|error| miette::miette!("cannot serve on port {port}: {error}"))?;
    let server = Arc::new(server);
    for _ in 0..HANDS {
        let (server, site) = (Arc::clone(&server), Arc::clone(&site));
        std::thread::spawn(move || {
            while let Ok(request) = server.recv() {
                // A reader who closes the page before the answer is there is no error.
                let _ = answer(request, &site);
            }
        });
    }
    let address = format!("http://127.0.0.1:{port}");
    println!("{}", welcome(&house, &address));
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
    Err(ServeError::Port { first: port, last, source: refused })
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
        tempfile::tempdir().map_err(|source| ServeError::Read { path: std::env::temp_dir(), source })?;
    build_book::build(house, folder.path())?;
    let mut files = HashMap::new();
    for path in files_below(folder.path(), &|_| true) {
        let bytes = std::fs::read(&path).map_err(|source| ServeError::Read { path: path.clone(), source })?;
        let name = path.strip_prefix(folder.path()).unwrap_or(&path);
        files.insert(format!("/{}", name.to_string_lossy().replace('\\', "/")), bytes);
    }
    Ok(files)
}

fn answer(request: Request, site: &RwLock<Site>) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::from_string("only GET and HEAD").with_status_code(405));
    }
    let path = request.url().split(['?', '#']).next().unwrap_or_default();
    let Some(path) = decoded(path) else {
        return request.respond(Response::from_string("not an address").with_status_code(400));
    };
    let Ok(site) = site.read() else {
        return request.respond(Response::from_string("the book is gone").with_status_code(500));
    };
    if path == CHANGES {
        let state = serde_json::json!({ "version": site.version, "trouble": site.trouble });
        return request.respond(typed(state.to_string().into_bytes(), "application/json"));
    }
    let path = if path.ends_with('/') { format!("{path}index.html") } else { path };
    let (bytes, path, status) = match (site.files.get(&path), site.files.get("/404.html")) {
        (Some(bytes), _) => (bytes, path.as_str(), 200),
        (None, Some(bytes)) => (bytes, "/404.html", 404),
        (None, None) => (&Vec::new(), "", 404),
    };
    let kind = content_type(path);
    let mut bytes = bytes.clone();
    let version = site.version;
    drop(site);
    if kind.starts_with("text/html") {
        bytes.extend_from_slice(reload_script(version).as_bytes());
    }
    if let Some((start, end)) = requested_range(&request, bytes.len()) {
        let range = format!("bytes {start}-{end}/{}", bytes.len());
        let response = typed(bytes[start..=end].to_vec(), kind).with_status_code(206);
        return request.respond(with(response, "Content-Range", &range));
    }
    request.respond(typed(bytes, kind).with_status_code(status))
}

fn typed(bytes: Vec<u8>, kind: &str) -> Response<std::io::Cursor<Vec<u8>>> {
    let response = with(Response::from_data(bytes), "Content-Type", kind);
    let response = with(response, "Accept-Ranges", "bytes");
    with(response, "Cache-Control", "no-cache")
}

fn with<R: std::io::Read>(mut response: Response<R>, name: &str, value: &str) -> Response<R> {
    if let Ok(header) = Header::from_bytes(name, value) {
        response.add_header(header);
    }
    response
}

/// The bytes that a player asks for when its reader skips in a sound: first and last.
fn requested_range(request: &Request, length: usize) -> Option<(usize, usize)> {
    let header = request.headers().iter().find(|header| header.field.equiv("Range"))?;
    byte_range(header.value.as_str(), length)
}

fn byte_range(header: &str, length: usize) -> Option<(usize, usize)> {
    let (start, end) = header.strip_prefix("bytes=")?.split_once('-')?;
    let last = length.checked_sub(1)?;
    let (start, end) = match (start.parse::<usize>(), end.parse::<usize>()) {
        (Ok(start), Ok(end)) => (start, end.min(last)),
        (Ok(start), Err(_)) if end.is_empty() => (start, last),
        (Err(_), Ok(tail)) if start.is_empty() => (length.saturating_sub(tail), last),
        _ => return None,
    };
    (start <= end).then_some((start, end))
}

/// Undoes `%20` and its like; `None` where that is no text.
fn decoded(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let code = path.get(at + 1..at + 3)?;
            out.push(u8::from_str_radix(code, 16).ok()?);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
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

    #[test]
    fn parts_of_a_sound_are_counted_as_http_counts_them() {
        assert_eq!(byte_range("bytes=0-99", 1000), Some((0, 99)));
        assert_eq!(byte_range("bytes=990-", 1000), Some((990, 999)));
        assert_eq!(byte_range("bytes=-10", 1000), Some((990, 999)));
        assert_eq!(byte_range("bytes=1000-", 1000), None);
        assert_eq!(byte_range("bytes=5-2", 1000), None);
        assert_eq!(byte_range("bytes=0-", 0), None);
    }

    #[test]
    fn addresses_are_decoded_or_refused() {
        assert_eq!(decoded("/a%20b.html").as_deref(), Some("/a b.html"));
        assert_eq!(decoded("/%zz"), None);
        assert_eq!(decoded("/%"), None);
    }
}
