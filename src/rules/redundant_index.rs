//! `redundant-index`: an index is the beginning of another one.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Direction, ObjectKind};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, begins_index,
};
use crate::schema::{Index, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index is the beginning of another one",
    severity: Some(Severity::Note),
    category: Category::Correctness,
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
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                if matches!(action.kind, ActionKind::CreateIndex(_)) {
                    let created = statement.effects().created.iter();
                    for made in created.filter(|made| made.kind == ObjectKind::Index) {
                        judge(context, &statement, &made.name, sink);
                    }
                }
            }
        }
    }
}

fn judge(
    migration: &MigrationContext<'_>,
    statement: &StatementContext<'_>,
    name: &RelationName,
    sink: &mut Sink<'_>,
) {
    let Some(index) = migration.after.index(name).known() else { return };
    let is_plain = |index: &Index| index.valid && index.predicate.is_none();
    let pair = migration.after.indexes_of(&index.table).find_map(|(other, longer)| {
        let other_stays = other.name != *name && other.certain && is_plain(longer);
        if !other_stays || !is_plain(index) {
            None
        } else if begins_index(index, longer) {
            Some((name, &other.name))
        } else if begins_index(longer, index) {
            Some((&other.name, name))
        } else {
            None
        }
    });
    let Some((short, long)) = pair else { return };
    if migration.is_dropped_later(ObjectKind::Index, &short.name) {
        return;
    }
    let Some(place) = statement.place(statement.statement().span) else { return };
    let (short, long) = (printed(short, index), printed(long, index));
    let message = format!("`{long}` answers what `{short}` is for, and writes maintain both");
    sink.add_at(
        statement,
        Draft::at(place, Hazard::Other, message)
            .label(format!("`{short}` is the beginning of `{long}`"))
            .help(format!("keep {long} alone, unless {short} is much smaller and read very often"))
            .relation(&index.table),
    );
}

/// An index as it is called: MySQL names it within its table.
fn printed(name: &RelationName, index: &Index) -> String {
    match name.within(&index.table) {
        own if own == name.name.as_str() => name.to_string(),
        own => own.to_owned(),
    }
}
