//! `function-uses-dropped`: a function of the database names what the migration takes away.

use crate::deployed::{Break, BreakKind};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction};
use crate::rule::{
    Draft, FixKind, MigrationContext, RoutineUse, Rule, RuleMeta, Sink, StatementContext, UP,
    routines_naming,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a function still names what is dropped or renamed",
    severity: Some(Severity::Error),
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
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let done = |statement: &StatementContext<'_>| statement.effects().refused.is_none();
        for statement in context.statements(Direction::Up).filter(done) {
            for broken in statement.breaks() {
                for one in routines_naming(statement.before(), context.after, &broken) {
                    report(&statement, &broken, one, sink);
                }
            }
        }
    }
}

fn report(
    context: &StatementContext<'_>,
    broken: &Break,
    one: RoutineUse<'_>,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(broken.span) else { return };
    let function = one.routine.name.to_string();
    let what = match &broken.kind {
        BreakKind::ColumnDropped(column) | BreakKind::ColumnRenamed(column, _) => {
            format!("{}.{column}", broken.table)
        }
        _ => broken.table.to_string(),
    };
    let message = match one.fired_by {
        Some(table) => format!(
            "writes to `{table}` fail: their trigger calls `{function}`, which still names `{what}`"
        ),
        None => format!("calls of function `{function}` fail: it still names `{what}`"),
    };
    let draft = Draft::at(place, Hazard::Breaking, message)
        .label(format!("{broken}, and the server does not look into functions"))
        .help(format!(
            "in the same migration, before this: CREATE OR REPLACE FUNCTION {function} without {what}, or drop the function if nobody calls it"
        ))
        .relation(&broken.table);
    let severity = if one.fired_by.is_some() { Severity::Error } else { Severity::Warning };
    sink.add_at(context, draft.severity(severity));
}
