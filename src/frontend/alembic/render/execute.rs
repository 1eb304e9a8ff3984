//! What `op.execute` and its like send: text, Core statements, DDL elements.

use super::args::{called, is_true};
use super::column::identity_options;
use super::expr;
use super::flavor::Flavor;
use super::quote::TableName;
use super::stop::{Part, Stop};
use super::{Sent, Written};
use crate::migration::python::{Kind as ValueKind, Value};

/// What executing a value sends.
pub fn send(value: &Value, flavor: Flavor, sent: &mut Sent) -> Part<()> {
    match &value.kind {
        ValueKind::Str(text) => {
            sent.verbatim.push(text.as_ref().clone());
            Ok(())
        }
        ValueKind::Unknown(why) => Stop::unknown(format!("what it executes is not known: {why}")),
        ValueKind::Call(call) => {
            if let Some(("text" | "DDL", call)) = called(value)
                && let Some(text) = call.args.first().and_then(Value::as_text)
            {
                sent.verbatim.push(text.clone());
                return Ok(());
            }
            if let Some(ddl) = ddl_element(value, flavor)? {
                sent.written.extend(ddl);
                return Ok(());
            }
            match expr::bound_text(call, flavor) {
                Some(sql) => sent.push(Written::own(sql)),
                None => sent.push(Written::own(expr::statement(value, flavor)?)),
            }
            Ok(())
        }
        _ => Stop::unknown("what it executes is not known"),
    }
}

/// `sa.schema.CreateSequence(…)`, `CreateSchema(…)` and their like.
fn ddl_element(value: &Value, flavor: Flavor) -> Part<Option<Vec<Written>>> {
    let Some((name, call)) = called(value) else {
        return Ok(None);
    };
    let Some(first) = call.args.first() else {
        return Ok(None);
    };
    let object = |value: &Value| -> Part<String> {
        let inner = called(value).and_then(|(_, call)| call.args.first()).unwrap_or(value);
        let schema = called(value).and_then(|(_, call)| call.keyword("schema"));
        Ok(TableName::of(Some(inner), schema)?.sql(flavor))
    };
    let exists = |word: &str, name: &str| {
        if is_true(call.keyword(name)) { format!("{word} ") } else { String::new() }
    };
    Ok(Some(vec![Written::own(match name {
        "CreateSequence" => {
            let options = called(first).map(|(_, call)| identity_options(call));
            let options = options.unwrap_or_default().join(" ");
            format!("CREATE SEQUENCE {} {options}", object(first)?).trim_end().to_owned()
        }
        "DropSequence" => format!("DROP SEQUENCE {}", object(first)?),
        "CreateSchema" => {
            format!("CREATE SCHEMA {}{}", exists("IF NOT EXISTS", "if_not_exists"), object(first)?)
        }
        "DropSchema" => {
            let cascade = if is_true(call.keyword("cascade")) { " CASCADE" } else { "" };
            format!("DROP SCHEMA {}{}{cascade}", exists("IF EXISTS", "if_exists"), object(first)?)
        }
        "DropTable" => format!("DROP TABLE {}", object(first)?),
        _ => return Ok(None),
    })]))
}
