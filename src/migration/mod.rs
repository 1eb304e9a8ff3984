//! The model that every language is turned into: migrations made of steps, steps of statements,
//! statements of actions.
//!
//! Front ends write it; replay, effects, timeline, rules and reports read it. It knows neither a
//! parser nor a layout: names are folded, types are canonical, expressions carry the facts that
//! later rooms ask for, and what was not understood is [`ActionKind::Unparsed`] or
//! [`ActionKind::Opaque`].

mod action;
mod alter_table;
mod constraint;
mod conventions;
mod data;
mod expr;
mod forms;
mod guard;
mod history_table;
mod index;
mod maintenance;
mod mysql;
mod name;
mod object;
mod observed;
pub mod python;
mod query;
mod routine;
mod sql_type;
mod table;
mod target;
mod type_def;
mod version;

pub use action::{Action, ActionKind, Makes};
pub use alter_table::{ColumnChange, DetachMode, TableChange, TableTarget, TriggerSwitch};
pub use constraint::{
    ConstraintKind, Deferral, ForeignKeyTarget, IndexedColumn, ReferentialAction, TableConstraint,
    Validity,
};
pub use conventions::{Conventions, Downs, LeftSettings, NewNames, NewScripts, NoTransaction};
pub use data::{
    ConflictTarget, Copy, Delete, Insert, InsertSource, InsertValue, Merge, MergeChange,
    OnConflict, RowPredicate, SetOption, SettingScope, Truncate, Update,
};
pub use expr::{Expr, ExprFacts, ExprShape, FunctionCall, Predicate};
pub use forms::{Form, Forms, Lacking};
pub use guard::{ColumnTrait, Guard};
pub use history_table::{VersionTable, is_history_table};
pub use index::{AlterIndex, CreateIndex, IndexAttributes, IndexChange, Reindex, ReindexTarget};
pub use maintenance::{CreateView, LockTable, Refresh, Vacuum};
pub use mysql::{
    Algorithm, Charset, ColumnPosition, LockLevel, LockWait, Maintenance, MaintenanceCommand,
    MysqlChange, Online, PartitionChange, PartitionDef, PartitionScheme, Partitions, TableLockMode,
    TableOption,
};
pub use name::{Ident, ObjectName};
pub use object::{DropObject, ObjectChange, ObjectKind};
pub use observed::{
    Arrival, Bookkeeping, Edit, Edited, Fate, Late, Lost, Observed, Remark, RemarkKind, Since,
};
pub use query::{OutputColumn, Query, QueryFacts, RowLock};
pub use routine::{
    CreateFunction, CreatePolicy, CreateTrigger, FunctionBody, Parameter, TriggerTiming, Volatility,
};
pub use sql_type::SqlType;
pub use table::{
    ColumnConstraint, ColumnDef, CreateTable, CreateTableAs, Identity, LikeClause, MysqlTable,
    PartitionBound, PartitionOf, Persistence, RelationKind,
};
pub use target::{
    BadVersion, Dialect, NamedVersion, ServerVersion, Target, UnknownDialect, is_utc,
};
pub use type_def::{
    AlterDomain, AlterEnum, AlterSequence, CreateDomain, CreateEnum, CreateSequence, DomainChange,
    EnumChange, OwnedBy,
};
pub use version::Version;

use crate::source::{MappedText, Place, SourceFile, Span};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which way a script goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards the newest schema.
    Up,
    /// Back.
    Down,
}

/// How the layout's runner sends a script to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionMode {
    /// The runner opens one transaction for the script.
    PerScript,
    /// The runner opens one transaction for all pending scripts.
    WholeRun,
    /// The script goes to the server as one string: no transaction is opened, but more than one
    /// statement runs in an implicit one (PostgreSQL's simple query protocol).
    OneString,
    /// Each statement is sent alone and commits at once.
    Autocommit,
    /// The runner looks for statements that refuse a transaction and opens one if there is none
    /// (Flyway).
    UnlessRefused,
}

/// Where a script's text comes from, before it is parsed. Made by layouts.
#[derive(Debug, Clone)]
pub struct ScriptSource {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The part of it that is run, uncommented where the layout comments it out.
    pub text: MappedText,
    /// Up or down.
    pub direction: Direction,
    /// How it is sent.
    pub transaction: TransactionMode,
}

/// A parsed script.
#[derive(Debug, Clone)]
pub struct Script {
    /// Where it came from and how it is sent.
    pub source: ScriptSource,
    /// What it does, in the order of the text.
    pub steps: Vec<Step>,
    /// Comments that speak to lockgate, in the order of the text.
    pub directives: Vec<Directive>,
}

impl Script {
    /// All statements in the order in which the server receives them.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.steps.iter().flat_map(|step| step.statements.iter())
    }

    /// The step that holds a statement, by its index among [`Script::statements`].
    pub fn step_of(&self, statement: usize) -> Option<&Step> {
        let mut first = 0;
        self.steps.iter().find(|step| {
            first += step.statements.len();
            statement < first
        })
    }

    /// The place of a span of this script's file.
    pub fn place(&self, span: Span) -> Place {
        Place { file: Arc::clone(&self.source.file), span }
    }
}

/// A comment `lockgate: …`, uninterpreted: what it means is decided where suppressions live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The whole comment in the file.
    pub span: Span,
    /// What follows `lockgate:`, trimmed.
    pub text: String,
    /// Index of the statement (in [`Script::statements`] order) that it binds to: the one on its
    /// own line, else the next one; `None` when no statement follows.
    pub statement: Option<usize>,
    /// Whether nothing but comments and blank lines stands before it in the file.
    pub at_head: bool,
}

