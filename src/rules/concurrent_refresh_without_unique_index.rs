//! `concurrent-refresh-without-unique-index`: REFRESH … CONCURRENTLY of a view without a unique index fails.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "REFRESH CONCURRENTLY needs a unique index that the view lacks",
    severity: Some(Severity::Error),
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
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let Some(refused) = context.refused(RefusalKind::Unfit) else { return };
        if !refused.kind().is_some_and(is_subject) {
            return;
        }
        if let Some(draft) = refused.draft(context, "give the view a unique index over plain columns, without WHERE, first") {
            sink.add(draft);
        }
    }
}

/// `REFRESH MATERIALIZED VIEW`.
fn is_subject(kind: &ActionKind) -> bool {
    matches!(kind, ActionKind::Refresh(_))
}
