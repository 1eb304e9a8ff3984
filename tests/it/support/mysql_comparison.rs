//! The replayed schema against MariaDB's `information_schema`, fact by fact: tables, columns with
//! type, nullability, default and attributes, indexes, foreign keys, checks, views, triggers.
//!
//! What the replay leaves to the server (the character set where nobody names one) is not
//! compared.

use super::mariadb::Database;
use lockgate::migration::{Expr, Ident, ReferentialAction, SqlType, TriggerTiming};
use lockgate::schema::{Column, ConstraintBody, Index, Relation, RelationBody, Schema, Table};
use std::collections::{BTreeMap, BTreeSet};

type Facts = BTreeMap<String, String>;

/// Every difference, as a line, and how many facts the server has.
pub fn differences(schema: &Schema, database: &Database) -> (Vec<String>, usize) {
    let (ours, theirs) = (replayed(schema), actual(database));
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        match (ours.get(key), theirs.get(key)) {
            (Some(a), Some(b)) if !same(a, b) => {
                found.push(format!("{key}: replayed {a}; server {b}"));
            }
            (Some(a), None) => found.push(format!("{key}: replayed {a}; server has none")),
            (None, Some(b)) => found.push(format!("{key}: not replayed; server {b}")),
            _ => {}
        }
    }
    (found, theirs.len())
}

/// Parts are separated by `|`; `?` stands for anything.
fn same(ours: &str, theirs: &str) -> bool {
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        (ours.split('|').collect(), theirs.split('|').collect());
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| *a == "?" || a == b)
}

fn replayed(schema: &Schema) -> Facts {
    let mut facts = Facts::new();
    for relation in schema.relations().filter(|relation| relation.name.schema == "public") {
        let name = &relation.name.name;
        match &relation.body {
            RelationBody::Table(table) => {
                facts.insert(format!("table {name}"), table.engine().to_owned());
                table_facts(relation, table, schema, &mut facts);
            }
            RelationBody::View(_) => {
                facts.insert(format!("table {name}"), "view".to_owned());
            }
            RelationBody::Index(_) | RelationBody::Sequence(_) => {}
        }
    }
    for routine in schema.all_routines() {
        facts.insert(format!("routine {}", routine.name.name.folded()), String::new());
    }
    facts
}

fn table_facts(relation: &Relation, table: &Table, schema: &Schema, facts: &mut Facts) {
    let name = &relation.name.name;
    for (at, column) in table.columns.iter().enumerate() {
        facts.insert(format!("column {name}.{}", column.name), column_fact(at, column));
    }
    for (index, body) in schema.indexes_of(&relation.name) {
        let own = index.name.within(&relation.name).to_lowercase();
        facts.insert(format!("index {name}.{own}"), index_fact(body));
    }
    for constraint in &table.constraints {
        let own = constraint.name.folded();
        match &constraint.body {
            ConstraintBody::ForeignKey { columns, table, referenced, on_delete, on_update } => {
                let fact = format!(
                    "{} -> {}({})|{}|{}",
                    names(columns),
                    table.name,
                    names(referenced),
                    action(*on_delete),
                    action(*on_update)
                );
                facts.insert(format!("foreign key {name}.{own}"), fact);
            }
            ConstraintBody::Check { .. } => {
                facts.insert(format!("check {name}.{own}"), String::new());
            }
            _ => {}
        }
    }
    for trigger in &table.triggers {
        let timing = if trigger.timing == TriggerTiming::Before { "before" } else { "after" };
        let fact = format!("{timing} {}", trigger.events.join(","));
        facts.insert(format!("trigger {name}.{}", trigger.name), fact);
    }
}

fn column_fact(at: usize, column: &Column) -> String {
    let data_type = column.data_type.as_ref().map_or("?".to_owned(), own_type);
    let nullable = if column.not_null { "not null" } else { "null" };
    let attributes = column.attributes();
    let mut extra = Vec::new();
    if attributes.auto_increment {
        extra.push("auto_increment".to_owned());
    }
    if let Some(expr) = &attributes.on_update {
        extra.push(format!("on update {}", normal_default(&expr.sql)));
    }
    if let Some(generated) = &column.generated {
        extra.push(
            if generated.stored { "stored generated" } else { "virtual generated" }.to_owned(),
        );
    }
    if attributes.invisible {
        extra.push("invisible".to_owned());
    }
    let collation = attributes.collation.as_ref().map_or("?", Ident::as_str);
    format!(
        "{}|{data_type}|{nullable}|{}|{}|{collation}|{}",
        at + 1,
        default(column),
        extra.join(" "),
        attributes.comment.as_deref().unwrap_or("")
    )
}

