//! `drop-view`: a view is dropped that running releases may read.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a view is dropped that running releases may read",
    severity: Some(Severity::Warning),
    category: Category::Compatibility,
    dialects: &Dialect::ALL,
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
        if !matches!(drop.kind, ObjectKind::View | ObjectKind::MaterializedView) {
            return None;
        }
        let last = context.transaction.entries.last()?;
        // A view of unknown history that IF EXISTS allows to be missing is no evidence of a reader.
        let gone = drop.names.iter().map(|name| context.resolve(name)).find(|name| {
            let known = context.before().relation(name).any();
            let is_back = last.after.relation(name).any().is_some();
            !is_back && !context.is_new(name) && (known.is_some() || !drop.if_exists)
        })?;
        if is_made_again(context, &gone) {
            return None;
        }
        let place = context.place(action.span)?;
        let message = format!("queries of running releases that read `{gone}` fail");
        Some(
            Draft::at(place, Hazard::Breaking, message)
                .label("the view is gone from here on")
                .help(format!("deploy a release that no longer reads {gone}, and drop it in a later one"))
                .relation(&gone),
        )
    }
}

/// Whether the script makes it anew further down, in a transaction of its own.
fn is_made_again(context: &StatementContext<'_>, gone: &RelationName) -> bool {
    let here = context.statement().span.start;
    let statements = context.script().into_iter().flat_map(|script| script.statements());
    let mut later = statements.filter(|statement| statement.span.start > here);
    later.any(|statement| {
        statement.actions.iter().any(|action| match &action.kind {
            ActionKind::CreateView(view) => view.name.name == gone.name,
            ActionKind::CreateTable(table) => table.name.name == gone.name,
            ActionKind::CreateTableAs(table) => table.name.name == gone.name,
            _ => false,
        })
    })
}
