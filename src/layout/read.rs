//! Reads files in parallel, in the order in which they were asked for.

use super::overlay::Overlay;
use super::problem::{Problem, ReadError};
use super::walk::io_words;
use crate::source::SourceFile;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// A file to read.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Where it is.
    pub path: PathBuf,
    /// The path as printed.
    pub shown: String,
}

/// Reads all of them; a result for each, in the same order.
pub(super) fn read_all(
    wanted: &[Wanted],
    overlay: &Overlay,
) -> Vec<Result<Arc<SourceFile>, Problem>> {
    wanted.par_iter().map(|one| read(one, overlay)).collect()
}

/// Reads one file.
pub(super) fn read(wanted: &Wanted, overlay: &Overlay) -> Result<Arc<SourceFile>, Problem> {
    let unreadable = |error| Problem::Unreadable { path: wanted.shown.clone(), error };
    if let Some(text) = overlay.text(&wanted.path) {
        return Ok(Arc::new(SourceFile::new(&*wanted.shown, text).located(&wanted.path)));
    }
    if wanted.path.is_dir() {
        return Err(unreadable(ReadError::Directory));
    }
    let bytes =
        std::fs::read(&wanted.path).map_err(|error| unreadable(ReadError::Io(io_words(&error))))?;
    SourceFile::from_bytes(&*wanted.shown, bytes)
        .map(|file| Arc::new(file.located(&wanted.path)))
        .map_err(|error| unreadable(error.into()))
}

/// Takes bytes that are there already.
pub(super) fn decode(shown: &str, bytes: Vec<u8>) -> Result<Arc<SourceFile>, Problem> {
    SourceFile::from_bytes(shown, bytes)
        .map(Arc::new)
        .map_err(|error| Problem::Unreadable { path: shown.to_owned(), error: error.into() })
}
