//! golang-migrate: `<version>_<title>.up.sql` and `.down.sql`.
//!
//! Facts read in its source: names match `^([0-9]+)_(.*)\.(down|up)\.(.*)$`, versions are unsigned
//! 64-bit numbers and other names are passed over; a file goes to the server as one
//! string, to SQLite in a transaction.

use super::numbered::misnamed;
use crate::layout::LayoutMeta;
use crate::layout::layout_trait::{Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::{digits_then, without_sql};
use crate::layout::order::{Named, pair, with_number_ids};
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, TransactionMode,
};

/// The layout.
pub(super) struct GolangMigrate;

impl Layout for GolangMigrate {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "golang-migrate", title: "golang-migrate" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let all = folder.sql_files().count();
        let named: Vec<Named> = folder.sql_files().filter_map(parse).collect();
        let readable = named.iter().all(|file| fits(&file.version));
        (!named.is_empty() && named.len() * 5 >= all * 4 && readable)
            .then(|| "names match <version>_<title>.up.sql".to_owned())
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            match parse(name) {
                Some(file) if fits(&file.version) => named.push(file),
                Some(_) => {
                    let why = "the version is larger than golang-migrate reads";
                    listing.ignored.push(misnamed(folder, name, why));
                }
                None => {
                    let why = "not named <version>_<title>.up.sql or .down.sql";
                    listing.ignored.push(misnamed(folder, name, why));
                }
            }
        }
        listing.entries = with_number_ids(pair(named));
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::StandAlone,
            scripts: NewScripts::Plain,
            downs: Downs::SecondFile,
            names: NewNames {
                up: "{version}_{description}.up.sql",
                down: Some("{version}_{description}.down.sql"),
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Skipped, edited: Edited::Unnoticed }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], dialect: Dialect) -> Sending {
        match dialect {
            Dialect::Sqlite => TransactionMode::PerScript.into(),
            _ => TransactionMode::OneString.into(),
        }
    }
}

fn fits(version: &str) -> bool {
    version.parse::<u64>().is_ok()
}

fn parse(name: &str) -> Option<Named> {
    let (version, rest) = digits_then(name, '_')?;
    let (description, direction) = without_sql(rest).rsplit_once('.')?;
    let part = match direction {
        "up" => Part::Up,
        "down" => Part::Down,
        _ => return None,
    };
    Some(Named {
        version: version.to_owned(),
        description: description.to_owned(),
        part,
        path: name.to_owned(),
    })
}
