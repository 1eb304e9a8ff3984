//! Stored programs: triggers, functions, procedures, events.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::object;
use super::super::scanner::TokenKind;
use super::body;
use super::create::{self, Modifiers};
use super::data_type;
use crate::migration::{
    ActionKind, CreateFunction, CreateTrigger, Form, FunctionBody, Guard, Ident, ObjectKind,
    ObjectName, SqlType, Statement, TriggerTiming, Volatility,
};

/// `CREATE TRIGGER`, from behind `TRIGGER`.
pub(in super::super) fn trigger(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let if_not_exists = cursor.eat_form("if not exists", Form::ProgramIfNotExists);
    let name = cursor.name("a trigger name")?.name;
    let timing = match cursor.eat_any(&["before", "after"]) {
        Some("before") => TriggerTiming::Before,
        Some(_) => TriggerTiming::After,
        None => return Err(cursor.error("expected BEFORE or AFTER")),
    };
    let mut events = Vec::new();
    loop {
        let event = cursor.eat_any(&["insert", "update", "delete"]);
        let event = event.ok_or_else(|| cursor.error("expected INSERT, UPDATE or DELETE"))?;
        events.push(event.to_owned());
        if !cursor.eat("or") {
            break;
        }
    }
    cursor.expect("on")?;
    let table = cursor.name("a table")?;
    cursor.expect("for each row")?;
    if cursor.eat_any(&["follows", "precedes"]).is_some() {
        cursor.ident("a trigger")?;
    }
    let statements = body::program(cursor, &Guard::Always)?;
    Ok(ActionKind::CreateTrigger(Box::new(CreateTrigger {
        name,
        table,
        or_replace: modifiers.or_replace,
        if_not_exists,
        constraint: false,
        timing,
        events,
        columns: Vec::new(),
        for_each_row: true,
        when: None,
        function: None,
        statements,
        from: None,
    })))
}

/// `CREATE FUNCTION`, from behind `FUNCTION`.
pub(in super::super) fn function(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let mut function = routine(cursor, modifiers)?;
    // A loadable function is code of a library.
    if cursor.eat("returns") {
        let start = cursor.offset();
        if cursor.eat_any(&["string", "integer", "real", "decimal"]).is_some()
            && cursor.is("soname")
        {
            cursor.take_rest();
            function.body.opaque = true;
            return Ok(ActionKind::CreateFunction(Box::new(function)));
        }
        *cursor = rewound(cursor, start);
        function.returns = Some(returned(cursor)?);
    } else {
        return Err(cursor.error("expected RETURNS"));
    }
    finish(cursor, function)
}

/// The same cursor, at an earlier token.
fn rewound<'a>(cursor: &Cursor<'a>, start: usize) -> Cursor<'a> {
    cursor.slice(crate::source::Span::new(start, cursor.whole().end))
}

fn returned(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let start = cursor.offset();
    data_type::data_type(cursor)?;
    while super::column::charset(cursor)?.is_some() {}
    Ok(cursor.written(cursor.since(start)).to_owned())
}

/// `CREATE PROCEDURE`, from behind `PROCEDURE`.
pub(in super::super) fn procedure(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    let function = CreateFunction { procedure: true, ..routine(cursor, modifiers)? };
    finish(cursor, function)
}

/// Name and parameters.
fn routine(cursor: &mut Cursor<'_>, modifiers: &Modifiers) -> Parsed<CreateFunction> {
    cursor.eat_form("if not exists", Form::ProgramIfNotExists);
    let name = caseless(cursor.name("a routine's name")?);
    Ok(CreateFunction {
        name,
        procedure: false,
        or_replace: modifiers.or_replace,
        arguments: if cursor.is_kind(TokenKind::LeftParen) {
            arguments(cursor)?
        } else {
            Vec::new()
        },
        parameters: Vec::new(),
        returns: None,
        language: "sql".to_owned(),
        volatility: Volatility::Volatile,
        strict: false,
        security_definer: true,
        settings: Vec::new(),
        body: FunctionBody::default(),
    })
}

/// Names of routines are compared without case.
pub(in super::super) fn caseless(name: ObjectName) -> ObjectName {
    ObjectName { name: Ident::caseless(name.name.as_str()), ..name }
}

fn arguments(cursor: &mut Cursor<'_>) -> Parsed<Vec<SqlType>> {
    let mut inner = cursor.parens("'(' before the parameters")?;
    let mut types = Vec::new();
    while !inner.is_done() {
        let mut part = inner.until_comma();
        let mode = part.eat_any(&["inout", "in", "out"]);
        part.label("a parameter")?;
        let data_type = data_type::data_type(&mut part)?;
        part.take_rest();
        if mode != Some("out") {
            types.push(data_type);
        }
        inner.comma()?;
    }
    Ok(types)
}

/// Characteristics and body.
fn finish(cursor: &mut Cursor<'_>, mut function: CreateFunction) -> Parsed<ActionKind> {
    const WORDS: [&str; 12] = [
        "language sql",
        "not deterministic",
        "deterministic",
        "contains sql",
        "no sql",
        "reads sql data",
        "modifies sql data",
        "sql security definer",
        "sql security invoker",
        "comment",
        "aggregate",
        "as",
    ];
    while let Some(word) = cursor.eat_any(&WORDS) {
        match word {
            "deterministic" => function.volatility = Volatility::Immutable,
            "sql security invoker" => function.security_definer = false,
            "comment" => {
                cursor.string("a comment")?;
            }
            _ => {}
        }
    }
    let start = cursor.offset();
    let statements = body::program(cursor, &Guard::Always)?;
    function.body = FunctionBody {
        text: cursor.written(cursor.since(start)).to_owned(),
        opaque: statements.iter().any(is_opaque),
        ends_transaction: statements.iter().any(ends_transaction),
        statements,
        expression: None,
        bound: false,
    };
    Ok(ActionKind::CreateFunction(Box::new(function)))
}

fn is_opaque(statement: &Statement) -> bool {
    statement.actions.iter().any(|action| !action.kind.is_understood())
}

fn ends_transaction(statement: &Statement) -> bool {
    let ends = |kind: &ActionKind| matches!(kind, ActionKind::Commit | ActionKind::Rollback);
    statement.actions.iter().any(|action| ends(&action.kind))
}

/// `CREATE EVENT` and `ALTER EVENT`, from behind `EVENT`: what it does runs later.
pub(in super::super) fn event(cursor: &mut Cursor<'_>, option: &str) -> Parsed<ActionKind> {
    let start = cursor.offset();
    cursor.eat_any(&["if not exists", "if exists"]);
    let name = cursor.name("an event")?;
    cursor.until(|at| at.is("do"));
    if cursor.eat("do") {
        body::program(cursor, &Guard::Always)?;
    }
    let span = cursor.file(cursor.since(start));
    let change = object::change(ObjectKind::Event, Some(name), option, span);
    Ok(match option {
        "create" => ActionKind::CreateObject(change),
        _ => ActionKind::AlterObject(change),
    })
}

/// Takes an account and gives its name as written.
pub(in super::super) fn account(cursor: &mut Cursor<'_>) -> Parsed<ObjectName> {
    let start = cursor.offset();
    create::account(cursor)?;
    Ok(ObjectName::bare(Ident::new(cursor.written(cursor.since(start)))))
}
