//! A history run on SQLite and replayed side by side, compared fact by fact with what its pragmas
//! say: columns, keys, indexes, foreign keys, views, triggers.

use lockgate::frontend;
use lockgate::layout::{DiscoverOptions, LayoutMeta, Overlay, discover};
use lockgate::migration::{Dialect, Direction, Ident, Migration, Target, TransactionMode};
use lockgate::schema::{ConstraintBody, RelationBody, Schema, Table};
use lockgate::timeline::{FoldOptions, fold};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Facts = BTreeMap<String, String>;

/// What a history came to.
#[derive(Default)]
pub struct Report {
    /// Refused scripts and differences, each a line.
    pub wrong: Vec<String>,
    /// Facts compared at the end.
    pub facts: usize,
    /// Scripts that ran.
    pub ran: usize,
}

/// Runs a script in a transaction where its tool opens one: scripts that end it themselves begin
/// another for the rest.
fn run_as_tool(
    connection: &Connection,
    text: &str,
    transaction: TransactionMode,
) -> rusqlite::Result<()> {
    let own = matches!(transaction, TransactionMode::Autocommit | TransactionMode::OneString);
    if !own {
        connection.execute_batch("BEGIN")?;
    }
    let ran = connection.execute_batch(text);
    // A transaction that the script began and did not end is ended, too.
    if !connection.is_autocommit() {
        connection.execute_batch(if ran.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    }
    ran
}

/// Runs the scripts of a folder on a database in memory and replays them beside; compares after
/// each one.
pub fn run(folder: &Path, layout: Option<LayoutMeta>) -> Report {
    let options = DiscoverOptions {
        variables: lockgate::layout::Variables::default(),
        working_directory: folder.to_path_buf(),
        layout,
        dialect: Some(Dialect::Sqlite),
        stdin: None,
        overlay: Overlay::default(),
        versioned: None,
    };
    let found = discover(&[folder.to_path_buf()], &options);
    let connection = Connection::open_in_memory().expect("a database in memory");
    let target = Target::assumed(Dialect::Sqlite);
    let (mut report, mut schema) = (Report::default(), Schema::empty());
    let mut known = BTreeSet::new();
    for draft in found.projects.into_iter().flat_map(|project| project.drafts) {
        let Some(up) = draft.up else { continue };
        let (id, text) = (draft.id.clone(), up.text.text().to_owned());
        if let Err(error) = run_as_tool(&connection, &text, up.transaction) {
            report.wrong.push(format!("{id} refused: {error}"));
            continue;
        }
        report.ran += 1;
        let migration = Migration {
            revision: None,
            id: draft.id,
            description: draft.description,
            parents: draft.parents,
            unread: None,
            up: Some(frontend::sql::parse(up, Dialect::Sqlite)),
            down: None,
        };
        let options = FoldOptions::alone(&target);
        schema = fold(&migration, Direction::Up, schema, options).schema;
        schema.end_session();
        let (ours, theirs) = (replayed(&schema), actual(&connection));
        report.facts = theirs.len();
        for line in differences(&ours, &theirs) {
            if known.insert(line.clone()) {
                report.wrong.push(format!("{id}: {line}"));
            }
        }
    }
    report
}

fn differences(ours: &Facts, theirs: &Facts) -> Vec<String> {
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    keys.into_iter()
        .filter(|key| ours.get(*key) != theirs.get(*key))
        .map(|key| format!("{key}: replayed {:?}; SQLite {:?}", ours.get(key), theirs.get(key)))
        .collect()
}

fn replayed(schema: &Schema) -> Facts {
    let mut facts = Facts::new();
    for relation in schema.relations().filter(|relation| relation.name.schema == "public") {
        let name = relation.name.name.folded();
        match &relation.body {
            RelationBody::Table(table) if table.columns.is_empty() => {
                facts.insert(format!("table {name}"), String::new());
            }
            RelationBody::Table(table) => {
                facts.insert(format!("table {name}"), String::new());
                table_facts(name, table, &mut facts);
            }
            RelationBody::View(_) => {
                facts.insert(format!("view {name}"), String::new());
            }
            RelationBody::Index(index) if index.constraint.is_none() => {
                let columns: Vec<&str> = index
                    .columns
                    .iter()
                    .map(|key| key.column.as_ref().map_or("", Ident::folded))
                    .collect();
                let unique = if index.unique { "unique" } else { "plain" };
                let partial = if index.predicate.is_some() { "partial" } else { "whole" };
                let fact = format!("{} {unique} {partial} {}", index.table.name, columns.join(","));
                facts.insert(format!("index {name}"), fact);
            }
            RelationBody::Index(_) | RelationBody::Sequence(_) => {}
        }
    }
    facts
}

fn table_facts(name: &str, table: &Table, facts: &mut Facts) {
    let key: &[Ident] = table.primary_key().map_or(&[], |key| key.columns());
    for column in &table.columns {
        let written = column.data_type.as_ref().map_or("", |data_type| data_type.written.as_str());
        let at = key.iter().position(|part| *part == column.name).map_or(0, |at| at + 1);
        let null = if column.not_null || at > 0 { "not null" } else { "null" };
        let default = column.default.as_ref().map_or("", |expr| &*expr.sql);
        let fact = format!("{} {null} {} key {at}", squeezed(written), squeezed(default));
        facts.insert(format!("column {name}.{}", column.name.folded()), fact);
    }
    for constraint in &table.constraints {
        match &constraint.body {
            ConstraintBody::Unique { columns, .. } => {
                facts.insert(format!("unique {name} {}", names(columns)), String::new());
            }
            ConstraintBody::ForeignKey { columns, table, referenced, on_delete, on_update } => {
                let key = format!(
                    "foreign key {name} {} {}({}) {} {}",
                    names(columns),
                    table.name.folded(),
                    names(referenced),
                    on_delete.as_sql(),
                    on_update.as_sql()
                );
                facts.insert(key, String::new());
            }
            _ => {}
        }
    }
    for trigger in &table.triggers {
        facts.insert(format!("trigger {}", trigger.name.folded()), name.to_owned());
    }
}

/// Types and defaults without case, quotes, space, and parentheses around the whole.
fn squeezed(text: &str) -> String {
    let lower = text.to_lowercase().replace(['"', ' ', '\n', '\t'], "");
    if lower == "null" {
        return String::new();
    }
    let inner = lower.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inner.map_or(lower.clone(), str::to_owned)
}

fn names(columns: &[Ident]) -> String {
    columns.iter().map(Ident::folded).collect::<Vec<_>>().join(",")
}

fn rows(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).expect("a query of the catalogue");
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..width)
            .map(|at| {
                use rusqlite::types::ValueRef;
                Ok(match row.get_ref(at)? {
                    ValueRef::Null => String::new(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    other => format!("{other:?}"),
                })
            })
            .collect()
    });
    rows.expect("rows").collect::<Result<_, _>>().expect("rows")
}

