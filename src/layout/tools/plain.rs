//! A single script that belongs to no project: a file named alone, or standard input.

use crate::layout::LayoutMeta;
use crate::layout::layout_trait::{Part, ReadFile};
use crate::layout::project::Draft;
use crate::migration::{
    Conventions, Direction, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    TransactionMode, Version,
};
use crate::source::SourceFile;
use std::sync::Arc;

/// How it is called.
pub(in crate::layout) const META: LayoutMeta = LayoutMeta { name: "plain", title: "single script" };

/// Nothing is known of what runs the script, so only what holds for every client is assumed:
/// several statements share a transaction, one alone has its own.
pub(in crate::layout) const CONVENTIONS: Conventions = Conventions {
    no_transaction: NoTransaction::StandAlone,
    scripts: NewScripts::Plain,
    downs: Downs::Nowhere,
    names: NewNames { up: "{description}.sql", down: None, word_separator: '_' },
    settings: LeftSettings::Kept,
};

/// The script as the only migration of its project.
pub(in crate::layout) fn draft(file: Arc<SourceFile>) -> Draft {
    let path = file.path().to_owned();
    let name = path.rsplit('/').next().unwrap_or("").to_owned();
    let read = ReadFile { part: Part::Up, file };
    Draft {
        id: crate::layout::name::without_sql(&name).to_owned(),
        version: Version::new(""),
        description: String::new(),
        parents: Vec::new(),
        up: Some(read.whole(Direction::Up, TransactionMode::OneString)),
        down: None,
        files: vec![path],
        selected: true,
        revision: None,
        module: None,
        reruns: false,
    }
}
