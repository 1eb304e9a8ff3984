//! Objects that create and drop themselves: `sa.Enum(…).create(bind)`, `table.create(bind)`.

use super::args::called;
use super::expr;
use super::flavor::Flavor;
use super::quote::TableName;
use super::stop::{Part, Stop};
use super::table::Table;
use super::types::{self, TypeRef};
use super::{Memo, Sent, Written};
use crate::migration::python::{DirectiveCall, Value};

/// `sa.Enum(…).create(bind)`, `table.create(bind)`.
pub fn send(call: &DirectiveCall, flavor: Flavor, memo: &mut Memo, sent: &mut Sent) -> Part<()> {
    let Some(object) = call.args.first() else {
        return Stop::unknown("the object is not known");
    };
    let creates = call.name == "create_object";
    let data_type = TypeRef::of(object, flavor)?;
    match data_type.name() {
        "Enum" | "ENUM" if flavor != Flavor::Postgres => Ok(()),
        "Enum" | "ENUM" => {
            let Some(definition) = types::enum_definition(&data_type, flavor) else {
                return Stop::refused("an enum without a name");
            };
            if creates {
                memo.types.insert(definition.name.clone());
                sent.push(Written::own(definition.sql()));
            } else {
                memo.types.remove(&definition.name);
                sent.push(Written::own(format!("DROP TYPE {}", definition.name)));
            }
            Ok(())
        }
        "Table" => table(call, object, flavor, sent),
        "Sequence" => {
            let name = called(object).and_then(|(_, call)| call.args.first());
            let name = TableName::of(name, None)?.sql(flavor);
            let verb = if creates { "CREATE" } else { "DROP" };
            sent.push(Written::own(format!("{verb} SEQUENCE {name}")));
            Ok(())
        }
        name => Stop::unknown(format!("what {name} sends is not known")),
    }
}

/// `table.create(bind)`, `table.drop(bind)`.
fn table(call: &DirectiveCall, object: &Value, flavor: Flavor, sent: &mut Sent) -> Part<()> {
    let Some(table) = expr::CoreTable::of(object) else {
        return Stop::unknown("the table is not known");
    };
    if call.name == "drop_object" {
        sent.push(Written::own(format!("DROP TABLE {}", table.name.sql(flavor))));
        return Ok(());
    }
    let Some((_, table)) = called(object) else {
        return Stop::unknown("the table is not known");
    };
    let columns = table.args.iter().take(1).chain(table.args.iter().skip(2)).cloned().collect();
    let kwargs = table.kwargs.iter().map(|(name, value)| crate::migration::python::Keyword {
        name: name.clone(),
        value: value.clone(),
        span: call.span,
    });
    let directive = DirectiveCall { args: columns, kwargs: kwargs.collect(), ..call.clone() };
    sent.written.extend(Table::of(&directive)?.statements(flavor, &mut Memo::default())?);
    Ok(())
}
