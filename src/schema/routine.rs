//! Functions and procedures.

use super::RelationName;
use crate::migration::{FunctionBody, SqlType, Volatility};

/// A function or procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routine {
    /// Name.
    pub name: RelationName,
    /// Procedure.
    pub procedure: bool,
    /// Types of the input arguments.
    pub arguments: Vec<SqlType>,
    /// Result type as written.
    pub returns: Option<String>,
    /// The type or table of the history that it returns.
    pub result_type: Option<RelationName>,
    /// Language in lower case.
    pub language: String,
    /// Declared volatility.
    pub volatility: Volatility,
    /// `STRICT`.
    pub strict: bool,
    /// `SECURITY DEFINER`.
    pub security_definer: bool,
    /// Settings of `SET`, names in lower case.
    pub settings: Vec<String>,
    /// The body.
    pub body: FunctionBody,
    /// Whether the replay is sure of it.
    pub certain: bool,
}
