//! The SQL of written revisions against what the real Alembic wrote for them.
//!
//! `tools/alembic-judge/record.py fixtures/alembic-sql` records it again.

use super::flavor::Flavor;
use super::{Stop, render_for};
use crate::frontend::alembic::eval::evaluate;
use crate::frontend::alembic::{Library, Module, NoSources};
use crate::migration::python::DirectiveCall;
use crate::migration::{Dialect, Direction};
use crate::source::SourceFile;
use std::path::Path;
use std::sync::Arc;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/alembic-sql");

/// Statements with single spaces; SQLAlchemy keeps the indexes of a table in a set.
fn normal(sql: &str) -> Vec<String> {
    let words = |one: &str| one.split_whitespace().collect::<Vec<_>>().join(" ");
    let statements = sql.split(";\n").map(words).filter(|one| !one.is_empty());
    let mut all: Vec<String> = statements.collect();
    let is_index = |one: &String| one.starts_with("CREATE ") && one.contains("INDEX ");
    for group in all.chunk_by_mut(|a, b| is_index(a) && is_index(b)) {
        group.sort();
    }
    all
}

fn calls(file: &Path, direction: Direction) -> Vec<Arc<DirectiveCall>> {
    let text = std::fs::read_to_string(file).unwrap();
    let module = Module::parse(Arc::new(SourceFile::new(file.display().to_string(), text)), None);
    let library = Library::new(&NoSources);
    let evaluation = evaluate(&module, &library, direction, Dialect::Postgres);
    evaluation.unwrap().calls.into_iter().map(Arc::new).collect()
}

/// What is sent, and why it stops.
fn written(calls: &[Arc<DirectiveCall>], flavor: Flavor) -> (String, Option<Stop>) {
    let mut out = String::new();
    let mut add = |sql: &str| out.push_str(&format!("{};\n\n", sql.trim()));
    for (call, rendered) in calls.iter().zip(render_for(calls, flavor)) {
        match call.name.as_str() {
            "begin_autocommit" if flavor == Flavor::Postgres => add("COMMIT"),
            "end_autocommit" if flavor == Flavor::Postgres => add("BEGIN"),
            "begin_autocommit" | "end_autocommit" => {}
            _ => {
                match &rendered.text {
                    Some(text) => add(text),
                    None => rendered.statements.iter().for_each(|one| add(one.sql.text())),
                }
                if rendered.stop.is_some() {
                    return (out, rendered.stop);
                }
            }
        }
    }
    (out, None)
}

fn compare(flavor: Flavor) {
    let mut wrong = Vec::new();
    let versions = Path::new(FOLDER).join("versions");
    let mut files: Vec<_> =
        std::fs::read_dir(versions).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        for (direction, word) in [(Direction::Up, "up"), (Direction::Down, "down")] {
            let name = format!("{}.{word}", file.file_stem().unwrap().display());
            let expected = Path::new(FOLDER).join("expected").join(flavor.key());
            let sql = std::fs::read_to_string(expected.join(format!("{name}.sql"))).unwrap();
            let refused = expected.join(format!("{name}.error")).exists();
            let (given, stop) = written(&calls(&file, direction), flavor);
            let (sql, given) = (normal(&sql), normal(&given));
            if sql != given {
                wrong.push(format!("{name}:\n  Alembic  {sql:#?}\n  lockgate {given:#?}"));
            }
            if refused != matches!(stop, Some(Stop::Refused(_))) {
                wrong.push(format!("{name}: Alembic refuses: {refused}; lockgate stops: {stop:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn postgres_is_written_as_alembic_does() {
    compare(Flavor::Postgres);
}

#[test]
fn mysql_is_written_as_alembic_does() {
    compare(Flavor::Mysql);
}

#[test]
fn sqlite_is_written_as_alembic_does() {
    compare(Flavor::Sqlite);
}