/// What the author wrote as one thing.
#[derive(Debug, Clone)]
pub struct Step {
    /// Bytes of the file.
    pub span: Span,
    /// The text that is sent, where it is one text that its statements alone do not make up: a
    /// `DO` block, `CREATE SCHEMA` with elements. `None`: the statements are sent one by one.
    pub sql: Option<Arc<str>>,
    /// What the server receives for it. A `DO` block gives the statements of its body, each with
    /// its [`Guard`]; they still run inside the one `DO`.
    pub statements: Vec<Statement>,
    /// The framework's directive that it is, where it was not written as SQL.
    pub directive: Option<Arc<python::DirectiveCall>>,
}

/// One statement as the server, or a procedural block on it, runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Bytes of the file, without the semicolon and without surrounding space or comments.
    pub span: Span,
    /// The statement's text as written, placeholders included.
    pub sql: Arc<str>,
    /// What it does: usually one action, several for an `ALTER TABLE` with several subcommands.
    pub actions: Vec<Action>,
    /// When it runs at all.
    pub guard: Guard,
    /// What sends it.
    pub origin: Origin,
    /// What it uses that not every server has (MySQL, MariaDB).
    pub forms: Forms,
}

impl Statement {
    /// The relation that it alters, or puts an index on; of several the first.
    pub fn subject(&self) -> Option<&ObjectName> {
        self.actions.iter().find_map(|action| match &action.kind {
            ActionKind::AlterTable { table, .. } => Some(&table.name),
            ActionKind::CreateIndex(index) => Some(&index.table),
            _ => None,
        })
    }

    /// How the statement demands to be carried out (`ALGORITHM=`, `LOCK=`, `WAIT`), its clauses
    /// taken together.
    pub fn online(&self) -> Online {
        let clauses = self.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::AlterTable { change, .. } => match change.as_ref() {
                TableChange::Mysql(MysqlChange::Online(online)) => Some(*online),
                _ => None,
            },
            ActionKind::CreateIndex(index) => Some(index.attributes.online),
            ActionKind::Drop(drop) => Some(drop.online),
            ActionKind::Truncate(truncate) => {
                Some(Online { wait: truncate.wait, ..Online::default() })
            }
            ActionKind::Maintain(maintain) => {
                Some(Online { wait: maintain.wait, ..Online::default() })
            }
            _ => None,
        });
        clauses.fold(Online::default(), Online::and)
    }
}

/// What sends a statement to the executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The client, as a statement of its own.
    TopLevel,
    /// The body of a `DO` block: never outside a transaction, unless the block itself commits.
    Block,
    /// A directive of a migration framework that the author did not write as SQL.
    Implied,
}

/// One versioned step of the history.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The version as the tool writes it into its history table.
    pub id: String,
    /// The name without the version, as written.
    pub description: String,
    /// Ids of migrations that must run before it, where the layout names them; empty in linear
    /// histories.
    pub parents: Vec<String>,
    /// Programs that come directly before it and were not read.
    pub unread: Option<Unread>,
    /// The way forward. `None` where only a down was found.
    pub up: Option<Script>,
    /// The way back, if there is one.
    pub down: Option<Script>,
    /// Its place in the graph of revisions, where the layout has one.
    pub revision: Option<python::Revision>,
}

/// Programs among the scripts, by the words of their texts: what they make is not known, but for
/// that most of its names stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread(Arc<BTreeSet<Ident>>);

impl Unread {
    /// A program of that text.
    pub fn of(text: &str) -> Self {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let spelt = |word: &str| [Ident::new(word), Ident::new(word.to_lowercase())];
        Self(Arc::new(words.filter(|word| !word.is_empty()).flat_map(spelt).collect()))
    }

    /// Those and others.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(Arc::new(self.0.union(&others.0).cloned().collect()))
    }

    /// Whether a name stands in one of the texts.
    pub fn names(&self, name: &Ident) -> bool {
        self.0.contains(name)
    }
}

/// A migration's version and name as people know it; where the tool takes the whole name for the
/// version, that is all of it.
pub fn migration_title(id: &str, description: &str) -> String {
    // The ids of some tools are whole names of files.
    let stem = id.strip_suffix(".sql").unwrap_or(id);
    let says_all =
        |name: &str| stem.strip_suffix(name).is_some_and(|version| version.ends_with(['_', '-']));
    match description.is_empty()
        || id == description
        || says_all(description)
        || says_all(&description.replace(' ', "_"))
    {
        true => id.to_owned(),
        false => format!("{id}_{description}"),
    }
}

impl Migration {
    /// The script of a direction.
    pub fn script(&self, direction: Direction) -> Option<&Script> {
        match direction {
            Direction::Up => self.up.as_ref(),
            Direction::Down => self.down.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::migration_title;

    #[test]
    fn a_version_that_holds_the_name_is_the_whole_title() {
        assert_eq!(migration_title("20250110083000", "shop"), "20250110083000_shop");
        assert_eq!(migration_title("0005_cute_terror", "cute terror"), "0005_cute_terror");
        assert_eq!(migration_title("20250110083000_shop", "shop"), "20250110083000_shop");
        assert_eq!(migration_title("20250101", "1"), "20250101_1");
        assert_eq!(migration_title("20250110-shop.sql", "shop"), "20250110-shop.sql");
        assert_eq!(migration_title("7c1e", ""), "7c1e");
    }
}
