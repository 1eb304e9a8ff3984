//! psql's own commands, and tags of template engines: most do nothing to the database, some run
//! other SQL, some make statements conditional.

use super::passage::Passage;
use super::statement::{self, Sending};
use crate::migration::{Action, ActionKind, Forms, Guard, Makes, Statement};
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
        Some(reason) => ActionKind::Opaque { reason: reason.to_owned(), makes: Makes::Anything },
        None if is_command(name) => ActionKind::Session { command: format!("\\{name}") },
        None => {
            let reason = "this backslash begins no command of psql".to_owned();
            ActionKind::Unparsed { reason, at: passage.to_file(span) }
        }
    };
    single(passage, span, kind, sending)
}

/// The statement that stands for a template tag that is put in place of statements.
pub(super) fn template(passage: &Passage<'_>, span: Span, sending: &Sending) -> Statement {
    let reason = "its text is put in place of a placeholder".to_owned();
    single(passage, span, ActionKind::Opaque { reason, makes: Makes::Anything }, sending)
}

fn single(passage: &Passage<'_>, span: Span, kind: ActionKind, sending: &Sending) -> Statement {
    let file = passage.to_file(span);
    Statement {
        span: file,
        sql: Arc::from(passage.slice(span)),
        actions: vec![Action { span: file, kind }],
        guard: sending.guard.clone(),
        origin: sending.origin,
        forms: Forms::default(),
    }
}

fn name(written: &str) -> &str {
    let rest = written.strip_prefix('\\').unwrap_or(written);
    if rest.starts_with('!') {
        return "!";
    }
    rest.split(|c: char| c.is_whitespace() || c == '\\').next().unwrap_or("")
}

fn is_command(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '?' | '.'))
}

fn opaque(name: &str) -> Option<&'static str> {
    match name {
        "i" | "ir" | "include" | "include_relative" | "source" | ".read" => {
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

/// Conditions around statements: `\if … \elif … \else … \endif`, `{{ if … }} … {{ end }}`.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    open: Vec<Guard>,
}

impl Conditions {
    /// Takes a command of psql into account.
    pub fn see(&mut self, written: &str) {
        match name(written) {
            "if" => self.open(written),
            "elif" => self.alternative(Some(written)),
            "else" => self.alternative(None),
            "endif" => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// Takes a template tag into account; says whether it steers the template.
    pub fn see_template(&mut self, written: &str) -> bool {
        let inner = written.trim_matches(['{', '}', '%', '-', ' ', '\t']);
        let mut words = inner.split_whitespace();
        match words.next() {
            Some("if" | "range" | "with" | "for" | "define" | "block") => self.open(written),
            Some("else") if words.next() == Some("if") => self.alternative(Some(written)),
            Some("elif") => self.alternative(Some(written)),
            Some("else") => self.alternative(None),
            Some("end" | "endif" | "endfor") => {
                self.open.pop();
            }
            Some(word) => return word.starts_with("/*"),
            None => {}
        }
        true
    }

    fn open(&mut self, written: &str) {
        self.open.push(Guard::Unknown(written.trim().to_owned()));
    }

    fn alternative(&mut self, written: Option<&str>) {
        let Some(last) = self.open.last_mut() else { return };
        *last = std::mem::take(last).negate();
        if let Some(written) = written {
            let condition = Guard::Unknown(written.trim().to_owned());
            *last = std::mem::take(last).and(condition);
        }
    }

    /// The condition that holds now.
    pub fn guard(&self) -> Guard {
        self.open.iter().cloned().fold(Guard::Always, Guard::and)
    }
}
