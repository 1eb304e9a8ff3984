//! The name that PostgreSQL gives a column of a select list that has no alias
//! (`FigureColname`).

use super::names;
use crate::frontend::sql::types;
use crate::migration::{Dialect, Ident};
use sqlparser::ast::{self, Expr, SelectItem, SetExpr, TrimWhereField};

/// A name, and how much it is worth: that of a column or function goes before that of the type it
/// is cast to, and that before `case`.
struct Found {
    name: Ident,
    is_strong: bool,
}

impl Found {
    fn strong(name: Ident) -> Option<Self> {
        Some(Self { name, is_strong: true })
    }

    fn word(word: &str) -> Option<Self> {
        Self::strong(Ident::new(word))
    }

    fn weak(name: &str) -> Option<Self> {
        Some(Self { name: Ident::new(name), is_strong: false })
    }
}

/// The name of a column that is computed by the expression; none where the server has none either,
/// or names it by its version.
pub(super) fn of(expr: &Expr, dialect: Dialect) -> Option<Ident> {
    Some(find(expr, dialect)?.name)
}

fn find(expr: &Expr, dialect: Dialect) -> Option<Found> {
    match expr {
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => find(inner, dialect),
        Expr::Identifier(name) => Found::strong(names::ident(name, dialect)),
        Expr::CompoundIdentifier(parts) => Found::strong(names::ident(parts.last()?, dialect)),
        Expr::Function(function) => {
            let name = names::object_name(&function.name, dialect).name;
            // The parser takes `(VALUES (1))` for a call; no function has that name.
            Found::strong(if name == "values" { Ident::new("column1") } else { name })
        }
        Expr::Cast { expr, data_type, .. } => {
            let inner = find(expr, dialect).filter(|found| found.is_strong);
            inner.or_else(|| Found::weak(&type_name(data_type, dialect)))
        }
        Expr::TypedString(typed) => Found::weak(&type_name(&typed.data_type, dialect)),
        Expr::Case { else_result, .. } => {
            let inner = else_result.as_deref().and_then(|result| find(result, dialect));
            inner.filter(|found| found.is_strong).or_else(|| Found::weak("case"))
        }
        Expr::Subquery(query) => of_query(&query.body, dialect),
        Expr::Value(value) if matches!(value.value, ast::Value::Boolean(_)) => Found::weak("bool"),
        other => word(other),
    }
}

/// Forms that the grammar writes with words of its own.
fn word(expr: &Expr) -> Option<Found> {
    let word = match expr {
        Expr::Exists { negated: false, .. } => "exists",
        Expr::Array(_) => "array",
        Expr::Tuple(_) => "row",
        Expr::Interval(_) => return Found::weak("interval"),
        Expr::AtTimeZone { .. } => "timezone",
        Expr::Ceil { .. } => "ceil",
        Expr::Floor { .. } => "floor",
        Expr::Position { .. } => "position",
        Expr::Substring { .. } => "substring",
        Expr::Overlay { .. } => "overlay",
        Expr::Trim { trim_where, .. } => match trim_where {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        },
        _ => return None,
    };
    Found::word(word)
}

