//! SQL for advice: names as they must be written, and pieces of the statement as it was written.

use super::StatementContext;
use crate::migration::Ident;
use crate::schema::RelationName;
use crate::source::Span;

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
    /// The text at a span of the statement's file, its lines trimmed and joined by blanks; `None`
    /// where a comment stands in it, which would swallow what follows.
    pub fn written(&self, span: Span) -> Option<String> {
        let place = self.place(span)?;
        // A way back may stand commented out: its lines begin with `--` in the file.
        let lines = place.text().lines().map(|line| line.trim().trim_start_matches("--").trim());
        let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        let commented = text.contains("--") || text.contains("/*") || text.is_empty();
        (!commented).then_some(text)
    }
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
