//! `commit-mid-migration`: a script ends the tool's transaction before its end.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Origin};
use crate::rule::{BOTH, Draft, FixKind, Once, Rule, RuleMeta, StatementContext, changes_something};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a script ends the tool's transaction before its end",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let word = match &action.kind {
            ActionKind::Commit => "COMMIT",
            ActionKind::Rollback => "ROLLBACK",
            _ => return None,
        };
        let of_tool = context.transaction.kind == TransactionKind::Runner;
        // A COMMIT that a directive sends has a rule of its own.
        let of_sql = context.directive().is_none();
        if !of_tool || !of_sql || context.statement().origin != Origin::TopLevel || is_nested(context) {
            return None;
        }
        let place = context.place(action.span)?;
        let script = context.script()?;
        let mut rest = script.statements().skip(context.entry.index + 1);
        let message = match rest.any(changes_something) {
            true => format!("{word} ends the tool's transaction: what follows is committed statement by statement"),
            false => format!("{word} ends the tool's transaction before the migration is recorded"),
        };
        let label = match word {
            "COMMIT" => "done for good from here on, whatever fails later",
            _ => "what stands above it is undone, and the tool records it as done",
        };
        Some(
            Draft::at(place, Hazard::Other, message)
                .label(label)
                .why("after a failure in between, the tool runs the whole script again, on a database that has half of it")
                .help(format!("delete {word}; what needs a commit between its statements becomes two migrations"))
                .once(Once::PerScript),
        )
    }
}

/// Whether the script has a BEGIN too, which has a rule of its own.
fn is_nested(context: &StatementContext<'_>) -> bool {
    let statements = context.script().into_iter().flat_map(|script| script.statements());
    let mut actions = statements.flat_map(|statement| &statement.actions);
    actions.any(|action| matches!(action.kind, ActionKind::Begin))
}
