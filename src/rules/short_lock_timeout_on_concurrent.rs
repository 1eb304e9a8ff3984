//! `short-lock-timeout-on-concurrent`: a concurrent statement gives up while it waits for others.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, DetachMode, Dialect, TableChange};
use crate::rule::{
    BOTH, Draft, FixKind, Once, Rule, RuleMeta, Sink, StatementContext, statement_head,
};
use crate::timeline::Timeout;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a short lock timeout ends a concurrent statement that has to wait",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// How long transactions of this database last at most, in seconds.
    longest_transaction: u64,
}

impl Default for Check {
    fn default() -> Self {
        Self { longest_transaction: 60 }
    }
}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let Timeout::Milliseconds(timeout) = context.entry.settings.lock_timeout else { return };
        if timeout >= self.longest_transaction.saturating_mul(1_000) {
            return;
        }
        let waits = context.actions().iter().find_map(|action| waits_for(&action.kind));
        let Some(waits) = waits else { return };
        let Some(place) = context.place(context.statement().span) else { return };
        let head = statement_head(context.statement());
        let message = format!("{head} gives up after {} of waiting for {waits}", duration(timeout));
        sink.add(
            Draft::at(place, Hazard::Other, message)
                .label(format!("lock_timeout is {} here, and it counts these waits", duration(timeout)))
                .why("nobody waits for a concurrent statement, but it waits for others; when it gives up it leaves an invalid index or half a detach behind")
                .help("raise it for the concurrent statements of the script alone, in the connection's options or before them:\n  SET lock_timeout = '10min';")
                // One setting is one mistake, however many indexes are built under it.
                .once(Once::PerScript),
        );
    }
}

/// For whom a concurrent statement waits.
fn waits_for(kind: &ActionKind) -> Option<&'static str> {
    const SNAPSHOTS: &str = "every older transaction of the database";
    const USERS: &str = "everyone who uses the table";
    match kind {
        ActionKind::CreateIndex(index) if index.concurrently => Some(SNAPSHOTS),
        ActionKind::Reindex(reindex) if reindex.concurrently => Some(SNAPSHOTS),
        ActionKind::Drop(drop) if drop.concurrently => Some(USERS),
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::DetachPartition { mode: DetachMode::Concurrently, .. } => Some(USERS),
            _ => None,
        },
        _ => None,
    }
}

fn duration(milliseconds: u64) -> String {
    match milliseconds % 1_000 {
        0 => format!("{} s", milliseconds / 1_000),
        _ => format!("{milliseconds} ms"),
    }
}
