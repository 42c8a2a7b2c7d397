//! Executes a notebook's code cells with the Rust kernel, through `tools/execute_notebook.py`.

use crate::house::House;
use serde::Deserialize;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// What a cell gave.
#[derive(Clone, Debug, Deserialize)]
pub struct Executed {
    /// Which of the cells that were handed in.
    pub cell: usize,
    /// How long it took, compiling included.
    pub seconds: f64,
    /// What it printed and drew, as nbformat has it.
    pub outputs: Vec<Value>,
    /// What went wrong with it.
    pub error: Option<String>,
}

/// Why cells could not be executed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ExecuteError {
    /// Python could not be started.
    #[error("cannot start {python}: {reason}")]
    #[diagnostic(help(
        "executing notebooks needs Python 3 with jupyter_client; reading the book and running its \
         chapters do not"
    ))]
    NoPython {
        /// What was to be started.
        python: &'static str,
        /// Why.
        reason: std::io::Error,
    },
    /// The kernel could not be used, or the script ended early; it has said why.
    #[error("the Rust kernel executed {executed} of {cells} cells and gave up")]
    #[diagnostic(help(
        "`cargo install --locked evcxr_jupyter --version 0.22.0 && evcxr_jupyter --install` installs the kernel, \
         `cargo run --release -- doctor` tells what else is missing"
    ))]
    GaveUp {
        /// How many cells came back.
        executed: usize,
        /// How many there are.
        cells: usize,
    },
    /// The script and this program do not understand each other.
    #[error("tools/execute_notebook.py printed {found:?} instead of a cell's result: {reason}")]
    #[diagnostic(help("restore it with `git checkout -- tools/execute_notebook.py`"))]
    Misunderstood {
        /// The line.
        found: String,
        /// Why it is none.
        reason: serde_json::Error,
    },
    /// The script could not be written to or read from.
    #[error("cannot talk to tools/execute_notebook.py: {0}")]
    Talk(#[from] std::io::Error),
}

/// Executes `cells` in a kernel that starts in `folder`, and hands every result to `each` as it
/// comes. Ends with the first cell that fails: its result is the last.
///
/// # Errors
///
/// If Python or the kernel does not start, or they do not keep to the protocol.
pub fn execute(
    house: &House,
    folder: &Path,
    cells: &[String],
    mut each: impl FnMut(&Executed),
) -> Result<Vec<Executed>, ExecuteError> {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let mut child = Command::new(python)
        .arg(house.root().join("tools/execute_notebook.py"))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|reason| ExecuteError::NoPython { python, reason })?;
    if let Some(mut input) = child.stdin.take() {
        let json = serde_json::to_vec(cells).map_err(std::io::Error::other)?;
        // Python may have ended without reading; its exit tells more than the broken pipe does.
        let _ = input.write_all(&json);
    }
    let mut executed: Vec<Executed> = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            match line.map_err(ExecuteError::from).and_then(understood) {
                Ok(result) => {
                    each(&result);
                    executed.push(result);
                }
                Err(error) => {
                    // Nobody listens any more: the script, and with it the kernel, must not go on.
                    let _ = child.kill().and_then(|()| child.wait().map(drop));
                    return Err(error);
                }
            }
        }
    }
    child.wait()?;
    let failed = executed.last().is_some_and(|last| last.error.is_some());
    if failed || executed.len() == cells.len() {
        Ok(executed)
    } else {
        Err(ExecuteError::GaveUp { executed: executed.len(), cells: cells.len() })
    }
}

/// What a line of the script says.
fn understood(line: String) -> Result<Executed, ExecuteError> {
    serde_json::from_str(&line).map_err(|reason| ExecuteError::Misunderstood { found: line, reason })
}
