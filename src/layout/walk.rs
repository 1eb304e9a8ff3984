//! Walks directories into a tree of the names that layouts ask about, and peeks into a few files.
//!
//! A walk passes over what holds no migrations of the project (dependencies, build output, test
//! data); whatever is named by the caller is read all the same.

use super::error::LayoutError;
use super::heads::Head;
use super::overlay::Overlay;
use super::paths::{Bases, join_shown};
use super::said::Variables;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use walkdir::{DirEntry, WalkDir};

/// Folders that a walk does not enter. Hidden ones are passed over too.
const PASSED_OVER: &[&str] = &[
    "node_modules",
    "target",
    "venv",
    "virtualenv",
    "site-packages",
    "__pycache__",
    "testdata",
    "fixtures",
    "full_schemas",
    "verify",
];

/// Names other than `*.sql*` that layouts are recognised by or read.
const TELLING: &[&str] = &[
    "metadata.toml",
    "diesel.toml",
    "migration_lock.toml",
    "atlas.sum",
    "env.py",
    "_journal.json",
    "sqitch.plan",
    "snapshot.json",
    "config.yaml",
    "metadata.yaml",
];

/// How a folder came to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// The caller named it, or a file in it.
    Named,
    /// A walk came by.
    Found,
}

/// A directory with the names in it that matter.
#[derive(Debug)]
pub(super) struct Folder {
    /// Absolute path.
    pub path: PathBuf,
    /// Path as printed.
    pub shown: String,
    /// How it came to be looked at.
    pub given: Given,
    /// How far up files of a tool tell something about it.
    pub horizon: PathBuf,
    /// Texts that are read instead of files.
    pub overlay: Overlay,
    /// Variables of the run.
    pub variables: Variables,
    /// File names, sorted.
    pub files: Vec<String>,
    /// Sub-folders that hold something, sorted.
    pub folders: Vec<Folder>,
    /// Directories whose name ends in `.sql`.
    pub posing: Vec<String>,
    /// The beginnings of some of its scripts, once somebody asked.
    pub(super) heads: OnceLock<Vec<Head>>,
}

impl Folder {
    /// Walks `path` to the given depth (1: its own files).
    pub fn walk(
        path: &Path,
        given: Given,
        depth: usize,
        bases: &Bases,
    ) -> (Self, Vec<LayoutError>) {
        let mut walk = Walk { open: Vec::new(), errors: Vec::new(), bases };
        walk.open.push(Self::new(path, bases, given));
        let entries = WalkDir::new(path).max_depth(depth).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(enters) {
            walk.take(entry);
        }
        let root = walk.finish();
        let mut root = root.unwrap_or_else(|| Self::new(path, bases, given));
        for file in bases.overlay().below(path, depth) {
            root.put(&file);
        }
        (root, walk.errors)
    }

    fn new(path: &Path, bases: &Bases, given: Given) -> Self {
        Self {
            path: path.to_owned(),
            shown: bases.shown(path),
            given,
            horizon: bases.horizon(path),
            overlay: bases.overlay().clone(),
            variables: bases.variables().clone(),
            files: Vec::new(),
            folders: Vec::new(),
            posing: Vec::new(),
            heads: OnceLock::new(),
        }
    }

    fn child(&self, path: PathBuf, name: &str) -> Self {
        let shown = join_shown(&self.shown, name);
        Self { path, shown, given: Given::Found, ..self.empty() }
    }

    /// The same folder with nothing in it.
    fn empty(&self) -> Self {
        Self {
            path: self.path.clone(),
            shown: self.shown.clone(),
            given: self.given,
            horizon: self.horizon.clone(),
            overlay: self.overlay.clone(),
            variables: self.variables.clone(),
            files: Vec::new(),
            folders: Vec::new(),
            posing: Vec::new(),
            heads: OnceLock::new(),
        }
    }

    /// The folder and those above it in which files of a tool tell something about it.
    pub fn above(&self) -> impl Iterator<Item = &Path> {
        self.path.ancestors().take_while(|above| above.starts_with(&self.horizon))
    }

    /// The folder's own name.
    pub fn name(&self) -> &str {
        self.path.file_name().and_then(OsStr::to_str).unwrap_or("")
    }

