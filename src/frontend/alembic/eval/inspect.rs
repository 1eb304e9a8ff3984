//! What an inspector answers, as conditions that the replay resolves.

use super::function::Arguments;
use super::state::Machine;
use crate::migration::python::{Handle, Kind, Listing, Value};
use crate::migration::{Guard, Ident, ObjectKind, ObjectName};
use ruff_python_ast::ExprCall;
use smol_str::SmolStr;
use std::sync::Arc;

impl<'a> Machine<'a> {
    pub(super) fn inspector_method(
        &mut self,
        name: &str,
        arguments: &Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let place = self.source(call);
        let exists = |guard: Option<Guard>| match guard {
            Some(guard) => Kind::Condition(Arc::new(guard)),
            None => Kind::Condition(Arc::new(self.as_written(call))),
        };
        let schema = |position| arguments.argument(position, "schema");
        let first = arguments.args.first().or_else(|| arguments.keyword("table_name"));
        match name {
            "has_table" => {
                let guard = first.and_then(|table| object(ObjectKind::Table, table, schema(1)));
                Value::new(exists(guard), place)
            }
            "has_sequence" => {
                let guard = first.and_then(|name| object(ObjectKind::Sequence, name, schema(1)));
                Value::new(exists(guard), place)
            }
            "has_schema" => {
                let guard = first.and_then(|name| object(ObjectKind::Schema, name, None));
                Value::new(exists(guard), place)
            }
            "has_index" => {
                let index = arguments.argument(1, "index_name");
                let guard = index.and_then(|name| object(ObjectKind::Index, name, schema(2)));
                Value::new(exists(guard), place)
            }
            _ => match name.strip_prefix("get_") {
                Some(what) => {
                    let of_table = !matches!(
                        what,
                        "table_names" | "view_names" | "enums" | "schema_names" | "sequence_names"
                    );
                    let listing = Listing {
                        what: SmolStr::new(what),
                        table: first.filter(|_| of_table).cloned(),
                        schema: schema(usize::from(of_table)).cloned(),
                    };
                    Value::new(Kind::Handle(Handle::Listing(Arc::new(listing))), place)
                }
                None => Value::unknown("what an inspector says", place),
            },
        }
    }
}

/// The condition that a comparison of a listed element with a name is.
pub(super) fn names(left: &Value, right: &Value) -> Option<Guard> {
    let listed = |value: &Value| match &value.kind {
        Kind::Handle(Handle::Listed(listing)) => Some(Arc::clone(listing)),
        Kind::Index(inner) => match (&inner.0.kind, inner.1.as_str()) {
            (Kind::Handle(Handle::Listed(listing)), Some("name")) => Some(Arc::clone(listing)),
            _ => None,
        },
        Kind::Attribute(inner) => match (&inner.0.kind, inner.1.as_str()) {
            (Kind::Handle(Handle::Listed(listing)), "name") => Some(Arc::clone(listing)),
            _ => None,
        },
        _ => None,
    };
    match (listed(left), listed(right)) {
        (Some(listing), None) => has(&listing, right),
        (None, Some(listing)) => has(&listing, left),
        _ => None,
    }
}

/// The condition that what is listed holds a name.
pub(super) fn has(listing: &Listing, name: &Value) -> Option<Guard> {
    let schema = listing.schema.as_ref();
    let kind = match listing.what.as_str() {
        "table_names" => return object(ObjectKind::Table, name, schema),
        "view_names" => return object(ObjectKind::View, name, schema),
        "indexes" => return object(ObjectKind::Index, name, schema),
        "enums" => return object(ObjectKind::Type, name, schema),
        "schema_names" => return object(ObjectKind::Schema, name, None),
        "sequence_names" => return object(ObjectKind::Sequence, name, schema),
        "columns" => ObjectKind::Column,
        "foreign_keys" | "unique_constraints" | "check_constraints" | "pk_constraint" => {
            ObjectKind::Constraint
        }
        _ => return None,
    };
    let table = object_name(listing.table.as_ref()?, schema)?;
    Some(Guard::Exists { kind, name: table, member: Some(Ident::new(name.as_str()?)) })
}

/// The condition that an object exists; `None` where its name is not known.
pub(super) fn object(kind: ObjectKind, name: &Value, schema: Option<&Value>) -> Option<Guard> {
    Some(Guard::Exists { kind, name: object_name(name, schema)?, member: None })
}

fn object_name(name: &Value, schema: Option<&Value>) -> Option<ObjectName> {
    let name = Ident::new(name.as_str()?);
    match schema {
        None => Some(ObjectName::bare(name)),
        Some(schema) if schema.is_none() => Some(ObjectName::bare(name)),
        Some(schema) => Some(ObjectName::qualified(Ident::new(schema.as_str()?), name)),
    }
}
