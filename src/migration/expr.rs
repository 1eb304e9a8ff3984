//! Expressions, reduced to the facts that replay, effects and rules ask for.

use super::{FunctionBody, Ident, ObjectName, QueryFacts, SqlType};
use std::sync::Arc;

/// An expression as written, with its facts; `facts` is `None` where the grammar refused it, and
/// then nothing may be concluded from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// As written, trimmed.
    pub sql: Arc<str>,
    /// What is known of it.
    pub facts: Option<Arc<ExprFacts>>,
}

/// What an expression contains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExprFacts {
    /// Functions called anywhere in it, `now()` and `CURRENT_TIMESTAMP` alike
    /// (the latter as `current_timestamp`).
    pub functions: Vec<FunctionCall>,
    /// Columns named anywhere in it, outside subqueries, without their table.
    pub columns: Vec<Ident>,
    /// Types that something is cast to anywhere in it.
    pub casts: Vec<SqlType>,
    /// What its subqueries read, if it has any.
    pub queries: QueryFacts,
    /// The form of the whole expression.
    pub shape: ExprShape,
    /// The parts of the conjunction that the expression is (one part where it is none).
    pub conjuncts: Vec<Predicate>,
}

/// The form of a whole expression, parentheses taken off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ExprShape {
    /// `NULL`, also cast.
    Null,
    /// A literal, also signed or cast: its text without quotes.
    Literal(String),
    /// A column and nothing else.
    Column(Ident),
    /// A column cast to a type.
    ColumnCast(Ident, SqlType),
    /// A call of one function.
    Call(FunctionCall),
    /// Anything else.
    #[default]
    Other,
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionCall {
    /// The function; `pg_catalog` is dropped.
    pub name: ObjectName,
    /// For each argument its literal text, where it is a string or number literal (also cast).
    pub arguments: Vec<Option<String>>,
    /// What the function runs with these arguments, where its body alone does not tell it: a
    /// function of the history whose dynamic SQL names what it is given.
    pub body: Option<Arc<FunctionBody>>,
}

impl FunctionCall {
    /// A call of a function with these literals.
    pub fn new(name: ObjectName, arguments: Vec<Option<String>>) -> Self {
        Self { name, arguments, body: None }
    }
}

/// One part of a conjunction, as far as proofs need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// `column IS NOT NULL` or `NOT (column IS NULL)`.
    IsNotNull(Ident),
    /// `column IS NULL`.
    IsNull(Ident),
    /// A column compared with a literal; the column stands left, the operator is turned if needed.
    Compare {
        /// The column.
        column: Ident,
        /// `=`, `<`, `<=`, `>`, `>=`, `<>`.
        operator: &'static str,
        /// The literal's text without quotes.
        literal: String,
    },
    /// `column IN (…)` or `column = ANY (ARRAY[…])` over literals.
    AnyOf {
        /// The column.
        column: Ident,
        /// The literals.
        literals: Vec<String>,
    },
    /// `x OR y`, also as the negation of a conjunction: at least one of these conjunctions holds.
    AnyPart(Vec<Vec<Predicate>>),
    /// Always true: `true`, `1 = 1`.
    True,
    /// Anything else.
    Other,
}

impl Expr {
    /// An expression of which nothing is known.
    pub fn unknown(sql: impl AsRef<str>) -> Self {
        Self { sql: Arc::from(sql.as_ref().trim()), facts: None }
    }

    /// The form; `Other` where nothing is known.
    pub fn shape(&self) -> &ExprShape {
        static OTHER: ExprShape = ExprShape::Other;
        self.facts.as_ref().map_or(&OTHER, |facts| &facts.shape)
    }

    /// Columns named in it; empty where nothing is known.
    pub fn columns(&self) -> &[Ident] {
        self.facts.as_ref().map_or(&[], |facts| &facts.columns)
    }

    /// Functions called in it; empty where nothing is known.
    pub fn functions(&self) -> &[FunctionCall] {
        self.facts.as_ref().map_or(&[], |facts| &facts.functions)
    }

    /// The parts of its conjunction; empty where nothing is known.
    pub fn conjuncts(&self) -> &[Predicate] {
        self.facts.as_ref().map_or(&[], |facts| &facts.conjuncts)
    }

    /// Whether it is `NULL`.
    pub fn is_null(&self) -> bool {
        matches!(self.shape(), ExprShape::Null)
    }

    /// Whether a true value of it proves that `column` is not null.
    pub fn proves_not_null(&self, column: &Ident) -> bool {
        proves_not_null(self.conjuncts(), column)
    }
}

/// Whether a conjunction proves that a column is not null; a disjunction does where each of its
/// alternatives does.
fn proves_not_null(parts: &[Predicate], column: &Ident) -> bool {
    parts.iter().any(|part| match part {
        Predicate::IsNotNull(proved) => proved == column,
        Predicate::AnyPart(alternatives) => {
            alternatives.iter().all(|parts| proves_not_null(parts, column))
        }
        _ => false,
    })
}
