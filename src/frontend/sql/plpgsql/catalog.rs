//! Queries of the catalogue that ask whether an object exists.

use super::column_asked::OTHER_TYPE;
use super::condition::exists as object;
use crate::frontend::sql::facts;
use crate::migration::{Dialect, Guard, Ident, ObjectKind, ObjectName};
use sqlparser::ast::{
    self, BinaryOperator, Expr, JoinConstraint, JoinOperator, SelectItem, SetExpr, TableFactor,
    UnaryOperator,
};
use std::collections::BTreeMap;

/// What a catalogue query compares with literals, by column.
#[derive(Debug, Default)]
pub(super) struct Asked {
    relations: Vec<String>,
    pub(super) columns: BTreeMap<String, Vec<String>>,
}

/// The guard that a catalogue query gives a row; `None` where it asks for more than existence, or
/// counts, which gives a row in any case.
pub fn exists(query: &ast::Query) -> Option<Guard> {
    let SetExpr::Select(select) = &*query.body else { return None };
    let plain = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => matches!(
            facts::uncast(expr),
            Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_)
        ),
        _ => true,
    };
    if !select.projection.iter().all(plain) {
        return None;
    }
    matches(query)
}

/// The guard that rows of the catalogue match the conditions of a query.
pub fn matches(query: &ast::Query) -> Option<Guard> {
    let SetExpr::Select(select) = &*query.body else { return None };
    if query.with.is_some() || select.having.is_some() {
        return None;
    }
    let mut asked = Asked::default();
    for item in &select.from {
        asked.relation(&item.relation)?;
        for join in &item.joins {
            asked.relation(&join.relation)?;
            asked.join(&join.join_operator)?;
        }
    }
    if let Some(condition) = &select.selection {
        asked.condition(condition)?;
    }
    asked.guard()
}

impl Asked {
    fn relation(&mut self, factor: &TableFactor) -> Option<()> {
        let TableFactor::Table { name, args: None, .. } = factor else { return None };
        let name = facts::object_name(name, Dialect::Postgres);
        let relation = match name.schema {
            Some(schema) if schema == "information_schema" => format!("{schema}.{}", name.name),
            Some(schema) if schema != "pg_catalog" => return None,
            _ => name.name.to_string(),
        };
        self.relations.push(relation);
        Some(())
    }

    fn join(&mut self, join: &JoinOperator) -> Option<()> {
        match join {
            JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => match constraint {
                JoinConstraint::On(condition) => self.condition(condition),
                JoinConstraint::Using(_) => Some(()),
                JoinConstraint::Natural | JoinConstraint::None => None,
            },
            JoinOperator::CrossJoin(_) => Some(()),
            _ => None,
        }
    }

