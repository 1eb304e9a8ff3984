//! Constraints added: keys, checks, exclusions; names as the server makes them up.

use super::Applier;
use super::foreign_key::ForeignKey;
use crate::migration::{
    ConstraintKind, Deferral, Expr, ExprShape, Ident, IndexedColumn, TableConstraint, Validity,
};
use crate::schema::naming::{Avoid, index_columns, joined, truncated};
use crate::schema::{Constraint, ConstraintBody, Index, RelationBody, RelationName};

/// A key or exclusion about to be made.
pub(super) struct Key<'a> {
    /// Label of a generated name: `pkey`, `key`, `excl`.
    pub label: &'static str,
    pub name: Option<&'a Ident>,
    pub deferral: Deferral,
    pub index: Index,
}

impl Applier<'_> {
    /// Adds a constraint, to partitions and children too unless `only`.
    pub(super) fn add_constraint(
        &mut self,
        table: &RelationName,
        constraint: &TableConstraint,
        only: bool,
    ) {
        if self.takes_known_name(table, constraint.name.as_ref()) {
            return;
        }
        match &constraint.kind {
            ConstraintKind::PrimaryKeyUsingIndex(index) => {
                self.key_using_index(table, constraint, index);
            }
            ConstraintKind::UniqueUsingIndex(index) => {
                self.key_using_index(table, constraint, index);
            }
            ConstraintKind::Check { expr, no_inherit } => {
                self.add_check(table, constraint, expr, *no_inherit);
            }
            ConstraintKind::ForeignKey { columns, target, .. } => {
                let key = ForeignKey {
                    name: constraint.name.as_ref(),
                    columns,
                    target,
                    deferral: constraint.deferral,
                    validity: constraint.validity,
                };
                self.add_foreign_key(table, &key, only);
            }
            ConstraintKind::NotNull { column, no_inherit } => {
                self.add_named_not_null(table, constraint, column, *no_inherit);
            }
            _ => self.add_written_key(table, constraint, only),
        }
    }

    /// A name that the table has already: the server refuses it, so the replay was wrong.
    fn takes_known_name(&mut self, table: &RelationName, name: Option<&Ident>) -> bool {
        let known = self.schema.table_of(table).zip(name);
        let known = known.and_then(|(body, name)| body.constraint(&truncated(name)));
        let taken = known.map(|constraint| constraint.certain);
        if taken == Some(true) {
            self.doubt(table);
        }
        taken.is_some()
    }

    fn add_named_not_null(
        &mut self,
        table: &RelationName,
        constraint: &TableConstraint,
        column: &Ident,
        no_inherit: bool,
    ) {
        let born = self.clock();
        let mut tables = vec![table.clone()];
        if !no_inherit {
            tables.extend(self.descendant_names(table));
        }
        let mut name = constraint.name.clone();
        for (at, table) in tables.iter().enumerate() {
            name = self.put_not_null(table, column, name.as_ref(), at > 0);
            self.schema.edit_table(table, |table| {
                for known in &mut table.constraints {
                    let ConstraintBody::NotNull { column: own, no_inherit: alone } =
                        &mut known.body
                    else {
                        continue;
                    };
                    if own == column && known.born == born {
                        *alone = no_inherit;
                        known.validity = constraint.validity;
                    }
                }
            });
        }
    }

    fn add_written_key(&mut self, table: &RelationName, constraint: &TableConstraint, only: bool) {
        let Some((label, index)) = self.key_index(table, &constraint.kind) else { return };
        let (name, deferral) = (constraint.name.as_ref(), constraint.deferral);
        let (index, primary) =
            (self.add_key(table, Key { label, name, deferral, index }), label == "pkey");
        if primary {
            self.key_not_null(table, &index);
        }
        if !only {
            self.clone_index_to_partitions(table, &index);
        }
    }

    /// The index behind a key, and the label of its name.
    fn key_index(
        &self,
        table: &RelationName,
        kind: &ConstraintKind,
    ) -> Option<(&'static str, Index)> {
        let mut index = empty_index(table);
        let label = match kind {
            ConstraintKind::PrimaryKey { columns, include, without_overlaps } => {
                index.columns.clone_from(columns);
                index.include.clone_from(include);
                index.unique = true;
                set_method(&mut index, *without_overlaps);
                "pkey"
            }
            ConstraintKind::Unique { columns, include, nulls_not_distinct, without_overlaps } => {
                index.columns.clone_from(columns);
                index.include.clone_from(include);
                index.nulls_not_distinct = *nulls_not_distinct;
                index.unique = true;
                set_method(&mut index, *without_overlaps);
                "key"
            }
            ConstraintKind::Exclude { method, elements, predicate } => {
                index.method.clone_from(method);
                index.columns = elements.iter().map(|(column, _)| column.clone()).collect();
                index.predicate.clone_from(predicate);
                "excl"
            }
            _ => return None,
        };
        self.bind_index(&mut index);
        Some((label, index))
    }

    pub(super) fn bind_index(&self, index: &mut Index) {
        for key in &mut index.columns {
            let plain = key.expr.as_ref().and_then(|expr| {
                column_in_parentheses(expr)
                    .or_else(|| self.column_cast_to_itself(&index.table, expr))
            });
            if let Some(column) = plain {
                key.column = Some(column);
                key.expr = None;
            }
            if let Some(expr) = &mut key.expr {
                *expr = self.schema.bind(expr);
            }
        }
        if let Some(predicate) = &mut index.predicate {
            *predicate = self.schema.bind(predicate);
        }
    }

    /// `date(c)` over a column of type date is the column.
    fn column_cast_to_itself(&self, table: &RelationName, expr: &Expr) -> Option<Ident> {
        let (ExprShape::Call(call), [column]) = (expr.shape(), expr.columns()) else {
            return None;
        };
        let data_type = self.schema.table_of(table)?.column(column)?.data_type.as_ref()?;
        let cast = call.arguments.len() == 1 && expr.functions().len() == 1;
        (cast && data_type.is(call.name.name.as_str())).then(|| column.clone())
    }

    /// Stores the index of a key and the key itself. Gives the index's name.
    pub(super) fn add_key(&mut self, table: &RelationName, key: Key<'_>) -> RelationName {
        let Key { label, name, deferral, mut index } = key;
        let full = match name {
            Some(name) => table.sibling(truncated(name)),
            None if self.is_sqlite() => self.automatic_index(table),
            None => self.generated_index_name(table, &index, label),
        };
        index.constraint = Some(full.name.clone());
        let columns: Vec<Ident> =
            index.columns.iter().filter_map(|column| column.column.clone()).collect();
        let nulls_not_distinct = index.nulls_not_distinct;
        let (inherited, local) = (index.parent.is_some(), index.parent.is_none());
        self.put_new(full.clone(), true, RelationBody::Index(index));
        let index = full.clone();
        let body = match label {
            "pkey" => ConstraintBody::PrimaryKey { columns, index },
            "key" => ConstraintBody::Unique { columns, index, nulls_not_distinct },
            _ => ConstraintBody::Exclude { columns, index },
        };
        let constraint = Constraint {
            inherited,
            local,
            ..self.new_constraint(full.name.clone(), body, Validity::Valid, deferral)
        };
        self.schema.edit_table(table, |table| table.constraints.push(constraint));
        full
    }

    /// The name that the server gives an index or key on these columns.
    pub(super) fn generated_index_name(
        &self,
        table: &RelationName,
        index: &Index,
        label: &str,
    ) -> RelationName {
        let columns =
            joined(index_columns(&index.columns, &index.include).iter().map(String::as_str));
        let columns = (label != "pkey").then_some(columns.as_str());
        let avoid = if label == "idx" { Avoid::Relations } else { Avoid::Both };
        self.schema.free_name(&table.schema, (table.name.as_str(), columns, label), avoid)
    }

    /// SQLite's name for the index of a key.
    fn automatic_index(&self, table: &RelationName) -> RelationName {
        let mut number = 1usize;
        loop {
            let name =
                table.sibling(Ident::new(format!("sqlite_autoindex_{}_{number}", table.name)));
            if !self.schema.relations.contains_key(&name) {
                return name;
            }
            number += 1;
        }
    }

    fn key_not_null(&mut self, table: &RelationName, index: &RelationName) {
        let columns = self.schema.index(index).any().map(|index| index.columns.clone());
        for column in columns.into_iter().flatten().filter_map(|column| column.column) {
            self.set_not_null(table, &column, None);
        }
    }

    /// `ADD CONSTRAINT … USING INDEX`: the index takes the constraint's name.
    fn key_using_index(
        &mut self,
        table: &RelationName,
        constraint: &TableConstraint,
        index: &Ident,
    ) {
        let old = table.sibling(index.clone());
        let name = constraint.name.as_ref().map_or_else(|| index.clone(), truncated);
        let new = table.sibling(name.clone());
        self.schema.rename_relation(&old, &new);
        let known = self.schema.index(&new).any();
        let columns: Vec<Ident> = known
            .iter()
            .flat_map(|index| &index.columns)
            .filter_map(|column| column.column.clone())
            .collect();
        let nulls_not_distinct = known.is_some_and(|index| index.nulls_not_distinct);
        let primary = matches!(constraint.kind, ConstraintKind::PrimaryKeyUsingIndex(_));
        let body = if primary {
            ConstraintBody::PrimaryKey { columns, index: new.clone() }
        } else {
            ConstraintBody::Unique { columns, index: new.clone(), nulls_not_distinct }
        };
        self.schema.edit(&new, |relation| {
            if let RelationBody::Index(index) = &mut relation.body {
                index.constraint = Some(name.clone());
            }
        });
        let added = self.new_constraint(name, body, Validity::Valid, constraint.deferral);
        self.schema.edit_table(table, |table| table.constraints.push(added));
        if primary {
            self.key_not_null(table, &new);
        }
    }

    fn add_check(
        &mut self,
        table: &RelationName,
        constraint: &TableConstraint,
        expr: &Expr,
        no_inherit: bool,
    ) {
        let expr = self.schema.bind(expr);
        let name = match &constraint.name {
            Some(name) => truncated(name),
            None => self.generated_check_name(table, &expr),
        };
        let body = ConstraintBody::Check { expr, no_inherit };
        let added = self.new_constraint(name, body, constraint.validity, constraint.deferral);
        let children = if no_inherit { Vec::new() } else { self.descendant_names(table) };
        for child in children {
            let inherited = Constraint { inherited: true, local: false, ..added.clone() };
            self.schema.edit_table(&child, |table| {
                match table.constraints.iter_mut().find(|own| own.name == inherited.name) {
                    Some(own) => own.inherited = true,
                    None => table.constraints.push(inherited),
                }
            });
        }
        self.schema.edit_table(table, |table| table.constraints.push(added));
    }

    /// `t_check`, or `t_c_check` where the condition names one column alone.
    fn generated_check_name(&self, table: &RelationName, expr: &Expr) -> Ident {
        let mut columns: Vec<&Ident> = expr.columns().iter().collect();
        columns.sort_unstable();
        columns.dedup();
        let column = match columns.as_slice() {
            [one] => Some(one.as_str()),
            _ => None,
        };
        let parts = (table.name.as_str(), column, "check");
        self.schema.free_name(&table.schema, parts, Avoid::Constraints).name
    }

    pub(super) fn new_constraint(
        &self,
        name: Ident,
        body: ConstraintBody,
        validity: Validity,
        deferral: Deferral,
    ) -> Constraint {
        let (certain, born) = (self.certain, self.clock());
        Constraint { name, body, validity, deferral, inherited: false, local: true, certain, born }
    }

    pub(super) fn alter_constraint(
        &mut self,
        table: &RelationName,
        name: &Ident,
        deferral: Option<Deferral>,
        enforced: Option<bool>,
    ) {
        self.schema.edit_table(table, |table| {
            for constraint in table.constraints.iter_mut().filter(|own| own.name == *name) {
                constraint.deferral = deferral.unwrap_or(constraint.deferral);
                constraint.validity = match enforced {
                    Some(true) => Validity::Valid,
                    Some(false) => Validity::NotEnforced,
                    None => constraint.validity,
                };
            }
        });
    }

    /// `VALIDATE CONSTRAINT`, which reaches partitions and children too.
    pub(super) fn validate_constraint(&mut self, table: &RelationName, name: &Ident) {
        let certain = self.certain;
        let mut tables = vec![table.clone()];
        tables.extend(self.descendant_names(table));
        for table in tables {
            self.schema.edit_table(&table, |table| {
                for constraint in table.constraints.iter_mut().filter(|own| own.name == *name) {
                    constraint.certain &= certain || constraint.validity == Validity::Valid;
                    constraint.validity = Validity::Valid;
                }
            });
        }
    }
}

/// `(column)` and `(column COLLATE x)` are plain key columns to the server.
fn column_in_parentheses(expr: &Expr) -> Option<Ident> {
    if let ExprShape::Column(column) = expr.shape() {
        return Some(column.clone());
    }
    let [column] = expr.columns() else { return None };
    let sql = expr.sql.trim_matches(['(', ')']);
    let mut words = sql.split_whitespace();
    let collated = words.next().is_some()
        && words.next().is_some_and(|word| word.eq_ignore_ascii_case("collate"))
        && words.next().is_some()
        && words.next().is_none();
    collated.then(|| column.clone())
}

fn set_method(index: &mut Index, without_overlaps: bool) {
    if without_overlaps {
        "gist".clone_into(&mut index.method);
    }
}

/// An index of a table without columns.
pub(super) fn empty_index(table: &RelationName) -> Index {
    Index {
        table: table.clone(),
        unique: false,
        method: "btree".to_owned(),
        columns: Vec::<IndexedColumn>::new(),
        include: Vec::new(),
        predicate: None,
        nulls_not_distinct: false,
        valid: true,
        visible: true,
        implied: false,
        constraint: None,
        parent: None,
        tablespace: None,
    }
}
