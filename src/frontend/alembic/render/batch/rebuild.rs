//! The directives of a batch, applied to the table that is copied.

use super::order::PartialOrder;
use super::reflected::{
    Reflected, ReflectedColumn, ReflectedConstraint, ReflectedIndex, ReflectedKind,
};
use super::{FLAVOR, elements};
use crate::frontend::alembic::render::Written;
use crate::frontend::alembic::render::column::{Column, default_sql};
use crate::frontend::alembic::render::constraint::column_name;
use crate::frontend::alembic::render::directives::constraint_of;
use crate::frontend::alembic::render::index::Index;
use crate::frontend::alembic::render::quote::{self, TableName};
use crate::frontend::alembic::render::stop::{Part, Stop};
use crate::frontend::alembic::render::types::{self, TypeFacts};
use crate::migration::python::{Batch, DirectiveCall, Kind, Value};

/// A table that is made anew.
pub(super) struct Rebuild {
    pub name: String,
    pub columns: Vec<Slot>,
    pub constraints: Vec<ReflectedConstraint>,
    pub indexes: Vec<ReflectedIndex>,
    pub new_indexes: Vec<Written>,
    /// Constraints of the batch's `table_args`, which stand before the others.
    pub extra: Vec<ReflectedConstraint>,
    conventions: Vec<(String, String)>,
    /// `partial_reordering`.
    order: Option<PartialOrder>,
}

/// A column of the new table. Constraints and directives go on to call it by its key.
pub(super) struct Slot {
    /// Its name in the old table.
    pub key: String,
    /// What it becomes.
    pub column: ReflectedColumn,
    /// Where its values come from.
    pub from: Source,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The old column.
    Old,
    /// The old column, cast to the new type.
    Cast,
    /// It is new.
    New,
}

impl Rebuild {
    pub fn new(mut table: Reflected, batch: &Batch) -> Part<Self> {
        for item in elements(batch, "reflect_args") {
            table.take(item)?;
        }
        let mut extra = Reflected::default();
        for item in elements(batch, "table_args") {
            extra.take(item)?;
        }
        let conventions = batch.keyword("naming_convention").and_then(conventions);
        let slot =
            |column: ReflectedColumn| Slot { key: column.name.clone(), column, from: Source::Old };
        Ok(Self {
            name: table.name,
            columns: table.columns.into_iter().map(slot).collect(),
            constraints: table.constraints,
            indexes: table.indexes,
            new_indexes: Vec::new(),
            extra: extra.constraints,
            conventions: conventions.unwrap_or_default(),
            order: PartialOrder::of(batch)?,
        })
    }

    pub fn apply(&mut self, call: &DirectiveCall) -> Part<()> {
        match call.name.as_str() {
            "add_column" => self.add_column(call),
            "drop_column" => self.drop_column(call),
            "alter_column" => self.alter_column(call),
            "create_index" => self.create_index(call),
            "drop_index" => {
                let name = named(call, &["index_name", "name"])?;
                let before = self.indexes.len();
                self.indexes.retain(|index| index.name != name);
                match self.indexes.len() < before {
                    true => Ok(()),
                    false => Stop::refused(format!("no such index: {name}")),
                }
            }
            "drop_constraint" => self.drop_constraint(&named(call, &["constraint_name", "name"])?),
            "create_unique_constraint"
            | "create_primary_key"
            | "create_check_constraint"
            | "create_foreign_key" => {
                let new = constraint_of(call, FLAVOR, ReflectedConstraint::of)?;
                self.add_constraint(new)
            }
            "create_table_comment" | "drop_table_comment" => Ok(()),
            name => Stop::unknown(format!("the directive {name} is not understood in a batch")),
        }
    }

    fn table(&self) -> TableName {
        TableName { schema: None, name: self.name.clone() }
    }

    /// Where a new column is put. An order of the batch is heeded when all columns are there.
    fn place_of_new(&mut self, call: &DirectiveCall, name: &str) -> usize {
        let named = |keyword| call.keyword(keyword).and_then(Value::as_str);
        let (after, before) = (named("insert_after"), named("insert_before"));
        if let Some(order) = &mut self.order {
            before.into_iter().for_each(|before| order.add(name, before));
            after.into_iter().for_each(|after| order.add(after, name));
            return self.columns.len();
        }
        let place = |wanted: &str| self.columns.iter().position(|slot| slot.key == wanted);
        match (after.and_then(place), before.and_then(place)) {
            (Some(after), _) => after + 1,
            (None, Some(before)) => before,
            (None, None) => self.columns.len(),
        }
    }

