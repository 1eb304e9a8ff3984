//! The table in which the layout's own tool keeps the heads of its graph (`alembic_version`): kept as
//! the tool keeps it, in the transaction of the row of history, so that `alembic current` and an
//! application that asks find what is there.

use super::connection::Connection;
use super::history::Store;
use crate::database::{DatabaseError, identifier, literal};
use crate::migration::{Dialect, Migration, VersionTable};
use std::collections::BTreeSet;

/// The table, found.
#[derive(Debug, Clone)]
pub(super) struct Books {
    /// Quoted, with its schema.
    table: String,
    /// As printed.
    shown: String,
    is_there: bool,
}

/// Those of the applied migrations that none of the applied ones needs: what the tool remembers.
pub(super) fn heads<'m>(migrations: &'m [Migration], applied: &BTreeSet<usize>) -> Vec<&'m str> {
    let applied: Vec<&Migration> = applied.iter().filter_map(|&at| migrations.get(at)).collect();
    let needed: BTreeSet<&str> = applied.iter().flat_map(|one| needs(one)).collect();
    let mut heads: Vec<&str> = applied.iter().map(|one| one.id.as_str()).collect();
    heads.retain(|id| !needed.contains(id));
    heads.sort_unstable();
    heads
}

/// Indexes of these migrations and of all that they need.
pub fn with_ancestors(migrations: &[Migration], of: &[String]) -> BTreeSet<usize> {
    let place = |id: &str| migrations.iter().position(|migration| migration.id == id);
    let mut open: Vec<usize> = of.iter().filter_map(|id| place(id)).collect();
    let mut found = BTreeSet::new();
    while let Some(at) = open.pop() {
        if found.insert(at) {
            let parents = migrations.get(at).map(needs).unwrap_or_default();
            open.extend(parents.into_iter().filter_map(place));
        }
    }
    found
}

fn needs(migration: &Migration) -> Vec<&str> {
    match &migration.revision {
        Some(revision) => revision.needs().collect(),
        None => migration.parents.iter().map(String::as_str).collect(),
    }
}

impl Books {
    /// Looks where the table is, or would be made.
    pub fn find(
        connection: &mut Connection,
        table: &VersionTable,
    ) -> Result<Option<Self>, DatabaseError> {
        let VersionTable::Named { schema, name } = table else { return Ok(None) };
        let dialect = connection.dialect();
        let text = |value: &str| literal(dialect, value);
        if dialect == Dialect::Sqlite {
            let sql = format!(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = {}",
                text(name)
            );
            let is_there = connection.own_value(&sql)?.is_some();
            return Ok(Some(Self { table: identifier(name), shown: name.clone(), is_there }));
        }
        let written = match schema {
            Some(schema) => format!("{}.{}", identifier(schema), identifier(name)),
            None => identifier(name),
        };
        let sql = format!(
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = to_regclass({})",
            text(&written)
        );
        let found = connection.own_value(&sql)?;
        let is_there = found.is_some();
        let schema = match found.or_else(|| schema.clone()) {
            Some(schema) => schema,
            None => connection.own_value("SELECT current_schema()")?.unwrap_or_default(),
        };
        let table = format!("{}.{}", identifier(&schema), identifier(name));
        Ok(Some(Self { table, shown: name.clone(), is_there }))
    }

    /// Makes the table as the tool makes it, where it is not there.
    pub fn create(&mut self, connection: &mut Connection) -> Result<(), DatabaseError> {
        if self.is_there {
            return Ok(());
        }
        connection.own(&format!(
            "CREATE TABLE {} (version_num VARCHAR(32) NOT NULL, CONSTRAINT {} PRIMARY KEY (version_num))",
            self.table,
            identifier(&format!("{}_pkc", self.shown))
        ))?;
        self.is_there = true;
        Ok(())
    }

    /// The name, for people.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What stands in it, sorted.
    pub fn read(&self, connection: &mut Connection) -> Result<Vec<String>, DatabaseError> {
        if !self.is_there {
            return Ok(Vec::new());
        }
        let rows = connection.own_rows(&format!("SELECT version_num FROM {}", self.table))?;
        let mut found: Vec<String> = rows.into_iter().flatten().flatten().collect();
        found.sort_unstable();
        Ok(found)
    }

    /// The statements that make it hold these heads and nothing else.
    fn hold(&self, dialect: Dialect, heads: &[impl AsRef<str>]) -> String {
        let table = &self.table;
        let heads: Vec<String> = heads.iter().map(|head| literal(dialect, head.as_ref())).collect();
        let others = match heads.is_empty() {
            true => String::new(),
            false => format!(" WHERE version_num NOT IN ({})", heads.join(", ")),
        };
        let mut sql = format!("DELETE FROM {table}{others}");
        for head in heads {
            sql.push_str(&format!(
                ";INSERT INTO {table} (version_num) SELECT {head} \
                 WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE version_num = {head})"
            ));
        }
        sql
    }
}

impl Store {
    /// A statement of the history, with the tool's own books where it keeps some.
    pub(super) fn with_books(&self, sql: String, heads: Option<&[String]>) -> String {
        match (self.books(), heads) {
            (Some(books), Some(heads)) => format!("{sql};{}", books.hold(self.dialect(), heads)),
            _ => sql,
        }
    }
}

/// Writes what the tool would have written for these applied migrations.
pub(super) fn write(
    connection: &mut Connection,
    store: &Store,
    migrations: &[Migration],
    applied: &[usize],
) -> Result<(), DatabaseError> {
    let Some(books) = store.books() else { return Ok(()) };
    let applied = applied.iter().copied().collect();
    let sql = books.hold(store.dialect(), &heads(migrations, &applied));
    let written = connection.own(&format!("BEGIN;{sql};COMMIT"));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = connection.own("ROLLBACK");
    }
    written.map(|_| ())
}
