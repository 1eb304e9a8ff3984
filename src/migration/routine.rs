//! Functions, triggers and policies, with the statements that they run.

use super::{Expr, Ident, ObjectName, SqlType, Statement};

/// How a function's result depends on anything but its arguments, as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Volatility {
    /// `VOLATILE`, the default.
    #[default]
    Volatile,
    /// `STABLE`.
    Stable,
    /// `IMMUTABLE`.
    Immutable,
}

/// `CREATE FUNCTION` and `CREATE PROCEDURE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateFunction {
    /// Name.
    pub name: ObjectName,
    /// Whether it is a procedure.
    pub procedure: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// Types of the input arguments, canonical.
    pub arguments: Vec<SqlType>,
    /// Names and defaults of the input arguments, in the same order.
    pub parameters: Vec<Parameter>,
    /// Result type as written; `trigger`, `void`, `SETOF …`, `TABLE (…)`.
    pub returns: Option<String>,
    /// Language in lower case; `sql` for `BEGIN ATOMIC` and `RETURN`.
    pub language: String,
    /// Declared volatility.
    pub volatility: Volatility,
    /// `STRICT`.
    pub strict: bool,
    /// `SECURITY DEFINER`.
    pub security_definer: bool,
    /// Settings of `SET name …`, names in lower case.
    pub settings: Vec<String>,
    /// The body.
    pub body: FunctionBody,
}

/// A parameter of a function, beside its type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameter {
    /// Its name, if it has one.
    pub name: Option<Ident>,
    /// Its default; the text, where that is a literal.
    pub default: Option<Option<String>>,
}

/// What a function runs, kept so that a call or a trigger can be judged by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionBody {
    /// The body's text; empty where it is a symbol of a library.
    pub text: String,
    /// Statements in it, with guards, where the language is understood.
    pub statements: Vec<Statement>,
    /// For a body that is one expression (`SELECT expr` or `RETURN expr` of language `sql`): it.
    pub expression: Option<Expr>,
    /// Whether it is no text but standard SQL (`BEGIN ATOMIC`, `RETURN`): what its names mean was
    /// settled when it was made.
    pub bound: bool,
    /// Whether it holds something whose effect could not be told (dynamic SQL, another language).
    pub opaque: bool,
    /// Whether it commits or rolls back (procedures).
    pub ends_transaction: bool,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TriggerTiming {
    /// `BEFORE`.
    Before,
    /// `AFTER`.
    After,
    /// `INSTEAD OF`.
    InsteadOf,
}

/// `CREATE TRIGGER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTrigger {
    /// Name.
    pub name: Ident,
    /// The table or view.
    pub table: ObjectName,
    /// `OR REPLACE` (14).
    pub or_replace: bool,
    /// `IF NOT EXISTS` (SQLite).
    pub if_not_exists: bool,
    /// `CONSTRAINT`.
    pub constraint: bool,
    /// When it fires.
    pub timing: TriggerTiming,
    /// `insert`, `update`, `delete`, `truncate`.
    pub events: Vec<String>,
    /// Columns of `UPDATE OF`.
    pub columns: Vec<Ident>,
    /// `FOR EACH ROW`.
    pub for_each_row: bool,
    /// `WHEN`.
    pub when: Option<Expr>,
    /// The function called; `None` in SQLite.
    pub function: Option<ObjectName>,
    /// Statements of the body (SQLite).
    pub statements: Vec<Statement>,
    /// Referenced table of a constraint trigger (`FROM`).
    pub from: Option<ObjectName>,
}

/// `CREATE POLICY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatePolicy {
    /// Name.
    pub name: Ident,
    /// The table.
    pub table: ObjectName,
    /// `false` for `AS RESTRICTIVE`.
    pub permissive: bool,
    /// `USING`.
    pub using: Option<Expr>,
    /// `WITH CHECK`.
    pub with_check: Option<Expr>,
}
