//! `alembic-revision-id-too-long`: an id over 32 characters.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};
use crate::source::Span;

/// `alembic_version.version_num` is a VARCHAR of this length.
const LONGEST: usize = 32;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a revision id does not fit into Alembic's table",
    severity: Some(Severity::Error),
    category: Category::History,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let id = &context.migration.id;
        let length = id.chars().count();
        let script = context.migration.up.as_ref().or(context.migration.down.as_ref());
        let Some(script) = script.filter(|_| context.project.layout == "alembic") else { return };
        if length <= LONGEST {
            return;
        }
        let text = script.source.file.text();
        let span = text.find(id.as_str()).map_or(Span::new(0, 0), |at| Span::new(at, at + id.len()));
        sink.add(
            Draft::at(script.place(span), Hazard::Fails, format!("the id has {length} characters, and Alembic's table takes {LONGEST}"))
                .label("the upgrade fails when this is written into alembic_version")
                .help("shorten the id, here and in the `down_revision` of the revision that follows"),
        );
    }
}
