//! Sequences.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::alter_table::{self, Spanned};
use super::create::Modifiers;
use super::data_type;
use crate::migration::{
    ActionKind, AlterSequence, CreateSequence, OwnedBy, Persistence, RelationKind, SqlType,
};

/// Options of `CREATE` and `ALTER SEQUENCE` that matter.
#[derive(Debug, Default)]
struct Options {
    data_type: Option<SqlType>,
    owned_by: Option<OwnedBy>,
    restart: bool,
}

/// `CREATE SEQUENCE`, from behind `SEQUENCE`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a sequence name")?;
    let options = options(cursor)?;
    Ok(ActionKind::CreateSequence(Box::new(CreateSequence {
        name,
        if_not_exists,
        temporary: modifiers.persistence == Persistence::Temporary,
        data_type: options.data_type,
        owned_by: options.owned_by,
    })))
}

/// `ALTER SEQUENCE`, from behind `SEQUENCE`.
pub(in super::super) fn alter(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let mut ahead = *cursor;
    let if_exists = ahead.eat("if exists");
    let name = ahead.name("a sequence")?;
    let shared = ["rename to", "owner to", "set schema", "set logged", "set unlogged"];
    if shared.iter().any(|words| ahead.sees(words)) {
        return alter_table::alter(cursor, RelationKind::Sequence);
    }
    let span = ahead.rest();
    let Options { data_type, owned_by, restart } = options(&mut ahead)?;
    *cursor = ahead;
    let written = cursor.written(span).to_owned();
    let sequence = AlterSequence { name, if_exists, owned_by, data_type, restart, written };
    Ok(vec![(span, ActionKind::AlterSequence(Box::new(sequence)))])
}

fn options(cursor: &mut Cursor<'_>) -> Parsed<Options> {
    let mut options = Options::default();
    while !cursor.is_done() {
        option(cursor, &mut options)?;
    }
    Ok(options)
}

fn option(cursor: &mut Cursor<'_>, options: &mut Options) -> Parsed<()> {
    const WORDS: [&str; 15] = [
        "as",
        "owned by",
        "restart with",
        "restart",
        "increment by",
        "increment",
        "start with",
        "start",
        "minvalue",
        "maxvalue",
        "cache",
        "no minvalue",
        "no maxvalue",
        "no cycle",
        "cycle",
    ];
    match cursor.eat_any(&WORDS) {
        Some("as") => options.data_type = Some(data_type::data_type(cursor)?),
        Some("owned by") => options.owned_by = Some(owned_by(cursor)?),
        Some("restart") => {
            options.restart = true;
            number(cursor);
        }
        Some("restart with") => {
            options.restart = true;
            number(cursor);
        }
        Some(words) if words.starts_with("no ") || words == "cycle" => {}
        Some(_) if number(cursor) => {}
        Some(_) => return Err(cursor.error("expected a number")),
        None => return Err(cursor.error("expected a sequence option")),
    }
    Ok(())
}

/// Takes a number with its sign, or a placeholder that stands for one.
fn number(cursor: &mut Cursor<'_>) -> bool {
    if !cursor.eat_operator("-") {
        cursor.eat_operator("+");
    }
    if cursor.eat_kind(TokenKind::Number) {
        return true;
    }
    let placeholder = cursor.peek().is_some_and(|token| cursor.is_masked(token.span()));
    if placeholder {
        cursor.bump();
    }
    placeholder
}

fn owned_by(cursor: &mut Cursor<'_>) -> Parsed<OwnedBy> {
    if cursor.eat("none") {
        return Ok(OwnedBy::None);
    }
    let (table, column) = cursor.member("a column")?;
    Ok(OwnedBy::Column(table, column))
}
