//! `replica-identity`: updates and deletes of a table are logged with the whole old row, or cannot be replicated.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, Dialect, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, relation_sql};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "updates and deletes of a table are logged with the whole old row, or cannot be replicated",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let (table, TableChange::ReplicaIdentity { identity, .. }) = context.change_of(action)? else {
            return None;
        };
        let (message, label) = match identity.to_ascii_lowercase().as_str() {
            "full" if has_key(context, &table) => (
                format!("every update and delete of `{table}` logs the whole old row from here on"),
                "the key would tell subscribers which row is meant",
            ),
            "nothing" => (
                format!("updates and deletes of `{table}` fail once a publication has it"),
                "without an identity the server cannot tell subscribers which row is meant",
            ),
            _ => return None,
        };
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label(label)
                .help(format!(
                    "let a key identify the rows:\n  ALTER TABLE {} REPLICA IDENTITY DEFAULT;",
                    relation_sql(&table)
                ))
                .relation(&table),
        )
    }
}

/// Whether the table has a primary key: without one the whole row is the only identity at hand.
fn has_key(context: &StatementContext<'_>, table: &RelationName) -> bool {
    let known = context.before().table(table).known();
    known.is_some_and(|table| {
        let is_key = |body: &ConstraintBody| matches!(body, ConstraintBody::PrimaryKey { .. });
        table.constraints.iter().any(|constraint| constraint.certain && is_key(&constraint.body))
    })
}
