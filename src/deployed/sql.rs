//! SQL in strings and files of an application, read by the SQL front end.

use super::mention::{How, Mention, Name, Subject};
use crate::frontend;
use crate::migration::{
    ActionKind, Dialect, Direction, Expr, Ident, Insert, ObjectName, OutputColumn, Query,
    QueryFacts, ScriptSource, TransactionMode, Update,
};
use crate::source::{MappedText, SourceFile, Span};
use smol_str::SmolStr;
use std::sync::Arc;

/// Longer texts are data, not queries.
const LONGEST: usize = 200_000;

const VERBS: [&str; 8] =
    ["select", "insert", "update", "delete", "with", "merge", "truncate", "copy"];

/// Whether a text may be SQL on rows: its first word says so, and it has more than one.
pub(super) fn looks_like_sql(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (first, rest) = text.split_at(end);
    let is_verb = VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(first));
    is_verb && rest.trim().len() > 2 || text.starts_with("--") && text.len() < LONGEST
}

/// What a text names; `offset` is where it stands in its file. A text that is no SQL gives nothing.
pub(super) fn mentions(text: &str, offset: usize) -> Vec<Mention> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let plain = without_placeholders(text);
    let file = Arc::new(SourceFile::new("sql", plain));
    let span = Span::new(0, file.text().len());
    let source = ScriptSource {
        text: MappedText::verbatim(&file, span),
        file,
        direction: Direction::Up,
        transaction: TransactionMode::Autocommit,
    };
    let script = frontend::sql::parse(source, Dialect::Postgres);
    let mut found = Found::default();
    for statement in script.statements() {
        found.offset = offset + statement.span.start;
        for action in &statement.actions {
            found.action(&action.kind);
        }
    }
    found.mentions
}

/// Replaces what formatters and drivers fill in by something that the grammar reads, byte for byte.
fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['%', '?', '{', '#', '$', '@']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = placeholder(from);
        if length == 0 {
            let width = from.chars().next().map_or(1, char::len_utf8);
            out.push_str(from.get(..width).unwrap_or(""));
            rest = from.get(width..).unwrap_or("");
            continue;
        }
        out.push('x');
        out.extend(std::iter::repeat_n('_', length - 1));
        rest = from.get(length..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// Length of the placeholder that the text starts with; 0 where it is none.
fn placeholder(text: &str) -> usize {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.get(1)) {
        (Some(b'%'), Some(b's' | b'd')) => 2,
        (Some(b'%'), Some(b'(')) => text.find(")s").map_or(0, |end| end + 2),
        (Some(b'?'), Some(b'|' | b'&')) => 0,
        (Some(b'?'), _) => 1,
        (Some(b'{'), _) => text.find('}').map_or(0, |end| end + 1),
        (Some(b'#' | b'$'), Some(b'{')) => text.find('}').map_or(0, |end| end + 1),
        (Some(b'@'), Some(c)) if c.is_ascii_alphabetic() => {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            1 + text.get(1..).map_or(0, |rest| rest.find(|c| !word(c)).unwrap_or(rest.len()))
        }
        _ => 0,
    }
}

#[derive(Default)]
struct Found {
    mentions: Vec<Mention>,
    offset: usize,
}

impl Found {
    fn action(&mut self, kind: &ActionKind) {
        match kind {
            ActionKind::Select(query) => self.query(query),
            ActionKind::Insert(insert) => self.insert(insert),
            ActionKind::Update(update) => self.update(update),
            ActionKind::Delete(delete) => {
                self.table(&delete.table);
                let mut tables = vec![delete.table.clone()];
                tables.extend(delete.using.iter().cloned());
                if let crate::migration::RowPredicate::Where(condition) = &delete.rows {
                    self.expr(condition, &tables);
                }
                self.query(&delete.query);
            }
            ActionKind::Merge(merge) => {
                self.table(&merge.table);
                self.query(&merge.query);
            }
            ActionKind::Truncate(truncate) => {
                truncate.tables.iter().for_each(|(table, _)| self.table(table));
            }
            ActionKind::Copy(copy) => {
                if let Some(table) = &copy.table {
                    self.table(table);
                    copy.columns
                        .iter()
                        .for_each(|column| self.column(std::slice::from_ref(table), column));
                    if copy.columns.is_empty() {
                        self.add(Subject::AllColumns(table.into()), How::Star);
                    }
                }
                copy.query.iter().for_each(|query| self.query(query));
            }
            ActionKind::Evaluate(expr) => self.expr(expr, &[]),
            _ => {}
        }
    }