fn actual(connection: &Connection) -> Facts {
    let mut facts = Facts::new();
    let objects = rows(
        connection,
        "SELECT type, lower(name), lower(tbl_name) FROM sqlite_master m WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
           AND NOT EXISTS (SELECT 1 FROM pragma_table_list l WHERE l.name = m.name AND l.type = 'shadow')",
    );
    let is_virtual =
        rows(connection, "SELECT lower(name) FROM pragma_table_list WHERE type = 'virtual'");
    for object in &objects {
        let name = &object[1];
        match object[0].as_str() {
            "table" => {
                facts.insert(format!("table {name}"), String::new());
                if !is_virtual.iter().any(|row| row[0] == *name) {
                    live_table(connection, name, &mut facts);
                }
            }
            "view" => {
                facts.insert(format!("view {name}"), String::new());
            }
            "trigger" => {
                facts.insert(format!("trigger {name}"), object[2].clone());
            }
            _ => {}
        }
    }
    let indexes = rows(
        connection,
        "SELECT lower(l.name), lower(m.name), l.\"unique\", l.partial, l.origin,
                (SELECT group_concat(lower(coalesce(i.name, '')), ',') FROM pragma_index_info(l.name) i)
         FROM sqlite_master m, pragma_index_list(m.name) l WHERE m.type = 'table' ORDER BY 1",
    );
    for row in indexes {
        if row[4] == "u" {
            facts.insert(format!("unique {} {}", row[1], row[5]), String::new());
        } else if row[4] == "c" && objects.iter().any(|object| object[1] == row[0]) {
            let unique = if row[2] == "1" { "unique" } else { "plain" };
            let partial = if row[3] == "1" { "partial" } else { "whole" };
            let fact = format!("{} {unique} {partial} {}", row[1], row[5]);
            facts.insert(format!("index {}", row[0]), fact);
        }
    }
    facts
}

fn live_table(connection: &Connection, name: &str, facts: &mut Facts) {
    let quoted = name.replace('\'', "''");
    for row in rows(
        connection,
        &format!(
            "SELECT lower(name), type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo('{quoted}')"
        ),
    ) {
        let key = &row[4];
        let null = if row[2] == "1" || key != "0" { "not null" } else { "null" };
        // A generated column's type is printed with the words behind it.
        let data_type = row[1].to_lowercase().replace("generated always", "");
        let fact = format!("{} {null} {} key {key}", squeezed(&data_type), squeezed(&row[3]));
        facts.insert(format!("column {name}.{}", row[0]), fact);
    }
    let keys = rows(
        connection,
        &format!(
            "SELECT group_concat(lower(\"from\"), ','), lower(\"table\"), group_concat(lower(coalesce(\"to\", '')), ','),
                    on_delete, on_update FROM (SELECT * FROM pragma_foreign_key_list('{quoted}') ORDER BY id, seq) GROUP BY id"
        ),
    );
    for row in keys {
        let referenced = match row[2].trim_matches(',') {
            "" => primary_key(connection, &row[1]),
            _ => row[2].clone(),
        };
        let key =
            format!("foreign key {name} {} {}({referenced}) {} {}", row[0], row[1], row[3], row[4]);
        facts.insert(key, String::new());
    }
}

/// What a foreign key without columns means.
fn primary_key(connection: &Connection, table: &str) -> String {
    let found = rows(
        connection,
        &format!("SELECT lower(name) FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk"),
    );
    found.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>().join(",")
}
