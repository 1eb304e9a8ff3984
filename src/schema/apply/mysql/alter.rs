//! `ALTER TABLE`.

use super::super::Applier;
use super::table::set_options;
use crate::migration::{MysqlChange, ObjectName, TableChange, TableTarget};
use crate::schema::{RelationName, Storage};

impl Applier<'_> {
    /// Does a subcommand; `false` where it means what it means elsewhere.
    pub(in super::super) fn alter_mysql_table(
        &mut self,
        target: &TableTarget,
        change: &TableChange,
    ) -> bool {
        if let TableChange::Rename { new_name } = change {
            self.rename_mysql_table(target, &ObjectName::bare(new_name.clone()));
            return true;
        }
        if let TableChange::Mysql(MysqlChange::RenameTo(name)) = change {
            self.rename_mysql_table(target, name);
            return true;
        }
        let Some(table) = self.altered(target) else { return true };
        match change {
            TableChange::AddColumn { column, if_not_exists, position } => {
                self.add_mysql_column(&table, column, *if_not_exists, position.as_ref());
            }
            TableChange::DropColumn { column, cascade, .. } => {
                self.drop_mysql_column(&table, column, *cascade);
            }
            TableChange::AddConstraint(constraint) => {
                self.add_mysql_constraint(&table, constraint);
            }
            TableChange::DropConstraint { name, .. } => self.drop_mysql_constraint(&table, name),
            TableChange::Mysql(change) => self.own_change(&table, change),
            _ => return false,
        }
        true
    }

    fn own_change(&mut self, table: &RelationName, change: &MysqlChange) {
        match change {
            MysqlChange::ModifyColumn { column, position, if_exists } => {
                let old = column.name.clone();
                self.redefine_column(table, &old, column, position.as_ref(), *if_exists);
            }
            MysqlChange::ChangeColumn { name, column, position, if_exists } => {
                self.redefine_column(table, name, column, position.as_ref(), *if_exists);
            }
            MysqlChange::AddIndex(index) => self.create_mysql_index(index),
            MysqlChange::DropIndex { name, .. } => self.drop_mysql_index(table, name),
            MysqlChange::RenameIndex { name, new_name, .. } => {
                self.rename_mysql_index(table, name, new_name);
            }
            MysqlChange::IndexVisibility { name, visible, .. } => {
                self.set_index_visibility(table, name, *visible);
            }
            MysqlChange::DropPrimaryKey => self.drop_primary_key(table),
            MysqlChange::DropForeignKey { name, .. } | MysqlChange::DropCheck { name } => {
                self.drop_plain_constraint(table, name);
            }
            MysqlChange::AlterCheck { name, enforced } => {
                self.set_enforced(table, name, *enforced);
            }
            MysqlChange::ConvertTo(charset) => self.convert_table(table, charset),
            MysqlChange::Partition(change) => self.change_partitions(table, change),
            MysqlChange::ColumnVisibility { column, visible } => {
                self.each_copy(table, column, true, |column| {
                    let attributes = column.attributes.get_or_insert_with(Default::default);
                    attributes.invisible = !visible;
                });
            }
            other => self.change_storage(table, other),
        }
        self.touched(table);
    }

    fn change_storage(&mut self, table: &RelationName, change: &MysqlChange) {
        self.schema.edit_table(table, |table| {
            let storage = table.storage.get_or_insert_with(Box::<Storage>::default);
            match change {
                MysqlChange::Options(options) => set_options(storage, options),
                MysqlChange::SystemVersioning { enable } => storage.system_versioned = *enable,
                MysqlChange::AddPeriod { name, columns } => {
                    storage.periods.push((name.clone(), columns.clone()));
                }
                MysqlChange::DropPeriod { name } => storage.periods.retain(|(own, _)| own != name),
                _ => {}
            }
        });
    }
}
