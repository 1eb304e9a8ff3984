//! `INSERT`, and SQLite's `REPLACE`.

use super::{Done, Lowered, Lowering, Source};
use crate::migration::{
    ActionKind, ConflictTarget, Ident, Insert, InsertSource, InsertValue, ObjectName, OnConflict,
    OutputColumn,
};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::ops::Range;

/// Values of the rows that keep them.
type Kept = Vec<Vec<InsertValue>>;

/// What an `INSERT` puts in.
pub(super) struct Given {
    /// Where rows come from.
    pub source: InsertSource,
    /// Values of the first rows.
    pub values: Kept,
    /// Columns of a query.
    pub selected: Option<Vec<OutputColumn>>,
}

impl Given {
    /// Rows that no query gives.
    pub fn rows(source: InsertSource, values: Kept) -> Self {
        Self { source, values, selected: None }
    }
}

impl Lowering<'_, '_> {
    pub(super) fn insert(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let mut at = head + 1;
        let mut on_conflict = match self.tokens.is(head, Keyword::REPLACE) {
            true => OnConflict::Change,
            false => OnConflict::Fail,
        };
        if self.tokens.is(at, Keyword::OR) {
            let skips = self.tokens.is(at + 1, Keyword::IGNORE);
            on_conflict = if skips { OnConflict::Skip } else { OnConflict::Change };
            at += 2;
        }
        at = self.expect_word(at, Keyword::INTO)?;
        let (table, next) = self.name(at)?;
        let alias = self.insert_alias(next)?;
        at = next + 2 * usize::from(alias.is_some());
        let (columns, next) = self.insert_columns(at, range.end)?;
        at = self.overriding(next);
        let rest = self.conflict_start(at..range.end);
        let Given { source, values, selected } = self.insert_source(at..rest)?;
        self.collector.scopes.push(Vec::new());
        self.collector.add_source(Source::table(table.clone(), alias));
        for column in &columns {
            self.collector.qualified(&table, column.clone());
        }
        let returning = self.until(rest..range.end, &[Keyword::RETURNING]);
        let mut conflict_targets = Vec::new();
        if rest < returning {
            (on_conflict, conflict_targets) = self.conflicts(&table, rest..returning)?;
        }
        let output = self.returning(returning..range.end);
        let target = table.clone();
        self.done(range, target, output, |query| {
            let insert = Insert {
                table,
                columns,
                source,
                values,
                on_conflict,
                conflict_targets,
                query,
                selected,
            };
            ActionKind::Insert(Box::new(insert))
        })
    }

    fn insert_alias(&self, at: usize) -> Lowered<Option<Ident>> {
        if self.tokens.is(at, Keyword::AS) { self.word(at + 1).map(Some) } else { Ok(None) }
    }

    pub(super) fn insert_columns(&self, at: usize, end: usize) -> Lowered<(Vec<Ident>, usize)> {
        let is_query = [Keyword::SELECT, Keyword::VALUES, Keyword::WITH, Keyword::TABLE]
            .iter()
            .any(|&keyword| self.tokens.is(at + 1, keyword))
            || *self.tokens.get(at + 1) == Token::LParen;
        if *self.tokens.get(at) != Token::LParen || is_query {
            return Ok((Vec::new(), at));
        }
        let close = self.closing(at, end)?;
        let columns = self.tokens.items(at + 1..close);
        let columns = columns.into_iter().map(|item| self.word(item.start));
        Ok((columns.collect::<Lowered<_>>()?, close + 1))
    }

    fn overriding(&self, at: usize) -> usize {
        if self.tokens.is_word(at, "overriding") { at + 3 } else { at }
    }

    /// Where `ON CONFLICT` or `RETURNING` begins.
    fn conflict_start(&self, range: Range<usize>) -> usize {
        let end = range.end;
        let tail = |at: usize| {
            self.tokens.is(at, Keyword::RETURNING)
                || self.tokens.is(at, Keyword::ON) && self.tokens.is(at + 1, Keyword::CONFLICT)
        };
        self.tokens.find(range, tail).unwrap_or(end)
    }

    pub(super) fn insert_source(&mut self, range: Range<usize>) -> Lowered<Given> {
        let at = range.start;
        if range.is_empty() {
            return Err(self.tokens.refuse(at, "expected VALUES or a query"));
        }
        if self.tokens.is(at, Keyword::DEFAULT) {
            let next = self.expect_word(at + 1, Keyword::VALUES)?;
            self.expect_end(next, range.end)?;
            return Ok(Given::rows(InsertSource::Defaults, Vec::new()));
        }
        let is_values = self.tokens.is(at, Keyword::VALUES)
            || self.tokens.dialect.is_mysql() && self.tokens.is_word(at, "value");
        if is_values && let Some(rows) = self.values(at + 1..range.end)? {
            return Ok(rows);
        }
        let selected = match self.tokens.parse(range, Parser::parse_query) {
            Ok(tree) => self.collector.query(&tree),
            Err(refusal) if is_values || !self.looks_like_query(at) => return Err(refusal),
            Err(refusal) => {
                self.refuse(refusal);
                None
            }
        };
        Ok(Given { source: InsertSource::Query, values: Vec::new(), selected })
    }

