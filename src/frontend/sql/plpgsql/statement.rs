//! Statements of a block.

use super::condition::finds_row;
use super::lexer::Kind;
use super::{PieceKind, Read, Reader};
use crate::migration::Guard;
use crate::source::{MappedText, Span};

impl Reader<'_> {
    /// One statement with its semicolon.
    pub(super) fn statement(&mut self, guard: &Guard) -> Read<()> {
        self.labels()?;
        if self.compound(guard)? {
            return self.expect_symbol(b';', ";");
        }
        let start = self.at;
        let end = self.semicolon()?;
        self.simple(start, end, guard);
        self.at = end + 1;
        Ok(())
    }

    /// A statement with statements inside, without its semicolon.
    fn compound(&mut self, guard: &Guard) -> Read<bool> {
        if self.assigned(self.at).is_some() {
            return Ok(false);
        }
        let word = self.token_text(self.at).to_ascii_lowercase();
        if self.kind(self.at) != Some(Kind::Word) {
            return Ok(false);
        }
        match word.as_str() {
            "begin" | "declare" => self.nested(|reader| reader.block(guard))?,
            "if" => self.branches(guard)?,
            "case" => self.cases(guard)?,
            "loop" | "while" | "for" | "foreach" => self.repetition(guard)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn simple(&mut self, start: usize, end: usize, guard: &Guard) {
        if start == end {
            return;
        }
        if let Some(value) = self.assigned(start) {
            self.assigned_value(start, value, end);
            return self.evaluate(value, end, guard);
        }
        if self.kind(start) != Some(Kind::Word) {
            return self.sql(start, end, guard);
        }
        match self.token_text(start).to_ascii_lowercase().as_str() {
            "null" if end == start + 1 => {}
            "return" => self.return_(start, end, guard),
            "exit" => self.exit(start, end, guard),
            "continue" | "get" | "close" => {}
            // Moving a cursor runs what was judged where it was opened.
            "fetch" | "move" => self.variables.set_found(None),
            "raise" | "assert" => self.message(start, end, guard),
            "execute" => self.execute(start + 1, end, guard),
            "perform" => self.perform(start, end, guard),
            "open" => self.open(start, end, guard),
            "commit" | "rollback" => self.end_transaction(start, end, guard),
            _ => self.sql(start, end, guard),
        }
    }

    /// The token behind `variable :=`, if an assignment begins at `start`.
    fn assigned(&self, start: usize) -> Option<usize> {
        let after = self.variable(start)?;
        let assigns = self.kind(after) == Some(Kind::Assign) || self.is_symbol(after, b'=');
        assigns.then_some(after + 1)
    }

    /// The token behind a variable: a name with fields and subscripts.
    pub(super) fn variable(&self, start: usize) -> Option<usize> {
        let is_name = |at| matches!(self.kind(at), Some(Kind::Word | Kind::Quoted | Kind::Number));
        if !is_name(start) {
            return None;
        }
        let mut at = start + 1;
        loop {
            if self.is_symbol(at, b'.') && is_name(at + 1) {
                at += 2;
            } else if self.is_symbol(at, b'[') {
                at = self.find(at + 1, |at| self.is_symbol(at, b']'))? + 1;
            } else {
                return Some(at);
            }
        }
    }

    fn return_(&mut self, start: usize, end: usize, guard: &Guard) {
        if self.is(start + 1, "query") {
            if self.is(start + 2, "execute") {
                return self.execute(start + 3, end, guard);
            }
            return self.sql(start + 2, end, guard);
        }
        if self.is(start + 1, "next") {
            return self.evaluate(start + 2, end, guard);
        }
        self.evaluate(start + 1, end, guard);
        self.leave(guard);
    }

    /// `EXIT [label] [WHEN condition]`: in a loop what follows is conditional anyway.
    fn exit(&mut self, start: usize, end: usize, guard: &Guard) {
        let when = self.find(start, |at| self.is(at, "when")).filter(|&when| when < end);
        if let Some(when) = when {
            self.evaluate(when + 1, end, guard);
        }
        let in_loop = match guard {
            Guard::All(parts) => parts.contains(&Guard::Loop),
            one => *one == Guard::Loop,
        };
        if in_loop {
            return;
        }
        match when {
            Some(when) => {
                let (condition, _) = self.condition(when + 1, end);
                self.leave(&guard.clone().and(condition));
            }
            None => self.leave(guard),
        }
    }

    /// `RAISE` and `ASSERT` do nothing to the database, unless they ask it something.
    fn message(&mut self, start: usize, end: usize, guard: &Guard) {
        let query = (start..end).find(|&at| self.is(at, "select"));
        if let Some(query) = query {
            let open = if self.is_symbol(query - 1, b'(') { query - 1 } else { query };
            let close = self
                .find(open + 1, |at| self.is_symbol(at, b')'))
                .map_or(end, |close| (close + 1).min(end));
            self.evaluate(open, close, guard);
        }
    }

    fn perform(&mut self, start: usize, end: usize, guard: &Guard) {
        let span = self.bytes(start, end);
        let word = self.bytes(start, start + 1);
        let mut text = MappedText::default();
        text.push("SELECT", word);
        let rest = Span::new(word.end, span.end);
        text.push(self.slice(rest), rest);
        self.variables.set_found(finds_row(text.text()));
        self.push(span, guard, PieceKind::Sql(text));
    }

    /// `OPEN cursor FOR query`, `OPEN cursor FOR EXECUTE text`, `OPEN cursor (arguments)`.
    fn open(&mut self, start: usize, end: usize, guard: &Guard) {
        let Some(query) = self.find(start, |at| self.is(at, "for")) else { return };
        if self.is(query + 1, "execute") {
            return self.execute(query + 2, end, guard);
        }
        self.sql(query + 1, end, guard);
    }

    /// A statement of SQL; a target of `INTO` is a variable and taken out.
    pub(super) fn sql(&mut self, start: usize, end: usize, guard: &Guard) {
        if start >= end {
            return;
        }
        let span = self.bytes(start, end);
        let mut text = MappedText::default();
        let mut from = span.start;
        let mut at = start;
        while at < end {
            match self.behind_into(start, at, end) {
                Some(behind) => {
                    if behind == at + 2 {
                        self.selected(at + 1, start + 1, at);
                    }
                    let target = self.bytes(at, behind);
                    let before = Span::new(from, target.start);
                    text.push(self.slice(before), before);
                    from = target.end;
                    at = behind;
                }
                None => at += 1,
            }
        }
        let rest = Span::new(from, span.end);
        text.push(self.slice(rest), rest);
        let into = from > span.start;
        self.variables.set_found(if into { finds_row(text.text()) } else { None });
        self.push(span, guard, PieceKind::Sql(text));
    }

    /// The token behind the targets, where `INTO` at `at` names variables. As the server does, an
    /// `INTO` behind `INSERT` or `MERGE` is SQL's own.
    fn behind_into(&self, start: usize, at: usize, end: usize) -> Option<usize> {
        if !self.is(at, "into") || at == start || self.is(start, "import") {
            return None;
        }
        if self.is(at - 1, "insert") || self.is(at - 1, "merge") {
            return None;
        }
        let mut behind = self.targets(at + 1)?;
        behind = behind.min(end);
        Some(behind)
    }

    /// The token behind `[STRICT] variable, variable, …`.
    pub(super) fn targets(&self, at: usize) -> Option<usize> {
        let mut next = self.variable(at + usize::from(self.is(at, "strict")))?;
        while self.is_symbol(next, b',') {
            next = self.variable(next + 1)?;
        }
        Some(next)
    }
}
