//! `sqlite-copy-mismatch`: rows are copied by position into columns that stand in another order.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, Insert};
use crate::rule::{
    BOTH, Copied, Draft, FixKind, Rule, RuleMeta, StatementContext, TableCopy, column_list,
};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "values are copied into the wrong columns",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: &[Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Insert(insert) = &action.kind else { return None };
        let copy = context.copied(insert)?;
        let place = context.place(action.span)?;
        let (to, from) = (&copy.to, &copy.from);
        if copy.targets.len() != copy.values.len() {
            let (columns, values) = (copy.targets.len(), copy.values.len());
            let message = format!(
                "the migration fails here: `{to}` takes {columns} columns, and the query gives {values}"
            );
            let draft = Draft::at(place.clone(), Hazard::Fails, message)
                .label("without names, columns are matched by their position")
                .help(format!("name the columns on both sides: INSERT INTO {to} (…) SELECT … FROM {from}"))
                .relation(to);
            return Some(with_fix(draft, insert, &copy, &place));
        }
        let (column, value) = swapped(&copy)?;
        let message = format!("`{to}.{column}` gets the values of `{from}.{value}`");
        let draft = Draft::at(place.clone(), Hazard::DataLoss, message)
            .label("columns are matched by their position, whatever they are called")
            .why(format!("`{to}` has a column `{value}` too, in another place, and SQLite stores values of any type"))
            .help(format!("name the columns on both sides: INSERT INTO {to} (…) SELECT … FROM {from}"))
            .relation(to);
        Some(with_fix(draft, insert, &copy, &place))
    }
}

/// The first column that gets the values of another one, which itself gets yet others: one that is
/// filled from another column on purpose leaves that one alone, or computes it.
fn swapped<'a>(copy: &TableCopy<'a>) -> Option<(&'a Ident, &'a Ident)> {
    let pairs = || copy.targets.iter().copied().zip(&copy.values);
    pairs().find_map(|(target, value)| {
        let Copied::Column(value) = *value else { return None };
        let gets_another = pairs().any(|(other, own)| {
            other == value && matches!(own, Copied::Column(own) if *own != value)
        });
        (value != target && gets_another).then_some((target, value))
    })
}

/// Names the columns before the query, where it gives every column of the old table and the new one
/// has them all.
fn with_fix(draft: Draft, insert: &Insert, copy: &TableCopy<'_>, place: &Place) -> Draft {
    let columns: Option<Vec<_>> = copy
        .values
        .iter()
        .map(|value| match value {
            Copied::Column(column) if copy.targets.contains(column) => Some(*column),
            _ => None,
        })
        .collect();
    let text = place.text();
    let at = text.to_ascii_lowercase().find("select");
    let (Some(columns), Some(at), true) = (columns, at, insert.columns.is_empty()) else {
        return draft;
    };
    let start = place.span.start + at;
    let edit = Edit {
        place: Place { file: place.file.clone(), span: Span::new(start, start) },
        text: format!("({}) ", column_list(columns)),
    };
    draft.fix(Applicability::Safe, "name the columns that the query gives", vec![edit])
}
