//! Bodies of stored programs: `BEGIN … END` to statements with guards.

use super::super::cursor::{Cursor, Parsed};
use super::super::facts;
use super::super::plpgsql;
use super::super::scanner::TokenKind;
use super::super::statement;
use super::prepared::Prepared;
use crate::migration::{Action, ActionKind, Expr, Forms, Guard, Origin, Statement};
use crate::source::Span;
use std::sync::Arc;

/// How deep blocks may stand in blocks.
const DEEPEST: usize = 60;

/// All that is left, as the one statement that a stored program is.
pub(in super::super) fn program(cursor: &mut Cursor<'_>, guard: &Guard) -> Parsed<Vec<Statement>> {
    if cursor.is_done() {
        return Err(cursor.error("expected the body"));
    }
    let mut reader = Reader { found: Vec::new(), depth: 0 };
    reader.statement(cursor, guard)?;
    cursor.eat_kind(TokenKind::Semicolon);
    Ok(Prepared::default().follow(cursor.passage(), reader.found))
}

struct Reader {
    found: Vec<Statement>,
    depth: usize,
}

impl Reader {
    /// One statement, up to its semicolon, which is left.
    fn statement(&mut self, cursor: &mut Cursor<'_>, guard: &Guard) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(cursor.error("blocks are nested too deep here"));
        }
        label(cursor);
        match cursor.word().as_deref() {
            Some("begin") => self.block(cursor, guard)?,
            Some("if") if !is_call(cursor) => self.branches(cursor, guard)?,
            Some("case") => self.cases(cursor, guard)?,
            Some("while") => {
                cursor.bump();
                let condition = cursor.until(|at| at.is("do"));
                self.evaluate(&condition, guard);
                cursor.expect("do")?;
                self.body(cursor, guard, &["while"])?;
            }
            Some("loop") => {
                cursor.bump();
                self.body(cursor, guard, &["loop"])?;
            }
            Some("for") => {
                cursor.until(|at| at.is("do"));
                cursor.expect("do")?;
                self.body(cursor, guard, &["for"])?;
            }
            Some("repeat") => self.repeat(cursor, guard)?,
            Some("declare") => self.declare(cursor, guard)?,
            _ => self.plain(cursor, guard),
        }
        self.depth -= 1;
        Ok(())
    }

    /// Statements, each with its semicolon, until one of these words.
    fn list(&mut self, cursor: &mut Cursor<'_>, guard: &Guard, ends: &[&str]) -> Parsed<()> {
        while !cursor.is_done() && !cursor.is_any(ends) {
            self.statement(cursor, guard)?;
            if !cursor.eat_kind(TokenKind::Semicolon) && !cursor.is_any(ends) {
                return Err(cursor.error("expected ';'"));
            }
        }
        Ok(())
    }

    fn block(&mut self, cursor: &mut Cursor<'_>, guard: &Guard) -> Parsed<()> {
        cursor.expect("begin")?;
        cursor.eat("not atomic");
        self.list(cursor, guard, &["end"])?;
        end(cursor, &[])
    }

    /// The body of a loop: it runs any number of times.
    fn body(&mut self, cursor: &mut Cursor<'_>, guard: &Guard, kind: &[&str]) -> Parsed<()> {
        let guard = guard.clone().and(Guard::Loop);
        self.list(cursor, &guard, &["end"])?;
        end(cursor, kind)
    }

    fn repeat(&mut self, cursor: &mut Cursor<'_>, guard: &Guard) -> Parsed<()> {
        cursor.expect("repeat")?;
        self.list(cursor, &guard.clone().and(Guard::Loop), &["until"])?;
        cursor.expect("until")?;
        let condition = cursor.until(|at| at.is("end"));
        self.evaluate(&condition, guard);
        end(cursor, &["repeat"])
    }

    fn branches(&mut self, cursor: &mut Cursor<'_>, guard: &Guard) -> Parsed<()> {
        let mut before = guard.clone();
        while cursor.eat_any(&["if", "elseif"]).is_some() {
            let condition = cursor.until(|at| at.is("then"));
            self.evaluate(&condition, &before);
            cursor.expect("then")?;
            let holds = condition_guard(&condition);
            self.list(cursor, &before.clone().and(holds.clone()), &["elseif", "else", "end"])?;
            before = before.and(holds.negate());
        }
        if cursor.eat("else") {
            self.list(cursor, &before, &["end"])?;
        }
        end(cursor, &["if"])
    }

    fn cases(&mut self, cursor: &mut Cursor<'_>, guard: &Guard) -> Parsed<()> {
        cursor.expect("case")?;
        let start = cursor.offset();
        cursor.until(|at| at.is("when"));
        let subject = cursor.written(cursor.since(start)).to_owned();
        while cursor.eat("when") {
            let condition = cursor.until(|at| at.is("then"));
            cursor.expect("then")?;
            let text = format!("{subject} {}", condition.written(condition.rest()));
            let holds = Guard::Unknown(text.trim().to_owned());
            self.list(cursor, &guard.clone().and(holds), &["when", "else", "end"])?;
        }
        if cursor.eat("else") {
            let holds = Guard::Unknown(format!("else of case {subject}").trim().to_owned());
            self.list(cursor, &guard.clone().and(holds), &["end"])?;
        }
        end(cursor, &["case"])
    }

    /// Variables and cursors do nothing; a handler runs after an error.
    fn declare(&mut self, cursor: &mut Cursor<'_>, guard: &Guard) -> Parsed<()> {
        cursor.expect("declare")?;
        if cursor
            .eat_any(&["continue handler for", "exit handler for", "undo handler for"])
            .is_some()
        {
            conditions(cursor)?;
            return self.statement(cursor, &guard.clone().and(Guard::OnError));
        }
        cursor.until(|at| at.is_kind(TokenKind::Semicolon));
        Ok(())
    }

    /// What is no control statement.
    fn plain(&mut self, cursor: &mut Cursor<'_>, guard: &Guard) {
        const SILENT: [&str; 9] =
            ["leave", "iterate", "open", "fetch", "close", "signal", "resignal", "get", "raise"];
        let part = cursor.until(|at| at.is_kind(TokenKind::Semicolon));
        if part.is_any(&SILENT) || part.is_done() {
            return;
        }
        if part.is("return") {
            let mut value = part;
            value.bump();
            return self.evaluate(&value, guard);
        }
        let span = part.rest();
        self.found.extend(statement::inner_statements_under(&part, span, guard));
    }

    /// An expression that is evaluated; only its queries matter.
    fn evaluate(&mut self, part: &Cursor<'_>, guard: &Guard) {
        if part.is_done() {
            return;
        }
        let span = part.rest();
        let expr = facts::expr(part.text(span), part.dialect());
        let reads = |expr: &Expr| {
            expr.facts
                .as_ref()
                .is_none_or(|facts| !facts.queries.reads.is_empty() || !facts.functions.is_empty())
        };
        if reads(&expr) {
            self.found.push(single(part, span, ActionKind::Evaluate(expr), guard));
        }
    }
}

