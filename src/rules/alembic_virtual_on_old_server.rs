//! `alembic-virtual-on-old-server`: Computed without persisted=True, on a server before 18.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::migration::python::{Call, Column, Value};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a generated column asks for a form that the server does not have",
    severity: Some(Severity::Error),
    category: Category::Correctness,
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
        if context.project.target.version.major >= 18 {
            return;
        }
        for directive in context.directives() {
            if !directive.is("add_column") && !directive.is("create_table") {
                continue;
            }
            for value in &directive.call.args {
                let Some(column) = Column::of(value) else { continue };
                let Some(computed) = column.computed() else { continue };
                if is_stored(computed) {
                    continue;
                }
                let version = context.project.target.version.major;
                let message = format!("PostgreSQL {version} refuses `{}`: it has no virtual columns", column.name);
                let item = item(value);
                let mut draft = Draft::at(item.map_or_else(|| directive.place(), |item| directive.place_of(item)), Hazard::Fails, message)
                    .label("without `persisted=True` the word STORED is left out")
                    .help("write `persisted=True`; filling the column then rewrites the table");
                let edit = item.filter(|_| computed.keyword("persisted").is_none());
                let edit = edit.and_then(|item| directive.append_to(item, "persisted=True"));
                if let Some(edit) = edit {
                    draft = draft.fix(Applicability::Unsafe, "store the values", vec![edit]);
                }
                sink.add(draft);
            }
        }
    }
}

fn is_stored(computed: &Call) -> bool {
    computed.keyword("persisted").or_else(|| computed.args.get(1)).and_then(Value::as_bool) == Some(true)
}

/// The `Computed(…)` among a column's arguments.
fn item(column: &Value) -> Option<&Value> {
    let call = column.as_call()?;
    call.args.iter().find(|item| item.path().is_some_and(|path| path.ends_with(".Computed")))
}
