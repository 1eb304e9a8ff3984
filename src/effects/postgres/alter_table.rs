//! `ALTER TABLE`: all subcommands of a statement judged together, as the server does.
//!
//! The server locks the table in the strongest mode that any subcommand asks for
//! (`AlterTableGetLockLevel`), runs drops first, then type changes, then what is added
//! (`AT_PASS_…`), and reads or rewrites each table once at the end (`ATRewriteTables`).

use super::draft::Draft;
use super::options::parameters_lock;
use super::phases::Phases;
use super::{columns, constraints, foreign_keys, partitions, relation_options, type_change};
use crate::effects::LockMode;
use crate::migration::{
    ColumnChange, ConstraintKind, DetachMode, Ident, RelationKind, TableChange, TableTarget,
};
use crate::schema::RelationName;

/// One `ALTER TABLE` statement.
pub(super) struct Alter<'d, 'a> {
    /// Where effects go.
    pub draft: &'d mut Draft<'a>,
    /// The relation altered.
    pub name: RelationName,
    /// What the statement calls it.
    pub kind: RelationKind,
    /// `ONLY`.
    pub only: bool,
    /// The strongest lock that any subcommand asks for; children get it too.
    pub mode: LockMode,
    /// All subcommands.
    pub changes: &'d [&'d TableChange],
    /// What is read or rewritten at the end.
    pub phases: Phases,
}

/// Judges the subcommands of one `ALTER TABLE`.
pub(super) fn judge(draft: &mut Draft<'_>, target: &TableTarget, changes: &[&TableChange]) {
    let name = draft.resolve(&target.name);
    if draft.is_missing(&name) {
        if target.if_exists {
            return;
        }
        draft.not_known();
    }
    draft.needs(&name);
    let kind = draft.relation(&name).map_or(target.kind, |relation| relation.kind());
    let mode =
        changes.iter().map(|change| lock_level(change)).max().unwrap_or(LockMode::AccessExclusive);
    draft.lock_as(&name, kind, mode);
    let mut alter =
        Alter { draft, name, kind, only: target.only, mode, changes, phases: Phases::default() };
    alter.run();
}