/// The only column of a query in parentheses.
fn of_query(body: &SetExpr, dialect: Dialect) -> Option<Found> {
    match body {
        SetExpr::Values(_) => Found::word("column1"),
        SetExpr::Query(query) => of_query(&query.body, dialect),
        SetExpr::SetOperation { left, .. } => of_query(left, dialect),
        SetExpr::Select(select) => match select.projection.as_slice() {
            [SelectItem::UnnamedExpr(expr)] => Found::strong(of(expr, dialect)?),
            [SelectItem::ExprWithAlias { alias, .. }] => {
                Found::strong(names::ident(alias, dialect))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The name of a type in the catalogue.
fn type_name(data_type: &ast::DataType, dialect: Dialect) -> String {
    let data_type = types::from_ast(data_type, dialect);
    let name = data_type.name.name.as_str();
    match name {
        "smallint" => "int2",
        "integer" => "int4",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        "boolean" => "bool",
        "character" => "bpchar",
        "character varying" => "varchar",
        "bit varying" => "varbit",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        name => name.split(' ').next().unwrap_or(name),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::query;
    use crate::migration::{Dialect, OutputColumn};

    fn name(expr: &str) -> Option<String> {
        let query = query(&format!("SELECT {expr} FROM t"), Dialect::Postgres);
        let output = query.facts.as_ref().ok().and_then(|facts| facts.output.clone()).unwrap();
        match output.as_slice() {
            [OutputColumn::Named { name, .. }] => Some(name.to_string()),
            _ => None,
        }
    }

    /// As PostgreSQL 12 and 18 name them.
    const NAMED: &[(&str, &str)] = &[
        ("a", "a"),
        ("t.a", "a"),
        ("(a)", "a"),
        ("a COLLATE \"C\"", "a"),
        ("true", "bool"),
        ("1::int", "int4"),
        ("'x'::varchar(5)", "varchar"),
        ("CAST(NULL AS timestamp with time zone)", "timestamptz"),
        ("NULL::timestamp", "timestamp"),
        ("NULL::time", "time"),
        ("NULL::timetz", "timetz"),
        ("1::smallint", "int2"),
        ("1::bigint", "int8"),
        ("1::real", "float4"),
        ("1::double precision", "float8"),
        ("1::numeric(10,2)", "numeric"),
        ("1::bool", "bool"),
        ("'x'::char(3)", "bpchar"),
        ("B'1'::varbit(3)", "varbit"),
        ("'{}'::text[]", "text"),
        ("interval '1 day'", "interval"),
        ("date '2020-01-01'", "date"),
        ("a::text::int", "a"),
        ("now()::date", "now"),
        ("coalesce(a, 1)::text", "coalesce"),
        ("nullif(a, 1)", "nullif"),
        ("substring(b from 1 for 2)", "substring"),
        ("trim(b)", "btrim"),
        ("trim(leading 'x' from b)", "ltrim"),
        ("trim(trailing 'x' from b)", "rtrim"),
        ("position('x' in b)", "position"),
        ("overlay(b placing 'x' from 1)", "overlay"),
        ("d AT TIME ZONE 'utc'", "timezone"),
        ("ceil(1.5)", "ceil"),
        ("floor(1.5)", "floor"),
        ("CASE WHEN a > 1 THEN 1 END", "case"),
        ("CASE WHEN a > 1 THEN 1 ELSE a END", "a"),
        ("CASE WHEN a > 1 THEN 1 ELSE 1::bigint END", "case"),
        ("(CASE WHEN a > 1 THEN 1 END)::bigint", "int8"),
        ("(SELECT a)", "a"),
        ("(SELECT a AS b)", "b"),
        ("(SELECT 1::int)::bigint", "int4"),
        ("(VALUES (1))", "column1"),
        ("((VALUES (1)))", "column1"),
        ("(WITH q AS (SELECT 1) VALUES (1))", "column1"),
        ("(SELECT a UNION SELECT b)", "a"),
        ("((SELECT a))", "a"),
        ("ARRAY[1]", "array"),
        ("(1, 2)", "row"),
        ("EXISTS (SELECT 1)", "exists"),
    ];

    #[test]
    fn columns_are_named_as_the_server_names_them() {
        for (expr, expected) in NAMED {
            assert_eq!(name(expr).as_deref(), Some(*expected), "{expr}");
        }
    }

    /// `?column?` on the server, or another name from one version to the next.
    #[test]
    fn others_have_no_name_of_their_own() {
        for expr in [
            "1",
            "'x'",
            "a + 1",
            "NOT EXISTS (SELECT 1)",
            "a IS NULL",
            "(SELECT 1)",
            "extract(year from d)",
        ] {
            assert_eq!(name(expr), None, "{expr}");
        }
    }
}
