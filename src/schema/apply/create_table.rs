//! `CREATE TABLE` and `CREATE TABLE AS`.

use super::Applier;
use super::columns::NewColumn;
use crate::migration::{
    ConstraintKind, CreateTable, CreateTableAs, Ident, IndexedColumn, ObjectName, OutputColumn,
    Persistence, Query, TableConstraint, Validity,
};
use crate::schema::{Column, Partitioning, RelationBody, RelationName, Table, TypeBody};

impl Applier<'_> {
    pub(super) fn create_table(&mut self, def: &CreateTable) {
        let name = self.schema.created_name(&def.name, def.persistence);
        if !self.free_for(&name, def.if_not_exists) {
            return;
        }
        let certain = self.surely_made(&name, def.if_not_exists);
        let table = Table {
            persistence: def.persistence,
            foreign: def.foreign,
            partitioning: def.partition_by.as_ref().map(|(strategy, key)| Partitioning {
                strategy: strategy.clone(),
                key: key.clone(),
            }),
            columns_known: true,
            ..Table::default()
        };
        self.put_new(name.clone(), certain, RelationBody::Table(table));
        self.schema.link_later(&name);
        let parents: Vec<RelationName> =
            def.inherits.iter().map(|parent| self.needed_table(parent)).collect();
        for parent in &parents {
            self.inherit_from(&name, parent);
        }
        if let Some(partition) = &def.partition_of {
            let parent = self.needed_table(&partition.parent);
            self.become_partition(&name, &parent, &partition.bound);
        }
        if let Some(of_type) = &def.of_type {
            self.columns_of_type(&name, of_type);
        }
        let likes = self.copy_columns(&name, &def.like);
        let constraints = self.define_columns(&name, def);
        self.define_constraints(&name, &constraints);
        self.copy_extras(&name, &likes);
        self.schema.link_now();
        self.clone_parent_extras(&name);
    }

    /// Whether the name may be taken now. A relation that stands in the way stays if the statement
    /// says `IF NOT EXISTS`; otherwise the replay was wrong about it.
    pub(super) fn free_for(&mut self, name: &RelationName, if_not_exists: bool) -> bool {
        if !self.schema.relations.contains_key(name) {
            return true;
        }
        if if_not_exists {
            return false;
        }
        if !self.certain {
            self.doubt(name);
            return false;
        }
        self.drop_relation(name, true);
        true
    }

    /// `IF NOT EXISTS` makes nothing certain of which a part of the history that is not known may
    /// have made another.
    pub(super) fn surely_made(&self, name: &RelationName, if_not_exists: bool) -> bool {
        !if_not_exists || self.schema.was_never_made(&name.name)
    }

    /// Stores the columns; gives all constraints, those of columns first.
    fn define_columns(&mut self, name: &RelationName, def: &CreateTable) -> Vec<TableConstraint> {
        let mut constraints = Vec::new();
        let mut not_nulls = Vec::new();
        for written in &def.columns {
            let NewColumn { column, not_null, constraints: own } = self.new_column(name, written);
            self.schema.edit_table(name, |table| put_column(table, column));
            constraints.extend(own);
            not_nulls.extend(not_null.map(|named| (written.name.clone(), named)));
        }
        constraints.extend(def.constraints.iter().cloned());
        // A new table has no rows: NOT VALID says nothing.
        for constraint in &mut constraints {
            if constraint.validity == Validity::NotValid {
                constraint.validity = Validity::Valid;
            }
        }
        for (column, named) in not_nulls {
            self.put_not_null(name, &column, named.as_ref(), false);
        }
        constraints
    }

    /// Adds constraints in the server's order: checks and not-nulls, keys (the primary key first),
    /// foreign keys.
    fn define_constraints(&mut self, name: &RelationName, constraints: &[TableConstraint]) {
        let keys = distinct_keys(constraints);
        for constraint in constraints {
            if matches!(
                constraint.kind,
                ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. }
            ) {
                self.add_constraint(name, constraint, true);
            }
        }
        for key in &keys {
            if let ConstraintKind::PrimaryKey { columns, .. } = &key.kind {
                for column in columns.iter().filter_map(|column| column.column.as_ref()) {
                    self.put_not_null(name, column, None, false);
                }
            }
        }
        for key in &keys {
            self.add_constraint(name, key, true);
        }
        for constraint in constraints {
            if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) {
                self.add_constraint(name, constraint, true);
            }
        }
    }

    fn columns_of_type(&mut self, name: &RelationName, of_type: &ObjectName) {
        let known = self.schema.type_def(of_type).and_then(|def| match &def.body {
            TypeBody::Composite { attributes } => Some(attributes.clone()),
            _ => None,
        });
        let columns: Vec<Column> = known
            .iter()
            .flatten()
            .map(|(attribute, data_type)| self.bare_column(attribute, Some(data_type)))
            .collect();
        let of_type = self.schema.type_def(of_type).map(|def| def.name.clone());
        self.schema.edit_table(name, |table| {
            table.of_type = of_type;
            table.columns_known = known.is_some();
            table.columns.extend(columns);
        });
    }

    pub(super) fn create_table_as(&mut self, def: &CreateTableAs) {
        let name = self.schema.created_name(&def.name, def.persistence);
        if !self.free_for(&name, def.if_not_exists) {
            return;
        }
        let certain = self.surely_made(&name, def.if_not_exists);
        let columns = match self.is_mysql() {
            true => self.mysql_columns_of(&def.query),
            false => self.output_columns(&def.query, &def.columns),
        };
        let table = Table {
            persistence: def.persistence,
            columns_known: columns.is_some(),
            columns: columns.unwrap_or_default(),
            ..Table::default()
        };
        self.put_new(name.clone(), certain, RelationBody::Table(table));
        self.schema.edit(&name, |relation| relation.filled = def.with_data);
        self.written_by(&def.query);
    }

    /// The columns of a query's result, with types where they are taken from known columns; `None`
    /// where not even their names can be told.
    pub(super) fn output_columns(&self, query: &Query, names: &[Ident]) -> Option<Vec<Column>> {
        let mut columns = self.selected_columns(query);
        if columns.is_none() && !names.is_empty() {
            columns = Some(names.iter().map(|name| self.bare_column(name, None)).collect());
        }
        let mut columns = columns?;
        for (column, name) in columns.iter_mut().zip(names) {
            column.name = name.clone();
        }
        Some(columns)
    }

    fn selected_columns(&self, query: &Query) -> Option<Vec<Column>> {
        let facts = query.facts.as_ref().ok()?;
        let mut columns = Vec::new();
        for output in facts.output.as_ref()? {
            match output {
                OutputColumn::Named { name, source } => {
                    let origin = source.as_ref().and_then(|(relation, column)| {
                        self.schema.table_of(&self.schema.resolve(relation))?.column(column)
                    });
                    let data_type = origin.and_then(|column| column.data_type.as_ref());
                    columns.push(self.bare_column(name, data_type));
                }
                OutputColumn::Star(Some(relation)) => columns.extend(self.all_columns(relation)?),
                OutputColumn::Star(None) if !reads_are_the_from_list(query) => return None,
                OutputColumn::Star(None) => {
                    for relation in &facts.reads {
                        columns.extend(self.all_columns(relation)?);
                    }
                }
                OutputColumn::Unnamed => {
                    columns.push(self.bare_column(&Ident::new("?column?"), None));
                }
            }
        }
        Some(columns)
    }

    fn all_columns(&self, relation: &ObjectName) -> Option<Vec<Column>> {
        let name = self.schema.resolve(relation);
        if let Some(table) = self.schema.table_of(&name) {
            let copy = |column: &Column| self.bare_column(&column.name, column.data_type.as_ref());
            return table.columns_known.then(|| table.columns.iter().map(copy).collect());
        }
        let columns = self.schema.view_of(&name)?.columns.as_ref()?;
        Some(columns.iter().map(|column| self.bare_column(column, None)).collect())
    }

    /// The name a view or sequence gets.
    pub(super) fn made_name(&self, name: &ObjectName, temporary: bool) -> RelationName {
        let persistence = if temporary { Persistence::Temporary } else { Persistence::Permanent };
        self.schema.created_name(name, persistence)
    }
}

