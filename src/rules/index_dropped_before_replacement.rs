//! `index-dropped-before-replacement`: an index is dropped before the one that replaces it is built.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Direction, Ident, ObjectKind, Script};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, first_key,
};
use crate::schema::{RelationName, Schema};
use crate::source::Place;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index is dropped before its replacement is built",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let mut dropped: Vec<Dropped<'_>> = Vec::new();
        for statement in context.statements(Direction::Up) {
            for old in dropped.iter().filter(|old| old.is_apart_from(&statement)) {
                if let Some(action) = statement.actions().iter().find(|one| old.is_like(one)) {
                    judge(old, statement.place(action.span), sink);
                }
            }
            dropped.extend(drops(&statement));
        }
        // What the next migration builds was meant to take its place.
        let next = context.later_migrations().first().and_then(|next| next.up.as_ref());
        let Some(next) = next else { return };
        for old in dropped.iter().filter(|old| !old.has_stand_in(context.after)) {
            let actions = next.statements().flat_map(|statement| &statement.actions);
            if let Some(action) = actions.into_iter().find(|action| old.is_like(action)) {
                judge(old, Some(Script::place(next, action.span)), sink);
            }
        }
    }
}

/// An index that is gone.
struct Dropped<'a> {
    statement: StatementContext<'a>,
    name: RelationName,
    table: RelationName,
    key: Ident,
}

impl Dropped<'_> {
    /// Whether queries go without the index in between: in one transaction nobody reads the table
    /// between drop and build.
    fn is_apart_from(&self, statement: &StatementContext<'_>) -> bool {
        !std::ptr::eq(self.statement.transaction, statement.transaction)
            && !self.has_stand_in(statement.before())
    }

    /// Whether an index answers the same queries; it may bear the old name again.
    fn has_stand_in(&self, schema: &Schema) -> bool {
        let mut indexes = schema.indexes_of(&self.table);
        indexes.any(|(_, index)| index.valid && first_key(index) == Some(&self.key))
    }

    /// Whether the action builds an index for the same queries.
    fn is_like(&self, action: &Action) -> bool {
        let ActionKind::CreateIndex(index) = &action.kind else { return false };
        let first = index.columns.first().and_then(|first| first.column.as_ref());
        index.table.name == self.table.name
            && index.table.schema.as_ref().is_none_or(|schema| *schema == self.table.schema)
            && first == Some(&self.key)
    }
}

fn drops<'a>(statement: &StatementContext<'a>) -> Vec<Dropped<'a>> {
    let dropped = statement.actions().iter().filter_map(|action| match &action.kind {
        ActionKind::Drop(drop) if drop.kind == ObjectKind::Index => Some(&drop.names),
        _ => None,
    });
    dropped
        .flatten()
        .filter_map(|name| {
            let name = statement.resolve(name);
            let index = statement.before().index(&name).known().filter(|index| index.valid)?;
            let (table, key) = (index.table.clone(), first_key(index)?.clone());
            let is_short = statement.is_short(&table);
            (!is_short).then_some(Dropped { statement: *statement, name, table, key })
        })
        .collect()
}

fn judge(old: &Dropped<'_>, replacement: Option<Place>, sink: &mut Sink<'_>) {
    let statement = &old.statement;
    let Some(place) = statement.place(statement.statement().span) else { return };
    let message = format!(
        "queries of `{}` by {} read the whole table until the next index by it is built",
        old.table, old.key
    );
    sink.add_at(
        statement,
        Draft::at(place, Hazard::Other, message)
            .label(format!("`{}` is gone from here on", old.name))
            .related(replacement, "its replacement is built here")
            .help("build the new index first, under another name, and drop the old one after it")
            .relation(&old.table),
    );
}
