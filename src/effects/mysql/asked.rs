//! What an `ALTER TABLE` says by itself, beside what its table becomes.

use super::changes::{Change, Changes};
use super::shape::{KeyShape, Shape};
use crate::effects::Cause;
use crate::migration::{
    ColumnChange, ColumnConstraint, ColumnDef, ConstraintKind, CreateIndex, Dialect, Ident,
    MysqlChange, PartitionChange, TableChange, TableConstraint, TableOption, Target, Validity,
};
use crate::schema::{ConstraintBody, Table};

/// What a statement says by itself.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Differences that it names.
    pub changes: Changes,
    /// Columns that it adds.
    pub added: Vec<Ident>,
    /// Columns that it drops.
    pub dropped: Vec<Ident>,
    /// Columns that it renames: old and new name.
    pub renamed: Vec<(Ident, Ident)>,
    /// Columns that it states anew, by their new names.
    pub restated: Vec<Ident>,
    /// Columns that it sets or drops the default of.
    pub defaults: Vec<Ident>,
    /// Indexes that it renames: old and new name.
    pub index_renames: Vec<(String, String)>,
    /// Indexes that it drops and makes again under their names.
    pub remade: Vec<String>,
    /// Whether a column that it renames is named by a key of another table.
    pub renames_referenced: bool,
    /// `DROP PRIMARY KEY`.
    pub drops_primary: bool,
    /// `ALTER IGNORE`.
    pub ignore: bool,
    /// Why the server copies rows without asking the engine.
    pub copied: Option<Cause>,
    /// What it does to partitions.
    pub partition: Option<PartitionChange>,
    /// `RENAME TO`.
    pub renames_table: bool,
    /// `ENABLE KEYS`, `DISABLE KEYS`.
    pub switches_keys: bool,
    /// `DISCARD TABLESPACE`, `IMPORT TABLESPACE`.
    pub moves_tablespace: bool,
    /// Number of its changes, those of the table's name and keys left out.
    pub others: usize,
}

/// Reads the changes of a statement.
pub(super) struct Reader<'a> {
    /// The table as the engine sees it.
    pub shape: &'a Shape,
    /// The table, where it is known.
    pub table: Option<&'a Table>,
    /// The server.
    pub target: &'a Target,
    /// What was read.
    pub asked: Asked,
}

