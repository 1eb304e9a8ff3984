//! `sqlite-rebuild-loses-objects`: a table is made anew without its indexes and triggers.

use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, Successor, UP,
};
use crate::schema::{RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table made anew comes back without its indexes or triggers",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            for loss in &statement.effects().losses {
                let Loss::Table(table) = loss else { continue };
                if statement.is_new(table) || !matches!(statement.successor(table), Some(Successor::Copy)) {
                    continue;
                }
                let gone = gone(context.before, context.after, table);
                if !gone.is_empty() {
                    report(&statement, table, &gone, sink);
                }
            }
        }
    }
}

/// Indexes and triggers of the old table that the new one has not, in words.
fn gone(before: &Schema, after: &Schema, table: &RelationName) -> Vec<String> {
    let (Some(old), Some(new)) = (before.table(table).known(), after.table(table).any()) else {
        return Vec::new();
    };
    let indexes = before.indexes_of(table).filter(|(_, index)| index.constraint.is_none());
    let has_index = |name: &RelationName| after.relation(name).any().is_some();
    let lost = indexes.filter(|(relation, old)| {
        // A unique index is missed where the key is longer; any other is served by its beginning.
        let is_like = after.indexes_of(table).any(|(_, index)| {
            let mut keys = index.columns.iter().map(|key| &key.column);
            let begins = old.columns.iter().all(|key| keys.next() == Some(&key.column));
            begins && (!old.unique || keys.next().is_none())
        });
        relation.certain && !has_index(&relation.name) && !is_like
    });
    let indexes = lost.map(|(relation, _)| format!("index `{}`", relation.name));
    let triggers = old.triggers.iter().filter(|old| !new.triggers.iter().any(|it| it.name == old.name));
    indexes.chain(triggers.map(|trigger| format!("trigger `{}`", trigger.name))).collect()
}

fn report(context: &StatementContext<'_>, table: &RelationName, gone: &[String], sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let message = format!("`{table}` comes back without {}", gone.join(", "));
    sink.add_at(
        context,
        Draft::at(place, Hazard::Other, message)
            .label("they belong to the old table, and go with it")
            .help("make them anew after the rename, with the statements that made them first")
            .relation(table),
    );
}
