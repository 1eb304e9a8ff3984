//! Any bytes as a revision: nothing may panic, hang, or point outside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lockgate::frontend::alembic::{Library, Module, NoSources, header, parse};
use lockgate::migration::{Dialect, Direction, ScriptSource, Target, TransactionMode};
use lockgate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = SourceFile::from_bytes("fuzz.py", bytes.to_vec()) else { return };
    let file = Arc::new(file);
    let module = Module::parse(Arc::clone(&file), None);
    let _ = header(&module);
    let library = Library::new(&NoSources);
    for dialect in Dialect::ALL {
        for direction in [Direction::Up, Direction::Down] {
            let whole = Span::new(file.content_start(), file.text().len());
            let source = ScriptSource {
                file: Arc::clone(&file),
                text: MappedText::verbatim(&file, whole),
                direction,
                transaction: TransactionMode::WholeRun,
            };
            let script = parse(source, &module, &library, &Target::assumed(dialect));
            for statement in script.statements() {
                let spans = statement.actions.iter().map(|action| action.span);
                for span in spans.chain([statement.span]) {
                    assert!(span.end <= file.text().len());
                    assert!(file.text().is_char_boundary(span.start));
                    assert!(file.text().is_char_boundary(span.end));
                }
            }
        }
    }
});
