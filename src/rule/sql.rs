//! SQL for advice: names as they must be written, and pieces of the statement as it was written.

use super::StatementContext;
use crate::migration::Ident;
use crate::schema::RelationName;

/// Words that cannot be a name without quotes ("SQL Key Words", columns "reserved" and
/// "reserved (can be function or type)" for PostgreSQL).
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
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
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// A name as SQL writes it: in quotes where it would be folded or is a reserved word.
pub fn quoted(name: &Ident) -> String {
    let text = name.as_str();
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && RESERVED.binary_search(&text).is_err();
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// A relation as SQL writes it, bare in `public`.
pub fn relation_sql(name: &RelationName) -> String {
    match name.schema.as_str() {
        "public" | "pg_temp" => quoted(&name.name),
        _ => format!("{}.{}", quoted(&name.schema), quoted(&name.name)),
    }
}

/// Columns as SQL lists them: `a, b`.
pub fn column_list<'a>(columns: impl IntoIterator<Item = &'a Ident>) -> String {
    columns.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

impl StatementContext<'_> {
    /// The statement on one line, without its comments.
    pub fn one_line(&self) -> String {
        one_line(&self.statement().sql)
    }
}

/// SQL on one line: comments and line ends become blanks, quoted text stays as it is.
fn one_line(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (length, is_blank) = piece(rest, first);
        let Some((piece, after)) = rest.split_at_checked(length) else { break };
        if !is_blank {
            text.push_str(piece);
        } else if !text.ends_with(' ') {
            text.push(' ');
        }
        rest = after;
    }
    text.trim().to_owned()
}

/// The first placeholder of a template that stands outside of quotes and comments, with its place:
/// `${schema}`, `{{ schema }}`.
pub fn placeholder(sql: &str) -> Option<(usize, &str)> {
    let braces = [("${", "}"), ("{{", "}}")];
    // Hardly a statement has one, and looking for pieces takes a hundred times longer.
    if braces.iter().all(|(open, _)| !sql.contains(open)) {
        return None;
    }
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some((open, close)) = braces.into_iter().find(|(open, _)| rest.starts_with(open)) {
            let length = through(rest, open.len(), close);
            let found = rest.get(..length).filter(|found| !found.contains('\n'));
            return found.map(|found| (at, found));
        }
        at += piece(rest, rest.chars().next()?).0;
    }
    None
}

/// Length of the piece that the text begins with, and whether it only separates.
fn piece(text: &str, first: char) -> (usize, bool) {
    match first {
        '\'' | '"' => (through(text, 1, first.encode_utf8(&mut [0; 4])), false),
        '$' => {
            let tag = text.split_inclusive('$').nth(1).map_or(1, |tag| tag.len() + 1);
            let tag = text.get(..tag).filter(|tag| tag.ends_with('$') && !tag.contains(' '));
            (tag.map_or(1, |tag| through(text, tag.len(), tag)), false)
        }
        _ if text.starts_with("--") => (text.find('\n').unwrap_or(text.len()), true),
        // Comments nest, but one within another is not worth a counter in advice.
        _ if text.starts_with("/*") => (through(text, 2, "*/"), true),
        _ => (first.len_utf8(), first.is_whitespace()),
    }
}

/// Where `close` ends behind the first `from` bytes; the whole text where it does not come.
fn through(text: &str, from: usize, close: &str) -> usize {
    let found = text.get(from..).and_then(|rest| rest.find(close));
    found.map_or(text.len(), |at| from + at + close.len())
}

/// `text` without `IF NOT EXISTS`.
pub fn without_if_not_exists(text: &str) -> String {
    const GUARD: &str = "if not exists ";
    let at = text.to_ascii_lowercase().find(GUARD);
    let cut = at.and_then(|at| Some((text.get(..at)?, text.get(at + GUARD.len()..)?)));
    cut.map_or_else(|| text.to_owned(), |(head, tail)| format!("{head}{tail}"))
}

/// `text` with ` CONCURRENTLY` behind the first of its words that is `keyword`; `None` where it
/// is not among the first words.
pub fn concurrently_after(text: &str, keyword: &str) -> Option<String> {
    let (mut at, mut words) = (0, 0);
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if word.eq_ignore_ascii_case(keyword) {
            let (head, tail) = text.split_at_checked(at + word.len())?;
            return Some(format!("{head} CONCURRENTLY{tail}"));
        }
        words += usize::from(!word.is_empty());
        if words == 3 {
            break;
        }
        at += piece.len();
    }
    None
}

/// Whether a statement names something without a qualifier.
pub(super) fn names_bare(sql: &str, column: &Ident) -> bool {
    words(sql).any(|word| is_spelt(word, column))
}

/// Names, those with qualifiers in one piece, without what stands behind `--`.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"');
    code.flat_map(move |line| line.split(move |c| !in_name(c)))
}

/// Whether a written name, quoted or not, is that name.
pub(super) fn is_spelt(written: &str, column: &Ident) -> bool {
    let quoted = written.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    match quoted {
        Some(exact) => *column == *exact,
        None => *column == *written.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(quoted(&Ident::new("orders")), "orders");
        assert_eq!(quoted(&Ident::new("order")), "\"order\"");
        assert_eq!(quoted(&Ident::new("OrderLines")), "\"OrderLines\"");
        assert_eq!(quoted(&Ident::new("a\"b")), "\"a\"\"b\"");
    }

    #[test]
    fn comments_and_line_ends_become_blanks() {
        let sql =
            "CREATE INDEX a -- why\n\tON t /* here */ (x)\nWHERE y = '--no'  AND z = $q$ -- $q$";
        let line = "CREATE INDEX a ON t (x) WHERE y = '--no' AND z = $q$ -- $q$";
        assert_eq!(one_line(sql), line);
        assert_eq!(one_line("SELECT $1 + $2, 'é'"), "SELECT $1 + $2, 'é'");
        assert_eq!(one_line("SELECT 'open"), "SELECT 'open");
    }

    #[test]
    fn concurrently_stands_behind_its_keyword() {
        let found = concurrently_after("CREATE  UNIQUE index a ON t (x)", "index");
        assert_eq!(found.as_deref(), Some("CREATE  UNIQUE index CONCURRENTLY a ON t (x)"));
        assert_eq!(
            concurrently_after("REINDEX INDEX", "index").as_deref(),
            Some("REINDEX INDEX CONCURRENTLY")
        );
        assert_eq!(concurrently_after("CREATE TABLE index (a int)", "view"), None);
    }
}
