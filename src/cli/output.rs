//! Standard output, standard error and files. A closed pipe is no error: who closed it has read
//! what it wanted.

use super::common::Colour;
use super::failure::Failure;
use crate::report::terminal::Style;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Writes bytes to standard output.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Io { path: "standard output".to_owned(), error })
        }
        _ => Ok(()),
    }
}

/// Tells something on standard error; nobody can be told that this failed.
pub(super) fn say(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes());
}

/// Writes a file.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::Io { path: path.display().to_string(), error })
}

/// Appends to a file.
pub(super) fn append_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .map_err(|error| Failure::Io { path: path.display().to_string(), error })
}

/// Whether text for a stream is coloured: by the flag, else by `NO_COLOR`, else by whether a
/// terminal reads it.
pub(super) fn colour(wanted: Colour, stream: &impl IsTerminal) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let coloured = match wanted {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => stream.is_terminal() && !set("NO_COLOR") && !dumb,
    };
    if coloured { Style::Coloured } else { Style::Plain }
}
