//! What a column is before a directive changes it: `existing_type` and its like.

use super::{alchemy, literal};
use crate::finding::Edit;
use crate::migration::Ident;
use crate::rule::{Directive, StatementContext};

impl StatementContext<'_> {
    /// The `existing_*` arguments that an `alter_column` lacks, from the replayed schema; `None`
    /// where the column's type cannot be written.
    pub fn existing_arguments(&self, directive: &Directive<'_>) -> Option<Edit> {
        let call = directive.call;
        let lacks = |name: &str| call.keyword(name).is_none();
        let (table, schema) = call.table()?;
        let schema = schema.filter(|schema| !schema.is_none());
        let written = crate::migration::ObjectName {
            schema: match schema {
                Some(schema) => Some(Ident::new(schema.to_name()?)),
                None => None,
            },
            name: Ident::new(table.to_name()?),
        };
        let column = Ident::new(call.positional(1, &["column_name"])?.to_name()?);
        let table = self.resolve(&written);
        let known = self.before().table(&table).known()?.column(&column)?;
        let mut arguments = Vec::new();
        if lacks("existing_type") && lacks("type_") {
            let data_type = alchemy::data_type(known.data_type.as_ref()?)?;
            arguments.push(format!("existing_type={data_type}"));
        }
        if lacks("existing_nullable") && lacks("nullable") {
            arguments.push(format!("existing_nullable={}", alchemy::truth(!known.not_null)));
        }
        if let Some(default) = &known.default
            && lacks("existing_server_default")
            && lacks("server_default")
        {
            let default = alchemy::sql_text(&default.sql);
            arguments.push(format!("existing_server_default={default}"));
        }
        let attributes = known.attributes();
        if attributes.auto_increment && lacks("existing_autoincrement") && lacks("autoincrement") {
            arguments.push("existing_autoincrement=True".to_owned());
        }
        if let Some(comment) = &attributes.comment
            && lacks("existing_comment")
            && lacks("comment")
        {
            arguments.push(format!("existing_comment={}", literal::string(comment)));
        }
        let text = arguments.join(", ");
        let can_write = !arguments.is_empty() && directive.can_write(&text);
        can_write.then(|| directive.append_argument(&text)).flatten()
    }
}
