//! Bodies: `DO` blocks and functions, to statements with guards.

use super::cursor::{Cursor, Parsed};
use super::facts;
use super::names;
use super::passage::Passage;
use super::plpgsql::{self, Argument, Piece, PieceKind};
use super::scanner::lexer::Lexer;
use super::scanner::{Token, TokenKind, placeholder};
use super::statement::{self, Sending};
use crate::migration::{
    Action, ActionKind, Dialect, Forms, FunctionBody, Guard, Makes, Origin, Statement,
};
use crate::source::{MappedText, Span};
use std::sync::Arc;

/// `DO`, from behind the head: its statements, and what it is if it has none.
pub(super) fn anonymous(
    cursor: &mut Cursor<'_>,
    sending: &Sending,
) -> Parsed<(Vec<Statement>, ActionKind)> {
    let mut language = "plpgsql".to_owned();
    let mut code = None;
    while !cursor.is_done() {
        if cursor.eat("language") {
            language = language_name(cursor)?;
        } else if code.is_none() && cursor.is_kind(TokenKind::String) {
            code = cursor.bump();
        } else {
            return Err(cursor.error("expected the code of the block"));
        }
    }
    let code = code.ok_or_else(|| cursor.error("expected the code of the block"))?;
    if language != "plpgsql" {
        let reason = format!("the block is written in {language}");
        return Ok((Vec::new(), ActionKind::Opaque { reason, makes: Makes::Anything }));
    }
    let text = body_text(cursor, code);
    let body = read(&text, cursor.passage(), &sending.guard);
    let kind = ActionKind::Do { language, ends_transaction: body.ends_transaction };
    Ok((body.statements, kind))
}

/// Takes a language: a name or a string.
pub(super) fn language_name(cursor: &mut Cursor<'_>) -> Parsed<String> {
    match cursor.is_kind(TokenKind::String) {
        true => Ok(cursor.string("a language")?.to_ascii_lowercase()),
        false => Ok(cursor.label("a language")?.to_string()),
    }
}

/// What a function of the language runs.
pub(super) fn function(cursor: &Cursor<'_>, code: Token, language: &str) -> FunctionBody {
    let text = body_text(cursor, code);
    match language {
        "plpgsql" => read(&text, cursor.passage(), &Guard::Always),
        "sql" => {
            let sending = Sending { origin: Origin::Block, guard: Guard::Always };
            let passage = Passage::inner(&text, cursor.passage());
            let statements = passage.map(|passage| statement::read_all(&passage, &sending));
            FunctionBody {
                opaque: statements.is_none(),
                statements: statements.unwrap_or_default(),
                expression: facts::single_expression(text.text(), cursor.dialect()),
                text: text.text().to_owned(),
                bound: false,
                ends_transaction: false,
            }
        }
        "c" | "internal" => FunctionBody { opaque: true, ..FunctionBody::default() },
        _ => FunctionBody { text: text.text().to_owned(), opaque: true, ..FunctionBody::default() },
    }
}

/// Reads a PL/pgSQL block.
fn read(text: &MappedText, outer: &Passage<'_>, guard: &Guard) -> FunctionBody {
    let Some(passage) = Passage::inner(text, outer) else {
        return FunctionBody { opaque: true, ..FunctionBody::default() };
    };
    body(&passage, &[], guard)
}

/// What a PL/pgSQL function runs where it is called with these arguments, all of it at the place
/// of the call.
pub(super) fn called(text: &str, arguments: &[Argument], call: Span) -> FunctionBody {
    let mut mapped = MappedText::default();
    mapped.push(text, call);
    body(&Passage::script(&mapped, Dialect::Postgres.into()), arguments, &Guard::Always)
}

fn body(passage: &Passage<'_>, arguments: &[Argument], guard: &Guard) -> FunctionBody {
    let body = plpgsql::body(passage.text(), arguments);
    let mut statements = Vec::new();
    for piece in body.pieces {
        let guard = guard.clone().and(piece.guard.clone());
        statements.extend(piece_statements(passage, piece, guard));
    }
    let opaque = statements
        .iter()
        .flat_map(|statement| &statement.actions)
        .any(|action| !action.kind.is_understood());
    FunctionBody {
        text: passage.text().to_owned(),
        statements,
        expression: None,
        bound: false,
        opaque,
        ends_transaction: body.ends_transaction,
    }
}