impl<'a> Alter<'_, 'a> {
    fn run(&mut self) {
        let mut ordered: Vec<&TableChange> = self.changes.to_vec();
        ordered.sort_by_key(|change| pass(change));
        for change in ordered {
            self.change(change);
        }
        std::mem::take(&mut self.phases).finish(self.draft);
    }

    fn change(&mut self, change: &TableChange) {
        match change {
            TableChange::AddColumn { column, if_not_exists, .. } => {
                columns::add(self, column, *if_not_exists);
            }
            TableChange::DropColumn { column, if_exists, cascade } => {
                columns::drop(self, column, *if_exists, *cascade);
            }
            TableChange::AlterColumn { column, change } => self.alter_column(column, change),
            TableChange::RenameColumn { column, .. } => {
                columns::refuse_inherited(self, column);
                self.lock_children();
            }
            TableChange::AddConstraint(constraint) => constraints::add(self, constraint),
            TableChange::AlterConstraint { name, enforced, inherit, .. } => {
                foreign_keys::alter(self, name, *enforced, *inherit);
            }
            TableChange::ValidateConstraint { name } => constraints::validate(self, name),
            TableChange::DropConstraint { name, if_exists, .. } => {
                constraints::drop(self, name, *if_exists);
            }
            TableChange::RenameConstraint { name, .. } => constraints::rename(self, name),
            TableChange::AttachPartition { partition, bound } => {
                partitions::attach(self, partition, bound);
            }
            TableChange::DetachPartition { partition, mode } => {
                partitions::detach(self, partition, *mode);
            }
            _ => relation_options::judge(self, change),
        }
    }

    fn alter_column(&mut self, column: &Ident, change: &ColumnChange) {
        match change {
            ColumnChange::Type { data_type, using } => {
                type_change::judge(self, column, data_type, using.as_ref());
            }
            ColumnChange::SetNotNull => columns::set_not_null(self, column),
            ColumnChange::DropNotNull => columns::drop_not_null(self, column),
            ColumnChange::SetDefault(_)
            | ColumnChange::DropDefault
            | ColumnChange::SetStatistics
            | ColumnChange::SetStorage
            | ColumnChange::Other(_) => self.lock_children(),
            // These two do not descend.
            ColumnChange::SetOptions | ColumnChange::SetCompression => {}
            ColumnChange::AddIdentity(_)
            | ColumnChange::SetIdentity { .. }
            | ColumnChange::DropIdentity { .. } => columns::identity(self, column, change),
            ColumnChange::SetExpression(expr) => columns::set_expression(self, column, expr),
            ColumnChange::DropExpression { .. } => columns::drop_expression(self),
        }
    }

    /// Subcommands that descend to partitions and children lock them as the table, unless the
    /// statement says `ONLY`.
    pub(super) fn lock_children(&mut self) {
        for child in self.children() {
            self.draft.lock(&child, self.mode);
        }
    }

    /// Locks the tables that inherit directly: what goes from their parent alone is their own from
    /// then on.
    pub(super) fn lock_heirs(&mut self) {
        let heirs = self.draft.schema.children(&self.name).map(|child| child.name.clone());
        for heir in heirs.collect::<Vec<_>>() {
            self.draft.lock(&heir, self.mode);
        }
    }

    /// Partitions and children that a subcommand descends to.
    pub(super) fn children(&self) -> Vec<RelationName> {
        if self.only { Vec::new() } else { self.draft.descendants(&self.name) }
    }

    /// The table and what a subcommand descends to.
    pub(super) fn members(&self) -> Vec<RelationName> {
        std::iter::once(self.name.clone()).chain(self.children()).collect()
    }

    /// Names of constraints that the same statement drops, which then prove nothing.
    pub(super) fn drops_constraint(&self, name: &Ident) -> bool {
        self.changes.iter().any(
            |change| matches!(change, TableChange::DropConstraint { name: dropped, .. } if dropped == name),
        )
    }

    /// Whether the same statement drops the column.
    pub(super) fn drops_column(&self, name: &Ident) -> bool {
        self.changes.iter().any(
            |change| matches!(change, TableChange::DropColumn { column, .. } if column == name),
        )
    }

    /// Whether the same statement changes the column in such a way.
    pub(super) fn changes_column(
        &self,
        name: &Ident,
        such: impl Fn(&ColumnChange) -> bool,
    ) -> bool {
        self.changes.iter().any(|change| {
            matches!(change, TableChange::AlterColumn { column, change } if column == name && such(change))
        })
    }

    /// The column that the same statement adds.
    pub(super) fn added_column(&self, name: &Ident) -> Option<&crate::migration::ColumnDef> {
        self.changes.iter().find_map(|change| match change {
            TableChange::AddColumn { column, .. } if column.name == *name => Some(column),
            _ => None,
        })
    }
}

/// The order in which the server runs subcommands (`AT_PASS_…` of tablecmds.c).
fn pass(change: &TableChange) -> u8 {
    match change {
        TableChange::DropColumn { .. } | TableChange::DropConstraint { .. } => 0,
        TableChange::AlterColumn { change, .. } => match change {
            ColumnChange::DropNotNull
            | ColumnChange::DropDefault
            | ColumnChange::DropExpression { .. }
            | ColumnChange::DropIdentity { .. } => 0,
            ColumnChange::Type { .. } => 1,
            _ => 3,
        },
        TableChange::AddColumn { .. } => 2,
        TableChange::AddConstraint(_) => 4,
        _ => 5,
    }
}

/// The lock that a subcommand asks for on the relation itself (`AlterTableGetLockLevel`). Renaming
/// an index by `ALTER TABLE` takes the strong one; by `ALTER INDEX` it is another action.
fn lock_level(change: &TableChange) -> LockMode {
    match change {
        TableChange::AddConstraint(constraint)
            if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) =>
        {
            LockMode::ShareRowExclusive
        }
        TableChange::AlterColumn {
            change: ColumnChange::SetStatistics | ColumnChange::SetOptions,
            ..
        } => LockMode::ShareUpdateExclusive,
        TableChange::SwitchTrigger(switch) if !switch.rule => LockMode::ShareRowExclusive,
        TableChange::ValidateConstraint { .. }
        | TableChange::AttachPartition { .. }
        | TableChange::ClusterOn { .. }
        | TableChange::WithoutCluster
        | TableChange::DetachPartition {
            mode: DetachMode::Concurrently | DetachMode::Finalize,
            ..
        } => LockMode::ShareUpdateExclusive,
        TableChange::SetParameters { parameters } => {
            parameters_lock(parameters.iter().map(|(name, _)| name.as_str()))
        }
        TableChange::ResetParameters { parameters } => {
            parameters_lock(parameters.iter().map(String::as_str))
        }
        _ => LockMode::AccessExclusive,
    }
}
