//! `backfill-races-writers`: rows come in without the value between the backfill and SET NOT NULL.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnChange, Direction, Ident, TableChange, TriggerTiming,
};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP, quoted,
    refuses_null, restated,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "SET NOT NULL meets rows that came in after the backfill",
    severity: Some(Severity::Warning),
    category: Category::Compatibility,
    dialects: SERVERS,
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
        let statements: Vec<StatementContext<'_>> = context.statements(Direction::Up).collect();
        for (at, statement) in statements.iter().enumerate() {
            for action in statement.actions() {
                let Some((table, column)) = demanded(statement, action) else { continue };
                let earlier = statements.get(..at).unwrap_or(&[]);
                let backfill = earlier.iter().find(|one| fills(one, &table, column));
                let Some(backfill) = backfill else { continue };
                if !statement.is_new(&table) && !is_written(context, &table, column) {
                    report(statement, action, backfill, (&table, column), sink);
                }
            }
        }
    }
}

fn demanded<'a>(
    context: &StatementContext<'_>,
    action: &'a Action,
) -> Option<(RelationName, &'a Ident)> {
    match context.change_of(action)? {
        (table, TableChange::AlterColumn { column, change: ColumnChange::SetNotNull }) => {
            Some((table, column))
        }
        (table, change) => {
            let (name, column) = restated(change)?;
            let was_nullable = context.known_column(&table, name).is_some_and(|it| !it.not_null);
            (was_nullable && refuses_null(column)).then_some((table, name))
        }
    }
}

fn fills(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    context.actions().iter().any(|action| match &action.kind {
        ActionKind::Update(update) => {
            context.resolve(&update.table) == *table
                && update.assignments.iter().any(|(set, _)| set == column)
        }
        _ => false,
    })
}

/// Whether the database itself gives new rows a value.
fn is_written(context: &MigrationContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let Some(known) = context.after.table(table).any() else { return true };
    let has_trigger = known.triggers.iter().any(|trigger| {
        trigger.timing == TriggerTiming::Before
            && trigger.events.iter().any(|event| event == "insert")
    });
    let column = known.column(column);
    has_trigger
        || column.is_none_or(|column| {
            column.default.is_some() || column.identity.is_some() || column.generated.is_some()
        })
}

fn report(
    context: &StatementContext<'_>,
    action: &Action,
    backfill: &StatementContext<'_>,
    (table, column): (&RelationName, &Ident),
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let is_new =
        context.known_column(table, column).is_some_and(|known| context.is_new_column(known));
    let message = if is_new {
        format!(
            "inserts of running releases, which do not know `{table}.{column}`, fail from here on"
        )
    } else {
        format!(
            "rows that running releases insert without `{table}.{column}` make this fail, or fail themselves"
        )
    };
    let column = quoted(column);
    sink.add_at(
        context,
        Draft::at(place, Hazard::Other, message)
            .label("demands a value that only the new release writes")
            .related(backfill.place(backfill.statement().span), "fills the rows that are there by then")
            .help(format!(
                "give {column} a default (or a trigger) first, or deploy the release that writes it; backfill after that, and demand it in a later migration"
            ))
            .relation(table),
    );
}
