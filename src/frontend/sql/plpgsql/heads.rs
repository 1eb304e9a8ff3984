//! What the first words of a computed text say about the statement.

use super::Reader;
use super::lexer::{Kind, Quote};
use crate::migration::Makes;

/// Statements that make no relation, whatever follows.
const MAKE_NOTHING: &[&str] = &[
    "analyze", "comment", "delete", "drop", "grant", "insert", "lock", "refresh", "reindex",
    "revoke", "truncate", "update", "vacuum",
];

/// What an `ALTER` does without making an index or a sequence.
const ONLY_CHANGES: &[&str] =
    &[" owner to ", " drop ", " enable ", " disable ", " alter column ", " validate constraint "];

/// What may make one, or give a new name, which is as good as a new relation.
const MAY_MAKE: &[&str] = &["add", "attach", "rename", "schema", "identity"];

/// Whether an `ALTER` is written with a change that makes no relation, and with none that may.
fn only_changes(written: &str) -> bool {
    ONLY_CHANGES.iter().any(|change| written.contains(change))
        && !MAY_MAKE.iter().any(|word| written.contains(word))
}

impl Reader<'_> {
    /// What a text that is computed from literals and values may make when it is run.
    pub(super) fn makes(&self, start: usize, end: usize) -> Makes {
        let (start, end) = self.inside(start, end);
        let written = self.slice(self.bytes(start, end)).to_ascii_lowercase();
        let head = self.head(start).unwrap_or_default().to_ascii_lowercase();
        let Some(verb) = head.split_whitespace().next() else { return Makes::Anything };
        let is_known = MAKE_NOTHING.contains(&verb) || (verb == "alter" && only_changes(&written));
        // A semicolon begins a statement of its own.
        if is_known && !written.contains(';') { Makes::Nothing } else { Makes::Anything }
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
