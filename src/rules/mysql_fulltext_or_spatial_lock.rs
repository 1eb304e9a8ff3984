//! `mysql-fulltext-or-spatial-lock`: writers wait until a full-text or spatial index is built.

use crate::effects::{Cause, Rebuilt};
use crate::finding::{Category, Hazard, Severity};
use crate::rule::{BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "writers wait until a full-text or spatial index is built",
    severity: Some(Severity::Warning),
    category: Category::Availability,
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
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for alteration in context.blocking_alterations() {
            let index = match alteration.cause {
                Some(Cause::Fulltext) => "full-text",
                Some(Cause::Spatial) => "spatial",
                _ => continue,
            };
            let Some(place) = context.place(context.statement().span) else { continue };
            let table = &alteration.table;
            let rebuilt = alteration.method.rebuilt() != Rebuilt::No;
            let message = match rebuilt {
                true => {
                    format!("writes to `{table}` wait until it is rebuilt with its {index} index")
                }
                false => format!("writes to `{table}` wait until its {index} index is built"),
            };
            let help = match rebuilt {
                true => format!(
                    "run it in a window in which nobody writes {table}, or with an online schema-change tool"
                ),
                false => format!(
                    "run it in a window in which nobody writes {table}, a LOCK=SHARED behind it says so"
                ),
            };
            sink.add(
                Draft::at(place, Hazard::LongBlock, message)
                    .label(context.alteration_label(alteration))
                    .why(format!(
                        "such an index is not built while others write; {}",
                        context.since(table)
                    ))
                    .help(help)
                    .relation(table),
            );
        }
    }
}
