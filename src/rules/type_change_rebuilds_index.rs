//! `type-change-rebuilds-index`: everyone waits while indexes are rebuilt for a column's new type.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ColumnChange, Dialect, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, locks_label, quoted,
    relation_list, relation_sql, waiters,
};
use crate::migration::Ident;
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column's new type keeps the table but rebuilds its indexes while everyone waits",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let Some((
                table,
                TableChange::AlterColumn { column, change: ColumnChange::Type { data_type, .. } },
            )) = context.change_of(action)
            else {
                continue;
            };
            let built = context.caused_by(action, WorkKind::IndexBuild);
            // Where the table is rewritten, its indexes go along.
            let rewritten = !context.caused_by(action, WorkKind::Rewrite).is_empty();
            if built.is_empty() || rewritten {
                continue;
            }
            let Some(lock) = context.effects().lock_on(&table) else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let mut tables: Vec<&RelationName> = built.iter().map(|work| &work.relation).collect();
            tables.dedup();
            let message = format!(
                "{} `{table}` wait while the indexes over `{column}` are rebuilt",
                waiters(lock.mode)
            );
            let draft = Draft::at(place, Hazard::LongBlock, message)
                .label(locks_label(context.strong_locks()))
                .why(format!(
                    "the rows stay as they are, but the indexes of {} do not serve {data_type}",
                    relation_list(tables)
                ))
                .help(help(&table, column, &data_type.written));
            sink.add(draft.relation(&table));
        }
    }
}

fn help(table: &RelationName, column: &Ident, new: &str) -> String {
    let beside = quoted(&Ident::new(format!("{column}_new")));
    format!(
        "add a column of the new type beside it:\n  ALTER TABLE {} ADD COLUMN {beside} {new};\n\
         then write both columns, fill {beside} in batches by key, build its indexes CONCURRENTLY, read it, and drop {column} in a later release",
        relation_sql(table)
    )
}
