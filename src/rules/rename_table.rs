//! `rename-table`: running releases that name the old table fail at once.

use crate::deployed::BreakKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Ident, MysqlChange, RelationKind, TableChange};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP};
use crate::schema::{Fact, RelationName, Table};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a table is renamed under releases that use the old name",
    severity: Some(Severity::Error),
    category: Category::Compatibility,
    dialects: &Dialect::ALL,
    directions: UP,
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
            let ActionKind::AlterTable { table: target, change } = &action.kind else { continue };
            let table = context.resolve(&target.name);
            let new = match change.as_ref() {
                TableChange::Rename { new_name } => table.sibling(new_name.clone()),
                TableChange::Mysql(MysqlChange::RenameTo(new_name)) => context.resolve(new_name),
                _ => continue,
            };
            let new_name = &new.name;
            if !is_table(context, &table, target.kind) || is_harmless(context, &table) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let proof = context.proof_of(&table, BreakKind::TableRenamed(new_name.clone()));
            let draft = Draft::at(
                    place,
                    Hazard::Breaking,
                    format!("queries of running releases that name `{table}` fail"),
                )
                .label(format!("{table} is called {new_name} from here on, for every release"))
                .help(help(context, &table, new_name))
                .relation(&table);
            let draft = match takes_over(context, &table, &new) {
                true => draft
                    .severity(Severity::Note)
                    .why(format!("it was made to stand in for {new_name}: a release that already reads or writes it by its own name fails")),
                false => draft,
            };
            let unused = format!("`{table}` is called `{new_name}` from here on");
            draft.proven(&proof, unused).into_iter().for_each(|draft| sink.add(draft));
        }
    }
}

fn help(context: &StatementContext<'_>, table: &RelationName, new_name: &Ident) -> String {
    let last = context.transaction.entries.last();
    if last.is_some_and(|last| last.after.relation(table).any().is_some()) {
        return format!(
            "let no other table take the name {table} in the same release: a view cannot keep it then"
        );
    }
    format!(
        "keep the old name as a view {} until no release uses it:\n  CREATE VIEW {table} AS SELECT * FROM {new_name};",
        when(context)
    )
}

/// Where each change commits by itself, the view can only come right behind it.
fn when(context: &StatementContext<'_>) -> &'static str {
    match context.target().dialect.is_mysql() {
        true => "in the next statement",
        false => "in the same transaction",
    }
}

/// `ALTER TABLE` also renames indexes, sequences and views: the schema knows what it is.
fn is_table(context: &StatementContext<'_>, name: &RelationName, written: RelationKind) -> bool {
    match context.before().relation(name) {
        Fact::Known(relation) | Fact::Uncertain(relation) => relation.as_table().is_some(),
        Fact::Absent => written == RelationKind::Table,
    }
}

/// New, or something stands under the old name again when the transaction commits.
fn is_harmless(context: &StatementContext<'_>, table: &RelationName) -> bool {
    context.is_new(table) || is_replaced(context, table) || context.is_made_again(table)
}

fn is_replaced(context: &StatementContext<'_>, table: &RelationName) -> bool {
    let in_block = context.at_end_of_block().relation(table).any();
    let Some(now) = in_block.or_else(|| context.at_commit().relation(table).known()) else {
        return false;
    };
    match (context.before().table(table).any(), now.as_table()) {
        (Some(before), Some(now)) => stands_in(now, before),
        _ => true,
    }
}

/// Whether a table answers queries that are meant for another: it has most of that one's columns.
fn stands_in(table: &Table, for_one: &Table) -> bool {
    if !(table.columns_known && for_one.columns_known) {
        return true;
    }
    let shared = for_one.columns.iter().filter(|column| table.column(&column.name).is_some());
    shared.count() * 2 > for_one.columns.len()
}

/// The second half of a swap: the new name was another table's when the transaction began, and
/// the table that was prepared to take its place is hardly named by a release. One that has few of
/// the other's columns was not made to stand in for it: there names move on.
fn takes_over(context: &StatementContext<'_>, table: &RelationName, new: &RelationName) -> bool {
    let Some(first) = context.transaction.entries.first() else { return false };
    let Some(replaced) = first.before.table(new).any() else { return false };
    context.before().table(table).any().is_none_or(|table| stands_in(table, replaced))
}
