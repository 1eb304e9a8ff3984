//! `drop-primary-key`: a table loses its primary key.

use crate::effects::ObjectRef;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Ident, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, lock_label};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table loses its primary key",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let dropped = context.effects().dropped.iter();
        for gone in dropped.filter(|gone| gone.kind == ObjectKind::Constraint) {
            if is_lost_key(context, gone) && !context.is_new(&gone.name) {
                report(context, &gone.name, sink);
            }
        }
    }
}

/// Whether it is a primary key, and the table is there without one at the commit.
fn is_lost_key(context: &StatementContext<'_>, gone: &ObjectRef) -> bool {
    let table = &gone.name;
    let key = context.before().table(table).known().and_then(|before| before.primary_key());
    let is_key = key.map(|key| &key.name) == gone.member.as_ref().map(|name: &Ident| name);
    let last = context.transaction.entries.last();
    let after = last.and_then(|last| last.after.table(table).any());
    key.is_some() && is_key && after.is_some_and(|after| after.primary_key().is_none())
}

fn report(context: &StatementContext<'_>, table: &RelationName, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let label = context.effects().lock_on(table).map_or_else(String::new, lock_label);
    let message = format!("`{table}` is left without a primary key");
    sink.add(
        Draft::at(place, Hazard::Other, message)
            .label(if label.is_empty() { "the key is dropped here".to_owned() } else { label })
            .why("logical replication refuses updates and deletes without it, ORMs find rows by it, duplicates can come in")
            .help("build the new key first: CREATE UNIQUE INDEX CONCURRENTLY, then drop the old key and add the new one USING INDEX in one ALTER TABLE")
            .relation(table),
    );
}
