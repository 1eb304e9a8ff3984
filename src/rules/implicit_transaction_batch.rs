//! `implicit-transaction-batch`: several statements sent as one string share a transaction.

use crate::effects::TransactionBlock;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, in_steps, statement_head,
};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement that refuses transactions shares an implicit one",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
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
        let refuses = context.effects().transaction_block == TransactionBlock::Forbidden;
        if !refuses || context.transaction.kind != TransactionKind::Implicit {
            return;
        }
        let Some(place) = context.place(context.statement().span) else { return };
        let head = statement_head(context.statement());
        let message = format!("{head} fails: the other statements of the file put it in a transaction");
        let neighbour = context.script().and_then(|script| {
            script.statements().find(|other| other.span != context.statement().span)
        });
        let neighbour = neighbour.and_then(|other| context.place(other.span));
        let help = in_steps(context, &[Step::outside_transaction(context.one_line())]);
        let draft =
            Draft::at(place, Hazard::Fails, message)
                .label("the server refuses this here, and the migration stops")
                .why("the tool sends the file as one string, and PostgreSQL runs the statements of one string in one transaction")
                .related(neighbour, "sent together with this")
                .help(help);
        sink.add(match context.move_out(context.statement().sql.to_string()) {
            Some(remedy) => draft.fix(Applicability::Unsafe, "give it a file of its own", remedy),
            None => draft,
        });
    }
}
