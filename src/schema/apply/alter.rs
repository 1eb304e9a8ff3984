//! `ALTER TABLE` and its siblings: the order of subcommands and who does each.

use super::Applier;
use crate::migration::{
    Action, ActionKind, AlterIndex, ColumnChange, ConstraintKind, Ident, IndexChange, MysqlChange,
    ObjectName, TableChange, TableTarget,
};
use crate::schema::{RelationBody, RelationName};

/// The actions in the order in which the server runs them: subcommands of one `ALTER TABLE` run in
/// passes, drops first (`ATRewriteCatalogs` in PostgreSQL).
pub(super) fn in_passes(actions: &[Action]) -> Vec<&Action> {
    let mut ordered: Vec<&Action> = actions.iter().collect();
    ordered.sort_by_key(|action| pass(&action.kind));
    ordered
}

fn pass(action: &ActionKind) -> u8 {
    let ActionKind::AlterTable { change, .. } = action else { return 0 };
    match change.as_ref() {
        TableChange::DropColumn { .. } | TableChange::DropConstraint { .. } => 0,
        TableChange::AlterColumn { change, .. } => match change {
            ColumnChange::DropNotNull
            | ColumnChange::DropDefault
            | ColumnChange::DropIdentity { .. }
            | ColumnChange::DropExpression { .. } => 0,
            ColumnChange::Type { .. } => 1,
            ColumnChange::SetExpression(_) => 3,
            ColumnChange::SetDefault(_) => 6,
            _ => 4,
        },
        TableChange::AddColumn { .. } | TableChange::RenameColumn { .. } => 2,
        TableChange::Mysql(change) => mysql_pass(change),
        TableChange::AddConstraint(constraint) => match &constraint.kind {
            ConstraintKind::ForeignKey { .. } | ConstraintKind::Check { .. } => 6,
            _ => 5,
        },
        _ => 7,
    }
}

/// MySQL works out the new table as a whole: what is named may be new, what goes is gone first.
fn mysql_pass(change: &MysqlChange) -> u8 {
    match change {
        MysqlChange::DropIndex { .. }
        | MysqlChange::DropPrimaryKey
        | MysqlChange::DropForeignKey { .. }
        | MysqlChange::DropCheck { .. } => 0,
        MysqlChange::Options(_) => 1,
        MysqlChange::ModifyColumn { .. } | MysqlChange::ChangeColumn { .. } => 2,
        MysqlChange::ConvertTo(_) => 3,
        MysqlChange::RenameIndex { .. } => 4,
        MysqlChange::AddIndex(_) => 5,
        _ => 7,
    }
}

impl Applier<'_> {
    pub(super) fn alter_table(&mut self, target: &TableTarget, change: &TableChange) {
        if self.is_mysql() && self.alter_mysql_table(target, change) {
            return;
        }
        if let TableChange::Rename { new_name } = change {
            return self.rename_relation(target, new_name);
        }
        let Some(table) = self.altered(target) else { return };
        match change {
            TableChange::AddColumn { column, if_not_exists, .. } => {
                self.add_column(&table, column, *if_not_exists);
            }
            TableChange::DropColumn { column, cascade, .. } => {
                self.drop_column(&table, column, *cascade, target.only);
            }
            TableChange::AlterColumn { column, change } => {
                self.alter_column(&table, column, change, target.only);
            }
            TableChange::RenameColumn { column, new_name } => {
                self.rename_column(&table, column, new_name);
            }
            TableChange::AddConstraint(constraint) => {
                self.add_constraint(&table, constraint, target.only);
            }
            TableChange::DropConstraint { name, cascade, .. } => {
                self.drop_constraint(&table, name, *cascade, target.only);
            }
            TableChange::RenameConstraint { name, new_name } => {
                self.rename_constraint(&table, name, new_name);
            }
            TableChange::SetSchema { schema } => self.set_schema(&table, schema),
            TableChange::AttachPartition { partition, bound } => {
                self.attach_partition(&table, partition, bound);
            }
            TableChange::DetachPartition { partition, mode } => {
                self.detach_partition(&table, partition, *mode);
            }
            TableChange::Inherit { parent } => self.inherit(&table, parent),
            TableChange::NoInherit { parent } => self.no_inherit(&table, parent),
            other => self.alter_attributes(&table, other),
        }
    }

    /// Forms that change nothing but an attribute of the table or of one of its members.
    fn alter_attributes(&mut self, name: &RelationName, change: &TableChange) {
        match change {
            TableChange::AlterConstraint { name: constraint, deferral, enforced, .. } => {
                self.alter_constraint(name, constraint, *deferral, *enforced);
            }
            TableChange::ValidateConstraint { name: constraint } => {
                self.validate_constraint(name, constraint);
            }
            TableChange::SwitchTrigger(switch) => self.switch_trigger(name, switch),
            TableChange::SetTablespace { tablespace } => self.set_tablespace(name, tablespace),
            TableChange::SetOwner { role } => self.set_owner(name, role),
            TableChange::SetLogged { logged } => self.set_logged(name, *logged),
            _ => {
                self.schema.edit_table(name, |table| match change {
                    TableChange::RowSecurity { enable } => table.row_security = *enable,
                    TableChange::SetAccessMethod { method } => {
                        table.access_method.clone_from(method);
                    }
                    TableChange::ClusterOn { index } => table.clustered_on = Some(index.clone()),
                    TableChange::WithoutCluster => table.clustered_on = None,
                    _ => {}
                });
            }
        }
        self.touched(name);
    }

    fn set_logged(&mut self, name: &RelationName, logged: bool) {
        use crate::migration::Persistence::{Permanent, Unlogged};
        let persistence = if logged { Permanent } else { Unlogged };
        self.schema.edit_table(name, |table| table.persistence = persistence);
    }

    fn set_tablespace(&mut self, name: &RelationName, tablespace: &Ident) {
        let tablespace = Some(tablespace.clone());
        self.schema.edit(name, |relation| match &mut relation.body {
            RelationBody::Table(table) => table.tablespace = tablespace,
            RelationBody::Index(index) => index.tablespace = tablespace,
            RelationBody::View(_) | RelationBody::Sequence(_) => {}
        });
    }

    pub(super) fn alter_index(&mut self, alter: &AlterIndex) {
        match &alter.change {
            IndexChange::Rename(new_name) => self.rename_relation(&alter.index, new_name),
            IndexChange::AttachPartition(partition) => {
                self.attach_index(&alter.index.name, partition);
            }
            IndexChange::SetTablespace(tablespace) => {
                let name = self.schema.resolve(&alter.index.name);
                self.set_tablespace(&name, tablespace);
                self.touched(&name);
            }
            IndexChange::DependsOnExtension
            | IndexChange::SetParameters(_)
            | IndexChange::ResetParameters(_)
            | IndexChange::SetStatistics => {}
        }
    }

    pub(super) fn cluster(&mut self, table: Option<&ObjectName>, index: Option<&Ident>) {
        let (Some(table), Some(index)) = (table, index) else { return };
        let name = self.schema.resolve(table);
        self.schema.edit_table(&name, |table| table.clustered_on = Some(index.clone()));
    }
}
