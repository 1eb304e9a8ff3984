//! Tokens of MySQL and MariaDB, as far as they differ.

use super::byte::{is_name_part, is_name_start, is_operator};
use super::lexer::Lexer;
use super::{TokenKind, placeholder, quoted};
use crate::migration::Dialect;

impl<'a> Lexer<'a> {
    /// What ends statements from here on; `None` is the semicolon.
    pub fn set_delimiter(&mut self, delimiter: Option<&'a str>) {
        self.delimiter = delimiter;
    }

    /// Takes the delimiter, if it is another than the semicolon and is next.
    pub fn eat_delimiter(&mut self) -> bool {
        if self.delimiter.is_none() {
            return false;
        }
        self.skip_space();
        let found = self.at_delimiter();
        if found {
            self.at += self.delimiter.map_or(0, str::len);
        }
        found
    }

    /// Whether the delimiter that is no semicolon begins here.
    pub(super) fn at_delimiter(&self) -> bool {
        self.delimiter.is_some_and(|delimiter| {
            self.text.get(self.at..).is_some_and(|rest| rest.starts_with(delimiter))
        })
    }

    /// The token that begins with these bytes; `None` where it begins as in the other dialects.
    pub(super) fn mysql_token(&mut self, byte: u8, next: u8) -> Option<TokenKind> {
        match byte {
            b'#' => Some(self.line_comment()),
            b'-' if next == b'-'
                && (begins_comment(self.byte(self.at + 2)) || self.is_breakpoint()) =>
            {
                Some(self.line_comment())
            }
            b'/' if next == b'*' => Some(self.mysql_comment()),
            b'*' if next == b'/' && self.executable > 0 => Some(self.end_of_executable()),
            b'\'' | b'"' => Some(self.mysql_string(byte)),
            b'`' => Some(self.quoted_name(b'`')),
            b'[' | b'\\' => Some(self.other()),
            b'@' => Some(self.variable()),
            b':' => Some(self.mysql_colon(next)),
            b'$' if placeholder::dollar_brace_end(self.text, self.at).is_none() => {
                Some(self.mysql_word())
            }
            b'0'..=b'9' if self.is_word_with_digits() => Some(self.mysql_word()),
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if matches!(next, b'\'' | b'"') => {
                self.at += 1;
                Some(self.mysql_string(next))
            }
            byte if is_name_start(byte) => Some(self.mysql_word()),
            byte if is_mysql_operator(byte) => Some(self.mysql_operator()),
            _ => None,
        }
    }

    /// Whether the line is Drizzle's between two statements, which it takes out before it sends them.
    fn is_breakpoint(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or("");
        rest.starts_with("--> statement-breakpoint")
    }

    /// A plain comment, or the beginning of one that the server runs.
    fn mysql_comment(&mut self) -> TokenKind {
        match executable_head(self.text.as_bytes(), self.at, self.dialect) {
            None => self.block_comment(),
            Some(head) if head.is_run(self.dialect, self.version) => {
                self.mask(head.end);
                self.executable += 1;
                TokenKind::Comment
            }
            Some(_) => self.comment_of_another_server(),
        }
    }

    /// A comment that this server does not run: plain comments may stand in it.
    fn comment_of_another_server(&mut self) -> TokenKind {
        match quoted::block_comment_end(self.text.as_bytes(), self.at, true) {
            // Masked, so that whoever reads the statement's text runs it no more than the server.
            Some(end) => self.mask(end),
            None => self.run_to_end("comment"),
        }
        TokenKind::Comment
    }

    fn end_of_executable(&mut self) -> TokenKind {
        self.executable -= 1;
        self.mask(self.at + 2);
        TokenKind::Comment
    }

    fn mysql_string(&mut self, quote: u8) -> TokenKind {
        match quoted::escaped_end(self.text.as_bytes(), self.at, quote) {
            Some(end) => self.at = end,
            None => self.run_to_end("string"),
        }
        TokenKind::String
    }

