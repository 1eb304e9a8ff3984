//! `CREATE VIEW`, `ALTER VIEW`.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::expr;
use crate::migration::{ActionKind, CreateView, Form};

const CHECK_OPTIONS: [&str; 3] =
    ["with check option", "with local check option", "with cascaded check option"];

/// From behind `VIEW`; `ALTER VIEW` is a `CREATE OR REPLACE VIEW` of one that is there.
pub(in super::super) fn create(cursor: &mut Cursor<'_>, or_replace: bool) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat_form("if not exists", Form::ViewIfNotExists);
    let name = cursor.name("a view name")?;
    let columns = cursor.optional_columns()?;
    cursor.expect("as")?;
    let part = cursor.until(|at| CHECK_OPTIONS.iter().any(|words| at.sees(words)));
    let query = expr::query(&part)?;
    cursor.eat_any(&CHECK_OPTIONS);
    Ok(ActionKind::CreateView(Box::new(CreateView {
        name,
        materialized: false,
        or_replace,
        if_not_exists,
        temporary: false,
        columns,
        query,
        with_data: true,
    })))
}
