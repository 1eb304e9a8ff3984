//! `drop-composite-attribute`: an attribute of a composite type goes, with its values in every column of the type.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind, ObjectName};
use crate::rule::{BOTH, Draft, FixKind, Rule, RuleMeta, StatementContext};
use crate::schema::{Relation, Schema};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an attribute of a composite type goes, with its values in every column of the type",
    severity: Some(Severity::Error),
    category: Category::DataLoss,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::AlterObject(altered) = &action.kind else { return None };
        let name = altered.name.as_ref().filter(|_| altered.kind == ObjectKind::Type)?;
        let is_new = context
            .before()
            .type_def(name)
            .is_some_and(|known| known.certain && known.born >= context.transaction.batch_start);
        if is_new {
            return None;
        }
        let is_stored = is_stored(context.before(), name);
        let place = context.place(action.span)?;
        let text = place.text().to_ascii_lowercase();
        let does = |words: &str| text.contains(words);
        let (hazard, message, label) = if does("drop attribute") && !is_stored {
            (
                Hazard::Other,
                format!("functions and releases that read the attribute of type `{name}` fail"),
                "no column has the type, so that no data is lost",
            )
        } else if does("drop attribute") {
            (
                Hazard::DataLoss,
                format!("values of the attribute are gone in every column of type `{name}`"),
                "functions and releases that name it fail",
            )
        } else if does("alter attribute") && is_stored {
            (
                Hazard::Fails,
                format!("the migration fails while a table has a column of type `{name}`"),
                "the server changes an attribute's type only where no rows hold it",
            )
        } else {
            return None;
        };
        let severity = if is_stored { Severity::Error } else { Severity::Warning };
        Some(
            Draft::at(place, hazard, message)
                .severity(severity)
                .label(label)
                .help("make a type of another name, add columns of it, copy the values in batches, and drop the old columns in a later release"),
        )
    }
}

/// Whether a column may have the type: one has, or the history does not show all of them.
fn is_stored(schema: &Schema, name: &ObjectName) -> bool {
    let tables = schema.relations().filter_map(Relation::as_table);
    let mut types = tables.flat_map(|table| &table.columns).filter_map(|it| it.data_type.as_ref());
    !schema.is_complete() || types.any(|data_type| data_type.name.name == name.name)
}
