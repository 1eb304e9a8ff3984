//! Diesel: one directory per migration, `<version>_<name>/up.sql`, `down.sql`, `metadata.toml`.
//!
//! Facts read in its source: the version is the directory's name up to the first `_`, without `-`,
//! and versions are compared as text; a zero-byte script fails; `run_in_transaction = false` in
//! metadata.toml sends both scripts outside a transaction, each as one string; a metadata.toml that
//! is wrong counts as none.

use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Verdict};
use crate::layout::layout_trait::{
    Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::manifest::{by_feature, cargo_dependency, stands_above};
use crate::layout::name::all_digits;
use crate::layout::paths::join_shown;
use crate::layout::problem::Problem;
use crate::layout::said::{Variable, by_variables};
use crate::layout::walk::Folder;
use crate::migration::{
    Conventions, Dialect, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    TransactionMode, Version,
};
use crate::source::SourceFile;

/// The layout.
pub(super) struct Diesel;

impl Layout for Diesel {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "diesel", title: "Diesel" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let steps = || folder.folders.iter().filter(|child| child.has("up.sql"));
        let numbered = steps().filter(|child| all_digits(&version(child.name()))).count();
        if numbered == 0 {
            return None;
        }
        let setup = || {
            let names = || steps().map(Folder::name);
            let own = names().find(|name| name.ends_with("_diesel_initial_setup"))?;
            Some(own.to_owned())
        };
        let dashed = || {
            let generated = steps().filter(|child| is_generated(child.name())).count();
            (generated * 2 >= numbered).then(|| "names as diesel generates them".to_owned())
        };
        stands_above(&folder.path, &folder.horizon, "diesel.toml")
            .or_else(|| cargo_dependency(&folder.path, &folder.horizon, "diesel"))
            .or_else(|| cargo_dependency(&folder.path, &folder.horizon, "diesel-async"))
            .or_else(setup)
            .or_else(dashed)
            .map(|evidence| format!("{numbered} directories with up.sql, and {evidence}"))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        for child in &folder.folders {
            if child.has("up.sql") {
                listing.entries.push(entry(child));
            } else if child.has("down.sql") {
                listing.problems.push(Problem::BadName {
                    path: join_shown(&child.shown, "down.sql"),
                    reason: "Diesel refuses a directory without up.sql".to_owned(),
                });
            }
        }
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        const FEATURES: &[(&str, &str)] = &[
            ("postgres", "postgres"),
            ("postgres_backend", "postgres"),
            ("sqlite", "sqlite"),
            ("mysql", "mysql"),
            ("mysql_backend", "mysql"),
        ];
        by_settings(folder)
            .or_else(|| by_feature(folder, "diesel", FEATURES))
            .or_else(|| by_feature(folder, "diesel-async", FEATURES))
            .or_else(|| by_variables(folder, &[Variable::address("DATABASE_URL")]))
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::SettingsFile {
                name: "metadata.toml",
                line: "run_in_transaction = false",
            },
            scripts: NewScripts::Plain,
            downs: Downs::SecondFile,
            names: NewNames {
                up: "{version}_{description}/up.sql",
                down: Some("{version}_{description}/down.sql"),
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, script: &ReadFile, files: &[ReadFile], _: Dialect) -> Sending {
        let settings = files.iter().find(|read| read.part == Part::Settings);
        let empty = script.part == Part::Up && script.file.text().is_empty();
        let problem = empty
            .then(|| Problem::EmptyScript { path: script.file.path().to_owned(), tool: "Diesel" });
        match settings.map(|read| runs_in_transaction(&read.file)) {
            Some(Ok(false)) => Sending { problem, ..TransactionMode::OneString.into() },
            Some(Err(bad)) if script.part == Part::Up => {
                Sending { problem: Some(bad), ..TransactionMode::PerScript.into() }
            }
            _ => Sending { problem, ..TransactionMode::PerScript.into() },
        }
    }
}

/// What the nearest diesel.toml says: nothing in it names the database, but some of its settings
/// are for one alone.
fn by_settings(folder: &Folder) -> Option<Verdict> {
    const FILE: &str = "diesel.toml";
    const SIGNS: &[(&str, &str)] = &[
        ("pg_domains_as_custom_types", "postgres"),
        ("diesel::pg::", "postgres"),
        ("sqlite_integer_primary_key_is_bigint", "sqlite"),
        ("diesel::sqlite::", "sqlite"),
        ("diesel::mysql::", "mysql"),
    ];
    let text = folder.above().find_map(|above| std::fs::read_to_string(above.join(FILE)).ok())?;
    let lines = || text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let stands = |(sign, _): &&(&str, &str)| lines().any(|line| line.contains(sign));
    let mut words = SIGNS.iter().filter(stands).map(|(_, word)| *word);
    let word = words.next()?;
    words.all(|other| other == word).then(|| dialect::by_word(FILE, word)).flatten()
}

/// The version of a directory's name; Diesel takes any text for one.
fn version(name: &str) -> String {
    name.split('_').next().unwrap_or("").replace('-', "")
}

/// `2024-03-01-093000_name`, as `diesel migration generate` writes it.
fn is_generated(name: &str) -> bool {
    let date = name.split('_').next().unwrap_or("");
    let lengths: Vec<usize> = date.split('-').map(str::len).collect();
    matches!(lengths.as_slice(), [4, 2, 2, 6, ..])
}

fn entry(child: &Folder) -> Entry {
    let name = child.name();
    let version = version(name);
    let parts = [("up.sql", Part::Up), ("down.sql", Part::Down), ("metadata.toml", Part::Settings)];
    let files = parts.into_iter().filter(|(file, _)| child.has(file));
    Entry {
        key: Key::Text(version.clone()),
        version: Version::new(version.clone()),
        id: version,
        description: name.split_once('_').map_or("", |(_, words)| words).to_owned(),
        files: files
            .map(|(file, part)| EntryFile { path: format!("{name}/{file}"), part })
            .collect(),
    }
}

fn runs_in_transaction(settings: &SourceFile) -> Result<bool, Problem> {
    let text = settings.text().trim_start_matches('\u{feff}');
    let bad = |line, reason: String| Problem::BadSettings {
        path: settings.path().to_owned(),
        line,
        reason,
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| settings.position(span.start).line);
        bad(line, format!("{}; Diesel passes over the file", error.message()))
    })?;
    match table.get("run_in_transaction") {
        None => Ok(true),
        Some(toml::Value::Boolean(wanted)) => Ok(*wanted),
        Some(_) => {
            let line = text.lines().position(|line| line.contains("run_in_transaction"));
            Err(bad(
                line.map(|at| at + 1),
                "run_in_transaction must be true or false; Diesel passes over the file".to_owned(),
            ))
        }
    }
}
