//! Releases against migrations: which release still runs on the schema after each migration.

use super::breaks::{Break, breaks};
use super::release::{Deployed, Release, Site};
use super::usage::Usage;
use crate::migration::{Direction, Migration, Target};
use crate::schema::Schema;
use crate::timeline::{FoldOptions, Transaction, fold};

/// A history to judge releases by.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// Migrations in their order.
    pub migrations: &'a [Migration],
    /// The schema before the first.
    pub start: &'a Schema,
    /// Dialect and server version.
    pub target: &'a Target,
}

/// What a migration means for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The release brought the migration with it, or an earlier one did.
    Contained,
    /// Nothing that the release uses is taken away.
    Compatible,
    /// The release uses what is taken away.
    Breaks(Vec<Conflict>),
    /// Something may be a use, or may refuse what the release writes, or a statement was not
    /// understood.
    NotProven(Doubt),
}

/// Something that a release uses and a migration takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What is taken away.
    pub broken: Break,
    /// Where the release uses it.
    pub sites: Vec<Site>,
}

/// Why nothing is proven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doubt {
    /// What may be a use.
    pub possible: Vec<Conflict>,
    /// Statements of the migration that were not understood.
    pub opaque: usize,
}

/// One release's row.
#[derive(Debug, Clone)]
pub struct Row {
    /// The release.
    pub release: String,
    /// A verdict for each migration of the history.
    pub verdicts: Vec<Verdict>,
}

impl Row {
    /// Whether the release can run on the schema after the whole history.
    pub fn runs(&self) -> bool {
        !self.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Breaks(_)))
    }

    /// Whether that is proven.
    pub fn is_proven(&self) -> bool {
        !self.verdicts.iter().any(|verdict| matches!(verdict, Verdict::NotProven(_)))
    }
}

/// Releases against the migrations of one project.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// Root of the project.
    pub project: String,
    /// Its migrations: version, and the file of the up.
    pub migrations: Vec<(String, String)>,
    /// Releases, oldest first.
    pub rows: Vec<Row>,
}

impl Matrix {
    /// The oldest release from which on every one can run after the whole history.
    pub fn floor(&self) -> Option<&Row> {
        self.rows.iter().rev().take_while(|row| row.runs()).last()
    }
}

/// Judges each release by each migration, in the order of [`Deployed::releases`].
pub fn compare(history: History<'_>, deployed: &Deployed) -> Vec<Row> {
    let mut rows: Vec<Row> = deployed
        .releases
        .iter()
        .map(|release| Row { release: release.name.clone(), verdicts: Vec::new() })
        .collect();
    let mut schema = history.start.clone();
    for migration in history.migrations {
        let options = FoldOptions::alone(history.target);
        let up = fold(migration, Direction::Up, schema.clone(), options);
        for (row, release) in rows.iter_mut().zip(&deployed.releases) {
            row.verdicts.push(verdict(release, migration, &up.transactions));
        }
        schema = up.schema;
    }
    rows
}

fn verdict(release: &Release, migration: &Migration, transactions: &[Transaction<'_>]) -> Verdict {
    if contains(release, migration) {
        return Verdict::Contained;
    }
    let (mut conflicts, mut doubt) = (Vec::new(), Doubt::default());
    for transaction in transactions {
        for entry in &transaction.entries {
            let understood = entry.statement.actions.iter().all(|one| one.kind.is_understood());
            doubt.opaque += usize::from(!understood);
            for broken in breaks(transaction, entry) {
                match release.needs(&entry.before, &broken) {
                    Usage::Used(sites) if broken.kind.is_certain() => {
                        conflicts.push(Conflict { broken, sites });
                    }
                    Usage::Used(sites) | Usage::Possible(sites) => {
                        doubt.possible.push(Conflict { broken, sites });
                    }
                    Usage::Unused => {}
                }
            }
        }
    }
    match (conflicts.is_empty(), doubt == Doubt::default()) {
        (false, _) => Verdict::Breaks(conflicts),
        (true, false) => Verdict::NotProven(doubt),
        (true, true) => Verdict::Compatible,
    }
}

/// Whether the migration's file is part of the release: by its path, else by its name.
fn contains(release: &Release, migration: &Migration) -> bool {
    let Some(script) = &migration.up else { return true };
    let path = script.source.file.path();
    if release.paths.iter().any(|known| known == path) {
        return true;
    }
    // The folder may have moved since; a bare `up.sql` says nothing.
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or(path), parts.next().unwrap_or(""));
    let wanted = if name.chars().any(|c| c.is_ascii_digit()) {
        format!("/{name}")
    } else {
        format!("/{folder}/{name}")
    };
    release.paths.iter().any(|known| known.ends_with(&wanted))
}
