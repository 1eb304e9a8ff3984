//! Directives to the SQL that Alembic sends for them, per dialect.
//!
//! `directives` knows each directive, `execute` and `objects` what is sent by other means; `table`,
//! `column`, `constraint`, `index` and `alter` are the objects of SQLAlchemy that directives take,
//! `types` and `expr` its types and expressions. What is not understood is a [`Stop`]; what is
//! merely not known inside of a statement is a placeholder in it.

mod alter;
mod args;
mod batch;
mod column;
mod constraint;
mod directives;
mod execute;
mod expr;
mod flavor;
mod index;
mod objects;
mod quote;
mod stop;
mod table;
#[cfg(test)]
mod tests;
mod types;

pub use batch::{
    Reflected, ReflectedColumn, ReflectedConstraint, ReflectedIndex, ReflectedKind, copies,
    is_deferred,
};
pub use stop::Stop;

pub(super) use batch::rebuild;

use crate::migration::Target;
use crate::migration::python::{DirectiveCall, Text, Value};
use crate::source::{MappedText, SourceFile};
use flavor::Flavor;
use std::collections::HashSet;
use std::sync::Arc;
use types::CreatedType;

/// What rendering needs beside the directives.
#[derive(Debug, Clone, Copy)]
pub struct RenderContext<'a> {
    /// Dialect and server version.
    pub target: &'a Target,
    /// The migration's file.
    pub file: &'a SourceFile,
}

/// What one directive sends.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    /// Statements in their order.
    pub statements: Vec<RenderedStatement>,
    /// The text as Alembic writes it, where it is one text that was written as SQL.
    pub text: Option<Arc<str>>,
    /// Why there may be more, or none.
    pub stop: Option<Stop>,
}

/// One statement that a directive sends.
#[derive(Debug, Clone)]
pub struct RenderedStatement {
    /// Its text; every byte leads back to the directive, or to the literal that holds the SQL.
    pub sql: MappedText,
    /// Whether the author did not write it: the index of `index=True`, the type of an enum.
    pub implied: bool,
}

/// A statement as it is written, before it is mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    sql: String,
    implied: bool,
}

impl Written {
    /// A statement that the directive stands for.
    fn own(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), implied: false }
    }

    /// A statement beside it.
    fn implied(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), implied: true }
    }
}

/// Statements of one directive, as they come.
#[derive(Debug, Default)]
struct Sent {
    written: Vec<Written>,
    /// SQL that the author wrote, with its places.
    verbatim: Vec<Text>,
}

impl Sent {
    fn push(&mut self, statement: Written) {
        self.written.push(statement);
    }

    fn into_rendered(self, call: &DirectiveCall, stop: Option<Stop>) -> Rendered {
        let text = self.verbatim.first().map(|text| Arc::from(expr::offline(text.as_str())));
        let verbatim = self.verbatim.iter().map(|text| RenderedStatement {
            sql: expr::unescaped_text(text).to_mapped(call.span),
            implied: false,
        });
        let written = self.written.into_iter().map(|one| {
            let mut sql = MappedText::default();
            sql.push(&one.sql, call.span);
            RenderedStatement { sql, implied: one.implied }
        });
        Rendered { statements: verbatim.chain(written).collect(), text, stop }
    }
}

/// What is remembered between the directives of a script.
#[derive(Debug, Default)]
struct Memo {
    types: HashSet<String>,
}

impl Memo {
    /// `CREATE TYPE`, unless a table of this script has brought it.
    fn create_type(&mut self, created: Option<CreatedType>) -> Option<Written> {
        let created = created?;
        self.types.insert(created.name.clone()).then(|| Written::implied(created.sql()))
    }
}

/// What each of the directives of a script sends.
pub fn render(calls: &[Arc<DirectiveCall>], context: &RenderContext<'_>) -> Vec<Rendered> {
    render_for(calls, Flavor::of(context.target.dialect))
}

fn render_for(calls: &[Arc<DirectiveCall>], flavor: Flavor) -> Vec<Rendered> {
    let mut memo = Memo::default();
    let rendered = |call: &Arc<DirectiveCall>| {
        let mut sent = Sent::default();
        let stop = directives::send(call, flavor, &mut memo, &mut sent).err();
        sent.into_rendered(call, stop)
    };
    calls.iter().map(rendered).collect()
}

/// The table and column of `t.c.x`.
fn tables_of(value: &Value) -> Option<(quote::TableName, String)> {
    expr::column_of(value)
}
