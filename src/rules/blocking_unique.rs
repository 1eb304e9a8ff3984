//! `blocking-unique`: everyone waits while the index of a unique constraint is built.

use crate::effects::WorkKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, ConstraintKind, Deferral, Dialect, Ident,
    TableChange,
};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, column_list, column_sql,
    deferral_sql, in_steps, key_columns, locks_label, quoted, relation_sql, waiters,
};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ADD UNIQUE builds its index while everyone waits",
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
            let Some(key) = NewKey::of(change) else { continue };
            if context.caused_by(action, WorkKind::IndexBuild).is_empty() {
                continue;
            }
            judge(context, action, &context.resolve(&table.name), &key, sink);
        }
    }
}

fn judge(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    key: &NewKey<'_>,
    sink: &mut Sink<'_>,
) {
    let Some(lock) = context.effects().lock_on(table) else { return };
    let Some(place) = context.place(action.span) else { return };
    let message = format!(
        "{} `{table}` wait until the index of the unique key is built",
        waiters(lock.mode)
    );
    sink.add(
        Draft::at(place, Hazard::LongBlock, message)
            .label(locks_label(context.strong_locks()))
            .why(context.since(table))
            .help(key.help(context, table))
            .relation(table),
    );
}

/// A unique key whose index is yet to be built.
struct NewKey<'a> {
    name: Option<&'a Ident>,
    columns: Vec<Ident>,
    include: &'a [Ident],
    nulls_not_distinct: bool,
    deferral: Deferral,
    /// The column that brings it along.
    column: Option<&'a ColumnDef>,
}

impl<'a> NewKey<'a> {
    fn of(change: &'a TableChange) -> Option<Self> {
        match change {
            TableChange::AddConstraint(constraint) => {
                let ConstraintKind::Unique { columns, include, nulls_not_distinct, .. } =
                    &constraint.kind
                else {
                    return None;
                };
                Some(Self {
                    name: constraint.name.as_ref(),
                    columns: key_columns(columns),
                    include,
                    nulls_not_distinct: *nulls_not_distinct,
                    deferral: constraint.deferral,
                    column: None,
                })
            }
            TableChange::AddColumn { column, .. } => Self::of_column(column),
            _ => None,
        }
    }

    fn of_column(column: &'a ColumnDef) -> Option<Self> {
        column.constraints.iter().find_map(|constraint| match constraint {
            ColumnConstraint::Unique { name, deferral, nulls_not_distinct } => Some(Self {
                name: name.as_ref(),
                columns: vec![column.name.clone()],
                include: &[],
                nulls_not_distinct: *nulls_not_distinct,
                deferral: *deferral,
                column: Some(column),
            }),
            _ => None,
        })
    }

    fn help(&self, context: &StatementContext<'_>, table: &RelationName) -> String {
        let known = context.before().table(table).any();
        if known.is_some_and(|table| table.partitioning.is_some()) {
            return format!(
                "make a unique index ON ONLY {0}, build one on each partition with CREATE UNIQUE INDEX CONCURRENTLY, and attach them; a partitioned table takes no constraint USING INDEX",
                relation_sql(table)
            );
        }
        let is_it = |body: &ConstraintBody| {
            matches!(body, ConstraintBody::Unique { columns, .. } if *columns == self.columns)
        };
        let words: Vec<&str> = self.columns.iter().map(Ident::as_str).collect();
        let otherwise = format!("{}_key", words.join("_"));
        let name = quoted(&context.constraint_name(table, self.name, is_it, &otherwise));
        let table = relation_sql(table);
        let mut steps = Vec::new();
        if let Some(column) = self.column {
            let bare = column_sql(column, |kept| !matches!(kept, ColumnConstraint::Unique { .. }));
            steps.push(Step::new([format!("ALTER TABLE {table} ADD COLUMN {bare}")]));
        }
        steps.push(Step::outside_transaction(self.index(&name, &table)));
        steps.push(Step::new([format!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{}",
            deferral_sql(self.deferral)
        )]));
        in_steps(context, &steps)
    }

    fn index(&self, name: &str, table: &str) -> String {
        let include = match self.include {
            [] => String::new(),
            columns => format!(" INCLUDE ({})", column_list(columns)),
        };
        let nulls = if self.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
        let columns = column_list(&self.columns);
        format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns}){include}{nulls}")
    }
}
