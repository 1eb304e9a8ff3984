//! Each statement by its kind.

use super::alter::Alter;
use super::draft::Draft;
use super::shape::Shape;
use super::{definitions, made, sessions};
use crate::effects::{
    Alteration, Loss, MetadataMode, Method, Rebuilt, Refusal, TableLock, TransactionBlock, WorkKind,
};
use crate::migration::{
    Action, ActionKind, CreateIndex, CreateTable, Dialect, DropObject, Lacking, Maintenance,
    MaintenanceCommand, MysqlChange, ObjectKind, ObjectName, Online, Persistence, Query,
    RowPredicate, Statement, TableChange, TableLockMode,
};
use crate::schema::RelationName;

/// Judges a statement.
pub(super) fn judge(draft: &mut Draft<'_>, statement: &Statement) {
    forms(draft, statement);
    alter_tables(draft, statement);
    for action in &statement.actions {
        self::action(draft, action, statement.online());
    }
    if statement.actions.iter().any(|action| commits(draft, &action.kind)) {
        draft.effects.transaction_block = TransactionBlock::Commits;
    }
    made::tell(draft, statement);
}

/// What the statement uses and the server does not have.
fn forms(draft: &mut Draft<'_>, statement: &Statement) {
    let target = *draft.target;
    let found = statement.forms.iter().find_map(|form| Some((form, form.lacking(&target)?)));
    let Some((form, lacking)) = found else { return };
    let (title, server) = (form.title(), target.dialect.title());
    draft.refuse(match lacking {
        Lacking::Foreign => Refusal::from(format!("{server} has no {title}")),
        Lacking::Newer(since) => {
            Refusal::newer(format!("{title} came with {server} {}", since.with_minor()))
        }
        Lacking::Gone(last) => {
            Refusal::from(format!("{title} went after {server} {}", last.with_minor()))
        }
    });
}

/// Statements that commit before and after themselves ("Statements That Cause an Implicit Commit"
/// of the manual); of temporary tables they do not.
fn commits(draft: &Draft<'_>, kind: &ActionKind) -> bool {
    match kind {
        ActionKind::CreateTable(table) => table.persistence != Persistence::Temporary,
        ActionKind::CreateTableAs(table) => table.persistence != Persistence::Temporary,
        ActionKind::Drop(drop) if drop.kind == ObjectKind::Table => {
            drop.names.iter().any(|name| draft.resolve(name).schema != "pg_temp")
        }
        ActionKind::AlterTable { .. }
        | ActionKind::CreateIndex(_)
        | ActionKind::Drop(_)
        | ActionKind::Truncate(_)
        | ActionKind::CreateView(_)
        | ActionKind::CreateTrigger(_)
        | ActionKind::CreateFunction(_)
        | ActionKind::CreateSequence(_)
        | ActionKind::AlterSequence(_)
        | ActionKind::CreateSchema { .. }
        | ActionKind::CreateObject(_)
        | ActionKind::AlterObject(_)
        | ActionKind::Grant(_)
        | ActionKind::Analyze(_)
        | ActionKind::Maintain(_)
        | ActionKind::LockTables { .. }
        | ActionKind::Begin => true,
        _ => false,
    }
}

/// All changes of one table are judged together, as the server does.
fn alter_tables(draft: &mut Draft<'_>, statement: &Statement) {
    let mut tables: Vec<(RelationName, bool, Vec<&TableChange>)> = Vec::new();
    for action in &statement.actions {
        let ActionKind::AlterTable { table, change } = &action.kind else { continue };
        let name = draft.resolve(&table.name);
        match tables.iter_mut().find(|(known, ..)| *known == name) {
            Some((.., changes)) => changes.push(change.as_ref()),
            None => tables.push((name, table.if_exists, vec![change.as_ref()])),
        }
    }
    for (name, if_exists, changes) in tables {
        if draft.is_absent(&name) {
            if !if_exists {
                refuse_absent(draft, &name);
            }
            continue;
        }
        Alter { name: &name, changes: &changes, online: statement.online() }.judge(draft);
    }
}

