//! How two schemas differ, for people: what a down leaves behind or does not bring back.

use super::{Column, Constraint, Relation, RelationBody, RelationName, Schema, Table, View};
use crate::migration::Expr;
use imbl::ordmap::DiffItem;
use std::sync::Arc;

/// One difference between an expected and an actual schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The relation, type or function.
    pub name: RelationName,
    /// What differs, as a clause: "column `tier` of `customers` stays".
    pub text: String,
}

/// What `actual` has too much, has not, or has otherwise than `expected`. Uncertain relations are
/// left out, and so is what no statement could bring back (order of columns, added enum values).
pub fn diff(expected: &Schema, actual: &Schema) -> Vec<Difference> {
    let mut found = Vec::new();
    for item in expected.relations.diff(&actual.relations) {
        match item {
            DiffItem::Add(name, relation) => note(&mut found, name, relation, "stays"),
            DiffItem::Remove(name, relation) => note(&mut found, name, relation, "is not restored"),
            DiffItem::Update { old: (name, old), new: (_, new) } => {
                if old.certain && new.certain && !Arc::ptr_eq(old, new) {
                    compare(&mut found, name, old, new);
                }
            }
        }
    }
    types_and_routines(&mut found, expected, actual);
    found
}

fn note(found: &mut Vec<Difference>, name: &RelationName, relation: &Relation, verb: &str) {
    if !relation.certain || is_part(&relation.body) {
        return;
    }
    let kind = match &relation.body {
        RelationBody::Table(_) => "table",
        RelationBody::Index(_) => "index",
        RelationBody::View(view) if view.materialized => "materialized view",
        RelationBody::View(_) => "view",
        RelationBody::Sequence(_) => "sequence",
    };
    push(found, name, format!("{kind} `{name}` {verb}"));
}

/// Indexes of constraints and sequences of columns are told of with their owner.
fn is_part(body: &RelationBody) -> bool {
    match body {
        RelationBody::Index(index) => index.constraint.is_some(),
        RelationBody::Sequence(sequence) => sequence.owned_by.is_some(),
        _ => false,
    }
}

fn push(found: &mut Vec<Difference>, name: &RelationName, text: String) {
    found.push(Difference { name: name.clone(), text });
}

fn compare(found: &mut Vec<Difference>, name: &RelationName, old: &Relation, new: &Relation) {
    match (&old.body, &new.body) {
        (RelationBody::Table(old), RelationBody::Table(new)) => tables(found, name, old, new),
        (RelationBody::View(old), RelationBody::View(new)) => views(found, name, old, new),
        (RelationBody::Index(old), RelationBody::Index(new)) => {
            let same = old.table == new.table
                && old.unique == new.unique
                && old.columns.len() == new.columns.len()
                && old.columns.iter().zip(&new.columns).all(|(a, b)| a.column == b.column);
            if !same {
                push(found, name, format!("index `{name}` is not as it was"));
            }
        }
        (RelationBody::Sequence(_), RelationBody::Sequence(_)) => {}
        _ => push(found, name, format!("`{name}` is another kind of relation")),
    }
}

fn views(found: &mut Vec<Difference>, name: &RelationName, old: &View, new: &View) {
    if squeeze(&old.query.sql) != squeeze(&new.query.sql) {
        push(found, name, format!("view `{name}` has another query"));
    }
}

fn tables(found: &mut Vec<Difference>, name: &RelationName, old: &Table, new: &Table) {
    if !old.columns_known || !new.columns_known {
        return;
    }
    for column in old.columns.iter().filter(|column| column.certain) {
        match new.column(&column.name) {
            None => {
                push(found, name, format!("column `{}` of `{name}` is not restored", column.name));
            }
            Some(other) if other.certain => columns(found, name, column, other),
            Some(_) => {}
        }
    }
    for column in new.columns.iter().filter(|column| column.certain) {
        if old.column(&column.name).is_none() {
            push(found, name, format!("column `{}` of `{name}` stays", column.name));
        }
    }
    constraints(found, name, old, new);
    for (from, to, verb) in [(old, new, "is not restored"), (new, old, "stays")] {
        for trigger in &from.triggers {
            if !to.triggers.iter().any(|other| other.name == trigger.name) {
                push(found, name, format!("trigger `{}` of `{name}` {verb}", trigger.name));
            }
        }
        for policy in &from.policies {
            if !to.policies.iter().any(|other| other.name == policy.name) {
                push(found, name, format!("policy `{}` of `{name}` {verb}", policy.name));
            }
        }
    }
}

fn columns(found: &mut Vec<Difference>, name: &RelationName, old: &Column, new: &Column) {
    let mut tell = |text: String| {
        push(found, name, format!("column `{}` of `{name}` {text}", old.name));
    };
    if let (Some(was), Some(is)) = (&old.data_type, &new.data_type)
        && was.to_string() != is.to_string()
    {
        tell(format!("is {is}, and was {was}"));
    }
    if old.not_null != new.not_null {
        tell(if old.not_null { "lost NOT NULL" } else { "kept NOT NULL" }.to_owned());
    }
    if default_text(old.default.as_ref()) != default_text(new.default.as_ref()) {
        tell("has another default".to_owned());
    }
    if old.identity.is_some() != new.identity.is_some()
        || old.generated.is_some() != new.generated.is_some()
    {
        tell("is generated otherwise".to_owned());
    }
}

fn default_text(default: Option<&Expr>) -> Option<String> {
    default.map(|expr| squeeze(&expr.sql).to_lowercase())
}

/// Constraints are compared by what they demand: a name that the server chose may differ.
fn constraints(found: &mut Vec<Difference>, name: &RelationName, old: &Table, new: &Table) {
    for (from, to, verb) in [(old, new, "is not restored"), (new, old, "stays")] {
        for constraint in from.constraints.iter().filter(|constraint| constraint.certain) {
            if !to.constraints.iter().any(|other| alike(constraint, other)) {
                push(found, name, format!("constraint `{}` of `{name}` {verb}", constraint.name));
            }
        }
    }
}

fn alike(a: &Constraint, b: &Constraint) -> bool {
    std::mem::discriminant(&a.body) == std::mem::discriminant(&b.body)
        && a.columns() == b.columns()
        && a.references() == b.references()
}

fn types_and_routines(found: &mut Vec<Difference>, expected: &Schema, actual: &Schema) {
    for item in expected.types.diff(&actual.types) {
        match item {
            DiffItem::Add(name, made) if made.certain => {
                push(found, name, format!("type `{name}` stays"));
            }
            DiffItem::Remove(name, made) if made.certain => {
                push(found, name, format!("type `{name}` is not restored"));
            }
            _ => {}
        }
    }
    for item in expected.routines.diff(&actual.routines) {
        match item {
            DiffItem::Add(name, made) if made.iter().all(|one| one.certain) => {
                push(found, name, format!("function `{name}` stays"));
            }
            DiffItem::Remove(name, made) if made.iter().all(|one| one.certain) => {
                push(found, name, format!("function `{name}` is not restored"));
            }
            DiffItem::Update { old: (name, old), new: (_, new) } => {
                let bodies = |all: &[Arc<super::Routine>]| -> Vec<String> {
                    all.iter().map(|one| squeeze(&one.body.text)).collect()
                };
                if old.iter().chain(new).all(|one| one.certain) && bodies(old) != bodies(new) {
                    push(found, name, format!("function `{name}` is not as it was"));
                }
            }
            _ => {}
        }
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
