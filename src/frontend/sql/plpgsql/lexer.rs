//! Tokens of PL/pgSQL, on bytes, without white space and comments.

use crate::source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word without quotes.
    Word,
    /// `"…"`.
    Quoted,
    /// A string literal of any kind.
    Text(Quote),
    /// A number, or a parameter such as `$1`.
    Number,
    /// `:=`.
    Assign,
    /// `||`.
    Concat,
    /// `..`.
    Range,
    /// `<<`.
    LabelStart,
    /// `>>`.
    LabelEnd,
    /// `::`.
    Cast,
    /// Any other character.
    Symbol(u8),
}

/// How a string literal is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// `'…'`.
    Plain,
    /// `E'…'`.
    Escape,
    /// `$tag$…$tag$`; the length of the tag with both `$`.
    Dollar(usize),
    /// Bit strings, `U&'…'` and the like.
    Other,
}

/// A token with its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Bytes of the body.
    pub span: Span,
}

/// All tokens; `None` where a quote or comment is not closed.
pub fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.blank()?;
        if lexer.at >= lexer.bytes.len() {
            return Some(tokens);
        }
        let start = lexer.at;
        let kind = lexer.token()?;
        tokens.push(Token { kind, span: Span::new(start, lexer.at) });
    }
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(prefix))
    }

    fn blank(&mut self) -> Option<()> {
        loop {
            if self.peek(0).is_ascii_whitespace() || self.peek(0) == 0x0b {
                self.at += 1;
            } else if self.starts_with(b"--") {
                while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                    self.at += 1;
                }
            } else if self.starts_with(b"/*") {
                self.block_comment()?;
            } else {
                return Some(());
            }
        }
    }

    fn block_comment(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            if self.starts_with(b"/*") {
                depth += 1;
                self.at += 2;
            } else if self.starts_with(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Some(());
                }
            } else {
                self.at += 1;
            }
        }
        None
    }

    fn token(&mut self) -> Option<Kind> {
        let (first, second) = (self.peek(0), self.peek(1));
        match first {
            b'\'' => self.quoted(Quote::Plain),
            b'e' | b'E' if second == b'\'' => self.prefixed(1, Quote::Escape),
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if second == b'\'' => {
                self.prefixed(1, Quote::Other)
            }
            b'u' | b'U' if second == b'&' && self.peek(2) == b'\'' => {
                self.prefixed(2, Quote::Other)
            }
            b'"' => self.until_quote(b'"', false).map(|()| Kind::Quoted),
            b'$' => self.dollar(),
            b'0'..=b'9' => Some(self.number()),
            b'.' if second.is_ascii_digit() => Some(self.number()),
            _ if is_word_start(first) => Some(self.word()),
            _ => Some(self.symbol(first, second)),
        }
    }

    fn symbol(&mut self, first: u8, second: u8) -> Kind {
        let kind = match (first, second) {
            (b':', b'=') => Kind::Assign,
            (b':', b':') => Kind::Cast,
            (b'|', b'|') => Kind::Concat,
            (b'.', b'.') => Kind::Range,
            (b'<', b'<') => Kind::LabelStart,
            (b'>', b'>') => Kind::LabelEnd,
            _ => {
                self.at += 1;
                return Kind::Symbol(first);
            }
        };
        self.at += 2;
        kind
    }

    fn word(&mut self) -> Kind {
        while is_word_part(self.peek(0)) {
            self.at += 1;
        }
        Kind::Word
    }

    fn number(&mut self) -> Kind {
        while self.peek(0).is_ascii_alphanumeric()
            || self.peek(0) == b'_'
            || self.peek(0) == b'.' && self.peek(1) != b'.'
        {
            self.at += 1;
        }
        Kind::Number
    }

    fn prefixed(&mut self, prefix: usize, quote: Quote) -> Option<Kind> {
        self.at += prefix;
        self.quoted(quote)
    }

    fn quoted(&mut self, quote: Quote) -> Option<Kind> {
        self.until_quote(b'\'', quote == Quote::Escape)?;
        Some(Kind::Text(quote))
    }

    /// Past the closing quote; a doubled quote does not close.
    fn until_quote(&mut self, quote: u8, backslash: bool) -> Option<()> {
        self.at += 1;
        while self.at < self.bytes.len() {
            let byte = self.peek(0);
            self.at += 1;
            if byte == b'\\' && backslash {
                self.at += 1;
            } else if byte == quote {
                if self.peek(0) != quote {
                    return Some(());
                }
                self.at += 1;
            }
        }
        None
    }

    fn dollar(&mut self) -> Option<Kind> {
        let mut end = 1;
        while is_word_part(self.peek(end)) && self.peek(end) != b'$' {
            end += 1;
        }
        if self.peek(end) != b'$' || self.peek(1).is_ascii_digit() {
            self.at += 1;
            return Some(self.number());
        }
        let tag = self.bytes.get(self.at..=self.at + end)?;
        let body = self.at + tag.len();
        let rest = self.bytes.get(body..)?;
        let length = find(rest, tag)?;
        self.at = body + length + tag.len();
        Some(Kind::Text(Quote::Dollar(tag.len())))
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
