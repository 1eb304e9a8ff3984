//! `missing-object`: a statement names something that the history never made, or dropped.

use crate::effects::RefusalKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ConstraintKind, Dialect, DropObject, Ident, ObjectKind,
    ObjectName, Script, TableChange,
};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::schema::{Fact, RelationName};
use std::cmp::Ordering;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement names something that does not exist",
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
        if context.effects().conditional {
            return;
        }
        let found = found(context);
        if !found.is_empty() && !context.depends_on_later_ways_back() {
            found.into_iter().for_each(|draft| sink.add(draft));
        }
    }
}

fn found(context: &StatementContext<'_>) -> Vec<Draft> {
    // Of MySQL's refusals more is known here: whether something of that name was there, or is.
    let own = if context.target().dialect.is_mysql() { named_here(context) } else { Vec::new() };
    if !own.is_empty() {
        return own;
    }
    if let Some(refused) = context.refused(RefusalKind::Missing) {
        let reason = &refused.refusal.reason;
        let spared = is_outside(context) || names_not_null(context) || is_on_another_path(context);
        if context.is_put_together(reason) || spared {
            return Vec::new();
        }
        let help = "name what is there, or make it in an earlier migration";
        return refused.draft(context, help).into_iter().collect();
    }
    named_here(context)
}

/// Whether the statement needs a relation that no migration makes, and that is no slip: what the
/// first migrations built upon lies outside of the folder.
fn is_outside(context: &StatementContext<'_>) -> bool {
    let names = context.actions().iter().flat_map(named).map(|name| context.resolve(name));
    let mut missing = names.filter(|name| is_missing(context, name));
    missing.any(|name| certainty(context, &name).is_none())
}

/// Whether all relations that the statement needs and that are not there are in another schema: the
/// session that ran the history so far has a search path that is set elsewhere, on its role or by
/// its tool.
fn is_on_another_path(context: &StatementContext<'_>) -> bool {
    let names = context.actions().iter().flat_map(named).map(|name| context.resolve(name));
    let absent = names.filter(|name| context.before().relation(name) == Fact::Absent);
    let mut absent = absent.peekable();
    absent.peek().is_some() && absent.all(|name| is_elsewhere(context, &name))
}

/// Whether a relation of that name is in another schema, and no migration took one of that name
/// away, by which it may have come there.
fn is_elsewhere(context: &StatementContext<'_>, name: &RelationName) -> bool {
    let schema = context.before();
    let mut twins = schema.namespaces().map(|other| RelationName::new(other.clone(), name.name.clone()));
    twins.any(|twin| schema.relation(&twin) != Fact::Absent) && !was_taken_away(context, name)
}

fn was_taken_away(context: &StatementContext<'_>, name: &RelationName) -> bool {
    let here = context.project.position(&context.migration().id).unwrap_or_default();
    let earlier = context.project.migrations.iter().take(here).filter_map(|one| one.up.as_ref());
    let above = context.script().into_iter().flat_map(Script::statements).take(context.entry.index);
    let statements = earlier.flat_map(Script::statements).chain(above);
    statements.flat_map(|statement| &statement.actions).any(|action| match &action.kind {
        ActionKind::Drop(drop) => dropped(drop).iter().any(|dropped| dropped.name == name.name),
        ActionKind::AlterTable { table, change } => {
            let leaves = matches!(**change, TableChange::Rename { .. } | TableChange::SetSchema { .. });
            leaves && table.name.name == name.name
        }
        _ => false,
    })
}

/// Whether a constraint is named as PostgreSQL 18 names what older ones leave without a name, and
/// nobody says which of them this is.
fn names_not_null(context: &StatementContext<'_>) -> bool {
    let is_open = context.project.version_assumed && !context.target().at_least(18);
    is_open
        && context.actions().iter().filter_map(|action| context.change_of(action)).any(
            |(_, change)| match change {
                TableChange::RenameConstraint { name, .. }
                | TableChange::DropConstraint { name, .. }
                | TableChange::ValidateConstraint { name } => {
                    name.as_str().ends_with("_not_null")
                }
                _ => false,
            },
        )
}

/// What actions name and the replayed schema does not have.
fn named_here(context: &StatementContext<'_>) -> Vec<Draft> {
    if !context.before().is_complete() {
        return Vec::new();
    }
    let missing = |action| {
        let missing = missing_in(context, action).into_iter();
        missing.filter_map(move |missing| draft(context, action, &missing))
    };
    context.actions().iter().flat_map(missing).collect()
}

