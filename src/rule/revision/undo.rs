//! The way back of a revision, written into its `downgrade()`: directives where Alembic has them,
//! SQL for the rest.

use super::alchemy::{self, schema_argument};
use super::edits::indent_at;
use super::literal;
use super::table;
use crate::finding::Edit;
use crate::migration::{
    Action, ActionKind, ColumnChange, CreateIndex, Dialect, DropObject, Ident, ObjectKind,
    TableChange,
};
use crate::rule::undo::{Step, UndoLine, undo_as};
use crate::rule::{MigrationContext, Remedy, directives};
use crate::schema::{RelationName, Schema};
use crate::source::Span;

const INDENT: &str = "    ";

/// What writes the missing `downgrade()`; `None` where nothing of the way forward can be undone.
pub(in crate::rule) fn downgrade(context: &MigrationContext<'_>) -> Option<Remedy> {
    let up = context.migration.up.as_ref()?;
    let file = &up.source.file;
    let op = directives(Some(up)).find_map(|one| one.receiver().map(str::to_owned));
    let words = Words {
        op: op.unwrap_or_else(|| "op".to_owned()),
        dialect: context.project.target.dialect,
        knows_sa: file.text().contains("import sqlalchemy as sa"),
    };
    let wording = |step: &Step<'_>, action: &Action, sql: Vec<String>| words.of(step, action, &sql);
    let lines = undo_as(context.up, context.before, &wording);
    if !lines.iter().any(|line| matches!(line, UndoLine::Statement(_))) {
        return None;
    }
    let insertion = |span: Span, text: String| Remedy::from(Edit { place: up.place(span), text });
    let revision = context.migration.revision.as_ref()?;
    if let Some(idle) = revision.idle_downgrade {
        let body = body(&lines, INDENT);
        // Behind a docstring, or on the line of the `def`, the body begins a line of its own.
        let begins_line = !idle.is_empty() && indent_at(file.text(), idle.start).is_some();
        let text = if begins_line { body.trim_start().to_owned() } else { format!("\n{body}") };
        return Some(insertion(idle, text));
    }
    if context.migration.down.is_some() {
        return None;
    }
    let end = file.text().trim_end().len();
    let text = format!("\n\n\ndef downgrade():\n{}", body(&lines, INDENT));
    Some(insertion(Span::new(end, end), text))
}

/// The lines as the body of a function, without the last line end.
fn body(lines: &[UndoLine], indent: &str) -> String {
    let mut text: Vec<String> = Vec::new();
    for line in lines {
        match line {
            UndoLine::Comment(comment) => text.push(format!("{indent}# {comment}")),
            // Lines of a string are what it says.
            UndoLine::Statement(call) if call.contains("\"\"\"") => {
                text.push(format!("{indent}{call}"));
            }
            UndoLine::Statement(call) => {
                text.extend(call.lines().map(|line| format!("{indent}{line}")));
            }
        }
    }
    text.join("\n")
}

/// How things are called in the file.
struct Words {
    op: String,
    dialect: Dialect,
    knows_sa: bool,
}

impl Words {
    /// An action's inverse in Python: directives, or the SQL that is there for it.
    fn of(&self, step: &Step<'_>, action: &Action, sql: &[String]) -> Vec<String> {
        let known =
            |calls: &Vec<String>| self.knows_sa || !calls.iter().any(|call| call.contains("sa."));
        match self.directives(step, action).filter(known) {
            Some(calls) => calls,
            None => sql.iter().map(|one| self.execute(one)).collect(),
        }
    }

    fn execute(&self, sql: &str) -> String {
        format!("{}.execute({})", self.op, literal::sql(sql))
    }

    fn directives(&self, step: &Step<'_>, action: &Action) -> Option<Vec<String>> {
        let op = &self.op;
        match &action.kind {
            ActionKind::CreateTable(create) => {
                let table = step.after().resolve(&create.name);
                Some(vec![format!("{op}.drop_table({})", name(&table))])
            }
            ActionKind::CreateIndex(create) => self.drop_index(step, create),
            ActionKind::Drop(drop) => self.dropped(step, drop),
            ActionKind::AlterTable { table, change } => {
                let table = step.before().resolve(&table.name);
                self.of_table(step, &table, change)
            }
            _ => None,
        }
    }

