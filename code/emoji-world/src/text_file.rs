//! Reading text files, line by line, with errors that say where.

use crate::Error;
use std::path::Path;

/// The text of a UTF-8 file, without a byte order mark.
///
/// # Errors
///
/// If the file cannot be read, or is not UTF-8; the error names the line.
pub fn read(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|reason| Error::read(path, reason))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        Error::malformed(path, line, "UTF-8 text", "bytes that are not; convert it, for example with iconv")
    })?;
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

/// The lines that are not blank, with their numbers counted from 1 and without space around them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty())
}
