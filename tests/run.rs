//! `run` starts chapters, passes their exit codes on and compares their records.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// A chapter's program that does as the file `behaviour` in the book's folder says.
const CHAPTER: &str = r##"
use std::fs;
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("arguments: {}", arguments.join(" "));
    println!("larger: {}", cfg!(feature = "full-size"));
    let after = |flag: &str| arguments.iter().position(|a| a == flag).map(|i| arguments[i + 1].clone());
    let has = |flag: &str| arguments.iter().any(|a| a == flag);
    let folder = after("--record").unwrap_or_else(|| {
        let folder = match (has("--quick"), has("--seed")) {
            (true, _) => "target/runs/alpha-quick",
            (_, true) => "target/runs/alpha-seed",
            _ if has("--pages") => "chapters/1-alpha",
            _ => "target/runs/alpha-full",
        };
        folder.to_owned()
    });
    let behaviour = fs::read_to_string("behaviour").unwrap_or_default();
    match behaviour.trim() {
        "fails" => std::process::exit(7),
        #[cfg(unix)]
        "waits" => {
            use std::os::unix::process::CommandExt;
            let script = "trap 'sleep 0.3; echo saved > saved; exit 130' INT; echo > ready; while :; do sleep 0.05; done";
            panic!("{}", std::process::Command::new("sh").args(["-c", script]).exec());
        }
        "truncated" => write(&folder, r#"{"format": 1, "cha"#),
        accuracy => write(&folder, &include_str!("../record.json").replace("61.5", accuracy)),
    }
}
fn write(folder: &str, json: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(format!("{folder}/record.json"), json).unwrap();
}
"##;

const RECORD: &str = r#"{
  "format": 1, "chapter": "alpha", "tier": "full", "fingerprint": "0", "options": {}, "data": {},
  "machine": {"processor": "p", "cores": 2, "memory_bytes": 0, "system": "s", "rustc": "r"},
  "date": "2026-01-01", "duration_seconds": 83.0, "peak_memory_bytes": 1290000000,
  "values": {"accuracy": {"number": 61.5, "unit": "%", "digits": 1, "tolerance": {"within": 0.5}}},
  "outputs": {}, "figures": {}
}"#;

fn book(behaviour: &str) -> tempfile::TempDir {
    let book = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = book.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("book.toml", "");
    write("behaviour", behaviour);
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"code/alpha\"]\n");
    write("code/alpha/Cargo.toml", "[package]\nname = \"alpha\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    write("code/alpha/src/main.rs", CHAPTER);
    write("code/alpha/record.json", RECORD);
    write("chapters/1-alpha/record.json", RECORD);
    write("chapters/2-pages-alone/index.md", "# No crate yet\n");
    book
}

