//! Which files of a repository are the application's.

use globset::{Glob, GlobSet, GlobSetBuilder};

/// Folders that are not deployed, or hold migrations, which name what they change.
const NOT_DEPLOYED: [&str; 16] = [
    ".git",
    "node_modules",
    "vendor",
    "third_party",
    "testdata",
    "tests",
    "test",
    "spec",
    "__tests__",
    "fixtures",
    "docs",
    "examples",
    "migrations",
    "migrate",
    "alembic",
    "dist",
];

/// Endings of files that are searched for words even where nothing reads their language.
const TEXT: [&str; 40] = [
    "py", "pyi", "prisma", "sql", "rs", "go", "js", "jsx", "mjs", "cjs", "ts", "mts", "cts", "tsx",
    "java", "kt", "kts", "rb", "rake", "php", "cs", "fs", "vb", "ex", "exs", "erl", "scala", "clj",
    "swift", "vue", "svelte", "erb", "haml", "graphql", "gql", "pl", "pm", "lua", "dart", "sh",
];

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{pattern}\" is no pattern: {reason}")]
pub struct BadPattern {
    /// As written.
    pub pattern: String,
    /// Why not.
    pub reason: String,
}

/// The application's files, by path in the repository.
#[derive(Debug, Clone)]
pub struct AppFiles {
    /// What the configuration says; `None` takes what is usual.
    globs: Option<GlobSet>,
    /// Folders with migrations, in the repository.
    migrations: Vec<String>,
}

impl AppFiles {
    /// Files that match one of the globs (none: all that is usually deployed), outside the folders
    /// of migrations.
    ///
    /// # Errors
    /// [`BadPattern`] for the first glob that cannot be read.
    pub fn new(globs: &[String], migrations: Vec<String>) -> Result<Self, BadPattern> {
        if globs.is_empty() {
            return Ok(Self { globs: None, migrations });
        }
        let mut set = GlobSetBuilder::new();
        for pattern in globs {
            let bad = |error: globset::Error| BadPattern {
                pattern: pattern.clone(),
                reason: error.kind().to_string(),
            };
            set.add(Glob::new(pattern).map_err(bad)?);
        }
        let bad = |error: globset::Error| BadPattern {
            pattern: globs.join(", "),
            reason: error.kind().to_string(),
        };
        Ok(Self { globs: Some(set.build().map_err(bad)?), migrations })
    }

    /// Whether a file is read.
    pub fn takes(&self, path: &str) -> bool {
        let below = |folder: &String| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        if self.migrations.iter().any(below) || !is_text(path) {
            return false;
        }
        match &self.globs {
            Some(globs) => globs.is_match(path),
            None => is_deployed(path),
        }
    }
}

fn is_text(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| TEXT.contains(&ending))
}

fn is_deployed(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let elsewhere = folders.split('/').any(|folder| NOT_DEPLOYED.contains(&folder));
    !elsewhere && !is_test(name)
}

fn is_test(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || stem == "conftest"
        || [".test.", ".spec.", ".min."].iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_migrations_are_not_the_application() {
        let files = AppFiles::new(&[], vec!["db/changes".to_owned()]).expect("no globs");
        for path in ["shop/models.py", "src/orders.rs", "queries/orders.sql"] {
            assert!(files.takes(path), "{path}");
        }
        for path in [
            "db/changes/1.sql",
            "shop/migrations/0001.py",
            "tests/a.py",
            "shop/test_a.py",
            "web/a.test.ts",
            "logo.png",
        ] {
            assert!(!files.takes(path), "{path}");
        }
    }

    #[test]
    fn globs_decide_where_there_are_some() {
        let files = AppFiles::new(&["src/**/*.py".to_owned()], Vec::new()).expect("a glob");
        assert!(files.takes("src/tests/a.py"));
        assert!(!files.takes("tools/a.py"));
        assert!(AppFiles::new(&["src/{a".to_owned()], Vec::new()).is_err());
    }
}
