//! `alembic-partial-unique-other-dialect`: postgresql_where on a unique index, which other databases do not see.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::migration::python::is_true;
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a partial unique index is a full one on this database",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
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
        for directive in context.directives().filter(|directive| directive.is("create_index")) {
            let call = directive.call;
            let Some(condition) = call.keyword("postgresql_where").filter(|one| !one.is_none()) else {
                continue;
            };
            if !is_true(call.keyword("unique")) || call.keyword("sqlite_where").is_some() {
                continue;
            }
            let table = directive.table().unwrap_or_else(|| "the table".to_owned());
            let message = format!("rows of `{table}` outside of the condition must be unique, too");
            let mut draft = Draft::at(directive.place_of_keyword("postgresql_where"), Hazard::Fails, message)
                .label("SQLite does not see this condition: the index covers every row")
                .help("give SQLite the same condition: `sqlite_where=`");
            let written = directive.script.source.file.slice(condition.source.span);
            if condition.source.is_home()
                && !written.is_empty()
                && let Some(edit) = directive.append_argument(&format!("sqlite_where={written}"))
            {
                draft = draft.fix(Applicability::Unsafe, "repeat the condition for SQLite", vec![edit]);
            }
            sink.add(draft);
        }
    }
}
