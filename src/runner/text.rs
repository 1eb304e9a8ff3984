//! Statement texts as the history compares and the batches cut them: a pass over the bytes that
//! knows quotes, dollar quotes and comments, and no grammar.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A stretch of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stretch<'t> {
    /// White space or a comment.
    Space,
    /// A quoted text, whatever the quotes.
    Quoted(&'t str),
    /// A word or number.
    Word(&'t str),
    /// One other character.
    Sign(&'t str),
}

/// Cuts a text into stretches, each with the offset of its start.
struct Stretches<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Stretches<'t> {
    type Item = (usize, Stretch<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let first = rest.chars().next()?;
        let length = length(rest, first);
        self.at = start + length;
        let found = rest.get(..length)?;
        let part = match first {
            c if c.is_whitespace() => Stretch::Space,
            '-' | '/' if length > 1 => Stretch::Space,
            '\'' | '"' | '`' => Stretch::Quoted(found),
            '$' if length > 1 => Stretch::Quoted(found),
            c if is_word(c) => Stretch::Word(found),
            _ => Stretch::Sign(found),
        };
        Some((start, part))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Bytes of the part that starts with `first`.
fn length(rest: &str, first: char) -> usize {
    match first {
        c if c.is_whitespace() => run(rest, char::is_whitespace),
        '-' if rest.starts_with("--") => rest.find('\n').map_or(rest.len(), |at| at + 1),
        '/' if rest.starts_with("/*") => comment(rest),
        '\'' | '"' | '`' => quoted(rest, first),
        '$' => dollar(rest).unwrap_or(1),
        c if is_word(c) => run(rest, is_word),
        other => other.len_utf8(),
    }
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// Block comments nest in PostgreSQL; where they do not, the text was parsed already and holds
/// none that would read otherwise.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(two) = rest.as_bytes().get(at..at + 2) {
        match two {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// A doubled quote is two texts that touch, which does no harm.
fn quoted(rest: &str, quote: char) -> usize {
    let inner = rest.get(1..).unwrap_or("");
    inner.find(quote).map_or(rest.len(), |at| at + 2)
}

fn dollar(rest: &str) -> Option<usize> {
    let tag = run(rest.get(1..)?, is_word);
    let opening = rest.get(..tag + 2).filter(|opening| opening.ends_with('$'))?;
    let body = rest.get(opening.len()..)?;
    Some(body.find(opening).map_or(rest.len(), |at| opening.len() * 2 + at))
}

/// The statement without comments, with single blanks, as it counts for checksums: what people
/// reformat does not make another statement.
pub(super) fn normalised(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut gap = false;
    for (_, part) in (Stretches { text: sql, at: 0 }) {
        match part {
            Stretch::Space => gap = !out.is_empty(),
            Stretch::Quoted(text) | Stretch::Word(text) | Stretch::Sign(text) => {
                if std::mem::take(&mut gap) {
                    out.push(' ');
                }
                out.push_str(text);
            }
        }
    }
    out
}

/// What counts for a checksum.
#[derive(Debug, Clone, Copy)]
pub(in crate::runner) enum Part<'t> {
    /// A statement: comments and space do not count.
    Sql(&'t str),
    /// Rows: every byte counts.
    Rows(&'t str),
}

/// SHA-256 over the normalised statements, in hexadecimal.
pub(in crate::runner) fn checksum<'s>(parts: impl IntoIterator<Item = Part<'s>>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        match part {
            Part::Sql(sql) => hash.update(normalised(sql).as_bytes()),
            Part::Rows(rows) => hash.update(rows.as_bytes()),
        }
        hash.update(b";");
    }
    hexadecimal(&hash.finalize())
}

/// Bytes in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Offsets of the words `word` (lower case) that stand outside quotes and parentheses.
pub(super) fn words_at_top(sql: &str, word: &str) -> Vec<usize> {
    let mut depth = 0_i64;
    let mut found = Vec::new();
    for (at, part) in (Stretches { text: sql, at: 0 }) {
        match part {
            Stretch::Sign("(") => depth += 1,
            Stretch::Sign(")") => depth -= 1,
            Stretch::Word(text) if depth == 0 && text.eq_ignore_ascii_case(word) => found.push(at),
            _ => {}
        }
    }
    found
}

/// Offset of the first parenthesis outside quotes.
pub(super) fn first_parenthesis(sql: &str) -> Option<usize> {
    Stretches { text: sql, at: 0 }.find(|(_, part)| *part == Stretch::Sign("(")).map(|(at, _)| at)
}

/// The first words in capitals, for people: `CREATE INDEX CONCURRENTLY`.
pub(super) fn title(sql: &str) -> String {
    const HEADS: [&str; 31] = [
        "create",
        "unique",
        "index",
        "concurrently",
        "alter",
        "table",
        "drop",
        "update",
        "delete",
        "from",
        "insert",
        "into",
        "vacuum",
        "analyze",
        "reindex",
        "refresh",
        "materialized",
        "view",
        "do",
        "call",
        "grant",
        "revoke",
        "comment",
        "on",
        "truncate",
        "type",
        "function",
        "or",
        "replace",
        "select",
        "set",
    ];
    let mut words = Vec::new();
    for (_, part) in (Stretches { text: sql, at: 0 }).filter(|(_, part)| *part != Stretch::Space) {
        match part {
            Stretch::Word(word) if HEADS.contains(&word.to_ascii_lowercase().as_str()) => {
                words.push(word.to_ascii_uppercase());
            }
            _ => break,
        }
    }
    match words.is_empty() {
        true => normalised(sql).split(' ').take(2).collect::<Vec<_>>().join(" "),
        false => words.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_space_do_not_count_but_texts_do() {
        let plain = "UPDATE orders SET note = 'a  -- b' WHERE id > 1";
        let written = "UPDATE orders -- all\n  SET note = 'a  -- b' /* 1 /* 2 */ */\n WHERE id > 1";
        assert_eq!(normalised(written), plain);
        let sum = |sql| checksum([Part::Sql(sql)]);
        assert_ne!(sum(plain), sum("UPDATE orders SET note = 'a -- b' WHERE id > 1"));
        assert_eq!(sum(plain), sum(written));
        assert_ne!(checksum([Part::Rows("1\t2")]), checksum([Part::Rows("1 2")]));
        assert_eq!(normalised("DO $x$ a  b $x$ "), "DO $x$ a  b $x$");
        assert_eq!(normalised("SELECT $1  + 'it''s'"), "SELECT $1 + 'it''s'");
    }

    #[test]
    fn words_in_quotes_and_subqueries_are_passed_over() {
        let sql = "UPDATE a SET b = (SELECT c FROM d WHERE e) || ' where ' WHERE f OR g";
        assert_eq!(words_at_top(sql, "where"), [sql.rfind("WHERE").unwrap()]);
        assert_eq!(first_parenthesis("CREATE INDEX \"a(b\" ON c (d)"), Some(24));
    }

    #[test]
    fn titles_are_short() {
        assert_eq!(
            title("create unique index  concurrently a on b (c)"),
            "CREATE UNIQUE INDEX CONCURRENTLY"
        );
        assert_eq!(title("ALTER TABLE orders ADD x int"), "ALTER TABLE");
        assert_eq!(title("PRAGMA x = 1"), "PRAGMA x");
    }
}
