//! `upsert-without-unique-key`: ON CONFLICT names columns over which the table has no unique key.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, Dialect};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ON CONFLICT names columns over which the table has no unique key",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres, Dialect::Sqlite],
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
        let Some(refused) = context.refused(RefusalKind::NoKey) else { return };
        let Some(ActionKind::Insert(insert)) = refused.kind() else { return };
        let table = context.resolve(&insert.table);
        let help = "name the columns of a unique key that the table has, in any order and with the WHERE of a partial index, or make such a key first";
        if let Some(draft) = refused.draft(context, help) {
            sink.add(draft.relation(&table));
        }
    }
}
