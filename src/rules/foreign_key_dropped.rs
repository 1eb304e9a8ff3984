//! `foreign-key-dropped`: a foreign key is dropped and its columns stay.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ConstraintKind, Dialect, Ident, Script, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, column_list};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a foreign key is dropped and its columns stay",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
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
        let (table, TableChange::DropConstraint { name, .. }) = context.change_of(action)? else {
            return None;
        };
        let dropped = context.before().table(&table).any()?.constraint(name)?;
        let ConstraintBody::ForeignKey { columns, table: parent, .. } = &dropped.body else { return None };
        let last = &context.transaction.entries.last()?.after;
        let after = last.table(&table).any()?;
        let is_gone = columns.iter().any(|column| after.column(column).is_none());
        let is_kept = after.constraints.iter().any(|other| {
            other.references().is_some() && other.columns().iter().any(|column| columns.contains(column))
        });
        // Where the referenced table goes, there is nothing left to refer to.
        let parent_stays = last.relation(parent).any().is_some();
        let is_new = context.is_new(&table) || dropped.born >= context.transaction.batch_start;
        if is_gone || is_kept || !parent_stays || is_new || is_added_later(context, &table, columns) {
            return None;
        }
        let place = context.place(action.span)?;
        let list = column_list(columns);
        let message = format!("rows of `{table}` can refer to rows of `{parent}` that do not exist");
        Some(
            Draft::at(place, Hazard::Other, message)
                .label(format!("nothing checks {list} any more"))
                .help(format!("drop {list} too once no release writes it; where it stays, say in the release that deletes from {parent} what becomes of these rows"))
                .relation(&table)
                .relation(parent),
        )
    }
}

/// Whether a later migration adds a foreign key over one of the columns: the drop was one step of
/// several.
fn is_added_later(context: &StatementContext<'_>, table: &RelationName, columns: &[Ident]) -> bool {
    let project = context.project;
    let Some(at) = project.position(&context.migration().id) else { return false };
    let later = project.migrations.iter().skip(at + 1).take(LOOKED_AT);
    let statements = later.filter_map(|migration| migration.up.as_ref()).flat_map(Script::statements);
    statements.flat_map(|statement| &statement.actions).any(|action| match &action.kind {
        ActionKind::AlterTable { table: altered, change } => {
            altered.name.name == table.name && adds_key(change, columns)
        }
        _ => false,
    })
}

/// So many migrations behind this one are looked at: steps of one change stand close together.
const LOOKED_AT: usize = 8;

fn adds_key(change: &TableChange, columns: &[Ident]) -> bool {
    let TableChange::AddConstraint(added) = change else { return false };
    match &added.kind {
        ConstraintKind::ForeignKey { columns: added, .. } => {
            added.iter().any(|column| columns.contains(column))
        }
        _ => false,
    }
}
