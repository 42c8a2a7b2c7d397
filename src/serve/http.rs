//! As much of HTTP as reading a book takes: GET and HEAD, one request a connection, a thread each.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// What a browser asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD`, …
    pub method: String,
    /// The path, decoded, without the query.
    pub path: String,
    /// The value of the header `Range`.
    pub range: Option<String>,
}

/// What it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status with its words: `200 OK`.
    pub status: &'static str,
    /// The media type.
    pub kind: &'static str,
    /// The value of the header `Content-Range`.
    pub range: Option<String>,
    /// The content.
    pub body: Vec<u8>,
}

impl Response {
    /// A line of text.
    pub fn text(status: &'static str, text: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", range: None, body: text.as_bytes().to_vec() }
    }
}

/// The longest head of a request. Browsers send about a tenth.
const LONGEST: u64 = 16 * 1024;
/// How long a browser may take to say what it wants; some connect in advance and never ask.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers all who connect to `listener`, from threads of its own.
pub fn answer_all(
    listener: TcpListener,
    answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> std::io::Result<()> {
    let answer = Arc::new(answer);
    let accept = move || {
        for stream in listener.incoming() {
            // A connection that is gone before it is accepted concerns nobody.
            let Ok(stream) = stream else { continue };
            let answer = Arc::clone(&answer);
            // Where the system has no thread left, the connection closes, and the browser asks again.
            let _ = std::thread::Builder::new().spawn(move || {
                // A reader who leaves before the answer is there is no error.
                let _ = converse(stream, &*answer);
            });
        }
    };
    std::thread::Builder::new().spawn(accept).map(|_| ())
}

fn converse(stream: TcpStream, answer: &dyn Fn(&Request) -> Response) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let head = read_head(&stream)?;
    if head.is_empty() {
        return Ok(());
    }
    let (response, with_body) = match parse(&head) {
        None => (Response::text("400 Bad Request", "this is no request"), true),
        Some(request) if !["GET", "HEAD"].contains(&request.method.as_str()) => {
            (Response::text("405 Method Not Allowed", "the book can be read, and nothing else"), true)
        }
        Some(request) => (answer(&request), request.method == "GET"),
    };
    let mut out = format!(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\n\
         Cache-Control: no-cache\r\nConnection: close\r\n",
        response.status,
        response.kind,
        response.body.len()
    );
    if let Some(range) = &response.range {
        out += &format!("Content-Range: {range}\r\n");
    }
    let mut bytes = (out + "\r\n").into_bytes();
    if with_body {
        bytes.extend_from_slice(&response.body);
    }
    (&stream).write_all(&bytes)?;
    stream.shutdown(std::net::Shutdown::Write)
}

/// The lines up to the empty one.
fn read_head(stream: &TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream.take(LONGEST));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && !head.ends_with("\n\n") {
        if reader.read_line(&mut head)? == 0 {
            break;
        }
    }
    Ok(head)
}

/// Reads a request's head; `None` where it is none.
fn parse(head: &str) -> Option<Request> {
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target, version) = (first.next()?, first.next()?, first.next()?);
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return None;
    }
    let path = decoded(target.split(['?', '#']).next().unwrap_or_default())?;
    let range = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("range"))
        .map(|(_, value)| value.trim().to_owned());
    Some(Request { method: method.to_owned(), path, range })
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

/// The bytes of `length` that the header `range` asks for, first and last, as a player does when its
/// reader skips in a sound. `None` where it asks for what is not there, or for several pieces.
pub fn byte_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    let last = length.checked_sub(1)?;
    let (start, end) = match (start.parse::<usize>(), end.parse::<usize>()) {
        (Ok(start), Ok(end)) => (start, end.min(last)),
        (Ok(start), Err(_)) if end.is_empty() => (start, last),
        (Err(_), Ok(tail)) if start.is_empty() => (length.saturating_sub(tail), last),
        _ => return None,
    };
    (start <= end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_and_what_is_none_is_refused() {
        let request = parse("GET /a%20b.wav?x=1 HTTP/1.1\r\nHost: book\r\nRANGE: bytes=0-9\r\n\r\n").unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/a b.wav"));
        assert_eq!(request.range.as_deref(), Some("bytes=0-9"));
        for head in [
            "",
            "GET",
            "GET /",
            "GET / SPDY/3",
            "GET http://x HTTP/1.1",
            "GET /%zz HTTP/1.1",
            "GET /% HTTP/1.1",
        ] {
            assert_eq!(parse(head), None, "{head}");
        }
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
}
