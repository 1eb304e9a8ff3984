//! PL/pgSQL blocks: the SQL in them, and under which conditions it runs.
//!
//! The reader has tokens of its own (`lexer`) and follows the server's grammar: `block` reads
//! blocks with declarations and handlers, `control` branches and loops, `statement` everything
//! else; `execute` tells the text of dynamic statements where it is literal, with what `variables`
//! hold and loops with known `turns` give, `computed` and `heads` what is told of others;
//! `condition`, `catalog` and `column_asked` what an `IF` asks of the catalogue. The SQL itself is
//! not parsed here.

mod block;
mod catalog;
mod column_asked;
mod computed;
mod condition;
mod control;
mod execute;
mod heads;
mod lexer;
mod path;
mod quoting;
mod statement;
#[cfg(test)]
mod tests;
mod turns;
mod variables;

use crate::migration::{Guard, Makes};
use crate::source::{MappedText, Span};
pub use condition::{finds_row, holds};
use lexer::{Kind, Token};
use variables::Variables;

/// What a block runs, in the order of the text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockBody {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Whether it commits or rolls back.
    pub ends_transaction: bool,
}

/// One thing that a block runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Bytes of the body.
    pub span: Span,
    /// When it runs.
    pub guard: Guard,
    /// What it is.
    pub kind: PieceKind,
}

/// What a piece of a block is.
#[derive(Debug, Clone, PartialEq)]
pub enum PieceKind {
    /// A statement of SQL (`PERFORM` as `SELECT`, `INTO` targets taken out), mapped to bytes of
    /// the body.
    Sql(MappedText),
    /// One or more statements in a literal that `EXECUTE` runs, mapped to bytes of the body.
    ExecuteLiteral(MappedText),
    /// An expression that is evaluated and calls or asks something: the text at the piece's span.
    Evaluate,
    /// Its effect cannot be told before it runs.
    Opaque {
        /// Why, as a phrase.
        reason: String,
        /// What it may make.
        makes: Makes,
    },
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
}

/// How deep blocks, branches and loops may nest.
const DEPTH: usize = 64;

/// How many conditions a guard carries before they are summed up as unknown.
const CONDITIONS: usize = 24;

/// What a block is called with, in the order of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The parameter's name.
    pub name: Option<String>,
    /// The text, where it is a literal.
    pub value: Option<String>,
}

/// Reads a block's text; one that cannot be read is a single opaque piece.
pub fn body(text: &str, arguments: &[Argument]) -> BlockBody {
    let span = Span::new(0, text.len());
    let opaque = |reason: String| BlockBody {
        pieces: vec![Piece {
            span,
            guard: Guard::Always,
            kind: PieceKind::Opaque { reason, makes: Makes::Anything },
        }],
        ends_transaction: false,
    };
    let Some(tokens) = lexer::tokens(text) else {
        return opaque("a quote or comment in the block is not closed".to_owned());
    };
    let mut reader = Reader::new(text, tokens);
    reader.count_writes();
    reader.bind(arguments);
    match reader.body() {
        Ok(()) => BlockBody { pieces: reader.pieces, ends_transaction: reader.ends_transaction },
        Err(unread) => {
            let found = reader.token_text(unread.at);
            let found = if found.is_empty() { "the end" } else { found };
            opaque(format!(
                "the block was not understood: expected {}, found {found}",
                unread.expected
            ))
        }
    }
}

/// Why a block could not be read.
struct Unread {
    /// The token.
    at: usize,
    expected: &'static str,
}

