//! `TRUNCATE`, `COPY`, `LOCK`, `CALL`.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::alter_table::cascade;
use super::expr;
use crate::migration::{
    ActionKind, Copy, ExprShape, FunctionCall, LockTable, ObjectName, Truncate,
};

/// Takes `[ONLY] name [*], …`; the flag is `ONLY`.
fn relations(cursor: &mut Cursor<'_>) -> Parsed<Vec<(ObjectName, bool)>> {
    let mut tables = Vec::new();
    loop {
        tables.push(cursor.relation("a table")?);
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(tables);
        }
    }
}

/// `TRUNCATE`, from behind `TRUNCATE`.
pub(in super::super) fn truncate(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.eat("table");
    let tables = relations(cursor)?;
    let identity = cursor.eat_any(&["restart identity", "continue identity"]);
    let restart_identity = identity == Some("restart identity");
    let cascade = cascade(cursor);
    Ok(ActionKind::Truncate(Truncate { tables, cascade, restart_identity, wait: None }))
}

/// `LOCK`, from behind `LOCK`.
pub(in super::super) fn lock(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.eat("table");
    let tables = relations(cursor)?;
    let mut mode = "ACCESS EXCLUSIVE".to_owned();
    if cursor.eat("in") {
        let words = cursor.until(|at| at.is("mode"));
        let mut words = words;
        let mut parts = Vec::new();
        while let Some(word) = words.word() {
            parts.push(word.to_ascii_uppercase());
            words.bump();
        }
        words.finish()?;
        mode = parts.join(" ");
        cursor.expect("mode")?;
    }
    let nowait = cursor.eat("nowait");
    Ok(ActionKind::LockTable(LockTable { tables, mode, nowait }))
}

/// `COPY`, from behind `COPY`.
pub(in super::super) fn copy(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    cursor.eat("binary");
    let mut copy = Copy {
        table: None,
        columns: Vec::new(),
        query: None,
        from: false,
        inline_rows: None,
        inline_span: None,
    };
    if cursor.is_kind(TokenKind::LeftParen) {
        let inner = cursor.parens("a query")?;
        copy.query = Some(expr::query(&inner)?);
    } else {
        copy.table = Some(cursor.name("a table")?);
        copy.columns = cursor.optional_columns()?;
    }
    copy.from = match cursor.eat_any(&["from", "to"]) {
        Some(word) => word == "from",
        None => return Err(cursor.error("expected FROM or TO")),
    };
    if cursor.is_done() {
        return Err(cursor.error("expected a file, STDIN or STDOUT"));
    }
    cursor.take_rest();
    Ok(ActionKind::Copy(Box::new(copy)))
}

/// `CALL`, from behind `CALL`.
pub(in super::super) fn call(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    let call = expr::expr(&cursor.up_to(usize::MAX))?;
    let name = cursor.name("a procedure")?;
    cursor.take_rest();
    if let ExprShape::Call(call) = call.shape() {
        return Ok(ActionKind::Call(call.clone()));
    }
    Ok(ActionKind::Call(FunctionCall::new(name, Vec::new())))
}
