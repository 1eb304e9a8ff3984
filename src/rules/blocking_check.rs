//! `blocking-check`: everyone waits while every row is checked against a new constraint.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, ConstraintKind, Dialect, Expr, Ident,
    TableChange, Validity,
};
use crate::rule::{
    BOTH, Draft, FixKind, NewColumn, Rule, RuleMeta, Sink, Stages, StatementContext, in_steps,
    locks_label, waiters, VALIDATE_LATER,
};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ADD CHECK checks every row while everyone waits",
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
            let Some(check) = NewCheck::of(change) else { continue };
            let table = context.resolve(&table.name);
            if context.caused_by(action, WorkKind::Scan).is_empty() {
                continue;
            }
            judge(context, action, &table, &check, sink);
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    check: &NewCheck<'_>,
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message =
        format!("{} `{table}` wait until every row is checked", waiters(lock.mode));
    let name = check.name(context, table);
    let draft = Draft::at(place, Hazard::LongBlock, message)
        .label(locks_label(context.strong_locks()))
        .why(context.since(table))
        .help(in_steps(context, &check.stages(table, &name).steps()))
        .relation(table);
    let remedy = match check.column {
        Some(new) if new.if_not_exists => None,
        Some(_) => context.in_stages(action, &check.stages(table, &name)),
        None => context.validate_later(action, table, &name),
    };
    sink.add(match remedy {
        Some(remedy) => draft.fix(Applicability::Unsafe, VALIDATE_LATER, remedy),
        None => draft,
    });
}

/// A check that existing rows must pass.
struct NewCheck<'a> {
    name: Option<&'a Ident>,
    expr: &'a Expr,
    no_inherit: bool,
    /// The column that brings it along.
    column: Option<NewColumn<'a>>,
}

impl<'a> NewCheck<'a> {
    fn of(change: &'a TableChange) -> Option<Self> {
        match change {
            TableChange::AddConstraint(constraint) if constraint.validity == Validity::Valid => {
                let ConstraintKind::Check { expr, no_inherit } = &constraint.kind else {
                    return None;
                };
                let no_inherit = *no_inherit;
                Some(Self { name: constraint.name.as_ref(), expr, no_inherit, column: None })
            }
            TableChange::AddColumn { column, if_not_exists, .. } => {
                column.constraints.iter().find_map(|constraint| match constraint {
                    ColumnConstraint::Check { name, expr, validity: Validity::Valid, no_inherit } => {
                        let (name, no_inherit) = (name.as_ref(), *no_inherit);
                        let column = NewColumn { column, constraint, if_not_exists: *if_not_exists };
                        Some(Self { name, expr, no_inherit, column: Some(column) })
                    }
                    _ => None,
                })
            }
            _ => None,
        }
    }

    fn name(&self, context: &StatementContext<'_>, table: &RelationName) -> Ident {
        let is_it = |body: &ConstraintBody| {
            matches!(body, ConstraintBody::Check { expr, .. } if expr.sql == self.expr.sql)
        };
        let otherwise = match (self.column, self.expr.columns()) {
            (Some(NewColumn { column: ColumnDef { name, .. }, .. }), _) | (None, [name]) => format!("{name}_check"),
            _ => "check".to_owned(),
        };
        context.constraint_name(table, self.name, is_it, &otherwise)
    }

    fn stages<'s>(&self, table: &'s RelationName, constraint: &'s Ident) -> Stages<'s> {
        let no_inherit = if self.no_inherit { " NO INHERIT" } else { "" };
        let check = format!("CHECK ({}){no_inherit}", self.expr.sql);
        Stages::validated(table, constraint, self.column.as_ref(), &check)
    }
}