type Read<T> = Result<T, Unread>;

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    pieces: Vec<Piece>,
    ends_transaction: bool,
    /// Paths on which the block was left before this point.
    left: Vec<Vec<Guard>>,
    depth: usize,
    variables: Variables,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, tokens: Vec<Token>) -> Self {
        let (pieces, left) = (Vec::new(), Vec::new());
        let variables = Variables::default();
        Self { text, tokens, at: 0, pieces, ends_transaction: false, left, depth: 0, variables }
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn token_text(&self, at: usize) -> &'a str {
        let span = self.tokens.get(at).map_or(Span::default(), |token| token.span);
        self.text.get(span.start..span.end).unwrap_or("")
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.kind(at) == Some(Kind::Word) && self.token_text(at).eq_ignore_ascii_case(word)
    }

    fn is_symbol(&self, at: usize, symbol: u8) -> bool {
        self.kind(at) == Some(Kind::Symbol(symbol))
    }

    /// Takes the word, if it stands here.
    fn take(&mut self, word: &str) -> bool {
        let found = self.is(self.at, word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &'static str) -> Read<()> {
        if self.take(word) { Ok(()) } else { Err(self.unread(word)) }
    }

    fn expect_symbol(&mut self, symbol: u8, expected: &'static str) -> Read<()> {
        if !self.is_symbol(self.at, symbol) {
            return Err(self.unread(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn unread(&self, expected: &'static str) -> Unread {
        Unread { at: self.at, expected }
    }

    /// The first token from here on, outside parentheses, for which `wanted` holds.
    fn find(&self, from: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mut depth = 0_usize;
        for at in from..self.tokens.len() {
            if depth == 0 && wanted(at) {
                return Some(at);
            }
            match self.kind(at) {
                Some(Kind::Symbol(b'(' | b'[')) => depth += 1,
                Some(Kind::Symbol(b')' | b']')) => depth = depth.saturating_sub(1),
                // A semicolon ends every construct, whatever is open.
                Some(Kind::Symbol(b';')) => return None,
                _ => {}
            }
        }
        None
    }

    /// The token of the next semicolon.
    fn semicolon(&self) -> Read<usize> {
        let mut at = self.at;
        while at < self.tokens.len() {
            if self.is_symbol(at, b';') {
                return Ok(at);
            }
            at += 1;
        }
        Err(Unread { at, expected: ";" })
    }

    /// Bytes of a range of tokens.
    fn bytes(&self, from: usize, to: usize) -> Span {
        let start = self.tokens.get(from).map_or(self.text.len(), |token| token.span.start);
        let end = to.checked_sub(1).and_then(|last| self.tokens.get(last));
        Span::new(start, end.map_or(start, |token| token.span.end))
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// Adds a piece that runs under `guard`, unless the block was left before.
    fn push(&mut self, span: Span, guard: &Guard, kind: PieceKind) {
        let guard = path::with_exits(path::parts(guard), &self.left);
        self.pieces.push(Piece { span, guard, kind });
    }

    /// Adds the evaluation of an expression. One that neither calls nor asks anything does nothing
    /// to the database and is left out.
    fn evaluate(&mut self, from: usize, to: usize, guard: &Guard) {
        if !(from..to).any(|at| self.is(at, "select") || self.is_call(at)) {
            return;
        }
        let span = self.bytes(from, to);
        let query = self.find(from, |at| at >= to || self.begins_from(at));
        if query.is_none_or(|at| at >= to) {
            return self.push(span, guard, PieceKind::Evaluate);
        }
        // The server puts `SELECT` before every expression, so that `max(a) FROM t` is one too.
        let mut text = MappedText::default();
        text.push("SELECT ", Span::new(span.start, span.start));
        text.push(self.slice(span), span);
        self.push(span, guard, PieceKind::Sql(text));
    }

    fn begins_from(&self, at: usize) -> bool {
        self.is(at, "from") && at > 0 && !self.is(at - 1, "distinct")
    }

    fn is_call(&self, at: usize) -> bool {
        const OPERATORS: [&str; 6] = ["and", "or", "not", "in", "is", "array"];
        matches!(self.kind(at), Some(Kind::Word | Kind::Quoted))
            && self.is_symbol(at + 1, b'(')
            && !OPERATORS.iter().any(|word| self.is(at, word))
    }

    /// From here on the block goes on only where `guard` does not hold.
    fn leave(&mut self, guard: &Guard) {
        if self.left.len() < CONDITIONS {
            self.left.push(path::parts(guard).to_vec());
        } else if self.left.len() == CONDITIONS {
            self.left.push(vec![Guard::Unknown("the block was left before".to_owned())]);
        }
    }

    /// Reads something nested.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEPTH {
            return Err(self.unread("fewer levels of nesting"));
        }
        self.depth += 1;
        let outcome = read(self);
        self.depth -= 1;
        outcome
    }
}