    /// Names of the `.sql` files in the folder itself.
    pub fn sql_files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(|name| is_sql(name))
    }

    /// How many `.sql` files the folder and its sub-folders hold.
    pub fn count_sql(&self) -> usize {
        self.sql_files().count() + self.folders.iter().map(Self::count_sql).sum::<usize>()
    }

    /// Whether a file of that name is here.
    pub fn has(&self, name: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(name)).is_ok()
    }

    /// The path below the folder of a printed path, if it lies in it.
    pub fn below<'p>(&self, shown: &'p str) -> Option<&'p str> {
        match self.shown.as_str() {
            "." | "" => Some(shown),
            folder => shown.strip_prefix(folder)?.strip_prefix('/'),
        }
    }

    /// Whether a file of that path below the folder was found.
    pub fn contains(&self, path: &str) -> bool {
        match path.split_once('/') {
            None => self.has(path),
            Some((child, rest)) => {
                let mut children = self.folders.iter().filter(|folder| folder.name() == child);
                children.any(|folder| folder.contains(rest))
            }
        }
    }

    /// The same folder as if it held files of these names, and no others.
    pub fn with_names(&self, names: &[&str]) -> Self {
        let mut folder = self.empty();
        for name in names {
            folder.put(name);
        }
        folder
    }

    fn put(&mut self, path: &str) {
        let Some((child, rest)) = path.split_once('/') else {
            if let Err(at) = self.files.binary_search_by(|file| file.as_str().cmp(path)) {
                self.files.insert(at, path.to_owned());
            }
            return;
        };
        let known = self.folders.iter().position(|folder| folder.name() == child);
        let at = known.unwrap_or_else(|| {
            self.folders.push(self.child(self.path.join(child), child));
            self.folders.len() - 1
        });
        if let Some(folder) = self.folders.get_mut(at) {
            folder.put(rest);
        }
    }

    fn is_bare(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty() && self.posing.is_empty()
    }
}

/// Whether a name ends in `.sql`, in any case.
pub(super) fn is_sql(name: &str) -> bool {
    name.len() > 4 && name.get(name.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(".sql"))
}

fn enters(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_dir() {
        return true;
    }
    let Some(name) = entry.file_name().to_str() else { return false };
    !name.starts_with('.')
        && !PASSED_OVER.contains(&name)
        && !is_of_tests(entry.path())
        && !entry.path().join("pyvenv.cfg").exists()
}

/// Whether a folder holds what tests need: `src/test` of Maven and Gradle, and tests of migrations
/// beside them.
fn is_of_tests(path: &Path) -> bool {
    let mut parts = path.iter().rev().filter_map(OsStr::to_str);
    match (parts.next(), parts.next()) {
        (Some("test"), Some("src")) => true,
        (Some("test" | "tests"), Some(above)) => above.to_ascii_lowercase().contains("migration"),
        _ => false,
    }
}

/// Whether it is a file, or a link whose target is gone: reading it fails, and that is told. What
/// the folder says of a plain file spares asking for it.
fn is_file_or_lost(entry: &DirEntry) -> bool {
    let leads = || entry.path().metadata().map_or(true, |target| target.is_file());
    entry.file_type().is_file() || entry.path_is_symlink() && leads()
}

fn tells(name: &str) -> bool {
    is_sql(name) || name.contains(".sql.") || TELLING.contains(&name)
}

struct Walk<'a> {
    open: Vec<Folder>,
    errors: Vec<LayoutError>,
    bases: &'a Bases,
}

impl Walk<'_> {
    fn take(&mut self, entry: Result<DirEntry, walkdir::Error>) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return self.errors.push(inaccessible(&error, self.bases)),
        };
        if entry.depth() == 0 {
            return;
        }
        self.close_to(entry.depth());
        let Some(parent) = self.open.last_mut() else { return };
        let Some(name) = entry.file_name().to_str() else {
            return self.errors.extend(misnamed(entry.path(), self.bases));
        };
        if !entry.file_type().is_dir() {
            if tells(name) && is_file_or_lost(&entry) {
                parent.files.push(name.to_owned());
            }
            return;
        }
        if is_sql(name) {
            parent.posing.push(name.to_owned());
        }
        let child = parent.child(entry.path().to_owned(), name);
        self.open.push(child);
    }

    /// Closes folders until `depth` of them are open.
    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth.max(1) {
            let Some(mut closed) = self.open.pop() else { return };
            closed.files.sort();
            if let (false, Some(parent)) = (closed.is_bare(), self.open.last_mut()) {
                parent.folders.push(closed);
            }
        }
    }

    fn finish(&mut self) -> Option<Folder> {
        self.close_to(1);
        let mut root = self.open.pop()?;
        root.files.sort();
        Some(root)
    }
}

/// A script whose name cannot be written down, and so neither be ordered nor reported on.
fn misnamed(path: &Path, bases: &Bases) -> Option<LayoutError> {
    let shown = bases.shown(path);
    let reason = "the file's name is not UTF-8; rename it".to_owned();
    is_sql(&shown).then_some(LayoutError::Inaccessible { path: shown, reason })
}

fn inaccessible(error: &walkdir::Error, bases: &Bases) -> LayoutError {
    let path = error.path().map(|path| bases.shown(path)).unwrap_or_default();
    let reason = match error.io_error() {
        Some(error) => io_words(error),
        None => "the directory contains itself by a link".to_owned(),
    };
    LayoutError::Inaccessible { path, reason }
}

/// An error of the system in words for people.
pub(super) fn io_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::IsADirectory => "a directory where a file is expected".to_owned(),
        _ => error.to_string(),
    }
}
