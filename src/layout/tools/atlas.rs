//! Atlas: `<version>_<name>.sql` beside `atlas.sum`.
//!
//! Facts read in its source: files end in `.sql` and are ordered by name; each has a transaction of
//! its own unless a comment `-- atlas:txmode none` stands in the file's header, which a blank line
//! ends; without it statements are sent one by one. `atlas.sum` may also stand beside files in the
//! format of another tool: those are read by that tool's layout, and the sum is compared all the
//! same ([`super::atlas_sum`]).

use super::atlas_settings;
use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect::Verdict;
use crate::layout::layout_trait::{Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::{leading_digits, without_sql};
use crate::layout::order::{Named, pair};
use crate::layout::remark::ineffective;
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, Remark, TransactionMode,
};
use crate::source::SourceFile;
use std::sync::Arc;

const SUM: &str = "atlas.sum";
const MARKER: &str = "-- atlas:txmode none";

/// The layout.
pub(super) struct Atlas;

impl Layout for Atlas {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "atlas", title: "Atlas" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        folder.has(SUM).then(|| SUM.to_owned())
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            let stem = without_sql(name);
            let (version, rest) = leading_digits(stem);
            if version.is_empty() {
                listing.ignored.push(ignored(folder, name, "no version at the start"));
                continue;
            }
            named.push(Named {
                version: version.to_owned(),
                description: rest.trim_start_matches('_').to_owned(),
                part: Part::Up,
                path: name.to_owned(),
            });
        }
        listing.entries = pair(named);
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        atlas_settings::database(folder)
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::FirstLine("-- atlas:txmode none\n"),
            scripts: NewScripts::Entered("`atlas migrate hash` enters it in atlas.sum"),
            downs: Downs::Nowhere,
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '_' },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Refused, edited: Edited::RefusedByBytes }
    }

    fn transaction(&self, script: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        let header = header(script.file.text());
        let leaves = header.iter().any(|line| is_marker(line));
        let mode = if leaves { TransactionMode::Autocommit } else { TransactionMode::PerScript };
        let remark = if leaves { None } else { misplaced(&script.file) };
        Sending { remark, ..mode.into() }
    }
}

fn is_marker(line: &str) -> bool {
    let words: Vec<&str> = line.trim_start_matches('\u{feff}').split_whitespace().collect();
    words == ["--", "atlas:txmode", "none"]
}

/// The comments at the top, if a blank line separates them from the statements.
fn header(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text
        .lines()
        .take_while(|line| line.trim_start_matches('\u{feff}').trim_start().starts_with("--"))
        .collect();
    let next = text.lines().nth(lines.len());
    match next.is_none_or(|line| line.trim().is_empty()) {
        true => lines,
        false => Vec::new(),
    }
}

/// A marker elsewhere is a comment of the statement below it.
fn misplaced(file: &Arc<SourceFile>) -> Option<Remark> {
    let line = file.text().lines().position(is_marker)? + 1;
    let message = format!("`{MARKER}` has no effect here: Atlas runs the file in a transaction");
    let help = "put it at the head of the file, with a blank line below it";
    Some(ineffective(file, line, message, help))
}
