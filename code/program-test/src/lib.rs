//! What the chapters' tests share: running a program as a reader does, what must hold of the records of all, a data set
//! to read, finding parameters that learn nothing, and programs that must not compile.
//!
//! These are tests' helpers, and panic where something is not as it must be.

mod compile_fail;
mod made_up;
mod silent;

pub use compile_fail::compile_fail;
pub use made_up::MadeUp;
pub use silent::silent;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use record::{Record, Tolerance, Value};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// A chapter's program.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    executable: &'static str,
}

/// Two runs with the same arguments.
#[derive(Debug)]
pub struct Twice {
    /// Holds both records, in `first` and `second`.
    pub folder: TempDir,
    /// The first run's record.
    pub first: Record,
    /// The second's.
    pub second: Record,
}

impl Program {
    /// The program in this file, which cargo tells a test: `Program::new(env!("CARGO_BIN_EXE_gan"))`.
    pub const fn new(executable: &'static str) -> Self {
        Self { executable }
    }

    /// The program, not started yet.
    pub fn command(self) -> Command {
        Command::new(self.executable)
    }

    /// Runs it to its end.
    pub fn run(self, arguments: &[&str]) -> Assert {
        self.command().args(arguments).assert()
    }

    /// Runs it. It must fail with this exit code and say all of this.
    ///
    /// # Panics
    ///
    /// If it ends with another exit code, or does not say all of this.
    pub fn complains(self, arguments: &[&str], code: i32, about: &[&str]) {
        let done = self.run(arguments).code(code);
        let error = text(&done.get_output().stderr);
        for part in about {
            // A long word such as a path may be broken, too.
            let said = error.replace(' ', "").contains(&part.replace(' ', ""));
            assert!(said, "{arguments:?}: expected {part:?} in {error}");
        }
    }

    /// Starts it, and interrupts it as Ctrl-C does once it has printed a line that contains `begun`. It must end with exit
    /// code 130.
    ///
    /// # Panics
    ///
    /// If it cannot be started, prints no such line, or ends with another exit code.
    #[cfg(unix)]
    pub fn stops_after(self, arguments: &[&str], begun: &str) {
        use std::io::{BufRead, BufReader};
        use std::process::{Command, Stdio};
        let mut child = Command::new(self.executable)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a program that can be started");
        let output = child.stdout.take().expect("its output is piped");
        // They live until it has ended: it must not fail because nobody reads any more.
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(begun)), "{arguments:?}: no line with {begun:?}");
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.expect("the system's `kill`").success());
        assert_eq!(child.wait().expect("it is this test's child").code(), Some(130), "{arguments:?}");
    }

    /// Runs it twice. Both records must be the same, but for what tells of the machine.
    ///
    /// # Panics
    ///
    /// If a run fails, a record is not whole, or the records differ.
    pub fn repeats(self, arguments: &[&str]) -> Twice {
        let twice = self.run_twice(arguments);
        let Twice { first, second, .. } = &twice;
        let differences = record::compare(first, second);
        assert!(differences.is_empty(), "{differences:?}");
        let of_machine = |value: &Value| matches!(value.tolerance, Tolerance::Machine | Tolerance::Factor(_));
        for (name, value) in first.values.iter().filter(|(_, value)| !of_machine(value)) {
            assert_eq!(value.number, second.values[name].number, "{name}");
        }
        twice
    }

    /// Runs it twice. Both records must be whole, with the same names.
    ///
    /// # Panics
    ///
    /// If a run fails, a record or a figure is not whole, or the records have other names.
    pub fn run_twice(self, arguments: &[&str]) -> Twice {
        let folder = tempfile::tempdir().expect("a folder for two records");
        let [first, second] = ["first", "second"].map(|name| {
            let record = folder.path().join(name);
            self.run(&[arguments, &["--record", path(&record)]].concat()).success();
            Record::load(&record).expect("the record of a run that ended well")
        });
        assert!(first.values.keys().eq(second.values.keys()));
        for (name, figure) in &first.figures {
            assert!(folder.path().join("first").join(&figure.file).is_file(), "{name}");
            assert!(figure.alt.len() > 40, "{name}: {}", figure.alt);
        }
        Twice { folder, first, second }
    }
}

/// A test's turn, for as long as it holds this: quick runs of a chapter keep what they have trained in one place, and
/// would disturb one another.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a program printed, in one line: long messages are wrapped for the terminal.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A path as an argument.
///
/// # Panics
///
/// If the path is not UTF-8.
pub fn path(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_messages_become_one_line() {
        assert_eq!(
            text("Error:   × cannot read\n  │ no/such/file\n".as_bytes()),
            "Error: × cannot read no/such/file"
        );
    }

    #[cfg(unix)]
    #[test]
    #[should_panic(expected = "expected \"another matter\"")]
    fn a_complaint_about_something_else_is_noticed() {
        Program::new("/bin/cat").complains(&["/no/such/file"], 1, &["another matter"]);
    }

    #[cfg(unix)]
    const SHELL: Program = Program::new("/bin/sh");

    #[cfg(unix)]
    #[test]
    #[should_panic(expected = "no line with \"begun\"")]
    fn a_program_that_ends_before_it_has_begun_is_noticed() {
        SHELL.stops_after(&["-c", "echo otherwise; exit 130"], "begun");
    }

    #[cfg(unix)]
    #[test]
    #[should_panic(expected = "Some(130)")]
    fn a_program_that_does_not_mind_an_interruption_is_noticed() {
        SHELL.stops_after(&["-c", "trap '' INT; echo begun; sleep 0.5"], "begun");
    }
}
