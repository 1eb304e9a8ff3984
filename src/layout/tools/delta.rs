//! Delta directories: one numbered directory per version of the schema, `72/01orders.sql`,
//! `72/02_stock.sql`, or `0.9/01__orders.sql`, `v1.10/01_stock.sql`, run by a program of the
//! project's own.
//!
//! Order is by the directory's number, then by file name; several files may share a number.
//! `02_stock.sql.postgres` is for one database, `02_stock.sql` for all.

use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, DialectEvidence, Family};
use crate::layout::layout_trait::{
    Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::{all_digits, not_a_migration, without_sql};
use crate::layout::walk::{Folder, is_sql};
use crate::migration::{
    Conventions, Dialect, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    TransactionMode, Version,
};

/// The layout.
pub(super) struct Delta;

impl Layout for Delta {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "delta", title: "delta directories" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let numbered = || folder.folders.iter().filter(|child| is_version(child.name()));
        let with_scripts =
            numbered().filter(|child| child.files.iter().any(|name| is_script(name)));
        let with_steps = numbered().filter(|child| child.files.iter().any(|name| is_step(name)));
        let (count, steps) = (with_scripts.count(), with_steps.count());
        let named = folder.name() == "delta";
        let fits = if named { count > 0 } else { count > 1 && steps * 2 >= count };
        (fits
            && count * 5 >= folder.folders.len() * 4
            && folder.sql_files().all(|name| not_a_migration(name).is_some()))
        .then(|| format!("{count} numbered directories with scripts"))
    }

    fn dialects(&self, folder: &Folder) -> Vec<DialectEvidence> {
        let files = folder.folders.iter().flat_map(|child| &child.files);
        dialect::by_suffixes(files.map(String::as_str), ending)
    }

    fn list(&self, folder: &Folder, dialect: Dialect) -> Listing {
        let mut listing = Listing::default();
        let dumps = folder.sql_files().filter_map(|name| Some((name, not_a_migration(name)?)));
        listing.ignored = dumps.map(|(name, why)| ignored(folder, name, why)).collect();
        for child in folder.folders.iter().filter(|child| is_version(child.name())) {
            for name in &child.files {
                let whose = suffix(name);
                match whose {
                    Suffix::All => listing.entries.push(entry(child.name(), name)),
                    Suffix::One(family) if family == Family::Ours(dialect) => {
                        listing.entries.push(entry(child.name(), name));
                    }
                    Suffix::One(_) => {
                        listing.ignored.push(ignored(child, name, "for another database"));
                    }
                    Suffix::NoScript => {}
                }
            }
        }
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::StandAlone,
            scripts: NewScripts::Plain,
            downs: Downs::Nowhere,
            names: NewNames {
                up: "{version}/01_{description}.sql",
                down: None,
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::OneString.into()
    }
}

enum Suffix {
    All,
    One(Family),
    NoScript,
}

/// Whose a script is by its ending: `.sql`, `.sql.postgres`.
fn suffix(name: &str) -> Suffix {
    if is_sql(name) {
        return Suffix::All;
    }
    match ending(name).and_then(dialect::family) {
        Some(family) => Suffix::One(family),
        None => Suffix::NoScript,
    }
}

/// What follows `.sql.`.
fn ending(name: &str) -> Option<&str> {
    let (stem, word) = name.rsplit_once('.')?;
    is_sql(stem).then_some(word)
}

fn is_script(name: &str) -> bool {
    !matches!(suffix(name), Suffix::NoScript)
}

fn is_step(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit()) && is_script(name)
}

/// `72`, `0.9`, `v1.10`.
fn is_version(name: &str) -> bool {
    name.strip_prefix('v').unwrap_or(name).split('.').all(all_digits)
}

/// The version as text that sorts like its numbers.
fn padded(version: &str) -> String {
    const WIDTH: usize = 40;
    let parts = version.trim_start_matches('v').split('.');
    parts.map(|part| format!("{part:0>WIDTH$}.")).collect()
}

fn entry(version: &str, name: &str) -> Entry {
    let stem = name.split(".sql").next().unwrap_or(name);
    let words = without_sql(stem).trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    Entry {
        id: format!("{version}/{name}"),
        version: Version::new(version),
        key: Key::Text(format!("{}/{name}", padded(version))),
        description: words.to_owned(),
        files: vec![EntryFile { path: format!("{version}/{name}"), part: Part::Up }],
    }
}
