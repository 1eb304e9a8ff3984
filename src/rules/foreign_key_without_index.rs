//! `foreign-key-without-index`: a foreign key has no index on its own columns.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Direction, Ident, IndexedColumn, Predicate, ReferentialAction,
};
use crate::rule::{
    Draft, FixKind, FollowUp, MigrationContext, NOT_MYSQL, Remedy, Rule, RuleMeta, Sink,
    StatementContext, Step, UP, WayBack, column_list, in_steps, quoted, relation_sql,
};
use crate::schema::{Constraint, ConstraintBody, Index, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "deleting a referenced row reads the whole referencing table",
    severity: Some(Severity::Note),
    category: Category::Availability,
    dialects: NOT_MYSQL,
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};


/// Options of the rule.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// Whether keys without ON DELETE CASCADE, SET NULL or SET DEFAULT count too.
    every_key: bool,
}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for statement in context.statements(Direction::Up) {
            for (table, key) in new_keys(context, &statement) {
                self.judge(context, &statement, &table, key, sink);
            }
        }
    }
}

impl Check {
    fn judge(
        &self,
        migration: &MigrationContext<'_>,
        statement: &StatementContext<'_>,
        table: &RelationName,
        key: &Constraint,
        sink: &mut Sink<'_>,
    ) {
        let ConstraintBody::ForeignKey { columns, table: parent, on_delete, .. } = &key.body else {
            return;
        };
        if !(self.every_key || deletes(*on_delete))
            || statement.project.is_small(table)
            || is_served(migration, table, columns)
        {
            return;
        }
        let Some(place) = statement.place(statement.statement().span) else { return };
        let message = format!("deleting one row of `{parent}` reads all of `{table}`");
        let draft = Draft::at(place, Hazard::Other, message)
            .label(format!("no index of {table} begins with {}", column_list(columns)))
            .help(help(statement, table, columns))
            .relation(table);
        let draft = match index(statement, table, columns) {
            Some(remedy) => draft.fix(Applicability::Unsafe, "make an index for it", remedy),
            None => draft,
        };
        sink.add_at(statement, draft);
    }
}

/// Foreign keys that the statement makes and the migration keeps.
fn new_keys<'a>(
    migration: &MigrationContext<'a>,
    statement: &StatementContext<'a>,
) -> Vec<(RelationName, &'a Constraint)> {
    let born = statement.before().clock();
    let tables = statement.actions().iter().filter_map(|action| match &action.kind {
        ActionKind::CreateTable(table) => Some(&table.name),
        ActionKind::AlterTable { table, .. } => Some(&table.name),
        _ => None,
    });
    let mut found = Vec::new();
    for table in tables {
        let name = statement.entry.after.resolve(table);
        let Some(known) = migration.after.table(&name).known() else { continue };
        for key in known.constraints.iter().filter(|key| key.certain && key.born == born) {
            if key.references().is_some() && !found.iter().any(|(_, one): &(_, &Constraint)| one.name == key.name) {
                found.push((name.clone(), key));
            }
        }
    }
    found
}

/// Whether the key says what happens to its rows when referenced ones are deleted, so that they
/// are meant to be.
fn deletes(action: ReferentialAction) -> bool {
    match action {
        ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault => true,
        ReferentialAction::NoAction | ReferentialAction::Restrict => false,
    }
}

/// Whether an index finds the referencing rows, or a later migration makes one that does.
fn is_served(context: &MigrationContext<'_>, table: &RelationName, columns: &[Ident]) -> bool {
    let now = context.after.indexes_of(table).any(|(_, index)| {
        leads(&index.columns, columns) && is_usable(index, columns)
    });
    now || context.later_actions_about(&table.name).any(|action| is_made(action, table, columns))
}

fn is_made(action: &Action, table: &RelationName, columns: &[Ident]) -> bool {
    let ActionKind::CreateIndex(index) = &action.kind else { return false };
    index.table.name == table.name && leads(&index.columns, columns)
}

/// Whether the first keys of an index are these columns, in any order.
fn leads(keys: &[IndexedColumn], columns: &[Ident]) -> bool {
    let first: Vec<&Ident> =
        keys.iter().take(columns.len()).filter_map(|key| key.column.as_ref()).collect();
    columns.iter().all(|column| first.contains(&column))
}

/// A partial index finds all rows that reference something if it leaves out NULLs alone.
fn is_usable(index: &Index, columns: &[Ident]) -> bool {
    let is_null_test = |part: &Predicate| {
        matches!(part, Predicate::IsNotNull(column) if columns.contains(column))
    };
    let parts = index.predicate.as_ref().map(|predicate| predicate.conjuncts());
    parts.is_none_or(|parts| !parts.is_empty() && parts.iter().all(is_null_test))
}

/// Whether the index is made with the table, and nobody waits for it.
fn comes_with_table(context: &StatementContext<'_>, table: &RelationName) -> bool {
    context.target().dialect != Dialect::Postgres
        || context.transaction.is_new(&context.entry.after, table)
}

fn index_name(table: &RelationName, columns: &[Ident]) -> RelationName {
    let words: Vec<&str> = columns.iter().map(Ident::as_str).collect();
    table.sibling(Ident::new(format!("{}_{}_idx", table.name, words.join("_"))))
}

fn help(context: &StatementContext<'_>, table: &RelationName, columns: &[Ident]) -> String {
    let name = quoted(&index_name(table, columns).name);
    let (sql, list) = (relation_sql(table), column_list(columns));
    if comes_with_table(context, table) {
        return format!("make an index for it in this migration:\n  CREATE INDEX {name} ON {sql} ({list});");
    }
    let build = format!("CREATE INDEX CONCURRENTLY {name} ON {sql} ({list})");
    in_steps(context, &[Step::outside_transaction(build)])
}

/// The index: right behind a new table's statement, else in a migration that follows.
fn index(
    context: &StatementContext<'_>,
    table: &RelationName,
    columns: &[Ident],
) -> Option<Remedy> {
    let index = index_name(table, columns);
    if context.entry.after.relation(&index).any().is_some() {
        return None;
    }
    let name = quoted(&index.name);
    let (sql, list) = (relation_sql(table), column_list(columns));
    if context.transaction.is_new(&context.entry.after, table) {
        let line = format!("CREATE INDEX {name} ON {sql} ({list})");
        return context.insert_line_behind(&line).map(Remedy::from);
    }
    if context.target().dialect != Dialect::Postgres {
        return None;
    }
    let build = format!("CREATE INDEX CONCURRENTLY {name} ON {sql} ({list})");
    let drop = format!("DROP INDEX CONCURRENTLY {}", relation_sql(&index));
    let creates = context.follow_up(&FollowUp {
        description: &index.name.to_string(),
        about: &[&index, table],
        comments: "",
        up: &Step::outside_transaction(build),
        down: WayBack::Steps(&Step::outside_transaction(drop)),
    })?;
    Some(Remedy { edits: Vec::new(), creates })
}
