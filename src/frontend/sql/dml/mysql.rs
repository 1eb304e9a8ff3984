//! `INSERT`, `REPLACE`, `UPDATE` and `DELETE` as MySQL and MariaDB write them: with several
//! tables, priorities and `ON DUPLICATE KEY UPDATE`.

use super::insert::Given;
use super::{Done, Lowered, Lowering, Source};
use crate::migration::{
    ActionKind, Delete, Expr, Ident, Insert, InsertSource, ObjectName, OnConflict, Query,
    RowPredicate, Update,
};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::ops::Range;

/// Words between the head and what it is about.
const PRIORITIES: [&str; 5] = ["low_priority", "high_priority", "delayed", "quick", "ignore"];

/// An assignment with the table that it names, where it names one.
type Assigned = (Option<ObjectName>, Ident, Expr);

impl Lowering<'_, '_> {
    pub(super) fn mysql_insert(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let (mut at, ignored) = self.priorities(head + 1);
        let mut on_conflict = match self.tokens.is(head, Keyword::REPLACE) {
            true => OnConflict::Change,
            false if ignored => OnConflict::Skip,
            false => OnConflict::Fail,
        };
        at += usize::from(self.tokens.is(at, Keyword::INTO));
        let (table, next) = self.name(at)?;
        at = self.partitions(next, range.end)?;
        let (columns, next) = self.insert_columns(at, range.end)?;
        let tail = self.duplicate_start(next..range.end);
        self.collector.scopes.push(Vec::new());
        self.collector.add_source(Source::table(table.clone(), None));
        let (columns, given) = if self.tokens.is(next, Keyword::SET) {
            let set = self.mysql_assignments(next + 1..tail)?;
            let columns = set.into_iter().map(|(_, column, _)| column).collect();
            (columns, Given::rows(InsertSource::Values(1), Vec::new()))
        } else {
            let source = self.row_alias(next..tail)?;
            (columns, self.insert_source(source)?)
        };
        let Given { source, values, selected } = given;
        for column in &columns {
            self.collector.qualified(&table, column.clone());
        }
        let returning = self.until(tail..range.end, &[Keyword::RETURNING]);
        if tail < returning {
            on_conflict = OnConflict::Change;
            let update = self.until(tail..returning, &[Keyword::UPDATE]);
            self.mysql_assignments(update + 1..returning)?;
        }
        let output = self.returning(returning..range.end);
        let target = table.clone();
        self.done(range, target, output, |query| {
            let conflict_targets = Vec::new();
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

    /// Skips priorities and `IGNORE`; says whether rows that offend are ignored.
    fn priorities(&self, mut at: usize) -> (usize, bool) {
        let mut ignored = false;
        while PRIORITIES.iter().any(|word| self.tokens.is_word(at, word)) {
            ignored |= self.tokens.is_word(at, "ignore");
            at += 1;
        }
        (at, ignored)
    }

    /// Skips `PARTITION (…)`.
    fn partitions(&self, at: usize, end: usize) -> Lowered<usize> {
        if !self.tokens.is(at, Keyword::PARTITION) {
            return Ok(at);
        }
        Ok(self.closing(at + 1, end)? + 1)
    }

    /// Where `ON DUPLICATE KEY UPDATE` or `RETURNING` begins.
    fn duplicate_start(&self, range: Range<usize>) -> usize {
        let end = range.end;
        let tail = |at: usize| {
            self.tokens.is(at, Keyword::RETURNING)
                || self.tokens.is(at, Keyword::ON) && self.tokens.is_word(at + 1, "duplicate")
        };
        self.tokens.find(range, tail).unwrap_or(end)
    }

    /// The rows without `AS new` behind them.
    fn row_alias(&mut self, range: Range<usize>) -> Lowered<Range<usize>> {
        let is_values = self.tokens.is(range.start, Keyword::VALUES)
            || self.tokens.is_word(range.start, "value");
        if !is_values {
            return Ok(range);
        }
        let end = self.until(range.clone(), &[Keyword::AS]);
        if end < range.end {
            let alias = self.word(end + 1)?;
            self.collector.add_source(Source::derived(Some(alias), None));
        }
        Ok(range.start..end)
    }

    pub(super) fn mysql_update(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let (at, _) = self.priorities(head + 1);
        let set = self.until(at..range.end, &[Keyword::SET]);
        self.expect_word(set, Keyword::SET)?;
        self.collector.scopes.push(Vec::new());
        let tables = self.from(at..set)?;
        let tail =
            self.until(set..range.end, &[Keyword::ORDER, Keyword::LIMIT, Keyword::RETURNING]);
        let condition = self.until(set..tail, &[Keyword::WHERE]);
        let assigned = self.mysql_assignments(set + 1..condition)?;
        let rows = self.mysql_rows(at..set, condition..tail, range.end)?;
        let first = tables.first().cloned();
        let first = first.ok_or_else(|| self.tokens.refuse(at, "expected a table"))?;
        // Each table that is assigned to is written; an assignment that names none goes to the
        // first.
        let mut groups: Vec<(ObjectName, Vec<(Ident, Expr)>)> = Vec::new();
        for (table, column, value) in assigned {
            let table = table.unwrap_or_else(|| first.clone());
            match groups.iter_mut().find(|(known, _)| *known == table) {
                Some((_, list)) => list.push((column, value)),
                None => groups.push((table, vec![(column, value)])),
            }
        }
        let done = self.done(range, first, Some(Vec::new()), ActionKind::Select)?;
        let kinds = groups.into_iter().map(|(table, assignments)| {
            let from = tables.iter().filter(|other| **other != table).cloned().collect();
            let (rows, query) = (rows.clone(), done.facts.clone());
            let update = Update { table, only: false, assignments, from, rows, query };
            ActionKind::Update(Box::new(update))
        });
        Ok(Done { kinds: kinds.collect(), ..done })
    }

    /// `WHERE` in the range, and `LIMIT` between it and the end; without `WHERE` what joins the
    /// tables.
    fn mysql_rows(
        &mut self,
        joins: Range<usize>,
        condition: Range<usize>,
        end: usize,
    ) -> Lowered<RowPredicate> {
        let tail = condition.end..end;
        let is_limited = self.until(tail, &[Keyword::LIMIT]) < end;
        let rows = match self.joining(joins).filter(|_| condition.is_empty()) {
            Some(joining) => RowPredicate::Where(joining),
            None => self.rows(condition)?,
        };
        Ok(if is_limited { rows.limited() } else { rows })
    }

    /// What follows `ON` or `USING`, where only rows that have a partner are taken.
    fn joining(&self, tables: Range<usize>) -> Option<Expr> {
        let outer = [Keyword::LEFT, Keyword::RIGHT];
        let is_inner = self.until(tables.clone(), &outer) == tables.end;
        let on = self.until(tables.clone(), &[Keyword::ON, Keyword::USING]);
        let range = on + 1..tables.end;
        (is_inner && !range.is_empty()).then(|| Expr::unknown(self.tokens.text(range)))
    }

    /// `a = 1, t.b = 2`.
    fn mysql_assignments(&mut self, range: Range<usize>) -> Lowered<Vec<Assigned>> {
        let mut assigned = Vec::new();
        for item in self.tokens.items(range.clone()) {
            let is_equals = |at| matches!(self.tokens.get(at), Token::Eq | Token::Assignment);
            let equals = self.tokens.find(item.clone(), is_equals);
            let Some(equals) = equals.filter(|&equals| equals > item.start) else {
                return Err(self.tokens.refuse(item.start, "expected an assignment"));
            };
            let column = self.word(equals - 1)?;
            let table = match equals.checked_sub(3).filter(|&at| at >= item.start) {
                Some(at) => self.source_named(&self.word(at)?),
                None => None,
            };
            if let Some(table) = &table {
                self.collector.qualified(table, column.clone());
            }
            let value = self.value(equals + 1..item.end)?;
            assigned.push((table, column, value));
        }
        if assigned.is_empty() {
            return Err(self.tokens.refuse(range.start, "expected an assignment"));
        }
        Ok(assigned)
    }

    /// The table that a name or alias stands for.
    fn source_named(&self, alias: &Ident) -> Option<ObjectName> {
        let scope = self.collector.scopes.last()?;
        let named = scope.iter().find(|source| source.alias.as_ref() == Some(alias));
        named.and_then(|source| source.relation.clone())
    }

    pub(super) fn mysql_delete(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let (at, _) = self.priorities(head + 1);
        self.collector.scopes.push(Vec::new());
        let tail_words = [Keyword::ORDER, Keyword::LIMIT, Keyword::RETURNING];
        let tail = self.until(at..range.end, &tail_words);
        let condition = self.until(at..tail, &[Keyword::WHERE]);
        // `DELETE a, b FROM …`, `DELETE FROM a, b USING …`, `DELETE FROM a`.
        let from = self.until(at..condition, &[Keyword::FROM]);
        let using = self.until(from..condition, &[Keyword::USING]);
        let (named, refs) = if from > at {
            (Some(at..from), from + 1..condition)
        } else if using < condition {
            (Some(from + 1..using), using + 1..condition)
        } else {
            (None, from + 1..condition)
        };
        if from >= condition {
            return Err(self.tokens.refuse(at, "expected FROM"));
        }
        let refs = match named {
            Some(_) => refs,
            None => refs.start..self.without_partitions(refs)?,
        };
        let joins = refs.clone();
        let tables = self.from(refs)?;
        let targets = match named {
            Some(named) => self.deleted(named)?,
            None => tables.iter().take(1).cloned().collect(),
        };
        let rows = self.mysql_rows(joins, condition..tail, range.end)?;
        let first = targets.first().cloned();
        let first = first.ok_or_else(|| self.tokens.refuse(at, "expected a table"))?;
        let done = self.done(range, first, Some(Vec::new()), ActionKind::Select)?;
        let kinds = targets.into_iter().map(|table| {
            let using = tables.iter().filter(|other| **other != table).cloned().collect();
            deletion(table, using, &rows, &done.facts)
        });
        Ok(Done { kinds: kinds.collect(), ..done })
    }

    /// Where `PARTITION (…)` behind the one table begins, or its end.
    fn without_partitions(&self, refs: Range<usize>) -> Lowered<usize> {
        let at = self.until(refs.clone(), &[Keyword::PARTITION]);
        if at < refs.end {
            let end = self.partitions(at, refs.end)?;
            self.expect_end(end, refs.end)?;
        }
        Ok(at)
    }

    /// The tables that rows are deleted from: names or aliases, perhaps with `.*`.
    fn deleted(&self, range: Range<usize>) -> Lowered<Vec<ObjectName>> {
        let mut targets = Vec::new();
        for item in self.tokens.items(range) {
            let (name, _) = self.name_before_star(item.start)?;
            let alias = name.schema.is_none().then(|| self.source_named(&name.name)).flatten();
            targets.push(alias.unwrap_or(name));
        }
        Ok(targets)
    }

    fn name_before_star(&self, at: usize) -> Lowered<(ObjectName, usize)> {
        let name = self.word(at)?;
        let is_qualified = *self.tokens.get(at + 1) == Token::Period
            && matches!(self.tokens.get(at + 2), Token::Word(_));
        match is_qualified {
            true => self.name(at),
            false => Ok((ObjectName::bare(Ident::new(name.as_str())), at + 1)),
        }
    }
}

fn deletion(
    table: ObjectName,
    using: Vec<ObjectName>,
    rows: &RowPredicate,
    query: &Query,
) -> ActionKind {
    let (rows, query) = (rows.clone(), query.clone());
    ActionKind::Delete(Box::new(Delete { table, only: false, using, rows, query }))
}
