//! What the replayed schema knows, as SQLAlchemy writes it.

use super::literal;
use crate::migration::{Deferral, Ident, IndexedColumn, ReferentialAction, SqlType, Validity};
use crate::schema::{Column, Constraint, ConstraintBody, Index, RelationName};
use std::fmt::Write as _;

/// A type: `sa.String(length=40)`; `None` for those that `sqlalchemy` itself does not have.
pub(super) fn data_type(of: &SqlType) -> Option<String> {
    if of.dimensions > 0 || of.name.schema.is_some() || of.collation.is_some() {
        return None;
    }
    let name = of.name.name.as_str().to_ascii_lowercase();
    let (class, arguments): (&str, &[&str]) = match name.as_str() {
        "smallint" => ("SmallInteger", &[]),
        "integer" | "int" => ("Integer", &[]),
        "bigint" => ("BigInteger", &[]),
        "text" => ("Text", &[]),
        "boolean" | "bool" => ("Boolean", &[]),
        "date" => ("Date", &[]),
        "time without time zone" | "time" if of.modifiers.is_empty() => ("Time", &[]),
        "timestamp without time zone" | "datetime" if of.modifiers.is_empty() => ("DateTime", &[]),
        "timestamp with time zone" if of.modifiers.is_empty() => {
            return Some("sa.DateTime(timezone=True)".to_owned());
        }
        "real" => ("REAL", &[]),
        "float" => ("Float", &[]),
        "bytea" | "blob" => ("LargeBinary", &[]),
        "json" => ("JSON", &[]),
        "character varying" | "varchar" => ("String", &["length"]),
        "character" | "char" => ("CHAR", &["length"]),
        "numeric" | "decimal" => ("Numeric", &["precision", "scale"]),
        _ => return None,
    };
    if of.modifiers.len() > arguments.len() {
        return None;
    }
    let given: Vec<String> = arguments
        .iter()
        .zip(&of.modifiers)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Some(format!("sa.{class}({})", given.join(", ")))
}

/// A column: `sa.Column("total", sa.Numeric(precision=12), nullable=True)`. It is NOT NULL only
/// where rows that exist can have it.
pub(super) fn column(of: &Column) -> Option<String> {
    if of.identity.is_some() || of.sequence.is_some() || of.generated.is_some() {
        return None;
    }
    let name = literal::string(of.name.as_str());
    let mut text = format!("sa.Column({name}, {}", data_type(of.data_type.as_ref()?)?);
    if let Some(default) = &of.default {
        let _ = write!(text, ", server_default={}", sql_text(&default.sql));
    }
    let nullable = !(of.not_null && of.default.is_some());
    let _ = write!(text, ", nullable={})", truth(nullable));
    Some(text)
}

/// Arguments of `op.create_index` that bring an index back, its name and table among them.
pub(super) fn index(name: &RelationName, of: &Index) -> Option<String> {
    if of.method != "btree" || !of.include.is_empty() || of.nulls_not_distinct {
        return None;
    }
    let columns: Option<Vec<&Ident>> = of.columns.iter().map(plain).collect();
    let mut text = format!(
        "{}, {}, {}, unique={}",
        literal::string(name.name.as_str()),
        literal::string(of.table.name.as_str()),
        names(&columns?),
        truth(of.unique)
    );
    if let Some(predicate) = &of.predicate {
        let _ = write!(text, ", postgresql_where={}", sql_text(&predicate.sql));
    }
    text.push_str(&schema_argument("schema", &of.table));
    Some(text)
}

fn plain(column: &IndexedColumn) -> Option<&Ident> {
    let is_plain = column.collation.is_none()
        && column.opclass.is_none()
        && !column.descending
        && column.nulls_first.is_none();
    column.column.as_ref().filter(|_| is_plain)
}

/// The directive that makes a constraint again: its name, and its arguments before and behind the
/// table's.
pub(super) struct Made {
    /// `create_foreign_key`.
    pub directive: &'static str,
    /// The name of the constraint, as a literal.
    pub name: String,
    /// What stands behind the table.
    pub rest: String,
}

