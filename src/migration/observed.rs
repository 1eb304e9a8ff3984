//! What is known of a project beside its scripts: how its tool keeps books, what its files look
//! like to the tool, and what version control says of them.
//!
//! Layouts make it, the rules about the history read it.

use super::{Direction, VersionTable};
use crate::source::{Place, SourceFile};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known of a project beside its scripts.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// How the tool keeps books.
    pub bookkeeping: Bookkeeping,
    /// The table of its tool that a run of lockgate keeps too, where there is one.
    pub version_table: Option<VersionTable>,
    /// What a layout noticed and a rule judges.
    pub remarks: Vec<Remark>,
    /// Ids of migrations that run again whenever they change.
    pub reruns: BTreeSet<String>,
    /// What a change makes of the history, where it was asked for.
    pub since: Option<Since>,
}

/// How a tool remembers what it applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bookkeeping {
    /// What it does with a migration that sorts before one that was applied.
    pub late: Late,
    /// What it does when an applied file has changed.
    pub edited: Edited,
}

/// What a tool does with a migration that sorts before one that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Late {
    /// It never runs it, and says nothing.
    Skipped,
    /// It stops with an error.
    Refused,
    /// It runs it, or its order does not come from the names.
    #[default]
    Run,
}

/// What a tool does when an applied file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edited {
    /// It keeps a checksum and stops.
    Refused,
    /// It keeps a checksum of the bytes, ends of lines included, and stops.
    RefusedByBytes,
    /// It keeps a checksum in which comments do not count, and stops.
    RefusedUnlessComments,
    /// It does not look, and never runs the file again.
    #[default]
    Unnoticed,
}

/// Something that a layout noticed about a file, for a rule to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What kind of thing.
    pub kind: RemarkKind,
    /// Where.
    pub place: Place,
    /// The migration, where it is one's.
    pub migration: Option<String>,
    /// What happens to whom.
    pub message: String,
    /// What stands under the place.
    pub label: String,
    /// What to do.
    pub help: String,
}

/// Kinds of remarks; each is one rule's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemarkKind {
    /// A marker stands where the tool does not read it.
    IneffectiveMarker,
    /// A list of migrations and the folder contradict each other.
    NotInJournal,
    /// A file that looks like a migration is never run.
    IgnoredFile,
    /// Several revisions are the last one.
    MultipleHeads,
    /// A revision follows one that is not there, or itself.
    BrokenGraph,
    /// A revision's id is longer than the table of versions takes.
    LongRevisionId,
    /// The environment runs migrations in a transaction that the tool does not know of.
    ExternalTransaction,
}

/// What a change makes of the history.
#[derive(Debug, Clone)]
pub struct Since {
    /// The revision that it is compared with, as given.
    pub reference: String,
    /// What became of each migration, in the order of the history.
    pub fates: Vec<Fate>,
    /// Migrations that the revision got after the two parted.
    pub arrivals: Vec<Arrival>,
    /// Migrations that were there when the two parted, and are gone.
    pub lost: Vec<Lost>,
}

/// What became of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is as it was.
    Merged,
    /// The change adds it.
    New,
    /// The change edits it, and it is made for that: it runs again whenever it changes.
    Rerun,
    /// The change edits files of it.
    Edited(Edit),
    /// The change gives it another version; this was the old one.
    Renumbered {
        /// The old version.
        from: String,
    },
}

/// What was edited of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// What the way forward does.
    Statements,
    /// The way back alone.
    WayBack,
    /// Comments and white space alone.
    Comments,
}

impl Edit {
    /// The direction whose script changed.
    pub fn direction(self) -> Direction {
        match self {
            Self::WayBack => Direction::Down,
            Self::Statements | Self::Comments => Direction::Up,
        }
    }
}

/// A migration that the other side has and this one has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its version.
    pub id: String,
    /// Its file.
    pub path: String,
    /// How many migrations of this side sort before it.
    pub position: usize,
}

/// A migration that was there and is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Its version.
    pub id: String,
    /// Its file as it was.
    pub file: Arc<SourceFile>,
}
