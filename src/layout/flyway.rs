//! Flyway: `V<version>__<description>.sql`, `U…` to undo, `R__…` repeatable, `B<version>__…` as a
//! baseline; sub-folders belong to it.
//!
//! Facts read in its documentation and source: parts of a version are separated by `.` or `_` and
//! compared as numbers; repeatable scripts run after all versions, by description; a script runs in
//! a transaction unless it holds a statement that Flyway knows to refuse one, or
//! `<script>.conf` says `executeInTransaction=false`; statements are sent one by one.
//!
//! Read here with the default prefixes and separators, without placeholders' values.

use super::LayoutMeta;
use super::dialect::{self, Family};
use super::layout_trait::{Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending};
use super::manifest::cargo_dependency;
use super::name::without_sql;
use super::numbered::ignored;
use super::order::{Named, pair};
use super::walk::{Folder, is_sql};
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, NewNames, NoTransaction,
    TransactionMode, Version,
};
use std::collections::BTreeSet;

/// The layout.
pub(super) struct Flyway;

impl Layout for Flyway {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "flyway", title: "Flyway" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let (ours, all) = count(folder);
        let below = || {
            let named = folder.name().to_ascii_lowercase().contains("migration");
            let vendors =
                folder.folders.iter().any(|child| dialect::family(child.name()).is_some());
            named && all == 0 && !vendors && folder.folders.iter().any(|child| count(child).0 > 0)
        };
        let fits = (ours > 0 && ours * 2 >= all) || below();
        fits.then(|| "names match V<version>__<description>.sql".to_owned())
    }

    fn list(&self, folder: &Folder, dialect: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut scripts = Vec::new();
        collect(folder, "", dialect, &mut scripts, &mut listing);
        let settings = scripts.iter().filter(|script| script.kind == Kind::Settings);
        let settings: BTreeSet<String> = settings.map(|script| script.path.clone()).collect();
        scripts.retain(|script| script.kind != Kind::Settings);
        let baseline = baseline(folder, &scripts, &mut listing);
        listing.entries = versioned(&scripts, baseline);
        listing.entries.extend(scripts.iter().filter_map(repeatable));
        for entry in &mut listing.entries {
            add_settings(entry, &settings);
        }
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::Detected {
                name: "{script}.conf",
                line: "executeInTransaction=false",
            },
            downs: Downs::SecondFile,
            names: NewNames {
                up: "V{version}__{description}.sql",
                down: Some("U{version}__{description}.sql"),
                word_separator: '_',
            },
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Refused, edited: Edited::Refused }
    }

    fn transaction(&self, script: &ReadFile, files: &[ReadFile], _: Dialect) -> Sending {
        let own = format!("{}.conf", script.file.path());
        let mut settings = files.iter().filter(|read| read.file.path() == own);
        let leaves = settings.any(|read| leaves_transaction(read.file.text()));
        match leaves {
            true => TransactionMode::Autocommit.into(),
            false => TransactionMode::UnlessRefused.into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Versioned,
    Undo,
    Repeatable,
    Baseline,
    Settings,
}

struct Script {
    kind: Kind,
    /// With dots, as Flyway writes it into its history table.
    version: String,
    description: String,
    path: String,
}

/// How many scripts of a folder are Flyway's, of how many. With refinery above it none is: there
/// `U` means unordered.
fn count(folder: &Folder) -> (usize, usize) {
    let ours = folder.sql_files().filter(|name| is_script(name)).count();
    let refinery =
        ours > 0 && cargo_dependency(&folder.path, &folder.horizon, "refinery").is_some();
    (if refinery { 0 } else { ours }, folder.sql_files().count())
}

/// Whether a name is one that only Flyway gives. It would run `V1.sql` too, but so would others.
pub(super) fn is_script(name: &str) -> bool {
    name.contains("__") && parse(name).is_some()
}

fn parse(name: &str) -> Option<Script> {
    if !is_sql(name) {
        return None;
    }
    let stem = without_sql(name);
    let kind = match stem.chars().next()? {
        'V' => Kind::Versioned,
        'U' => Kind::Undo,
        'B' => Kind::Baseline,
        'R' => Kind::Repeatable,
        _ => return None,
    };
    let rest = stem.get(1..)?;
    let (version, description) = rest.split_once("__").unwrap_or((rest, ""));
    let parts: Vec<&str> = version.split(['.', '_']).collect();
    let is_version = parts.iter().all(|part| super::name::all_digits(part));
    let fits = if kind == Kind::Repeatable { version.is_empty() } else { is_version };
    fits.then(|| Script {
        kind,
        version: parts.join("."),
        description: description.replace('_', " "),
        path: name.to_owned(),
    })
}

/// Scripts of the folder and its sub-folders; those of other databases are left out.
fn collect(
    folder: &Folder,
    prefix: &str,
    dialect: Dialect,
    scripts: &mut Vec<Script>,
    listing: &mut Listing,
) {
    for name in &folder.files {
        let path = format!("{prefix}{name}");
        match parse(name) {
            Some(script) => scripts.push(Script { path, ..script }),
            None if name.ends_with(".sql.conf") => scripts.push(Script {
                kind: Kind::Settings,
                version: String::new(),
                description: String::new(),
                path,
            }),
            None if is_sql(name) => {
                let why =
                    if is_callback(name) { "a callback" } else { "not named as Flyway reads it" };
                listing.ignored.push(ignored(folder, name, why));
            }
            None => {}
        }
    }
    for child in &folder.folders {
        let whose = dialect::family(child.name());
        if whose.is_none() || whose == Some(Family::Ours(dialect)) {
            collect(child, &format!("{prefix}{}/", child.name()), dialect, scripts, listing);
        }
    }
}

fn is_callback(name: &str) -> bool {
    let rest = name.strip_prefix("before").or_else(|| name.strip_prefix("after"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        || name.starts_with("createSchema")
}

/// The baseline to start from: the highest, if no older version is there to replay instead.
fn baseline<'a>(
    folder: &Folder,
    scripts: &'a [Script],
    listing: &mut Listing,
) -> Option<&'a Script> {
    let of = |kind| scripts.iter().filter(move |script| script.kind == kind);
    let version = |script: &Script| Version::new(script.version.clone());
    let highest = of(Kind::Baseline).max_by_key(|script| version(script))?;
    let replays = of(Kind::Versioned).any(|script| version(script) <= version(highest));
    for script in of(Kind::Baseline) {
        if replays || script.path != highest.path {
            let why = "a baseline; the versions before it are replayed";
            listing.ignored.push(ignored(folder, &script.path, why));
        }
    }
    (!replays).then_some(highest)
}

fn versioned(scripts: &[Script], baseline: Option<&Script>) -> Vec<Entry> {
    let named = scripts.iter().filter_map(|script| {
        let part = match script.kind {
            Kind::Versioned => Part::Up,
            Kind::Undo => Part::Down,
            _ => return None,
        };
        Some(named(script, part))
    });
    pair(named.chain(baseline.map(named_up)).collect())
}

fn named_up(script: &Script) -> Named {
    named(script, Part::Up)
}

fn named(script: &Script, part: Part) -> Named {
    Named {
        version: script.version.clone(),
        description: script.description.clone(),
        part,
        path: script.path.clone(),
    }
}

fn repeatable(script: &Script) -> Option<Entry> {
    if script.kind != Kind::Repeatable {
        return None;
    }
    let name = script.path.rsplit('/').next().unwrap_or("");
    Some(Entry {
        id: without_sql(name).to_owned(),
        version: Version::new(""),
        key: Key::Last(script.description.clone()),
        description: script.description.clone(),
        files: vec![EntryFile { path: script.path.clone(), part: Part::Up }],
    })
}

fn add_settings(entry: &mut Entry, settings: &BTreeSet<String>) {
    let wanted: Vec<String> =
        entry.files.iter().map(|file| format!("{}.conf", file.path)).collect();
    let found = wanted.into_iter().filter(|path| settings.contains(path));
    let found: Vec<EntryFile> =
        found.map(|path| EntryFile { path, part: Part::Settings }).collect();
    entry.files.extend(found);
}

fn leaves_transaction(settings: &str) -> bool {
    settings.lines().any(|line| {
        let Some((key, value)) = line.split_once('=') else { return false };
        let key = key.trim();
        let wanted = key == "executeInTransaction" || key == "flyway.executeInTransaction";
        wanted && value.trim().eq_ignore_ascii_case("false")
    })
}
