//! `alembic-client-side-default`: a default that SQLAlchemy applies when it inserts, and that the server never hears of.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::migration::python::{Column, Value, called};
use crate::rule::{
    BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, server_default,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column of a revision has a default that only Python knows",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
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
        for directive in context.directives() {
            if !directive.is("add_column") && !directive.is("create_table") {
                continue;
            }
            for (value, column) in columns(&directive) {
                judge(&directive, value, &column, sink);
            }
        }
    }
}

/// The columns among the arguments of a directive.
fn columns<'a>(directive: &Directive<'a>) -> impl Iterator<Item = (&'a Value, Column<'a>)> + use<'a> {
    directive.call.args.iter().filter_map(|value| Some((value, Column::of(value)?)))
}

fn judge(directive: &Directive<'_>, value: &Value, column: &Column<'_>, sink: &mut Sink<'_>) {
    let Some(default) = column.keyword("default") else { return };
    let generated = called(default).is_some_and(|(name, _)| name == "Sequence");
    if column.keyword("server_default").is_some() || generated {
        return;
    }
    let table = directive.table().unwrap_or_else(|| "the table".to_owned());
    let message = format!("the server gives `{}` of `{table}` no default", column.name);
    let mut draft = Draft::at(directive.place_of(default), Hazard::Other, message)
        .label("`default` is used by SQLAlchemy's own inserts alone, and makes no DDL")
        .why("rows that are there, and rows that other programs insert, get NULL or an error")
        .help("write `server_default=` in place of `default=`");
    if let Some(literal) = server_default(default).filter(|text| directive.can_write(text))
        && let Some(edit) = directive.append_to(value, &format!("server_default={literal}"))
    {
        draft = draft.fix(Applicability::Unsafe, "add the same default on the server", vec![edit]);
    }
    sink.add(draft);
}
