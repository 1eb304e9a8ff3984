//! Views and materialized views with what they depend on.

use super::Applier;
use super::create_table::reads_are_the_from_list;
use crate::migration::{CreateView, Ident, OutputColumn, Query, Refresh};
use crate::schema::{RelationBody, RelationName, View};

impl Applier<'_> {
    pub(super) fn create_view(&mut self, def: &CreateView) {
        let name = self.made_name(&def.name, def.temporary);
        let known = self.schema.view_of(&name);
        let replaced = known.filter(|_| def.or_replace).map(|view| view.triggers.clone());
        if replaced.is_none() && !self.free_for(&name, def.if_not_exists) {
            return;
        }
        let columns = self.output_columns(&def.query, &def.columns);
        let mut view = View {
            materialized: def.materialized,
            query: def.query.clone(),
            columns: columns.map(|columns| columns.into_iter().map(|column| column.name).collect()),
            reads: Vec::new(),
            columns_used: Vec::new(),
            functions: Vec::new(),
            populated: def.materialized && def.with_data,
            triggers: replaced.clone().unwrap_or_default(),
        };
        self.read_query(&def.query, &name, &mut view);
        if replaced.is_some() {
            self.schema.edit(&name, |relation| relation.body = RelationBody::View(view));
            return self.touched(&name);
        }
        let certain = self.surely_made(&name, def.if_not_exists);
        self.put_new(name.clone(), certain, RelationBody::View(view));
        if def.materialized {
            self.schema.edit(&name, |relation| relation.filled = def.with_data);
        }
    }

    fn read_query(&self, query: &Query, own: &RelationName, view: &mut View) {
        let Ok(facts) = &query.facts else { return };
        view.reads = facts.reads.iter().map(|name| self.schema.resolve(name)).collect();
        view.reads.retain(|name| name != own);
        let calls = facts.functions.iter();
        view.functions = calls.filter_map(|call| self.schema.routine_name(&call.name)).collect();
        for (relation, column) in &facts.columns {
            match relation {
                Some(relation) => {
                    view.columns_used.push((self.schema.resolve(relation), column.clone()));
                }
                None => self.guess_origin(column, view),
            }
        }
        for output in facts.output.iter().flatten() {
            match output {
                OutputColumn::Star(Some(relation)) => {
                    self.use_all_columns(&self.schema.resolve(relation), view);
                }
                // What subqueries read is not part of the `*` around them.
                OutputColumn::Star(None) if reads_are_the_from_list(query) => {
                    for name in view.reads.clone() {
                        self.use_all_columns(&name, view);
                    }
                }
                _ => {}
            }
        }
        view.columns_used.sort_unstable();
        view.columns_used.dedup();
    }

    /// A bare column belongs to the one relation of the query that has one of that name. Where
    /// several have, subqueries decide, and nothing is said.
    fn guess_origin(&self, column: &Ident, view: &mut View) {
        let mut owners = view.reads.iter().filter(|name| self.has_column(name, column));
        if let (Some(owner), None) = (owners.next().cloned(), owners.next()) {
            view.columns_used.push((owner, column.clone()));
        }
    }

    fn has_column(&self, name: &RelationName, column: &Ident) -> bool {
        let has = self.schema.table_of(name).is_some_and(|table| table.column(column).is_some());
        let columns = self.schema.view_of(name).and_then(|other| other.columns.as_ref());
        has || columns.is_some_and(|columns| columns.contains(column))
    }

    fn use_all_columns(&self, name: &RelationName, view: &mut View) {
        let columns = self.schema.table_of(name).map(|table| &table.columns);
        for column in columns.into_iter().flatten() {
            view.columns_used.push((name.clone(), column.name.clone()));
        }
    }

    pub(super) fn refresh(&mut self, refresh: &Refresh) {
        let name = self.schema.resolve(&refresh.name);
        self.schema.edit(&name, |relation| {
            if let RelationBody::View(view) = &mut relation.body {
                view.populated = refresh.with_data;
                relation.filled = refresh.with_data;
            }
        });
    }
}
