//! goose: `<version>_<name>.sql` with `-- +goose Up` and `-- +goose Down` in one file.
//!
//! Facts read in its source: versions are integers from 1 on; annotations begin at column 0 (older
//! releases pass over indented ones, newer ones stop); nothing but comments stands before `Up`;
//! statements are sent one by one, in a transaction unless `-- +goose NO TRANSACTION` stands in the
//! file; a version that is missing below the newest applied one stops it.

use super::marked::{self, Section};
use super::numbered::misnamed;
use crate::layout::LayoutMeta;
use crate::layout::dialect::Verdict;
use crate::layout::foreign_code;
use crate::layout::layout_trait::{Built, Entry, Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::{digits_then, number, without_sql};
use crate::layout::order::{Named, pair, with_number_ids};
use crate::layout::problem::Problem;
use crate::layout::remark::ineffective;
use crate::layout::said::{Variable, by_variables};
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Direction, Downs, Edited, Late, LeftSettings, NewNames,
    NewScripts, NoTransaction, Remark, TransactionMode,
};
use crate::source::SourceFile;
use std::sync::Arc;

const UP: &str = "-- +goose Up";
const NO_TRANSACTION: &str = "-- +goose NO TRANSACTION";

/// The layout.
pub(super) struct Goose;

impl Layout for Goose {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "goose", title: "goose" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let heads = folder.heads();
        let is_marked = |text: &str| text.lines().any(|line| annotation(line).is_some());
        let marked = heads.iter().filter(|head| is_marked(&head.text)).count();
        (marked > 0).then(|| format!("marker `-- +goose` in {marked} of {} files", heads.len()))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            match digits_then(name, '_') {
                Some((digits, rest)) if !number(digits).is_empty() => named.push(Named {
                    version: digits.to_owned(),
                    description: without_sql(rest).to_owned(),
                    part: Part::Up,
                    path: name.to_owned(),
                }),
                _ => {
                    let why = "not named <version>_<name>.sql with a version from 1 on";
                    listing.ignored.push(misnamed(folder, name, why));
                }
            }
        }
        listing.entries = with_number_ids(pair(named));
        listing.ignored.extend(foreign_code::beside(folder, &["go"], "written in Go: not read"));
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        let driver = [Variable::word("GOOSE_DRIVER"), Variable::address("GOOSE_DBSTRING")];
        by_variables(folder, &driver)
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::FirstLine(NO_TRANSACTION),
            scripts: NewScripts::Headed(UP),
            downs: Downs::Section("-- +goose Down"),
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '_' },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Refused, edited: Edited::Unnoticed }
    }

    fn transaction(&self, script: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        let mut lines = script.file.text().lines();
        let leaves = lines.any(|line| {
            annotation(line).is_some_and(|words| words.eq_ignore_ascii_case("NO TRANSACTION"))
        });
        match leaves {
            true => TransactionMode::Autocommit.into(),
            false => TransactionMode::PerScript.into(),
        }
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], dialect: Dialect) -> Built {
        let mut built = Built::default();
        let Some(read) = files.first() else { return built };
        let sections = marked::cut(read.file.text(), marker);
        built.problems = complaints(&read.file, &sections);
        built.remarks = indented(&read.file);
        let mode = self.transaction(read, files, dialect).mode;
        built.drafts.push(marked::joined(entry, &read.file, &sections, |_| mode));
        built
    }
}

/// The words of an annotation at column 0.
fn annotation(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('\u{feff}').strip_prefix("--")?.trim();
    rest.strip_prefix("+goose").map(str::trim)
}

fn marker(line: &str) -> Option<(Direction, String)> {
    let words = annotation(line)?;
    let direction = match words.to_ascii_lowercase().as_str() {
        "up" => Direction::Up,
        "down" => Direction::Down,
        _ => return None,
    };
    Some((direction, String::new()))
}

fn complaints(file: &SourceFile, sections: &[Section]) -> Vec<Problem> {
    let path = || file.path().to_owned();
    let misplaced = |line: usize, reason: &str| Problem::Misplaced {
        path: path(),
        line,
        reason: reason.to_owned(),
    };
    let Some(first) = sections.first() else {
        return vec![Problem::MissingMarker { path: path(), marker: UP, tool: "goose" }];
    };
    let mut problems = Vec::new();
    if first.direction == Direction::Down {
        problems.push(misplaced(first.line, "`-- +goose Down` before `Up`: goose stops at it"));
    }
    if let Some(line) = marked::code_before(file, first.line) {
        problems.push(misplaced(line, "a statement before `-- +goose Up`: goose stops at it"));
    }
    problems
}

/// Annotations that are not at the beginning of their line.
fn indented(file: &Arc<SourceFile>) -> Vec<Remark> {
    let lines = file.text().lines().enumerate();
    let indented = lines.filter(|(_, line)| {
        let bare = line.trim_start();
        bare.len() < line.len() && annotation(bare).is_some_and(|words| !words.is_empty())
    });
    indented
        .map(|(at, line)| {
            let message = format!(
                "`{}` has no effect here: goose reads it at the beginning of a line alone",
                line.trim()
            );
            ineffective(file, at + 1, message, "take the space before it out")
        })
        .collect()
}
