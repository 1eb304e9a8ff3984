//! Statements of Core: `table.update().where(…).values(…)`, `sa.insert(table)`, `sa.select(…)`.

use super::{CoreTable, Expressions, Level, called, quote, tables};
use crate::frontend::alembic::render::flavor::Flavor;
use crate::frontend::alembic::render::stop::{Part, Stop};
use crate::migration::python::{Call, Callee, Kind, Value};

/// A chain of methods, from its base.
struct Chain<'v> {
    /// `update`, `insert`, `delete`, `select`.
    verb: &'v str,
    /// The table of a change.
    table: Option<&'v Value>,
    /// Arguments of the verb itself.
    call: &'v Call,
    /// Methods in the order in which they are called.
    methods: Vec<(&'v str, &'v Call)>,
}

impl<'v> Chain<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        let call = value.as_call()?;
        match &call.callee {
            Callee::Method(base, method) => {
                if is_verb(method) && CoreTable::of(base).is_some() {
                    return Some(Self {
                        verb: method,
                        table: Some(base),
                        call,
                        methods: Vec::new(),
                    });
                }
                let mut chain = Self::of(base)?;
                chain.methods.push((method, call));
                Some(chain)
            }
            Callee::Path(_) => {
                let (verb, call) = called(value)?;
                is_verb(verb).then(|| Self {
                    verb,
                    table: call.args.first(),
                    call,
                    methods: Vec::new(),
                })
            }
        }
    }

    fn arguments(&self, method: &'v str) -> impl Iterator<Item = &'v Value> {
        self.methods
            .iter()
            .filter(move |(name, _)| *name == method)
            .flat_map(|(_, call)| call.args.iter())
    }

    /// Conditions of all `where`s, in their order.
    fn conditions(&self) -> Vec<&'v Value> {
        let own = self.call.keyword("whereclause");
        let first = match (&self.call.callee, self.verb) {
            (Callee::Method(..), "update" | "delete") => self.call.args.first(),
            (Callee::Path(_), "update" | "delete") => self.call.args.get(1),
            _ => None,
        };
        let wheres = self.methods.iter().filter(|(name, _)| matches!(*name, "where" | "filter"));
        let wheres = wheres.flat_map(|(_, call)| call.args.iter());
        own.into_iter().chain(first).chain(wheres).collect()
    }
}

fn is_verb(name: &str) -> bool {
    matches!(name, "update" | "insert" | "delete" | "select")
}

/// The SQL of a statement of Core.
pub fn statement(value: &Value, flavor: Flavor) -> Part<String> {
    let Some(chain) = Chain::of(value) else {
        return Stop::unknown("the statement is not known");
    };
    let expressions = Expressions::qualified(flavor);
    if chain.verb == "select" {
        return Ok(select(&chain, expressions));
    }
    let Some(table) = chain.table.and_then(CoreTable::of) else {
        return Stop::unknown(format!("the table of the {} is not known", chain.verb));
    };
    let name = table.name.sql(flavor);
    let condition = condition(&chain, expressions);
    Ok(match chain.verb {
        "delete" => format!("DELETE FROM {name}{condition}"),
        "insert" => insert(&chain, &table, flavor),
        _ => {
            let set = assignments(&chain, &table, expressions);
            format!("UPDATE {name} SET {set}{condition}")
        }
    })
}

fn condition(chain: &Chain<'_>, expressions: Expressions) -> String {
    let all: Vec<Value> = chain.conditions().into_iter().cloned().collect();
    if all.is_empty() {
        return String::new();
    }
    format!(" WHERE {}", expressions.conjunction(&all, Level::And).sql)
}

/// The values of a change: column and value, in the order of the table's columns.
fn values<'v>(chain: &Chain<'v>, table: &CoreTable<'_>) -> Vec<(String, &'v Value)> {
    let mut found: Vec<(String, &Value)> = Vec::new();
    let own = chain.call.keyword("values");
    let calls = chain.methods.iter().filter(|(name, _)| *name == "values").map(|(_, call)| *call);
    for call in calls {
        found.extend(call.args.iter().flat_map(pairs));
        found.extend(call.kwargs.iter().map(|(name, value)| (name.to_string(), value)));
    }
    found.extend(own.into_iter().flat_map(pairs));
    found.sort_by_key(|(name, _)| table.position(name));
    found
}

/// The entries of a dictionary with columns or their names as keys.
fn pairs(value: &Value) -> Vec<(String, &Value)> {
    let Kind::Dict(entries) = &value.kind else {
        return Vec::new();
    };
    let named = entries.iter().filter_map(|(key, value)| {
        let name = match key.as_str() {
            Some(name) => Some(name.to_owned()),
            None => tables::column_of(key).map(|(_, column)| column),
        };
        Some((name?, value))
    });
    named.collect()
}

fn assignments(chain: &Chain<'_>, table: &CoreTable<'_>, expressions: Expressions) -> String {
    let set: Vec<String> = values(chain, table)
        .into_iter()
        .map(|(name, value)| {
            let name = quote::quoted(&name, expressions.flavor);
            format!("{name}={}", expressions.grouped(value))
        })
        .collect();
    if set.is_empty() { quote::placeholder("assignments") } else { set.join(", ") }
}

