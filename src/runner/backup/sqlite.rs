//! SQLite: a copy of the whole file, by SQLite's own backup.

use super::manifest::{Held, Manifest};
use super::{Backup, Folder};
use crate::database::DatabaseError;
use crate::runner::connection::Connection;
use crate::runner::gate::CheckedScript;
use std::path::Path;

const FILE: &str = "database.sqlite";

/// One copy for all scripts of the run that want one.
pub(super) fn back_up(
    connection: &mut Connection,
    wanted: &[&CheckedScript],
    history: &str,
    base: &Path,
) -> Result<Vec<(String, Backup)>, DatabaseError> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' \
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'lockgate\\_%' ESCAPE '\\'";
    let tables = connection.own_value(tables)?.and_then(|count| count.parse().ok()).unwrap_or(0);
    let (Some(first), 1_usize..) = (wanted.first(), tables) else { return Ok(Vec::new()) };
    let taken = connection.own_value("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')")?;
    let folder = Folder::begin(base, history, first.id())?;
    connection.copy_file(&folder.reserve(FILE)?)?;
    let (bytes, sha256) = folder.measure(FILE)?;
    let mut manifest = Manifest::new(first, history, taken.unwrap_or_default(), "RESTORE.txt");
    manifest.files.push(Held {
        file: FILE.to_owned(),
        table: None,
        columns: Vec::new(),
        rows: None,
        bytes,
        sha256,
        loses_rows: false,
        loses_columns: Vec::new(),
    });
    manifest.write(&folder)?;
    let place = folder.place();
    folder.write("RESTORE.txt", &how(&place))?;
    let reference = folder.finish(&place)?;
    let backup = Backup { reference, holds: "the whole database".to_owned() };
    Ok(wanted.iter().map(|script| (script.id().to_owned(), backup.clone())).collect())
}

fn how(place: &Path) -> String {
    let copy = place.join(FILE).display().to_string();
    format!(
        "All of it: stop what uses the database, take its -wal and -shm files away, and put the copy in its place:

  cp {copy} DATABASE

One table, after it is made again (lockgate rollback):

  sqlite3 DATABASE \"ATTACH '{copy}' AS backup; INSERT INTO orders SELECT * FROM backup.orders\"
"
    )
}
