//! Batches on SQLite: what `batch_alter_table` sends where the table has to be made anew.
//!
//! `reflected` is the table as it is, `rebuild` applies the batch's directives to it, `write`
//! writes the copy and the move.

mod order;
mod rebuild;
mod reflected;
mod write;

pub use reflected::{
    Reflected, ReflectedColumn, ReflectedConstraint, ReflectedIndex, ReflectedKind,
};

use super::args::called;
use super::column::Column;
use super::flavor::Flavor;
use super::stop::{Part, Stop};
use crate::migration::python::{Batch, DirectiveCall, Value};
use rebuild::Rebuild;

/// Whether directives of a batch make SQLite copy the table.
pub fn copies(batch: &Batch, calls: &[&DirectiveCall]) -> bool {
    match batch.keyword("recreate").and_then(Value::as_str) {
        Some("always") => true,
        Some("never") => false,
        _ => calls.iter().any(|call| forces_copy(call)),
    }
}

/// Whether a directive waits for the end of its batch.
pub fn is_deferred(call: &DirectiveCall) -> bool {
    call.batch.is_some() && !matches!(call.name.as_str(), "execute" | "opaque")
}

fn forces_copy(call: &DirectiveCall) -> bool {
    match call.name.as_str() {
        "create_index" | "drop_index" => false,
        "add_column" => {
            let Some(column) = call.positional(1, &["column"]).and_then(Column::of) else {
                return false;
            };
            let default = column.keyword("server_default");
            let is_expression = default.is_some_and(|value| value.as_text().is_none());
            let constrained =
                column.has_foreign_key() || column.is_unique() && !column.is_indexed();
            is_expression && column.computed().is_none() || is_stored(&column) || constrained
        }
        _ => true,
    }
}

fn is_stored(column: &Column<'_>) -> bool {
    let persisted = column.computed().and_then(|call| {
        call.keyword("persisted").or_else(|| call.args.get(1)).and_then(Value::as_bool)
    });
    persisted == Some(true)
}

/// What the batch sends: the copy of the table with its directives applied.
pub(in crate::frontend::alembic) fn rebuild(
    batch: &Batch,
    calls: &[&DirectiveCall],
    reflected: Option<Reflected>,
) -> Part<Vec<String>> {
    let given = batch.keyword("copy_from").filter(|value| !value.is_none());
    let table = match given {
        Some(value) => Reflected::of_value(value)?,
        None => match reflected {
            Some(table) => table,
            None => {
                return Stop::unknown(
                    "SQLite copies the table, and what it looks like is not known",
                );
            }
        },
    };
    let mut rebuild = Rebuild::new(table, batch)?;
    for call in calls {
        rebuild.apply(call)?;
    }
    rebuild.reorder()?;
    Ok(rebuild.statements()?.into_iter().map(|one| one.sql).collect())
}

fn elements<'v>(batch: &'v Batch, name: &str) -> &'v [Value] {
    batch.keyword(name).and_then(Value::elements).unwrap_or_default()
}

/// A call of SQLAlchemy's of this name.
fn call_named<'v>(value: &'v Value, wanted: &str) -> Option<&'v crate::migration::python::Call> {
    called(value).filter(|(name, _)| *name == wanted).map(|(_, call)| call)
}

const FLAVOR: Flavor = Flavor::Sqlite;
