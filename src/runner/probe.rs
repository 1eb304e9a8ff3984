//! Looks up whether a statement that was alone happened, after a run that ended between its intent
//! and its result, and clears away what is half done.

use super::connection::Connection;
use super::gate::Probe;
use crate::database::{DatabaseError, identifier, literal};
use crate::migration::Dialect;
use crate::schema::RelationName;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// It happened.
    Done,
    /// It did not, or what was half done is cleared away: it may run.
    NotDone(&'static str),
    /// Something stands in its place that is not ours.
    InTheWay(String),
    /// Nobody can tell.
    Untold,
}

/// Looks up the effect of a statement that our journal intended.
pub(super) fn look(connection: &mut Connection, probe: &Probe) -> Result<Found, DatabaseError> {
    match probe {
        Probe::Repeatable => Ok(Found::NotDone("it may be repeated")),
        Probe::Untold => Ok(Found::Untold),
        _ if connection.dialect() == Dialect::Sqlite => Ok(Found::Untold),
        Probe::IndexMade { index, .. } => index_made(connection, probe, index),
        Probe::IndexesGone(names) => {
            for name in names {
                if index_state(connection, name)?.is_some() {
                    return Ok(Found::NotDone("the index is still there"));
                }
            }
            Ok(Found::Done)
        }
        Probe::Detached { parent, partition } => detached(connection, parent, partition),
        Probe::Reindexed(name) => {
            leftovers(connection, name)?;
            Ok(Found::NotDone("it may be repeated"))
        }
    }
}

fn quoted(name: &RelationName) -> String {
    format!("{}.{}", identifier(name.schema.as_str()), identifier(name.name.as_str()))
}

fn text(value: &str) -> String {
    literal(Dialect::Postgres, value)
}

/// Whether the index is valid; `None` where there is none.
fn index_state(
    connection: &mut Connection,
    name: &RelationName,
) -> Result<Option<bool>, DatabaseError> {
    let sql = format!(
        "SELECT indisvalid AND indisready AND indislive FROM pg_index WHERE indexrelid = to_regclass({})",
        text(&quoted(name))
    );
    Ok(connection.own_value(&sql)?.map(|value| value == "t"))
}

fn index_made(
    connection: &mut Connection,
    probe: &Probe,
    index: &RelationName,
) -> Result<Found, DatabaseError> {
    let Some(is_valid) = index_state(connection, index)? else {
        return Ok(Found::NotDone("the index is not there"));
    };
    if is_building(connection, index)? {
        return Ok(Found::InTheWay(format!("index {index} is being built by another session")));
    }
    if !is_as_intended(connection, probe)? {
        return Ok(Found::InTheWay(format!("index {index} is there with another definition")));
    }
    if is_valid {
        return Ok(Found::Done);
    }
    connection.own("SET lock_timeout = 0; SET statement_timeout = 0")?;
    connection.own(&format!("DROP INDEX CONCURRENTLY {}", quoted(index)))?;
    connection.own("RESET lock_timeout; RESET statement_timeout")?;
    Ok(Found::NotDone("the invalid index that it left is dropped"))
}

fn is_building(connection: &mut Connection, index: &RelationName) -> Result<bool, DatabaseError> {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_progress_create_index WHERE index_relid = to_regclass({})",
        text(&quoted(index))
    );
    Ok(connection.own_value(&sql)?.is_some_and(|count| count != "0"))
}

/// Whether the index is what the statement makes: the same statement makes one on an empty copy
/// of the table, and the server prints both.
fn is_as_intended(connection: &mut Connection, probe: &Probe) -> Result<bool, DatabaseError> {
    let Probe::IndexMade { index, table, unique, method, definition } = probe else {
        return Ok(false);
    };
    let made = format!(
        "BEGIN; SET LOCAL lock_timeout = '2s'; \
         CREATE TEMP TABLE lockgate_probe (LIKE {} INCLUDING GENERATED) ON COMMIT DROP; \
         CREATE {unique} INDEX lockgate_probe_index ON pg_temp.lockgate_probe USING {method} {definition}",
        quoted(table)
    );
    let compared = connection.own(&made).and_then(|_| {
        // From the method on both texts tell the definition, and nothing of the names before it.
        let part = |index: &str| {
            format!("substring(pg_get_indexdef(to_regclass({index})) FROM ' USING .*')")
        };
        let sql = format!(
            "SELECT {} = {} AND (SELECT indisunique FROM pg_index WHERE indexrelid = to_regclass({name})) = {} \
             AND (SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass({name})) = to_regclass({})",
            part(&text(&quoted(index))),
            part("'pg_temp.lockgate_probe_index'"),
            !unique.is_empty(),
            text(&quoted(table)),
            name = text(&quoted(index)),
        );
        connection.own_value(&sql)
    });
    // The first error is the one to tell.
    let _ = connection.own("ROLLBACK");
    Ok(compared?.as_deref() == Some("t"))
}

fn detached(
    connection: &mut Connection,
    parent: &RelationName,
    partition: &RelationName,
) -> Result<Found, DatabaseError> {
    let sql = format!(
        "SELECT inhdetachpending FROM pg_inherits WHERE inhparent = to_regclass({}) AND inhrelid = to_regclass({})",
        text(&quoted(parent)),
        text(&quoted(partition)),
    );
    match connection.own_value(&sql)?.as_deref() {
        None => Ok(Found::Done),
        Some("t") => {
            let (parent, partition) = (quoted(parent), quoted(partition));
            connection
                .own(&format!("ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE"))?;
            Ok(Found::Done)
        }
        Some(_) => Ok(Found::NotDone("the partition is still attached")),
    }
}

/// Drops what an interrupted REINDEX CONCURRENTLY left: invalid copies of the indexes with the
/// suffixes that the server gives them, that nobody builds, of the same definition.
fn leftovers(connection: &mut Connection, name: &RelationName) -> Result<(), DatabaseError> {
    let sql = format!(
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) \
         FROM pg_index l JOIN pg_class c ON c.oid = l.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_index i ON i.indrelid = l.indrelid AND i.indexrelid <> l.indexrelid \
         JOIN pg_class o ON o.oid = i.indexrelid \
         WHERE NOT l.indisvalid AND (i.indexrelid = to_regclass({name}) OR i.indrelid = to_regclass({name})) \
         AND c.relname ~ ('^' || regexp_replace(left(o.relname, 57), '([][().*+?^$|{{}}\\\\-])', '\\\\\\1', 'g') || '_cc(new|old)[0-9]*$') \
         AND substring(pg_get_indexdef(l.indexrelid) FROM ' USING .*') = substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*') \
         AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = l.indexrelid)",
        name = text(&quoted(name)),
    );
    for index in connection.own_rows(&sql)?.into_iter().flatten().flatten() {
        connection.own(&format!("DROP INDEX CONCURRENTLY {index}"))?;
    }
    Ok(())
}
