//! From the actions of the model to operations: each kind of action has its line.

use super::operation::{Operation, Where, idents};
use super::{directive, object, table};
use crate::migration::{
    Action, ActionKind, AlterEnum, Copy, CreateTableAs, CreateView, EnumChange, Guard, Ident,
    Insert, LockTable, Maintenance, ObjectName, Origin, RowPredicate, Script, SetOption, Statement,
    TableLockMode, Truncate, Update, Vacuum,
};

/// The operations of a script: one for each directive of a framework with what is sent beside it,
/// those of each statement elsewhere.
pub(super) fn script(script: &Script) -> Vec<Operation> {
    let mut operations = Vec::new();
    let mut number = 1;
    for step in &script.steps {
        match &step.directive {
            Some(call) => operations.extend(directive::operations(script, step, call, number)),
            None => operations.extend(statements(script, &step.statements, number)),
        }
        number += step.statements.len();
    }
    operations
}

/// The operations of statements that are numbered from `first`.
pub(super) fn statements<'s>(
    script: &Script,
    statements: impl IntoIterator<Item = &'s Statement>,
    first: usize,
) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (at, statement) in statements.into_iter().enumerate() {
        for action in &statement.actions {
            let place = script.source.file.position(action.span.start);
            operations.extend(lower(action).into_iter().map(|operation| Operation {
                statement: first + at,
                line: place.line,
                offset: place.offset,
                guard: guard(statement),
                implied: statement.origin == Origin::Implied,
                ..operation
            }));
        }
    }
    operations
}

fn guard(statement: &Statement) -> Option<String> {
    (statement.guard != Guard::Always).then(|| statement.guard.to_string())
}

/// The kinds of a statement's operations, in their order.
pub fn kinds(statement: &Statement) -> Vec<&'static str> {
    statement.actions.iter().flat_map(lower).map(|operation| operation.kind).collect()
}

/// The operations of one action: several where it names several objects.
fn lower(action: &Action) -> Vec<Operation> {
    match &action.kind {
        ActionKind::Drop(drop) => object::drop(drop),
        ActionKind::Truncate(truncate) => truncated(truncate),
        ActionKind::LockTable(lock) => locked(lock),
        ActionKind::Vacuum(vacuum) => vacuumed(vacuum),
        ActionKind::Analyze(tables) => each("analyze", tables),
        ActionKind::LockTables { tables, .. } => tables.iter().map(locked_mysql).collect(),
        ActionKind::Maintain(maintenance) => maintained(maintenance),
        ActionKind::Comment(_)
        | ActionKind::Grant(_)
        | ActionKind::Select(_)
        | ActionKind::Call(_)
        | ActionKind::Do { .. }
        | ActionKind::Explain { .. }
        | ActionKind::Evaluate(_)
        | ActionKind::Begin
        | ActionKind::Commit
        | ActionKind::Rollback
        | ActionKind::Savepoint(_)
        | ActionKind::Release(_)
        | ActionKind::RollbackTo(_)
        | ActionKind::Set(_)
        | ActionKind::SetConstraints { .. }
        | ActionKind::Cluster { .. }
        | ActionKind::Session { .. }
        | ActionKind::UnlockTables
        | ActionKind::Use(_)
        | ActionKind::Opaque { .. }
        | ActionKind::Unparsed { .. } => vec![session(&action.kind)],
        kind => vec![data(kind).unwrap_or_else(|| definition(kind))],
    }
}

