//! PostgreSQL: the rows of the tables that lose some, as `COPY` writes them, in one snapshot.

use super::manifest::{Column, Held, Manifest};
use super::{Backup, Folder, When, folder, restore, wanted_tables};
use crate::database::{DatabaseError, identifier, literal};
use crate::migration::{Dialect, Ident};
use crate::runner::connection::Connection;
use crate::runner::gate::{CheckedScript, Lost};
use crate::runner::words::{count, thousands};
use crate::schema::RelationName;
use std::path::Path;
use std::time::Duration;

/// What is asked.
pub(super) struct Asked<'a> {
    pub when: When,
    pub history: &'a str,
    pub folder: &'a Path,
    /// How long a table is waited for.
    pub limit: Duration,
}

/// A table to copy.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub name: RelationName,
    pub columns: Vec<Column>,
    /// Columns of the primary key.
    pub key: Vec<String>,
    /// Tables that its foreign keys name: schema and name.
    pub parents: Vec<(String, String)>,
    /// `ONLY`, where its children are tables of their own.
    only: &'static str,
    pub lost: Lost,
    pub file: String,
}

impl Table {
    /// Its name in quotes.
    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// The columns in quotes.
    pub fn list(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|one| identifier(&one.name)).collect();
        names.join(", ")
    }
}

fn quoted(name: &RelationName) -> String {
    format!("{}.{}", identifier(name.schema.as_str()), identifier(name.name.as_str()))
}

/// A folder for each script that wants one, all in one snapshot.
pub(super) fn back_up(
    connection: &mut Connection,
    wanted: &[&CheckedScript],
    asked: &Asked<'_>,
) -> Result<Vec<(String, Backup)>, DatabaseError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    connection.own(&format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL lock_timeout = {}; \
         SET LOCAL statement_timeout = 0; SET LOCAL row_security = off; SET LOCAL search_path = ''",
        asked.limit.as_millis().max(1)
    ))?;
    let mut made = Vec::new();
    let result = wanted.iter().try_for_each(|script| {
        made.extend(one(connection, script, asked)?.map(|it| (script.id().to_owned(), it)));
        Ok(())
    });
    // The first error is the one to tell.
    let _ = connection.own("ROLLBACK");
    result.map(|()| made)
}

fn one(
    connection: &mut Connection,
    script: &CheckedScript,
    asked: &Asked<'_>,
) -> Result<Option<Backup>, DatabaseError> {
    let tables = tables(connection, script, asked.when)?;
    if tables.is_empty() {
        return Ok(None);
    }
    let taken = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
    let taken = connection.own_value(taken)?.unwrap_or_default();
    let folder = Folder::begin(asked.folder, asked.history, script.id())?;
    let mut manifest = Manifest::new(script, asked.history, taken, "restore.sql");
    let mut holds = Vec::new();
    for table in &tables {
        let mut rows = folder.rows(&table.file)?;
        let sql = format!(
            "COPY (SELECT {} FROM {}{}) TO STDOUT",
            table.list(),
            table.only,
            table.quoted()
        );
        connection.own_copy(&sql, &mut rows)?;
        let written = rows.finish()?;
        let number = usize::try_from(written.rows).unwrap_or(usize::MAX);
        let shown = count(number, "row").replacen(&number.to_string(), &thousands(written.rows), 1);
        holds.push(format!("{} ({shown})", table.name));
        let held = Held {
            file: table.file.clone(),
            table: Some(table.name.to_string()),
            columns: table.columns.clone(),
            rows: Some(written.rows),
            bytes: written.bytes,
            sha256: written.sha256,
            loses_rows: false,
            loses_columns: Vec::new(),
        };
        manifest.files.push(held.losing(Some(&table.lost)));
    }
    folder.write("restore.sql", &restore::script(script, tables))?;
    manifest.write(&folder)?;
    let place = folder.place();
    let reference = folder.finish(&place)?;
    Ok(Some(Backup { reference, holds: holds.join(", ") }))
}

/// Tables of the user that no extension made, ours aside.
const ALL: &str = "SELECT c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    AND c.relpersistence <> 't' AND c.relname NOT IN ('lockgate_history', 'lockgate_journal') \
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')";

/// The rows of partitions are in the copy of their parent.
const DESCRIBED: &str = "below AS (
    SELECT i.inhrelid AS oid FROM pg_inherits i JOIN asked a ON i.inhparent = a.oid WHERE a.relkind = 'p'
    UNION SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.oid)
SELECT n.nspname, c.relname, c.relkind,
    (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'counted', pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL) ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')::text,
    (SELECT json_agg(a.attname ORDER BY k.nth) FROM pg_constraint p, unnest(p.conkey) WITH ORDINALITY k (num, nth), pg_attribute a
     WHERE p.conrelid = c.oid AND p.contype = 'p' AND a.attrelid = c.oid AND a.attnum = k.num)::text,
    (SELECT json_agg(json_build_array(fn.nspname, f.relname)) FROM pg_constraint p
     JOIN pg_class f ON f.oid = p.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
     WHERE p.conrelid = c.oid AND p.contype = 'f')::text
FROM asked JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid NOT IN (SELECT oid FROM below) ORDER BY 1, 2";

fn tables(
    connection: &mut Connection,
    script: &CheckedScript,
    when: When,
) -> Result<Vec<Table>, DatabaseError> {
    let asked = match wanted_tables(when, script) {
        None => ALL.to_owned(),
        Some(names) if names.is_empty() => return Ok(Vec::new()),
        Some(names) => {
            let classes: Vec<String> = names
                .iter()
                .map(|name| format!("to_regclass({})", literal(Dialect::Postgres, &quoted(name))))
                .collect();
            format!(
                "SELECT oid, relkind FROM pg_class WHERE oid IN ({}) AND relkind IN ('r', 'p')",
                classes.join(", ")
            )
        }
    };
    let rows = connection.own_rows(&format!("WITH RECURSIVE asked AS ({asked}), {DESCRIBED}"))?;
    let found = rows.into_iter().enumerate().map(|(at, row)| {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten().unwrap_or_default();
        let name = RelationName::new(Ident::new(next()), Ident::new(next()));
        Table {
            only: if next() == "p" { "" } else { "ONLY " },
            columns: serde_json::from_str(&next()).unwrap_or_default(),
            key: serde_json::from_str(&next()).unwrap_or_default(),
            parents: serde_json::from_str(&next()).unwrap_or_default(),
            lost: script.losses().tables.get(&name).cloned().unwrap_or_default(),
            file: format!(
                "{}-{}.{}.copy",
                at + 1,
                folder::plain(name.schema.as_str()),
                folder::plain(name.name.as_str())
            ),
            name,
        }
    });
    Ok(found.filter(|table| !table.columns.is_empty()).collect())
}
