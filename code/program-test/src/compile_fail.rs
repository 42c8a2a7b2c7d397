//! Programs that must not compile, and what the compiler says of them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose messages are recorded. Another one must give the same error codes; its words
/// may differ.
const RECORDED_WITH: &str = "rustc 1.95.0";

/// Checks the programs in `tests/compile_fail` of a crate, whose folder cargo tells a test
/// (`env!("CARGO_MANIFEST_DIR")`): none may compile, and the compiler must say of each what stands in the `.stderr`
/// beside it. With `BLESS=1` in the environment it writes down what the compiler says now.
///
/// # Panics
///
/// If a program compiles, if the compiler says something else, or if there is no program.
pub fn compile_fail(crate_folder: &str) {
    let folder = Path::new(crate_folder).join("tests/compile_fail");
    let programs: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("a folder of programs")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!(!programs.is_empty(), "no program in {}", folder.display());
    for program in programs {
        let said = compile(&folder, &program);
        assert!(
            said.starts_with("error[E"),
            "{} must not compile, with an error code: {said}",
            program.display()
        );
        let recorded_in = program.with_extension("stderr");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&recorded_in, &said).expect("a folder that can be written");
        }
        let recorded = std::fs::read_to_string(&recorded_in)
            .unwrap_or_else(|reason| panic!("{}: {reason}", recorded_in.display()));
        if version().starts_with(RECORDED_WITH) {
            assert_eq!(said, recorded, "{}", recorded_in.display());
        } else {
            assert_eq!(codes(&said), codes(&recorded), "{}", recorded_in.display());
        }
    }
}

/// The compiler's messages about a program that uses the dfdx that the test is linked with.
fn compile(folder: &Path, program: &Path) -> String {
    let test = std::env::current_exe().expect("a test knows its file");
    let libraries = test.parent().expect("a file lies in a folder");
    let age = |path: &PathBuf| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let dfdx = std::fs::read_dir(libraries)
        .expect("the folder of the test")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("libdfdx-") && name.ends_with(".rlib")
        })
        .max_by_key(age)
        .expect("cargo built dfdx for this test");
    let output = Command::new("rustc")
        .current_dir(folder)
        .args(["--edition", "2024", "--crate-type", "bin", "--emit", "metadata", "-o"])
        .arg(tempfile::tempdir().expect("a temporary folder").path().join("program"))
        .arg("-L")
        .arg(format!("dependency={}", libraries.display()))
        .arg("--extern")
        .arg(format!("dfdx={}", dfdx.display()))
        .arg(program.file_name().expect("a program has a name"))
        .output()
        .expect("rustc starts");
    assert!(!output.status.success(), "{} compiles", program.display());
    // Where the compiler writes long types down differs from run to run.
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter(|line| !line.contains("long-type")).map(|line| format!("{line}\n")).collect()
}

fn version() -> String {
    let output = Command::new("rustc").arg("--version").output().expect("rustc starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The error codes in some messages: `E0277`.
fn codes(messages: &str) -> Vec<&str> {
    messages.lines().filter_map(|line| line.strip_prefix("error[")?.split(']').next()).collect()
}
