//! Where a stored program of MySQL ends that holds semicolons of its own.
//!
//! Between `DELIMITER`s a program ends at the delimiter; sent as it is, as migration tools do, it
//! ends where its blocks are closed.

use super::{Token, TokenKind};

/// Watches the tokens of one statement.
#[derive(Debug, Default)]
pub(super) struct ProgramBody {
    kind: Kind,
    depth: usize,
    /// Whether the word that says what ends is next: `END IF`.
    after_end: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    /// Its first words have not told yet.
    #[default]
    Unknown,
    /// It holds no semicolons.
    Plain,
    /// A stored program, or a block.
    Program,
}

/// So many words may stand before the kind: `CREATE OR REPLACE DEFINER = 'a'@'b' AGGREGATE …`.
const HEAD: usize = 12;

impl ProgramBody {
    /// Whether a semicolon belongs to the program.
    pub fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Whether these tokens begin what holds no semicolons: neither a program nor, in MariaDB, a
    /// condition or loop outside of one.
    pub fn is_plain(&self, tokens: &[Token], text: &str) -> bool {
        const COMPOUND: [&str; 7] = ["if", "case", "loop", "repeat", "while", "for", "declare"];
        let is_compound = |first: &Token| COMPOUND.iter().any(|word| first.is_word(text, word));
        // A label stands before a loop.
        let is_labelled = tokens.get(1).is_some_and(|second| second.kind == TokenKind::Operator);
        self.kind == Kind::Plain && !is_labelled && !tokens.first().is_some_and(is_compound)
    }

    /// Looks at a token before it is pushed behind `before`.
    pub fn see(&mut self, token: Token, before: &[Token], text: &str) {
        match self.kind {
            Kind::Plain => {}
            Kind::Unknown => self.kind = kind(token, before, text),
            Kind::Program => self.see_body(token, before, text),
        }
        if self.kind == Kind::Program && self.depth == 0 && is_block(token, before, text) {
            self.depth = 1;
        }
    }

    fn see_body(&mut self, token: Token, before: &[Token], text: &str) {
        let ended = std::mem::take(&mut self.after_end);
        if token.kind != TokenKind::Word
            || before.last().is_some_and(|last| last.kind == TokenKind::Dot)
        {
            return;
        }
        let is = |word| token.is_word(text, word);
        if is("end") {
            self.after_end = self.depth > 0;
            self.depth = self.depth.saturating_sub(1);
            return;
        }
        if ended && ["if", "case", "loop", "repeat", "while", "for"].iter().any(|word| is(word)) {
            return;
        }
        let starts = begins_statement(before, text);
        let opens = is("case")
            || starts && ["begin", "if", "loop", "repeat", "while"].iter().any(|word| is(word))
            || self.depth == 0 && is("begin");
        self.depth += usize::from(opens);
    }
}

/// Whether a statement of the body can begin behind these tokens.
fn begins_statement(before: &[Token], text: &str) -> bool {
    const WORDS: [&str; 9] =
        ["begin", "then", "else", "do", "loop", "repeat", "row", "handler", "atomic"];
    let Some(last) = before.last() else { return true };
    match last.kind {
        TokenKind::Semicolon => true,
        TokenKind::Operator => text.get(last.start..last.end) == Some(":"),
        TokenKind::Word => {
            WORDS.iter().any(|word| last.is_word(text, word)) || ends_handler(before, text)
        }
        _ => false,
    }
}

/// Whether the conditions of `DECLARE … HANDLER FOR` stand behind.
fn ends_handler(before: &[Token], text: &str) -> bool {
    let conditions = ["found", "sqlexception", "sqlwarning"];
    before.last().is_some_and(|last| conditions.iter().any(|word| last.is_word(text, word)))
}

/// `BEGIN NOT ATOMIC` is a block without a program.
fn is_block(token: Token, before: &[Token], text: &str) -> bool {
    token.is_word(text, "atomic") && before.len() == 2
}

fn kind(token: Token, before: &[Token], text: &str) -> Kind {
    let Some(first) = before.first() else {
        let may_hold = ["create", "alter", "begin"].iter().any(|word| token.is_word(text, word));
        return if may_hold { Kind::Unknown } else { Kind::Plain };
    };
    if first.is_word(text, "begin") {
        let goes_on = match before.len() {
            1 => token.is_word(text, "not"),
            _ => token.is_word(text, "atomic"),
        };
        return match (goes_on, before.len()) {
            (true, 1) => Kind::Unknown,
            (true, _) => Kind::Program,
            (false, _) => Kind::Plain,
        };
    }
    const PROGRAMS: [&str; 5] = ["procedure", "function", "trigger", "event", "package"];
    const OTHERS: [&str; 8] =
        ["table", "index", "view", "database", "schema", "user", "role", "sequence"];
    if PROGRAMS.iter().any(|word| token.is_word(text, word)) {
        return Kind::Program;
    }
    let told = OTHERS.iter().any(|word| token.is_word(text, word)) || before.len() > HEAD;
    if told { Kind::Plain } else { Kind::Unknown }
}
