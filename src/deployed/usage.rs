//! Whether a release uses a table, a column, or an enum's value.

use super::breaks::{Break, BreakKind};
use super::index::{Hit, TableUse};
use super::mention::{How, Name};
use super::release::{Release, Site};
use super::words::{Searched, Spellings, is_distinctive};
use crate::migration::{Ident, ObjectName};
use crate::schema::{RelationName, Schema};

/// The answer of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usage {
    /// It does, here.
    Used(Vec<Site>),
    /// Something may mean it, here.
    Possible(Vec<Site>),
    /// Nothing of what was read names it.
    Unused,
}

/// More places than these say nothing new.
const SHOWN: usize = 3;

impl Release {
    /// Whether the release uses what a change takes away. `schema` is the one before the change.
    pub fn needs(&self, schema: &Schema, broken: &Break) -> Usage {
        let table = &broken.table;
        match &broken.kind {
            BreakKind::TableDropped | BreakKind::TableRenamed(_) => self.uses_table(table),
            BreakKind::ColumnDropped(column)
            | BreakKind::ColumnRenamed(column, _)
            | BreakKind::ColumnRetyped(column) => self.uses_column(schema, table, column),
            BreakKind::ValueDemanded(column) => self.inserts_without(table, column),
            BreakKind::Checked(columns) | BreakKind::Unique(columns) => self.writes(table, columns),
            BreakKind::ValueRenamed(value) => self.uses_value(value),
        }
    }

    /// Whether the release names a column. `schema` is the one before the statement in question.
    fn uses_column(&self, schema: &Schema, table: &RelationName, column: &Ident) -> Usage {
        let mut certain = Vec::new();
        let mut possible = Vec::new();
        for one in self.index.table(table) {
            for hit in one.columns.get(column.as_str()).into_iter().flatten() {
                match hit.how {
                    How::Deferred => possible.push(*hit),
                    _ => certain.push(*hit),
                }
            }
            self.open_columns(schema, table, column, one, &mut certain, &mut possible);
            possible.extend(&one.stars);
        }
        possible.extend(&self.index.reflections);
        self.answer(certain, possible, || self.named_column(table, column))
    }

    /// Columns of queries over several tables: certain where only this table has such a column.
    fn open_columns(
        &self,
        schema: &Schema,
        table: &RelationName,
        column: &Ident,
        one: &TableUse,
        certain: &mut Vec<Hit>,
        possible: &mut Vec<Hit>,
    ) {
        for (name, hit, tables) in &one.open {
            if name != column.as_str() {
                continue;
            }
            let others = tables.iter().filter(|other| !other.fits(table));
            match others.into_iter().any(|other| has_column(schema, other, column)) {
                true => possible.push(*hit),
                false => certain.push(*hit),
            }
        }
    }

    /// Whether the release names a table.
    fn uses_table(&self, table: &RelationName) -> Usage {
        let certain = self.index.table(table).flat_map(|one| one.hits.iter().copied()).collect();
        let spellings = Spellings::of_table(table.name.as_str());
        let possible = self.index.reflections.clone();
        self.answer(certain, possible, || self.first_word(|text| spellings.find(text)))
    }

    /// Whether the release inserts rows without naming a column: then a column that demands a value
    /// makes them fail. A model that does not declare the column does not name it.
    fn inserts_without(&self, table: &RelationName, column: &Ident) -> Usage {
        let mut certain = Vec::new();
        let mut possible = Vec::new();
        for one in self.index.table(table) {
            let declares = one.columns.contains_key(column.as_str());
            match declares {
                true => possible.extend(&one.models),
                false => certain.extend(&one.models),
            }
            for (hit, columns) in &one.inserts {
                match columns {
                    Some(columns) if columns.iter().any(|one| one == column.as_str()) => {}
                    Some(_) => certain.push(*hit),
                    None => possible.push(*hit),
                }
            }
        }
        self.answer(certain, possible, || None)
    }

    /// Whether the release gives one of the columns values, or inserts rows with them.
    fn writes(&self, table: &RelationName, columns: &[Ident]) -> Usage {
        let mut certain = Vec::new();
        for one in self.index.table(table) {
            // In the order of the columns: that of the map is another in every run.
            for column in columns {
                let written = one.writes.iter().filter(|(name, _)| *column == *name.as_str());
                certain.extend(written.flat_map(|(_, hits)| hits.iter().copied()));
            }
        }
        self.answer(certain, Vec::new(), || None)
    }

    /// Whether the release names a value of an enum.
    fn uses_value(&self, value: &str) -> Usage {
        let certain = self.index.values.get(value).cloned().unwrap_or_default();
        let quoted = [format!("\"{value}\""), format!("'{value}'")];
        let find =
            |held: &Searched| quoted.iter().filter_map(|quoted| held.text.find(quoted)).min();
        self.answer(certain, Vec::new(), || self.first_word(find))
    }

    fn answer(
        &self,
        mut certain: Vec<Hit>,
        possible: Vec<Hit>,
        named: impl FnOnce() -> Option<Hit>,
    ) -> Usage {
        if !certain.is_empty() {
            certain.sort_by_key(|hit| hit.how);
            return Usage::Used(self.sites(&certain));
        }
        let possible = if possible.is_empty() { named().into_iter().collect() } else { possible };
        match possible.is_empty() {
            true => Usage::Unused,
            false => Usage::Possible(self.sites(&possible)),
        }
    }

    fn sites(&self, hits: &[Hit]) -> Vec<Site> {
        let mut sites = Vec::new();
        for hit in hits {
            if sites.len() == SHOWN {
                break;
            }
            let Some(site) = self.site(hit.file, hit.offset, hit.how) else { continue };
            let same_line = |known: &Site| {
                known.place.file.path() == site.place.file.path()
                    && known.place.start().line == site.place.start().line
            };
            if !sites.iter().any(same_line) {
                sites.push(site);
            }
        }
        sites
    }

    /// The column's word in a file that also speaks of its table, or anywhere where the word hardly
    /// means anything else.
    fn named_column(&self, table: &RelationName, column: &Ident) -> Option<Hit> {
        let spellings = Spellings::of_column(column.as_str());
        let tables = Spellings::of_table(table.name.as_str());
        let distinctive = is_distinctive(column.as_str());
        self.first_word(|text| {
            let at = spellings.find(text)?;
            (distinctive || tables.find(text).is_some()).then_some(at)
        })
    }

    fn first_word(&self, find: impl Fn(&Searched) -> Option<usize>) -> Option<Hit> {
        self.files.iter().enumerate().find_map(|(file, app)| {
            find(&app.blob.searched).map(|offset| Hit { file, offset, how: How::Named })
        })
    }
}

/// Whether the replayed schema has that column in the table; a table that it does not know may.
fn has_column(schema: &Schema, table: &Name, column: &Ident) -> bool {
    let written = ObjectName {
        schema: table.schema.as_ref().map(|schema| Ident::new(schema.as_str())),
        name: Ident::new(table.name.as_str()),
    };
    match schema.table(&schema.resolve(&written)).any() {
        Some(table) => !table.columns_known || table.column(column).is_some(),
        // A CTE, a function, or a table of another history.
        None => schema.view(&schema.resolve(&written)).any().is_some(),
    }
}
