//! `already-exists`: a statement makes something that the history has made already.

use crate::effects::RefusalKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, CreateIndex, CreateTable, Dialect, Ident, ObjectName, Persistence,
    TableChange,
};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::schema::RelationName;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement makes something that exists already",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
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
        // MySQL's statements of prepared text, which are not seen, mostly drop what is made anew.
        let is_told = !(context.target().dialect.is_mysql() && context.before().is_clouded());
        if context.effects().conditional || !is_told {
            return;
        }
        let found = found(context);
        if found.is_empty() || context.follows_opaque() || context.depends_on_later_ways_back() {
            return;
        }
        found.into_iter().for_each(|draft| sink.add(draft));
    }
}

fn found(context: &StatementContext<'_>) -> Vec<Draft> {
    if let Some(refused) = context.refused(RefusalKind::Exists) {
        if context.is_put_together(&refused.refusal.reason) {
            return Vec::new();
        }
        let help = "leave it out, or alter what is there";
        return refused.draft(context, help).into_iter().collect();
    }
    let existing = context.actions().iter().filter_map(|action| Some((action, existing(context, action)?)));
    let existing = existing.filter(|(_, what)| !context.is_put_together(what));
    existing.filter_map(|(action, what)| draft(context, action, &what)).collect()
}

fn draft(context: &StatementContext<'_>, action: &Action, what: &str) -> Option<Draft> {
    let message = format!("the migration fails here: {what} exists already");
    let draft = Draft::at(context.place(action.span)?, Hazard::Fails, message)
        .label("an earlier migration made it, and none dropped it")
        .help("leave it out, alter what is there, or choose another name");
    Some(draft)
}

/// What the action makes though it is there, in words.
fn existing(context: &StatementContext<'_>, action: &Action) -> Option<String> {
    let name = match &action.kind {
        ActionKind::CreateTable(table) => new_table(context, table)?,
        ActionKind::CreateView(view) if !view.or_replace && !view.if_not_exists && !view.temporary => {
            created(context, &view.name)
        }
        ActionKind::CreateSequence(sequence) if !sequence.if_not_exists && !sequence.temporary => {
            created(context, &sequence.name)
        }
        ActionKind::CreateIndex(index) => new_index(context, index)?,
        ActionKind::AlterTable { table, change } => {
            return constraint(context, &context.resolve(&table.name), change);
        }
        ActionKind::CreateEnum(kind) => return known_type(context, &kind.name),
        ActionKind::CreateDomain(domain) => return known_type(context, &domain.name),
        _ => return None,
    };
    context.before().relation(&name).known().map(|_| format!("`{name}`"))
}

fn new_table(context: &StatementContext<'_>, table: &CreateTable) -> Option<RelationName> {
    let is_plain = !table.if_not_exists && table.persistence != Persistence::Temporary;
    is_plain.then(|| created(context, &table.name))
}

fn new_index(context: &StatementContext<'_>, index: &CreateIndex) -> Option<RelationName> {
    let name = index.name.clone().filter(|_| !index.if_not_exists)?;
    Some(context.resolve(&index.table).sibling(name))
}

fn constraint(
    context: &StatementContext<'_>,
    table: &RelationName,
    change: &TableChange,
) -> Option<String> {
    let TableChange::AddConstraint(added) = change else { return None };
    let name: &Ident = added.name.as_ref()?;
    // Another action of the statement may drop the old one first.
    let is_replaced = context.actions().iter().any(|action| match &action.kind {
        ActionKind::AlterTable { change, .. } => {
            matches!(change.as_ref(), TableChange::DropConstraint { name: dropped, .. } if dropped == name)
        }
        _ => false,
    });
    let known = context.before().table(table).known()?.constraint(name)?;
    // A constraint goes with any of its columns.
    let is_replaced = is_replaced
        || known.columns().iter().any(|column| context.action_dropping(column).is_some());
    (known.certain && !is_replaced).then(|| format!("constraint `{name}` of `{table}`"))
}

fn known_type(context: &StatementContext<'_>, name: &ObjectName) -> Option<String> {
    let known = context.before().type_def(name).filter(|known| known.certain)?;
    let is_it = known.name == created(context, name);
    is_it.then(|| format!("type `{}`", known.name))
}

/// The name under which it is made, whatever the search path would find.
fn created(context: &StatementContext<'_>, name: &ObjectName) -> RelationName {
    match &name.schema {
        Some(schema) => RelationName::new(schema.clone(), name.name.clone()),
        None => context.before().creation_name(&name.name),
    }
}
