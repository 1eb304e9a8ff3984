//! Where a project stands in a database: what is applied, what is pending, what does not fit.

use super::gate::of_script;
use super::history::{Entry, JournalRow, Kind, State, Status};
use crate::migration::{Direction, Migration};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// Ways out of irregularities that were asked for.
#[derive(Debug, Clone, Default)]
pub struct WaysOut {
    /// Versions whose edited text is accepted.
    pub accept_edited: Vec<String>,
    /// Whether pending migrations below the newest applied one may run.
    pub order: Order,
}

/// Whether late migrations may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// In the order of the project alone.
    #[default]
    Linear,
    /// Late ones too.
    Any,
}

/// Where a project stands.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Indexes of applied migrations, in the order of the project.
    pub applied: Vec<usize>,
    /// Indexes of pending ones, in that order; those that an earlier run began come first.
    pub pending: Vec<usize>,
    /// Those that an earlier run began, with the number of their row.
    pub begun: HashMap<String, i64>,
    /// Those whose way back an earlier run began, with the number of their row.
    pub half_undone: HashMap<String, i64>,
    /// Versions that were applied once and have been taken back since.
    pub taken_back: BTreeSet<String>,
    /// Pending ones that stand before an applied one, with the newest applied: they run late, where
    /// that is allowed.
    pub late: BTreeMap<String, String>,
    /// Versions whose edited text is accepted now: each gets a row.
    pub accepted: Vec<usize>,
    /// What does not fit.
    pub irregular: Vec<Irregular>,
}

/// How history and files do not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Irregular {
    /// The text of an applied migration is not what ran.
    Edited {
        /// Version.
        version: String,
        /// Its file.
        file: String,
        /// When it ran.
        applied_at: String,
    },
    /// A begun migration was edited where it already ran.
    EditedWhileBegun {
        /// Version.
        version: String,
        /// 1-based number of the first part that differs.
        part: usize,
    },
    /// An applied migration has no file.
    Missing {
        /// Version.
        version: String,
        /// Description.
        description: String,
    },
    /// A pending migration stands before an applied one.
    OutOfOrder {
        /// Version.
        version: String,
        /// The newest that is applied.
        newest: String,
    },
    /// Nobody can tell whether a statement of a begun migration happened.
    Unknown {
        /// Version.
        version: String,
        /// The statement's first words.
        title: String,
    },
    /// A way back was begun and not finished.
    HalfUndone {
        /// Version.
        version: String,
    },
    /// The table of the layout's own tool says something else than our history.
    OtherBooks {
        /// The table.
        table: String,
        /// What it says.
        held: Vec<String>,
        /// What it would say.
        expected: Vec<String>,
    },
    /// Two migrations bear one version.
    Twice {
        /// Version.
        version: String,
    },
}

impl fmt::Display for Irregular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { version, file, applied_at } => {
                write!(f, "{file} was edited after it was applied as {version} on {applied_at}")
            }
            Self::EditedWhileBegun { version, part } => {
                write!(
                    f,
                    "{version} was begun by an earlier run, and its part {part}, which is done, was edited"
                )
            }
            Self::Missing { version, description } => {
                write!(f, "{version} ({description}) is applied, but its file is missing")
            }
            Self::OutOfOrder { version, newest } => {
                write!(f, "{version} is pending, but {newest}, which comes after it, is applied")
            }
            Self::Unknown { version, title } => write!(
                f,
                "{version}: an earlier run ended at `{title}`, and nobody but you can tell whether it happened"
            ),
            Self::HalfUndone { version } => {
                write!(f, "the rollback of {version} was begun and not finished")
            }
            Self::OtherBooks { table, held, expected } => write!(
                f,
                "{table} says {}, and by the history of lockgate it is {}",
                listed(held),
                listed(expected)
            ),
            Self::Twice { version } => write!(f, "two migrations bear the version {version}"),
        }
    }
}