fn own_type(data_type: &SqlType) -> String {
    // MariaDB's JSON is an alias.
    let written = match data_type.base_name() {
        "json" => "longtext".to_owned(),
        _ => data_type.to_string(),
    };
    normal_type(&written)
}

/// Display widths are left out; quotes of labels are single.
fn normal_type(written: &str) -> String {
    let lower = match written.contains('\'') || written.contains('"') {
        true => written.to_owned(),
        false => written.to_lowercase(),
    };
    let integers = ["tinyint", "smallint", "mediumint", "int", "bigint", "year"];
    let (name, rest) = lower.split_once('(').unwrap_or((&lower, ""));
    if integers.contains(&name) {
        let sign = rest.split_once(')').map_or("", |(_, sign)| sign);
        return format!("{name}{sign}");
    }
    lower.replace('"', "'").replace(", ", ",")
}

fn default(column: &Column) -> String {
    if column.generated.is_some() {
        return "null".to_owned();
    }
    match &column.default {
        None => "null".to_owned(),
        Some(expr) if is_computed(expr) => "?".to_owned(),
        Some(expr) => normal_default(&expr.sql),
    }
}

/// Expressions are printed anew by the server.
fn is_computed(expr: &Expr) -> bool {
    let sql = expr.sql.trim();
    sql.starts_with('(')
        || sql.starts_with("b'")
        || sql.starts_with("0x")
        || sql.contains("()") && !is_now(sql)
}

fn is_now(sql: &str) -> bool {
    let lower = sql.to_lowercase();
    ["current_timestamp", "now", "localtimestamp", "localtime"]
        .iter()
        .any(|word| lower.starts_with(word))
}

/// A literal without quotes; numbers without needless digits; the clock by one name.
fn normal_default(sql: &str) -> String {
    let sql = sql.trim();
    if is_now(sql) {
        let digits: String = sql.chars().filter(char::is_ascii_digit).collect();
        return format!("current_timestamp({})", digits.trim_start_matches('0'));
    }
    let quoted = ['\'', '"']
        .into_iter()
        .find(|quote| sql.len() > 1 && sql.starts_with(*quote) && sql.ends_with(*quote));
    let bits = sql.strip_prefix("b'").and_then(|rest| rest.strip_suffix('\''));
    if let Some(number) = bits.and_then(|bits| u64::from_str_radix(bits, 2).ok()) {
        return number.to_string();
    }
    let text = quoted.map_or(sql, |quote| sql.trim_start_matches(quote).trim_end_matches(quote));
    if let Ok(number) = text.parse::<f64>() {
        return number.to_string();
    }
    match text.to_lowercase().as_str() {
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        "null" => "null".to_owned(),
        _ => text.to_owned(),
    }
}

fn index_fact(index: &Index) -> String {
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|key| {
            let name = key.column.as_ref().map_or("?".to_owned(), |name| name.folded().to_owned());
            // A full-text index takes whole columns.
            match key.prefix.filter(|_| index.method != "fulltext") {
                Some(length) => format!("{name}({length})"),
                None => name,
            }
        })
        .collect();
    let method = match index.method.as_str() {
        method @ ("fulltext" | "spatial") => method,
        // InnoDB makes a tree of a hash.
        _ => "btree",
    };
    let unique = if index.unique { "unique" } else { "plain" };
    format!(
        "{unique}|{method}|{}|{}",
        columns.join(","),
        if index.visible { "" } else { "ignored" }
    )
}

fn names(columns: &[Ident]) -> String {
    columns.iter().map(Ident::folded).collect::<Vec<_>>().join(",")
}

/// MariaDB's InnoDB treats the two alike and shows what was written.
fn action(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction | ReferentialAction::Restrict => "RESTRICT",
        other => other.as_sql(),
    }
}

fn actual(database: &Database) -> Facts {
    let mut facts = Facts::new();
    tables(database, &mut facts);
    columns(database, &mut facts);
    indexes(database, &mut facts);
    constraints(database, &mut facts);
    let triggers = database.rows(
        "SELECT event_object_table, trigger_name, LOWER(action_timing), LOWER(event_manipulation)
         FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    );
    for row in triggers {
        facts.insert(format!("trigger {}.{}", row[0], row[1]), format!("{} {}", row[2], row[3]));
    }
    let routines = database.rows(
        "SELECT LOWER(routine_name) FROM information_schema.routines WHERE routine_schema = DATABASE()",
    );
    facts.extend(routines.into_iter().map(|row| (format!("routine {}", row[0]), String::new())));
    facts
}

