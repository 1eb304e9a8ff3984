//! The replayed schema against a server's catalogue, object by object.
//!
//! Both sides become facts: a key that names the thing, a value that says how it is. What the
//! replay leaves unknown (the type of a column of an unknown query) is not compared.

use super::catalog::{self, CatalogSnapshot};
use lockgate::migration::{
    Deferral, ExprShape, Identity, PartitionBound, Persistence, SqlType, Validity, Volatility,
};
use lockgate::schema::{
    Column, Constraint, ConstraintBody, Index, Relation, RelationBody, Schema, Table, TypeBody,
};
use std::collections::{BTreeMap, BTreeSet};

type Facts = BTreeMap<String, String>;

/// Every difference, as a line.
pub fn differences(schema: &Schema, snapshot: &CatalogSnapshot) -> Vec<String> {
    let mut found = Vec::new();
    let (replayed, actual) = (facts_of_schema(schema), facts_of_catalog(snapshot));
    let keys: BTreeSet<&String> = replayed.keys().chain(actual.keys()).collect();
    // The table in which a tool keeps its history is the tool's, not the history's.
    for key in keys.into_iter().filter(|key| !key.contains("schema_migrations")) {
        match (replayed.get(key), actual.get(key)) {
            (Some(ours), Some(theirs)) if !same(ours, theirs) => {
                found.push(format!("{key}: replayed {ours}; server {theirs}"));
            }
            (Some(ours), None) => found.push(format!("{key}: replayed {ours}; server has none")),
            (None, Some(theirs)) => found.push(format!("{key}: not replayed; server {theirs}")),
            _ => {}
        }
    }
    found.extend(default_differences(schema, snapshot));
    found
}

/// How many facts of a catalogue are compared.
pub fn size(snapshot: &CatalogSnapshot) -> usize {
    facts_of_catalog(snapshot).len()
}

/// Parts are separated by `|`; `?` stands for anything.
fn same(ours: &str, theirs: &str) -> bool {
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        (ours.split('|').collect(), theirs.split('|').collect());
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| *a == "?" || a == b)
}

fn facts_of_schema(schema: &Schema) -> Facts {
    let mut facts = Facts::new();
    for relation in schema.relations() {
        if relation.name.schema != "pg_temp" {
            relation_facts(relation, schema, &mut facts);
        }
    }
    for def in schema.types() {
        type_facts(&def.name.to_string(), &def.body, &mut facts);
    }
    for routine in schema.all_routines() {
        let arguments: Vec<String> = routine.arguments.iter().map(bare_type).collect();
        let key = format!("function {}({})", routine.name, arguments.join(", "));
        let volatility = match routine.volatility {
            Volatility::Volatile => "volatile",
            Volatility::Stable => "stable",
            Volatility::Immutable => "immutable",
        };
        let kind = if routine.procedure { "procedure" } else { "function" };
        facts.insert(key, format!("{kind}|{volatility}|{}|{}", routine.language, routine.strict));
    }
    facts
}

fn facts_of_catalog(snapshot: &CatalogSnapshot) -> Facts {
    let mut facts = Facts::new();
    for (name, table) in &snapshot.tables {
        catalog_table(name, table, &mut facts);
    }
    for (kind, views) in
        [("view", &snapshot.views), ("materialized view", &snapshot.materialized_views)]
    {
        for (name, view) in views {
            let columns = list(view.columns.iter().map(|column| column.name.as_str()));
            let depends = list(view.depends_on.iter().map(String::as_str));
            facts.insert(
                format!("{kind} {name}"),
                format!("{columns}|{depends}|{}", view.populated),
            );
        }
    }
    for (name, index) in &snapshot.indexes {
        catalog_index(name, index, &mut facts);
    }
    for (name, sequence) in &snapshot.sequences {
        let owner = sequence.owned_by.as_deref().unwrap_or("nobody");
        facts.insert(format!("sequence {name}"), format!("{}|{owner}", sequence.data_type));
    }
    for (name, labels) in &snapshot.enums {
        facts.insert(format!("enum {name}"), labels.join(","));
    }
    for (name, domain) in &snapshot.domains {
        let checks = list(domain.checks.keys().map(String::as_str));
        facts.insert(
            format!("domain {name}"),
            format!(
                "{}|{}|{}|{checks}",
                unquoted(&domain.base_type),
                domain.not_null,
                domain.default.is_some()
            ),
        );
    }
    for (name, columns) in &snapshot.composites {
        let columns = columns
            .iter()
            .map(|column| format!("{} {}", column.name, unquoted(&column.data_type)))
            .collect::<Vec<_>>();
        facts.insert(format!("composite {name}"), columns.join(","));
    }
    catalog_programs(snapshot, &mut facts);
    facts
}

