//! A script's items to its steps.

use super::block;
use super::cursor::Cursor;
use super::mysql::prepared::Prepared;
use super::passage::Passage;
use super::psql::{self, Conditions};
use super::scanner::lexer::Lexer;
use super::scanner::split::directive_text;
use super::scanner::{Chunk, Item, Splitter, TokenKind};
use super::statement::{self, Sending};
use crate::migration::{Guard, Origin, Statement, Step};
use crate::source::Span;
use std::cell::Cell;

/// What a script holds.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Comments that speak to lockgate, bytes of the file, with what they say.
    pub comments: Vec<(Span, String)>,
}

/// Reads all of a script.
pub(super) fn read(passage: &Passage<'_>) -> Steps {
    read_sent(passage, Sending { origin: Origin::TopLevel, guard: Guard::Always })
}

/// Reads a text whose statements are sent by something else than the script itself.
pub(super) fn read_sent(passage: &Passage<'_>, mut sending: Sending) -> Steps {
    let mut found = Steps::default();
    let outer = sending.guard.clone();
    let mut conditions = Conditions::default();
    let mut prepared = Prepared::default();
    for item in Splitter::new(passage.text(), passage.target) {
        match item {
            Item::Statement(chunk) => {
                body_comments(passage, &chunk, &mut found.comments);
                let mut statements = statement::read(passage, &chunk, &sending);
                if passage.dialect().is_mysql() {
                    statements = prepared.follow(passage, statements);
                }
                let sql = is_whole(&statements).then(|| passage.slice(chunk.span).into());
                let span = passage.to_file(chunk.span);
                found.steps.push(Step { span, sql, statements, directive: None });
            }
            Item::Meta(span) => {
                conditions.see(passage.slice(span));
                sending.guard = outer.clone().and(conditions.guard());
                let statement = psql::read(passage, span, &sending);
                found.steps.push(alone(statement));
            }
            Item::Template(span) => {
                let control = conditions.see_template(passage.slice(span));
                sending.guard = outer.clone().and(conditions.guard());
                if !control {
                    let statement = psql::template(passage, span, &sending);
                    found.steps.push(alone(statement));
                }
            }
            Item::Directive(span) => comment(passage, span, &mut found.comments),
        }
    }
    found.comments.sort_by_key(|(span, _)| span.start);
    found
}

/// Whether only the text as a whole says what is sent.
fn is_whole(statements: &[Statement]) -> bool {
    !matches!(statements, [one] if one.origin != Origin::Block)
}

fn alone(statement: Statement) -> Step {
    Step { span: statement.span, sql: None, statements: vec![statement], directive: None }
}

fn comment(passage: &Passage<'_>, span: Span, comments: &mut Vec<(Span, String)>) {
    if let Some(text) = directive_text(passage.slice(span)) {
        comments.push((passage.to_file(span), text.to_owned()));
    }
}

/// Comments in the body of a `DO` block speak to its statements.
fn body_comments(passage: &Passage<'_>, chunk: &Chunk, comments: &mut Vec<(Span, String)>) {
    let (text, forms) = (passage.slice(chunk.span), Cell::default());
    let cursor = Cursor::new(passage, text, chunk.span.start, &chunk.tokens, &forms);
    if !cursor.is("do") {
        return;
    }
    for token in chunk.tokens.iter().filter(|token| token.kind == TokenKind::String) {
        let text = block::body_text(&cursor, *token);
        let Some(body) = Passage::inner(&text, passage) else { continue };
        for token in Lexer::new(body.text(), body.target) {
            if token.kind == TokenKind::Comment {
                comment(&body, token.span(), comments);
            }
        }
    }
}
