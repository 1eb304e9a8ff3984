//! Sqitch: `sqitch.plan` lists changes in their order; `deploy/<name>.sql` goes forward,
//! `revert/<name>.sql` back.
//!
//! Facts read in its documentation: the plan alone says what runs; a change that stands in it twice
//! is reworked, and its earlier script is called `<name>@<tag>.sql` after the tag between; scripts
//! are run by the database's own client, statement by statement, so that the transaction is the
//! script's own `BEGIN … COMMIT`.

use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Verdict};
use crate::layout::layout_trait::{
    Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::without_sql;
use crate::layout::paths::join_shown;
use crate::layout::read::{Wanted, read};
use crate::layout::remark::{contradicted, line_of};
use crate::layout::walk::Folder;
use crate::migration::{
    Conventions, Dialect, Downs, LeftSettings, NewNames, NewScripts, NoTransaction, Remark,
    TransactionMode, Version,
};
use crate::source::SourceFile;
use std::collections::HashSet;
use std::sync::Arc;

/// Its name.
pub(in crate::layout) const PLAN: &str = "sqitch.plan";

/// The layout.
pub(super) struct Sqitch;

impl Layout for Sqitch {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "sqitch", title: "Sqitch" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let scripts = folder.folders.iter().any(|child| child.name() == "deploy");
        (folder.has(PLAN) && scripts).then(|| PLAN.to_owned())
    }

    fn database(&self, folder: &Folder) -> Option<Verdict> {
        let above = folder.path.ancestors().take_while(|above| above.starts_with(&folder.horizon));
        let engine = above
            .filter_map(|above| std::fs::read_to_string(above.join("sqitch.conf")).ok())
            .find_map(|text| engine(&text))?;
        dialect::by_word("sqitch.conf", &engine)
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let wanted =
            Wanted { path: folder.path.join(PLAN), shown: join_shown(&folder.shown, PLAN) };
        match read(&wanted, &folder.overlay) {
            Ok(plan) => list(folder, &plan, &mut listing),
            Err(problem) => listing.problems.push(problem),
        }
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::LeaveOutBegin,
            scripts: NewScripts::Entered("`sqitch add` makes its files and enters it in the plan"),
            downs: Downs::SecondFile,
            names: NewNames {
                up: "deploy/{description}.sql",
                down: Some("revert/{description}.sql"),
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::Autocommit.into()
    }
}

/// `engine` in the section `[core]`.
fn engine(text: &str) -> Option<String> {
    let mut inside = false;
    text.lines().find_map(|line| {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[core]";
        }
        let (key, value) = line.split_once('=')?;
        (inside && key.trim() == "engine").then(|| value.trim().to_owned())
    })
}

/// A change in the plan.
struct Change {
    name: String,
    line: usize,
    /// Tags after it and before a later line that reworks it: its script is called after one.
    tags: Vec<String>,
}

impl Change {
    /// The name of its script, which is the first that is there.
    fn id(&self, exists: impl Fn(&str) -> bool) -> String {
        let names: Vec<String> =
            self.tags.iter().map(|tag| format!("{}@{tag}", self.name)).collect();
        let there = names.iter().find(|name| exists(name));
        there.or(names.first()).unwrap_or(&self.name).clone()
    }
}

/// The changes of a plan, the reworked ones with their tags.
fn changes(plan: &SourceFile) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut tags: Vec<(usize, String)> = Vec::new();
    for (at, line) in plan.text().lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        match line.split_whitespace().next() {
            None => {}
            Some(word) if word.starts_with(['%', '#']) => {}
            Some(word) if word.starts_with('@') => {
                tags.push((changes.len(), word.trim_start_matches('@').to_owned()));
            }
            Some(word) => {
                let name = word.trim_start_matches(['+', '-']).to_owned();
                if !name.is_empty() {
                    changes.push(Change { name, line: at + 1, tags: Vec::new() });
                }
            }
        }
    }
    let names: Vec<String> = changes.iter().map(|change| change.name.clone()).collect();
    for (at, change) in changes.iter_mut().enumerate() {
        let later = names.iter().enumerate().skip(at + 1);
        let again = later.filter(|(_, name)| **name == change.name).map(|(later, _)| later).next();
        let Some(again) = again else { continue };
        let between = tags.iter().filter(|(count, _)| *count > at && *count <= again);
        change.tags = between.map(|(_, tag)| tag.clone()).collect();
    }
    changes
}

/// The plan with a change right behind another one, and behind the tags of that, by the same
/// planner; `None` where the plan does not have that one exactly once.
pub(in crate::layout) fn with_change(plan: &str, name: &str, follows: &str) -> Option<String> {
    let head = |line: &str| line.split_whitespace().next().unwrap_or("").to_owned();
    let is_it = |line: &&str| head(line).trim_start_matches('+') == follows;
    let mut found = plan.split_inclusive('\n').filter(is_it);
    let (line, None) = (found.next()?, found.next()) else { return None };
    let (time, planner) = planned(line)?;
    let at = plan.find(line)? + line.len();
    let tags = plan.get(at..)?.split_inclusive('\n').take_while(|line| head(line).starts_with('@'));
    let at = at + tags.map(str::len).sum::<usize>();
    let (before, after) = plan.split_at_checked(at)?;
    let (gap, end) = match before.strip_suffix('\n') {
        Some(before) if before.ends_with('\r') => ("", "\r\n"),
        Some(_) => ("", "\n"),
        None => ("\n", ""),
    };
    let note = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
    Some(format!("{before}{gap}{name} [{follows}] {time} {planner} # {note}{end}{after}"))
}

