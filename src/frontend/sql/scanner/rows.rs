//! Bulk loads: rows of a long `INSERT … VALUES` are counted and forgotten.
//!
//! A dump may hold a hundred megabytes in one statement. Its first rows say what kind of rows they
//! are; tokens and trees of all of them would only cost memory. A row with a subquery is kept.

use super::{Token, TokenKind};
use crate::source::Span;

/// From so many tokens on, rows are forgotten.
const MANY: usize = 50_000;

/// Rows that were forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct SkippedRows {
    /// How many.
    pub count: usize,
    /// Where they stood, each with the comma before it; neighbours are one span.
    pub spans: Vec<Span>,
}

/// Watches the tokens of one statement.
#[derive(Debug, Default)]
pub(super) struct RowSkipper {
    depth: usize,
    /// Index of the row's opening parenthesis.
    row: Option<usize>,
    skipped: SkippedRows,
}

impl RowSkipper {
    /// Looks at the token that was pushed last; may take the row that it ends.
    pub fn see(&mut self, tokens: &mut Vec<Token>, text: &str) {
        match tokens.last().map(|token| token.kind) {
            Some(TokenKind::LeftParen) => {
                if self.depth == 0 {
                    self.row = tokens.len().checked_sub(1);
                }
                self.depth += 1;
            }
            Some(TokenKind::RightParen) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 && tokens.len() > MANY {
                    self.forget(tokens, text);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, tokens: &mut Vec<Token>, text: &str) {
        let Some(row) = self.row.take() else { return };
        let Some(before) = row.checked_sub(1) else { return };
        let (Some(comma), Some(last)) = (tokens.get(before).copied(), tokens.last().copied())
        else {
            return;
        };
        let inserts = tokens.first().is_some_and(|first| first.is_word(text, "insert"));
        let has_query = tokens.iter().skip(row).any(|token| token.is_word(text, "select"));
        if comma.kind != TokenKind::Comma || !inserts || has_query {
            return;
        }
        tokens.truncate(before);
        self.skipped.count += 1;
        match self.skipped.spans.last_mut() {
            Some(span) if tokens.last().is_some_and(|token| token.end <= span.start) => {
                span.end = last.end;
            }
            _ => self.skipped.spans.push(Span::new(comma.start, last.end)),
        }
    }

    /// What was forgotten; begins anew.
    pub fn take(&mut self) -> SkippedRows {
        std::mem::take(self).skipped
    }
}
