//! Where facts are gathered while a syntax tree is walked: names in scope, and what was found.

use super::names;
use crate::migration::{
    Dialect, FunctionCall, Ident, ObjectName, OutputColumn, QueryFacts, RowLock, SqlType,
};
use sqlparser::ast;
use std::collections::HashSet;
use std::hash::Hash;

/// Values in the order of their first mention, each once.
#[derive(Debug)]
pub struct Unique<T> {
    list: Vec<T>,
    known: HashSet<T>,
}

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Self { list: Vec::new(), known: HashSet::new() }
    }
}

impl<T: Clone + Eq + Hash> Unique<T> {
    /// Adds a value unless it is there.
    pub fn add(&mut self, value: T) {
        if self.known.insert(value.clone()) {
            self.list.push(value);
        }
    }

    fn take(&mut self) -> Vec<T> {
        self.known.clear();
        std::mem::take(&mut self.list)
    }
}

type Call = (ObjectName, Vec<Option<String>>);

/// One entry of a `FROM` list as the expressions beside it see it.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name to qualify columns with; `None` where it has none.
    pub alias: Option<Ident>,
    /// The relation, where it is one (not a CTE, subquery or function).
    pub relation: Option<ObjectName>,
    /// Columns, where they are known from the text.
    pub output: Option<Vec<OutputColumn>>,
    /// Relations whose rows a `FOR UPDATE` on it locks.
    pub locked: Vec<ObjectName>,
}

impl Source {
    /// A table under its own name or an alias.
    pub fn table(relation: ObjectName, alias: Option<Ident>) -> Self {
        let alias = Some(alias.unwrap_or_else(|| relation.name.clone()));
        Self { alias, output: None, locked: vec![relation.clone()], relation: Some(relation) }
    }

    /// A row source that is no table.
    pub fn derived(alias: Option<Ident>, output: Option<Vec<OutputColumn>>) -> Self {
        Self { alias, relation: None, output, locked: Vec::new() }
    }

    fn answers_to(&self, schema: Option<&Ident>, name: &Ident) -> bool {
        match (schema, &self.relation) {
            (None, _) => self.alias.as_ref() == Some(name),
            (Some(schema), Some(relation)) => {
                relation.name == *name && relation.schema.as_ref() == Some(schema)
            }
            (Some(_), None) => false,
        }
    }

    /// The column's origin, as far as the source's own text tells.
    fn origin(&self, column: &Ident) -> Option<(ObjectName, Ident)> {
        if let Some(relation) = &self.relation {
            return Some((relation.clone(), column.clone()));
        }
        self.output.as_ref()?.iter().find_map(|entry| match entry {
            OutputColumn::Named { name, source } if name == column => source.clone(),
            _ => None,
        })
    }
}

/// A common table expression in scope.
#[derive(Debug, Clone)]
pub struct CteName {
    /// Its name.
    pub name: Ident,
    /// Its columns, where known.
    pub output: Option<Vec<OutputColumn>>,
}

/// Whether names outside the text may be in scope too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    /// The text is a whole statement.
    None,
    /// The text is an expression of something else (a check, a policy).
    Unknown,
}

/// What a walk has found, and the names in scope while it goes on.
#[derive(Debug)]
pub struct Collector {
    /// The language.
    pub dialect: Dialect,
    /// `FROM` lists from the outermost query inwards.
    pub scopes: Vec<Vec<Source>>,
    /// Common table expressions in scope, the innermost last.
    pub ctes: Vec<CteName>,
    surroundings: Surroundings,
    /// How many queries the walk is inside of.
    pub depth: usize,
    /// How many expressions with subqueries the walk is inside of.
    pub conditions: usize,
    reads: Unique<ObjectName>,
    sources: Unique<ObjectName>,
    writes: Unique<ObjectName>,
    locks: Unique<ObjectName>,
    outer_calls: Unique<Call>,
    inner_calls: Unique<Call>,
    outer_columns: Unique<Ident>,
    columns: Unique<(Option<ObjectName>, Ident)>,
    casts: Vec<SqlType>,
}

impl Collector {
    /// A collector for a whole statement or query.
    pub fn statement(dialect: Dialect) -> Self {
        Self::new(dialect, Surroundings::None)
    }

    /// A collector for an expression of something else.
    pub fn expression(dialect: Dialect) -> Self {
        Self::new(dialect, Surroundings::Unknown)
    }

    fn new(dialect: Dialect, surroundings: Surroundings) -> Self {
        Self {
            dialect,
            scopes: Vec::new(),
            ctes: Vec::new(),
            surroundings,
            depth: 0,
            conditions: 0,
            reads: Unique::default(),
            sources: Unique::default(),
            writes: Unique::default(),
            locks: Unique::default(),
            outer_calls: Unique::default(),
            inner_calls: Unique::default(),
            outer_columns: Unique::default(),
            columns: Unique::default(),
            casts: Vec::new(),
        }
    }

