//! `sqlite-rebuild-with-view`: a table cannot be given a name while a view or trigger names a table
//! that is gone.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, TableChange};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::schema::{Relation, RelationName, Trigger};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a rename fails while a view names the table that was dropped",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if context.effects().conditional || context.renames_alone() {
            return;
        }
        for action in context.actions() {
            let Some((old, TableChange::Rename { new_name })) = context.change_of(action) else {
                continue;
            };
            let new = old.sibling(new_name.clone());
            // The name is free because its table was dropped.
            let is_free = context.before().relation(&new).any().is_none();
            let Some(user) = user(context, &new).filter(|_| is_free) else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let message = format!("the migration fails here: {user} names `{new}`, which is gone");
            sink.add(
                Draft::at(place, Hazard::Fails, message)
                    .label("a rename reads every view and trigger again, and finds no such table")
                    .help(format!(
                        "drop {user} before the table, and make it anew after the rename"
                    ))
                    .relation(&new),
            );
        }
    }
}

/// A view, or a trigger of another table, that names the table, in words.
fn user(context: &StatementContext<'_>, gone: &RelationName) -> Option<String> {
    let before = context.before();
    let made = |relation: &&Relation| !relation.is_assumed();
    let view = before.relations().filter(made).find(|relation| {
        before.view(&relation.name).any().is_some_and(|view| view.reads.contains(gone))
    });
    if let Some(view) = view {
        return Some(format!("view `{}`", view.name));
    }
    before.relations().find_map(|relation| {
        let mut triggers = relation.as_table()?.triggers.iter();
        let trigger = triggers.find(|trigger| names(context, trigger, gone))?;
        Some(format!("trigger `{}`", trigger.name))
    })
}

/// Whether a statement of the trigger's body reads or writes the table.
fn names(context: &StatementContext<'_>, trigger: &Trigger, gone: &RelationName) -> bool {
    let mut kinds = trigger.statements.iter().flat_map(|statement| &statement.actions);
    kinds.any(|action| {
        let reads = action.kind.query().map_or(&[][..], |query| query.reads());
        let mut named = action.kind.written_relation().into_iter().chain(reads);
        named.any(|name| context.resolve(name) == *gone)
    })
}
