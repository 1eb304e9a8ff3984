//! `alembic-enum-type-not-created`: a named enum in add_column or alter_column, of which nothing made the type.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::python::{Column, Value, called, is_true};
use crate::migration::{Dialect, Ident, ObjectName};
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};
use crate::schema::Schema;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column takes an enum type that nothing creates",
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
        for directive in context.directives() {
            let Some(data_type) = changed_type(&directive) else { continue };
            let Some(name) = enum_name(data_type) else { continue };
            let before = match directive.direction() {
                crate::migration::Direction::Up => context.before,
                crate::migration::Direction::Down => context.after,
            };
            if is_there(before, &name) || is_made_earlier(&directive, &name) {
                continue;
            }
            let table = directive.table().unwrap_or_else(|| "the table".to_owned());
            let message = format!("type `{name}` does not exist when `{table}` gets its column");
            let mut draft = Draft::at(directive.place_of(data_type), Hazard::Fails, message)
                .label("`create_table` creates the type of an enum, `add_column` and `alter_column` do not")
                .help(format!("create the type first:\n  sa.Enum(…, name=\"{name}\").create(op.get_bind(), checkfirst=True)"));
            if let Some(edit) = creation(&directive, data_type) {
                draft = draft.fix(Applicability::Unsafe, "create the type before", vec![edit]);
            }
            sink.add(draft);
        }
    }
}

/// The type that a directive gives to a column of a table that is there.
fn changed_type<'a>(directive: &Directive<'a>) -> Option<&'a Value> {
    if directive.is("add_column") {
        return directive.call.positional(1, &["column"]).and_then(Column::of)?.data_type;
    }
    directive.call.keyword("type_").filter(|_| directive.is("alter_column"))
}

/// The name of a native enum type.
fn enum_name(data_type: &Value) -> Option<ObjectName> {
    let (class, call) = called(data_type)?;
    let native = call.keyword("native_enum").is_none_or(|value| is_true(Some(value)));
    if !matches!(class, "Enum" | "ENUM") || !native {
        return None;
    }
    let name = call.keyword("name")?.as_str()?.to_owned();
    let schema = call.keyword("schema").and_then(Value::as_str);
    Some(ObjectName { schema: schema.map(Ident::new), name: Ident::new(name) })
}

/// Whether the type may be there: known, or not certainly absent.
fn is_there(schema: &Schema, name: &ObjectName) -> bool {
    schema.type_def(name).is_some()
}

/// Whether the script makes the type before.
fn is_made_earlier(directive: &Directive<'_>, name: &ObjectName) -> bool {
    directive.earlier().any(|other| {
        other.step.statements.iter().any(|statement| {
            statement.actions.iter().any(|action| {
                matches!(&action.kind, crate::migration::ActionKind::CreateEnum(create) if create.name.name == name.name)
                    || !action.kind.is_understood()
            })
        })
    })
}

/// The line that creates the type, before the directive.
fn creation(directive: &Directive<'_>, data_type: &Value) -> Option<Edit> {
    if !data_type.source.is_home() || directive.call.via.is_some() || directive.call.batch.is_some() {
        return None;
    }
    let file = &directive.script.source.file;
    let written = file.slice(data_type.source.span);
    let start = directive.call.span.start;
    let indent = file.text().get(..start)?.rsplit('\n').next()?;
    if !indent.trim().is_empty() || written.contains('\n') {
        return None;
    }
    let text = format!("{written}.create(op.get_bind(), checkfirst=True)\n{indent}");
    Some(Edit { place: directive.script.place(crate::source::Span::new(start, start)), text })
}