/// The directive that makes a constraint again; `None` where none can.
pub(super) fn constraint(of: &Constraint) -> Option<Made> {
    if of.validity == Validity::NotEnforced {
        return None;
    }
    let (directive, mut rest) = match &of.body {
        ConstraintBody::PrimaryKey { columns, .. } => ("create_primary_key", list(columns)),
        ConstraintBody::Unique { columns, nulls_not_distinct: false, .. } => {
            ("create_unique_constraint", list(columns))
        }
        ConstraintBody::Check { expr, no_inherit: false } => {
            ("create_check_constraint", sql_text(&expr.sql))
        }
        ConstraintBody::ForeignKey { columns, table, referenced, on_delete, on_update } => {
            let parent = literal::string(table.name.as_str());
            let mut rest = format!("{parent}, {}, {}", list(columns), list(referenced));
            for (argument, action) in [("ondelete", on_delete), ("onupdate", on_update)] {
                if *action != ReferentialAction::NoAction {
                    let _ = write!(rest, ", {argument}=\"{}\"", action.as_sql());
                }
            }
            rest.push_str(&schema_argument("referent_schema", table));
            ("create_foreign_key", rest)
        }
        _ => return None,
    };
    rest.push_str(deferral(of.deferral));
    if of.validity == Validity::NotValid {
        rest.push_str(", postgresql_not_valid=True");
    }
    Some(Made { directive, name: literal::string(of.name.as_str()), rest })
}

/// `type_` of `op.drop_constraint`.
pub(super) fn constraint_kind(of: &ConstraintBody) -> Option<&'static str> {
    match of {
        ConstraintBody::PrimaryKey { .. } => Some("primary"),
        ConstraintBody::Unique { .. } => Some("unique"),
        ConstraintBody::Check { .. } => Some("check"),
        ConstraintBody::ForeignKey { .. } => Some("foreignkey"),
        ConstraintBody::Exclude { .. } | ConstraintBody::NotNull { .. } => None,
    }
}

fn deferral(of: Deferral) -> &'static str {
    match of {
        Deferral::NotDeferrable => "",
        Deferral::Deferrable => ", deferrable=True",
        Deferral::InitiallyDeferred => ", deferrable=True, initially=\"DEFERRED\"",
    }
}

/// `, schema="billing"` outside `public`.
pub(super) fn schema_argument(argument: &str, table: &RelationName) -> String {
    match table.schema.as_str() {
        "public" | "main" | "pg_temp" => String::new(),
        schema => format!(", {argument}={}", literal::string(schema)),
    }
}

/// `sa.text("…")`.
pub(super) fn sql_text(sql: &str) -> String {
    format!("sa.text({})", literal::sql(sql))
}

/// `True`, `False`.
pub(super) fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

fn list(all: &[Ident]) -> String {
    names(&all.iter().collect::<Vec<_>>())
}

fn names(all: &[&Ident]) -> String {
    let all: Vec<String> = all.iter().map(|name| literal::string(name.as_str())).collect();
    format!("[{}]", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::ObjectName;

    fn of(name: &str, modifiers: &[&str]) -> Option<String> {
        let modifiers = modifiers.iter().map(|one| (*one).to_owned()).collect();
        let name = ObjectName::bare(name);
        data_type(&SqlType { name, modifiers, ..SqlType::simple("") })
    }

    #[test]
    fn types_are_written_with_what_they_were_made_of() {
        assert_eq!(of("integer", &[]).as_deref(), Some("sa.Integer()"));
        let text = of("character varying", &["40"]);
        assert_eq!(text.as_deref(), Some("sa.String(length=40)"));
        let number = of("numeric", &["12", "2"]);
        assert_eq!(number.as_deref(), Some("sa.Numeric(precision=12, scale=2)"));
        assert_eq!(of("timestamp with time zone", &["3"]), None);
        assert_eq!(of("jsonb", &[]), None);
    }
}
