//! SQL, from bytes to actions.
//!
//! `scanner` cuts a text into statements, one pass over the bytes; `heads` says which production
//! of `grammar` reads a statement; `statement` runs it and turns what it gives into the model.
//! `block` does the same for the bodies of `DO` and of functions, `psql` for psql's commands.
//! Expressions, queries and statements on rows are read by `facts` and `dml`, types by `types`,
//! PL/pgSQL by `plpgsql`: only these name the SQL parser that we use. `mysql` has the productions
//! of MySQL and MariaDB. `calls` reads bodies again with what their functions are called with.

mod block;
mod calls;
mod cursor;
mod directive;
pub mod dml;
pub mod facts;
mod grammar;
mod heads;
mod mysql;
mod names;
mod passage;
pub mod plpgsql;
mod psql;
mod room;
mod scanner;
mod statement;
mod steps;
#[cfg(test)]
mod tests;
pub mod types;

use crate::migration::{Guard, Origin, Script, ScriptSource, Statement, Target};
use crate::source::MappedText;
pub use calls::bind as bind_calls;
use passage::Passage;

/// Parses a script. Never fails: what is not understood is an Unparsed action at its place.
pub fn parse(source: ScriptSource, target: impl Into<Target>) -> Script {
    let passage = Passage::script(&source.text, target.into());
    let steps::Steps { mut steps, comments } = steps::read(&passage);
    room::mark(&mut steps);
    let directives = directive::bind(&source.file, &steps, &comments);
    Script { source, steps, directives }
}

/// Parses statements that another language holds: `guard` is the condition around them, `origin`
/// what sends them. Never fails, as [`parse`] does not.
pub fn statements(
    text: &MappedText,
    target: impl Into<Target>,
    guard: &Guard,
    origin: Origin,
) -> Vec<Statement> {
    let passage = Passage::script(text, target.into());
    let sending = statement::Sending { origin, guard: guard.clone() };
    let steps = steps::read_sent(&passage, sending).steps;
    steps.into_iter().flat_map(|step| step.statements).collect()
}

/// The guard under which a query of the catalogue gives a row; `None` where the query asks for
/// something else than whether an object exists.
pub fn finds_row(query: &str) -> Option<Guard> {
    plpgsql::finds_row(query)
}
