//! What rules ask of a script on SQLite: which pragmas are in force, which columns a copy fills with
//! what, and what stands in double quotes.

use super::StatementContext;
use crate::migration::{
    ActionKind, Ident, Insert, InsertSource, OutputColumn, SetOption, SettingScope, TransactionMode,
};
use crate::schema::{Column, RelationName};
use crate::source::Span;

/// Rows of one table put into another by `INSERT … SELECT`.
#[derive(Debug, Clone)]
pub struct TableCopy<'a> {
    /// Where they come from.
    pub from: RelationName,
    /// Where they go.
    pub to: RelationName,
    /// Columns filled, in order.
    pub targets: Vec<&'a Ident>,
    /// What the query gives, `*` spelled out.
    pub values: Vec<Copied<'a>>,
    /// Whether the query says `*`.
    pub is_star: bool,
}

/// What a query gives for one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied<'a> {
    /// A column as it is.
    Column(&'a Ident),
    /// Anything else.
    Other,
}

impl<'a> StatementContext<'a> {
    /// Whether the script has switched foreign keys off here, outside a transaction, where that
    /// works.
    pub fn switches_keys_off(&self) -> bool {
        self.pragmas().keys_off
    }

    /// Whether `ALTER TABLE … RENAME` leaves other tables, views and triggers as they are.
    pub fn renames_alone(&self) -> bool {
        self.pragmas().legacy
    }

    /// What pragmas of the script say before the statement.
    fn pragmas(&self) -> Pragmas {
        let mut pragmas = Pragmas::default();
        let Some(script) = self.script() else { return pragmas };
        let alone = [TransactionMode::Autocommit, TransactionMode::OneString];
        pragmas.open = !alone.contains(&script.source.transaction);
        let here = self.statement().span.start;
        let earlier = script.statements().take_while(|statement| statement.span.start < here);
        earlier.flat_map(|statement| &statement.actions).for_each(|one| pragmas.see(&one.kind));
        pragmas
    }

    /// The copy that an `INSERT … SELECT` from one table makes, where every column is known.
    pub fn copied(&self, insert: &'a Insert) -> Option<TableCopy<'a>> {
        if insert.source != InsertSource::Query {
            return None;
        }
        let [from] = insert.query.reads() else { return None };
        let (from, to) = (self.resolve(from), self.resolve(&insert.table));
        let target = self.before().table(&to).known().filter(|table| table.columns_known)?;
        let takes_values = |column: &&Column| column.generated.is_none();
        let targets = match insert.columns.as_slice() {
            [] => target.columns.iter().filter(takes_values).map(|it| &it.name).collect(),
            written => written.iter().collect(),
        };
        let (mut values, mut is_star) = (Vec::new(), false);
        for column in insert.selected.as_ref()? {
            match column {
                OutputColumn::Named { source: Some((_, column)), .. } => {
                    values.push(Copied::Column(column));
                }
                OutputColumn::Star(_) => {
                    is_star = true;
                    let source = self.before().table(&from).known();
                    let source = source.filter(|table| table.columns_known)?;
                    values.extend(source.columns.iter().map(|it| Copied::Column(&it.name)));
                }
                _ => values.push(Copied::Other),
            }
        }
        Some(TableCopy { from, to, targets, values, is_star })
    }
}

/// Pragmas as a script sets them, one statement after the other.
#[derive(Debug, Default)]
struct Pragmas {
    /// A transaction is open.
    open: bool,
    /// `foreign_keys` is off.
    keys_off: bool,
    /// `legacy_alter_table` is on.
    legacy: bool,
}

impl Pragmas {
    fn see(&mut self, kind: &ActionKind) {
        match kind {
            ActionKind::Begin => self.open = true,
            ActionKind::Commit | ActionKind::Rollback => self.open = false,
            ActionKind::Set(option) if option.scope == SettingScope::Session => {
                match option.name.as_str() {
                    "foreign_keys" if !self.open => self.keys_off = is_off(option),
                    // With keys on, references follow a renamed table all the same.
                    "legacy_alter_table" => self.legacy = !is_off(option),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Whether a pragma is set to what means no.
pub fn is_off(option: &SetOption) -> bool {
    let says_no = |value: &String| {
        matches!(value.to_ascii_lowercase().as_str(), "off" | "0" | "false" | "no")
    };
    option.values.iter().any(says_no)
}

/// A piece of SQL in double quotes, with what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoubleQuoted<'a> {
    /// Bytes of the statement, quotes included.
    pub span: Span,
    /// What is between the quotes.
    pub text: &'a str,
    /// The text of the statement before it.
    pub before: &'a str,
    /// The text behind it.
    pub behind: &'a str,
}

/// Everything in double quotes outside of strings and comments.
pub fn double_quoted(sql: &str) -> Vec<DoubleQuoted<'_>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let length = piece_length(rest);
        let (Some(before), Some(piece), Some(behind)) =
            (sql.get(..at), rest.get(..length), rest.get(length..))
        else {
            break;
        };
        let inner = piece.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
        if let Some(text) = inner {
            found.push(DoubleQuoted { span: Span::new(at, at + length), text, before, behind });
        }
        at += length;
    }
    found
}

/// Length of the string, quoted name, comment or character that a text begins with.
fn piece_length(text: &str) -> usize {
    let first = text.chars().next();
    let through = |from: usize, close: &str| {
        let end = text.get(from..).and_then(|rest| rest.find(close));
        end.map_or(text.len(), |end| from + end + close.len())
    };
    match first {
        Some('\'') => through(1, "'"),
        Some('"') => through(1, "\""),
        Some('`') => through(1, "`"),
        Some('[') => through(1, "]"),
        _ if text.starts_with("--") => through(2, "\n"),
        _ if text.starts_with("/*") => through(2, "*/"),
        Some(other) => other.len_utf8(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_double_quotes_is_found() {
        let sql =
            "SELECT 'say \"no\"', \"état\" -- \"no\"\nFROM [a\"b] /* \"no\" */ WHERE x = \"open\"";
        let texts: Vec<&str> = double_quoted(sql).iter().map(|one| one.text).collect();
        assert_eq!(texts, ["état", "open"]);
        let last = double_quoted(sql)[1];
        assert_eq!(sql.get(last.span.start..last.span.end), Some("\"open\""));
        assert!(last.before.ends_with("x = "));
        assert!(double_quoted("SELECT \"open").is_empty());
    }
}
