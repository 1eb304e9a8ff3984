//! psql's own commands: most do nothing to the database, some run other SQL.

use super::passage::Passage;
use super::statement::{self, Sending};
use crate::migration::{Action, ActionKind, Guard, Statement};
use crate::source::{MappedText, Span};
use std::sync::Arc;

/// The statement that stands for a psql command.
pub(super) fn read(passage: &Passage<'_>, span: Span, sending: &Sending) -> Statement {
    let written = passage.slice(span).trim_end();
    let span = Span::new(span.start, span.start + written.len());
    let name = name(written);
    if name == "copy"
        && let Some(copy) = copy(passage, written, span, sending)
    {
        return copy;
    }
    let kind = match opaque(name) {
        Some(reason) => ActionKind::Opaque { reason: reason.to_owned() },
        None => ActionKind::Session { command: format!("\\{name}") },
    };
    let file = passage.to_file(span);
    Statement {
        span: file,
        sql: Arc::from(written),
        actions: vec![Action { span: file, kind }],
        guard: sending.guard.clone(),
        origin: sending.origin,
    }
}

fn name(written: &str) -> &str {
    let rest = written.strip_prefix('\\').unwrap_or(written);
    if rest.starts_with('!') {
        return "!";
    }
    rest.split(|c: char| c.is_whitespace() || c == '\\').next().unwrap_or("")
}

fn opaque(name: &str) -> Option<&'static str> {
    match name {
        "i" | "ir" | "include" | "include_relative" => {
            Some("it runs the statements of another file")
        }
        "gexec" => Some("it runs the rows of a query as statements"),
        "!" => Some("it runs a shell command"),
        _ => None,
    }
}

/// `\copy` is a `COPY` whose file lies at the client.
fn copy(passage: &Passage<'_>, written: &str, span: Span, sending: &Sending) -> Option<Statement> {
    let mut text = MappedText::default();
    text.push(written.strip_prefix('\\')?, Span::new(span.start + 1, span.end));
    let inner = Passage::inner(&text, passage)?;
    let mut copy = statement::read_all(&inner, sending).into_iter().next()?;
    copy.span = passage.to_file(span);
    copy.sql = Arc::from(written);
    copy.actions.iter().all(|action| action.kind.is_understood()).then_some(copy)
}

/// Conditions of `\if … \elif … \else … \endif` around statements.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    open: Vec<Guard>,
}

impl Conditions {
    /// Takes a command into account.
    pub fn see(&mut self, written: &str) {
        let condition = || Guard::Unknown(written.trim().to_owned());
        match name(written) {
            "if" => self.open.push(condition()),
            "elif" => {
                if let Some(last) = self.open.last_mut() {
                    *last = std::mem::take(last).negate().and(condition());
                }
            }
            "else" => {
                if let Some(last) = self.open.last_mut() {
                    *last = std::mem::take(last).negate();
                }
            }
            "endif" => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// The condition that holds now.
    pub fn guard(&self) -> Guard {
        self.open.iter().cloned().fold(Guard::Always, Guard::and)
    }
}
