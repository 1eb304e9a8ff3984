//! Queries, reduced to the relations they touch and the columns they give.

use super::{FunctionCall, Ident, ObjectName};
use std::sync::Arc;

/// A query as written, with its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// As written, trimmed.
    pub sql: Arc<str>,
    /// What is known of it, or why the grammar refused it.
    pub facts: Result<Arc<QueryFacts>, Arc<str>>,
}

/// What a query touches, subqueries and CTEs included. Names of CTEs are not relations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryFacts {
    /// Relations read, each once, in the order of their first mention.
    pub reads: Vec<ObjectName>,
    /// Those of them whose rows become rows of the result: what stands in `FROM`, and not in a
    /// condition or a single value.
    pub sources: Vec<ObjectName>,
    /// Relations inserted into, updated or deleted from by data-modifying CTEs.
    pub writes: Vec<ObjectName>,
    /// Relations whose rows are locked (`FOR UPDATE` and the like).
    pub row_locks: Vec<RowLock>,
    /// Functions called anywhere.
    pub functions: Vec<FunctionCall>,
    /// Columns of the result; `None` where they are not known (a `*` stays one entry).
    pub output: Option<Vec<OutputColumn>>,
    /// All columns named anywhere, with the relation where it is clear from the text.
    pub columns: Vec<(Option<ObjectName>, Ident)>,
}

/// A relation whose rows a query locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowLock {
    /// The relation.
    pub relation: ObjectName,
}

/// One entry of a select list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputColumn {
    /// A column of the result with its name, and the column it is taken from unchanged.
    Named {
        /// Name in the result.
        name: Ident,
        /// Relation and column, where the value is a plain column of a known relation.
        source: Option<(ObjectName, Ident)>,
    },
    /// `*`, or `relation.*`.
    Star(Option<ObjectName>),
    /// An expression without a name that we can tell.
    Unnamed,
}

impl Query {
    /// A query that was not understood, for this reason.
    pub fn refused(sql: impl AsRef<str>, reason: impl Into<Arc<str>>) -> Self {
        Self { sql: Arc::from(sql.as_ref().trim()), facts: Err(reason.into()) }
    }

    /// Relations read; empty where nothing is known.
    pub fn reads(&self) -> &[ObjectName] {
        self.facts.as_ref().map_or(&[], |facts| &facts.reads)
    }

    /// Functions called; empty where nothing is known.
    pub fn functions(&self) -> &[FunctionCall] {
        self.facts.as_ref().map_or(&[], |facts| &facts.functions)
    }
}
