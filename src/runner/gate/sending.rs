//! What of a step is sent, what cannot be, and what it does in words.

use super::checked::Sent;
use super::units::work_words;
use crate::effects::Blocked;
use crate::migration::{ActionKind, Dialect, Script, Statement, Step};
use crate::runner::text::words_at_top;
use crate::timeline::Entry;
use std::sync::Arc;

/// What a step of a script sends; `None` where it sends nothing.
pub(super) fn sent(script: &Script, step: &Step) -> Option<Vec<Sent>> {
    if let Some(sql) = &step.sql {
        return Some(vec![Sent { sql: Arc::clone(sql), rows: None }]);
    }
    let one = |statement: &Statement| Sent {
        sql: Arc::clone(&statement.sql),
        rows: inline_rows(script, step, statement),
    };
    let all: Vec<Sent> = step.statements.iter().map(one).collect();
    (!all.is_empty()).then_some(all)
}

/// The rows behind a `COPY … FROM stdin`, where the script itself holds them.
fn inline_rows(script: &Script, step: &Step, statement: &Statement) -> Option<Arc<str>> {
    if step.directive.is_some() {
        return None;
    }
    let span = statement.actions.iter().find_map(|action| match &action.kind {
        ActionKind::Copy(copy) => copy.inline_span,
        _ => None,
    })?;
    script.source.text.text().get(span.start..span.end).map(Arc::from)
}

/// Why a text cannot be sent, whatever it does.
pub(super) fn refusal(sent: &Sent, own: &[Statement], dialect: Dialect) -> Result<(), String> {
    let text = sent.sql.as_ref();
    if text.starts_with('\\') {
        return Err("this is a command of psql, and the server knows SQL alone".to_owned());
    }
    if text.contains("${") || text.contains("{{") {
        return Err("its placeholder is filled in by another tool".to_owned());
    }
    let chain = |kind: &ActionKind| matches!(kind, ActionKind::Commit | ActionKind::Rollback);
    for action in own.iter().flat_map(|statement| &statement.actions) {
        match &action.kind {
            ActionKind::Copy(copy) if copy.from && sent.rows.is_none() && says(text, "stdin") => {
                return Err(
                    "COPY … FROM stdin needs its rows behind it, up to a line with \\. alone"
                        .to_owned(),
                );
            }
            ActionKind::Copy(copy) if !copy.from && says(text, "stdout") => {
                return Err("nobody reads here what COPY … TO stdout gives".to_owned());
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

fn says(text: &str, word: &str) -> bool {
    !words_at_top(text, word).is_empty()
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