    fn drop_index(&self, step: &Step<'_>, create: &CreateIndex) -> Option<Vec<String>> {
        let made = step.created_index()?;
        let table = step.after().resolve(&create.table);
        let index = literal::string(made.name.as_str());
        let table_name = literal::string(table.name.as_str());
        let schema = schema_argument("schema", &table);
        let call = format!("{}.drop_index({index}, table_name={table_name}{schema}", self.op);
        Some(vec![self.concurrent(&call, create.concurrently)])
    }

    /// The call with its closing parenthesis, outside of the transaction where it is concurrent.
    fn concurrent(&self, call: &str, concurrently: bool) -> String {
        if !concurrently {
            return format!("{call})");
        }
        let op = &self.op;
        format!(
            "with {op}.get_context().autocommit_block():\n{INDENT}{call}, postgresql_concurrently=True)"
        )
    }

    fn dropped(&self, step: &Step<'_>, drop: &DropObject) -> Option<Vec<String>> {
        let [written] = drop.names.as_slice() else { return None };
        let dropped = step.before().resolve(written);
        match drop.kind {
            ObjectKind::Index => {
                let index = step.before().index(&dropped).any()?;
                let arguments = alchemy::index(&dropped, index)?;
                let call = format!("{}.create_index({arguments}", self.op);
                Some(vec![self.concurrent(&call, drop.concurrently)])
            }
            ObjectKind::Table => table::create(&self.op, step.before(), &dropped),
            _ => None,
        }
    }

    fn of_table(
        &self,
        step: &Step<'_>,
        table: &RelationName,
        change: &TableChange,
    ) -> Option<Vec<String>> {
        let call = |method: &str, arguments: &str| {
            format!("{}.{method}({}{arguments}{})", self.op, name(&bare(table)), schema(table))
        };
        match change {
            TableChange::AddColumn { column, .. } => {
                Some(vec![call("drop_column", &format!(", {}", text(&column.name)))])
            }
            TableChange::DropColumn { column, .. } => {
                let old = step.before().table(table).any()?.column(column)?;
                let add = call("add_column", &format!(", {}", alchemy::column(old)?));
                let mut calls = vec![add];
                calls.extend(self.lost(step.before(), step.after(), table)?);
                Some(calls)
            }
            TableChange::RenameColumn { column, new_name } => {
                let back = format!("new_column_name={}", text(column));
                Some(vec![self.alter(table, new_name, &back)])
            }
            TableChange::AlterColumn { column, change } => {
                let back = altered(step.before(), table, column, change)?;
                Some(vec![self.alter(table, column, &back)])
            }
            TableChange::Rename { new_name } => {
                let old = text(&table.name);
                let renamed = text(new_name);
                let schema = schema(table);
                Some(vec![format!("{}.rename_table({renamed}, {old}{schema})", self.op)])
            }
            TableChange::AddConstraint(_) => self.drop_added(step, table),
            TableChange::DropConstraint { .. } => self.lost(step.before(), step.after(), table),
            _ => None,
        }
    }

    fn alter(&self, table: &RelationName, column: &Ident, back: &str) -> String {
        self.on_table(
            table,
            "alter_column",
            &format!("{}, ", text(column)),
            back,
            Order::TableFirst,
        )
    }

    /// A directive on a table; in a batch where SQLite has to rebuild it.
    fn on_table(
        &self,
        table: &RelationName,
        method: &str,
        name: &str,
        rest: &str,
        order: Order,
    ) -> String {
        let (op, schema) = (&self.op, schema(table));
        let table = text(&table.name);
        if self.dialect == Dialect::Sqlite {
            return format!(
                "with {op}.batch_alter_table({table}{schema}) as batch_op:\n{INDENT}batch_op.{method}({name}{rest})"
            );
        }
        match order {
            Order::TableFirst => format!("{op}.{method}({table}, {name}{rest}{schema})"),
            Order::NameFirst => format!("{op}.{method}({name}{table}, {rest}{schema})"),
        }
    }

