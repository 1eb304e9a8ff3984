//! `IF [NOT] EXISTS` where PostgreSQL reads it: before the name, behind `CONCURRENTLY`.

use super::StatementContext;
use crate::finding::Edit;
use crate::source::{Place, Span};

/// Words before which `IF [NOT] EXISTS` does not stand, and behind which it does.
const KINDS: &[&str] = &[
    "column",
    "constraint",
    "domain",
    "extension",
    "function",
    "index",
    "policy",
    "procedure",
    "role",
    "schema",
    "sequence",
    "table",
    "trigger",
    "type",
    "view",
];

impl StatementContext<'_> {
    /// Puts a misplaced `IF [NOT] EXISTS` where the server reads it.
    pub fn reorder_if_exists(&self) -> Option<Edit> {
        let place = self.place(self.statement().span)?;
        if place.text() != &*self.statement().sql {
            return None;
        }
        let (span, text) = reordered(place.text())?;
        let span = span.shift(place.span.start);
        Some(Edit { place: Place { span, ..place }, text })
    }
}

/// What is replaced in the text by what.
fn reordered(sql: &str) -> Option<(Span, String)> {
    let words = words(sql);
    let is = |at: usize, wanted: &str| {
        words
            .get(at)
            .and_then(|span| sql.get(span.start..span.end))
            .is_some_and(|word| word.eq_ignore_ascii_case(wanted))
    };
    let clause = |at: usize| match (is(at, "if"), is(at + 1, "not"), is(at + 1, "exists")) {
        (true, _, true) => Some(at + 1),
        (true, true, _) if is(at + 2, "exists") => Some(at + 2),
        _ => None,
    };
    let (first, last) = (0..words.len()).find_map(|at| Some((at, clause(at)?)))?;
    let slice = |from: usize, to: usize| {
        let span = Span::new(words.get(from)?.start, words.get(to)?.end);
        Some((span, sql.get(span.start..span.end)?))
    };
    let (_, guard) = slice(first, last)?;
    if is(last + 1, "concurrently") {
        let (span, _) = slice(first, last + 1)?;
        let (_, word) = slice(last + 1, last + 1)?;
        return Some((span, format!("{word} {guard}")));
    }
    let name = first.checked_sub(1)?;
    let is_kind = |at: usize| KINDS.iter().any(|kind| is(at, kind));
    if is_kind(name) || !name.checked_sub(1).is_some_and(is_kind) {
        return None;
    }
    let (span, _) = slice(name, last)?;
    let (_, word) = slice(name, name)?;
    Some((span, format!("{guard} {word}")))
}

/// Spans of the words: what blanks and brackets part; quoted names and texts end the search, since
/// a clause in them is none.
fn words(sql: &str) -> Vec<Span> {
    let mut words = Vec::new();
    let mut start = None;
    let end_of_head = sql.find(['\'', '$']).unwrap_or(sql.len());
    for (at, c) in sql.char_indices().take_while(|(at, _)| *at < end_of_head) {
        let parts = c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';');
        match (parts, start) {
            (true, Some(from)) => {
                words.push(Span::new(from, at));
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.extend(start.map(|from| Span::new(from, end_of_head)));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(sql: &str) -> Option<String> {
        let (span, text) = reordered(sql)?;
        let mut sql = sql.to_owned();
        sql.replace_range(span.start..span.end, &text);
        Some(sql)
    }

    #[test]
    fn the_clause_stands_before_the_name() {
        let cases = [
            ("DROP TABLE carts IF EXISTS", "DROP TABLE IF EXISTS carts"),
            (
                "DROP INDEX IF EXISTS CONCURRENTLY carts_idx",
                "DROP INDEX CONCURRENTLY IF EXISTS carts_idx",
            ),
            (
                "CREATE UNIQUE INDEX if not exists CONCURRENTLY carts_idx ON carts (id)",
                "CREATE UNIQUE INDEX CONCURRENTLY if not exists carts_idx ON carts (id)",
            ),
            (
                "ALTER TABLE carts ADD COLUMN note IF NOT EXISTS text",
                "ALTER TABLE carts ADD COLUMN IF NOT EXISTS note text",
            ),
            (
                "CREATE TABLE carts IF NOT EXISTS(id int)",
                "CREATE TABLE IF NOT EXISTS carts(id int)",
            ),
        ];
        for (written, expected) in cases {
            assert_eq!(mended(written).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_stands_right_or_is_text_stays() {
        assert_eq!(mended("DROP TABLE IF EXISTS carts"), None);
        assert_eq!(mended("SELECT 'drop table carts if exists'"), None);
        assert_eq!(mended("ALTER TABLE carts ADD COLUM note text"), None);
    }
}
