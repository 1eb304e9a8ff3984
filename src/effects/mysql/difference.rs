//! Compares a table with what a statement makes of it, as `fill_alter_inplace_info` of the server
//! does before it asks the engine.

use super::asked::Asked;
use super::changes::{Change, Changes};
use super::keys;
use super::retyping::{Retype, Retyping};
use super::shape::{ColumnShape, DefaultShape, KeyKind, KeyShape, Shape, Storage};
use crate::effects::Cause;
use crate::migration::{Dialect, Ident, Target};

/// What differs.
#[derive(Debug, Default)]
pub(super) struct Difference<'a> {
    /// Every difference.
    pub changes: Changes,
    /// Columns that are new.
    pub added: Vec<&'a ColumnShape>,
    /// Names of indexes that are built.
    pub built: Vec<&'a str>,
    /// Names of indexes that go.
    pub dropped: Vec<String>,
    /// Whether a type could not be told.
    pub unknown: bool,
}

/// The comparison of two tables.
pub(super) struct Comparison<'a> {
    /// The table as it is.
    pub before: &'a Shape,
    /// The table as it becomes.
    pub after: &'a Shape,
    /// What the statement says.
    pub asked: &'a Asked,
    /// The server.
    pub target: &'a Target,
}

impl<'a> Comparison<'a> {
    /// Every difference, those that the statement names first.
    pub fn run(&self) -> Difference<'a> {
        let mut found = Difference { changes: self.asked.changes.clone(), ..Difference::default() };
        for column in &self.before.columns {
            self.column(column, &mut found);
        }
        for column in self.after.columns.iter().filter(|it| self.asked.added.contains(&it.name)) {
            self.added(column, &mut found);
        }
        for column in &self.asked.restated {
            self.restated(column, &mut found);
        }
        self.order(&mut found);
        keys::compare(self, &mut found);
        found
    }

    /// Whether the table gets its first full-text index.
    pub fn begins_words(&self) -> bool {
        self.after.has_key(KeyKind::Fulltext) && !self.before.has_key(KeyKind::Fulltext)
    }

    /// The name of a column afterwards; `None` where it goes.
    pub fn name_after<'n>(&'n self, name: &'n Ident) -> Option<&'n Ident> {
        if self.asked.dropped.contains(name) {
            return None;
        }
        let renamed = self.asked.renamed.iter().find(|(old, _)| old == name);
        Some(renamed.map_or(name, |(_, new)| new))
    }

    /// Of a column that nothing is known of no more can be told than that it may be copied.
    fn restated(&self, name: &Ident, found: &mut Difference<'a>) {
        let is_known =
            |old: &ColumnShape| old.data_type.is_some() && self.name_after(&old.name) == Some(name);
        if !self.before.columns.iter().any(is_known) {
            found.unknown = true;
            found.changes.add(Change::StoredType, Cause::ColumnType(name.clone()));
        }
    }

    fn column(&self, old: &ColumnShape, found: &mut Difference<'a>) {
        let after = self.name_after(&old.name).and_then(|name| self.after.column(name));
        let Some(new) = after else {
            let change = if old.is_virtual() { Change::DropVirtual } else { Change::DropStored };
            found.changes.add(change, Cause::Columns);
            return;
        };
        let column = || new.name.clone();
        if old.name.folded() != new.name.folded() {
            found.changes.add(Change::ColumnName, Cause::Columns);
        }
        self.retype(old, new, found);
        self.storage(old, new, found);
        let gains = new.auto_increment && !old.auto_increment;
        let loses = old.auto_increment && !new.auto_increment;
        if gains || (loses && self.target.dialect == Dialect::Mysql) {
            found.changes.add(Change::StoredType, Cause::AutoIncrement(column()));
        }
        match (old.nullable, new.nullable) {
            (true, false) => {
                found.changes.add(Change::NotNullable, Cause::Nullability(column()));
            }
            (false, true) => {
                found.changes.add(Change::Nullable, Cause::Nullability(column()));
            }
            _ => {}
        }
        if old.default != new.default || self.asked.defaults.contains(&old.name) {
            found.changes.add(Change::Default, Cause::Demanded);
        }
    }

    fn retype(&self, old: &ColumnShape, new: &ColumnShape, found: &mut Difference<'a>) {
        let (Some(from), Some(to)) = (&old.data_type, &new.data_type) else { return };
        let retyping = Retyping { column: &new.name, table: self.after, target: self.target };
        match retyping.judge(from, to) {
            Retype::Same => {}
            Retype::Rewritten(cause) => {
                let change =
                    if old.is_virtual() { Change::VirtualType } else { Change::StoredType };
                found.changes.add(change, cause);
            }
            Retype::SameBytes => {
                found.changes.add(Change::SameBytes, Cause::ColumnType(new.name.clone()));
            }
            Retype::Reclustered(cause) => {
                for change in [Change::SameBytes, Change::DropPrimary, Change::AddPrimary] {
                    found.changes.add(change, cause.clone());
                }
            }
            Retype::Reindexed(cause) => {
                found.changes.add(Change::SameBytes, cause.clone());
                found.changes.add(Change::AddIndex, cause);
                let over = |key: &&KeyShape| key.columns().any(|column| *column == new.name);
                let over = self.after.keys.iter().filter(over).map(|key| key.name.as_str());
                found.built.extend(over);
            }
        }
    }

    fn storage(&self, old: &ColumnShape, new: &ColumnShape, found: &mut Difference<'a>) {
        let column = || new.name.clone();
        // An expression follows the new name of a column without a word.
        let stated = self.asked.restated.contains(&new.name);
        match (&old.storage, &new.storage) {
            (Storage::Stored(was), Storage::Stored(is)) if stated && was != is => {
                found.changes.add(Change::StoredExpression, Cause::GeneratedExpression(column()));
            }
            (Storage::Virtual(was), Storage::Virtual(is)) if stated && was != is => {
                found.changes.add(Change::VirtualExpression, Cause::GeneratedExpression(column()));
            }
            (Storage::Base, Storage::Stored(_)) | (Storage::Stored(_), Storage::Base) => {
                found.changes.add(Change::StoredType, Cause::StoredColumn(column()));
            }
            _ => {}
        }
    }

    fn added(&self, column: &'a ColumnShape, found: &mut Difference<'a>) {
        found.added.push(column);
        let name = || column.name.clone();
        match &column.storage {
            Storage::Virtual(_) => found.changes.add(Change::AddVirtual, Cause::VirtualColumn),
            Storage::Stored(_) => {
                found.changes.add(Change::AddGenerated, Cause::StoredColumn(name()));
            }
            Storage::Base if self.is_computed(column) => {
                found.changes.add(Change::AddGenerated, Cause::DefaultExpression(name()));
            }
            Storage::Base => found.changes.add(Change::AddStored, Cause::Columns),
        }
    }

    /// Whether the engine cannot tell the default of rows that are there: any expression in
    /// MySQL, in MariaDB one that differs from row to row.
    fn is_computed(&self, column: &ColumnShape) -> bool {
        match (&column.default, self.target.dialect) {
            (Some(DefaultShape::Row), _) => true,
            (Some(DefaultShape::Statement), dialect) => dialect == Dialect::Mysql,
            _ => false,
        }
    }

    fn order(&self, found: &mut Difference<'a>) {
        let kept = |column: &&ColumnShape| self.name_after(&column.name).is_some();
        let stays: Vec<&ColumnShape> = self.before.columns.iter().filter(kept).collect();
        let order_of = |is_virtual: bool| -> (Vec<&Ident>, Vec<&Ident>) {
            let old = stays.iter().filter(|column| column.is_virtual() == is_virtual);
            let old: Vec<&Ident> = old.filter_map(|column| self.name_after(&column.name)).collect();
            let new = self.after.columns.iter().map(|column| &column.name);
            let new = new.filter(|name| old.contains(name)).collect();
            (old, new)
        };
        let (stored, stored_after) = order_of(false);
        if stored != stored_after {
            found.changes.add(Change::StoredOrder, Cause::Columns);
        }
        let (virtuals, virtuals_after) = order_of(true);
        if virtuals != virtuals_after || self.moves_virtual() {
            found.changes.add(Change::VirtualOrder, Cause::VirtualColumn);
        }
    }

    /// MariaDB takes a virtual column for moved where its place among all columns is another.
    fn moves_virtual(&self) -> bool {
        if self.target.dialect != Dialect::Mariadb {
            return false;
        }
        let place = |table: &Shape, name: &Ident| {
            table.columns.iter().position(|column| column.name == *name)
        };
        self.before.columns.iter().filter(|column| column.is_virtual()).any(|column| {
            self.name_after(&column.name)
                .is_some_and(|after| place(self.before, &column.name) != place(self.after, after))
        })
    }
}

