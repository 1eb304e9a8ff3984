//! `blocking-foreign-key`: writers of two tables wait while every row is looked up.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ConstraintKind, Deferral, Dialect,
    ForeignKeyTarget, Ident, TableChange, Validity,
};
use crate::rule::{
    BOTH, Draft, FixKind, NewColumn, Rule, RuleMeta, Sink, Stages, StatementContext, foreign_key_sql,
    in_steps, locks_label, quoted, relation_list, relation_sql, waiters, VALIDATE_LATER,
};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ADD FOREIGN KEY looks up every row while writers of both tables wait",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::AlterTable { table, change } = &action.kind else { continue };
            let Some(key) = NewKey::of(change) else { continue };
            let child = context.resolve(&table.name);
            // The rows that are looked up are the child's; where it has none, nothing takes long.
            let scans = context.caused_by(action, WorkKind::Scan);
            if context.is_short(&child) || scans.is_empty() {
                continue;
            }
            judge(context, action, &child, &key, sink);
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    child: &RelationName,
    key: &NewKey<'_>,
    sink: &mut Sink<'_>,
) {
    let parent = context.resolve(&key.target.table);
    let Some(lock) = context.effects().lock_on(child) else { return };
    let Some(place) = context.place(action.span) else { return };
    let mut tables = vec![child];
    if parent != *child && context.strong_locks().any(|lock| lock.relation == parent) {
        tables.push(&parent);
    }
    let message = format!(
        "{} {} wait until every row of `{child}` is looked up",
        waiters(lock.mode),
        relation_list(tables.iter().copied())
    );
    let draft = Draft::at(place, Hazard::LongBlock, message)
        .label(locks_label(context.strong_locks()))
        .why(context.since(child))
        .help(key.help(context, child));
    let draft = tables.into_iter().fold(draft, Draft::relation);
    let name = key.name(context, child);
    let remedy = match &key.column {
        Some(new) if new.if_not_exists => None,
        Some(_) => context.in_stages(action, &key.stages(child, &name)),
        None => context.validate_later(action, child, &name),
    };
    sink.add(match remedy.filter(|_| accepts_not_valid(context, child)) {
        Some(remedy) => draft.fix(Applicability::Unsafe, VALIDATE_LATER, remedy),
        None => draft,
    });
}

/// A foreign key that existing rows must satisfy.
struct NewKey<'a> {
    name: Option<&'a Ident>,
    columns: &'a [Ident],
    target: &'a ForeignKeyTarget,
    deferral: Deferral,
    /// The column that brings it along.
    column: Option<NewColumn<'a>>,
}

impl<'a> NewKey<'a> {
    fn of(change: &'a TableChange) -> Option<Self> {
        match change {
            TableChange::AddConstraint(constraint) if constraint.validity == Validity::Valid => {
                let ConstraintKind::ForeignKey { columns, target, .. } = &constraint.kind else {
                    return None;
                };
                let (name, deferral) = (constraint.name.as_ref(), constraint.deferral);
                Some(Self { name, columns, target, deferral, column: None })
            }
            TableChange::AddColumn { column, if_not_exists, .. } => {
                column.constraints.iter().find_map(|constraint| match constraint {
                    ColumnConstraint::References {
                        name,
                        target,
                        deferral,
                        validity: Validity::Valid,
                    } => Some(Self {
                        name: name.as_ref(),
                        columns: std::slice::from_ref(&column.name),
                        target,
                        deferral: *deferral,
                        column: Some(NewColumn {
                            column,
                            constraint,
                            if_not_exists: *if_not_exists,
                        }),
                    }),
                    _ => None,
                })
            }
            _ => None,
        }
    }

    fn name(&self, context: &StatementContext<'_>, child: &RelationName) -> Ident {
        let is_it = |body: &ConstraintBody| {
            matches!(body, ConstraintBody::ForeignKey { columns, .. } if columns == self.columns)
        };
        let words: Vec<&str> = self.columns.iter().map(Ident::as_str).collect();
        let otherwise = format!("{}_fkey", words.join("_"));
        context.constraint_name(child, self.name, is_it, &otherwise)
    }

    fn help(&self, context: &StatementContext<'_>, child: &RelationName) -> String {
        let name = self.name(context, child);
        if !accepts_not_valid(context, child) {
            return format!(
                "on each partition add it NOT VALID and VALIDATE it, each in a migration of its own; then, in another still, let `{child}` take them over:\n  ALTER TABLE {} ADD CONSTRAINT {} {};",
                relation_sql(child),
                quoted(&name),
                self.sql()
            );
        }
        in_steps(context, &self.stages(child, &name).steps())
    }

    fn sql(&self) -> String {
        foreign_key_sql(self.columns, self.target, self.deferral)
    }

    fn stages<'s>(&self, child: &'s RelationName, constraint: &'s Ident) -> Stages<'s> {
        Stages::validated(child, constraint, self.column.as_ref(), &self.sql())
    }
}

/// Partitioned tables accept a foreign key NOT VALID from 18 on.
fn accepts_not_valid(context: &StatementContext<'_>, child: &RelationName) -> bool {
    let table = context.before().table(child).any();
    context.target().at_least(18) || table.is_none_or(|table| table.partitioning.is_none())
}
