//! Tokens to statements: where one ends, and what stands between them.

use super::lexer::line_end;
use super::program::ProgramBody;
use super::rows::{RowSkipper, SkippedRows};
use super::{Token, TokenKind, lexer::Lexer, placeholder};
use crate::migration::{Dialect, Target};
use crate::source::Span;
use std::collections::VecDeque;

/// A statement of more tokens is not read: its tree would take gigabytes.
const MOST_TOKENS: usize = 300_000;

/// A statement's tokens.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Chunk {
    /// Bytes of the text, from the first token to the last.
    pub span: Span,
    /// Tokens without comments and without the semicolon; never empty.
    pub tokens: Vec<Token>,
    /// Placeholders in it.
    pub masks: Vec<Span>,
    /// Rows that were left out of `tokens`.
    pub skipped: SkippedRows,
    /// Whether it has more tokens than are kept.
    pub overlong: bool,
    /// Rows of a `COPY … FROM stdin` block that follows: their number, and the bytes of the text.
    pub data: Option<(usize, Span)>,
    /// What was opened in it and never closed, and where.
    pub unclosed: Option<(&'static str, usize)>,
}

/// What a text is made of.
#[derive(Debug, Clone)]
pub(in super::super) enum Item {
    /// A statement.
    Statement(Chunk),
    /// A psql command with its arguments.
    Meta(Span),
    /// A template engine's tag that stands alone on its line, where a statement could begin.
    Template(Span),
    /// A comment that speaks to lockgate.
    Directive(Span),
}

/// Splits a text into its items, in order.
#[derive(Debug)]
pub(in super::super) struct Splitter<'a> {
    lexer: Lexer<'a>,
    dialect: Dialect,
    tokens: Vec<Token>,
    body: Body,
    /// The same for MySQL.
    program: ProgramBody,
    rows: RowSkipper,
    overlong: bool,
    ready: VecDeque<Item>,
    /// Whether `DELIMITER` made something else than the semicolon end statements (MySQL).
    delimited: bool,
    /// Whether no `\.` line is left, so that it is looked for in vain only once.
    no_data_end: bool,
}

impl<'a> Splitter<'a> {
    /// A splitter at the start of `text`.
    pub fn new(text: &'a str, target: impl Into<Target>) -> Self {
        let target = target.into();
        Self {
            lexer: Lexer::new(text, target),
            dialect: target.dialect,
            tokens: Vec::new(),
            body: Body::default(),
            program: ProgramBody::default(),
            rows: RowSkipper::default(),
            overlong: false,
            ready: VecDeque::new(),
            delimited: false,
            no_data_end: false,
        }
    }

    fn take(&mut self, token: Token) {
        match token.kind {
            TokenKind::Comment => self.comment(token),
            TokenKind::MetaCommand => self.meta(token),
            TokenKind::Word if self.is_template(token) => {
                self.lexer.take_masks();
                self.ready.push_back(Item::Template(token.span()));
            }
            TokenKind::Word if self.is_client_command(token) => {}
            TokenKind::Dot if self.is_shell_command(token) => {}
            TokenKind::Semicolon if self.holds_semicolon() => self.tokens.push(token),
            TokenKind::Semicolon => self.finish(true),
            _ => {
                match self.dialect.is_mysql() {
                    true => self.program.see(token, &self.tokens, self.lexer.text()),
                    false => self.body.see(token, &self.tokens, self.lexer.text(), self.dialect),
                }
                self.push(token);
            }
        }
    }

    /// Whether a semicolon belongs to the statement. Up to another delimiter the client sends all at
    /// once, and the server takes it apart: only programs hold semicolons of their own.
    fn holds_semicolon(&self) -> bool {
        let is_one = self.delimited && !self.program.is_plain(&self.tokens, self.lexer.text());
        self.body.is_open() || self.program.is_open() || is_one
    }

    fn push(&mut self, token: Token) {
        match self.tokens.last_mut() {
            Some(last) if self.overlong => last.end = token.end,
            _ => {
                self.tokens.push(token);
                self.rows.see(&mut self.tokens, self.lexer.text());
                self.overlong = self.tokens.len() >= MOST_TOKENS;
            }
        }
    }

    fn comment(&mut self, token: Token) {
        let text = self.lexer.text().get(token.start..token.end).unwrap_or("");
        if directive_text(text).is_some() {
            self.ready.push_back(Item::Directive(token.span()));
        }
    }

