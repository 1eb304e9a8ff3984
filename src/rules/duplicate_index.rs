//! `duplicate-index`: a table gets an index that it has already.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction, Ident, ObjectKind};
use crate::rule::{
    Draft, FixKind, MigrationContext, Once, Rule, RuleMeta, Sink, StatementContext, UP, quoted,
    same_index,
};
use crate::schema::{Index, Relation, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index says the same as another one",
    severity: Some(Severity::Warning),
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
            let created = statement.effects().created.iter();
            for made in created.filter(|made| made.kind == ObjectKind::Index) {
                judge(context, &statement, &made.name, sink);
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
    let Some((twin, _)) = twin(migration, name, index) else { return };
    let both = [&name.name, &twin.name.name];
    if both.iter().any(|one| migration.is_dropped_later(ObjectKind::Index, one)) {
        return;
    }
    let Some(place) = statement.place(statement.statement().span) else { return };
    let message = format!("every write to `{}` maintains two equal indexes", index.table);
    // On a table that is just made the copy costs nobody anything yet.
    let made = statement.effects().created.iter().any(|made| made.name == index.table);
    let is_new = made || statement.is_new(&index.table);
    let severity = if is_new { Severity::Note } else { Severity::Warning };
    let draft = Draft::at(place, Hazard::Other, message)
        .label(format!("`{}` and `{}` hold the same keys", name.within(&index.table), twin.name.within(&index.table)))
        .help(format!("keep one of them, and leave {} out", quoted(&Ident::new(name.within(&index.table)))))
        .severity(severity)
        .once(Once::PerScript)
        .relation(&index.table);
    // The statement itself may make both.
    let is_older = statement.before().relation(&twin.name).any().is_some();
    let draft = if is_older { draft.why(statement.since(&twin.name)) } else { draft };
    sink.add_at(statement, draft);
}

/// An older index that stays, and of which this one is a copy; of two that one statement makes, the
/// first by name counts as the older one.
fn twin<'a>(
    context: &MigrationContext<'a>,
    name: &RelationName,
    index: &Index,
) -> Option<(&'a Relation, &'a Index)> {
    let born = context.after.relation(name).known()?.birth.clock;
    context.after.indexes_of(&index.table).find(|(other, twin)| {
        other.certain
            && (other.birth.clock, &other.name) < (born, name)
            && twin.valid
            && same_index(index, twin)
            // What is unique is more than a copy of what is not.
            && (twin.unique || !index.unique)
    })
}
