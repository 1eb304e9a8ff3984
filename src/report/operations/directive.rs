//! Calls of a framework's directives to operations: one for each call, as its author wrote it, and
//! one for each statement that is sent beside it.

use super::lower;
use super::operation::{Column, Constraint, Operation, References};
use crate::migration::python::{
    self, CommitMode, DirectiveCall, Key, Kind, Value, called, is_true,
};
use crate::migration::{ActionKind, Guard, Origin, Script, Statement, Step};

/// The operations of one call, its statements numbered from `first`.
pub(super) fn operations(
    script: &Script,
    step: &Step,
    call: &DirectiveCall,
    first: usize,
) -> Vec<Operation> {
    let place = script.source.file.position(call.name_span.start);
    let of = |origin: fn(Origin) -> bool| {
        let numbered = (first..).zip(&step.statements);
        let chosen = numbered.filter(move |(_, statement)| origin(statement.origin));
        chosen.flat_map(|(number, statement)| lower::statements(script, [statement], number))
    };
    let sent: Vec<Operation> = of(|origin| origin != Origin::Implied).collect();
    let reason = step.statements.iter().find_map(opaque_reason);
    let main = Operation {
        statement: first,
        line: place.line,
        offset: place.offset,
        guard: (call.guard != Guard::Always).then(|| call.guard.to_string()),
        autocommit: call.commit == CommitMode::Autocommit,
        batch: call.batch.is_some(),
        reason,
        ..written(call, &sent, &step.statements)
    };
    let implied = of(|origin| origin == Origin::Implied).map(|operation| Operation {
        line: place.line,
        offset: place.offset,
        autocommit: main.autocommit,
        batch: main.batch,
        ..operation
    });
    let implied: Vec<Operation> = implied.collect();
    // Leaving the transaction and coming back are no directives.
    let main =
        (!matches!(call.name.as_str(), "begin_autocommit" | "end_autocommit")).then_some(main);
    main.into_iter().chain(implied).collect()
}

fn opaque_reason(statement: &Statement) -> Option<String> {
    statement.actions.iter().find_map(|action| match &action.kind {
        ActionKind::Opaque { reason, .. } | ActionKind::Unparsed { reason, .. } => {
            Some(reason.clone())
        }
        _ => None,
    })
}

/// The call's own operation: what it says, with what the server receives for it where that says
/// more.
fn written(call: &DirectiveCall, sent: &[Operation], statements: &[Statement]) -> Operation {
    let received = |kind: &str| sent.iter().find(|operation| operation.kind == kind);
    match call.name.as_str() {
        "create_table" => create_table(call, received("create_table")),
        "add_column" => add_column(call, received("add_column")),
        "alter_column" => alter_column(call, sent),
        "drop_table" => on(call, "drop_table", received("drop_table")),
        "rename_table" => Operation {
            new_name: call.positional(1, &["new_table_name"]).and_then(Value::to_name),
            ..on(call, "rename_table", received("rename_table"))
        },
        "drop_column" => Operation {
            columns: call.positional(1, &["column_name"]).and_then(names),
            ..on(call, "drop_column", received("drop_column"))
        },
        "create_index" => create_index(call, received("create_index")),
        "drop_index" => Operation {
            concurrently: Some(is_true(call.keyword("postgresql_concurrently"))),
            name: name(call),
            ..on(call, "drop_index", received("drop_index"))
        },
        "create_foreign_key" => create_foreign_key(call, received("create_foreign_key")),
        "create_unique_constraint" => key(call, "create_unique_constraint", received),
        "create_primary_key" => key(call, "create_primary_key", received),
        "create_check_constraint" => key(call, "create_check_constraint", received),
        "create_exclude_constraint" => key(call, "create_exclude_constraint", received),
        "drop_constraint" => Operation {
            name: name(call),
            constraint_type: call.positional(2, &["type_", "type"]).and_then(Value::to_name),
            ..on(call, "drop_constraint", received("drop_constraint"))
        },
        "create_table_comment" | "drop_table_comment" => on(call, "comment", received("comment")),
        "bulk_insert" => bulk_insert(call, sent),
        "create_object" | "drop_object" => object(call, sent),
        _ => execute(sent, statements),
    }
}

/// What is received for a call on a table, or the little that the call itself says.
fn on(call: &DirectiveCall, kind: &'static str, received: Option<&Operation>) -> Operation {
    let known = received.cloned();
    let operation = known.unwrap_or_else(|| Operation::new(kind));
    Operation { table: table(call).or(operation.table), ..operation }
}

fn table(call: &DirectiveCall) -> Option<String> {
    let (table, schema) = call.table()?;
    qualified(table, schema)
}

