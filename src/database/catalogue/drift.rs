//! How the live schema differs from the replayed one, in relations that somebody asks about.
//!
//! Silent about what the replay is not sure of, about partitions and about what extensions made.

use super::{Live, LiveColumn, LiveConstraint, LiveIndex, LiveRelation, Spelling};
use crate::migration::{ExprShape, Validity};
use crate::schema::{
    Column, Constraint, ConstraintBody, Fact, Index, Relation, RelationBody, RelationName, Schema,
    Table,
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
            (Fact::Known(relation), None) if is_kept(relation, live.spelling) => {
                tell(format!("`{name}` is not there"));
            }
            (Fact::Known(relation), Some(here)) => {
                if let RelationBody::Table(table) = &relation.body {
                    tables(name, table, here, live.spelling, &mut tell);
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

/// SQLite keeps the indexes of keys under names of its own: the keys themselves are compared.
fn is_kept(relation: &Relation, spelling: Spelling) -> bool {
    match &relation.body {
        RelationBody::Index(index) => spelling == Spelling::Server || index.constraint.is_none(),
        _ => true,
    }
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
    spelling: Spelling,
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
        if spelling != Spelling::Names {
            of_column(name, column, actual, spelling, tell);
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
    if spelling != Spelling::Names {
        constraints(name, table, here, spelling, tell);
    }
}

/// Type, nullability, default.
fn of_column(
    table: &RelationName,
    column: &Column,
    actual: &LiveColumn,
    spelling: Spelling,
    tell: &mut impl FnMut(String),
) {
    let shown = &column.name;
    let wanted = column.data_type.as_ref().map(|data_type| plain(&data_type.to_string()));
    let given = plain(&actual.data_type);
    if let Some(wanted) = wanted.filter(|wanted| *wanted != given) {
        let given = if given.is_empty() { "without a type".to_owned() } else { given };
        tell(format!("column `{shown}` of `{table}` is {given}, and should be {wanted}"));
    }
    if column.not_null != actual.not_null {
        let state = if actual.not_null { "NOT NULL" } else { "nullable" };
        tell(format!("column `{shown}` of `{table}` is {state}, and should not be"));
    }
    // A default of NULL is none; how the server prints the others is its own.
    let default = column.default.as_ref().filter(|it| !matches!(it.shape(), ExprShape::Null));
    let has_default = default.is_some() || column.generated.is_some();
    let given = actual.default.as_ref().filter(|text| !text.eq_ignore_ascii_case("null"));
    match (spelling, default.map(|it| plain_text(&it.sql))) {
        (Spelling::Replay, wanted) if wanted.as_ref() != given => {
            let (given, wanted) = (worded(given), worded(wanted.as_ref()));
            tell(format!("column `{shown}` of `{table}` has {given}, and should have {wanted}"));
        }
        (Spelling::Server, _) if actual.has_default.is_some_and(|given| given != has_default) => {
            let state = if has_default { "no default" } else { "a default" };
            tell(format!("column `{shown}` of `{table}` has {state}, and should not"));
        }
        _ => {}
    }
}

fn worded(default: Option<&String>) -> String {
    default.map_or("no default".to_owned(), |text| format!("the default {text}"))
}

/// An expression with single blanks and without parentheses around it: SQLite keeps it as it was
/// written.
pub(super) fn plain_text(sql: &str) -> String {
    let text = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    match inner.filter(|inner| !inner.contains(['(', ')'])) {
        Some(inner) => inner.trim().to_owned(),
        None => text,
    }
}

fn plain(data_type: &str) -> String {
    data_type.replace('"', "")
}

/// Keys by what they demand, checks by their names, or by their conditions where those compare.
fn constraints(
    name: &RelationName,
    table: &Table,
    here: &LiveRelation,
    spelling: Spelling,
    tell: &mut impl FnMut(String),
) {
    let mut wanted = BTreeSet::new();
    for constraint in &table.constraints {
        let Some(key) = key(constraint, spelling) else { continue };
        match here.constraints.iter().find(|actual| key_of(actual, spelling) == key) {
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
        if !wanted.contains(&key_of(actual, spelling)) {
            let own = &actual.name;
            tell(format!("constraint `{own}` of `{name}` is there, and no migration made it"));
        }
    }
}

/// By what two constraints are the same: kind, and what it is about.
type Key = (char, String);

fn key_of(actual: &LiveConstraint, spelling: Spelling) -> Key {
    let kind = actual.kind.chars().next().unwrap_or('?');
    (kind, about(kind, &actual.name, &actual.columns, actual.detail.as_deref(), spelling))
}

fn key(constraint: &Constraint, spelling: Spelling) -> Option<Key> {
    let (kind, columns) = kind_and_columns(constraint)?;
    let (name, detail) = (constraint.name.to_string(), detail(constraint));
    Some((kind, about(kind, &name, &columns, detail.as_deref(), spelling)))
}

fn about(
    kind: char,
    name: &str,
    columns: &[String],
    detail: Option<&str>,
    spelling: Spelling,
) -> String {
    match (kind, spelling) {
        ('c', Spelling::Replay) => detail.unwrap_or_default().to_owned(),
        ('c' | 'x', _) => name.to_owned(),
        (_, Spelling::Replay) => format!("{} {}", columns.join(","), detail.unwrap_or_default()),
        _ => columns.join(","),
    }
}

/// `p`, `u`, `f`, `c` or `x`, as in PostgreSQL's catalogue; not-null is with the column.
pub(super) fn kind_and_columns(constraint: &Constraint) -> Option<(char, Vec<String>)> {
    let kind = match &constraint.body {
        ConstraintBody::PrimaryKey { .. } => 'p',
        ConstraintBody::Unique { .. } => 'u',
        ConstraintBody::ForeignKey { .. } => 'f',
        ConstraintBody::Check { .. } => 'c',
        ConstraintBody::Exclude { .. } => 'x',
        ConstraintBody::NotNull { .. } => return None,
    };
    Some((kind, constraint.columns().iter().map(ToString::to_string).collect()))
}

/// What a constraint says beside its columns.
pub(super) fn detail(constraint: &Constraint) -> Option<String> {
    match &constraint.body {
        ConstraintBody::Check { expr, .. } => Some(plain_text(&expr.sql)),
        ConstraintBody::ForeignKey { table, .. } => Some(table.to_string()),
        _ => None,
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
        if index.table == *table && !is_there && is_kept(relation, live.spelling) {
            tell(format!("index `{}` of `{table}` is not there", relation.name));
        }
    }
}
