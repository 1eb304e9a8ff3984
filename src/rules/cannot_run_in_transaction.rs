//! `cannot-run-in-transaction`: the server refuses the statement in a transaction block.

use crate::effects::TransactionBlock;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{Dialect, Origin};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, in_steps, statement_head,
};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement that refuses transactions runs in one",
    severity: Some(Severity::Error),
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
        if context.effects().transaction_block != TransactionBlock::Forbidden {
            return;
        }
        let from_block = context.statement().origin == Origin::Block;
        let why = match context.transaction.kind {
            _ if from_block => "the body of a DO block always runs in a transaction",
            TransactionKind::Runner => "the migration tool runs this script in a transaction",
            TransactionKind::Explicit => "the script's own BEGIN opens a transaction",
            TransactionKind::Implicit | TransactionKind::Single => return,
        };
        let Some(place) = context.place(context.statement().span) else { return };
        let head = statement_head(context.statement());
        let message = format!("{head} fails: it cannot run in a transaction");
        let draft = Draft::at(place, Hazard::Fails, message)
            .label("the server refuses this here, and the migration stops")
            .why(why)
            .help(in_steps(context, &[Step::outside_transaction(context.one_line())]));
        let remedy = context
            .leave_transaction()
            .or_else(|| context.move_out(context.statement().sql.to_string()))
            .filter(|_| !from_block);
        sink.add(match remedy {
            Some(remedy) => draft.fix(Applicability::Unsafe, "run it outside a transaction", remedy),
            None => draft,
        });
    }
}
