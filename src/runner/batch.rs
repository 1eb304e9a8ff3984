//! Data changes in slices: `-- lockgate: batch(table, key, size)` above an UPDATE or DELETE.
//!
//! A slice is a range of the key that holds so many rows of the table. Each is a transaction of
//! its own with its journal row in it, so that a killed run goes on behind the last slice.

use super::gate::Batch;
use super::text::words_at_top;
use crate::database::literal;
use crate::migration::Dialect;

/// A range of the key.
#[derive(Debug, Clone)]
pub(super) struct Slice<'b> {
    pub batch: &'b Batch,
    pub dialect: Dialect,
    pub range: Range,
}

/// Which keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Range {
    /// More than the first (where there is one) and at most the second.
    Keys(Option<String>, String),
    /// Rows without a key.
    Null,
}

impl Slice<'_> {
    /// The statement for this slice alone.
    pub fn of(&self, sql: &str) -> String {
        let key = &self.batch.key;
        let text = |value: &str| literal(self.dialect, value);
        let range = match &self.range {
            Range::Keys(None, to) => format!("{key} <= {}", text(to)),
            Range::Keys(Some(from), to) => {
                format!("{key} > {} AND {key} <= {}", text(from), text(to))
            }
            Range::Null => format!("{key} IS NULL"),
        };
        let condition = words_at_top(sql, "where").last().copied();
        let cut = condition.and_then(|at| Some((sql.get(..at)?, sql.get(at + "where".len()..)?)));
        match cut {
            // The line end closes a comment that the condition may end in.
            Some((head, condition)) => format!("{head}WHERE ({condition}\n) AND {range}"),
            None => format!("{sql}\nWHERE {range}"),
        }
    }
}

impl Batch {
    /// What stands in a comment: `batch(orders, id, 5000)`.
    pub(super) fn parse(directive: &str) -> Option<Result<Self, String>> {
        let rest = directive.trim().strip_prefix("batch")?.trim_start();
        let list = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let parts: Vec<&str> =
            list.map(|(list, _)| list.split(',').map(str::trim).collect()).unwrap_or_default();
        let [table, key, size] = parts.as_slice() else {
            return Some(Err("write batch(table, key, size)".to_owned()));
        };
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '"'))
        };
        let size = size.replace('_', "").parse().ok().filter(|size| *size > 0);
        Some(match (is_name(table) && is_name(key), size) {
            (true, Some(size)) => {
                Ok(Self { table: (*table).to_owned(), key: (*key).to_owned(), size })
            }
            (false, _) => Err("table and key of batch(…) are plain names".to_owned()),
            (_, None) => Err("the size of batch(…) is a number of rows".to_owned()),
        })
    }

    /// The key without the alias that it may be written with.
    fn column(&self) -> &str {
        self.key.rsplit('.').next().unwrap_or(&self.key)
    }

    /// The query for the last key of the slice behind `done`.
    pub(super) fn next(&self, dialect: Dialect, done: Option<&str>) -> String {
        let (column, table, size) = (self.column(), &self.table, self.size);
        let behind = match done {
            Some(key) => format!("WHERE {column} > {}", literal(dialect, key)),
            None => format!("WHERE {column} IS NOT NULL"),
        };
        // The key's own order finds the last one; not every type has a max().
        format!(
            "SELECT k FROM (SELECT {column} AS k FROM {table} {behind} ORDER BY {column} LIMIT {size}) AS s \
             ORDER BY k DESC LIMIT 1"
        )
    }

    /// The query for a row without a key.
    pub(super) fn without_key(&self) -> String {
        format!("SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1", self.table, self.column())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        Batch::parse("batch(orders, id, 5_000)").unwrap().unwrap()
    }

    fn slice(sql: &str, range: Range) -> String {
        Slice { batch: &batch(), dialect: Dialect::Postgres, range }.of(sql)
    }

    #[test]
    fn the_range_joins_the_condition_whatever_it_is() {
        let range = Range::Keys(Some("10".into()), "20".into());
        let sql = slice("UPDATE orders SET a = 1 WHERE b OR c -- rest", range.clone());
        assert_eq!(
            sql,
            "UPDATE orders SET a = 1 WHERE ( b OR c -- rest\n) AND id > '10' AND id <= '20'"
        );
        assert_eq!(
            slice("DELETE FROM orders", range),
            "DELETE FROM orders\nWHERE id > '10' AND id <= '20'"
        );
        let inner = "UPDATE orders SET a = (SELECT 1 FROM t WHERE u)";
        assert!(slice(inner, Range::Null).ends_with("\nWHERE id IS NULL"));
        assert!(slice(inner, Range::Keys(None, "5".into())).ends_with("WHERE id <= '5'"));
    }

    #[test]
    fn the_comment_is_read_strictly() {
        assert_eq!(batch(), Batch { table: "orders".into(), key: "id".into(), size: 5000 });
        assert!(Batch::parse("allow(x) y").is_none());
        assert!(Batch::parse("batch(orders, id)").unwrap().is_err());
        assert!(Batch::parse("batch(orders, id; drop, 5)").unwrap().is_err());
        assert!(Batch::parse("batch(orders, id, 0)").unwrap().is_err());
    }
}
