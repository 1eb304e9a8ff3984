//! Whether a statement can be run twice: what a script outside a transaction has to allow for.

use super::StatementContext;
use crate::migration::{
    Action, ActionKind, ColumnChange, EnumChange, Guard, Ident, ObjectKind, OnConflict, Statement,
    TableChange,
};

/// Whether the statement changes the database, and not only the session.
pub fn changes_something(statement: &Statement) -> bool {
    statement.actions.iter().any(|action| {
        !matches!(
            action.kind,
            ActionKind::Begin
                | ActionKind::Commit
                | ActionKind::Rollback
                | ActionKind::Set(_)
                | ActionKind::SetConstraints { .. }
                | ActionKind::Session { .. }
                | ActionKind::Select(_)
                | ActionKind::Explain { .. }
                | ActionKind::Evaluate(_)
                | ActionKind::LockTable(_)
        )
    })
}

impl StatementContext<'_> {
    /// Whether a second run of the script passes the statement as the first one did.
    pub fn is_repeatable(&self) -> bool {
        let statement = self.statement();
        statement.guard != Guard::Always
            || statement
                .actions
                .iter()
                .all(|action| is_repeatable(action) || self.is_cleared(action))
    }

    /// Whether an earlier statement of the script drops what the action makes, where it is there.
    fn is_cleared(&self, action: &Action) -> bool {
        let Some((kind, name)) = made(action) else { return false };
        let here = self.statement().span.start;
        let statements = self.script().into_iter().flat_map(|script| script.statements());
        let earlier = statements.take_while(|statement| statement.span.start < here);
        earlier.flat_map(|statement| &statement.actions).any(|action| match &action.kind {
            ActionKind::Drop(drop) if drop.kind == kind && drop.if_exists => {
                drop.names.iter().any(|dropped| dropped.name == *name)
            }
            _ => false,
        })
    }
}

fn made(action: &Action) -> Option<(ObjectKind, &Ident)> {
    match &action.kind {
        ActionKind::CreateIndex(index) => Some((ObjectKind::Index, index.name.as_ref()?)),
        ActionKind::CreateTable(table) => Some((ObjectKind::Table, &table.name.name)),
        ActionKind::CreateView(view) if view.materialized => {
            Some((ObjectKind::MaterializedView, &view.name.name))
        }
        ActionKind::CreateView(view) => Some((ObjectKind::View, &view.name.name)),
        ActionKind::CreateTrigger(trigger) => Some((ObjectKind::Trigger, &trigger.name)),
        ActionKind::CreatePolicy(policy) => Some((ObjectKind::Policy, &policy.name)),
        ActionKind::CreateFunction(routine) => {
            let kind = if routine.procedure { ObjectKind::Procedure } else { ObjectKind::Function };
            Some((kind, &routine.name.name))
        }
        ActionKind::CreateEnum(made) => Some((ObjectKind::Type, &made.name.name)),
        ActionKind::CreateComposite { name, .. } => Some((ObjectKind::Type, &name.name)),
        ActionKind::CreateDomain(domain) => Some((ObjectKind::Domain, &domain.name.name)),
        ActionKind::CreateObject(made) => Some((made.kind, &made.name.as_ref()?.name)),
        _ => None,
    }
}

fn is_repeatable(action: &Action) -> bool {
    match &action.kind {
        ActionKind::CreateTable(table) => table.if_not_exists,
        ActionKind::CreateTableAs(table) => table.if_not_exists,
        ActionKind::CreateIndex(index) => index.if_not_exists,
        ActionKind::CreateView(view) => view.or_replace || view.if_not_exists,
        ActionKind::CreateSequence(sequence) => sequence.if_not_exists,
        ActionKind::CreateFunction(function) => function.or_replace,
        ActionKind::CreateTrigger(trigger) => trigger.or_replace || trigger.if_not_exists,
        ActionKind::CreateSchema { if_not_exists, .. }
        | ActionKind::CreateExtension { if_not_exists, .. } => *if_not_exists,
        ActionKind::CreateEnum(_)
        | ActionKind::CreateComposite { .. }
        | ActionKind::CreateDomain(_)
        | ActionKind::CreatePolicy(_)
        | ActionKind::CreateObject(_) => false,
        ActionKind::AlterEnum(alter) => {
            matches!(alter.change, EnumChange::AddValue { if_not_exists: true, .. })
        }
        ActionKind::Drop(drop) => drop.if_exists,
        ActionKind::Insert(insert) => insert.on_conflict != OnConflict::Fail,
        ActionKind::AlterTable { change, .. } => is_repeatable_change(change),
        _ => true,
    }
}

fn is_repeatable_change(change: &TableChange) -> bool {
    match change {
        TableChange::AddColumn { if_not_exists, .. } => *if_not_exists,
        TableChange::DropColumn { if_exists, .. }
        | TableChange::DropConstraint { if_exists, .. }
        | TableChange::AlterColumn { change: ColumnChange::DropIdentity { if_exists }, .. } => {
            *if_exists
        }
        TableChange::AddConstraint(_)
        | TableChange::Rename { .. }
        | TableChange::RenameColumn { .. }
        | TableChange::RenameConstraint { .. }
        | TableChange::SetSchema { .. }
        | TableChange::AttachPartition { .. }
        | TableChange::DetachPartition { .. }
        | TableChange::Inherit { .. }
        | TableChange::NoInherit { .. }
        | TableChange::AlterColumn { change: ColumnChange::AddIdentity(_), .. } => false,
        _ => true,
    }
}
