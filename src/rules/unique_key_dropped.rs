//! `unique-key-dropped`: a unique key is dropped that running upserts name.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, column_list};
use crate::migration::TableChange;
use crate::schema::{RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a unique key is dropped that upserts rely on",
    severity: Some(Severity::Warning),
    category: Category::Compatibility,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        // A column that is dropped takes its keys along, and has a rule of its own.
        let is_key_drop = match &action.kind {
            ActionKind::Drop(drop) => drop.kind == ObjectKind::Index,
            ActionKind::AlterTable { change, .. } => {
                matches!(change.as_ref(), TableChange::DropConstraint { .. })
            }
            _ => false,
        };
        if !is_key_drop || context.effects().refused.is_some() {
            return None;
        }
        let last = context.transaction.entries.last()?;
        let dropped = context.effects().dropped.iter().filter(|gone| gone.kind == ObjectKind::Index);
        let (table, columns) = dropped.filter_map(|gone| key(context, &gone.name)).find(|(table, columns)| {
            !context.is_new(table) && last.after.table(table).any().is_some() && !is_kept(&last.after, table, columns)
        })?;
        let place = context.place(action.span)?;
        let list = column_list(&columns);
        Some(
            Draft::at(place, Hazard::Other, format!("ON CONFLICT ({list}) of running releases fails, and duplicates can come into `{table}`"))
                .label("no unique key over these columns is left")
                .help("deploy a release that does without it first, or build the new key before the old one goes")
                .relation(&table),
        )
    }
}

/// Table and plain columns of a unique index without predicate; a primary key has its own rule.
fn key(context: &StatementContext<'_>, name: &RelationName) -> Option<(RelationName, Vec<Ident>)> {
    let index = context.before().index(name).known()?;
    let table = context.before().table(&index.table).any()?;
    let primary = table.primary_key().is_some_and(|key| key.index() == Some(name));
    let columns: Option<Vec<Ident>> = index.columns.iter().map(|key| key.column.clone()).collect();
    let is_key = index.unique && index.predicate.is_none() && !primary;
    columns.filter(|_| is_key).map(|columns| (index.table.clone(), columns))
}

fn is_kept(schema: &Schema, table: &RelationName, columns: &[Ident]) -> bool {
    schema.indexes_of(table).any(|(_, index)| {
        index.unique
            && index.predicate.is_none()
            && index.columns.len() == columns.len()
            && index.columns.iter().all(|key| key.column.as_ref().is_some_and(|key| columns.contains(key)))
    })
}
