//! `drop-schema`: a schema or a whole database is dropped.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Ident, ObjectKind};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP, relation_list,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a schema or database is dropped with everything in it",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: SERVERS,
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
            let ActionKind::Drop(drop) = &action.kind else { continue };
            let word = match drop.kind {
                ObjectKind::Schema => "schema",
                ObjectKind::Database => "database",
                _ => continue,
            };
            for name in &drop.names {
                if word == "schema" && is_new_and_empty(context, &name.name) {
                    continue;
                }
                let Some(place) = context.place(action.span) else { continue };
                let inside = relations_in(context, &name.name);
                let draft = Draft::at(
                    place,
                    Hazard::Breaking,
                    format!("the {word} `{name}` is dropped with everything in it"),
                )
                .label("every query that names something in it fails from here on")
                .help(format!(
                    "move what is still needed out of {name}, drop what is not by name, and drop the empty {word} last"
                ));
                sink.add(if inside.is_empty() {
                    draft
                } else {
                    draft.why(format!("the history made {} in it", relation_list(&inside)))
                });
            }
        }
    }
}

/// Made by the same transaction, and nothing in it.
fn is_new_and_empty(context: &StatementContext<'_>, schema: &Ident) -> bool {
    let made_here = context.earlier().iter().any(|entry| {
        !entry.effects.conditional
            && entry.statement.actions.iter().any(
                |action| matches!(&action.kind, ActionKind::CreateSchema { name, .. } if name == schema),
            )
    });
    made_here && relations_in(context, schema).is_empty()
}

fn relations_in(context: &StatementContext<'_>, schema: &Ident) -> Vec<RelationName> {
    let tables = context.before().relations().filter(|relation| relation.as_table().is_some());
    tables.map(|relation| relation.name.clone()).filter(|name| name.schema == *schema).collect()
}
