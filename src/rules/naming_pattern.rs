//! `naming-pattern`: a name does not follow the pattern of the project.

use crate::finding::{Category, Hazard};
use crate::migration::{Dialect, ObjectKind};
use crate::rule::{Draft, FixKind, Pattern, Rule, RuleMeta, Sink, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a name does not follow the pattern of the project",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};


/// Options of the rule: a regular expression for each kind that is to be checked.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// For tables.
    table: Pattern,
    /// For indexes.
    index: Pattern,
    /// For columns.
    column: Pattern,
}

impl Default for Check {
    fn default() -> Self {
        let snake = || Pattern::try_from("^[a-z][a-z0-9_]*$".to_owned()).unwrap_or_default();
        Self { table: snake(), index: Pattern::default(), column: snake() }
    }
}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for made in &context.effects().created {
            let (pattern, name) = match made.kind {
                ObjectKind::Table => (&self.table, &made.name.name),
                ObjectKind::Index if is_named(context, made.name.name.as_str()) => {
                    (&self.index, &made.name.name)
                }
                _ => continue,
            };
            judge(context, pattern, made.kind, name.as_str(), sink);
        }
        for action in context.actions() {
            for column in columns(&action.kind) {
                judge(context, &self.column, ObjectKind::Column, column.as_str(), sink);
            }
        }
    }
}

/// Names that the server makes are not the author's.
fn is_named(context: &StatementContext<'_>, name: &str) -> bool {
    context.statement().sql.to_ascii_lowercase().contains(&name.to_ascii_lowercase())
}

fn columns(kind: &crate::migration::ActionKind) -> Vec<&crate::migration::Ident> {
    use crate::migration::{ActionKind, TableChange};
    match kind {
        ActionKind::CreateTable(table) => table.columns.iter().map(|column| &column.name).collect(),
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::AddColumn { column, .. } => vec![&column.name],
            TableChange::RenameColumn { new_name, .. } => vec![new_name],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn judge(
    context: &StatementContext<'_>,
    pattern: &Pattern,
    kind: ObjectKind,
    name: &str,
    sink: &mut Sink<'_>,
) {
    let Some(regex) = pattern.refuses(name) else { return };
    let Some(place) = context.place(context.statement().span) else { return };
    let message = format!("{} `{name}` is not named as the others are", kind.as_str());
    sink.add(
        Draft::at(place, Hazard::Other, message)
            .label(format!("the pattern is {regex}"))
            .help("name it by the pattern, or change the pattern in lockgate.toml"),
    );
}
