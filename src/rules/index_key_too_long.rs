//! `index-key-too-long`: an index over more bytes than the engine takes.

use crate::effects::RefusalKind;
use crate::finding::{Category, Severity};
use crate::rule::{BOTH, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index takes more bytes than the server allows",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: MYSQL,
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
        let Some(refused) = context.refused(RefusalKind::KeyTooLong) else { return };
        let help = "index the beginning of the longest column, name(100), or make the column shorter: a character of utf8mb4 counts four bytes";
        if let Some(draft) = refused.draft(context, help) {
            sink.add(draft);
        }
    }
}
