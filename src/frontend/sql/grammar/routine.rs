//! Functions and procedures.

use super::super::block;
use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::{Token, TokenKind};
use super::super::statement;
use super::create::Modifiers;
use super::{data_type, expr, setting};
use crate::migration::{
    ActionKind, CreateFunction, Expr, ExprShape, FunctionBody, Ident, Parameter, SqlType,
    Statement, Volatility,
};
use crate::source::Span;

/// `CREATE FUNCTION`, from behind `FUNCTION`.
pub(in super::super) fn create(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    routine(cursor, modifiers, Routine::Function)
}

/// `CREATE PROCEDURE`, from behind `PROCEDURE`.
pub(in super::super) fn create_procedure(
    cursor: &mut Cursor<'_>,
    modifiers: &Modifiers,
) -> Parsed<ActionKind> {
    routine(cursor, modifiers, Routine::Procedure)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Routine {
    Function,
    Procedure,
}

/// How the body is written.
enum Code {
    Quoted(Token),
    Atomic(Span, Vec<Statement>),
    Return(Expr),
}

fn routine(cursor: &mut Cursor<'_>, modifiers: &Modifiers, routine: Routine) -> Parsed<ActionKind> {
    let name = cursor.name("a function name")?;
    let (arguments, parameters) = arguments(cursor)?.into_iter().unzip();
    let mut function = CreateFunction {
        name,
        procedure: routine == Routine::Procedure,
        or_replace: modifiers.or_replace,
        arguments,
        parameters,
        returns: None,
        language: "sql".to_owned(),
        volatility: Volatility::Volatile,
        strict: false,
        security_definer: false,
        settings: Vec::new(),
        body: FunctionBody::default(),
    };
    let mut code = None;
    while !cursor.is_done() {
        attribute(cursor, &mut function, &mut code)?;
    }
    function.body = match code {
        Some(Code::Quoted(token)) => block::function(cursor, token, &function.language),
        Some(Code::Atomic(span, statements)) => FunctionBody {
            text: cursor.written(span).to_owned(),
            statements,
            bound: true,
            ..FunctionBody::default()
        },
        Some(Code::Return(expr)) => FunctionBody {
            text: expr.sql.to_string(),
            expression: Some(expr),
            bound: true,
            ..FunctionBody::default()
        },
        None => return Err(cursor.error("expected the body of the function")),
    };
    Ok(ActionKind::CreateFunction(Box::new(function)))
}

/// The input arguments.
fn arguments(cursor: &mut Cursor<'_>) -> Parsed<Vec<(SqlType, Parameter)>> {
    let mut inner = cursor.parens("'(' before the arguments")?;
    let mut arguments = Vec::new();
    while !inner.is_done() {
        let mut whole = inner.until_comma();
        let part = whole.until(|at| {
            at.is_kind(TokenKind::Comma)
                || at.is("default")
                || is_operator(at, "=")
                || is_operator(at, ":=")
        });
        if let Some((data_type, name)) = argument(part)? {
            let default = default(&mut whole);
            arguments.push((data_type, Parameter { name, default }));
        }
        inner.comma()?;
    }
    Ok(arguments)
}

/// The literal text of a default, if there is a default.
fn default(rest: &mut Cursor<'_>) -> Option<Option<String>> {
    rest.bump()?;
    Some(match expr::expr(rest).ok()?.shape() {
        ExprShape::Literal(text) => Some(text.clone()),
        _ => None,
    })
}

fn is_operator(cursor: &Cursor<'_>, operator: &str) -> bool {
    cursor.peek().is_some_and(|token| {
        token.kind == TokenKind::Operator && cursor.text(token.span()) == operator
    })
}

const MODES: [&str; 5] = ["in out", "inout", "in", "out", "variadic"];

/// `[mode] [name] [mode] type`, to type and name; nothing for `OUT`.
fn argument(mut part: Cursor<'_>) -> Parsed<Option<(SqlType, Option<Ident>)>> {
    let mut mode = part.eat_any(&MODES);
    let mut ahead = part;
    ahead.eat("setof");
    if let Ok(data_type) = data_type::data_type(&mut ahead)
        && ahead.is_done()
    {
        return Ok((mode != Some("out")).then_some((data_type, None)));
    }
    let name = part.label("an argument")?;
    mode = mode.or(part.eat_any(&MODES));
    part.eat("setof");
    let data_type = data_type::data_type(&mut part)?;
    part.finish()?;
    Ok((mode != Some("out")).then_some((data_type, Some(name))))
}

fn attribute(
    cursor: &mut Cursor<'_>,
    function: &mut CreateFunction,
    code: &mut Option<Code>,
) -> Parsed<()> {
    const FLAGS: [&str; 15] = [
        "immutable",
        "stable",
        "volatile",
        "strict",
        "returns null on null input",
        "called on null input",
        "security definer",
        "external security definer",
        "security invoker",
        "external security invoker",
        "not leakproof",
        "leakproof",
        "window",
        "parallel",
        "isstrict",
    ];
    if let Some(words) = cursor.eat_any(&FLAGS) {
        flag(cursor, words, function);
        return Ok(());
    }
    if cursor.eat("returns") {
        function.returns = Some(returns(cursor)?);
    } else if cursor.eat("language") {
        function.language = block::language_name(cursor)?;
    } else if cursor.eat_any(&["cost", "rows"]).is_some() {
        cursor.bump();
    } else if cursor.eat("support") {
        cursor.name("a function")?;
    } else if cursor.eat("set") {
        function.settings.push(setting(cursor)?);
    } else if cursor.eat("transform") {
        cursor.until(|at| at.is_any(&["language", "as", "return"]));
    } else if cursor.eat("with") {
        cursor.parens("function options")?;
    } else {
        *code = Some(self::code(cursor)?);
    }
    Ok(())
}

fn flag(cursor: &mut Cursor<'_>, words: &str, function: &mut CreateFunction) {
    match words {
        "immutable" => function.volatility = Volatility::Immutable,
        "stable" => function.volatility = Volatility::Stable,
        "volatile" => function.volatility = Volatility::Volatile,
        "strict" | "returns null on null input" => function.strict = true,
        "security definer" | "external security definer" => function.security_definer = true,
        "parallel" => {
            cursor.bump();
        }
        _ => {}
    }
}

fn returns(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let start = cursor.offset();
    if cursor.eat("table") {
        cursor.parens("'(' before the columns")?;
    } else {
        cursor.eat("setof");
        data_type::data_type(cursor)?;
    }
    let written = cursor.written(cursor.since(start));
    Ok(if written.contains('"') { written.to_owned() } else { written.to_ascii_lowercase() })
}

/// `SET name …`: its values end where the next attribute begins.
fn setting(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let name = match cursor.eat("time zone") {
        true => "timezone".to_owned(),
        false => setting::name(cursor)?,
    };
    const NEXT: [&str; 16] = [
        "as",
        "language",
        "immutable",
        "stable",
        "volatile",
        "strict",
        "returns",
        "called",
        "security",
        "external",
        "leakproof",
        "parallel",
        "cost",
        "rows",
        "set",
        "return",
    ];
    if cursor.eat("from current") {
        return Ok(name);
    }
    if cursor.eat_any(&["to"]).is_none() {
        cursor.eat_operator("=");
    }
    cursor.bump();
    cursor.until(|at| at.is_any(&NEXT) || at.sees("begin atomic") || at.sees("not leakproof"));
    Ok(name)
}

fn code(cursor: &mut Cursor<'_>) -> Parsed<Code> {
    if cursor.eat("as") {
        let token = cursor.peek().filter(|token| token.kind == TokenKind::String);
        let token = token.ok_or_else(|| cursor.error("expected the body of the function"))?;
        cursor.bump();
        if cursor.eat_kind(TokenKind::Comma) {
            cursor.string("a symbol")?;
        }
        return Ok(Code::Quoted(token));
    }
    if cursor.eat("return") {
        let expr = expr::expr(&cursor.up_to(usize::MAX))?;
        cursor.take_rest();
        return Ok(Code::Return(expr));
    }
    cursor.expect("begin atomic")?;
    let start = cursor.offset();
    let mut end = start;
    while cursor.remaining() > 1 {
        end = cursor.bump().map_or(end, |token| token.end);
    }
    cursor.expect("end")?;
    let span = Span::new(start, end);
    Ok(Code::Atomic(span, statement::inner_statements(cursor, span)))
}