    /// Takes a command that MySQL's client does not send: `DELIMITER`, `SOURCE`.
    fn is_client_command(&mut self, token: Token) -> bool {
        if !self.dialect.is_mysql() || !self.tokens.is_empty() {
            return false;
        }
        let text = self.lexer.text();
        let is = |word| token.is_word(text, word);
        if !is("delimiter") && !is("source") {
            return false;
        }
        let mut end = line_end(text, token.end);
        // Flyway takes the delimiter from the next line that has one.
        if is("delimiter") && text.get(token.end..end).is_some_and(|rest| rest.trim().is_empty()) {
            let rest = text.get(end..).unwrap_or("");
            end = line_end(text, text.len() - rest.trim_start().len());
        }
        self.lexer.jump(end);
        self.lexer.take_masks();
        if is("source") {
            self.ready.push_back(Item::Meta(Span::new(token.start, end)));
            return true;
        }
        let delimiter = text.get(token.end..end).unwrap_or("").split_whitespace().next();
        let delimiter = delimiter.filter(|delimiter| *delimiter != ";");
        self.delimited = delimiter.is_some();
        self.lexer.set_delimiter(delimiter);
        true
    }

    /// Takes a command of SQLite's shell: `.bail on`. Only `.read` runs statements.
    fn is_shell_command(&mut self, token: Token) -> bool {
        let text = self.lexer.text();
        let begins_line = text
            .get(..token.start)
            .is_some_and(|before| before.is_empty() || before.ends_with('\n'));
        let named = text.as_bytes().get(token.end).is_some_and(u8::is_ascii_alphabetic);
        if self.dialect != Dialect::Sqlite || !self.tokens.is_empty() || !begins_line || !named {
            return false;
        }
        let end = line_end(text, token.end);
        self.lexer.jump(end);
        self.lexer.take_masks();
        let command = text.get(token.end..end).unwrap_or("");
        if command.starts_with("read") {
            self.ready.push_back(Item::Meta(Span::new(token.start, end)));
        }
        true
    }

    fn is_template(&self, token: Token) -> bool {
        self.tokens.is_empty()
            && self.lexer.text().get(token.start..).is_some_and(|rest| rest.starts_with('{'))
            && placeholder::brace_end(self.lexer.text(), token.start) == Some(token.end)
            && placeholder::is_alone_on_line(self.lexer.text(), token.span())
    }

    fn meta(&mut self, token: Token) {
        let text = self.lexer.text().get(token.start..token.end).unwrap_or("");
        // `\bind 'x' \g`: several commands may stand on a line.
        if text.split_whitespace().any(|word| SENDERS.contains(&word)) {
            self.finish(false);
        }
        self.ready.push_back(Item::Meta(token.span()));
        if text.starts_with("\\copy") && text.to_ascii_lowercase().contains("from stdin") {
            self.skip_rows();
        }
    }

    fn finish(&mut self, semicolon: bool) {
        self.body = Body::default();
        self.program = ProgramBody::default();
        self.lexer.begin_statement();
        let masks = self.lexer.take_masks();
        let skipped = self.rows.take();
        let overlong = std::mem::take(&mut self.overlong);
        let tokens = std::mem::take(&mut self.tokens);
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let skipped_end = skipped.spans.last().map_or(0, |span| span.end);
        let span = Span::new(first.start, last.end.max(skipped_end));
        let span = self.with_executable(span, &masks);
        let unclosed = self.lexer.unclosed();
        let data = if semicolon { self.skip_data(&tokens) } else { None };
        let chunk = Chunk { span, tokens, masks, skipped, overlong, data, unclosed };
        self.ready.push_back(Item::Statement(chunk));
    }

    /// The span with the ends of a comment that MySQL runs, which stand around its tokens.
    fn with_executable(&self, span: Span, masks: &[Span]) -> Span {
        if !self.dialect.is_mysql() {
            return span;
        }
        let text = self.lexer.text();
        let is = |mask: &Span, mark: &str| {
            text.get(mask.start..mask.end).is_some_and(|written| written.starts_with(mark))
        };
        let start = masks.iter().find(|mask| mask.start < span.start && is(mask, "/*"));
        let end = masks.iter().rev().find(|mask| mask.start >= span.end && is(mask, "*/"));
        let start = start.map_or(span.start, |mask| mask.start);
        Span::new(start, end.map_or(span.end, |mask| mask.end))
    }

    /// Skips the rows that follow `COPY … FROM stdin;` and counts them.
    fn skip_data(&mut self, tokens: &[Token]) -> Option<(usize, Span)> {
        if copies_from_stdin(tokens, self.lexer.text()) { self.skip_rows() } else { None }
    }

