//! `blocking-primary-key`: everyone waits while a primary key is built or proved.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, ConstraintKind, Dialect, Ident, TableChange,
};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, column_list, column_sql,
    in_steps, key_columns, locks_label, not_null_steps, quoted, relation_sql, waiters,
};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ADD PRIMARY KEY builds or checks while everyone waits",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
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
            let table = context.resolve(&table.name);
            let Some(key) = NewKey::of(context, &table, change) else { continue };
            let builds = !context.caused_by(action, WorkKind::IndexBuild).is_empty();
            if builds || !context.caused_by(action, WorkKind::Scan).is_empty() {
                let until = if builds {
                    "the index of the primary key is built"
                } else {
                    "every row is checked for NULL in the primary key"
                };
                judge(context, action, &table, &key, until, sink);
            }
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    key: &NewKey<'_>,
    until: &str,
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message = format!("{} `{table}` wait until {until}", waiters(lock.mode));
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(context.since(table))
            .help(in_steps(context, &key.steps(context, table)))
            .relation(table),
    );
}

/// A primary key for a table that has rows.
struct NewKey<'a> {
    name: Option<&'a Ident>,
    columns: Vec<Ident>,
    /// The index that becomes the key's.
    using_index: Option<&'a Ident>,
    /// The column that brings it along.
    column: Option<&'a ColumnDef>,
}

impl<'a> NewKey<'a> {
    fn of(
        context: &StatementContext<'_>,
        table: &RelationName,
        change: &'a TableChange,
    ) -> Option<Self> {
        match change {
            TableChange::AddConstraint(constraint) => {
                let (columns, using_index) = match &constraint.kind {
                    ConstraintKind::PrimaryKey { columns, .. } => (key_columns(columns), None),
                    ConstraintKind::PrimaryKeyUsingIndex(index) => {
                        let known = context.before().index(&table.sibling(index.clone())).any();
                        let columns = known.map(|known| key_columns(&known.columns));
                        (columns.unwrap_or_default(), Some(index))
                    }
                    _ => return None,
                };
                Some(Self { name: constraint.name.as_ref(), columns, using_index, column: None })
            }
            TableChange::AddColumn { column, .. } => {
                column.constraints.iter().find_map(|constraint| match constraint {
                    ColumnConstraint::PrimaryKey { name, .. } => Some(Self {
                        name: name.as_ref(),
                        columns: vec![column.name.clone()],
                        using_index: None,
                        column: Some(column),
                    }),
                    _ => None,
                })
            }
            _ => None,
        }
    }

    fn steps(&self, context: &StatementContext<'_>, table: &RelationName) -> Vec<Step> {
        let is_it = |body: &ConstraintBody| matches!(body, ConstraintBody::PrimaryKey { .. });
        let name = context.constraint_name(table, self.name, is_it, "pkey");
        let index = quoted(self.using_index.unwrap_or(&name));
        let target = relation_sql(table);
        let mut steps = Vec::new();
        if let Some(column) = self.column {
            let bare = column_sql(column, |kept| {
                !matches!(kept, ColumnConstraint::PrimaryKey { .. } | ColumnConstraint::NotNull { .. })
            });
            steps.push(Step::new([format!("ALTER TABLE {target} ADD COLUMN {bare}")]));
        }
        for column in self.columns.iter().filter(|column| may_be_null(context, table, column)) {
            steps.extend(not_null_steps(table, column).map(Step::new));
        }
        if self.using_index.is_none() {
            steps.push(Step::outside_transaction(format!(
                "CREATE UNIQUE INDEX CONCURRENTLY {index} ON {target} ({})",
                column_list(&self.columns)
            )));
        }
        steps.push(Step::new([format!(
            "ALTER TABLE {target} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {index}",
            quoted(&name)
        )]));
        steps
    }
}

fn may_be_null(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let known = context.before().table(table).any().and_then(|table| table.column(column));
    known.is_none_or(|column| !column.not_null)
}
