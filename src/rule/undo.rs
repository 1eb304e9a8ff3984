//! The way back of a migration, derived from its way forward by the replay: statement by statement
//! in reverse order, from the schema before each and the one after it.

use super::restore;
use super::sql::{quoted, relation_sql};
use super::undo_table;
use crate::migration::{
    Action, ActionKind, AlterDomain, AlterEnum, CreateFunction, CreateView, DomainChange,
    DropObject, EnumChange, IndexChange, ObjectKind, ObjectName, Origin,
};
use crate::schema::{RelationName, Schema};
use crate::timeline::{Entry, Transaction};

/// What takes one action back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inverse {
    /// These statements, in order.
    Sql(Vec<String>),
    /// These statements, and something that does not come back.
    Partly(Vec<String>, String),
    /// Nothing has to be undone.
    Nothing,
    /// Nobody can tell.
    Unknown,
}

impl Inverse {
    pub(super) fn one(statement: String) -> Self {
        Self::Sql(vec![statement])
    }

    /// Statements if there are any to be told.
    pub(super) fn of(statements: Option<Vec<String>>) -> Self {
        statements.map_or(Self::Unknown, Self::Sql)
    }
}

/// A line of a way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoLine {
    /// A statement, without its semicolon.
    Statement(String),
    /// What is not undone, as a comment.
    Comment(String),
}

