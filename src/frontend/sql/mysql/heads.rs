//! The table that says which production reads which statement of MySQL and MariaDB.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::alter_table::Spanned;
use super::super::grammar::{data, session as shared};
use super::super::heads::Production;
use super::{alter_table, create, drop, object, program, session, view};
use crate::migration::{ActionKind, Form, ObjectKind, Online};

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
    ("rename user", P::One(object::rename_user)),
    ("truncate", P::One(drop::truncate)),
    ("set statement", P::SetStatement),
    ("set", P::Many(session::set)),
    ("use", P::One(use_database)),
    ("lock table", P::One(session::lock)),
    ("lock tables", P::One(session::lock)),
    ("unlock table", P::One(session::unlock)),
    ("unlock tables", P::One(session::unlock)),
    ("analyze", P::One(session::analyze)),
    ("optimize", P::One(session::optimize)),
    ("repair", P::One(session::repair)),
    ("check", P::One(session::check)),
    ("checksum", P::One(session::checksum)),
    ("load data", P::One(session::load)),
    ("load xml", P::One(session::load)),
    ("call", P::One(data::call)),
    ("do", P::Many(session::evaluate)),
    ("explain", P::Explain),
    ("describe", P::Session("show")),
    ("desc", P::Session("show")),
    ("show", P::Session("show")),
    ("help", P::Session("show")),
    ("grant", P::One(object::grant)),
    ("revoke", P::One(object::revoke)),
    ("start transaction", P::One(session::begin)),
    ("begin not atomic", P::Compound),
    ("begin", P::One(session::begin)),
    ("if", P::Compound),
    ("case", P::Compound),
    ("while", P::Compound),
    ("loop", P::Compound),
    ("repeat", P::Compound),
    ("for", P::Compound),
    ("commit", P::Many(session::commit)),
    ("rollback", P::Many(session::rollback)),
    ("savepoint", P::One(shared::savepoint)),
    ("release", P::One(shared::release)),
    ("prepare", P::One(session::prepare)),
    ("execute", P::One(session::execute)),
    ("deallocate", P::Session("deallocate")),
    ("handler", P::Session("handler")),
    ("flush", P::Session("flush")),
    ("kill", P::Session("kill")),
    ("reset", P::Session("reset")),
    ("purge", P::Session("purge")),
    ("change", P::Session("replication")),
    ("start", P::Session("replication")),
    ("stop", P::Session("replication")),
    ("install", P::Session("install")),
    ("uninstall", P::Session("install")),
    ("cache index", P::Session("cache index")),
    ("load index", P::Session("cache index")),
    ("binlog", P::Session("binlog")),
    ("shutdown", P::Session("shutdown")),
    ("xa", P::Session("xa")),
    ("signal", P::Session("signal")),
    ("get diagnostics", P::Session("show")),
];

/// `USE database`, from behind it.
fn use_database(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    Ok(ActionKind::Use(cursor.name("a database")?.name))
}

/// `ALTER`, from behind it.
fn alter(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let mut before = Online::default();
    while let Some(word) = cursor.eat_any(&["online", "offline", "ignore"]) {
        cursor.uses(if word == "ignore" { Form::AlterIgnore } else { Form::Online });
        before.online |= word == "online";
        before.ignore |= word == "ignore";
    }
    if cursor.eat_any(&["table", "tables"]).is_some() {
        return alter_table::alter(cursor, before);
    }
    // Words of the definition stand before its kind.
    create::skip_modifiers(cursor)?;
    let span = cursor.whole();
    let kind = if cursor.eat("view") {
        view::create(cursor, true)?
    } else if cursor.eat_any(&["database", "schema"]).is_some() {
        object::alter_database(cursor)?
    } else if cursor.eat("event") {
        program::event(cursor, "alter")?
    } else if cursor.eat("user") {
        object::alter_role(cursor)?
    } else {
        match KINDS.iter().find(|(words, _)| cursor.eat(words)) {
            Some((_, kind)) => object::alter_kind(cursor, *kind)?,
            None => return Err(cursor.error("expected a kind of object")),
        }
    };
    Ok(vec![(span, kind)])
}

/// Kinds that are modelled by their kind alone.
const KINDS: [(&str, ObjectKind); 8] = [
    ("procedure", ObjectKind::Procedure),
    ("function", ObjectKind::Function),
    ("sequence", ObjectKind::Sequence),
    ("server", ObjectKind::Server),
    ("undo tablespace", ObjectKind::Tablespace),
    ("tablespace", ObjectKind::Tablespace),
    ("logfile group", ObjectKind::Tablespace),
    ("instance", ObjectKind::System),
];
