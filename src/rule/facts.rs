//! What several rules ask of a statement: since when a table exists, which of its actions causes
//! which work, how many rows it touches.

use super::StatementContext;
use crate::effects::{self, Effects, Work, WorkKind};
use crate::migration::{
    Action, ActionKind, Forms, Guard, Ident, Insert, InsertSource, ObjectName, Predicate,
    RowPredicate, Statement, is_history_table, migration_title,
};
use crate::schema::{ConstraintBody, Fact, RelationBody, RelationName};

/// Rows written out in a statement are few up to this number: they are inserted in an instant.
const FEW_ROWS: usize = 1_000;

/// In longer statements only what an action does alone is held against it: comparing each with
/// all others would take quadratic time.
const MANY_ACTIONS: usize = 64;

impl<'a> StatementContext<'a> {
    /// Since when the relation exists, as the reason why others use it: `` `orders` exists since
    /// 20250110083000_shop ``.
    pub fn since(&self, name: &RelationName) -> String {
        let (Fact::Known(relation) | Fact::Uncertain(relation)) = self.before().relation(name)
        else {
            return format!(
                "no migration here makes `{name}`, so it is taken to exist and to be in use"
            );
        };
        let id = &relation.birth.migration;
        let at = self.project.position(id);
        let migration = at.and_then(|at| self.project.migrations.get(at));
        let title = migration_title(id, migration.map_or("", |one| one.description.as_str()));
        if title.is_empty() {
            return format!("`{name}` exists before this statement");
        }
        format!("`{name}` exists since {title}")
    }

    /// Work of the statement that takes long as far as one can tell: not on new tables, not on
    /// those configured as small or kept by migration tools.
    pub fn long_work(&self) -> impl Iterator<Item = &'a Work> {
        self.effects().work.iter().filter(|work| self.is_long(&work.relation))
    }

    /// Whether work on the table takes long as far as one can tell.
    pub fn is_long(&self, table: &RelationName) -> bool {
        !self.is_short(table) && !is_history_table(&table.name)
    }

    /// The long work of one kind that this action causes, in the statement as a whole.
    ///
    /// An action is judged by what it does alone; where that explains nothing (it undoes what
    /// another action of the statement relies on), each of them may be the cause.
    pub fn caused_by(&self, action: &Action, what: WorkKind) -> Vec<&'a Work> {
        let work: Vec<&Work> = self.long_work().filter(|work| work.what == what).collect();
        if self.actions().len() == 1 || work.is_empty() {
            return work;
        }
        let own = self.effects_of(action);
        let (mut mine, open): (Vec<&Work>, Vec<&Work>) =
            work.into_iter().partition(|work| own.work.contains(work));
        if !open.is_empty() && self.actions().len() <= MANY_ACTIONS {
            let others = self.actions().iter().filter(|other| *other != action);
            let others: Vec<Effects> = others.map(|other| self.effects_of(other)).collect();
            let unclaimed = |work: &&Work| !others.iter().any(|other| other.work.contains(work));
            mine.extend(open.into_iter().filter(unclaimed));
        }
        mine
    }

    /// What the statement would do with this action alone.
    pub fn effects_of(&self, action: &Action) -> Effects {
        let statement = self.statement();
        let alone = Statement {
            span: action.span,
            sql: statement.sql.clone(),
            actions: vec![action.clone()],
            guard: Guard::Always,
            origin: statement.origin,
            forms: Forms::default(),
        };
        effects::of(&alone, self.before(), self.target())
    }

    /// Whether an action changes no more than a handful of rows: they are written out, or found
    /// by a unique key.
    pub fn changes_few_rows(&self, action: &Action) -> bool {
        match &action.kind {
            ActionKind::Insert(insert) => inserts_few(insert),
            ActionKind::Copy(copy) => copy.inline_rows.is_some_and(|rows| rows <= FEW_ROWS),
            ActionKind::Update(update) => self.finds_by_key(&update.table, &update.rows),
            ActionKind::Delete(delete) => self.finds_by_key(&delete.table, &delete.rows),
            _ => false,
        }
    }

    /// The table in which an `INSERT … SELECT 1 WHERE NOT EXISTS (…)` looks for its own rows, and
    /// may read all of them: it names the columns of no unique key.
    pub fn looked_through(&self, action: &Action) -> Option<RelationName> {
        let ActionKind::Insert(insert) = &action.kind else { return None };
        let facts = insert.query.facts.as_ref().ok()?;
        if !facts.reads.contains(&insert.table) {
            return None;
        }
        let is_named = |column: &Ident| facts.columns.iter().any(|(_, named)| named == column);
        let table = self.resolve(&insert.table);
        let keys = self.unique_keys(&table);
        (!keys.iter().any(|key| key.iter().all(is_named))).then_some(table)
    }

    fn finds_by_key(&self, table: &ObjectName, rows: &RowPredicate) -> bool {
        let Some(condition) = rows.condition() else {
            return matches!(rows, RowPredicate::CurrentOf);
        };
        let fixed: Vec<&Ident> = condition.conjuncts().iter().filter_map(fixed_column).collect();
        if fixed.is_empty() {
            return false;
        }
        let table = self.resolve(table);
        self.unique_keys(&table).iter().any(|key| key.iter().all(|column| fixed.contains(&column)))
    }

    /// Columns that identify a row: of unique constraints and of unique indexes over plain
    /// columns. Of a table that is not known, `id` alone.
    fn unique_keys(&self, table: &RelationName) -> Vec<Vec<Ident>> {
        let schema = self.before();
        let Some(known) = schema.table(table).any() else { return vec![vec![Ident::new("id")]] };
        let constraints =
            known.constraints.iter().filter_map(|constraint| match &constraint.body {
                ConstraintBody::PrimaryKey { columns, .. }
                | ConstraintBody::Unique { columns, .. } => Some(columns.clone()),
                _ => None,
            });
        let indexes = schema.dependents(table).filter_map(|relation| match &relation.body {
            RelationBody::Index(index) if index.unique && index.predicate.is_none() => {
                index.columns.iter().map(|column| column.column.clone()).collect()
            }
            _ => None,
        });
        constraints.chain(indexes).filter(|key: &Vec<Ident>| !key.is_empty()).collect()
    }

    /// The primary key of a table, where it is one column.
    pub fn key_column(&self, table: &RelationName) -> Option<&'a Ident> {
        match &self.before().table(table).any()?.primary_key()?.body {
            ConstraintBody::PrimaryKey { columns, .. } => match columns.as_slice() {
                [column] => Some(column),
                _ => None,
            },
            _ => None,
        }
    }
}

fn inserts_few(insert: &Insert) -> bool {
    match insert.source {
        InsertSource::Values(rows) => rows <= FEW_ROWS,
        InsertSource::Defaults => true,
        // `INSERT … SELECT 1 WHERE NOT EXISTS (…)` reads the table that it writes, to look.
        InsertSource::Query => insert.query.facts.as_ref().is_ok_and(|facts| {
            let is_own = |read: &ObjectName| *read == insert.table;
            facts.reads.iter().all(is_own) && !facts.sources.iter().any(is_own)
        }),
    }
}

fn fixed_column(part: &Predicate) -> Option<&Ident> {
    match part {
        Predicate::Compare { column, operator: "=", .. } | Predicate::AnyOf { column, .. } => {
            Some(column)
        }
        _ => None,
    }
}