fn catalog_programs(snapshot: &CatalogSnapshot, facts: &mut Facts) {
    for (name, function) in &snapshot.functions {
        if function.kind == "aggregate" {
            continue;
        }
        facts.insert(
            format!("function {}", unquoted(name)),
            format!(
                "{}|{}|{}|{}",
                function.kind, function.volatility, function.language, function.strict
            ),
        );
    }
    for (name, trigger) in &snapshot.triggers {
        facts.insert(
            format!("trigger {name}"),
            format!("{}|{}", unquoted(&trigger.function), trigger.enabled),
        );
    }
    for (name, policy) in &snapshot.policies {
        facts.insert(format!("policy {name}"), policy.permissive.to_string());
    }
}

fn relation_facts(relation: &Relation, schema: &Schema, facts: &mut Facts) {
    let name = relation.name.to_string();
    match &relation.body {
        RelationBody::Table(table) => table_facts(&name, table, facts),
        RelationBody::Index(index) => index_facts(&name, index, schema, facts),
        RelationBody::View(view) => {
            let kind = if view.materialized { "materialized view" } else { "view" };
            let columns = view.columns.as_ref().map_or_else(
                || "?".to_owned(),
                |columns| list(columns.iter().map(|column| column.as_str())),
            );
            let reads: BTreeSet<String> = view.reads.iter().map(ToString::to_string).collect();
            let reads = list(reads.iter().map(String::as_str));
            let populated = !view.materialized || view.populated;
            facts.insert(format!("{kind} {name}"), format!("{columns}|{reads}|{populated}"));
            for trigger in &view.triggers {
                trigger_fact(&name, trigger, facts);
            }
        }
        RelationBody::Sequence(sequence) => {
            let owner = sequence.owned_by.as_ref();
            let owner = owner
                .map_or_else(|| "nobody".to_owned(), |(table, column)| format!("{table}.{column}"));
            let data_type = sequence.data_type.as_ref().map_or_else(|| "?".to_owned(), bare_type);
            facts.insert(format!("sequence {name}"), format!("{data_type}|{owner}"));
        }
    }
}

fn table_facts(name: &str, table: &Table, facts: &mut Facts) {
    let kind = match (table.foreign, &table.partitioning) {
        (true, _) => "foreign",
        (false, Some(_)) => "partitioned",
        (false, None) => "plain",
    };
    let persistence = match table.persistence {
        Persistence::Unlogged => "unlogged",
        _ => "permanent",
    };
    let parents = list(table.parents().map(ToString::to_string).collect::<Vec<_>>().iter());
    let bound = match table.partition_of.as_ref().map(|(_, bound)| bound) {
        None => "whole",
        Some(PartitionBound::Default) => "default",
        Some(PartitionBound::Range { .. }) => "range",
        Some(PartitionBound::List(_)) => "list",
        Some(PartitionBound::Hash { .. }) => "hash",
        Some(PartitionBound::Unknown(_)) => "?",
    };
    facts.insert(
        format!("table {name}"),
        format!("{kind}|{persistence}|{parents}|{bound}|{}", table.row_security),
    );
    let order = list(table.columns.iter().map(|column| column.name.as_str()));
    facts.insert(format!("columns of {name}"), order);
    for column in &table.columns {
        facts.insert(format!("column {name}.{}", column.name), column_fact(column));
    }
    for constraint in &table.constraints {
        if !matches!(constraint.body, ConstraintBody::NotNull { .. }) {
            facts.insert(
                format!("constraint {name}.{}", constraint.name),
                constraint_fact(constraint),
            );
        }
    }
    for trigger in &table.triggers {
        trigger_fact(name, trigger, facts);
    }
    for policy in &table.policies {
        facts.insert(format!("policy {name}.{}", policy.name), policy.permissive.to_string());
    }
}

fn catalog_table(name: &str, table: &catalog::Table, facts: &mut Facts) {
    let kind = match table.kind {
        catalog::TableKind::Plain => "plain",
        catalog::TableKind::Partitioned => "partitioned",
        catalog::TableKind::Foreign => "foreign",
    };
    let persistence = match table.persistence {
        catalog::Persistence::Permanent => "permanent",
        catalog::Persistence::Unlogged => "unlogged",
    };
    let bound = match table.partition_bound.as_deref() {
        None => "whole",
        Some("DEFAULT") => "default",
        Some(text) if text.contains("FROM") => "range",
        Some(text) if text.contains("WITH (modulus") => "hash",
        Some(_) => "list",
    };
    facts.insert(
        format!("table {name}"),
        format!(
            "{kind}|{persistence}|{}|{bound}|{}",
            list(table.inherits.iter()),
            table.row_security
        ),
    );
    let order = list(table.columns.iter().map(|column| column.name.as_str()));
    facts.insert(format!("columns of {name}"), order);
    for column in &table.columns {
        facts.insert(format!("column {name}.{}", column.name), catalog_column(column));
    }
    for (constraint, body) in &table.constraints {
        facts.insert(format!("constraint {name}.{constraint}"), catalog_constraint(body));
    }
}

