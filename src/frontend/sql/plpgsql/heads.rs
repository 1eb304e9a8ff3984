//! What the first words of a computed text say about the statement.

use super::Reader;
use super::lexer::{Kind, Quote};
use crate::migration::Makes;

/// Statements that make no relation, whatever follows.
const MAKE_NOTHING: &[&str] = &[
    "analyze", "comment", "delete", "drop", "grant", "insert", "lock", "refresh", "reindex",
    "revoke", "truncate", "update", "vacuum",
];

impl Reader<'_> {
    /// What a text that is computed from literals and values may make when it is run.
    pub(super) fn makes(&self, start: usize, end: usize) -> Makes {
        let (start, end) = self.inside(start, end);
        let written = self.slice(self.bytes(start, end)).to_ascii_lowercase();
        let head = self.head(start).unwrap_or_default().to_ascii_lowercase();
        let Some(verb) = head.split_whitespace().next() else { return Makes::Anything };
        // A new name is as good as a new relation, and a semicolon begins a statement of its own.
        let gives_names = written.contains("rename") || written.contains("schema");
        let known = MAKE_NOTHING.contains(&verb) || (verb == "alter" && !gives_names);
        if known && !written.contains(';') { Makes::Nothing } else { Makes::Anything }
    }

    /// The literal text that stands first: the first operand, or the template of `format`.
    fn head(&self, start: usize) -> Option<&str> {
        let is_call = self.is(start, "format") && self.is_symbol(start + 1, b'(');
        let first = if is_call { start + 2 } else { start };
        let span = self.bytes(first, first + 1);
        let written = self.slice(span);
        match self.kind(first)? {
            Kind::Text(Quote::Plain) => written.strip_prefix('\''),
            Kind::Text(Quote::Dollar(tag)) => written.get(tag..),
            _ => None,
        }
    }
}
