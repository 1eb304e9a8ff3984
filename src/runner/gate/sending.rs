//! What of a step is sent, what cannot be, and what it does in words.

use super::units::work_words;
use crate::effects::Blocked;
use crate::migration::{ActionKind, Dialect, Statement, Step};
use crate::timeline::Entry;
use std::sync::Arc;

/// The texts that a step sends; `None` where it sends nothing.
pub(super) fn texts(step: &Step) -> Option<Vec<Arc<str>>> {
    if let Some(sql) = &step.sql {
        return Some(vec![Arc::clone(sql)]);
    }
    let texts: Vec<Arc<str>> =
        step.statements.iter().map(|statement| Arc::clone(&statement.sql)).collect();
    (!texts.is_empty()).then_some(texts)
}

/// Why a text cannot be sent, whatever it does.
pub(super) fn refusal(text: &str, own: &[Statement], dialect: Dialect) -> Result<(), String> {
    if text.starts_with('\\') {
        return Err("this is a command of psql, not SQL".to_owned());
    }
    if text.contains("${") || text.contains("{{") {
        return Err("its placeholder is filled in by another tool".to_owned());
    }
    let chain = |kind: &ActionKind| matches!(kind, ActionKind::Commit | ActionKind::Rollback);
    for action in own.iter().flat_map(|statement| &statement.actions) {
        match &action.kind {
            ActionKind::Copy(copy) if copy.from && copy.inline_rows.is_some() => {
                return Err("rows behind COPY … FROM stdin are read by psql alone; write INSERTs"
                    .to_owned());
            }
            kind if chain(kind) && text.to_ascii_lowercase().contains("chain") => {
                return Err("AND CHAIN hides where a transaction begins; write BEGIN".to_owned());
            }
            ActionKind::Session { command }
                if dialect == Dialect::Postgres && command == "discard all" =>
            {
                return Err("DISCARD ALL gives up the lock that keeps other runners out".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Locks with who waits, and work: what a dry run prints.
pub(super) fn words(entries: &[&Entry<'_>]) -> Vec<String> {
    let mut words = Vec::new();
    for entry in entries {
        for lock in &entry.effects.locks {
            let who = match lock.mode.blocked() {
                Blocked::Maintenance => continue,
                Blocked::Writes => "writes wait",
                Blocked::ReadsAndWrites => "reads and writes wait",
            };
            words.push(format!("{} on {}: {who}", lock.mode.as_sql(), lock.relation));
        }
        for work in &entry.effects.work {
            words.push(format!("{} {}", work_words(work.what), work.relation));
        }
        if !entry.effects.known {
            words.push("may do more than is known".to_owned());
        }
    }
    words.dedup();
    words
}
