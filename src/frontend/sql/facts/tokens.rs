//! One statement's tokens with their bytes, and parsers over parts of them.
//!
//! The tokeniser counts lines and characters; the bytes are found again in one walk over the text.

use super::rewrite;
use crate::migration::Dialect;
use crate::source::Span;
use sqlparser::dialect::{self, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use std::ops::Range;

static POSTGRES: PostgreSqlDialect = PostgreSqlDialect {};
static SQLITE: SQLiteDialect = SQLiteDialect {};
static MYSQL: MySqlDialect = MySqlDialect {};

/// How deep expressions and queries may nest before they are refused.
const DEPTH: usize = 120;

/// How many operators may follow each other in one list item before it is refused: the parser
/// turns such a chain into a tree as deep as the chain is long.
const CHAIN: usize = 1500;

/// Why text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Byte where reading ended.
    pub offset: usize,
    /// What was wrong, as a phrase.
    pub message: String,
}

/// The tokens of one statement or a part of it, without white space and comments.
#[derive(Debug)]
pub struct Tokens<'a> {
    /// The text that the spans count in.
    pub sql: &'a str,
    /// Its language.
    pub dialect: Dialect,
    list: Vec<TokenWithSpan>,
    spans: Vec<Span>,
}

impl<'a> Tokens<'a> {
    /// Tokens of a text, rewritten where the parser knows only another spelling.
    ///
    /// # Errors
    /// A [`Refusal`] where the tokeniser gives up.
    pub fn new(sql: &'a str, dialect: Dialect) -> Result<Self, Refusal> {
        let mut list = Vec::new();
        let outcome = Tokenizer::new(of(dialect), sql).tokenize_with_location_into_buf(&mut list);
        let spans = bytes(sql, &list);
        if let Err(error) = outcome {
            let offset = spans.last().map_or(0, |span| span.end);
            return Err(Refusal { offset, message: phrase(&error.message) });
        }
        let kept = list.into_iter().zip(spans);
        let (list, spans) =
            kept.filter(|(token, _)| !matches!(token.token, Token::Whitespace(_))).unzip();
        let mut tokens = Self { sql, dialect, list, spans };
        rewrite::all(&mut tokens);
        Ok(tokens)
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// All of them.
    pub fn all(&self) -> Range<usize> {
        0..self.list.len()
    }

    /// A token.
    pub fn get(&self, at: usize) -> &Token {
        self.list.get(at).map_or(&Token::EOF, |token| &token.token)
    }

    /// Bytes of a token; an empty span at the end behind the last.
    pub fn span(&self, at: usize) -> Span {
        let end = Span::new(self.sql.len(), self.sql.len());
        self.spans.get(at).copied().unwrap_or(end)
    }

    /// The text of a range of tokens, as written.
    pub fn text(&self, range: Range<usize>) -> &'a str {
        let Some(last) = range.end.checked_sub(1).filter(|&last| last >= range.start) else {
            return "";
        };
        self.sql.get(self.span(range.start).start..self.span(last).end).unwrap_or("")
    }

    /// Whether the token is this keyword, unquoted. Behind a period every word is a name.
    pub fn is(&self, at: usize, keyword: Keyword) -> bool {
        matches!(self.get(at), Token::Word(word) if word.quote_style.is_none() && word.keyword == keyword)
            && at.checked_sub(1).is_none_or(|before| *self.get(before) != Token::Period)
    }

