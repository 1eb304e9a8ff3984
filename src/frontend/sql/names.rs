//! Words, quoted names and string constants to their values.

use super::mysql;
use crate::migration::{Dialect, Ident};

/// PostgreSQL cuts names at so many bytes.
const LONGEST_NAME: usize = 63;

/// The name that a word without quotes means.
pub(super) fn fold(word: &str, dialect: Dialect) -> Ident {
    if dialect.is_mysql() {
        return Ident::caseless(word);
    }
    cut(&word.to_ascii_lowercase(), dialect)
}

/// Whether a quoted name is `U&"…"`.
pub(super) fn is_unicode(written: &str) -> bool {
    written.starts_with(['u', 'U']) && written.get(1..3) == Some("&\"")
}

/// The name that a quoted name means, quotes included in `written`.
pub(super) fn unquote_name(written: &str, dialect: Dialect) -> Ident {
    unquote_escaped(written, '\\', dialect)
}

/// The same, where `UESCAPE` names the character that code points follow.
pub(super) fn unquote_escaped(written: &str, escape: char, dialect: Dialect) -> Ident {
    let unicode = is_unicode(written);
    let quoted = if unicode { written.get(2..).unwrap_or("") } else { written };
    let open = quoted.chars().next().unwrap_or('"');
    let close = if open == '[' { ']' } else { open };
    let inner = quoted.strip_prefix(open).unwrap_or(quoted);
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    let doubled: String = [close, close].iter().collect();
    let mut name = inner.replace(&doubled, close.encode_utf8(&mut [0; 4]));
    if unicode {
        name = unescape_unicode(&name, escape);
    }
    if dialect.is_mysql() {
        return Ident::caseless(&name);
    }
    if dialect == Dialect::Sqlite {
        name = name.to_ascii_lowercase();
    }
    cut(&name, dialect)
}

fn cut(name: &str, dialect: Dialect) -> Ident {
    if dialect == Dialect::Sqlite || name.len() <= LONGEST_NAME {
        return Ident::new(name);
    }
    let end = (0..=LONGEST_NAME).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    Ident::new(name.get(..end).unwrap_or(name))
}

/// The value of a string constant of any form, as written in the script.
pub(super) fn string_value(written: &str) -> String {
    if let Some(body) = dollar_body(written) {
        return body.to_owned();
    }
    let Some(quote) = written.find('\'') else { return written.to_owned() };
    let (prefix, quoted) = written.split_at(quote);
    let inner = quoted.strip_prefix('\'').unwrap_or(quoted);
    let inner = inner.strip_suffix('\'').unwrap_or(inner);
    match prefix.to_ascii_lowercase().as_str() {
        "e" => unescape(inner),
        "u&" => unescape_unicode(&inner.replace("''", "'"), '\\'),
        _ => inner.replace("''", "'"),
    }
}

/// What stands between the tags of a dollar quote.
pub(super) fn dollar_body(written: &str) -> Option<&str> {
    let rest = written.strip_prefix('$')?;
    let tag = written.get(..rest.find('$')? + 2)?;
    let body = written.strip_prefix(tag)?;
    Some(body.strip_suffix(tag).unwrap_or(body))
}

fn unescape(inner: &str) -> String {
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                chars.next_if_eq(&'\'');
                value.push('\'');
            }
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(other) => value.push(other),
                None => {}
            },
            _ => value.push(c),
        }
    }
    value
}

/// `\0041` and `\+000041`; anything else stays as it is.
fn unescape_unicode(text: &str, escape: char) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escaped)) = rest.split_once(escape) {
        value.push_str(before);
        let (digits, used) = match escaped.strip_prefix('+') {
            Some(long) => (long.get(..6), 7),
            None => (escaped.get(..4), 4),
        };
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                value.push(c);
                rest = escaped.get(used..).unwrap_or("");
            }
            None => {
                value.push(escape);
                rest = escaped.strip_prefix(escape).unwrap_or(escaped);
            }
        }
    }
    value.push_str(rest);
    value
}

/// Words that PostgreSQL never takes as a name without quotes, sorted.
const RESERVED: [&str; 77] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "in",
    "initially",
    "intersect",
    "into",
    "lateral",
    "leading",
    "limit",
    "localtime",
    "localtimestamp",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "placing",
    "primary",
    "references",
    "returning",
    "select",
    "session_user",
    "some",
    "symmetric",
    "system_user",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "when",
    "where",
    "with",
];

/// Words that SQLite never takes as a name without quotes, sorted (the ones that matter here).
const RESERVED_SQLITE: [&str; 12] = [
    "check",
    "constraint",
    "create",
    "foreign",
    "from",
    "not",
    "on",
    "primary",
    "references",
    "table",
    "unique",
    "where",
];

/// Whether a word cannot be a name without quotes.
pub(super) fn is_reserved(word: &str, dialect: Dialect) -> bool {
    let lower = word.to_ascii_lowercase();
    match dialect {
        Dialect::Postgres => RESERVED.binary_search(&lower.as_str()).is_ok(),
        Dialect::Sqlite => RESERVED_SQLITE.binary_search(&lower.as_str()).is_ok(),
        Dialect::Mysql | Dialect::Mariadb => mysql::reserved::is_reserved(&lower),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_as_the_server_does() {
        let pg = Dialect::Postgres;
        assert_eq!(fold("Orders", pg), "orders");
        assert_eq!(fold(&"x".repeat(70), pg).as_str().len(), 63);
        assert_eq!(unquote_name("\"Or\"\"ders\"", pg), "Or\"ders");
        assert_eq!(unquote_name("U&\"d\\0061ta\"", pg), "data");
        assert_eq!(unquote_escaped("U&\"d!0061t!+000061!!\"", '!', pg), "data!");
        assert_eq!(unquote_name("[Orders]", Dialect::Sqlite), "orders");
    }

    #[test]
    fn strings_lose_their_quotes() {
        assert_eq!(string_value("'it''s'"), "it's");
        assert_eq!(string_value("E'a\\'b'"), "a'b");
        assert_eq!(string_value("$t$a$b$t$"), "a$b");
    }

    #[test]
    fn reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
        assert!(RESERVED_SQLITE.is_sorted());
    }
}
