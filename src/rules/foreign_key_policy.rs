//! `foreign-key-policy`: a foreign key is there, or is missing, against what the project wants.

use crate::finding::{Category, Hazard};
use crate::migration::{ActionKind, Dialect, Direction, Ident, ReferentialAction};
use crate::rule::{
    Draft, FixKind, MigrationContext, Pattern, Rule, RuleMeta, Sink, StatementContext, UP,
};
use crate::schema::{Constraint, ConstraintBody, RelationName, Table};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a foreign key is there, or is missing, against what the project wants",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// Foreign keys that are not wanted.
    forbid: Vec<Unwanted>,
    /// Columns with names like this have one.
    required: Option<Pattern>,
}

/// A kind of foreign keys.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unwanted {
    /// All.
    Any,
    /// Over a column that may be NULL.
    Nullable,
    /// `ON DELETE CASCADE`.
    Cascade,
}

impl Default for Check {
    fn default() -> Self {
        Self { forbid: vec![Unwanted::Cascade], required: None }
    }
}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            for action in statement.actions() {
                let name = match &action.kind {
                    ActionKind::CreateTable(table) => &table.name,
                    ActionKind::AlterTable { table, .. } => &table.name,
                    _ => continue,
                };
                let name = statement.entry.after.resolve(name);
                let (Some(made), Some(last)) =
                    (statement.entry.after.table(&name).known(), context.after.table(&name).known())
                else {
                    continue;
                };
                self.judge(&statement, (&name, made, last), sink);
            }
        }
    }
}

impl Check {
    fn judge(
        &self,
        statement: &StatementContext<'_>,
        (name, made, last): (&RelationName, &Table, &Table),
        sink: &mut Sink<'_>,
    ) {
        let born = statement.before().clock();
        let keys = made.constraints.iter().filter(|key| key.certain && key.born == born);
        let unwanted = keys.filter_map(|key| self.unwanted(key, made));
        let columns = made.columns.iter().filter(|column| column.certain && column.born == born);
        let missing = columns
            .map(|column| &column.name)
            .filter(|column| self.demands(column) && !has_key(last, column))
            .map(|column| format!("`{column}` of `{name}` references nothing"));
        let Some(place) = statement.place(statement.statement().span) else { return };
        for message in unwanted.chain(missing) {
            let draft = Draft::at(place.clone(), Hazard::Other, message)
                .label("lockgate.toml says so under foreign-key-policy")
                .help("write it as the project wants it, or allow it here with a reason")
                .relation(name);
            sink.add_at(statement, draft);
        }
    }

    fn unwanted(&self, key: &Constraint, table: &Table) -> Option<String> {
        let ConstraintBody::ForeignKey { columns, on_delete, .. } = &key.body else { return None };
        let name = &key.name;
        let nullable = columns.iter().any(|name| {
            table.column(name).is_some_and(|column| !column.not_null)
        });
        let cascades = *on_delete == ReferentialAction::Cascade;
        self.forbid.iter().find_map(|what| match what {
            Unwanted::Any => Some(format!("`{name}` is a foreign key")),
            Unwanted::Nullable if nullable => Some(format!("`{name}` is over a column that may be NULL")),
            Unwanted::Cascade if cascades => {
                Some(format!("`{name}` deletes rows with those that they reference"))
            }
            Unwanted::Nullable | Unwanted::Cascade => None,
        })
    }

    /// Whether the project wants a foreign key over a column of this name.
    fn demands(&self, column: &Ident) -> bool {
        self.required.as_ref().is_some_and(|pattern| pattern.refuses(column.as_str()).is_none())
    }
}

fn has_key(table: &Table, column: &Ident) -> bool {
    let is_key = |body: &ConstraintBody| {
        matches!(body, ConstraintBody::ForeignKey { columns, .. } if columns.contains(column))
    };
    table.constraints.iter().any(|key| is_key(&key.body))
}