fn missing_in(context: &StatementContext<'_>, action: &Action) -> Vec<Missing> {
    if let Some((table, column)) = missing_column(context, action) {
        let what = format!("column `{column}` of `{table}`");
        let why = "the history gave the table no such column, or dropped or renamed it";
        return vec![Missing { what, name: table, why: why.to_owned() }];
    }
    let asked = named(action).into_iter().filter(|name| is_asked_for(context, action, name));
    let names = asked.map(|name| context.resolve(name));
    let missing = names.filter(|name| is_missing(context, name));
    missing
        .filter(|name| !context.is_put_together(name.name.as_str()))
        .filter_map(|name| {
            let why = certainty(context, &name)?;
            Some(Missing { what: format!("`{name}`"), name, why })
        })
        .collect()
}

/// Whether the server looks for it. A table that a key references may come later while keys are not
/// checked, SQLite never asks for it, and MySQL before 9.0 reads REFERENCES of a column and forgets
/// it.
fn is_asked_for(context: &StatementContext<'_>, action: &Action, name: &ObjectName) -> bool {
    if context.target().dialect == Dialect::Sqlite {
        return !matches!(action.kind, ActionKind::CreateTable(_));
    }
    if !context.target().dialect.is_mysql() {
        return true;
    }
    let ActionKind::CreateTable(table) = &action.kind else { return true };
    let unchecked = matches!(context.before().variable("foreign_key_checks"), Some("0" | "off"));
    let is_listed = table.constraints.iter().any(|it| target(&it.kind) == Some(name));
    let keeps = context.target().dialect == Dialect::Mariadb || context.target().at_least(9);
    !unchecked && (is_listed || keeps)
}

/// What is not there, and how that is known.
struct Missing {
    what: String,
    name: RelationName,
    why: String,
}

/// Why the relation cannot have been made by something else than the migrations: one of them makes
/// it (too late, or it is gone again), or it is a slip of the hand.
fn certainty(context: &StatementContext<'_>, name: &RelationName) -> Option<String> {
    let project = context.project;
    let here = project.position(&context.migration().id)?;
    let maker = project.spoken_of.maker(&name.name);
    if let Some(maker) = maker {
        let why = match maker.cmp(&here) {
            Ordering::Greater => "it is made by a later migration",
            Ordering::Equal if is_made_below(context, name) => "it is made further down",
            Ordering::Equal | Ordering::Less => "it was dropped or renamed before",
        };
        return Some(why.to_owned());
    }
    if project.spoken_of.is_anything_nameless(here) {
        return None;
    }
    let schema = context.before();
    let like = schema.relations().find(|other| {
        other.certain
            && other.name.schema == name.schema
            && is_slip(name.name.as_str(), other.name.name.as_str())
    })?;
    Some(format!("no migration makes it; `{}` is there", like.name))
}

/// Whether the script makes it from this statement on.
fn is_made_below(context: &StatementContext<'_>, name: &RelationName) -> bool {
    let Some(script) = context.script() else { return false };
    let later = script.statements().skip(context.entry.index);
    later.flat_map(|statement| &statement.actions).any(|action| match &action.kind {
        ActionKind::CreateTable(table) => context.resolve(&table.name) == *name,
        ActionKind::CreateView(view) => context.resolve(&view.name) == *name,
        _ => false,
    })
}

/// Whether one word is the other with a letter or two mistaken.
fn is_slip(a: &str, b: &str) -> bool {
    const SHORT: usize = 8;
    let allowed = if a.len() < SHORT { 1 } else { 2 };
    a.len() > 3
        && a.len().abs_diff(b.len()) <= allowed
        && strsim::damerau_levenshtein(a, b) <= allowed
}

fn draft(context: &StatementContext<'_>, action: &Action, missing: &Missing) -> Option<Draft> {
    let message = format!("the migration fails here: {} does not exist", missing.what);
    let draft = Draft::at(context.place(action.span)?, Hazard::Fails, message)
        .label(missing.why.clone())
        .help("name what is there, or make it in an earlier migration")
        .relation(&missing.name);
    Some(draft)
}

