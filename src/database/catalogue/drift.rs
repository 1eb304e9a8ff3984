//! How the live schema differs from the replayed one, in relations that somebody asks about.
//!
//! Silent about what the replay is not sure of, about partitions and about what extensions made.

use super::{Live, LiveIndex, LiveRelation};
use crate::migration::Validity;
use crate::schema::{
    Constraint, ConstraintBody, Fact, Index, Relation, RelationBody, RelationName, Schema, Table,
};
use std::collections::BTreeSet;

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The relation.
    pub relation: RelationName,
    /// What differs, as a clause.
    pub text: String,
}

/// Compares.
pub fn drift(expected: &Schema, live: &Live, asked: &BTreeSet<RelationName>) -> Vec<Drift> {
    let mut found = Vec::new();
    for name in asked.iter().filter(|name| name.schema != "pg_temp" && !is_system(name)) {
        let here = live.relations.get(name);
        if here.is_some_and(|relation| relation.of_extension || relation.is_partition) {
            continue;
        }
        let mut tell = |text: String| found.push(Drift { relation: name.clone(), text });
        match (expected.relation(name), here) {
            (Fact::Known(_), None) => tell(format!("`{name}` is not there")),
            (Fact::Known(relation), Some(here)) => {
                if let RelationBody::Table(table) = &relation.body {
                    tables(name, table, here, live.types_compare, &mut tell);
                    indexes(name, expected, live, &mut tell);
                } else {
                    other(relation, here, &mut tell);
                }
            }
            (Fact::Absent, Some(_)) if expected.is_complete() => {
                tell(format!("`{name}` is there, and no migration made it"));
            }
            _ => {}
        }
    }
    found
}

fn is_system(name: &RelationName) -> bool {
    // The indexes that SQLite makes for keys do not stand in its catalogue as others do.
    name.name.as_str().starts_with("sqlite_")
        || matches!(name.schema.as_str(), "pg_catalog" | "information_schema" | "pg_toast")
}

fn other(relation: &Relation, here: &LiveRelation, tell: &mut impl FnMut(String)) {
    let name = &relation.name;
    if relation.kind() != here.kind {
        return tell(format!("`{name}` is another kind of relation"));
    }
    if let (RelationBody::Index(index), Some(actual)) = (&relation.body, &here.index) {
        index_of(name, index, actual, tell);
    }
}

fn index_of(name: &RelationName, index: &Index, actual: &LiveIndex, tell: &mut impl FnMut(String)) {
    if index.valid && !actual.valid {
        return tell(format!("index `{name}` is invalid: its build was interrupted"));
    }
    let columns: Vec<&str> = index
        .columns
        .iter()
        .map(|column| column.column.as_ref().map_or("", |name| name.as_str()))
        .collect();
    if index.table != actual.table || index.unique != actual.unique || columns != actual.columns {
        tell(format!("index `{name}` has another definition"));
    }
}

fn tables(
    name: &RelationName,
    table: &Table,
    here: &LiveRelation,
    types_compare: bool,
    tell: &mut impl FnMut(String),
) {
    if !table.columns_known || table.columns.iter().any(|column| !column.certain) {
        return;
    }
    for column in &table.columns {
        let shown = &column.name;
        let Some(actual) = here.columns.iter().find(|actual| actual.name == column.name) else {
            tell(format!("column `{shown}` of `{name}` is not there"));
            continue;
        };
        let wanted = column.data_type.as_ref().map(|data_type| plain(&data_type.to_string()));
        let given = plain(&actual.data_type);
        if let Some(wanted) = wanted.filter(|wanted| types_compare && *wanted != given) {
            tell(format!("column `{shown}` of `{name}` is {given}, and should be {wanted}"));
        }
        // The keys of SQLite may be null, whatever the replay says of keys.
        if column.not_null != actual.not_null && types_compare {
            let state = if actual.not_null { "NOT NULL" } else { "nullable" };
            tell(format!("column `{shown}` of `{name}` is {state}, and should not be"));
        }
    }
    for actual in &here.columns {
        if table.column(&actual.name).is_none() {
            tell(format!(
                "column `{}` of `{name}` is there, and no migration made it",
                actual.name
            ));
        }
    }
    if types_compare {
        constraints(name, table, here, tell);
    }
}

fn plain(data_type: &str) -> String {
    data_type.replace('"', "")
}

/// Keys by what they demand, checks by their names.
fn constraints(
    name: &RelationName,
    table: &Table,
    here: &LiveRelation,
    tell: &mut impl FnMut(String),
) {
    let mut wanted = BTreeSet::new();
    for constraint in &table.constraints {
        let Some(key) = key(constraint) else { continue };
        match here.constraints.iter().find(|actual| (kind_of(actual), about(actual)) == key) {
            None if constraint.certain => {
                tell(format!("constraint `{}` of `{name}` is not there", constraint.name));
            }
            Some(actual) if constraint.is_proved() && !actual.validated => {
                tell(format!("constraint `{}` of `{name}` is not validated", actual.name));
            }
            Some(actual)
                if constraint.certain
                    && constraint.validity == Validity::NotValid
                    && actual.validated =>
            {
                tell(format!("constraint `{}` of `{name}` is validated already", actual.name));
            }
            _ => {}
        }
        wanted.insert(key);
    }
    for actual in &here.constraints {
        if !wanted.contains(&(kind_of(actual), about(actual))) {
            let own = &actual.name;
            tell(format!("constraint `{own}` of `{name}` is there, and no migration made it"));
        }
    }
}

fn kind_of(actual: &super::LiveConstraint) -> char {
    actual.kind.chars().next().unwrap_or('?')
}

fn about(actual: &super::LiveConstraint) -> String {
    match actual.kind.as_str() {
        "c" | "x" => actual.name.clone(),
        _ => actual.columns.join(","),
    }
}

fn key(constraint: &Constraint) -> Option<(char, String)> {
    let names: Vec<&str> = constraint.columns().iter().map(|column| column.as_str()).collect();
    let columns = names.join(",");
    match &constraint.body {
        ConstraintBody::PrimaryKey { .. } => Some(('p', columns)),
        ConstraintBody::Unique { .. } => Some(('u', columns)),
        ConstraintBody::ForeignKey { .. } => Some(('f', columns)),
        ConstraintBody::Check { .. } => Some(('c', constraint.name.to_string())),
        ConstraintBody::Exclude { .. } => Some(('x', constraint.name.to_string())),
        ConstraintBody::NotNull { .. } => None,
    }
}

fn indexes(table: &RelationName, expected: &Schema, live: &Live, tell: &mut impl FnMut(String)) {
    for (name, relation) in &live.relations {
        let Some(actual) = relation.index.as_ref().filter(|index| index.table == *table) else {
            continue;
        };
        match expected.index(name) {
            Fact::Absent if !actual.of_constraint && expected.is_complete() => {
                tell(format!("index `{name}` of `{table}` is there, and no migration made it"));
            }
            Fact::Known(index) => index_of(name, index, actual, tell),
            _ => {}
        }
    }
    for relation in expected.relations().filter(|relation| relation.certain) {
        let RelationBody::Index(index) = &relation.body else { continue };
        let is_there = is_system(&relation.name) || live.relations.contains_key(&relation.name);
        if index.table == *table && !is_there {
            tell(format!("index `{}` of `{table}` is not there", relation.name));
        }
    }
}