fn column_fact(column: &Column) -> String {
    let data_type = column.data_type.as_ref().map_or_else(|| "?".to_owned(), type_text);
    let identity = match column.identity {
        None => "plain",
        Some(Identity::Always) => "always",
        Some(Identity::ByDefault) => "by default",
    };
    let generated = match &column.generated {
        None => "written",
        Some(generated) if generated.stored => "stored",
        Some(_) => "virtual",
    };
    let nullable = if column.not_null { "not null" } else { "null" };
    let default = if column.default.is_some() { "default" } else { "no default" };
    format!("{data_type}|{nullable}|{default}|{identity}|{generated}")
}

fn catalog_column(column: &catalog::Column) -> String {
    let generated = match &column.generated {
        None => "written",
        Some(generated) if generated.stored => "stored",
        Some(_) => "virtual",
    };
    format!(
        "{}|{}|{}|{}|{generated}",
        unquoted(&column.data_type),
        if column.not_null { "not null" } else { "null" },
        // `DEFAULT NULL` is kept as an expression where the type has a length.
        if column.default.as_ref().is_some_and(|text| !text.starts_with("NULL::")) {
            "default"
        } else {
            "no default"
        },
        column.identity.as_deref().unwrap_or("plain"),
    )
}

fn constraint_fact(constraint: &Constraint) -> String {
    let (kind, columns) = match &constraint.body {
        ConstraintBody::PrimaryKey { columns, .. } => ("primary key", list(columns.iter())),
        ConstraintBody::Unique { columns, .. } => ("unique", list(columns.iter())),
        ConstraintBody::ForeignKey { columns, .. } => ("foreign key", list(columns.iter())),
        ConstraintBody::Exclude { columns, .. } => ("exclude", list(columns.iter())),
        ConstraintBody::Check { expr, .. } => {
            let columns: BTreeSet<&str> = expr.columns().iter().map(|it| it.as_str()).collect();
            let known = expr.facts.is_some();
            ("check", if known { list(columns.iter()) } else { "?".to_owned() })
        }
        ConstraintBody::NotNull { column, .. } => ("not null", column.to_string()),
    };
    let (references, referenced) = match &constraint.body {
        ConstraintBody::ForeignKey { table, referenced, .. } => {
            (table.to_string(), list(referenced.iter()))
        }
        _ => (String::new(), String::new()),
    };
    let valid = constraint.validity == Validity::Valid;
    let deferral = match constraint.deferral {
        Deferral::NotDeferrable => "immediate",
        Deferral::Deferrable => "deferrable",
        Deferral::InitiallyDeferred => "deferred",
    };
    let inherited = if constraint.local { "own" } else { "inherited" };
    format!("{kind}|{columns}|{references}|{referenced}|{valid}|{deferral}|{inherited}")
}

fn catalog_constraint(constraint: &catalog::Constraint) -> String {
    let columns = if constraint.kind == "check" {
        let columns: BTreeSet<&String> = constraint.columns.iter().collect();
        list(columns.iter())
    } else {
        list(constraint.columns.iter())
    };
    let deferral = match (constraint.deferrable, constraint.deferred) {
        (_, true) => "deferred",
        (true, false) => "deferrable",
        (false, false) => "immediate",
    };
    format!(
        "{}|{columns}|{}|{}|{}|{deferral}|{}",
        constraint.kind,
        constraint.references.as_deref().unwrap_or_default(),
        list(constraint.referenced_columns.iter()),
        constraint.validated,
        if constraint.inherited { "inherited" } else { "own" },
    )
}

fn index_facts(name: &str, index: &Index, schema: &Schema, facts: &mut Facts) {
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| column.column.as_ref().map_or_else(|| "()".to_owned(), ToString::to_string))
        .collect();
    let table = schema.table(&index.table).any();
    let constraint = index.constraint.as_ref().zip(table).and_then(|(c, t)| t.constraint(c));
    let primary = constraint
        .is_some_and(|constraint| matches!(constraint.body, ConstraintBody::PrimaryKey { .. }));
    facts.insert(
        format!("index {name}"),
        format!(
            "{}|{}|{primary}|{}|{}|{}|{}|{}|{}",
            index.table,
            index.unique,
            index.method,
            index.valid,
            columns.join(","),
            list(index.include.iter()),
            index.predicate.is_some(),
            index.constraint.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
    );
}

