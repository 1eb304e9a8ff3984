//! Refusals for want of a unique key: `ON CONFLICT (columns)` and the target of a foreign key.

use super::Refusal;
use crate::migration::{ConflictTarget, Ident, Insert};
use crate::schema::{Constraint, ConstraintBody, KeyFit, RelationName, Schema};

/// Why no key of the table decides what conflicts, where that is sure.
pub(super) fn upsert(insert: &Insert, schema: &Schema) -> Option<Refusal> {
    let table = schema.resolve(&insert.table);
    insert.conflict_targets.iter().find_map(|target| {
        let (columns, filtered) = match target {
            ConflictTarget::Columns { columns, filtered } => (columns, filtered),
            ConflictTarget::Constraint(name) => return missing_constraint(schema, &table, name),
            ConflictTarget::Expressions => return None,
        };
        let list = list(columns);
        let reason = match schema.key_fit(&table, columns) {
            KeyFit::Whole => return None,
            KeyFit::Partial if *filtered => return None,
            KeyFit::Partial => format!(
                "the unique index of \"{table}\" over ({list}) is partial, and ON CONFLICT does not repeat its WHERE"
            ),
            KeyFit::Deferrable => {
                format!("the unique key of \"{table}\" over ({list}) is deferrable")
            }
            KeyFit::Missing => {
                format!("no unique key of \"{table}\" is over exactly ({list})")
            }
        };
        Some(Refusal::no_key(reason))
    })
}

fn missing_constraint(schema: &Schema, table: &RelationName, name: &Ident) -> Option<Refusal> {
    let known = schema.table(table).known().filter(|_| !schema.is_clouded())?;
    let is_missing = known.constraint(name).is_none() && known.parents().next().is_none();
    is_missing
        .then(|| Refusal::missing(format!("constraint \"{name}\" of \"{table}\" does not exist")))
}

/// Why a foreign key cannot reference these columns, where that is sure. `schema` has the key.
pub(super) fn foreign_key(key: &Constraint, schema: &Schema) -> Option<Refusal> {
    let ConstraintBody::ForeignKey { table, referenced, .. } = &key.body else { return None };
    if referenced.is_empty() {
        let known = schema.table(table).known().filter(|table| table.columns_known)?;
        let is_sure = known.primary_key().is_none()
            && known.parents().next().is_none()
            && !schema.is_clouded();
        return is_sure.then(|| Refusal::no_key(format!("\"{table}\" has no primary key")));
    }
    let list = list(referenced);
    let reason = match schema.key_fit(table, referenced) {
        KeyFit::Whole => return None,
        KeyFit::Partial => format!("the unique index of \"{table}\" over ({list}) is partial"),
        KeyFit::Deferrable => format!("the unique key of \"{table}\" over ({list}) is deferrable"),
        KeyFit::Missing => format!("no unique key of \"{table}\" is over exactly ({list})"),
    };
    Some(Refusal::no_key(reason))
}

fn list(columns: &[Ident]) -> String {
    columns.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ")
}