fn tables(database: &Database, facts: &mut Facts) {
    let rows = database.rows(
        "SELECT table_name, IF(table_type = 'VIEW', 'view', LOWER(engine))
         FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type <> 'SEQUENCE'",
    );
    facts.extend(rows.into_iter().map(|row| (format!("table {}", row[0]), row[1].clone())));
}

fn columns(database: &Database, facts: &mut Facts) {
    let rows = database.rows(
        "SELECT c.table_name, c.column_name, c.ordinal_position, c.column_type, c.is_nullable,
                IFNULL(c.column_default, 'NULL'), c.extra, IFNULL(c.collation_name, ''), c.column_comment
         FROM information_schema.columns c JOIN information_schema.tables t
           ON t.table_schema = c.table_schema AND t.table_name = c.table_name
         WHERE c.table_schema = DATABASE() AND t.table_type NOT IN ('VIEW', 'SEQUENCE')",
    );
    for row in rows {
        let default = match row[5].as_str() {
            expr if expr.contains('(') && !is_now(expr) => "?".to_owned(),
            literal => normal_default(literal),
        };
        let extra = row[6].to_lowercase().replace("persistent", "stored").replace(", ", " ");
        let nullable = if row[4] == "YES" { "null" } else { "not null" };
        let fact = format!(
            "{}|{}|{nullable}|{default}|{extra}|{}|{}",
            row[2],
            normal_type(&row[3]),
            row[7],
            row.get(8).map_or("", String::as_str)
        );
        facts.insert(format!("column {}.{}", row[0], row[1]), fact);
    }
}

fn indexes(database: &Database, facts: &mut Facts) {
    let rows = database.rows(
        "SELECT table_name, LOWER(index_name), IF(MAX(non_unique), 'plain', 'unique'),
                CASE LOWER(MAX(index_type)) WHEN 'fulltext' THEN 'fulltext' WHEN 'spatial' THEN 'spatial' ELSE 'btree' END,
                GROUP_CONCAT(CONCAT(LOWER(column_name),
                    IF(sub_part IS NULL OR index_type IN ('FULLTEXT', 'SPATIAL'), '', CONCAT('(', sub_part, ')')))
                  ORDER BY seq_in_index),
                IF(MAX(ignored) = 'YES', 'ignored', '')
         FROM information_schema.statistics WHERE table_schema = DATABASE() GROUP BY table_name, index_name",
    );
    for row in rows {
        let ignored = row.get(5).map_or("", String::as_str);
        let fact = format!("{}|{}|{}|{ignored}", row[2], row[3], row[4]);
        facts.insert(format!("index {}.{}", row[0], row[1]), fact);
    }
}

fn constraints(database: &Database, facts: &mut Facts) {
    let rows = database.rows(
        "SELECT k.table_name, LOWER(k.constraint_name),
                GROUP_CONCAT(LOWER(k.column_name) ORDER BY k.ordinal_position), k.referenced_table_name,
                GROUP_CONCAT(LOWER(k.referenced_column_name) ORDER BY k.ordinal_position),
                IF(r.delete_rule = 'NO ACTION', 'RESTRICT', r.delete_rule),
                IF(r.update_rule = 'NO ACTION', 'RESTRICT', r.update_rule)
         FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
           ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
              AND r.table_name = k.table_name
         WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL
         GROUP BY k.table_name, k.constraint_name",
    );
    for row in rows {
        let fact = format!("{} -> {}({})|{}|{}", row[2], row[3], row[4], row[5], row[6]);
        facts.insert(format!("foreign key {}.{}", row[0], row[1]), fact);
    }
    // What MariaDB checks of its JSON was not written by anybody.
    let checks = database.rows(
        "SELECT table_name, LOWER(constraint_name) FROM information_schema.check_constraints
         WHERE constraint_schema = DATABASE() AND NOT (level = 'Column' AND check_clause LIKE 'json_valid(%')",
    );
    facts.extend(
        checks.into_iter().map(|row| (format!("check {}.{}", row[0], row[1]), String::new())),
    );
}