fn single(cursor: &Cursor<'_>, span: Span, kind: ActionKind, guard: &Guard) -> Statement {
    let file = cursor.file(span);
    Statement {
        span: file,
        sql: Arc::from(cursor.written(span)),
        actions: vec![Action { span: file, kind }],
        guard: guard.clone(),
        origin: Origin::Block,
        forms: Forms::default(),
    }
}

/// Takes `label:`.
fn label(cursor: &mut Cursor<'_>) {
    let mut ahead = *cursor;
    if ahead.label("a label").is_ok() && ahead.eat_operator(":") {
        *cursor = ahead;
    }
}

/// Whether `IF` is the function.
fn is_call(cursor: &Cursor<'_>) -> bool {
    let mut ahead = *cursor;
    ahead.bump();
    if !ahead.is_kind(TokenKind::LeftParen) || ahead.parens("arguments").is_err() {
        return false;
    }
    ahead.is_done() || ahead.is_kind(TokenKind::Semicolon)
}

/// Takes `END [kind] [label]`.
fn end(cursor: &mut Cursor<'_>, kind: &[&str]) -> Parsed<()> {
    cursor.expect("end")?;
    if !kind.is_empty() && cursor.eat_any(kind).is_none() {
        return Err(cursor.error("expected the kind of block that ends"));
    }
    if !cursor.is_done() && !cursor.is_kind(TokenKind::Semicolon) {
        cursor.label("a label")?;
    }
    Ok(())
}

/// Takes the conditions of a handler.
fn conditions(cursor: &mut Cursor<'_>) -> Parsed<()> {
    loop {
        if cursor.eat_any(&["sqlstate value", "sqlstate"]).is_some() {
            cursor.string("a state")?;
        } else if cursor.eat_any(&["not found", "sqlexception", "sqlwarning"]).is_none()
            && cursor.bump().is_none()
        {
            return Err(cursor.error("expected a condition"));
        }
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(());
        }
    }
}

fn condition_guard(condition: &Cursor<'_>) -> Guard {
    if condition.is_done() {
        return Guard::Unknown(String::new());
    }
    let span = condition.rest();
    plpgsql::holds(condition.text(span), condition.dialect())
        .unwrap_or_else(|| Guard::Unknown(condition.written(span).to_owned()))
}
