//! node-pg-migrate in SQL: `<timestamp>_<name>.sql` with `-- Up Migration` and
//! `-- Down Migration`.
//!
//! Facts read in its source: a marker matches `^\s*--[\s-]*(up|down)\s+migration`, in any case; a
//! file without one goes forward as a whole; files run in the order of their names; all pending
//! ones share a transaction unless told otherwise; a file below the newest applied one stops it.

use super::marked::{self, Section};
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Verdict};
use crate::layout::layout_trait::{
    Built, Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::{direction_suffix, leading_digits, without_sql};
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Direction, Downs, Edited, Late, LeftSettings, NewNames,
    NewScripts, NoTransaction, TransactionMode, Version,
};
use crate::source::Span;

/// The layout.
pub(super) struct NodePgMigrate;

impl Layout for NodePgMigrate {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "node-pg-migrate", title: "node-pg-migrate" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        // Generators of other tools write such comments into pairs of files.
        if folder.sql_files().any(|name| direction_suffix(without_sql(name)).is_some()) {
            return None;
        }
        let heads = folder.heads();
        let is_marked = |text: &str| {
            !super::sections::has_header(text) && text.lines().any(|line| marker(line).is_some())
        };
        let marked = heads.iter().filter(|head| is_marked(&head.text)).count();
        (marked > 0)
            .then(|| format!("marker `-- Up Migration` in {marked} of {} files", heads.len()))
    }

    fn database(&self, _: &Folder) -> Option<Verdict> {
        Some(dialect::postgres_only("node-pg-migrate"))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let code = &["js", "ts", "mjs", "cjs"];
        Listing {
            entries: folder.sql_files().map(entry).collect(),
            ignored: crate::layout::foreign_code::beside(folder, code, "a program: not read"),
            ..Listing::default()
        }
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::Never,
            scripts: NewScripts::Headed("-- Up Migration"),
            downs: Downs::Section("-- Down Migration"),
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '-' },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Refused, edited: Edited::Unnoticed }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::WholeRun.into()
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], _: Dialect) -> Built {
        let mut built = Built::default();
        let Some(read) = files.first() else { return built };
        let mut sections = marked::cut(read.file.text(), marker);
        if sections.is_empty() {
            let body = Span::new(read.file.content_start(), read.file.text().len());
            let options = String::new();
            sections.push(Section { direction: Direction::Up, line: 1, options, body });
        }
        let mode = |_: &[&Section]| TransactionMode::WholeRun;
        built.drafts.push(marked::joined(entry, &read.file, &sections, mode));
        built
    }
}

/// The name without its ending is what the tool writes down.
fn entry(name: &str) -> Entry {
    let stem = without_sql(name);
    let (digits, rest) = leading_digits(stem);
    Entry {
        id: stem.to_owned(),
        version: Version::new(digits),
        key: Key::Text(name.to_owned()),
        description: rest.trim_start_matches(['_', '-']).to_owned(),
        files: vec![EntryFile { path: name.to_owned(), part: Part::Up }],
    }
}

fn marker(line: &str) -> Option<(Direction, String)> {
    let rest = line.trim_start().strip_prefix("--")?;
    let words = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '-');
    let mut words = words.split_whitespace();
    let direction = match words.next()?.to_ascii_lowercase().as_str() {
        "up" => Direction::Up,
        "down" => Direction::Down,
        _ => return None,
    };
    let next = words.next()?.to_ascii_lowercase();
    next.starts_with("migration").then(|| (direction, String::new()))
}
