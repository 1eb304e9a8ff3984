//! `edited-after-applied`: a migration that others may have run is changed, renumbered or deleted.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Edit, Edited, Fate, Lost, Migration, Since};
use crate::rule::{BOTH, Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, migration_head};
use crate::source::{Place, Span};
use std::sync::Arc;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a migration that others may have run is changed",
    severity: Some(Severity::Error),
    category: Category::History,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

const HELP: &str = "put it back as it was, and write what is to change as a new migration";

impl Rule for Check {
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        let Some(since) = &context.observed.since else { return };
        let migrations = context.migrations.iter().zip(context.judged).zip(&since.fates);
        for ((migration, _), fate) in migrations.filter(|((_, judged), _)| **judged) {
            let (Some(message), Some(place)) =
                (message(context, since, migration, fate), migration_head(migration))
            else {
                continue;
            };
            let draft = Draft::at(place, Hazard::Fails, message)
                .label("changed by this branch")
                .why(format!("it is on {} already", since.reference))
                .help(HELP);
            sink.add_for(draft, Some(migration.id.clone()));
        }
        for lost in &since.lost {
            sink.add_for(deleted(since, lost), Some(lost.id.clone()));
        }
    }
}

fn message(
    context: &ProjectContext<'_>,
    since: &Since,
    migration: &Migration,
    fate: &Fate,
) -> Option<String> {
    let id = &migration.id;
    match (fate, context.observed.bookkeeping.edited) {
        (Fate::Renumbered { from }, _) => Some(format!(
            "databases that ran this as {from} run it again as {id}: the file is on {} under the old version",
            since.reference
        )),
        (
            Fate::Edited(Edit::Statements | Edit::Comments),
            Edited::Refused | Edited::RefusedByBytes,
        )
        | (Fate::Edited(Edit::Statements), Edited::RefusedUnlessComments) => Some(format!(
            "databases that ran {id} refuse to go on: its checksum no longer fits"
        )),
        (Fate::Edited(Edit::Statements), Edited::Unnoticed) => {
            Some(format!("databases that ran {id} before never get this change"))
        }
        _ => None,
    }
}

fn deleted(since: &Since, lost: &Lost) -> Draft {
    let is_code = |line: &usize| {
        let text = lost.file.line_text(*line).trim();
        !text.is_empty() && !text.starts_with("--")
    };
    let line = (1..=lost.file.line_count()).find(is_code).unwrap_or(1);
    let start = lost.file.line_start(line);
    let span = Span::new(start, start + lost.file.line_text(line).len());
    let place = Place { file: Arc::clone(&lost.file), span };
    let message = format!("{} is deleted, and databases that ran it keep what it made", lost.id);
    Draft::at(place, Hazard::Fails, message)
        .label("deleted by this branch")
        .why(format!("it is on {} already", since.reference))
        .help("put it back, and undo what it did in a new migration")
}
