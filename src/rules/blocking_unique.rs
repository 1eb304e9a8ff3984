//! `blocking-unique`: everyone waits while the index of a unique constraint is built.

use crate::effects::WorkKind;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, ConstraintKind, Deferral, Dialect, Ident,
    TableChange,
};
use crate::rule::{
    BOTH, BUILD_FIRST, Back, Draft, FixKind, Forward, KEY_NEEDED_BY, Rule, RuleMeta, Sink, Stage, Stages,
    StatementContext, column_list, column_sql, deferral_sql, in_steps, key_columns, locks_label,
    quoted, relation_sql, waiters,
};
use crate::schema::{ConstraintBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ADD UNIQUE builds its index while everyone waits",
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
    let draft = Draft::at(place, Hazard::LongBlock, message)
        .label(locks_label(context.strong_locks()))
        .why(context.since(table))
        .relation(table);
    let known = context.before().table(table).any();
    if known.is_some_and(|table| table.partitioning.is_some()) {
        sink.add(draft.help(format!(
            "make a unique index ON ONLY {0}, build one on each partition with CREATE UNIQUE INDEX CONCURRENTLY, and attach them; a partitioned table takes no constraint USING INDEX",
            relation_sql(table)
        )));
        return;
    }
    let name = key.name(context, table);
    let stages = key.stages(table, &name);
    let draft = draft.help(in_steps(context, &stages.steps()));
    sink.add(match context.in_stages(action, &stages) {
        Some(remedy) => draft.fix(Applicability::Unsafe, BUILD_FIRST, remedy),
        None => draft,
    });
}

/// A unique key whose index is yet to be built.
struct NewKey<'a> {
    name: Option<&'a Ident>,
    columns: Vec<Ident>,
    include: &'a [Ident],
    nulls_not_distinct: bool,
    deferral: Deferral,
    /// The column that brings it along, and its `IF NOT EXISTS`.
    column: Option<(&'a ColumnDef, &'static str)>,
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
            TableChange::AddColumn { column, if_not_exists, .. } => {
                Self::of_column(column, if *if_not_exists { "IF NOT EXISTS " } else { "" })
            }
            _ => None,
        }
    }

    fn of_column(column: &'a ColumnDef, if_not_exists: &'static str) -> Option<Self> {
        column.constraints.iter().find_map(|constraint| match constraint {
            ColumnConstraint::Unique { name, deferral, nulls_not_distinct } => Some(Self {
                name: name.as_ref(),
                columns: vec![column.name.clone()],
                include: &[],
                nulls_not_distinct: *nulls_not_distinct,
                deferral: *deferral,
                column: Some((column, if_not_exists)),
            }),
            _ => None,
        })
    }

    fn name(&self, context: &StatementContext<'_>, table: &RelationName) -> Ident {
        let is_it = |body: &ConstraintBody| {
            matches!(body, ConstraintBody::Unique { columns, .. } if *columns == self.columns)
        };
        let words: Vec<&str> = self.columns.iter().map(Ident::as_str).collect();
        let otherwise = format!("{}_key", words.join("_"));
        context.constraint_name(table, self.name, is_it, &otherwise)
    }

    fn stages<'s>(&self, table: &'s RelationName, constraint: &'s Ident) -> Stages<'s> {
        let name = quoted(constraint);
        let mut list = Vec::new();
        if let Some((column, if_not_exists)) = self.column {
            let bare = column_sql(column, |kept| !matches!(kept, ColumnConstraint::Unique { .. }));
            list.push(Stage::column(table, &column.name, &format!("{if_not_exists}{bare}")));
        }
        list.push(Stage::key_index(table, constraint, constraint, &self.index_columns()));
        let deferral = deferral_sql(self.deferral);
        let add = format!("ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{deferral}");
        list.push(Stage {
            description: format!("{constraint}_unique"),
            up: Forward::Alter(vec![add]),
            down: Back::Same,
        });
        Stages { table, constraint, needed_by: KEY_NEEDED_BY, list }
    }

    /// What stands behind the table where the index is made.
    fn index_columns(&self) -> String {
        let include = match self.include {
            [] => String::new(),
            columns => format!(" INCLUDE ({})", column_list(columns)),
        };
        let nulls = if self.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
        format!("({}){include}{nulls}", column_list(&self.columns))
    }
}