    /// Whether the token is this word, unquoted; for words that the parser has no keyword for.
    pub fn is_word(&self, at: usize, text: &str) -> bool {
        matches!(self.get(at), Token::Word(word)
            if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
    }

    /// The token that closes the parenthesis at `open`, searched before `end`.
    pub fn closing(&self, open: usize, end: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in open..end {
            match self.get(at) {
                Token::LParen => depth += 1,
                Token::RParen if depth <= 1 => return Some(at),
                Token::RParen => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Whether each parenthesis of `range` is closed in it.
    pub fn is_balanced(&self, range: Range<usize>) -> bool {
        let mut depth = 0_usize;
        for at in range {
            match self.get(at) {
                Token::LParen => depth += 1,
                Token::RParen if depth == 0 => return false,
                Token::RParen => depth -= 1,
                _ => {}
            }
        }
        depth == 0
    }

    /// The first token of `range` outside parentheses for which `wanted` holds.
    pub fn find(&self, range: Range<usize>, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mut depth = 0_usize;
        for at in range {
            match self.get(at) {
                Token::LParen | Token::LBracket => {
                    if depth == 0 && wanted(at) {
                        return Some(at);
                    }
                    depth += 1;
                }
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ if depth == 0 && wanted(at) => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// The items of a list, split at commas outside parentheses; no item for an empty range.
    pub fn items(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut items = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let comma = self.find(start..range.end, |at| *self.get(at) == Token::Comma);
            let end = comma.unwrap_or(range.end);
            items.push(start..end);
            start = end + 1;
        }
        items
    }

    /// A refusal at a token.
    pub fn refuse(&self, at: usize, message: impl Into<String>) -> Refusal {
        Refusal { offset: self.span(at).start, message: message.into() }
    }

    /// Parses all of `range` with a production of the parser.
    ///
    /// # Errors
    /// A [`Refusal`] where the production refuses the tokens or leaves some over.
    pub fn parse<T>(
        &self,
        range: Range<usize>,
        production: impl FnOnce(&mut Parser<'static>) -> Result<T, sqlparser::parser::ParserError>,
    ) -> Result<T, Refusal> {
        self.check_chains(range.clone())?;
        let tokens = self.list.get(range.clone()).unwrap_or(&[]).to_vec();
        let mut parser = Parser::new(of(self.dialect))
            .with_recursion_limit(DEPTH)
            .with_tokens_with_locations(tokens);
        let outcome = production(&mut parser);
        let next = parser.peek_token();
        let at = range.start + parser.index();
        match outcome {
            Ok(value) if next.token == Token::EOF => Ok(value),
            Ok(_) => Err(self.refuse(at.min(range.end), format!("unexpected {}", next.token))),
            Err(error) => Err(self.refuse(at.min(range.end), phrase(&error.to_string()))),
        }
    }

    fn check_chains(&self, range: Range<usize>) -> Result<(), Refusal> {
        let mut levels = vec![Chain::default()];
        for at in range {
            match self.get(at) {
                Token::LParen | Token::LBracket => levels.push(Chain::default()),
                Token::RParen | Token::RBracket if levels.len() > 1 => {
                    levels.pop();
                }
                token => levels.last_mut().into_iter().for_each(|level| level.count(token)),
            }
            if levels.last().is_some_and(|level| level.operators.max(level.sets) > CHAIN) {
                return Err(self.refuse(at, "too many operators in one expression"));
            }
        }
        Ok(())
    }

    /// Rewrites the tokens in one pass: `rule` gives for a token how many tokens are replaced from
    /// there on and by what. New tokens stand for the bytes of the old ones.
    pub fn rewrite(&mut self, rule: impl Fn(&Self, usize) -> Option<(usize, Vec<Token>)>) {
        let mut changes = Vec::new();
        let mut at = 0;
        while at < self.list.len() {
            match rule(self, at) {
                Some((replaced, tokens)) => {
                    let replaced = replaced.max(1);
                    changes.push((at, replaced, tokens));
                    at += replaced;
                }
                None => at += 1,
            }
        }
        if !changes.is_empty() {
            self.replace(changes);
        }
    }

    /// Applies changes in the order of their places: where, how many tokens, by what.
    fn replace(&mut self, changes: Vec<(usize, usize, Vec<Token>)>) {
        let mut old = std::mem::take(&mut self.list).into_iter();
        let mut spans = Vec::with_capacity(self.spans.len());
        let mut done = 0;
        for (at, replaced, tokens) in changes {
            self.list.extend(old.by_ref().take(at - done));
            spans.extend_from_slice(self.spans.get(done..at).unwrap_or(&[]));
            let bytes = self.span(at).join(self.span(at + replaced - 1));
            let place =
                old.by_ref().take(replaced).fold(None, |first, token| first.or(Some(token)));
            let place = place.map_or_else(sqlparser::tokenizer::Span::empty, |token| token.span);
            spans.extend(tokens.iter().map(|_| bytes));
            self.list.extend(tokens.into_iter().map(|token| TokenWithSpan::new(token, place)));
            done = at + replaced;
        }
        self.list.extend(old);
        spans.extend_from_slice(self.spans.get(done..).unwrap_or(&[]));
        self.spans = spans;
    }
}

#[derive(Debug, Default)]
struct Chain {
    operators: usize,
    sets: usize,
}

impl Chain {
    fn count(&mut self, token: &Token) {
        match token {
            Token::Word(word) if word.quote_style.is_some() => {}
            Token::Word(word) => match word.keyword {
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT => {
                    self.operators = 0;
                    self.sets += 1;
                }
                Keyword::SELECT
                | Keyword::FROM
                | Keyword::WHERE
                | Keyword::ON
                | Keyword::WHEN
                | Keyword::THEN
                | Keyword::ELSE => self.operators = 0,
                Keyword::NoKeyword => {}
                _ => self.operators += 1,
            },
            Token::Comma => self.operators = 0,
            Token::SingleQuotedString(_) | Token::Number(..) | Token::Period => {}
            _ => self.operators += 1,
        }
    }
}

/// The parser's dialect.
pub fn of(dialect: Dialect) -> &'static dyn dialect::Dialect {
    match dialect {
        Dialect::Postgres => &POSTGRES,
        Dialect::Sqlite => &SQLITE,
        Dialect::Mysql | Dialect::Mariadb => &MYSQL,
    }
}

/// The parser's message as a phrase, without its own place, which counts in another text.
fn phrase(message: &str) -> String {
    let message = message.strip_prefix("sql parser error: ").unwrap_or(message);
    let end = message.find(" at Line:").unwrap_or(message.len());
    let message = message.get(..end).unwrap_or(message);
    let message = message.replacen(": ", " ", 1).replacen(", found: ", ", found ", 1);
    let mut rest = message.chars();
    let first = rest.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(rest).collect()
}

fn bytes(sql: &str, tokens: &[TokenWithSpan]) -> Vec<Span> {
    let mut walk =
        Walk { chars: sql.char_indices().peekable(), line: 1, column: 1, len: sql.len() };
    tokens
        .iter()
        .map(|token| {
            let start = walk.to(token.span.start);
            Span::new(start, walk.to(token.span.end))
        })
        .collect()
}

struct Walk<'a> {
    chars: std::iter::Peekable<std::str::CharIndices<'a>>,
    line: u64,
    column: u64,
    len: usize,
}

impl Walk<'_> {
    fn to(&mut self, place: Location) -> usize {
        while (self.line, self.column) < (place.line, place.column) {
            match self.chars.next() {
                Some((_, '\n')) => {
                    self.line += 1;
                    self.column = 1;
                }
                Some(_) => self.column += 1,
                None => return self.len,
            }
        }
        self.chars.peek().map_or(self.len, |&(at, _)| at)
    }
}