    /// Skips lines up to `\.`, counts them, and gives where they stand.
    fn skip_rows(&mut self) -> Option<(usize, Span)> {
        if self.no_data_end {
            return None;
        }
        let text = self.lexer.text();
        let start = line_end(text, self.lexer.offset());
        let rest = text.get(start..)?;
        let end = rest
            .match_indices("\n\\.")
            .map(|(at, _)| at)
            .find(|at| matches!(rest.as_bytes().get(at + 3), None | Some(b'\n' | b'\r' | b' ')));
        let Some(end) = end else {
            self.no_data_end = true;
            return None;
        };
        self.lexer.jump(line_end(text, start + end + 1));
        // The line of the statement ends before the first row.
        let first = rest.find('\n').map_or(start, |at| start + at + 1);
        let rows = rest.get(..end)?.matches('\n').count();
        Some((rows, Span::new(first, (start + end + 1).max(first))))
    }
}

/// psql commands that send what was typed so far.
const SENDERS: [&str; 6] = ["\\g", "\\gx", "\\gset", "\\gexec", "\\gdesc", "\\crosstabview"];

impl Iterator for Splitter<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.ready.is_empty() {
            if self.lexer.eat_delimiter() {
                self.finish(true);
                continue;
            }
            match self.lexer.next() {
                Some(token) => self.take(token),
                None if self.tokens.is_empty() => return None,
                None => self.finish(false),
            }
        }
        self.ready.pop_front()
    }
}

/// What a comment says to lockgate, if it does.
pub(in super::super) fn directive_text(comment: &str) -> Option<&str> {
    let inner = match comment.strip_prefix("/*") {
        Some(block) => block.strip_suffix("*/").unwrap_or(block),
        None => comment.trim_start_matches('-'),
    };
    inner.trim().strip_prefix("lockgate:").map(str::trim)
}

fn copies_from_stdin(tokens: &[Token], text: &str) -> bool {
    tokens.first().is_some_and(|first| first.is_word(text, "copy"))
        && tokens.windows(2).any(
            |pair| matches!(pair, [a, b] if a.is_word(text, "from") && (b.is_word(text, "stdin") || b.is_word(text, "stdout"))),
        )
}

/// Statements that hold semicolons of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Holder {
    #[default]
    None,
    /// `CREATE FUNCTION … BEGIN ATOMIC … END`.
    Routine,
    /// SQLite's `CREATE TRIGGER … BEGIN … END`.
    Trigger,
    /// `CREATE RULE … DO (…; …)`.
    Rule,
}

/// How deep inside such a statement we are.
#[derive(Debug, Default)]
struct Body {
    holder: Holder,
    depth: usize,
}

impl Body {
    fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn see(&mut self, token: Token, before: &[Token], text: &str, dialect: Dialect) {
        if before.is_empty() || (self.holder == Holder::None && before.len() > 4) {
            return;
        }
        if self.holder == Holder::None {
            self.holder = holder(&token, before, text, dialect);
            return;
        }
        let after_dot = before.last().is_some_and(|last| last.kind == TokenKind::Dot);
        match (self.holder, token.kind) {
            (Holder::Rule, TokenKind::LeftParen) => self.depth += 1,
            (Holder::Rule, TokenKind::RightParen) => self.depth = self.depth.saturating_sub(1),
            (Holder::Routine | Holder::Trigger, TokenKind::Word) if !after_dot => {
                self.see_word(token, before, text);
            }
            _ => {}
        }
    }

    fn see_word(&mut self, token: Token, before: &[Token], text: &str) {
        let opens = match self.holder {
            Holder::Trigger => token.is_word(text, "begin"),
            _ => {
                token.is_word(text, "atomic")
                    && before.last().is_some_and(|last| last.is_word(text, "begin"))
            }
        };
        if self.depth == 0 {
            self.depth = usize::from(opens);
        } else if token.is_word(text, "case") {
            self.depth += 1;
        } else if token.is_word(text, "end") {
            self.depth -= 1;
        }
    }
}

fn holder(token: &Token, before: &[Token], text: &str, dialect: Dialect) -> Holder {
    if !before.first().is_some_and(|first| first.is_word(text, "create")) {
        return Holder::None;
    }
    if token.is_word(text, "function") || token.is_word(text, "procedure") {
        Holder::Routine
    } else if token.is_word(text, "trigger") && dialect == Dialect::Sqlite {
        Holder::Trigger
    } else if token.is_word(text, "rule") {
        Holder::Rule
    } else {
        Holder::None
    }
}
