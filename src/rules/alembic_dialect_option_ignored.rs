//! `alembic-dialect-option-ignored`: an argument that changes what the schema accepts is left out.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::migration::python::{Column, is_true};
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an argument for PostgreSQL is left out on this database",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
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
        for directive in context.directives() {
            if is_true(directive.call.keyword("postgresql_nulls_not_distinct")) {
                let message = "rows that differ in nothing but NULL are accepted on SQLite";
                let place = directive.place_of_keyword("postgresql_nulls_not_distinct");
                sink.add(
                    Draft::at(place, Hazard::Other, message)
                        .label("SQLite leaves this out: every NULL counts as different")
                        .help("make the columns NOT NULL, or check for doubles in the application"),
                );
            }
            identities(&directive, sink);
        }
    }
}

fn identities(directive: &Directive<'_>, sink: &mut Sink<'_>) {
    if !directive.is("create_table") && !directive.is("add_column") {
        return;
    }
    for value in &directive.call.args {
        let Some(column) = Column::of(value) else { continue };
        let key = column.is_primary_key();
        if column.identity().is_none() || key {
            continue;
        }
        let message = format!("`{}` numbers nothing on SQLite, and takes no NULL", column.name);
        sink.add(
            Draft::at(directive.place_of(value), Hazard::Fails, message)
                .label("SQLite leaves `Identity()` out, and inserts without a value fail")
                .help("make the column the INTEGER PRIMARY KEY, or give it a value in every insert"),
        );
    }
}
