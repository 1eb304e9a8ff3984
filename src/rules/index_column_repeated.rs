//! `index-column-repeated`: an index names a column twice.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, CreateIndex, Dialect, Ident};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index names a column twice",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
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
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::CreateIndex(index) = &action.kind else { continue };
            let Some(column) = repeated(index) else { continue };
            let Some(place) = context.place(action.span) else { continue };
            let table = context.resolve(&index.table);
            let message = format!("the index of `{table}` stores {column} twice, which no query needs");
            sink.add(
                Draft::at(place, Hazard::Other, message)
                    .label(format!("{column} stands in it twice"))
                    .help(format!("take the second {column} out, or write the column that was meant"))
                    .relation(&table),
            );
        }
    }
}

/// A plain column that comes twice with the same operator class and collation.
fn repeated(index: &CreateIndex) -> Option<&Ident> {
    let mut rest = index.columns.as_slice();
    while let Some((one, others)) = rest.split_first() {
        let again = others.iter().any(|other| {
            one.column.is_some()
                && other.column == one.column
                && other.opclass == one.opclass
                && other.collation == one.collation
        });
        let included = one.column.as_ref().is_some_and(|column| index.include.contains(column));
        if again || included {
            return one.column.as_ref();
        }
        rest = others;
    }
    None
}
