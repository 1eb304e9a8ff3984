//! `MERGE`.

use super::{Done, Lowered, Lowering};
use crate::migration::{ActionKind, Merge, MergeChange, ObjectName};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::ops::Range;

impl Lowering<'_, '_> {
    pub(super) fn merge(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let at = head + 1 + usize::from(self.tokens.is(head + 1, Keyword::INTO));
        let (table, _, next) = self.table(at)?;
        let next = self.target(&table, next, &[Keyword::USING])?;
        let using = self.expect_word(next, Keyword::USING)?;
        let on = self.until(using..range.end, &[Keyword::ON]);
        self.from(using..on)?;
        let condition = self.expect_word(on, Keyword::ON)?;
        let mut at = self.next_when(condition..range.end);
        self.walk(condition..at);
        let returning = self.until(at..range.end, &[Keyword::RETURNING]);
        let mut changes = Vec::new();
        while at < returning {
            at = self.when(&table, at..returning, &mut changes)?;
        }
        let output = self.returning(returning..range.end);
        let target = table.clone();
        self.done(range, target, output, |query| {
            ActionKind::Merge(Box::new(Merge { table, changes, query }))
        })
    }

    /// The next `WHEN [NOT] MATCHED`, which a `CASE` has not.
    fn next_when(&self, range: Range<usize>) -> usize {
        let end = range.end;
        let when = |at: usize| {
            let not = usize::from(self.tokens.is(at + 1, Keyword::NOT));
            self.tokens.is(at, Keyword::WHEN) && self.tokens.is(at + 1 + not, Keyword::MATCHED)
        };
        self.tokens.find(range, when).unwrap_or(end)
    }

    /// One `WHEN` clause; gives the token behind it.
    fn when(
        &mut self,
        table: &ObjectName,
        range: Range<usize>,
        changes: &mut Vec<MergeChange>,
    ) -> Lowered<usize> {
        let Range { start: at, end } = range;
        let not = usize::from(self.tokens.is(at + 1, Keyword::NOT));
        let mut next = self.expect_word(at + 1 + not, Keyword::MATCHED)?;
        if self.tokens.is(next, Keyword::BY) {
            next += 2;
        }
        let clause_end = self.next_when(next..end);
        let starts_action = |at: usize| {
            [Keyword::INSERT, Keyword::UPDATE, Keyword::DELETE, Keyword::DO]
                .iter()
                .any(|&keyword| self.tokens.is(at, keyword))
        };
        let then = self
            .tokens
            .find(next..clause_end, |at| self.tokens.is(at, Keyword::THEN) && starts_action(at + 1))
            .ok_or_else(|| self.tokens.refuse(next, "expected THEN and an action"))?;
        if self.tokens.is(next, Keyword::AND) {
            self.walk(next + 1..then);
        } else {
            self.expect_end(next, then)?;
        }
        changes.extend(self.merge_action(table, then + 1..clause_end)?);
        Ok(clause_end)
    }

    fn merge_action(
        &mut self,
        table: &ObjectName,
        range: Range<usize>,
    ) -> Lowered<Option<MergeChange>> {
        let at = range.start;
        if self.tokens.is(at, Keyword::UPDATE) {
            let set = self.expect_word(at + 1, Keyword::SET)?;
            let assigned = self.assignments(table, set..range.end)?;
            let columns = assigned.into_iter().map(|(column, _)| column).collect();
            return Ok(Some(MergeChange::Update(columns)));
        }
        if self.tokens.is(at, Keyword::DELETE) {
            self.expect_end(at + 1, range.end)?;
            return Ok(Some(MergeChange::Delete));
        }
        if self.tokens.is(at, Keyword::DO) {
            self.expect_end(at + 2, range.end)?;
            return Ok(None);
        }
        let values = self.tokens.find(range.clone(), |at| self.tokens.is(at, Keyword::VALUES));
        let Some(values) = values else {
            return Err(self.tokens.refuse(at, "expected VALUES"));
        };
        if *self.tokens.get(at + 1) == Token::LParen {
            let close = self.closing(at + 1, values)?;
            for item in self.tokens.items(at + 2..close) {
                let column = self.word(item.start)?;
                self.collector.qualified(table, column);
            }
        }
        if values + 1 < range.end {
            self.expect(values + 1, &Token::LParen)?;
            let close = self.closing(values + 1, range.end)?;
            self.row(values + 2..close)?;
            self.expect_end(close + 1, range.end)?;
        }
        Ok(Some(MergeChange::Insert))
    }
}
