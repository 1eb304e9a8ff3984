//! `not-valid-never-validated`: a constraint stays NOT VALID.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Direction, Ident, TableChange, Validity};
use crate::rule::{
    Draft, FixKind, MigrationContext, Remedy, Rule, RuleMeta, Sink, StatementContext, Step, UP, in_steps,
    quoted, relation_sql,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a constraint stays NOT VALID",
    severity: Some(Severity::Note),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Unsafe,
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
                let Some((table, TableChange::AddConstraint(added))) = statement.change_of(action) else {
                    continue;
                };
                let Some(name) = added.name.as_ref().filter(|_| added.validity == Validity::NotValid) else {
                    continue;
                };
                let known = context.after.table(&table).any().and_then(|table| table.constraint(name));
                let stays = known.is_some_and(|known| known.validity == Validity::NotValid);
                if stays && !is_settled_later(context, &table, name) {
                    report(&statement, action, &table, name, sink);
                }
            }
        }
    }
}

/// Whether a later migration validates the constraint, or takes it or its table away.
fn is_settled_later(context: &MigrationContext<'_>, table: &RelationName, name: &Ident) -> bool {
    let of_both = [name, &table.name].map(|name| context.later_actions_about(name));
    of_both.into_iter().flatten().any(|later| settles(later, table, name))
}

fn settles(action: &Action, table: &RelationName, name: &Ident) -> bool {
    match &action.kind {
        ActionKind::AlterTable { table: altered, change } => match change.as_ref() {
            TableChange::ValidateConstraint { name: other }
            | TableChange::DropConstraint { name: other, .. }
            | TableChange::RenameConstraint { name: other, .. } => other == name,
            TableChange::Rename { .. } => altered.name.name == table.name,
            _ => false,
        },
        ActionKind::Drop(drop) => drop.names.iter().any(|dropped| dropped.name == table.name),
        _ => false,
    }
}

fn report(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    name: &Ident,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let validate =
        format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", relation_sql(table), quoted(name));
    let message = format!("old rows of `{table}` may break `{name}` for ever");
    let steps = in_steps(context, &[Step::new([validate])]);
    let draft = Draft::at(place, Hazard::Other, message)
        .label("NOT VALID holds for new rows alone, and no later migration validates it")
        .help(format!("validate it when this is deployed:\n{steps}"))
        .relation(table);
    let creates = context.validation(table, name);
    let draft = match creates.map(|creates| Remedy { edits: Vec::new(), creates }) {
        Some(remedy) => {
            draft.fix(Applicability::Unsafe, "validate it in a migration of its own", remedy)
        }
        None => draft,
    };
    sink.add_at(context, draft);
}