fn piece_statements(passage: &Passage<'_>, piece: Piece, guard: Guard) -> Vec<Statement> {
    let span = piece.span;
    let single = |kind: ActionKind, guard: Guard| {
        let file = passage.to_file(span);
        vec![Statement {
            span: file,
            sql: Arc::from(passage.slice(span)),
            actions: vec![Action { span: file, kind }],
            guard,
            origin: Origin::Block,
            forms: Forms::default(),
        }]
    };
    let (text, literal) = match piece.kind {
        PieceKind::Sql(text) => (text, false),
        PieceKind::ExecuteLiteral(text) => (text, true),
        PieceKind::Evaluate => {
            let expr = facts::expr(passage.slice(span), passage.dialect());
            return single(ActionKind::Evaluate(expr), guard);
        }
        PieceKind::Opaque { reason, makes } => {
            return single(ActionKind::Opaque { reason, makes }, guard);
        }
        PieceKind::Commit => return single(ActionKind::Commit, guard),
        PieceKind::Rollback => return single(ActionKind::Rollback, guard),
    };
    let sending = Sending { origin: Origin::Block, guard };
    let Some(inner) = Passage::inner(&text, passage) else {
        let reason = "blocks are nested too deep".to_owned();
        return single(ActionKind::Opaque { reason, makes: Makes::Anything }, sending.guard);
    };
    let mut statements = statement::read_all(&inner, &sending);
    if !literal && let [only] = statements.as_mut_slice() {
        // `PERFORM` and `INTO` are spelled otherwise for the parser.
        only.sql = Arc::from(passage.slice(span));
    }
    statements
}

/// The value of a string constant, mapped to bytes of the cursor's passage.
pub(super) fn body_text(cursor: &Cursor<'_>, token: Token) -> MappedText {
    mask_placeholders(quoted_body(cursor, token), cursor)
}

/// Placeholders are put in place before the server reads a body.
fn mask_placeholders(text: MappedText, cursor: &Cursor<'_>) -> MappedText {
    if !text.text().contains("${") && !text.text().contains("{{") {
        return text;
    }
    let mut lexer = Lexer::new(text.text(), cursor.passage().target);
    while lexer.next().is_some() {}
    let masked = placeholder::masked(text.text(), 0, &lexer.take_masks()).into_owned();
    text.with_equal_text(masked)
}

fn quoted_body(cursor: &Cursor<'_>, token: Token) -> MappedText {
    let mut text = MappedText::default();
    let written = cursor.written(token.span());
    if let Some(body) = names::dollar_body(written) {
        let tag = written.get(1..).and_then(|rest| rest.find('$')).map_or(0, |at| at + 2);
        let start = token.start + tag;
        text.push(body, Span::new(start, start + body.len()));
        return text;
    }
    let open = written.find('\'').map_or(0, |at| at + 1);
    let inner = written.get(open..).unwrap_or("");
    let inner = inner.strip_suffix('\'').unwrap_or(inner);
    quoted_text(inner, token.start + open, written.starts_with(['e', 'E']), &mut text);
    text
}

/// Takes doubled quotes and escapes apart, each a piece of its own.
fn quoted_text(inner: &str, base: usize, escapes: bool, text: &mut MappedText) {
    let mut done = 0;
    let bytes = inner.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let value = match (byte, next) {
            (b'\'', Some(b'\'')) => "'",
            (b'\\', Some(b'n')) if escapes => "\n",
            (b'\\', Some(b't')) if escapes => "\t",
            (b'\\', Some(b'r')) if escapes => "\r",
            (b'\\', Some(b'\'')) if escapes => "'",
            (b'\\', Some(b'\\')) if escapes => "\\",
            _ => {
                at += 1;
                continue;
            }
        };
        push(text, inner, done, at, base);
        text.push(value, Span::new(base + at, base + at + 2));
        at += 2;
        done = at;
    }
    push(text, inner, done, inner.len(), base);
}

fn push(text: &mut MappedText, inner: &str, from: usize, to: usize, base: usize) {
    if from < to {
        text.push(inner.get(from..to).unwrap_or(""), Span::new(base + from, base + to));
    }
}
