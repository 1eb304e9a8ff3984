//! Triggers and policies.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::super::statement;
use super::create::Modifiers;
use super::expr;
use crate::migration::{
    ActionKind, CreatePolicy, CreateTrigger, Dialect, Ident, ObjectName, TriggerTiming,
};

/// `CREATE TRIGGER`, from behind `TRIGGER`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat("if not exists");
    let name = cursor.name("a trigger name")?.name;
    let timing = timing(cursor)?;
    let (events, columns) = events(cursor)?;
    cursor.expect("on")?;
    let table = cursor.name("a table")?;
    let mut trigger = CreateTrigger {
        name,
        table,
        or_replace: modifiers.or_replace,
        if_not_exists,
        constraint: modifiers.constraint,
        timing,
        events,
        columns,
        for_each_row: cursor.dialect() == Dialect::Sqlite,
        when: None,
        function: None,
        statements: Vec::new(),
        from: None,
    };
    clauses(cursor, &mut trigger)?;
    match cursor.dialect() {
        Dialect::Sqlite => trigger.statements = body(cursor)?,
        _ => trigger.function = Some(function(cursor)?),
    }
    Ok(ActionKind::CreateTrigger(Box::new(trigger)))
}

fn timing(cursor: &mut Cursor<'_>) -> Parsed<TriggerTiming> {
    match cursor.eat_any(&["before", "after", "instead of"]) {
        Some("after") => Ok(TriggerTiming::After),
        Some("instead of") => Ok(TriggerTiming::InsteadOf),
        Some(_) => Ok(TriggerTiming::Before),
        None if cursor.dialect() == Dialect::Sqlite => Ok(TriggerTiming::Before),
        None => Err(cursor.error("expected BEFORE, AFTER or INSTEAD OF")),
    }
}

fn events(cursor: &mut Cursor<'_>) -> Parsed<(Vec<String>, Vec<Ident>)> {
    let (mut events, mut columns) = (Vec::new(), Vec::new());
    loop {
        let event = cursor.eat_any(&["insert", "update", "delete", "truncate"]);
        let event = event.ok_or_else(|| cursor.error("expected INSERT, UPDATE or DELETE"))?;
        events.push(event.to_owned());
        if event == "update" && cursor.eat("of") {
            columns.push(cursor.ident("a column name")?);
            while cursor.eat_kind(TokenKind::Comma) {
                columns.push(cursor.ident("a column name")?);
            }
        }
        if !cursor.eat("or") {
            return Ok((events, columns));
        }
    }
}

fn clauses(cursor: &mut Cursor<'_>, trigger: &mut CreateTrigger) -> Parsed<()> {
    loop {
        if cursor.eat("from") {
            trigger.from = Some(cursor.name("a table")?);
        } else if cursor.eat("referencing") {
            cursor.until(|at| at.is_any(&["for", "when", "execute"]));
        } else if let Some(words) =
            cursor.eat_any(&["for each row", "for each statement", "for row", "for statement"])
        {
            trigger.for_each_row = words.ends_with("row");
        } else if cursor.eat("when") {
            trigger.when = Some(when(cursor)?);
        } else if !super::constraint::attribute(cursor, &mut Default::default()) {
            return Ok(());
        }
    }
}

fn when(cursor: &mut Cursor<'_>) -> Parsed<crate::migration::Expr> {
    match cursor.dialect() {
        Dialect::Sqlite => expr::expr(&cursor.until(|at| at.is("begin"))),
        _ => expr::in_parens(cursor),
    }
}

fn function(cursor: &mut Cursor<'_>) -> Parsed<ObjectName> {
    if cursor.eat_any(&["execute function", "execute procedure"]).is_none() {
        return Err(cursor.error("expected EXECUTE FUNCTION"));
    }
    let name = cursor.name("a function")?;
    cursor.parens("'(' before the arguments of the function")?;
    Ok(name)
}

/// SQLite's `BEGIN …; END`.
fn body(cursor: &mut Cursor<'_>) -> Parsed<Vec<crate::migration::Statement>> {
    cursor.expect("begin")?;
    let start = cursor.offset();
    let mut end = start;
    while cursor.remaining() > 1 {
        end = cursor.bump().map_or(end, |token| token.end);
    }
    cursor.expect("end")?;
    let span = crate::source::Span::new(start, end);
    Ok(statement::inner_statements(cursor, span))
}

/// `CREATE POLICY`, from behind `POLICY`.
pub(in super::super) fn create_policy(
    cursor: &mut Cursor<'_>,
    _: &Modifiers,
) -> Parsed<ActionKind> {
    let name = cursor.ident("a policy name")?;
    cursor.expect("on")?;
    let table = cursor.name("a table")?;
    let mut policy = CreatePolicy { name, table, permissive: true, using: None, with_check: None };
    if cursor.eat("as") {
        policy.permissive = cursor.label("PERMISSIVE or RESTRICTIVE")? != "restrictive";
    }
    if cursor.eat("for") {
        cursor.label("a command")?;
    }
    if cursor.eat("to") {
        cursor.until(|at| at.is("using") || at.sees("with check"));
    }
    if cursor.eat("using") {
        policy.using = Some(expr::in_parens(cursor)?);
    }
    if cursor.eat("with check") {
        policy.with_check = Some(expr::in_parens(cursor)?);
    }
    Ok(ActionKind::CreatePolicy(Box::new(policy)))
}
