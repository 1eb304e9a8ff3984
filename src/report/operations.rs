//! `lockgate operations`: what each migration does, operation by operation, as JSON, as SQL and as
//! text.
//!
//! `operation` is the format's own type for one operation, `lower` turns actions of the model into
//! it, `directive` the calls of a framework, `table` does so for the forms of ALTER TABLE, `object` for everything else that has a name.

mod directive;
mod lower;
mod mysql;
mod object;
mod operation;
mod table;

pub use lower::kinds;
pub use operation::Operation;

use super::write_json;
use crate::migration::{Direction, Migration, Script};
use serde::Serialize;
use std::io::{self, Write};

const VERSION: u32 = 1;

/// Writes all migrations, both directions, as JSON; the schema is `schemas/operations-1.json`.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, migrations: &[&Migration]) -> io::Result<()> {
    let entries = scripts(migrations).map(|(migration, script)| Entry::of(migration, script));
    write_json(out, &Document { version: VERSION, migrations: entries.collect() })
}

/// Writes the statements that the server receives, in their order.
///
/// # Errors
/// Those of the writer.
pub fn write_sql(out: &mut dyn Write, migrations: &[&Migration]) -> io::Result<()> {
    for (migration, script) in scripts(migrations) {
        writeln!(out, "-- {}", headline(migration, script))?;
        for step in &script.steps {
            // A procedural block is sent as a whole, whatever is understood of it.
            if let Some(block) = &step.sql {
                let block = match step.directive {
                    // A framework adds its semicolon, whatever the text ends in.
                    Some(_) => block.trim(),
                    None => block.trim_end().trim_end_matches(';'),
                };
                writeln!(out, "{block};")?;
                continue;
            }
            for statement in &step.statements {
                writeln!(out, "{};", statement.sql)?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes one line for each operation.
///
/// # Errors
/// Those of the writer.
pub fn write_text(out: &mut dyn Write, migrations: &[&Migration]) -> io::Result<()> {
    for (migration, script) in scripts(migrations) {
        writeln!(out, "{}", headline(migration, script))?;
        let operations = lower::script(script);
        let kind = operations.iter().map(|one| one.kind.len()).max().unwrap_or(0);
        let line = operations.last().map_or(0, |one| one.line.to_string().len()).max(4);
        for operation in &operations {
            let guard = operation.guard.as_ref().map(|guard| format!("  if {guard}"));
            let guard = guard.unwrap_or_default();
            let subject = operation.subject();
            let text =
                format!("{:>line$}  {:kind$}  {subject}{guard}", operation.line, operation.kind);
            writeln!(out, "{}", super::terminal::clean(text.trim_end()))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn headline(migration: &Migration, script: &Script) -> String {
    let direction = direction(script.source.direction);
    let file = super::terminal::clean(script.source.file.path());
    format!("{file} ({} {direction})", super::terminal::clean(&migration.id))
}

fn scripts<'m>(migrations: &[&'m Migration]) -> impl Iterator<Item = (&'m Migration, &'m Script)> {
    migrations.iter().flat_map(|migration| {
        let scripts = [&migration.up, &migration.down].into_iter().flatten();
        scripts.map(|script| (*migration, script))
    })
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

#[derive(Serialize)]
struct Document<'m> {
    version: u32,
    migrations: Vec<Entry<'m>>,
}

#[derive(Serialize)]
struct Entry<'m> {
    id: &'m str,
    file: &'m str,
    direction: &'static str,
    parents: &'m [String],
    coverage: Coverage,
    operations: Vec<Operation>,
}

#[derive(Serialize)]
struct Coverage {
    analysed: usize,
    opaque: usize,
}

impl<'m> Entry<'m> {
    fn of(migration: &'m Migration, script: &'m Script) -> Self {
        let understood = script
            .statements()
            .filter(|statement| statement.actions.iter().all(|action| action.kind.is_understood()));
        let analysed = understood.count();
        Self {
            id: &migration.id,
            file: script.source.file.path(),
            direction: direction(script.source.direction),
            parents: &migration.parents,
            coverage: Coverage { analysed, opaque: script.statements().count() - analysed },
            operations: lower::script(script),
        }
    }
}
