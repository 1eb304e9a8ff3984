//! `alembic-primary-key-not-created`: add_column with primary_key=True, of which Alembic makes no key.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::migration::python::{Column, is_true};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column is added as a primary key, and no key comes of it",
    severity: Some(Severity::Error),
    category: Category::Correctness,
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
        for directive in context.directives().filter(|directive| directive.is("add_column")) {
            let call = directive.call;
            let value = call.positional(1, &["column"]);
            let Some(column) = value.and_then(Column::of) else { continue };
            if !column.is_primary_key() || is_true(call.keyword("inline_primary_key")) {
                continue;
            }
            let table = directive.table().unwrap_or_else(|| "the table".to_owned());
            let message = format!("`{table}` gets `{}` without a primary key", column.name);
            sink.add(
                Draft::at(directive.place(), Hazard::Other, message)
                    .label("`add_column` makes the column and leaves `primary_key=True` out")
                    .help(format!(
                        "add the key by itself:\n  op.create_primary_key(\"{table}_pkey\", \"{table}\", [\"{}\"])",
                        column.name
                    )),
            );
        }
    }
}