/// The time and the planner of a change: `2026-03-01T08:30:00Z Ada <ada@example.com>`.
fn planned(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().split_once(char::is_whitespace)?.1.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(requires) => requires.split_once(']')?.1.trim_start(),
        None => rest,
    };
    let (time, rest) = rest.split_once(' ')?;
    let planner = rest.get(..rest.find('>')? + 1)?;
    (time.ends_with('Z') && time.contains('T')).then_some((time, planner))
}

fn list(folder: &Folder, plan: &Arc<SourceFile>, listing: &mut Listing) {
    let changes = changes(plan);
    let mut known: HashSet<String> = HashSet::new();
    for (at, change) in changes.iter().enumerate() {
        let id = change.id(|name| folder.contains(&format!("deploy/{name}.sql")));
        known.insert(id.clone());
        let deploy = format!("deploy/{id}.sql");
        if !folder.contains(&deploy) {
            let message = format!("{deploy} is planned but is not there: sqitch stops at it");
            let help = "add the script, or take the line out of the plan";
            listing.remarks.push(contradicted(line_of(plan, change.line), message, help));
            continue;
        }
        let mut files = vec![EntryFile { path: deploy, part: Part::Up }];
        let revert = format!("revert/{id}.sql");
        if folder.contains(&revert) {
            files.push(EntryFile { path: revert, part: Part::Down });
        }
        listing.entries.push(Entry {
            version: Version::new(""),
            key: Key::Text(format!("{at:08}")),
            description: change.name.clone(),
            id,
            files,
        });
    }
    for child in folder.folders.iter().filter(|child| child.name() == "deploy") {
        unplanned(child, "", &known, listing);
    }
}

/// Scripts that go forward and that the plan does not name.
fn unplanned(folder: &Folder, prefix: &str, known: &HashSet<String>, listing: &mut Listing) {
    for name in folder.sql_files() {
        if known.contains(&format!("{prefix}{}", without_sql(name))) {
            continue;
        }
        listing.ignored.push(ignored(folder, name, "not in the plan"));
        listing.remarks.extend(not_planned(folder, name));
    }
    for child in &folder.folders {
        unplanned(child, &format!("{prefix}{}/", child.name()), known, listing);
    }
}

fn not_planned(folder: &Folder, name: &str) -> Option<Remark> {
    let wanted = Wanted { path: folder.path.join(name), shown: join_shown(&folder.shown, name) };
    let file = read(&wanted, &folder.overlay).ok()?;
    let message = format!("{name} is not in sqitch.plan: it is never deployed");
    let help = "sqitch add writes the script and its line together";
    Some(contradicted(line_of(&file, 1), message, help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reworked_change_is_called_after_a_tag_before_its_rework() {
        let plan = "%project=shop\n\norders 2024-01-01T00:00:00Z Ada <a@example.org> # a\n\
                    @v1 2024-01-02T00:00:00Z Ada <a@example.org>\n\
                    @v2 2024-01-02T00:00:00Z Ada <a@example.org>\n\
                    orders [orders@v1] 2024-01-03T00:00:00Z Ada <a@example.org> # b\n";
        let plan = SourceFile::new("sqitch.plan", plan);
        let ids = |there: &str| -> Vec<String> {
            changes(&plan).iter().map(|change| change.id(|name| name == there)).collect()
        };
        assert_eq!(ids("orders@v2"), ["orders@v2", "orders"]);
        assert_eq!(ids(""), ["orders@v1", "orders"]);
    }

    #[test]
    fn a_change_is_planned_behind_another_and_its_tags() {
        let plan = "%project=shop\n\norders 2024-01-01T00:00:00Z Ada L <a@example.org> # a\n\
                    note [orders] 2024-01-02T00:00:00Z Ada L <a@example.org># b\n\
                    @v1 2024-01-02T00:00:00Z Ada L <a@example.org>\n";
        let found = with_change(plan, "note_idx", "note").unwrap();
        let added = found.strip_prefix(plan).unwrap();
        assert_eq!(
            added,
            "note_idx [note] 2024-01-02T00:00:00Z Ada L <a@example.org> # note idx\n"
        );
        let found = with_change(plan, "later", "orders").unwrap();
        assert!(found.contains("# a\nlater [orders] 2024-01-01T00:00:00Z Ada L"), "{found}");
        assert_eq!(with_change(plan, "later", "customers"), None);
    }

    #[test]
    fn the_engine_is_that_of_the_core() {
        let text = "[engine \"pg\"]\n\ttarget = db:pg:x\n[core]\n\tengine = sqlite\n";
        assert_eq!(engine(text).as_deref(), Some("sqlite"));
    }
}
