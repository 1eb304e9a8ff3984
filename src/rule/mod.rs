//! All that the author of a rule reads: metadata, the trait, the contexts, and the builder of
//! findings.
//!
//! A rule is a `Check` (its options, deserialised strictly from `lockgate.toml`) that implements
//! [`Rule`]; it overrides the level it judges at. It never asks for lock modes: it reads
//! [`crate::effects::Effects`].

mod advice;
mod changes;
mod context;
mod ddl;
mod directives;
mod draft;
mod edits;
mod enums;
mod facts;
mod follow_text;
mod follow_up;
mod habits;
mod history;
mod if_exists;
mod indexes;
mod later;
mod migration;
mod mysql;
mod pattern;
mod refusals;
mod releases;
mod relocate;
mod remedy;
mod repeat;
mod restore;
mod revision;
mod routines;
mod sql;
mod sqlite;
mod stages;
mod successor;
mod undo;
mod undo_table;
mod validation;
mod victims;
mod way_back;
mod wording;
mod words;

pub use advice::{Step, in_steps};
pub use context::{MigrationContext, ProjectContext, StatementContext, TableLists};
pub use ddl::{column_sql, deferral_sql, foreign_key_sql, key_columns, not_null_steps};
pub use directives::{Directive, directives};
pub use draft::{Anchor, Draft, Once, Said, Sink, Speaker};
pub use follow_up::{FollowUp, WayBack};
pub use habits::{Habits, does_something, switches_off};
pub use history::{migration_head, tell_remarks};
pub use indexes::{begins_index, first_key, same_index};
pub use later::SpokenOf;
pub use mysql::{MYSQL, NOT_MYSQL, SERVERS, refuses_null, renamed_column, restated};
pub use pattern::Pattern;
pub use refusals::Refused;
pub use releases::{Proof, releases, saying};
pub use remedy::Remedy;
pub use repeat::changes_something;
pub use revision::{server_default, server_default_for_rows};
pub use routines::{RoutineUse, routines_naming};
pub use sql::{
    column_list, concurrently_after, placeholder, quoted, relation_sql, without_if_not_exists,
};
pub use sqlite::{Copied, DoubleQuoted, TableCopy, double_quoted, is_off};
pub use stages::{
    BUILD_FIRST, Back, Forward, KEY_NEEDED_BY, NewColumn, Stage, Stages, not_null_stages,
};
pub use successor::Successor;
pub use validation::{PROVE_LATER, VALIDATE_LATER};
pub use victims::{Victim, cascade_victims};
pub use words::{
    blocked_phrase, hold_phrase, lock_label, locks_label, partition_list, relation_list,
    statement_head, waiters, waiting, work_clause,
};

use crate::finding::{Category, Severity};
use crate::migration::{Action, Dialect, Direction};

/// What every rule says of itself.
#[derive(Debug, Clone, Copy)]
pub struct RuleMeta {
    /// What it finds: lower case, no full stop.
    pub summary: &'static str,
    /// Severity unless configured otherwise; `None` is off by default.
    pub severity: Option<Severity>,
    /// The promise that it guards.
    pub category: Category,
    /// Dialects in which the hazard exists.
    pub dialects: &'static [Dialect],
    /// Directions that it judges.
    pub directions: &'static [Direction],
    /// The kind of fix that it offers.
    pub fix: FixKind,
    /// Version of lockgate that brought it.
    pub since: &'static str,
}

/// Up alone.
pub const UP: &[Direction] = &[Direction::Up];
/// Down alone.
pub const DOWN: &[Direction] = &[Direction::Down];
/// Both directions.
pub const BOTH: &[Direction] = &[Direction::Up, Direction::Down];

/// What kind of fix a rule can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FixKind {
    /// None.
    None,
    /// Keeps the meaning.
    Safe,
    /// An edit to review.
    Unsafe,
    /// Several files or deploys: described, not applied.
    Plan,
}

impl FixKind {
    /// Lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Plan => "plan",
        }
    }
}

/// A rule: overrides one or more levels.
pub trait Rule: Send + Sync {
    /// Judges one action of a statement; for rules that say at most one thing of each.
    fn action(&self, _context: &StatementContext<'_>, _action: &Action) -> Option<Draft> {
        None
    }

    /// Judges one statement in its transaction: action by action, unless a rule does otherwise.
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let actions = context.actions().iter();
        actions.filter_map(|action| self.action(context, action)).for_each(|draft| sink.add(draft));
    }

    /// Judges a finished transaction.
    fn transaction(&self, _context: &StatementContext<'_>, _sink: &mut Sink<'_>) {}

    /// Judges a migration, both directions known.
    fn migration(&self, _context: &MigrationContext<'_>, _sink: &mut Sink<'_>) {}

    /// Judges the whole project, once.
    fn project(&self, _context: &ProjectContext<'_>, _sink: &mut Sink<'_>) {}
}
