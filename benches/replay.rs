//! The replay alone: histories of doubling size must take doubling time.
//!
//! Each table references one that all others reference too, is altered once and renamed never;
//! the table in the middle is altered again and again.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lockgate::frontend::sql;
use lockgate::migration::{Dialect, Direction, Script, ScriptSource, Target, TransactionMode};
use lockgate::schema::{ApplyContext, Schema};
use lockgate::source::{MappedText, SourceFile, Span};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

fn history(tables: usize) -> Script {
    let mut text = String::from("CREATE TABLE accounts (id serial PRIMARY KEY, name text);\n");
    for table in 0..tables {
        writeln!(
            text,
            "CREATE TABLE orders_{table} (id serial PRIMARY KEY, account_id int REFERENCES accounts, note text);"
        )
        .unwrap();
        match table % 4 {
            0 => writeln!(text, "ALTER TABLE accounts ADD COLUMN c{table} int;").unwrap(),
            1 => writeln!(text, "ALTER TABLE accounts DROP COLUMN c{};", table - 1).unwrap(),
            2 => writeln!(text, "CREATE INDEX ON orders_{table} (note);").unwrap(),
            _ => writeln!(text, "ALTER TABLE orders_{table} ADD UNIQUE (note);").unwrap(),
        }
    }
    let file = Arc::new(SourceFile::new("history.sql", text));
    let whole = Span::new(0, file.text().len());
    let source = ScriptSource {
        text: MappedText::verbatim(&file, whole),
        file,
        direction: Direction::Up,
        transaction: TransactionMode::Autocommit,
    };
    sql::parse(source, Dialect::Postgres)
}

fn replay(criterion: &mut Criterion) {
    let target = Target::postgres(14);
    let context = ApplyContext { migration: "1", target: &target };
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(10);
    for tables in [1_250, 2_500, 5_000] {
        let script = history(tables);
        group.throughput(Throughput::Elements(tables as u64 * 2));
        group.bench_function(BenchmarkId::from_parameter(tables), |bencher| {
            bencher.iter(|| {
                let mut schema = Schema::empty();
                // Every statement keeps what stood before it, as the fold does.
                let mut kept = Vec::new();
                for statement in script.statements() {
                    kept.push(schema.clone());
                    schema.apply(statement, &context);
                }
                black_box((schema, kept))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
