//! Statements on rows: which tables they fill, and the functions that they call.

use super::Applier;
use crate::migration::{
    ActionKind, FunctionCall, InsertSource, MergeChange, ObjectName, Query, Truncate,
};
use crate::schema::RelationName;

/// More rows than these in one statement fill a table in bulk.
const BULK_ROWS: usize = 1000;

impl Applier<'_> {
    pub(super) fn data_action(&mut self, action: &ActionKind) {
        match action {
            ActionKind::Insert(insert) => {
                let bulk = match insert.source {
                    InsertSource::Query => true,
                    InsertSource::Values(rows) => rows > BULK_ROWS,
                    InsertSource::Defaults => false,
                };
                if bulk {
                    self.fill(&insert.table);
                }
                self.query(&insert.query);
            }
            ActionKind::Copy(copy)
                if copy.from && copy.inline_rows.is_none_or(|rows| rows > BULK_ROWS) =>
            {
                copy.table.iter().for_each(|table| self.fill(table));
            }
            ActionKind::Merge(merge) => {
                if merge.changes.contains(&MergeChange::Insert) {
                    self.fill(&merge.table);
                }
                self.query(&merge.query);
            }
            ActionKind::Update(update) => self.query(&update.query),
            ActionKind::Delete(delete) => self.query(&delete.query),
            ActionKind::Truncate(truncate) => self.truncate(truncate),
            ActionKind::Select(query) => self.query(query),
            ActionKind::Evaluate(expr) => {
                let queried = expr.facts.as_ref().map(|facts| facts.queries.functions.clone());
                self.call_all(&queried.unwrap_or_default());
                self.call_all(expr.functions());
            }
            ActionKind::Call(call) => {
                // What a procedure of MySQL does is not read.
                if self.context.target.dialect.is_mysql() {
                    self.schema.cloud();
                }
                self.call(call);
            }
            ActionKind::Commit | ActionKind::Rollback => self.schema.end_transaction(),
            _ => {}
        }
    }

    /// Rows that are asked for, with what the functions do that are called for them.
    fn query(&mut self, query: &Query) {
        self.written_by(query);
        self.call_all(query.functions());
    }

    fn call_all(&mut self, calls: &[FunctionCall]) {
        for call in calls {
            self.call(call);
        }
    }

    /// Tables that a query's data-modifying parts fill.
    pub(super) fn written_by(&mut self, query: &Query) {
        let Ok(facts) = &query.facts else { return };
        for table in &facts.writes {
            self.fill(table);
        }
    }

    /// Rows were put into a table, and with it into its parents or partitions.
    fn fill(&mut self, table: &ObjectName) {
        let name = self.schema.resolve(table);
        let mut filled = self.descendant_names(&name);
        let mut at = Some(name);
        while let Some(name) = at {
            let parent = self.schema.table_of(&name).and_then(|table| {
                table.parents().next().filter(|parent| !filled.contains(parent)).cloned()
            });
            filled.push(name);
            at = parent;
        }
        for name in filled {
            self.mark_filled(&name);
        }
    }

    fn mark_filled(&mut self, name: &RelationName) {
        if self.schema.relations.get(name).is_some_and(|relation| !relation.filled) {
            self.schema.edit(name, |relation| relation.filled = true);
        }
    }

    fn truncate(&mut self, truncate: &Truncate) {
        if !self.certain {
            return;
        }
        for (table, only) in &truncate.tables {
            let name = self.schema.resolve(table);
            let descendants = if *only { Vec::new() } else { self.descendant_names(&name) };
            let clock = self.schema.clock();
            for name in descendants.iter().chain([&name]) {
                if self.schema.relations.contains_key(name) {
                    self.schema.edit(name, |relation| {
                        relation.filled = false;
                        relation.emptied = Some(clock);
                    });
                }
            }
        }
    }
}
