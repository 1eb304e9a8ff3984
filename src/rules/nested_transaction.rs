//! `nested-transaction`: a script opens a transaction inside one that is open already.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Origin};
use crate::rule::{BOTH, Draft, FixKind, Once, Rule, RuleMeta, Sink, StatementContext};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "BEGIN in a transaction that is open already",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let begins = context.actions().iter().any(|it| matches!(it.kind, ActionKind::Begin));
        if !begins || context.statement().origin != Origin::TopLevel {
            return;
        }
        let why = match context.transaction.kind {
            TransactionKind::Runner => "the migration tool has opened a transaction for this script",
            TransactionKind::Explicit if opened_before(context) => "the script's own BEGIN before it is still open",
            _ => return,
        };
        let Some(place) = context.place(context.statement().span) else { return };
        let (hazard, message) = match context.target().dialect {
            Dialect::Sqlite => (
                Hazard::Fails,
                "BEGIN fails: a transaction is open already",
            ),
            _ => (
                Hazard::Other,
                "BEGIN does nothing here, and the next COMMIT ends the transaction that is open already",
            ),
        };
        let draft = Draft::at(place, hazard, message)
            .label("what follows the COMMIT is committed statement by statement")
            .why(why)
            .help("delete BEGIN and COMMIT, or run the script outside the tool's transaction")
            .once(Once::PerScript);
        sink.add(match context.without_own_transaction() {
            Some(remedy) => draft.fix(Applicability::Unsafe, "leave the transaction to the tool", remedy),
            None => draft,
        });
    }
}

/// Whether another BEGIN of the same transaction stands before this one.
fn opened_before(context: &StatementContext<'_>) -> bool {
    context.earlier().iter().any(|entry| {
        entry.statement.actions.iter().any(|it| matches!(it.kind, ActionKind::Begin))
    })
}