/// A table that is surely not there. What lies in another database is not known.
fn refuse_absent(draft: &mut Draft<'_>, name: &RelationName) {
    if draft.is_absent(name) && name.schema == "public" {
        draft.refuse(Refusal::missing(format!("\"{name}\" does not exist")));
    }
}

fn action(draft: &mut Draft<'_>, action: &Action, online: Online) {
    match &action.kind {
        ActionKind::CreateIndex(index) => create_index(draft, index, online),
        ActionKind::Drop(drop) => self::drop(draft, drop, online),
        ActionKind::CreateTable(table) => {
            create_table(draft, table);
            let query = table.mysql.as_ref().and_then(|own| own.query.as_ref());
            query.into_iter().for_each(|query| scan_all(draft, query));
        }
        ActionKind::CreateTableAs(table) => scan_all(draft, &table.query),
        ActionKind::Truncate(truncate) => {
            for (table, _) in &truncate.tables {
                self::truncate(draft, table);
            }
        }
        ActionKind::Maintain(maintain) => self::maintain(draft, maintain, online),
        ActionKind::CreateTrigger(trigger) => {
            let table = draft.resolve(&trigger.table);
            refuse_absent(draft, &table);
            draft.lock(&table, MetadataMode::Exclusive);
        }
        ActionKind::LockTables { tables, .. } => {
            for (table, mode) in tables {
                let table = draft.resolve(table);
                let mode = match mode {
                    TableLockMode::Write => MetadataMode::Exclusive,
                    _ => MetadataMode::SharedNoWrite,
                };
                draft.lock(&table, mode);
            }
        }
        ActionKind::Insert(insert) => rows(draft, &insert.table, None, &insert.query),
        ActionKind::Update(update) => rows(draft, &update.table, Some(&update.rows), &update.query),
        ActionKind::Delete(delete) => {
            rows(draft, &delete.table, Some(&delete.rows), &delete.query);
            if delete.rows.takes_all() {
                let table = draft.resolve(&delete.table);
                draft.lose(Loss::Rows(table));
            }
        }
        kind if !kind.is_understood() => draft.effects.known = false,
        _ => {}
    }
}

/// The server turns it into an `ALTER TABLE`.
fn create_index(draft: &mut Draft<'_>, index: &CreateIndex, online: Online) {
    let table = draft.resolve(&index.table);
    refuse_absent(draft, &table);
    let change = TableChange::Mysql(MysqlChange::AddIndex(Box::new(index.clone())));
    Alter { name: &table, changes: &[&change], online }.judge(draft);
}

fn drop(draft: &mut Draft<'_>, drop: &DropObject, online: Online) {
    match (drop.kind, &drop.table) {
        (ObjectKind::Index, Some(table)) => {
            let table = draft.resolve(table);
            refuse_absent(draft, &table);
            let changes: Vec<TableChange> = drop
                .names
                .iter()
                .map(|name| {
                    let (name, if_exists) = (name.name.clone(), drop.if_exists);
                    TableChange::Mysql(MysqlChange::DropIndex { name, if_exists })
                })
                .collect();
            let changes: Vec<&TableChange> = changes.iter().collect();
            Alter { name: &table, changes: &changes, online }.judge(draft);
        }
        (ObjectKind::Trigger, _) => drop_triggers(draft, drop),
        (ObjectKind::Table, _) => drop_tables(draft, drop),
        _ => {}
    }
}

/// A trigger is named without its table.
fn drop_triggers(draft: &mut Draft<'_>, drop: &DropObject) {
    for name in &drop.names {
        let name = draft.resolve(name);
        match draft.table_of_trigger(&name) {
            Some(table) => draft.lock(&table, MetadataMode::Exclusive),
            None if drop.if_exists || !draft.schema.is_complete() || name.schema != "public" => {}
            None => {
                draft.refuse(Refusal::missing(format!("trigger \"{name}\" does not exist")));
            }
        }
    }
}