    fn drop_added(&self, step: &Step<'_>, table: &RelationName) -> Option<Vec<String>> {
        let before = step.before().table(table).any();
        let after = step.after().table(table).any()?;
        let is_new = |name: &Ident| before.is_none_or(|before| before.constraint(name).is_none());
        let mut calls = Vec::new();
        for added in after.constraints.iter().filter(|one| is_new(&one.name)) {
            let kind = alchemy::constraint_kind(&added.body)?;
            let name = format!("{}, ", text(&added.name));
            let kind = format!("type_=\"{kind}\"");
            calls.push(self.on_table(table, "drop_constraint", &name, &kind, Order::NameFirst));
        }
        (!calls.is_empty()).then_some(calls)
    }

    /// What brings back constraints and indexes that went.
    fn lost(&self, before: &Schema, after: &Schema, table: &RelationName) -> Option<Vec<String>> {
        let (old, new) = (before.table(table).any()?, after.table(table).any()?);
        let mut calls = Vec::new();
        let gone = old.constraints.iter().filter(|one| new.constraint(&one.name).is_none());
        for one in gone.filter(|one| alchemy::constraint_kind(&one.body).is_some()) {
            let made = alchemy::constraint(one)?;
            let schema_word =
                if made.directive == "create_foreign_key" { "source_schema" } else { "schema" };
            let schema = schema_argument(schema_word, table);
            let (directive, name, rest) = (made.directive, made.name, made.rest);
            calls.push(match self.dialect {
                Dialect::Sqlite => {
                    self.on_table(table, directive, &format!("{name}, "), &rest, Order::NameFirst)
                }
                _ => format!(
                    "{}.{directive}({name}, {}, {rest}{schema})",
                    self.op,
                    text(&table.name)
                ),
            });
        }
        for (name, index) in table::own_indexes(before, table) {
            if after.index(&name).any().is_none() {
                calls.push(format!("{}.create_index({})", self.op, alchemy::index(&name, index)?));
            }
        }
        Some(calls)
    }
}

/// Where a directive takes its table.
#[derive(Debug, Clone, Copy)]
enum Order {
    TableFirst,
    NameFirst,
}

/// Arguments of `alter_column` that bring a column back.
fn altered(
    before: &Schema,
    table: &RelationName,
    name: &Ident,
    change: &ColumnChange,
) -> Option<String> {
    let old = before.table(table).any()?.column(name)?;
    let existing = || {
        let data_type = alchemy::data_type(old.data_type.as_ref()?)?;
        Some(format!("existing_type={data_type}, "))
    };
    match change {
        ColumnChange::Type { .. } => {
            let data_type = old.data_type.as_ref()?;
            let written = alchemy::data_type(data_type)?;
            let using = literal::string(&format!("{}::{data_type}", text_sql(name)));
            Some(format!("type_={written}, postgresql_using={using}"))
        }
        ColumnChange::SetNotNull | ColumnChange::DropNotNull => {
            let existing = existing().unwrap_or_default();
            Some(format!("{existing}nullable={}", alchemy::truth(!old.not_null)))
        }
        ColumnChange::SetDefault(_) | ColumnChange::DropDefault => {
            let default = match &old.default {
                Some(default) => alchemy::sql_text(&default.sql),
                None => "None".to_owned(),
            };
            Some(format!("server_default={default}"))
        }
        _ => None,
    }
}

fn text_sql(name: &Ident) -> String {
    crate::rule::quoted(name)
}

fn text(name: &Ident) -> String {
    literal::string(name.as_str())
}

fn bare(table: &RelationName) -> RelationName {
    RelationName::public(table.name.as_str())
}

/// A table as the only argument, with its schema.
fn name(table: &RelationName) -> String {
    format!("{}{}", text(&table.name), schema_argument("schema", table))
}

fn schema(table: &RelationName) -> String {
    schema_argument("schema", table)
}
