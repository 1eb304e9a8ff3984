//! `line-endings-change-checksum`: a checkout with other ends of lines has other checksums.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction, Edited, Migration};
use crate::rule::{
    BOTH, Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, migration_head,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a checkout with other ends of lines has other checksums",
    severity: Some(Severity::Warning),
    category: Category::History,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        if context.observed.bookkeeping.edited != Edited::RefusedByBytes {
            return;
        }
        let mut found = context.judged_migrations().filter(|migration| ends_as_on_windows(migration));
        let Some(first) = found.next() else { return };
        let Some(place) = migration_head(first) else { return };
        let count = found.count() + 1;
        let files = if count == 1 { "a file ends".to_owned() } else { format!("{count} files end") };
        let message = format!("{files} lines as Windows does: the tool stops where a checkout ends them otherwise");
        let draft = Draft::at(place, Hazard::Other, message)
            .label("the checksum is of the bytes, and git may change them on the way")
            .help("end lines with LF alone where no database has applied the file, and pin them in .gitattributes: `*.sql text eol=lf`; of applied files pin what they have: `eol=crlf`");
        sink.add_for(draft, Some(first.id.clone()));
    }
}

fn ends_as_on_windows(migration: &Migration) -> bool {
    let script = migration.script(Direction::Up);
    script.is_some_and(|script| script.source.file.text().contains("\r\n"))
}