/// Statements that define objects.
fn definition(kind: &ActionKind) -> Operation {
    let named = Operation::named;
    match kind {
        ActionKind::CreateTable(create) => table::create(create),
        ActionKind::CreateTableAs(create) => table_as(create),
        ActionKind::AlterTable { table, change } => table::alter(table, change),
        ActionKind::CreateIndex(index) => object::create_index(index),
        ActionKind::AlterIndex(alter) => object::alter_index(alter),
        ActionKind::Reindex(reindex) => object::reindex(reindex),
        ActionKind::CreateView(view) => create_view(view),
        ActionKind::Refresh(refresh) => Operation {
            concurrently: Some(refresh.concurrently),
            ..named("refresh_materialized_view", &refresh.name)
        },
        ActionKind::CreateSequence(sequence) => Operation {
            if_not_exists: Some(sequence.if_not_exists),
            ..named("create_sequence", &sequence.name)
        },
        ActionKind::AlterSequence(sequence) => Operation {
            option: Some(sequence.written.clone()),
            if_exists: Some(sequence.if_exists),
            ..named("alter_sequence", &sequence.name)
        },
        ActionKind::CreateEnum(create) => named("create_type", &create.name),
        ActionKind::CreateComposite { name, .. } => named("create_type", name),
        ActionKind::AlterEnum(alter) => alter_enum(alter),
        ActionKind::CreateDomain(domain) => named("create_domain", &domain.name),
        ActionKind::AlterDomain(domain) => named("alter_domain", &domain.name),
        ActionKind::CreateFunction(function) => named("create_function", &function.name),
        ActionKind::CreateTrigger(trigger) => Operation {
            name: Some(trigger.name.to_string()),
            ..Operation::on("create_trigger", &trigger.table)
        },
        ActionKind::CreatePolicy(policy) => Operation {
            name: Some(policy.name.to_string()),
            ..Operation::on("create_policy", &policy.table)
        },
        ActionKind::CreateSchema { name, if_not_exists } => {
            Operation { if_not_exists: Some(*if_not_exists), ..named("create_schema", name) }
        }
        ActionKind::CreateExtension { name, if_not_exists, .. } => {
            Operation { if_not_exists: Some(*if_not_exists), ..named("create_extension", name) }
        }
        ActionKind::CreateObject(change) => object::create(change),
        ActionKind::AlterObject(change) => object::alter(change),
        // All other kinds went another way.
        _ => Operation::new("execute"),
    }
}

/// Statements on rows.
fn data(kind: &ActionKind) -> Option<Operation> {
    Some(match kind {
        ActionKind::Insert(insert) => inserted(insert),
        ActionKind::Update(update) => updated(update),
        ActionKind::Delete(delete) => Operation {
            predicate: Some(condition(&delete.rows)),
            ..Operation::on("delete", &delete.table)
        },
        ActionKind::Merge(merge) => Operation::on("merge", &merge.table),
        ActionKind::Copy(copy) => copied(copy),
        _ => return None,
    })
}

/// Statements that steer the session, or say nothing of what they do.
fn session(kind: &ActionKind) -> Operation {
    let new = Operation::new;
    let option = |kind, option: &str| Operation { option: Some(option.to_owned()), ..new(kind) };
    match kind {
        ActionKind::Comment(change) => object::about(change, "comment"),
        ActionKind::Grant(change) => object::about(change, "grant"),
        ActionKind::Call(call) => Operation::named("call", &call.name),
        ActionKind::Do { language, .. } => option("do", language),
        ActionKind::Explain { .. } => option("select", "explain"),
        ActionKind::Evaluate(_) => option("select", "expression"),
        ActionKind::Begin => new("begin"),
        ActionKind::Commit => new("commit"),
        ActionKind::Rollback => new("rollback"),
        ActionKind::Savepoint(name) => Operation::named("savepoint", name),
        ActionKind::Release(name) => {
            Operation { name: Some(name.to_string()), ..option("savepoint", "release") }
        }
        ActionKind::RollbackTo(name) => Operation::named("rollback", name),
        ActionKind::Set(set) => set_option(set),
        ActionKind::SetConstraints { immediate: true } => option("set", "constraints immediate"),
        ActionKind::SetConstraints { immediate: false } => option("set", "constraints deferred"),
        ActionKind::Cluster { table, index } => Operation {
            table: table.as_ref().map(ToString::to_string),
            name: index.as_ref().map(Ident::to_string),
            ..new("cluster")
        },
        ActionKind::Session { command } => option("set", command),
        ActionKind::UnlockTables => new("unlock_tables"),
        ActionKind::Use(database) => Operation::named("use", database),
        ActionKind::Opaque { reason, .. } => {
            Operation { reason: Some(reason.clone()), ..new("opaque") }
        }
        ActionKind::Unparsed { reason, .. } => {
            Operation { reason: Some(reason.clone()), ..new("unparsed") }
        }
        _ => new("select"),
    }
}

