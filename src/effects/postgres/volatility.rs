//! Whether an expression may differ from row to row, so that a default must be stored in each.

use super::facts::{FunctionVolatility, function_volatility};
use crate::migration::{Expr, FunctionCall, Target, Volatility};
use crate::schema::{Routine, Schema};

/// Whether `contain_volatile_functions` holds for an expression after inlining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowDependence {
    /// The same for all rows.
    Same,
    /// Not known: an expression that was not understood, or a function that nobody made.
    Unknown,
    /// May differ.
    Differs,
}

/// Functions of SQL functions of SQL functions: deeper nesting is taken as not inlinable.
const INLINE_DEPTH: usize = 8;

/// How an expression depends on the row.
pub(super) fn row_dependence(expr: &Expr, schema: &Schema, target: &Target) -> RowDependence {
    dependence(expr, schema, target, INLINE_DEPTH)
}

fn dependence(expr: &Expr, schema: &Schema, target: &Target, depth: usize) -> RowDependence {
    let Some(facts) = &expr.facts else { return RowDependence::Unknown };
    facts
        .functions
        .iter()
        .chain(&facts.queries.functions)
        .map(|call| call_dependence(call, schema, target, depth))
        .max()
        .unwrap_or(RowDependence::Same)
}

fn call_dependence(
    call: &FunctionCall,
    schema: &Schema,
    target: &Target,
    depth: usize,
) -> RowDependence {
    let own = schema.routines(&call.name);
    let fits = |routine: &&Routine| routine.arguments.len() >= call.arguments.len();
    let own: Vec<&Routine> = own.iter().map(AsRef::as_ref).filter(fits).collect();
    if !own.is_empty() {
        let worst =
            own.into_iter().map(|routine| routine_dependence(routine, schema, target, depth));
        return worst.max().unwrap_or(RowDependence::Unknown);
    }
    let name = call.name.name.as_str();
    // `AT TIME ZONE`: volatile up to 12 for a `time with time zone` alone.
    if is_sql_value(name) || name == "timezone" {
        return RowDependence::Same;
    }
    match function_volatility(name, call.arguments.len(), target) {
        Some(FunctionVolatility::Volatile) => RowDependence::Differs,
        Some(_) => RowDependence::Same,
        None => RowDependence::Unknown,
    }
}

/// A volatile function of language `sql` whose body is one expression is replaced by it
/// (`inline_function`), unless it is `SECURITY DEFINER` or has settings.
fn routine_dependence(
    routine: &Routine,
    schema: &Schema,
    target: &Target,
    depth: usize,
) -> RowDependence {
    if routine.volatility != Volatility::Volatile {
        return RowDependence::Same;
    }
    let plain =
        routine.language == "sql" && !routine.security_definer && routine.settings.is_empty();
    match &routine.body.expression {
        Some(expr) if plain && depth > 0 && (!routine.strict || is_strict(expr, routine)) => {
            dependence(expr, schema, target, depth - 1)
        }
        _ => RowDependence::Differs,
    }
}

/// A strict function is replaced only by an expression that is surely null for a null argument:
/// it uses every argument, and nothing in it can swallow a null.
fn is_strict(expr: &Expr, routine: &Routine) -> bool {
    const SWALLOWING: &[&str] = &[
        "case", "coalesce", "nullif", "greatest", "least", "is", "and", "or", "not", "row",
        "array", "select",
    ];
    let sql = expr.sql.to_ascii_lowercase();
    let mut words = sql.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let swallows = words.any(|word| SWALLOWING.contains(&word));
    let uses_all = (1..=routine.arguments.len()).all(|at| sql.contains(&format!("${at}")));
    !swallows && uses_all
}

/// Keywords and constructs that the grammar writes like functions; none of them is volatile.
pub(super) fn is_sql_value(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "current_timestamp",
        "current_date",
        "current_time",
        "localtime",
        "localtimestamp",
        "current_user",
        "session_user",
        "system_user",
        "user",
        "current_role",
        "current_catalog",
        "current_schema",
        "coalesce",
        "nullif",
        "greatest",
        "least",
        "extract",
        "overlay",
        "position",
        "substring",
        "trim",
        "ltrim",
        "rtrim",
        "btrim",
        "cast",
        "array",
        "row",
        "grouping",
        "xmlelement",
        "xmlconcat",
        "xmlforest",
        "json_object",
        "json_array",
        "json",
        "json_scalar",
        "json_serialize",
        "json_value",
        "json_query",
        "json_exists",
        "normalize",
        "collation_for",
        "treat",
        "ceil",
        "floor",
    ];
    NAMES.contains(&name)
}