/// A column that the action alters or renames, and that the table surely has not.
fn missing_column(
    context: &StatementContext<'_>,
    action: &Action,
) -> Option<(RelationName, Ident)> {
    let (table, change) = context.change_of(action)?;
    let (TableChange::AlterColumn { column, .. } | TableChange::RenameColumn { column, .. }) =
        change
    else {
        return None;
    };
    let known = context.before().table(&table).known().filter(|table| table.columns_known)?;
    let is_added = context
        .actions()
        .iter()
        .any(|other| context.added_by(other).is_some_and(|(_, added)| added.name == *column));
    let is_missing =
        known.column(column).is_none() && known.inherits.is_empty() && known.of_type.is_none();
    (is_missing && !is_added).then(|| (table, column.clone()))
}

/// Relations that the action cannot do without.
fn named(action: &Action) -> Vec<&ObjectName> {
    match &action.kind {
        ActionKind::AlterTable { table, change } if !table.if_exists => {
            std::iter::once(&table.name).chain(referenced(change)).collect()
        }
        ActionKind::CreateIndex(index) => vec![&index.table],
        ActionKind::CreateTable(table) => {
            let inline = table.columns.iter().flat_map(|column| &column.constraints);
            let inline = inline.filter_map(|constraint| match constraint {
                ColumnConstraint::References { target, .. } => Some(&target.table),
                _ => None,
            });
            let listed = table.constraints.iter().filter_map(|it| target(&it.kind));
            // A foreign key may reference the table that is being made.
            inline.chain(listed).filter(|target| target.name != table.name.name).collect()
        }
        ActionKind::CreateTrigger(trigger) => vec![&trigger.table],
        ActionKind::CreatePolicy(policy) => vec![&policy.table],
        ActionKind::Refresh(refresh) => vec![&refresh.name],
        ActionKind::Truncate(truncate) => truncate.tables.iter().map(|(name, _)| name).collect(),
        ActionKind::Drop(drop) if !drop.if_exists => dropped(drop),
        ActionKind::Insert(insert) => vec![&insert.table],
        ActionKind::Update(update) => vec![&update.table],
        ActionKind::Delete(delete) => vec![&delete.table],
        _ => Vec::new(),
    }
}

fn referenced(change: &TableChange) -> Option<&ObjectName> {
    match change {
        TableChange::AddConstraint(constraint) => target(&constraint.kind),
        TableChange::AttachPartition { partition, .. }
        | TableChange::DetachPartition { partition, .. } => Some(partition),
        _ => None,
    }
}

fn target(kind: &ConstraintKind) -> Option<&ObjectName> {
    match kind {
        ConstraintKind::ForeignKey { target, .. } => Some(&target.table),
        _ => None,
    }
}

fn dropped(drop: &DropObject) -> Vec<&ObjectName> {
    match drop.kind {
        // An index that is named within its table.
        ObjectKind::Index if drop.table.is_some() => drop.table.iter().collect(),
        ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Index
        | ObjectKind::Sequence => drop.names.iter().collect(),
        ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => drop.table.iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether nothing of that name can be there: its schema is one that the migrations fill, and
/// neither the server nor the migration tool makes it.
fn is_missing(context: &StatementContext<'_>, name: &RelationName) -> bool {
    let schema = context.before();
    let text = name.name.as_str();
    schema.relation(name) == Fact::Absent
        && schema.has_namespace(&name.schema)
        && !is_elsewhere(context, name)
        && !text.starts_with("pg_")
        && !text.starts_with("sqlite_")
        && !text.contains("migration")
        && !text.contains("schema_history")
        && !text.contains("schema_version")
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn a_letter_or_two_are_mistaken() {
        for (a, b) in [("orders", "ordres"), ("carts", "cart"), ("customers", "custommers")] {
            assert!(is_slip(a, b) && is_slip(b, a), "{a} and {b}");
        }
        // Two letters of a short word make another word.
        for (a, b) in [("orders", "border"), ("items", "teams"), ("tag", "tax"), ("carts", "users")] {
            assert!(!is_slip(a, b) && !is_slip(b, a), "{a} and {b}");
        }
        assert!(is_slip("invoices", "invioces_"), "two letters of a word of eight");
        assert!(!is_slip("invoice", "invioce_"), "two letters of a word of seven");
        assert!(!is_slip("customers", "custommerrs_"), "three letters");
    }
}
