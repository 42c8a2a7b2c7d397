//! What a program has to say on standard output.

use crate::LabError;
use std::io::Write;

/// Prints a text as it is, at once. Unlike `print!`, which panics where the output cannot be written, on a full disk for
/// example.
///
/// # Errors
///
/// If it cannot be written.
pub fn print(text: &str) -> Result<(), LabError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(LabError::Print)
}
