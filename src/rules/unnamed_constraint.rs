//! `unnamed-constraint`: a constraint gets a name that its server makes up.

use crate::finding::{Applicability, Category, Edit, Hazard};
use crate::migration::{Action, ColumnConstraint, ColumnDef, ConstraintKind, Dialect, TableChange, TableConstraint};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, quoted};
use crate::schema::RelationName;
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a constraint gets a name that its server makes up",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        match context.change_of(action)? {
            (table, TableChange::AddConstraint(added)) => listed(context, &table, added),
            (table, TableChange::AddColumn { column, .. }) => inline(context, &table, column),
            _ => None,
        }
    }
}

fn draft(place: Place, table: &RelationName) -> Draft {
    let message = format!("the constraint of `{table}` has no name that a later migration can rely on");
    Draft::at(place, Hazard::Other, message)
        .label("the server makes one up, each kind of server another")
        .help("write CONSTRAINT and a name before it")
        .relation(table)
}

fn listed(context: &StatementContext<'_>, table: &RelationName, added: &TableConstraint) -> Option<Draft> {
    if added.name.is_some() || matches!(added.kind, ConstraintKind::NotNull { .. }) {
        return None;
    }
    let place = context.place(added.span)?;
    let draft = draft(place.clone(), table);
    Some(match named(context, table, place) {
        Some(edit) => draft.fix(Applicability::Unsafe, "write the name that it gets now", edit),
        None => draft,
    })
}

/// The name that the server makes up, before the constraint.
fn named(context: &StatementContext<'_>, table: &RelationName, place: Place) -> Option<Edit> {
    const KINDS: [&str; 5] = ["foreign", "unique", "check", "primary", "exclude"];
    let text = place.text().to_ascii_lowercase();
    let is_sql = KINDS.iter().any(|kind| text.starts_with(kind));
    let after = context.entry.after.table(table).known().filter(|_| is_sql)?;
    let born = context.before().clock();
    let mut made = after.constraints.iter().filter(|made| made.certain && made.born == born);
    let (Some(made), None) = (made.next(), made.next()) else { return None };
    let at = Span::new(place.span.start, place.span.start);
    let text = format!("CONSTRAINT {} ", quoted(&made.name));
    Some(Edit { place: Place { span: at, ..place }, text })
}

fn inline(context: &StatementContext<'_>, table: &RelationName, column: &ColumnDef) -> Option<Draft> {
    let unnamed = column.constraints.iter().any(|constraint| {
        constraint.name().is_none()
            && matches!(
                constraint,
                ColumnConstraint::Check { .. }
                    | ColumnConstraint::References { .. }
                    | ColumnConstraint::Unique { .. }
            )
    });
    unnamed.then(|| context.place(column.span)).flatten().map(|place| draft(place, table))
}