    pub(super) fn looks_like_query(&self, at: usize) -> bool {
        *self.tokens.get(at) == Token::LParen
            || [Keyword::SELECT, Keyword::VALUES, Keyword::WITH, Keyword::TABLE]
                .iter()
                .any(|&keyword| self.tokens.is(at, keyword))
    }

    /// Rows of `VALUES`; `None` where more than rows follows.
    fn values(&mut self, range: Range<usize>) -> Lowered<Option<Given>> {
        let mut rows = Vec::new();
        let mut at = range.start;
        loop {
            self.expect(at, &Token::LParen)?;
            let close = self.closing(at, range.end)?;
            rows.push(at + 1..close);
            at = close + 1;
            if at >= range.end {
                break;
            }
            if *self.tokens.get(at) != Token::Comma {
                return Ok(None);
            }
            at += 1;
        }
        let count = rows.len();
        let kept = rows.iter().take(Insert::ROWS_KEPT).map(|row| self.kept(row.clone())).collect();
        for row in rows {
            self.row(row)?;
        }
        Ok(Some(Given::rows(InsertSource::Values(count), kept)))
    }

    fn kept(&self, row: Range<usize>) -> Vec<InsertValue> {
        let value = |cell: Range<usize>| match self.tokens.get(cell.start) {
            _ if cell.len() != 1 => InsertValue::Other,
            Token::Number(text, _)
            | Token::SingleQuotedString(text)
            | Token::DoubleQuotedString(text) => InsertValue::Literal(text.clone()),
            _ if self.tokens.is(cell.start, Keyword::DEFAULT) => InsertValue::Default,
            _ => InsertValue::Other,
        };
        self.tokens.items(row).into_iter().map(value).collect()
    }

    /// The expressions of one row. Plain literals, most of what bulk inserts hold, need no parser.
    pub(super) fn row(&mut self, row: Range<usize>) -> Lowered<()> {
        for cell in self.tokens.items(row) {
            if cell.is_empty() {
                return Err(self.tokens.refuse(cell.start, "expected a value"));
            }
            if cell.len() == 1 && self.is_plain(cell.start) {
                continue;
            }
            self.walk(cell);
        }
        Ok(())
    }

    fn is_plain(&self, at: usize) -> bool {
        match self.tokens.get(at) {
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::EscapedStringLiteral(_) => true,
            Token::Word(_) => [Keyword::DEFAULT, Keyword::NULL, Keyword::TRUE, Keyword::FALSE]
                .iter()
                .any(|&keyword| self.tokens.is(at, keyword)),
            _ => false,
        }
    }

    fn conflicts(
        &mut self,
        table: &ObjectName,
        range: Range<usize>,
    ) -> Lowered<(OnConflict, Vec<ConflictTarget>)> {
        let mut on_conflict = OnConflict::Skip;
        let mut targets = Vec::new();
        let mut at = range.start;
        while at < range.end {
            at = self.expect_word(at, Keyword::ON)?;
            at = self.expect_word(at, Keyword::CONFLICT)?;
            let target_end = self.until(at..range.end, &[Keyword::DO]);
            targets.extend(self.conflict_target(at..target_end)?);
            at = self.expect_word(target_end, Keyword::DO)?;
            if self.tokens.is(at, Keyword::NOTHING) {
                at += 1;
                continue;
            }
            on_conflict = OnConflict::Change;
            at = self.expect_word(at, Keyword::UPDATE)?;
            at = self.expect_word(at, Keyword::SET)?;
            let end = self.conflict_start(at..range.end);
            let condition = self.until(at..end, &[Keyword::WHERE]);
            self.collector.add_source(Source::table(table.clone(), Some(Ident::new("excluded"))));
            self.assignments(table, at..condition)?;
            if condition < end {
                self.walk(condition + 1..end);
            }
            self.collector.scopes.last_mut().and_then(Vec::pop);
            at = end;
        }
        Ok((on_conflict, targets))
    }

    /// `(columns) [WHERE condition]` or `ON CONSTRAINT name`.
    fn conflict_target(&mut self, range: Range<usize>) -> Lowered<Option<ConflictTarget>> {
        let at = range.start;
        if range.is_empty() {
            return Ok(None);
        }
        if self.tokens.is(at, Keyword::ON) && self.tokens.is(at + 1, Keyword::CONSTRAINT) {
            return self.word(at + 2).map(|name| Some(ConflictTarget::Constraint(name)));
        }
        if *self.tokens.get(at) != Token::LParen {
            return Ok(None);
        }
        let close = self.closing(at, range.end)?;
        let mut columns = Some(Vec::new());
        for item in self.tokens.items(at + 1..close) {
            let column = (item.len() == 1).then(|| self.word(item.start).ok()).flatten();
            if item.len() == 1 {
                self.walk(item);
            }
            columns = columns.zip(column).map(|(columns, column)| [columns, vec![column]].concat());
        }
        let filtered = self.tokens.is(close + 1, Keyword::WHERE);
        if filtered {
            self.walk(close + 2..range.end);
        }
        Ok(Some(match columns {
            Some(columns) => ConflictTarget::Columns { columns, filtered },
            None => ConflictTarget::Expressions,
        }))
    }
}
