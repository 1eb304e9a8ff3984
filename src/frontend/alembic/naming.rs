//! The naming convention of the models' metadata, which Alembic applies to constraints that have
//! no name.

use super::eval::constants;
use super::library::Library;
use super::module::Module;
use crate::migration::python::{Call, Callee, Column, DirectiveCall, Kind, Value, called, keyword};
use smol_str::SmolStr;
use std::sync::Arc;

/// Patterns by kind: `fk`, `uq`, `pk`, `ix`.
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

    /// The name of a constraint; `None` where no pattern gives one.
    fn name(&self, kind: &str, table: &str, columns: &[String], referred: &str) -> Option<String> {
        let (_, pattern) = self.0.iter().find(|(known, _)| known == kind)?;
        let first = columns.first()?;
        let name = pattern
            .replace("%(table_name)s", table)
            .replace("%(referred_table_name)s", referred)
            .replace("%(column_0_name)s", first)
            .replace("%(column_0_label)s", &format!("{table}_{first}"))
            .replace("%(column_0_N_name)s", &columns.join("_"))
            .replace("%(column_0N_name)s", &columns.concat());
        (!name.contains("%(")).then_some(name)
    }

    /// Gives names to the constraints of a directive that have none.
    pub(super) fn apply(&self, call: &mut DirectiveCall) {
        if self.is_empty() {
            return;
        }
        match call.name.as_str() {
            "create_table" => self.in_table(call),
            "create_foreign_key" | "create_unique_constraint" | "create_primary_key" => {
                self.in_directive(call);
            }
            _ => {}
        }
    }

    fn in_directive(&self, call: &mut DirectiveCall) {
        let is_open = call.args.first().is_some_and(Value::is_none);
        let Some(table) = call.table().and_then(|(table, _)| table.to_name()) else { return };
        let columns = |position| call.positional(position, &["columns", "local_cols"]).map(names);
        let (kind, columns, referred) = match call.name.as_str() {
            "create_unique_constraint" => ("uq", columns(2), None),
            "create_primary_key" => ("pk", columns(2), None),
            _ => ("fk", columns(3), call.positional(2, &["referent_table"])),
        };
        let referred = referred.and_then(Value::to_name).unwrap_or_default();
        let name = self.name(kind, &table, &columns.unwrap_or_default(), &referred);
        if let (true, Some(name), Some(first)) = (is_open, name, call.args.first_mut()) {
            *first = Value::text(&name, first.source);
        }
    }

    fn in_table(&self, call: &mut DirectiveCall) {
        let Some(table) = call.table().and_then(|(table, _)| table.to_name()) else { return };
        let mut key: Vec<String> = Vec::new();
        let mut has_key = false;
        for item in call.args.iter_mut().skip(1) {
            if let Some(column) = Column::of(item) {
                if column.is_primary_key() {
                    key.push(column.name.clone());
                }
                let name = column.name.clone();
                self.in_column(item, &table, &name);
            } else if let Some(("PrimaryKeyConstraint", _)) = called(item) {
                has_key = true;
                self.in_constraint(item, &table);
            } else {
                self.in_constraint(item, &table);
            }
        }
        let name = self.name("pk", &table, &key, "").filter(|_| !has_key);
        if let (Some(name), Some(place)) = (name, call.args.first().map(|one| one.source)) {
            let args = key.iter().map(|column| Value::text(column, place)).collect();
            let kwargs = vec![(SmolStr::new("name"), Value::text(&name, place))];
            let callee = Callee::Path(SmolStr::new("sqlalchemy.PrimaryKeyConstraint"));
            let made = Call { callee, args, kwargs };
            call.args.push(Value::new(Kind::Call(Arc::new(made)), place));
        }
    }

    /// Names a constraint among the items of a table.
    fn in_constraint(&self, item: &mut Value, table: &str) {
        let Some((class, made)) = called(item) else { return };
        if keyword(made, "name").is_some() {
            return;
        }
        let name = match class {
            "PrimaryKeyConstraint" => self.name("pk", table, &texts(&made.args), ""),
            "UniqueConstraint" => self.name("uq", table, &texts(&made.args), ""),
            "ForeignKeyConstraint" => {
                let columns = made.args.first().map(names).unwrap_or_default();
                let target = made.args.get(1).map(names).unwrap_or_default();
                self.name("fk", table, &columns, &referred(target.first()))
            }
            _ => None,
        };
        if let Some(name) = name {
            *item = named(item, made, &name);
        }
    }

    /// Names the foreign keys that start at a column.
    fn in_column(&self, item: &mut Value, table: &str, column: &str) {
        let Kind::Call(made) = &item.kind else { return };
        let mut made = made.as_ref().clone();
        for argument in &mut made.args {
            let Some(("ForeignKey", key)) = called(argument) else { continue };
            let target = key.args.first().and_then(Value::to_name);
            let columns = [column.to_owned()];
            let name = self.name("fk", table, &columns, &referred(target.as_ref()));
            if let (None, Some(name)) = (keyword(key, "name"), name) {
                *argument = named(argument, key, &name);
            }
        }
        item.kind = Kind::Call(Arc::new(made));
    }
}