    /// `@name`, `@'name'`, `@@global.name`; also the host of an account.
    fn variable(&mut self) -> TokenKind {
        self.at += 1;
        if self.byte(self.at) == b'@' {
            self.at += 1;
        }
        match self.byte(self.at) {
            quote @ (b'\'' | b'"') => {
                self.mysql_string(quote);
            }
            b'`' => {
                self.quoted_name(b'`');
            }
            _ => {
                let is_part = |byte| is_name_part(byte) || matches!(byte, b'.' | b'%');
                while self.at < self.text.len() && is_part(self.byte(self.at)) {
                    self.at += 1;
                }
            }
        }
        TokenKind::Parameter
    }

    fn mysql_colon(&mut self, next: u8) -> TokenKind {
        self.at += 1 + usize::from(next == b'=');
        TokenKind::Operator
    }

    /// Whether a word such as `2fa_secret` begins here: digits that are no number.
    fn is_word_with_digits(&self) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match (rest.get(digits).copied(), rest.get(digits + 1).copied()) {
            (Some(b'e' | b'E'), Some(b'0'..=b'9' | b'+' | b'-')) => false,
            (Some(b'x' | b'X' | b'b' | b'B'), _) if digits == 1 && rest.first() == Some(&b'0') => {
                false
            }
            (Some(next), _) => is_name_start(next),
            (None, _) => false,
        }
    }

    fn mysql_word(&mut self) -> TokenKind {
        while !self.at_delimiter() && self.word_part() {}
        TokenKind::Word
    }

    fn mysql_operator(&mut self) -> TokenKind {
        let start = self.at;
        while is_mysql_operator(self.byte(self.at)) && !self.at_delimiter() {
            let pair = (self.byte(self.at), self.byte(self.at + 1));
            let begins_other = matches!(pair, (b'-', b'-') | (b'/', b'*') | (b'*', b'/'));
            // A sign or a second operator is a token of its own.
            let begins_operand = matches!(pair.0, b'-' | b'+' | b'*' | b'~' | b'!');
            if self.at > start && (begins_other || (begins_operand && pair.1 != b'=')) {
                break;
            }
            self.at += 1;
        }
        self.at = self.at.max(start + 1);
        TokenKind::Operator
    }
}

/// `--` begins a comment only before a blank, a control character or the end.
fn begins_comment(after: u8) -> bool {
    after <= b' '
}

/// `@` begins a variable, `#` a comment, and a backtick a name.
fn is_mysql_operator(byte: u8) -> bool {
    is_operator(byte) && !matches!(byte, b'@' | b'#' | b'`')
}

/// The beginning of a comment that some servers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    /// One past `/*!`, `/*!40101` or `/*M!100100`.
    end: usize,
    /// Whether it is MariaDB's own.
    mariadb: bool,
    /// The oldest version that runs it; zero where all do.
    version: u32,
}

impl Head {
    /// Whether a server of this version runs it.
    fn is_run(self, dialect: Dialect, version: u32) -> bool {
        // MariaDB leaves alone what MySQL 5.7 and later understand and it does not.
        const MYSQL_ALONE: std::ops::RangeInclusive<u32> = 50_700..=99_999;
        match dialect {
            Dialect::Mariadb if !self.mariadb && MYSQL_ALONE.contains(&self.version) => false,
            _ => self.version <= version,
        }
    }
}

/// What begins at `start`, if it is such a comment for this server.
fn executable_head(bytes: &[u8], start: usize, dialect: Dialect) -> Option<Head> {
    let rest = bytes.get(start + 2..)?;
    let (mariadb, mut length) = match rest {
        [b'!', ..] => (false, 1),
        [b'M', b'!', ..] => (true, 2),
        _ => return None,
    };
    if mariadb && dialect != Dialect::Mariadb {
        return None;
    }
    let digits = rest.get(length..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = if digits >= 5 { digits.min(6) } else { 0 };
    let number = rest.get(length..length + digits)?;
    let version = number.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    length += digits;
    Some(Head { end: start + 2 + length, mariadb, version })
}
