//! Bytes to tokens, for PostgreSQL and SQLite.
//!
//! Tokens carry spans alone; their values are read where they are needed (see
//! [`super::super::names`]). Nothing is an error here: a quote that is never closed runs to the
//! end of the text and is reported by [`Lexer::unclosed`].

use super::byte::{is_name_part, is_name_start, is_operator, is_radix, name_end};
use super::{Token, TokenKind, placeholder, quoted};
use crate::migration::{Dialect, Target};
use crate::source::Span;

/// Reads tokens from the front of a text.
#[derive(Debug)]
pub(in super::super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) dialect: Dialect,
    /// The server's version as comments name it (MySQL).
    pub(super) version: u32,
    /// How many comments that the server runs are open (MySQL).
    pub(super) executable: usize,
    /// What ends statements where it is not the semicolon (MySQL).
    pub(super) delimiter: Option<&'a str>,
    brackets: usize,
    masks: Vec<Span>,
    unclosed: Option<(&'static str, usize)>,
}

impl<'a> Lexer<'a> {
    /// A lexer at the start of `text`.
    pub fn new(text: &'a str, target: impl Into<Target>) -> Self {
        let target = target.into();
        Self {
            text,
            at: 0,
            dialect: target.dialect,
            version: target.comment_version(),
            executable: 0,
            delimiter: None,
            brackets: 0,
            masks: Vec::new(),
            unclosed: None,
        }
    }

    /// The text that is read.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Where the next token is looked for.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Goes on at `offset`, for what is no SQL (data of `COPY`).
    pub fn jump(&mut self, offset: usize) {
        self.at = offset.min(self.text.len());
    }

