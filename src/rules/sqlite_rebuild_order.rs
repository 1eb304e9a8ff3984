//! `sqlite-rebuild-order`: the old table is renamed first, and what references it follows.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction, TableChange};
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP, relation_list,
};
use crate::schema::{RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "tables, views and triggers follow the old table to its new name",
    severity: Some(Severity::Error),
    category: Category::Correctness,
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
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                let Some((old, TableChange::Rename { new_name })) = statement.change_of(action)
                else {
                    continue;
                };
                let aside = old.sibling(new_name.clone());
                let is_replaced = context.after.table(&old).any().is_some()
                    && context.after.relation(&aside).any().is_none();
                if is_replaced && !statement.renames_alone() && !statement.is_new(&old) {
                    let users = users(statement.before(), context.after, &old, &aside);
                    report(&statement, (&old, &aside), &users, sink);
                }
            }
        }
    }
}

/// What named the table under its old name, and names the one that is gone in the end.
fn users<'a>(
    before: &'a Schema,
    after: &Schema,
    old: &RelationName,
    aside: &RelationName,
) -> Vec<&'a RelationName> {
    let children = before.referencing(old).map(|(child, _)| &child.name);
    let children = children.filter(|child| *child != old && still_references(after, child, aside));
    let views = before.views_on(old).map(|view| &view.name).filter(|view| {
        after.view(view).any().is_some_and(|view| view.reads.contains(aside))
    });
    let mut users: Vec<&RelationName> = children.chain(views).collect();
    users.dedup();
    users
}

fn still_references(after: &Schema, child: &RelationName, aside: &RelationName) -> bool {
    after.table(child).any().is_some_and(|table| {
        table.constraints.iter().any(|key| key.references() == Some(aside))
    })
}

fn report(
    context: &StatementContext<'_>,
    (old, aside): (&RelationName, &RelationName),
    users: &[&RelationName],
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(context.statement().span) else { return };
    if users.is_empty() {
        return;
    }
    let names = relation_list(users.iter().copied());
    let verbs = if users.len() == 1 { ("follows", "names") } else { ("follow", "name") };
    let message = format!(
        "{names} {} `{old}` to `{aside}`, and {} a table that is dropped",
        verbs.0, verbs.1
    );
    let draft = Draft::at(place, Hazard::Other, message)
        .label("a rename changes the references of other tables and of views, too")
        .why("the next write there fails: no such table")
        .help(format!(
            "make the new table under another name, copy, drop {old}, and rename the new one to {old}: then references stay as they are"
        ));
    let draft = users.iter().fold(draft, |draft, user| draft.relation(user));
    sink.add_at(context, draft);
}
