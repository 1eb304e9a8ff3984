//! `alembic-revision-id-too-long`: a revision id does not fit into the version table.
//!
//! The layout notices it; here it is said.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, RemarkKind};
use crate::rule::{BOTH, FixKind, ProjectContext, Rule, RuleMeta, Sink, tell_remarks};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a revision id does not fit into the version table",
    severity: Some(Severity::Error),
    category: Category::History,
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
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        tell_remarks(context, RemarkKind::LongRevisionId, Hazard::Fails, sink);
    }
}
