//! `UPDATE` and `DELETE`.

use super::{Done, Lowered, Lowering};
use crate::migration::{ActionKind, Delete, Expr, Ident, ObjectName, RowPredicate, Update};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::ops::Range;

const TAIL: [Keyword; 3] = [Keyword::RETURNING, Keyword::ORDER, Keyword::LIMIT];

impl Lowering<'_, '_> {
    pub(super) fn update(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let or = self.tokens.is(head + 1, Keyword::OR);
        let at = head + 1 + 2 * usize::from(or);
        let (table, only, next) = self.table(at)?;
        let next = self.target(&table, next, &[Keyword::SET])?;
        let set = self.expect_word(next, Keyword::SET)?;
        let tail = self.until(set..range.end, &TAIL);
        let condition = self.until(set..tail, &[Keyword::WHERE]);
        let from = self.until(set..condition, &[Keyword::FROM]);
        let tables = match from < condition {
            true => self.from(from + 1..condition)?,
            false => Vec::new(),
        };
        let assignments = self.assignments(&table, set..from)?;
        let rows = self.rows(condition..tail)?;
        let returning = self.until(tail..range.end, &[Keyword::RETURNING]);
        let output = self.returning(returning..range.end);
        let target = table.clone();
        self.done(range, target, output, |query| {
            let update = Update { table, only, assignments, from: tables, rows, query };
            ActionKind::Update(Box::new(update))
        })
    }

    pub(super) fn delete(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let at = self.expect_word(head + 1, Keyword::FROM)?;
        let (table, only, next) = self.table(at)?;
        let follow =
            [Keyword::USING, Keyword::WHERE, Keyword::RETURNING, Keyword::ORDER, Keyword::LIMIT];
        let next = self.target(&table, next, &follow)?;
        let tail = self.until(next..range.end, &TAIL);
        let condition = self.until(next..tail, &[Keyword::WHERE]);
        let using = match self.tokens.is(next, Keyword::USING) && next < condition {
            true => self.from(next + 1..condition)?,
            false => {
                self.expect_end(next, condition)?;
                Vec::new()
            }
        };
        let rows = self.rows(condition..tail)?;
        let returning = self.until(tail..range.end, &[Keyword::RETURNING]);
        let output = self.returning(returning..range.end);
        let target = table.clone();
        self.done(range, target, output, |query| {
            ActionKind::Delete(Box::new(Delete { table, only, using, rows, query }))
        })
    }

    /// `WHERE` from the keyword to its end.
    pub(super) fn rows(&mut self, range: Range<usize>) -> Lowered<RowPredicate> {
        if range.is_empty() {
            return Ok(RowPredicate::All);
        }
        let at = range.start + 1;
        if self.tokens.is(at, Keyword::CURRENT) && self.tokens.is(at + 1, Keyword::OF) {
            self.expect_end(at + 3, range.end)?;
            return Ok(RowPredicate::CurrentOf);
        }
        if at >= range.end {
            return Err(self.tokens.refuse(at, "expected a condition after WHERE"));
        }
        Ok(RowPredicate::Where(self.expr(at..range.end)))
    }

    /// What follows `SET`.
    pub(super) fn assignments(
        &mut self,
        table: &ObjectName,
        range: Range<usize>,
    ) -> Lowered<Vec<(Ident, Expr)>> {
        if range.is_empty() {
            return Err(self.tokens.refuse(range.start, "expected an assignment after SET"));
        }
        let mut assignments = Vec::new();
        for item in self.tokens.items(range) {
            let equals = self.tokens.find(item.clone(), |at| *self.tokens.get(at) == Token::Eq);
            let Some(equals) = equals else {
                return Err(self.tokens.refuse(item.start, "expected an assignment"));
            };
            let value = equals + 1..item.end;
            if *self.tokens.get(item.start) == Token::LParen {
                self.tuple(item.start + 1..equals - 1, value, &mut assignments)?;
            } else {
                let column = self.word(item.start)?;
                let value = self.value(value)?;
                assignments.push((column, value));
            }
        }
        for (column, _) in &assignments {
            self.collector.qualified(table, column.clone());
        }
        Ok(assignments)
    }

    pub(super) fn value(&mut self, range: Range<usize>) -> Lowered<Expr> {
        if range.is_empty() {
            return Err(self.tokens.refuse(range.start, "expected a value"));
        }
        if range.len() == 1 && self.tokens.is(range.start, Keyword::DEFAULT) {
            return Ok(Expr::unknown(self.tokens.text(range)));
        }
        Ok(self.expr(range))
    }

    /// `(a, b) = (x, y)`, `(a, b) = ROW (x, y)`, `(a, b) = (SELECT …)`.
    fn tuple(
        &mut self,
        columns: Range<usize>,
        value: Range<usize>,
        assignments: &mut Vec<(Ident, Expr)>,
    ) -> Lowered<()> {
        let columns: Vec<Ident> = self
            .tokens
            .items(columns)
            .into_iter()
            .map(|item| self.word(item.start))
            .collect::<Lowered<_>>()?;
        let values = self.row_values(value.clone()).filter(|values| values.len() == columns.len());
        if let Some(values) = values {
            for (column, value) in columns.into_iter().zip(values) {
                let value = self.value(value)?;
                assignments.push((column, value));
            }
            return Ok(());
        }
        let text = self.tokens.text(value.clone());
        self.walk(value);
        assignments.extend(columns.into_iter().map(|column| (column, Expr::unknown(text))));
        Ok(())
    }

    /// The values of a row that is spelled out.
    fn row_values(&self, value: Range<usize>) -> Option<Vec<Range<usize>>> {
        let open = value.start + usize::from(self.tokens.is(value.start, Keyword::ROW));
        let close = self.tokens.closing(open, value.end)?;
        if *self.tokens.get(open) != Token::LParen || close + 1 != value.end {
            return None;
        }
        if open == value.start && self.looks_like_query(open + 1) {
            return None;
        }
        Some(self.tokens.items(open + 1..close))
    }
}