fn run(book: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("multimodal-book")
        .unwrap()
        .current_dir(book)
        .env_remove("CARGO_TARGET_DIR")
        .arg("run")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_chapter_runs_with_its_options_and_is_summed_up() {
    let book = book("61.6");
    fs::write(book.path().join("words.txt"), "a b c").unwrap();
    let (code, out, err) = run(book.path(), &["alpha", "--seed", "7"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("arguments: --seed 7\n"), "{out}");
    assert!(out.contains("alpha: ran 1 min 23 s, peak memory 1.3 GB"), "{out}");
    let (_, out, _) = run(&book.path().join("chapters"), &["1", "--quick", "--data", "../words.txt"]);
    let line = out.lines().find(|line| line.starts_with("arguments")).unwrap();
    // The chapter starts in the book's folder, the reader did not: the path must hold in both.
    let data = line.strip_prefix("arguments: --quick --data ").unwrap();
    assert!(Path::new(data).is_absolute() && Path::new(data).is_file(), "{line}");
    assert_eq!(fs::read_to_string(book.path().join("chapters/1-alpha/record.json")).unwrap(), RECORD);
    let (code, out, _) = run(book.path(), &["alpha", "--pages"]);
    assert_eq!(code, 0);
    assert!(out.contains("arguments: --pages\n") && out.contains("alpha: ran 1 min 23 s"), "{out}");
    assert_ne!(fs::read_to_string(book.path().join("chapters/1-alpha/record.json")).unwrap(), RECORD);
    let (code, out, _) = run(book.path(), &["all", "--quick"]);
    assert_eq!(code, 0);
    assert!(out.contains("all: 1 of 1 chapter as they should be"), "{out}");
}

#[test]
fn a_run_for_a_card_says_what_is_missing_before_anything_is_compiled() {
    let book = book("61.6");
    let empty = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("multimodal-book")
        .unwrap()
        .current_dir(book.path())
        .args(["run", "alpha", "--device", "cuda"])
        // Neither nvidia-smi nor cargo is here.
        .env("PATH", empty.path())
        .env_remove("CARGO")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).replace(['│', '\n'], " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("no NVIDIA driver") && said.contains("install"), "{said}");
    assert!(said.contains("On a GPU") && said.contains("Without --device cuda"), "{said}");
    assert!(!book.path().join("target").exists());
}

#[test]
fn a_chapter_is_compiled_for_larger_pictures_where_it_can_be() {
    let book = book("61.6");
    let (code, _, said) = run(book.path(), &["alpha", "--full-size"]);
    assert_eq!(code, 1);
    assert!(said.contains("can be compiled for larger pictures, found alpha"), "{said}");
    let manifest = book.path().join("code/alpha/Cargo.toml");
    let plain = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{plain}\n[features]\nfull-size = []\n")).unwrap();
    let (code, out, _) = run(book.path(), &["alpha", "--full-size", "--quick"]);
    assert_eq!(code, 0);
    assert!(out.contains("arguments: --full-size --quick\nlarger: true\n"), "{out}");
    let (_, out, _) = run(book.path(), &["alpha", "--quick"]);
    assert!(out.contains("arguments: --quick\nlarger: false\n"), "{out}");
    fs::write(&manifest, "[features").unwrap();
    let (code, _, said) = run(book.path(), &["alpha", "--full-size"]);
    assert_eq!(code, 1);
    assert!(said.contains("is not a crate's Cargo.toml"), "{said}");
}

#[test]
fn a_failure_is_passed_on_with_its_exit_code() {
    let book = book("fails");
    for chapters in ["alpha", "all"] {
        let (code, out, _) = run(book.path(), &[chapters]);
        assert_eq!(code, 7, "{out}");
        assert!(out.contains("alpha: failed with exit code 7"), "{out}");
    }
    assert_eq!(fs::read_to_string(book.path().join("chapters/1-alpha/record.json")).unwrap(), RECORD);
}

#[test]
fn an_unknown_chapter_brings_the_nearest_name() {
    let (code, _, err) = run(book("").path(), &["alhpa"]);
    assert_eq!(code, 1);
    assert!(err.contains("there is no chapter `alhpa`"), "{err}");
    assert!(err.contains("did you mean `alpha`"), "{err}");
    let (code, _, err) = run(book("").path(), &[]);
    assert_eq!(code, 1);
    assert!(err.contains("expected the name of a chapter") && err.contains("alpha, or `all`"), "{err}");
    let (_, _, err) = run(book("").path(), &["pages-alone"]);
    assert!(err.contains("the chapters are alpha, or `all`"), "{err}");
}

#[test]
fn a_run_is_compared_with_the_record_of_the_pages() {
    let book = book("61.9");
    let (code, out, err) = run(book.path(), &["alpha", "--compare"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("--fresh"), "{out}");
    assert!(out.contains("alpha: every value and output is as recorded"), "{out}");
    fs::write(book.path().join("behaviour"), "70.5").unwrap();
    let (code, out, _) = run(book.path(), &["alpha", "--compare"]);
    assert_eq!(code, 1);
    assert!(out.contains("alpha: value accuracy: recorded 61.5, now 70.5, allowed within 0.5"), "{out}");
    assert!(out.contains("alpha: 1 difference, ran"), "{out}");
    assert_eq!(fs::read_to_string(book.path().join("chapters/1-alpha/record.json")).unwrap(), RECORD);
    assert!(book.path().join("target/compare/alpha/record.json").is_file());
}

#[test]
fn a_record_is_confirmed_by_a_run_that_finds_the_same_and_by_no_other() {
    let confirmed = |accuracy: &str| {
        let book = book(accuracy);
        let (code, out, err) = run(book.path(), &["alpha", "--compare", "--confirm"]);
        let record = fs::read_to_string(book.path().join("chapters/1-alpha/record.json")).unwrap();
        assert!(record.contains("61.5"), "the recorded number stays\n{out}{err}");
        (code, record.matches("\"duration_seconds\": 83.0").count())
    };
    assert_eq!(confirmed("61.9"), (0, 2), "it says how long the run took that found the same");
    assert_eq!(confirmed("63.0"), (1, 1));
}

#[test]
fn a_comparison_needs_two_whole_records() {
    let book = book("truncated");
    let (code, _, err) = run(book.path(), &["alpha", "--compare"]);
    assert_eq!(code, 1);
    assert!(err.contains("is not a whole record"), "{err}");
    fs::remove_file(book.path().join("chapters/1-alpha/record.json")).unwrap();
    let (code, out, err) = run(book.path(), &["alpha", "--compare"]);
    assert_eq!(code, 1);
    assert!(err.contains("nothing to compare with") && err.contains("run alpha"), "{err}");
    assert!(!out.contains("arguments"), "the chapter ran for nothing: {out}");
    let (code, _, err) = run(book.path(), &["alpha", "--compare", "--quick"]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn data_that_is_not_there_is_told_before_anything_runs() {
    let (code, out, err) = run(book("61.5").path(), &["alpha", "--data", "text8"]);
    assert_eq!(code, 1);
    assert!(err.contains("--data text8") && !out.contains("arguments"), "{out}{err}");
}

#[test]
fn outside_the_book_the_remedy_is_to_go_there() {
    let elsewhere = tempfile::tempdir().unwrap();
    let (code, _, err) = run(elsewhere.path(), &["all"]);
    assert_eq!(code, 1);
    assert!(err.contains("book.toml"), "{err}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_lets_the_chapter_save_what_it_has() {
    use std::os::unix::process::CommandExt;
    let book = book("waits");
    // In the background of a shell these tests would ignore Ctrl-C, and the program with them.
    let mut command = std::process::Command::new("env");
    if cfg!(target_os = "linux") {
        command.arg("--default-signal=INT");
    }
    command.arg(env!("CARGO_BIN_EXE_multimodal-book"));
    command.current_dir(book.path()).args(["run", "all"]).env_remove("CARGO_TARGET_DIR").process_group(0);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    while !book.path().join("ready").exists() {
        assert!(child.try_wait().unwrap().is_none(), "the chapter ended before it began");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // As a terminal does it: the whole group hears it.
    let group = format!("-{}", child.id());
    assert!(std::process::Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(book.path().join("saved").exists(), "the program left before its chapter had saved");
}