fn insert(chain: &Chain<'_>, table: &CoreTable<'_>, flavor: Flavor) -> String {
    let name = table.name.sql(flavor);
    if let Some(call) =
        chain.methods.iter().find(|(name, _)| *name == "from_select").map(|(_, call)| *call)
    {
        let columns = call.args.first().and_then(Value::elements).unwrap_or(&[]);
        let columns: Vec<String> = columns.iter().filter_map(quote::optional).collect();
        let query = call.args.get(1).map(|query| statement(query, flavor));
        let query = query.and_then(Result::ok).unwrap_or_else(|| quote::placeholder("query"));
        return format!("INSERT INTO {name} ({}) {query}", quote::list(&columns, flavor));
    }
    let rows = chain.arguments("values").find_map(Value::elements);
    if let Some(rows) = rows {
        let rows: Vec<Vec<(String, &Value)>> = rows.iter().map(pairs).collect();
        return inserted(&name, table, &rows, flavor);
    }
    let values = values(chain, table);
    if values.is_empty() {
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let binds: Vec<String> = columns.iter().map(|name| format!(":{name}")).collect();
        return format!(
            "INSERT INTO {name} ({}) VALUES ({})",
            quote::list(&columns, flavor),
            binds.join(", ")
        );
    }
    inserted(&name, table, &[values], flavor)
}

fn inserted(
    name: &str,
    table: &CoreTable<'_>,
    rows: &[Vec<(String, &Value)>],
    flavor: Flavor,
) -> String {
    let expressions = Expressions::qualified(flavor);
    let mut columns: Vec<&str> =
        rows.first().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    columns.sort_by_key(|name| table.position(name));
    let tuples: Vec<String> = rows
        .iter()
        .map(|row| {
            let values: Vec<String> = columns
                .iter()
                .map(|column| {
                    let value = row.iter().find(|(name, _)| name == column);
                    value.map_or_else(|| "NULL".to_owned(), |(_, value)| expressions.grouped(value))
                })
                .collect();
            format!("({})", values.join(", "))
        })
        .collect();
    format!("INSERT INTO {name} ({}) VALUES {}", quote::list(&columns, flavor), tuples.join(", "))
}

/// The statements of `op.bulk_insert(table, rows)` as they are written offline: one for each row.
pub fn bulk_insert(table: &Value, rows: &Value, flavor: Flavor) -> Part<Vec<String>> {
    let Some(table) = CoreTable::of(table) else {
        return Stop::unknown("the table of the bulk_insert is not known");
    };
    let name = table.name.sql(flavor);
    let Some(rows) = rows.elements() else {
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let values = vec![quote::placeholder("value"); columns.len()].join(", ");
        let columns = quote::list(&columns, flavor);
        return Ok(vec![format!("INSERT INTO {name} ({columns}) VALUES ({values})")]);
    };
    let sql = |row: &Value| inserted(&name, &table, &[pairs(row)], flavor);
    Ok(rows.iter().map(sql).collect())
}

fn select(chain: &Chain<'_>, expressions: Expressions) -> String {
    let mut columns: Vec<&Value> = Vec::new();
    for argument in &chain.call.args {
        match argument.elements() {
            Some(all) => columns.extend(all),
            None => columns.push(argument),
        }
    }
    let mut from: Vec<String> = Vec::new();
    let mut written: Vec<String> = Vec::new();
    for value in columns {
        written.extend(selected(value, expressions, &mut from));
    }
    for source in chain.arguments("select_from") {
        note(source, expressions.flavor, &mut from);
    }
    let mut sql = format!("SELECT {}", written.join(", "));
    if !from.is_empty() {
        sql.push_str(&format!(" FROM {}", from.join(", ")));
    }
    sql.push_str(&condition(chain, expressions));
    let order: Vec<String> =
        chain.arguments("order_by").map(|value| expressions.sql(value)).collect();
    if !order.is_empty() {
        sql.push_str(&format!(" ORDER BY {}", order.join(", ")));
    }
    if let Some(limit) = chain.arguments("limit").next() {
        let offset = if expressions.flavor == Flavor::Sqlite { " OFFSET 0" } else { "" };
        sql.push_str(&format!(" LIMIT {}{offset}", expressions.sql(limit)));
    }
    sql
}

/// The columns that one argument of `select` stands for.
fn selected(value: &Value, expressions: Expressions, from: &mut Vec<String>) -> Vec<String> {
    if let Some(table) = CoreTable::of(value) {
        note(value, expressions.flavor, from);
        let name = table.name.sql(expressions.flavor);
        let columns = table
            .columns
            .iter()
            .map(|(column, _)| format!("{name}.{}", quote::quoted(column, expressions.flavor)));
        return columns.collect();
    }
    note_columns(value, expressions.flavor, from);
    let sql = expressions.sql(value);
    if let Some(call) = value.as_call()
        && let Callee::Method(_, method) = &call.callee
        && method == "label"
        && let Some(label) = call.args.first().and_then(quote::optional)
    {
        return vec![format!("{sql} AS {}", quote::quoted(&label, expressions.flavor))];
    }
    let function = value.as_call().and_then(Call::path).and_then(super::functions::function_name);
    match function {
        Some(function) => vec![format!("{sql} AS {function}_1")],
        None => vec![sql],
    }
}

fn note(source: &Value, flavor: Flavor, from: &mut Vec<String>) {
    if let Some(table) = CoreTable::of(source) {
        let name = table.name.sql(flavor);
        if !from.contains(&name) {
            from.push(name);
        }
    }
}

/// Tables of the columns in an expression.
fn note_columns(value: &Value, flavor: Flavor, from: &mut Vec<String>) {
    if let Some((table, _)) = tables::column_of(value) {
        let name = table.sql(flavor);
        if !from.contains(&name) {
            from.push(name);
        }
        return;
    }
    if let Some(call) = value.as_call() {
        if let Callee::Method(base, _) = &call.callee {
            note_columns(base, flavor, from);
        }
        for argument in &call.args {
            note_columns(argument, flavor, from);
        }
    }
}
