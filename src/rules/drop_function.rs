//! `drop-function`: a function is dropped that the application or a trigger may call.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a function is dropped that running releases may call",
    severity: Some(Severity::Warning),
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
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Drop(drop) = &action.kind else { return None };
        if !matches!(drop.kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine) {
            return None;
        }
        let schema = context.before();
        let first = context.transaction.entries.first()?;
        let gone = drop.names.iter().find(|name| {
            let known = schema.routines(name);
            let is_new = !known.is_empty() && first.before.routines(name).is_empty();
            // A function that only triggers call is nothing that a release names.
            let is_trigger = known.iter().any(|routine| routine.returns.as_deref() == Some("trigger"));
            let is_there = !known.is_empty() || !(drop.if_exists || schema.is_complete());
            is_there && !is_new && !is_trigger && !is_made_again(context, &name.name)
        })?;
        let place = context.place(action.span)?;
        Some(
            Draft::at(place, Hazard::Breaking, format!("calls of `{gone}` from running releases fail"))
                .label("the function is gone from here on")
                .help(format!("deploy a release that no longer calls {gone}, and drop it in a later one")),
        )
    }
}

/// Whether the script makes a function of that name, before or after.
fn is_made_again(context: &StatementContext<'_>, name: &Ident) -> bool {
    let mut statements = context.script().into_iter().flat_map(|script| script.statements());
    statements.any(|statement| {
        statement.actions.iter().any(|action| {
            matches!(&action.kind, ActionKind::CreateFunction(function) if function.name.name == *name)
        })
    })
}
