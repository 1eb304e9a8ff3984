//! pop and popx: `<version>_<name>[.<dialect>][.autocommit].(up|down).sql`.
//!
//! Facts read in their source: a file without a dialect is for all, one with the dialect goes
//! before it; each migration has a transaction unless `.autocommit.` is in its name, and goes to
//! the server as one string; versions are compared as text of digits, what is missing is run;
//! `.fizz` files are not SQL.

use super::numbered::{ignored, misnamed};
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, DialectEvidence, Family, Verdict};
use crate::layout::layout_trait::{Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::{all_digits, direction_suffix, without_sql};
use crate::layout::order::{Named, pair};
use crate::layout::said::by_key;
use crate::layout::walk::Folder;
use crate::migration::{
    Conventions, Dialect, Downs, LeftSettings, NewNames, NewScripts, NoTransaction, TransactionMode,
};
use std::collections::HashSet;

const AUTOCOMMIT: &str = ".autocommit";

/// The layout.
pub(super) struct Pop;

impl Layout for Pop {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "pop", title: "pop" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let all = folder.sql_files().count();
        let named: Vec<Name> = folder.sql_files().filter_map(parse).collect();
        let telling = named.iter().find(|name| name.is_telling());
        let fizz = crate::layout::foreign_code::beside(folder, &["fizz"], "").into_iter().next();
        let fizz = fizz.map(|file| file.path);
        let evidence = telling.map(|name| name.file.path.clone()).or(fizz)?;
        (named.len() * 5 >= all * 4).then(|| format!("the name {evidence}"))
    }

    fn dialects(&self, folder: &Folder) -> Vec<DialectEvidence> {
        dialect::by_suffixes(folder.sql_files(), ending)
    }

    fn list(&self, folder: &Folder, dialect: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut own = Vec::new();
        let mut common = Vec::new();
        for name in folder.sql_files() {
            let Some(parsed) = parse(name) else {
                let why = "not named <version>_<name>.up.sql or .down.sql";
                listing.ignored.push(misnamed(folder, name, why));
                continue;
            };
            match parsed.family {
                None => common.push(parsed.file),
                Some(family) if family.serves(dialect) => own.push(parsed.file),
                Some(_) => listing.ignored.push(ignored(folder, name, "for another database")),
            }
        }
        let taken: HashSet<(String, Part)> =
            own.iter().map(|file| (file.version.clone(), file.part)).collect();
        for file in common {
            if taken.contains(&(file.version.clone(), file.part)) {
                let why = "replaced by the file for this database";
                listing.ignored.push(ignored(folder, &file.path, why));
            } else {
                own.push(file);
            }
        }
        listing.entries = pair(own);
        let fizz =
            crate::layout::foreign_code::beside(folder, &["fizz"], "written in fizz: not read");
        listing.ignored.extend(fizz);
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        by_key(folder, "database.yml", "dialect")
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::FileName(NewNames {
                up: "{version}_{description}.autocommit.up.sql",
                down: Some("{version}_{description}.autocommit.down.sql"),
                word_separator: '_',
            }),
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

    fn transaction(&self, script: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        match script.file.path().contains(".autocommit.") {
            true => TransactionMode::OneString.into(),
            false => TransactionMode::PerScript.into(),
        }
    }
}

struct Name {
    file: Named,
    family: Option<Family>,
    autocommit: bool,
}

impl Name {
    /// Whether only pop names files so.
    fn is_telling(&self) -> bool {
        self.autocommit || self.family.is_some()
    }
}

fn parse(name: &str) -> Option<Name> {
    let (stem, part) = direction_suffix(without_sql(name))?;
    if !matches!(name.get(stem.len()..)?, ".up.sql" | ".down.sql") {
        return None;
    }
    let (stem, autocommit) = match stem.strip_suffix(AUTOCOMMIT) {
        Some(stem) => (stem, true),
        None => (stem, false),
    };
    let (version, rest) = stem.split_once('_')?;
    let (description, word) = match rest.split_once('.') {
        Some((description, word)) => (description, Some(word)),
        None => (rest, None),
    };
    let family = match word {
        Some(word) => Some(dialect::family(word)?),
        None => None,
    };
    all_digits(version).then(|| Name {
        file: Named {
            version: version.to_owned(),
            description: description.to_owned(),
            part,
            path: name.to_owned(),
        },
        family,
        autocommit,
    })
}

/// The database's word in a name.
fn ending(name: &str) -> Option<&str> {
    let (stem, _) = direction_suffix(without_sql(name))?;
    let stem = stem.strip_suffix(AUTOCOMMIT).unwrap_or(stem);
    stem.rsplit_once('.').map(|(_, word)| word)
}
