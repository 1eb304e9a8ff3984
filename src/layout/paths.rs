//! How paths are made absolute, bounded and printed: relative to the repository, with `/`.

use super::overlay::Overlay;
use super::said::Variables;
use std::path::{Component, Path, PathBuf};

/// The places that paths are relative to.
#[derive(Debug, Clone)]
pub(super) struct Bases {
    working: PathBuf,
    repository: Option<PathBuf>,
    overlay: Overlay,
    variables: Variables,
}

impl Bases {
    /// Bases for a working directory, which should be absolute.
    pub fn new(working: &Path) -> Self {
        let working = normalised(working);
        let repository = repository_of(&working);
        let (overlay, variables) = (Overlay::default(), Variables::default());
        Self { working, repository, overlay, variables }
    }

    /// The same places, with texts that are read instead of files.
    pub fn with(self, overlay: Overlay) -> Self {
        Self { overlay, ..self }
    }

    /// The same places, in a run with these variables.
    pub fn in_run(self, variables: Variables) -> Self {
        Self { variables, ..self }
    }

    /// Variables of the run.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// Texts that are read instead of files.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The path as an absolute one, `.` and `..` resolved by name.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        normalised(&self.working.join(path))
    }

    /// The folder above which no project of this path is looked for: its repository, else the
    /// working directory, else its own folder.
    pub fn bound(&self, path: &Path) -> PathBuf {
        if let Some(repository) = self.repository.as_ref().filter(|base| path.starts_with(base)) {
            return repository.clone();
        }
        if path.starts_with(&self.working) {
            return self.working.clone();
        }
        repository_of(path)
            .or_else(|| path.parent().map(Path::to_owned))
            .unwrap_or_else(|| path.to_owned())
    }

    /// The folder up to which files of a tool tell something about this one: its repository's
    /// root; without a repository, two folders above it.
    pub fn horizon(&self, path: &Path) -> PathBuf {
        let repository = self.repository.clone().filter(|base| path.starts_with(base));
        repository
            .or_else(|| repository_of(path))
            .or_else(|| path.ancestors().nth(2).map(Path::to_owned))
            .unwrap_or_else(|| path.to_owned())
    }

    /// The path as it is printed: relative to the repository, else to the working directory, else
    /// to the repository it lies in, else in full.
    pub fn shown(&self, path: &Path) -> String {
        let repositories = || {
            let outside = !path.starts_with(&self.working);
            outside.then(|| repository_of(path)).flatten()
        };
        let bases = self.repository.iter().chain(std::iter::once(&self.working));
        let inside = bases.filter_map(|base| path.strip_prefix(base).ok()).next();
        let found = inside.map(slashed);
        let found = found.or_else(|| {
            let base = repositories()?;
            path.strip_prefix(base).ok().map(slashed)
        });
        match found {
            Some(shown) if shown.is_empty() => ".".to_owned(),
            Some(shown) => shown,
            None => path.to_string_lossy().replace('\\', "/"),
        }
    }
}

/// The nearest folder upward that holds `.git`.
fn repository_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The path with `.` and `..` resolved by name.
pub fn normalised(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// `folder/name` as printed, for a folder that may be the base itself.
pub(super) fn join_shown(folder: &str, name: &str) -> String {
    match folder {
        "." | "" => name.to_owned(),
        _ => format!("{}/{name}", folder.trim_end_matches('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_by_name() {
        let bases = Bases {
            working: PathBuf::from("/shop/api"),
            repository: None,
            overlay: Overlay::default(),
            variables: Variables::default(),
        };
        assert_eq!(bases.absolute(Path::new("../db/./m")), PathBuf::from("/shop/db/m"));
        assert_eq!(bases.shown(Path::new("/shop/api/m/1.sql")), "m/1.sql");
        assert_eq!(bases.shown(Path::new("/shop/api")), ".");
    }

    #[test]
    fn the_repository_is_the_base_where_there_is_one() {
        let repository = Some(PathBuf::from("/shop"));
        let overlay = Overlay::default();
        let variables = Variables::default();
        let working = PathBuf::from("/shop/api");
        let bases = Bases { working, repository, overlay, variables };
        assert_eq!(bases.shown(Path::new("/shop/api/m/1.sql")), "api/m/1.sql");
    }
}