fn catalog_index(name: &str, index: &catalog::Index, facts: &mut Facts) {
    let columns: Vec<&str> =
        index.columns.iter().map(|column| column.as_deref().unwrap_or("()")).collect();
    facts.insert(
        format!("index {name}"),
        format!(
            "{}|{}|{}|{}|{}|{}|{}|{}|{}",
            index.table,
            index.unique,
            index.primary,
            index.method,
            index.valid,
            columns.join(","),
            list(index.included.iter()),
            index.predicate.is_some(),
            index.constraint.as_deref().unwrap_or_default(),
        ),
    );
}

fn type_facts(name: &str, body: &TypeBody, facts: &mut Facts) {
    match body {
        TypeBody::Enum { values } => {
            let labels: Vec<&str> = values.iter().map(|(value, _)| value.as_str()).collect();
            facts.insert(format!("enum {name}"), labels.join(","));
        }
        TypeBody::Domain { base, not_null, default, checks } => {
            let names: BTreeSet<&str> = checks.iter().map(|(name, _, _)| name.as_str()).collect();
            facts.insert(
                format!("domain {name}"),
                format!(
                    "{}|{not_null}|{}|{}",
                    type_text(base),
                    default.is_some(),
                    list(names.iter())
                ),
            );
        }
        TypeBody::Composite { attributes } => {
            let columns: Vec<String> = attributes
                .iter()
                .map(|(name, data_type)| format!("{name} {}", type_text(data_type)))
                .collect();
            facts.insert(format!("composite {name}"), columns.join(","));
        }
        TypeBody::Other => {}
    }
}

fn trigger_fact(table: &str, trigger: &lockgate::schema::Trigger, facts: &mut Facts) {
    let function = trigger.function.as_ref().map(ToString::to_string).unwrap_or_default();
    facts.insert(
        format!("trigger {table}.{}", trigger.name),
        format!("{function}|{}", trigger.enabled),
    );
}

/// Defaults: the text of literals, the sequence of serial columns.
fn default_differences(schema: &Schema, snapshot: &CatalogSnapshot) -> Vec<String> {
    let mut found = Vec::new();
    for relation in schema.relations() {
        let Some(table) = relation.as_table() else { continue };
        let Some(actual) = snapshot.tables.get(&relation.name.to_string()) else { continue };
        for column in &table.columns {
            let theirs = actual.columns.iter().find(|own| own.name == column.name.as_str());
            let theirs = theirs.and_then(|own| own.default.as_deref());
            let (Some(ours), Some(theirs)) = (&column.default, theirs) else { continue };
            let alike = match ours.shape() {
                ExprShape::Literal(text) => same_literal(text, theirs, column.data_type.as_ref()),
                ExprShape::Call(call) if call.name.name == "nextval" => {
                    ours.sql.replace(' ', "") == theirs.replace(' ', "")
                        || !ours.sql.contains("::regclass")
                }
                _ => true,
            };
            if !alike {
                found.push(format!(
                    "default of {}.{}: replayed {}; server {theirs}",
                    relation.name, column.name, ours.sql
                ));
            }
        }
    }
    found
}

fn same_literal(ours: &str, theirs: &str, data_type: Option<&SqlType>) -> bool {
    let value = theirs.trim_matches(|c| c == '(' || c == ')');
    let value = value.split("::").next().unwrap_or(value).trim_matches(|c| c == '(' || c == ')');
    let value = value.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')).unwrap_or(value);
    let value = value.replace("''", "'");
    if value == ours || value.eq_ignore_ascii_case(ours) {
        return true;
    }
    if let (Ok(a), Ok(b)) = (value.parse::<f64>(), ours.parse::<f64>()) {
        return (a - b).abs() < f64::EPSILON;
    }
    // The server spells dates, intervals, booleans and texts with `::` or escapes its own way.
    let respelt = data_type.is_none_or(|it| {
        let name = it.name.name.as_str();
        name.contains("time")
            || matches!(name, "date" | "interval" | "boolean" | "json" | "jsonb" | "bytea")
    });
    respelt || ours.contains("::") || ours.contains('\\') || theirs.starts_with('E')
}

/// `format_type` without quotes, as replay prints names.
fn unquoted(text: &str) -> String {
    text.replace('"', "")
}

fn type_text(data_type: &SqlType) -> String {
    unquoted(&data_type.to_string())
}

/// The type as a function's signature names it: without modifiers.
fn bare_type(data_type: &SqlType) -> String {
    let bare = SqlType { modifiers: Vec::new(), ..data_type.clone() };
    unquoted(&bare.to_string())
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}
