//! `disable-trigger`: triggers stay switched off after the migration.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, Dialect, TableChange, TriggerSwitch};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a trigger stays switched off",
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
        let (table, TableChange::SwitchTrigger(switch)) = context.change_of(action)? else {
            return None;
        };
        if switch.enable || switch.rule || context.is_new(&table) || is_undone(context, &table, switch) {
            return None;
        }
        let place = context.place(action.span)?;
        let what = switch.name.as_ref().map_or_else(
            || format!("triggers of `{table}` no longer fire, nor are its foreign keys checked where ALL is written"),
            |name| format!("trigger `{name}` of `{table}` no longer fires"),
        );
        Some(
            Draft::at(place, Hazard::Other, what)
                .label("switched off, and nothing in this migration switches it on again")
                .help("enable it again in the same transaction, or drop the trigger if it is to go")
                .relation(&table),
        )
    }
}

/// Whether a later statement of the migration switches it on again, or drops it.
fn is_undone(context: &StatementContext<'_>, table: &RelationName, off: &TriggerSwitch) -> bool {
    let here = context.statement().span.start;
    let statements = context.script().into_iter().flat_map(|script| script.statements());
    statements.filter(|statement| statement.span.start > here).any(|statement| {
        statement.actions.iter().any(|action| match context.change_of(action) {
            Some((other, TableChange::SwitchTrigger(on))) => {
                other == *table && on.enable && (on.name.is_none() || on.name == off.name)
            }
            _ => false,
        })
    })
}