impl Reader<'_> {
    /// Reads one change.
    pub fn change(&mut self, change: &TableChange) {
        match change {
            TableChange::Rename { .. } | TableChange::Mysql(MysqlChange::RenameTo(_)) => {
                self.asked.renames_table = true;
                return;
            }
            TableChange::Mysql(MysqlChange::Keys { .. }) => {
                self.asked.switches_keys = true;
                return;
            }
            TableChange::Mysql(MysqlChange::Online(_)) => return,
            _ => self.asked.others += 1,
        }
        match change {
            TableChange::AddColumn { column, .. } => self.added_column(column),
            TableChange::DropColumn { column, .. } => self.asked.dropped.push(column.clone()),
            TableChange::RenameColumn { column, new_name } => self.rename(column, new_name),
            TableChange::AlterColumn { column, change } => {
                if matches!(change, ColumnChange::SetDefault(_) | ColumnChange::DropDefault) {
                    self.asked.defaults.push(column.clone());
                }
            }
            TableChange::AddConstraint(constraint) => self.constraint(constraint),
            TableChange::DropConstraint { name, .. } => self.drop_constraint(name),
            TableChange::Mysql(change) => self.own(change),
            _ => {}
        }
    }

    fn note(&mut self, change: Change, cause: Cause) {
        self.asked.changes.add(change, cause);
    }

    fn own(&mut self, change: &MysqlChange) {
        match change {
            MysqlChange::ModifyColumn { column, .. } => self.restated(&column.name, column),
            MysqlChange::ChangeColumn { name, column, .. } => self.restated(name, column),
            MysqlChange::RenameIndex { name, new_name, .. } => self.rename_index(name, new_name),
            MysqlChange::AddIndex(index) => self.added_index(index),
            MysqlChange::DropPrimaryKey => self.asked.drops_primary = true,
            MysqlChange::IndexVisibility { .. } => self.note(Change::IndexVisibility, Cause::Mixed),
            MysqlChange::DropForeignKey { name, .. } => self.drop_constraint(name),
            MysqlChange::DropCheck { .. } => self.note(Change::DropCheck, Cause::Check),
            MysqlChange::AlterCheck { name, enforced: true } => self.enforced(name),
            MysqlChange::Options(options) => options.iter().for_each(|option| self.option(option)),
            MysqlChange::ConvertTo(_) => self.note(Change::Convert, Cause::Convert),
            MysqlChange::Force => self.note(Change::Recreate, Cause::Force),
            MysqlChange::OrderBy(_) => self.copied(Cause::OrderBy),
            MysqlChange::Tablespace { .. } => self.asked.moves_tablespace = true,
            MysqlChange::Partition(change) => self.asked.partition = Some(change.clone()),
            MysqlChange::SystemVersioning { enable } => {
                let change = if *enable { Change::AddVersioning } else { Change::DropVersioning };
                self.note(change, Cause::SystemVersioning);
            }
            _ => {}
        }
    }

    /// An index that is dropped and made again, as it was or with options of its own.
    fn added_index(&mut self, index: &CreateIndex) {
        let name = index.name.as_ref().map(Ident::as_str);
        let is_it = |key: &&KeyShape| name.is_some_and(|name| key.name.eq_ignore_ascii_case(name));
        let Some(key) = self.shape.keys.iter().find(is_it) else { return };
        self.asked.remade.push(key.name.clone());
        if index.attributes.written.is_some() {
            self.note(Change::IndexComment, Cause::Mixed);
        }
    }

    fn copied(&mut self, cause: Cause) {
        self.asked.copied.get_or_insert(cause);
    }

    fn rename(&mut self, old: &Ident, new: &Ident) {
        if self.shape.column(old).is_some() {
            self.asked.renamed.push((old.clone(), new.clone()));
        }
    }

    fn rename_index(&mut self, old: &Ident, new: &Ident) {
        let is_there =
            self.shape.keys.iter().any(|key| key.name.eq_ignore_ascii_case(old.as_str()));
        if is_there || self.table.is_none() {
            self.asked.index_renames.push((old.as_str().to_owned(), new.as_str().to_owned()));
        }
    }

    fn restated(&mut self, old: &Ident, column: &ColumnDef) {
        let complete = self.table.is_some_and(|table| table.columns_known);
        if complete && self.shape.column(old).is_none() {
            return;
        }
        if *old != column.name {
            self.rename(old, &column.name);
        }
        self.asked.restated.push(column.name.clone());
        self.note(Change::Restated, Cause::ColumnType(column.name.clone()));
        self.column_constraints(column);
    }

    fn added_column(&mut self, column: &ColumnDef) {
        let is_there = self.shape.column(&column.name).is_some();
        if !is_there || self.asked.dropped.contains(&column.name) {
            self.asked.added.push(column.name.clone());
            self.column_constraints(column);
        }
    }

    /// Checks and keys that a column brings. MariaDB tests no row against the check of a column.
    fn column_constraints(&mut self, column: &ColumnDef) {
        let is_mysql = self.target.dialect == Dialect::Mysql;
        for constraint in &column.constraints {
            match constraint {
                ColumnConstraint::Check { validity, .. } if is_mysql => self.check(*validity),
                ColumnConstraint::References { .. } if self.keeps_inline_references() => {
                    self.note(Change::AddForeignKey, Cause::ForeignKeyChecked);
                }
                _ => {}
            }
        }
    }

    fn keeps_inline_references(&self) -> bool {
        self.target.dialect == Dialect::Mariadb || self.target.at_least(9)
    }

    fn constraint(&mut self, constraint: &TableConstraint) {
        match &constraint.kind {
            ConstraintKind::ForeignKey { .. } => {
                self.note(Change::AddForeignKey, Cause::ForeignKeyChecked);
            }
            ConstraintKind::Check { .. } => match self.target.dialect {
                Dialect::Mysql => self.check(constraint.validity),
                _ => self.note(Change::AddCheck, Cause::Check),
            },
            _ => {}
        }
    }

    /// MySQL before 8.0 reads checks and forgets them.
    fn check(&mut self, validity: Validity) {
        if validity != Validity::NotEnforced && self.target.at_least(8) {
            self.copied(Cause::Check);
        }
    }

    /// Rows are tested where they were not before.
    fn enforced(&mut self, name: &Ident) {
        let known = self.table.and_then(|table| table.constraint(name));
        if known.is_none_or(|check| check.validity == Validity::NotEnforced) {
            self.copied(Cause::Check);
        }
    }

    fn drop_constraint(&mut self, name: &Ident) {
        let known = self.table.and_then(|table| table.constraint(name));
        match known.map(|constraint| &constraint.body) {
            Some(ConstraintBody::ForeignKey { .. }) => {
                self.note(Change::DropForeignKey, Cause::Mixed);
            }
            Some(ConstraintBody::Check { .. }) => self.note(Change::DropCheck, Cause::Check),
            Some(_) => {}
            None if self.table.is_none_or(|table| !table.columns_known) => {
                self.note(Change::DropForeignKey, Cause::Mixed);
            }
            None => {}
        }
    }

    fn option(&mut self, option: &TableOption) {
        match option {
            TableOption::Engine(engine) if engine.folded() == self.shape.engine => {
                self.note(Change::Recreate, Cause::Force);
            }
            TableOption::Engine(_) => self.copied(Cause::Engine),
            TableOption::RowFormat(_) | TableOption::KeyBlockSize(_) => {
                self.note(Change::StorageOptions, Cause::Storage);
            }
            TableOption::Other { name, value } => self.other_option(name, value),
            _ => self.note(Change::Options, Cause::Mixed),
        }
    }

    fn other_option(&mut self, name: &str, value: &str) {
        let (change, cause) = match (name, self.target.dialect) {
            ("tablespace", Dialect::Mysql) => (Change::StorageOptions, Cause::Storage),
            ("encryption", Dialect::Mysql) if is_yes(value) => {
                (Change::Encryption, Cause::Encryption)
            }
            ("encrypted" | "encryption_key_id", _) => (Change::StorageOptions, Cause::Encryption),
            _ => (Change::Options, Cause::Mixed),
        };
        self.note(change, cause);
    }
}

fn is_yes(value: &str) -> bool {
    value.trim_matches('\'').eq_ignore_ascii_case("y")
}

impl Asked {
    /// The name of an index afterwards.
    pub fn index_after<'n>(&'n self, name: &'n str) -> &'n str {
        let renamed = self.index_renames.iter().find(|(old, _)| old.eq_ignore_ascii_case(name));
        renamed.map_or(name, |(_, new)| new.as_str())
    }

    /// Whether columns come, go, or are stated anew.
    pub fn touches_columns(&self) -> bool {
        let lists = [&self.added, &self.dropped, &self.restated];
        lists.into_iter().any(|columns| !columns.is_empty())
    }

    /// Whether nothing but the table's name, or whether its keys are kept, changes.
    pub fn is_simple(&self) -> bool {
        self.others == 0 && (self.renames_table || self.switches_keys)
    }
}
