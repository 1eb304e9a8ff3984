//! `visible-index-dropped`: an index is dropped that queries may still use.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, Dialect, Ident, MysqlChange, ObjectKind, TableChange};
use crate::rule::{
    Draft, FixKind, MYSQL, Rule, RuleMeta, StatementContext, UP, begins_index, quoted,
    relation_sql,
};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index is dropped that was never hidden from queries first",
    severity: None,
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
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let (table, name) = dropped(context, action)?;
        let full = RelationName::of_index(&table, name);
        let index = context.before().index(&full).known()?;
        let target = context.target();
        let is_hidden_there = match target.dialect {
            Dialect::Mysql => target.at_least(8),
            _ => target.at_least_version(10, 6),
        };
        let another = context.before().indexes_of(&table).any(|(other, longer)| {
            other.name != full && longer.visible && begins_index(index, longer)
        });
        if !index.visible || another || !is_hidden_there || context.is_short(&table) {
            return None;
        }
        let place = context.place(action.span)?;
        let hide = if target.dialect == Dialect::Mysql { "INVISIBLE" } else { "IGNORED" };
        let draft = Draft::at(place, Hazard::Other, format!("queries that need index `{name}` of `{table}` scan the table from here on, and it takes a build to have it back"))
            .label("it was in use until now, as far as the history shows")
            .help(format!("hide it first, which is undone in an instant, and drop it in a later release:\n  ALTER TABLE {} ALTER INDEX {} {hide};", relation_sql(&table), quoted(name)))
            .relation(&table);
        Some(draft)
    }
}

fn dropped<'b>(
    context: &StatementContext<'_>,
    action: &'b Action,
) -> Option<(RelationName, &'b Ident)> {
    match &action.kind {
        ActionKind::Drop(drop) if drop.kind == ObjectKind::Index => {
            let [name] = drop.names.as_slice() else { return None };
            Some((context.resolve(drop.table.as_ref()?), &name.name))
        }
        ActionKind::AlterTable { .. } => match context.change_of(action)? {
            (table, TableChange::Mysql(MysqlChange::DropIndex { name, .. })) => Some((table, name)),
            _ => None,
        },
        _ => None,
    }
}