fn table_as(create: &CreateTableAs) -> Operation {
    let columns = Some(idents(&create.columns)).filter(|columns| !columns.is_empty());
    Operation {
        columns,
        if_not_exists: Some(create.if_not_exists),
        ..Operation::on("create_table", &create.name)
    }
}

fn create_view(view: &CreateView) -> Operation {
    let kind = if view.materialized { "create_materialized_view" } else { "create_view" };
    Operation { if_not_exists: Some(view.if_not_exists), ..Operation::named(kind, &view.name) }
}

fn alter_enum(alter: &AlterEnum) -> Operation {
    let option = match &alter.change {
        EnumChange::AddValue { value, .. } => format!("add value {value}"),
        EnumChange::RenameValue { from, to } => format!("rename value {from} to {to}"),
    };
    Operation { option: Some(option), ..Operation::named("alter_type", &alter.name) }
}

fn inserted(insert: &Insert) -> Operation {
    Operation { columns: Some(idents(&insert.columns)), ..Operation::on("insert", &insert.table) }
}

fn updated(update: &Update) -> Operation {
    let mut columns: Vec<String> = Vec::with_capacity(update.assignments.len());
    for (name, _) in &update.assignments {
        let name = name.to_string();
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    Operation {
        columns: Some(columns),
        predicate: Some(condition(&update.rows)),
        ..Operation::on("update", &update.table)
    }
}

fn copied(copy: &Copy) -> Operation {
    Operation {
        table: copy.table.as_ref().map(ToString::to_string),
        columns: copy.table.as_ref().map(|_| idents(&copy.columns)),
        option: Some(if copy.from { "from" } else { "to" }.to_owned()),
        ..Operation::new("copy")
    }
}

fn condition(rows: &RowPredicate) -> Where {
    Where::Present(!matches!(rows, RowPredicate::All))
}

fn truncated(truncate: &Truncate) -> Vec<Operation> {
    let one = |(table, _): &(ObjectName, bool)| Operation {
        cascade: Some(truncate.cascade),
        ..Operation::on("truncate", table)
    };
    truncate.tables.iter().map(one).collect()
}

fn locked(lock: &LockTable) -> Vec<Operation> {
    let one = |(table, _): &(ObjectName, bool)| Operation {
        option: Some(lock.mode.to_lowercase()),
        ..Operation::on("lock_table", table)
    };
    lock.tables.iter().map(one).collect()
}

fn locked_mysql((table, mode): &(ObjectName, TableLockMode)) -> Operation {
    let mode = match mode {
        TableLockMode::Read => "read",
        TableLockMode::ReadLocal => "read local",
        TableLockMode::Write => "write",
    };
    Operation { option: Some(mode.to_owned()), ..Operation::on("lock_table", table) }
}

fn maintained(maintenance: &Maintenance) -> Vec<Operation> {
    let option = Some(maintenance.command.as_str().to_owned());
    let one =
        |table| Operation { option: option.clone(), ..Operation::on("maintain_table", table) };
    maintenance.tables.iter().map(one).collect()
}

fn vacuumed(vacuum: &Vacuum) -> Vec<Operation> {
    let words = [(vacuum.full, "full"), (vacuum.analyze, "analyze")];
    let words: Vec<&str> = words.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    let option = Some(words.join(" ")).filter(|option| !option.is_empty());
    let operations = each("vacuum", &vacuum.tables).into_iter();
    operations.map(|operation| Operation { option: option.clone(), ..operation }).collect()
}

/// One operation for each table, or one without where all are meant.
fn each(kind: &'static str, tables: &[(ObjectName, bool)]) -> Vec<Operation> {
    if tables.is_empty() {
        return vec![Operation::new(kind)];
    }
    tables.iter().map(|(table, _)| Operation::on(kind, table)).collect()
}

fn set_option(set: &SetOption) -> Operation {
    Operation { option: Some(set.values.join(", ")), ..Operation::named("set", &set.name) }
}
