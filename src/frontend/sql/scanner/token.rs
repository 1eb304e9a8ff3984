//! Tokens: kinds with their bytes.

use crate::source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum TokenKind {
    /// A keyword or a name without quotes.
    Word,
    /// `"…"`, `U&"…"`; in SQLite also `[…]` and `` `…` ``.
    QuotedName,
    /// A string constant of any form, dollar quotes included.
    String,
    /// A number.
    Number,
    /// `$1`, `?`.
    Parameter,
    /// A run of operator characters, `::`, `:=`, `=>`, `..`, `:`.
    Operator,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Comma,
    Semicolon,
    Dot,
    /// A comment of either form.
    Comment,
    /// A psql command with its arguments, to the end of the line.
    MetaCommand,
    /// A byte that begins no token.
    Other,
}

/// A token with its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Token {
    /// Its bytes.
    pub fn span(self) -> Span {
        Span::new(self.start, self.end)
    }

    /// Whether it is the keyword in `text`, in any case.
    pub fn is_word(self, text: &str, keyword: &str) -> bool {
        self.kind == TokenKind::Word
            && text.get(self.start..self.end).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }
}