    /// Puts the columns into the order that the batch demands.
    pub fn reorder(&mut self) -> Part<()> {
        if let Some(order) = self.order.take() {
            self.columns = order.sort(std::mem::take(&mut self.columns))?;
        }
        Ok(())
    }

    fn add_column(&mut self, call: &DirectiveCall) -> Part<()> {
        let Some(column) = call.positional(1, &["column"]).and_then(Column::of) else {
            return Stop::unknown("its column is not known");
        };
        let new = ReflectedColumn::of(&column)?;
        let at = self.place_of_new(call, &new.name);
        self.columns.insert(at, Slot { key: new.name.clone(), column: new, from: Source::New });
        for key in column.foreign_keys()? {
            self.add_constraint(ReflectedConstraint::of(&key)?)?;
        }
        if column.is_unique() && !column.is_indexed() {
            let columns = vec![column.name.clone()];
            let kind = ReflectedKind::Unique;
            let name = column.name_of("unique");
            self.add_constraint(ReflectedConstraint { name, columns, kind })?;
        }
        if let Some(check) = column.facts(FLAVOR).and_then(|facts| facts.check)
            && check.name.is_some()
        {
            let name = quote::quoted(&column.name, FLAVOR);
            let sql = format!("{name} IN ({})", check.values.join(", "));
            let kind = ReflectedKind::Check(sql);
            self.add_constraint(ReflectedConstraint { name: check.name, columns: vec![], kind })?;
        }
        if column.is_indexed() {
            let index = Index::of_column(&column, &self.table());
            self.new_indexes.push(Written::implied(index.create(FLAVOR)?));
        }
        Ok(())
    }

    fn slot(&mut self, name: &str) -> Part<&mut Slot> {
        match self.columns.iter_mut().find(|slot| slot.key == name) {
            Some(slot) => Ok(slot),
            None => Stop::refused(format!("the table has no column {name}")),
        }
    }

    fn drop_column(&mut self, call: &DirectiveCall) -> Part<()> {
        let name = match call.positional(1, &["column_name"]) {
            Some(value) => column_name(value)?,
            None => return Stop::refused("drop_column without a column"),
        };
        self.slot(&name)?;
        self.columns.retain(|slot| slot.key != name);
        for key in self.constraints.iter_mut() {
            if key.kind == ReflectedKind::PrimaryKey {
                key.columns.retain(|column| *column != name);
            }
        }
        Ok(())
    }

    fn alter_column(&mut self, call: &DirectiveCall) -> Part<()> {
        let name = named_at(call, 1, &["column_name"])?;
        let given = |name: &str| call.keyword(name).filter(|value| !value.is_none());
        let new_name = given("new_column_name").or_else(|| given("name"));
        let new_name = new_name.map(quote::text).transpose()?;
        let data_type = given("type_").map(|value| types::sql(value, FLAVOR)).transpose()?;
        let check = given("type_").and_then(|value| TypeFacts::of(value, FLAVOR).check);
        let default = call.keyword("server_default").filter(|one| one.kind != Kind::Bool(false));
        let default = match default {
            Some(value) if value.is_none() => Some(None),
            Some(value) => Some(default_sql(value, FLAVOR)?),
            None => None,
        };
        let slot = self.slot(&name)?;
        if let Some(data_type) = data_type {
            let (old, new) = (family(&slot.column.data_type), family(&data_type));
            if old != new && new != "JSON" && slot.from == Source::Old {
                slot.from = Source::Cast;
            }
            slot.column.data_type = data_type;
        }
        if let Some(nullable) = given("nullable").and_then(Value::as_bool) {
            slot.column.nullable = Some(nullable);
        }
        if let Some(default) = default {
            slot.column.default = default;
        }
        slot.column.name = new_name.unwrap_or_else(|| slot.column.name.clone());
        if let Some(check) = check.filter(|check| check.name.is_some()) {
            let column = quote::quoted(&name, FLAVOR);
            let kind = ReflectedKind::Check(format!("{column} IN ({})", check.values.join(", ")));
            self.add_constraint(ReflectedConstraint { name: check.name, columns: vec![], kind })?;
        }
        Ok(())
    }

