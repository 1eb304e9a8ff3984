//! `mysql-table-rebuild`: a table is made anew while others go on.

use crate::effects::{Cause, Method, Rebuilt, TableLock};
use crate::finding::{Category, Hazard, Severity};
use crate::rule::{Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is rebuilt: others go on, but disk, memory and replicas bear it",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: MYSQL,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for alteration in context.lasting_alterations() {
            let online = alteration.lock == Some(TableLock::None);
            let rebuilt = alteration.method.rebuilt() == Rebuilt::Table;
            let is_told = is_told_or_meant(alteration.cause.as_ref());
            if !online || !rebuilt || is_told || context.is_dearer_together(alteration) {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let table = &alteration.table;
            let verb = if alteration.method == Method::Copy { "copied" } else { "rebuilt" };
            let message = format!(
                "`{table}` is {verb}, which takes as long on every replica, one after the other"
            );
            let cause = alteration.cause.as_ref().map(|cause| format!("{cause}; "));
            sink.add(
                Draft::at(place, Hazard::Other, message)
                    .label(context.alteration_label(alteration))
                    .why(format!("{}{}", cause.unwrap_or_default(), context.since(table)))
                    .help(help(context, alteration))
                    .relation(table),
            );
        }
    }
}

/// Members of an ENUM have a rule of their own; FORCE and OPTIMIZE ask for nothing else.
fn is_told_or_meant(cause: Option<&Cause>) -> bool {
    matches!(cause, Some(Cause::Members(_) | Cause::Force))
}

fn help(context: &StatementContext<'_>, alteration: &crate::effects::Alteration) -> String {
    match &alteration.cause {
        Some(Cause::Demanded) => "leave ALGORITHM=INPLACE out, or write ALGORITHM=INSTANT: the change is instant, and the clause makes the server rebuild the table".to_owned(),
        _ => format!(
            "see that there is room for a second {}, and let the replicas catch up; where they must not lag, {}",
            alteration.table,
            context.in_small_steps(alteration)
        ),
    }
}
