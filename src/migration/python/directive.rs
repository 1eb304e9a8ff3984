//! Calls of a migration framework's directives.

use super::Value;
use crate::migration::Guard;
use crate::source::{Place, Span};
use smol_str::SmolStr;
use std::sync::Arc;

/// One call of a directive, evaluated: `op.add_column("orders", sa.Column(…))`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveCall {
    /// The directive's name without its object: `add_column`, `execute`. Beside the methods of
    /// `op` there are `create_object` and `drop_object` (`sa.Enum(…).create(bind)`: the first
    /// argument is the object, the others are the method's) and `create_all`, `drop_all`.
    pub name: SmolStr,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Keyword arguments in their order.
    pub kwargs: Vec<Keyword>,
    /// The whole call; for a directive in a helper of another file the call of the helper.
    pub span: Span,
    /// The directive's name in it; its line is the one that is reported.
    pub name_span: Span,
    /// When it runs at all.
    pub guard: Guard,
    /// Whether it runs in the migration's transaction.
    pub commit: CommitMode,
    /// What sends it.
    pub sender: Sender,
    /// The batch that it belongs to, for directives of `batch_alter_table`.
    pub batch: Option<Arc<Batch>>,
    /// Where it is written, if not in the migration itself.
    pub via: Option<Place>,
}

/// A keyword argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyword {
    /// Its name.
    pub name: SmolStr,
    /// Its value.
    pub value: Value,
    /// `name=value` as a whole.
    pub span: Span,
}

/// How a directive relates to the migration's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommitMode {
    /// It runs in it.
    Transaction,
    /// It stands in an `autocommit_block()`.
    Autocommit,
}

/// What a directive is a method of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// `op`, or a batch of it: strings are `text()`.
    Op,
    /// A connection.
    Connection,
    /// A session of the ORM.
    Session,
}

/// A `with op.batch_alter_table(…)`: directives that are applied to the table when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Tells batches of one script apart; directives of one batch follow each other.
    pub number: usize,
    /// The table.
    pub table: Value,
    /// All other arguments by their names, `schema` among them.
    pub kwargs: Vec<Keyword>,
    /// The call of `batch_alter_table`.
    pub span: Span,
}

impl DirectiveCall {
    /// The argument at the position that it has among those of `op`, or the keyword of one of these
    /// names. Directives of a batch are written without the table, so theirs move up.
    pub fn positional(&self, position: usize, names: &[&str]) -> Option<&Value> {
        let moved = match self.batch {
            Some(_) if position > self.table_position() => position - 1,
            _ => position,
        };
        let by_name = || names.iter().find_map(|name| self.keyword(name));
        self.args.get(moved).or_else(by_name)
    }

    /// The table and its schema, of the directive or of its batch.
    pub fn table(&self) -> Option<(&Value, Option<&Value>)> {
        const NAMES: &[&str] =
            &["table_name", "source_table", "old_table_name", "tablename", "source", "name"];
        if let Some(batch) = &self.batch {
            return Some((&batch.table, batch.keyword("schema")));
        }
        let by_name = || NAMES.iter().find_map(|name| self.keyword(name));
        let table = self.args.get(self.table_position()).or_else(by_name)?;
        let schema = self.keyword("schema").or_else(|| self.keyword("source_schema"));
        Some((table, schema))
    }

    /// The name of the index or constraint that it makes or drops.
    pub fn object_name(&self) -> Option<&Value> {
        match self.table_position() {
            0 => None,
            _ => self.positional(0, &["index_name", "constraint_name", "name"]),
        }
        .filter(|name| !name.is_none())
    }

    /// Where the table stands among the arguments of `op`: behind the name of an index or
    /// constraint.
    fn table_position(&self) -> usize {
        match self.name.as_str() {
            "create_index"
            | "drop_index"
            | "create_unique_constraint"
            | "create_primary_key"
            | "create_check_constraint"
            | "create_foreign_key"
            | "create_exclude_constraint"
            | "drop_constraint" => 1,
            _ => 0,
        }
    }

    /// The argument at `position` (from 0), or the keyword of that name.
    pub fn argument(&self, position: usize, name: &str) -> Option<&Value> {
        self.args.get(position).or_else(|| self.keyword(name))
    }

    /// The keyword argument of that name.
    pub fn keyword(&self, name: &str) -> Option<&Value> {
        self.kwargs.iter().find(|keyword| keyword.name == name).map(|keyword| &keyword.value)
    }
}

impl Batch {
    /// The keyword argument of that name.
    pub fn keyword(&self, name: &str) -> Option<&Value> {
        self.kwargs.iter().find(|keyword| keyword.name == name).map(|keyword| &keyword.value)
    }
}