fn qualified(table: &Value, schema: Option<&Value>) -> Option<String> {
    let table = table.to_name()?;
    match schema.and_then(Value::to_name) {
        Some(schema) if !matches!(schema.as_str(), "" | "public") => {
            Some(format!("{schema}.{table}"))
        }
        _ => Some(table),
    }
}

fn name(call: &DirectiveCall) -> Option<String> {
    call.object_name().and_then(Value::to_name)
}

fn names(value: &Value) -> Option<Vec<String>> {
    match value.elements() {
        Some(all) => Some(all.iter().filter_map(column_name).collect()),
        None => column_name(value).map(|name| vec![name]),
    }
}

/// A name, or that of a column object.
fn column_name(value: &Value) -> Option<String> {
    value.to_name().or_else(|| called(value)?.1.args.first()?.to_name())
}

fn create_table(call: &DirectiveCall, received: Option<&Operation>) -> Operation {
    let columns: Vec<python::Column<'_>> =
        call.args.iter().skip(1).filter_map(python::Column::of).collect();
    let mut operation = on(call, "create_table", received);
    let defs = operation.column_defs.get_or_insert_with(|| {
        let member = |column: &python::Column<'_>| match column.is_primary_key() {
            true => Key::Member,
            false => Key::None,
        };
        columns.iter().map(|column| said(column, member(column))).collect()
    });
    let aligned = defs.len() == columns.len();
    for (at, def) in defs.iter_mut().enumerate() {
        let same = columns.iter().rfind(|column| column.name == def.name);
        // The server cuts names that are too long; the call has them in full.
        if let Some(column) = same.or_else(|| columns.get(at).filter(|_| aligned)) {
            def.name.clone_from(&column.name);
            enrich(def, column);
        }
    }
    operation.constraints.get_or_insert_with(|| unique_constraints(call));
    operation
}

/// Unique constraints as written, where the statement is not known.
fn unique_constraints(call: &DirectiveCall) -> Vec<Constraint> {
    let uniques =
        call.args.iter().filter_map(called).filter(|(name, _)| *name == "UniqueConstraint");
    let constraint = |(_, unique): (&str, &python::Call)| Constraint {
        kind: "unique",
        name: unique.keyword("name").and_then(Value::to_name),
        columns: unique.args.iter().filter_map(column_name).collect(),
        ..Constraint::default()
    };
    uniques.map(constraint).collect()
}

/// A column as the call says it.
fn said(column: &python::Column<'_>, key: Key) -> Column {
    let data_type = column.data_type.and_then(Value::path);
    Column {
        name: column.name.clone(),
        data_type: data_type.map(|path| python::last(path).to_owned()),
        nullable: column.is_nullable(key),
        ..Column::default()
    }
}

/// What the call says of a column beyond its definition.
fn enrich(def: &mut Column, column: &python::Column<'_>) {
    def.unique = column.is_unique();
    def.index = column.is_indexed();
    def.primary_key |= column.is_primary_key();
    def.comment = column.comment();
    def.client_default = column.keyword("default").map(described);
    if let Some(target) = column.items("ForeignKey").next().and_then(|key| key.args.first()) {
        def.references = target.to_name().map(|name| references(&name));
    }
}

fn references(target: &str) -> References {
    match target.rsplit_once('.') {
        Some((table, column)) => {
            let table = table.strip_prefix("public.").unwrap_or(table);
            References { table: table.to_owned(), columns: vec![column.to_owned()] }
        }
        None => References { table: target.to_owned(), columns: Vec::new() },
    }
}

/// A Python value in a few words.
fn described(value: &Value) -> String {
    match &value.kind {
        Kind::Bool(true) => "True".to_owned(),
        Kind::Bool(false) => "False".to_owned(),
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Str(text) => text.as_str().to_owned(),
        Kind::Name(path) => path.to_string(),
        _ => value.path().map_or_else(|| "a Python value".to_owned(), |path| format!("{path}()")),
    }
}

fn add_column(call: &DirectiveCall, received: Option<&Operation>) -> Operation {
    let column = call.positional(1, &["column"]).and_then(python::Column::of);
    let mut operation = on(call, "add_column", received);
    if let Some(column) = column {
        let key = if column.is_primary_key() { Key::Member } else { Key::None };
        let def = operation.column.get_or_insert_with(|| said(&column, key));
        enrich(def, &column);
        operation.columns.get_or_insert_with(|| vec![column.name.clone()]);
    }
    operation
}

