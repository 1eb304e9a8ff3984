//! Any bytes through scanner, parser, replay and effects, for every dialect: nothing may panic,
//! hang, or point outside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lockgate::frontend::sql;
use lockgate::migration::{
    Dialect, Direction, Migration, Script, ScriptSource, Target, TransactionMode,
};
use lockgate::schema::Schema;
use lockgate::source::{MappedText, SourceFile, Span};
use lockgate::timeline::{FoldOptions, fold};
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = SourceFile::from_bytes("fuzz.sql", bytes.to_vec()) else { return };
    let file = Arc::new(file);
    for dialect in Dialect::ALL {
        let script = parse(&file, dialect);
        check_places(&script, &file);
        let target = Target::assumed(dialect);
        let migration = Migration {
            revision: None,
            id: "1".to_owned(),
            description: String::new(),
            parents: Vec::new(),
            unread: None,
            down: Some(script.clone()),
            up: Some(script),
        };
        let options = FoldOptions { target: &target, batch_start: None };
        let up = fold(&migration, Direction::Up, Schema::empty(), options);
        fold(&migration, Direction::Down, up.schema, options);
    }
});

fn parse(file: &Arc<SourceFile>, dialect: Dialect) -> Script {
    let whole = Span::new(file.content_start(), file.text().len());
    let source = ScriptSource {
        file: Arc::clone(file),
        text: MappedText::verbatim(file, whole),
        direction: Direction::Up,
        transaction: TransactionMode::OneString,
    };
    sql::parse(source, dialect)
}

fn check_places(script: &Script, file: &SourceFile) {
    for statement in script.statements() {
        for span in statement.actions.iter().map(|action| action.span).chain([statement.span]) {
            assert!(span.end <= file.text().len());
            assert!(file.text().is_char_boundary(span.start));
            assert!(file.text().is_char_boundary(span.end));
        }
    }
}