    /// Placeholders met since the last call.
    pub fn take_masks(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.masks)
    }

    /// What was opened and never closed, if anything, and where.
    pub fn unclosed(&self) -> Option<(&'static str, usize)> {
        self.unclosed
    }

    /// Forgets open brackets: a new statement begins.
    pub fn begin_statement(&mut self) {
        self.brackets = 0;
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    pub(super) fn skip_space(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                0xef if self
                    .text
                    .get(self.at..)
                    .is_some_and(|rest| rest.starts_with('\u{feff}')) =>
                {
                    self.at += 3;
                }
                _ => break,
            }
        }
    }

    fn token(&mut self) -> Option<TokenKind> {
        let (byte, next) = (self.byte(self.at), self.byte(self.at + 1));
        let single = match byte {
            b'(' => Some(TokenKind::LeftParen),
            b')' => Some(TokenKind::RightParen),
            b',' => Some(TokenKind::Comma),
            b';' => Some(TokenKind::Semicolon),
            b']' => Some(TokenKind::RightBracket),
            b'[' if self.dialect == Dialect::Postgres => Some(TokenKind::LeftBracket),
            _ => None,
        };
        if let Some(kind) = single {
            self.count_brackets(kind);
            self.at += 1;
            return Some(kind);
        }
        if self.dialect.is_mysql()
            && let Some(kind) = self.mysql_token(byte, next)
        {
            return Some(kind);
        }
        match byte {
            b'-' if next == b'-' => Some(self.line_comment()),
            b'/' if next == b'*' => Some(self.block_comment()),
            b'\'' => Some(self.string(quoted::Style::Plain)),
            b'"' => Some(self.quoted_name(b'"')),
            b'`' if self.dialect == Dialect::Sqlite => Some(self.quoted_name(b'`')),
            b'[' => Some(self.quoted_name(b']')),
            b'$' => Some(self.dollar()),
            b'{' => Some(self.brace()),
            b':' => Some(self.colon()),
            b'0'..=b'9' => Some(self.number()),
            b'.' if next.is_ascii_digit() => Some(self.number()),
            b'.' => Some(self.dot(next)),
            b'\\' => Some(self.meta_command()),
            byte if is_name_start(byte) => Some(self.word()),
            byte if is_operator(byte) => Some(self.operator()),
            _ => Some(self.other()),
        }
    }

    fn count_brackets(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::LeftBracket => self.brackets += 1,
            TokenKind::RightBracket => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
    }

    pub(super) fn line_comment(&mut self) -> TokenKind {
        self.at = line_end(self.text, self.at);
        TokenKind::Comment
    }

    pub(super) fn block_comment(&mut self) -> TokenKind {
        let nested = self.dialect == Dialect::Postgres;
        match quoted::block_comment_end(self.text.as_bytes(), self.at, nested) {
            Some(end) => self.at = end,
            None => self.run_to_end("comment"),
        }
        TokenKind::Comment
    }

    pub(super) fn run_to_end(&mut self, what: &'static str) {
        self.unclosed.get_or_insert((what, self.at));
        self.at = self.text.len();
    }

    fn string(&mut self, style: quoted::Style) -> TokenKind {
        match quoted::string_end(self.text.as_bytes(), self.at, style) {
            Some(end) => self.at = end,
            None => self.run_to_end("string"),
        }
        TokenKind::String
    }

    pub(super) fn quoted_name(&mut self, close: u8) -> TokenKind {
        let masks = &mut self.masks;
        match quoted::name_end(self.text, self.at, close, masks) {
            Some(end) => self.at = end,
            None => self.run_to_end("quoted name"),
        }
        TokenKind::QuotedName
    }

    fn dollar(&mut self) -> TokenKind {
        if let Some(end) = placeholder::dollar_brace_end(self.text, self.at) {
            self.mask(end);
            return self.word();
        }
        let bytes = self.text.as_bytes();
        if self.byte(self.at + 1).is_ascii_digit() {
            self.at += 1;
            while self.byte(self.at).is_ascii_digit() {
                self.at += 1;
            }
            return TokenKind::Parameter;
        }
        let Some(tag) = quoted::dollar_tag(bytes, self.at) else { return self.other() };
        match quoted::dollar_end(self.text, self.at, tag) {
            Some(end) => self.at = end,
            None => self.run_to_end("dollar quote"),
        }
        TokenKind::String
    }

    fn brace(&mut self) -> TokenKind {
        match placeholder::brace_end(self.text, self.at) {
            Some(end) => {
                self.mask(end);
                self.word()
            }
            None => self.other(),
        }
    }

    pub(super) fn mask(&mut self, end: usize) {
        self.masks.push(Span::new(self.at, end));
        self.at = end;
    }

    fn colon(&mut self) -> TokenKind {
        match self.byte(self.at + 1) {
            b':' | b'=' => {
                self.at += 2;
                TokenKind::Operator
            }
            b'\'' | b'"' => self.quoted_variable(),
            byte if is_name_start(byte) && self.brackets == 0 => {
                let end = name_end(self.text.as_bytes(), self.at + 1);
                self.mask(end);
                self.word()
            }
            _ => {
                self.at += 1;
                TokenKind::Operator
            }
        }
    }

    fn quoted_variable(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 1;
        let kind = match self.byte(self.at) {
            b'"' => self.quoted_name(b'"'),
            _ => self.string(quoted::Style::Plain),
        };
        self.masks.push(Span::new(start, self.at));
        kind
    }

    fn dot(&mut self, next: u8) -> TokenKind {
        if next == b'.' {
            self.at += 2;
            return TokenKind::Operator;
        }
        self.at += 1;
        TokenKind::Dot
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        let mut exponent = false;
        loop {
            match self.byte(self.at) {
                b'.' if self.byte(self.at + 1) == b'.' => break,
                b'0'..=b'9' | b'.' | b'_' => self.at += 1,
                b'e' | b'E' if !exponent && !is_radix(self.text.as_bytes(), start) => {
                    exponent = true;
                    self.at += 1;
                    if matches!(self.byte(self.at), b'+' | b'-') {
                        self.at += 1;
                    }
                }
                byte if byte.is_ascii_alphabetic() && is_radix(self.text.as_bytes(), start) => {
                    self.at += 1;
                }
                _ => break,
            }
        }
        TokenKind::Number
    }

    /// A psql command reaches to the end of its line (`\\;` is a separator); SQLite has none.
    fn meta_command(&mut self) -> TokenKind {
        if self.dialect == Dialect::Sqlite {
            return self.other();
        }
        if self.byte(self.at + 1) == b';' {
            self.at += 2;
            return TokenKind::Semicolon;
        }
        self.at = line_end(self.text, self.at);
        TokenKind::MetaCommand
    }

    fn word(&mut self) -> TokenKind {
        if let Some(kind) = self.prefixed_string() {
            return kind;
        }
        while self.word_part() {}
        TokenKind::Word
    }

    /// Goes over a letter of a word, or over a placeholder in it; false behind its end.
    pub(super) fn word_part(&mut self) -> bool {
        let byte = self.byte(self.at);
        let end = match byte {
            b'$' => placeholder::dollar_brace_end(self.text, self.at),
            b'{' => placeholder::brace_end(self.text, self.at),
            _ => None,
        };
        match end {
            Some(end) => self.mask(end),
            None if self.at < self.text.len() && is_name_part(byte) => self.at += 1,
            None => return false,
        }
        true
    }

    /// `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`, `U&"…"`.
    fn prefixed_string(&mut self) -> Option<TokenKind> {
        let (first, second) = (self.byte(self.at).to_ascii_lowercase(), self.byte(self.at + 1));
        let style = match (first, second) {
            (b'e', b'\'') if self.dialect == Dialect::Postgres => quoted::Style::Escaped,
            (b'b' | b'x' | b'n', b'\'') => quoted::Style::Plain,
            (b'u', b'&') => return self.unicode(),
            _ => return None,
        };
        self.at += 1;
        Some(self.string(style))
    }

    fn unicode(&mut self) -> Option<TokenKind> {
        let quote = self.byte(self.at + 2);
        if !matches!(quote, b'\'' | b'"') {
            return None;
        }
        self.at += 2;
        Some(match quote {
            b'"' => self.quoted_name(b'"'),
            _ => self.string(quoted::Style::Plain),
        })
    }

    /// PostgreSQL's rule: the longest run, without a comment in it, and without a trailing sign
    /// unless one of `~ ! @ # % ^ & | ?` or a backquote is in it.
    fn operator(&mut self) -> TokenKind {
        let start = self.at;
        let mut special = false;
        while is_operator(self.byte(self.at)) {
            let pair = (self.byte(self.at), self.byte(self.at + 1));
            if self.at > start && matches!(pair, (b'-', b'-') | (b'/', b'*')) {
                break;
            }
            special |= !matches!(pair.0, b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=');
            self.at += 1;
        }
        while !special && self.at > start + 1 && matches!(self.byte(self.at - 1), b'+' | b'-') {
            self.at -= 1;
        }
        TokenKind::Operator
    }

    pub(super) fn other(&mut self) -> TokenKind {
        let width = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        self.at += width.map_or(1, char::len_utf8);
        TokenKind::Other
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_space();
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let kind = self.token()?;
        Some(Token { kind, start, end: self.at })
    }
}

/// Where the line of `at` ends, before its line feed.
pub(in super::super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let end = rest.find('\n').map_or(text.len(), |length| at + length);
    let line = text.get(at..end).unwrap_or("");
    end - usize::from(line.ends_with('\r'))
}
