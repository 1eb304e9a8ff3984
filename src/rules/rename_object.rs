//! `rename-object`: a view, function, type, sequence, role or database gets another name under running releases.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Ident, ObjectChange, ObjectKind, ObjectName, RelationKind, TableChange,
};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::schema::{Fact, RelationBody, RelationName, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a view, function, type, sequence, role or database gets another name under running releases",
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
        match &action.kind {
            ActionKind::AlterTable { table, change } => {
                let TableChange::Rename { new_name } = change.as_ref() else { return None };
                let name = context.resolve(&table.name);
                let kind = relation(context, &name, table.kind)?;
                let draft = draft(context, action, (kind, &name.to_string()), new_name)?;
                Some(draft.relation(&name))
            }
            ActionKind::AlterObject(altered) if altered.option == "rename" => object(context, action, altered),
            _ => None,
        }
    }
}

fn draft(
    context: &StatementContext<'_>,
    action: &Action,
    (kind, name): (&str, &str),
    new_name: &Ident,
) -> Option<Draft> {
    let (who, help) = match kind {
        "role" | "database" => (
            format!("running releases that connect to {kind} `{name}` fail"),
            format!("make {new_name} beside {name}, and drop {name} when no release connects to it"),
        ),
        kind => (
            format!("queries of running releases that name {kind} `{name}` fail"),
            format!("keep a {kind} under the old name that does the same until no release uses it"),
        ),
    };
    Some(
        Draft::at(context.place(action.span)?, Hazard::Breaking, who)
            .label(format!("{name} is called {new_name} from here on, for every release"))
            .help(help),
    )
}

/// What kind of relation it is, where it is one that code names, that others use, and of whose name
/// nothing else makes use when the transaction ends. Tables and indexes have rules of their own.
fn relation(
    context: &StatementContext<'_>,
    name: &RelationName,
    written: RelationKind,
) -> Option<&'static str> {
    let kind = match context.before().relation(name) {
        Fact::Known(known) | Fact::Uncertain(known) => match &known.body {
            RelationBody::View(view) if view.materialized => "materialized view",
            RelationBody::View(_) => "view",
            RelationBody::Sequence(_) => "sequence",
            _ => return None,
        },
        Fact::Absent => match written {
            RelationKind::View => "view",
            RelationKind::MaterializedView => "materialized view",
            RelationKind::Sequence => "sequence",
            _ => return None,
        },
    };
    let is_used = kind != "sequence" || !is_default(context.before(), name);
    let is_back = at_commit(context).is_some_and(|after| after.relation(name).any().is_some());
    (is_used && !is_back && !context.is_new(name)).then_some(kind)
}

/// Whether a column takes its values from the sequence: the default follows the rename, too.
fn is_default(schema: &Schema, sequence: &RelationName) -> bool {
    schema.dependents(sequence).any(|relation| relation.as_table().is_some())
}

fn object(context: &StatementContext<'_>, action: &Action, altered: &ObjectChange) -> Option<Draft> {
    let kind = match altered.kind {
        ObjectKind::Function | ObjectKind::Aggregate | ObjectKind::Routine => "function",
        ObjectKind::Procedure => "procedure",
        ObjectKind::Type => "type",
        ObjectKind::Domain => "domain",
        ObjectKind::Role => "role",
        ObjectKind::Database => "database",
        _ => return None,
    };
    let (name, new_name) = (altered.name.as_ref()?, altered.new_name.as_ref()?);
    if is_trigger_function(context, name) || is_new(context, altered.kind, name) || is_there(context, name) || is_dropped(context, name, new_name) {
        return None;
    }
    draft(context, action, (kind, &name.to_string()), new_name)
}

/// Triggers follow the rename, and nothing else calls such a function.
fn is_trigger_function(context: &StatementContext<'_>, name: &ObjectName) -> bool {
    let known = context.before().routines(name);
    let fires = |returns: &str| matches!(returns.to_ascii_lowercase().as_str(), "trigger" | "event_trigger");
    !known.is_empty() && known.iter().all(|routine| routine.returns.as_deref().is_some_and(fires))
}

/// Whether the batch has made it.
fn is_new(context: &StatementContext<'_>, kind: ObjectKind, name: &ObjectName) -> bool {
    let made = context.earlier().iter().flat_map(|entry| &entry.statement.actions);
    let is_made = |action: &Action| match &action.kind {
        ActionKind::CreateObject(made) => made.kind == kind && made.name.as_ref() == Some(name),
        ActionKind::CreateFunction(made) => !made.or_replace && made.name == *name,
        _ => false,
    };
    let born = context.before().type_def(name).map(|known| known.born);
    born.is_some_and(|born| born >= context.transaction.batch_start) || made.clone().any(is_made)
}

/// Whether something bears the name when the transaction ends.
fn is_there(context: &StatementContext<'_>, name: &ObjectName) -> bool {
    at_commit(context)
        .is_some_and(|after| after.type_def(name).is_some() || !after.routines(name).is_empty())
}

/// Whether what is renamed is dropped in the same transaction: that is told of the drop.
fn is_dropped(context: &StatementContext<'_>, name: &ObjectName, new_name: &Ident) -> bool {
    let renamed = ObjectName { schema: name.schema.clone(), name: new_name.clone() };
    let was_there = context.before().type_def(name).is_some() || !context.before().routines(name).is_empty();
    was_there && !is_there(context, &renamed)
}

fn at_commit<'a>(context: &StatementContext<'a>) -> Option<&'a Schema> {
    context.transaction.entries.last().map(|last| last.after.as_ref())
}
