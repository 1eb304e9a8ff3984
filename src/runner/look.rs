//! Looks at the history without taking the turn, and compares it with the project's migrations.

use super::Options;
use super::connection::Connection;
use super::history::{Entry, Status, Store};
use super::standing::{self, Irregular, Standing, WaysOut};
use super::version_table::{Books, heads};
use crate::database::{Address, DatabaseError, Server};
use crate::migration::Migration;
use std::collections::HashSet;

/// A look at the history without taking the turn: for `status` and `history`.
pub struct Look {
    /// The server.
    pub server: Server,
    /// The rows, oldest first; empty where there is no history yet.
    pub entries: Vec<Entry>,
    /// Where the project stands.
    pub standing: Standing,
}

/// Looks.
///
/// # Errors
/// What the server said.
pub fn look(
    address: &Address,
    options: &Options,
    migrations: &[Migration],
) -> Result<Look, DatabaseError> {
    let mut connection = Connection::open(address, "lockgate looking")?;
    let server = connection.server()?;
    let store = Store::find(&mut connection, &options.project, options.writer.clone())?;
    let ways_out = WaysOut::default();
    let books = books_of(&mut connection, options)?;
    let (entries, standing) = match store.map(|store| store.keeping(books)) {
        Some(store) => {
            let store = &store;
            (store.entries(&mut connection)?, stand(&mut connection, store, migrations, &ways_out)?)
        }
        None => (Vec::new(), standing::compare(migrations, &[], &ways_out, &|_| false)),
    };
    Ok(Look { server, entries, standing })
}

/// Where a project stands.
pub(super) fn stand(
    connection: &mut Connection,
    store: &Store,
    migrations: &[Migration],
    ways_out: &WaysOut,
) -> Result<Standing, DatabaseError> {
    let entries = store.entries(connection)?;
    let mut with_journal = HashSet::new();
    for entry in entries.iter().filter(|entry| entry.status != Status::Applied) {
        if !store.journal(connection, entry.id)?.is_empty() {
            with_journal.insert(entry.id);
        }
    }
    let mut standing =
        standing::compare(migrations, &entries, ways_out, &|id| with_journal.contains(&id));
    if let Some(books) = store.books() {
        let held = books.read(connection)?;
        let applied = standing.applied.iter().copied().collect();
        let expected: Vec<String> =
            heads(migrations, &applied).into_iter().map(str::to_owned).collect();
        if held != expected {
            let table = books.shown().to_owned();
            standing.irregular.push(Irregular::OtherBooks { table, held, expected });
        }
    }
    Ok(standing)
}

/// The table of the layout's own tool, where it keeps one.
pub(super) fn books_of(
    connection: &mut Connection,
    options: &Options,
) -> Result<Option<Books>, DatabaseError> {
    match &options.version_table {
        Some(table) => Books::find(connection, table),
        None => Ok(None),
    }
}
