//! Texts that stand in for files, or for files that are not there yet: what fixes would make of
//! them, read as if it were on disk.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Texts by absolute path.
#[derive(Debug, Clone, Default)]
pub struct Overlay(Arc<BTreeMap<PathBuf, String>>);

impl Overlay {
    /// An overlay of these texts.
    pub fn new(texts: BTreeMap<PathBuf, String>) -> Self {
        Self(Arc::new(texts))
    }

    /// The text that stands in for the file.
    pub(super) fn text(&self, path: &Path) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Paths of its files below a folder, with `/`, at most `depth` names deep.
    pub(super) fn below(&self, folder: &Path, depth: usize) -> impl Iterator<Item = String> {
        let inside = self.0.keys().filter_map(move |path| path.strip_prefix(folder).ok());
        inside
            .filter_map(names)
            .filter(move |names| (1..=depth).contains(&names.len()))
            .map(|names| names.join("/"))
    }
}

fn names(path: &Path) -> Option<Vec<&str>> {
    let name = |part| match part {
        Component::Normal(name) => std::ffi::OsStr::to_str(name),
        _ => None,
    };
    path.components().map(name).collect()
}
