//! `int-primary-key`: a primary key counts in 32 bits.

use crate::finding::{Applicability, Category, Hazard};
use crate::migration::{ActionKind, Dialect, Direction};
use crate::rule::{Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, UP};
use crate::schema::{ConstraintBody, Table};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a primary key counts in 32 bits or fewer",
    severity: None,
    category: Category::Convention,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                let ActionKind::CreateTable(table) = &action.kind else { continue };
                let name = statement.entry.after.resolve(&table.name);
                let Some(known) = context.after.table(&name).known() else { continue };
                let (Some(column), Some(place)) = (narrow_key(known), statement.place(action.span)) else {
                    continue;
                };
                let draft = Draft::at(place, Hazard::Other, format!("`{name}` is full after 2147483647 rows at most, deleted ones counted"))
                        .label(format!("{column} counts in 32 bits or fewer"))
                        .help(format!("declare {column} as bigint, while the table is small"))
                        .relation(&name);
                let edit = table.columns.iter().find(|written| written.name.as_str() == column).and_then(|written| {
                    let counts = written.data_type.as_ref()?.serial_base().is_some();
                    statement.retype(written, if counts { "bigserial" } else { "bigint" })
                });
                let draft = match edit {
                    Some(edit) => draft.fix(Applicability::Unsafe, "count in 64 bits", edit),
                    None => draft,
                };
                sink.add_at(&statement, draft);
            }
        }
    }
}

/// The only column of the primary key, where it counts and is narrower than bigint.
fn narrow_key(table: &Table) -> Option<String> {
    let ConstraintBody::PrimaryKey { columns, .. } = &table.primary_key()?.body else { return None };
    let [only] = columns.as_slice() else { return None };
    let column = table.column(only)?;
    let counts = column.sequence.is_some() || column.identity.is_some();
    let data_type = column.data_type.as_ref()?;
    (counts && (data_type.is("integer") || data_type.is("smallint"))).then(|| only.to_string())
}
