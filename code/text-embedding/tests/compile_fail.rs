//! Programs that must not compile, and what the compiler says of them.
//!
//! `BLESS=1 cargo test -p text-embedding --test compile_fail` records the messages anew.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose messages are recorded. Another one must give the same error codes; its words
/// may differ.
const RECORDED_WITH: &str = "rustc 1.95.0";

#[test]
fn shape_errors_are_those_on_the_pages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let programs: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!(!programs.is_empty());
    for program in programs {
        let said = compile(&folder, &program);
        assert!(
            said.starts_with("error[E"),
            "{} must not compile, with an error code: {said}",
            program.display()
        );
        let recorded_in = program.with_extension("stderr");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&recorded_in, &said).unwrap();
        }
        let recorded = std::fs::read_to_string(&recorded_in).unwrap();
        if version().starts_with(RECORDED_WITH) {
            assert_eq!(said, recorded, "{}", recorded_in.display());
        } else {
            assert_eq!(codes(&said), codes(&recorded), "{}", recorded_in.display());
        }
    }
}

/// The compiler's messages about a program that uses the dfdx which this test was linked with.
fn compile(folder: &Path, program: &Path) -> String {
    let libraries = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let age = |path: &PathBuf| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let dfdx = std::fs::read_dir(&libraries)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("libdfdx-") && name.ends_with(".rlib")
        })
        .max_by_key(age)
        .expect("cargo built dfdx for this test");
    let output = Command::new("rustc")
        .current_dir(folder)
        .args(["--edition", "2024", "--crate-type", "bin", "--emit", "metadata", "-o"])
        .arg(tempfile::tempdir().unwrap().path().join("program"))
        .arg("-L")
        .arg(format!("dependency={}", libraries.display()))
        .arg("--extern")
        .arg(format!("dfdx={}", dfdx.display()))
        .arg(program.file_name().unwrap())
        .output()
        .unwrap();
    assert!(!output.status.success(), "{} compiles", program.display());
    // Where the compiler writes long types down differs from run to run.
    let text = String::from_utf8(output.stderr).unwrap();
    text.lines().filter(|line| !line.contains("long-type")).map(|line| format!("{line}\n")).collect()
}

fn version() -> String {
    String::from_utf8(Command::new("rustc").arg("--version").output().unwrap().stdout).unwrap()
}

/// The error codes in some messages: `E0277`.
fn codes(messages: &str) -> Vec<&str> {
    messages.lines().filter_map(|line| line.strip_prefix("error[")?.split(']').next()).collect()
}
