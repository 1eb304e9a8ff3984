//! `Table("name", metadata, Column(…), …)`: tables without a class, and tables that nobody names:
//! `MetaData().reflect(…)`, `automap_base()`.

use super::{Constants, columns, keyword, known_string, last_name, offset};
use crate::deployed::mention::{How, Mention, Name, Subject};
use ruff_python_ast::{Expr, ExprCall};
use smol_str::SmolStr;

/// What a call names, if it declares a table or values of an enum.
pub(super) fn read(call: &ExprCall, constants: &Constants) -> Vec<Mention> {
    match last_name(&call.func) {
        Some("Table") => table(call, constants),
        Some("Enum" | "ENUM") => values(call, constants),
        Some("load_only" | "undefer") => call.arguments.args.iter().filter_map(asked_for).collect(),
        Some("automap_base") => vec![reflection(call)],
        Some("reflect") if is_of_metadata(&call.func) => vec![reflection(call)],
        _ => Vec::new(),
    }
}

fn table(call: &ExprCall, constants: &Constants) -> Vec<Mention> {
    let mut arguments = call.arguments.args.iter();
    let Some(name) = arguments.next().and_then(|name| known_string(name, constants)) else {
        return Vec::new();
    };
    let schema = keyword(call, "schema").and_then(|schema| known_string(schema, constants));
    let name = Name { schema, name };
    let declared = |subject, offset| Mention { subject, how: How::Declared, offset };
    let mut mentions = vec![declared(Subject::Table(name.clone()), offset(call))];
    for argument in arguments {
        let Expr::Call(inner) = argument else { continue };
        let Some(column) = columns::assigned("", argument, constants) else { continue };
        let subject = Subject::Column { tables: vec![name.clone()], column: column.name };
        mentions.push(declared(subject, offset(inner)));
    }
    let reflects = ["autoload", "autoload_with", "autoload_replace"];
    if reflects.iter().any(|word| keyword(call, word).is_some()) {
        let subject = Subject::AllColumns(name);
        mentions.push(Mention { subject, how: How::Star, offset: offset(call) });
    }
    mentions
}

/// `Customer.notes`.
fn asked_for(argument: &Expr) -> Option<Mention> {
    let Expr::Attribute(attribute) = argument else { return None };
    let subject = Subject::Attribute {
        class: SmolStr::new(last_name(&attribute.value)?),
        attribute: SmolStr::new(attribute.attr.as_str()),
    };
    Some(Mention { subject, how: How::Queried, offset: offset(attribute) })
}

fn reflection(call: &ExprCall) -> Mention {
    Mention { subject: Subject::AllTables, how: How::Reflected, offset: offset(call) }
}

/// Whether a method is called of something that is, or is called, metadata.
fn is_of_metadata(function: &Expr) -> bool {
    let Expr::Attribute(method) = function else { return false };
    let owner = match method.value.as_ref() {
        Expr::Call(made) => last_name(&made.func),
        named => last_name(named),
    };
    owner.is_some_and(|owner| owner.to_ascii_lowercase().ends_with("metadata"))
}

fn values(call: &ExprCall, constants: &Constants) -> Vec<Mention> {
    let value = |value| {
        let subject = Subject::EnumValue(known_string(value, constants)?);
        Some(Mention { subject, how: How::Declared, offset: offset(value) })
    };
    call.arguments.args.iter().filter_map(value).collect()
}
