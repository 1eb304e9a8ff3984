//! What SQLite keeps of its tables, the statements that made them, read as migrations are read: live
//! and replayed schema are then spelt alike.

use crate::database::Live;
use crate::frontend::sql;
use crate::migration::{Direction, Migration, ScriptSource, Target, TransactionMode};
use crate::schema::Schema;
use crate::source::{MappedText, SourceFile, Span};
use crate::timeline::{FoldOptions, fold};
use std::sync::Arc;

/// The live schema, with the facts that its definitions tell.
pub(super) fn understood(mut live: Live, target: &Target) -> Live {
    if live.definitions.is_empty() {
        return live;
    }
    let mut schema = Schema::empty();
    for text in &live.definitions {
        let definition = migration(text, target);
        let options = FoldOptions::alone(target);
        schema = fold(&definition, Direction::Up, schema, options).schema;
    }
    live.describe(&schema);
    live
}

fn migration(text: &str, target: &Target) -> Migration {
    let file = Arc::new(SourceFile::new("sqlite_master", text));
    let source = ScriptSource {
        text: MappedText::verbatim(&file, Span::new(0, text.len())),
        file,
        direction: Direction::Up,
        transaction: TransactionMode::Autocommit,
    };
    Migration {
        id: "sqlite_master".to_owned(),
        description: String::new(),
        parents: Vec::new(),
        unread: None,
        up: Some(sql::parse(source, *target)),
        down: None,
        revision: None,
    }
}
