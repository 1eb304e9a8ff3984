//! Functions and procedures that name what a statement takes away. PostgreSQL keeps the body as
//! text and looks names up when it runs: the drop succeeds, the next call fails.

use super::sql::{is_spelt, names_bare, words};
use crate::deployed::{Break, BreakKind};
use crate::migration::{Ident, ObjectName, QueryFacts, Statement};
use crate::schema::{Relation, RelationName, Routine, Schema};

/// A routine that names what is taken away.
#[derive(Debug, Clone, Copy)]
pub struct RoutineUse<'s> {
    /// The routine.
    pub routine: &'s Routine,
    /// The table whose writes fire it, where a trigger calls it.
    pub fired_by: Option<&'s RelationName>,
}

/// What a statement takes away, as a body may name it.
struct Lost<'a> {
    before: &'a Schema,
    table: &'a RelationName,
    /// `None`: the table itself.
    column: Option<&'a Ident>,
}

/// The routines of `after` that name what is broken; `before` says what the names mean.
pub fn routines_naming<'s>(
    before: &Schema,
    after: &'s Schema,
    broken: &Break,
) -> Vec<RoutineUse<'s>> {
    let column = match &broken.kind {
        BreakKind::TableDropped | BreakKind::TableRenamed(_) => None,
        BreakKind::ColumnDropped(column) | BreakKind::ColumnRenamed(column, _) => Some(column),
        _ => return Vec::new(),
    };
    if broken.table.schema == "pg_temp" {
        return Vec::new();
    }
    let lost = Lost { before, table: &broken.table, column };
    let certain = after.all_routines().filter(|routine| routine.certain);
    certain
        .filter(|routine| lost.is_named_in(routine) || lost.is_field_of(after, routine))
        .map(|routine| RoutineUse { routine, fired_by: fired_by(after, routine, &broken.table) })
        .collect()
}

/// A table whose writes call the routine by a trigger: rather the one of the break.
fn fired_by<'s>(
    schema: &'s Schema,
    routine: &Routine,
    table: &RelationName,
) -> Option<&'s RelationName> {
    if routine.returns.as_deref() != Some("trigger") {
        return None;
    }
    let fires = |relation: &&Relation| fires(schema, relation, routine);
    let own = schema.relation(table).known().filter(fires);
    own.or_else(|| schema.relations().find(fires)).map(|one| &one.name)
}

/// Whether a trigger of the relation calls the routine.
fn fires(schema: &Schema, relation: &Relation, routine: &Routine) -> bool {
    let triggers = relation.as_table().map_or(&[][..], |table| &table.triggers);
    triggers.iter().filter(|trigger| trigger.enabled).any(|trigger| {
        let called = trigger.function.as_ref().and_then(|name| schema.routine_name(name));
        called.is_some_and(|called| called == routine.name)
    })
}

impl Lost<'_> {
    fn is_named_in(&self, routine: &Routine) -> bool {
        routine.body.statements.iter().any(|statement| self.is_named_by(statement))
    }

    fn is_named_by(&self, statement: &Statement) -> bool {
        statement.actions.iter().any(|action| {
            let target = action.kind.written_relation();
            let Some(facts) = action.kind.query().and_then(|query| query.facts.as_ref().ok())
            else {
                return target.is_some_and(|target| self.column.is_none() && self.is_table(target));
            };
            let relations = || target.into_iter().chain(&facts.reads).chain(&facts.writes);
            match self.column {
                None => relations().any(|name| self.is_table(name)),
                Some(column) => {
                    relations().any(|name| self.is_table(name))
                        && self.names_column(column, &statement.sql, facts, relations)
                }
            }
        })
    }

    /// Whether the column is named as one of the table: behind its name, or bare where no other
    /// relation of the query has such a column. Fields of variables (`NEW.id`) are neither.
    fn names_column<'f, I: Iterator<Item = &'f ObjectName>>(
        &self,
        column: &Ident,
        sql: &str,
        facts: &QueryFacts,
        relations: impl Fn() -> I,
    ) -> bool {
        let others_have =
            || relations().any(|name| !self.is_table(name) && self.may_have(name, column));
        facts.columns.iter().filter(|(_, named)| named == column).any(
            |(relation, _)| match relation {
                Some(relation) => self.is_table(relation),
                None => !others_have() && names_bare(sql, column),
            },
        )
    }

    fn is_table(&self, name: &ObjectName) -> bool {
        self.before.resolve(name) == *self.table
    }

    /// Whether a relation has such a column, or may have it.
    fn may_have(&self, name: &ObjectName, column: &Ident) -> bool {
        let table = self.before.table(&self.before.resolve(name));
        table.known().is_none_or(|table| table.column(column).is_some())
    }

    /// `NEW.column` and `OLD.column` of a function that a trigger of the table calls.
    fn is_field_of(&self, after: &Schema, routine: &Routine) -> bool {
        let Some(column) = self.column else { return false };
        let table = after.relation(self.table).known();
        names_field(&routine.body.text, column)
            && table.is_some_and(|table| fires(after, table, routine))
    }
}

/// Whether a body names a field of the row that fires it.
fn names_field(body: &str, column: &Ident) -> bool {
    words(body).any(|word| {
        let Some((row, field)) = word.split_once('.') else { return false };
        let is_row = row.eq_ignore_ascii_case("new") || row.eq_ignore_ascii_case("old");
        is_row && is_spelt(field, column)
    })
}
