//! Partitions and inheritance: what a child takes over, keeps and gives up.

use super::Applier;
use crate::migration::{
    ConstraintKind, Deferral, DetachMode, Expr, ExprFacts, Ident, ObjectName, PartitionBound,
    Predicate, TableConstraint, Validity,
};
use crate::schema::{Column, Constraint, ConstraintBody, RelationBody, RelationName, Table};
use crate::source::Span;
use std::sync::Arc;

impl Applier<'_> {
    /// `CREATE TABLE … PARTITION OF`: columns and checks come from the parent.
    pub(super) fn become_partition(
        &mut self,
        name: &RelationName,
        parent: &RelationName,
        bound: &PartitionBound,
    ) {
        self.take_over(name, parent, Inheritance::Partition);
        self.schema.edit_table(name, |table| {
            table.partition_of = Some((parent.clone(), bound.clone()));
        });
    }

    /// `INHERITS (parent)` of a new table.
    pub(super) fn inherit_from(&mut self, name: &RelationName, parent: &RelationName) {
        self.take_over(name, parent, Inheritance::Child);
        self.schema.edit_table(name, |table| table.inherits.push(parent.clone()));
    }

    fn take_over(&mut self, name: &RelationName, parent: &RelationName, how: Inheritance) {
        let Some(model) = self.schema.table_of(parent) else { return };
        let keeps_identity = how == Inheritance::Partition && self.context.target.at_least(17);
        let columns: Vec<Column> = model
            .columns
            .iter()
            .map(|column| Column {
                inherited: true,
                local: false,
                sequence: None,
                identity: column.identity.filter(|_| keeps_identity),
                certain: column.certain && self.certain,
                born: self.clock(),
                ..column.clone()
            })
            .collect();
        let constraints: Vec<Constraint> =
            model.constraints.iter().filter(|own| passes_on(own)).cloned().collect();
        let known = model.columns_known;
        let born = self.clock();
        self.schema.edit_table(name, |table| {
            table.columns_known &= known;
            for column in columns {
                merge_column(table, column);
            }
            for constraint in constraints {
                merge_constraint(
                    table,
                    Constraint { inherited: true, local: false, born, ..constraint },
                );
            }
        });
    }

    /// `ATTACH PARTITION`.
    pub(super) fn attach_partition(
        &mut self,
        parent: &RelationName,
        partition: &ObjectName,
        bound: &PartitionBound,
    ) {
        if let Some(RelationBody::Index(_)) =
            self.schema.relations.get(parent).map(|relation| &relation.body)
        {
            return self.attach_index(&parent.to_object_name(), partition);
        }
        let name = self.needed_table(partition);
        self.schema.edit_table(&name, |table| {
            table.partition_of = Some((parent.clone(), bound.clone()));
        });
        self.mark_inherited(&name, parent);
        self.adopt_not_null(&name, parent);
        self.clone_parent_extras(&name);
        self.touched(&name);
    }

    /// `DETACH PARTITION`: the table keeps what it has, on its own account.
    pub(super) fn detach_partition(
        &mut self,
        parent: &RelationName,
        partition: &ObjectName,
        mode: DetachMode,
    ) {
        let name = self.schema.resolve(partition);
        if mode == DetachMode::Concurrently {
            self.keep_bound(parent, &name);
        }
        self.schema.edit_table(&name, |table| {
            table.partition_of = None;
            stand_alone(table);
        });
        let cloned: Vec<Ident> = self.schema.table_of(parent).map_or_else(Vec::new, |parent| {
            let row = parent.triggers.iter().filter(|trigger| trigger.for_each_row);
            row.map(|trigger| trigger.name.clone()).collect()
        });
        self.schema.edit_table(&name, |table| {
            table.triggers.retain(|trigger| !cloned.contains(&trigger.name));
        });
        for index in self.indexes_by_age(&name) {
            self.schema.edit(&index, |relation| {
                if let RelationBody::Index(index) = &mut relation.body {
                    index.parent = None;
                }
            });
        }
        self.touched(&name);
    }

    /// A partition that is detached concurrently keeps its bound as a check.
    fn keep_bound(&mut self, parent: &RelationName, partition: &RelationName) {
        let key = self.schema.table_of(parent).and_then(|table| table.partitioning.as_ref());
        let columns: Vec<Ident> = key
            .iter()
            .flat_map(|partitioning| &partitioning.key)
            .filter_map(|key| key.column.clone())
            .collect();
        let conjuncts = columns.iter().cloned().map(Predicate::IsNotNull).collect();
        let facts = ExprFacts { columns, conjuncts, ..ExprFacts::default() };
        let expr = Expr { sql: Arc::from("(the partition's bound)"), facts: Some(Arc::new(facts)) };
        let check = TableConstraint {
            span: Span::default(),
            name: None,
            kind: ConstraintKind::Check { expr, no_inherit: false },
            deferral: Deferral::NotDeferrable,
            validity: Validity::Valid,
        };
        self.add_constraint(partition, &check, false);
    }

    /// `ALTER TABLE … INHERIT`.
    pub(super) fn inherit(&mut self, name: &RelationName, parent: &ObjectName) {
        let parent = self.needed_table(parent);
        self.mark_inherited(name, &parent);
        self.adopt_not_null(name, &parent);
        self.schema.edit_table(name, |table| table.inherits.push(parent));
        self.touched(name);
    }

    /// `ALTER TABLE … NO INHERIT`.
    pub(super) fn no_inherit(&mut self, name: &RelationName, parent: &ObjectName) {
        let parent = self.schema.resolve(parent);
        self.schema.edit_table(name, |table| {
            table.inherits.retain(|known| *known != parent);
            if table.inherits.is_empty() {
                stand_alone(table);
            }
        });
        self.touched(name);
    }

    /// Columns and checks that the parent has too now belong to it.
    fn mark_inherited(&mut self, name: &RelationName, parent: &RelationName) {
        let Some(model) = self.schema.table_of(parent) else { return };
        let columns: Vec<Ident> = model.columns.iter().map(|column| column.name.clone()).collect();
        let checks: Vec<Ident> = model
            .constraints
            .iter()
            .filter(|own| passes_on(own))
            .map(|own| own.name.clone())
            .collect();
        self.schema.edit_table(name, |table| {
            let partition = table.partition_of.is_some();
            for column in table.columns.iter_mut().filter(|own| columns.contains(&own.name)) {
                column.inherited = true;
                column.local &= !partition;
            }
            for own in table.constraints.iter_mut().filter(|own| checks.contains(&own.name)) {
                own.inherited = true;
                own.local &= !partition;
            }
        });
    }

    /// A child's column must be not-null where the parent's is; the server demands it, so it is.
    fn adopt_not_null(&mut self, name: &RelationName, parent: &RelationName) {
        let Some(model) = self.schema.table_of(parent) else { return };
        let columns: Vec<Ident> = model
            .columns
            .iter()
            .filter(|column| column.not_null)
            .map(|column| column.name.clone())
            .collect();
        self.schema.edit_table(name, |table| {
            for column in table.columns.iter_mut().filter(|own| columns.contains(&own.name)) {
                column.not_null = true;
            }
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inheritance {
    Partition,
    Child,
}

fn passes_on(constraint: &Constraint) -> bool {
    match &constraint.body {
        ConstraintBody::Check { no_inherit, .. } | ConstraintBody::NotNull { no_inherit, .. } => {
            !no_inherit
        }
        _ => false,
    }
}

/// What came from parents is the table's own now.
fn stand_alone(table: &mut Table) {
    for column in &mut table.columns {
        column.local |= column.inherited;
        column.inherited = false;
    }
    for own in &mut table.constraints {
        own.local |= own.inherited;
        own.inherited = false;
    }
}

fn merge_column(table: &mut Table, column: Column) {
    match table.columns.iter_mut().find(|known| known.name == column.name) {
        Some(known) => {
            known.inherited = true;
            known.not_null |= column.not_null;
            known.default = known.default.take().or(column.default);
        }
        None => table.columns.push(column),
    }
}

fn merge_constraint(table: &mut Table, constraint: Constraint) {
    match table.constraints.iter_mut().find(|known| known.name == constraint.name) {
        Some(known) => known.inherited = true,
        None => table.constraints.push(constraint),
    }
}
