//! The naming convention of the models' metadata, which Alembic applies to constraints and indexes:
//! those without a name get one, and one that is no `op.f(…)` is put into a pattern that asks for it.

mod pattern;
#[cfg(test)]
mod tests;

use super::eval::constants;
use super::library::Library;
use super::module::Module;
use crate::migration::python::{Call, Callee, Column, DirectiveCall, Kind, Value, called, keyword};
use pattern::{Subject, fill};
use smol_str::SmolStr;
use std::sync::Arc;

/// Patterns by kind: `fk`, `uq`, `pk`, `ck`, `ix`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamingConvention(Vec<(String, String)>);

impl NamingConvention {
    /// That of `target_metadata` of an `env.py`; empty where it has none, or none that can be read.
    pub fn of(env: &Module, library: &Library<'_>) -> Self {
        let [metadata] = constants(env, library, ["target_metadata"]);
        metadata.as_ref().and_then(of_metadata).unwrap_or_default()
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives their names to the constraints and indexes of a directive.
    pub(super) fn apply(&self, call: &mut DirectiveCall) {
        if self.is_empty() {
            return;
        }
        match call.name.as_str() {
            "create_table" => self.in_table(call),
            "add_column" => self.in_new_column(call),
            _ => self.in_directive(call),
        }
    }

    /// The name that a constraint or an index gets, `written` being the one that it has.
    fn name(&self, kind: &str, written: Option<&Value>, subject: &Subject) -> Option<String> {
        let (_, pattern) = self.0.iter().find(|(known, _)| known == kind)?;
        let given = match written.filter(|name| !name.is_none()) {
            Some(name) if is_final(name) || !pattern.contains("constraint_name") => return None,
            Some(name) => Some(name.as_str()?.to_owned()),
            None => None,
        };
        fill(pattern, &Subject { given, ..subject.clone() })
    }

    /// Names what a directive makes or drops.
    fn in_directive(&self, call: &mut DirectiveCall) {
        let Some(mut subject) = table_of(call) else { return };
        let listed = |position, name| {
            let columns = call.positional(position, &[name, "cols"]);
            columns.map(names).unwrap_or_default()
        };
        let kind = match call.name.as_str() {
            "create_unique_constraint" => "uq",
            "create_primary_key" => "pk",
            "create_foreign_key" => "fk",
            "create_check_constraint" => "ck",
            "create_index" | "drop_index" => "ix",
            "drop_constraint" => {
                match call.positional(2, &["type_", "type"]).and_then(Value::as_str) {
                    Some("foreignkey") => "fk",
                    Some("unique") => "uq",
                    Some("primary") => "pk",
                    Some("check") => "ck",
                    _ => return,
                }
            }
            _ => return,
        };
        let is_drop = call.name.starts_with("drop_");
        if is_drop && call.object_name().is_none() {
            return;
        }
        if kind == "fk" && !is_drop {
            let referent = call.positional(2, &["referent_table", "referent"]);
            let referent = referent.and_then(Value::to_name).unwrap_or_default();
            subject.columns = listed(3, "local_cols");
            subject.referred = Some((referent, listed(4, "remote_cols")));
        } else if !is_drop {
            subject.columns = listed(2, "columns");
        }
        let written = call.positional(0, OBJECT_NAMES);
        let Some(name) = self.name(kind, written, &subject) else { return };
        let slot = match call.args.first_mut() {
            Some(first) => Some(first),
            None => {
                let mut named = call.kwargs.iter_mut();
                let named = named.find(|one| OBJECT_NAMES.contains(&one.name.as_str()));
                named.map(|one| &mut one.value)
            }
        };
        if let Some(slot) = slot {
            *slot = Value::text(&name, slot.source);
        }
    }

    fn in_new_column(&self, call: &mut DirectiveCall) {
        let Some(subject) = table_of(call) else { return };
        for item in &mut call.args {
            if let Some(column) = Column::of(item) {
                let columns = vec![column.name];
                self.in_column(item, &Subject { columns, ..subject.clone() });
            }
        }
    }

    fn in_table(&self, call: &mut DirectiveCall) {
        let Some(subject) = table_of(call) else { return };
        let mut key: Vec<String> = Vec::new();
        let mut has_key = false;
        for item in call.args.iter_mut().skip(1) {
            if let Some(column) = Column::of(item) {
                if column.is_primary_key() {
                    key.push(column.name.clone());
                }
                let columns = vec![column.name];
                self.in_column(item, &Subject { columns, ..subject.clone() });
                continue;
            }
            has_key |= called(item).is_some_and(|(class, _)| class == "PrimaryKeyConstraint");
            self.in_item(item, &subject);
        }
        let subject = Subject { columns: key.clone(), ..subject };
        let name = self.name("pk", None, &subject).filter(|_| !has_key && !key.is_empty());
        if let (Some(name), Some(place)) = (name, call.args.first().map(|one| one.source)) {
            let args = key.iter().map(|column| Value::text(column, place)).collect();
            let kwargs = vec![(SmolStr::new("name"), Value::text(&name, place))];
            let callee = Callee::Path(SmolStr::new("sqlalchemy.PrimaryKeyConstraint"));
            let made = Call { callee, args, kwargs };
            call.args.push(Value::new(Kind::Call(Arc::new(made)), place));
        }
    }

    /// Names a constraint or an index among the items of a table.
    fn in_item(&self, item: &mut Value, table: &Subject) {
        let Some((class, made)) = called(item) else { return };
        let of = |columns| Subject { columns, ..table.clone() };
        if class == "Index" {
            let columns = of(texts(made.args.get(1..).unwrap_or_default()));
            if let Some(name) = self.name("ix", made.args.first(), &columns) {
                let mut made = made.clone();
                if let Some(first) = made.args.first_mut() {
                    *first = Value::text(&name, first.source);
                }
                item.kind = Kind::Call(Arc::new(made));
            }
            return;
        }
        let (kind, subject) = match class {
            "PrimaryKeyConstraint" => ("pk", of(texts(&made.args))),
            "UniqueConstraint" => ("uq", of(texts(&made.args))),
            "CheckConstraint" => ("ck", of(Vec::new())),
            "ForeignKeyConstraint" => {
                let mut subject = of(made.args.first().map(names).unwrap_or_default());
                subject.referred = referred(&made.args.get(1).map(names).unwrap_or_default());
                ("fk", subject)
            }
            _ => return,
        };
        if let Some(name) = self.name(kind, keyword(made, "name"), &subject) {
            *item = with(item, made, "name", &name);
        }
    }

    /// Names what comes with a column: its keys and checks, and what `index=True` and
    /// `unique=True` make.
    fn in_column(&self, item: &mut Value, subject: &Subject) {
        let Kind::Call(made) = &item.kind else { return };
        let mut made = made.as_ref().clone();
        for argument in &mut made.args {
            let Some((class, inner)) = called(argument) else { continue };
            let (kind, subject) = match class {
                "ForeignKey" => {
                    let target = inner.args.first().and_then(Value::to_name);
                    let referred = referred(target.as_slice());
                    ("fk", Subject { referred, ..subject.clone() })
                }
                "CheckConstraint" => ("ck", subject.clone()),
                "Enum" | "Boolean" if makes_check(class, inner) => ("ck", subject.clone()),
                _ => continue,
            };
            if let Some(name) = self.name(kind, keyword(inner, "name"), &subject) {
                *argument = with(argument, inner, "name", &name);
            }
        }
        // What the flags make has no other name: it takes the place of `True`.
        let is_set = |made: &Call, flag| keyword(made, flag).and_then(Value::as_bool) == Some(true);
        let flag = if is_set(&made, "index") { "index" } else { "unique" };
        let kind = if flag == "index" { "ix" } else { "uq" };
        if let Some(name) = self.name(kind, None, subject).filter(|_| is_set(&made, flag)) {
            made.kwargs.iter_mut().filter(|(key, _)| key == flag).for_each(|(_, value)| {
                *value = Value::text(&name, value.source);
            });
        }
        item.kind = Kind::Call(Arc::new(made));
    }
}

const OBJECT_NAMES: &[&str] = &["index_name", "constraint_name", "name"];

/// Whether a name is one that no convention changes: `op.f("…")`.
fn is_final(name: &Value) -> bool {
    match &name.kind {
        Kind::Str(text) => text.is_final(),
        Kind::Call(call) => call.path().is_some_and(|path| path.ends_with(".conv")),
        _ => false,
    }
}

/// Whether a column type comes with a check that has the type's name; that of a native enum's type
/// is no constraint's.
fn makes_check(class: &str, call: &Call) -> bool {
    let says = |name| keyword(call, name).and_then(Value::as_bool);
    let is_check = class == "Boolean" || says("native_enum") == Some(false);
    is_check && says("create_constraint") == Some(true) && keyword(call, "name").is_some()
}

/// The table of a directive.
fn table_of(call: &DirectiveCall) -> Option<Subject> {
    let (table, schema) = call.table()?;
    let schema = schema.and_then(Value::to_name);
    Some(Subject { table: table.to_name()?, schema, ..Subject::default() })
}

/// Table and columns of `orders.id`, or of `billing.orders.id`.
fn referred(targets: &[String]) -> Option<(String, Vec<String>)> {
    let cut = |target: &String| {
        let (table, column) = target.rsplit_once('.')?;
        Some((table.rsplit('.').next().unwrap_or(table).to_owned(), column.to_owned()))
    };
    let pairs: Vec<(String, String)> = targets.iter().filter_map(cut).collect();
    let table = pairs.first()?.0.clone();
    Some((table, pairs.into_iter().map(|(_, column)| column).collect()))
}

/// The same call with another keyword.
fn with(item: &Value, made: &Call, key: &str, text: &str) -> Value {
    let mut made = made.clone();
    made.kwargs.retain(|(known, _)| known != key);
    made.kwargs.push((SmolStr::new(key), Value::text(text, item.source)));
    Value::new(Kind::Call(Arc::new(made)), item.source)
}

fn names(value: &Value) -> Vec<String> {
    value.elements().map(texts).unwrap_or_default()
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::to_name).collect()
}

/// The convention of a `MetaData(…)`, or of what was made with one.
fn of_metadata(value: &Value) -> Option<NamingConvention> {
    match &value.kind {
        Kind::Call(call) => {
            let given = call.keyword("metadata").or_else(|| call.keyword("naming_convention"))?;
            match &given.kind {
                Kind::Dict(items) => {
                    let pair = |(key, value): &(Value, Value)| {
                        Some((key.as_str()?.to_owned(), value.as_str()?.to_owned()))
                    };
                    Some(NamingConvention(items.iter().filter_map(pair).collect()))
                }
                _ => of_metadata(given),
            }
        }
        // `Base.metadata`, of a base that was made with one.
        Kind::Attribute(member) if member.1 == "metadata" => of_metadata(&member.0),
        _ => None,
    }
}