fn alter_column(call: &DirectiveCall, sent: &[Operation]) -> Operation {
    let given = |name: &str| call.keyword(name).filter(|value| !value.is_none());
    // `False` says that it is not given, `None` that there is none.
    let tristate = |name: &str| {
        let value = call.keyword(name).filter(|value| value.kind != Kind::Bool(false))?;
        Some(if value.is_none() { None } else { Some(default_text(value)) })
    };
    let of = |pick: fn(&Operation) -> Option<String>| sent.iter().find_map(pick);
    Operation {
        columns: call.positional(1, &["column_name"]).and_then(names),
        nullable: given("nullable").map(|value| is_true(Some(value))),
        data_type: given("type_").map(|value| {
            of(|operation| operation.data_type.clone()).unwrap_or_else(|| type_name(value))
        }),
        using: given("postgresql_using").and_then(Value::to_name),
        server_default: tristate("server_default").map(|default| {
            default.map(|text| {
                let received = sent.iter().find_map(|one| one.server_default.clone().flatten());
                received.unwrap_or(text)
            })
        }),
        comment: tristate("comment"),
        new_name: given("new_column_name").or_else(|| given("name")).and_then(Value::to_name),
        existing_type: given("existing_type").map(type_name),
        existing_nullable: given("existing_nullable").map(|value| is_true(Some(value))),
        existing_server_default: tristate("existing_server_default"),
        existing_comment: tristate("existing_comment"),
        ..on(call, "alter_column", None)
    }
}

fn type_name(value: &Value) -> String {
    value.path().map_or_else(|| "unknown".to_owned(), |path| python::last(path).to_owned())
}

/// The text of a default or comment: of a string itself, of `text("…")` what it holds.
fn default_text(value: &Value) -> String {
    match called(value) {
        Some(("text", call)) => call.args.first().map_or_else(String::new, described),
        _ => described(value),
    }
}

fn create_index(call: &DirectiveCall, received: Option<&Operation>) -> Operation {
    let operation = on(call, "create_index", received);
    let written = call.positional(2, &["columns"]).and_then(names);
    Operation {
        name: name(call).or(operation.name),
        columns: operation.columns.or(written),
        unique: Some(is_true(call.keyword("unique"))),
        concurrently: Some(is_true(call.keyword("postgresql_concurrently"))),
        ..operation
    }
}

fn create_foreign_key(call: &DirectiveCall, received: Option<&Operation>) -> Operation {
    let operation = on(call, "create_foreign_key", received);
    let schema = call.keyword("referent_schema");
    let referent = call.positional(2, &["referent_table", "referent"]);
    let table = referent.and_then(|referent| qualified(referent, schema));
    let columns = call.positional(4, &["remote_cols"]).and_then(names);
    Operation {
        name: name(call),
        columns: call.positional(3, &["local_cols"]).and_then(names).or(operation.columns),
        references: match (table, columns) {
            (Some(table), Some(columns)) => Some(References { table, columns }),
            _ => operation.references,
        },
        ..operation
    }
}

fn key<'o>(
    call: &DirectiveCall,
    kind: &'static str,
    received: impl Fn(&str) -> Option<&'o Operation>,
) -> Operation {
    let operation = on(call, kind, received(kind));
    let listed = matches!(kind, "create_unique_constraint" | "create_primary_key");
    let columns = call.positional(2, &["columns"]).filter(|_| listed).and_then(names);
    Operation { name: name(call), columns: columns.or(operation.columns), ..operation }
}

fn bulk_insert(call: &DirectiveCall, sent: &[Operation]) -> Operation {
    let received = sent.iter().find(|operation| operation.kind == "insert");
    let table = call.args.first().and_then(called).map(|(_, table)| table);
    let written = table.and_then(|table| qualified(table.args.first()?, table.keyword("schema")));
    Operation {
        table: written.or_else(|| received.and_then(|one| one.table.clone())),
        columns: received.and_then(|one| one.columns.clone()),
        ..Operation::new("bulk_insert")
    }
}

/// `sa.Enum(…).create(bind)`.
fn object(call: &DirectiveCall, sent: &[Operation]) -> Operation {
    match sent.first() {
        Some(operation) => operation.clone(),
        None => {
            let kind = if call.name == "create_object" { "create_object" } else { "drop_object" };
            let object = call.args.first().and_then(Value::path).map(python::last);
            Operation { option: object.map(str::to_owned), ..Operation::new(kind) }
        }
    }
}

fn execute(sent: &[Operation], statements: &[Statement]) -> Operation {
    let known = |operation: &&Operation| operation.kind != "opaque";
    let operations: Vec<Operation> = sent.iter().filter(known).cloned().collect();
    if operations.is_empty() {
        return Operation::new("opaque");
    }
    let sql: Vec<&str> = statements.iter().map(|statement| statement.sql.as_ref()).collect();
    Operation {
        sql: Some(sql.join(";\n")),
        operations: Some(operations),
        ..Operation::new("execute")
    }
}
