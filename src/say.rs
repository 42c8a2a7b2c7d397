//! What the program prints.

use std::fmt;
use std::io::{ErrorKind, Write};

/// The exit code of a program whose output nobody reads any more, as a shell tells it: 128 and the number of the
/// signal that ends such programs.
const NOBODY_READS: i32 = 128 + 13;

/// Prints a line to standard output, as [`println!`] does. Where nobody reads it any more, as behind `… | head -1`, the
/// program ends without complaint, where `println!` would panic.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::line(format_args!($($text)*)) };
}
pub(crate) use say;

/// See [`say!`].
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(NOBODY_READS),
        // A full disk, say. What was asked for can still be done.
        Err(error) => eprintln!("cannot print: {error}"),
        Ok(()) => {}
    }
}
