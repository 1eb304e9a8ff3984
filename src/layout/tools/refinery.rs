//! refinery: `V<version>__<name>.sql`, and `U<version>__<name>.sql` for what may run in any order;
//! sub-folders belong to it.
//!
//! Facts read in its source: names match `^([U|V])(\d+(?:\.\d+)?)__(\w+)\.sql`; both kinds are
//! sorted by version on a fresh database; a `V` that is missing below the newest applied one, and
//! one whose checksum changed, stop it; each migration has a transaction of its own.

use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect::Verdict;
use crate::layout::layout_trait::{
    Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::manifest::{by_feature, cargo_dependency};
use crate::layout::name::all_digits;
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, TransactionMode, Version,
};

/// The layout.
pub(super) struct Refinery;

impl Layout for Refinery {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "refinery", title: "refinery" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let foreign =
            folder.sql_files().any(|name| name.starts_with(['R', 'B']) && name.contains("__"));
        if foreign || !folder.sql_files().any(|name| parse(name).is_some()) {
            return None;
        }
        let evidence = cargo_dependency(&folder.path, &folder.horizon, "refinery")?;
        Some(format!("names match V<version>__<name>.sql, and {evidence}"))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        collect(folder, "", &mut listing);
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        const FEATURES: &[(&str, &str)] = &[
            ("rusqlite", "sqlite"),
            ("postgres", "postgres"),
            ("tokio-postgres", "postgres"),
            ("mysql", "mysql"),
            ("mysql_async", "mysql"),
        ];
        let own = by_feature(folder, "refinery", FEATURES);
        own.or_else(|| by_feature(folder, "refinery-core", FEATURES))
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::Never,
            scripts: NewScripts::Plain,
            downs: Downs::Nowhere,
            names: NewNames {
                up: "V{version}__{description}.sql",
                down: None,
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Refused, edited: Edited::RefusedByBytes }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::PerScript.into()
    }
}

fn collect(folder: &Folder, prefix: &str, listing: &mut Listing) {
    for name in folder.sql_files() {
        match parse(name) {
            Some(script) => listing.entries.push(script.entry(format!("{prefix}{name}"))),
            None => {
                let why = "not named V<version>__<name>.sql";
                let mut file = ignored(folder, name, why);
                file.meant = name.starts_with(['V', 'U', 'v']);
                listing.ignored.push(file);
            }
        }
    }
    for child in &folder.folders {
        collect(child, &format!("{prefix}{}/", child.name()), listing);
    }
}

struct Script<'a> {
    unordered: bool,
    version: &'a str,
    description: &'a str,
}

fn parse(name: &str) -> Option<Script<'_>> {
    let stem = name.strip_suffix(".sql")?;
    let unordered = stem.starts_with('U');
    let (version, description) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let parts = version.split('.');
    let fits = parts.clone().count() <= 2 && parts.clone().all(all_digits);
    let word = |c: char| c.is_alphanumeric() || c == '_';
    (fits && !description.is_empty() && description.chars().all(word)).then_some(Script {
        unordered,
        version,
        description,
    })
}

impl Script<'_> {
    /// What may run in any order keeps its letter, so that nobody takes it for a version.
    fn entry(&self, path: String) -> Entry {
        let version = Version::new(self.version);
        let id =
            if self.unordered { format!("U{}", self.version) } else { self.version.to_owned() };
        Entry {
            id,
            key: Key::Number(version.clone(), path.clone()),
            version,
            description: self.description.replace('_', " "),
            files: vec![EntryFile { path, part: Part::Up }],
        }
    }
}
