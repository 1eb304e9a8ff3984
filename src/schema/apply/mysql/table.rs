//! `CREATE TABLE`.

use super::super::Applier;
use crate::migration::{
    ConstraintKind, CreateTable, Ident, LikeClause, MysqlTable, OutputColumn, Persistence, Query,
    TableConstraint, TableOption,
};
use crate::schema::{
    Column, Constraint, ConstraintBody, Index, Partitioning, RelationBody, RelationName, Storage,
    Table,
};

impl Applier<'_> {
    pub(in super::super) fn create_mysql_table(&mut self, def: &CreateTable) {
        let name = self.schema.created_name(&def.name, def.persistence);
        let nothing = MysqlTable::default();
        let own = def.mysql.as_deref().unwrap_or(&nothing);
        if own.or_replace && self.certain {
            self.drop_relation(&name, true);
        }
        if !self.free_for(&name, def.if_not_exists) {
            return;
        }
        let certain = self.surely_made(&name, def.if_not_exists);
        let table = Table {
            persistence: def.persistence,
            storage: Some(Box::new(storage(own))),
            partitioning: own.partitions.as_ref().map(|scheme| Partitioning {
                strategy: scheme.strategy.clone(),
                key: scheme.key.clone(),
            }),
            columns_known: true,
            ..Table::default()
        };
        self.put_new(name.clone(), certain, RelationBody::Table(table));
        self.schema.link_later(&name);
        for like in &def.like {
            self.copy_table(&name, like);
        }
        self.define_mysql(&name, def, own);
        self.schema.link_now();
    }

    /// Columns, then keys in the order written, then what needs them.
    fn define_mysql(&mut self, name: &RelationName, def: &CreateTable, own: &MysqlTable) {
        let mut constraints: Vec<TableConstraint> = Vec::new();
        for column in &def.columns {
            constraints.extend(self.put_mysql_column(name, column, None));
        }
        constraints.extend(def.constraints.iter().cloned());
        if let Some(query) = &own.query {
            self.fill_from(name, query);
        }
        let is = |kind: &ConstraintKind, primary: bool| match kind {
            ConstraintKind::PrimaryKey { .. } => primary,
            ConstraintKind::ForeignKey { .. } => false,
            _ => !primary,
        };
        for constraint in constraints.iter().filter(|own| is(&own.kind, true)) {
            self.add_mysql_constraint(name, constraint);
        }
        for constraint in constraints.iter().filter(|own| is(&own.kind, false)) {
            self.add_mysql_constraint(name, constraint);
        }
        for index in &own.indexes {
            self.create_mysql_index(index);
        }
        for constraint in &constraints {
            if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) {
                self.add_mysql_constraint(name, constraint);
            }
        }
    }

    /// Columns of the query that fills the table come behind those that are defined.
    fn fill_from(&mut self, name: &RelationName, query: &Query) {
        let columns = self.mysql_columns_of(query);
        self.schema.edit_table(name, |table| {
            table.columns_known &= columns.is_some();
            for column in columns.into_iter().flatten() {
                if table.column(&column.name).is_none() {
                    table.columns.push(column);
                }
            }
        });
        self.schema.edit(name, |relation| relation.filled = true);
        self.written_by(query);
    }

    /// The columns of a query as a table made of it has them: what is a column as it stands keeps
    /// default, comment and whether it may be null; it numbers no rows.
    pub(in super::super) fn mysql_columns_of(&self, query: &Query) -> Option<Vec<Column>> {
        let mut columns = self.output_columns(query, &[])?;
        let facts = query.facts.as_ref().ok()?;
        let sources = facts.output.iter().flatten().filter_map(|output| match output {
            OutputColumn::Named { name, source: Some((relation, column)) } => {
                let table = self.schema.table_of(&self.schema.resolve(relation))?;
                Some((name, table.column(column)?))
            }
            _ => None,
        });
        for (name, source) in sources {
            let Some(column) = columns.iter_mut().find(|column| column.name == *name) else {
                continue;
            };
            column.not_null = source.not_null;
            column.default.clone_from(&source.default);
            column.attributes.clone_from(&source.attributes);
            if let Some(attributes) = &mut column.attributes {
                attributes.auto_increment = false;
            }
        }
        Some(columns)
    }

    /// `LIKE`: columns, keys, checks and options, but no foreign keys and no triggers.
    fn copy_table(&mut self, name: &RelationName, like: &LikeClause) {
        let source = self.needed_table(&like.source);
        let Some(table) = self.schema.table_of(&source).cloned() else { return };
        let (certain, born) = (self.certain, self.clock());
        let persistence =
            self.schema.table_of(name).map_or(Persistence::Permanent, |table| table.persistence);
        let is_kept = |own: &&Constraint| !matches!(own.body, ConstraintBody::ForeignKey { .. });
        let mut copy = Table { persistence, triggers: Vec::new(), ..table.clone() };
        copy.constraints = table.constraints.iter().filter(is_kept).cloned().collect();
        for column in &mut copy.columns {
            (column.certain, column.born) = (column.certain && certain, born);
        }
        for constraint in &mut copy.constraints {
            (constraint.certain, constraint.born) = (constraint.certain && certain, born);
            set_index(&mut constraint.body, &source, name);
        }
        let indexes: Vec<(Ident, Index)> = self
            .schema
            .indexes_of(&source)
            .map(|(relation, index)| {
                let copy = Index { table: name.clone(), implied: false, ..index.clone() };
                (Ident::caseless(relation.name.within(&source)), copy)
            })
            .collect();
        self.schema.edit_table(name, |table| *table = copy);
        for (own, index) in indexes {
            let full = RelationName::of_index(name, &own);
            self.put_new(full, true, RelationBody::Index(index));
        }
    }
}

fn set_index(body: &mut ConstraintBody, source: &RelationName, copy: &RelationName) {
    if let ConstraintBody::PrimaryKey { index, .. } | ConstraintBody::Unique { index, .. } = body {
        *index = RelationName::of_index(copy, &Ident::caseless(index.within(source)));
    }
}

fn storage(own: &MysqlTable) -> Storage {
    let mut storage = Storage {
        partitions: own.partitions.clone(),
        system_versioned: own.system_versioned,
        periods: own.periods.clone(),
        ..Storage::default()
    };
    set_options(&mut storage, &own.options);
    storage
}

/// What options make of a table's storage.
pub(super) fn set_options(storage: &mut Storage, options: &[TableOption]) {
    for option in options {
        match option {
            TableOption::Engine(engine) => storage.engine = Some(engine.clone()),
            TableOption::Charset(charset) => super::charset::set_default(storage, charset),
            TableOption::Comment(comment) => storage.comment = Some(comment.clone()),
            TableOption::RowFormat(format) => storage.row_format = Some(format.clone()),
            TableOption::KeyBlockSize(size) => {
                storage.key_block_size = Some(*size).filter(|size| *size > 0);
            }
            // The next number is no matter of the schema.
            TableOption::AutoIncrement(_) => {}
            TableOption::Other { name, value } => {
                storage.others.retain(|(known, _)| known != name);
                storage.others.push((name.clone(), value.clone()));
            }
        }
    }
}
