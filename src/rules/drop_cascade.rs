//! `drop-cascade`: `CASCADE` drops what the migration does not name.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, TableChange};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP, Victim, cascade_victims,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "CASCADE drops objects that the migration does not name",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
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
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            if !has_cascade(&action.kind) {
                continue;
            }
            let mut victims = cascade_victims(context, action);
            let known = context.before().is_complete() && context.effects().known;
            if victims.is_empty() && known {
                continue;
            }
            let some = !victims.is_empty();
            victims.retain(|victim| !context.is_new(&victim.relation));
            if some && victims.is_empty() {
                continue;
            }
            report(context, action, &victims, sink);
        }
    }
}

fn report(
    context: &StatementContext<'_>,
    action: &Action,
    victims: &[Victim],
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    if victims.is_empty() {
        sink.add(
            Draft::at(
                place,
                Hazard::DataLoss,
                "whatever depends on it is dropped too, unnamed and unseen",
            )
            .label("CASCADE asks for no list: views, foreign keys, columns may go")
            .help("leave CASCADE out: the server then names what depends on it; drop each by name"),
        );
        return;
    }
    let verb = if matches!(action.kind, ActionKind::Truncate(_)) { "empties" } else { "drops" };
    let names: Vec<&str> = victims.iter().map(|victim| victim.text.as_str()).collect();
    let draft = Draft::at(place, Hazard::DataLoss, format!("CASCADE also {verb} {}", names.join(", ")))
        .label("these go without being named here")
        .help("name each of them in statements of their own, dependents first, and leave CASCADE out");
    sink.add(victims.iter().fold(draft, |draft, victim| draft.relation(&victim.relation)));
}

fn has_cascade(kind: &ActionKind) -> bool {
    match kind {
        ActionKind::Drop(drop) => drop.cascade,
        ActionKind::Truncate(truncate) => truncate.cascade,
        ActionKind::AlterTable { change, .. } => matches!(
            change.as_ref(),
            TableChange::DropColumn { cascade: true, .. }
                | TableChange::DropConstraint { cascade: true, .. }
        ),
        _ => false,
    }
}
