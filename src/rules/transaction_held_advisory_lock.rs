//! `transaction-held-advisory-lock`: an advisory lock of the transaction guards nothing outside of one.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an advisory lock of the transaction is taken where there is none",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Select(query) = &action.kind else { return None };
        let facts = query.facts.as_ref().ok()?;
        let names = facts.functions.iter().map(|call| call.name.name.as_str());
        let name = names.into_iter().find(|name| name.starts_with("pg_") && name.contains("advisory_xact_lock"))?;
        let script = context.script()?;
        // The last statement guards nothing either, but it may be there for what it waits for.
        let is_last = script.statements().nth(context.entry.index + 1).is_none();
        if context.transaction.kind.is_block() || is_last {
            return None;
        }
        let place = context.place(action.span)?;
        let session = name.replacen("_xact_", "_", 1);
        Some(
            Draft::at(place, Hazard::Other, format!("{name} gives its lock back at once, and what follows runs without it"))
                .label("no transaction is open here: the lock ends with this statement")
                .why("an open transaction would keep it, and a concurrent build would wait for that transaction")
                .help(format!("take it for the session with {session}, and give it back with pg_advisory_unlock at the end")),
        )
    }
}