    fn condition(&mut self, condition: &Expr) -> Option<()> {
        let mut pending = vec![condition];
        while let Some(part) = pending.pop() {
            match facts::bare(part) {
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                    pending.extend([&**left, &**right]);
                }
                other => self.part(other)?,
            }
        }
        Some(())
    }

    fn part(&mut self, part: &Expr) -> Option<()> {
        match part {
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                self.equals(left, right).or_else(|| self.equals(right, left))
            }
            Expr::BinaryOp { left, op: BinaryOperator::NotEq, right } => {
                let is_type = column(left)? == "data_type";
                is_type.then(|| self.add(OTHER_TYPE.to_owned(), vec![facts::literal(right)?]))?
            }
            // `attnum > 0`: user columns, which is what is asked for anyway.
            Expr::BinaryOp { left, op: BinaryOperator::Gt, .. } => {
                (column(left)? == "attnum").then_some(())
            }
            Expr::InList { expr, list, negated: false } => {
                let values = list.iter().map(facts::literal).collect::<Option<Vec<_>>>()?;
                self.add(column(expr)?, values)
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                let name = column(left)?;
                let schemas = is_call(facts::bare(right), "current_schemas");
                (schemas && is_schema(&name)).then_some(())
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                (column(expr)? == "attisdropped").then_some(())
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                // Flags that say that the object is usable ask no more than existence.
                matches!(column(part)?.as_str(), "indisvalid" | "indisready").then_some(())
            }
            _ => None,
        }
    }

    fn equals(&mut self, left: &Expr, right: &Expr) -> Option<()> {
        let name = column(left)?;
        if let Some(value) = facts::literal(right) {
            let flag = name == "attisdropped" && value == "false";
            return if flag { Some(()) } else { self.add(name, vec![value]) };
        }
        match facts::uncast(right) {
            // A join of two catalogues.
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let current = column(right)?;
                match current.as_str() {
                    "current_schema" => is_schema(&name).then_some(()),
                    "current_catalog" => is_database(&name).then_some(()),
                    _ => Some(()),
                }
            }
            Expr::Function(_)
                if ["current_schema", "database", "schema"]
                    .iter()
                    .any(|call| is_call(right, call)) =>
            {
                is_schema(&name).then_some(())
            }
            Expr::Function(_) if is_call(right, "current_database") => {
                is_database(&name).then_some(())
            }
            Expr::Subquery(query) => self.identified(&name, query),
            _ => None,
        }
    }

    /// `enumtypid = (SELECT oid FROM pg_type WHERE typname = 'status')`.
    fn identified(&mut self, column: &str, query: &ast::Query) -> Option<()> {
        let expected = match column {
            "enumtypid" => "pg_type",
            "conrelid" | "attrelid" | "tgrelid" | "indrelid" => "pg_class",
            "relnamespace" | "typnamespace" | "connamespace" | "pronamespace" => "pg_namespace",
            _ => return None,
        };
        let SetExpr::Select(select) = &*query.body else { return None };
        let [item] = select.from.as_slice() else { return None };
        let TableFactor::Table { name, args: None, .. } = &item.relation else { return None };
        if facts::object_name(name, Dialect::Postgres).name != expected || !item.joins.is_empty() {
            return None;
        }
        self.condition(select.selection.as_ref()?)
    }

    fn add(&mut self, column: String, values: Vec<String>) -> Option<()> {
        match self.columns.insert(column, values) {
            Some(_) => None,
            None => Some(()),
        }
    }

    fn has(&self, relation: &str) -> bool {
        self.relations.iter().any(|asked| asked == relation)
    }

    /// Takes the one value of the first of the columns that is compared.
    pub(super) fn take(&mut self, columns: &[&str]) -> Option<String> {
        let name = columns.iter().find(|name| self.columns.contains_key(**name))?;
        let mut values = self.columns.remove(*name)?;
        let value = values.pop();
        if values.is_empty() { value } else { None }
    }

    fn name(&mut self, columns: &[&str]) -> Option<ObjectName> {
        const REGCLASS: [&str; 5] = ["conrelid", "attrelid", "tgrelid", "oid", "enumtypid"];
        let column = columns.iter().find(|column| self.columns.contains_key(**column))?;
        let value = self.take(&[column])?;
        let bare = || ObjectName::bare(value.as_str());
        let mut name = match REGCLASS.contains(column) {
            true => regclass(&value).unwrap_or_else(bare),
            false => bare(),
        };
        if name.schema.is_none() {
            name.schema = self.take(&SCHEMA_COLUMNS).map(Ident::new);
        }
        Some(name)
    }

    fn guard(mut self) -> Option<Guard> {
        let asked = self.has("information_schema.columns").then(|| self.of_column()).flatten();
        let guard = self.member().or_else(|| self.whole())?;
        let guard = match (asked, guard) {
            (Some(asked), Guard::Exists { name: table, member: Some(column), .. }) => {
                Guard::ColumnIs { table, column, asked }
            }
            (Some(_), _) => return None,
            (None, guard) => guard,
        };
        // A comparison that is left over asks for more.
        self.columns.is_empty().then_some(guard)
    }

    /// Objects that belong to a table or type.
    fn member(&mut self) -> Option<Guard> {
        let (kind, member, owner): (_, &[&str], &[&str]) = if self.has("pg_attribute") {
            (ObjectKind::Column, &["attname"], &["relname", "attrelid"])
        } else if self.has("information_schema.columns") {
            (ObjectKind::Column, &["column_name"], &["table_name"])
        } else if self.has("pg_constraint") {
            (ObjectKind::Constraint, &["conname"], &["relname", "conrelid"])
        } else if self.is_about_constraints() {
            (ObjectKind::Constraint, &["constraint_name"], &["table_name"])
        } else if self.has("information_schema.statistics") {
            (ObjectKind::Index, &["index_name"], &["table_name"])
        } else if self.has("pg_enum") {
            (ObjectKind::EnumLabel, &["enumlabel"], &["typname", "enumtypid"])
        } else if self.has("pg_trigger") || self.has("information_schema.triggers") {
            let member: &[&str] = &["tgname", "trigger_name"];
            (ObjectKind::Trigger, member, &["relname", "tgrelid", "event_object_table"])
        } else if self.has("pg_policies") || self.has("pg_policy") {
            (ObjectKind::Policy, &["policyname", "polname"], &["tablename", "relname"])
        } else {
            return None;
        };
        if kind == ObjectKind::Constraint {
            // Which kind of constraint has the name makes no difference.
            self.columns.remove("contype");
            self.columns.remove("constraint_type");
        }
        let member = self.take(member)?;
        match self.name(owner) {
            Some(name) => Some(object(kind, name, Some(Ident::new(member)))),
            // The name alone, on whatever table.
            None => {
                let schema = self.take(&SCHEMA_COLUMNS).map(Ident::new);
                let name = ObjectName { schema, name: Ident::new(member) };
                Some(object(kind, name, None))
            }
        }
    }

    fn is_about_constraints(&self) -> bool {
        const VIEWS: [&str; 5] = [
            "information_schema.table_constraints",
            "information_schema.constraint_column_usage",
            "information_schema.key_column_usage",
            "information_schema.constraint_table_usage",
            "information_schema.referential_constraints",
        ];
        VIEWS.iter().any(|view| self.has(view))
    }

    fn whole(&mut self) -> Option<Guard> {
        if self.has("pg_class") {
            let kinds = self.columns.remove("relkind");
            let name = self.name(&["relname", "oid"])?;
            return match kinds {
                None => Some(any_relation(&name)),
                Some(kinds) => of_kinds(&kinds, &name),
            };
        }
        if self.has("information_schema.tables") {
            let table = self.take(&["table_type"]).is_some_and(|kind| kind == "BASE TABLE");
            let name = self.name(&["table_name"])?;
            let is_table = object(ObjectKind::Table, name.clone(), None);
            let is_view = object(ObjectKind::View, name, None);
            return Some(if table { is_table } else { Guard::Any(vec![is_table, is_view]) });
        }
        let (kind, columns) = WHOLE
            .iter()
            .find(|(relation, _, _)| self.has(relation))
            .map(|&(_, kind, column)| (kind, [column]))?;
        if kind == ObjectKind::Index {
            self.columns.remove("tablename");
        }
        let name = self.name(&columns)?;
        Some(object(kind, name, None))
    }
}

