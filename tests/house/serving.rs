//! The book is served to this machine, and follows what changes.

use crate::fixture::Fixture;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// A program that Ctrl-C ends, even where these tests run in the background of a shell, which lets its
/// children ignore it.
fn hearing_ctrl_c(program: &std::path::Path) -> Command {
    if cfg!(target_os = "linux") {
        let mut command = Command::new("env");
        command.arg("--default-signal=INT").arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// The program while it serves; it ends with the test.
struct Served {
    program: Child,
    port: u16,
    printed: String,
}

impl Served {
    fn start(fixture: &Fixture, port: u16) -> Self {
        let mut program = hearing_ctrl_c(&assert_cmd::cargo::cargo_bin("multimodal-book"))
            .args(["serve", "--port", &port.to_string()])
            .current_dir(fixture.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        for line in &mut lines {
            printed += &format!("{}\n", line.unwrap());
            if printed.contains("Ctrl-C") {
                break;
            }
        }
        let address = printed.split("http://127.0.0.1:").nth(1).unwrap_or_else(|| panic!("{printed}"));
        let port = address.split_whitespace().next().unwrap().parse().unwrap();
        Self { program, port, printed }
    }

    /// Asks for `path` as it stands and returns the head and the body of the answer.
    fn ask(&self, path: &str, headers: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: book\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let body = answer.split_off(end + 4);
        (String::from_utf8(answer).unwrap(), body)
    }

    fn page(&self, path: &str) -> String {
        let (head, body) = self.ask(path, "");
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        String::from_utf8(body).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn pages_parts_and_sounds_are_served_with_their_types() {
    let fixture = Fixture::new();
    let served = Served::start(&fixture, 0);
    assert!(served.printed.contains("cargo run --release -p alpha"), "{}", served.printed);
    assert!(served.page("/").contains("Introduction"));
    assert!(served.page("/1-alpha/?from=here").contains("Alpha"));
    for (path, kind) in [
        ("/theme/book.css", "text/css"),
        ("/theme/reading.js", "text/javascript"),
        ("/1-alpha/audio/chirp.wav", "audio/wav"),
        ("/1-alpha/figures/map.svg", "image/svg+xml"),
        ("/1-alpha/record.json", "application/json"),
        ("/fonts/open-sans-v17-all-charsets-regular.woff2", "font/woff2"),
    ] {
        let (head, _) = served.ask(path, "");
        assert!(head.contains("200") && head.contains(&format!("Content-Type: {kind}")), "{path}: {head}");
    }
    let (head, body) = served.ask("/1-alpha/audio/chirp.wav", "Range: bytes=1-2\r\n");
    assert!(head.starts_with("HTTP/1.1 206") && head.contains("bytes 1-2/4"), "{head}");
    assert_eq!(body, b"IF");
}

#[test]
fn nothing_outside_the_book_is_served() {
    let fixture = Fixture::new();
    let served = Served::start(&fixture, 0);
    for path in ["/../Cargo.toml", "/..%2fCargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/none.html"] {
        let (head, body) = served.ask(path, "");
        assert!(head.starts_with("HTTP/1.1 404"), "{path}: {head}");
        assert!(!String::from_utf8_lossy(&body).contains("[workspace]"), "{path}");
    }
    let (head, _) = served.ask("/%zz", "");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}

#[test]
fn a_port_that_is_taken_gives_way_to_the_next() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = held.local_addr().unwrap().port();
    let fixture = Fixture::new();
    let served = Served::start(&fixture, taken);
    assert!(served.port > taken, "{} for {taken}", served.port);
    assert!(served.page("/index.html").contains("Introduction"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_serving_and_leaves_nothing_behind() {
    use std::os::unix::process::ExitStatusExt;
    let fixture = Fixture::new();
    let before = fixture.snapshot();
    let mut served = Served::start(&fixture, 0);
    let interrupt = Command::new("kill").args(["-INT", &served.program.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(served.program.wait().unwrap().signal(), Some(2));
    assert_eq!(fixture.snapshot(), before);
}

#[test]
fn the_book_follows_its_pages_and_keeps_its_last_sound_state() {
    let fixture = Fixture::new();
    let served = Served::start(&fixture, 0);
    let changes = || -> serde_json::Value { serde_json::from_str(&served.page("/.changes")).unwrap() };
    let wait_for = |wanted: &dyn Fn(&serde_json::Value) -> bool| {
        let begun = std::time::Instant::now();
        while !wanted(&changes()) {
            assert!(begun.elapsed().as_secs() < 120, "the book does not follow its pages: {}", changes());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    assert_eq!(changes()["version"], 1);
    fixture.change("chapters/introduction.md", "Words.", "Other words.");
    wait_for(&|state| state["version"] == 2);
    assert!(served.page("/introduction.html").contains("Other words."));
    fixture.change("chapters/introduction.md", "Other words.", "{{#value alpha:none}}");
    wait_for(&|state| state["trouble"].is_string());
    assert!(changes()["trouble"].as_str().unwrap().contains("chapters/introduction.md:3: "));
    assert!(served.page("/introduction.html").contains("Other words."));
    fixture.change("chapters/introduction.md", "{{#value alpha:none}}", "Good words.");
    wait_for(&|state| state["version"] == 3);
    assert!(served.page("/introduction.html").contains("Good words."));
}
