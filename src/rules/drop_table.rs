//! `drop-table`: a table and its rows are gone.

use crate::deployed::BreakKind;
use crate::effects::Loss;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is dropped with its rows",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for loss in &context.effects().losses {
            let Loss::Table(table) = loss else { continue };
            // Made anew, it has a rule of its own; filled from the old one, nothing is lost.
            let kept = context.successor(table).is_some() || context.is_copied_back(table);
            if context.is_new(table) || kept {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let message = format!("`{table}` is dropped with all its rows");
            let proof = context.proof_of(table, BreakKind::TableDropped);
            let draft = Draft::at(place, Hazard::DataLoss, message)
                    .label("the rows are gone, and every release that still names the table fails")
                    .help(format!(
                        "deploy a release that no longer uses {table}, keep a copy of the rows, and drop it in a later release"
                    ))
                    .relation(table);
            let unused = format!("`{table}` is dropped with all its rows");
            draft.proven(&proof, unused).into_iter().for_each(|draft| sink.add(draft));
        }
    }
}
