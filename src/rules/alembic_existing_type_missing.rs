//! `alembic-existing-type-missing`: a column is changed without the type that MySQL has to restate.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column is changed without the type that MySQL has to restate",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Mysql, Dialect::Mariadb],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let Some(directive) = context.directive().filter(|one| one.is("alter_column")) else { return };
        let call = directive.call;
        let given = |name: &str| call.keyword(name).is_some_and(|value| !value.is_none());
        let restates = ["nullable", "new_column_name", "name", "autoincrement", "comment"];
        if given("type_") || given("existing_type") || !restates.into_iter().any(given) {
            return;
        }
        let draft = Draft::at(directive.place(), Hazard::Fails, "Alembic refuses this change: it does not know the column's type")
            .label("MySQL's MODIFY and CHANGE restate the whole column")
            .help("say what the column is: existing_type=…, existing_nullable=…, existing_server_default=…");
        sink.add(match context.existing_arguments(&directive) {
            Some(edit) => draft.fix(Applicability::Unsafe, "say what the column is", edit),
            None => draft,
        });
    }
}
