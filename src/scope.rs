//! What is judged: what a change adds since a revision, less what a baseline knows already.
//!
//! The history is replayed in full whatever the scope; only findings depend on it.

use crate::engine::Baseline;
use crate::layout::{FileChange, Versioned, printed_path};
use crate::vcs::{Comparison, Fate, Repository, VcsError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What limits the findings of a run.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// What changed, where only that is judged.
    pub versioned: Option<Arc<Versioned>>,
    /// What is known already.
    pub baseline: Option<Arc<Baseline>>,
}

/// What changed since `reference` in the repositories of these paths; of the working directory
/// where there are none.
///
/// # Errors
/// Where git cannot tell.
pub fn since(
    reference: &str,
    paths: &[PathBuf],
    working_directory: &Path,
) -> Result<Versioned, VcsError> {
    let mut versioned = Versioned { reference: reference.to_owned(), ..Versioned::default() };
    let mut seen = Vec::new();
    for folder in folders(paths, working_directory) {
        let repository = Repository::of(&folder)?;
        if seen.contains(&repository) {
            continue;
        }
        let comparison = repository.compare(reference)?;
        add(&mut versioned, &repository, comparison, working_directory)?;
        seen.push(repository);
    }
    Ok(versioned)
}

/// The nearest folders that exist for the paths: what is missing is told by who reads it.
fn folders(paths: &[PathBuf], working_directory: &Path) -> Vec<PathBuf> {
    let named = paths.iter().filter(|path| path.as_path() != Path::new("-"));
    let mut folders: Vec<PathBuf> = named
        .map(|path| working_directory.join(path))
        .filter_map(|path| path.ancestors().find(|above| above.is_dir()).map(Path::to_owned))
        .collect();
    if folders.is_empty() {
        folders.push(working_directory.to_owned());
    }
    folders.sort();
    folders.dedup();
    folders
}

fn add(
    versioned: &mut Versioned,
    repository: &Repository,
    comparison: Comparison,
    working_directory: &Path,
) -> Result<(), VcsError> {
    let Comparison { base, fates, arrivals } = comparison;
    let wanted: Vec<&str> = fates
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Modified | Fate::Deleted))
        .map(|(path, _)| path.as_str())
        .filter(|path| is_script(path))
        .collect();
    let mut before = repository.files_at(&base, &wanted)?;
    let shown = |path: &str| printed_path(working_directory, &repository.root().join(path));
    for (path, fate) in fates {
        let old = before.remove(&path).unwrap_or_default();
        let change = match fate {
            Fate::Added => FileChange::Added,
            Fate::Modified => FileChange::Modified { before: old },
            Fate::Deleted => FileChange::Deleted { before: old },
            Fate::Renamed { from, identical: true } if is_moved(&from, &path) => continue,
            Fate::Renamed { from, .. } => FileChange::Renamed { from: shown(&from) },
        };
        versioned.changes.insert(shown(&path), change);
    }
    versioned.arrivals.extend(arrivals.iter().map(|path| shown(path)));
    Ok(())
}

/// Files whose old text is of interest: scripts and what steers them.
fn is_script(path: &str) -> bool {
    const ENDINGS: [&str; 6] = ["sql", "py", "toml", "conf", "postgres", "sqlite"];
    let ending = path.rsplit('.').next().unwrap_or("");
    ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

/// Whether a file only went to another folder together with its neighbours: its name, or for
/// files that are named alike everywhere (`up.sql`) that of its folder, is still the same.
fn is_moved(from: &str, to: &str) -> bool {
    let last = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let folder = |path: &str| path.rsplit('/').nth(1).map(str::to_owned);
    let is_numbered = |name: &Option<String>| {
        name.as_deref().is_some_and(|name| name.contains(|c: char| c.is_ascii_digit()))
    };
    last(from) == last(to) && (is_numbered(&last(to)) || folder(from) == folder(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_moves_changes_no_migration() {
        assert!(is_moved("db/migrations/1_a.sql", "migrations/1_a.sql"));
        assert!(is_moved("db/1_a/up.sql", "migrations/1_a/up.sql"));
        assert!(!is_moved("db/1_a/up.sql", "db/2_a/up.sql"));
        assert!(!is_moved("db/1_a.sql", "db/2_a.sql"));
    }
}
