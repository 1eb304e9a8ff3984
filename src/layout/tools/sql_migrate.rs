//! sql-migrate: files of any name with `-- +migrate Up` and `-- +migrate Down`.
//!
//! Facts read in its source: names that begin with digits are ordered by their number and come
//! before the others, which are ordered as text; the whole file name is the id; markers begin at
//! column 0; statements are sent one by one, in a transaction unless `notransaction` stands on the
//! line of any marker of the direction; what is missing below the newest applied one is run.

use super::marked::{self, Section};
use crate::layout::LayoutMeta;
use crate::layout::dialect::Verdict;
use crate::layout::layout_trait::{
    Built, Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::{leading_digits, without_sql};
use crate::layout::problem::Problem;
use crate::layout::remark::ineffective;
use crate::layout::said::by_key;
use crate::layout::walk::Folder;
use crate::migration::{
    Conventions, Dialect, Direction, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    Remark, TransactionMode, Version,
};
use crate::source::SourceFile;
use std::sync::Arc;

const UP: &str = "-- +migrate Up";
const DOWN: &str = "-- +migrate Down";
const PREFIX: &str = "-- +migrate ";

/// The layout.
pub(super) struct SqlMigrate;

impl Layout for SqlMigrate {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "sql-migrate", title: "sql-migrate" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let heads = folder.heads();
        let is_marked = |text: &str| text.lines().any(|line| marker(line).is_some());
        let marked = heads.iter().filter(|head| is_marked(&head.text)).count();
        (marked > 0).then(|| format!("marker `{UP}` in {marked} of {} files", heads.len()))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        Listing { entries: folder.sql_files().map(entry).collect(), ..Listing::default() }
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        by_key(folder, "dbconfig.yml", "dialect")
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::SectionMarker {
                up: "-- +migrate Up notransaction",
                down: "-- +migrate Down notransaction",
            },
            scripts: NewScripts::Headed(UP),
            downs: Downs::Section(DOWN),
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '_' },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::PerScript.into()
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], _: Dialect) -> Built {
        let mut built = Built::default();
        let Some(read) = files.first() else { return built };
        let sections = marked::cut(read.file.text(), marker);
        built.problems = complaints(&read.file, &sections);
        built.remarks = indented(&read.file);
        built.drafts.push(marked::joined(entry, &read.file, &sections, mode));
        built
    }
}

fn entry(name: &str) -> Entry {
    let (digits, rest) = leading_digits(without_sql(name));
    let version = Version::new(digits);
    let key = match digits {
        "" => Key::After(name.to_owned()),
        _ => Key::Number(version.clone(), name.to_owned()),
    };
    Entry {
        id: name.to_owned(),
        key,
        version,
        description: rest.trim_start_matches(['_', '-']).to_owned(),
        files: vec![EntryFile { path: name.to_owned(), part: Part::Up }],
    }
}

fn marker(line: &str) -> Option<(Direction, String)> {
    let mut words = line.trim_start_matches('\u{feff}').strip_prefix(PREFIX)?.split_whitespace();
    let direction = match words.next()? {
        "Up" => Direction::Up,
        "Down" => Direction::Down,
        _ => return None,
    };
    Some((direction, words.collect::<Vec<_>>().join(" ")))
}

fn mode(sections: &[&Section]) -> TransactionMode {
    let mut options = sections.iter().flat_map(|section| section.options.split(' '));
    match options.any(|option| option == "notransaction") {
        true => TransactionMode::Autocommit,
        false => TransactionMode::PerScript,
    }
}

fn complaints(file: &SourceFile, sections: &[Section]) -> Vec<Problem> {
    let path = file.path().to_owned();
    let Some(first) = sections.first() else {
        return vec![Problem::MissingMarker { path, marker: UP, tool: "sql-migrate" }];
    };
    let stray = marked::code_before(file, first.line);
    let reason = format!("a statement before `{UP}` is never run");
    stray.map(|line| Problem::Misplaced { path, line, reason }).into_iter().collect()
}

/// Markers that are not at the beginning of their line.
fn indented(file: &Arc<SourceFile>) -> Vec<Remark> {
    let lines = file.text().lines().enumerate();
    let indented = lines.filter(|(_, line)| {
        let bare = line.trim_start();
        bare.len() < line.len() && marker(bare).is_some()
    });
    indented
        .map(|(at, line)| {
            let message = format!(
                "`{}` has no effect here: sql-migrate reads it at the beginning of a line alone",
                line.trim()
            );
            ineffective(file, at + 1, message, "take the space before it out")
        })
        .collect()
}