impl Irregular {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Edited { version, .. } => format!(
                "put the old text back and write a new migration; if the edit changes nothing that matters: --accept-edited {version}"
            ),
            Self::EditedWhileBegun { .. } => {
                "put the text back as it ran; change what comes after it, or write a new migration"
                    .to_owned()
            }
            Self::Missing { .. } => {
                "bring the file back (is the branch up to date? is the folder the right one?)"
                    .to_owned()
            }
            Self::OutOfOrder { .. } => {
                "give it a newer version, or let it run late: --out-of-order".to_owned()
            }
            Self::Unknown { version, .. } => format!(
                "look, then say so: lockgate resolve {version} --done <why>, or --retry <why>"
            ),
            Self::HalfUndone { version } => format!("finish it: lockgate rollback {version}"),
            Self::OtherBooks { .. } => "if the table is right, because the tool itself applied more: --adopt counts that as applied; \
                if it took something back, apply it again with the tool, and use lockgate rollback"
                .to_owned(),
            Self::Twice { .. } => "give one of them another version".to_owned(),
        }
    }
}

fn listed(versions: &[String]) -> String {
    if versions.is_empty() { "nothing".to_owned() } else { versions.join(", ") }
}

/// What the rows of one version come to.
#[derive(Debug, Clone, Default)]
struct Version<'h> {
    applied: Option<&'h Entry>,
    checksum: Option<&'h str>,
    begun: Option<&'h Entry>,
    half_undone: Option<&'h Entry>,
    is_taken_back: bool,
}

/// Compares the history with the project's migrations. `journal` gives the rows of a run.
pub fn compare(
    migrations: &[Migration],
    entries: &[Entry],
    ways_out: &WaysOut,
    has_journal: &dyn Fn(i64) -> bool,
) -> Standing {
    let versions = versions(entries, has_journal);
    let mut standing = Standing::default();
    let mut seen = BTreeSet::new();
    for (at, migration) in migrations.iter().enumerate() {
        if !seen.insert(migration.id.as_str()) {
            standing.irregular.push(Irregular::Twice { version: migration.id.clone() });
            continue;
        }
        place(&mut standing, at, migration, versions.get(migration.id.as_str()), ways_out);
    }
    for (id, version) in versions.iter().filter(|(id, _)| !seen.contains(**id)) {
        if let Some(entry) = version.applied.or(version.begun).or(version.half_undone) {
            let (version, description) = ((*id).to_owned(), entry.description.clone());
            standing.irregular.push(Irregular::Missing { version, description });
        }
    }
    standing.late = late(&standing, migrations);
    if ways_out.order == Order::Linear {
        let late = standing.late.clone().into_iter();
        let late = late.map(|(version, newest)| Irregular::OutOfOrder { version, newest });
        standing.irregular.extend(late);
    }
    let begun = &standing.begun;
    standing.pending.sort_by_key(|&at| {
        !migrations.get(at).is_some_and(|migration| begun.contains_key(&migration.id))
    });
    standing
}

fn place(
    standing: &mut Standing,
    at: usize,
    migration: &Migration,
    version: Option<&Version<'_>>,
    ways_out: &WaysOut,
) {
    let Some(up) = &migration.up else { return };
    let version = version.cloned().unwrap_or_default();
    if let Some(entry) = version.half_undone {
        standing.half_undone.insert(migration.id.clone(), entry.id);
        standing.irregular.push(Irregular::HalfUndone { version: migration.id.clone() });
    }
    let Some(entry) = version.applied else {
        if version.is_taken_back {
            standing.taken_back.insert(migration.id.clone());
        }
        if let Some(begun) = version.begun {
            standing.begun.insert(migration.id.clone(), begun.id);
        }
        standing.pending.push(at);
        return;
    };
    standing.applied.push(at);
    if version.checksum == Some(of_script(up).as_str()) {
        return;
    }
    if ways_out.accept_edited.contains(&migration.id) {
        standing.accepted.push(at);
        return;
    }
    standing.irregular.push(Irregular::Edited {
        version: migration.id.clone(),
        file: up.source.file.path().to_owned(),
        applied_at: entry.applied_at.clone(),
    });
}

