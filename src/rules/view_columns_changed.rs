//! `view-columns-changed`: CREATE OR REPLACE VIEW drops, renames or reorders columns, which fails.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a view is replaced by one that lacks or renames its columns",
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
        let Some(refused) = context.refused(RefusalKind::Reshaped) else { return };
        let Some(ActionKind::CreateView(view)) = refused.kind() else { return };
        let name = context.resolve(&view.name);
        let help = "put new columns behind those that are there; to change these, drop the view and make it anew in one transaction, and grant again what was granted on it";
        if let Some(draft) = refused.draft(context, help) {
            sink.add(draft.relation(&name));
        }
    }
}
