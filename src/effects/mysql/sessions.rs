//! What the session says that matters to a change.

use super::support::Session;
use crate::migration::{Algorithm, Dialect, Target};
use crate::schema::Schema;

/// The session as the script has set it, else as the server begins it.
pub(super) fn of(schema: &Schema, target: &Target) -> Session {
    let is_on = |name: &str, default: bool| {
        schema.variable(name).map_or(default, |value| !matches!(value, "0" | "off" | "false"))
    };
    let modes = schema.variable("sql_mode");
    let has_mode = |mode: &str, default: bool| match modes {
        Some(modes) => modes.split(',').any(|it| it.trim() == mode || it.trim() == "traditional"),
        None => default,
    };
    let is_mysql = target.dialect == Dialect::Mysql;
    // 5.6 was not strict unless its configuration said so.
    let strict = !is_mysql || target.at_least_version(5, 7);
    Session {
        foreign_key_checks: is_on("foreign_key_checks", true),
        strict: has_mode("strict_trans_tables", strict) || has_mode("strict_all_tables", false),
        no_zero_date: has_mode("no_zero_date", is_mysql && strict),
        alters_history: schema.variable("system_versioning_alter_history") == Some("keep"),
        algorithm: algorithm(schema, target),
    }
}

/// The algorithm of every change that names none. Newer servers take no notice of the variable.
fn algorithm(schema: &Schema, target: &Target) -> Option<Algorithm> {
    if target.dialect != Dialect::Mariadb || target.at_least_version(11, 5) {
        return None;
    }
    match schema.variable("alter_algorithm")? {
        "copy" => Some(Algorithm::Copy),
        "inplace" => Some(Algorithm::InPlace),
        "nocopy" => Some(Algorithm::NoCopy),
        "instant" => Some(Algorithm::Instant),
        _ => None,
    }
}
