//! The walk over data-modifying statements inside queries.

use super::collect::{Collector, Source};
use super::names;
use crate::migration::{Ident, ObjectName, OutputColumn};
use sqlparser::ast::{
    self, Assignment, FromTable, MergeAction, MergeInsertKind, MergeUpdateKind, OnConflictAction,
    OnInsert, OutputClause, SelectItem, Statement, TableFactor, TableObject, TableWithJoins,
    UpdateTableFromKind,
};

impl Collector {
    /// Gathers what a data-modifying statement inside a query names; gives the columns of its
    /// `RETURNING`. Leaves its scope open.
    pub fn data_change(&mut self, statement: &Statement) -> Option<Vec<OutputColumn>> {
        self.scopes.push(Vec::new());
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.merge(merge),
            _ => None,
        }
    }

    /// The table that is changed, as a source of the statement's expressions.
    pub fn target(&mut self, table: ObjectName, alias: Option<Ident>) {
        self.writes(table.clone());
        self.add_source(Source::table(table, alias));
    }

    fn insert(&mut self, insert: &ast::Insert) -> Option<Vec<OutputColumn>> {
        // The source query does not see the target.
        if let Some(source) = &insert.source {
            self.query(source);
        }
        let TableObject::TableName(name) = &insert.table else { return None };
        let table = names::object_name(name, self.dialect);
        let alias = insert.table_alias.as_ref();
        let alias = alias.map(|alias| names::ident(&alias.alias, self.dialect));
        self.target(table.clone(), alias);
        for column in &insert.columns {
            let column = names::object_name(column, self.dialect).name;
            self.qualified(&table, column);
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on
            && let OnConflictAction::DoUpdate(change) = &conflict.action
        {
            self.add_source(Source::table(table.clone(), Some(Ident::new("excluded"))));
            self.assignments(&change.assignments, &table);
            self.exprs(&change.selection);
            self.scopes.last_mut().and_then(Vec::pop);
        }
        self.returning(insert.returning.as_deref())
    }

    fn update(&mut self, update: &ast::Update) -> Option<Vec<OutputColumn>> {
        let table = self.target_of(&update.table)?;
        match &update.from {
            Some(UpdateTableFromKind::BeforeSet(items) | UpdateTableFromKind::AfterSet(items)) => {
                items.iter().for_each(|item| self.source_item(item));
            }
            None => {}
        }
        self.assignments(&update.assignments, &table);
        self.exprs(&update.selection);
        self.returning(update.returning.as_deref())
    }

    fn delete(&mut self, delete: &ast::Delete) -> Option<Vec<OutputColumn>> {
        let (FromTable::WithFromKeyword(items) | FromTable::WithoutKeyword(items)) = &delete.from;
        for item in items {
            self.target_of(item);
        }
        delete.using.iter().flatten().for_each(|item| self.source_item(item));
        self.exprs(&delete.selection);
        self.returning(delete.returning.as_deref())
    }

    fn merge(&mut self, merge: &ast::Merge) -> Option<Vec<OutputColumn>> {
        let TableFactor::Table { name, alias, .. } = &merge.table else { return None };
        let table = names::object_name(name, self.dialect);
        let alias = alias.as_ref().map(|alias| names::ident(&alias.name, self.dialect));
        self.target(table.clone(), alias);
        self.table_factor(&merge.source);
        self.expr(&merge.on);
        for clause in &merge.clauses {
            self.exprs(&clause.predicate);
            self.merge_action(&clause.action, &table);
        }
        match &merge.output {
            Some(OutputClause::Returning { select_items, .. }) => self.select_list(select_items),
            _ => None,
        }
    }

    fn merge_action(&mut self, action: &MergeAction, table: &ObjectName) {
        match action {
            MergeAction::Insert(insert) => {
                for column in &insert.columns {
                    let column = names::object_name(column, self.dialect).name;
                    self.qualified(table, column);
                }
                if let MergeInsertKind::Values(values) = &insert.kind {
                    self.exprs(values.rows.iter().flat_map(|row| row.content.iter()));
                }
            }
            MergeAction::Update(update) => {
                if let MergeUpdateKind::Set(assignments) = &update.kind {
                    self.assignments(assignments, table);
                }
            }
            MergeAction::Delete { .. } | MergeAction::DoNothing { .. } => {}
        }
    }

    fn target_of(&mut self, item: &TableWithJoins) -> Option<ObjectName> {
        let TableFactor::Table { name, alias, .. } = &item.relation else { return None };
        let table = names::object_name(name, self.dialect);
        let alias = alias.as_ref().map(|alias| names::ident(&alias.name, self.dialect));
        self.target(table.clone(), alias);
        Some(table)
    }

    fn assignments(&mut self, assignments: &[Assignment], table: &ObjectName) {
        for assignment in assignments {
            let columns = match &assignment.target {
                ast::AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                ast::AssignmentTarget::Tuple(names) => names.as_slice(),
            };
            for column in columns {
                // `SET column.field` of a composite column: the column stands first.
                let Some(ast::ObjectNamePart::Identifier(first)) = column.0.first() else {
                    continue;
                };
                let column = names::ident(first, self.dialect);
                self.qualified(table, column);
            }
            self.expr(&assignment.value);
        }
    }

    fn returning(&mut self, items: Option<&[SelectItem]>) -> Option<Vec<OutputColumn>> {
        match items {
            Some(items) => self.select_list(items),
            None => Some(Vec::new()),
        }
    }
}
