//! `sqlite-pragma-in-transaction`: a pragma is set where it does nothing: inside a transaction.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a pragma does nothing inside a transaction",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        // One string opens no transaction in SQLite.
        if !matches!(context.transaction.kind, TransactionKind::Runner | TransactionKind::Explicit) {
            return;
        }
        for action in context.actions() {
            let ActionKind::Set(option) = &action.kind else { continue };
            if option.name != "foreign_keys" || !is_inside(context) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            sink.add(
                Draft::at(place, Hazard::Other, "PRAGMA foreign_keys does nothing here: a transaction is open")
                    .label("foreign keys stay as they were before the transaction")
                    .help("set it before the transaction begins, in a script that the tool runs outside of one"),
            );
        }
    }
}

/// Whether the statement that opened the transaction stands before it.
fn is_inside(context: &StatementContext<'_>) -> bool {
    context.transaction.kind == TransactionKind::Runner
        || context.earlier().iter().any(|entry| {
            entry.statement.actions.iter().any(|action| matches!(action.kind, ActionKind::Begin))
        })
}
