//! Revisions in Python: parsing alone, and all of it up to statements; their ratio is the price of
//! the evaluation.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockgate::frontend::alembic::{Library, Module, NoSources, header, parse};
use lockgate::migration::{Dialect, Direction, ScriptSource, Target, TransactionMode};
use lockgate::source::{MappedText, SourceFile, Span};
use rayon::prelude::*;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

const REVISIONS: usize = 3_000;

/// The revisions of the fixture, over and over.
fn files() -> Vec<Arc<SourceFile>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/alembic/shop/shop");
    let folders = ["migrations/versions", "billing/versions"];
    let mut texts = Vec::new();
    for folder in folders {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        texts.extend(entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()));
    }
    let texts = texts.iter().cycle().take(REVISIONS);
    texts.map(|text| Arc::new(SourceFile::new("versions/1.py", text.clone()))).collect()
}

fn whole(module: &Module) -> usize {
    let library = Library::new(&NoSources);
    let target = Target::assumed(Dialect::Postgres);
    black_box(header(module));
    let script = |direction| {
        let file = &module.file;
        let span = Span::new(0, file.text().len());
        let source = ScriptSource {
            file: Arc::clone(file),
            text: MappedText::verbatim(file, span),
            direction,
            transaction: TransactionMode::WholeRun,
        };
        parse(source, module, &library, &target).steps.len()
    };
    script(Direction::Up) + script(Direction::Down)
}

fn alembic(criterion: &mut Criterion) {
    let files = files();
    let mut group = criterion.benchmark_group("alembic");
    group.sample_size(10);
    group.throughput(Throughput::Elements(REVISIONS as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            let parsed = files.par_iter().map(|file| Module::parse(Arc::clone(file), None));
            parsed.map(|module| module.body().len()).sum::<usize>()
        });
    });
    group.bench_function("evaluate", |bencher| {
        bencher.iter(|| {
            let parsed = files.par_iter().map(|file| Module::parse(Arc::clone(file), None));
            parsed.map(|module| whole(&module)).sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, alembic);
criterion_main!(benches);