impl Difference<'_> {
    /// Whether a new virtual column stands before one that was there, or those that were there
    /// change places.
    pub fn virtuals_are_in_order(&self, comparison: &Comparison<'_>) -> bool {
        let virtuals = comparison.after.columns.iter().filter(|column| column.is_virtual());
        let is_new = |column: &&ColumnShape| self.added.iter().any(|new| new.name == column.name);
        let mut kept: Vec<&Ident> = Vec::new();
        let mut seen_new = false;
        for column in virtuals {
            if is_new(&column) {
                seen_new = true;
            } else if seen_new {
                return false;
            } else {
                kept.push(&column.name);
            }
        }
        let before = comparison.before.columns.iter().filter(|column| column.is_virtual());
        let before: Vec<&Ident> =
            before.filter_map(|column| comparison.name_after(&column.name)).collect();
        before == kept
    }

    /// Whether a new column numbers rows.
    pub fn adds_auto_increment(&self) -> Option<&Ident> {
        self.added.iter().find(|column| column.auto_increment).map(|column| &column.name)
    }

    /// Whether an index of that kind is built.
    pub fn builds(&self, after: &Shape, kind: KeyKind) -> usize {
        let built = |key: &&KeyShape| key.kind == kind && self.built.contains(&key.name.as_str());
        after.keys.iter().filter(built).count()
    }

    /// Whether an index is built over a new virtual column or an expression.
    pub fn indexes_new_virtual(&self, after: &Shape) -> bool {
        let is_new = |name: &Ident| {
            self.added.iter().any(|column| column.name == *name && column.is_virtual())
        };
        after
            .keys
            .iter()
            .filter(|key| self.built.contains(&key.name.as_str()))
            .any(|key| key.has_expression() || key.columns().any(is_new))
    }
}