/// How the statements that take an action back are written.
pub(super) type Wording<'w> = &'w dyn Fn(&Step<'_>, &Action, Vec<String>) -> Vec<String>;

/// The way back from these transactions, which began with `start`, in SQL.
pub(super) fn undo(transactions: &[Transaction<'_>], start: &Schema) -> Vec<UndoLine> {
    undo_as(transactions, start, &|_, _, statements| statements)
}

/// The same in other words than SQL.
pub(super) fn undo_as(
    transactions: &[Transaction<'_>],
    start: &Schema,
    wording: Wording<'_>,
) -> Vec<UndoLine> {
    let mut lines = Vec::new();
    let kept = transactions.iter().filter(|transaction| !transaction.rolled_back);
    let entries: Vec<&Entry<'_>> = kept.flat_map(|transaction| &transaction.entries).collect();
    for entry in entries.into_iter().rev() {
        let step = Step { entry, start };
        for action in entry.statement.actions.iter().rev() {
            step.write(action, wording, &mut lines);
        }
    }
    lines.dedup();
    lines
}

/// A statement that is undone.
pub(super) struct Step<'a> {
    pub(super) entry: &'a Entry<'a>,
    /// The schema before the migration.
    start: &'a Schema,
}

impl Step<'_> {
    fn write(&self, action: &Action, wording: Wording<'_>, lines: &mut Vec<UndoLine>) {
        let sure = !self.entry.effects.conditional && self.entry.statement.origin != Origin::Block;
        let inverse = self.inverse(action);
        let inverse = if sure || inverse == Inverse::Nothing { inverse } else { Inverse::Unknown };
        match inverse {
            Inverse::Sql(statements) => {
                let statements = wording(self, action, statements);
                lines.extend(statements.into_iter().map(UndoLine::Statement));
            }
            Inverse::Partly(statements, lost) => {
                lines.push(UndoLine::Comment(lost));
                let statements = wording(self, action, statements);
                lines.extend(statements.into_iter().map(UndoLine::Statement));
            }
            Inverse::Nothing => {}
            Inverse::Unknown => {
                let sql = self.entry.statement.sql.lines().next().unwrap_or("").trim();
                lines.push(UndoLine::Comment(format!("not undone: {sql}")));
            }
        }
    }

    fn inverse(&self, action: &Action) -> Inverse {
        match &action.kind {
            ActionKind::AlterTable { table, change } => {
                let table = self.before().resolve(&table.name);
                match self.is_new(&table) {
                    // It goes with its table.
                    true => Inverse::Nothing,
                    false => undo_table::inverse(self, &table, change),
                }
            }
            ActionKind::Insert(insert) => self.rows(&insert.table, "rows added to"),
            ActionKind::Update(update) => self.rows(&update.table, "the old values of"),
            ActionKind::Delete(delete) => self.rows(&delete.table, "rows deleted from"),
            ActionKind::Merge(merge) => self.rows(&merge.table, "the old rows of"),
            ActionKind::Drop(drop) => self.dropped(drop),
            kind if is_passing(kind) => Inverse::Nothing,
            kind => self.created(kind),
        }
    }

    fn created(&self, kind: &ActionKind) -> Inverse {
        match kind {
            ActionKind::CreateTable(create) => self.drop_new("TABLE", &create.name),
            ActionKind::CreateTableAs(create) => self.drop_new("TABLE", &create.name),
            ActionKind::CreateSequence(create) => self.drop_new("SEQUENCE", &create.name),
            ActionKind::CreateView(create) => self.view(create),
            ActionKind::CreateIndex(create) => self.index(create.concurrently),
            ActionKind::CreateEnum(create) => {
                Inverse::one(format!("DROP TYPE {}", name(&create.name)))
            }
            ActionKind::CreateComposite { name: made, .. } => {
                Inverse::one(format!("DROP TYPE {}", name(made)))
            }
            ActionKind::CreateDomain(create) => {
                Inverse::one(format!("DROP DOMAIN {}", name(&create.name)))
            }
            ActionKind::CreateFunction(create) => self.routine(create),
            ActionKind::CreateTrigger(create) => {
                self.member("TRIGGER", &create.name, &create.table)
            }
            ActionKind::CreatePolicy(create) => self.member("POLICY", &create.name, &create.table),
            ActionKind::CreateSchema { name, .. } if self.before().has_namespace(name) => {
                Inverse::Nothing
            }
            ActionKind::CreateSchema { name, .. } => {
                Inverse::one(format!("DROP SCHEMA {}", quoted(name)))
            }
            ActionKind::CreateExtension { name, .. } if self.before().has_extension(name) => {
                Inverse::Nothing
            }
            ActionKind::CreateExtension { name, .. } => {
                Inverse::one(format!("DROP EXTENSION {}", quoted(name)))
            }
            ActionKind::AlterIndex(alter) => match &alter.change {
                IndexChange::Rename(new) => {
                    let old = self.before().resolve(&alter.index.name);
                    let renamed = RelationName { name: new.clone(), ..old.clone() };
                    let (renamed, old) = (relation_sql(&renamed), quoted(&old.name));
                    Inverse::one(format!("ALTER INDEX {renamed} RENAME TO {old}"))
                }
                _ => Inverse::Unknown,
            },
            ActionKind::AlterEnum(alter) => enumeration(alter),
            ActionKind::AlterDomain(alter) => domain(alter),
            _ => Inverse::Unknown,
        }
    }

    pub(super) fn before(&self) -> &Schema {
        &self.entry.before
    }

    pub(super) fn after(&self) -> &Schema {
        &self.entry.after
    }

    /// Whether the migration made the relation itself, so that it goes with what made it.
    fn is_new(&self, relation: &RelationName) -> bool {
        let now = self.before().relation(relation).any().or(self.after().relation(relation).any());
        now.is_some_and(|now| !now.is_assumed() && now.birth.clock >= self.start.clock())
    }

    fn rows(&self, table: &ObjectName, what: &str) -> Inverse {
        let table = self.before().resolve(table);
        if self.is_new(&table) {
            return Inverse::Nothing;
        }
        Inverse::Partly(Vec::new(), format!("{what} {table} are not restored"))
    }

    fn drop_new(&self, kind: &str, written: &ObjectName) -> Inverse {
        let made = self.entry.effects.created.iter();
        let mut made = made.filter(|made| made.name.name == written.name && made.member.is_none());
        match made.next() {
            Some(made) => Inverse::one(format!("DROP {kind} {}", relation_sql(&made.name))),
            // IF NOT EXISTS, and it did.
            None => Inverse::Nothing,
        }
    }

    fn view(&self, create: &CreateView) -> Inverse {
        let kind = if create.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        let known = self.before().view(&self.before().resolve(&create.name)).any();
        match known {
            Some(old) if create.or_replace => Inverse::one(format!(
                "CREATE OR REPLACE VIEW {} AS {}",
                name(&create.name),
                old.query.sql
            )),
            Some(_) => Inverse::Nothing,
            None => Inverse::one(format!("DROP {kind} {}", name(&create.name))),
        }
    }

    /// The index that the statement makes.
    pub(super) fn created_index(&self) -> Option<&RelationName> {
        let mut made = self.entry.effects.created.iter();
        made.find(|made| made.kind == ObjectKind::Index).map(|made| &made.name)
    }

    fn index(&self, concurrently: bool) -> Inverse {
        let mut made = self.entry.effects.created.iter();
        let Some(made) = made.find(|made| made.kind == ObjectKind::Index) else {
            return Inverse::Nothing;
        };
        if made.on.as_ref().is_some_and(|table| self.is_new(table)) {
            return Inverse::Nothing;
        }
        let how = if concurrently { "CONCURRENTLY " } else { "" };
        Inverse::one(format!("DROP INDEX {how}{}", relation_sql(&made.name)))
    }

    fn routine(&self, create: &CreateFunction) -> Inverse {
        if create.or_replace && !self.before().routines(&create.name).is_empty() {
            return Inverse::Unknown;
        }
        let kind = if create.procedure { "PROCEDURE" } else { "FUNCTION" };
        let arguments: Vec<String> = create.arguments.iter().map(ToString::to_string).collect();
        Inverse::one(format!("DROP {kind} {}({})", name(&create.name), arguments.join(", ")))
    }

    fn member(&self, kind: &str, member: &crate::migration::Ident, table: &ObjectName) -> Inverse {
        let table = self.before().resolve(table);
        if self.is_new(&table) {
            return Inverse::Nothing;
        }
        Inverse::one(format!("DROP {kind} {} ON {}", quoted(member), relation_sql(&table)))
    }

    fn dropped(&self, drop: &DropObject) -> Inverse {
        let names: Vec<RelationName> =
            drop.names.iter().map(|name| self.before().resolve(name)).collect();
        if drop.cascade {
            return Inverse::Unknown;
        }
        let present = names.iter().filter(|name| self.before().relation(name).any().is_some());
        let statements = |make: &dyn Fn(&RelationName) -> Option<Vec<String>>| {
            let all: Option<Vec<Vec<String>>> = present.clone().map(make).collect();
            all.map(|all| all.concat())
        };
        match drop.kind {
            ObjectKind::Table => match statements(&|name| restore::table(self.before(), name)) {
                Some(made) if made.is_empty() => Inverse::Nothing,
                Some(made) => Inverse::Partly(made, "the rows are not restored".to_owned()),
                None => Inverse::Unknown,
            },
            ObjectKind::Index => Inverse::of(statements(&|name| {
                Some(vec![restore::index(name, self.before().index(name).any()?)?])
            })),
            ObjectKind::View => Inverse::of(statements(&|name| {
                let view = self.before().view(name).any()?;
                Some(vec![format!("CREATE VIEW {} AS {}", relation_sql(name), view.query.sql)])
            })),
            _ => Inverse::Unknown,
        }
    }
}

/// Whether it leaves nothing behind.
fn is_passing(kind: &ActionKind) -> bool {
    use ActionKind as Of;
    matches!(
        kind,
        Of::Select(_)
            | Of::Explain { .. }
            | Of::Begin
            | Of::Commit
            | Of::Rollback
            | Of::Savepoint(_)
            | Of::Release(_)
            | Of::RollbackTo(_)
            | Of::Set(_)
            | Of::SetConstraints { .. }
            | Of::LockTable(_)
            | Of::Vacuum(_)
            | Of::Analyze(_)
            | Of::Cluster { .. }
            | Of::Reindex(_)
            | Of::Refresh(_)
            | Of::Session { .. }
            | Of::Evaluate(_)
    )
}

fn name(written: &ObjectName) -> String {
    match &written.schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(&written.name)),
        None => quoted(&written.name),
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn enumeration(alter: &AlterEnum) -> Inverse {
    match &alter.change {
        EnumChange::RenameValue { from, to } => Inverse::one(format!(
            "ALTER TYPE {} RENAME VALUE {} TO {}",
            name(&alter.name),
            literal(to),
            literal(from)
        )),
        EnumChange::AddValue { value, .. } => Inverse::Partly(
            Vec::new(),
            format!("{value} stays in {}: PostgreSQL drops no value of an enum", alter.name),
        ),
    }
}

fn domain(alter: &AlterDomain) -> Inverse {
    let change = match &alter.change {
        DomainChange::AddCheck { name: Some(name), .. } => {
            format!("DROP CONSTRAINT {}", quoted(name))
        }
        DomainChange::SetNotNull => "DROP NOT NULL".to_owned(),
        DomainChange::DropNotNull => "SET NOT NULL".to_owned(),
        DomainChange::RenameConstraint { name, new_name } => {
            format!("RENAME CONSTRAINT {} TO {}", quoted(new_name), quoted(name))
        }
        DomainChange::ValidateConstraint(_) => return Inverse::Nothing,
        _ => return Inverse::Unknown,
    };
    Inverse::one(format!("ALTER DOMAIN {} {change}", name(&alter.name)))
}