const SCHEMA_COLUMNS: [&str; 12] = [
    "index_schema",
    "nspname",
    "table_schema",
    "schemaname",
    "constraint_schema",
    "trigger_schema",
    "sequence_schema",
    "routine_schema",
    "event_object_schema",
    "relnamespace",
    "typnamespace",
    "domain_schema",
];

/// Catalogues that hold one kind of object, with the column of the name.
const WHOLE: [(&str, ObjectKind, &str); 18] = [
    ("pg_tables", ObjectKind::Table, "tablename"),
    ("pg_indexes", ObjectKind::Index, "indexname"),
    ("pg_views", ObjectKind::View, "viewname"),
    ("information_schema.views", ObjectKind::View, "table_name"),
    ("pg_matviews", ObjectKind::MaterializedView, "matviewname"),
    ("pg_sequences", ObjectKind::Sequence, "sequencename"),
    ("information_schema.sequences", ObjectKind::Sequence, "sequence_name"),
    ("pg_type", ObjectKind::Type, "typname"),
    ("information_schema.domains", ObjectKind::Domain, "domain_name"),
    ("pg_proc", ObjectKind::Function, "proname"),
    ("information_schema.routines", ObjectKind::Function, "routine_name"),
    ("pg_extension", ObjectKind::Extension, "extname"),
    ("pg_namespace", ObjectKind::Schema, "nspname"),
    ("information_schema.schemata", ObjectKind::Schema, "schema_name"),
    ("pg_roles", ObjectKind::Role, "rolname"),
    ("pg_user", ObjectKind::Role, "usename"),
    ("pg_authid", ObjectKind::Role, "rolname"),
    ("pg_publication", ObjectKind::Publication, "pubname"),
];

/// The guard that a relation of any kind has the name.
pub fn any_relation(name: &ObjectName) -> Guard {
    of_kinds(&["r", "i", "v", "m", "S"].map(str::to_owned), name).unwrap_or_default()
}

/// The guard for values of `pg_class.relkind`.
fn of_kinds(kinds: &[String], name: &ObjectName) -> Option<Guard> {
    let mut guards: Vec<Guard> = Vec::new();
    for kind in kinds {
        let kind = match kind.as_str() {
            "r" | "p" => ObjectKind::Table,
            "f" => ObjectKind::ForeignTable,
            "i" | "I" => ObjectKind::Index,
            "v" => ObjectKind::View,
            "m" => ObjectKind::MaterializedView,
            "S" => ObjectKind::Sequence,
            _ => return None,
        };
        let guard = object(kind, name.clone(), None);
        if !guards.contains(&guard) {
            guards.push(guard);
        }
    }
    match guards.len() {
        0 => None,
        1 => guards.pop(),
        _ => Some(Guard::Any(guards)),
    }
}

/// The name in the text of a `regclass` literal.
pub fn regclass(text: &str) -> Option<ObjectName> {
    let tokens = facts::Tokens::new(text, Dialect::Postgres).ok()?;
    let name = tokens.parse(tokens.all(), |parser| parser.parse_object_name(false)).ok()?;
    Some(facts::object_name(&name, Dialect::Postgres))
}

/// The column's own name.
fn column(expr: &Expr) -> Option<String> {
    let name = match facts::uncast(expr) {
        Expr::Identifier(name) => name,
        Expr::CompoundIdentifier(parts) => parts.last()?,
        _ => return None,
    };
    Some(facts::ident(name, Dialect::Postgres).as_str().to_lowercase())
}

fn is_call(expr: &Expr, name: &str) -> bool {
    let Expr::Function(function) = facts::uncast(expr) else { return false };
    facts::call(function, Dialect::Postgres).is_some_and(|call| call.name == ObjectName::bare(name))
}

fn is_schema(column: &str) -> bool {
    SCHEMA_COLUMNS.contains(&column)
}

fn is_database(column: &str) -> bool {
    matches!(column, "table_catalog" | "constraint_catalog" | "trigger_catalog" | "catalog_name")
}