    fn insert(&mut self, insert: &Insert) {
        self.table(&insert.table);
        let columns: Vec<SmolStr> =
            insert.columns.iter().map(|column| SmolStr::new(column.as_str())).collect();
        for column in &insert.columns {
            self.column(std::slice::from_ref(&insert.table), column);
            self.write(&insert.table, column);
        }
        let columns = (!columns.is_empty()).then_some(columns);
        if columns.is_none() {
            self.add(Subject::AllColumns((&insert.table).into()), How::Star);
        }
        self.add(Subject::Insert { table: (&insert.table).into(), columns }, How::Queried);
        self.query(&insert.query);
    }

    fn update(&mut self, update: &Update) {
        self.table(&update.table);
        let mut tables = vec![update.table.clone()];
        tables.extend(update.from.iter().cloned());
        for (column, value) in &update.assignments {
            self.column(std::slice::from_ref(&update.table), column);
            self.write(&update.table, column);
            self.expr(value, &tables);
        }
        if let crate::migration::RowPredicate::Where(condition) = &update.rows {
            self.expr(condition, &tables);
        }
        self.query(&update.query);
    }

    fn query(&mut self, query: &Query) {
        if let Ok(facts) = &query.facts {
            self.facts(facts, &[]);
        }
    }

    fn facts(&mut self, facts: &QueryFacts, outer: &[ObjectName]) {
        let mut tables = facts.reads.clone();
        tables.extend(facts.writes.iter().cloned());
        tables.iter().for_each(|table| self.table(table));
        tables.extend(outer.iter().cloned());
        for (table, column) in &facts.columns {
            match table {
                Some(table) => self.column(std::slice::from_ref(table), column),
                None => self.column(&tables, column),
            }
        }
        for output in facts.output.iter().flatten() {
            let OutputColumn::Star(of) = output else { continue };
            match of {
                Some(table) => self.add(Subject::AllColumns(table.into()), How::Star),
                None => facts
                    .reads
                    .iter()
                    .for_each(|table| self.add(Subject::AllColumns(table.into()), How::Star)),
            }
        }
    }

    fn expr(&mut self, expr: &Expr, tables: &[ObjectName]) {
        let Some(facts) = &expr.facts else { return };
        facts.columns.iter().for_each(|column| self.column(tables, column));
        self.facts(&facts.queries, tables);
    }

    fn table(&mut self, table: &ObjectName) {
        self.add(Subject::Table(table.into()), How::Queried);
    }

    fn column(&mut self, tables: &[ObjectName], column: &Ident) {
        let tables: Vec<Name> = tables.iter().map(Name::from).collect();
        let column = SmolStr::new(column.as_str());
        self.add(Subject::Column { tables, column }, How::Queried);
    }

    fn write(&mut self, table: &ObjectName, column: &Ident) {
        let column = SmolStr::new(column.as_str());
        self.add(Subject::Write { table: table.into(), column }, How::Queried);
    }

    fn add(&mut self, subject: Subject, how: How) {
        let mention = Mention { subject, how, offset: self.offset };
        if !self.mentions.contains(&mention) {
            self.mentions.push(mention);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<String> {
        let column = |mention: Mention| match mention.subject {
            Subject::Column { tables, column } => {
                let tables: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
                Some(format!("{}.{column}", tables.join("|")))
            }
            _ => None,
        };
        mentions(text, 0).into_iter().filter_map(column).collect()
    }

    #[test]
    fn drivers_placeholders_are_values() {
        let text =
            "SELECT o.total FROM orders o WHERE o.note = %s AND o.kind = ${kind} AND o.id = ?";
        let found = columns(text);
        for column in ["orders.total", "orders.note", "orders.kind", "orders.id"] {
            assert!(found.iter().any(|one| one == column), "{column} in {found:?}");
        }
    }

    #[test]
    fn a_bare_column_may_belong_to_each_table_of_the_query() {
        let found = columns("SELECT note FROM orders JOIN invoices USING (id)");
        assert!(found.contains(&"orders|invoices.note".to_owned()), "{found:?}");
    }

    #[test]
    fn prose_is_no_sql() {
        assert!(!looks_like_sql("selected"));
        assert!(looks_like_sql("  SELECT 1 FROM orders"));
        assert!(mentions("Update the order before it ships.", 0).is_empty());
    }
}
