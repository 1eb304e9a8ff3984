//! `privileged-statement`: a statement needs rights that an application should not have.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement needs rights that an application should not have",
    severity: None,
    category: Category::Convention,
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
        let what = match &action.kind {
            ActionKind::CreateObject(object) | ActionKind::AlterObject(object) => privileged(object.kind)?,
            ActionKind::Drop(drop) => privileged(drop.kind)?,
            ActionKind::AlterTable { change, .. } => match change.as_ref() {
                TableChange::SetOwner { .. } => "a change of owner",
                _ => return None,
            },
            _ => return None,
        };
        let place = context.place(action.span)?;
        let message = format!("{what} needs rights beyond those on the tables of the application");
        Some(
            Draft::at(place, Hazard::Other, message)
                .label("fails where the migration runs as the application's own role")
                .help("let whoever runs the server do it, beside the migrations"),
        )
    }
}

fn privileged(kind: ObjectKind) -> Option<&'static str> {
    Some(match kind {
        ObjectKind::Role => "a change of roles",
        ObjectKind::Publication | ObjectKind::Subscription => "a change of replication",
        ObjectKind::EventTrigger => "an event trigger",
        ObjectKind::Tablespace => "a tablespace",
        ObjectKind::System => "a setting of the server",
        ObjectKind::Server | ObjectKind::ForeignDataWrapper | ObjectKind::UserMapping => "a foreign server",
        _ => return None,
    })
}
