//! Finds the configuration that applies to paths, and reads it.

use super::{ConfigFailure, FileKind, Settings, parse};
use crate::source::SourceFile;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configuration that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// How it is printed.
    pub shown: String,
    kind: FileKind,
}

impl Found {
    /// A file that was named; one called `pyproject.toml` is read as such.
    pub fn named(path: &Path, shown: String) -> Self {
        let is_pyproject = path.file_name().is_some_and(|name| name == "pyproject.toml");
        let kind = if is_pyproject { FileKind::Pyproject } else { FileKind::Own };
        Self { path: path.to_owned(), shown, kind }
    }

    /// The folder that paths in it are relative to.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }
}

/// The nearest configuration upward of each of `starts` (absolute), which must be the same for
/// all; `shown` says how a path is printed.
///
/// The search ends at the folder that holds `.git`.
///
/// # Errors
/// [`ConfigFailure`] when a folder is configured twice or the starts lie below different files.
pub fn find(
    starts: &[PathBuf],
    shown: impl Fn(&Path) -> String,
) -> Result<Option<Found>, ConfigFailure> {
    let mut found: Option<Found> = None;
    for start in starts {
        let Some(next) = upward(start, &shown)? else { continue };
        match &found {
            Some(first) if first.path != next.path => {
                let first = first.shown.clone();
                return Err(ConfigFailure::Several { first, second: next.shown });
            }
            _ => found = Some(next),
        }
    }
    Ok(found)
}

fn upward(start: &Path, shown: &impl Fn(&Path) -> String) -> Result<Option<Found>, ConfigFailure> {
    for folder in start.ancestors().filter(|folder| folder.is_dir()) {
        if let Some(found) = in_folder(folder, shown)? {
            return Ok(Some(found));
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(None)
}

fn in_folder(
    folder: &Path,
    shown: &impl Fn(&Path) -> String,
) -> Result<Option<Found>, ConfigFailure> {
    let toml = folder.join("lockgate.toml");
    let pyproject = folder.join("pyproject.toml");
    let has_own = toml.is_file();
    let has_table = pyproject.is_file() && has_tool_table(&pyproject);
    match (has_own, has_table) {
        (true, true) => {
            Err(ConfigFailure::Twice { toml: shown(&toml), pyproject: shown(&pyproject) })
        }
        (true, false) => Ok(Some(Found::named(&toml, shown(&toml)))),
        (false, true) => Ok(Some(Found::named(&pyproject, shown(&pyproject)))),
        (false, false) => Ok(None),
    }
}

/// Whether a `pyproject.toml` speaks to lockgate. One that is not TOML is another tool's matter.
fn has_tool_table(path: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    let Ok(document) = text.parse::<toml::Table>() else { return false };
    document.get("tool").and_then(|tool| tool.get("lockgate")).is_some()
}

/// Reads a configuration.
///
/// # Errors
/// [`ConfigFailure`] when the file cannot be read or has mistakes.
pub fn load(found: &Found) -> Result<Settings, ConfigFailure> {
    let unreadable =
        |reason: String| ConfigFailure::Unreadable { path: found.shown.clone(), reason };
    let bytes = std::fs::read(&found.path).map_err(|error| unreadable(reason(&error)))?;
    let file = SourceFile::from_bytes(&found.shown, bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    parse(&Arc::new(file), found.kind).map_err(ConfigFailure::Invalid)
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
