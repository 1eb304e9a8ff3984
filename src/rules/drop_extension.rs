//! `drop-extension`: an extension is dropped whose types and functions running releases may use.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, ObjectKind, Script};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an extension is dropped whose types and functions running releases may use",
    severity: Some(Severity::Error),
    category: Category::Compatibility,
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
        let ActionKind::Drop(drop) = &action.kind else { return None };
        if drop.kind != ObjectKind::Extension || context.effects().refused.is_some() {
            return None;
        }
        let comes_back = |name: &Ident| {
            context.script().into_iter().flat_map(Script::statements).flat_map(|one| &one.actions).any(|action| {
                matches!(&action.kind, ActionKind::CreateExtension { name: made, .. } if made == name)
            })
        };
        let gone = drop.names.iter().find(|name| !comes_back(&name.name))?;
        let place = context.place(action.span)?;
        let label = if drop.cascade {
            "columns of its types, indexes and functions that use it go with it"
        } else {
            "the server refuses it while a column or an index uses it, not while a release does"
        };
        Some(
            Draft::at(place, Hazard::Breaking, format!("queries of running releases that use `{}` fail", gone.name))
                .label(label)
                .help(format!("deploy a release that does without {}, and drop it in a later one", gone.name)),
        )
    }
}
