//! A whole lint beside what none can do without: reading the files and cutting them into tokens;
//! their ratio is the price of parsing, replay, effects, rules and sorting.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockgate::config::Settings;
use lockgate::engine::Day;
use lockgate::pipeline::{Overrides, Request, Silent, lint};
use lockgate::scope::Scope;
use mimalloc::MiMalloc;
use rayon::prelude::*;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::Tokenizer;
use std::path::{Path, PathBuf};
use std::process::Command;

/// As in the command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const MIGRATIONS: u64 = 10_000;

/// The history that whole runs are timed on, too.
fn history() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/bench-history");
    let made = Command::new("python3")
        .arg(root.join("tools/bench/generate.py"))
        .arg(folder.join("db/migrations"))
        .arg(MIGRATIONS.to_string())
        .status();
    assert!(made.unwrap().success());
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("db/migrations")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn tokens(file: &Path) -> usize {
    let text = std::fs::read_to_string(file).unwrap();
    Tokenizer::new(&PostgreSqlDialect {}, &text).tokenize_with_location().unwrap().len()
}

fn request(folder: &Path) -> Request {
    Request {
        paths: Vec::new(),
        working_directory: folder.to_owned(),
        stdin: None,
        settings: Settings::default(),
        settings_folder: folder.to_owned(),
        overrides: Overrides::default(),
        deployed: Vec::new(),
        scope: Scope::default(),
        today: Day::of(std::time::SystemTime::now()),
    }
}

fn whole(criterion: &mut Criterion) {
    let folder = history();
    let files = files(&folder);
    let request = request(&folder);
    let mut group = criterion.benchmark_group("lint");
    group.sample_size(10);
    group.throughput(Throughput::Elements(MIGRATIONS));
    group.bench_function("read and tokenise", |bencher| {
        bencher.iter(|| files.par_iter().map(|file| tokens(file)).sum::<usize>());
    });
    group.bench_function("read and tokenise on one core", |bencher| {
        bencher.iter(|| files.iter().map(|file| tokens(file)).sum::<usize>());
    });
    group.bench_function("lint", |bencher| {
        bencher.iter(|| lint(&request, &Silent).summary.migrations);
    });
    group.finish();
}

criterion_group!(benches, whole);
criterion_main!(benches);
