//! Sentences that every rule shares: a lock never stands without what it blocks.

use crate::effects::{Blocked, Lock, LockMode, TableLock, Work, WorkKind};
use crate::migration::{ActionKind, Ident, RelationKind, Statement, TableChange};
use crate::schema::RelationName;
use crate::timeline::Hold;

/// Who waits for a mode, before the name of the table: `writes to`, `reads and writes of`.
pub fn waiters(mode: LockMode) -> &'static str {
    waiting(mode.blocked())
}

/// Who waits, before the name of the table.
pub fn waiting(blocked: Blocked) -> &'static str {
    match blocked {
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

/// What the lock of a bar does to others, as a clause: `reads and writes go on, but for an instant
/// at its start and its end`.
pub fn hold_phrase(hold: &Hold) -> &'static str {
    match hold {
        Hold::Relation(mode) => blocked_phrase(*mode),
        Hold::Writer => "all who write to the database wait; reads go on",
        Hold::Metadata(hold) if hold.meanwhile == Some(TableLock::None) => {
            "reads and writes wait for an instant at its start and its end, and go on meanwhile"
        }
        Hold::Metadata(hold) if hold.meanwhile == Some(TableLock::Shared) => {
            "inserts, updates, deletes wait; reads go on, but for an instant at its start and its end"
        }
        Hold::Metadata(hold) => match hold.mode.blocked() {
            Blocked::Writes => "inserts, updates, deletes wait; reads go on",
            _ => "reads and writes wait",
        },
    }
}

/// What work does, as a clause: `every row of `orders` is read`.
pub fn work_clause(work: &Work) -> String {
    let table = &work.relation;
    match work.what {
        WorkKind::Scan => format!("every row of `{table}` is read"),
        WorkKind::Rewrite => format!("`{table}` is rewritten"),
        WorkKind::IndexBuild => format!("an index of `{table}` is built"),
        WorkKind::DataChange => format!("rows of `{table}` are changed"),
    }
}

/// What a mode does to others, here and on standbys: this mode alone is written to the log, and
/// taken by each standby that replays it.
fn who_waits(mode: LockMode) -> String {
    let here = blocked_phrase(mode);
    match mode {
        LockMode::AccessExclusive => format!("{here}, on standbys too"),
        _ => here.to_owned(),
    }
}

/// A label for a lock: `SHARE on orders: inserts, updates, deletes wait; reads go on`.
pub fn lock_label(lock: &Lock) -> String {
    format!("{} on {}: {}", lock.mode.as_sql(), lock.relation, who_waits(lock.mode))
}

/// A label for several locks: those of one mode share a clause. Indexes are left out beside
/// tables, since who uses them waits for their table.
pub fn locks_label<'a>(locks: impl IntoIterator<Item = &'a Lock>) -> String {
    let locks: Vec<&Lock> = locks.into_iter().collect();
    let is_index = |lock: &Lock| lock.kind == RelationKind::Index;
    let only_indexes = locks.iter().all(|lock| is_index(lock));
    let mut groups: Vec<(LockMode, Vec<&RelationName>)> = Vec::new();
    for lock in locks.into_iter().filter(|lock| only_indexes || !is_index(lock)) {
        match groups.iter_mut().find(|(mode, _)| *mode == lock.mode) {
            Some((_, names)) => names.push(&lock.relation),
            None => groups.push((lock.mode, vec![&lock.relation])),
        }
    }
    let clauses: Vec<String> = groups
        .into_iter()
        .map(|(mode, names)| {
            let names = and(&names.into_iter().map(RelationName::to_string).collect::<Vec<_>>());
            format!("{} on {names}: {}", mode.as_sql(), who_waits(mode))
        })
        .collect();
    clauses.join("; ")
}

/// More names than these are counted, not listed.
const LISTED: usize = 4;

/// Relations in a sentence: `` `a`, `b` and `c` ``, `` `a`, `b`, `c` and 5 more ``.
pub fn relation_list<'a>(names: impl IntoIterator<Item = &'a RelationName>) -> String {
    list(names.into_iter().map(|name| format!("`{name}`")).collect())
}

/// Partitions of MySQL in a sentence: `` partition `p2024` ``, `` partitions `p2024` and `p2025` ``.
pub fn partition_list(names: &[Ident]) -> String {
    let word = if names.len() == 1 { "partition" } else { "partitions" };
    format!("{word} {}", list(names.iter().map(|name| format!("`{name}`")).collect()))
}

/// Some of the words, and how many more there are.
fn list(mut words: Vec<String>) -> String {
    let listed = if words.len() > LISTED { LISTED - 1 } else { words.len() };
    let more = words.len() - listed;
    words.truncate(listed);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    and(&words)
}

/// `a, b and c`.
fn and(words: &[String]) -> String {
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The words that name a statement: `CREATE INDEX CONCURRENTLY`, `VACUUM`.
pub fn statement_head(statement: &Statement) -> String {
    const WORDS: &[&str] = &[
        "ALTER",
        "CONCURRENTLY",
        "CREATE",
        "DATABASE",
        "DROP",
        "INDEX",
        "REINDEX",
        "SCHEMA",
        "SUBSCRIPTION",
        "SYSTEM",
        "TABLE",
        "TABLESPACE",
        "UNIQUE",
        "VACUUM",
    ];
    let detaches = statement.actions.iter().any(|action| match &action.kind {
        ActionKind::AlterTable { change, .. } => {
            matches!(change.as_ref(), TableChange::DetachPartition { .. })
        }
        _ => false,
    });
    if detaches {
        return "DETACH PARTITION CONCURRENTLY".to_owned();
    }
    let words = statement.sql.split_whitespace().map(str::to_ascii_uppercase);
    let head: Vec<String> = words.take_while(|word| WORDS.contains(&word.as_str())).collect();
    match head.is_empty() {
        true => "the statement".to_owned(),
        false => head.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<RelationName> = ["a", "b", "c", "d", "e"].map(RelationName::public).into();
        assert_eq!(relation_list(&names[..1]), "`a`");
        assert_eq!(relation_list(&names[..4]), "`a`, `b`, `c` and `d`");
        assert_eq!(relation_list(&names), "`a`, `b`, `c` and 2 more");
    }
}
