//! What the server refuses before it looks at a row.

use super::alter::Alter;
use super::asked::Asked;
use super::changes::Change;
use super::definitions;
use super::draft::Draft;
use super::partitions;
use super::shape::{KeyKind, KeyPart, Shape, Storage};
use crate::effects::Refusal;
use crate::migration::{Dialect, Ident, IndexedColumn, MysqlChange, TableChange};
use crate::schema::{ConstraintBody, Table};

/// Why the server refuses a change of a table that is known for sure.
pub(super) fn of(
    alter: &Alter<'_>,
    draft: &Draft<'_>,
    before: &Shape,
    after: &Shape,
    asked: &Asked,
) -> Option<Refusal> {
    let table = draft.schema.table(alter.name).known()?;
    let judge = Judge { alter, draft, before, after, asked, table };
    judge
        .named()
        .or_else(|| judge.defined())
        .or_else(|| judge.partitions())
        .or_else(|| judge.versioned())
        .or_else(|| judge.dropped_columns())
        .or_else(|| judge.renamed_columns())
        .or_else(|| judge.generated())
        .or_else(|| judge.foreign_keys())
        .or_else(|| judge.fulltexts())
        .or_else(|| judge.numbering())
}

/// A change of a table that is known for sure.
pub(super) struct Judge<'t, 'a> {
    /// The change.
    pub alter: &'t Alter<'t>,
    /// The effects in the making.
    pub draft: &'t Draft<'a>,
    /// The table as it is.
    pub before: &'t Shape,
    /// The table as it becomes.
    pub after: &'t Shape,
    /// What the statement says.
    pub asked: &'t Asked,
    /// The table in the schema.
    pub table: &'t Table,
}

impl Judge<'_, '_> {
    /// Whether the server is MySQL.
    pub fn is_mysql(&self) -> bool {
        self.draft.target.dialect == Dialect::Mysql
    }

    /// What is named has to be there, and what is added must not.
    fn named(&self) -> Option<Refusal> {
        self.alter.changes.iter().find_map(|change| self.names(change))
    }