    fn create_index(&mut self, call: &DirectiveCall) -> Part<()> {
        let name = call.positional(0, &["index_name", "name"]);
        let columns = call.positional(2, &["columns"]);
        let index = Index::of_directive(call, name, self.table(), columns)?;
        self.new_indexes.push(Written::own(index.create(FLAVOR)?));
        Ok(())
    }

    fn add_constraint(&mut self, new: ReflectedConstraint) -> Part<()> {
        if new.name.is_none() {
            return Stop::refused("a constraint of a batch must have a name");
        }
        if new.kind == ReflectedKind::PrimaryKey {
            self.constraints.retain(|one| one.kind != ReflectedKind::PrimaryKey);
        }
        // A constraint of the same name takes the place of the one that is there.
        self.constraints.retain(|one| one.name != new.name);
        self.constraints.push(new);
        Ok(())
    }

    fn drop_constraint(&mut self, name: &str) -> Part<()> {
        let by_name = self.constraints.iter().position(|one| one.name.as_deref() == Some(name));
        let by_convention = || {
            self.constraints.iter().position(|one| {
                one.name.is_none() && self.conventional(one).as_deref() == Some(name)
            })
        };
        match by_name.or_else(by_convention) {
            Some(at) => {
                self.constraints.remove(at);
                Ok(())
            }
            None => Stop::refused(format!("no such constraint: {name}")),
        }
    }

    /// The name that the batch's convention gives an anonymous constraint.
    pub fn conventional(&self, constraint: &ReflectedConstraint) -> Option<String> {
        let (key, referred) = match &constraint.kind {
            ReflectedKind::PrimaryKey => ("pk", ""),
            ReflectedKind::Unique => ("uq", ""),
            ReflectedKind::ForeignKey { table, .. } => ("fk", table.as_str()),
            ReflectedKind::Check(_) => return None,
        };
        let (_, pattern) = self.conventions.iter().find(|(known, _)| known == key)?;
        let first = constraint.columns.first()?;
        let all = constraint.columns.join("_");
        let name = pattern
            .replace("%(table_name)s", &self.name)
            .replace("%(referred_table_name)s", referred)
            .replace("%(column_0_name)s", first)
            .replace("%(column_0_N_name)s", &all)
            .replace("%(column_0_label)s", &format!("{}_{first}", self.name));
        (!name.contains("%(")).then_some(name)
    }
}

/// A naming convention, by its keys.
fn conventions(value: &Value) -> Option<Vec<(String, String)>> {
    let Kind::Dict(items) = &value.kind else { return None };
    let pair = |(key, value): &(Value, Value)| {
        Some((key.as_str()?.to_owned(), value.as_str()?.to_owned()))
    };
    Some(items.iter().filter_map(pair).collect())
}

fn named(call: &DirectiveCall, names: &[&str]) -> Part<String> {
    named_at(call, 0, names)
}

fn named_at(call: &DirectiveCall, position: usize, names: &[&str]) -> Part<String> {
    match call.positional(position, names).filter(|name| !name.is_none()) {
        Some(name) => quote::text(name),
        None => Stop::refused("a name is not given"),
    }
}

/// What SQLAlchemy takes for one kind of type.
fn family(data_type: &str) -> &'static str {
    let upper = data_type.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
    match () {
        () if has(&["CHAR", "TEXT", "CLOB"]) => "STRING",
        () if has(&["INT"]) => "INTEGER",
        () if has(&["BOOL"]) => "BOOLEAN",
        () if has(&["DATETIME", "TIMESTAMP"]) => "DATETIME",
        () if has(&["DATE"]) => "DATE",
        () if has(&["TIME"]) => "TIME",
        () if has(&["BLOB", "BINARY"]) => "BINARY",
        () if has(&["JSON"]) => "JSON",
        () if has(&["NUM", "DEC", "FLOAT", "REAL", "DOUBLE"]) => "NUMERIC",
        () => "OTHER",
    }
}
