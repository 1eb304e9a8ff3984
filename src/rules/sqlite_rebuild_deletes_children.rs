//! `sqlite-rebuild-deletes-children`: a table is made anew while foreign keys are on: rows that reference it go with it.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, ReferentialAction};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Successor, UP, relation_list,
};
use crate::effects::Loss;
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "making a table anew deletes the rows that reference it",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: &[Dialect::Sqlite],
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
        for loss in &context.effects().losses {
            let Loss::Table(table) = loss else { continue };
            if context.is_new(table) || !matches!(context.successor(table), Some(Successor::Copy)) {
                continue;
            }
            let children = children(context, table);
            if !children.is_empty() && !context.switches_keys_off() {
                report(context, table, &children, sink);
            }
        }
    }
}

/// Tables whose rows follow those of the parent when they are deleted.
fn children<'a>(context: &StatementContext<'a>, table: &RelationName) -> Vec<&'a RelationName> {
    let keys = context.before().referencing(table);
    keys.filter(|(child, key)| child.name != *table && follows(&key.body))
        .map(|(child, _)| &child.name)
        .collect()
}

fn follows(body: &ConstraintBody) -> bool {
    let ConstraintBody::ForeignKey { on_delete, .. } = body else { return false };
    matches!(
        on_delete,
        ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault
    )
}

fn report(
    context: &StatementContext<'_>,
    table: &RelationName,
    children: &[&RelationName],
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(context.statement().span) else { return };
    let names = relation_list(children.iter().copied());
    let message = format!("dropping the old `{table}` deletes or empties the rows of {names} that reference it");
    let draft = Draft::at(place, Hazard::DataLoss, message)
        .label("with foreign keys on, DROP TABLE deletes every row first, and ON DELETE does the rest")
        .help("switch foreign keys off before the transaction begins (inside one it does nothing), and check them before the commit:\n  PRAGMA foreign_keys = OFF;\n  PRAGMA foreign_key_check;");
    sink.add(children.iter().fold(draft, |draft, child| draft.relation(child)));
}
