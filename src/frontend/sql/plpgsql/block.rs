//! Blocks: labels, declarations, bodies, exception handlers.

use super::lexer::{Kind, Quote};
use super::{Piece, PieceKind, Read, Reader, path};
use crate::migration::{Guard, Ident};

impl Reader<'_> {
    /// The whole text.
    pub(super) fn body(&mut self) -> Read<()> {
        while self.is_symbol(self.at, b'#') {
            // `#variable_conflict use_column` and the like.
            self.at += 3;
        }
        self.labels()?;
        self.block(&Guard::Always)?;
        if self.is_symbol(self.at, b';') {
            self.at += 1;
        }
        if self.at < self.tokens.len() { Err(self.unread("the end")) } else { Ok(()) }
    }

    /// `<<label>>`, any number of them.
    pub(super) fn labels(&mut self) -> Read<()> {
        while self.kind(self.at) == Some(Kind::LabelStart) {
            self.at += 2;
            if self.kind(self.at) != Some(Kind::LabelEnd) {
                return Err(self.unread(">>"));
            }
            self.at += 1;
        }
        Ok(())
    }

    /// `[DECLARE …] BEGIN … [EXCEPTION …] END [label]`, without the semicolon.
    pub(super) fn block(&mut self, guard: &Guard) -> Read<()> {
        while self.take("declare") {
            self.declarations(guard)?;
        }
        self.expect("begin")?;
        let first = (self.pieces.len(), self.left.len());
        let body = guard.clone().and(path::perhaps_caught());
        self.statements(&body, &["end", "exception"])?;
        let last = (self.pieces.len(), self.left.len());
        let caught = if self.take("exception") { self.handlers(guard)? } else { Vec::new() };
        let pieces = self.pieces.get_mut(first.0..last.0).unwrap_or(&mut []);
        let exits = self.left.get_mut(first.1..last.1).unwrap_or(&mut []);
        path::settle(pieces, exits, &caught);
        self.expect("end")?;
        self.end_label();
        Ok(())
    }

    /// The optional label behind `END`.
    pub(super) fn end_label(&mut self) {
        if matches!(self.kind(self.at), Some(Kind::Word | Kind::Quoted)) {
            self.at += 1;
        }
    }

    fn declarations(&mut self, guard: &Guard) -> Read<()> {
        while !self.is(self.at, "begin") && !self.is(self.at, "declare") {
            if self.at >= self.tokens.len() {
                return Err(self.unread("BEGIN"));
            }
            let start = self.at;
            let end = self.semicolon()?;
            self.declaration(start, end, guard);
            self.at = end + 1;
        }
        Ok(())
    }

    fn declaration(&mut self, start: usize, end: usize, guard: &Guard) {
        let cursor = self.find(start, |at| self.is(at, "cursor")).filter(|&at| at <= start + 3);
        if let Some(cursor) = cursor {
            let query = self.find(cursor, |at| self.is(at, "for") || self.is(at, "is"));
            if let Some(query) = query {
                self.sql(query + 1, end, guard);
            }
            return;
        }
        let value = self.find(start, |at| {
            self.is(at, "default")
                || self.kind(at) == Some(Kind::Assign)
                || self.is_symbol(at, b'=')
        });
        if let Some(value) = value {
            self.declared(start, value + 1, end);
            self.evaluate(value + 1, end, guard);
        }
    }

    /// Handlers; gives the conditions that they catch.
    fn handlers(&mut self, guard: &Guard) -> Read<Vec<Ident>> {
        let handler = guard.clone().and(Guard::OnError);
        let mut caught = Vec::new();
        while self.take("when") {
            self.conditions(&mut caught)?;
            self.expect("then")?;
            self.statements(&handler, &["when", "end"])?;
        }
        if caught.is_empty() {
            return Err(self.unread("WHEN"));
        }
        Ok(caught)
    }

    /// `condition OR SQLSTATE '…' OR …`.
    fn conditions(&mut self, caught: &mut Vec<Ident>) -> Read<()> {
        loop {
            let state = self.is(self.at, "sqlstate");
            self.at += usize::from(state);
            let name = self.token_text(self.at).to_lowercase();
            match self.kind(self.at) {
                Some(Kind::Word) if !state => caught.push(Ident::new(name)),
                Some(Kind::Text(Quote::Plain)) if state => {
                    caught.push(Ident::new(condition_name(name.trim_matches('\''))));
                }
                _ => return Err(self.unread("a condition")),
            }
            self.at += 1;
            if !self.take("or") {
                return Ok(());
            }
        }
    }

    /// Statements up to one of the words, which is not taken.
    pub(super) fn statements(&mut self, guard: &Guard, ends: &[&str]) -> Read<()> {
        self.nested(|reader| {
            // What was found before a branch is not known in the next one, nor behind it.
            reader.variables.set_found(None);
            loop {
                if ends.iter().any(|end| reader.is(reader.at, end)) {
                    reader.variables.set_found(None);
                    return Ok(());
                }
                if reader.at >= reader.tokens.len() {
                    return Err(reader.unread("END"));
                }
                reader.statement(guard)?;
            }
        })
    }

    /// Adds `COMMIT` or `ROLLBACK`.
    pub(super) fn end_transaction(&mut self, from: usize, to: usize, guard: &Guard) {
        let kind = if self.is(from, "commit") { PieceKind::Commit } else { PieceKind::Rollback };
        let span = self.bytes(from, to);
        self.ends_transaction = true;
        self.pieces.push(Piece { span, guard: guard.clone(), kind });
    }
}

/// Names of the conditions that migrations catch by their code (PostgreSQL manual, appendix A).
fn condition_name(code: &str) -> &str {
    match code {
        "42p07" => "duplicate_table",
        "42p06" => "duplicate_schema",
        "42701" => "duplicate_column",
        "42710" => "duplicate_object",
        "42723" => "duplicate_function",
        "42p01" => "undefined_table",
        "42703" => "undefined_column",
        "42704" => "undefined_object",
        "42883" => "undefined_function",
        "23505" => "unique_violation",
        "55p03" => "lock_not_available",
        other => other,
    }
}
