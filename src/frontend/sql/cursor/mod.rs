//! Reading a statement's tokens: what every production of [`super::grammar`] is written with.

mod naming;

use super::passage::Passage;
use super::scanner::{Token, TokenKind};
use crate::migration::{Dialect, Form, Forms};
use crate::source::Span;
use std::cell::Cell;

/// Why a statement was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// Where the grammar gave up, bytes of the passage.
    pub at: Span,
    /// A phrase: "expected a column name after ADD COLUMN, found ';'".
    pub reason: String,
}

/// What productions return.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// A position among the tokens of one statement, or of a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    passage: &'a Passage<'a>,
    /// The statement's text with its placeholders replaced.
    masked: &'a str,
    /// Where the statement's text begins in the passage.
    base: usize,
    /// All tokens of the statement; the cursor's part ends before `stop`.
    tokens: &'a [Token],
    from: usize,
    at: usize,
    stop: usize,
    /// Where a message points when the tokens have ended.
    end: usize,
    /// What the statement uses that not every server has.
    forms: &'a Cell<Forms>,
}

impl<'a> Cursor<'a> {
    /// A cursor on the first of `tokens`; `masked` is the text from the byte `base` on.
    pub fn new(
        passage: &'a Passage<'a>,
        masked: &'a str,
        base: usize,
        tokens: &'a [Token],
        forms: &'a Cell<Forms>,
    ) -> Self {
        let end = base + masked.len();
        Self { passage, masked, base, tokens, from: 0, at: 0, stop: tokens.len(), end, forms }
    }

    /// Notes that the statement uses a form that not every server has.
    pub fn uses(&self, form: Form) {
        self.forms.set(self.forms.get().with(form));
    }

    /// Takes words that not every server has here, and notes it.
    pub fn eat_form(&mut self, words: &str, form: Form) -> bool {
        let eaten = self.eat(words);
        if eaten {
            self.uses(form);
        }
        eaten
    }

    /// The text that the statement stands in.
    pub fn passage(&self) -> &'a Passage<'a> {
        self.passage
    }

    /// The language.
    pub fn dialect(&self) -> Dialect {
        self.passage.dialect()
    }

    /// The token `ahead` of the current one.
    pub fn peek_at(&self, ahead: usize) -> Option<Token> {
        let at = self.at + ahead;
        if at < self.stop { self.tokens.get(at).copied() } else { None }
    }

    /// The current token.
    pub fn peek(&self) -> Option<Token> {
        self.peek_at(0)
    }

    /// The token before the current one.
    pub fn previous(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied()
    }

