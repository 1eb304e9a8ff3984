//! The table that says which production reads which statement of MySQL and MariaDB.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::alter_table::Spanned;
use super::super::grammar::{data, session};
use super::super::heads::Production;
use super::{alter_table, create, drop};
use crate::migration::{ActionKind, Online};

use Production as P;

/// Heads; where one begins with another, the longer stands first.
pub(in super::super) const STATEMENTS: &[(&str, Production)] = &[
    ("insert", P::Rows),
    ("replace", P::Rows),
    ("update", P::Rows),
    ("delete", P::Rows),
    ("select", P::Rows),
    ("values", P::Rows),
    ("table", P::Rows),
    ("with", P::Rows),
    ("create", P::Many(create::create)),
    ("alter", P::Many(alter)),
    ("drop", P::One(drop::drop)),
    ("rename table", P::Many(alter_table::rename_tables)),
    ("rename tables", P::Many(alter_table::rename_tables)),
    ("truncate", P::One(drop::truncate)),
    ("call", P::One(data::call)),
    ("explain", P::Explain),
    ("start transaction", P::One(session::begin)),
    ("begin", P::One(session::begin)),
    ("commit", P::Many(session::commit)),
    ("rollback", P::Many(session::rollback)),
    ("savepoint", P::One(session::savepoint)),
    ("release", P::One(session::release)),
    ("use", P::One(use_database)),
    ("show", P::Session("show")),
];

/// `USE database`, from behind it.
fn use_database(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    Ok(ActionKind::Use(cursor.name("a database")?.name))
}

/// `ALTER`, from behind it.
fn alter(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let mut before = Online::default();
    while let Some(word) = cursor.eat_any(&["online", "offline", "ignore"]) {
        before.online |= word == "online";
        before.ignore |= word == "ignore";
    }
    if cursor.eat_any(&["table", "tables"]).is_some() {
        return alter_table::alter(cursor, before);
    }
    Err(cursor.error("expected a kind of object"))
}