/// The table of `orders.id`, or of `billing.orders.id`.
fn referred(target: Option<&String>) -> String {
    let target = target.map_or("", String::as_str);
    let table = target.rsplit_once('.').map_or("", |(table, _)| table);
    table.rsplit('.').next().unwrap_or(table).to_owned()
}

fn named(item: &Value, made: &Call, name: &str) -> Value {
    let mut made = made.clone();
    made.kwargs.retain(|(key, _)| key != "name");
    made.kwargs.push((SmolStr::new("name"), Value::text(name, item.source)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::alembic::{NoSources, evaluate};
    use crate::migration::{Dialect, Direction};
    use crate::source::SourceFile;

    const ENV: &str = "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import declarative_base\n\nNAMES = {\"fk\": \"fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s\", \"uq\": \"uq_%(table_name)s_%(column_0_N_name)s\", \"pk\": \"pk_%(table_name)s\"}\n";

    fn convention(metadata: &str) -> NamingConvention {
        let text = format!("{ENV}{metadata}\n");
        let module = Module::parse(Arc::new(SourceFile::new("env.py", text)), None);
        NamingConvention::of(&module, &Library::new(&NoSources))
    }

    /// The name of the first argument, or of each constraint of a table.
    fn names_in(body: &str) -> Vec<String> {
        let text = format!(
            "import sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n    {body}\n"
        );
        let module = Module::parse(Arc::new(SourceFile::new("a.py", text)), None);
        let library = Library::new(&NoSources);
        let found = evaluate(&module, &library, Direction::Up, Dialect::Postgres).unwrap();
        let mut call = found.calls.into_iter().next().unwrap();
        convention("target_metadata = MetaData(naming_convention=NAMES)").apply(&mut call);
        let named = |call: &Call| call.keyword("name").and_then(Value::to_name);
        let mut out: Vec<String> =
            call.object_name().and_then(Value::to_name).into_iter().collect();
        for item in &call.args {
            let Some(made) = item.as_call() else { continue };
            out.extend(named(made));
            out.extend(made.args.iter().filter_map(Value::as_call).filter_map(named));
        }
        out
    }

    #[test]
    fn it_is_read_from_the_metadata_however_that_is_made() {
        for metadata in [
            "target_metadata = MetaData(naming_convention=NAMES)",
            "Base = declarative_base(metadata=MetaData(naming_convention=NAMES))\ntarget_metadata = Base.metadata",
            "class Base:\n    metadata = MetaData(naming_convention=NAMES)\n\ntarget_metadata = Base.metadata",
        ] {
            assert!(!convention(metadata).is_empty(), "{metadata}");
        }
        assert!(convention("target_metadata = None").is_empty());
        assert!(convention("target_metadata = MetaData()").is_empty());
    }

    #[test]
    fn constraints_without_a_name_get_theirs() {
        let key = "op.create_foreign_key(None, 'orders', 'users', ['user_id'], ['id'])";
        assert_eq!(names_in(key), ["fk_orders_user_id_users"]);
        let unique = "op.create_unique_constraint(None, 'orders', ['shop', 'number'])";
        assert_eq!(names_in(unique), ["uq_orders_shop_number"]);
        let own = "op.create_unique_constraint('own', 'orders', ['number'])";
        assert_eq!(names_in(own), ["own"]);
        let table = "op.create_table('lines', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('order_id', sa.Integer(), sa.ForeignKey('orders.id')), sa.UniqueConstraint('order_id'))";
        let expected = ["fk_lines_order_id_orders", "uq_lines_order_id", "pk_lines"];
        assert_eq!(names_in(table), expected);
    }
}