/// Whether all that the query reads stands in its one `FROM`, so that `*` is the columns of all.
pub(super) fn reads_are_the_from_list(query: &Query) -> bool {
    let Ok(facts) = &query.facts else { return false };
    let sql = query.sql.to_ascii_lowercase();
    let words = || sql.split(|c: char| !c.is_alphanumeric() && c != '_');
    let merged = words().any(|word| matches!(word, "using" | "natural" | "values" | "with"));
    let selects = words().filter(|word| matches!(*word, "select" | "table")).count();
    selects == 1 && facts.functions.is_empty() && (facts.reads.len() == 1 || !merged)
}

/// A column of the definition, merged into one that a parent gave.
fn put_column(table: &mut Table, column: Column) {
    match table.columns.iter_mut().find(|known| known.name == column.name) {
        Some(known) => {
            known.local = true;
            known.not_null |= column.not_null;
            known.default = column.default.or_else(|| known.default.take());
            known.sequence = column.sequence.or_else(|| known.sequence.take());
            known.identity = column.identity.or(known.identity);
            known.generated = column.generated.or_else(|| known.generated.take());
            if known.data_type.is_none() {
                known.data_type = column.data_type;
            }
        }
        None => table.columns.push(column),
    }
}

/// Keys without those that repeat another one, the primary key first
/// (`transformIndexConstraints` in PostgreSQL).
fn distinct_keys(constraints: &[TableConstraint]) -> Vec<TableConstraint> {
    let keys = constraints.iter().filter(|constraint| key_columns(constraint).is_some());
    let (primary, others): (Vec<_>, Vec<_>) =
        keys.partition(|key| matches!(key.kind, ConstraintKind::PrimaryKey { .. }));
    let mut kept: Vec<TableConstraint> = Vec::new();
    for key in primary.into_iter().chain(others) {
        let same = kept.iter_mut().find(|known| {
            key_columns(known) == key_columns(key)
                && known.deferral == key.deferral
                && is_exclusion(known) == is_exclusion(key)
        });
        match same {
            Some(known) if !is_exclusion(key) => {
                known.name = known.name.take().or_else(|| key.name.clone());
            }
            _ => kept.push(key.clone()),
        }
    }
    kept
}

fn is_exclusion(constraint: &TableConstraint) -> bool {
    matches!(constraint.kind, ConstraintKind::Exclude { .. })
}

fn key_columns(constraint: &TableConstraint) -> Option<Vec<&IndexedColumn>> {
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
            Some(columns.iter().collect())
        }
        ConstraintKind::Exclude { elements, .. } => {
            Some(elements.iter().map(|(column, _)| column).collect())
        }
        _ => None,
    }
}
