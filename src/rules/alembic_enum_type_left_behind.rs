//! `alembic-enum-type-left-behind`: the way back leaves an enum type behind.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{
    BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, directives,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the way back leaves an enum type behind",
    severity: Some(Severity::Warning),
    category: Category::Reversibility,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for name in context.enums_left_behind() {
            let last = directives(context.migration.down.as_ref()).last();
            let Some(last) = last else { continue };
            let message = format!("type `{name}` stays after the way back, and a second upgrade fails on it");
            let draft = Draft::at(last.place(), Hazard::Fails, message)
                .label("`create_table` makes the type of an enum, `drop_table` does not drop it")
                .help(format!("drop it behind its last column:\n  op.execute(\"DROP TYPE {name}\")"));
            let call = format!("op.execute(\"DROP TYPE {name}\")");
            sink.add(match last.append_line(&call) {
                Some(edit) => draft.fix(Applicability::Unsafe, "drop the type too", edit),
                None => draft,
            });
        }
    }
}
