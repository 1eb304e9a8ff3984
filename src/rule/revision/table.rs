//! Tables that were dropped, as `op.create_table` makes them again.

use super::alchemy::{self, schema_argument};
use super::literal;
use crate::rule::restore;
use crate::schema::{Column, Constraint, ConstraintBody, RelationName, Schema, Table};
use std::fmt::Write as _;

pub(super) use restore::own_indexes;

/// The directives that make the table and its indexes again; `None` where SQL has to.
pub(super) fn create(op: &str, schema: &Schema, name: &RelationName) -> Option<Vec<String>> {
    let table = schema.table(name).known().filter(|table| restore::is_plain(table))?;
    let mut text = format!("{op}.create_table(\n    {},\n", literal::string(name.name.as_str()));
    for one in &table.columns {
        let _ = writeln!(text, "    {},", column(one, table)?);
    }
    for one in table.constraints.iter().filter(|one| !restore::is_not_null(one)) {
        let _ = writeln!(text, "    {},", constraint(one)?);
    }
    let of_schema = schema_argument("schema", name);
    if let Some(argument) = of_schema.strip_prefix(", ") {
        let _ = writeln!(text, "    {argument},");
    }
    text.push(')');
    let mut calls = vec![text];
    for (name, index) in own_indexes(schema, name) {
        calls.push(format!("{op}.create_index({})", alchemy::index(&name, index)?));
    }
    Some(calls)
}

fn column(of: &Column, table: &Table) -> Option<String> {
    if of.identity.is_some() || of.generated.is_some() {
        return None;
    }
    let name = literal::string(of.name.as_str());
    let data_type = of.data_type.as_ref()?;
    let mut text = format!("sa.Column({name}, {}", alchemy::data_type(data_type)?);
    let is_key = table.primary_key().is_some_and(|key| key.columns() == [of.name.clone()]);
    let whole = ["smallint", "integer", "bigint"].into_iter().any(|name| data_type.is(name));
    match (&of.default, &of.sequence) {
        // SQLAlchemy numbers a key of its own accord.
        (_, Some(_)) if is_key => {}
        (_, Some(_)) => return None,
        (Some(default), None) => {
            let _ = write!(text, ", server_default={}", alchemy::sql_text(&default.sql));
        }
        (None, None) if is_key && whole => text.push_str(", autoincrement=False"),
        (None, None) => {}
    }
    let _ = write!(text, ", nullable={})", alchemy::truth(!of.not_null));
    Some(text)
}

fn constraint(of: &Constraint) -> Option<String> {
    let names = |columns: &[crate::migration::Ident]| {
        let all: Vec<String> = columns.iter().map(|one| literal::string(one.as_str())).collect();
        all.join(", ")
    };
    let name = literal::string(of.name.as_str());
    match &of.body {
        ConstraintBody::PrimaryKey { columns, .. } => {
            Some(format!("sa.PrimaryKeyConstraint({}, name={name})", names(columns)))
        }
        ConstraintBody::Unique { columns, nulls_not_distinct: false, .. } => {
            Some(format!("sa.UniqueConstraint({}, name={name})", names(columns)))
        }
        ConstraintBody::Check { expr, no_inherit: false } => {
            Some(format!("sa.CheckConstraint({}, name={name})", literal::sql(&expr.sql)))
        }
        ConstraintBody::ForeignKey { columns, table, referenced, on_delete, on_update } => {
            let parent = match table.schema.as_str() {
                "public" | "main" | "pg_temp" => table.name.to_string(),
                schema => format!("{schema}.{}", table.name),
            };
            let target =
                |column: &crate::migration::Ident| literal::string(&format!("{parent}.{column}"));
            let targets: Vec<String> = referenced.iter().map(target).collect();
            let mut text = format!(
                "sa.ForeignKeyConstraint([{}], [{}], name={name}",
                names(columns),
                targets.join(", ")
            );
            for (word, action) in [("ondelete", on_delete), ("onupdate", on_update)] {
                if *action != crate::migration::ReferentialAction::NoAction {
                    let _ = write!(text, ", {word}=\"{}\"", action.as_sql());
                }
            }
            text.push(')');
            Some(text)
        }
        _ => None,
    }
}
