//! Finds the revision files of an environment.

use super::settings::Settings;
use crate::layout::dialect::{Family, family};
use crate::layout::overlay::Overlay;
use crate::layout::walk::Folder;
use crate::migration::Dialect;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use walkdir::WalkDir;

/// Python files that may be revisions, as paths below the environment's folder.
///
/// Where the settings name the folders, those; else `versions`, with what lies below it where its
/// own files do not hold all that they revise: some projects set their folders when they run.
pub(super) fn files(folder: &Folder, settings: &Settings) -> Vec<String> {
    let overlay = &folder.overlay;
    let files = |location: &Path, depth| python_files(location, depth, overlay);
    if !settings.locations.is_empty() {
        let depth = if settings.recursive { usize::MAX } else { 1 };
        let all = settings.locations.iter().flat_map(|location| files(location, depth));
        return below(folder, &all.collect::<Vec<_>>());
    }
    let versions = folder.path.join("versions");
    if settings.recursive {
        return below(folder, &files(&versions, usize::MAX));
    }
    let direct = revisions(files(&versions, 1), overlay);
    let deep = revisions(files(&versions, usize::MAX), overlay);
    // Old revisions are kept aside in a folder of their own; it is read only where what lies in
    // it goes on from, or is needed by, what lies beside it.
    let found = match direct.len() {
        0 => deep,
        count if count == deep.len() => direct,
        _ if !is_whole(&direct) && is_whole(&deep) => deep,
        _ if goes_on(&direct, &deep) => deep,
        _ => direct,
    };
    if !found.is_empty() {
        return below(folder, &found.into_iter().map(|(path, _)| path).collect::<Vec<_>>());
    }
    let anywhere = revisions(files(&folder.path, usize::MAX), overlay);
    below(folder, &anywhere.into_iter().map(|(path, _)| path).collect::<Vec<_>>())
}

/// The same, without those in folders that are named after another dialect.
pub(super) fn files_of(folder: &Folder, settings: &Settings, dialect: Dialect) -> Vec<String> {
    let mut all = files(folder, settings);
    all.retain(|file| dialect_folder(file).is_none_or(|family| family == Family::Ours(dialect)));
    all
}

/// The database that one of the file's folders is named after.
pub(super) fn dialect_folder(file: &str) -> Option<Family> {
    let (folders, _) = file.rsplit_once('/')?;
    folders.split('/').find_map(family)
}

/// Whether a revision lies anywhere in the folder.
pub(super) fn any_revision(folder: &Path) -> bool {
    let overlay = Overlay::default();
    !revisions(python_files(folder, 4, &overlay), &overlay).is_empty()
}

/// Whether the folder itself holds revisions and no environment lies above it: plugins bring such
/// folders along, and the application runs them.
pub(super) fn stands_alone(folder: &Path) -> bool {
    let overlay = Overlay::default();
    let has_environment = |folder: &Path| folder.join("env.py").is_file();
    !folder.ancestors().take(3).any(has_environment)
        && !revisions(python_files(folder, 1, &overlay), &overlay).is_empty()
}

/// Python files of a folder, those that only the overlay has among them.
fn python_files(folder: &Path, depth: usize, overlay: &Overlay) -> Vec<PathBuf> {
    let skipped = |name: &str| name.starts_with('.') || name == "__pycache__";
    let walk = WalkDir::new(folder).max_depth(depth).sort_by_file_name().into_iter();
    let on_disk = walk
        .filter_entry(move |entry| {
            entry.depth() == 0 || !entry.file_name().to_str().is_some_and(skipped)
        })
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path);
    let made = overlay.below(folder, depth).map(|name| folder.join(name));
    let made = made.filter(|path| !path.exists());
    let is_python = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        name.ends_with(".py") && !matches!(name, "env.py" | "__init__.py")
    };
    on_disk.chain(made).filter(is_python).collect()
}

/// The text of a file, or what stands in for it.
pub(super) fn text_of(path: &Path, overlay: &Overlay) -> Option<String> {
    if let Some(text) = overlay.text(path) {
        return Some(text.to_owned());
    }
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Files with the words of a revision, and their text.
fn revisions(files: Vec<PathBuf>, overlay: &Overlay) -> Vec<(PathBuf, String)> {
    files
        .into_iter()
        .filter_map(|path| {
            let text = text_of(&path, overlay)?;
            let is_one = text.contains("down_revision")
                || (text.contains("def upgrade") && text.contains("alembic"));
            is_one.then_some((path, text))
        })
        .collect()
}

/// Whether the files hold every revision that they revise, by a first look at the text.
fn is_whole(files: &[(PathBuf, String)]) -> bool {
    let ids = values(files, "revision");
    let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    values(files, "down_revision").iter().all(|parent| {
        let next = ids.range(parent.as_str()..).next();
        next.is_some_and(|id| id.starts_with(parent.as_str()))
    })
}

/// Whether a file that lies deeper revises one that does not.
fn goes_on(direct: &[(PathBuf, String)], deep: &[(PathBuf, String)]) -> bool {
    let paths: BTreeSet<&PathBuf> = direct.iter().map(|(path, _)| path).collect();
    let ids: BTreeSet<String> = values(direct, "revision").into_iter().collect();
    let below = deep.iter().filter(|(path, _)| !paths.contains(path)).cloned();
    let below: Vec<(PathBuf, String)> = below.collect();
    let is_copy = values(&below, "revision").iter().any(|id| ids.contains(id));
    !is_copy && values(&below, "down_revision").iter().any(|parent| ids.contains(parent))
}

/// The first strings that the files give a name of their top level.
fn values(files: &[(PathBuf, String)], name: &str) -> Vec<String> {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?.trim_start();
        let rest = match rest.strip_prefix(':') {
            Some(annotated) => annotated.split_once('=')?.1,
            None => rest.strip_prefix('=')?,
        };
        let rest = rest.trim_start().trim_start_matches('(').trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next().map(str::to_owned)
    };
    files.iter().flat_map(|(_, text)| text.lines()).filter_map(value).collect()
}

/// Paths relative to the environment's folder, with `/`.
fn below(folder: &Folder, files: &[PathBuf]) -> Vec<String> {
    let relative = |path: &Path| match path.strip_prefix(&folder.path) {
        Ok(inside) => Some(slashed(inside)),
        Err(_) => {
            let up = folder.path.ancestors().position(|above| path.starts_with(above))?;
            let above = folder.path.ancestors().nth(up)?;
            Some(format!("{}{}", "../".repeat(up), slashed(path.strip_prefix(above).ok()?)))
        }
    };
    let mut all: Vec<String> = files.iter().filter_map(|path| relative(path)).collect();
    all.sort();
    all.dedup();
    all
}

fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}
