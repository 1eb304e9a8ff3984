//! `set-not-null-nonstrict`: NOT NULL in a session that turns nulls into zeros.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Action;
use crate::rule::{
    BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, StatementContext, quoted, refuses_null,
    relation_sql, restated,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "nulls become zeros or empty texts without an error",
    severity: Some(Severity::Warning),
    category: Category::DataLoss,
    dialects: MYSQL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let (table, change) = context.change_of(action)?;
        let (name, column) = restated(change)?;
        let known = context.known_column(&table, name).filter(|known| !known.not_null)?;
        let is_lax = is_lax(context);
        if !refuses_null(column) || known.generated.is_some() || !is_lax || context.is_new(&table) {
            return None;
        }
        let place = context.place(action.span)?;
        let (sql_table, sql_name) = (relation_sql(&table), quoted(name));
        let draft = Draft::at(place, Hazard::DataLoss, format!("nulls of `{table}.{name}` become zeros or empty texts without an error"))
            .label("sql_mode is not strict here")
            .why(format!("what was unknown cannot be told from a value afterwards; {}", context.since(&table)))
            .help(format!("decide what the rows get, and let the server refuse what is left:\n  UPDATE {sql_table} SET {sql_name} = DEFAULT WHERE {sql_name} IS NULL;\n  SET sql_mode = 'STRICT_TRANS_TABLES';"))
            .relation(&table);
        Some(draft)
    }
}

/// Whether the script has left out the modes that make the server strict.
fn is_lax(context: &StatementContext<'_>) -> bool {
    let strict = ["strict_trans_tables", "strict_all_tables", "traditional"];
    let modes = context.before().variable("sql_mode");
    modes.is_some_and(|modes| !modes.split(',').any(|mode| strict.contains(&mode.trim())))
}
