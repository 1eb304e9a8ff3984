//! `sqlite-drop-column-limit`: SQLite cannot drop a column that something names.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::migration::{ActionKind, Dialect, TableChange};
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column cannot be dropped while something names it",
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
        let kinds = [RefusalKind::Unsupported, RefusalKind::InUse];
        let Some(refused) = kinds.into_iter().find_map(|kind| context.refused(kind)) else { return };
        let Some(ActionKind::AlterTable { table, change }) = refused.kind() else { return };
        // A table that the same migration made has no rows and no users yet, but its shape.
        if !is_subject(change) || table.if_exists {
            return;
        }
        if let Some(draft) = refused.draft(context, HELP) {
            sink.add(draft);
        }
    }
}

const HELP: &str = "make the table anew: PRAGMA foreign_keys = OFF outside the transaction, CREATE TABLE under another name, INSERT … SELECT, DROP TABLE, ALTER TABLE … RENAME TO, PRAGMA foreign_key_check";

fn is_subject(change: &TableChange) -> bool {
    matches!(change, TableChange::DropColumn { .. })
}
