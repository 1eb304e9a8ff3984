//! `blocking-primary-key`: everyone waits while a primary key is built or proved.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, ConstraintKind, Dialect, Ident, TableChange,
};
use crate::rule::{
    BOTH, BUILD_FIRST, Back, Draft, FixKind, Forward, KEY_NEEDED_BY, Rule, RuleMeta, Sink, Stage, Stages,
    StatementContext, column_list, column_sql, in_steps, key_columns, locks_label,
    not_null_stages, quoted, waiters,
};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ADD PRIMARY KEY builds or checks while everyone waits",
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
    let name = key.name(context, table);
    let stages = key.stages(context, table, &name);
    let draft = Draft::at(place, Hazard::LongBlock, message)
        .label(locks_label(context.strong_locks()))
        .why(context.since(table))
        .help(in_steps(context, &stages.steps()))
        .relation(table);
    let can = key.can_be_staged(context, table);
    sink.add(match can.then(|| context.in_stages(action, &stages)).flatten() {
        Some(remedy) => draft.fix(Applicability::Unsafe, BUILD_FIRST, remedy),
        None => draft,
    });
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

    fn name(&self, context: &StatementContext<'_>, table: &RelationName) -> Ident {
        let is_it = |body: &ConstraintBody| matches!(body, ConstraintBody::PrimaryKey { .. });
        context.constraint_name(table, self.name, is_it, "pkey")
    }

    fn stages<'s>(
        &self,
        context: &StatementContext<'_>,
        table: &'s RelationName,
        constraint: &'s Ident,
    ) -> Stages<'s> {
        let index = self.using_index.unwrap_or(constraint);
        let mut list: Vec<Stage> = self.column.map(|column| bare(table, column)).into_iter().collect();
        let nullable = self.columns.iter().filter(|column| may_be_null(context, table, column));
        list.extend(not_null_stages(table, &nullable.collect::<Vec<_>>()));
        if self.using_index.is_none() {
            let columns = format!("({})", column_list(&self.columns));
            list.push(Stage::key_index(table, constraint, index, &columns));
        }
        let (name, index) = (quoted(constraint), quoted(index));
        let add = format!("ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {index}");
        list.push(Stage {
            description: format!("{constraint}_primary_key"),
            up: Forward::Alter(vec![add]),
            down: Back::Same,
        });
        Stages { table, constraint, needed_by: KEY_NEEDED_BY, list }
    }

    /// Whether all that the stages need is in the statement: a column that comes with the key has
    /// to be filled first; before 12 no proof spares the scan for NULL.
    fn can_be_staged(&self, context: &StatementContext<'_>, table: &RelationName) -> bool {
        let known = context.before().table(table).any();
        let proved = self.columns.iter().all(|column| !may_be_null(context, table, column));
        self.column.is_none()
            && !self.columns.is_empty()
            && known.is_none_or(|table| table.partitioning.is_none())
            && (proved || context.target().at_least(12))
    }
}

/// The column without the key.
fn bare(table: &RelationName, column: &ColumnDef) -> Stage {
    let bare = column_sql(column, |kept| {
        !matches!(kept, ColumnConstraint::PrimaryKey { .. } | ColumnConstraint::NotNull { .. })
    });
    Stage::column(table, &column.name, &bare)
}

fn may_be_null(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let known = context.before().table(table).any().and_then(|table| table.column(column));
    known.is_none_or(|column| !column.not_null)
}