/// Pending ones that stand before an applied one, with the newest applied.
fn late(standing: &Standing, migrations: &[Migration]) -> BTreeMap<String, String> {
    let Some(&newest) = standing.applied.last() else { return BTreeMap::new() };
    let Some(last) = migrations.get(newest) else { return BTreeMap::new() };
    let late = standing.pending.iter().filter(|&&at| at < newest);
    let late = late.filter_map(|&at| migrations.get(at));
    // One that was begun was let through by the run that began it.
    let late = late.filter(|migration| !standing.begun.contains_key(&migration.id));
    late.map(|migration| (migration.id.clone(), last.id.clone())).collect()
}

fn versions<'h>(
    entries: &'h [Entry],
    has_journal: &dyn Fn(i64) -> bool,
) -> BTreeMap<&'h str, Version<'h>> {
    let mut versions: BTreeMap<&str, Version<'_>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind != Kind::Resolved) {
        let version = versions.entry(entry.version.as_str()).or_default();
        match (entry.direction, entry.status) {
            (Direction::Up, Status::Applied) if entry.kind == Kind::Accepted => {
                version.checksum = Some(entry.checksum.as_str());
            }
            (Direction::Up, Status::Applied) => {
                version.applied = Some(entry);
                version.checksum = Some(entry.checksum.as_str());
                version.begun = None;
            }
            (Direction::Down, Status::Applied) => {
                *version = Version { is_taken_back: true, ..Version::default() };
            }
            (direction, status) => {
                // What failed as one transaction left nothing behind.
                let began = status == Status::Running || has_journal(entry.id);
                match direction {
                    Direction::Up if began => version.begun = Some(entry),
                    Direction::Down if began => version.half_undone = Some(entry),
                    _ => {}
                }
            }
        }
    }
    versions
}

/// How far a begun script came: the number of units that are done, and the one that was about to
/// be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Units that are done.
    pub done: usize,
    /// Whether the next one has its intent written and no result.
    pub intended: bool,
    /// Slices of the next one that are done, with the last key.
    pub slices: Option<(u64, Option<String>)>,
    /// Rows that were changed.
    pub rows: u64,
}

impl Progress {
    /// Reads a journal against the hashes of the script's units.
    ///
    /// # Errors
    /// The 1-based number of a done unit that was edited since.
    pub fn read(journal: &[JournalRow], hashes: &[String]) -> Result<Self, usize> {
        let mut progress = Self::default();
        for (at, hash) in hashes.iter().enumerate() {
            let rows: Vec<&JournalRow> = journal.iter().filter(|row| row.unit == at).collect();
            let Some(last) = rows.last() else { break };
            let is_done = rows.iter().any(|row| row.state == State::Done);
            let has_effect = is_done || rows.iter().any(|row| row.state == State::Slice);
            if has_effect && last.hash != *hash {
                return Err(at + 1);
            }
            progress.rows +=
                rows.iter().filter(|row| row.batch > 0 || is_done).map(|row| row.rows).sum::<u64>();
            if is_done {
                progress.done = at + 1;
                continue;
            }
            progress.intended = rows
                .iter()
                .any(|row| matches!(row.state, State::Intent | State::Failed) && row.hash == *hash);
            let mut slices = rows.iter().filter(|row| row.state == State::Slice);
            progress.slices = slices.next_back().map(|row| (row.batch, row.key.clone()));
            break;
        }
        let known = hashes.len();
        match journal.iter().find(|row| row.unit >= known && row.state == State::Done) {
            Some(row) => Err(row.unit + 1),
            None => Ok(progress),
        }
    }
}
