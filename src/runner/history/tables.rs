//! The two tables: made where they are missing, refused where they are not ours.

use crate::database::{DatabaseError, ErrorKind};
use crate::migration::Dialect;
use crate::runner::connection::Connection;

const HISTORY: &[(&str, &str)] = &[
    ("project", "text NOT NULL"),
    ("version", "text NOT NULL"),
    ("description", "text NOT NULL"),
    ("direction", "text NOT NULL"),
    ("kind", "text NOT NULL"),
    ("checksum", "text NOT NULL"),
    ("applied_at", "TIMESTAMP NOT NULL"),
    ("applied_by", "text NOT NULL"),
    ("host", "text NOT NULL"),
    ("tool_version", "text NOT NULL"),
    ("execution_time_ms", "bigint NOT NULL"),
    ("statements", "bigint NOT NULL"),
    ("rows_affected", "bigint NOT NULL"),
    ("tables_touched", "text NOT NULL"),
    ("status", "text NOT NULL"),
    ("error", "text"),
    ("findings_allowed", "text NOT NULL"),
    ("note", "text"),
    ("backup_reference", "text"),
    ("rollback_safe", "text NOT NULL"),
];

const JOURNAL: &[(&str, &str)] = &[
    ("history_id", "bigint NOT NULL"),
    ("unit", "bigint NOT NULL"),
    ("batch", "bigint NOT NULL"),
    ("statement_hash", "text NOT NULL"),
    ("title", "text NOT NULL"),
    ("state", "text NOT NULL"),
    ("batch_key", "text"),
    ("rows_affected", "bigint NOT NULL"),
    ("started_at", "TIMESTAMP NOT NULL"),
    ("finished_at", "TIMESTAMP"),
    ("session", "text NOT NULL"),
    ("error", "text"),
];

/// The schema in which the history stands, where there is one; for SQLite `main`.
pub(super) fn existing(connection: &mut Connection) -> Result<Option<String>, DatabaseError> {
    let sql = match connection.dialect() {
        Dialect::Sqlite => {
            "SELECT 'main' FROM sqlite_master WHERE type IN ('table', 'view') AND name = 'lockgate_history'"
        }
        _ => {
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = to_regclass('lockgate_history')"
        }
    };
    let rows = connection.own_rows(sql)?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
}

/// Refuses tables that bear our names and are not as we make them.
pub(super) fn check(connection: &mut Connection) -> Result<(), DatabaseError> {
    for (table, columns) in [("lockgate_history", HISTORY), ("lockgate_journal", JOURNAL)] {
        let sql = match connection.dialect() {
            Dialect::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
            _ => format!(
                "SELECT attname FROM pg_attribute \
                 WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped"
            ),
        };
        let found: Vec<String> =
            connection.own_rows(&sql)?.into_iter().flatten().flatten().collect();
        let missing: Vec<&str> = columns
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !found.iter().any(|column| column == name))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let message = match found.is_empty() {
            true => format!("the history stands in lockgate_history, but {table} is not there"),
            false => format!(
                "the table {table} is not one that this lockgate made: it has no {}",
                missing.join(", ")
            ),
        };
        let help = "move that table out of the way, or update lockgate, and run again; nothing was changed";
        return Err(DatabaseError::new(ErrorKind::Statement, message).help(help));
    }
    Ok(())
}

/// Makes both tables in one transaction; gives their schema.
pub(super) fn create(connection: &mut Connection) -> Result<String, DatabaseError> {
    let dialect = connection.dialect();
    let (schema, prefix) = match dialect {
        Dialect::Sqlite => ("main".to_owned(), String::new()),
        _ => {
            let rows = connection.own_rows("SELECT current_schema()")?;
            let found = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
            let help = "create one, or name it: ALTER ROLE … SET search_path = app";
            let schema = found.ok_or_else(|| {
                let message = "no schema of the search path exists, so the history has no place";
                DatabaseError::new(ErrorKind::Statement, message).help(help)
            })?;
            let prefix = format!("{}.", crate::database::identifier(&schema));
            (schema, prefix)
        }
    };
    let mut sql = String::from("BEGIN;");
    for (table, columns) in [("lockgate_history", HISTORY), ("lockgate_journal", JOURNAL)] {
        let (id, time) = match dialect {
            Dialect::Sqlite => ("id integer PRIMARY KEY AUTOINCREMENT", "text"),
            _ => ("id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "timestamp with time zone"),
        };
        let columns: Vec<String> = columns
            .iter()
            .map(|(name, kind)| format!("{name} {}", kind.replace("TIMESTAMP", time)))
            .collect();
        sql.push_str(&format!("CREATE TABLE {prefix}{table} ({id}, {});", columns.join(", ")));
    }
    sql.push_str(&format!(
        "CREATE UNIQUE INDEX lockgate_journal_place ON {prefix}lockgate_journal (history_id, unit, batch);COMMIT;"
    ));
    if let Err(error) = connection.own(&sql) {
        // The first error is the one to tell; a session that is gone has nothing to roll back.
        let _ = connection.own("ROLLBACK");
        return Err(match error.kind {
            ErrorKind::Forbidden => {
                let help = format!("GRANT CREATE ON SCHEMA {schema} TO the role that applies");
                error.help(help)
            }
            ErrorKind::ReadOnly => error
                .help("the database only reads: name the primary, or a file that can be written"),
            _ => error,
        });
    }
    Ok(schema)
}
