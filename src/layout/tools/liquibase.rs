//! Liquibase changelogs in formatted SQL: `--liquibase formatted sql`, then changesets.
//!
//! Facts read in its source and documentation: `--changeset author:id key:value…` opens a
//! changeset, `--rollback` lines and `/* liquibase rollback … */` are its way back; each changeset
//! has a transaction unless `runInTransaction:false`; statements are sent one by one; `dbms:` names
//! the databases; a changed checksum, in which comments do not count, stops it unless
//! `runOnChange:true` or `runAlways:true`; files run as the master changelog names them, `includeAll`
//! in the order of their names.

use super::changeset::{self, Changeset};
use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect;
use crate::layout::layout_trait::{
    Built, Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::without_sql;
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, TransactionMode, Version,
};

/// The layout.
pub(super) struct Liquibase;

impl Layout for Liquibase {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "liquibase", title: "Liquibase" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let own = formatted(folder);
        if own > 0 && own * 2 >= folder.heads().len() {
            let evidence =
                format!("`--liquibase formatted sql` in {own} of {} files", folder.heads().len());
            return Some(evidence);
        }
        let master = masters(folder).into_iter().next()?;
        let below = folder.folders.iter().any(|child| formatted(child) > 0);
        below.then(|| format!("{master}, and `--liquibase formatted sql` below it"))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let order: String = masters(folder)
            .iter()
            .filter_map(|name| std::fs::read_to_string(folder.path.join(name)).ok())
            .collect();
        collect(folder, "", &order, &mut listing);
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::SectionMarker {
                up: "--changeset author:id runInTransaction:false",
                down: "--changeset author:id runInTransaction:false",
            },
            scripts: NewScripts::Registered("as a changeset with an id of its own"),
            downs: Downs::Section("--rollback"),
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '-' },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Run, edited: Edited::RefusedUnlessComments }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::PerScript.into()
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], dialect: Dialect) -> Built {
        let mut built = Built::default();
        let Some(read) = files.first() else { return built };
        for set in changeset::read(&read.file) {
            if is_for(&set, dialect) {
                built.drafts.push(set.draft(entry, &read.file));
            }
        }
        built
    }
}

/// Whether a changeset runs on the database.
fn is_for(set: &Changeset, dialect: Dialect) -> bool {
    let Some(list) = set.option("dbms") else { return true };
    let words: Vec<&str> = list.split(',').map(str::trim).collect();
    let names = |word: &str| {
        let word = word.to_ascii_lowercase();
        word == "all" || dialect::family(&word).is_some_and(|family| family.serves(dialect))
    };
    let excluded = words.iter().filter_map(|word| word.strip_prefix('!'));
    if excluded.clone().any(names) {
        return false;
    }
    let included: Vec<&&str> = words.iter().filter(|word| !word.starts_with('!')).collect();
    included.is_empty() || included.iter().any(|word| names(word))
}

fn formatted(folder: &Folder) -> usize {
    folder.heads().iter().filter(|head| changeset::is_formatted(&head.text)).count()
}

/// Changelogs that name others.
fn masters(folder: &Folder) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(&folder.path) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| {
        let ending = name.rsplit('.').next().unwrap_or("");
        name.contains("changelog") && matches!(ending, "xml" | "yaml" | "yml" | "json")
    });
    names.sort();
    names
}

fn collect(folder: &Folder, prefix: &str, order: &str, listing: &mut Listing) {
    for name in folder.sql_files() {
        if folder.peek(name).is_some_and(|text| changeset::is_formatted(&text)) {
            listing.entries.push(entry(format!("{prefix}{name}"), order));
        } else {
            let why = "its first line is not `--liquibase formatted sql`";
            listing.ignored.push(ignored(folder, name, why));
        }
    }
    for child in &folder.folders {
        collect(child, &format!("{prefix}{}/", child.name()), order, listing);
    }
}

fn entry(path: String, order: &str) -> Entry {
    let named = order.find(&path).or_else(|| {
        let name = path.rsplit('/').next().unwrap_or(&path);
        order.find(name)
    });
    let place = named.unwrap_or(usize::MAX);
    Entry {
        id: path.clone(),
        version: Version::new(""),
        key: Key::Text(format!("{place:020}/{path}")),
        description: without_sql(path.rsplit('/').next().unwrap_or(&path)).to_owned(),
        files: vec![EntryFile { path, part: Part::Up }],
    }
}
