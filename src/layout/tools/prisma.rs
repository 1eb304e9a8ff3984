//! Prisma Migrate: one directory per migration with a `migration.sql` in it, and
//! `migration_lock.toml` beside them.
//!
//! Facts read in its source and documentation: directories run in the order of their names as text;
//! the script goes to the server as one string, without a transaction; there is no way back; what
//! is missing is run, whatever was applied later.

use super::numbered::misnamed;
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Verdict};
use crate::layout::layout_trait::{
    Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::leading_digits;
use crate::layout::walk::Folder;
use crate::migration::{
    Conventions, Dialect, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    TransactionMode, Version,
};

const LOCK: &str = "migration_lock.toml";
const SCRIPT: &str = "migration.sql";

/// The layout.
pub(super) struct Prisma;

impl Layout for Prisma {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "prisma", title: "Prisma" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let scripts = folder.folders.iter().filter(|child| child.has(SCRIPT)).count();
        let named = folder.path.ends_with("prisma/migrations");
        match (folder.has(LOCK), named && scripts > 0) {
            (true, _) => Some(LOCK.to_owned()),
            (false, true) => Some(format!("{scripts} directories with {SCRIPT}")),
            _ => None,
        }
    }

    fn database(&self, folder: &Folder) -> Option<Verdict> {
        let text = std::fs::read_to_string(folder.path.join(LOCK)).ok()?;
        let table: toml::Table = text.parse().ok()?;
        dialect::by_word(LOCK, table.get("provider")?.as_str()?)
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        for name in folder.sql_files() {
            let why = "not in a directory of its own as migration.sql";
            listing.ignored.push(misnamed(folder, name, why));
        }
        for child in &folder.folders {
            for name in child.sql_files() {
                match name {
                    SCRIPT => listing.entries.push(entry(child.name())),
                    _ => listing.ignored.push(misnamed(child, name, "not migration.sql")),
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
                up: "{version}_{description}/migration.sql",
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

/// Prisma writes the directory's whole name into its table.
fn entry(name: &str) -> Entry {
    let (digits, rest) = leading_digits(name);
    Entry {
        id: name.to_owned(),
        version: Version::new(digits),
        key: Key::Text(name.to_owned()),
        description: rest.trim_start_matches('_').to_owned(),
        files: vec![EntryFile { path: format!("{name}/{SCRIPT}"), part: Part::Up }],
    }
}
