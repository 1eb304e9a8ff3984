//! What stands between `CREATE` and the kind of object.

use super::super::cursor::Cursor;
use crate::migration::Persistence;

/// Words between `CREATE` and the kind of object.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Modifiers {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TEMPORARY`, `UNLOGGED` or neither.
    pub persistence: Persistence,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONSTRAINT` (triggers).
    pub constraint: bool,
    /// `RECURSIVE` (views).
    pub recursive: bool,
}

/// Takes the words between `CREATE` and the kind of object.
pub(in super::super) fn modifiers(cursor: &mut Cursor<'_>) -> Modifiers {
    let mut found = Modifiers::default();
    const WORDS: [&str; 12] = [
        "or replace",
        "temporary",
        "temp",
        "unlogged",
        "global",
        "local",
        "unique",
        "constraint",
        "recursive",
        "virtual",
        "trusted",
        "default",
    ];
    while let Some(word) = cursor.eat_any(&WORDS) {
        match word {
            "or replace" => found.or_replace = true,
            "temporary" | "temp" => found.persistence = Persistence::Temporary,
            "unlogged" => found.persistence = Persistence::Unlogged,
            "unique" => found.unique = true,
            "constraint" => found.constraint = true,
            "recursive" => found.recursive = true,
            _ => {}
        }
    }
    found
}