    /// A collector for a statement inside this one: the same names in scope, nothing found yet.
    pub fn inner(&self) -> Self {
        let mut inner = Self::new(self.dialect, self.surroundings);
        inner.ctes.clone_from(&self.ctes);
        inner
    }

    /// Takes over what a statement inside this one names.
    pub fn absorb(&mut self, facts: &QueryFacts) {
        facts.reads.iter().for_each(|relation| self.reads.add(relation.clone()));
        facts.writes.iter().for_each(|relation| self.writes.add(relation.clone()));
        facts.row_locks.iter().for_each(|lock| self.locks.add(lock.relation.clone()));
        facts.functions.iter().for_each(|call| self.calls(call.clone()));
        facts.columns.iter().for_each(|column| self.columns.add(column.clone()));
    }

    /// A relation is read.
    pub fn reads(&mut self, relation: ObjectName) {
        if self.conditions == 0 {
            self.sources.add(relation.clone());
        }
        self.reads.add(relation);
    }

    /// A relation is written by a data-modifying CTE.
    pub fn writes(&mut self, relation: ObjectName) {
        self.writes.add(relation);
    }

    /// Rows of a relation are locked.
    pub fn locks(&mut self, relation: ObjectName) {
        self.locks.add(relation);
    }

    /// A function is called.
    pub fn calls(&mut self, call: FunctionCall) {
        let calls = if self.depth == 0 { &mut self.outer_calls } else { &mut self.inner_calls };
        calls.add((call.name, call.arguments));
    }

    /// Something is cast to a type.
    pub fn casts(&mut self, to: SqlType) {
        if !self.casts.contains(&to) {
            self.casts.push(to);
        }
    }

    /// A column without qualifier is named.
    pub fn column(&mut self, name: Ident) {
        if self.depth == 0 {
            return self.outer_columns.add(name);
        }
        let relation = self.only_source().and_then(|source| source.relation.clone());
        self.columns.add((relation, name));
    }

    /// A column with a qualifier is named.
    pub fn qualified_column(&mut self, schema: Option<&Ident>, table: &Ident, name: Ident) {
        if self.depth == 0 {
            return self.outer_columns.add(name);
        }
        let relation = self.source(schema, table).and_then(|source| source.relation.clone());
        self.columns.add((relation, name));
    }

    /// A column of a known relation is named.
    pub fn qualified(&mut self, relation: &ObjectName, name: Ident) {
        self.columns.add((Some(relation.clone()), name));
    }

    /// Where a column's value comes from, where that is clear.
    pub fn origin(&self, parts: &[ast::Ident]) -> Option<(ObjectName, Ident)> {
        let mut parts: Vec<Ident> =
            parts.iter().map(|part| names::ident(part, self.dialect)).collect();
        let column = parts.pop()?;
        let source = match parts.pop() {
            Some(table) => self.source(parts.last(), &table)?,
            None => self.only_source()?,
        };
        source.origin(&column)
    }

    /// The only source that a column without qualifier can come from.
    fn only_source(&self) -> Option<&Source> {
        let mut sources = self.scopes.iter().flatten();
        match (sources.next(), sources.next()) {
            (Some(source), None) if self.surroundings == Surroundings::None => Some(source),
            _ => None,
        }
    }

    /// The source that a qualifier names, innermost first.
    pub fn source(&self, schema: Option<&Ident>, name: &Ident) -> Option<&Source> {
        let mut sources = self.scopes.iter().rev().flat_map(|scope| scope.iter());
        sources.find(|source| source.answers_to(schema, name))
    }

    /// The common table expression of that name.
    pub fn cte(&self, name: &ObjectName) -> Option<&CteName> {
        if name.schema.is_some() {
            return None;
        }
        self.ctes.iter().rev().find(|cte| cte.name == name.name)
    }

    /// The facts of a query, or of the subqueries of an expression.
    pub fn query_facts(&mut self, output: Option<Vec<OutputColumn>>) -> QueryFacts {
        QueryFacts {
            reads: self.reads.take(),
            sources: self.sources.take(),
            writes: self.writes.take(),
            row_locks: self.locks.take().into_iter().map(|relation| RowLock { relation }).collect(),
            functions: function_calls(self.inner_calls.take()),
            output,
            columns: self.columns.take(),
        }
    }

    /// Functions called outside subqueries, columns named there, and all casts.
    pub fn outer(&mut self) -> (Vec<FunctionCall>, Vec<Ident>, Vec<SqlType>) {
        let calls = function_calls(self.outer_calls.take());
        (calls, self.outer_columns.take(), std::mem::take(&mut self.casts))
    }
}

fn function_calls(calls: Vec<Call>) -> Vec<FunctionCall> {
    calls.into_iter().map(|(name, arguments)| FunctionCall::new(name, arguments)).collect()
}