    fn names(&self, change: &TableChange) -> Option<Refusal> {
        let name = self.alter.name;
        let missing = |column: &Ident| {
            (self.table.columns_known && self.before.column(column).is_none())
                .then(|| Refusal::missing(format!("{name} has no column \"{column}\"")))
        };
        match change {
            TableChange::AddColumn { column, if_not_exists: false, .. } => {
                let is_there = self.before.column(&column.name).is_some();
                let goes = self.asked.dropped.contains(&column.name)
                    || self.asked.renamed.iter().any(|(old, _)| *old == column.name);
                (is_there && !goes).then(|| {
                    Refusal::exists(format!("{name} has a column \"{}\" already", column.name))
                })
            }
            TableChange::DropConstraint { name, if_exists: false, .. } => {
                self.missing_constraint(name)
            }
            TableChange::DropColumn { column, if_exists: false, .. }
            | TableChange::RenameColumn { column, .. }
            | TableChange::AlterColumn { column, .. } => missing(column),
            TableChange::Mysql(change) => match change {
                MysqlChange::ModifyColumn { column, if_exists: false, .. } => missing(&column.name),
                MysqlChange::ChangeColumn { name, if_exists: false, .. } => missing(name),
                MysqlChange::DropIndex { name: index, if_exists: false } => {
                    self.missing_index(index)
                }
                MysqlChange::RenameIndex { name: index, if_exists: false, .. } => {
                    self.missing_index(index)
                }
                MysqlChange::DropForeignKey { name: key, if_exists: false } => {
                    self.missing_key(key)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn missing_index(&self, index: &Ident) -> Option<Refusal> {
        let is_there =
            self.before.keys.iter().any(|key| key.name.eq_ignore_ascii_case(index.as_str()));
        (!is_there)
            .then(|| Refusal::missing(format!("{} has no index \"{index}\"", self.alter.name)))
    }

    fn missing_constraint(&self, name: &Ident) -> Option<Refusal> {
        let is_key = self.before.keys.iter().any(|it| it.name.eq_ignore_ascii_case(name.as_str()));
        let is_there = is_key || self.table.constraint(name).is_some();
        (self.table.columns_known && !is_there)
            .then(|| Refusal::missing(format!("{} has no constraint \"{name}\"", self.alter.name)))
    }

    fn missing_key(&self, key: &Ident) -> Option<Refusal> {
        let mut keys = self.table.constraints.iter().filter(|it| it.references().is_some());
        let is_there = keys.any(|it| it.name.as_str().eq_ignore_ascii_case(key.as_str()));
        (self.table.columns_known && !is_there)
            .then(|| Refusal::missing(format!("{} has no foreign key \"{key}\"", self.alter.name)))
    }

    /// What the definitions themselves rule out.
    fn defined(&self) -> Option<Refusal> {
        let (changes, target) = (self.alter.changes, self.draft.target);
        definitions::added(changes, self.before, self.after, target)
            .or_else(|| definitions::keys(self.before, self.after, target))
            .or_else(|| definitions::row(self.before, self.after))
            .or_else(|| {
                changes.iter().find_map(|change| definitions::differs_by_replica(change, target))
            })
            .or_else(|| {
                let stand = self.table.storage().partitions.as_ref()?;
                definitions::partitions(self.asked.partition.as_ref()?, stand)
            })
    }

    fn partitions(&self) -> Option<Refusal> {
        if self.before.partitioned && self.asked.changes.has(Change::AddForeignKey) {
            return Some(Refusal::from("a partitioned table has no foreign keys"));
        }
        let change = self.asked.partition.as_ref()?;
        if let crate::migration::PartitionChange::By(scheme) = change {
            return definitions::divided(scheme, self.after);
        }
        partitions::refusal(change, self.before, &self.alter.online, self.draft.target)
    }

    fn versioned(&self) -> Option<Refusal> {
        let session = super::sessions::of(self.draft.schema, self.draft.target);
        let ends = self.asked.changes.has(Change::DropVersioning);
        (self.before.versioned && !session.alters_history && !ends && self.asked.touches_columns())
            .then(|| {
                Refusal::from(
                    "the table keeps its history; SET system_versioning_alter_history = KEEP first",
                )
            })
    }

    fn dropped_columns(&self) -> Option<Refusal> {
        let dropped = &self.asked.dropped;
        if !dropped.is_empty() && self.after.columns.is_empty() && self.table.columns_known {
            return Some(Refusal::from("a table keeps at least one column; use DROP TABLE"));
        }
        dropped.iter().find_map(|column| {
            self.key_of_rows(column)
                .or_else(|| self.split_key(column))
                .or_else(|| self.depends_on(column, "dropped"))
        })
    }

    /// Columns by which rows are dealt out to partitions stay.
    fn key_of_rows(&self, column: &Ident) -> Option<Refusal> {
        let key = &self.table.partitioning.as_ref()?.key;
        let names = key.iter().any(|part| {
            part.column.as_ref() == Some(column)
                || part.expr.as_ref().is_some_and(|expr| expr.columns().contains(column))
        });
        names.then(|| Refusal::in_use(format!("rows are partitioned by column \"{column}\"")))
    }

    /// MariaDB does not make a unique key of several columns out of fewer.
    fn split_key(&self, column: &Ident) -> Option<Refusal> {
        if self.is_mysql() {
            return None;
        }
        let unique = |kind| matches!(kind, KeyKind::Unique | KeyKind::Primary);
        let key = self.before.keys.iter().find(|key| {
            unique(key.kind)
                && key.columns().any(|it| it == column)
                && key.columns().any(|it| !self.asked.dropped.contains(it))
                && self.after.keys.iter().any(|after| after.name == key.name)
                && !self.drops_index(&key.name)
        })?;
        Some(Refusal::in_use(format!("unique key \"{}\" has column \"{column}\"", key.name)))
    }

    /// What names a column. MariaDB writes a new name into expressions.
    fn depends_on(&self, column: &Ident, what: &str) -> Option<Refusal> {
        let (mysql, target) = (self.is_mysql(), self.draft.target);
        if mysql && !target.at_least(8) || !mysql && what == "renamed" {
            return None;
        }
        let gone = |name: &Ident| self.asked.dropped.contains(name);
        // A check goes with its columns in MariaDB, in MySQL with its only one.
        let other = |name: &Ident| name != column && (mysql || !gone(name));
        let check = self.table.constraints.iter().find(|constraint| {
            let columns = constraint.columns();
            matches!(constraint.body, ConstraintBody::Check { .. })
                && columns.contains(column)
                && (what == "renamed" || columns.iter().any(other))
                && !self.drops_constraint(&constraint.name)
        });
        if let Some(check) = check {
            return Some(Refusal::in_use(format!(
                "check \"{}\" names column \"{column}\"",
                check.name
            )));
        }
        let user = self.table.columns.iter().filter(|it| !gone(&it.name)).find(|it| {
            let generated = it.generated.as_ref().map(|generated| &generated.expr);
            generated.into_iter().chain(&it.default).any(|expr| expr.columns().contains(column))
        });
        if let Some(user) = user {
            let reason = format!("column \"{}\" is computed from \"{column}\"", user.name);
            return Some(Refusal::in_use(reason));
        }
        let index = self.index_over_expression(column)?;
        Some(Refusal::in_use(format!("index \"{index}\" is over an expression of \"{column}\"")))
    }

    /// An index that stays and is over an expression which names the column.
    fn index_over_expression(&self, column: &Ident) -> Option<&str> {
        let names = |part: &IndexedColumn| {
            part.expr.as_ref().is_some_and(|expr| expr.columns().contains(column))
        };
        let mut indexes = self.draft.schema.indexes_of(self.alter.name);
        indexes.find_map(|(relation, index)| {
            let name = relation.name.within(self.alter.name);
            (index.columns.iter().any(names) && !self.drops_index(name)).then_some(name)
        })
    }

    fn drops_index(&self, name: &str) -> bool {
        self.alter.changes.iter().any(|change| match change {
            TableChange::DropConstraint { name: dropped, .. }
            | TableChange::Mysql(MysqlChange::DropIndex { name: dropped, .. }) => {
                dropped.as_str().eq_ignore_ascii_case(name)
            }
            _ => false,
        })
    }

    /// Whether the statement drops a constraint.
    pub fn drops_constraint(&self, name: &Ident) -> bool {
        self.alter.changes.iter().any(|change| match change {
            TableChange::DropConstraint { name: dropped, .. }
            | TableChange::Mysql(
                MysqlChange::DropCheck { name: dropped }
                | MysqlChange::DropForeignKey { name: dropped, .. },
            ) => dropped == name,
            _ => false,
        })
    }

    fn renamed_columns(&self) -> Option<Refusal> {
        let renamed = self.asked.renamed.iter().filter(|(old, new)| old != new);
        renamed.map(|(old, _)| old).find_map(|column| {
            let key = if self.is_mysql() { self.key_of_rows(column) } else { None };
            key.or_else(|| self.depends_on(column, "renamed"))
        })
    }

    /// A computed column stays stored, or stays virtual.
    fn generated(&self) -> Option<Refusal> {
        let changes = |name: &Ident| {
            let old = self.before.columns.iter().find(|old| {
                let renamed = self.asked.renamed.iter().find(|(was, _)| *was == old.name);
                renamed.map_or(&old.name, |(_, new)| new) == name
            });
            let (old, new) = (old?, self.after.column(name)?);
            let is_virtual = |storage: &Storage| matches!(storage, Storage::Virtual(_));
            (is_virtual(&old.storage) != is_virtual(&new.storage))
                .then(|| Refusal::from(format!("whether \"{name}\" is stored cannot be changed")))
        };
        self.asked.restated.iter().find_map(changes)
    }

    fn fulltexts(&self) -> Option<Refusal> {
        let new = |kind| {
            let is_old = |name: &str| self.before.keys.iter().any(|key| key.name == name);
            let keys = self.after.keys.iter();
            keys.filter(move |key| key.kind == kind && !is_old(&key.name))
        };
        if self.is_mysql() && new(KeyKind::Fulltext).count() > 1 {
            return Some(Refusal::from("one statement builds one full-text index"));
        }
        if self.is_mysql() && self.before.partitioned && new(KeyKind::Fulltext).next().is_some() {
            return Some(Refusal::from("a partitioned table has no full-text index"));
        }
        let nullable = new(KeyKind::Spatial).flat_map(|key| &key.parts).any(|part| match part {
            KeyPart::Column { column, .. } => {
                self.after.column(column).is_some_and(|column| column.nullable)
            }
            KeyPart::Expression(_) => false,
        });
        nullable.then(|| Refusal::from("a column of a spatial index has to be NOT NULL"))
    }

    /// The column that numbers rows leads an index.
    fn numbering(&self) -> Option<Refusal> {
        let mut numbered = self.after.columns.iter().filter(|column| column.auto_increment);
        let column = numbered.next()?;
        if let Some(second) = numbered.next() {
            let reason = format!("column \"{}\" is AUTO_INCREMENT already", column.name);
            return Some(Refusal::unfit(format!("{reason}, and \"{}\" cannot be", second.name)));
        }
        let leads = self.after.keys.iter().any(|key| key.columns().any(|it| *it == column.name));
        (!leads && self.table.columns_known).then(|| {
            let name = &column.name;
            Refusal::from(format!("column \"{name}\" is AUTO_INCREMENT and has to lead an index"))
        })
    }
}
