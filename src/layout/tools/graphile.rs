//! graphile-migrate: `committed/<number>[-<name>].sql` in the order of their numbers, and
//! `current.sql` (or `current/`), which becomes the next one.
//!
//! Facts read in its source: a committed file starts with `--! Previous:`, `--! Hash:` and perhaps
//! `--! Message:`, a chain that stops it where it is broken; each migration has a transaction
//! unless `--! no-transaction` stands in its header, and goes to the server as one string;
//! placeholders are written `:NAME`.

use super::numbered::misnamed;
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Verdict};
use crate::layout::layout_trait::{
    Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::{leading_digits, without_sql};
use crate::layout::paths::join_shown;
use crate::layout::read::{Wanted, read};
use crate::layout::remark::{contradicted, line_of};
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, Remark, TransactionMode, Version,
};
use crate::source::SourceFile;

const MARKER: &str = "--! no-transaction";
const COMMITTED: &str = "committed";

/// The layout.
pub(super) struct Graphile;

impl Layout for Graphile {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "graphile-migrate", title: "graphile-migrate" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let committed = folder.folders.iter().find(|child| child.name() == COMMITTED)?;
        let head = committed
            .heads()
            .iter()
            .find(|head| head.text.lines().any(|line| line.starts_with("--! Previous:")))?;
        Some(format!("header `--! Previous:` in committed/{}", head.name))
    }

    fn database(&self, _: &Folder) -> Option<Verdict> {
        Some(dialect::postgres_only("graphile-migrate"))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        for child in folder.folders.iter().filter(|child| child.name() == COMMITTED) {
            for name in child.sql_files() {
                match leading_digits(name).0 {
                    "" => listing.ignored.push(misnamed(child, name, "no number at the start")),
                    digits => listing.entries.push(committed(name, digits)),
                }
            }
        }
        listing.remarks = broken_chain(folder, &listing.entries);
        listing.entries.extend(current(folder));
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::FirstLine(MARKER),
            scripts: NewScripts::Registered(
                "write it into current.sql, and let `graphile-migrate commit` number it",
            ),
            downs: Downs::Nowhere,
            names: NewNames { up: "current.sql", down: None, word_separator: '-' },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Refused, edited: Edited::Refused }
    }

    fn transaction(&self, script: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        let mut header = script.file.text().lines().take_while(|line| line.starts_with("--"));
        match header.any(|line| line.trim_end() == MARKER) {
            true => TransactionMode::OneString.into(),
            false => TransactionMode::PerScript.into(),
        }
    }
}

fn committed(name: &str, digits: &str) -> Entry {
    let version = Version::new(digits);
    let rest = without_sql(name).get(digits.len()..).unwrap_or("");
    let path = format!("{COMMITTED}/{name}");
    Entry {
        id: digits.to_owned(),
        key: Key::Number(version.clone(), name.to_owned()),
        version,
        description: rest.trim_start_matches('-').replace('-', " "),
        files: vec![EntryFile { path, part: Part::Up }],
    }
}

/// What is being written: it runs again whenever it changes.
fn current(folder: &Folder) -> Vec<Entry> {
    let entry = |id: String, path: String| Entry {
        version: Version::new(""),
        key: Key::Last(path.clone()),
        description: String::new(),
        files: vec![EntryFile { path, part: Part::Up }],
        id,
    };
    if folder.has("current.sql") {
        return vec![entry("current".to_owned(), "current.sql".to_owned())];
    }
    let parts = folder.folders.iter().filter(|child| child.name() == "current");
    let names = parts.flat_map(|child| child.sql_files());
    names
        .map(|name| entry(format!("current/{}", without_sql(name)), format!("current/{name}")))
        .collect()
}

/// Committed files whose `Previous` is not the `Hash` of the one before.
fn broken_chain(folder: &Folder, entries: &[Entry]) -> Vec<Remark> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let files = sorted.iter().flat_map(|entry| &entry.files);
    let read_one = |file: &EntryFile| {
        let shown = join_shown(&folder.shown, &file.path);
        read(&Wanted { path: folder.path.join(&file.path), shown }, &folder.overlay).ok()
    };
    let mut remarks = Vec::new();
    let mut before: Option<String> = None;
    for file in files.filter_map(read_one) {
        let previous = value(&file, "--! Previous:");
        if let (Some((line, previous)), Some(before)) = (&previous, &before)
            && previous != before
        {
            let message = "the file before this one is not the one that it was committed after: graphile-migrate stops";
            let help = "put the committed files back as they were, or commit this one anew";
            remarks.push(contradicted(line_of(&file, *line), message, help));
        }
        before = value(&file, "--! Hash:").map(|(_, hash)| hash);
    }
    remarks
}

fn value(file: &SourceFile, key: &str) -> Option<(usize, String)> {
    let mut lines = file.text().lines().enumerate().take_while(|(_, line)| line.starts_with("--!"));
    lines.find_map(|(at, line)| Some((at + 1, line.strip_prefix(key)?.trim().to_owned())))
}
