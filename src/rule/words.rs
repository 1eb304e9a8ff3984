//! Sentences that every rule shares: a lock never stands without what it blocks.

use crate::effects::{Blocked, Lock, LockMode};
use crate::schema::RelationName;

/// Who waits for a mode, as the subject of a sentence: `writes to`, `everyone using`.
pub fn waiters(mode: LockMode) -> &'static str {
    match mode.blocked() {
        Blocked::ReadsAndWrites => "reads and writes of",
        Blocked::Writes => "writes to",
        Blocked::Maintenance => "schema changes and VACUUM of",
    }
}

/// What a mode does to others, as a clause: `inserts, updates, deletes wait; reads go on`.
pub fn blocked_phrase(mode: LockMode) -> &'static str {
    match mode.blocked() {
        Blocked::ReadsAndWrites => "reads and writes wait",
        Blocked::Writes => "inserts, updates, deletes wait; reads go on",
        Blocked::Maintenance => "only schema changes and VACUUM wait",
    }
}

/// A label for a lock: `SHARE on orders: inserts, updates, deletes wait; reads go on`.
pub fn lock_label(lock: &Lock) -> String {
    format!("{} on {}: {}", lock.mode.as_sql(), lock.relation, blocked_phrase(lock.mode))
}

/// Relations in a sentence: `` `a`, `b` and `c` ``.
pub fn relation_list<'a>(names: impl IntoIterator<Item = &'a RelationName>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