    /// Takes the current token.
    pub fn bump(&mut self) -> Option<Token> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.at >= self.stop
    }

    /// How many tokens are left.
    pub fn remaining(&self) -> usize {
        self.stop.saturating_sub(self.at)
    }

    /// The text at `span`, placeholders replaced.
    pub fn text(&self, span: Span) -> &'a str {
        let start = span.start.saturating_sub(self.base);
        self.masked.get(start..span.end.saturating_sub(self.base)).unwrap_or("")
    }

    /// The text at `span` as the author wrote it.
    pub fn written(&self, span: Span) -> &'a str {
        self.passage.slice(span)
    }

    /// Whether the placeholders in `span` were replaced.
    pub fn is_masked(&self, span: Span) -> bool {
        self.text(span) != self.written(span)
    }

    /// Bytes of the file for `span`.
    pub fn file(&self, span: Span) -> Span {
        self.passage.to_file(span)
    }

    /// Where the current token begins; the end of the tokens where none is left.
    pub fn offset(&self) -> usize {
        self.peek().map_or(self.end, |token| token.start)
    }

    /// From `start` to the end of the last token taken.
    pub fn since(&self, start: usize) -> Span {
        Span::new(start, self.previous().map_or(start, |token| token.end))
    }

    /// From the current token to the last one.
    pub fn rest(&self) -> Span {
        Span::new(self.offset(), self.last().map_or(self.end, |token| token.end))
    }

    /// From the first token to the last.
    pub fn whole(&self) -> Span {
        let first = if self.from < self.stop { self.tokens.get(self.from) } else { None };
        let start = first.map_or(self.end, |token| token.start);
        Span::new(start, self.last().map_or(self.end, |token| token.end))
    }

    fn last(&self) -> Option<Token> {
        let last = self.stop.checked_sub(1).filter(|last| *last >= self.from)?;
        self.tokens.get(last).copied()
    }

    /// From the first token to the last one taken.
    pub fn whole_to_here(&self) -> Span {
        self.since(self.whole().start)
    }

    /// A cursor on the tokens in `span`.
    pub fn slice(&self, span: Span) -> Cursor<'a> {
        let from = self.tokens.partition_point(|token| token.start < span.start);
        let to = self.tokens.partition_point(|token| token.start < span.end);
        self.between(from, to.max(from))
    }

    /// Takes everything that is left.
    pub fn take_rest(&mut self) -> Span {
        let rest = self.rest();
        self.at = self.stop.max(self.at);
        rest
    }

    /// Takes everything that is left and gives it as written.
    pub fn written_rest(&mut self) -> &'a str {
        let rest = self.take_rest();
        self.written(rest)
    }

    /// Whether the token `ahead` is the keyword.
    pub fn is_at(&self, ahead: usize, keyword: &str) -> bool {
        self.is_word_at(ahead, keyword.as_bytes())
    }

    /// Whether the current token is the keyword.
    pub fn is(&self, keyword: &str) -> bool {
        self.is_at(0, keyword)
    }

    /// Whether the current token is one of the keywords.
    pub fn is_any(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }

    /// Whether the next tokens are these keywords (one string, divided by spaces).
    pub fn sees(&self, keywords: &str) -> bool {
        self.length_of(keywords).is_some()
    }

    /// How many tokens these keywords are, where they are next.
    fn length_of(&self, keywords: &str) -> Option<usize> {
        let mut words = 0;
        for keyword in keywords.as_bytes().split(|byte| *byte == b' ') {
            if !self.is_word_at(words, keyword) {
                return None;
            }
            words += 1;
        }
        Some(words)
    }

    fn is_word_at(&self, ahead: usize, keyword: &[u8]) -> bool {
        self.peek_at(ahead).is_some_and(|token| {
            token.kind == TokenKind::Word
                && self.text(token.span()).as_bytes().eq_ignore_ascii_case(keyword)
        })
    }

    /// Takes these keywords (one string, divided by spaces) if they are next.
    pub fn eat(&mut self, keywords: &str) -> bool {
        let length = self.length_of(keywords);
        self.at += length.unwrap_or(0);
        length.is_some()
    }

    /// Takes one of the keywords, if one is next, and says which.
    pub fn eat_any<'k>(&mut self, keywords: &[&'k str]) -> Option<&'k str> {
        keywords.iter().find(|keywords| self.eat(keywords)).copied()
    }

    /// Takes these keywords or fails.
    pub fn expect(&mut self, keywords: &str) -> Parsed<()> {
        if self.eat(keywords) { Ok(()) } else { Err(self.error(&format!("expected {keywords}"))) }
    }

    /// Whether the current token is of the kind.
    pub fn is_kind(&self, kind: TokenKind) -> bool {
        self.peek().is_some_and(|token| token.kind == kind)
    }

    /// Takes a token of the kind, if it is next.
    pub fn eat_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.is_kind(kind);
        self.at += usize::from(found);
        found
    }

    /// Takes the operator, if it is next.
    pub fn eat_operator(&mut self, operator: &str) -> bool {
        let found = self.peek().is_some_and(|token| {
            token.kind == TokenKind::Operator && self.text(token.span()) == operator
        });
        self.at += usize::from(found);
        found
    }

    /// The current token as a lower-case word, if it is one.
    pub fn word(&self) -> Option<String> {
        let token = self.peek().filter(|token| token.kind == TokenKind::Word)?;
        Some(self.text(token.span()).to_ascii_lowercase())
    }

    /// Takes `(…)` and gives a cursor on what is inside.
    pub fn parens(&mut self, what: &str) -> Parsed<Cursor<'a>> {
        if !self.is_kind(TokenKind::LeftParen) {
            return Err(self.error(&format!("expected {what}")));
        }
        let open = self.at;
        let close = self.group_end(open).ok_or_else(|| self.error("this '(' is never closed"))?;
        self.at = close + 1;
        Ok(self.between(open + 1, close))
    }

    /// Index of the token that closes the group opened at `open`.
    fn group_end(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().take(self.stop).skip(open) {
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParen | TokenKind::RightBracket => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    fn between(&self, from: usize, to: usize) -> Cursor<'a> {
        let stop = to.clamp(from, self.stop.max(from));
        let end = if stop < self.stop { self.tokens.get(stop) } else { None };
        let end = end.map_or(self.end, |token| token.start);
        Cursor { from, at: from, stop, end, ..*self }
    }

    /// A cursor on the tokens from the current one up to the byte `end`.
    pub fn up_to(&self, end: usize) -> Cursor<'a> {
        let to = self.tokens.partition_point(|token| token.start < end);
        self.between(self.at, to.max(self.at))
    }

    /// Takes tokens until `stop` holds for a cursor on the next one, outside parentheses,
    /// brackets and `CASE … END`; gives what was taken.
    pub fn until(&mut self, stop: impl Fn(&Cursor<'a>) -> bool) -> Cursor<'a> {
        let from = self.at;
        let mut cases = 0_usize;
        while let Some(token) = self.peek() {
            if cases == 0 && stop(self) {
                break;
            }
            if self.is("case") {
                cases += 1;
            } else if self.is("end") {
                cases = cases.saturating_sub(1);
            }
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket => match self.group_end(self.at) {
                    Some(close) => self.at = close + 1,
                    None => self.at = self.stop,
                },
                _ => self.at += 1,
            }
        }
        self.between(from, self.at)
    }

    /// Takes tokens until a comma or the end, outside parentheses.
    pub fn until_comma(&mut self) -> Cursor<'a> {
        self.until(|cursor| cursor.is_kind(TokenKind::Comma))
    }

    /// Fails unless everything was taken.
    pub fn finish(&self) -> Parsed<()> {
        if self.is_done() { Ok(()) } else { Err(self.error("expected the end of the statement")) }
    }

    /// An error at the current token: `wanted`, and what was found instead.
    pub fn error(&self, wanted: &str) -> SyntaxError {
        let after = match self.previous() {
            Some(token) => format!(" after {}", excerpt(self.written(token.span()))),
            None => String::new(),
        };
        let found = match self.peek() {
            Some(token) => excerpt(self.written(token.span())),
            None => "the end".to_owned(),
        };
        let at = self.peek().map_or(Span::new(self.end, self.end), Token::span);
        SyntaxError { at, reason: format!("{wanted}{after}, found {found}") }
    }
}

fn excerpt(written: &str) -> String {
    const LONGEST: usize = 30;
    let line = written.lines().next().unwrap_or("");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("\"{}…\"", line.get(..end).unwrap_or("")),
        None if line.len() < written.len() => format!("\"{line}…\""),
        None => format!("\"{line}\""),
    }
}