fn drop_tables(draft: &mut Draft<'_>, drop: &DropObject) {
    let names: Vec<RelationName> = drop.names.iter().map(|name| draft.resolve(name)).collect();
    let session = sessions::of(draft.schema, draft.target);
    // MariaDB drops one after another.
    let together = draft.target.dialect == Dialect::Mysql && draft.target.at_least(8);
    for (at, name) in names.iter().enumerate() {
        let gone = if together { names.as_slice() } else { names.get(..at).unwrap_or_default() };
        if draft.schema.relation(name).any().is_none() {
            if !drop.if_exists {
                refuse_absent(draft, name);
            }
            continue;
        }
        draft.lock(name, MetadataMode::Exclusive);
        draft.lock_other_sides(name);
        let users = draft.references(name);
        let user = users.iter().find(|(child, ..)| !gone.contains(child));
        if let Some((child, key, _)) = user.filter(|_| session.foreign_key_checks) {
            let reason = format!("foreign key \"{key}\" of {child} references {name}");
            draft.refuse(Refusal::in_use(reason));
        }
    }
}

/// A key of the new table locks the table that it references, in MySQL.
fn create_table(draft: &mut Draft<'_>, table: &CreateTable) {
    for clause in &table.like {
        let source = draft.resolve(&clause.source);
        draft.lock(&source, MetadataMode::SharedRead);
    }
    if table.persistence == Persistence::Temporary {
        return;
    }
    let name = draft.resolve(&table.name);
    let exists = draft.schema.relation(&name).any().is_some();
    if exists && table.if_not_exists {
        return;
    }
    if exists && table.mysql.as_ref().is_some_and(|own| own.or_replace) {
        draft.lock(&name, MetadataMode::Exclusive);
    }
    draft.lock_new_parents(&name);
    let made = draft.shape_after(&name, &[]);
    let nothing = Shape::default();
    let keys = definitions::keys(&nothing, &made, draft.target);
    if let Some(refusal) = keys.or_else(|| definitions::row(&nothing, &made)) {
        draft.refuse(refusal);
    }
}

fn truncate(draft: &mut Draft<'_>, table: &ObjectName) {
    let name = draft.resolve(table);
    refuse_absent(draft, &name);
    draft.lock(&name, MetadataMode::Exclusive);
    let session = sessions::of(draft.schema, draft.target);
    let users = draft.references(&name);
    if let Some((child, key, _)) = users.first().filter(|_| session.foreign_key_checks) {
        draft
            .refuse(Refusal::in_use(format!("foreign key \"{key}\" of {child} references {name}")));
    }
    draft.storage_replaced(&name);
    draft.lose(Loss::Rows(name.clone()));
    let method = Method::Fixed(Rebuilt::Table);
    let lock = Some(TableLock::Exclusive);
    draft.effects.alterations.push(Alteration { table: name, method, lock, cause: None });
}

/// InnoDB optimizes and repairs a table by making it anew.
fn maintain(draft: &mut Draft<'_>, maintain: &Maintenance, online: Online) {
    let rebuilds =
        matches!(maintain.command, MaintenanceCommand::Optimize | MaintenanceCommand::Repair);
    for table in &maintain.tables {
        let name = draft.resolve(table);
        if rebuilds {
            let change = TableChange::Mysql(MysqlChange::Force);
            Alter { name: &name, changes: &[&change], online }.judge(draft);
        } else {
            draft.lock(&name, MetadataMode::SharedRead);
            draft.work(&name, WorkKind::Scan);
        }
    }
}

fn rows(draft: &mut Draft<'_>, table: &ObjectName, rows: Option<&RowPredicate>, query: &Query) {
    if query.facts.is_err() {
        draft.effects.known = false;
    }
    let name = draft.resolve(table);
    if draft.schema.relation(&name).known().is_none() {
        draft.effects.known = false;
    }
    draft.lock(&name, MetadataMode::SharedWrite);
    draft.work(&name, WorkKind::DataChange);
    if rows.is_some_and(RowPredicate::takes_all) {
        draft.work(&name, WorkKind::Scan);
    }
}

fn scan_all(draft: &mut Draft<'_>, query: &Query) {
    if query.facts.is_err() {
        draft.effects.known = false;
    }
    let read: Vec<RelationName> = query.reads().iter().map(|name| draft.resolve(name)).collect();
    for name in read {
        draft.lock(&name, MetadataMode::SharedRead);
        draft.work(&name, WorkKind::Scan);
    }
}
