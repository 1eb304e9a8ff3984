//! `not-idempotent`: a statement cannot be run twice.

use crate::finding::{Applicability, Category, Edit, Hazard};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement cannot be run twice",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let first = context.actions().first()?;
        if !std::ptr::eq(first, action) || context.is_repeatable() {
            return None;
        }
        let place = context.place(context.statement().span)?;
        let draft = Draft::at(place, Hazard::Other, "a second run of this fails")
            .label("fails where it was done already")
            .help("write IF NOT EXISTS, IF EXISTS or OR REPLACE, or drop what may be there before");
        Some(match repeatable(context, action) {
            Some(edit) => draft.fix(Applicability::Unsafe, "pass over what is done already", edit),
            None => draft,
        })
    }
}

/// The words with which the statement passes a second run.
fn repeatable(context: &StatementContext<'_>, action: &Action) -> Option<Edit> {
    let keyword = match &action.kind {
        ActionKind::CreateTable(_) | ActionKind::CreateTableAs(_) => "table",
        // A concurrent build that failed would be passed over too.
        ActionKind::CreateIndex(index) if index.name.is_some() && !index.concurrently => "index",
        ActionKind::CreateSequence(_) => "sequence",
        ActionKind::CreateSchema { .. } => "schema",
        ActionKind::CreateExtension { .. } => "extension",
        ActionKind::Drop(drop) => {
            let keyword = match drop.kind {
                ObjectKind::Table => "table",
                ObjectKind::View => "view",
                ObjectKind::Sequence => "sequence",
                ObjectKind::Type => "type",
                ObjectKind::Index if !drop.concurrently && drop.table.is_none() => "index",
                _ => return None,
            };
            return context.insert_behind(keyword, " IF EXISTS");
        }
        _ => return None,
    };
    context.insert_behind(keyword, " IF NOT EXISTS")
}
