//! `out-of-order-version`: a new migration sorts before one that others may have run.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Fate, Late, Migration, Since};
use crate::rule::{BOTH, Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, migration_head};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a new migration sorts before one that others may have run",
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

impl Rule for Check {
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        let (Some(since), late) = (&context.observed.since, context.observed.bookkeeping.late)
        else {
            return;
        };
        let what = match late {
            Late::Skipped => "is never run where",
            Late::Refused => "is refused where",
            Late::Run => return,
        };
        for (at, (migration, fate)) in context.migrations.iter().zip(&since.fates).enumerate() {
            let is_new = matches!(fate, Fate::New | Fate::Renumbered { .. });
            let is_judged = context.judged.get(at).copied().unwrap_or(false);
            if !is_new || !is_judged || !is_numbered(migration) {
                continue;
            }
            let (Some(later), Some(place)) =
                (later(context, since, at), migration_head(migration))
            else {
                continue;
            };
            let message = format!("{} {what} {} has run", migration.id, later.id);
            let draft = Draft::at(place, Hazard::Fails, message)
                .label("sorts before it")
                .why(format!("{} is on {} already", later.file, since.reference))
                .help(format!("give it a version after {}", later.id));
            sink.add_for(draft, Some(migration.id.clone()));
        }
    }
}

struct Later<'a> {
    id: &'a str,
    file: &'a str,
}

/// The last migration of the other side that sorts after this one.
fn later<'a>(context: &ProjectContext<'a>, since: &'a Since, at: usize) -> Option<Later<'a>> {
    // Itself among them, which is new.
    let mut fates = context.migrations.iter().zip(&since.fates).skip(at);
    let merged = fates
        .rfind(|(migration, fate)| {
            matches!(fate, Fate::Merged | Fate::Edited(_)) && is_numbered(migration)
        })
        .and_then(|(migration, _)| {
            let script = migration.up.as_ref().or(migration.down.as_ref())?;
            Some(Later { id: &migration.id, file: script.source.file.path() })
        });
    let arrivals =
        since.arrivals.iter().filter(|arrival| arrival.position > at && is_version(&arrival.id));
    let arrived = arrivals.max_by_key(|arrival| arrival.position);
    merged.or(arrived.map(|arrival| Later { id: &arrival.id, file: &arrival.path }))
}

fn is_numbered(migration: &Migration) -> bool {
    migration.parents.is_empty() && is_version(&migration.id)
}

/// Scripts that run again whenever they change have no version.
fn is_version(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_digit())
}
