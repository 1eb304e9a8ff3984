//! postgrator: `<version>.do.<name>.sql` and `<version>.undo.<name>.sql`.
//!
//! Facts read in its source: versions are integers; a file goes to the server as one string; it
//! remembers the newest version and runs what comes after it; the checksum of an applied file is
//! compared.

use super::numbered::misnamed;
use crate::layout::LayoutMeta;
use crate::layout::dialect::Verdict;
use crate::layout::layout_trait::{Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::{all_digits, without_sql};
use crate::layout::order::{Named, pair, with_number_ids};
use crate::layout::said::by_key;
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, TransactionMode,
};

/// The layout.
pub(super) struct Postgrator;

impl Layout for Postgrator {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "postgrator", title: "postgrator" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let all = folder.sql_files().count();
        let named = folder.sql_files().filter(|name| parse(name).is_some()).count();
        (named > 0 && named * 2 >= all).then(|| "names match <version>.do.<name>.sql".to_owned())
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            match parse(name) {
                Some(file) => named.push(file),
                None => {
                    let why = "not named <version>.do.<name>.sql or <version>.undo.<name>.sql";
                    listing.ignored.push(misnamed(folder, name, why));
                }
            }
        }
        listing.entries = with_number_ids(pair(named));
        let code = &["js", "mjs", "cjs", "ts"];
        listing.ignored.extend(crate::layout::foreign_code::beside(
            folder,
            code,
            "a program: not read",
        ));
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        const FILES: &[&str] = &[".postgratorrc.json", ".postgratorrc", ".postgratorrc.yaml"];
        FILES.iter().find_map(|file| by_key(folder, file, "driver"))
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::StandAlone,
            scripts: NewScripts::Plain,
            downs: Downs::SecondFile,
            names: NewNames {
                up: "{version}.do.{description}.sql",
                down: Some("{version}.undo.{description}.sql"),
                word_separator: '-',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Skipped, edited: Edited::Refused }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::OneString.into()
    }
}

fn parse(name: &str) -> Option<Named> {
    let mut parts = without_sql(name).splitn(3, '.');
    let (version, word) = (parts.next()?, parts.next()?);
    let part = match word {
        "do" => Part::Up,
        "undo" => Part::Down,
        _ => return None,
    };
    all_digits(version).then(|| Named {
        version: version.to_owned(),
        description: parts.next().unwrap_or("").to_owned(),
        part,
        path: name.to_owned(),
    })
}
