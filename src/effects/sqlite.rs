//! Effects on SQLite: one writer at a time locks the whole database, so there are no table locks;
//! work, losses and what a statement makes or drops remain.
//!
//! Facts from SQLite's documentation ("ALTER TABLE", "VACUUM", "ATTACH DATABASE").

use super::work::Change;
use super::{Effects, Loss, Refusal, TransactionBlock, Work, WorkKind, keys};
use crate::migration::{
    ActionKind, ColumnConstraint, ColumnDef, Expr, ExprShape, Ident, RowPredicate, Statement,
    TableChange, Target,
};
use crate::schema::{Constraint, ConstraintBody, Relation, RelationName, Schema};

/// The effects of a statement.
pub(super) fn judge(statement: &Statement, change: Change<'_>, target: &Target) -> Effects {
    let mut draft = Draft { schema: change.before, target, effects: Effects::none() };
    for action in &statement.actions {
        draft.action(&action.kind);
    }
    if !statement.actions.iter().any(|action| is_rename(&action.kind)) {
        draft.effects.note_made_and_gone(change);
    }
    draft.effects
}

struct Draft<'a> {
    schema: &'a Schema,
    target: &'a Target,
    effects: Effects,
}

impl Draft<'_> {
    fn action(&mut self, kind: &ActionKind) {
        match kind {
            ActionKind::AlterTable { table, change } => {
                let name = self.schema.resolve(&table.name);
                self.alter(&name, change);
            }
            ActionKind::CreateIndex(index) => {
                let table = self.schema.resolve(&index.table);
                self.work(&table, WorkKind::IndexBuild);
            }
            ActionKind::CreateTableAs(table) => {
                for read in table.query.reads() {
                    let read = self.schema.resolve(read);
                    self.work(&read, WorkKind::Scan);
                }
            }
            ActionKind::Insert(insert) => {
                if let Some(refusal) = keys::upsert(insert, self.schema) {
                    self.refuse(refusal);
                }
            }
            ActionKind::Update(update) => self.rows(&update.table, &update.rows),
            ActionKind::Delete(delete) => self.rows(&delete.table, &delete.rows),
            ActionKind::Reindex(_) => self.every_table(WorkKind::IndexBuild),
            ActionKind::Vacuum(_) => {
                self.effects.transaction_block = TransactionBlock::Forbidden;
                self.every_table(WorkKind::Rewrite);
            }
            ActionKind::Set(option) if option.name == "journal_mode" => {
                self.effects.transaction_block = TransactionBlock::Forbidden;
            }
            kind if !kind.is_understood() => self.effects.known = false,
            _ => {}
        }
    }

    /// `ALTER TABLE` has few forms; the others need a new table.
    fn alter(&mut self, name: &RelationName, change: &TableChange) {
        match change {
            TableChange::AddColumn { column, .. } => self.add_column(name, column),
            TableChange::DropColumn { column, .. } => self.drop_column(name, column),
            TableChange::RenameColumn { .. } | TableChange::Rename { .. } => {}
            _ => self.refuse("SQLite's ALTER TABLE has no such form"),
        }
    }

    fn add_column(&mut self, name: &RelationName, column: &ColumnDef) {
        let has = |test: fn(&ColumnConstraint) -> bool| column.constraints.iter().any(test);
        let default = column.constraints.iter().find_map(|constraint| match constraint {
            ColumnConstraint::Default(expr) => Some(expr),
            _ => None,
        });
        let not_null = has(|it| matches!(it, ColumnConstraint::NotNull { .. }));
        let generated = has(|it| matches!(it, ColumnConstraint::Generated { .. }));
        if has(|it| matches!(it, ColumnConstraint::PrimaryKey { .. })) {
            self.refuse("a primary key column cannot be added");
        } else if has(|it| matches!(it, ColumnConstraint::Unique { .. })) {
            self.refuse("a unique column cannot be added");
        } else if has(|it| matches!(it, ColumnConstraint::Generated { stored: true, .. })) {
            self.refuse("a stored generated column cannot be added");
        } else if not_null && !generated && default.is_none_or(|expr| expr.is_null()) {
            self.refuse("a NOT NULL column needs a default that is not NULL");
        } else if default.is_some_and(|expr| !is_constant(expr)) {
            self.refuse("the default of an added column must be constant");
        } else if has(|it| matches!(it, ColumnConstraint::Check { .. })) || (not_null && generated)
        {
            // Existing rows are tested from 3.37 on.
            self.work(name, WorkKind::Scan);
        }
    }

    /// `DROP COLUMN` (3.35) writes every row anew.
    fn drop_column(&mut self, name: &RelationName, column: &Ident) {
        if self.target.version.major == 3 && self.target.version.minor < 35 {
            self.refuse("DROP COLUMN needs SQLite 3.35");
        }
        let indexed = self
            .schema
            .indexes_of(name)
            .any(|(_, index)| index.columns.iter().any(|key| key.column.as_ref() == Some(column)));
        if self.is_key(name, column) {
            self.refuse(Refusal::in_use(format!("column \"{column}\" is part of a key")));
        } else if indexed {
            self.refuse(Refusal::in_use(format!("an index uses column \"{column}\"")));
        } else if let Some(view) = self.view_over(name, column) {
            self.refuse(Refusal::in_use(format!("view {view} uses column \"{column}\"")));
        } else if self.is_checked_with_others(name, column) {
            self.refuse(Refusal::in_use(format!("a check of the table uses \"{column}\"")));
        }
        self.work(name, WorkKind::Rewrite);
        self.effects.losses.push(Loss::Column(name.clone(), column.clone()));
    }

    fn constraints(&self, name: &RelationName) -> &[Constraint] {
        self.schema.table(name).known().map_or(&[], |table| table.constraints.as_slice())
    }

    fn is_key(&self, name: &RelationName, column: &Ident) -> bool {
        self.constraints(name).iter().any(|one| {
            let is_key = matches!(
                one.body,
                ConstraintBody::PrimaryKey { .. } | ConstraintBody::Unique { .. }
            );
            is_key && one.columns().contains(column)
        })
    }

    /// A check of the column alone goes with it.
    fn is_checked_with_others(&self, name: &RelationName, column: &Ident) -> bool {
        self.constraints(name).iter().any(|one| {
            matches!(one.body, ConstraintBody::Check { .. })
                && one.columns().contains(column)
                && one.columns().iter().any(|other| other != column)
        })
    }

    fn view_over(&self, name: &RelationName, column: &Ident) -> Option<RelationName> {
        let uses = |view: &&Relation| {
            self.schema.view(&view.name).known().is_some_and(|view| {
                view.columns_used.iter().any(|(used, it)| used == name && it == column)
            })
        };
        self.schema.views_on(name).find(uses).map(|view| view.name.clone())
    }

    fn rows(&mut self, table: &crate::migration::ObjectName, rows: &RowPredicate) {
        let name = self.schema.resolve(table);
        self.work(&name, WorkKind::DataChange);
        if matches!(rows, RowPredicate::All) {
            self.work(&name, WorkKind::Scan);
        }
    }

    fn every_table(&mut self, what: WorkKind) {
        if !self.schema.is_complete() {
            self.effects.known = false;
        }
        let tables: Vec<RelationName> = self
            .schema
            .relations()
            .filter(|relation| relation.as_table().is_some())
            .map(|relation| relation.name.clone())
            .collect();
        for table in tables {
            self.work(&table, what);
        }
    }

    fn work(&mut self, relation: &RelationName, what: WorkKind) {
        if self.schema.relation(relation).known().is_none() {
            self.effects.known = false;
        }
        if what != WorkKind::DataChange && !self.effects.scanned.contains(relation) {
            self.effects.scanned.push(relation.clone());
        }
        if what == WorkKind::Rewrite && !self.effects.rewritten.contains(relation) {
            self.effects.rewritten.push(relation.clone());
        }
        let work = Work { relation: relation.clone(), what };
        if !self.effects.work.contains(&work) {
            self.effects.work.push(work);
        }
    }

    fn refuse(&mut self, reason: impl Into<Refusal>) {
        self.effects.refused.get_or_insert_with(|| reason.into());
    }
}

/// A literal, also signed and in parentheses; `CURRENT_TIMESTAMP` and expressions are none.
fn is_constant(expr: &Expr) -> bool {
    match expr.shape() {
        ExprShape::Null | ExprShape::Literal(_) => true,
        // What was not understood is not held against the statement; `TRUE` is a name here.
        ExprShape::Column(_) => true,
        _ => expr.facts.is_none(),
    }
}

fn is_rename(kind: &ActionKind) -> bool {
    matches!(kind, ActionKind::AlterTable { change, .. } if matches!(change.as_ref(), TableChange::Rename { .. }))
}
